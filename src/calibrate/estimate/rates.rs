//! Rates per client: state messages, share of polls with new policy, interval of update scans.
//!
//! A log shows the requests of all clients, and the path of a message does not show its kind. The
//! measured numbers are therefore compared with the expected ones of the scenario
//! ([`super::expected`]), which has the measured presence.

use std::collections::BTreeMap;

use super::evidence::{Blocks, Evidence, Hour, message_kinds};
use super::expected::Expected;
use super::values::{LEVEL, Number, Values, of_clients};
use super::{Scans, few_blocks};
use crate::calibrate::fit::interval::{self, Block};
use crate::logs::Class;
use crate::model::config::{Cohort, Task};
use crate::terms::{RequestKind, Role};

const STATE_MESSAGE: &str = "client.state_message.rate";
const NEW_POLICY: &str = "client.new_policy_share";
const SCAN_INTERVAL: &str = "client.update_scan.interval";

/// Measures the rates.
pub(super) fn measure(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    expected: &Expected,
    scans: &Scans,
) {
    let blocks = evidence.blocks();
    if servers_are_complete(values, evidence, Role::ManagementPoint, &[STATE_MESSAGE, NEW_POLICY]) {
        state_messages(values, evidence, expected, &blocks);
        new_policy(values, evidence, expected, &blocks);
    }
    if servers_are_complete(values, evidence, Role::SoftwareUpdatePoint, &[SCAN_INTERVAL]) {
        update_scans(values, evidence, expected, (&blocks, scans));
    }
}

/// Returns whether the logs contain all servers of a role, so that the number of clients behind
/// them is that of the scenario.
fn servers_are_complete(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    role: Role,
    paths: &[&str],
) -> bool {
    let needed = values.base.config.of_role(role).count();
    let found = evidence.servers_of(role).count();
    if needed == 0 {
        return false;
    }
    let section = section(role);
    let (reason, remedy) = match found {
        0 => (
            format!("the logs contain no requests to a {}", role.name()),
            format!("read the logs of every {}", role.name()),
        ),
        _ if found != needed => (
            format!(
                "the logs are from {found} servers with the role {}, but the scenario has {needed}",
                role.name()
            ),
            format!("read the logs of all of them, or correct {section}.*.count in the scenario"),
        ),
        _ => return true,
    };
    paths.iter().for_each(|path| values.missing(path, &reason, &remedy));
    false
}

/// Returns the section of the scenario with the systems of a role.
pub(super) fn section(role: Role) -> &'static str {
    match role {
        Role::ManagementPoint => "management_point",
        Role::SoftwareUpdatePoint => "software_update_point",
    }
}

/// Returns a property of all cohorts if it is equal for all of them.
pub(super) fn common<'c, T: PartialEq>(
    values: &Values<'c>,
    property: impl Fn(&'c Cohort) -> Option<T>,
) -> Option<T> {
    let mut all = values.base.config.cohorts.iter().map(property);
    let first = all.next()??;
    all.all(|one| one.as_ref() == Some(&first)).then_some(first)
}

/// Measured and expected numbers of requests in blocks of hours.
struct Compared<'a> {
    blocks: &'a Blocks,
    expected: &'a Expected,
    rows: BTreeMap<i64, f64>,
}

impl Compared<'_> {
    fn expected(&self, block: &[Hour], kind: RequestKind) -> f64 {
        block.iter().map(|hour| self.expected.rows(kind, hour.of_week, hour.covered_s)).sum()
    }

    fn measured(&self, block: &[Hour]) -> f64 {
        block.iter().filter_map(|hour| self.rows.get(&hour.start_s)).sum()
    }

    /// Returns the interval of the ratio of measured requests, minus the expected ones of other
    /// kinds, to the expected ones of a kind.
    fn ratio(
        &self,
        kind: RequestKind,
        others: &[RequestKind],
    ) -> Result<interval::Interval, interval::NoInterval> {
        let block = |block: &[Hour]| {
            let others = others.iter().map(|kind| self.expected(block, *kind)).sum::<f64>();
            let sum = self.measured(block) - others;
            Block { sum, count: self.expected(block, kind) }
        };
        interval::mean(&self.blocks.iter().map(block).collect::<Vec<_>>(), LEVEL)
    }
}

fn state_messages(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    expected: &Expected,
    blocks: &Blocks,
) {
    let path = STATE_MESSAGE;
    let rate = common(values, |cohort| match cohort.tasks[RequestKind::StateMessage] {
        Task::Changes { interval, rate } => Some((interval, rate)),
        _ => None,
    });
    let Some((cycle, rate)) = rate.filter(|(_, rate)| *rate > 0.0) else {
        let reason = "the cohorts of the scenario have different rates, or send no state messages";
        return values.missing(path, reason, "set one rate in client.state_message");
    };
    let rows = evidence.rows_by_hour(Class::Messages);
    let compared = Compared { blocks, expected, rows };
    let others: Vec<RequestKind> =
        message_kinds().filter(|kind| *kind != RequestKind::StateMessage).collect();
    let ratio = match compared.ratio(RequestKind::StateMessage, &others) {
        Ok(ratio) => ratio,
        Err(error) => return values.missing(path, &error.to_string(), few_blocks(&error)),
    };
    // A cycle has a state message if it had a change: expected per cycle 1 - exp(-rate * cycle).
    let cycle_s = cycle.as_seconds();
    let sent = -libm::expm1(-rate * cycle_s);
    let max = 1.0 / sent;
    if ratio.low <= 0.0 || ratio.high >= max {
        let (what, other) = match ratio.low <= 0.0 {
            true => ("fewer", "smaller"),
            false => ("more", "larger"),
        };
        let reason = format!(
            "with any number of state messages, the logs contain {what} messages than the \
             scenario: the real number of clients or their presence is {other}"
        );
        let remedy = "correct cohort.*.clients and client.presence in the scenario";
        return values.missing(path, &reason, remedy);
    }
    let number = Number::of(&ratio).map(|ratio| -libm::log1p(-ratio * sent) / cycle_s);
    let rows = evidence.rows(Class::Messages);
    let method = format!(
        "messages in the logs minus the expected policy polls, heartbeats, inventories and other \
         messages of {} clients; interval from {} {}",
        values.base.config.clients(),
        ratio.blocks,
        blocks.unit()
    );
    values.number(path, number, rows, method);
}

fn new_policy(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    expected: &Expected,
    blocks: &Blocks,
) {
    let path = NEW_POLICY;
    if of_clients(&values.base.resolved, path).len() > 1 {
        let reason = "the cohorts of the scenario have different shares";
        return values.missing(path, reason, "set one share in client.new_policy_share");
    }
    let class = Class::Kind(RequestKind::PolicyBody);
    let rows = evidence.rows_by_hour(class);
    let compared = Compared { blocks, expected, rows };
    match compared.ratio(RequestKind::PolicyPoll, &[]) {
        Ok(ratio) if ratio.estimate <= 1.0 => {
            let method = format!(
                "policy bodies divided by the expected policy polls of {} clients; interval from \
                 {} {}",
                values.base.config.clients(),
                ratio.blocks,
                blocks.unit()
            );
            let number = Number::of(&ratio).within(1.0);
            values.number(path, number, evidence.rows(class), method);
        }
        Ok(ratio) => {
            let reason = format!(
                "the logs contain {:.1} policy bodies per expected policy poll, more than one",
                ratio.estimate
            );
            values.missing(path, &reason, "correct cohort.*.clients in the scenario");
        }
        Err(error) => values.missing(path, &error.to_string(), few_blocks(&error)),
    }
}

/// Returns the number of measured scans divided by the expected one; `None` if it cannot be
/// computed, or if the interval cannot be measured.
pub(super) fn scan_ratio(
    values: &Values<'_>,
    evidence: &Evidence<'_>,
    expected: &Expected,
    scans: &Scans,
) -> Option<f64> {
    scan_interval(values)?;
    let role = Role::SoftwareUpdatePoint;
    if evidence.servers_of(role).count() != values.base.config.of_role(role).count() {
        return None;
    }
    let rows = evidence.rows_by_hour(Class::Kind(RequestKind::UpdateScan));
    let compared = Compared { blocks: &evidence.blocks(), expected, rows };
    let ratio = compared.ratio(RequestKind::UpdateScan, &[]).ok()?.estimate / scans.rows_per_scan;
    (ratio > 0.0).then_some(ratio)
}

/// Returns the scan interval of all cohorts of the scenario in seconds, if it is equal.
fn scan_interval(values: &Values<'_>) -> Option<f64> {
    common(values, |cohort| match cohort.tasks[RequestKind::UpdateScan] {
        Task::Every { interval, .. } => Some(interval.as_seconds()),
        _ => None,
    })
}

fn update_scans(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    expected: &Expected,
    (blocks, scans): (&Blocks, &Scans),
) {
    let path = SCAN_INTERVAL;
    let Some(base_s) = scan_interval(values) else {
        let reason = "the cohorts of the scenario have different intervals, or do not scan";
        return values.missing(path, reason, "set one interval in client.update_scan");
    };
    let class = Class::Kind(RequestKind::UpdateScan);
    let rows = evidence.rows_by_hour(class);
    let compared = Compared { blocks, expected, rows };
    match compared.ratio(RequestKind::UpdateScan, &[]) {
        Ok(ratio) if ratio.low > 0.0 => {
            let (per_scan, interval_s) = (scans.rows_per_scan, base_s * scans.interval_factor);
            let number = Number::of(&ratio).map(|ratio| interval_s * per_scan / ratio);
            let method = format!(
                "scan interval in the simulation ({:.1} h) multiplied by expected scans and \
                 divided by measured scans of {} clients{}; confidence interval from {} {}",
                interval_s / 3600.0,
                values.base.config.clients(),
                scans.counted(),
                ratio.blocks,
                blocks.unit()
            );
            values.number(path, number, evidence.rows(class), method);
        }
        Ok(_) => {
            let reason = "the logs contain too few scans to measure an interval";
            values.missing(path, reason, "read logs of more days");
        }
        Err(error) => values.missing(path, &error.to_string(), few_blocks(&error)),
    }
}
