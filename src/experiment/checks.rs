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
    /// Connections an instance supports: the source; the figure depends on the size.
    pub connections: Published,
    /// Instances one connection point supports.
    pub instances_per_connection_point: Published,
    /// Dynamic TCP ports of a connection point.
    pub ports: Published,
    /// Clients a management point supports.
    pub clients_per_management_point: Published,
}

/// What checks are made of.
pub(super) struct Parts<'a> {
    pub gateways: &'a [GatewayResult],
    pub instances: &'a [InstanceResult],
    pub connection_points: &'a [ConnectionPointResult],
    pub management_points: &'a [ManagementPointResult],
}

/// All checks of a run.
pub(super) fn checks(limits: &PublishedLimits, parts: &Parts<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for instance in parts.instances {
        checks.push(check(
            "connections on an instance, peak",
            format!("{}/{}", instance.gateway, instance.number),
            f64::from(instance.connection_limit),
            instance.connections_peak as f64,
            "connections",
            &limits.connections.source,
            "above it requests are still served, but slower",
        ));
    }
    for gateway in parts.gateways {
        let points =
            parts.connection_points.iter().filter(|point| point.gateway == gateway.name).count();
        if points == 0 {
            continue;
        }
        checks.push(check(
            "instances per connection point",
            gateway.name.clone(),
            limits.instances_per_connection_point.figure,
            f64::from(gateway.instances) / points as f64,
            "instances",
            &limits.instances_per_connection_point.source,
            "a published rule; the ports below may bind before it does",
        ));
    }
    for point in parts.connection_points {
        let mut ports = check(
            "ports of a connection point, peak",
            point.name.clone(),
            limits.ports.figure,
            point.ports_peak as f64,
            "ports",
            &limits.ports.source,
            "without a free port channels and requests are refused",
        );
        if point.port_refusals > 0 {
            // More were asked for than there are; how many is not seen.
            ports.verdict = Verdict::Exceeded;
        }
        checks.push(ports);
    }
    for point in parts.management_points {
        checks.push(check(
            "clients of a management point",
            point.name.clone(),
            limits.clients_per_management_point.figure,
            point.clients_peak as f64,
            "clients",
            &limits.clients_per_management_point.source,
            "sized for default client settings",
        ));
    }
    checks
}

fn check(
    what: &str,
    part: String,
    published: f64,
    simulated: f64,
    unit: &str,
    source: &str,
    note: &str,
) -> Check {
    let verdict = match simulated {
        over if over > published => Verdict::Exceeded,
        near if near > 0.8 * published => Verdict::Close,
        _ => Verdict::Within,
    };
    Check {
        what: what.to_owned(),
        part,
        published,
        simulated,
        unit: unit.to_owned(),
        verdict,
        source: source.to_owned(),
        note: note.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_not_exceeded() {
        let verdict = |simulated| check("", String::new(), 6000.0, simulated, "", "", "").verdict;
        assert_eq!(verdict(4800.0), Verdict::Within);
        assert_eq!(verdict(6000.0), Verdict::Close);
        assert_eq!(verdict(6001.0), Verdict::Exceeded);
    }
}
