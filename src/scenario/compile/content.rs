//! Checks that all clients that download content have a content source.

use crate::base::ids::{BoundaryGroupId, SiteId};
use crate::base::{Bytes, Id};
use crate::model::config::{Authentication, Cohort, ContentSource, Deployment};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::limits;
use crate::scenario::read::Reader;

use super::{Components, at_section};

pub(super) fn check(
    reader: &mut Reader<'_>,
    components: &Components,
    cohorts: &[Cohort],
    deployments: &[Deployment],
) {
    let storages =
        components.gateways.all.iter().filter(|gateway| gateway.storage.is_some()).count();
    let files = storages * deployments.len();
    if files > limits::FILES_MAX {
        let message = format!(
            "{} deployments on {storages} gateways with content need {files} files; the limit is \
             {}",
            deployments.len(),
            limits::FILES_MAX
        );
        let help = "simulate fewer deployments, or set content = false for some gateways";
        let problem = Problem::error(code::OUT_OF_RANGE, message).help(help);
        at_section(reader, &["deployment"], problem, "all deployments in total");
    }
    // Compare components only if each of them is valid.
    if !reader.problems.is_empty() {
        return;
    }
    for deployment in deployments {
        check_chunks(reader, cohorts, deployment);
        if deployment.size == Bytes::ZERO || deployment.source != ContentSource::Site {
            continue;
        }
        for id in &deployment.target.cohorts {
            let Some(cohort) = cohorts.get(id.index()) else { continue };
            for (share, place, has_source, help) in places(components, cohort) {
                if share <= 0.0 || has_source {
                    continue;
                }
                let message = format!(
                    "deployment `{}` has content, but cohort `{}` has no content source {place}",
                    deployment.name, cohort.name
                );
                let problem = Problem::error(code::INCOMPLETE, message).help(format!(
                    "{help}, or set source = \"microsoft-update\" for the deployment"
                ));
                at_section(reader, &["deployment", &deployment.name], problem, "this deployment");
            }
        }
    }
}

/// Refuses a download with too many chunks, which would take too long to simulate.
fn check_chunks(reader: &mut Reader<'_>, cohorts: &[Cohort], deployment: &Deployment) {
    let own = deployment.target.cohorts.iter().filter_map(|id| cohorts.get(id.index()));
    let components =
        own.map(|cohort| deployment.size.count().div_ceil(cohort.content.chunk.count().max(1)));
    let maximum = components.max().unwrap_or(0);
    if maximum > limits::CONTENT_CHUNKS_MAX {
        let message = format!(
            "the content of deployment `{}` has {maximum} chunks; the limit is {}",
            deployment.name,
            limits::CONTENT_CHUNKS_MAX
        );
        let problem = Problem::error(code::OUT_OF_RANGE, message)
            .help("reduce the size, or increase client.content.chunk");
        at_section(reader, &["deployment", &deployment.name], problem, "this deployment");
    }
}

/// Returns, for each location of a cohort, the share of its sessions, the location in words,
/// whether a content source exists, and how to add one.
fn places(
    components: &Components,
    cohort: &Cohort,
) -> [(f64, &'static str, bool, &'static str); 3] {
    let site = cohort.site;
    let near = |internet: bool| {
        let mut points = components.distribution_points.iter();
        points.any(|point| point.site == site && point.is_internet == internet)
    };
    let gateways = components.gateways.all.iter().enumerate();
    let mut offered = gateways.filter(|(_, one)| one.storage.is_some()).map(|(place, _)| place);
    let internet = offered.any(|place| is_connected(components, place, site))
        || cohort.authentication == Authentication::Certificate && near(true);
    let inside = |group: Option<BoundaryGroupId>| {
        let group = group.and_then(|id| components.boundary_groups.get(id.index()));
        let gateways = group.map_or(&[][..], |group| &group.gateways);
        let mut gateways = gateways.iter().filter_map(|id| components.gateways.all.get(id.index()));
        near(false) || gateways.any(|gateway| gateway.storage.is_some())
    };
    let intranet_share = 1.0 - cohort.locations.internet - cohort.locations.vpn;
    let help = "add [distribution_point.NAME] in the site of the cohort";
    [
        (
            cohort.locations.internet,
            "on the internet",
            internet,
            "set content = true for a gateway",
        ),
        (intranet_share - 1e-9, "on the intranet", inside(cohort.intranet_group), help),
        (cohort.locations.vpn, "on VPN", inside(cohort.vpn_group), help),
    ]
}

/// Returns whether a gateway has a connection point in a site.
pub(super) fn is_connected(components: &Components, gateway: usize, site: SiteId) -> bool {
    let mut points = components.connection_points.iter();
    points.any(|point| point.gateway.index() == gateway && point.site == site)
}
