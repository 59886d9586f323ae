//! Warns about components that are valid but have no effect, or do not serve all clients.

use crate::model::config::{
    Authentication, Cohort, Disruption, DisruptionKind, Presence, Protocol, Serves, Task,
};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::read::Reader;
use crate::terms::{RequestKind, Role};

use super::version::Version;
use super::{Components, names};

pub(super) fn check(
    reader: &mut Reader<'_>,
    components: &Components,
    cohorts: &[Cohort],
    disruptions: &[Disruption],
    version: Option<Version>,
) {
    for cohort in cohorts {
        let found = [
            internet_based(components, cohort),
            enhanced_http_only(components, cohort),
            no_restart(cohort),
        ];
        for (message, help) in found.into_iter().flatten() {
            warn(reader, &["cohort", &cohort.name], message, help);
        }
    }
    for (place, gateway) in components.gateways.all.iter().enumerate() {
        if gateway.outbound.stops && !gateway.outbound.is_measured {
            let message = format!("the outbound threshold never stops gateway `{}`", gateway.name);
            let help = "versions before 2603 do not measure outbound data of scale sets (KB \
                37426535, 04/27/2026): set site.version = \"2603\" or newer";
            let names = names(reader, "gateway");
            let section = components.gateways.section(&names, place).unwrap_or_default();
            warn(reader, &["gateway", section], message, help);
        }
    }
    let asks = version.is_none_or(|version| version >= Version::ASKS_IDENTITY_PROVIDER);
    for disruption in disruptions.iter().filter(|_| !asks) {
        if matches!(disruption.kind, DisruptionKind::IdentityProviderOutage { .. }) {
            let message = format!("disruption `{}` has no effect", disruption.name);
            let help = "management points contact the identity provider only in version 2603 and \
                newer (whats-new-in-version-2603.md, 08/05/2026): set \
                site.version = \"2603\" or newer";
            warn(reader, &["disruption", &disruption.name], message, help);
        }
    }
}

fn warn(reader: &mut Reader<'_>, path: &[&str], message: String, help: impl Into<String>) {
    let warning = Problem::warning(code::PLAN, message).help(help);
    let span = reader.tree().at(path).and_then(|node| node.origin.span()).cloned();
    reader.warnings.push(match span {
        Some(span) => warning.at(span, "defined here"),
        None => warning,
    });
}

/// Message and remedy of a warning.
type Found = Option<(String, &'static str)>;

/// Finds clients that authenticate with tokens and are therefore not served by an internet-based
/// management point.
fn internet_based(components: &Components, cohort: &Cohort) -> Found {
    let is_beside = components.site_systems.iter().any(|one| {
        one.role == Role::ManagementPoint
            && one.site == cohort.site
            && one.serves == Serves::Internet
    });
    let is_served = cohort.authentication == Authentication::Certificate;
    (is_beside && !is_served && cohort.locations.internet > 0.0).then(|| {
        let message =
            format!("internet-based client management does not serve cohort `{}`", cohort.name);
        let help = "it requires client certificates (plan-internet-based-client-management.md, \
            03/29/2022); clients with tokens use only gateways";
        (message, help)
    })
}

/// Finds clients with certificates, which could prefer management points with HTTPS, if no
/// management point uses HTTPS.
fn enhanced_http_only(components: &Components, cohort: &Cohort) -> Found {
    let own = components.site_systems.iter().filter(|one| {
        one.role == Role::ManagementPoint && one.site == cohort.site && one.serves.intranet()
    });
    let protocols: Vec<Protocol> = own.map(|point| point.protocol).collect();
    let could_prefer = cohort.authentication == Authentication::Certificate
        && cohort.locations.internet < 1.0 - 1e-9
        && protocols.len() > 1
        && !protocols.contains(&Protocol::Https);
    could_prefer.then(|| {
        let message = format!(
            "cohort `{}` has client certificates, but none of its {} management points uses HTTPS",
            cohort.name,
            protocols.len()
        );
        (
            message,
            "set protocol = \"https\" for the management points that these clients should prefer",
        )
    })
}

/// Finds devices whose tokens expire between two starts of the client service.
fn no_restart(cohort: &Cohort) -> Found {
    let Task::AtStart { age, restart } = &cohort.tasks[RequestKind::TokenRenewal] else {
        return None;
    };
    let validity = *age + cohort.token_grace;
    let is_late = restart.is_none_or(|restart| restart >= validity);
    let is_lost =
        is_late && matches!(cohort.presence, Presence::AlwaysOn) && cohort.locations.internet > 0.0;
    is_lost.then(|| {
        let message = format!(
            "tokens in cohort `{}` expire: the client service does not restart within the token \
             validity of {validity}",
            cohort.name
        );
        let help = "a token is renewed only when the client service starts \
            (deploy-clients-cmg-token.md, 12/08/2025): set a shorter token.service_restart";
        (message, help)
    })
}
