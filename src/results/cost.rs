//! Bytes by flow, and what a month costs.
//!
//! Billed are VM hours, data that leaves Azure, storage and a public address a gateway; what comes
//! in is free (cost.md, 04/08/2022). Prices are the scenario's, never ours. A load balancer
//! and a Standard address are what a scale set has; cost.md lists neither. Not in it: Key Vault and
//! the server certificate, which are small.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{PriceBook, VmHour};

use super::run::{DeploymentResult, GatewayResult};

/// A month: 30 days.
pub const MONTH_HOURS: f64 = 720.0;

/// Seconds of a month.
const MONTH_SECONDS: f64 = MONTH_HOURS * 3600.0;

/// A gigabyte, as Azure bills it here: decimal.
const GIGABYTE: f64 = 1e9;

/// Bytes that went over the lines in the measured period, by flow. What leaves Azure (to clients,
/// to sites, from storage) costs; what comes in does not (cost.md, 04/08/2022).
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Flows {
    /// Clients to gateways.
    pub clients_to_gateways_bytes: u64,
    /// Gateways to clients.
    pub gateways_to_clients_bytes: u64,
    /// Gateways to sites: what clients send is sent on.
    pub gateways_to_sites_bytes: u64,
    /// Gateways' storage to clients.
    pub storage_to_clients_bytes: u64,
    /// Distribution points to clients.
    pub distribution_points_to_clients_bytes: u64,
    /// Microsoft Update to clients.
    pub microsoft_update_to_clients_bytes: u64,
    /// Revocation lists to clients, from wherever they are published.
    pub revocation_lists_to_clients_bytes: u64,
    /// Requests of gateways for the revocation lists of client certificates.
    #[serde(default)]
    pub gateways_to_revocation_lists_bytes: u64,
    /// Revocation lists of client certificates to gateways.
    #[serde(default)]
    pub revocation_lists_to_gateways_bytes: u64,
    /// Time average of clients that use a gateway.
    pub gateway_clients_mean: f64,
    /// Clients that exist in cohorts of which some use a gateway, on or off.
    pub gateway_clients_existing: u64,
    /// Bytes that leave gateways (not their storage) in 30 days per existing client of cohorts that
    /// use a gateway: what is published as about 100 MB with default settings to 300 MB; `None`
    /// without such clients.
    pub egress_per_existing_client_30_days_bytes: Option<f64>,
    /// The same per client that is on and uses a gateway, averaged over time: as if it were on
    /// day and night; `None` without such clients.
    pub egress_per_online_client_30_days_bytes: Option<f64>,
}

/// What a month of 30 days costs.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// One line per flow or component.
    pub lines: Vec<CostLine>,
    /// Sum per month of the lines that have a price; `None` without gateways, and if instances
    /// have no price: they are most of a bill.
    pub total_per_month: Option<f64>,
}

impl Cost {
    /// Lines with a quantity and no price.
    pub fn unpriced(&self) -> impl Iterator<Item = &CostLine> {
        self.lines.iter().filter(|line| line.unit_price.is_none() && line.quantity_per_month > 0.0)
    }
}

/// One line of the bill.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct CostLine {
    /// What: `VM instances of main`, `egress: gateway to clients`.
    pub item: String,
    /// How much in 30 days.
    pub quantity_per_month: f64,
    /// How much of it costs nothing: its part of the free gigabytes.
    pub free_per_month: f64,
    /// Unit of the quantity.
    pub unit: String,
    /// Price of a unit; `None` if the scenario gives none.
    pub unit_price: Option<f64>,
    /// The scenario's key for that price: `prices.vm_hour.B2s`.
    pub price_key: String,
    /// Cost in 30 days; `None` without a price.
    pub cost_per_month: Option<f64>,
    /// Share of the total, 0..=1; `None` without a price or a total.
    pub share: Option<f64>,
}

/// The bill of 30 days; empty without gateways.
///
/// Steady flows are extrapolated from the measured period to 30 days. The content of deployments
/// is not: a deployment is fetched once, however long one looks, so what the storage sent for them
/// counts as it is. Instances cost while they are provisioned, stopped by the threshold or not
/// ("a stopped CMG still costs", monitor-clients-cloud-management-gateway.md, 04/08/2022). Free
/// gigabytes are spread over what leaves Azure by its share. The content of deployments lies in
/// the storage of every gateway that has one, for the whole month. What has no price is listed with
/// its quantity, and is not in the total.
pub fn cost(
    gateways: &[GatewayResult],
    flows: &Flows,
    deployments: &[DeploymentResult],
    prices: &PriceBook,
    measured_seconds: f64,
) -> Cost {
    if gateways.is_empty() {
        return Cost::default();
    }
    let mut lines = Vec::new();
    for (index, gateway) in gateways.iter().enumerate() {
        let VmHour { key, price } = prices.vm_hour.get(index).cloned().unwrap_or_default();
        let hours = a_month_of(gateway.instance_hours, measured_seconds);
        lines.push(line(format!("VM instances of {}", gateway.name), hours, "h", (&key, price)));
    }
    let has_instance_prices = lines.iter().all(|line| line.unit_price.is_some());
    let egress = egress(flows, deployments, measured_seconds);
    let all: f64 = egress.iter().map(|(_, gigabytes)| gigabytes).sum();
    let free_share = ratio(prices.egress_free_gb.clamp(0.0, all), all);
    for (what, gigabytes) in egress {
        let price = ("prices.egress_gb", Some(prices.egress_gb));
        let mut one = line(format!("egress: {what}"), gigabytes, "GB", price);
        one.free_per_month = gigabytes * free_share;
        one.cost_per_month = Some((gigabytes - one.free_per_month) * prices.egress_gb);
        lines.push(one);
    }
    let stored = stored_gigabytes(gateways, deployments);
    let price = ("prices.storage_gb_month", prices.storage_gb_month);
    lines.push(line("storage".to_owned(), stored, "GB months", price));
    let addresses = gateways.len() as f64 * MONTH_HOURS;
    let price = ("prices.public_ip_hour", prices.public_ip_hour);
    lines.push(line("public addresses".to_owned(), addresses, "h", price));
    let price = ("prices.load_balancer_hour", prices.load_balancer_hour);
    lines.push(line("load balancers".to_owned(), addresses, "h", price));
    let processed = a_month_of(flows.through_load_balancers() as f64 / GIGABYTE, measured_seconds);
    let price = ("prices.load_balancer_gb", prices.load_balancer_gb);
    lines.push(line("load balancers: data".to_owned(), processed, "GB", price));
    let total: f64 = lines.iter().filter_map(|line| line.cost_per_month).sum();
    for line in &mut lines {
        line.share =
            line.cost_per_month.filter(|_| has_instance_prices).map(|cost| ratio(cost, total));
    }
    Cost { lines, total_per_month: has_instance_prices.then_some(total) }
}

/// Bytes per client in 30 days, of bytes that went in so many seconds; `clients` is how many exist,
/// or how many were on, on average. `None` if there was nobody or no time.
///
/// The published estimate counts all that leaves a gateway, to clients and to the site, per client
/// and month, whether it is on or off (cost.md, 04/08/2022: 100 MB with default settings, 300 MB
/// with aggressive ones).
pub fn bytes_per_client_30_days(bytes: u64, clients: f64, seconds: f64) -> Option<f64> {
    let client_seconds = clients * seconds;
    (client_seconds > 0.0).then(|| bytes as f64 * MONTH_SECONDS / client_seconds)
}

impl Flows {
    /// Bytes that go through the load balancers of gateways: what clients send and get, and the
    /// same on the connections of connection points, which come in through them too. What an
    /// instance answers itself, as TLS handshakes, is counted twice by it: a little too much.
    pub fn through_load_balancers(&self) -> u64 {
        self.clients_to_gateways_bytes
            + self.gateways_to_sites_bytes
            + 2 * self.gateways_to_clients_bytes
    }

    /// Every flow with its name, in the order of tables, in bytes.
    pub fn named(&self) -> [(&'static str, u64); 9] {
        [
            ("clients to gateways", self.clients_to_gateways_bytes),
            ("gateways to clients", self.gateways_to_clients_bytes),
            ("gateways to sites", self.gateways_to_sites_bytes),
            ("storage to clients", self.storage_to_clients_bytes),
            ("distribution points to clients", self.distribution_points_to_clients_bytes),
            ("Microsoft Update to clients", self.microsoft_update_to_clients_bytes),
            ("revocation lists to clients", self.revocation_lists_to_clients_bytes),
            ("gateways to revocation lists", self.gateways_to_revocation_lists_bytes),
            ("revocation lists to gateways", self.revocation_lists_to_gateways_bytes),
        ]
    }
}

/// What leaves Azure in 30 days, in gigabytes.
fn egress(
    flows: &Flows,
    deployments: &[DeploymentResult],
    measured_seconds: f64,
) -> [(&'static str, f64); 3] {
    let month = |bytes: u64| a_month_of(bytes as f64 / GIGABYTE, measured_seconds);
    let deployed: u64 = deployments.iter().map(|one| one.from_storage_bytes).sum();
    let once = deployed.min(flows.storage_to_clients_bytes);
    let steady = flows.storage_to_clients_bytes - once;
    [
        ("gateway to clients", month(flows.gateways_to_clients_bytes)),
        // What fetches revocation lists is some hundred bytes a week: no line of its own.
        (
            "gateway to sites",
            month(flows.gateways_to_sites_bytes + flows.gateways_to_revocation_lists_bytes),
        ),
        ("storage to clients", once as f64 / GIGABYTE + month(steady)),
    ]
}

fn stored_gigabytes(gateways: &[GatewayResult], deployments: &[DeploymentResult]) -> f64 {
    let stores = gateways.iter().filter(|gateway| gateway.has_storage).count();
    let contents = deployments.iter().filter(|one| one.is_in_storage).map(|one| one.size_bytes);
    stores as f64 * contents.sum::<u64>() as f64 / GIGABYTE
}

/// What the measured period says of 30 days.
fn a_month_of(amount: f64, measured_seconds: f64) -> f64 {
    ratio(amount * MONTH_SECONDS, measured_seconds)
}

/// A line whose price has a key.
fn line(
    what: String,
    quantity_per_month: f64,
    unit: &str,
    (price_key, unit_price): (&str, Option<f64>),
) -> CostLine {
    CostLine {
        item: what,
        quantity_per_month,
        free_per_month: 0.0,
        unit: unit.to_owned(),
        unit_price,
        price_key: price_key.to_owned(),
        cost_per_month: unit_price.map(|price| quantity_per_month * price),
        share: None,
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: f64 = 86_400.0;

    fn gateway(name: &str, instance_hours: f64) -> GatewayResult {
        GatewayResult {
            name: name.to_owned(),
            instance_hours,
            has_storage: true,
            ..GatewayResult::default()
        }
    }

    fn prices() -> PriceBook {
        PriceBook {
            vm_hour: [0.1, 0.2]
                .map(|price| VmHour { key: "prices.vm_hour.A2_v2".to_owned(), price: Some(price) })
                .to_vec(),
            egress_gb: 0.05,
            storage_gb_month: Some(0.02),
            public_ip_hour: Some(0.005),
            load_balancer_hour: Some(0.025),
            load_balancer_gb: Some(0.001),
            ..PriceBook::default()
        }
    }

    /// Quantity and cost of a line; a line without a price costs minus one.
    fn quantity(cost: &Cost, what: &str) -> (f64, f64) {
        let line = cost.lines.iter().find(|line| line.item == what).expect(what);
        (line.quantity_per_month, line.cost_per_month.unwrap_or(-1.0))
    }

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9 * other.abs().max(1.0)
    }

    /// Three days, two gateways, all by hand: a tenth of a month.
    #[test]
    fn a_bill_matches_a_hand_calculation() {
        // Two instances for three days, and one for half of them, stopped or not.
        let gateways = [gateway("main", 144.0), gateway("east", 36.0)];
        let flows = Flows {
            clients_to_gateways_bytes: 900_000_000_000,
            gateways_to_clients_bytes: 20_000_000_000,
            gateways_to_sites_bytes: 10_000_000_000,
            storage_to_clients_bytes: 51_000_000_000,
            ..Flows::default()
        };
        let deployment = DeploymentResult {
            size_bytes: 500_000_000,
            is_in_storage: true,
            from_storage_bytes: 50_000_000_000,
            ..DeploymentResult::default()
        };
        let update = DeploymentResult { size_bytes: 9_000_000_000, ..DeploymentResult::default() };
        let cost = cost(&gateways, &flows, &[deployment, update], &prices(), 3.0 * DAY);
        // 2 * 720 h, 0.5 * 720 h; 200 + 100 + (50 + 10) GB; 2 * 0.5 GB; 2 * 720 h.
        let expected = [
            ("VM instances of main", 1440.0, 144.0),
            ("VM instances of east", 360.0, 72.0),
            ("egress: gateway to clients", 200.0, 10.0),
            ("egress: gateway to sites", 100.0, 5.0),
            ("egress: storage to clients", 60.0, 3.0),
            ("storage", 1.0, 0.02),
            ("public addresses", 1440.0, 7.2),
            ("load balancers", 1440.0, 36.0),
            // Ten times 900 + 10 + 2 * 20 GB.
            ("load balancers: data", 9500.0, 9.5),
        ];
        assert_eq!(cost.lines.len(), expected.len());
        for (what, amount, price) in expected {
            let found = quantity(&cost, what);
            assert!(is_near(found.0, amount) && is_near(found.1, price), "{what}: {found:?}");
        }
        assert!(cost.total_per_month.is_some_and(|total| is_near(total, 286.72)));
        let shares: f64 = cost.lines.iter().filter_map(|line| line.share).sum();
        assert!(is_near(shares, 1.0));
    }

    #[test]
    fn free_gigabytes_are_shared_by_egress() {
        let flows = Flows {
            gateways_to_clients_bytes: 30_000_000_000,
            gateways_to_sites_bytes: 10_000_000_000,
            ..Flows::default()
        };
        let free = |gigabytes: f64| {
            let prices = PriceBook { egress_free_gb: gigabytes, ..prices() };
            cost(&[gateway("main", 0.0)], &flows, &[], &prices, 30.0 * DAY)
        };
        // 40 GB leave, of 20 GB free the clients' flow gets 15 and the sites' 5.
        let half = free(20.0);
        assert!(is_near(quantity(&half, "egress: gateway to clients").1, 0.75));
        assert!(is_near(quantity(&half, "egress: gateway to sites").1, 0.25));
        assert!(is_near(half.lines[1].free_per_month, 15.0));
        assert!(is_near(quantity(&free(100.0), "egress: gateway to clients").1, 0.0));
        assert!(is_near(quantity(&free(100.0), "egress: gateway to clients").0, 30.0));
    }

    #[test]
    fn unpriced_items_are_listed_and_a_bill_without_instances_has_no_total() {
        let gateways = [gateway("main", 48.0)];
        let flows = Flows { gateways_to_clients_bytes: 5, ..Flows::default() };
        let without = cost(&gateways, &flows, &[], &PriceBook::default(), DAY);
        assert_eq!(quantity(&without, "VM instances of main"), (1440.0, -1.0));
        assert!(without.lines.iter().all(|line| line.share.is_none()));
        assert_eq!(without.total_per_month, None, "not 0");
        // Addresses are a small part: the rest of the bill has a sum.
        let no_addresses = PriceBook { public_ip_hour: None, ..prices() };
        let rest = cost(&gateways, &flows, &[], &no_addresses, DAY);
        assert!(rest.total_per_month.is_some_and(|total| is_near(total, 162.0 + 7.5e-9)));
        let keys: Vec<&str> = rest.unpriced().map(|line| line.price_key.as_str()).collect();
        assert_eq!(keys, ["prices.public_ip_hour"], "nothing is stored, so that needs no price");
        // A price of zero is a price.
        let mut free = prices();
        free.vm_hour[0].price = Some(0.0);
        assert_eq!(
            quantity(&cost(&gateways, &flows, &[], &free, DAY), "VM instances of main").1,
            0.0
        );
        let nothing = cost(&gateways, &flows, &[], &prices(), 0.0);
        assert!(nothing.lines.iter().all(|line| line.cost_per_month.is_some_and(f64::is_finite)));
        assert!(cost(&[], &flows, &[], &prices(), DAY).lines.is_empty());
    }

    #[test]
    fn egress_per_client_is_its_mean_over_a_month() {
        // 1,000 clients, three days, 10 GB: 10 MB each, 100 MB a month.
        let found = bytes_per_client_30_days(10_000_000_000, 1000.0, 3.0 * DAY).expect("some");
        assert!(is_near(found, 1e8));
        assert_eq!(bytes_per_client_30_days(5, 0.0, DAY), None);
        assert_eq!(bytes_per_client_30_days(5, 10.0, 0.0), None);
    }
}
