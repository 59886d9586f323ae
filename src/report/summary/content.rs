//! Deployments: their progress and the sources of their content.

use super::{ROWS_MAX, more};
use crate::report::document::Cell::{Bytes, Count, Seconds, Share};
use crate::report::document::{Cell, Section, Table};
use crate::report::format::{bytes, count};
use crate::results::{DeploymentResult, Milestone, RunResult, ScenarioInfo};

/// Maximum number of deployments in a table; each has three rows.
const DEPLOYMENTS_MAX: usize = ROWS_MAX / 2;

pub(super) fn deployments(result: &RunResult) -> Option<Section> {
    let header = [
        "deployment",
        "step",
        "clients",
        "targets",
        "share",
        "median time",
        "p95 time",
        "p99 time",
    ];
    let mut table = Table::new(&header, 2);
    let mut notes = Vec::new();
    for one in result.deployments.iter().take(DEPLOYMENTS_MAX) {
        let steps =
            [("policy", &one.policy), ("content", &one.content), ("installed", &one.installed)];
        for (index, (step, milestone)) in steps.into_iter().enumerate() {
            let name = if index == 0 { one.name.as_str() } else { "" };
            table.row(row(name, step, milestone, one.targets));
        }
        notes.push(about(&result.scenario, one));
    }
    let unlisted = result.deployments.len().saturating_sub(DEPLOYMENTS_MAX);
    notes.extend((unlisted > 0).then(|| format!("({unlisted} more in deployments.csv)")));
    notes.push(
        "(times since the start of the deployment; -: not reached before the end)".to_owned(),
    );
    Section::table("Deployments", table, notes)
}

fn row(name: &str, step: &str, milestone: &Milestone, targets: u64) -> [Cell; 8] {
    let reached = if targets == 0 { 0.0 } else { milestone.reached as f64 / targets as f64 };
    [
        Cell::text(name),
        Cell::text(step),
        Count(milestone.reached),
        Count(targets),
        Share(reached),
        Cell::of(milestone.p50_s, Seconds),
        Cell::of(milestone.p95_s, Seconds),
        Cell::of(milestone.p99_s, Seconds),
    ]
}

/// Describes purpose, size, start and deadline of a deployment.
fn about(scenario: &ScenarioInfo, one: &DeploymentResult) -> String {
    let at = |seconds: f64| scenario.civil(seconds).replace('T', " ");
    let deadline = one.deadline_s.map(|then| format!(", deadline {}", at(then)));
    let declined = (one.declined > 0)
        .then(|| format!("; users of {} clients declined it", count(one.declined)));
    format!(
        "{}: {}, {} per client, from {}{}{}",
        one.name,
        one.purpose,
        bytes(one.size_bytes),
        at(one.start_s),
        deadline.unwrap_or_default(),
        declined.unwrap_or_default(),
    )
}

/// Returns the bytes of content by source.
pub(super) fn content(result: &RunResult) -> Option<Section> {
    let header = [
        "deployment",
        "gateway storage",
        "distribution points",
        "Microsoft Update",
        "peers",
        "total",
    ];
    let mut table = Table::new(&header, 1);
    let amounts = |one: &DeploymentResult| {
        [
            one.from_storage_bytes,
            one.from_distribution_points_bytes,
            one.from_microsoft_update_bytes,
            one.from_peers_bytes,
        ]
    };
    let fetched: Vec<(&str, [u64; 4])> = result
        .deployments
        .iter()
        .map(|one| (one.name.as_str(), amounts(one)))
        .filter(|(_, amounts)| amounts.iter().any(|amount| *amount > 0))
        .collect();
    let mut row = |name: &str, amounts: [u64; 4]| {
        let all = amounts.iter().sum();
        let cells = amounts.into_iter().chain([all]);
        let cells = cells.map(|bytes| Cell::of((bytes > 0).then_some(bytes), Bytes));
        table.row([Cell::text(name)].into_iter().chain(cells));
    };
    for (name, amounts) in fetched.iter().take(ROWS_MAX) {
        row(name, *amounts);
    }
    if fetched.len() > 1 {
        let sum = |source: usize| fetched.iter().map(|(_, amounts)| amounts[source]).sum();
        row("total", [sum(0), sum(1), sum(2), sum(3)]);
    }
    let notes = more(fetched.len(), "deployments.csv").into_iter().collect();
    Section::table("Content by source", table, notes)
}
