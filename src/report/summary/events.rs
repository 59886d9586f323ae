//! Disruptions, the reconnection storms and uneven connections after them, and the worst minutes.

use super::{ROWS_MAX, more};
use crate::report::document::Cell::{self, Amount, Count, Number, Seconds};
use crate::report::document::{Block, Section, Table};
use crate::report::format::{count, number, seconds};
use crate::results::{DisruptionResult, RunResult, SkewResult};

/// Explains the columns of a reconnection storm.
const RECOVERED: &str =
    "(rates over 10 s; recovery time: from the start of the disruption until the backlog of
clients without a channel and of requests waiting for a retry returns to its earlier
level, or exceeds it by at most 1 % of the clients that use a gateway)";

pub(super) fn disruptions(result: &RunResult) -> Option<Section> {
    let header = [
        "start",
        "disruption",
        "duration",
        "connections lost",
        "connects/s peak (baseline)",
        "attempts/s peak",
        "recovery time",
        "failed attempts, with channels",
    ];
    let mut table = Table::new(&header, 2);
    for one in result.disruptions.iter().take(ROWS_MAX) {
        let made = number(one.connects_peak_per_s);
        table.row([
            Cell::text(result.scenario.civil(one.start_s).replace('T', " ")),
            Cell::text(format!("{}: {}", one.name, one.description)),
            down(one),
            Count(one.connections_lost),
            Amount(format!("{made} ({})", number(one.baseline_connects_per_s))),
            Number(one.connect_attempts_peak_per_s),
            recovery(one),
            Count(one.failed_attempts_with_channels),
        ]);
    }
    let mut notes: Vec<String> =
        more(result.disruptions.len(), "summary.json").into_iter().collect();
    notes.push(RECOVERED.to_owned());
    notes.extend(skews(result));
    Section::table("Disruptions and reconnection storms", table, notes)
}

pub(super) fn recovery(one: &DisruptionResult) -> Cell {
    match one.recovery_s {
        None => Cell::text("not recovered"),
        Some(0.0) => Cell::text("no impact"),
        Some(passed) => Seconds(passed),
    }
}

fn down(one: &DisruptionResult) -> Cell {
    one.end_s.map_or_else(|| Cell::text("to the end"), |end| Seconds(end - one.start_s))
}

/// Describes how uneven the connections are after each disruption that left them uneven.
pub(super) fn skews(result: &RunResult) -> Vec<String> {
    let uneven: Vec<&SkewResult> =
        result.skews.iter().filter(|skew| skew.uneven_s != Some(0.0)).collect();
    let mut notes = Vec::new();
    for skew in uneven.iter().take(ROWS_MAX) {
        let then = match (skew.uneven_s, skew.is_cut_short) {
            (Some(passed), _) => format!("the ratio fell to 1.2 after {}", seconds(passed)),
            (None, true) => {
                format!("still {} times when the next disruption began", number(skew.ratio_at_end))
            }
            (None, false) => format!("still {} times at the end", number(skew.ratio_at_end)),
        };
        notes.push(format!(
            "after {} (ended {}), {}/{} had {} times the mean connections of all instances; {then}",
            skew.after,
            result.scenario.civil(skew.start_s).replace('T', " "),
            skew.gateway,
            skew.instance,
            number(skew.ratio_at_first),
        ));
    }
    notes.extend(more(uneven.len(), "summary.json"));
    notes
}

/// Describes the five minutes with the most outstanding requests.
pub(super) fn worst(result: &RunResult) -> Option<Section> {
    let worst = result.worst_5min.as_ref()?;
    let latency = match worst.latency.count {
        0 => String::new(),
        _ => format!(
            " · median {}, p95 {}, p99 {}",
            seconds(worst.latency.p50),
            seconds(worst.latency.p95),
            seconds(worst.latency.p99)
        ),
    };
    let note = format!(
        "from {} · {} outstanding on average · {} completed, {} attempts failed{latency}",
        result.scenario.civil(worst.start_s).replace('T', " "),
        number(worst.outstanding_mean),
        count(worst.completed),
        count(worst.failed_attempts),
    );
    Some(Section::new("Worst five minutes (most outstanding requests)", vec![Block::Note(note)]))
}
