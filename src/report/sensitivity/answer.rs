//! The answer of a sensitivity study in one sentence: the assumptions that matter, and the number
//! of those that do not.

use crate::report::format::value;
use crate::results::{Decision, Metric, ParameterEffect, Sensitivity};

/// Maximum number of assumptions that the sentence names.
const NAMED: usize = 3;

/// Returns the answer.
pub fn answer(result: &Sensitivity) -> String {
    let metric = metric(result);
    let deciding = deciding(result, metric);
    let flipping: Vec<&str> = by_effect(result, flipping(result), metric);
    let (lead, named): (String, Vec<String>) = match (metric, flipping.is_empty()) {
        (_, false) => (
            "The verdict on an objective changes within the range of".to_owned(),
            flipping.iter().map(|one| (*one).to_owned()).collect(),
        ),
        (Some(metric), true) if !deciding.is_empty() => (
            format!("{} depends on", metric.name()),
            deciding.iter().map(|one| with_swing(result, metric, one)).collect(),
        ),
        _ => return format!("{}{}.", "No assumption is shown to matter", rest(result, 0)),
    };
    let others = deciding.iter().filter(|one| !flipping.contains(one)).count();
    let (count, also) = match flipping.len() {
        0 => (deciding.len(), String::new()),
        some => (some + others, also(others)),
    };
    let hidden = named.len().saturating_sub(NAMED);
    let mut shown: Vec<String> = named.into_iter().take(NAMED).collect();
    shown.extend((hidden > 0).then(|| format!("{hidden} more")));
    format!("{lead} {}{also}{}.", joined(&shown), rest(result, count))
}

/// Counts assumptions that matter without changing a verdict.
fn also(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; 1 other assumption matters and does not change it".to_owned(),
        some => format!("; {some} other assumptions matter and do not change it"),
    }
}

/// Returns the metric of the sentence, the first one of the study.
fn metric(result: &Sensitivity) -> Option<&Metric> {
    let effects = result.effects.iter().map(|one| &one.metric);
    effects.chain(result.morris.iter().map(|one| &one.metric)).next()
}

/// Returns each parameter within whose range the verdict on an objective changes, without
/// duplicates.
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

/// Returns these parameters sorted by effect on the metric, the largest first.
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
fn deciding<'a>(result: &'a Sensitivity, metric: Option<&Metric>) -> Vec<&'a str> {
    let Some(metric) = metric else { return Vec::new() };
    let matters = |one: &&ParameterEffect| match &result.screening {
        Some(screening) => screening.parameters.iter().any(|screened| {
            screened.parameter == one.parameter && screened.decision == Decision::Matters
        }),
        None => one.swing.is_detectable,
    };
    let effects = result.effects.iter().filter(|one| one.metric == *metric).filter(matters);
    let names: Vec<&str> = effects.map(|one| one.parameter.as_str()).collect();
    if !names.is_empty() || !result.effects.is_empty() {
        return by_effect(result, names, Some(metric));
    }
    // Elementary effects are already sorted by size.
    let moving = result.morris.iter().filter(|one| one.metric == *metric && one.mu_star > 0.0);
    moving.map(|one| one.parameter.as_str()).take(NAMED).collect()
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

/// Joins names: `a, b and c`.
fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Change;
    use crate::terms::MetricFamily;

    fn effect(parameter: &str, difference: f64, is_detectable: bool) -> ParameterEffect {
        let change = Change { difference, half_width: None, is_detectable };
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
