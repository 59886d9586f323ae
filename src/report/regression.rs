//! Report of changes against a baseline.

use super::document::Cell::{self, Amount};
use super::document::{Block, Document, Section, Table};
use super::format::{number, plural, share, value};
use super::text::{self, filled, hanging};
use crate::results::baseline::Stored;
use crate::results::{
    Comparison, MetricComparison, Regression, ScenarioComparison, SpeedComparison, Unit,
};

/// Maximum number of changes that the answer names; the tables contain all of them.
const NAMED: usize = 3;

/// Returns the whole report as text, ending with a line break.
pub fn text(result: &Regression) -> String {
    let paragraph = |text: String| Section::new("", vec![Block::Paragraph(text)]);
    let not_compared = (!result.not_compared.is_empty())
        .then(|| filled(&format!("Not compared: {}", result.not_compared.join(", "))));
    let mut sections = vec![paragraph(hanging("Answer", &answer(result)))];
    sections.push(paragraph(filled(&heading(result))));
    sections.extend(result.scenarios.iter().map(metrics_table));
    sections.extend(not_compared.map(paragraph));
    text::render(&Document { sections })
}

/// Returns which metrics and speeds have changed, improvements last, and the probable reason if the
/// results version has changed.
fn answer(result: &Regression) -> String {
    let compared: usize = result.scenarios.iter().map(|one| one.metrics.len()).sum();
    let speeds = || result.scenarios.iter().filter_map(|one| Some((one, one.speed.as_ref()?)));
    let slower: Vec<String> = speeds()
        .filter(|(_, speed)| speed.finding == Comparison::Worse)
        .map(|(one, _)| one.scenario.clone())
        .collect();
    let mut changed: Vec<_> = result.scenarios.iter().flat_map(changed_metrics).collect();
    changed.sort_by_key(|(is_better, _)| *is_better);
    let changed: Vec<String> = changed.into_iter().map(|(_, text)| text).collect();
    let metrics = (!changed.is_empty()).then(|| {
        let tolerance = share(result.tolerance);
        let what = format!("{} of {compared} metrics, by more than {tolerance}", changed.len());
        format!("{what} ({})", some_of(&changed))
    });
    let speed = (!slower.is_empty()).then(|| {
        let (count, all, names) = (slower.len(), speeds().count(), some_of(&slower));
        let verb = if count == 1 { "is" } else { "are" };
        format!("speed: {count} of {all} scenarios {verb} slower ({names})")
    });
    let all: Vec<String> = metrics.into_iter().chain(speed).collect();
    if all.is_empty() {
        let speed = speeds().next().map_or("", |_| ", and no scenario is slower");
        let scenarios = plural(result.scenarios.len() as u64, "scenario");
        return format!(
            "Nothing relevant has changed: {compared} metrics of {scenarios} agree with the \
             baseline{speed}."
        );
    }
    let reason = match has_other_version(result) {
        true => " The results version has changed too, so differences are expected.",
        false => "",
    };
    format!("CHANGED: {}.{reason}", all.join("; "))
}

/// Describes the changed metrics of a scenario, and returns whether each of them is better.
fn changed_metrics(one: &ScenarioComparison) -> Vec<(bool, String)> {
    let changed = one.metrics.iter().filter(|metric| metric.finding.is_changed());
    let text = |metric: &MetricComparison| {
        format!("{} {} {}", one.scenario, metric.metric.name, how(metric))
    };
    changed.map(|metric| (metric.finding == Comparison::Better, text(metric))).collect()
}

/// Returns the direction of a change.
fn how(one: &MetricComparison) -> String {
    let word = match one.finding {
        Comparison::Better => "better",
        Comparison::Worse => "worse",
        Comparison::Missing => "missing",
        _ => "changed",
    };
    match relative(one) {
        Some(relative) => format!("{word} by {}", relative.trim_start_matches(['+', '-'])),
        None => word.to_owned(),
    }
}

/// Lists the first items and the number of the others.
fn some_of(all: &[String]) -> String {
    match all.len().checked_sub(NAMED) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all[..NAMED].join(", ")),
    }
}

fn has_other_version(result: &Regression) -> bool {
    result.results_version != result.results_version_before
}

fn heading(result: &Regression) -> String {
    let mut text = format!(
        "Differences have a joint confidence level of {} %; differences up to {} are not relevant.",
        number(100.0 * result.confidence),
        share(result.tolerance),
    );
    if has_other_version(result) {
        text.push_str(&format!(
            " The baseline has results of version {}, but these results have version {}: the \
             same seed gives different values.",
            result.results_version_before, result.results_version
        ));
    }
    text
}

fn title(one: &ScenarioComparison) -> String {
    let seed = match one.seed == one.seed_before {
        true => format!("seed {}", one.seed),
        false => format!("seed {}, baseline seed {}", one.seed, one.seed_before),
    };
    format!("{}: {} replications, {seed}", one.scenario, one.replications)
}

fn metrics_table(one: &ScenarioComparison) -> Section {
    let header = ["metric", "baseline", "now", "difference", "+-", "", "finding"];
    let mut table = Table::new(&header, 1);
    table.columns[6].is_right = false;
    for compared in &one.metrics {
        table.row(row(compared));
    }
    let speed = one.speed.as_ref().map(|speed| Block::Note(speed_line(speed)));
    let table = (!one.metrics.is_empty()).then_some(Block::Table(table));
    Section::new(title(one), table.into_iter().chain(speed).collect())
}

fn row(one: &MetricComparison) -> [Cell; 7] {
    let unit = one.metric.unit;
    let cell = |compared: Option<f64>| match compared {
        Some(0.0) => Cell::Number(0.0),
        compared => Cell::metric(unit, compared),
    };
    let relative = relative(one).map_or_else(String::new, |relative| format!("({relative})"));
    [
        Cell::text(&one.metric.name),
        mean(unit, Some(one.before)),
        mean(unit, one.now),
        cell(one.difference),
        cell(one.half_width),
        Amount(relative),
        one.finding.into(),
    ]
}

/// Returns the signed difference as a share of the baseline; `None` without a difference.
fn relative(one: &MetricComparison) -> Option<String> {
    let (difference, before) = (one.difference?, one.before.mean?);
    (before != 0.0 && difference != 0.0).then(|| {
        let relative = difference / before.abs();
        format!("{}{}", if relative > 0.0 { "+" } else { "" }, share(relative))
    })
}

fn mean(unit: Unit, stored: Option<Stored>) -> Cell {
    let Some(stored) = stored else { return Cell::Empty };
    let mean = stored.mean.map_or("never".to_owned(), |mean| value(unit, mean));
    match stored.not_reached {
        0 => Amount(mean),
        not_reached => Amount(format!("{mean} ({not_reached} not reached)")),
    }
}

fn speed_line(speed: &SpeedComparison) -> String {
    let word = match speed.finding {
        Comparison::Better => "faster",
        Comparison::Worse => "CHANGED, slower",
        other => other.word(),
    };
    format!(
        "Speed relative to the reference workload: {} in the baseline, {} now: {word}",
        number(speed.before),
        number(speed.now)
    )
}
