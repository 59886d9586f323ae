//! Where the time of requests goes, by kind: a bar of shares along the way.

use serde::Serialize;

use super::table::Grid;
use crate::report::document::{Cell, Table};
use crate::report::format::seconds;
use crate::results::{KindGroup, KindResult, RunResult};

/// Bars of kinds of requests.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Waterfall {
    bars: Vec<Bar>,
    /// What the colours mean, in the order of the way.
    legend: Vec<Legend>,
    /// The same in numbers.
    table: Grid,
}

#[derive(Clone, Debug, Serialize)]
struct Bar {
    name: String,
    mean: String,
    parts: Vec<Part>,
}

/// A part of a bar: from where, how wide, in per cent.
#[derive(Clone, Debug, Serialize)]
struct Part {
    look: String,
    label: String,
    left: f64,
    width: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Legend {
    look: String,
    label: String,
}

const BETWEEN: &str = "distances, transfer, connections, failed attempts";
const RETRYING: &str = "waiting to be tried again";

/// Mean times of one kind along the way: look, label, seconds.
fn stages(kind: &KindResult) -> Vec<(String, String, f64)> {
    let way = &kind.latency_breakdown;
    let mut stages = Vec::new();
    for one in &way.stations {
        let look = one.station.name().replace(' ', "-");
        let waiting = format!("{}: waiting", one.station);
        stages.push((format!("{look} waiting"), waiting, one.wait_s));
        stages.push((look, format!("{}: service", one.station), one.service_s));
    }
    stages.push(("retrying".to_owned(), RETRYING.to_owned(), way.back_off_s));
    stages.push(("between".to_owned(), BETWEEN.to_owned(), way.network_s));
    stages.retain(|(.., time)| *time > 0.0);
    stages
}

/// The bars of a run, those kinds first that take the most time together; `None` if nothing was
/// answered.
pub(super) fn of(run: &RunResult) -> Option<Waterfall> {
    let is_reported = |kind: &&KindResult| {
        kind.group == KindGroup::Request && kind.requests.completed > 0 && kind.latency.mean > 0.0
    };
    let mut kinds: Vec<&KindResult> = run.kinds.iter().filter(is_reported).collect();
    kinds.first()?;
    let weight = |kind: &KindResult| kind.latency.mean * kind.requests.completed as f64;
    kinds.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    let mut legend: Vec<Legend> = Vec::new();
    let mut table = Table::new(&["request", "where", "on average", "share"], 2);
    let mut bars = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let stages = stages(kind);
        let sum: f64 = stages.iter().map(|(.., time)| time).sum();
        let (mut parts, mut left) = (Vec::with_capacity(stages.len()), 0.0);
        let name = kind.kind.name().replace('_', " ");
        for (look, label, time) in stages {
            let width = 100.0 * time / sum;
            if !legend.iter().any(|one| one.label == label) {
                legend.push(Legend { look: look.clone(), label: label.clone() });
            }
            let names = [&name, &label].map(Cell::text);
            table.row(names.into_iter().chain([Cell::Seconds(time), Cell::Share(time / sum)]));
            let label = format!("{label} {}", seconds(time));
            parts.push(Part { look, label, left, width });
            left += width;
        }
        bars.push(Bar { name, mean: seconds(kind.latency.mean), parts });
    }
    legend.sort_by_key(|one| [RETRYING, BETWEEN].contains(&one.label.as_str()));
    Some(Waterfall { bars, legend, table: Grid::new("", &table) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Latency, LatencyBreakdown, RequestCounts, StationTime};
    use crate::terms::{RequestKind, StationGroup};

    #[test]
    fn parts_follow_each_other_and_fill_the_bar() {
        let place = |place, wait_s, service_s| StationTime { station: place, wait_s, service_s };
        let kind = KindResult {
            kind: RequestKind::PolicyPoll,
            group: KindGroup::Request,
            requests: RequestCounts { completed: 10, ..Default::default() },
            latency: Latency { count: 10, mean: 2.0, ..Latency::NONE },
            latency_breakdown: LatencyBreakdown {
                stations: vec![
                    place(StationGroup::Instance, 0.5, 0.25),
                    place(StationGroup::Database, 0.0, 0.25),
                ],
                back_off_s: 0.0,
                network_s: 1.0,
            },
        };
        let found = of(&RunResult { kinds: vec![kind], ..Default::default() }).expect("answered");
        let parts = &found.bars[0].parts;
        let places: Vec<(f64, f64)> = parts.iter().map(|part| (part.left, part.width)).collect();
        assert_eq!(places, [(0.0, 25.0), (25.0, 12.5), (37.5, 12.5), (50.0, 50.0)]);
        assert_eq!(found.legend.len(), 4);
    }
}
