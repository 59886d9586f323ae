//! Disruptions, the storms and the skew after them, and the worst minutes.

use super::{ROWS_MAX, Section, more, table};
use crate::report::format::{count, number, seconds};
use crate::results::{DisruptionResult, RunResult, SkewResult};

/// What the columns of a storm mean.
const RECOVERED: &str = "  (connections a second over 10 s. Recovered: counted from the start, when
  no more clients are without their channel and no more requests wait for a retry than before,
  but for 1 % of the clients that use a gateway)\n";

pub(super) fn disruptions(result: &RunResult) -> Option<Section> {
    let header = [
        "start",
        "what",
        "down",
        "connections lost",
        "made/s, peak (usual)",
        "tried/s, peak",
        "recovered after",
        "failed attempts",
    ];
    let mut table = table(&header, 2);
    for one in result.disruptions.iter().take(ROWS_MAX) {
        let made = number(one.peak_connects_per_second);
        table.add_row([
            result.scenario.civil(one.start_seconds).replace('T', " "),
            format!("{}: {}", one.name, one.what),
            down(one),
            count(one.connections_lost),
            format!("{made} ({})", number(one.usual_connects_per_second)),
            number(one.peak_connect_attempts_per_second),
            recovery(one),
            count(one.failed_attempts),
        ]);
    }
    let notes = more(result.disruptions.len(), "summary.json") + RECOVERED + &skews(result);
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn recovery(one: &DisruptionResult) -> String {
    match one.recovery_seconds {
        None => "not in time".to_owned(),
        Some(0.0) => "not felt".to_owned(),
        Some(passed) => seconds(passed),
    }
}

fn down(one: &DisruptionResult) -> String {
    one.end_seconds.map_or_else(|| "to the end".to_owned(), |end| seconds(end - one.start_seconds))
}

/// How unevenly each disruption left the connections, where it did.
pub(super) fn skews(result: &RunResult) -> String {
    let uneven: Vec<&SkewResult> =
        result.skews.iter().filter(|skew| skew.uneven_seconds != Some(0.0)).collect();
    let mut notes = String::new();
    for skew in uneven.iter().take(ROWS_MAX) {
        let then = match (skew.uneven_seconds, skew.is_cut_short) {
            (Some(passed), _) => format!("it took {} to fall to 1.2", seconds(passed)),
            (None, true) => {
                format!("still {} times when the next one began", number(skew.ratio_at_end))
            }
            (None, false) => format!("still {} times at the end", number(skew.ratio_at_end)),
        };
        notes.push_str(&format!(
            "  after {} (over at {}) {}/{} carried {} times the mean of all instances; {then}\n",
            skew.after,
            result.scenario.civil(skew.from_seconds).replace('T', " "),
            skew.gateway,
            skew.instance,
            number(skew.ratio_at_first),
        ));
    }
    notes + &more(uneven.len(), "summary.json")
}

pub(super) fn worst(result: &RunResult) -> String {
    let Some(worst) = &result.worst_five_minutes else { return String::new() };
    let latency = match worst.latency.count {
        0 => String::new(),
        _ => format!(
            " · p50 {}, p95 {}, p99 {}",
            seconds(worst.latency.p50),
            seconds(worst.latency.p95),
            seconds(worst.latency.p99)
        ),
    };
    format!(
        "\nWorst five minutes (most requests unanswered)\n  from {} · {} unanswered on average · {} \
         answered, {} attempts failed{latency}\n",
        result.scenario.civil(worst.start_seconds).replace('T', " "),
        number(worst.unanswered_mean),
        count(worst.completed),
        count(worst.failed_attempts),
    )
}
