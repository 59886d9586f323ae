//! Parts of a plan that do nothing, or not for everybody, although nothing is wrong with them: each
//! is a warning.

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
            let help = "before version 2603 the outbound data of scale sets are not measured (KB \
                37426535, 04/27/2026): site.version = \"2603\" or newer";
            let names = names(reader, "gateway");
            let section = components.gateways.section(&names, place).unwrap_or_default();
            warn(reader, &["gateway", section], message, help);
        }
    }
    let asks = version.is_none_or(|version| version >= Version::ASKS_IDENTITY_PROVIDER);
    for disruption in disruptions.iter().filter(|_| !asks) {
        if matches!(disruption.kind, DisruptionKind::IdentityProviderOutage { .. }) {
            let message = format!("disruption `{}` does nothing", disruption.name);
            let help = "management points ask the identity provider from version 2603 on \
                (whats-new-in-version-2603.md, 08/05/2026): site.version = \"2603\" or newer";
            warn(reader, &["disruption", &disruption.name], message, help);
        }
    }
}

fn warn(reader: &mut Reader<'_>, path: &[&str], message: String, help: impl Into<String>) {
    let warning = Problem::warning(code::PLAN, message).help(help);
    let span = reader.tree().at(path).and_then(|node| node.origin.span()).cloned();
    reader.warnings.push(match span {
        Some(span) => warning.at(span, "here"),
        None => warning,
    });
}

/// A message and its remedy.
type Found = Option<(String, &'static str)>;

/// Clients with tokens beside internet-based client management.
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
            03/29/2022): clients with tokens use gateways only";
        (message, help)
    })
}

/// Clients with certificates that could prefer HTTPS, but nothing uses it.
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
        (message, "clients prefer management points with protocol = \"https\", if there are any")
    })
}

/// Devices whose tokens run out between two starts of the client service.
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
            "clients of cohort `{}` lose their tokens: they run for longer than the {validity} that \
             a token is valid",
            cohort.name
        );
        let help = "a token is renewed only when the client service starts \
            (deploy-clients-cmg-token.md, 12/08/2025): token.service_restart";
        (message, help)
    })
}
