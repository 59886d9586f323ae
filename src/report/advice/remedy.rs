//! Remedies for a component that is too slow. A remedy never proposes something that the component
//! already has.

use crate::results::{GatewayResult, RunResult, SiteSystemResult};
use crate::terms::{Role, StationKind};

/// Maximum number of VM instances of a gateway (perf-scale.md, 04/08/2022).
const INSTANCES_MAX: u32 = 16;

/// Queue length of the WSUS application pool that Microsoft publishes for a dedicated server
/// (size-and-scale-numbers.md, 04/05/2021).
pub(super) const WSUS_QUEUE: u32 = 2_000;

/// Gateway VM size with the most cores and connections (scale-cmg.md, 2021).
const LARGEST: &str = "A4_v2";

/// Returns the action for a bottleneck by kind of station; `None` for a database and for a file in
/// a gateway's storage, because no remedy is known.
pub(super) fn remedy(result: &RunResult, station: u32) -> Option<String> {
    match result.station(station)?.role {
        StationKind::GatewayInstance => {
            let instance = result.instances.iter().find(|one| one.station == station);
            let gateway = instance.and_then(|one| result.gateway_of(one));
            Some(gateway.map_or_else(|| "Add instances".to_owned(), of_gateway))
        }
        StationKind::ConnectionPoint => {
            Some("Add a connection point, or cores to the server it runs on".to_owned())
        }
        StationKind::ManagementPoint | StationKind::SoftwareUpdatePoint => {
            let all = result.management_points.iter().chain(&result.software_update_points);
            all.clone().find(|one| one.station == station).map(of_site_system)
        }
        StationKind::Database | StationKind::StorageFile => None,
    }
}

fn of_gateway(gateway: &GatewayResult) -> String {
    let has_largest = gateway.size == LARGEST;
    match (gateway.instances >= INSTANCES_MAX, has_largest) {
        (true, true) => "Add another gateway: 16 instances are the maximum".to_owned(),
        (true, false) => format!("Choose the VM size {LARGEST}: 16 instances are the maximum"),
        (false, true) => "Add instances".to_owned(),
        (false, false) => "Add instances, or choose a larger VM size".to_owned(),
    }
}

/// Returns the action for a management point or software update point.
pub(super) fn of_site_system(point: &SiteSystemResult) -> String {
    match point.role {
        Role::ManagementPoint => "Add a management point, or cores to its server",
        Role::SoftwareUpdatePoint if point.is_shared => {
            "Move the software update point to a dedicated server, add cores, or add another one"
        }
        Role::SoftwareUpdatePoint => {
            "Add cores to its server, or add another software update point"
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{InstanceResult, StationResult};

    /// Returns the remedy for the only station of a result.
    fn said(role: StationKind, result: RunResult) -> Option<String> {
        let stations = vec![StationResult { role, ..StationResult::default() }];
        remedy(&RunResult { stations, ..result }, 0)
    }

    #[test]
    fn remedies_exclude_options_that_are_already_in_use() {
        let of = |size: &str, count: u32| {
            let name = "main".to_owned();
            let instances = vec![InstanceResult { gateway: name.clone(), ..Default::default() }];
            let size = size.to_owned();
            let gateway = GatewayResult { name, size, instances: count, ..Default::default() };
            let result = RunResult { gateways: vec![gateway], instances, ..RunResult::default() };
            said(StationKind::GatewayInstance, result).expect("a remedy")
        };
        assert!(of("A2_v2", 2).contains("larger VM size"));
        assert!(!of("A4_v2", 2).contains("larger VM size"));
        assert!(of("A4_v2", 16).contains("another gateway"));
        assert!(of("A2_v2", 16).contains("Choose the VM size A4_v2"));
        let update = |is_shared| {
            let role = Role::SoftwareUpdatePoint;
            let point = SiteSystemResult { role, is_shared, ..SiteSystemResult::default() };
            let result = RunResult { software_update_points: vec![point], ..Default::default() };
            said(StationKind::SoftwareUpdatePoint, result).expect("a remedy")
        };
        assert!(update(true).contains("a dedicated server"));
        assert!(!update(false).contains("a dedicated server"));
        assert_eq!(said(StationKind::Database, RunResult::default()), None);
    }
}
