//! Clients, their requests and channels, and why attempts failed.

use comfy_table::Table;

use super::{ROWS_MAX, Section, level, more, table};
use crate::report::format::{count, number, seconds, share};
use crate::results::{FailureCount, KindGroup, Latency, OriginResult, RequestCounts, RunResult};

/// Where clients are. Who is on VPN, and who uses a gateway, is only told where somebody is, and
/// where that differs from being on the internet.
pub(super) fn clients(result: &RunResult) -> Option<Section> {
    let cohorts: Vec<&OriginResult> =
        result.origins.iter().filter(|origin| origin.clients > 0).collect();
    let has_vpn = cohorts.iter().any(|one| level(one.vpn_mean) != "0");
    let is_other = |one: &&OriginResult| level(one.gateway_mean) != level(one.internet_mean);
    let has_gateway = cohorts.iter().any(|one| level(one.gateway_mean) != "0");
    let tells_gateway = has_gateway && cohorts.iter().any(is_other);
    let mut header = vec!["", "clients", "on the internet", "most"];
    header.extend(has_vpn.then_some("on VPN"));
    header.push("on the intranet");
    header.extend(tells_gateway.then_some("use a gateway"));
    header.push("with a channel");
    let mut table = table(&header, 1);
    for origin in cohorts.iter().take(ROWS_MAX) {
        let mut row = vec![
            origin.name.clone(),
            count(origin.clients),
            level(origin.internet_mean),
            count(origin.internet_peak),
        ];
        row.extend(has_vpn.then(|| level(origin.vpn_mean)));
        row.push(level(origin.intranet_mean));
        row.extend(tells_gateway.then(|| level(origin.gateway_mean)));
        row.push(origin.channel_availability.map_or_else(|| "-".to_owned(), share));
        table.add_row(row);
    }
    let notes = more(cohorts.len(), "latency.csv")
        + "  (means over time; the last column is the share of the time in which clients had \
        the\n  notification channel that they wanted)\n"
        + &policy_age(&result.policy_age);
    (table.row_count() > 0).then_some(Section { table, notes })
}

/// How old clients' policy was, in a line.
fn policy_age(age: &Latency) -> String {
    if age.count == 0 {
        return String::new();
    }
    format!(
        "  Policy of clients that are on is {} old on average, at most {} for 95 % of them.\n",
        seconds(age.mean),
        seconds(age.p95)
    )
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

fn kinds(result: &RunResult, group: KindGroup) -> Vec<(String, &RequestCounts, &Latency)> {
    let kinds = result.kinds.iter().filter(|one| one.group == group);
    kinds.map(|one| (one.kind.name().replace('_', " "), &one.requests, &one.latency)).collect()
}

pub(super) fn requests(result: &RunResult) -> Option<Section> {
    let mut rows = vec![("all".to_owned(), &result.requests, &result.latency)];
    rows.extend(kinds(result, KindGroup::Request));
    for origin in result.origins.iter().filter(|_| result.origins.len() > 1) {
        rows.push((format!("of {}", origin.name), &origin.requests, &origin.latency));
    }
    Some(Section { table: counted(&rows), notes: busiest(result) })
}

/// The minute in which most requests were issued.
fn busiest(result: &RunResult) -> String {
    let busiest = &result.busiest;
    if busiest.issued_per_second <= 0.0 {
        return String::new();
    }
    format!(
        "  (busiest minute: {} requests per second, from {})\n",
        number(busiest.issued_per_second),
        result.scenario.civil(busiest.issued_start_seconds).replace('T', " "),
    )
}

pub(super) fn channels(result: &RunResult) -> Option<Section> {
    let rows = kinds(result, KindGroup::Channel);
    let notes = "  (not among the requests above; opening lasts from the first try until it is \
        open)\n";
    (!rows.is_empty()).then(|| Section { table: counted(&rows), notes: notes.to_owned() })
}

pub(super) fn downloads(result: &RunResult) -> Option<Section> {
    let rows = kinds(result, KindGroup::Download);
    let notes = "  (not among the requests above; from the first request for a part to the last \
        part, breaks\n  included)\n";
    (!rows.is_empty()).then(|| Section { table: counted(&rows), notes: notes.to_owned() })
}

pub(super) fn failures(result: &RunResult) -> Option<Section> {
    let header =
        ["cause", "meaning", "failed attempts", "given up", "attempts of channels", "downloads"];
    let has_downloads = result.failures.iter().any(|one| one.of_downloads > 0);
    let columns = if has_downloads { header.len() } else { header.len() - 1 };
    let mut table = table(&header[..columns], 2);
    let sum = |one: &FailureCount| one.attempts + one.of_channel + one.of_downloads;
    let occurred = result.failures.iter().filter(|one| sum(one) > 0);
    for failure in occurred {
        let row = [
            failure.cause.name().to_owned(),
            failure.meaning.clone(),
            count(failure.attempts),
            count(failure.requests),
            count(failure.of_channel),
            count(failure.of_downloads),
        ];
        table.add_row(row.into_iter().take(columns));
    }
    (table.row_count() > 0).then_some(Section { table, notes: String::new() })
}
