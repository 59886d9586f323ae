//! Reads request sources that do not depend on clients.

use crate::base::ids::{ConnectionPointId, GatewayId};
use crate::base::{Id, PerSecond, SimDuration, SimTime};
use crate::engine::arrivals::{Phase, RateProfile};
use crate::engine::{ArrivalProcess, Distribution};
use crate::model::config::{Entry, Message, Source};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};
use crate::scenario::units;
use crate::terms::{RequestKind, Role, StationKind};

use super::clock::{Clock, week_offset};
use super::{Components, at_section, get, names, refer, tasks};

pub(super) fn sources(
    reader: &mut Reader<'_>,
    components: &Components,
    clock: Option<&Clock>,
) -> Vec<Source> {
    let names = names(reader, "source");
    names.iter().filter_map(|name| source(reader, name, components, clock)).collect()
}

fn source(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    clock: Option<&Clock>,
) -> Option<Source> {
    let base = ["source", name];
    let at = |rest: &[&'static str]| -> Vec<&str> {
        base.iter().copied().chain(rest.iter().copied()).collect()
    };
    let kind = get(reader, &at(&["kind"]), Reader::choice);
    let kind = kind.and_then(|name| RequestKind::ALL.into_iter().find(|kind| kind.name() == name));
    let enters_found = reader.required(&at(&["enters"]));
    let entry = enters_found.as_ref().and_then(|found| enters(reader, found, components));
    if let (Some(kind), Some(entry), Some(found)) = (kind, entry, &enters_found) {
        check_entry(reader, found, kind, entry, components);
    }
    let arrivals = arrivals(reader, name);
    let batch = get(reader, &at(&["batch"]), Reader::count);
    let first = reader.find(&at(&["first"])).map(|found| reader.duration(&found));
    let count = get(reader, &at(&["count"]), Reader::count_or);
    let request = get(reader, &at(&["message", "request"]), Reader::bytes);
    let response = get(reader, &at(&["message", "response"]), Reader::bytes);
    let timeout = get(reader, &at(&["timeout"]), Reader::distribution_or);
    let retry = tasks::retry(reader, &at(&["retry"]));
    let first = match first {
        Some(first) => Some(SimTime::ZERO + first?),
        None => None,
    };
    Some(Source {
        name: name.to_owned(),
        kind: kind?,
        entry: entry?,
        profile_phases: profile_phases(clock?, arrivals.as_ref()),
        arrivals: arrivals?,
        batch: batch? as u32,
        first,
        count: count?,
        message: Message { request: request?, response: response? },
        timeout: timeout?,
        retry: retry?,
    })
}

/// Returns the time from local Monday 00:00 to the start of the simulation, for each UTC offset
/// during the run.
fn profile_phases(clock: &Clock, arrivals: Option<&ArrivalProcess>) -> Box<[Phase]> {
    let Some(ArrivalProcess::Profile(profile)) = arrivals else { return Box::default() };
    let warm_up = (clock.warm_up.as_nanos() / 1_000_000_000) as i64;
    let utc = week_offset(clock.start.unix_seconds - warm_up);
    let (offsets, period) = (clock.offsets(&clock.zone), profile.period().as_nanos());
    let at_start = (utc.as_nanos() as i64 + offsets.at(0)).rem_euclid(7 * 86_400_000_000_000);
    let phase = |instant: i64| {
        let shift = offsets.at(instant) - offsets.at(0);
        // Only the position within the period matters.
        let phase = (i128::from(at_start) + i128::from(shift)).rem_euclid(i128::from(period));
        SimDuration::from_nanos(phase as u64)
    };
    let first = (SimTime::ZERO, phase(0));
    let later = offsets.changes().iter().filter_map(|change| {
        let at = u64::try_from(change.at).ok().filter(|at| *at > 0)?;
        Some((SimTime::from_nanos(at), phase(change.at)))
    });
    [first].into_iter().chain(later).collect()
}

fn enters(reader: &mut Reader<'_>, found: &Found, components: &Components) -> Option<Entry> {
    let text = reader.text(found)?;
    let component = |name: &str| Found {
        node: Node::new(Value::Text(name.to_owned()), found.node.origin.clone()),
        ..found.clone()
    };
    let named = |all: Vec<&str>, what: &str, name: &str, reader: &mut Reader<'_>| {
        refer(reader, &component(name), what, &all)
    };
    match text.split_once('.') {
        Some(("gateway", name)) => {
            let all = components.gateways.all.iter().map(|one| one.name.as_str()).collect();
            named(all, "gateway", name, reader).map(GatewayId::from_index).map(Entry::Gateway)
        }
        Some(("connection_point", name)) => {
            let all = components.connection_points.iter().map(|one| one.name.as_str()).collect();
            let point = named(all, StationKind::ConnectionPoint.label(), name, reader)?;
            Some(Entry::ConnectionPoint(ConnectionPointId::from_index(point)))
        }
        Some(("management_point", name)) => {
            let all = components.systems(Role::ManagementPoint);
            let place = named(all, Role::ManagementPoint.label(), name, reader)?;
            Some(Entry::SiteSystem(components.system_id(Role::ManagementPoint, place)))
        }
        Some(("software_update_point", name)) => {
            let all = components.systems(Role::SoftwareUpdatePoint);
            let place = named(all, Role::SoftwareUpdatePoint.label(), name, reader)?;
            Some(Entry::SiteSystem(components.system_id(Role::SoftwareUpdatePoint, place)))
        }
        None if text == "management_points" => Some(Entry::EveryManagementPoint),
        _ => {
            let label = "expected gateway.NAME, connection_point.NAME, management_point.NAME, \
                software_update_point.NAME or management_points";
            reader.complain(
                code::BAD_CHOICE,
                found,
                "requests cannot enter at this component",
                label,
            );
            None
        }
    }
}

/// Checks that the component accepts this kind of request.
fn check_entry(
    reader: &mut Reader<'_>,
    found: &Found,
    kind: RequestKind,
    entry: Entry,
    components: &Components,
) {
    let gateway = match entry {
        Entry::Gateway(id) => components.gateways.all.get(id.index()),
        _ => None,
    };
    let sites: Vec<_> = match entry {
        Entry::Gateway(id) => {
            let points = components.connection_points.iter().filter(|point| point.gateway == id);
            points.map(|point| point.site).collect()
        }
        Entry::ConnectionPoint(id) => components
            .connection_points
            .get(id.index())
            .map(|point| point.site)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    let answers = |site| {
        let mut systems = components.site_systems.iter();
        systems.any(|one| {
            one.role == Role::SoftwareUpdatePoint && one.site == site && one.serves.gateway()
        })
    };
    let system = match entry {
        Entry::SiteSystem(id) => components.site_systems.get(id.index()).map(|one| one.role),
        Entry::EveryManagementPoint => Some(Role::ManagementPoint),
        _ => None,
    };
    let is_of_content =
        matches!(kind, RequestKind::ContentAuthorisation | RequestKind::ContentDownload);
    let why = match (kind, system) {
        (RequestKind::UpdateScan, Some(Role::ManagementPoint)) => {
            "only a software update point accepts them: write software_update_point.NAME"
        }
        (RequestKind::UpdateScan, None) if !sites.iter().all(|site| answers(*site)) => {
            "its site has no software update point that accepts requests from gateways"
        }
        (_, Some(Role::SoftwareUpdatePoint)) if kind != RequestKind::UpdateScan => {
            "a software update point only accepts update_scan"
        }
        _ if is_of_content && gateway.is_none_or(|gateway| gateway.storage.is_none()) => {
            "only a gateway with content = true accepts them"
        }
        _ => return,
    };
    let message = format!("requests of kind {} cannot enter at this component", kind.name());
    reader.complain(code::INCONSISTENT, found, message, why);
}

/// Reads the arrivals: exactly one of rate, interarrival, profile and trace.
fn arrivals(reader: &mut Reader<'_>, name: &str) -> Option<ArrivalProcess> {
    const ARRIVAL_KEYS: [&str; 4] = ["rate", "interarrival", "profile", "trace"];
    let given: Vec<(&str, Found)> = ARRIVAL_KEYS
        .iter()
        .filter_map(|key| Some((*key, reader.find(&["source", name, key])?)))
        .collect();
    let distribution = reader.find(&["source", name, "arrival_process"]);
    if !matches!(given[..], [("rate", _)])
        && distribution.as_ref().is_some_and(|distribution| !distribution.is_written())
    {
        // A key without effect does not appear in the resolved scenario.
        reader.resolved.pop();
    }
    let first = reader.find(&["source", name, "first"]);
    let [(key, found)] = &given[..] else {
        let message = format!("source `{name}` does not define when requests arrive");
        let help = "set exactly one of rate, interarrival, profile and trace";
        match given.get(1) {
            Some((other, second)) => reader.complain(
                code::INCONSISTENT,
                second,
                format!("source `{name}` sets both `{}` and `{other}`", given[0].0),
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
        distribution.as_ref().filter(|distribution| *key != "rate" && distribution.is_written()),
        first.as_ref().filter(|_| *key == "trace"),
    ];
    for idle in idle.into_iter().flatten() {
        let message = format!("`{}` has no effect together with `{key}`", idle.path);
        reader.complain(code::INCONSISTENT, idle, message, "remove this key");
    }
    match *key {
        "rate" => {
            let is_poisson = reader.choice(&distribution?)? == "poisson";
            constant_rate(reader, found, is_poisson)
        }
        "interarrival" => {
            let distribution = reader.distribution(found)?;
            if distribution.mean() <= 0.0 {
                let message = "the mean time between arrivals is zero";
                reader.complain(code::OUT_OF_RANGE, found, message, "must be above zero");
                return None;
            }
            Some(ArrivalProcess::Renewal(distribution))
        }
        "profile" => profile(reader, found).map(ArrivalProcess::Profile),
        _ => reader.recorded_times(found).map(ArrivalProcess::Trace),
    }
}

fn constant_rate(
    reader: &mut Reader<'_>,
    found: &Found,
    is_poisson: bool,
) -> Option<ArrivalProcess> {
    let rate = reader.rate(found)?.get();
    let mean = SimDuration::from_seconds_f64(1.0 / rate);
    let distribution = if is_poisson {
        Distribution::exponential(mean).ok()
    } else {
        Some(Distribution::constant(mean))
    };
    match distribution.filter(|_| rate > 0.0 && !mean.is_zero()) {
        Some(distribution) => Some(ArrivalProcess::Renewal(distribution)),
        None => {
            let message = "the arrival rate is out of range";
            reader.complain(
                code::OUT_OF_RANGE,
                found,
                message,
                "must be from one per century to one per nanosecond",
            );
            None
        }
    }
}

fn profile(reader: &mut Reader<'_>, found: &Found) -> Option<RateProfile> {
    let expected =
        "expected { period = \"24h\", points = [[\"0h\", \"100/h\"], [\"12h\", \"300/h\"]] }";
    let parsed = parse_profile(&found.node);
    if parsed.is_none() {
        reader.complain(code::BAD_DISTRIBUTION, found, "invalid arrival profile", expected);
        return None;
    }
    let (points, period) = parsed?;
    let profile = RateProfile::new(points, period);
    if profile.is_none() {
        let label =
            "offsets must increase and be below the period; at least one rate must be above zero";
        reader.complain(code::BAD_DISTRIBUTION, found, "inconsistent arrival profile", label);
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
