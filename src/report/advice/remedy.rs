//! What helps a part that is too slow: only what it does not have already.

use crate::results::{GatewayResult, RunResult, SiteSystemResult};

/// The most VM instances of a gateway (perf-scale.md, 04/08/2022).
const INSTANCES_MAX: u32 = 16;

/// The queue of WSUS's application pool that is published for a server of its own
/// (size-and-scale-numbers.md, 04/05/2021).
pub(super) const WSUS_QUEUE: u32 = 2_000;

/// The VM size of a gateway that has most cores and supports most connections (scale-cmg.md, 2021).
const LARGEST: &str = "A4_v2";

/// An imperative for a part that is a bottleneck, by the role and the name of its station; of a
/// database and a storage file `None`, as they have no servers to add.
pub(super) fn remedy(result: &RunResult, role: &str, name: &str) -> Option<String> {
    match role {
        "gateway instance" => {
            let gateway = name.rsplit_once('/').map_or(name, |(gateway, _)| gateway);
            let found = result.gateways.iter().find(|one| one.name == gateway);
            Some(found.map_or_else(|| "Add instances".to_owned(), of_gateway))
        }
        "connection point" => {
            Some("Add a connection point, or cores to the server it runs on".to_owned())
        }
        "management point" => Some("Add a management point, or cores to its server".to_owned()),
        "software update point" => {
            let found = result.software_update_points.iter().find(|one| one.name == name);
            Some(of_update_point(found))
        }
        _ => None,
    }
}

fn of_gateway(gateway: &GatewayResult) -> String {
    let has_largest = gateway.size == LARGEST;
    match (gateway.instances >= INSTANCES_MAX, has_largest) {
        (true, true) => "Add another gateway: 16 instances are the most".to_owned(),
        (true, false) => format!("Choose {LARGEST} for its VM size: 16 instances are the most"),
        (false, true) => "Add instances".to_owned(),
        (false, false) => "Add instances, or choose a larger VM size".to_owned(),
    }
}

fn of_update_point(point: Option<&SiteSystemResult>) -> String {
    match point {
        Some(point) if point.is_shared => {
            "Give it a server of its own, add cores, or add another software update point"
        }
        _ => "Add cores to its server, or add another software update point",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_advised_what_they_have() {
        let gateway = |size: &str, instances| GatewayResult {
            name: "main".to_owned(),
            size: size.to_owned(),
            instances,
            ..GatewayResult::default()
        };
        let point = |name: &str, is_shared| SiteSystemResult {
            name: name.to_owned(),
            is_shared,
            ..SiteSystemResult::default()
        };
        let said = |gateway: GatewayResult, role: &str, name: &str| {
            let software_update_points = vec![point("own", false), point("shared", true)];
            let gateways = vec![gateway];
            let result = RunResult { gateways, software_update_points, ..RunResult::default() };
            remedy(&result, role, name).unwrap_or_default()
        };
        let of =
            |size: &str, instances| said(gateway(size, instances), "gateway instance", "main/0");
        assert!(of("A2_v2", 2).contains("larger VM size"));
        assert!(!of("A4_v2", 2).contains("larger VM size"));
        assert!(of("A4_v2", 16).contains("another gateway"));
        assert!(of("A2_v2", 16).contains("Choose A4_v2"));
        let update = |name: &str| said(gateway("A2_v2", 2), "software update point", name);
        assert!(update("shared").contains("a server of its own"));
        assert!(!update("own").contains("a server of its own"));
        assert_eq!(remedy(&RunResult::default(), "database", "mp database"), None);
    }
}
