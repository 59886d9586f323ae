//! Report of `cmgsim calibrate iis`: what was read and classified, what is missing, and the traffic
//! of each kind.

use super::document::{Block, Cell, Document, Section, Table};
use super::format::{bytes, count, joined, plural, seconds, share};
use super::{inputs, text};
use crate::results::logs::{KindTraffic, LogSummary};

/// Share of classified rows below which the report asks for rules.
const CLASSIFIED_MIN: f64 = 0.95;

/// Number of error statuses that are shown per kind.
const STATUSES: usize = 3;

/// Returns the report as text.
pub fn text(summary: &LogSummary) -> String {
    text::render(&document(summary))
}

fn document(summary: &LogSummary) -> Document {
    Document { sections: sections(summary) }
}

/// Returns the sections of the report; the first one has no title.
pub(super) fn sections(summary: &LogSummary) -> Vec<Section> {
    let sections = [
        Some(verdict(summary)),
        Section::list("Rows in several files", summary.copied.iter().map(inputs::copied).collect()),
        Section::list("Missing from the logs", missing(summary)),
        unreadable(summary),
        Section::table("Requests by kind", traffic(summary), notes(summary)),
        Section::table("Sizes, times and errors by kind", sizes(summary), size_notes(summary)),
        unclassified(summary),
    ];
    sections.into_iter().flatten().collect()
}

/// Returns what was read, and the share that was classified.
fn verdict(summary: &LogSummary) -> Section {
    let mut lines = vec![format!(
        "Read {} from {} ({} of text, {}).",
        plural(summary.rows, "request"),
        plural(summary.files, "log file"),
        bytes(summary.bytes),
        plural(summary.servers, "server")
    )];
    if summary.unreadable_lines > 0 {
        let lost = summary.unreadable_lines;
        let part = share(lost as f64 / summary.lines.max(1) as f64);
        lines.push(format!("Not readable: {} of the lines ({}); see below.", part, count(lost)));
    }
    if let (Some(first), Some(last)) = (&summary.first, &summary.last) {
        let covered = seconds(summary.covered_s as f64);
        lines.push(format!("Period: {first} to {last}; the logs cover {covered} of this period."));
    }
    if let Some(rows) = summary.classified_rows_share {
        let of_bytes = summary.classified_bytes_share.map_or_else(
            || "; no bytes are logged".to_owned(),
            |part| format!(" and {} of the bytes", share(part)),
        );
        let advice = match rows < CLASSIFIED_MIN {
            true => " Add rules for the most frequent paths below with --rules FILE.",
            false => "",
        };
        lines.push(format!("Classified: {} of the requests{of_bytes}.{advice}", share(rows)));
    }
    let lines: Vec<String> = lines.iter().map(|line| text::filled(line)).collect();
    Section::new("", vec![Block::Paragraph(lines.join("\n"))])
}

fn missing(summary: &LogSummary) -> Vec<String> {
    let field = summary.missing_fields.iter().map(|one| {
        let part = match one.rows_share {
            whole if whole >= 1.0 => String::new(),
            part => format!(" in {} of the requests", share(part)),
        };
        format!("{}{part}: {}; {}", one.field, one.consequence, one.remedy)
    });
    let unopened = summary.unopened.iter().map(inputs::unopened);
    let steps = (summary.clock_steps > 0).then(|| {
        format!(
            "{} of more than 256 s: rows are out of order or a server's clock was set back; the \
             number of requests in progress is unknown at these times",
            plural(summary.clock_steps, "backward clock step")
        )
    });
    field.chain(unopened).chain(steps).collect()
}

fn unreadable(summary: &LogSummary) -> Option<Section> {
    Section::list("Not readable", summary.unreadable.iter().map(inputs::unreadable).collect())
}

fn traffic(summary: &LogSummary) -> Table {
    let titles =
        ["kind", "requests", "mean rate", "peak per minute", "clients", "bytes in", "bytes out"];
    let mut table = Table::new(&titles, 1);
    for one in &summary.kinds {
        let clients = one.clients.map_or_else(
            || "not countable".to_owned(),
            |clients| match one.clients_error_share {
                0.0 => count(clients),
                error => format!("{} ± {}", count(clients), share(error)),
            },
        );
        table.row([
            Cell::text(&*one.kind),
            Cell::Count(one.rows),
            Cell::Amount(format!("{}/s", super::format::number(one.rate_mean_per_s))),
            Cell::of(one.minute_peak, |peak| Cell::Count(u64::from(peak))),
            Cell::Amount(clients),
            of_bytes(one.bytes_in.count, one.bytes_in.total_bytes),
            of_bytes(one.bytes_out.count, one.bytes_out.total_bytes),
        ]);
    }
    table
}

fn of_bytes(count: u64, total: u64) -> Cell {
    if count == 0 { Cell::Empty } else { Cell::Bytes(total) }
}

/// Returns notes on kinds: what a group contains, and why clients cannot be counted.
fn notes(summary: &LogSummary) -> Vec<String> {
    let contents = summary
        .kinds
        .iter()
        .filter(|one| !one.contents.is_empty())
        .map(|one| format!("{}: {}.", one.kind, one.contents));
    let mut remarks: Vec<(&str, Vec<String>)> = Vec::new();
    for one in summary.kinds.iter().filter(|one| !one.clients_remark.is_empty()) {
        match remarks.iter_mut().find(|(remark, _)| *remark == one.clients_remark) {
            Some((_, kinds)) => kinds.push(one.kind.clone()),
            None => remarks.push((&one.clients_remark, vec![one.kind.clone()])),
        }
    }
    let remarks = remarks.into_iter().map(|(remark, kinds)| {
        format!("Clients of {} cannot be counted: {remark}.", joined(&kinds))
    });
    contents.chain(remarks).map(|note| text::filled(&note)).collect()
}

fn sizes(summary: &LogSummary) -> Table {
    let titles = [
        "kind",
        "request mean",
        "response mean",
        "response p95",
        "time mean",
        "p50",
        "p95",
        "p99",
        "errors",
    ];
    let mut table = Table::new(&titles, 1);
    for one in &summary.kinds {
        let amount = |count: u64, value: f64| match count {
            0 => Cell::Empty,
            _ => Cell::Bytes(value.round() as u64),
        };
        let time = |value: f64| match one.time_taken.count {
            0 => Cell::Empty,
            _ => Cell::Seconds(value),
        };
        table.row([
            Cell::text(&*one.kind),
            amount(one.bytes_in.count, one.bytes_in.mean_bytes),
            amount(one.bytes_out.count, one.bytes_out.mean_bytes),
            amount(one.bytes_out.count, one.bytes_out.p95_bytes),
            time(one.time_taken.mean),
            time(one.time_taken.p50),
            time(one.time_taken.p95),
            time(one.time_taken.p99),
            Cell::of(one.errors_share, Cell::Share),
        ]);
    }
    table
}

fn size_notes(summary: &LogSummary) -> Vec<String> {
    let time = "Times are the time-taken values of IIS, from the first byte of the request until \
        the response was sent. They contain waiting and service, and for responses over 2 KB also \
        the network time.";
    let errors = summary.kinds.iter().filter_map(errors);
    std::iter::once(time.to_owned()).chain(errors).map(|note| text::filled(&note)).collect()
}

/// Returns the most frequent error statuses of a kind.
fn errors(kind: &KindTraffic) -> Option<String> {
    let mut found: Vec<_> = kind.statuses.iter().filter(|one| one.status >= 400).collect();
    found.sort_by_key(|one| (std::cmp::Reverse(one.rows), one.status));
    let classes = [4, 5].map(|class| {
        let rows = found.iter().filter(|one| one.status / 100 == class).map(|one| one.rows).sum();
        (class, rows)
    });
    let classes: Vec<String> = classes
        .into_iter()
        .filter(|(_, rows): &(u16, u64)| *rows > 0)
        .map(|(class, rows)| format!("{class}xx {}", share(rows as f64 / kind.rows as f64)))
        .collect();
    let most = found.iter().take(STATUSES);
    let most: Vec<String> =
        most.map(|one| format!("{} ({})", one.status, count(one.rows))).collect();
    (!most.is_empty()).then(|| {
        format!("Errors of {}: {}; most frequent {}.", kind.kind, joined(&classes), joined(&most))
    })
}

fn unclassified(summary: &LogSummary) -> Option<Section> {
    let mut table = Table::new(&["path", "requests", "share", "bytes"], 1);
    for one in &summary.unclassified {
        table.row([
            Cell::text(&*one.pattern),
            Cell::Count(one.rows),
            Cell::Share(one.rows_share),
            Cell::of(summary.classified_bytes_share, |_| Cell::Bytes(one.bytes)),
        ]);
    }
    let note = "Path segments that may identify a client are replaced by `*`.".to_owned();
    Section::table("Most frequent paths that no rule matches", table, vec![note])
}
