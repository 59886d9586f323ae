//! Metrics over replications, and objectives.

use crate::report::document::{Cell, Section, Table};
use crate::report::format::{bound, number, share};
use crate::results::{Better, MetricSummary, ObjectiveResult, RunResult, Unit};

pub(super) fn metrics(result: &RunResult) -> Option<Section> {
    let replicated = result.replicated.as_ref()?;
    let mut table =
        Table::new(&["metric", "mean", "half-width", "minimum", "median", "maximum"], 1);
    let is_shown = |one: &&MetricSummary| {
        let is_of_component = one.metric.is_of_component();
        let is_zero = one.metric.better() != Better::Neither && one.max == Some(0.0);
        !is_of_component && !is_zero && one.count + one.not_reached > 0
    };
    for one in replicated.metrics.iter().filter(is_shown) {
        let cell = |found: Option<f64>| Cell::metric(one.metric.unit(), found);
        table.row([
            Cell::text(one.metric.name()),
            mean(one.metric.unit(), one.mean, one.not_reached),
            cell(one.half_width),
            cell(one.min),
            cell(one.p50),
            cell(one.max),
        ]);
    }
    let mut notes = vec![
        "(metrics of each component in metrics.csv, all replications in replications.csv)"
            .to_owned(),
    ];
    if let Some(precision) = &replicated.precision {
        let reached = precision.reached.map_or("unknown".to_owned(), share);
        let word = if precision.is_reached { "reached" } else { "NOT REACHED" };
        notes.push(format!(
            "Half-width of {}: {reached} of the mean; required: {}: {word}.",
            precision.metric,
            share(precision.wanted),
        ));
    }
    let title = format!(
        "Metrics over {} replications ({} % intervals); other tables are of the first",
        replicated.count,
        number(100.0 * replicated.confidence)
    );
    Section::table(title, table, notes)
}

/// Formats a mean, with the number of replications that did not reach the value, if there are any.
pub(super) fn mean(unit: Unit, mean: Option<f64>, not_reached: u64) -> Cell {
    let cell = Cell::metric(unit, mean);
    match not_reached {
        0 => cell,
        not_reached => Cell::Amount(format!("{} ({not_reached} not reached)", cell.written())),
    }
}

pub(super) fn objectives(result: &RunResult) -> Option<Section> {
    Section::table("Objectives", objective_table(&result.objectives), Vec::new())
}

pub(in crate::report) fn objective_table(objectives: &[ObjectiveResult]) -> Table {
    let mut table =
        Table::new(&["verdict", "objective", "limit", "mean", "half-width", "margin"], 2);
    for one in objectives {
        table.row([
            one.status.into(),
            Cell::text(one.metric.name()),
            Cell::text(bound(one.is_at_least, one.unit, one.limit)),
            Cell::metric(one.unit, one.mean),
            Cell::metric(one.unit, one.half_width),
            Cell::of(one.margin, Cell::Share),
        ]);
    }
    table
}
