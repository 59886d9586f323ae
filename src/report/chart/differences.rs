//! The differences between two scenarios by metric, in per cent, with direction and confidence
//! interval.

use super::canvas::{Anchor, Canvas, Lettering};
use super::draw::{Drawing, Heading};
use super::legend::{Swatch, legend};
use super::plot::{BOTTOM_MARGIN, Frame, RIGHT_MARGIN, thin};
use super::run_names::names;
use super::style::{SMALL, TICK};
use super::theme::{AMOUNT, BETTER, Colour, INK, SOFT, WORSE};
use super::{Axis, AxisUnit};
use crate::report::format::{self, value};
use crate::results::comparison::{Change, Comparison, MetricComparison};

/// Maximum number of bars; the table contains all metrics.
const BARS_MAX: usize = 14;
/// Maximum height of a row.
const ROW_MAX: f64 = 44.0;
/// Height of a bar as a share of its row.
const FILLED: f64 = 0.5;
const LEFT: f64 = 330.0;
/// Distance between the legend and the first bar.
const ABOVE: f64 = 16.0;

/// Differences of the second scenario from the first.
#[derive(Clone, Debug)]
pub struct Differences {
    heading: Heading,
    x: Axis,
    bars: Vec<Bar>,
}

/// Difference of one metric.
#[derive(Clone, Debug)]
struct Bar {
    metric: String,
    /// Means of both scenarios as text.
    means: String,
    /// Difference as a share of the first mean, and the half-width of its interval.
    share: f64,
    half_width: f64,
    change: Change,
}

/// Returns the metrics with a relevant difference, the largest difference first; `None` if no
/// difference is relevant.
pub fn differences(found: &Comparison) -> Option<Differences> {
    let mut bars: Vec<Bar> = found.metrics.iter().filter_map(bar).collect();
    bars.sort_by(|one, other| other.share.abs().total_cmp(&one.share.abs()));
    bars.truncate(BARS_MAX);
    let shares = || bars.iter().map(|bar| bar.share);
    let span = shares().map(f64::abs).reduce(f64::max)?;
    // Wide intervals may extend beyond the axis, so that the differences stay visible.
    let reach = |bar: &Bar| bar.half_width.min(span);
    let low = bars.iter().map(|bar| bar.share - reach(bar)).fold(0.0, f64::min);
    let high = bars.iter().map(|bar| bar.share + reach(bar)).fold(0.0, f64::max);
    let [first, second] = &names(&[&found.first, &found.second])[..] else { return None };
    let what = format!(
        "{} pairs of replications · differences of at least {} % · whiskers: \
         simultaneous {} % confidence intervals",
        format::count(found.replications),
        format::number(100.0 * found.smallest_relevant_share),
        format::number(100.0 * found.confidence),
    );
    let title = format!("{second} compared with {first}");
    let label = format!("difference, per cent of {first}");
    Some(Differences {
        heading: Heading::new("comparison-differences", &title, &found.first.name, &what),
        x: Axis::span(&label, (low, high), AxisUnit::Share),
        bars,
    })
}

/// Returns the bar of a metric; `None` if the difference is unknown or not relevant.
fn bar(one: &MetricComparison) -> Option<Bar> {
    let is_relevant = matches!(one.change, Change::Better | Change::Worse | Change::Different);
    if !is_relevant || one.metric.is_of_component() {
        return None;
    }
    let (first, second) = (one.first_mean?, one.second_mean?);
    let share = one.difference? / first;
    let unit = one.metric.unit();
    share.is_finite().then(|| Bar {
        metric: one.metric.name().to_string(),
        means: format!("{} to {}", value(unit, first), value(unit, second)),
        share,
        half_width: one.half_width.unwrap_or(0.0) / first,
        change: one.change,
    })
}

fn colour(change: Change) -> Colour {
    match change {
        Change::Better => BETTER,
        Change::Worse => WORSE,
        _ => AMOUNT,
    }
}

impl Differences {
    fn entries(&self) -> Vec<(Swatch, String)> {
        let all = [
            (Change::Better, "better"),
            (Change::Worse, "worse"),
            (Change::Different, "different, neither better nor worse"),
        ];
        let shown = all.into_iter().filter(|(change, _)| {
            let mut bars = self.bars.iter();
            bars.any(|bar| bar.change == *change)
        });
        shown.map(|(one, label)| (Swatch::Area(colour(one), 1.0), label.to_owned())).collect()
    }

    fn bar(&self, bar: &Bar, frame: &Frame, (top, row): (f64, f64), canvas: &mut Canvas) {
        let middle = top + row / 2.0;
        let beside = frame.left - 12.0;
        let metric = canvas.fitted(&bar.metric, TICK, beside);
        canvas.text(&metric, (beside, middle - 8.0), TICK, Anchor::Right);
        let small = Lettering { colour: INK, ..SMALL };
        let means = canvas.fitted(&bar.means, small, beside);
        canvas.text(&means, (beside, middle + 8.0), small, Anchor::Right);
        let at = |share: f64| frame.x(self.x.share(share));
        let half = row * FILLED / 2.0;
        let corners = [(at(0.0), middle - half), (at(bar.share), middle + half)];
        canvas.rectangle(corners, colour(bar.change));
        let whisker = [bar.share - bar.half_width, bar.share + bar.half_width];
        if bar.half_width > 0.0 {
            canvas.line(&whisker.map(|end| (at(end), middle)), thin(INK));
        }
    }
}

impl Drawing for Differences {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        let top = legend(canvas, lower, &self.entries()) + ABOVE;
        let room = canvas.bottom() - BOTTOM_MARGIN - top;
        let row = (room / self.bars.len().max(1) as f64).min(ROW_MAX);
        let frame = Frame {
            left: LEFT.min(canvas.right() / 2.0),
            right: canvas.right() - RIGHT_MARGIN,
            top,
            bottom: top + row * self.bars.len() as f64,
        };
        frame.ticks_across(&self.x, canvas, true);
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], thin(SOFT));
        frame.title_across(&self.x.label, canvas);
        for (place, bar) in self.bars.iter().enumerate() {
            self.bar(bar, &frame, (top + row * place as f64, row), canvas);
        }
        let base = frame.x(self.x.share(0.0));
        canvas.line(&[(base, top), (base, frame.bottom)], thin(INK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, svg};
    use crate::terms::{Metric, MetricFamily};

    fn found(family: MetricFamily, second: f64, change: Change) -> MetricComparison {
        MetricComparison {
            metric: Metric::from(family),
            first_mean: Some(2.0),
            second_mean: Some(second),
            difference: Some(second - 2.0),
            half_width: Some(0.1),
            half_width_alone: None,
            half_width_independent: None,
            variance_reduction: None,
            change,
        }
    }

    #[test]
    fn relevant_differences_are_shown_with_their_direction() {
        let comparison = Comparison {
            metrics: vec![
                found(MetricFamily::LatencyP50, 2.001, Change::NoRelevantDifference),
                found(MetricFamily::LatencyP95, 1.0, Change::Better),
                found(MetricFamily::CostPerMonth, 5.0, Change::Worse),
            ],
            ..Comparison::default()
        };
        let chart = differences(&comparison).expect("two differences");
        let shares: Vec<f64> = chart.bars.iter().map(|bar| bar.share).collect();
        assert_eq!(shares, [1.5, -0.5]);
        let drawn = svg(&chart, &Look::default());
        assert!(drawn.contains("2.00 s to 1.00 s") || drawn.contains("2 s to 1 s"), "{drawn}");
        for text in [">better<", ">worse<", "150 %"] {
            assert!(drawn.contains(text), "{text}");
        }
        assert!(differences(&Comparison::default()).is_none());
    }
}
