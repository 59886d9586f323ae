//! Derives results from other results: sums of flows, the bill, and the checks. Call `derive`
//! after all other results are complete.

use crate::results::bill::bill;
use crate::results::cost::cost_of;
use crate::results::{BilledRun, Flows, OriginResult, RunResult, bytes_per_client_30_days};
use crate::terms::{Flow, Place, Via};

use crate::analysis::published_limits::checks;

/// Fills in the derived results: `cost`, `bill`, `checks`, the values per client in `network`, and
/// `flows` except the bytes from revocation lists to clients.
pub fn derive(result: &mut RunResult) {
    result.flows = flows(result);
    let run = BilledRun::of(result);
    (result.cost, result.bill) = (cost_of(&run), bill(&run));
    network_per_client(result);
    result.checks = checks(result);
}

/// Fills in the bytes of each network flow per client.
fn network_per_client(result: &mut RunResult) {
    let clients = Clients::of(result);
    let measured = result.scenario.duration_s;
    for one in &mut result.network.flows {
        let Some(flow) = one.flow() else { continue };
        let (existing, online) = clients.that_use(flow);
        (one.existing_clients, one.online_clients_mean) = (existing, online);
        let per = |clients| bytes_per_client_30_days(one.bytes, clients, measured);
        one.per_existing_client_30_days_bytes = per(existing as f64);
        one.per_online_client_30_days_bytes = per(online);
    }
}

/// Number of existing clients in the cohorts that use a network, and time average of the number of
/// clients that are online there.
type Users = (u64, f64);

/// Clients by network.
struct Clients {
    gateway: Users,
    intranet: Users,
    vpn: Users,
    internet: Users,
    any: Users,
}

impl Clients {
    fn of(result: &RunResult) -> Clients {
        let users = |online: &dyn Fn(&OriginResult) -> f64| -> Users {
            let some = result.origins.iter().filter(|one| online(one) > 0.0);
            (
                some.clone().map(|one| one.clients).sum(),
                some.fold(0.0, |sum, one| sum + online(one)),
            )
        };
        Clients {
            gateway: users(&|one| one.gateway_mean),
            intranet: users(&|one| one.intranet_mean),
            vpn: users(&|one| one.vpn_mean),
            internet: users(&|one| one.internet_mean),
            any: users(&|one| one.intranet_mean + one.vpn_mean + one.internet_mean),
        }
    }

    /// Returns the clients that use the network of a flow. Clients reach Microsoft Update and
    /// revocation lists from every network.
    fn that_use(&self, flow: Flow) -> Users {
        match (flow.via(), flow.from(), flow.to()) {
            _ if flow.is_of_gateways() => self.gateway,
            (_, Place::MicrosoftUpdate | Place::RevocationLists, _)
            | (_, _, Place::MicrosoftUpdate) => self.any,
            (Via::Intranet, ..) => self.intranet,
            (Via::Vpn, ..) => self.vpn,
            (Via::Internet | Via::AzureToSite, ..) => self.internet,
        }
    }
}

fn flows(result: &RunResult) -> Flows {
    let gateways = &result.gateways;
    let to_clients = gateways.iter().map(|one| one.to_clients_bytes).sum();
    let to_sites = gateways.iter().map(|one| one.to_site_bytes).sum();
    let to_lists = gateways.iter().map(|one| one.to_revocation_lists_bytes).sum();
    let clients_mean = gateways.iter().map(|one| one.clients_mean).sum();
    let of_gateways = result.origins.iter().filter(|one| one.gateway_mean > 0.0);
    let existing: u64 = of_gateways.map(|one| one.clients).sum();
    let measured = result.scenario.duration_s;
    let leaving = to_clients + to_sites + to_lists;
    let per_client = |clients: f64| bytes_per_client_30_days(leaving, clients, measured);
    Flows {
        clients_to_gateways_bytes: gateways.iter().map(|one| one.from_clients_bytes).sum(),
        gateways_to_clients_bytes: to_clients,
        gateways_to_sites_bytes: to_sites,
        storage_to_clients_bytes: gateways.iter().map(|one| one.from_storage_bytes).sum(),
        distribution_points_to_clients_bytes: result
            .distribution_points
            .iter()
            .map(|one| one.sent_bytes)
            .sum(),
        microsoft_update_to_clients_bytes: result
            .deployments
            .iter()
            .map(|one| one.from_microsoft_update_bytes)
            .sum(),
        revocation_lists_to_clients_bytes: result.flows.revocation_lists_to_clients_bytes,
        gateways_to_revocation_lists_bytes: to_lists,
        revocation_lists_to_gateways_bytes: gateways
            .iter()
            .map(|one| one.from_revocation_lists_bytes)
            .sum(),
        gateway_clients_mean: clients_mean,
        gateway_clients_existing: existing,
        egress_per_existing_client_30_days_bytes: per_client(existing as f64),
        egress_per_online_client_30_days_bytes: per_client(clients_mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{DistributionPointResult, GatewayResult};

    fn origin() -> OriginResult {
        OriginResult {
            name: "cohort".to_owned(),
            clients: 0,
            internet_mean: 0.0,
            internet_peak: 0,
            vpn_mean: 0.0,
            intranet_mean: 0.0,
            gateway_mean: 0.0,
            channel_availability_share: None,
            requests: Default::default(),
            latency: Default::default(),
        }
    }

    #[test]
    fn flows_are_sums_over_components() {
        let gateway = GatewayResult {
            from_clients_bytes: 7,
            to_clients_bytes: 300,
            to_site_bytes: 20,
            to_revocation_lists_bytes: 1,
            from_revocation_lists_bytes: 5,
            from_storage_bytes: 1000,
            clients_mean: 4.0,
            ..GatewayResult::default()
        };
        let point = DistributionPointResult { sent_bytes: 50, ..Default::default() };
        let origin = |clients, gateway_mean| OriginResult { clients, gateway_mean, ..origin() };
        let mut result = RunResult {
            gateways: vec![gateway.clone(), gateway],
            distribution_points: vec![point],
            origins: vec![origin(32, 8.0), origin(100, 0.0)],
            ..RunResult::default()
        };
        result.scenario.duration_s = 86_400.0;
        result.flows.revocation_lists_to_clients_bytes = 9;
        let flows = flows(&result);
        let amounts = flows.named().map(|(_, bytes)| bytes);
        assert_eq!(amounts, [14, 600, 40, 2000, 50, 0, 9, 2, 10]);
        assert_eq!(flows.egress_per_online_client_30_days_bytes, Some(30.0 * 642.0 / 8.0));
        // Of 32 existing clients, 8 are online. Cohorts that never use a gateway do not count.
        assert_eq!(flows.gateway_clients_existing, 32);
        assert_eq!(flows.egress_per_existing_client_30_days_bytes, Some(30.0 * 642.0 / 32.0));
    }
}
