//! The answer of a sweep in one sentence: the points that meet the requirements, and the knee.

use super::{named, objectives};
use crate::report::Tone;
use crate::report::format::{count, share, value};
use crate::results::{Better, MetricSummary, SweepResult, as_number};
use crate::terms::MetricFamily;

/// Minimum share of failed requests at which a point counts as having failures.
const FAILED: f64 = 0.001;

/// Minimum number of points along a factor for a knee search.
const POINTS_MIN: usize = 3;

/// Returns the answer: points that meet all objectives, or that stay within the examined limits if
/// there are no objectives, then the knee of the first metric that has one.
pub fn answer(result: &SweepResult) -> String {
    requirements(result).1
}

/// Returns the answer with its tone.
pub(super) fn requirements(result: &SweepResult) -> (Tone, String) {
    let (tone, met) = match objectives(result) {
        (tone, Some(sentence)) => (tone, sentence),
        (_, None) => limits(result),
    };
    let knee = result.plan.metrics.iter().find_map(|name| knee(result, name));
    let met = met.trim_end_matches('.');
    (
        tone,
        match knee {
            None => format!("{met}."),
            Some(knee) => format!("{met}; {knee}."),
        },
    )
}

/// Describes the points that stay within the limits that replications measure. Replications do not
/// store the checks of other published limits, so the sentence names what it examines.
fn limits(result: &SweepResult) -> (Tone, String) {
    let zero = |point: usize, family: MetricFamily| {
        let found = result.metric(point, family.name());
        found.is_none_or(|one| one.not_reached == 0 && one.max.is_none_or(|maximum| maximum == 0.0))
    };
    let failed = |point: usize| {
        let found = result.metric(point, MetricFamily::FailureShare.name());
        found.and_then(|one| one.mean)
    };
    let keeps = |point: &usize| {
        let recovery = result.metric(*point, MetricFamily::RecoveryMax.name());
        zero(*point, MetricFamily::OverLimitShare)
            && zero(*point, MetricFamily::PortRefusals)
            && recovery.is_none_or(|one| one.not_reached == 0)
            && failed(*point).is_some_and(|share| share < FAILED)
    };
    let all = result.plan.points.len();
    let kept: Vec<usize> = (0..all).filter(keeps).collect();
    let without_requests = (0..all).filter(|point| failed(*point).is_none()).count();
    let (all_text, kept_text) = (count(all as u64), count(kept.len() as u64));
    let examined = "within the connection and port limits without failures (other published \
                    limits are not examined)";
    let (tone, mut sentence) = match kept.len() {
        0 if without_requests > 0 => {
            (Tone::Warning, format!("None of {all_text} points is shown to stay {examined}"))
        }
        0 => (Tone::Bad, format!("None of {all_text} points stays {examined}")),
        some if some == all => (Tone::Good, format!("All {all_text} points stay {examined}")),
        1 => (
            Tone::Good,
            format!("1 of {all_text} points stays {examined}: {}", named(result, &kept)),
        ),
        _ => (
            Tone::Good,
            format!("{kept_text} of {all_text} points stay {examined}: {}", named(result, &kept)),
        ),
    };
    match without_requests {
        0 => {}
        1 => sentence.push_str("; at 1 point no request was measured"),
        some => {
            let some = count(some as u64);
            sentence.push_str(&format!("; at {some} points no request was measured"));
        }
    }
    (tone, sentence)
}

/// A point along a numeric factor: factor value and metric value.
struct Step<'a> {
    level: &'a str,
    number: f64,
    metric: &'a MetricSummary,
    mean: f64,
}

/// Finds the knee of a metric along the first numeric factor that has one: the point beyond which
/// the metric grows by a larger share than the factor. See `docs/methods.md`, section "Verdict".
fn knee(result: &SweepResult, name: &str) -> Option<String> {
    (0..result.plan.factors.len()).find_map(|factor| {
        let mut steps = along(result, factor, name)?;
        steps.sort_by(|one, other| one.number.total_cmp(&other.number));
        let (first, last) = (steps.first()?, steps.last()?);
        if first.metric.metric.better() != Better::Lower || first.number <= 0.0 {
            return None;
        }
        // Order the points so that the metric grows.
        if last.mean < first.mean {
            steps.reverse();
        }
        let grows = |pair: &&[Step<'_>]| {
            let [from, to] = pair else { return false };
            let half = |one: &Step<'_>| one.metric.half_width.unwrap_or(0.0);
            let is_certain = to.mean - half(to) > from.mean + half(from);
            let factor = (to.number / from.number).max(from.number / to.number);
            is_certain && to.mean > from.mean * factor
        };
        let [from, to] = steps.windows(2).find(grows)? else { return None };
        let unit = from.metric.metric.unit();
        let change = (to.number / from.number - 1.0).abs();
        Some(format!(
            "the knee of {name} is at {} = {}: with {} ({} {}), the metric rises from {} to {}",
            result.plan.factors[factor].path,
            from.level,
            to.level,
            share(change),
            if to.number > from.number { "more" } else { "fewer" },
            value(unit, from.mean),
            value(unit, to.mean),
        ))
    })
}

/// Returns points that differ in one factor only, with all other factors as at the first point;
/// `None` if the factor is not numeric, there are too few points, or a value is missing.
fn along<'a>(result: &'a SweepResult, factor: usize, name: &str) -> Option<Vec<Step<'a>>> {
    let points = &result.plan.points;
    let first = points.first()?;
    let is_alike = |levels: &[String]| {
        let pairs = levels.iter().zip(&first.levels).enumerate();
        pairs.filter(|(place, _)| *place != factor).all(|(_, (own, base))| own == base)
    };
    let alike = points.iter().enumerate().filter(|(_, point)| is_alike(&point.levels));
    let step = |(number, point): (usize, &'a crate::results::SweepPoint)| {
        let level = point.levels.get(factor)?;
        let metric = result.metric(number, name).filter(|one| one.not_reached == 0)?;
        Some(Step { level, number: as_number(level)?, metric, mean: metric.mean? })
    };
    let steps: Vec<Step<'a>> = alike.map(step).collect::<Option<_>>()?;
    (steps.len() >= POINTS_MIN).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Metric, Replicated, SweepFactor, SweepPlan, SweepPoint};

    /// Returns points of a factor with a mean p95 latency and a time over the limit.
    fn sweep(points: &[(&str, f64, f64)]) -> SweepResult {
        let summary = |family: MetricFamily, mean: f64| MetricSummary {
            metric: Metric::from(family),
            count: 5,
            not_reached: 0,
            mean: Some(mean),
            half_width: Some(0.01 * mean),
            standard_deviation: None,
            min: Some(mean),
            p5: None,
            p50: None,
            p95: None,
            max: Some(mean),
        };
        let metrics = |(_, latency, over): &(&str, f64, f64)| Replicated {
            metrics: vec![
                summary(MetricFamily::LatencyP95, *latency),
                summary(MetricFamily::OverLimitShare, *over),
                summary(MetricFamily::FailureShare, 0.0),
            ],
            ..Replicated::default()
        };
        let point = |(level, ..): &(&str, f64, f64)| SweepPoint {
            levels: vec![(*level).to_owned()],
            ..SweepPoint::default()
        };
        let factor = SweepFactor { path: "clients".to_owned(), asked: String::new() };
        SweepResult {
            plan: SweepPlan {
                factors: vec![factor],
                points: points.iter().map(point).collect(),
                metrics: vec![MetricFamily::LatencyP95.name().to_owned()],
                ..SweepPlan::default()
            },
            summaries: points.iter().map(metrics).collect(),
            objectives: vec![Vec::new(); points.len()],
            ..SweepResult::default()
        }
    }

    #[test]
    fn the_knee_is_where_the_metric_grows_faster_than_the_factor() {
        let found = sweep(&[
            ("10_000", 1.0, 0.0),
            ("20_000", 1.5, 0.0),
            ("40_000", 6.0, 0.1),
            ("80_000", 90.0, 0.5),
        ]);
        let name = MetricFamily::LatencyP95.name();
        assert_eq!(
            answer(&found),
            format!(
                "2 of 4 points stay within the connection and port limits without failures (other \
                 published limits are not examined): clients = 10_000 (point 0); clients = 20_000 \
                 (point 1); the knee of {name} is at clients = 20_000: with 40_000 \
                 (100.0 % more), the metric rises from 1.50 s to 6.00 s."
            )
        );
    }

    #[test]
    fn a_metric_that_falls_with_the_factor_has_its_knee_in_descending_order() {
        let found = sweep(&[("2", 40.0, 0.2), ("4", 2.0, 0.0), ("8", 1.9, 0.0)]);
        let said = answer(&found);
        assert!(
            said.contains("is at clients = 4: with 2 (50.0 % fewer), the metric rises"),
            "{said}"
        );
        let straight = sweep(&[("1", 1.0, 0.0), ("2", 2.0, 0.0), ("3", 3.0, 0.0)]);
        let expected = "All 3 points stay within the connection and port limits without failures \
                        (other published limits are not examined).";
        assert_eq!(answer(&straight), expected);
    }

    #[test]
    fn a_point_without_requests_is_not_recommended() {
        let mut found = sweep(&[("2", 0.0, 0.0), ("4", 0.0, 0.0)]);
        let set = |found: &mut SweepResult, point: usize| {
            let failed = found.summaries[point].metrics.last_mut().expect("a metric");
            (failed.count, failed.mean, failed.max) = (0, None, None);
        };
        set(&mut found, 0);
        let said = answer(&found);
        assert!(said.contains("clients = 4 (point 1); at 1 point no request"), "{said}");
        set(&mut found, 1);
        let (tone, said) = requirements(&found);
        assert_eq!(tone, Tone::Warning);
        assert!(said.starts_with("None of 2 points is shown to stay"), "{said}");
        assert!(said.ends_with("; at 2 points no request was measured."), "{said}");
    }
}
