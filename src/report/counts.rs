//! Report of `cmgsim calibrate counts`: what was read, the traffic of each kind, metrics, and the
//! values that were measured.

use super::document::{Block, Cell, Document, Section, Table};
use super::format::{bytes, count, number, plural, seconds, share};
use super::{inputs, text};
use crate::results::calibration::Calibration;
use crate::results::counts::{CountCalibration, CountSummary, Estimate};

/// Returns the report as text.
pub fn text(found: &CountCalibration) -> String {
    text::render(&document(found))
}

fn document(found: &CountCalibration) -> Document {
    let (counts, calibration) = (&found.counts, &found.calibration);
    let sections = [
        Some(verdict(counts, calibration)),
        Section::list("Rows in several files", counts.copied.iter().map(inputs::copied).collect()),
        Section::list("Not readable or left out", unreadable(counts)),
        Section::table("Sources", sources(counts), source_notes(counts)),
        Section::table("Requests by kind", traffic(counts), Vec::new()),
        Section::table("Per request, with 95 % intervals", sizes(counts), size_notes(counts)),
        Section::table("Metrics of Azure Monitor", metrics(counts), Vec::new()),
        Section::list("Endpoints without a rule (add rules with --rules FILE)", endpoints(counts)),
        Section::table("Measured values", values(calibration), Vec::new()),
        Section::list("Not measured", not_measured(calibration)),
    ];
    Document { sections: sections.into_iter().flatten().collect() }
}

fn verdict(counts: &CountSummary, calibration: &Calibration) -> Section {
    let mut lines = vec![format!(
        "Read {} from {} ({}).",
        plural(counts.rows, "row"),
        plural(counts.files, "file"),
        plural(counts.lines, "line")
    )];
    if let Some(online) = &counts.online {
        let mut line = format!(
            "Online clients, from their notification channels: {} on average, at most {}",
            with_bounds(&online.mean, number),
            number(online.max)
        );
        if let Some(clients) = online.scenario_clients {
            let part = share(online.max / clients.max(1) as f64);
            line.push_str(&format!(
                ", which is {part} of the scenario's {} clients",
                count(clients)
            ));
        }
        lines.push(line + ".");
    }
    if !calibration.scenario.is_empty() {
        lines.push(format!(
            "Measured {} of the scenario {}; the number of assumed values falls from {} to {}.",
            plural(calibration.values.len() as u64, "value"),
            calibration.scenario,
            calibration.assumed_before,
            calibration.assumed_after
        ));
    }
    let lines: Vec<String> = lines.iter().map(|line| text::filled(line)).collect();
    Section::new("", vec![Block::Paragraph(lines.join("\n"))])
}

fn unreadable(counts: &CountSummary) -> Vec<String> {
    let unopened = counts.unopened.iter().map(inputs::unopened);
    unopened.chain(counts.unreadable.iter().map(inputs::unreadable)).collect()
}

fn sources(counts: &CountSummary) -> Table {
    let titles = ["source", "first", "last", "rows", "servers", "covered", "interval"];
    let mut table = Table::new(&titles, 3);
    for one in &counts.sources {
        let stamp = |stamp: &Option<String>| Cell::of(stamp.clone(), Cell::text);
        table.row([
            Cell::text(&*one.source),
            stamp(&one.first),
            stamp(&one.last),
            Cell::Count(one.rows),
            if one.servers == 0 { Cell::Empty } else { Cell::Count(one.servers) },
            Cell::Seconds(one.covered_s as f64),
            Cell::of(one.lengths.first(), |length| Cell::Seconds(f64::from(length.length_s))),
        ]);
    }
    table
}

fn source_notes(counts: &CountSummary) -> Vec<String> {
    let mixed = counts.sources.iter().filter(|one| one.lengths.len() > 1).map(|one| {
        let lengths: Vec<String> = one
            .lengths
            .iter()
            .map(|length| {
                format!("{} ({})", seconds(f64::from(length.length_s)), count(length.rows))
            })
            .collect();
        text::filled(&format!("Intervals of {} (rows): {}.", one.source, lengths.join(", ")))
    });
    let unlisted = (counts.unlisted_rows > 0).then(|| {
        text::filled(&format!(
            "The table of intervals and the peaks of concurrent requests do not contain {}: there \
             are too many intervals. Pass files of a shorter period.",
            plural(counts.unlisted_rows, "row")
        ))
    });
    mixed.chain(unlisted).collect()
}

fn traffic(counts: &CountSummary) -> Table {
    let titles = [
        "source",
        "kind",
        "requests",
        "rate mean",
        "bytes in",
        "bytes out",
        "concurrent mean",
        "concurrent peak",
    ];
    let mut table = Table::new(&titles, 2);
    let finite = |value: f64| if value.is_finite() { Cell::Level(value) } else { Cell::Empty };
    for one in &counts.kinds {
        let rate = one.rate_per_s.mean;
        table.row([
            Cell::text(&*one.source),
            Cell::text(&*one.kind),
            Cell::Count(one.requests.round() as u64),
            match rate.is_finite() {
                true => Cell::Amount(format!("{}/s", number(rate))),
                false => Cell::Empty,
            },
            Cell::Bytes(one.request_bytes.round() as u64),
            Cell::Bytes(one.response_bytes.round() as u64),
            finite(one.concurrent_mean),
            finite(one.concurrent_max),
        ]);
    }
    table
}

/// Formats an estimate with its interval.
fn with_bounds(estimate: &Estimate, format: impl Fn(f64) -> String) -> String {
    match (estimate.mean.is_finite(), estimate.low, estimate.high) {
        (false, _, _) => "-".to_owned(),
        (_, Some(low), Some(high)) => {
            format!("{} [{}, {}]", format(estimate.mean), format(low), format(high))
        }
        _ => format(estimate.mean),
    }
}

fn sizes(counts: &CountSummary) -> Table {
    let titles = ["source", "kind", "request", "response", "failed share", "elapsed time mean"];
    let mut table = Table::new(&titles, 2);
    let of_bytes = |value: f64| bytes(value.round() as u64);
    for one in &counts.kinds {
        table.row([
            Cell::text(&*one.source),
            Cell::text(&*one.kind),
            Cell::Amount(with_bounds(&one.request_mean_bytes, of_bytes)),
            Cell::Amount(with_bounds(&one.response_mean_bytes, of_bytes)),
            Cell::Amount(with_bounds(&one.failed_share, share)),
            Cell::Amount(with_bounds(&one.elapsed_mean_s, seconds)),
        ]);
    }
    table
}

fn size_notes(counts: &CountSummary) -> Vec<String> {
    let is_without = counts.kinds.iter().all(|one| one.rate_per_s.low.is_none());
    let note = "Intervals need counts of at least five hours.";
    is_without.then(|| note.to_owned()).into_iter().collect()
}

fn metrics(counts: &CountSummary) -> Table {
    let titles = ["metric", "values", "covered", "total", "mean", "maximum"];
    let mut table = Table::new(&titles, 1);
    for one in &counts.metrics {
        let is_sum = one.unit == "bytes/s";
        let written = |value: f64| match is_sum {
            true => format!("{}/s", bytes(value.round() as u64)),
            false => share(value / 100.0),
        };
        table.row([
            Cell::text(&*one.metric),
            Cell::Count(one.rows),
            Cell::Seconds(one.covered_s as f64),
            if is_sum { Cell::Bytes(one.total_bytes.round() as u64) } else { Cell::Empty },
            Cell::Amount(with_bounds(&one.mean, written)),
            Cell::Amount(written(one.max)),
        ]);
    }
    table
}

fn endpoints(counts: &CountSummary) -> Vec<String> {
    let line = |one: &crate::results::counts::UnclassifiedEndpoint| {
        format!("{}: {}", one.endpoint, plural(one.rows, "row"))
    };
    counts.unclassified.iter().map(line).collect()
}

fn values(calibration: &Calibration) -> Table {
    let mut table = Table::new(&["value", "before", "measured", "95 % interval", "samples"], 4);
    for one in &calibration.values {
        let interval = one.low.as_ref().zip(one.high.as_ref());
        table.row([
            Cell::text(one.paths.join(", ")),
            Cell::text(&*one.previous),
            Cell::text(&*one.value),
            Cell::of(interval, |(low, high)| Cell::text(format!("{low} to {high}"))),
            Cell::Count(one.samples),
        ]);
    }
    table
}

fn not_measured(calibration: &Calibration) -> Vec<String> {
    let sentence = |one: &crate::results::calibration::NotMeasured| match one.remedy.as_str() {
        "" => format!("{}: {}", one.path, one.reason),
        remedy => format!("{}: {}; {remedy}", one.path, one.reason),
    };
    calibration.not_measured.iter().map(sentence).collect()
}
