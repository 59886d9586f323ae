//! The answer of a sensitivity study: the parameters that matter, the number of parameters that do
//! not, and the assumption to measure next.

use crate::report::format::{joined, value};
use crate::results::{Decision, Metric, ParameterEffect, ParameterRange, Sensitivity};

use super::decision_of;

/// Maximum number of parameters that the sentence names.
const NAMED: usize = 3;

/// Returns the answer: which parameters matter, and which assumption to measure next.
pub fn answer(result: &Sensitivity) -> String {
    let metrics = metrics(result);
    let deciding = all_deciding(result, &metrics);
    let flipping = by_effect(result, flipping(result), metrics.first().copied());
    let all = relevant(&flipping, &deciding);
    let rest = rest(result, all.len());
    let next = next(result, &all);
    if !flipping.is_empty() {
        let names = shortened(flipping.iter().map(|one| (*one).to_owned()).collect());
        let also = also(result, all.len() - flipping.len());
        let lead = "The verdict on an objective changes within the range of";
        return format!("{lead} {names}{also}{rest}.{next}");
    }
    let clause = |(metric, names): &(&Metric, Vec<&str>)| {
        let names = names.iter().map(|one| with_swing(result, metric, one)).collect();
        format!("{} depends on {}", metric.name(), shortened(names))
    };
    match &deciding[..] {
        [] => format!("No {} is shown to matter{rest}.", noun(result, 1)),
        some => format!("{}{rest}.{next}", some.iter().map(clause).collect::<Vec<_>>().join("; ")),
    }
}

/// Returns the assumption to measure next: of the assumptions that matter, the one with the largest
/// effect. Assumptions that change a verdict precede the others. Prices are not measured.
pub fn measure_next(result: &Sensitivity) -> Option<String> {
    let metrics = metrics(result);
    let flipping = by_effect(result, flipping(result), metrics.first().copied());
    let all = relevant(&flipping, &all_deciding(result, &metrics));
    let mut open = all.iter().filter(|name| !is_measured(result, name) && !is_price(name));
    open.next().map(|name| (*name).to_owned())
}

/// Returns a sentence that names the assumption to measure next, and the parameters with a larger
/// effect that are already measured.
fn next(result: &Sensitivity, all: &[&str]) -> String {
    let known: Vec<String> = all
        .iter()
        .filter(|name| !is_price(name))
        .take_while(|name| is_measured(result, name))
        .map(|name| (*name).to_owned())
        .collect();
    let verb = if known.len() == 1 { "is" } else { "are" };
    let already = || format!(" {} {verb} already measured", shortened(known.clone()));
    match (known.len(), measure_next(result)) {
        (0, None) => String::new(),
        (0, Some(next)) => {
            format!(" Measure next: {next}, the assumption with the largest effect.")
        }
        (_, Some(next)) => {
            format!("{}; measure next: {next}, the assumption with the largest effect.", already())
        }
        (_, None) => format!("{}; no assumption is shown to matter.", already()),
    }
}

/// Returns whether a parameter is a measured value.
fn is_measured(result: &Sensitivity, name: &str) -> bool {
    let effects = result.effects.iter().map(|one| (&one.parameter, one.range));
    let morris = result.morris.iter().map(|one| (&one.parameter, one.range));
    let turns = result.tipping_points.iter().map(|one| (&one.parameter, one.range));
    let mut all = effects.chain(morris).chain(turns);
    all.any(|(own, range)| own == name && range == ParameterRange::Measured)
}

fn is_price(name: &str) -> bool {
    name.starts_with("prices.")
}

/// Returns each metric with the parameters that matter for it.
fn all_deciding<'a>(
    result: &'a Sensitivity,
    metrics: &[&'a Metric],
) -> Vec<(&'a Metric, Vec<&'a str>)> {
    let of = metrics.iter().map(|metric| (*metric, deciding(result, metric)));
    of.filter(|(_, names)| !names.is_empty()).collect()
}

/// Returns all parameters that matter: first those that change a verdict.
fn relevant<'a>(flipping: &[&'a str], deciding: &[(&Metric, Vec<&'a str>)]) -> Vec<&'a str> {
    let mut all = flipping.to_vec();
    for name in deciding.iter().flat_map(|(_, names)| names) {
        if !all.contains(name) {
            all.push(name);
        }
    }
    all
}

/// Returns "assumption" or, if the study varies measured values too, "parameter".
fn noun(result: &Sensitivity, count: usize) -> &'static str {
    let measured = |range: ParameterRange| range == ParameterRange::Measured;
    let has_measured = result.effects.iter().any(|one| measured(one.range))
        || result.morris.iter().any(|one| measured(one.range))
        || result.screening.iter().flat_map(|one| &one.parameters).any(|one| measured(one.range));
    match (has_measured, count) {
        (false, 1) => "assumption",
        (false, _) => "assumptions",
        (true, 1) => "parameter",
        (true, _) => "parameters",
    }
}

/// Lists the first few names and counts the remaining ones.
fn shortened(mut names: Vec<String>) -> String {
    let hidden = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    names.extend((hidden > 0).then(|| format!("{hidden} more")));
    joined(&names)
}

/// Counts parameters that matter without changing a verdict.
fn also(result: &Sensitivity, others: usize) -> String {
    let noun = noun(result, others);
    match others {
        0 => String::new(),
        1 => format!("; 1 other {noun} matters but does not change the verdict"),
        some => format!("; {some} other {noun} matter but do not change the verdict"),
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
    let mut text = String::new();
    if without > 0 {
        let verb = if without == 1 { "does" } else { "do" };
        text.push_str(&format!("; {without} other {} {verb} not matter", noun(result, without)));
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
            range: ParameterRange::Plausible,
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
            range: ParameterRange::Plausible,
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
            range: ParameterRange::Plausible,
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
        assert_eq!(
            answer(&result),
            "latency_p95_s depends on a (300 ms over its range). Measure next: a, the assumption \
             with the largest effect."
        );
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
                 replications show. Measure next: b, the assumption with the largest effect."
            )
        );
        let none = Sensitivity { effects: vec![effect("a", 0.0, false)], ..Sensitivity::default() };
        assert!(answer(&none).starts_with("No assumption is shown to matter; 1 other"));
    }
    /// A measured value has the largest effect, so the assumption with the next largest effect
    /// should be measured.
    #[test]
    fn the_assumption_to_measure_next_is_the_largest_that_is_not_measured() {
        let with = |difference, range| ParameterEffect { range, ..effect("b", difference, true) };
        let of = |effects| Sensitivity { effects, ..Sensitivity::default() };
        let (a, c) = (effect("a", 0.1, true), effect("c", 0.2, true));
        let measured = of(vec![a.clone(), with(-0.5, ParameterRange::Measured), c.clone()]);
        assert_eq!(measure_next(&measured).as_deref(), Some("c"));
        let said = answer(&measured);
        let expected = " b is already measured; measure next: c, the assumption with the largest \
                        effect.";
        assert!(said.ends_with(expected), "{said}");
        let smaller = of(vec![a.clone(), with(0.01, ParameterRange::Measured), c.clone()]);
        assert!(
            answer(&smaller)
                .ends_with(". Measure next: c, the assumption with the largest effect.")
        );
        let only = of(vec![with(0.5, ParameterRange::Measured), effect("a", 0.1, false)]);
        assert_eq!(measure_next(&only), None);
        let said = answer(&only);
        assert!(said.contains("1 other parameter does not matter"), "{said}");
        assert!(said.ends_with(" b is already measured; no assumption is shown to matter."));
        let price = of(vec![effect("prices.egress_gb", 0.9, true), a]);
        assert_eq!(measure_next(&price).as_deref(), Some("a"), "a price is not measured");
    }
}
