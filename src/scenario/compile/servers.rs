//! Reads on-premises servers: connection points, management points, software update points and
//! distribution points.

use crate::base::ids::{GatewayId, LineId};
use crate::base::{BitsPerSecond, Id, SimDuration};
use crate::engine::{Discipline, Distribution, Servers};
use crate::model::config::{
    Bandwidths, ConnectionPoint, DistributionPoint, Line, Protocol, Serves, SiteSystem,
};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::limits;
use crate::scenario::read::Reader;
use crate::scenario::windows::windows;
use crate::terms::{LineKind, Role};

use super::clock::Clock;
use super::gateways::{Gateways, gateways_of};
use super::lines::{Lines, Timetable, line_of, timetable};
use super::sites::site_of;
use super::{at_section, get, names};

/// Reads connection points. A section creates `count` connection points per gateway that it names,
/// grouped by gateway.
pub(super) fn connection_points(
    reader: &mut Reader<'_>,
    gateways: &Gateways,
) -> Vec<ConnectionPoint> {
    let read = |reader: &mut Reader<'_>, name: &str| connection_point(reader, name, gateways);
    let named = |(of, one): &(Vec<GatewayId>, ConnectionPoint), name, place: usize, count| {
        let gateway = of[place * of.len() / count];
        ConnectionPoint { name, gateway, ..one.clone() }
    };
    expanded(reader, "connection_point", read, named)
}

pub(super) fn management_points(reader: &mut Reader<'_>) -> Vec<SiteSystem> {
    let named = |one: &SiteSystem, name, _, _| SiteSystem { name, ..one.clone() };
    expanded(reader, "management_point", management_point, named)
}

pub(super) fn software_update_points(reader: &mut Reader<'_>) -> Vec<SiteSystem> {
    let named = |one: &SiteSystem, name, _, _| SiteSystem { name, ..one.clone() };
    expanded(reader, "software_update_point", software_update_point, named)
}

/// Reads distribution points. Each of them with limited bandwidth has its own line.
pub(super) fn distribution_points(
    reader: &mut Reader<'_>,
    lines: &mut Lines,
    clock: Option<&Clock>,
) -> Vec<DistributionPoint> {
    let read =
        |reader: &mut Reader<'_>, name: &str| distribution_point(reader, name, &lines.all, clock);
    let named = |(one, bandwidths): &(DistributionPoint, Timetable), name, _, _| {
        (DistributionPoint { name, ..one.clone() }, bandwidths.clone())
    };
    let points = expanded(reader, "distribution_point", read, named);
    let connected = |(mut point, bandwidths): (DistributionPoint, Timetable)| {
        if bandwidths.iter().any(|(_, one)| one.downlink.is_some()) {
            let (name, round_trip) = (point.name.clone(), SimDuration::ZERO);
            let kind = LineKind::DistributionPoint;
            point.connection = Some(LineId::from_index(lines.all.len()));
            lines.all.push(Line { name, kind, round_trip, bandwidths });
        }
        point
    };
    points.into_iter().map(connected).collect()
}

/// Creates the components of a section, `count` per subsection, up to the limit. `named` receives
/// the value that was read, the name, the index from 0 and the count.
fn expanded<'a, R, T>(
    reader: &mut Reader<'a>,
    section: &str,
    read: impl Fn(&mut Reader<'a>, &str) -> Option<(u64, R)>,
    named: impl Fn(&R, String, usize, usize) -> T,
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for name in names(reader, section) {
        let Some((count, component)) = read(reader, &name) else { continue };
        if all.len() as u64 + count > limits::COMPONENTS_MAX as u64 {
            let message = format!(
                "`{section}` has more than {} components, the limit",
                limits::COMPONENTS_MAX
            );
            let problem = Problem::error(code::OUT_OF_RANGE, message);
            at_section(reader, &[section, &name], problem, "exceeds the limit here");
            break;
        }
        let names = numbered(&name, count).into_iter().enumerate();
        all.extend(names.map(|(place, name)| named(&component, name, place, count as usize)));
    }
    all
}

/// Reads the number of cores or workers, or "unlimited".
pub(super) fn servers(
    reader: &mut Reader<'_>,
    path: &[&str],
    instead: Option<&str>,
) -> Option<Servers> {
    let found = reader.find_or(path, instead)?;
    let count = reader.count_or(&found)?;
    Some(count.map_or(Servers::Unlimited, |count| Servers::Limited(count as u32)))
}

pub(super) fn discipline(reader: &mut Reader<'_>, path: &[&str]) -> Option<Discipline> {
    let word = get(reader, path, Reader::choice)?;
    Some(match word.as_str() {
        "fifo" => Discipline::Fifo,
        _ => Discipline::ProcessorSharing,
    })
}

/// Reads the maximum queue length; "none" means no limit.
pub(super) fn queue_limit(
    reader: &mut Reader<'_>,
    path: &[&str],
    instead: Option<&str>,
) -> Option<Option<u32>> {
    let found = reader.find_or(path, instead)?;
    let limit = reader.count_or(&found)?;
    Some(limit.map(|limit| limit as u32))
}

/// Returns the names of `count` identical components.
pub(super) fn numbered(name: &str, count: u64) -> Vec<String> {
    match count {
        1 => vec![name.to_owned()],
        _ => (1..=count).map(|number| format!("{name}-{number}")).collect(),
    }
}

/// Reads the common properties of a section's connection points, their gateways, and their total
/// number.
fn connection_point(
    reader: &mut Reader<'_>,
    name: &str,
    gateways: &Gateways,
) -> Option<(u64, (Vec<GatewayId>, ConnectionPoint))> {
    let section = "connection_point";
    let count = get(reader, &[section, name, "count"], Reader::count);
    let subject = format!("connection point `{name}`");
    let gateways = gateways_of(reader, &[section, name, "gateway"], gateways, &subject);
    let site = site_of(reader, &[section, name, "site"], &subject);
    let cores = servers(reader, &[section, name, "cores"], None);
    let discipline = discipline(reader, &[section, name, "discipline"]);
    let queue_limit = queue_limit(reader, &[section, name, "queue_limit"], None);
    let ports = get(reader, &[section, name, "ports"], Reader::count);
    let time_wait = get(reader, &[section, name, "time_wait"], Reader::duration);
    let forward = get(reader, &[section, name, "forward"], Reader::distribution_by_kind);
    let reconnect = get(reader, &[section, name, "reconnect"], Reader::distribution);
    let one = ConnectionPoint {
        name: String::new(),
        gateway: *gateways.as_ref()?.first()?,
        site: site?,
        cores: cores?,
        discipline: discipline?,
        queue_limit: queue_limit?,
        ports: ports? as u32,
        time_wait: time_wait?,
        forward: forward?,
        reconnect: reconnect?,
    };
    let gateways = gateways?;
    Some((count? * gateways.len() as u64, (gateways, one)))
}

fn management_point(reader: &mut Reader<'_>, name: &str) -> Option<(u64, SiteSystem)> {
    site_system(reader, name, Role::ManagementPoint, false, [None, None])
}

fn software_update_point(reader: &mut Reader<'_>, name: &str) -> Option<(u64, SiteSystem)> {
    let shared = get(reader, &["software_update_point", name, "shared"], Reader::boolean)?;
    let rows = if shared {
        ["sharing.shared.workers", "sharing.shared.queue_limit"]
    } else {
        ["sharing.dedicated.workers", "sharing.dedicated.queue_limit"]
    };
    site_system(reader, name, Role::SoftwareUpdatePoint, shared, rows.map(Some))
}

/// Reads a site system; `rows` replace the default catalogue rows of workers and queue limit.
fn site_system(
    reader: &mut Reader<'_>,
    name: &str,
    role: Role,
    is_shared: bool,
    rows: [Option<&str>; 2],
) -> Option<(u64, SiteSystem)> {
    let what = role.label();
    let section = match role {
        Role::ManagementPoint => "management_point",
        Role::SoftwareUpdatePoint => "software_update_point",
    };
    let at = |key: &'static str| [section, name, key];
    let count = get(reader, &at("count"), Reader::count);
    let site = site_of(reader, &at("site"), &format!("{what} `{name}`"));
    let serves = serves(reader, &at("serves"));
    let protocol = match role {
        Role::ManagementPoint => protocol(reader, &at("protocol"), serves),
        Role::SoftwareUpdatePoint => Some(Protocol::EnhancedHttp),
    };
    let workers = servers(reader, &at("workers"), rows[0]);
    let discipline = discipline(reader, &at("discipline"));
    let queue_limit = queue_limit(reader, &at("queue_limit"), rows[1]);
    let queue_timeout = queue_timeout(reader, &at("queue_timeout"), discipline);
    let cpu = get(reader, &at("cpu"), Reader::distribution_by_kind);
    let database = get(reader, &at("database"), Reader::distribution_by_kind);
    let error_share = get(reader, &at("error_share"), Reader::share);
    let one = SiteSystem {
        name: String::new(),
        role,
        site: site?,
        serves: serves?,
        protocol: protocol?,
        is_shared,
        workers: workers?,
        discipline: discipline?,
        queue_limit: queue_limit?,
        queue_timeout: queue_timeout?,
        cpu: cpu?,
        database: database?,
        error_share: error_share?.get(),
    };
    Some((count?, one))
}

fn serves(reader: &mut Reader<'_>, path: &[&str]) -> Option<Serves> {
    Some(match get(reader, path, Reader::choice)?.as_str() {
        "intranet" => Serves::Intranet,
        "gateway" => Serves::Gateway,
        "internet" => Serves::Internet,
        _ => Serves::All,
    })
}

/// Reads the protocol; internet-based client management always uses HTTPS.
fn protocol(reader: &mut Reader<'_>, path: &[&str], serves: Option<Serves>) -> Option<Protocol> {
    let found = reader.find(path)?;
    let is_https = reader.choice(&found)? == "https";
    if serves == Some(Serves::Internet) {
        if found.is_written() && !is_https {
            let message = "internet-based client management requires HTTPS";
            let label = "remove this key: clients need PKI certificates";
            reader.complain(code::INCONSISTENT, &found, message, label);
        } else if let Some(resolved) = reader.resolved.last_mut() {
            resolved.value = "\"https\"".to_owned();
        }
        return Some(Protocol::Https);
    }
    Some(if is_https { Protocol::Https } else { Protocol::EnhancedHttp })
}

fn queue_timeout(
    reader: &mut Reader<'_>,
    path: &[&str],
    discipline: Option<Discipline>,
) -> Option<Option<Distribution>> {
    let found = reader.find(path)?;
    let distribution = reader.distribution_or(&found);
    if let (Some(Some(_)), Some(Discipline::ProcessorSharing)) = (&distribution, discipline) {
        let message = format!("`{}` has no effect with processor sharing", found.path);
        let label = "processor sharing has no queue: remove this key, or set discipline = \"fifo\"";
        reader.complain(code::INCONSISTENT, &found, message, label);
    }
    distribution
}

fn distribution_point(
    reader: &mut Reader<'_>,
    name: &str,
    lines: &[Line],
    clock: Option<&Clock>,
) -> Option<(u64, (DistributionPoint, Timetable))> {
    let at = |key: &'static str| ["distribution_point", name, key];
    let count = get(reader, &at("count"), Reader::count);
    let site = site_of(reader, &at("site"), &format!("distribution point `{name}`"));
    let line = line_of(reader, &at("line"), lines);
    let bandwidth = get(reader, &at("bandwidth"), Reader::bandwidth);
    let hours = windows(reader, &at("hours"));
    let is_internet = get(reader, &at("internet"), Reader::boolean);
    let (always, hours) = (bandwidth?, hours?);
    let clock = clock?;
    let offsets = clock.offsets(&clock.zone);
    let bandwidths = timetable(reader, &at("hours"), &hours, clock.period(&offsets), |windows| {
        let limit = windows.iter().fold(always, |last, window| {
            let limit = window.values.limit.unwrap_or(last);
            let share = window.values.share.unwrap_or(1.0);
            limit.and_then(|limit| BitsPerSecond::new(limit.get() * share))
        });
        Bandwidths { downlink: limit, uplink: None, background_share: 1.0 }
    });
    let one = DistributionPoint {
        name: String::new(),
        site: site?,
        line: line?,
        connection: None,
        is_internet: is_internet?,
    };
    Some((count?, (one, bandwidths?)))
}
