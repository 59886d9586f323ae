//! Cohorts: how many clients, when and where they are, what they ask for.

use jiff::tz::TimeZone;

use crate::base::SimDuration;
use crate::catalogue::Catalogue;
use crate::engine::Law;
use crate::model::config::{Channel, Cohort, Message, Presence, Retry, Task};
use crate::model::{PerKind, RequestKind};
use crate::scenario::diagnose::{code, nearest};
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Origin, Value};

use super::{get, names};

pub(super) fn cohorts(
    reader: &mut Reader<'_>,
    zone: Option<&TimeZone>,
    unix_seconds: i64,
) -> Vec<Cohort> {
    let names = names(reader, "cohort");
    names.iter().filter_map(|name| cohort(reader, name, zone, unix_seconds)).collect()
}

fn cohort(
    reader: &mut Reader<'_>,
    name: &str,
    zone: Option<&TimeZone>,
    unix_seconds: i64,
) -> Option<Cohort> {
    let base = ["cohort", name];
    let at = |rest: &[&'static str]| -> Vec<&str> {
        base.iter().copied().chain(rest.iter().copied()).collect()
    };
    let clients = reader.required(&at(&["clients"]));
    let clients = clients.and_then(|found| reader.count(&found));
    let zone = cohort_zone(reader, &at(&["time_zone"]), zone);
    let presence = presence(reader, &at(&["presence"]));
    let internet_share = locations(reader, name);
    let moves = get(reader, &at(&["moves"]), Reader::rate);
    let uplink = get(reader, &at(&["uplink"]), Reader::bandwidth);
    let downlink = get(reader, &at(&["downlink"]), Reader::bandwidth);
    let start_delay = get(reader, &at(&["start_delay"]), Reader::law);
    let tasks = tasks(reader, name);
    let new_policy = get(reader, &at(&["new_policy_share"]), Reader::share);
    let messages = messages(reader, name);
    let handshake = message(reader, name, "handshake");
    let channel = channel(reader, name);
    let timeout = get(reader, &at(&["timeout"]), Reader::law);
    let retry = retry(reader, &at(&["retry"]));
    let failures = get(reader, &at(&["failures_to_switch"]), Reader::count);
    let window = get(reader, &at(&["failure_window"]), Reader::duration);
    let offset = zone.map(|zone| {
        let instant = jiff::Timestamp::from_second(unix_seconds).unwrap_or_default();
        zone.to_offset(instant).seconds()
    });
    Some(Cohort {
        name: name.to_owned(),
        clients: clients? as u32,
        presence: presence?,
        utc_offset_seconds: offset?,
        internet_share: internet_share?,
        moves_per_hour: moves?.get() * 3600.0,
        uplink: uplink?,
        downlink: downlink?,
        start_delay: start_delay?,
        tasks: tasks?,
        new_policy_share: new_policy?.get(),
        messages: messages?,
        handshake: handshake?,
        channel: channel?,
        timeout: timeout?,
        retry: retry?,
        failures_to_switch: failures? as u32,
        failure_window: window?,
    })
}

fn cohort_zone(
    reader: &mut Reader<'_>,
    path: &[&str],
    scenario: Option<&TimeZone>,
) -> Option<TimeZone> {
    let found = reader.find(path)?;
    if found.is_written() {
        return reader.zone(&found);
    }
    // The scenario's zone; it is written out in its own place.
    reader.resolved.pop();
    scenario.cloned()
}

/// The share on the internet; the shares of all locations sum to one.
fn locations(reader: &mut Reader<'_>, name: &str) -> Option<f64> {
    let places = ["internet", "intranet"];
    let written = places.map(|place| {
        let own = reader.tree().at(&["cohort", name, "locations", place]);
        own.or_else(|| reader.tree().at(&["client", "locations", place])).is_some()
    });
    let found: Vec<Found> = places
        .iter()
        .filter_map(|place| reader.find(&["cohort", name, "locations", place]))
        .collect();
    let shares: Vec<f64> =
        found.iter().filter_map(|found| reader.share(found)).map(|share| share.get()).collect();
    let (&[internet, intranet], [of_internet, of_intranet]) = (&shares[..], &found[..]) else {
        return None;
    };
    // Who writes one share means that the rest is elsewhere.
    let (internet, intranet) = match written {
        [true, false] => (internet, 1.0 - internet),
        [false, true] => (1.0 - intranet, intranet),
        _ => (internet, intranet),
    };
    // Rounded by far less than the tolerance of the sum below.
    let percent = |share: f64| format!("\"{}%\"", (share * 1e12).round() / 1e10);
    for (back, share) in [(1, intranet), (2, internet)] {
        let at = reader.resolved.len().checked_sub(back);
        if let Some(resolved) = at.and_then(|at| reader.resolved.get_mut(at)) {
            resolved.value = percent(share);
        }
    }
    let sum = internet + intranet;
    if (sum - 1.0).abs() > 1e-9 {
        let message = format!("the locations of cohort `{name}` sum to {}", percent(sum));
        let at = if of_internet.is_written() { of_internet } else { of_intranet };
        reader.complain(code::INCONSISTENT, at, message, "the shares must sum to 100%");
        return None;
    }
    Some(internet)
}

fn presence(reader: &mut Reader<'_>, path: &[&str]) -> Option<Presence> {
    let found = reader.find(path)?;
    let kind = match &found.node.value {
        Value::Text(kind) => kind.clone(),
        Value::Table(_) => match found.node.get("kind") {
            Some(node) => {
                let at = Found { node: node.clone(), ..found.clone() };
                reader.text(&at)?
            }
            None => {
                let label = "expected { kind = \"office-hours\", ... }";
                reader.complain(code::MISSING, &found, "`presence` has no `kind`", label);
                return None;
            }
        },
        _ => {
            let message = format!("`{}` is {}", found.path, found.node.kind());
            let label = "expected \"office-hours\" or a table with `kind`";
            reader.complain(code::WRONG_KIND, &found, message, label);
            return None;
        }
    };
    let Some((_, allowed)) = PATTERNS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<&str> = PATTERNS.iter().map(|(name, _)| *name).collect();
        let label = match nearest(&kind, names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("possible: {}", names.join(", ")),
        };
        let message = format!("there is no presence pattern \"{kind}\"");
        reader.complain(code::BAD_CHOICE, &found, message, label);
        return None;
    };
    check_pattern_keys(reader, &found, &kind, allowed);
    write_out(reader, &found, &kind, allowed);
    pattern(reader, &found, &kind)
}

/// Presence patterns with their parameters.
pub const PATTERNS: [(&str, &[&str]); 5] = [
    ("always-on", &[]),
    (
        "office-hours",
        &["start", "start_sd", "length", "length_sd", "absent_share", "weekend_share"],
    ),
    ("shift", &["spread"]),
    ("sporadic", &["on", "off"]),
    ("hourly", &["hours"]),
];

fn check_pattern_keys(reader: &mut Reader<'_>, found: &Found, kind: &str, allowed: &[&str]) {
    for entry in found.node.entries() {
        if entry.key != "kind" && !allowed.contains(&entry.key.as_str()) {
            let label = match nearest(&entry.key, allowed.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("possible: {}", allowed.join(", ")),
            };
            let node = Node { origin: entry.origin.clone(), ..entry.node.clone() };
            let message = format!("presence \"{kind}\" has no parameter `{}`", entry.key);
            reader.complain(code::UNKNOWN_KEY, &Found { node, ..found.clone() }, message, label);
        }
    }
}

/// A parameter of a pattern: as written, or its default.
fn pattern_part(found: &Found, name: &str) -> Option<Found> {
    let parameter = Catalogue::builtin().exactly(&format!("presence.{name}"))?;
    let default = || parameter.value.as_ref().map(Node::from_default);
    let node = found.node.get(name).cloned().or_else(default)?;
    Some(Found { node, parameter, path: format!("{}.{name}", found.path) })
}

/// The resolved scenario shows the parameters of a pattern, not only its name.
fn write_out(reader: &mut Reader<'_>, found: &Found, kind: &str, allowed: &[&str]) {
    let mut parts = vec![format!("kind = \"{kind}\"")];
    for name in allowed {
        let written = || found.node.get(name).map(Node::to_toml);
        let value = pattern_part(found, name).map(|part| part.node.to_toml()).or_else(written);
        parts.extend(value.map(|value| format!("{name} = {value}")));
    }
    if let Some(resolved) = reader.resolved.last_mut() {
        resolved.value = format!("{{ {} }}", parts.join(", "));
    }
}

fn pattern(reader: &mut Reader<'_>, found: &Found, kind: &str) -> Option<Presence> {
    let part = |name: &str| pattern_part(found, name);
    match kind {
        "always-on" => Some(Presence::AlwaysOn),
        "office-hours" => {
            let start = part("start").and_then(|found| reader.time_of_day(&found));
            let mut time = |name| part(name).and_then(|found| reader.duration(&found));
            let (start_sd, length, length_sd) =
                (time("start_sd"), time("length"), time("length_sd"));
            let absent = part("absent_share").and_then(|found| reader.share(&found));
            let weekend = part("weekend_share").and_then(|found| reader.share(&found));
            Some(Presence::OfficeHours {
                start: start?,
                start_sd: start_sd?,
                length: length?,
                length_sd: length_sd?,
                absent_share: absent?.get(),
                weekend_share: weekend?.get(),
            })
        }
        "shift" => {
            let spread = part("spread").and_then(|found| reader.duration(&found))?;
            Some(Presence::Shift { spread })
        }
        "sporadic" => {
            let on = part("on").and_then(|found| reader.law(&found));
            let off = part("off").and_then(|found| reader.law(&found));
            Some(Presence::Sporadic { on: on?, off: off? })
        }
        _ => hourly(reader, found),
    }
}

/// 24 or 168 shares.
fn hourly(reader: &mut Reader<'_>, found: &Found) -> Option<Presence> {
    let hours = found.node.get("hours").cloned().unwrap_or_else(Node::empty);
    let is_written = hours.origin != Origin::Default;
    let at = Found { node: hours.clone(), ..found.clone() };
    let items = match &hours.value {
        Value::Array(items) if matches!(items.len(), 24 | 168) => items,
        _ => {
            let at = if is_written { &at } else { found };
            let label = "expected hours = [ 24 shares of a day, or 168 of a week from Monday ]";
            reader.complain(code::MISSING, at, "presence \"hourly\" needs its hours", label);
            return None;
        }
    };
    let shares: Option<Vec<f64>> = items
        .iter()
        .map(|node| {
            let at = Found { node: node.clone(), ..found.clone() };
            reader.share(&at).map(|share| share.get())
        })
        .collect();
    let shares = shares?;
    Some(Presence::Hourly(Box::new(std::array::from_fn(|hour| shares[hour % shares.len()]))))
}

fn tasks(reader: &mut Reader<'_>, cohort: &str) -> Option<PerKind<Task>> {
    let mut is_whole = true;
    let tasks = PerKind::from_fn(|kind| {
        if !RequestKind::SCHEDULED.contains(&kind) {
            return Task::Off;
        }
        let task = task(reader, cohort, kind.name());
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
            // It has no effect, so it is not written out.
            let at = reader.resolved.len() - 2;
            reader.resolved.remove(at);
        }
        let spread = reader.find(&[&base[..], &["spread"]].concat());
        reader.resolved.pop();
        for other in std::iter::once(interval).chain(spread).filter(Found::is_written) {
            let message = format!("`{}` has no meaning beside `think`", other.path);
            reader.complain(code::INCONSISTENT, &other, message, "give one of them, not both");
        }
        return reader.law(&think).map(Task::After);
    }
    let spread = reader.find(&[&base[..], &["spread"]].concat())?;
    if reader.is_or(&interval) {
        return Some(Task::Off);
    }
    let law = reader.law(&spread);
    let interval = reader.duration(&interval)?;
    let law = law?;
    if law.mean() > interval.as_seconds() {
        let message = format!("`{}` is longer than the interval on average", spread.path);
        reader.complain(code::INCONSISTENT, &spread, message, "must be shorter than the interval");
        return None;
    }
    Some(Task::Every { interval, spread: law })
}

fn message(reader: &mut Reader<'_>, cohort: &str, kind: &str) -> Option<Message> {
    let mut side = |side| get(reader, &["cohort", cohort, "message", kind, side], Reader::bytes);
    let (request, response) = (side("request"), side("response"));
    Some(Message { request: request?, response: response? })
}

fn messages(reader: &mut Reader<'_>, cohort: &str) -> Option<PerKind<Message>> {
    let all: Vec<Option<Message>> =
        RequestKind::ALL.iter().map(|kind| message(reader, cohort, kind.name())).collect();
    let all: Vec<Message> = all.into_iter().collect::<Option<_>>()?;
    Some(PerKind::from_fn(|kind| all[kind as usize]))
}

fn channel(reader: &mut Reader<'_>, cohort: &str) -> Option<Option<Channel>> {
    let base = ["cohort", cohort, "channel"];
    let enabled = get(reader, &[&base[..], &["enabled"]].concat(), Reader::boolean);
    let keep_alive = get(reader, &[&base[..], &["keep_alive"]].concat(), Reader::law);
    let reconnect = retry_delays(reader, &[&base[..], &["reconnect"]].concat(), u32::MAX);
    let channel = Channel { keep_alive: keep_alive?, reconnect: reconnect? };
    Some(enabled?.then_some(channel))
}

/// A retry section: attempts and delays.
pub(super) fn retry(reader: &mut Reader<'_>, path: &[&str]) -> Option<Retry> {
    let attempts = get(reader, &[path, &["attempts"]].concat(), Reader::count_or);
    let delays = retry_delays(reader, path, 1);
    let attempts = attempts?.map_or(u32::MAX, |attempts| attempts as u32);
    Some(Retry { attempts, ..delays? })
}

fn retry_delays(reader: &mut Reader<'_>, path: &[&str], attempts: u32) -> Option<Retry> {
    let first: Option<Law> = get(reader, &[path, &["first"]].concat(), Reader::law);
    let factor = get(reader, &[path, &["factor"]].concat(), Reader::number);
    let cap: Option<SimDuration> = get(reader, &[path, &["cap"]].concat(), Reader::duration);
    let jitter = get(reader, &[path, &["jitter"]].concat(), Reader::share);
    Some(Retry { attempts, first: first?, factor: factor?, cap: cap?, jitter: jitter?.get() })
}
