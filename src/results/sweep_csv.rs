//! Tables of a sweep, for spreadsheets and notebooks.

use std::collections::BTreeSet;

use super::csv::{number, perhaps, text};
use super::metric::Metric;
use super::study_csv::{Rows, heading};
use super::{SweepPlan, SweepResult};

/// Columns that say which point a row is of, the factors last.
fn context(plan: &SweepPlan, point: usize) -> Vec<String> {
    let found = &plan.points[point];
    let first = [text(&plan.scenario), found.seed.to_string(), point.to_string()];
    first.into_iter().chain(found.levels.iter().map(|level| level_cell(level))).collect()
}

/// A negative number is no formula.
fn level_cell(level: &str) -> String {
    if super::as_number(level).is_some() { level.to_owned() } else { text(level) }
}

fn context_header(plan: &SweepPlan) -> Vec<String> {
    let first = ["scenario", "seed", "point"].map(str::to_owned);
    first.into_iter().chain(plan.factors.iter().map(|factor| text(&factor.path))).collect()
}

/// `points.csv`: one row a point and figure.
pub fn points(result: &SweepResult) -> Vec<u8> {
    let mut header = context_header(&result.plan);
    header.extend(
        [
            "replications",
            "metric",
            "unit",
            "unreached",
            "confidence",
            "mean",
            "half_width",
            "standard_deviation",
            "min",
            "p50",
            "max",
        ]
        .map(str::to_owned),
    );
    let mut table = Rows::new(&header);
    for (point, summary) in result.summaries.iter().enumerate() {
        for one in &summary.metrics {
            let mut row = context(&result.plan, point);
            row.extend([
                one.count.to_string(),
                text(&one.metric.name),
                one.metric.unit.symbol().to_owned(),
                one.unreached.to_string(),
                number(summary.confidence),
                perhaps(one.mean),
                perhaps(one.half_width),
                perhaps(one.standard_deviation),
                perhaps(one.min),
                perhaps(one.p50),
                perhaps(one.max),
            ]);
            table.row(row);
        }
    }
    table.finish()
}

/// `replications.csv`: one row a point and replication, with the figures of all points; those that
/// a point has not are empty.
pub fn replications(result: &SweepResult) -> Vec<u8> {
    let mut known = BTreeSet::new();
    let all = result.samples.iter().flat_map(|sample| &sample.metrics);
    let figures: Vec<&Metric> = all.filter(|metric| known.insert(&metric.name)).collect();
    let mut header = context_header(&result.plan);
    header.extend(["replication", "events"].map(str::to_owned));
    header.extend(figures.iter().map(|metric| heading(metric)));
    let mut table = Rows::new(&header);
    for (point, sample) in result.samples.iter().enumerate() {
        let places: Vec<Option<usize>> =
            figures.iter().map(|metric| sample.place(&metric.name)).collect();
        for one in &sample.replications {
            let mut row = context(&result.plan, point);
            row.extend([one.number.to_string(), one.events.to_string()]);
            let value = |place: &Option<usize>| place.and_then(|place| one.values.get(place));
            row.extend(places.iter().map(|place| perhaps(value(place).copied())));
            table.row(row);
        }
    }
    table.finish()
}
