//! Evaluates service level objectives over replications.

use crate::results::{ObjectiveResult, ObjectiveStatus, Sample, Unit};

use crate::terms::Objective;

use crate::analysis::interval::{bonferroni, interval};

/// Evaluates each objective by the confidence interval of the mean of its metric: met if the whole
/// interval is within the limit, violated if the whole interval is beyond it. All intervals hold
/// jointly at `confidence` (Bonferroni). A metric that is infinite in some replication, such as the
/// compliance time of an incomplete deployment, violates an upper limit. A metric without a value
/// in some replication, such as the failure share without requests, is not measured and never met.
pub fn evaluate_objectives(
    sample: &Sample,
    objectives: &[Objective],
    confidence: f64,
) -> Vec<ObjectiveResult> {
    evaluate_each_objective(sample, objectives, bonferroni(confidence, objectives.len()))
}

/// Evaluates each objective with its own interval at `level`.
pub fn evaluate_each_objective(
    sample: &Sample,
    objectives: &[Objective],
    level: f64,
) -> Vec<ObjectiveResult> {
    objectives.iter().map(|objective| evaluate_objective(sample, objective, level)).collect()
}

fn evaluate_objective(sample: &Sample, objective: &Objective, level: f64) -> ObjectiveResult {
    let index = sample.index_of(objective.metric);
    let values = index.map_or_else(Vec::new, |index| sample.values(index));
    let found = interval(&values, level);
    // Normalise, so that lower values are better.
    let sign = if objective.is_at_least { -1.0 } else { 1.0 };
    let limit = sign * objective.limit;
    let is_endless = values.iter().any(|value| sign * value == f64::INFINITY);
    let is_measured = index.is_some() && !values.iter().any(|value| value.is_nan());
    let status = match found {
        _ if is_endless => ObjectiveStatus::Violated,
        _ if !is_measured => ObjectiveStatus::NotMeasured,
        Some(found) if sign * found.mean + found.half_width <= limit => ObjectiveStatus::Met,
        Some(found) if sign * found.mean - found.half_width > limit => ObjectiveStatus::Violated,
        _ => ObjectiveStatus::Undecided,
    };
    let only = match values[..] {
        [only] if only.is_finite() => Some(only),
        _ => None,
    };
    let mean = found.map(|found| found.mean).or(only);
    ObjectiveResult {
        metric: objective.metric,
        unit: index.map_or(Unit::Count, |_| objective.metric.unit()),
        is_at_least: objective.is_at_least,
        limit: objective.limit,
        mean,
        half_width: found.map(|found| found.half_width),
        margin: mean
            .filter(|_| objective.limit != 0.0)
            .map(|mean| (limit - sign * mean) / objective.limit.abs()),
        status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Replication;
    use crate::terms::MetricFamily;

    fn sample(values: &[f64]) -> Sample {
        let metric = MetricFamily::LatencyMean.into();
        let replication =
            |(number, value): (u32, &f64)| Replication { number, events: 1, values: vec![*value] };
        let replications = (0..).zip(values).map(replication).collect();
        Sample { metrics: vec![metric], replications, ..Sample::default() }
    }

    fn status_of(values: &[f64], is_at_least: bool, limit: f64) -> ObjectiveStatus {
        let objective = Objective { metric: MetricFamily::LatencyMean, is_at_least, limit };
        evaluate_objectives(&sample(values), &[objective], 0.95)[0].status
    }

    #[test]
    fn an_interval_that_contains_the_limit_is_undecided() {
        // Mean 5.11, half-width 0.209 (procedure `t-interval` of the theory cases).
        let values = [5.1, 4.8, 5.6, 5.0, 4.7, 5.3, 5.2, 4.9, 5.5, 5.0];
        assert_eq!(status_of(&values, false, 5.32), ObjectiveStatus::Met);
        assert_eq!(status_of(&values, false, 5.31), ObjectiveStatus::Undecided);
        assert_eq!(status_of(&values, false, 4.90), ObjectiveStatus::Violated);
        assert_eq!(status_of(&values, true, 4.90), ObjectiveStatus::Met);
        assert_eq!(status_of(&values, true, 5.0), ObjectiveStatus::Undecided);
        assert_eq!(status_of(&values, true, 5.33), ObjectiveStatus::Violated);
    }

    #[test]
    fn infinite_metrics_violate_objectives_and_missing_metrics_are_not_measured() {
        assert_eq!(status_of(&[1.0, f64::INFINITY], false, 5.0), ObjectiveStatus::Violated);
        assert_eq!(status_of(&[f64::NAN, f64::NAN], false, 5.0), ObjectiveStatus::NotMeasured);
        assert_eq!(status_of(&[f64::NAN], true, 5.0), ObjectiveStatus::NotMeasured);
        assert_eq!(status_of(&[1.0, f64::NAN], false, 5.0), ObjectiveStatus::NotMeasured);
        assert_eq!(status_of(&[1.0], false, 5.0), ObjectiveStatus::Undecided, "one replication");
        assert_eq!(
            status_of(&[5.0, 5.0], false, 5.0),
            ObjectiveStatus::Met,
            "a mean equal to the limit meets it"
        );
    }
}
