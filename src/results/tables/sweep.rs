//! Tables of a sweep.

use std::collections::BTreeSet;

use super::study::{
    AS_NAMED, BY_UNIT, COUNT, EACH_METRIC, METRIC_HEADINGS, METRIC_NAME, UNIT, heading,
};
use crate::results::table::{Builder, Level, Table};
use crate::results::{SweepPlan, SweepResult};
use crate::terms::Metric;

/// Starts a table with one or more rows per point; the columns of the factors come last.
fn of_points<R: Copy>(
    name: &'static str,
    row: &'static str,
    plan: &SweepPlan,
    rows: impl IntoIterator<Item = R>,
    point: impl Fn(R) -> usize,
) -> Builder<R> {
    let factors = plan.factors.iter().map(|factor| &factor.path).zip(0_usize..);
    Builder::new(name, "sweep, merge", row, rows)
        .column("scenario", "", "name of the scenario", |_| &*plan.scenario)
        .column("seed", "", "seed of the point", |row| plan.points[point(row)].seed)
        .column("point", "", "number of the point, from 0", |row| point(row) as u64)
        .each(
            "{factor}",
            "as in a scenario",
            "value of this factor at the point",
            factors,
            |row, index| plan.points[point(row)].levels.get(index).map(|level| Level(level)),
        )
}

/// `points`: one row per point and metric.
pub fn points(result: &SweepResult) -> Table {
    let rows = result
        .summaries
        .iter()
        .enumerate()
        .flat_map(|(point, summary)| summary.metrics.iter().map(move |one| (point, one)));
    of_points(
        "points",
        "a metric at a point, with statistics over replications",
        &result.plan,
        rows,
        |row| row.0,
    )
    .column("replications", "count", COUNT, |row| row.1.count)
    .column("metric", "", METRIC_NAME, |row| row.1.metric.name())
    .column("unit", "", UNIT, |row| row.1.metric.unit())
    .summary(result.plan.confidence, |row| row.1)
    .column("min", BY_UNIT, "minimum", |row| row.1.min)
    .column("p50", BY_UNIT, "median over replications", |row| row.1.p50)
    .column("max", BY_UNIT, "maximum", |row| row.1.max)
    .finish()
}

/// `replications`: one row per point and replication, with the metrics of all points. Cells of
/// metrics that a point does not have are empty.
pub fn replications(result: &SweepResult) -> Table {
    let mut known = BTreeSet::new();
    let all = result.samples.iter().flat_map(|sample| &sample.metrics);
    let metrics: Vec<&Metric> = all.filter(|metric| known.insert(*metric)).collect();
    // Look up the index of each metric once per sample, not once per cell.
    let places: Vec<Vec<Option<usize>>> = result
        .samples
        .iter()
        .map(|sample| metrics.iter().map(|metric| sample.index(&metric.name())).collect())
        .collect();
    let rows = result
        .samples
        .iter()
        .enumerate()
        .flat_map(|(point, sample)| sample.replications.iter().map(move |one| (point, one)));
    let headings = metrics.iter().map(|metric| heading(metric)).zip(0_usize..);
    of_points("replications", "a replication of a point", &result.plan, rows, |row| row.0)
        .column("replication", "", "number of the replication, from 0", |row| row.1.number)
        .column("events", "count", "events simulated", |row| row.1.events)
        .each(METRIC_HEADINGS, AS_NAMED, EACH_METRIC, headings, |(point, one), metric| {
            places[point][metric].and_then(|index| one.values.get(index).copied())
        })
        .finish()
}
