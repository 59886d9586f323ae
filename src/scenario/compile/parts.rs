//! Gateways, connection points, management points.

use crate::base::ids::GatewayId;
use crate::base::{BitsPerSecond, Id};
use crate::engine::{Discipline, Servers};
use crate::model::config::{ConnectionPoint, Gateway, GatewayDemand, ManagementPoint, Probe};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::limits;
use crate::scenario::read::Reader;

use super::{Parts, at_section, get, names, refer};

pub(super) fn parts(reader: &mut Reader<'_>) -> Parts {
    let gateways: Vec<Gateway> =
        names(reader, "gateway").iter().filter_map(|name| gateway(reader, name)).collect();
    let instances: u32 = gateways.iter().map(|gateway| gateway.instances).sum();
    if instances as usize > limits::PARTS_MAX {
        let message = format!("{instances} instances in all are more than {}", limits::PARTS_MAX);
        reader.problems.push(Problem::error(code::OUT_OF_RANGE, message));
    }
    let connection_points = expanded(reader, "connection_point", connection_point, |part, name| {
        ConnectionPoint { name, ..part.clone() }
    });
    let management_points = expanded(reader, "management_point", management_point, |part, name| {
        ManagementPoint { name, ..part.clone() }
    });
    Parts { gateways, connection_points, management_points }
}

/// Parts of a section, each as often as its `count` says, but not more than may be.
fn expanded<'a, T>(
    reader: &mut Reader<'a>,
    section: &str,
    read: impl Fn(&mut Reader<'a>, &str) -> Option<(u64, T)>,
    named: impl Fn(&T, String) -> T,
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for name in names(reader, section) {
        let Some((count, part)) = read(reader, &name) else { continue };
        if all.len() as u64 + count > limits::PARTS_MAX as u64 {
            let message = format!("more than {} parts in `{section}`", limits::PARTS_MAX);
            let problem = Problem::error(code::OUT_OF_RANGE, message);
            at_section(reader, &[section, &name], problem, "with these");
            break;
        }
        all.extend(numbered(&name, count).into_iter().map(|name| named(&part, name)));
    }
    all
}

/// Cores or workers: a number, or "unlimited".
fn servers(reader: &mut Reader<'_>, path: &[&str], instead: Option<&str>) -> Option<Servers> {
    let found = reader.find_or(path, instead)?;
    let count = reader.count_or(&found)?;
    Some(count.map_or(Servers::Unlimited, |count| Servers::Limited(count as u32)))
}

fn discipline(reader: &mut Reader<'_>, path: &[&str]) -> Option<Discipline> {
    let word = get(reader, path, Reader::choice)?;
    Some(match word.as_str() {
        "fifo" => Discipline::Fifo,
        _ => Discipline::ProcessorSharing,
    })
}

/// How many may wait: a number, or "none" for no limit.
fn queue_limit(reader: &mut Reader<'_>, path: &[&str]) -> Option<Option<u32>> {
    let limit = get(reader, path, Reader::count_or)?;
    Some(limit.map(|limit| limit as u32))
}

fn gateway(reader: &mut Reader<'_>, name: &str) -> Option<Gateway> {
    let instances = instances(reader, &["gateway", name, "instances"]);
    let size = get(reader, &["gateway", name, "size"], Reader::choice);
    if size.as_deref() == Some("custom") {
        need_all_of_size(reader, name);
    }
    let row = |what: &str| size_row(reader.catalogue(), size.as_deref(), what);
    let rows = [row("connection_limit"), row("cores"), row("core_speed"), row("bandwidth")];
    let limit = reader.find_or(&["gateway", name, "connection_limit"], Some(&rows[0]));
    let limit = limit.and_then(|found| reader.count(&found));
    let cores = servers(reader, &["gateway", name, "cores"], Some(&rows[1]));
    let speed = reader.find_or(&["gateway", name, "core_speed"], Some(&rows[2]));
    let speed = speed.and_then(|found| reader.number(&found));
    let bandwidth = reader.find_or(&["gateway", name, "bandwidth"], Some(&rows[3]));
    let bandwidth: Option<Option<BitsPerSecond>> =
        bandwidth.and_then(|found| reader.bandwidth(&found));
    let discipline = discipline(reader, &["gateway", name, "discipline"]);
    let queue_limit = queue_limit(reader, &["gateway", name, "queue_limit"]);
    let exponent = get(reader, &["gateway", name, "overload_exponent"], Reader::number);
    let update_domains = get(reader, &["gateway", name, "update_domains"], Reader::count);
    let interval = get(reader, &["gateway", name, "probe", "interval"], Reader::duration);
    let failures = get(reader, &["gateway", name, "probe", "failures"], Reader::count);
    let idle_timeout = get(reader, &["gateway", name, "idle_timeout"], Reader::duration);
    let handshake = get(reader, &["gateway", name, "demand", "handshake"], Reader::law);
    let forward = get(reader, &["gateway", name, "demand", "forward"], Reader::law_by_kind);
    let per_kilobyte = get(reader, &["gateway", name, "demand", "per_kilobyte"], Reader::duration);
    Some(Gateway {
        name: name.to_owned(),
        instances: instances?,
        size: size?,
        connection_limit: limit? as u32,
        cores: cores?,
        core_speed: speed?,
        bandwidth: bandwidth?,
        discipline: discipline?,
        queue_limit: queue_limit?,
        overload_exponent: exponent?,
        update_domains: update_domains? as u32,
        probe: Probe { interval: interval?, failures: failures? as u32 },
        demand: GatewayDemand {
            handshake: handshake?,
            forward: forward?,
            per_kilobyte: per_kilobyte?,
        },
        idle_timeout: idle_timeout?,
    })
}

/// What a VM size says otherwise must be written for a custom one.
fn need_all_of_size(reader: &mut Reader<'_>, name: &str) {
    for key in ["connection_limit", "cores", "core_speed", "bandwidth"] {
        if reader.tree().at(&["gateway", name, key]).is_none() {
            let message = format!("gateway `{name}` of size \"custom\" does not say its `{key}`");
            let doc = reader.catalogue().exactly(&format!("gateway.*.{key}")).map(|row| &row.doc);
            let help = doc.cloned().unwrap_or_default();
            let problem = Problem::error(code::MISSING, message).help(help);
            at_section(reader, &["gateway", name], problem, "this gateway");
        }
    }
}

/// 1 to 16, with the remedy for more.
fn instances(reader: &mut Reader<'_>, path: &[&str]) -> Option<u32> {
    let found = reader.find(path)?;
    let before = reader.problems.len();
    let count = reader.count(&found);
    if let Some(problem) = reader.problems.get_mut(before)
        && problem.code == code::OUT_OF_RANGE
    {
        problem.message = format!(
            "a gateway has 1 to 16 VM instances, not {} (scale-cmg.md, 08/02/2021)",
            found.node.to_toml()
        );
        problem.help = "for more than 16, add a second gateway section".to_owned();
    }
    count.map(|count| count as u32)
}

/// The row with what a VM size has; sizes without one of their own are A2_v2 machines.
fn size_row(catalogue: &crate::catalogue::Catalogue, size: Option<&str>, what: &str) -> String {
    let own = format!("size.{}.{what}", size.unwrap_or("A2_v2"));
    if catalogue.exactly(&own).is_some() { own } else { format!("size.A2_v2.{what}") }
}

/// The names of `count` alike parts.
fn numbered(name: &str, count: u64) -> Vec<String> {
    match count {
        1 => vec![name.to_owned()],
        _ => (1..=count).map(|number| format!("{name}-{number}")).collect(),
    }
}

fn connection_point(reader: &mut Reader<'_>, name: &str) -> Option<(u64, ConnectionPoint)> {
    let section = "connection_point";
    let count = get(reader, &[section, name, "count"], Reader::count);
    let gateway = gateway_of(reader, name);
    let cores = servers(reader, &[section, name, "cores"], None);
    let discipline = discipline(reader, &[section, name, "discipline"]);
    let queue_limit = queue_limit(reader, &[section, name, "queue_limit"]);
    let ports = get(reader, &[section, name, "ports"], Reader::count);
    let time_wait = get(reader, &[section, name, "time_wait"], Reader::duration);
    let forward = get(reader, &[section, name, "forward"], Reader::law_by_kind);
    let reconnect = get(reader, &[section, name, "reconnect"], Reader::law);
    let one = ConnectionPoint {
        name: String::new(),
        gateway: gateway?,
        cores: cores?,
        discipline: discipline?,
        queue_limit: queue_limit?,
        ports: ports? as u32,
        time_wait: time_wait?,
        forward: forward?,
        reconnect: reconnect?,
    };
    Some((count?, one))
}

/// The gateway a connection point serves: the one named, or the only one.
fn gateway_of(reader: &mut Reader<'_>, name: &str) -> Option<GatewayId> {
    let gateways = names(reader, "gateway");
    let gateways: Vec<&str> = gateways.iter().map(String::as_str).collect();
    let path = ["connection_point", name, "gateway"];
    let found = reader.find(&path)?;
    if found.is_written() {
        return refer(reader, &found, "gateway", &gateways).map(GatewayId::from_index);
    }
    // The default is written out in the resolved scenario by its name.
    if let [only] = gateways[..] {
        if let Some(resolved) = reader.resolved.last_mut() {
            resolved.value = toml::Value::from(only).to_string();
        }
        return Some(GatewayId(0));
    }
    let (message, help) = if gateways.is_empty() {
        (format!("connection point `{name}` has no gateway to connect to"), "add [gateway.main]")
    } else {
        (
            format!("connection point `{name}` does not say which gateway it serves"),
            "add gateway = \"NAME\"",
        )
    };
    let problem = Problem::error(code::INCOMPLETE, message).help(help);
    at_section(reader, &path[..2], problem, "this connection point");
    None
}

fn management_point(reader: &mut Reader<'_>, name: &str) -> Option<(u64, ManagementPoint)> {
    let section = "management_point";
    let count = get(reader, &[section, name, "count"], Reader::count);
    let workers = servers(reader, &[section, name, "workers"], None);
    let discipline = discipline(reader, &[section, name, "discipline"]);
    let queue_limit = queue_limit(reader, &[section, name, "queue_limit"]);
    let timeout_found = reader.find(&[section, name, "queue_timeout"]);
    let queue_timeout = timeout_found.as_ref().and_then(|found| reader.law_or(found));
    if let (Some(found), Some(Some(_)), Some(Discipline::ProcessorSharing)) =
        (&timeout_found, &queue_timeout, discipline)
    {
        let message = format!("`{}` has no meaning under processor sharing", found.path);
        let label = "nobody waits in a queue there: leave it out, or take discipline = \"fifo\"";
        reader.complain(code::INCONSISTENT, found, message, label);
    }
    let cpu = get(reader, &[section, name, "cpu"], Reader::law_by_kind);
    let database = get(reader, &[section, name, "database"], Reader::law_by_kind);
    let error_share = get(reader, &[section, name, "error_share"], Reader::share);
    let one = ManagementPoint {
        name: String::new(),
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
