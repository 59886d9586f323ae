//! What follows from results alone: sums of flows, the bill, and the checks. Whoever has a
//! run's other results calls it last.

use crate::results::{Flows, RunResult, cost, egress_per_client_30_days};

use super::checks::{PublishedLimits, checks};

/// Fills in what follows from the other results: `flows` (all but the revocation lists), `cost`
/// and `checks`.
pub(super) fn derive(result: &mut RunResult, limits: &PublishedLimits) {
    result.flows = flows(result);
    let measured = result.scenario.duration_seconds;
    result.cost = cost(
        &result.gateways,
        &result.flows,
        &result.deployments,
        &result.scenario.prices,
        measured,
    );
    result.checks = checks(limits, result);
}

fn flows(result: &RunResult) -> Flows {
    let gateways = &result.gateways;
    let to_clients = gateways.iter().map(|one| one.bytes_to_clients).sum();
    let to_sites = gateways.iter().map(|one| one.bytes_to_site).sum();
    let to_lists = gateways.iter().map(|one| one.bytes_to_revocation_lists).sum();
    let clients_mean = gateways.iter().map(|one| one.clients_mean).sum();
    let measured = result.scenario.duration_seconds;
    Flows {
        clients_to_gateways: gateways.iter().map(|one| one.bytes_from_clients).sum(),
        gateways_to_clients: to_clients,
        gateways_to_sites: to_sites,
        storage_to_clients: gateways.iter().map(|one| one.bytes_from_storage).sum(),
        distribution_points_to_clients: result
            .distribution_points
            .iter()
            .map(|one| one.bytes_sent)
            .sum(),
        microsoft_update_to_clients: result
            .deployments
            .iter()
            .map(|one| one.bytes_from_microsoft_update)
            .sum(),
        revocation_lists_to_clients: result.flows.revocation_lists_to_clients,
        gateways_to_revocation_lists: to_lists,
        revocation_lists_to_gateways: gateways
            .iter()
            .map(|one| one.bytes_from_revocation_lists)
            .sum(),
        gateway_clients_mean: clients_mean,
        egress_per_client_30_days: egress_per_client_30_days(
            to_clients + to_sites + to_lists,
            clients_mean,
            measured,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{DistributionPointResult, GatewayResult};

    #[test]
    fn flows_are_the_sums_of_the_parts() {
        let gateway = GatewayResult {
            bytes_from_clients: 7,
            bytes_to_clients: 300,
            bytes_to_site: 20,
            bytes_to_revocation_lists: 1,
            bytes_from_revocation_lists: 5,
            bytes_from_storage: 1000,
            clients_mean: 4.0,
            ..GatewayResult::default()
        };
        let point = DistributionPointResult { bytes_sent: 50, ..Default::default() };
        let mut result = RunResult {
            gateways: vec![gateway.clone(), gateway],
            distribution_points: vec![point],
            ..RunResult::default()
        };
        result.scenario.duration_seconds = 86_400.0;
        result.flows.revocation_lists_to_clients = 9;
        let flows = flows(&result);
        let amounts = flows.named().map(|(_, bytes)| bytes);
        assert_eq!(amounts, [14, 600, 40, 2000, 50, 0, 9, 2, 10]);
        assert_eq!(flows.egress_per_client_30_days, Some(30.0 * 642.0 / 8.0));
    }
}
