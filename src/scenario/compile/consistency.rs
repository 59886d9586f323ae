//! Checks the consistency of the whole scenario: every client and every component has the
//! components that it needs.

use crate::terms::{RequestKind, Role};
use std::collections::BTreeSet;

use crate::base::Id;
use crate::base::SimTime;
use crate::base::ids::{BoundaryGroupId, SiteId};
use crate::model::config::{Authentication, BoundaryGroup, Cohort, Serves, SiteSystem, Task};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::limits;
use crate::scenario::read::Reader;

use super::content::is_connected;
use super::{Components, at_section, names};

pub(super) fn check(
    reader: &mut Reader<'_>,
    components: &Components,
    cohorts: &[Cohort],
    no_sources: bool,
) {
    check_sections(reader, components, cohorts, no_sources);
    check_names(reader, components);
    let clients: u64 = cohorts.iter().map(|cohort| u64::from(cohort.clients)).sum();
    if clients > limits::CLIENTS_MAX {
        let message = format!(
            "the scenario has {clients} clients in total; the limit is {}",
            limits::CLIENTS_MAX
        );
        let help = "simulate a share of the clients with the same share of the servers";
        let problem = Problem::error(code::OUT_OF_RANGE, message).help(help);
        let largest = cohorts.iter().max_by_key(|cohort| cohort.clients);
        let name = largest.map_or("", |cohort| &cohort.name);
        at_section(reader, &["cohort", name, "clients"], problem, "the largest cohort");
    }
    // Compare components only if each of them is valid.
    if !reader.problems.is_empty() {
        return;
    }
    check_gateways(reader, components);
    check_groups_are_used(reader, components, cohorts);
    // A problem with a gateway would also appear for its clients, so report it only once.
    if !reader.problems.is_empty() {
        return;
    }
    for cohort in cohorts {
        if let Some((message, help)) = missing_service(components, cohort) {
            let problem = incomplete(message, help);
            at_section(reader, &["cohort", &cohort.name], problem, "this cohort");
        }
    }
}

fn incomplete(message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem::error(code::INCOMPLETE, message.into()).help(help)
}

/// Checks that the scenario has clients or sources, a management point, and a gateway if it needs
/// one.
fn check_sections(
    reader: &mut Reader<'_>,
    components: &Components,
    cohorts: &[Cohort],
    no_sources: bool,
) {
    let has = |section: &str| !names(reader, section).is_empty();
    let (has_point, has_gateway) = (has("management_point"), has("gateway"));
    if !has("cohort") && no_sources && !has("source") {
        reader.problems.push(incomplete(
            "the scenario has no requests: it has neither cohorts nor sources",
            "add [cohort.NAME] with clients = 1000, or start from `cmgsim init`",
        ));
    }
    if !has_point {
        reader.problems.push(incomplete(
            "the scenario has no management point",
            "add [management_point.main]; all its keys have defaults",
        ));
    }
    let serves_internet = components.site_systems.iter().any(|one| one.serves == Serves::Internet);
    if has_gateway || serves_internet {
        return;
    }
    for cohort in cohorts.iter().filter(|cohort| cohort.locations.internet > 0.0) {
        let problem = incomplete(
            format!("cohort `{}` is on the internet, but the scenario has no gateway", cohort.name),
            "add [gateway.main] and [connection_point.main], or move the cohort to the intranet",
        );
        at_section(reader, &["cohort", &cohort.name], problem, "this cohort");
    }
}

/// Checks that every gateway has a connection point, and every connection point a management point.
fn check_gateways(reader: &mut Reader<'_>, components: &Components) {
    for (place, gateway) in components.gateways.all.iter().enumerate() {
        if !components.connection_points.iter().any(|point| point.gateway.index() == place) {
            let problem = incomplete(
                format!("no connection point serves gateway `{}`", gateway.name),
                format!("add [connection_point.NAME] with gateway = \"{}\"", gateway.name),
            );
            let names = names(reader, "gateway");
            let section = components.gateways.section(&names, place).unwrap_or_default();
            at_section(reader, &["gateway", section], problem, "this gateway");
        }
    }
    for point in &components.connection_points {
        if !has_system(components, point.site, Role::ManagementPoint, Serves::gateway) {
            let problem = incomplete(
                format!(
                    "no management point in the site of connection point `{}` serves clients of \
                     gateways",
                    point.name
                ),
                format!(
                    "set serves = \"all\" or \"gateway\" for a management point{}",
                    of_site(components, point.site)
                ),
            );
            at_section(
                reader,
                &["connection_point", &point.name],
                problem,
                "this connection point",
            );
        }
    }
}

fn has_system(
    components: &Components,
    site: SiteId,
    role: Role,
    serves: fn(Serves) -> bool,
) -> bool {
    let systems = components.site_systems.iter();
    let mut of_site = systems.filter(|one| one.role == role && one.site == site);
    of_site.any(|one: &SiteSystem| serves(one.serves))
}

/// Returns ` in site x` if there are several sites, or else an empty text.
fn of_site(components: &Components, site: SiteId) -> String {
    match (&components.sites[..], components.sites.get(site.index())) {
        ([_], _) | (_, None) => String::new(),
        (_, Some(site)) => format!(" in site `{}`", site.name),
    }
}

fn check_groups_are_used(reader: &mut Reader<'_>, components: &Components, cohorts: &[Cohort]) {
    for (place, group) in components.boundary_groups.iter().enumerate() {
        let id = Some(BoundaryGroupId::from_index(place));
        if cohorts.iter().any(|one| one.intranet_group == id || one.vpn_group == id) {
            continue;
        }
        let problem = Problem::error(
            code::INCONSISTENT,
            format!("boundary group `{}` has no members", group.name),
        );
        let problem = problem.help(format!(
            "set intranet_boundary_group or vpn_boundary_group = \"{}\" for a cohort",
            group.name
        ));
        at_section(reader, &["boundary_group", &group.name], problem, "this boundary group");
    }
}

/// Returns the first location at which a cohort is not served, as a message and its remedy.
fn missing_service(components: &Components, cohort: &Cohort) -> Option<(String, String)> {
    let (name, site) = (&cohort.name, cohort.site);
    let of_site = of_site(components, site);
    if !has_system(components, site, Role::ManagementPoint, |_| true) {
        let message = format!("cohort `{name}` has no management point in its site");
        return Some((message, format!("add a management point{of_site}")));
    }
    let connected = |place: usize| is_connected(components, place, site);
    let via_gateway = (0..components.gateways.all.len()).any(connected);
    let is_internet = |serves: Serves| serves == Serves::Internet;
    let is_there = has_system(components, site, Role::ManagementPoint, is_internet);
    let direct = is_there && cohort.authentication == Authentication::Certificate;
    if cohort.locations.internet > 0.0 && !via_gateway && is_there && !direct {
        let message = format!(
            "no server serves cohort `{name}` on the internet: internet-based client management \
             requires client certificates (plan-internet-based-client-management.md, 03/29/2022)"
        );
        let help = format!(
            "set authentication = \"certificate\" for the cohort, or add a connection point for \
             a gateway{of_site}"
        );
        return Some((message, help));
    }
    if cohort.locations.internet > 0.0 && !via_gateway && !direct {
        let message = format!("no server serves cohort `{name}` on the internet");
        let help = format!(
            "add a connection point for a gateway{of_site}, or a management point with serves = \
             \"internet\"{of_site}"
        );
        return Some((message, help));
    }
    let intranet = 1.0 - cohort.locations.internet - cohort.locations.vpn;
    let inside = [
        (intranet > 1e-9, cohort.intranet_group, "on the intranet"),
        (cohort.locations.vpn > 0.0, cohort.vpn_group, "on VPN"),
    ];
    for (is_there, group, place) in inside {
        let group = group.and_then(|id| components.boundary_groups.get(id.index()));
        let apart = |group: &BoundaryGroup| {
            group.gateways.iter().map(|id| id.index()).find(|place| !connected(*place))
        };
        if let Some((group, apart)) = group.and_then(|group| Some((group, apart(group)?))) {
            let gateway = &components.gateways.all.get(apart)?.name;
            let message = format!(
                "boundary group `{}` assigns cohort `{name}` to gateway `{gateway}`, which has no \
                 connection point in the site of the cohort",
                group.name
            );
            return Some((message, format!("add a connection point for `{gateway}`{of_site}")));
        }
        let sent = group.is_some_and(|one| one.prefers_cloud && one.from == SimTime::ZERO);
        if is_there
            && !sent
            && !has_system(components, site, Role::ManagementPoint, Serves::intranet)
        {
            let message = format!("no management point serves cohort `{name}` {place}");
            let help =
                format!("set serves = \"all\" or \"intranet\" for a management point{of_site}");
            return Some((message, help));
        }
    }
    missing_scan_service(components, cohort, via_gateway)
}

/// Checks that clients that scan reach a software update point from at least one location.
fn missing_scan_service(
    components: &Components,
    cohort: &Cohort,
    via_gateway: bool,
) -> Option<(String, String)> {
    let scans = !matches!(cohort.tasks[RequestKind::UpdateScan], Task::Off);
    let (name, of_site) = (&cohort.name, of_site(components, cohort.site));
    let has = |serves| has_system(components, cohort.site, Role::SoftwareUpdatePoint, serves);
    let through = |group: Option<BoundaryGroupId>| {
        let group = group.and_then(|id| components.boundary_groups.get(id.index()));
        group.is_some_and(|group| group.scans_through_gateway) && has(Serves::gateway)
    };
    let internet = cohort.locations.internet > 0.0
        && (via_gateway && has(Serves::gateway)
            || cohort.authentication == Authentication::Certificate
                && has(|serves| serves == Serves::Internet));
    let intranet = cohort.locations.internet + cohort.locations.vpn < 1.0 - 1e-9
        && (has(Serves::intranet) || through(cohort.intranet_group));
    let vpn = cohort.locations.vpn > 0.0 && (has(Serves::intranet) || through(cohort.vpn_group));
    if !scans || internet || intranet || vpn {
        return None;
    }
    let message =
        format!("cohort `{name}` scans for updates, but no software update point serves it");
    let help = format!(
        "change `serves` of a software update point{of_site}, or set update_scan.interval = \
         \"off\" for the cohort"
    );
    Some((message, help))
}

/// Checks that component names are unique after numbering. Management points and software update
/// points share one namespace in results.
fn check_names(reader: &mut Reader<'_>, components: &Components) {
    check_unique(reader, components.gateways.all.iter().map(|one| ("gateway", &one.name)));
    let points = components.connection_points.iter().map(|one| ("connection_point", &one.name));
    check_unique(reader, points);
    let systems = components.site_systems.iter().map(|one| match one.role {
        Role::ManagementPoint => ("management_point", &one.name),
        Role::SoftwareUpdatePoint => ("software_update_point", &one.name),
    });
    check_unique(reader, systems);
    let points = components.distribution_points.iter().map(|one| ("distribution_point", &one.name));
    check_unique(reader, points);
}

fn check_unique<'a>(
    reader: &mut Reader<'_>,
    components: impl Iterator<Item = (&'static str, &'a String)>,
) {
    let mut seen: BTreeSet<&String> = BTreeSet::new();
    for (section, name) in components {
        if !seen.insert(name) {
            let message = format!("two components are called `{name}`");
            let problem = Problem::error(code::BAD_NAME, message).help(
                "choose another name: `count` creates the names NAME-1, NAME-2, ..., and \
                 management points and software update points must not share a name",
            );
            at_section(reader, &[section, name], problem, "one of the two components");
        }
    }
}

/// Checks that no component was omitted silently, which would be a bug in cmgsim.
pub(super) fn check_complete(reader: &mut Reader<'_>, sections: &[(&str, usize)]) {
    for (section, compiled) in sections {
        let written = names(reader, section).len();
        if reader.problems.is_empty() && *compiled != written {
            let message = format!(
                "internal error: only {compiled} of {written} components in `{section}` can be \
                 compiled"
            );
            let problem = Problem::error(code::INCOMPLETE, message);
            reader
                .problems
                .push(problem.help("report this as a bug in cmgsim and attach the scenario"));
        }
    }
}
