//! Tables for spreadsheets and notebooks: one header, units in the names, and in each row which
//! scenario, seed and replication it belongs to.
//!
//! Text that a spreadsheet would run as a formula gets an apostrophe in front.

use ::csv::WriterBuilder;

use super::cost::egress_per_client_30_days;
use super::schema::{Latency, RequestCounts, RunResult, ScenarioInfo};
use super::series::{Column, ComplianceCurve};

/// Time series: one row a bin.
///
/// `time_civil` is the start of the bin in the scenario's time zone, `time_s` the same in seconds
/// after the start of the measured period.
pub fn timeseries(result: &RunResult) -> Vec<u8> {
    let series = &result.series;
    let mut table = Table::new(&result.scenario);
    let numbers: [(&str, &[f64]); 12] = [
        ("issued_per_s", &series.issued_per_second),
        ("attempts_per_s", &series.attempts_per_second),
        ("completed_per_s", &series.completed_per_second),
        ("failed_attempts_per_s", &series.failed_per_second),
        ("connect_attempts_per_s", &series.connect_attempts_per_second),
        ("connects_per_s", &series.connects_per_second),
        ("internet_clients", &series.internet_clients),
        ("vpn_clients", &series.vpn_clients),
        ("intranet_clients", &series.intranet_clients),
        ("gateway_clients", &series.gateway_clients),
        ("open_channels", &series.channels),
        ("waiting_for_retry", &series.retrying),
    ];
    let quantiles: [(&str, &[Option<f64>]); 3] = [
        ("latency_s_p50", &series.latency_p50),
        ("latency_s_p95", &series.latency_p95),
        ("latency_s_p99", &series.latency_p99),
    ];
    let parts: [(&str, &[Column]); 8] = [
        ("connections", &series.instance_connections),
        ("up_share", &series.instance_up),
        ("ports", &series.ports),
        ("ports_high", &series.ports_high),
        ("utilisation", &series.utilisation),
        ("present", &series.present),
        ("gateway_egress_bit_per_s", &series.gateway_egress),
        ("storage_egress_bit_per_s", &series.storage_egress),
    ];
    let mut header = vec!["time_civil".to_owned(), "time_s".to_owned()];
    header.extend(numbers.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(quantiles.iter().map(|(name, _)| (*name).to_owned()));
    for (what, columns) in parts {
        header.extend(columns.iter().map(|column| format!("{what} {}", column.name)));
    }
    let reached = series.compliance.iter().flat_map(steps);
    header.extend(reached.clone().map(|(name, _)| name));
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
        row.extend(reached.clone().map(|(_, values)| at(values)));
        table.row(row);
    }
    table.finish()
}

/// The columns of a deployment: shares of its targets at the end of each bin.
fn steps(curve: &ComplianceCurve) -> [(String, &[f64]); 3] {
    [
        (format!("policy_share {}", curve.name), &curve.policy),
        (format!("content_share {}", curve.name), &curve.content),
        (format!("installed_share {}", curve.name), &curve.installed),
    ]
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

/// Deployments: one row each. Times are seconds after the deployment's start, empty if it did not
/// come to that.
pub fn deployments(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    let mut header = vec!["deployment", "purpose", "targets", "declined", "size_bytes"];
    header.extend(["start_s", "deadline_s"]);
    let mut header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    for step in ["policy", "content", "installed"] {
        header.extend(["reached", "s_p50", "s_p95", "s_p99"].map(|what| format!("{step}_{what}")));
    }
    let sources = ["storage", "distribution_points", "microsoft_update", "peers"];
    header.extend(sources.map(|source| format!("bytes_from_{source}")));
    table.header(header);
    for one in &result.deployments {
        let mut row = vec![text(&one.name), one.purpose.clone()];
        row.extend([one.targets, one.declined, one.size_bytes].map(|count| count.to_string()));
        row.extend([number(one.start_seconds), perhaps(one.deadline_seconds)]);
        for step in [one.policy, one.content, one.installed] {
            row.push(step.reached.to_string());
            row.extend([step.p50_seconds, step.p95_seconds, step.p99_seconds].map(perhaps));
        }
        let sources = [
            one.bytes_from_storage,
            one.bytes_from_distribution_points,
            one.bytes_from_microsoft_update,
            one.bytes_from_peers,
        ];
        row.extend(sources.map(|bytes| bytes.to_string()));
        table.row(row);
    }
    table.finish()
}

/// Bytes by flow, and what that is for each client that uses a gateway, in 30 days.
pub fn flows(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    table.header(["flow", "bytes", "bytes_per_gateway_client_30_days"].map(str::to_owned).into());
    let (flows, measured) = (&result.flows, result.scenario.duration_seconds);
    for (flow, bytes) in flows.named() {
        let each = egress_per_client_30_days(bytes, flows.gateway_clients_mean, measured);
        table.row(vec![flow.to_owned(), bytes.to_string(), perhaps(each)]);
    }
    table.finish()
}

/// The bill of 30 days.
pub fn cost(result: &RunResult) -> Vec<u8> {
    let mut table = Table::new(&result.scenario);
    let mut header = vec!["line", "quantity_per_month", "free_per_month", "unit", "unit_price"];
    header.extend(["cost_per_month", "share", "currency", "prices_of", "prices_are_examples"]);
    table.header(header.into_iter().map(str::to_owned).collect());
    let prices = &result.scenario.prices;
    for line in &result.cost.lines {
        let mut row = vec![text(&line.what)];
        row.extend([line.quantity_per_month, line.free_per_month].map(number));
        row.push(line.unit.clone());
        row.extend([line.unit_price, line.per_month, line.share].map(number));
        row.extend([text(&prices.currency), text(&prices.date), prices.is_example.to_string()]);
        table.row(row);
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
pub(super) fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value}") }
}

/// The same of what may be missing.
pub(super) fn perhaps(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

/// Text that no spreadsheet takes for a formula.
pub(super) fn text(value: &str) -> String {
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

    #[test]
    fn every_row_has_the_headers_columns() {
        let mut result = RunResult::default();
        result.series.start_seconds = vec![0.0, 60.0];
        result.series.gateway_egress = vec![Column { name: "main".into(), values: vec![8.0, 9.0] }];
        let half = vec![0.0, 0.5];
        let curve = ComplianceCurve { name: "office".into(), policy: half, ..Default::default() };
        result.series.compliance.push(curve);
        result.deployments.push(super::super::DeploymentResult::default());
        result.cost.lines.push(super::super::CostLine::default());
        for table in [timeseries, deployments, flows, cost] {
            let bytes = table(&result);
            let mut reader = ::csv::Reader::from_reader(&bytes[..]);
            assert!(reader.records().all(|record| record.is_ok()));
        }
        let series = String::from_utf8(timeseries(&result)).expect("UTF-8");
        let expected = "gateway_egress_bit_per_s main,policy_share office,content_share office,";
        assert!(series.lines().next().expect("a header").contains(expected), "{series}");
        assert!(series.lines().last().expect("a row").ends_with(",9,0.5,,"), "{series}");
    }
}
