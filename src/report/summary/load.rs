//! Clients, requests, channels, and causes of failed attempts.

use super::{ROWS_MAX, more};
use crate::report::document::Cell::{self, Count, Level, Number, Seconds, Share};
use crate::report::document::{Section, Table};
use crate::report::format::{number, seconds};
use crate::results::{FailureCount, KindGroup, Latency, OriginResult, RequestCounts, RunResult};

/// Returns the locations of clients. The VPN column is omitted if all its values are zero; the
/// gateway column is also omitted if it equals the internet column.
pub(super) fn clients(result: &RunResult) -> Option<Section> {
    let cohorts: Vec<&OriginResult> =
        result.origins.iter().filter(|origin| origin.clients > 0).collect();
    let level = |mean: f64| Level(mean).written();
    let has_vpn = cohorts.iter().any(|one| level(one.vpn_mean) != "0");
    let is_other = |one: &&OriginResult| level(one.gateway_mean) != level(one.internet_mean);
    let has_gateway = cohorts.iter().any(|one| level(one.gateway_mean) != "0");
    let has_gateway_column = has_gateway && cohorts.iter().any(is_other);
    let mut header = vec!["cohort", "clients", "internet mean", "internet peak"];
    header.extend(has_vpn.then_some("VPN mean"));
    header.push("intranet mean");
    header.extend(has_gateway_column.then_some("gateway mean"));
    header.push("channel availability");
    let mut table = Table::new(&header, 1);
    for origin in cohorts.iter().take(ROWS_MAX) {
        let mut row = vec![
            Cell::text(&origin.name),
            Count(origin.clients),
            Level(origin.internet_mean),
            Count(origin.internet_peak),
        ];
        row.extend(has_vpn.then_some(Level(origin.vpn_mean)));
        row.push(Level(origin.intranet_mean));
        row.extend(has_gateway_column.then_some(Level(origin.gateway_mean)));
        row.push(Cell::of(origin.channel_availability_share, Share));
        table.row(row);
    }
    let means = "(channel availability: share of time in which clients that want a notification\n\
                 channel have one)";
    let notes = more(cohorts.len(), "latency.csv").into_iter().chain([means.to_owned()]);
    let notes = notes.chain(policy_age(&result.policy_age)).collect();
    Section::table("Clients", table, notes)
}

/// Describes the age of clients' policy in one line.
fn policy_age(age: &Latency) -> Option<String> {
    (age.count > 0).then(|| {
        format!(
            "Policy age of online clients: mean {}, p95 {}.",
            seconds(age.mean),
            seconds(age.p95)
        )
    })
}

/// Row of a table of requests: name, counts and latency.
type Counted<'a> = (String, &'a RequestCounts, &'a Latency);

fn counted(title: &str, rows: &[Counted<'_>], note: Option<String>) -> Option<Section> {
    let header = [
        "requests",
        "completed",
        "completed/s",
        "failed",
        "abandoned",
        "in flight at end",
        "median",
        "p95",
        "p99",
        "maximum",
    ];
    let mut table = Table::new(&header, 1);
    for (name, counts, latency) in rows {
        table.row([
            Cell::text(name),
            Count(counts.completed),
            Number(counts.throughput_per_s),
            Count(counts.failed),
            Count(counts.abandoned),
            Count(counts.in_flight_at_end),
            Seconds(latency.p50),
            Seconds(latency.p95),
            Seconds(latency.p99),
            Seconds(latency.max),
        ]);
    }
    Section::table(title, table, note.into_iter().collect())
}

fn kinds(result: &RunResult, group: KindGroup) -> Vec<Counted<'_>> {
    let kinds = result.kinds.iter().filter(|one| one.group == group);
    kinds.map(|one| (one.kind.name().replace('_', " "), &one.requests, &one.latency)).collect()
}

pub(super) fn requests(result: &RunResult) -> Option<Section> {
    let mut rows = vec![("all".to_owned(), &result.requests, &result.latency)];
    rows.extend(kinds(result, KindGroup::Request));
    for origin in result.origins.iter().filter(|_| result.origins.len() > 1) {
        rows.push((format!("from {}", origin.name), &origin.requests, &origin.latency));
    }
    counted("Requests and their latency", &rows, busiest(result))
}

/// Describes the minute with the most requests.
fn busiest(result: &RunResult) -> Option<String> {
    let busiest = &result.busiest;
    (busiest.issued_per_s > 0.0).then(|| {
        format!(
            "(busiest minute: {} requests/s, from {})",
            number(busiest.issued_per_s),
            result.scenario.civil(busiest.issued_start_s).replace('T', " "),
        )
    })
}

pub(super) fn channels(result: &RunResult) -> Option<Section> {
    let note =
        "(not included in the requests above; latency is the time until the channel is open)";
    let rows = kinds(result, KindGroup::Channel);
    counted("Notification channels", &rows, Some(note.to_owned()))
}

pub(super) fn downloads(result: &RunResult) -> Option<Section> {
    let note = "(not included in the requests above; latency is the time from the first request\n\
                for a part to the last part, including interruptions)";
    let rows = kinds(result, KindGroup::Download);
    counted("Downloads", &rows, Some(note.to_owned()))
}

pub(super) fn failures(result: &RunResult) -> Option<Section> {
    let header =
        ["cause", "meaning", "failed attempts", "failed requests", "channel attempts", "downloads"];
    let has_downloads = result.failures.iter().any(|one| one.of_downloads > 0);
    let columns = if has_downloads { header.len() } else { header.len() - 1 };
    let mut table = Table::new(&header[..columns], 2);
    let sum = |one: &FailureCount| one.attempts + one.of_channel + one.of_downloads;
    let occurred = result.failures.iter().filter(|one| sum(one) > 0);
    for failure in occurred {
        let row = [
            Cell::text(failure.cause.name()),
            Cell::text(&failure.meaning),
            Count(failure.attempts),
            Count(failure.requests),
            Count(failure.of_channel),
            Count(failure.of_downloads),
        ];
        table.row(row.into_iter().take(columns));
    }
    Section::table("Failures by cause", table, Vec::new())
}
