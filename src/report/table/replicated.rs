//! Figures over replications, and objectives.

use super::{Section, table};
use crate::report::format::{self, number, seconds, share};
use crate::results::{Better, MetricSummary, ObjectiveResult, Replicated, RunResult, Unit};

pub(super) fn title(result: &RunResult) -> String {
    let Some(Replicated { count, confidence, .. }) = &result.replicated else {
        return String::new();
    };
    format!(
        "Over {count} replications, means with {} % intervals; all further tables are of the first",
        number(100.0 * confidence)
    )
}

pub(super) fn metrics(result: &RunResult) -> Option<Section> {
    let replicated = result.replicated.as_ref()?;
    let header = ["figure", "mean", "+-", "least", "median", "greatest"];
    let mut table = table(&header, 1);
    let is_shown = |one: &&MetricSummary| {
        let is_of_part = one.metric.is_of_part();
        let is_nothing = one.metric.better() != Better::Neither && one.max == Some(0.0);
        !is_of_part && !is_nothing && one.count + one.unreached > 0
    };
    for one in replicated.metrics.iter().filter(is_shown) {
        let unit = one.metric.unit();
        let cell = |found: Option<f64>| found.map_or("-".to_owned(), |found| value(unit, found));
        let mean = match one.unreached {
            0 => cell(one.mean),
            unreached => format!("{} ({unreached} not reached)", cell(one.mean)),
        };
        table.add_row([
            one.metric.name(),
            mean,
            cell(one.half_width),
            cell(one.min),
            cell(one.p50),
            cell(one.max),
        ]);
    }
    let mut notes = String::from(
        "  (figures of each part in metrics.csv, all replications in replications.csv)\n",
    );
    if let Some(precision) = &replicated.precision {
        let reached = precision.reached.map_or("unknown".to_owned(), share);
        let word = if precision.is_reached { "reached" } else { "NOT REACHED" };
        notes.push_str(&format!(
            "  Half-width of {}: {reached} of the mean, {} wanted: {word}.\n",
            precision.metric,
            share(precision.wanted),
        ));
    }
    Some(Section { table, notes })
}

pub(super) fn objectives(result: &RunResult) -> Option<Section> {
    if result.objectives.is_empty() {
        return None;
    }
    Some(Section { table: objective_table(&result.objectives), notes: String::new() })
}

pub(crate) fn objective_table(objectives: &[ObjectiveResult]) -> comfy_table::Table {
    let header = ["objective", "figure", "limit", "mean", "+-", "margin"];
    let mut table = table(&header, 2);
    for one in objectives {
        let cell =
            |found: Option<f64>| found.map_or("-".to_owned(), |found| value(one.unit, found));
        let bound = if one.is_at_least { "at least" } else { "at most" };
        table.add_row([
            one.judgement.word().to_owned(),
            one.metric.clone(),
            format!("{bound} {}", value(one.unit, one.limit)),
            cell(one.mean),
            cell(one.half_width),
            one.margin.map_or("-".to_owned(), share),
        ]);
    }
    table
}

/// A figure's value as people read it.
pub(crate) fn value(unit: Unit, value: f64) -> String {
    match unit {
        _ if value == f64::INFINITY => "never".to_owned(),
        _ if !value.is_finite() => "-".to_owned(),
        Unit::Seconds if value < 0.0 => format!("-{}", seconds(-value)),
        Unit::Seconds => seconds(value),
        Unit::Share => share(value),
        Unit::Bytes if value < 0.0 => format!("-{}", format::bytes((-value).round() as u64)),
        Unit::Bytes => format::bytes(value.round() as u64),
        Unit::PerSecond => format!("{}/s", number(value)),
        Unit::Count | Unit::Money => number(value),
    }
}
