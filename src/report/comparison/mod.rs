//! A comparison on the terminal: the answer, the verdict on each metric, then the metrics.

mod answer;

use super::document::{Block, Cell, Document, Section, Table};
use super::format::{self, count, number, share, value};
use super::text::{self, hanging};
use crate::results::comparison::{Change, Comparison, MetricComparison};
use crate::results::{Better, ScenarioInfo, Unit};

pub use answer::answer;

/// Returns the whole report as text, ending with a line break.
pub fn text(comparison: &Comparison) -> String {
    let answer = hanging("Answer", &answer_of(comparison));
    let heading = sides(comparison).into_iter().chain([about(comparison)]);
    let heading = heading.map(|line| text::filled(&line));
    let note = "(all metrics with their intervals: comparison.csv, and `cmgsim report FOLDER`)";
    let metrics = vec![Block::Table(differing(comparison)), Block::Note(note.to_owned())];
    let remark = text::filled(&remark(comparison));
    let sections = [
        Some(Section::new("", vec![Block::Paragraph(answer)])),
        Some(Section::new("", heading.map(Block::Paragraph).collect())),
        Section::list("Warnings", comparison.warnings.clone()),
        Section::list("Verdict", by_metric(comparison)),
        Some(Section::new("Metrics that differ or are undecided", metrics)),
        Some(Section::new("", vec![Block::Paragraph(remark)])),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

/// Describes both scenarios and their overrides.
pub(super) fn sides(comparison: &Comparison) -> [String; 2] {
    let side = |letter: &str, info: &ScenarioInfo, changes: &[String]| match changes {
        [] => format!("{letter}: {}", info.name),
        changes => format!("{letter}: {} with {}", info.name, changes.join(", ")),
    };
    let [first, second] = &comparison.changes;
    [side("A", &comparison.first, first), side("B", &comparison.second, second)]
}

/// Describes replications, seed and precision in one line.
pub(super) fn about(comparison: &Comparison) -> String {
    let precision = comparison.precision.as_ref().map_or_else(String::new, |one| {
        let reached = one.reached.map_or_else(|| "unknown".to_owned(), share);
        let word = if one.is_reached { "reached" } else { "NOT REACHED" };
        let wanted = percent(one.wanted);
        format!(
            " · half-width of the difference of {}: {reached} of A's mean, required {wanted}: \
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

/// Describes the confidence level and the smallest relevant difference.
pub(super) fn remark(comparison: &Comparison) -> String {
    format!(
        "intervals of all differences have a joint confidence level of {} %; smallest relevant \
         difference: {} of A",
        number(100.0 * comparison.confidence),
        percent(comparison.smallest_relevant_share)
    )
}

/// Formats a share as in an option: `1 %`.
fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share))
}

/// Returns the table of metrics that are not equivalent in A and B, for a terminal of 80 columns.
/// The sentences above the table name the other metrics.
fn differing(comparison: &Comparison) -> Table {
    let mut table = Table::new(&["metric", "A mean", "B mean", "change", "verdict"], 1);
    let is_alike =
        |one: &MetricComparison| matches!(one.change, Change::Same | Change::NoRelevantDifference);
    for one in shown(comparison).filter(|one| !is_alike(one)) {
        let cell = |found: Option<f64>| Cell::metric(one.metric.unit(), found);
        table.row([
            Cell::text(one.metric.name()),
            cell(one.first_mean),
            cell(one.second_mean),
            Cell::of(relative(one), |(change, _)| Cell::Amount(signed(change))),
            one.change.into(),
        ]);
    }
    table
}

/// Returns the table of metrics of the whole run side by side.
pub(super) fn metrics_table(comparison: &Comparison) -> Table {
    let header = [
        "metric",
        "A mean",
        "B mean",
        "B minus A",
        "half-width",
        "change",
        "verdict",
        "variance ratio",
    ];
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

/// Returns metrics of the whole run that are not zero on at least one side.
fn shown(comparison: &Comparison) -> impl Iterator<Item = &MetricComparison> {
    comparison.metrics.iter().filter(|one| {
        let is_something = |mean: Option<f64>| mean.is_some_and(|mean| mean != 0.0);
        !one.metric.is_of_component()
            && (is_something(one.first_mean) || is_something(one.second_mean))
    })
}

/// Returns difference and half-width as shares of A's mean.
fn relative(one: &MetricComparison) -> Option<(f64, f64)> {
    let first = one.first_mean.filter(|first| *first != 0.0)?;
    // Use the means instead of the mean difference, so that a fall to zero is exactly -100 %.
    Some(((one.second_mean? - first) / first.abs(), one.half_width? / first.abs()))
}

fn signed(change: f64) -> String {
    match share(change.abs()) {
        zero if change == 0.0 => zero,
        size if change < 0.0 => format!("-{size}"),
        size => format!("+{size}"),
    }
}

/// Returns the stored answer, or derives it if none is stored.
fn answer_of(comparison: &Comparison) -> String {
    match comparison.answer.is_empty() {
        true => answer(comparison),
        false => comparison.answer.clone(),
    }
}

/// Returns the answer, then the verdict on each metric.
pub(super) fn verdict(comparison: &Comparison) -> Vec<String> {
    std::iter::once(answer_of(comparison)).chain(by_metric(comparison)).collect()
}

/// Describes the verdicts on all metrics: the number of better and worse metrics with the size of
/// each difference, and the names of the other metrics, grouped by verdict.
fn by_metric(comparison: &Comparison) -> Vec<String> {
    let of = |change: Change| {
        shown(comparison)
            .filter(move |one| one.metric.better() != Better::Neither && one.change == change)
    };
    let listed = |change: Change| {
        let all = shown(comparison).filter(|one| one.change == change);
        all.map(|one| one.metric.name()).collect::<Vec<_>>().join(", ")
    };
    let relevant = percent(comparison.smallest_relevant_share);
    let mut sentences = vec![headline(of(Change::Better).count(), of(Change::Worse).count())];
    sentences.extend(of(Change::Better).chain(of(Change::Worse)).map(sentence));
    for (change, lead) in [
        (Change::Different, "Different, but neither better nor worse:".to_owned()),
        (Change::NoRelevantDifference, format!("No relevant difference (at most {relevant}) in")),
        (Change::Undecided, "Undecided (raise --replications):".to_owned()),
        (Change::NotComparable, "Not comparable, because A or B has no value:".to_owned()),
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
    let metrics = |count: usize| format::plural(count as u64, "metric");
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
        let reached = |side: Option<f64>| side.map_or("not reached".to_owned(), |_| cell(side));
        let (first, second) = (reached(one.first_mean), reached(one.second_mean));
        return format!("{name} is {first} in A and {second} in B: {status}.");
    };
    let verb = if difference < 0.0 { "lowers" } else { "raises" };
    let points = |share: f64| number(100.0 * share);
    let by = match relative(one) {
        // An interval that extends below -100 % would suggest negative values.
        Some((change, half)) if change - half >= -1.0 => {
            format!("{} +- {}", share(change.abs()), share(half))
        }
        _ if one.metric.unit() == Unit::Share => {
            format!("{} +- {} percentage points", points(difference.abs()), points(half_width))
        }
        _ => format!("{} +- {}", cell(Some(difference.abs())), cell(Some(half_width))),
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

    #[test]
    fn an_irrelevant_difference_is_not_called_better_or_worse() {
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
            by_metric(&comparison),
            [
                "B is better in 1 metric and worse in none.",
                "B lowers latency_p95_s by 50.0 % +- <0.01 % (2.00 s to 1.00 s): better.",
                "No relevant difference (at most 1 %) in latency_mean_s.",
                "Undecided (raise --replications): latency_p99_s.",
            ]
        );
        let row = &super::metrics_table(&comparison).rows[0];
        assert_eq!(
            [&row[0], &row[6]].map(Cell::written),
            ["latency_mean_s", "no relevant difference"]
        );
    }

    #[test]
    fn every_metric_is_in_one_sentence() {
        let changes = [Change::Different, Change::Undecided, Change::Same];
        let metrics = changes.map(|change| compared("connections_peak", change, 3.0));
        let comparison = Comparison { metrics: metrics.to_vec(), ..Comparison::default() };
        assert_eq!(
            by_metric(&comparison)[1..],
            [
                "Different, but neither better nor worse: connections_peak.",
                "Undecided (raise --replications): connections_peak.",
                "The same in every replication: connections_peak.",
            ]
        );
        assert!(answer(&comparison).contains("(1 metric is undecided)"));
    }

    #[test]
    fn an_interval_that_extends_below_minus_100_percent_is_shown_in_absolute_values() {
        let mut one = compared("time_over_limit_share", Change::Better, 0.0);
        (one.first_mean, one.difference, one.half_width) = (Some(0.1), Some(-0.1), Some(0.07));
        let expected = "B lowers time_over_limit_share by 10 +- 7.00 percentage points (10.0 % to";
        assert!(sentence(&one).starts_with(expected), "{}", sentence(&one));
        one.half_width = Some(0.0);
        assert!(sentence(&one).contains("by 100.0 % +- "), "{}", sentence(&one));
    }

    #[test]
    fn a_metric_that_one_side_never_reaches_has_no_difference() {
        let mut one = compared("compliance_p95_s", Change::Better, 3600.0);
        (one.first_mean, one.difference, one.half_width) = (None, None, None);
        let expected = "compliance_p95_s is not reached in A and 1 h 00 min in B: better.";
        assert_eq!(sentence(&one), expected);
    }
}
