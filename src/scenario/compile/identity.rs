//! Reads client authentication: certificates and tokens, registration, revocation lists.

use crate::base::{Bytes, SimDuration, SimTime};
use crate::model::config::{Authentication, Registration, Revocation, Task};
use crate::scenario::diagnose::code;
use crate::scenario::read::Reader;

use super::clock::{Clock, point_in_time};
use super::get;

/// Authentication of a cohort.
pub(super) struct Identity {
    pub authentication: Authentication,
    pub registration: Registration,
    pub expired_token_share: f64,
    pub token_grace: SimDuration,
    /// Task that renews the token.
    pub renewal: Task,
    pub revocation: Option<Revocation>,
}

/// Keys that require a specific authentication method.
const OWN_KEYS: [(Authentication, [&str; 2]); 7] = [
    (Authentication::SiteToken, ["registration", "token_validity"]),
    (Authentication::Entra, ["token", "entra_lifetime"]),
    (Authentication::Entra, ["token", "onboarded"]),
    (Authentication::SiteToken, ["token", "site_renewal"]),
    (Authentication::SiteToken, ["token", "site_validity"]),
    (Authentication::SiteToken, ["token", "service_restart"]),
    (Authentication::SiteToken, ["token", "expired_share"]),
];

pub(super) fn identity(
    reader: &mut Reader<'_>,
    cohort: &str,
    clock: Option<&Clock>,
) -> Option<Identity> {
    let word = get(reader, &["cohort", cohort, "authentication"], Reader::choice);
    let revocation = revocation(reader, cohort);
    let word = word?;
    let authentication = match word.as_str() {
        "certificate" => Authentication::Certificate,
        "site-token" => Authentication::SiteToken,
        _ => Authentication::Entra,
    };
    for (owner, [section, key]) in OWN_KEYS {
        if owner != authentication {
            let owner = if owner == Authentication::Entra { "entra" } else { "site-token" };
            let why =
                format!("it requires authentication = \"{owner}\"; the cohort uses \"{word}\"");
            reader.refuse(&["cohort", cohort, section, key], &why);
        }
    }
    if authentication == Authentication::Certificate {
        let why = "authentication is \"certificate\": there is no token to renew";
        reader.refuse(&["cohort", cohort, "message", "token_renewal"], why);
    }
    let registration = registration(reader, cohort, authentication, clock);
    let token = token(reader, cohort, authentication);
    let (renewal, token_grace, expired_token_share) = token?;
    Some(Identity {
        authentication,
        registration: registration?,
        expired_token_share,
        token_grace,
        renewal,
        revocation: revocation?,
    })
}

fn registration(
    reader: &mut Reader<'_>,
    cohort: &str,
    authentication: Authentication,
    clock: Option<&Clock>,
) -> Option<Registration> {
    let at = |key: &'static str| ["cohort", cohort, "registration", key];
    let registered = get(reader, &at("registered_share"), Reader::share);
    let from = match reader.find(&at("from")) {
        Some(found) => clock.and_then(|clock| point_in_time(reader, &found, clock)),
        None => Some(SimTime::ZERO),
    };
    let spread = get(reader, &at("spread"), Reader::distribution);
    let expires = if authentication == Authentication::SiteToken {
        let validity = get(reader, &at("token_validity"), Reader::duration);
        from.zip(validity).map(|(from, validity)| from + validity)
    } else {
        Some(SimTime::NEVER)
    };
    Some(Registration {
        registered_share: registered?.get(),
        from: from?,
        spread: spread?,
        expires: expires?,
    })
}

/// Returns the renewal task, the time for which a token remains valid after its renewal is due, and
/// the share of expired tokens.
fn token(
    reader: &mut Reader<'_>,
    cohort: &str,
    authentication: Authentication,
) -> Option<(Task, SimDuration, f64)> {
    let at = |key: &'static str| ["cohort", cohort, "token", key];
    match authentication {
        Authentication::Certificate => Some((Task::Off, SimDuration::ZERO, 0.0)),
        Authentication::Entra => {
            let lifetime = get(reader, &at("entra_lifetime"), Reader::duration);
            let is_onboarded = get(reader, &at("onboarded"), Reader::boolean)?;
            // Clients of a tenant that is not onboarded never get a token.
            let without_token = if is_onboarded { 0.0 } else { 1.0 };
            Some((Task::Expiry(lifetime?), SimDuration::ZERO, without_token))
        }
        Authentication::SiteToken => {
            let renewal = get(reader, &at("site_renewal"), Reader::duration);
            let validity_found = reader.find(&at("site_validity"))?;
            let validity = reader.duration(&validity_found);
            let expired = get(reader, &at("expired_share"), Reader::share);
            let restart = service_restart(reader, &at("service_restart"));
            let (renewal, validity) = (renewal?, validity?);
            if validity < renewal {
                let message =
                    format!("the tokens of cohort `{cohort}` expire before their renewal");
                let label = format!("must be at least {renewal} (token.site_renewal)");
                reader.complain(code::INCONSISTENT, &validity_found, message, label);
                return None;
            }
            let task = Task::AtStart { age: renewal, restart: restart? };
            Some((task, validity.saturating_sub(renewal), expired?.get()))
        }
    }
}

/// Reads the time between starts of the client service; the inner `None` means never.
fn service_restart(reader: &mut Reader<'_>, path: &[&str]) -> Option<Option<SimDuration>> {
    let found = reader.find(path)?;
    if reader.is_or(&found) {
        return Some(None);
    }
    reader.duration(&found).map(Some)
}

fn revocation(reader: &mut Reader<'_>, cohort: &str) -> Option<Option<Revocation>> {
    let at = |key: &'static str| ["cohort", cohort, "revocation", key];
    if !get(reader, &at("check"), Reader::boolean)? {
        for key in ["size", "keep", "reachable", "timeout"] {
            reader.refuse(&at(key), "revocation.check is false");
        }
        return Some(None);
    }
    if get(reader, &at("reachable"), Reader::boolean)? {
        reader.refuse(
            &at("timeout"),
            "only an unreachable revocation list causes a timeout: reachable is true",
        );
        let size = get(reader, &at("size"), Reader::bytes);
        let keep = get(reader, &at("keep"), Reader::duration);
        return Some(Some(Revocation { size: size?, keep: keep?, unreachable: None }));
    }
    for key in ["size", "keep"] {
        reader.refuse(&at(key), "no revocation list is downloaded: reachable is false");
    }
    let timeout = get(reader, &at("timeout"), Reader::duration)?;
    let (size, keep) = (Bytes::ZERO, SimDuration::ZERO);
    Some(Some(Revocation { size, keep, unreachable: Some(timeout) }))
}
