//! Shared lines and VPNs.

use crate::report::document::Cell::{self, Bytes, Count, Share};
use crate::report::document::{Section, Table};
use crate::report::format;
use crate::results::{LineResult, LinkResult, RunResult};
use crate::terms::{Direction, LineKind};

use super::{ROWS_MAX, more};

/// Returns the traffic of each direction of the shared lines; `None` without limited lines.
pub(super) fn lines(result: &RunResult) -> Option<Section> {
    let rows: Vec<(&LineResult, Direction, &LinkResult)> = result
        .lines
        .iter()
        .flat_map(|line| line.directions().map(move |(name, link)| (line, name, link)))
        .collect();
    let header = [
        "line",
        "direction",
        "bandwidth",
        "bytes",
        "utilisation mean",
        "utilisation peak",
        "time full",
        "p95 of 5 min",
        "transfers peak",
    ];
    let mut table = Table::new(&header, 2);
    for (line, direction, link) in rows.iter().take(ROWS_MAX) {
        let rate = |bits: f64| Cell::Amount(format::bit_rate(bits));
        table.row([
            Cell::text(label(line)),
            Cell::text(direction.label()),
            rate(link.bandwidth_bit_per_s),
            Bytes(link.carried_bytes),
            Share(link.utilisation_mean_share),
            Share(link.utilisation_peak_share),
            Share(link.time_full_share),
            Cell::of(link.p95_bit_per_s, rate),
            Count(link.transfers_peak),
        ]);
    }
    let note = "Utilisation peak: the busiest minute. Full: at least 99 %. p95: the highest mean \
                of five minutes after the highest 5 % have been discarded.";
    let notes = [note.to_owned()].into_iter().chain(more(rows.len(), "lines.csv")).collect();
    Section::table("Shared lines", table, notes)
}

/// Returns the sessions of the VPNs; `None` without a VPN.
pub(super) fn sessions(result: &RunResult) -> Option<Section> {
    let header = ["VPN", "sessions mean", "sessions peak", "limit", "refused"];
    let mut table = Table::new(&header, 1);
    let vpns = result.lines.iter().filter_map(|line| Some((line, line.sessions.as_ref()?)));
    for (line, sessions) in vpns.take(ROWS_MAX) {
        table.row([
            Cell::text(&line.name),
            Cell::Level(sessions.mean),
            Count(sessions.peak),
            Cell::of(sessions.limit, |limit| Count(u64::from(limit))),
            Count(sessions.refused),
        ]);
    }
    Section::table("VPN sessions", table, Vec::new())
}

/// Returns the name of a line as people read it.
pub(in crate::report) fn label(line: &LineResult) -> String {
    match line.kind {
        LineKind::Line => line.name.clone(),
        LineKind::Vpn | LineKind::DistributionPoint => format!("{} {}", line.kind, line.name),
    }
}
