//! Report of changes against a baseline.

use super::document::Cell::{self, Amount};
use super::document::{Block, Document, Section, Table};
use super::format::{number, share, value};
use super::text;
use crate::results::baseline::Stored;
use crate::results::{
    Comparison, MetricComparison, Regression, ScenarioComparison, SpeedComparison, Unit,
};

/// Returns the whole report as text, ending with a line break.
pub fn text(result: &Regression) -> String {
    let paragraph = |text: String| Section::new("", vec![Block::Paragraph(text)]);
    let not_compared = (!result.not_compared.is_empty())
        .then(|| format!("Not compared: {}", result.not_compared.join(", ")));
    let changed = match result.changed.len() {
        0 => "Nothing relevant has changed.".to_owned(),
        count => format!("CHANGED: {count} metrics"),
    };
    let mut sections = vec![paragraph(heading(result))];
    sections.extend(result.scenarios.iter().map(metrics_table));
    sections.extend(not_compared.into_iter().chain([changed]).map(paragraph));
    text::render(&Document { sections })
}

fn heading(result: &Regression) -> String {
    let mut text = format!(
        "Compared with the baseline: {} scenarios; differences at {} % joint confidence; \
         differences up to {} are not relevant",
        result.scenarios.len(),
        number(100.0 * result.confidence),
        share(result.tolerance),
    );
    if result.results_version != result.results_version_before {
        text.push_str(&format!(
            "\nThe baseline has results of version {}, these have version {}: the same seed gives \
             different values.",
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
    let relative = match (one.difference, one.before.mean) {
        (Some(difference), Some(before)) if before != 0.0 && difference != 0.0 => {
            let relative = difference / before.abs();
            format!("({}{})", if relative > 0.0 { "+" } else { "" }, share(relative))
        }
        _ => String::new(),
    };
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
