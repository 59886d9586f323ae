//! Judges service level objectives over replications.

use crate::results::{Judgement, ObjectiveResult, Sample, Unit};

use crate::terms::Objective;

use crate::analysis::interval::{bonferroni, interval};

/// Judges each objective by the interval of its figure's mean: met if the whole interval keeps to
/// the limit, violated if none of it does. All intervals hold together at `confidence`
/// (Bonferroni). A metric that is infinite in some replication (a deployment that does not arrive)
/// violates an upper limit; one that has no value in some replication (the failed share of no
/// requests) is not measured, and never met.
pub fn judge(sample: &Sample, objectives: &[Objective], confidence: f64) -> Vec<ObjectiveResult> {
    judge_each(sample, objectives, bonferroni(confidence, objectives.len()))
}

/// The same with each interval alone at `level`.
pub fn judge_each(sample: &Sample, objectives: &[Objective], level: f64) -> Vec<ObjectiveResult> {
    objectives.iter().map(|objective| judge_one(sample, objective, level)).collect()
}

fn judge_one(sample: &Sample, objective: &Objective, level: f64) -> ObjectiveResult {
    let place = sample.place_of(objective.metric);
    let values = place.map_or_else(Vec::new, |place| sample.values(place));
    let found = interval(&values, level);
    // Less is better from here on.
    let sign = if objective.is_at_least { -1.0 } else { 1.0 };
    let limit = sign * objective.limit;
    let is_endless = values.iter().any(|value| sign * value == f64::INFINITY);
    let is_measured = place.is_some() && !values.iter().any(|value| value.is_nan());
    let status = match found {
        _ if is_endless => Judgement::Violated,
        _ if !is_measured => Judgement::NotMeasured,
        Some(found) if sign * found.mean + found.half_width <= limit => Judgement::Met,
        Some(found) if sign * found.mean - found.half_width > limit => Judgement::Violated,
        _ => Judgement::Undecided,
    };
    let only = match values[..] {
        [only] if only.is_finite() => Some(only),
        _ => None,
    };
    let mean = found.map(|found| found.mean).or(only);
    ObjectiveResult {
        metric: objective.metric,
        unit: place.map_or(Unit::Count, |_| objective.metric.unit()),
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

/// The verdict on all objectives: violated if one is, else undecided if one is, else not measured
/// if one is not.
pub fn verdict(objectives: &[ObjectiveResult]) -> Judgement {
    let any = |status| objectives.iter().any(|one| one.status == status);
    match () {
        () if any(Judgement::Violated) => Judgement::Violated,
        () if any(Judgement::Undecided) => Judgement::Undecided,
        () if any(Judgement::NotMeasured) => Judgement::NotMeasured,
        () => Judgement::Met,
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

    fn judged(values: &[f64], is_at_least: bool, limit: f64) -> Judgement {
        let objective = Objective { metric: MetricFamily::LatencyMean, is_at_least, limit };
        judge(&sample(values), &[objective], 0.95)[0].status
    }

    #[test]
    fn an_interval_that_holds_the_limit_decides_nothing() {
        // Mean 5.11, half-width 0.209 (procedure `t-interval` of the theory cases).
        let values = [5.1, 4.8, 5.6, 5.0, 4.7, 5.3, 5.2, 4.9, 5.5, 5.0];
        assert_eq!(judged(&values, false, 5.32), Judgement::Met);
        assert_eq!(judged(&values, false, 5.31), Judgement::Undecided);
        assert_eq!(judged(&values, false, 4.90), Judgement::Violated);
        assert_eq!(judged(&values, true, 4.90), Judgement::Met);
        assert_eq!(judged(&values, true, 5.0), Judgement::Undecided);
        assert_eq!(judged(&values, true, 5.33), Judgement::Violated);
    }

    #[test]
    fn what_is_never_reached_violates_and_what_has_no_value_is_not_measured() {
        assert_eq!(judged(&[1.0, f64::INFINITY], false, 5.0), Judgement::Violated);
        assert_eq!(judged(&[f64::NAN, f64::NAN], false, 5.0), Judgement::NotMeasured);
        assert_eq!(judged(&[f64::NAN], true, 5.0), Judgement::NotMeasured);
        assert_eq!(judged(&[1.0, f64::NAN], false, 5.0), Judgement::NotMeasured);
        assert_eq!(judged(&[1.0], false, 5.0), Judgement::Undecided, "one says nothing");
        assert_eq!(judged(&[5.0, 5.0], false, 5.0), Judgement::Met, "the limit itself is kept");
    }
}
