//! The latency breakdown: the mean latency of each request type as a stacked bar.

use serde::Serialize;

use super::table::Grid;
use crate::report::document::{Cell, Table};
use crate::report::format::seconds;
use crate::results::{KindGroup, KindResult, RunResult};

/// Mean latency of each request type, split into stations, network and back-off.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LatencyBreakdown {
    bars: Vec<Bar>,
    /// Legend entries in the order of the request path.
    legend: Vec<Legend>,
    /// The breakdown as a table.
    table: Grid,
}

#[derive(Clone, Debug, Serialize)]
struct Bar {
    name: String,
    mean: String,
    parts: Vec<Part>,
}

/// Segment of a bar, in per cent of the bar length.
#[derive(Clone, Debug, Serialize)]
struct Part {
    class: String,
    label: String,
    left: f64,
    width: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Legend {
    class: String,
    label: String,
}

const NETWORK: &str = "network, connection setup, failed attempts";
const BACK_OFF: &str = "back-off before retries";

/// Returns the mean times of one request type in the order of the request path: class, label,
/// seconds.
fn stages(kind: &KindResult) -> Vec<(String, String, f64)> {
    let latency = &kind.latency_breakdown;
    let mut stages = Vec::new();
    for one in &latency.stations {
        let class = one.station.name().replace(' ', "-");
        let waiting = format!("{}: waiting time", one.station);
        stages.push((format!("{class} waiting"), waiting, one.wait_s));
        stages.push((class, format!("{}: service time", one.station), one.service_s));
    }
    stages.push(("back-off".to_owned(), BACK_OFF.to_owned(), latency.back_off_s));
    stages.push(("network".to_owned(), NETWORK.to_owned(), latency.network_s));
    stages.retain(|(.., time)| *time > 0.0);
    stages
}

/// Returns the breakdown of a run, sorted by total time of the request types; `None` if no request
/// was completed.
pub(super) fn of(run: &RunResult) -> Option<LatencyBreakdown> {
    let is_shown = |kind: &&KindResult| {
        kind.group == KindGroup::Request && kind.requests.completed > 0 && kind.latency.mean > 0.0
    };
    let mut kinds: Vec<&KindResult> = run.kinds.iter().filter(is_shown).collect();
    kinds.first()?;
    let weight = |kind: &KindResult| kind.latency.mean * kind.requests.completed as f64;
    kinds.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    let mut legend: Vec<Legend> = Vec::new();
    let mut table = Table::new(&["request type", "part", "mean", "share"], 2);
    let mut bars = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let stages = stages(kind);
        let sum: f64 = stages.iter().map(|(.., time)| time).sum();
        let (mut parts, mut left) = (Vec::with_capacity(stages.len()), 0.0);
        let name = kind.kind.name().replace('_', " ");
        for (class, label, time) in stages {
            let width = 100.0 * time / sum;
            if !legend.iter().any(|one| one.label == label) {
                legend.push(Legend { class: class.clone(), label: label.clone() });
            }
            let names = [&name, &label].map(Cell::text);
            table.row(names.into_iter().chain([Cell::Seconds(time), Cell::Share(time / sum)]));
            let label = format!("{label} {}", seconds(time));
            parts.push(Part { class, label, left, width });
            left += width;
        }
        bars.push(Bar { name, mean: seconds(kind.latency.mean), parts });
    }
    legend.sort_by_key(|one| [BACK_OFF, NETWORK].contains(&one.label.as_str()));
    Some(LatencyBreakdown { bars, legend, table: Grid::new("", &table) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Latency, LatencyBreakdown, RequestCounts, StationTime};
    use crate::terms::{RequestKind, StationGroup};

    #[test]
    fn the_segments_of_a_bar_add_up_to_its_length() {
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
        let found =
            of(&RunResult { kinds: vec![kind], ..Default::default() }).expect("completed requests");
        let parts = &found.bars[0].parts;
        let places: Vec<(f64, f64)> = parts.iter().map(|part| (part.left, part.width)).collect();
        assert_eq!(places, [(0.0, 25.0), (25.0, 12.5), (37.5, 12.5), (50.0, 50.0)]);
        assert_eq!(found.legend.len(), 4);
    }
}
