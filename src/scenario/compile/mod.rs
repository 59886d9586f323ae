//! Compiles a tree of values into a [`Config`]: reads sections, resolves references and checks
//! consistency. All problems are collected.

mod clients;
mod clock;
mod consistency;
mod content;
mod deployments;
mod disruptions;
mod effects;
mod gateways;
mod groups;
mod identity;
mod lines;
mod presence;
mod prices;
mod servers;
mod sites;
mod slo;
mod sources;
mod tasks;
mod version;

pub use clock::CivilStart;
pub(super) use presence::PATTERNS;

use crate::base::Id;
use crate::base::ids::SiteSystemId;
use crate::engine::Distribution;
use crate::model::Config;
use crate::model::config::{
    BoundaryGroup, ConnectionPoint, DistributionPoint, Network, Site, SiteSystem,
};
use crate::terms::{LineKind, Role};

use super::diagnose::{Problem, code, listed, nearest};
use super::read::{Found, Reader};
use super::tree::Node;
use crate::terms::{Objective, PriceBook};
use gateways::Gateways;
use lines::Lines;
use version::Version;

/// Result of compiling.
pub(super) struct Compiled {
    pub config: Config,
    pub version: u32,
    pub name: Option<String>,
    pub question: String,
    pub start: CivilStart,
    pub prices: PriceBook,
    pub objectives: Vec<Objective>,
}

/// Components to which other sections can refer.
struct Components {
    lines: Lines,
    sites: Vec<Site>,
    gateways: Gateways,
    connection_points: Vec<ConnectionPoint>,
    /// Management points, followed by software update points.
    site_systems: Vec<SiteSystem>,
    distribution_points: Vec<DistributionPoint>,
    boundary_groups: Vec<BoundaryGroup>,
}

/// Compiles a tree. If `reader` has errors afterwards, the result must not be used.
pub(super) fn compile(reader: &mut Reader<'_>) -> Option<Compiled> {
    let clock = clock::clock(reader);
    let clock = clock.as_ref();
    let seed = get(reader, &["seed"], Reader::count).unwrap_or(1);
    let interval = clock::interval(reader, clock);
    let name = get(reader, &["name"], Reader::text).filter(|name| !name.is_empty());
    let question = get(reader, &["question"], Reader::text).unwrap_or_default();
    let network = network(reader);
    let version = version::version(reader);
    let components = components(reader, version, clock);
    let cohorts = clients::cohorts(reader, &components, clock);
    let sources = sources::sources(reader, &components, clock);
    let (deployments, notifications) = deployments::all(reader, &components, &cohorts, clock);
    let disruptions = disruptions::disruptions(reader, &components, clock);
    let start = clock.map(|clock| &clock.start);
    let prices = prices::prices(reader, &components.gateways.all, &cohorts, start);
    let objectives = slo::objectives(reader);
    let compiled = [
        ("gateway", components.gateways.sections.iter().filter(|own| !own.is_empty()).count()),
        ("boundary_group", components.boundary_groups.len()),
        ("line", components.lines.all.iter().filter(|line| line.kind == LineKind::Line).count()),
        ("vpn", components.lines.vpns.len()),
        ("cohort", cohorts.len()),
        ("source", sources.len()),
        ("deployment", deployments.len()),
        ("disruption", disruptions.len()),
    ];
    consistency::check(reader, &components, &cohorts, sources.is_empty());
    content::check(reader, &components, &cohorts, &deployments);
    effects::check(reader, &components, &cohorts, &disruptions, version);
    reader.check_idle();
    consistency::check_complete(reader, &compiled);
    let clock = clock?;
    let start = clock.start.unix_seconds - (clock.warm_up.as_nanos() / 1_000_000_000) as i64;
    let config = Config {
        seed,
        warm_up: clock.warm_up,
        duration: clock.duration,
        interval: interval?,
        week_offset: clock::week_offset(start),
        start_unix_s: start,
        utc_offsets: clock.offsets(&clock.zone),
        sites: components.sites.into(),
        gateways: components.gateways.all.into(),
        connection_points: components.connection_points.into(),
        site_systems: components.site_systems.into(),
        distribution_points: components.distribution_points.into(),
        lines: components.lines.all.into(),
        vpns: components.lines.vpns.into(),
        boundary_groups: components.boundary_groups.into(),
        cohorts: cohorts.into(),
        sources: sources.into(),
        deployments: deployments.into(),
        notifications: notifications.into(),
        disruptions: disruptions.into(),
        network: network?,
        recorded_bytes: reader.recorded_bytes,
        asks_identity_provider: version? >= Version::ASKS_IDENTITY_PROVIDER,
    };
    Some(Compiled {
        config,
        version: version?.number(),
        name,
        question,
        start: clock.start.clone(),
        prices: prices?,
        objectives,
    })
}

/// Reads the prices of a tree that has no other sections.
pub(super) fn prices_alone(reader: &mut Reader<'_>) -> Option<PriceBook> {
    let start = CivilStart {
        label: String::new(),
        zone: "UTC".to_owned(),
        utc_offset_s: 0,
        unix_seconds: 0,
    };
    prices::prices(reader, &[], &[], Some(&start))
}

fn components(
    reader: &mut Reader<'_>,
    version: Option<Version>,
    clock: Option<&clock::Clock>,
) -> Components {
    let mut lines = lines::lines(reader, clock);
    let sites = sites::sites(reader, &lines.all);
    let gateways = gateways::gateways(reader, version);
    let connection_points = servers::connection_points(reader, &gateways);
    let mut site_systems = servers::management_points(reader);
    site_systems.extend(servers::software_update_points(reader));
    let boundary_groups = groups::boundary_groups(reader, &gateways, clock);
    let distribution_points = servers::distribution_points(reader, &mut lines, clock);
    Components {
        distribution_points,
        lines,
        sites,
        gateways,
        connection_points,
        site_systems,
        boundary_groups,
    }
}

/// Reads the value at a path, if it exists.
fn get<'a, T>(
    reader: &mut Reader<'a>,
    path: &[&str],
    read: impl Fn(&mut Reader<'a>, &Found) -> Option<T>,
) -> Option<T> {
    let found = reader.find(path)?;
    read(reader, &found)
}

fn network(reader: &mut Reader<'_>) -> Option<Network> {
    let mut distribution = |name: &str| -> Option<Distribution> {
        get(reader, &["network", name], Reader::distribution)
    };
    let client_azure = distribution("client_azure");
    let client_site = distribution("client_site");
    let relay = distribution("relay");
    let loss_detection = distribution("loss_detection");
    let trips = get(reader, &["network", "setup_round_trips"], Reader::number);
    let connect_timeout = get(reader, &["network", "connect_timeout"], Reader::duration);
    Some(Network {
        client_azure: client_azure?,
        client_site: client_site?,
        relay: relay?,
        setup_round_trips: trips?,
        connect_timeout: connect_timeout?,
        loss_detection: loss_detection?,
    })
}

/// Returns the component names in a section, in order: its keys except those that apply to all
/// components.
fn names(reader: &Reader<'_>, section: &str) -> Vec<String> {
    let entries = reader.tree().get(section).map_or(&[][..], Node::entries);
    let is_name = |key: &str| reader.catalogue().settable(&[section, key]).is_none();
    entries.iter().filter(|entry| is_name(&entry.key)).map(|entry| entry.key.clone()).collect()
}

/// Finds a component by name; reports an unknown name with a suggestion.
fn refer(reader: &mut Reader<'_>, found: &Found, what: &str, names: &[&str]) -> Option<usize> {
    let name = reader.text(found)?;
    if let Some(place) = names.iter().position(|own| *own == name) {
        return Some(place);
    }
    let written = self::names(reader, &what.replace(' ', "_"));
    let of_it = |own: &&&str| own.strip_prefix(&*name).is_some_and(is_number_after_dash);
    let numbered: Vec<&str> = names.iter().filter(of_it).copied().collect();
    if let ([first, .., last], true) = (&numbered[..], written.contains(&name)) {
        let message = format!("\"{name}\" is ambiguous: the section has several {what}s");
        let label = format!("choose a name from \"{first}\" to \"{last}\"");
        reader.complain(code::UNKNOWN_COMPONENT, found, message, label);
        return None;
    }
    // A component with errors is not in `names`, but it exists, so do not report it as unknown.
    if written.contains(&name) && !reader.problems.is_empty() {
        return None;
    }
    let others = written.iter().map(String::as_str).filter(|own| !names.contains(own));
    let names: Vec<&str> = names.iter().copied().chain(others).collect();
    let label = match nearest(&name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if names.is_empty() => format!("the scenario has no {what}"),
        None => format!("expected one of: {}", listed(names)),
    };
    let message = format!("unknown {what} \"{name}\" in `{}`", found.path);
    reader.complain(code::UNKNOWN_COMPONENT, found, message, label);
    None
}

/// Reads a reference to a component; without a reference, uses the only component. The resolved
/// scenario shows the name of the default.
fn only_one(reader: &mut Reader<'_>, path: &[&str], what: &str, subject: &str) -> Option<usize> {
    only_of(reader, path, what, &[], subject)
}

/// Works like [`only_one`], and also accepts the names in `others`. In the returned index, they
/// follow the names in the section.
fn only_of(
    reader: &mut Reader<'_>,
    path: &[&str],
    what: &str,
    others: &[&str],
    subject: &str,
) -> Option<usize> {
    let names = names(reader, &what.replace(' ', "_"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = reader.find(path)?;
    if found.is_written() {
        return refer(reader, &found, what, &[&names, others].concat());
    }
    if let [only] = names[..] {
        if let Some(resolved) = reader.resolved.last_mut() {
            resolved.value = toml::Value::from(only).to_string();
        }
        return Some(0);
    }
    let key = path.last().copied().unwrap_or_default();
    let (message, help) = if names.is_empty() {
        (
            format!("{subject} needs a {what}, but the scenario has none"),
            format!("add [{key}.main]"),
        )
    } else {
        let help = format!("add {key} = \"NAME\", one of: {}", listed(names));
        (format!("{subject} must name its {what}, because there are several"), help)
    };
    let problem = Problem::error(code::INCOMPLETE, message).help(help);
    at_section(reader, &path[..2], problem, "add the key here");
    None
}

/// Returns whether the name of a component belongs to a section: the section's name, with or
/// without a number.
pub fn is_of_section(component: &str, section: &str) -> bool {
    component
        .strip_prefix(section)
        .is_some_and(|rest| rest.is_empty() || is_number_after_dash(rest))
}

/// Returns whether this is the suffix that numbering adds to a name.
fn is_number_after_dash(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Reports a problem of a whole section.
fn at_section(reader: &mut Reader<'_>, path: &[&str], problem: Problem, label: &str) {
    let span = reader.tree().at(path).and_then(|node| node.origin.span()).cloned();
    reader.problems.push(match span {
        Some(span) => problem.at(span, label),
        None => problem,
    });
}

impl Components {
    /// Returns the names of the site systems that have a role.
    fn systems(&self, role: Role) -> Vec<&str> {
        let all = self.site_systems.iter().filter(|one| one.role == role);
        all.map(|one| one.name.as_str()).collect()
    }

    /// Returns the id of a site system from its index within its role.
    fn system_id(&self, role: Role, place: usize) -> SiteSystemId {
        let before = match role {
            Role::ManagementPoint => 0,
            Role::SoftwareUpdatePoint => self.systems(Role::ManagementPoint).len(),
        };
        SiteSystemId::from_index(before + place)
    }
}
