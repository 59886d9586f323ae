//! Reads cohorts: number of clients, locations, site and boundary groups.

use crate::base::ids::{BoundaryGroupId, LineId, SiteId, VpnId};
use crate::base::{Bytes, Id, UtcOffsets};
use crate::model::config::{Cohort, Content, Locations};
use crate::scenario::diagnose::code;
use crate::scenario::read::{Found, Reader};
use crate::scenario::windows::windows;

use super::clock::Clock;
use super::lines::{line_of, timetable};
use super::sites::{has_software_update_point, site_of};
use super::{Components, get, identity, names, only_one, presence, refer, tasks};

pub(super) fn cohorts(
    reader: &mut Reader<'_>,
    components: &Components,
    clock: Option<&Clock>,
) -> Vec<Cohort> {
    let names = names(reader, "cohort");
    names.iter().filter_map(|name| cohort(reader, name, components, clock)).collect()
}

fn cohort(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    clock: Option<&Clock>,
) -> Option<Cohort> {
    let at = |key: &'static str| ["cohort", name, key];
    let clients = reader.required(&at("clients"));
    let clients = clients.and_then(|found| reader.count(&found));
    let utc_offsets = utc_offsets(reader, &at("time_zone"), clock);
    let presence = presence::presence(reader, &at("presence"));
    let locations = locations(reader, name);
    let site = site_of(reader, &at("site"), &format!("cohort `{name}`"));
    let vpn = vpn(reader, name, locations.as_ref(), components);
    let line = line(reader, name, locations.as_ref(), components);
    let [intranet_group, vpn_group] =
        ["intranet_boundary_group", "vpn_boundary_group"].map(|key| group(reader, &at(key)));
    let identity = identity::identity(reader, name, clock);
    let moves = get(reader, &at("moves"), Reader::rate);
    let [uplink, downlink] =
        ["uplink", "downlink"].map(|key| get(reader, &at(key), Reader::bandwidth));
    let start_delay = get(reader, &at("start_delay"), Reader::distribution);
    let scans = scans(reader, name, site, components);
    let tasks = tasks::tasks(reader, name, scans, identity.as_ref().map(|one| &one.renewal));
    let new_policy = get(reader, &at("new_policy_share"), Reader::share);
    let messages = tasks::messages(reader, name, scans, identity.as_ref());
    let handshake = tasks::message(reader, name, "handshake");
    let channel = tasks::channel(reader, name);
    let timeout = get(reader, &at("timeout"), Reader::distribution);
    let retry = tasks::retry(reader, &at("retry"));
    let scan_retry = if scans { tasks::retry(reader, &at("scan_retry")) } else { retry.clone() };
    let content = content(reader, name, utc_offsets.as_ref(), clock);
    let failures = get(reader, &at("failures_to_switch"), Reader::count);
    let window = get(reader, &at("failure_window"), Reader::duration);
    let identity = identity?;
    Some(Cohort {
        name: name.to_owned(),
        clients: clients? as u32,
        presence: presence?,
        utc_offsets: utc_offsets?,
        site: site?,
        locations: locations?,
        vpn: vpn?,
        line: line?,
        intranet_group: intranet_group?,
        vpn_group: vpn_group?,
        authentication: identity.authentication,
        registration: identity.registration,
        expired_token_share: identity.expired_token_share,
        token_grace: identity.token_grace,
        revocation: identity.revocation,
        moves_per_hour: moves?.get() * 3600.0,
        uplink: uplink?,
        downlink: downlink?,
        start_delay: start_delay?,
        faster_cycles: tasks::faster_cycles(reader.catalogue(), tasks.as_ref()?),
        tasks: tasks?,
        new_policy_share: new_policy?.get(),
        messages: messages?,
        handshake: handshake?,
        channel: channel?,
        timeout: timeout?,
        scan_retry: scan_retry?,
        retry: retry?,
        content: content?,
        failures_to_switch: failures? as u32,
        failure_window: window?,
    })
}

/// Returns the UTC offsets (local time minus UTC) during the run.
fn utc_offsets(
    reader: &mut Reader<'_>,
    path: &[&str],
    clock: Option<&Clock>,
) -> Option<UtcOffsets> {
    let found = reader.find(path)?;
    let zone = if found.is_written() {
        reader.zone(&found)
    } else {
        // The default is the scenario's time zone, which the resolved scenario lists elsewhere.
        reader.resolved.pop();
        clock.map(|clock| clock.zone.clone())
    };
    let offsets = |clock: &Clock| zone.as_ref().map(|zone| clock.offsets(zone));
    clock.map_or_else(|| Some(UtcOffsets::default()), offsets)
}

/// Reads the shares of sessions by location, which must sum to one.
fn locations(reader: &mut Reader<'_>, name: &str) -> Option<Locations> {
    let places = ["internet", "intranet", "vpn"];
    let at = |place: &'static str| ["cohort", name, "locations", place];
    let [on_internet, on_intranet, on_vpn] = places.map(|place| reader.is_written(&at(place)));
    let found: Vec<Found> = places.iter().filter_map(|place| reader.find(&at(place))).collect();
    let shares: Vec<f64> =
        found.iter().filter_map(|found| reader.share(found)).map(|share| share.get()).collect();
    let &[mut internet, mut intranet, vpn] = &shares[..] else { return None };
    // The remaining share goes to the intranet, or to the internet if the intranet share is set.
    if on_internet || on_intranet || on_vpn {
        if !on_intranet {
            internet = if on_internet { internet } else { 0.0 };
            intranet = (1.0 - internet - vpn).max(0.0);
        } else if !on_internet {
            internet = (1.0 - intranet - vpn).max(0.0);
        }
    }
    // Rounding changes each share by far less than the tolerance of the sum.
    let percent = |share: f64| format!("\"{}%\"", (share * 1e12).round() / 1e10);
    for (back, share) in [(1, vpn), (2, intranet), (3, internet)] {
        let at = reader.resolved.len().checked_sub(back);
        if let Some(resolved) = at.and_then(|at| reader.resolved.get_mut(at)) {
            resolved.value = percent(share);
        }
    }
    let sum = internet + intranet + vpn;
    if (sum - 1.0).abs() > 1e-9 {
        let message = format!(
            "the location shares of cohort `{name}` sum to {}",
            percent(sum).trim_matches('"')
        );
        let at = found.iter().find(|found| found.is_written()).or(found.first())?;
        reader.complain(code::INCONSISTENT, at, message, "the shares must sum to 100%");
        return None;
    }
    Some(Locations { internet, vpn })
}

/// Reads a reference to a boundary group; the inner `None` means that none is set.
fn group(reader: &mut Reader<'_>, path: &[&str]) -> Option<Option<BoundaryGroupId>> {
    let Some(found) = reader.find(path) else { return Some(None) };
    let names = names(reader, "boundary_group");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    refer(reader, &found, "boundary group", &names).map(BoundaryGroupId::from_index).map(Some)
}

/// Reads the VPN of a cohort that has sessions on VPN; the inner `None` means that no VPN limits
/// them.
fn vpn(
    reader: &mut Reader<'_>,
    cohort: &str,
    locations: Option<&Locations>,
    components: &Components,
) -> Option<Option<VpnId>> {
    let path = ["cohort", cohort, "vpn"];
    let why = if locations.is_some_and(|locations| locations.vpn <= 0.0) {
        "no session is on VPN: set `locations.vpn`"
    } else if names(reader, "vpn").is_empty() {
        "the scenario has no VPN: add [vpn.NAME]"
    } else {
        let place = only_one(reader, &path, "vpn", &format!("cohort `{cohort}`"))?;
        let name = names(reader, "vpn").into_iter().nth(place)?;
        let vpns = components.lines.vpns.iter();
        // A VPN with errors is not in the list.
        return vpns.clone().position(|vpn| vpn.name == name).map(VpnId::from_index).map(Some);
    };
    reader.refuse(&path, why);
    Some(None)
}

/// Reads the WAN line of a cohort that has sessions on the intranet; the inner `None` means that no
/// line limits them.
fn line(
    reader: &mut Reader<'_>,
    cohort: &str,
    locations: Option<&Locations>,
    components: &Components,
) -> Option<Option<LineId>> {
    let path = ["cohort", cohort, "line"];
    let intranet = locations.map(|locations| 1.0 - locations.internet - locations.vpn);
    if intranet.is_some_and(|share| share < 1e-9) {
        reader.refuse(&path, "no session is on the intranet: set `locations.intranet`");
        return Some(None);
    }
    line_of(reader, &path, &components.lines.all)
}

/// Returns whether the clients scan for updates. Without a software update point in their site,
/// they do not scan, and the scan keys have no effect.
fn scans(
    reader: &mut Reader<'_>,
    cohort: &str,
    site: Option<SiteId>,
    components: &Components,
) -> bool {
    let Some(site) = site.and_then(|site| components.sites.get(site.index())) else { return true };
    if has_software_update_point(reader, &site.name) {
        return true;
    }
    let why = if names(reader, "site").is_empty() {
        "the scenario has no software update point: add [software_update_point.main]".to_owned()
    } else {
        format!(
            "site `{}` has no software update point: add [software_update_point.NAME]",
            site.name
        )
    };
    reader.refuse(&["cohort", cohort, "update_scan"], &why);
    reader.refuse(&["cohort", cohort, "scan_retry"], &why);
    reader.refuse(&["cohort", cohort, "message", "update_scan"], &why);
    false
}

/// Reads the amount of data that one download request returns.
/// Reads how clients download content. Windows are in the time zone of the clients.
fn content(
    reader: &mut Reader<'_>,
    cohort: &str,
    utc_offsets: Option<&UtcOffsets>,
    clock: Option<&Clock>,
) -> Option<Content> {
    let at = |key: &'static str| ["cohort", cohort, "content", key];
    let always = get(reader, &at("limit"), Reader::bandwidth);
    let hours = windows(reader, &at("hours"));
    let chunk = chunk(reader, cohort);
    let token = get(reader, &at("token_validity"), Reader::duration);
    let (always, hours) = (always?, hours?);
    let limits = timetable(reader, &at("hours"), &hours, clock?.period(utc_offsets?), |windows| {
        windows.iter().fold(always, |last, window| window.values.limit.unwrap_or(last))
    });
    Some(Content { limits: limits?, chunk: chunk?, token: token? })
}

fn chunk(reader: &mut Reader<'_>, cohort: &str) -> Option<Bytes> {
    let found = reader.find(&["cohort", cohort, "content", "chunk"])?;
    let chunk = reader.bytes(&found)?;
    if chunk < Bytes::new(1000) {
        let message = format!("{} is too small for `{}`", found.node.to_toml(), found.path);
        reader.complain(code::OUT_OF_RANGE, &found, message, "must be at least 1 KB");
        return None;
    }
    Some(chunk)
}
