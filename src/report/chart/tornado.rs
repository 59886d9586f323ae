//! Tornado charts: the effect of each parameter on a metric, the largest effect at the top.

use super::axis::LOGARITHMIC_FROM;
use super::canvas::{Anchor, Canvas, Lettering, Pen};
use super::draw::{Drawing, Heading};
use super::legend::{Swatch, legend};
use super::plot::{BOTTOM_MARGIN, Frame, RIGHT_MARGIN, thin};
use super::style::{Dash, LIMIT_LABEL, SMALL, TICK};
use super::theme::{COMPONENTS, INK, LIMIT, SOFT};
use super::{Axis, AxisUnit};
use crate::report::format::{self, value};
use crate::results::{Change, Metric, ParameterEffect, Sensitivity, Unit};

/// Maximum number of bars; the table contains all parameters.
const BARS_MAX: usize = 14;

/// Maximum height of a row.
const ROW_MAX: f64 = 52.0;
const LEFT: f64 = 372.0;
const TOP: f64 = 138.0;
/// Opacity of a bar whose effect may be due to chance.
const PALE: f64 = 0.3;
/// Height of the bars as a share of their row.
const FILLED: f64 = 0.62;

/// Tornado chart.
#[derive(Clone, Debug)]
pub struct Tornado {
    heading: Heading,
    x: Axis,
    base: f64,
    base_label: String,
    limit: Option<(f64, String)>,
    bars: Vec<Bar>,
}

/// Parameter with its bar.
#[derive(Clone, Debug)]
struct Bar {
    parameter: String,
    range: String,
    is_detectable: bool,
    /// Metric at the low and at the high end, and the half-width of its difference from the base.
    ends: [(f64, f64); 2],
}

/// Returns the chart of one metric with the parameters that have the largest effects; `None` if no
/// parameter has an effect. `name` is the file name.
pub fn tornado(result: &Sensitivity, metric: &Metric, name: String) -> Option<Tornado> {
    let is_drawn = |one: &&ParameterEffect| {
        one.metric == *metric
            && one.swing.difference != 0.0
            && [one.default_mean, one.low_mean, one.high_mean].iter().all(|mean| mean.is_finite())
    };
    let effects: Vec<&ParameterEffect> =
        result.effects.iter().filter(is_drawn).take(BARS_MAX).collect();
    let base = effects.first()?.default_mean;
    let bars: Vec<Bar> = effects.iter().map(|one| bar(one)).collect();
    let means = || bars.iter().flat_map(|bar| bar.ends.map(|(mean, _)| (mean - base).abs()));
    let span = means().fold(0.0, f64::max);
    // Wide intervals may extend beyond the axis, so that the effects stay visible.
    let reach =
        |bar: &Bar| bar.ends.map(|(mean, width)| (mean - width.min(span), mean + width.min(span)));
    let reaches = || bars.iter().flat_map(reach);
    let low = reaches().map(|(low, _)| low).fold(base, f64::min);
    let high = reaches().map(|(_, high)| high).fold(base, f64::max);
    let limit =
        result.tipping_points.iter().find(|tipping_point| tipping_point.metric == *metric).map(
            |tipping_point| {
                let bound =
                    format::bound(tipping_point.is_at_least, metric.unit(), tipping_point.limit);
                (tipping_point.limit, format!("objective: {bound}"))
            },
        );
    let scenario = &result.scenario;
    let about = format!("{} · seed {}", scenario.name, scenario.seed);
    let what = format!(
        "{} replications per point · whiskers: simultaneous {} % confidence intervals",
        result.replications,
        format::number(100.0 * result.confidence),
    );
    let title = format!("Sensitivity of {}", metric.name());
    Some(Tornado {
        heading: Heading { name, title, about, what },
        x: axis(metric, (low, high)),
        base,
        base_label: format!("all parameters at their defaults: {}", value(metric.unit(), base)),
        limit,
        bars,
    })
}

fn bar(one: &ParameterEffect) -> Bar {
    let width = |change: &Change| change.half_width.unwrap_or(0.0);
    Bar {
        parameter: one.parameter.clone(),
        range: format!("{} to {}", one.low, one.high),
        is_detectable: one.swing.is_detectable,
        ends: [(one.low_mean, width(&one.to_low)), (one.high_mean, width(&one.to_high))],
    }
}

fn axis(metric: &Metric, (low, high): (f64, f64)) -> Axis {
    let label = format!("mean of {}", metric.name());
    if metric.unit() == Unit::Seconds && low > 0.0 && high / low > LOGARITHMIC_FROM {
        return Axis::logarithmic_time(&format!("{label} (logarithmic)"), (low, high));
    }
    // Only costs can be negative; the whiskers of other metrics end at zero.
    let low = if metric.unit() == Unit::Money { low } else { low.max(0.0) };
    Axis::span(&label, (low, high), AxisUnit::of(metric.unit()))
}

impl Tornado {
    fn place(&self, frame: &Frame, value: f64) -> f64 {
        frame.x(self.x.share(value))
    }

    fn entries(&self) -> Vec<(Swatch, String)> {
        let ends = ["parameter at its low end", "parameter at its high end"];
        let ends = ends.into_iter().zip(COMPONENTS);
        let ends = ends.map(|(label, colour)| (Swatch::Area(colour, 1.0), label.to_owned()));
        let is_pale = self.bars.iter().any(|bar| !bar.is_detectable);
        let pale = is_pale.then(|| (Swatch::Nothing, "pale: not significant".to_owned()));
        ends.chain(pale).collect()
    }

    fn bar(&self, bar: &Bar, frame: &Frame, (top, row): (f64, f64), canvas: &mut Canvas) {
        let middle = top + row / 2.0;
        let beside = frame.left - 12.0;
        let name = canvas.fitted(&bar.parameter, TICK, beside);
        canvas.text(&name, (beside, middle - 7.0), TICK, Anchor::Right);
        let range = canvas.fitted(&bar.range, SMALL, beside);
        canvas.text(&range, (beside, middle + 8.0), SMALL, Anchor::Right);
        let half = row * FILLED / 2.0;
        let strength = if bar.is_detectable { 1.0 } else { PALE };
        let from = self.place(frame, self.base);
        for (index, (mean, width)) in bar.ends.into_iter().enumerate() {
            let to = self.place(frame, mean);
            let (upper, lower) = if index == 0 { (-half, 0.0) } else { (0.0, half) };
            let corners = [(from, upper), (to, upper), (to, lower), (from, lower)];
            let corners = corners.map(|(x, y)| (x, middle + y));
            canvas.area(&corners, COMPONENTS[index], strength);
            let y = middle + (upper + lower) / 2.0;
            let whisker = [mean - width, mean + width].map(|end| (self.place(frame, end), y));
            if width > 0.0 {
                canvas.line(&whisker, thin(INK));
            }
        }
    }

    /// Draws the metric with all defaults, and the limit of the objective.
    fn marks(&self, frame: &Frame, canvas: &mut Canvas) {
        let (top, middle) = (frame.top, (frame.left + frame.right) / 2.0);
        let upright = |x: f64| [(x, top), (x, frame.bottom)];
        let x = self.place(frame, self.base);
        canvas.line(&upright(x), thin(INK));
        let beside = |at: f64| if at > middle { Anchor::Right } else { Anchor::Beside };
        let look = Lettering { colour: INK, ..LIMIT_LABEL };
        canvas.text(&self.base_label, (x, top - 10.0), look, beside(x));
        match &self.limit {
            None => {}
            Some((limit, label)) if self.x.contains(*limit) => {
                let x = self.place(frame, *limit);
                canvas.line(&upright(x), Pen { colour: LIMIT, width: 2.0, dash: Dash::Solid });
                canvas.text(label, (x, top - 26.0), LIMIT_LABEL, beside(x));
            }
            Some((_, label)) => {
                let label = format!("{label} (beyond this axis)");
                canvas.text(&label, (frame.right, top - 26.0), LIMIT_LABEL, Anchor::Right);
            }
        }
    }
}

impl Drawing for Tornado {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        legend(canvas, lower, &self.entries());
        let frame = Frame {
            left: LEFT.min(canvas.right() / 2.0),
            right: canvas.right() - RIGHT_MARGIN,
            top: TOP + lower,
            bottom: canvas.bottom() - BOTTOM_MARGIN,
        };
        let row = (frame.bottom - frame.top) / self.bars.len() as f64;
        let row = row.min(ROW_MAX);
        let frame = Frame { bottom: frame.top + row * self.bars.len() as f64, ..frame };
        frame.ticks_across(&self.x, canvas, true);
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], thin(SOFT));
        frame.title_across(&self.x.label, canvas);
        for (index, bar) in self.bars.iter().enumerate() {
            self.bar(bar, &frame, (frame.top + row * index as f64, row), canvas);
        }
        self.marks(&frame, canvas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, png, svg};
    use crate::results::ParameterRange;
    use crate::terms::MetricFamily;

    fn effect(parameter: &str, low_mean: f64, high_mean: f64) -> ParameterEffect {
        let change = |difference: f64| Change {
            difference,
            half_width: Some(0.02),
            is_detectable: difference.abs() > 0.02,
        };
        ParameterEffect {
            replications: 10,
            metric: MetricFamily::LatencyP95.into(),
            parameter: parameter.to_owned(),
            low: "5ms".to_owned(),
            default: "35ms".to_owned(),
            high: "200ms".to_owned(),
            range: ParameterRange::Plausible,
            default_mean: 0.5,
            low_mean,
            high_mean,
            swing: change(high_mean - low_mean),
            to_low: change(low_mean - 0.5),
            to_high: change(high_mean - 0.5),
        }
    }

    fn result() -> Sensitivity {
        Sensitivity {
            effects: vec![
                effect("management_point.*.database", 0.31, 1.4),
                effect("network.client_azure", 0.42, 0.83),
                effect("client.message.policy_poll.response", 0.49, 0.505),
                effect("gateway.*.demand.handshake", f64::INFINITY, 0.5),
            ],
            ..Sensitivity::default()
        }
    }

    #[test]
    fn each_parameter_has_a_bar_with_two_ends() {
        let chart = tornado(&result(), &MetricFamily::LatencyP95.into(), "tornado".to_owned());
        let chart = chart.expect("three bars");
        assert_eq!(chart.bars.len(), 3);
        let drawn = svg(&chart, &Look::default());
        for text in [
            "network.client_azure",
            "5ms to 200ms",
            "pale",
            "all parameters at their defaults: 500 ms",
        ] {
            assert!(drawn.contains(text), "{text}");
        }
        assert!(png(&chart, &Look::default()).expect("drawn").len() > 10_000);
        // The base line is at the base value, between the ends of the first bar.
        let frame = Frame { left: LEFT, right: 1164.0, top: TOP, bottom: 607.0 };
        let [low, base, high] = [0.31, 0.5, 1.4].map(|value| chart.place(&frame, value));
        assert!(LEFT < low && low < base && base < high && high < frame.right);
    }

    #[test]
    fn no_chart_is_drawn_without_effects() {
        let name = || "tornado".to_owned();
        assert!(
            tornado(&Sensitivity::default(), &MetricFamily::LatencyP95.into(), name()).is_none()
        );
        assert!(
            tornado(&result(), &MetricFamily::FailureShare.into(), name()).is_none(),
            "another metric"
        );
    }
}
