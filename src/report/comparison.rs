//! A comparison on the terminal: the verdict in sentences, then the metrics.

use super::document::{Block, Cell, Document, Section, Table};
use super::format::{count, number, share, value};
use super::text;
use crate::results::comparison::{Change, Comparison, MetricComparison};
use crate::results::{Better, ScenarioInfo};

/// The whole report as text, ending with a line break.
pub fn text(comparison: &Comparison) -> String {
    let heading = sides(comparison).into_iter().chain([about(comparison)]);
    let note = "(variance: variance of the difference with independent random numbers by that with \
                common ones;\nmetrics of each component in comparison.csv)";
    let metrics = vec![Block::Table(metrics_table(comparison)), Block::Note(note.to_owned())];
    let sections = [
        Some(Section::new("", heading.map(Block::Paragraph).collect())),
        Section::list("Warnings", comparison.warnings.clone()),
        Section::list("Verdict", verdict(comparison)),
        Some(Section::new("Metrics", metrics).with_remark(remark(comparison))),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

/// Both scenarios with what was changed in them.
pub(super) fn sides(comparison: &Comparison) -> [String; 2] {
    let side = |letter: &str, info: &ScenarioInfo, changes: &[String]| match changes {
        [] => format!("{letter}: {}", info.name),
        changes => format!("{letter}: {} with {}", info.name, changes.join(", ")),
    };
    let [first, second] = &comparison.changes;
    [side("A", &comparison.first, first), side("B", &comparison.second, second)]
}

/// What was simulated, in a line.
pub(super) fn about(comparison: &Comparison) -> String {
    let precision = comparison.precision.as_ref().map_or_else(String::new, |one| {
        let reached = one.reached.map_or_else(|| "unknown".to_owned(), share);
        let word = if one.is_reached { "reached" } else { "NOT REACHED" };
        let wanted = percent(one.wanted);
        format!(
            " · half-width of the difference of {}: {reached} of A's mean, {wanted} wanted: \
             {word}",
            one.metric
        )
    });
    format!(
        "{} pairs of replications with common random numbers · seed {}{precision}",
        count(comparison.replications),
        comparison.first.seed,
    )
}

/// How sure the differences are, and which of them are relevant.
pub(super) fn remark(comparison: &Comparison) -> String {
    format!(
        "differences with intervals that all hold together at {} % confidence; smallest relevant \
         difference {} of A",
        number(100.0 * comparison.confidence),
        percent(comparison.smallest_relevant_share)
    )
}

/// A share as it was asked for: `1 %`.
fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

/// The metrics of the whole run side by side.
pub(super) fn metrics_table(comparison: &Comparison) -> Table {
    let header = ["metric", "A", "B", "B minus A", "+-", "in %", "verdict", "variance"];
    let mut table = Table::new(&header, 1);
    for one in shown(comparison) {
        let cell = |found: Option<f64>| Cell::metric(one.metric.unit(), found);
        table.row([
            Cell::text(one.metric.name()),
            cell(one.first_mean),
            cell(one.second_mean),
            cell(one.difference),
            cell(one.half_width),
            Cell::of(relative(one), |(change, _)| Cell::Amount(signed(change))),
            one.change.into(),
            Cell::of(one.variance_reduction, Cell::Number),
        ]);
    }
    table
}

/// Metrics of the whole run that either has.
fn shown(comparison: &Comparison) -> impl Iterator<Item = &MetricComparison> {
    comparison.metrics.iter().filter(|one| {
        let is_something = |mean: Option<f64>| mean.is_some_and(|mean| mean != 0.0);
        !one.metric.is_of_component()
            && (is_something(one.first_mean) || is_something(one.second_mean))
    })
}

/// Difference and half-width as shares of the first mean.
fn relative(one: &MetricComparison) -> Option<(f64, f64)> {
    let first = one.first_mean.filter(|first| *first != 0.0)?;
    // Of the means and not of the difference: what falls to zero falls by exactly 100 %.
    Some(((one.second_mean? - first) / first.abs(), one.half_width? / first.abs()))
}

fn signed(change: f64) -> String {
    match share(change.abs()) {
        zero if change == 0.0 => zero,
        size if change < 0.0 => format!("-{size}"),
        size => format!("+{size}"),
    }
}

/// What the intervals decide, in sentences: how many metrics are better and worse, by how much, and
/// which are not different or undecided.
pub(super) fn verdict(comparison: &Comparison) -> Vec<String> {
    let of = |change: Change| {
        shown(comparison)
            .filter(move |one| one.metric.better() != Better::Neither && one.change == change)
    };
    let listed =
        |change: Change| of(change).map(|one| one.metric.name()).collect::<Vec<_>>().join(", ");
    let relevant = percent(comparison.smallest_relevant_share);
    let mut sentences = vec![headline(of(Change::Better).count(), of(Change::Worse).count())];
    sentences.extend(of(Change::Better).chain(of(Change::Worse)).map(sentence));
    for (change, lead) in [
        (Change::NoRelevantDifference, format!("No relevant difference (at most {relevant}) in")),
        (Change::Undecided, "Undecided (more replications would tell):".to_owned()),
        (Change::NotComparable, "Not comparable, because one side has no value:".to_owned()),
        (Change::Same, "The same in every replication:".to_owned()),
    ] {
        let names = listed(change);
        if !names.is_empty() {
            sentences.push(format!("{lead} {names}."));
        }
    }
    sentences
}

fn headline(better: usize, worse: usize) -> String {
    let metrics = |count: usize| match count {
        1 => "1 metric".to_owned(),
        count => format!("{count} metrics"),
    };
    match (better, worse) {
        (0, 0) => "No metric is shown to be better or worse in B.".to_owned(),
        (better, 0) => format!("B is better in {} and worse in none.", metrics(better)),
        (0, worse) => format!("B is worse in {} and better in none.", metrics(worse)),
        (better, worse) => {
            format!("B is better in {} and worse in {}.", metrics(better), metrics(worse))
        }
    }
}

fn sentence(one: &MetricComparison) -> String {
    let cell = |found: Option<f64>| found.map_or("-".to_owned(), |it| value(one.metric.unit(), it));
    let status = if one.change == Change::Better { "better" } else { "worse" };
    let name = &one.metric.name();
    let (Some(difference), Some(half_width)) = (one.difference, one.half_width) else {
        let reached = |side: Option<f64>| side.map_or("never".to_owned(), |_| cell(side));
        let (first, second) = (reached(one.first_mean), reached(one.second_mean));
        return format!("{name} is {first} in A and {second} in B: {status}.");
    };
    let verb = if difference < 0.0 { "lowers" } else { "raises" };
    let by = match relative(one) {
        Some((change, half)) => format!("{} +- {}", share(change.abs()), share(half)),
        None => format!("{} +- {}", cell(Some(difference.abs())), cell(Some(half_width))),
    };
    format!(
        "B {verb} {name} by {by} ({} to {}): {status}.",
        cell(one.first_mean),
        cell(one.second_mean)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Metric;

    fn compared(name: &str, change: Change, second: f64) -> MetricComparison {
        MetricComparison {
            metric: Metric::from_name(name).expect("a metric"),
            first_mean: Some(2.0),
            second_mean: Some(second),
            difference: Some(second - 2.0),
            half_width: Some(0.000_01),
            half_width_alone: None,
            half_width_independent: None,
            variance_reduction: None,
            change,
        }
    }

    /// A difference of 0.01 % is in no sentence that says better or worse, nor in the table.
    #[test]
    fn irrelevant_differences_are_not_better_or_worse() {
        let metrics_table = vec![
            compared("latency_mean_s", Change::NoRelevantDifference, 2.0002),
            compared("latency_p95_s", Change::Better, 1.0),
            compared("latency_p99_s", Change::Undecided, 1.99),
        ];
        let comparison = Comparison {
            smallest_relevant_share: 0.01,
            metrics: metrics_table,
            ..Comparison::default()
        };
        assert_eq!(
            verdict(&comparison),
            [
                "B is better in 1 metric and worse in none.",
                "B lowers latency_p95_s by 50.0 % +- <0.01 % (2.00 s to 1.00 s): better.",
                "No relevant difference (at most 1 %) in latency_mean_s.",
                "Undecided (more replications would tell): latency_p99_s.",
            ]
        );
        let row = &super::metrics_table(&comparison).rows[0];
        assert_eq!(
            [&row[0], &row[6]].map(Cell::written),
            ["latency_mean_s", "no relevant difference"]
        );
    }

    #[test]
    fn a_metric_unreached_on_one_side_has_no_difference() {
        let mut one = compared("compliance_p95_s", Change::Better, 3600.0);
        (one.first_mean, one.difference, one.half_width) = (None, None, None);
        let expected = "compliance_p95_s is never in A and 1 h 00 min in B: better.";
        assert_eq!(sentence(&one), expected);
    }
}
