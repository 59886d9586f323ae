//! One-screen summary of a run: verdict, exceeded limits and key numbers.

use super::{bill, events, lines};
use crate::report::document::Cell::{self, Count, Number, Share};
use crate::report::document::{Block, Document, Section, Table};
use crate::report::format::{count, number, seconds, share, value};
use crate::report::text::{filled, hanging, render};
use crate::report::verdict;
use crate::results::{
    Check, DisruptionResult, InstanceResult, MetricSummary, ObjectiveStatus, RunResult, Verdict,
};
use crate::terms::{CheckKind, MetricFamily};

/// Lines available on a screen of 40 lines, without the two lines that a command adds (speed and
/// folder).
const LINES_MAX: usize = 38;

/// Number of table rows if the screen has enough lines.
const ROWS_MAX: usize = 4;

/// Share of a limit above which the limit counts as nearly reached.
const CLOSE: f64 = 0.8;

/// Maximum length of a name in a table.
const NAME_MAX: usize = 24;

/// Maximum length of a quantity in a table.
const QUANTITY_MAX: usize = 34;

/// Returns the screen, ending with a line break. `typed` contains the scenario arguments for
/// proposed commands.
pub fn brief(result: &RunResult, typed: &str) -> String {
    let screen = |rows: usize| render(&Document { sections: sections(result, typed, rows) });
    let fits = |text: &String| text.lines().count() <= LINES_MAX;
    (2..=ROWS_MAX).rev().map(screen).find(fits).unwrap_or_else(|| cut(&screen(1)))
}

/// Cuts a text that does not fit on the screen.
fn cut(text: &str) -> String {
    if text.lines().count() <= LINES_MAX {
        return text.to_owned();
    }
    let kept = text.lines().take(LINES_MAX - 1).chain(["All tables: --details"]);
    kept.map(|line| format!("{line}\n")).collect()
}

fn sections(result: &RunResult, typed: &str, rows: usize) -> Vec<Section> {
    let paragraph = |text: String| Section::new("", vec![Block::Paragraph(text)]);
    let scenario = &result.scenario;
    let civil =
        |then: f64| scenario.civil(then).replace('T', " ").chars().take(16).collect::<String>();
    let about = format!(
        "{} · {} clients · {} to {} {} · seed {}",
        scenario.name,
        count(scenario.clients),
        civil(0.0),
        civil(scenario.duration_s),
        scenario.time_zone,
        scenario.seed,
    );
    let verdict = match &result.verdict {
        Some(stored) => verdict::section(stored, typed),
        None => verdict::section(&verdict::verdict(result), typed),
    };
    let tables = [
        Some(verdict),
        not_met(result, rows),
        not_within(result, rows),
        Some(Section {
            title: of_first(result).to_owned(),
            ..paragraph(key_numbers(result).join("\n"))
        }),
        busiest(result, rows),
        disruptions(result, rows),
        Some(paragraph(rest(result))),
    ];
    std::iter::once(paragraph(filled(&about))).chain(tables.into_iter().flatten()).collect()
}

/// Returns the title of the key numbers if there are several replications.
fn of_first(result: &RunResult) -> &'static str {
    match result.replicated {
        Some(_) => "Key numbers and tables of the first replication",
        None => "",
    }
}

/// Counts the omitted rows.
fn more(all: usize, rows: usize) -> Vec<String> {
    let hidden = all.saturating_sub(rows);
    (hidden > 0)
        .then(|| format!("and {} more: --details", count(hidden as u64)))
        .into_iter()
        .collect()
}

/// Shortens a name so that the numbers fit on the line.
fn short(name: &str) -> Cell {
    shortened(name, NAME_MAX)
}

fn shortened(name: &str, length_max: usize) -> Cell {
    if name.chars().count() <= length_max {
        return Cell::text(name);
    }
    let start: String = name.chars().take(length_max - 1).collect();
    Cell::text(format!("{start}…"))
}

fn not_met(result: &RunResult, rows: usize) -> Option<Section> {
    let open: Vec<_> =
        result.objectives.iter().filter(|one| one.status != ObjectiveStatus::Met).collect();
    let mut table = Table::new(&["objective", "limit", "verdict", "mean", "half-width"], 3);
    for one in open.iter().take(rows) {
        table.row([
            Cell::text(one.metric.name()),
            Cell::text(crate::report::format::bound(one.is_at_least, one.unit, one.limit)),
            one.status.into(),
            Cell::metric(one.unit, one.mean),
            Cell::metric(one.unit, one.half_width),
        ]);
    }
    Section::table("Objectives not met or undecided", table, more(open.len(), rows))
}

/// Row of the limits that are exceeded or nearly reached.
struct NearLimit<'a> {
    component: String,
    quantity: &'a str,
    verdict: Verdict,
    simulated: f64,
    limit: f64,
}

impl<'a> NearLimit<'a> {
    fn of(check: &'a Check) -> Self {
        NearLimit {
            component: check.component.clone(),
            quantity: &check.check,
            verdict: check.verdict,
            simulated: check.simulated,
            limit: check.limit,
        }
    }
}

/// Compares the connections of an instance with the limit of the scenario if its VM size has no
/// published limit.
fn unpublished(result: &RunResult, instance: &InstanceResult) -> Option<NearLimit<'static>> {
    let component = format!("{}/{}", instance.gateway, instance.number);
    let is_its =
        |one: &Check| one.kind == CheckKind::InstanceConnections && one.component == component;
    if result.checks.iter().any(is_its) {
        return None;
    }
    let path = format!("gateway.{}.connection_limit", instance.gateway);
    let own = result.scenario.configuration.iter().find(|one| one.path == path);
    let is_written = own.is_some_and(|one| one.provenance.is_set());
    let (simulated, limit) =
        (instance.connections_peak as f64, f64::from(instance.connection_limit));
    Some(NearLimit {
        component,
        quantity: if is_written { "connections, own limit" } else { "connections, limit assumed" },
        verdict: match simulated {
            exceeded if exceeded > limit => Verdict::Exceeded,
            close if close > CLOSE * limit => Verdict::Close,
            _ => Verdict::Within,
        },
        simulated,
        limit,
    })
}

fn not_within(result: &RunResult, rows: usize) -> Option<Section> {
    let mut checks: Vec<NearLimit> = result.checks.iter().map(NearLimit::of).collect();
    checks.extend(result.instances.iter().filter_map(|one| unpublished(result, one)));
    checks.retain(|one| !matches!(one.verdict, Verdict::Within | Verdict::AboveEstimate));
    let is_close = |one: &NearLimit| one.verdict == Verdict::Close;
    let ratio = |one: &NearLimit| one.simulated / one.limit.max(f64::MIN_POSITIVE);
    checks.sort_by(|one, other| {
        is_close(one).cmp(&is_close(other)).then(ratio(other).total_cmp(&ratio(one)))
    });
    let header = ["component", "quantity", "verdict", "simulated", "limit"];
    let mut table = Table::new(&header, 3);
    for check in checks.iter().take(rows) {
        table.row([
            short(&check.component),
            shortened(check.quantity, QUANTITY_MAX),
            check.verdict.into(),
            Number(check.simulated),
            Number(check.limit),
        ]);
    }
    let title = "Limits exceeded or nearly reached (above 80 %)";
    Section::table(title, table, more(checks.len(), rows))
}

/// Returns requests, latency, channels and cost, one line each.
fn key_numbers(result: &RunResult) -> Vec<String> {
    let (requests, latency) = (&result.requests, &result.latency);
    let attempts = match requests.failed_attempts {
        0 => String::new(),
        failed => {
            let failed = failed as f64 / requests.attempts.max(failed) as f64;
            format!("; {} of the attempts failed", share(failed))
        }
    };
    let mut lines = vec![(
        "Requests",
        format!(
            "{} completed ({}/s), {} failed, {} abandoned, {} in flight at end{attempts}",
            count(requests.completed),
            number(requests.throughput_per_s),
            count(requests.failed),
            count(requests.abandoned),
            count(requests.in_flight_at_end),
        ),
    )];
    if latency.count > 0 {
        let p95 = interval(result, MetricFamily::LatencyP95);
        lines.push((
            "Latency",
            format!(
                "median {}, p95 {}, p99 {}, maximum {}{}",
                seconds(latency.p50),
                seconds(latency.p95),
                seconds(latency.p99),
                seconds(latency.max),
                p95.map_or_else(String::new, |p95| format!("; over all replications p95 {p95}")),
            ),
        ));
    }
    if let Some(total) = result.cost.total_per_month {
        let prices = &result.scenario.prices;
        let kind = if prices.is_example { " (example prices)" } else { "" };
        let month = format!("{} in {}{kind}", bill::currency(prices, total), prices.month_length());
        let doubts = bill::doubts(result);
        let doubts =
            doubts.map_or_else(String::new, |period| format!(", extrapolated from {period}"));
        // The period has its own cost if it is an event, or if it does not represent a month.
        let is_event = prices.quantities.events_per_month.is_some() || !doubts.is_empty();
        let event = result.bill.event_total.filter(|_| is_event);
        let event = event.map_or_else(String::new, |amount| {
            format!("; the period itself adds {}", bill::money(prices, amount))
        });
        lines.push(("Cost", format!("{month}{doubts}{event}")));
    }
    lines.into_iter().map(|(label, text)| hanging(label, &text)).collect()
}

/// Formats mean and half-width over replications.
fn interval(result: &RunResult, family: MetricFamily) -> Option<String> {
    let metrics = &result.replicated.as_ref()?.metrics;
    let is_it = |one: &&MetricSummary| one.metric == family.into();
    let found = metrics.iter().find(is_it)?;
    let (mean, half) = (found.mean?, found.half_width?);
    Some(format!("{} +- {}", value(family.unit(), mean), value(family.unit(), half)))
}

fn busiest(result: &RunResult, rows: usize) -> Option<Section> {
    let stations = result.stations.iter().filter(|one| one.servers.is_some()).map(|one| {
        let name = Cell::text(format!("{} {}", one.role, short(&one.name).written()));
        (name, one.utilisation_mean_share, one.utilisation_peak_share)
    });
    let lines = result.lines.iter().flat_map(|line| {
        line.directions().map(move |(direction, link)| {
            let name = Cell::text(format!("{} ({direction})", lines::label(line)));
            (name, link.utilisation_mean_share, link.utilisation_peak_share)
        })
    });
    let mut components: Vec<(Cell, f64, f64)> = stations.chain(lines).collect();
    components.sort_by(|one, other| other.2.total_cmp(&one.2));
    let header = ["busiest components", "utilisation mean", "utilisation peak"];
    let mut table = Table::new(&header, 1);
    for (name, mean, peak) in components.into_iter().take(rows.min(3)) {
        table.row([name, Share(mean), Share(peak)]);
    }
    Section::table("", table, Vec::new())
}

/// Returns the disruptions with the most lost connections, in order of time.
fn disruptions(result: &RunResult, rows: usize) -> Option<Section> {
    let mut worst: Vec<&DisruptionResult> = result.disruptions.iter().collect();
    worst.sort_by_key(|one| {
        std::cmp::Reverse((one.connections_lost, one.failed_attempts_with_channels))
    });
    worst.truncate(rows);
    worst.sort_by(|one, other| one.start_s.total_cmp(&other.start_s));
    let failed = "failed, with channels";
    let header = ["start", "disruption", "connections lost", failed, "recovery time"];
    let mut table = Table::new(&header, 2);
    for one in worst {
        table.row([
            Cell::text(verdict::clock(&result.scenario, one.start_s)),
            short(&one.name),
            Count(one.connections_lost),
            Count(one.failed_attempts_with_channels),
            events::recovery(one),
        ]);
    }
    Section::table("", table, more(result.disruptions.len(), rows))
}

/// Lists the details that the screen omits.
fn rest(result: &RunResult) -> String {
    let named = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    };
    let advice = crate::report::advice::further(result).len();
    let found = [
        named(result.warnings.len(), "warning", "warnings"),
        named(advice, "recommendation", "recommendations"),
        named(result.scenario.plan.len(), "note on the plan", "notes on the plan"),
    ];
    let found: Vec<String> = found.into_iter().flatten().chain(["all tables".to_owned()]).collect();
    format!("More ({}): --details", found.join(", "))
}
