//! Reads disruptions.

use crate::base::ids::{ConnectionPointId, GatewayId, SiteId, SiteSystemId};
use crate::base::{Id, SimDuration};
use crate::engine::Distribution;
use crate::model::config::{
    Disruption, DisruptionKind, FreezeTarget, Repeat, SlowTarget, WalkRule, When,
};
use crate::scenario::diagnose::{Problem, code, listed};
use crate::scenario::limits;
use crate::scenario::read::Reader;
use crate::scenario::tree::Node;
use crate::terms::Role;

use super::clock::{Clock, point_in_time};
use super::{Components, at_section, get, names, refer};

pub(super) fn disruptions(
    reader: &mut Reader<'_>,
    components: &Components,
    clock: Option<&Clock>,
) -> Vec<Disruption> {
    let names = names(reader, "disruption");
    let all: Vec<Disruption> =
        names.iter().filter_map(|name| disruption(reader, name, components, clock)).collect();
    check_instances(reader, components, &all);
    all
}

/// Keys of each kind of disruption, in addition to [`ALWAYS`].
const NEEDS: [(&str, &[&str]); 13] = [
    ("update-domain-walk", &["gateway", "pause", "rule", "batch"]),
    ("instance-crash", &["gateway", "instance"]),
    ("connection-point-outage", &["connection_point"]),
    ("management-point-outage", &["management_point"]),
    ("software-update-point-outage", &["software_update_point"]),
    ("slowdown", &["management_point", "software_update_point", "connection_point", "factor"]),
    ("wan-cut", &["site"]),
    ("wan-latency", &["site", "delay"]),
    ("storage-throttling", &["gateway", "share"]),
    ("scale", &["gateway", "to"]),
    ("identity-provider-outage", &["management_point"]),
    ("certificate-expiry", &["gateway"]),
    (
        "freeze",
        &[
            "gateway",
            "instance",
            "connection_point",
            "management_point",
            "software_update_point",
            "servers",
        ],
    ),
];

/// Keys of all kinds of disruptions.
const ALWAYS: [&str; 5] = ["kind", "at", "every", "time_to_failure", "down"];

fn disruption(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    clock: Option<&Clock>,
) -> Option<Disruption> {
    let when = when(reader, name, clock);
    let kind = reader.required(&["disruption", name, "kind"]);
    let kind = kind.and_then(|found| reader.choice(&found))?;
    let (_, needs) = NEEDS.iter().find(|(own, _)| *own == kind)?;
    for entry in reader.tree().at(&["disruption", name]).map_or(&[][..], Node::entries) {
        let key = entry.key.as_str();
        let is_known = reader.catalogue().settable(&["disruption", name, key]).is_some();
        if is_known && !ALWAYS.contains(&key) && !needs.contains(&key) {
            let found = reader.find(&["disruption", name, key])?;
            let message = format!("`{key}` has no effect for kind = \"{kind}\"");
            // Scaling does not occur at random times.
            let is_allowed = |key: &&str| kind != "scale" || *key != "time_to_failure";
            let allowed = needs.iter().chain(&ALWAYS).copied().filter(is_allowed);
            let label = format!("allowed keys: {}", listed(allowed));
            reader.complain(code::INCONSISTENT, &found, message, label);
        }
    }
    let down = reader.find_or(&["disruption", name, "down"], Some(&format!("down.{kind}")));
    let down = down.and_then(|found| reader.distribution(&found));
    let kind = match kind.as_str() {
        "update-domain-walk" | "instance-crash" | "storage-throttling" | "scale"
        | "certificate-expiry" => of_gateway(reader, name, components, &kind, down),
        "wan-cut" | "wan-latency" => of_line(reader, name, &kind, down),
        _ => of_server(reader, name, components, &kind, down),
    };
    Some(Disruption { name: name.to_owned(), kind: kind?, when: when? })
}

fn of_gateway(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    kind: &str,
    down: Option<Distribution>,
) -> Option<DisruptionKind> {
    let gateway = gateway(reader, name, components);
    match kind {
        "update-domain-walk" => {
            let pause = get(reader, &["disruption", name, "pause"], Reader::duration);
            let rule = walk_rule(reader, name);
            Some(DisruptionKind::UpdateDomainWalk {
                gateway: gateway?,
                rule: rule?,
                down: down?,
                pause: pause?,
            })
        }
        "certificate-expiry" => {
            Some(DisruptionKind::CertificateExpiry { gateway: gateway?, down: down? })
        }
        "instance-crash" => {
            let instance = instance(reader, name, components, gateway?)?;
            Some(DisruptionKind::InstanceCrash { gateway: gateway?, instance, down: down? })
        }
        "storage-throttling" => {
            let share = share_above_zero(reader, &["disruption", name, "share"]);
            let one = components.gateways.all.get(gateway?.index())?;
            if one.storage.is_none() {
                let message = format!("gateway `{}` has no content storage", one.name);
                let problem = Problem::error(code::INCONSISTENT, message)
                    .help("set content = true for the gateway, or choose another gateway");
                at_section(reader, &["disruption", name], problem, "this disruption");
                return None;
            }
            let (gateway, share, down) = (gateway?, share?, down?);
            Some(DisruptionKind::StorageThrottling { gateway, share, down })
        }
        _ => {
            let why = "scaling does not occur at random times: set `at` instead";
            reader.refuse(&["disruption", name, "time_to_failure"], why);
            let found = reader.required(&["disruption", name, "to"]);
            let instances = found.and_then(|found| reader.count(&found))? as u32;
            Some(DisruptionKind::Scale { gateway: gateway?, instances, provisioning: down? })
        }
    }
}

fn walk_rule(reader: &mut Reader<'_>, name: &str) -> Option<WalkRule> {
    let rule = get(reader, &["disruption", name, "rule"], Reader::choice)?;
    if rule == "scale-set" {
        return share_above_zero(reader, &["disruption", name, "batch"]).map(WalkRule::Share);
    }
    let why = "only rule = \"scale-set\" uses `batch`";
    reader.refuse(&["disruption", name, "batch"], why);
    Some(if rule == "all-at-once" { WalkRule::All } else { WalkRule::Domains })
}

fn share_above_zero(reader: &mut Reader<'_>, path: &[&str]) -> Option<f64> {
    let found = reader.find(path)?;
    let share = reader.share(&found)?.get();
    if share <= 0.0 {
        let message = format!("`{}` is 0%", found.path);
        reader.complain(code::OUT_OF_RANGE, &found, message, "must be above 0%");
        return None;
    }
    Some(share)
}

fn of_line(
    reader: &mut Reader<'_>,
    name: &str,
    kind: &str,
    down: Option<Distribution>,
) -> Option<DisruptionKind> {
    let sites = names(reader, "site");
    let sites: Vec<&str> = sites.iter().map(String::as_str).collect();
    let site = if sites.is_empty() && !reader.is_written(&["disruption", name, "site"]) {
        Some(SiteId(0))
    } else {
        component(reader, name, "site", &sites).map(SiteId::from_index)
    };
    if kind == "wan-cut" {
        return Some(DisruptionKind::WanCut { site: site?, down: down? });
    }
    let found = reader.required(&["disruption", name, "delay"]);
    let delay = found.and_then(|found| reader.duration(&found));
    Some(DisruptionKind::WanLatency { site: site?, delay: delay?, down: down? })
}

fn of_server(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    kind: &str,
    down: Option<Distribution>,
) -> Option<DisruptionKind> {
    match kind {
        "connection-point-outage" => {
            let connection_point = connection_point(reader, name, components)?;
            Some(DisruptionKind::ConnectionPointOutage { connection_point, down: down? })
        }
        "management-point-outage" => {
            let system = system(reader, name, "management_point", components)?;
            Some(DisruptionKind::SiteSystemOutage { system, down: down? })
        }
        "software-update-point-outage" => {
            let system = system(reader, name, "software_update_point", components)?;
            Some(DisruptionKind::SiteSystemOutage { system, down: down? })
        }
        "identity-provider-outage" => {
            let systems = management_points(reader, name, components)?;
            Some(DisruptionKind::IdentityProviderOutage { systems, down: down? })
        }
        "slowdown" => {
            let factor = get(reader, &["disruption", name, "factor"], Reader::number);
            let keys = ["management_point", "software_update_point", "connection_point"];
            let target = match only_key(reader, name, &keys)? {
                "connection_point" => {
                    SlowTarget::ConnectionPoint(connection_point(reader, name, components)?)
                }
                key => SlowTarget::SiteSystem(system(reader, name, key, components)?),
            };
            Some(DisruptionKind::Slowdown { target, factor: factor?, down: down? })
        }
        _ => {
            let servers = match reader.find(&["disruption", name, "servers"]) {
                Some(found) => Some(reader.count(&found)? as u32),
                None => None,
            };
            let target = freeze_target(reader, name, components)?;
            Some(DisruptionKind::Freeze { target, servers, down: down? })
        }
    }
}

fn freeze_target(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
) -> Option<FreezeTarget> {
    let keys = ["gateway", "connection_point", "management_point", "software_update_point"];
    let key = only_key(reader, name, &keys)?;
    if key == "gateway" {
        let gateway = gateway(reader, name, components)?;
        let instance = instance(reader, name, components, gateway)?.unwrap_or(0);
        return Some(FreezeTarget::Instance(gateway, instance));
    }
    let why = "only a gateway has numbered instances";
    reader.refuse(&["disruption", name, "instance"], why);
    if key == "connection_point" {
        return connection_point(reader, name, components).map(FreezeTarget::ConnectionPoint);
    }
    system(reader, name, key, components).map(FreezeTarget::SiteSystem)
}

/// Returns the one key that is set; reports a problem if none or several are set.
fn only_key<'k>(reader: &mut Reader<'_>, name: &str, keys: &[&'k str]) -> Option<&'k str> {
    let is_written = |key: &&&str| reader.tree().at(&["disruption", name, key]).is_some();
    let written: Vec<&str> = keys.iter().filter(is_written).copied().collect();
    if let [only] = written[..] {
        return Some(only);
    }
    let (code, message) = if written.is_empty() {
        (code::MISSING, format!("disruption `{name}` does not name the component that it affects"))
    } else {
        (code::INCONSISTENT, format!("disruption `{name}` names more than one component"))
    };
    let problem =
        Problem::error(code, message).help(format!("set exactly one of: {}", keys.join(", ")));
    at_section(reader, &["disruption", name], problem, "this disruption");
    None
}

fn when(reader: &mut Reader<'_>, name: &str, clock: Option<&Clock>) -> Option<When> {
    let at = reader.find(&["disruption", name, "at"]);
    let failure = reader.find(&["disruption", name, "time_to_failure"]);
    let every = ["disruption", name, "every"];
    match (at, failure) {
        (Some(found), None) => {
            let every = reader.find(&every);
            let every = every.map(|found| reader.duration(&found).map(repeat));
            let at = point_in_time(reader, &found, clock?);
            match every {
                Some(every) => Some(When::At(at?, Some(every?))),
                None => Some(When::At(at?, None)),
            }
        }
        (None, Some(found)) => {
            reader.refuse(&every, "`every` requires `at`; `time_to_failure` already repeats");
            let distribution = reader.distribution(&found)?;
            if distribution.mean() < 1e-3 {
                let message = format!("the mean of `{}` is too short", found.path);
                let label = "the mean must be at least 1 ms";
                reader.complain(code::OUT_OF_RANGE, &found, message, label);
                return None;
            }
            Some(When::Random { time_to_failure: distribution })
        }
        (Some(found), Some(_)) => {
            let message = format!("disruption `{name}` sets both `at` and `time_to_failure`");
            let label = "set only one of them";
            reader.complain(code::INCONSISTENT, &found, message, label);
            None
        }
        (None, None) => {
            let message = format!("disruption `{name}` does not define when it occurs");
            let problem = Problem::error(code::MISSING, message).help(
                "set at = \"2026-11-23T10:00\" (or \"2h\" after the start), or time_to_failure",
            );
            at_section(reader, &["disruption", name], problem, "this disruption");
            None
        }
    }
}

/// Converts the interval of a disruption. A disruption with an interval of whole days repeats at
/// the same local time, even if clocks change.
fn repeat(every: SimDuration) -> Repeat {
    const DAY: u64 = 86_400_000_000_000;
    match u32::try_from(every.as_nanos() / DAY) {
        Ok(days) if days > 0 && every.as_nanos().is_multiple_of(DAY) => Repeat::EveryDays(days),
        _ => Repeat::Every(every),
    }
}

/// Returns the component that a key names, or the only component.
fn component(
    reader: &mut Reader<'_>,
    disruption: &str,
    key: &str,
    names: &[&str],
) -> Option<usize> {
    let what = key.replace('_', " ");
    if let Some(found) = reader.find(&["disruption", disruption, key]) {
        return refer(reader, &found, &what, names);
    }
    if names.len() == 1 {
        return Some(0);
    }
    if names.is_empty() && !reader.problems.is_empty() {
        // Components with errors are not in `names`, and their errors are already reported.
        return None;
    }
    let message = format!("disruption `{disruption}` does not name the {what} that it affects");
    let problem = Problem::error(code::MISSING, message).help(format!("add {key} = \"NAME\""));
    at_section(reader, &["disruption", disruption], problem, "this disruption");
    None
}

fn gateway(reader: &mut Reader<'_>, name: &str, components: &Components) -> Option<GatewayId> {
    let names: Vec<&str> = components.gateways.all.iter().map(|one| one.name.as_str()).collect();
    component(reader, name, "gateway", &names).map(GatewayId::from_index)
}

fn connection_point(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
) -> Option<ConnectionPointId> {
    let names: Vec<&str> =
        components.connection_points.iter().map(|one| one.name.as_str()).collect();
    component(reader, name, "connection_point", &names).map(ConnectionPointId::from_index)
}

/// Reads the number of an instance, which must exist; the inner `None` means that none is set.
fn instance(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    gateway: GatewayId,
) -> Option<Option<u32>> {
    let Some(found) = reader.find(&["disruption", name, "instance"]) else { return Some(None) };
    let number = reader.count(&found)?;
    let gateway = components.gateways.all.get(gateway.index())?;
    if number >= u64::from(gateway.instances) {
        let message = format!("gateway `{}` has no instance {number}", gateway.name);
        let label = format!("its instances are numbered 0 to {}", gateway.instances - 1);
        reader.complain(code::UNKNOWN_COMPONENT, &found, message, label);
        return None;
    }
    Some(Some(number as u32))
}

/// Returns the named management point or software update point, or the only one.
fn system(
    reader: &mut Reader<'_>,
    name: &str,
    key: &str,
    components: &Components,
) -> Option<SiteSystemId> {
    let role = match key {
        "management_point" => Role::ManagementPoint,
        _ => Role::SoftwareUpdatePoint,
    };
    let names = components.systems(role);
    component(reader, name, key, &names).map(|place| components.system_id(role, place))
}

/// Returns the named management point, or all of them.
fn management_points(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
) -> Option<Vec<SiteSystemId>> {
    let role = Role::ManagementPoint;
    if reader.is_written(&["disruption", name, "management_point"]) {
        return system(reader, name, "management_point", components).map(|one| vec![one]);
    }
    let all = 0..components.systems(role).len();
    Some(all.map(|place| components.system_id(role, place)).collect())
}

/// Checks that scaling does not exceed the limit of instances.
fn check_instances(reader: &mut Reader<'_>, components: &Components, all: &[Disruption]) {
    let maximum = |(place, gateway): (usize, &crate::model::config::Gateway)| {
        let later = all.iter().filter_map(|one| match one.kind {
            DisruptionKind::Scale { gateway, instances, .. } if gateway.index() == place => {
                Some(instances)
            }
            _ => None,
        });
        later.max().unwrap_or(0).max(gateway.instances)
    };
    let before: u32 = components.gateways.all.iter().map(|gateway| gateway.instances).sum();
    let after: u32 = components.gateways.all.iter().enumerate().map(maximum).sum();
    let limit = limits::COMPONENTS_MAX as u32;
    if before <= limit && after > limit {
        let message = format!(
            "scaling increases the total number of instances to {after}; the limit is {limit}"
        );
        let problem = Problem::error(code::OUT_OF_RANGE, message);
        at_section(reader, &["gateway"], problem, "all gateways in total");
    }
}
