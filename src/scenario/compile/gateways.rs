//! Reads gateways: instances, content storage, service demands and outbound thresholds.

use std::ops::Range;

use crate::base::ids::GatewayId;
use crate::base::{BitsPerSecond, Bytes, Id, SimDuration};
use crate::engine::Distribution;
use crate::model::config::{
    ClientList, Gateway, GatewayDemand, ListAccess, OutboundThreshold, Probe, Storage,
};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::limits;
use crate::scenario::read::Reader;

use super::servers::{discipline, numbered, queue_limit, servers};
use super::version::Version;
use super::{at_section, get, names, only_of};

/// All gateways, and the sections that define them.
pub(super) struct Gateways {
    pub all: Vec<Gateway>,
    /// Range of gateways per section, in order; empty if a section has problems.
    pub sections: Vec<Range<usize>>,
}

impl Gateways {
    /// Returns the section of a gateway.
    pub(super) fn section<'a>(&self, names: &'a [String], place: usize) -> Option<&'a str> {
        let section = self.sections.iter().position(|own| own.contains(&place))?;
        names.get(section).map(String::as_str)
    }
}

pub(super) fn gateways(reader: &mut Reader<'_>, version: Option<Version>) -> Gateways {
    let mut gateways = Gateways { all: Vec::new(), sections: Vec::new() };
    for name in names(reader, "gateway") {
        let before = gateways.all.len();
        if let Some((count, one)) = gateway(reader, &name, version) {
            let copies = numbered(&name, count).into_iter();
            gateways.all.extend(copies.map(|name| Gateway { name, ..one.clone() }));
        }
        gateways.sections.push(before..gateways.all.len());
    }
    let instances: u32 = gateways.all.iter().map(|gateway| gateway.instances).sum();
    if instances as usize > limits::COMPONENTS_MAX {
        let message = format!(
            "the gateways have {instances} instances in total; the limit is {}",
            limits::COMPONENTS_MAX
        );
        let problem = Problem::error(code::OUT_OF_RANGE, message);
        at_section(reader, &["gateway"], problem, "all gateways in total");
    }
    gateways
}

/// Returns the gateways that a key refers to: all gateways of a section, or one gateway by its
/// numbered name; without a name, the gateways of the only section.
pub(super) fn gateways_of(
    reader: &mut Reader<'_>,
    path: &[&str],
    gateways: &Gateways,
    subject: &str,
) -> Option<Vec<GatewayId>> {
    let is_copy = |own: &&Range<usize>| own.len() > 1;
    let copies: Vec<usize> = gateways.sections.iter().filter(is_copy).cloned().flatten().collect();
    let names: Vec<&str> = copies.iter().map(|place| &*gateways.all[*place].name).collect();
    let found = only_of(reader, path, "gateway", &names, subject)?;
    let places = match gateways.sections.get(found) {
        Some(section) => section.clone(),
        None => {
            let place = copies[found - gateways.sections.len()];
            place..place + 1
        }
    };
    (!places.is_empty()).then(|| places.map(GatewayId::from_index).collect())
}

fn gateway(
    reader: &mut Reader<'_>,
    name: &str,
    version: Option<Version>,
) -> Option<(u64, Gateway)> {
    let count = get(reader, &["gateway", name, "count"], Reader::count);
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
    let queue_limit = queue_limit(reader, &["gateway", name, "queue_limit"], None);
    let exponent = get(reader, &["gateway", name, "overload_exponent"], Reader::number);
    let update_domains = get(reader, &["gateway", name, "update_domains"], Reader::count);
    let interval = get(reader, &["gateway", name, "probe", "interval"], Reader::duration);
    let failures = get(reader, &["gateway", name, "probe", "failures"], Reader::count);
    let idle_timeout = get(reader, &["gateway", name, "idle_timeout"], Reader::duration);
    let demand = demand(reader, name);
    let storage = storage(reader, name);
    // Azure has always measured the outbound data of the classic cloud service.
    let is_measured = size.as_deref() == Some("classic")
        || version.is_some_and(|version| version >= Version::MEASURES_OUTBOUND);
    let outbound = outbound(reader, name, is_measured);
    let client_list = client_list(reader, name);
    let one = Gateway {
        name: String::new(),
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
        demand: demand?,
        idle_timeout: idle_timeout?,
        storage: storage?,
        outbound: outbound?,
        client_list: client_list?,
    };
    Some((count?, one))
}

fn demand(reader: &mut Reader<'_>, name: &str) -> Option<GatewayDemand> {
    let at = |key: &'static str| ["gateway", name, "demand", key];
    let handshake = get(reader, &at("handshake"), Reader::distribution);
    let forward = get(reader, &at("forward"), Reader::distribution_by_kind);
    let per_kilobyte: Option<SimDuration> = get(reader, &at("per_kilobyte"), Reader::duration);
    let certificate = get(reader, &at("certificate"), Reader::distribution);
    let token = get(reader, &at("token"), Reader::distribution);
    let verifies = get(reader, &["gateway", name, "verify_revocation"], Reader::boolean);
    let revocation: Option<Option<Distribution>> = match verifies {
        Some(false) => {
            reader.refuse(&at("revocation"), "verify_revocation is false");
            Some(None)
        }
        _ => get(reader, &at("revocation"), Reader::distribution).map(Some),
    };
    Some(GatewayDemand {
        handshake: handshake?,
        forward: forward?,
        per_kilobyte: per_kilobyte?,
        certificate: certificate?,
        revocation: revocation?,
        token: token?,
    })
}

/// Reads the revocation list of client certificates, if the gateway checks it.
fn client_list(reader: &mut Reader<'_>, name: &str) -> Option<Option<ClientList>> {
    let at = |key: &'static str| ["gateway", name, "revocation", key];
    let verifies = get(reader, &["gateway", name, "verify_revocation"], Reader::boolean)?;
    // Remove the duplicate: `demand` has already added this key to the resolved scenario.
    reader.resolved.pop();
    if !verifies {
        reader.refuse(&["gateway", name, "revocation"], "verify_revocation is false");
        return Some(None);
    }
    let request = get(reader, &at("request"), Reader::bytes);
    if !get(reader, &at("reachable"), Reader::boolean)? {
        for key in ["size", "keep", "fetch"] {
            reader.refuse(&at(key), "no revocation list is downloaded: reachable is false");
        }
        let timeout = get(reader, &at("timeout"), Reader::duration)?;
        let access = ListAccess::Unreachable(timeout);
        return Some(Some(ClientList { request: request?, access }));
    }
    reader.refuse(&at("timeout"), "no download times out: reachable is true");
    let size = get(reader, &at("size"), Reader::bytes);
    let keep = get(reader, &at("keep"), Reader::duration);
    let fetch = get(reader, &at("fetch"), Reader::distribution);
    let access = ListAccess::Reachable { size: size?, keep: keep?, fetch: fetch? };
    Some(Some(ClientList { request: request?, access }))
}

/// Reads the content storage, if the gateway is enabled for content.
fn storage(reader: &mut Reader<'_>, name: &str) -> Option<Option<Storage>> {
    if !get(reader, &["gateway", name, "content"], Reader::boolean)? {
        reader.refuse(&["gateway", name, "storage"], "content is false");
        return Some(None);
    }
    let at = |key: &'static str| ["gateway", name, "storage", key];
    let requests = get(reader, &at("requests_per_second"), Reader::number);
    let bandwidth = get(reader, &at("bandwidth"), Reader::bandwidth);
    Some(Some(Storage { requests_per_second: requests?, bandwidth: bandwidth? }))
}

fn outbound(reader: &mut Reader<'_>, name: &str, is_measured: bool) -> Option<OutboundThreshold> {
    let at = |key: &'static str| ["gateway", name, "outbound", key];
    let limit = get(reader, &at("threshold"), |reader, found| {
        let limit = reader.bytes(found)?;
        if limit == Bytes::ZERO {
            let message = format!("the outbound threshold of gateway `{name}` is 0 B");
            let label = "must be above 0 B, or the first response would exceed it";
            reader.complain(code::OUT_OF_RANGE, found, message, label);
            return None;
        }
        Some(limit)
    });
    let critical = get(reader, &at("critical"), Reader::share);
    let check = get(reader, &at("check"), Reader::duration);
    let stops = get(reader, &at("stop"), Reader::boolean);
    let before = get(reader, &at("before"), Reader::bytes);
    Some(OutboundThreshold {
        limit: limit?,
        critical_share: critical?.get(),
        check: check?,
        stops: stops?,
        before: before?,
        is_measured,
    })
}

/// Checks that a custom size sets all values that the catalogue defines for other VM sizes.
fn need_all_of_size(reader: &mut Reader<'_>, name: &str) {
    for key in ["connection_limit", "cores", "core_speed", "bandwidth"] {
        if reader.tree().at(&["gateway", name, key]).is_none() {
            let message = format!("gateway `{name}` of size \"custom\" must set `{key}`");
            let doc = reader.catalogue().exactly(&format!("gateway.*.{key}")).map(|row| &row.doc);
            let help = doc.cloned().unwrap_or_default();
            let problem = Problem::error(code::MISSING, message).help(help);
            at_section(reader, &["gateway", name], problem, "this gateway");
        }
    }
}

/// Reads the number of instances, 1 to 16, with a remedy for a larger number.
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
        problem.help =
            "for more than 16 instances, add gateways: set `count`, or add another section"
                .to_owned();
    }
    count.map(|count| count as u32)
}

/// Returns the catalogue row for a property of a VM size; sizes without their own row use A2_v2.
fn size_row(catalogue: &crate::catalogue::Catalogue, size: Option<&str>, what: &str) -> String {
    let own = format!("size.{}.{what}", size.unwrap_or("A2_v2"));
    if catalogue.exactly(&own).is_some() { own } else { format!("size.A2_v2.{what}") }
}
