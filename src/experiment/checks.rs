//! Simulated numbers beside the published ones.

use crate::results::{
    Check, ConnectionPointResult, GatewayResult, InstanceResult, ManagementPointResult, Verdict,
};

/// A published number and where it stands.
#[derive(Clone, Debug)]
pub struct Published {
    /// The figure.
    pub figure: f64,
    /// Document and date.
    pub source: String,
}

/// The published numbers that every run is compared with.
#[derive(Clone, Debug)]
pub struct PublishedLimits {
    /// Connections an instance supports, by the name of its VM size.
    pub connections: Vec<(String, Published)>,
    /// Instances one connection point supports.
    pub instances_per_connection_point: Published,
    /// Dynamic TCP ports of a connection point.
    pub ports: Published,
    /// Clients a management point supports.
    pub clients_per_management_point: Published,
    /// Clients of a primary site.
    pub clients_per_site: Published,
    /// Management points of a primary site.
    pub management_points_per_site: Published,
    /// Instances and connection points that are recommended at least.
    pub recommended: Published,
}

impl PublishedLimits {
    /// What is published of a VM size; nothing of a custom one.
    pub fn connections_of(&self, size: &str) -> Option<&Published> {
        self.connections.iter().find(|(name, _)| name == size).map(|(_, published)| published)
    }
}

/// What checks are made of.
pub(super) struct Parts<'a> {
    pub gateways: &'a [GatewayResult],
    pub instances: &'a [InstanceResult],
    pub connection_points: &'a [ConnectionPointResult],
    pub management_points: &'a [ManagementPointResult],
    pub clients: u64,
}

/// All checks of a run.
pub(super) fn checks(limits: &PublishedLimits, parts: &Parts<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for instance in parts.instances {
        let gateway = parts.gateways.iter().find(|gateway| gateway.name == instance.gateway);
        let Some(published) = gateway.and_then(|one| limits.connections_of(&one.size)) else {
            continue;
        };
        checks.push(check(
            "connections on an instance, peak",
            format!("{}/{}", instance.gateway, instance.number),
            instance.connections_peak as f64,
            published,
            "connections",
            "above it requests are still served, but slower",
        ));
    }
    for gateway in parts.gateways {
        let points =
            parts.connection_points.iter().filter(|point| point.gateway == gateway.name).count();
        if points == 0 {
            continue;
        }
        for (what, count) in [
            ("VM instances, at least", u64::from(gateway.instances)),
            ("connection points, at least", points as u64),
        ] {
            let note = "fewer give no continuity when one is away";
            let mut least =
                check(what, gateway.name.clone(), count as f64, &limits.recommended, "", note);
            least.verdict = at_least(least.simulated, least.limit);
            checks.push(least);
        }
        checks.push(check(
            "instances per connection point",
            gateway.name.clone(),
            f64::from(gateway.instances) / points as f64,
            &limits.instances_per_connection_point,
            "instances",
            "a published rule; the ports below may bind before it does",
        ));
    }
    checks.extend(parts.connection_points.iter().map(|point| ports(limits, point)));
    for point in parts.management_points {
        checks.push(check(
            "clients of a management point",
            point.name.clone(),
            point.clients_assigned_peak as f64,
            &limits.clients_per_management_point,
            "clients",
            "sized for default client settings",
        ));
    }
    let site = [
        ("clients of the primary site", parts.clients, &limits.clients_per_site, "clients"),
        (
            "management points of the primary site",
            parts.management_points.len() as u64,
            &limits.management_points_per_site,
            "management points",
        ),
    ];
    for (what, simulated, published, unit) in site {
        let note = "all parts of a scenario belong to one primary site";
        checks.push(check(what, "site".to_owned(), simulated as f64, published, unit, note));
    }
    checks
}

/// The published number is a default of Windows that one may change, so the scenario's counts.
fn ports(limits: &PublishedLimits, point: &ConnectionPointResult) -> Check {
    let mut check = check(
        "ports of a connection point, peak",
        point.name.clone(),
        point.ports_peak as f64,
        &limits.ports,
        "ports",
        "without a free port channels and requests are refused",
    );
    check.limit = f64::from(point.port_limit);
    check.verdict = match point.port_refusals {
        0 => verdict(check.simulated, check.limit),
        // More were asked for than there are; how many is not seen.
        _ => Verdict::Exceeded,
    };
    check
}

fn check(
    what: &str,
    part: String,
    simulated: f64,
    published: &Published,
    unit: &str,
    note: &str,
) -> Check {
    Check {
        what: what.to_owned(),
        part,
        simulated,
        limit: published.figure,
        published: published.figure,
        unit: unit.to_owned(),
        verdict: verdict(simulated, published.figure),
        source: published.source.clone(),
        note: note.to_owned(),
    }
}

/// Where the published number is a recommended minimum.
pub fn at_least(value: f64, least: f64) -> Verdict {
    if value < least { Verdict::Below } else { Verdict::Within }
}

/// Close is above four fifths of the limit; the limit itself is not exceeded.
pub fn verdict(value: f64, limit: f64) -> Verdict {
    match value {
        over if over > limit => Verdict::Exceeded,
        near if near > 0.8 * limit => Verdict::Close,
        _ => Verdict::Within,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_not_exceeded() {
        assert_eq!(verdict(4800.0, 6000.0), Verdict::Within);
        assert_eq!(verdict(4801.0, 6000.0), Verdict::Close);
        assert_eq!(verdict(6000.0, 6000.0), Verdict::Close);
        assert_eq!(verdict(6001.0, 6000.0), Verdict::Exceeded);
    }
}
