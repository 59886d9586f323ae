//! The summary on the terminal: what a planner needs to act, in tables.

use comfy_table::{CellAlignment, Table, presets};

use super::advice::advice;
use super::format::{bytes, count, number, seconds, share};
use crate::results::{
    Check, DisruptionResult, Latency, RequestCounts, RunResult, ScenarioInfo, StationResult,
    Verdict,
};

/// Rows of one table; the files have the rest.
const ROWS_MAX: usize = 12;

/// The whole summary, ending with a line break.
pub fn summary(result: &RunResult) -> String {
    let mut text = heading(&result.scenario);
    let sections = [
        section("Clients", clients(result)),
        section("Requests and the latency that clients see", requests(result)),
        section("Failures by cause", failures(result)),
        section("Stations", stations(result)),
        section("VM instances", instances(result)),
        section("Connection points", connection_points(result)),
        section("Management points", management_points(result)),
        section("Disruptions and the reconnection storms after them", disruptions(result)),
        section("Against published numbers", checks(result)),
    ];
    for section in sections {
        text.push_str(&section);
    }
    text.push_str(&worst(result));
    for (title, lines) in [("Warnings", &result.warnings), ("What to do", &advice(result))] {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            for line in lines {
                text.push_str(&wrapped(line));
            }
        }
    }
    text.push_str(&provenance(&result.scenario));
    text
}

fn heading(scenario: &ScenarioInfo) -> String {
    let mut text = format!("{}\n", scenario.name);
    if !scenario.question.is_empty() {
        text.push_str(&format!("{}\n", scenario.question));
    }
    text.push_str(&format!(
        "{} to {} {} · {} clients · seed {} · warm-up {}\n",
        scenario.civil(0.0).replace('T', " "),
        scenario.civil(scenario.duration_seconds).replace('T', " "),
        scenario.time_zone,
        count(scenario.clients),
        scenario.seed,
        seconds(scenario.warm_up_seconds),
    ));
    text
}

/// A table, and lines below it.
struct Section {
    table: Table,
    notes: String,
}

/// A section with its title; nothing if there is no row.
fn section(title: &str, section: Option<Section>) -> String {
    section.map_or_else(String::new, |section| {
        let lines = section.table.lines().map(|line| format!(" {}\n", line.trim_end()));
        format!("\n{title}\n{}{}", lines.collect::<String>(), section.notes)
    })
}

/// A table whose first `texts` columns are texts, and all others numbers.
fn table(header: &[&str], texts: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    for (index, column) in table.column_iter_mut().enumerate() {
        let alignment = if index < texts { CellAlignment::Left } else { CellAlignment::Right };
        column.set_cell_alignment(alignment);
    }
    table
}

/// A time average; less than anybody would notice is zero.
fn level(mean: f64) -> String {
    if mean < 5e-4 { "0".to_owned() } else { number(mean) }
}

/// Says how many rows a file has more.
fn more(all: usize, file: &str) -> String {
    if all > ROWS_MAX { format!("  ({} more in {file})\n", all - ROWS_MAX) } else { String::new() }
}

fn clients(result: &RunResult) -> Option<Section> {
    let header =
        ["", "clients", "on the internet", "on the intranet", "with a notification channel"];
    let mut table = table(&header, 1);
    for origin in result.origins.iter().filter(|origin| origin.clients > 0).take(ROWS_MAX) {
        table.add_row([
            origin.name.clone(),
            count(origin.clients),
            level(origin.internet_mean),
            level(origin.intranet_mean),
            origin.channel_availability.map_or_else(|| "-".to_owned(), share),
        ]);
    }
    let notes = "  (means over time; the last column is a share of the time on the internet)\n";
    (table.row_count() > 0).then_some(Section { table, notes: notes.to_owned() })
}

fn requests(result: &RunResult) -> Option<Section> {
    let mut table = table(
        &["", "answered", "per s", "given up", "abandoned", "p50", "p95", "p99", "longest"],
        1,
    );
    let mut row = |name: &str, counts: &RequestCounts, latency: &Latency| {
        let time = |value: f64| if latency.count > 0 { seconds(value) } else { "-".to_owned() };
        table.add_row([
            name.to_owned(),
            count(counts.completed),
            number(counts.throughput_per_second),
            count(counts.failed),
            count(counts.abandoned),
            time(latency.p50),
            time(latency.p95),
            time(latency.p99),
            time(latency.max),
        ]);
    };
    row("all (latency: all but keep-alives)", &result.requests, &result.latency);
    for kind in &result.kinds {
        row(&kind.kind.replace('_', " "), &kind.requests, &kind.latency);
    }
    for origin in result.origins.iter().filter(|_| result.origins.len() > 1) {
        row(&format!("of {}", origin.name), &origin.requests, &origin.latency);
    }
    Some(Section { table, notes: String::new() })
}

fn failures(result: &RunResult) -> Option<Section> {
    let mut table = table(&["cause", "meaning", "failed attempts", "requests given up"], 2);
    let occurred = result.failures.iter().filter(|one| one.attempts + one.requests > 0);
    for failure in occurred {
        table.add_row([
            failure.cause.clone(),
            failure.meaning.clone(),
            count(failure.attempts),
            count(failure.requests),
        ]);
    }
    (table.row_count() > 0).then_some(Section { table, notes: String::new() })
}

fn stations(result: &RunResult) -> Option<Section> {
    let mut table = table(
        &["", "servers", "utilisation", "peak", "per s", "waiting", "wait p95", "most present"],
        1,
    );
    let mut limited: Vec<&StationResult> =
        result.stations.iter().filter(|station| station.servers.is_some()).collect();
    if limited.len() > ROWS_MAX {
        limited.sort_by(|one, other| other.utilisation.total_cmp(&one.utilisation));
    }
    for station in limited.iter().take(ROWS_MAX) {
        table.add_row([
            format!("{} {}", station.role, station.name),
            station.servers.map_or_else(String::new, |servers| count(u64::from(servers))),
            share(station.utilisation),
            share(station.utilisation_peak),
            number(station.throughput_per_second),
            level(station.queue_mean),
            seconds(station.wait.p95),
            count(station.present_peak),
        ]);
    }
    let notes = more(limited.len(), "stations.csv");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn instances(result: &RunResult) -> Option<Section> {
    let header =
        ["", "domain", "connections", "most", "supported", "above it", "up", "bandwidth used"];
    let mut table = table(&header, 1);
    for instance in result.instances.iter().take(ROWS_MAX) {
        table.add_row([
            format!("{}/{}", instance.gateway, instance.number),
            instance.update_domain.to_string(),
            number(instance.connections_mean),
            count(instance.connections_peak),
            count(u64::from(instance.connection_limit)),
            share(instance.over_limit_share),
            share(instance.up_share),
            instance.bandwidth_utilisation.map_or_else(|| "-".to_owned(), share),
        ]);
    }
    let mut notes = more(result.instances.len(), "summary.json");
    for gateway in &result.gateways {
        notes.push_str(&format!(
            "  {}: a new connection could be served {} of the time; {} to clients, {} to the site\n",
            gateway.name,
            share(gateway.availability),
            bytes(gateway.bytes_to_clients),
            bytes(gateway.bytes_to_site),
        ));
    }
    (!result.instances.is_empty()).then_some(Section { table, notes })
}

fn connection_points(result: &RunResult) -> Option<Section> {
    let mut table = table(&["", "ports", "most", "of", "refused", "channels", "up"], 1);
    for point in result.connection_points.iter().take(ROWS_MAX) {
        table.add_row([
            point.name.clone(),
            number(point.ports_mean),
            count(point.ports_peak),
            count(u64::from(point.port_limit)),
            count(point.port_refusals),
            number(point.channels_mean),
            share(point.up_share),
        ]);
    }
    let notes = more(result.connection_points.len(), "summary.json");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn management_points(result: &RunResult) -> Option<Section> {
    let mut table = table(&["", "clients assigned", "on (mean)", "refused (503)"], 1);
    for point in result.management_points.iter().take(ROWS_MAX) {
        table.add_row([
            point.name.clone(),
            count(point.clients_peak),
            number(point.clients_mean),
            count(point.refused),
        ]);
    }
    let notes = more(result.management_points.len(), "summary.json");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn disruptions(result: &RunResult) -> Option<Section> {
    let header = [
        "start",
        "what",
        "down",
        "connections lost",
        "connects/s peak (usual)",
        "recovered after",
        "failed attempts",
    ];
    let mut table = table(&header, 2);
    for one in result.disruptions.iter().take(ROWS_MAX) {
        table.add_row([
            result.scenario.civil(one.start_seconds).replace('T', " "),
            format!("{}: {}", one.name, one.what),
            down(one),
            count(one.connections_lost),
            format!(
                "{} ({})",
                number(one.peak_connects_per_second),
                number(one.usual_connects_per_second)
            ),
            recovery(one),
            count(one.failed_attempts),
        ]);
    }
    let notes = more(result.disruptions.len(), "summary.json");
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

fn checks(result: &RunResult) -> Option<Section> {
    let mut table =
        table(&["verdict", "what", "part", "published in", "simulated", "published"], 4);
    let mut checks: Vec<&Check> = result.checks.iter().collect();
    if checks.len() > ROWS_MAX {
        let ratio = |check: &Check| check.simulated / check.published;
        checks.sort_by(|one, other| ratio(other).total_cmp(&ratio(one)));
    }
    for check in checks.iter().take(ROWS_MAX) {
        let verdict = match check.verdict {
            Verdict::Within => "within",
            Verdict::Close => "close",
            Verdict::Exceeded => "EXCEEDED",
        };
        table.add_row([
            verdict.to_owned(),
            check.what.clone(),
            check.part.clone(),
            check.source.clone(),
            number(check.simulated),
            number(check.published),
        ]);
    }
    let notes = more(checks.len(), "checks.csv");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn worst(result: &RunResult) -> String {
    result.worst_five_minutes.as_ref().map_or_else(String::new, |worst| {
        let start = result.scenario.civil(worst.start_seconds).replace('T', " ");
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
            "\nWorst five minutes (keep-alives not counted): from {start} · {} answered, {} attempts \
             failed{latency}\n",
            count(worst.completed),
            count(worst.failed_attempts),
        )
    })
}

fn provenance(scenario: &ScenarioInfo) -> String {
    let values = &scenario.values;
    format!(
        "\nOf this scenario's {} values {} were written by you, {} are published, {} derived from \
         published\nnumbers, {} assumed: each with its source in scenario.resolved.toml. One run \
         with one seed: run\nothers (--seed) to see how much of this is chance.\n",
        values.written + values.published + values.derived + values.assumed,
        values.written,
        values.published,
        values.derived,
        values.assumed,
    )
}

/// A sentence as a list item in lines of at most 100 characters.
fn wrapped(sentence: &str) -> String {
    let mut text = String::from(" -");
    let mut length = 2;
    for word in sentence.split_whitespace() {
        let width = word.chars().count();
        if length + 1 + width > 100 {
            text.push_str("\n  ");
            length = 2;
        }
        text.push_str(&format!(" {word}"));
        length += 1 + width;
    }
    text.push('\n');
    text
}
