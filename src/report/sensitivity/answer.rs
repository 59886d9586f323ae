//! The answer of a sensitivity study in one sentence: the assumptions that matter, and the number
//! of assumptions that do not.

use crate::report::format::{joined, value};
use crate::results::{Decision, Metric, ParameterEffect, Sensitivity};

use super::decision_of;

/// Maximum number of assumptions that the sentence names.
const NAMED: usize = 3;

/// Returns the answer.
pub fn answer(result: &Sensitivity) -> String {
    let metrics = metrics(result);
    let deciding: Vec<(&Metric, Vec<&str>)> = metrics
        .iter()
        .map(|metric| (*metric, deciding(result, metric)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let flipping: Vec<&str> = by_effect(result, flipping(result), metrics.first().copied());
    let mut all = flipping.clone();
    for name in deciding.iter().flat_map(|(_, names)| names) {
        if !all.contains(name) {
            all.push(name);
        }
    }
    let rest = rest(result, all.len());
    if !flipping.is_empty() {
        let names = shortened(flipping.iter().map(|one| (*one).to_owned()).collect());
        let also = also(all.len() - flipping.len());
        let lead = "The verdict on an objective changes within the range of";
        return format!("{lead} {names}{also}{rest}.");
    }
    let clause = |(metric, names): &(&Metric, Vec<&str>)| {
        let names = names.iter().map(|one| with_swing(result, metric, one)).collect();
        format!("{} depends on {}", metric.name(), shortened(names))
    };
    match &deciding[..] {
        [] => format!("No assumption is shown to matter{rest}."),
        some => format!("{}{rest}.", some.iter().map(clause).collect::<Vec<_>>().join("; ")),
    }
}

/// Lists the first few names and counts the remaining ones.
fn shortened(mut names: Vec<String>) -> String {
    let hidden = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    names.extend((hidden > 0).then(|| format!("{hidden} more")));
    joined(&names)
}

/// Counts assumptions that matter without changing a verdict.
fn also(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; 1 other assumption matters and does not change it".to_owned(),
        some => format!("; {some} other assumptions matter and do not change it"),
    }
}

/// Returns the metrics of the study in order, without duplicates.
pub(super) fn metrics(result: &Sensitivity) -> Vec<&Metric> {
    let mut metrics: Vec<&Metric> = Vec::new();
    let effects = result.effects.iter().map(|one| &one.metric);
    for metric in effects.chain(result.morris.iter().map(|one| &one.metric)) {
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    metrics
}

/// Returns, without duplicates, each parameter that changes the verdict on an objective when it
/// varies over its range.
fn flipping(result: &Sensitivity) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for tipping_point in result.tipping_points.iter().filter(|tipping_point| tipping_point.changes)
    {
        if !names.contains(&tipping_point.parameter.as_str()) {
            names.push(&tipping_point.parameter);
        }
    }
    names
}

/// Returns the named parameters sorted by their effect on the metric, the largest first.
fn by_effect<'a>(
    result: &'a Sensitivity,
    mut names: Vec<&'a str>,
    metric: Option<&Metric>,
) -> Vec<&'a str> {
    let size = |name: &str| {
        let own = result
            .effects
            .iter()
            .find(|one| one.parameter == name && metric.is_none_or(|metric| one.metric == *metric));
        own.map_or(0.0, |one| one.swing.difference.abs())
    };
    names.sort_by(|one, other| size(other).total_cmp(&size(one)));
    names
}

/// Returns parameters that matter for the metric, the largest effect first.
fn deciding<'a>(result: &'a Sensitivity, metric: &Metric) -> Vec<&'a str> {
    let matters = |one: &&ParameterEffect| match &result.screening {
        Some(screening) => decision_of(screening, one) == Some(Decision::Matters),
        None => one.swing.is_detectable,
    };
    let effects = result.effects.iter().filter(|one| one.metric == *metric).filter(matters);
    let names: Vec<&str> = effects.map(|one| one.parameter.as_str()).collect();
    if !names.is_empty() || !result.effects.is_empty() {
        return by_effect(result, names, Some(metric));
    }
    // Elementary effects are already sorted by size.
    let moving = result.morris.iter().filter(|one| one.metric == *metric && one.mu_star > 0.0);
    moving.map(|one| one.parameter.as_str()).collect()
}

/// Formats a parameter with the change of the metric over its range.
fn with_swing(result: &Sensitivity, metric: &Metric, name: &str) -> String {
    let own = |one: &&ParameterEffect| one.parameter == name && one.metric == *metric;
    match result.effects.iter().find(own) {
        Some(one) if one.swing.difference.is_finite() => {
            format!("{name} ({} over its range)", value(metric.unit(), one.swing.difference.abs()))
        }
        _ => name.to_owned(),
    }
}

/// Counts the other parameters that do not matter, and those that are undecided.
fn rest(result: &Sensitivity, deciding: usize) -> String {
    let (without, undecided) = match &result.screening {
        Some(screening) => {
            let of = |wanted: &[Decision]| {
                let all = screening.parameters.iter();
                all.filter(|one| wanted.contains(&one.decision)).count()
            };
            let without = of(&[Decision::Below, Decision::ScreenedOut, Decision::NoEffect]);
            (without, of(&[Decision::Undecided]))
        }
        None => {
            let mut all: Vec<&str> =
                result.effects.iter().map(|one| one.parameter.as_str()).collect();
            all.extend(result.morris.iter().map(|one| one.parameter.as_str()));
            all.sort_unstable();
            all.dedup();
            (all.len().saturating_sub(deciding), 0)
        }
    };
    let assumptions = |count: usize| if count == 1 { "assumption" } else { "assumptions" };
    let mut text = String::new();
    if without > 0 {
        let verb = if without == 1 { "does" } else { "do" };
        text.push_str(&format!("; {without} other {} {verb} not matter", assumptions(without)));
        if result.screening.is_none() {
            text.push_str(" as far as the replications show");
        }
    }
    if undecided > 0 {
        let verb = if undecided == 1 { "is" } else { "are" };
        text.push_str(&format!("; {undecided} {verb} undecided"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Change, ElementaryEffect};
    use crate::terms::MetricFamily;

    fn effect(parameter: &str, difference: f64, is_detectable: bool) -> ParameterEffect {
        let change = Change { difference, half_width: Some(0.01), is_detectable };
        ParameterEffect {
            metric: MetricFamily::LatencyP95.into(),
            parameter: parameter.to_owned(),
            replications: 5,
            low: String::new(),
            default: String::new(),
            high: String::new(),
            default_mean: 1.0,
            low_mean: 1.0,
            high_mean: 1.0 + difference,
            swing: change,
            to_low: change,
            to_high: change,
        }
    }

    /// Of five elementary effects, only the one of size zero does not matter.
    #[test]
    fn every_elementary_effect_counts() {
        let morris = ["a", "b", "c", "d", "e"].into_iter().zip([5.0, 4.0, 3.0, 2.0, 0.0]);
        let morris = morris.map(|(parameter, mu_star)| ElementaryEffect {
            metric: MetricFamily::LatencyP95.into(),
            parameter: parameter.to_owned(),
            mu_star,
            mu: mu_star,
            sigma: None,
            count: 4,
        });
        let result = Sensitivity { morris: morris.collect(), ..Sensitivity::default() };
        let said = answer(&result);
        assert!(said.contains("1 other assumption does not matter"), "{said}");
    }

    #[test]
    fn a_screening_decides_for_each_metric() {
        use crate::results::{ScreenedMetric, ScreenedParameter, Screening};
        let other = MetricFamily::ConnectionsPeak;
        let connections = ParameterEffect { metric: other.into(), ..effect("a", 0.5, true) };
        let effects = vec![connections, effect("a", 0.3, true)];
        let metric = |family: MetricFamily, threshold| ScreenedMetric {
            metric: family.into(),
            threshold,
            is_of_objective: false,
        };
        let parameter = ScreenedParameter {
            parameter: "a".to_owned(),
            decision: Decision::Matters,
            tests_clear: 0,
            tests_not_clear: 0,
            replications: 5,
        };
        let screening = Screening {
            metrics: vec![metric(other, 4.0), metric(MetricFamily::LatencyP95, 0.2)],
            parameters: vec![parameter],
            ..Screening::default()
        };
        let result = Sensitivity { effects, screening: Some(screening), ..Sensitivity::default() };
        assert_eq!(answer(&result), "latency_p95_s depends on a (300 ms over its range).");
        let decision = |place: usize| super::super::decision(&result, &result.effects[place]);
        assert_eq!([decision(0), decision(1)], ["below the threshold", "matters"]);
        let mut screening = result.screening.clone().expect("a screening");
        let lines = |screening: &Screening| super::super::screened(&result, screening).join("\n");
        assert!(!lines(&screening).contains("Guarantee"), "nothing was screened out");
        screening.parameters[0].decision = Decision::ScreenedOut;
        assert!(lines(&screening).contains("Guarantee"));
    }

    #[test]
    fn the_sentence_names_the_largest_detectable_effects() {
        let effects = vec![
            effect("a", 0.1, true),
            effect("b", -0.5, true),
            effect("c", 0.9, false),
            effect("d", 0.2, true),
            effect("e", 0.01, true),
        ];
        let result = Sensitivity { effects, ..Sensitivity::default() };
        let name = MetricFamily::LatencyP95.name();
        assert_eq!(
            answer(&result),
            format!(
                "{name} depends on b (500 ms over its range), d (200 ms over its range), a (100 ms \
                 over its range) and 1 more; 1 other assumption does not matter as far as the \
                 replications show."
            )
        );
        let none = Sensitivity { effects: vec![effect("a", 0.0, false)], ..Sensitivity::default() };
        assert!(answer(&none).starts_with("No assumption is shown to matter; 1 other"));
    }
}
