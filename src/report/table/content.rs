//! Deployments: how far they came, and where their content came from.

use super::{ROWS_MAX, Section, more, table};
use crate::report::format::{bytes, count, seconds, share};
use crate::results::{DeploymentResult, Milestone, RunResult, ScenarioInfo};

/// Deployments of one table: each has three rows.
const DEPLOYMENTS_MAX: usize = ROWS_MAX / 2;

pub(super) fn deployments(result: &RunResult) -> Option<Section> {
    let header = ["", "step", "clients", "of", "share", "50 % after", "95 % after", "99 % after"];
    let mut table = table(&header, 2);
    let mut notes = String::new();
    for one in result.deployments.iter().take(DEPLOYMENTS_MAX) {
        let steps =
            [("policy", &one.policy), ("content", &one.content), ("installed", &one.installed)];
        for (index, (step, milestone)) in steps.into_iter().enumerate() {
            let name = if index == 0 { one.name.clone() } else { String::new() };
            table.add_row(row(name, step, milestone, one.targets));
        }
        notes.push_str(&about(&result.scenario, one));
    }
    let unlisted = match result.deployments.len() {
        all if all > DEPLOYMENTS_MAX => {
            format!("  ({} more in deployments.csv)\n", all - DEPLOYMENTS_MAX)
        }
        _ => String::new(),
    };
    let notes =
        notes + &unlisted + "  (times from the deployment's start; -: not before the end)\n";
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn row(name: String, step: &str, milestone: &Milestone, targets: u64) -> Vec<String> {
    let after = |passed: Option<f64>| passed.map_or_else(|| "-".to_owned(), seconds);
    vec![
        name,
        step.to_owned(),
        count(milestone.reached),
        count(targets),
        share(reached(milestone, targets)),
        after(milestone.p50_seconds),
        after(milestone.p95_seconds),
        after(milestone.p99_seconds),
    ]
}

fn reached(milestone: &Milestone, targets: u64) -> f64 {
    if targets == 0 { 0.0 } else { milestone.reached as f64 / targets as f64 }
}

/// What kind of a deployment it is, and when.
fn about(scenario: &ScenarioInfo, one: &DeploymentResult) -> String {
    let at = |seconds: f64| scenario.civil(seconds).replace('T', " ");
    let deadline = one.deadline_seconds.map(|then| format!(", deadline {}", at(then)));
    let declined = (one.declined > 0)
        .then(|| format!("; users of {} clients did not want it", count(one.declined)));
    format!(
        "  {}: {}, {} for each client, from {}{}{}\n",
        one.name,
        one.purpose,
        bytes(one.size_bytes),
        at(one.start_seconds),
        deadline.unwrap_or_default(),
        declined.unwrap_or_default(),
    )
}

/// Bytes of content by where they came from.
pub(super) fn content(result: &RunResult) -> Option<Section> {
    let header =
        ["", "gateways' storage", "distribution points", "Microsoft Update", "peers", "in all"];
    let mut table = table(&header, 1);
    let amounts = |one: &DeploymentResult| {
        [
            one.bytes_from_storage,
            one.bytes_from_distribution_points,
            one.bytes_from_microsoft_update,
            one.bytes_from_peers,
        ]
    };
    let fetched: Vec<(&str, [u64; 4])> = result
        .deployments
        .iter()
        .map(|one| (one.name.as_str(), amounts(one)))
        .filter(|(_, amounts)| amounts.iter().any(|amount| *amount > 0))
        .collect();
    for (name, amounts) in fetched.iter().take(ROWS_MAX) {
        table.add_row(amounts_row(name, *amounts));
    }
    if fetched.len() > 1 {
        let sum = |source: usize| fetched.iter().map(|(_, amounts)| amounts[source]).sum();
        table.add_row(amounts_row("all", [sum(0), sum(1), sum(2), sum(3)]));
    }
    let notes = more(fetched.len(), "deployments.csv");
    (table.row_count() > 0).then_some(Section { table, notes })
}

fn amounts_row(name: &str, amounts: [u64; 4]) -> Vec<String> {
    let amount = |value: u64| if value == 0 { "-".to_owned() } else { bytes(value) };
    let mut row = vec![name.to_owned()];
    row.extend(amounts.map(amount));
    row.push(amount(amounts.iter().sum()));
    row
}
