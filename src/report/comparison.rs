//! A comparison on the terminal: the verdict in sentences, then the figures.

use super::format::{count, number, share};
use super::table::{self, replicated::value, wrapped};
use crate::results::comparison::{Change, Comparison, FigureComparison};
use crate::results::{Better, ScenarioInfo};

/// The whole text, ending with a line break.
pub fn text(comparison: &Comparison) -> String {
    let mut text = format!("{}\n{}\n\n", sides(comparison).join("\n"), about(comparison));
    for sentence in verdict(comparison) {
        text.push_str(&wrapped(&sentence));
    }
    text.push_str(&format!("\nFigures, {}\n", remark(comparison)));
    let table = figures(comparison);
    let lines = table.lines().map(|line| format!(" {}\n", line.trim_end()));
    text.push_str(&lines.collect::<String>());
    text.push_str(
        "  (variance: how many times as large the difference's would be with different random \
         numbers;\n  figures of each part in comparison.csv)\n",
    );
    text
}

/// Both scenarios with what was changed in them.
pub fn sides(comparison: &Comparison) -> [String; 2] {
    let side = |letter: &str, info: &ScenarioInfo, changes: &[String]| match changes {
        [] => format!("{letter}: {}", info.name),
        changes => format!("{letter}: {} with {}", info.name, changes.join(", ")),
    };
    let [first, second] = &comparison.changes;
    [side("A", &comparison.first, first), side("B", &comparison.second, second)]
}

/// What was simulated, in a line.
pub fn about(comparison: &Comparison) -> String {
    format!(
        "{} pairs of replications with common random numbers · seed {}",
        count(comparison.replications),
        comparison.first.seed,
    )
}

/// How sure the figures are.
pub fn remark(comparison: &Comparison) -> String {
    format!(
        "differences with intervals that all hold together with {} %",
        number(100.0 * comparison.confidence)
    )
}

/// The figures of the whole run side by side.
pub fn figures(comparison: &Comparison) -> comfy_table::Table {
    let header = ["figure", "A", "B", "B less A", "+-", "in %", "verdict", "variance"];
    let mut table = table::table(&header, 1);
    for one in shown(comparison) {
        let cell =
            |found: Option<f64>| found.map_or("-".to_owned(), |it| value(one.metric.unit, it));
        table.add_row([
            one.metric.name.clone(),
            cell(one.first),
            cell(one.second),
            cell(one.difference),
            cell(one.half_width),
            relative(one).map_or("-".to_owned(), |(change, _)| signed(change)),
            one.change.word().to_owned(),
            one.variance_reduction.map_or("-".to_owned(), number),
        ]);
    }
    table
}

/// Figures of the whole run that either has.
fn shown(comparison: &Comparison) -> impl Iterator<Item = &FigureComparison> {
    comparison.figures.iter().filter(|one| {
        let is_something = |mean: Option<f64>| mean.is_some_and(|mean| mean != 0.0);
        !one.metric.name.contains('[') && (is_something(one.first) || is_something(one.second))
    })
}

/// Difference and half-width as shares of the first mean.
fn relative(one: &FigureComparison) -> Option<(f64, f64)> {
    let first = one.first.filter(|first| *first != 0.0)?.abs();
    Some((one.difference? / first, one.half_width? / first))
}

fn signed(change: f64) -> String {
    match share(change.abs()) {
        zero if change == 0.0 => zero,
        size if change < 0.0 => format!("-{size}"),
        size => format!("+{size}"),
    }
}

/// What it comes to, in sentences: what is better, what is worse, what cannot be told.
pub fn verdict(comparison: &Comparison) -> Vec<String> {
    let of = |change: Change| {
        shown(comparison)
            .filter(move |one| one.metric.better != Better::Neither && one.change == change)
    };
    let mut sentences: Vec<String> =
        of(Change::Better).chain(of(Change::Worse)).map(told).collect();
    let listed = |change: Change| {
        of(change).map(|one| one.metric.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let not_detectable = listed(Change::NotDetectable);
    if !not_detectable.is_empty() {
        sentences.push(format!("No detectable difference in {not_detectable}."));
    }
    let same = listed(Change::Same);
    if !same.is_empty() {
        sentences.push(format!("The same in every replication: {same}."));
    }
    sentences
}

fn told(one: &FigureComparison) -> String {
    let is_lower = one.difference.is_some_and(|difference| difference < 0.0);
    let verb = if is_lower { "lowers" } else { "raises" };
    let judgement = if one.change == Change::Better { "better" } else { "worse" };
    let cell = |found: Option<f64>| found.map_or("-".to_owned(), |it| value(one.metric.unit, it));
    let by = match relative(one) {
        Some((change, half)) => format!("{} +- {}", share(change.abs()), share(half)),
        None => format!("{} +- {}", cell(one.difference.map(f64::abs)), cell(one.half_width)),
    };
    format!(
        "B {verb} {} by {by} ({} to {}): {judgement}.",
        one.metric.name,
        cell(one.first),
        cell(one.second)
    )
}
