//! Open sources and disruptions.

use crate::base::ids::{ConnectionPointId, GatewayId, ManagementPointId};
use crate::base::{Id, PerSecond, SimDuration, SimTime};
use crate::engine::arrivals::RateProfile;
use crate::engine::{ArrivalProcess, Law};
use crate::model::RequestKind;
use crate::model::config::{
    Disruption, DisruptionKind, Entry, FreezeTarget, Message, Source, When,
};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::units;

use super::{Clock, Parts, at_section, clients, get, names, refer};

pub(super) fn sources(
    reader: &mut Reader<'_>,
    parts: &Parts,
    clock: Option<&Clock>,
) -> Vec<Source> {
    let names = names(reader, "source");
    names.iter().filter_map(|name| source(reader, name, parts, clock)).collect()
}

fn source(
    reader: &mut Reader<'_>,
    name: &str,
    parts: &Parts,
    clock: Option<&Clock>,
) -> Option<Source> {
    let base = ["source", name];
    let at = |rest: &[&'static str]| -> Vec<&str> {
        base.iter().copied().chain(rest.iter().copied()).collect()
    };
    let kind = get(reader, &at(&["kind"]), Reader::choice);
    let kind = kind.and_then(|name| RequestKind::ALL.into_iter().find(|kind| kind.name() == name));
    let entry = reader.required(&at(&["enters"]));
    let entry = entry.and_then(|found| enters(reader, &found, parts));
    let arrivals = arrivals(reader, name);
    let batch = get(reader, &at(&["batch"]), Reader::count);
    let first = reader.find(&at(&["first"])).map(|found| reader.duration(&found));
    let count = get(reader, &at(&["count"]), Reader::count_or);
    let request = get(reader, &at(&["message", "request"]), Reader::bytes);
    let response = get(reader, &at(&["message", "response"]), Reader::bytes);
    let timeout = get(reader, &at(&["timeout"]), Reader::law_or);
    let retry = clients::retry(reader, &at(&["retry"]));
    let first = match first {
        Some(first) => Some(SimTime::ZERO + first?),
        None => None,
    };
    Some(Source {
        name: name.to_owned(),
        kind: kind?,
        entry: entry?,
        arrivals: arrivals?,
        profile_phase: profile_phase(clock?),
        batch: batch? as u32,
        first,
        count: count?,
        message: Message { request: request?, response: response? },
        timeout: timeout?,
        retry: retry?,
    })
}

/// From local Monday 00:00 to the start of the simulation.
fn profile_phase(clock: &Clock) -> SimDuration {
    let start = clock.start.unix_seconds + i64::from(clock.start.utc_offset_seconds);
    let week = 7 * 86_400;
    let warm_up = (clock.warm_up.as_nanos() / 1_000_000_000) as i64;
    let seconds = (start + 3 * 86_400 - warm_up).rem_euclid(week);
    SimDuration::from_seconds(seconds as u64)
}

fn enters(reader: &mut Reader<'_>, found: &Found, parts: &Parts) -> Option<Entry> {
    let text = reader.text(found)?;
    let part = |name: &str| Found {
        node: Node { value: Value::Text(name.to_owned()), origin: found.node.origin.clone() },
        ..found.clone()
    };
    let named = |all: Vec<&str>, what: &str, name: &str, reader: &mut Reader<'_>| {
        refer(reader, &part(name), what, &all)
    };
    match text.split_once('.') {
        Some(("gateway", name)) => {
            let all = parts.gateways.iter().map(|one| one.name.as_str()).collect();
            named(all, "gateway", name, reader).map(GatewayId::from_index).map(Entry::Gateway)
        }
        Some(("connection_point", name)) => {
            let all = parts.connection_points.iter().map(|one| one.name.as_str()).collect();
            let point = named(all, "connection point", name, reader)?;
            Some(Entry::ConnectionPoint(ConnectionPointId::from_index(point)))
        }
        Some(("management_point", name)) => {
            let all = parts.management_points.iter().map(|one| one.name.as_str()).collect();
            let point = named(all, "management point", name, reader)?;
            Some(Entry::ManagementPoint(ManagementPointId::from_index(point)))
        }
        None if text == "management_points" => Some(Entry::EveryManagementPoint),
        _ => {
            let label = "expected gateway.NAME, connection_point.NAME, management_point.NAME or \
                management_points";
            reader.complain(code::BAD_CHOICE, found, "requests cannot enter here", label);
            None
        }
    }
}

/// Exactly one of rate, interarrival, profile and trace.
fn arrivals(reader: &mut Reader<'_>, name: &str) -> Option<ArrivalProcess> {
    const WAYS: [&str; 4] = ["rate", "interarrival", "profile", "trace"];
    let given: Vec<(&str, Found)> =
        WAYS.iter().filter_map(|way| Some((*way, reader.find(&["source", name, way])?))).collect();
    let law = reader.find(&["source", name, "law"]);
    if !matches!(given[..], [("rate", _)]) && law.as_ref().is_some_and(|law| !law.is_written()) {
        // It has no effect, so it is not written out.
        reader.resolved.pop();
    }
    let first = reader.find(&["source", name, "first"]);
    let [(way, found)] = &given[..] else {
        let message = format!("source `{name}` does not say when requests arrive");
        let help = "give exactly one of rate, interarrival, profile and trace";
        match given.get(1) {
            Some((_, second)) => reader.complain(
                code::INCONSISTENT,
                second,
                format!("source `{name}` says twice when requests arrive"),
                help,
            ),
            None => {
                let problem = Problem::error(code::MISSING, message).help(help);
                at_section(reader, &["source", name], problem, "this source");
            }
        }
        return None;
    };
    let idle = [
        law.as_ref().filter(|law| *way != "rate" && law.is_written()),
        first.as_ref().filter(|_| *way == "trace"),
    ];
    for idle in idle.into_iter().flatten() {
        let message = format!("`{}` has no meaning beside `{way}`", idle.path);
        reader.complain(code::INCONSISTENT, idle, message, "leave it out");
    }
    match *way {
        "rate" => {
            let is_poisson = reader.choice(&law?)? == "poisson";
            constant_rate(reader, found, is_poisson)
        }
        "interarrival" => {
            let law = reader.law(found)?;
            if law.mean() <= 0.0 {
                let message = "arrivals without time between them never end";
                reader.complain(code::OUT_OF_RANGE, found, message, "must be above zero");
                return None;
            }
            Some(ArrivalProcess::Renewal(law))
        }
        "profile" => profile(reader, found).map(ArrivalProcess::Profile),
        _ => {
            let mut seconds = reader.seconds_in_file(found)?;
            seconds.sort_by(f64::total_cmp);
            let time = |one: f64| SimTime::ZERO + SimDuration::from_seconds_f64(one);
            Some(ArrivalProcess::Trace(seconds.into_iter().map(time).collect()))
        }
    }
}

fn constant_rate(
    reader: &mut Reader<'_>,
    found: &Found,
    is_poisson: bool,
) -> Option<ArrivalProcess> {
    let rate = reader.rate(found)?.get();
    let mean = SimDuration::from_seconds_f64(1.0 / rate);
    let law = if is_poisson { Law::exponential(mean).ok() } else { Some(Law::constant(mean)) };
    match law.filter(|_| rate > 0.0 && !mean.is_zero()) {
        Some(law) => Some(ArrivalProcess::Renewal(law)),
        None => {
            let message = "arrivals need a rate from one in a century to one in a nanosecond";
            reader.complain(code::OUT_OF_RANGE, found, message, "out of that range");
            None
        }
    }
}

fn profile(reader: &mut Reader<'_>, found: &Found) -> Option<RateProfile> {
    let expected =
        "expected { period = \"24h\", points = [[\"0h\", \"100/h\"], [\"12h\", \"300/h\"]] }";
    let parsed = parse_profile(&found.node);
    if parsed.is_none() {
        reader.complain(code::BAD_LAW, found, "this profile cannot be read", expected);
        return None;
    }
    let (points, period) = parsed?;
    let profile = RateProfile::new(points, period);
    if profile.is_none() {
        let label = "offsets rise and stay below the period; one rate at least is above zero";
        reader.complain(code::BAD_LAW, found, "this profile is impossible", label);
    }
    profile
}

type Points = Vec<(SimDuration, PerSecond)>;

fn parse_profile(node: &Node) -> Option<(Points, SimDuration)> {
    let text = |node: &Node| match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    if node.entries().iter().any(|entry| !["period", "points"].contains(&entry.key.as_str())) {
        return None;
    }
    let period = units::duration(&text(node.get("period")?)?).ok()?;
    let Value::Array(items) = &node.get("points")?.value else { return None };
    let point = |item: &Node| match &item.value {
        Value::Array(pair) => match pair.as_slice() {
            [offset, rate] => {
                Some((units::duration(&text(offset)?).ok()?, units::rate(&text(rate)?).ok()?))
            }
            _ => None,
        },
        _ => None,
    };
    Some((items.iter().map(point).collect::<Option<_>>()?, period))
}

pub(super) fn disruptions(
    reader: &mut Reader<'_>,
    parts: &Parts,
    clock: Option<&Clock>,
) -> Vec<Disruption> {
    let names = names(reader, "disruption");
    names.iter().filter_map(|name| disruption(reader, name, parts, clock)).collect()
}

/// What each kind of disruption needs besides `kind`, `at`, `time_to_failure` and `down`.
const NEEDS: [(&str, &[&str]); 4] = [
    ("update-domain-walk", &["gateway", "pause"]),
    ("instance-crash", &["gateway", "instance"]),
    ("connection-point-outage", &["connection_point"]),
    ("freeze", &["gateway", "instance", "connection_point", "management_point", "servers"]),
];

fn disruption(
    reader: &mut Reader<'_>,
    name: &str,
    parts: &Parts,
    clock: Option<&Clock>,
) -> Option<Disruption> {
    let when = when(reader, name, clock);
    let kind = reader.required(&["disruption", name, "kind"]);
    let kind = kind.and_then(|found| reader.choice(&found))?;
    let (_, needs) = NEEDS.iter().find(|(own, _)| *own == kind)?;
    for entry in reader.tree().at(&["disruption", name]).map_or(&[][..], Node::entries) {
        let always = ["kind", "at", "time_to_failure", "down"];
        let key = entry.key.as_str();
        let is_known = reader.catalogue().settable(&["disruption", name, key]).is_some();
        if is_known && !always.contains(&key) && !needs.contains(&key) {
            let found = reader.find(&["disruption", name, key])?;
            let message = format!("`{key}` has no meaning for {kind}");
            let label = format!("possible: {}", needs.join(", "));
            reader.complain(code::INCONSISTENT, &found, message, label);
        }
    }
    let down = reader.find_or(&["disruption", name, "down"], Some(&format!("down.{kind}")));
    let down = down.and_then(|found| reader.law(&found));
    let kind = match kind.as_str() {
        "update-domain-walk" => {
            let gateway = gateway(reader, name, parts);
            let pause = get(reader, &["disruption", name, "pause"], Reader::duration);
            DisruptionKind::UpdateDomainWalk { gateway: gateway?, down: down?, pause: pause? }
        }
        "instance-crash" => {
            let gateway = gateway(reader, name, parts)?;
            let instance = instance(reader, name, parts, gateway)?;
            DisruptionKind::InstanceCrash { gateway, instance, down: down? }
        }
        "connection-point-outage" => {
            let connection_point = connection_point(reader, name, parts)?;
            DisruptionKind::ConnectionPointOutage { connection_point, down: down? }
        }
        _ => {
            let servers = reader.find(&["disruption", name, "servers"]);
            let servers = match servers {
                Some(found) => Some(reader.count(&found)? as u32),
                None => None,
            };
            DisruptionKind::Freeze { target: target(reader, name, parts)?, servers, down: down? }
        }
    };
    Some(Disruption { name: name.to_owned(), kind, when: when? })
}

fn when(reader: &mut Reader<'_>, name: &str, clock: Option<&Clock>) -> Option<When> {
    let at = reader.find(&["disruption", name, "at"]);
    let failure = reader.find(&["disruption", name, "time_to_failure"]);
    match (at, failure) {
        (Some(found), None) => point_in_time(reader, &found, clock?).map(When::At),
        (None, Some(found)) => {
            let law = reader.law(&found)?;
            if law.mean() < 1e-3 {
                let message = "this fails again and again without time in between";
                reader.complain(code::OUT_OF_RANGE, &found, message, "at least 1 ms on average");
                return None;
            }
            Some(When::Random { time_to_failure: law })
        }
        (Some(found), Some(_)) => {
            let message = format!("disruption `{name}` says twice when it happens");
            let label = "give `at` or `time_to_failure`, not both";
            reader.complain(code::INCONSISTENT, &found, message, label);
            None
        }
        (None, None) => {
            let message = format!("disruption `{name}` does not say when it happens");
            let problem = Problem::error(code::MISSING, message).help(
                "give at = \"2026-11-23T10:00\" (or \"2h\" after the start), or time_to_failure",
            );
            at_section(reader, &["disruption", name], problem, "this disruption");
            None
        }
    }
}

/// A civil time, or a duration after the measured start; within the simulated time.
fn point_in_time(reader: &mut Reader<'_>, found: &Found, clock: &Clock) -> Option<SimTime> {
    let text = reader.text(found)?;
    let end = clock.measured(clock.duration);
    let time = match units::duration(&text) {
        Ok(after) => Some(clock.measured(after)),
        Err(_) => {
            let Ok(civil) = units::civil_time(&text) else {
                let message = format!("`{}` cannot be read", found.path);
                let label = "expected a civil time such as \"2026-11-23T10:00\", or a duration \
                    after the start such as \"2h\"";
                reader.complain(code::BAD_UNIT, found, message, label);
                return None;
            };
            // By the clock as it is at the start: changes of the clock are not modelled.
            let passed = civil.duration_since(clock.civil).as_nanos();
            let nanos = passed + i128::from(clock.warm_up.as_nanos());
            u64::try_from(nanos).ok().map(SimTime::from_nanos)
        }
    };
    if time.is_none_or(|time| time > end) {
        let message = format!("`{}` is outside of the simulated time", found.path);
        let label = format!(
            "the measured period starts {} and lasts {}",
            clock.start.label, clock.duration
        );
        reader.complain(code::OUT_OF_RANGE, found, message, label);
        return None;
    }
    time
}

/// A part by the name given, or the only one.
fn part(reader: &mut Reader<'_>, disruption: &str, key: &str, names: &[&str]) -> Option<usize> {
    let what = key.replace('_', " ");
    if let Some(found) = reader.find(&["disruption", disruption, key]) {
        return refer(reader, &found, &what, names);
    }
    if names.len() == 1 {
        return Some(0);
    }
    if names.is_empty() && !reader.problems.is_empty() {
        // The only one is wrong in itself, which has been said.
        return None;
    }
    let message = format!("disruption `{disruption}` does not say which {what} it concerns");
    let problem = Problem::error(code::MISSING, message).help(format!("add {key} = \"NAME\""));
    at_section(reader, &["disruption", disruption], problem, "this disruption");
    None
}

fn gateway(reader: &mut Reader<'_>, name: &str, parts: &Parts) -> Option<GatewayId> {
    let names: Vec<&str> = parts.gateways.iter().map(|one| one.name.as_str()).collect();
    part(reader, name, "gateway", &names).map(GatewayId::from_index)
}

fn connection_point(
    reader: &mut Reader<'_>,
    name: &str,
    parts: &Parts,
) -> Option<ConnectionPointId> {
    let names: Vec<&str> = parts.connection_points.iter().map(|one| one.name.as_str()).collect();
    part(reader, name, "connection_point", &names).map(ConnectionPointId::from_index)
}

/// The instance given, if one is; it must exist.
fn instance(
    reader: &mut Reader<'_>,
    name: &str,
    parts: &Parts,
    gateway: GatewayId,
) -> Option<Option<u32>> {
    let Some(found) = reader.find(&["disruption", name, "instance"]) else { return Some(None) };
    let number = reader.count(&found)?;
    let gateway = parts.gateways.get(gateway.index())?;
    if number >= u64::from(gateway.instances) {
        let message = format!("gateway `{}` has no instance {number}", gateway.name);
        let label = format!("its instances are 0 to {}", gateway.instances - 1);
        reader.complain(code::UNKNOWN_PART, &found, message, label);
        return None;
    }
    Some(Some(number as u32))
}

/// Complains about a key of a disruption that would have no effect.
fn refuse(reader: &mut Reader<'_>, name: &str, key: &str, why: &str) {
    if let Some(found) = reader.find(&["disruption", name, key]) {
        let message = format!("`{}` has no meaning here", found.path);
        reader.complain(code::INCONSISTENT, &found, message, why);
    }
}

fn target(reader: &mut Reader<'_>, name: &str, parts: &Parts) -> Option<FreezeTarget> {
    let has = |key: &str| reader.tree().at(&["disruption", name, key]).is_some();
    match (has("gateway"), has("connection_point"), has("management_point")) {
        (true, false, false) => {
            let gateway = gateway(reader, name, parts)?;
            let instance = instance(reader, name, parts, gateway)?.unwrap_or(0);
            Some(FreezeTarget::Instance(gateway, instance))
        }
        (false, true, false) => {
            refuse(reader, name, "instance", "only instances of a gateway have numbers");
            connection_point(reader, name, parts).map(FreezeTarget::ConnectionPoint)
        }
        (false, false, true) => {
            refuse(reader, name, "instance", "only instances of a gateway have numbers");
            let names: Vec<&str> =
                parts.management_points.iter().map(|one| one.name.as_str()).collect();
            let point = part(reader, name, "management_point", &names)?;
            Some(FreezeTarget::ManagementPoint(ManagementPointId::from_index(point)))
        }
        _ => {
            let message = format!("disruption `{name}` does not say what stands still");
            let problem = Problem::error(code::MISSING, message)
                .help("give one of gateway (with instance), connection_point and management_point");
            at_section(reader, &["disruption", name], problem, "this disruption");
            None
        }
    }
}
