//! Reads client activity: schedules, message sizes, retries and the notification channel.

use crate::base::{Bytes, SimDuration};
use crate::catalogue::Catalogue;
use crate::engine::Distribution;
use crate::model::config::{Authentication, Channel, FasterCycle, Message, Retry, Task};
use crate::scenario::diagnose::code;
use crate::scenario::read::{Found, Reader};
use crate::scenario::units;
use crate::terms::{PerKind, RequestKind};

use super::get;
use super::identity::Identity;

/// Reads all tasks. `scans` states whether the site has a software update point, and `renewal` is
/// the token renewal task.
pub(super) fn tasks(
    reader: &mut Reader<'_>,
    cohort: &str,
    scans: bool,
    renewal: Option<&Task>,
) -> Option<PerKind<Task>> {
    let mut is_whole = true;
    let tasks = PerKind::from_fn(|kind| {
        let task = match kind {
            RequestKind::TokenRenewal => renewal.cloned(),
            RequestKind::UpdateScan if !scans => Some(Task::Off),
            _ if !RequestKind::SCHEDULED.contains(&kind) => Some(Task::Off),
            _ => task(reader, cohort, kind.name()),
        };
        is_whole &= task.is_some();
        task.unwrap_or(Task::Off)
    });
    is_whole.then_some(tasks)
}

fn task(reader: &mut Reader<'_>, cohort: &str, kind: &str) -> Option<Task> {
    let base = ["cohort", cohort, kind];
    let interval = reader.find(&[&base[..], &["interval"]].concat())?;
    if kind == RequestKind::StateMessage.name() {
        let rate = get(reader, &[&base[..], &["rate"]].concat(), Reader::rate);
        if reader.is_or(&interval) {
            return Some(Task::Off);
        }
        let interval = reader.duration(&interval);
        return Some(Task::Changes { interval: interval?, rate: rate?.get() });
    }
    if let Some(think) = reader.find(&[&base[..], &["think"]].concat()) {
        if !interval.is_written() {
            // A key without effect does not appear in the resolved scenario.
            let at = reader.resolved.len() - 2;
            reader.resolved.remove(at);
        }
        let spread = reader.find(&[&base[..], &["spread"]].concat());
        reader.resolved.pop();
        for other in std::iter::once(interval).chain(spread).filter(Found::is_written) {
            let message = format!("`{}` has no effect together with `think`", other.path);
            reader.complain(code::INCONSISTENT, &other, message, "set only one of them");
        }
        return reader.distribution(&think).map(Task::After);
    }
    let spread = reader.find(&[&base[..], &["spread"]].concat())?;
    if reader.is_or(&interval) {
        return Some(Task::Off);
    }
    let distribution = reader.distribution(&spread);
    let interval = reader.duration(&interval)?;
    let distribution = distribution?;
    if distribution.mean() > interval.as_seconds() {
        let message = format!("the mean of `{}` exceeds the interval", spread.path);
        reader.complain(
            code::INCONSISTENT,
            &spread,
            message,
            "the mean must not exceed the interval",
        );
        return None;
    }
    Some(Task::Every { interval, spread: distribution })
}

/// Client cycles whose default intervals the published client limits assume.
const PRESUMED: [RequestKind; 6] = [
    RequestKind::PolicyPoll,
    RequestKind::Heartbeat,
    RequestKind::HardwareInventory,
    RequestKind::SoftwareInventory,
    RequestKind::StateMessage,
    RequestKind::UpdateScan,
];

/// Returns the cycles with a shorter interval than the default of Configuration Manager.
pub(super) fn faster_cycles(catalogue: &Catalogue, tasks: &PerKind<Task>) -> Vec<FasterCycle> {
    let default_of = |kind: RequestKind| {
        let row = catalogue.exactly(&format!("client.{}.interval", kind.name()))?;
        units::duration(row.value.as_ref()?.as_str()?).ok()
    };
    let faster = |kind: RequestKind| {
        let interval = match &tasks[kind] {
            Task::Every { interval, .. } | Task::Changes { interval, .. } => *interval,
            Task::After(think) => SimDuration::from_seconds_f64(think.mean()),
            Task::Off | Task::Expiry(_) | Task::AtStart { .. } => return None,
        };
        let default = default_of(kind)?;
        let is_faster = interval < default && interval > SimDuration::ZERO;
        is_faster.then_some(FasterCycle { kind, interval, default })
    };
    PRESUMED.into_iter().filter_map(faster).collect()
}

pub(super) fn message(reader: &mut Reader<'_>, cohort: &str, kind: &str) -> Option<Message> {
    let mut side = |side| get(reader, &["cohort", cohort, "message", kind, side], Reader::bytes);
    let (request, response) = (side("request"), side("response"));
    Some(Message { request: request?, response: response? })
}

/// Reads message sizes by kind; they are zero, and absent from the resolved scenario, for kinds
/// that never occur.
pub(super) fn messages(
    reader: &mut Reader<'_>,
    cohort: &str,
    scans: bool,
    identity: Option<&Identity>,
) -> Option<PerKind<Message>> {
    let renews = identity.is_none_or(|one| one.authentication != Authentication::Certificate);
    let mut is_whole = true;
    let messages = PerKind::from_fn(|kind| {
        let happens = match kind {
            RequestKind::UpdateScan => scans,
            RequestKind::TokenRenewal => renews,
            _ => true,
        };
        let nothing = Message { request: Bytes::ZERO, response: Bytes::ZERO };
        let message = if happens { message(reader, cohort, kind.name()) } else { Some(nothing) };
        is_whole &= message.is_some();
        message.unwrap_or(nothing)
    });
    is_whole.then_some(messages)
}

pub(super) fn channel(reader: &mut Reader<'_>, cohort: &str) -> Option<Option<Channel>> {
    let base = ["cohort", cohort, "channel"];
    let enabled = get(reader, &[&base[..], &["enabled"]].concat(), Reader::boolean);
    let keep_alive = get(reader, &[&base[..], &["keep_alive"]].concat(), Reader::distribution);
    let reconnect = retry_delays(reader, &[&base[..], &["reconnect"]].concat(), u32::MAX);
    let channel = Channel { keep_alive: keep_alive?, reconnect: reconnect? };
    Some(enabled?.then_some(channel))
}

/// Reads a retry section: attempts and delays.
pub(super) fn retry(reader: &mut Reader<'_>, path: &[&str]) -> Option<Retry> {
    let attempts = get(reader, &[path, &["attempts"]].concat(), Reader::count_or);
    let delays = retry_delays(reader, path, 1);
    let attempts = attempts?.map_or(u32::MAX, |attempts| attempts as u32);
    Some(Retry { attempts, ..delays? })
}

fn retry_delays(reader: &mut Reader<'_>, path: &[&str], attempts: u32) -> Option<Retry> {
    let first: Option<Distribution> =
        get(reader, &[path, &["first"]].concat(), Reader::distribution);
    let factor = get(reader, &[path, &["factor"]].concat(), Reader::number);
    let cap: Option<SimDuration> = get(reader, &[path, &["cap"]].concat(), Reader::duration);
    let jitter = get(reader, &[path, &["jitter"]].concat(), Reader::share);
    Some(Retry { attempts, first: first?, factor: factor?, cap: cap?, jitter: jitter?.get() })
}
