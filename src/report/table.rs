//! The summary on the terminal: what a planner needs to act, in tables.

use comfy_table::{CellAlignment, Table, presets};

use super::advice::advice;
use super::format::{bytes, count, document, number, seconds, share, tick_seconds, verdict};
use crate::results::{
    Check, DisruptionResult, Latency, RequestCounts, RunResult, ScenarioInfo, StationResult,
    Verdict,
};

/// Rows of one table; the files have the rest.
const ROWS_MAX: usize = 12;

/// What the columns of a storm mean.
const RECOVERED: &str = "  (connections a second over 10 s. Recovered: counted from the start, when
  no more clients are without their channel and no more requests wait for a retry than before,
  but for 1 % of the clients on the internet)\n";

/// The whole summary, ending with a line break.
pub fn summary(result: &RunResult) -> String {
    let mut text = heading(&result.scenario);
    let sections = [
        section("Clients", clients(result)),
        section("Requests and the latency that clients see", requests(result)),
        section("Notification channels", channels(result)),
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
    let header = ["", "clients", "on the internet", "most", "on the intranet", "with a channel"];
    let mut table = table(&header, 1);
    for origin in result.origins.iter().filter(|origin| origin.clients > 0).take(ROWS_MAX) {
        table.add_row([
            origin.name.clone(),
            count(origin.clients),
            level(origin.internet_mean),
            count(origin.internet_peak),
            level(origin.intranet_mean),
            origin.channel_availability.map_or_else(|| "-".to_owned(), share),
        ]);
    }
    let notes = "  (means over time; the last column is the share of the time in which clients had \
        the\n  notification channel that they wanted)\n";
    (table.row_count() > 0).then_some(Section { table, notes: notes.to_owned() })
}

/// A table of counts and latencies.
fn counted(rows: &[(String, &RequestCounts, &Latency)]) -> Table {
    let header = [
        "",
        "answered",
        "per s",
        "given up",
        "abandoned",
        "still open",
        "p50",
        "p95",
        "p99",
        "longest",
    ];
    let mut table = table(&header, 1);
    for (name, counts, latency) in rows {
        table.add_row([
            name.clone(),
            count(counts.completed),
            number(counts.throughput_per_second),
            count(counts.failed),
            count(counts.abandoned),
            count(counts.in_flight_at_end),
            seconds(latency.p50),
            seconds(latency.p95),
            seconds(latency.p99),
            seconds(latency.max),
        ]);
    }
    table
}

fn kinds(result: &RunResult, of_channel: bool) -> Vec<(String, &RequestCounts, &Latency)> {
    let kinds = result.kinds.iter().filter(|one| one.of_channel == of_channel);
    kinds.map(|one| (one.kind.replace('_', " "), &one.requests, &one.latency)).collect()
}

fn requests(result: &RunResult) -> Option<Section> {
    let mut rows = vec![("all".to_owned(), &result.requests, &result.latency)];
    rows.extend(kinds(result, false));
    for origin in result.origins.iter().filter(|_| result.origins.len() > 1) {
        rows.push((format!("of {}", origin.name), &origin.requests, &origin.latency));
    }
    Some(Section { table: counted(&rows), notes: busiest(result) })
}

/// The bin of the time series in which most requests were begun.
fn busiest(result: &RunResult) -> String {
    let series = &result.series;
    let rates = series.issued_per_second.iter().zip(&series.start_seconds);
    let Some((rate, start)) = rates.max_by(|one, other| one.0.total_cmp(other.0)) else {
        return String::new();
    };
    format!(
        "  (busiest {}: {} requests a second, from {})\n",
        tick_seconds(series.interval_seconds),
        number(*rate),
        result.scenario.civil(*start).replace('T', " "),
    )
}

fn channels(result: &RunResult) -> Option<Section> {
    let rows = kinds(result, true);
    let notes = "  (not among the requests above; opening lasts from the first try until it is \
        open)\n";
    (!rows.is_empty()).then(|| Section { table: counted(&rows), notes: notes.to_owned() })
}

fn failures(result: &RunResult) -> Option<Section> {
    let header = ["cause", "meaning", "failed attempts", "given up", "attempts of channels"];
    let mut table = table(&header, 2);
    let occurred = result.failures.iter().filter(|one| one.attempts + one.of_channel > 0);
    for failure in occurred {
        table.add_row([
            failure.cause.clone(),
            failure.meaning.clone(),
            count(failure.attempts),
            count(failure.requests),
            count(failure.of_channel),
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
            "  {}: a new connection found an instance {} of the time{}; {} sent to clients, {} to the \
             site\n",
            gateway.name,
            share(gateway.availability),
            without_port(result, &gateway.name),
            bytes(gateway.bytes_to_clients),
            bytes(gateway.bytes_to_site),
        ));
    }
    (!result.instances.is_empty()).then_some(Section { table, notes })
}

/// What else a new connection needs.
fn without_port(result: &RunResult, gateway: &str) -> String {
    let points = result.connection_points.iter().filter(|point| point.gateway == gateway);
    match points.map(|point| point.port_refusals).sum() {
        0 => String::new(),
        refusals => format!(", but {} tries found no free port", count(refusals)),
    }
}

fn connection_points(result: &RunResult) -> Option<Section> {
    let mut table =
        table(&["", "ports (with resting ones)", "most", "of", "refused", "channels", "up"], 1);
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
            count(point.clients_assigned_peak),
            number(point.clients_on_mean),
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
    let notes = more(result.disruptions.len(), "summary.json") + RECOVERED;
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
    let header = ["verdict", "what", "part", "published in", "simulated", "limit", "published"];
    let mut table = table(&header, 4);
    let mut checks: Vec<&Check> = result.checks.iter().collect();
    if checks.len() > ROWS_MAX {
        let ratio = |check: &Check| check.simulated / check.limit;
        checks.sort_by(|one, other| ratio(other).total_cmp(&ratio(one)));
        checks.sort_by_key(|check| match check.verdict {
            Verdict::Exceeded | Verdict::Below => 0,
            Verdict::Close => 1,
            Verdict::Within => 2,
        });
    }
    for check in checks.iter().take(ROWS_MAX) {
        table.add_row([
            verdict(check.verdict),
            check.what.clone(),
            check.part.clone(),
            document(&check.source).to_owned(),
            number(check.simulated),
            number(check.limit),
            number(check.published),
        ]);
    }
    let notes = more(checks.len(), "checks.csv");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn worst(result: &RunResult) -> String {
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

fn provenance(scenario: &ScenarioInfo) -> String {
    let values = &scenario.values;
    let facts = values.published + values.derived + values.assumed;
    format!(
        "\nOf this scenario's {} values {} are written in it or set; of the defaults {} are \
         published, {} derived\nfrom published numbers, {} assumed, {} mere settings: \
         scenario.resolved.toml names the source of each.\nOne run with one seed: run others \
         (--seed) to see how much of this is chance.\n",
        facts + values.written + values.settings,
        values.written,
        values.published,
        values.derived,
        values.assumed,
        values.settings,
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
