//! Tables for spreadsheets and notebooks: one header, units in the names, and in each row which
//! scenario, seed and replication it belongs to.
//!
//! Text that a spreadsheet would run as a formula gets an apostrophe in front.

use ::csv::WriterBuilder;

use super::schema::{Latency, RequestCounts, RunResult, ScenarioInfo};
use super::series::Column;

/// Time series: one row a bin.
///
/// `time_civil` is the start of the bin in the scenario's time zone, `time_s` the same in seconds
/// after the start of the measured period.
pub fn timeseries(result: &RunResult) -> Vec<u8> {
    let series = &result.series;
    let mut table = Table::new(&result.scenario);
    let numbers: [(&str, &[f64]); 10] = [
        ("issued_per_s", &series.issued_per_second),
        ("attempts_per_s", &series.attempts_per_second),
        ("completed_per_s", &series.completed_per_second),
        ("failed_attempts_per_s", &series.failed_per_second),
        ("connect_attempts_per_s", &series.connect_attempts_per_second),
        ("connects_per_s", &series.connects_per_second),
        ("internet_clients", &series.internet_clients),
        ("intranet_clients", &series.intranet_clients),
        ("open_channels", &series.channels),
        ("waiting_for_retry", &series.retrying),
    ];
    let quantiles: [(&str, &[Option<f64>]); 3] = [
        ("latency_s_p50", &series.latency_p50),
        ("latency_s_p95", &series.latency_p95),
        ("latency_s_p99", &series.latency_p99),
    ];
    let parts: [(&str, &[Column]); 6] = [
        ("connections", &series.instance_connections),
        ("up_share", &series.instance_up),
        ("ports", &series.ports),
        ("ports_high", &series.ports_high),
        ("utilisation", &series.utilisation),
        ("present", &series.present),
    ];
    let mut header = vec!["time_civil".to_owned(), "time_s".to_owned()];
    header.extend(numbers.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(quantiles.iter().map(|(name, _)| (*name).to_owned()));
    for (what, columns) in parts {
        header.extend(columns.iter().map(|column| format!("{what} {}", column.name)));
    }
    table.header(header);
    for (bin, start) in series.start_seconds.iter().enumerate() {
        let mut row = vec![result.scenario.civil(*start), number(*start)];
        let at = |values: &[f64]| values.get(bin).map_or_else(String::new, |value| number(*value));
        row.extend(numbers.iter().map(|(_, values)| at(values)));
        let quantile = |values: &[Option<f64>]| {
            values.get(bin).copied().flatten().map_or_else(String::new, number)
        };
        row.extend(quantiles.iter().map(|(_, values)| quantile(values)));
        for (_, columns) in parts {
            row.extend(columns.iter().map(|column| at(&column.values)));
        }
        table.row(row);
    }
    table.finish()
}

/// Latencies and counts: of all requests, by kind (those of the notification channel too), and by
/// cohort or open source.
pub fn latency(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    let mut header = vec!["of", "name", "issued", "completed", "failed", "abandoned"];
    header.extend(["attempts", "failed_attempts", "completed_per_s"]);
    let mut header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    header.extend(latency_header("latency_s"));
    table.header(header);
    let mut row = |of: &str, name: &str, counts: &RequestCounts, latency: &Latency| {
        let mut row = vec![of.to_owned(), text(name)];
        row.extend(
            [counts.issued, counts.completed, counts.failed, counts.abandoned]
                .map(|count| count.to_string()),
        );
        row.extend([counts.attempts, counts.failed_attempts].map(|count| count.to_string()));
        row.push(number(counts.throughput_per_second));
        row.extend(latency_cells(latency));
        table.row(row);
    };
    row("all", "requests", &result.requests, &result.latency);
    for kind in &result.kinds {
        row("kind", &kind.kind, &kind.requests, &kind.latency);
    }
    for origin in &result.origins {
        let of = if origin.clients > 0 { "cohort" } else { "source" };
        row(of, &origin.name, &origin.requests, &origin.latency);
    }
    table.finish()
}

/// The distribution of the latency of requests: the share that was answered within a time.
pub fn latency_distribution(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    table.header(["latency_s", "share_not_above"].map(str::to_owned).to_vec());
    for (seconds, share) in &result.latency_distribution {
        table.row(vec![number(*seconds), number(*share)]);
    }
    table.finish()
}

/// Stations: one row each.
pub fn stations(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    let counts = ["arrivals", "refused", "left", "cleared", "completed"];
    let levels = ["delayed_share", "completed_per_s", "utilisation", "utilisation_peak_bin"];
    let mut header = vec!["station", "role", "servers"];
    header.extend(counts.into_iter().chain(levels));
    header.extend(["queue_mean", "present_mean", "present_peak"]);
    let mut header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    header.extend(latency_header("wait_s"));
    header.extend(latency_header("stay_s"));
    header.extend(["little_gap", "utilisation_gap"].map(str::to_owned));
    table.header(header);
    for station in &result.stations {
        let servers = station.servers.map_or("unlimited".to_owned(), |count| count.to_string());
        let mut row = vec![text(&station.name), station.role.clone(), servers];
        row.extend(
            [station.arrivals, station.refused, station.left, station.cleared, station.completed]
                .map(|count| count.to_string()),
        );
        row.extend(
            [
                station.delayed_share,
                station.throughput_per_second,
                station.utilisation,
                station.utilisation_peak,
                station.queue_mean,
                station.present_mean,
            ]
            .map(number),
        );
        row.push(station.present_peak.to_string());
        row.extend(latency_cells(&station.wait));
        row.extend(latency_cells(&station.stay));
        row.extend([number(station.little_gap), number(station.utilisation_gap)]);
        table.row(row);
    }
    table.finish()
}

/// Simulated against published numbers.
pub fn checks(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    let mut header = vec!["check", "part", "simulated", "limit", "published", "unit", "verdict"];
    header.extend(["published_in", "note"]);
    table.header(header.into_iter().map(str::to_owned).collect());
    for check in &result.checks {
        table.row(vec![
            check.what.clone(),
            text(&check.part),
            number(check.simulated),
            number(check.limit),
            number(check.published),
            check.unit.clone(),
            check.verdict.word().to_owned(),
            check.source.clone(),
            check.note.clone(),
        ]);
    }
    table.finish()
}

/// A table whose rows begin with what they belong to.
struct Table {
    writer: ::csv::Writer<Vec<u8>>,
    context: [String; 3],
}

impl Table {
    fn new(scenario: &ScenarioInfo) -> Self {
        let context =
            [text(&scenario.name), scenario.seed.to_string(), scenario.replication.to_string()];
        Table { writer: WriterBuilder::new().from_writer(Vec::new()), context }
    }

    fn header(&mut self, names: Vec<String>) {
        let context = ["scenario", "seed", "replication"].map(str::to_owned);
        self.write(context.into_iter().chain(names));
    }

    fn row(&mut self, cells: Vec<String>) {
        self.write(self.context.clone().into_iter().chain(cells));
    }

    fn write(&mut self, cells: impl Iterator<Item = String>) {
        self.writer
            .write_record(cells)
            .expect("rows have the header's length because both list the same columns");
    }

    fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect("a vector takes every byte because it grows")
    }
}

fn latency_header(prefix: &str) -> impl Iterator<Item = String> {
    ["count", "mean", "sd", "p50", "p90", "p95", "p99", "p999", "max"]
        .into_iter()
        .map(move |name| format!("{prefix}_{name}"))
}

fn latency_cells(latency: &Latency) -> Vec<String> {
    let mut cells = vec![latency.count.to_string()];
    cells.extend(
        [
            latency.mean,
            latency.standard_deviation,
            latency.p50,
            latency.p90,
            latency.p95,
            latency.p99,
            latency.p999,
            latency.max,
        ]
        .map(number),
    );
    cells
}

/// The shortest text that gives the same number back; nothing for what is no number.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value}") }
}

/// Text that no spreadsheet takes for a formula.
fn text(value: &str) -> String {
    match value.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{value}"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_disarmed() {
        assert_eq!(text("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(text("-x"), "'-x");
        assert_eq!(text("kiosks"), "kiosks");
    }
}
