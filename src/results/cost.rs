//! Bytes by flow, and the cost per month by item and flow. [`super::bill`] has the same bill by
//! price tier.
//!
//! The bill includes VM hours, data that leaves Azure, storage and one public address per gateway;
//! incoming data is free (cost.md, 04/08/2022). All prices come from the scenario. A load balancer
//! and a Standard public address are included because a virtual machine scale set has both,
//! although cost.md lists neither. Key Vault and the server certificate are not included because
//! they cost little.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{EgressTier, HOURS_OF_30_DAYS};

use super::bill::{BilledRun, in_tiers};

/// Seconds in 30 days.
const SECONDS_OF_30_DAYS: f64 = HOURS_OF_30_DAYS * 3600.0;

/// Bytes in a gigabyte as Azure bills it (decimal).
pub(super) const GIGABYTE: f64 = 1e9;

/// Bytes transferred in the measured period, by flow. Data that leaves Azure (to clients, to sites
/// and from storage) is billed; incoming data is not (cost.md, 04/08/2022).
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Flows {
    /// Bytes from clients to gateways.
    pub clients_to_gateways_bytes: u64,
    /// Bytes from gateways to clients.
    pub gateways_to_clients_bytes: u64,
    /// Bytes from gateways to sites: forwarded client requests.
    pub gateways_to_sites_bytes: u64,
    /// Bytes from the storage of gateways to clients.
    pub storage_to_clients_bytes: u64,
    /// Bytes from distribution points to clients.
    pub distribution_points_to_clients_bytes: u64,
    /// Bytes from Microsoft Update to clients.
    pub microsoft_update_to_clients_bytes: u64,
    /// Bytes of revocation lists to clients, from any publication point.
    pub revocation_lists_to_clients_bytes: u64,
    /// Bytes of gateway requests for the revocation lists of client certificates.
    #[serde(default)]
    pub gateways_to_revocation_lists_bytes: u64,
    /// Bytes of revocation lists of client certificates to gateways.
    #[serde(default)]
    pub revocation_lists_to_gateways_bytes: u64,
    /// Time average of the number of clients that use a gateway.
    pub gateway_clients_mean: f64,
    /// Number of existing clients, online or offline, in cohorts that use a gateway.
    pub gateway_clients_existing: u64,
    /// Bytes that leave gateways (not their storage) in 30 days per existing client of cohorts that
    /// use a gateway; `None` without such clients. Microsoft publishes about 100 MB with default
    /// settings and up to 300 MB with aggressive settings.
    pub egress_per_existing_client_30_days_bytes: Option<f64>,
    /// Bytes that leave gateways in 30 days per client that is online and uses a gateway, averaged
    /// over time; `None` without such clients. This corresponds to a client that is always online.
    pub egress_per_online_client_30_days_bytes: Option<f64>,
}

/// Cost of a month.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// One line per flow or component.
    pub lines: Vec<CostLine>,
    /// Sum per month of all lines with a price; `None` without gateways, or if VM instances, the
    /// largest part of the bill, have no price.
    pub total_per_month: Option<f64>,
}

impl Cost {
    /// Returns the lines that have a quantity but no price.
    pub fn unpriced(&self) -> impl Iterator<Item = &CostLine> {
        self.lines.iter().filter(|line| line.unit_price.is_none() && line.quantity_per_month > 0.0)
    }
}

/// Line of the cost of a month.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct CostLine {
    /// Name of the item, such as `VM instances of main` or `egress: gateway to clients`.
    pub item: String,
    /// Quantity per month.
    pub quantity_per_month: f64,
    /// Part of the quantity that is free of charge: the item's share of the free gigabytes.
    pub free_per_month: f64,
    /// Unit of the quantity.
    pub unit: String,
    /// Price per unit, for egress the mean price of the gigabytes that are charged; `None` if the
    /// scenario does not set one.
    pub unit_price: Option<f64>,
    /// Scenario key of the price, such as `prices.vm_hour.B2s`.
    pub price_key: String,
    /// Cost per month; `None` without a price.
    pub cost_per_month: Option<f64>,
    /// Share of the total, between 0 and 1; `None` without a price or a total.
    pub share: Option<f64>,
}

/// Computes the cost of a month of a run by item and flow; empty without gateways.
///
/// [`BilledRun::month`] determines the quantities. Instances incur costs while they are
/// provisioned, even if the threshold has stopped them ("a stopped CMG still costs",
/// monitor-clients-cloud-management-gateway.md, 04/08/2022). The free gigabytes, and the prices of
/// the tiers, are divided among the egress flows in proportion to their size. Items without a price
/// are listed with their quantity and excluded from the total.
pub(crate) fn cost_of(run: &BilledRun<'_>) -> Cost {
    if run.gateways.is_empty() {
        return Cost::default();
    }
    let (prices, month) = (run.prices, run.month());
    let mut lines = Vec::new();
    for (index, (gateway, hours)) in month.instance_hours.iter().enumerate() {
        let key = prices.vm_hour.get(index).map_or("", |hour| hour.key.as_str());
        let price = (key, prices.vm_price(index));
        lines.push(line(format!("VM instances of {gateway}"), *hours, "h", price));
    }
    let has_instance_prices = lines.iter().all(|line| line.unit_price.is_some());
    lines.extend(egress_lines(run));
    let all = [
        ("storage", month.storage_gb_months, "GB months", "storage_gb_month"),
        ("public addresses", month.address_hours, "h", "public_ip_hour"),
        ("load balancers", month.load_balancer_hours, "h", "load_balancer_hour"),
        ("load balancers: data", month.load_balancer_gb, "GB", "load_balancer_gb"),
    ];
    let own = [
        prices.storage_gb_month,
        prices.public_ip_hour,
        prices.load_balancer_hour,
        prices.load_balancer_gb,
    ];
    for ((item, quantity, unit, key), price) in all.into_iter().zip(own) {
        lines.push(line(item.to_owned(), quantity, unit, (&format!("prices.{key}"), price)));
    }
    // The other items of the bill have lines only if they have a price.
    let known: Vec<String> = lines.iter().map(|line| line.price_key.clone()).collect();
    let others = super::bill::lines(&month, prices).into_iter();
    lines.extend(
        others
            .filter(|one| !known.contains(&one.price_key))
            .map(|one| line(one.item, one.quantity, &one.unit, (&one.price_key, one.unit_price))),
    );
    let total: f64 = lines.iter().filter_map(|line| line.cost_per_month).sum();
    for line in &mut lines {
        line.share =
            line.cost_per_month.filter(|_| has_instance_prices).map(|cost| ratio(cost, total));
    }
    Cost { lines, total_per_month: has_instance_prices.then_some(total) }
}

/// Returns a line for each flow of egress.
fn egress_lines(run: &BilledRun<'_>) -> Vec<CostLine> {
    let prices = run.prices;
    let egress = egress(run);
    let all: f64 = egress.iter().map(|(_, gigabytes)| gigabytes).sum();
    let tiers = in_tiers(prices, 0.0, all);
    let free = tiers.iter().filter(|(tier, _)| tier.price == 0.0);
    let free_share = ratio(free.map(|(_, gigabytes)| gigabytes).sum::<f64>().min(all), all);
    let charged = || tiers.iter().filter(|(tier, _)| tier.price > 0.0);
    let sum = |of: &dyn Fn(&(EgressTier, f64)) -> f64| charged().map(of).sum::<f64>();
    let price = match charged().count() {
        0 => prices.egress().iter().map(|tier| tier.price).find(|price| *price > 0.0),
        1 => charged().map(|(tier, _)| tier.price).next(),
        _ => Some(ratio(sum(&|(tier, part)| tier.price * part), sum(&|(_, part)| *part))),
    };
    let price = price.unwrap_or(0.0);
    let one = |(what, gigabytes): (&str, f64)| {
        let named = (prices.egress_key(), Some(price));
        let mut one = line(format!("egress: {what}"), gigabytes, "GB", named);
        one.free_per_month = gigabytes * free_share;
        one.cost_per_month = Some((gigabytes - one.free_per_month) * price);
        one
    };
    egress.into_iter().map(one).collect()
}

/// Returns bytes per client in 30 days from the bytes transferred in `seconds`. `clients` is the
/// number of existing clients or the time average of clients that were online. Returns `None` if
/// `clients` or `seconds` is 0.
///
/// The published estimate counts all data that leaves a gateway, to clients and to the site, per
/// client and month, whether the client is online or offline (cost.md, 04/08/2022: 100 MB with
/// default settings, 300 MB with aggressive ones).
pub fn bytes_per_client_30_days(bytes: u64, clients: f64, seconds: f64) -> Option<f64> {
    let client_seconds = clients * seconds;
    (client_seconds > 0.0).then(|| bytes as f64 * SECONDS_OF_30_DAYS / client_seconds)
}

impl Flows {
    /// Returns the bytes that pass through the load balancers of gateways: client traffic, and the
    /// same traffic on the connections of connection points, which also enter through the load
    /// balancers. Responses of the instance itself, such as TLS handshakes, are counted twice, so
    /// the result is slightly too high.
    pub fn through_load_balancers(&self) -> u64 {
        self.clients_to_gateways_bytes
            + self.gateways_to_sites_bytes
            + 2 * self.gateways_to_clients_bytes
    }

    /// Returns the bytes that leave gateways without their storage: to clients, to sites and to
    /// publication points of revocation lists.
    pub fn leaving_gateways(&self) -> u64 {
        self.gateways_to_clients_bytes
            + self.gateways_to_sites_bytes
            + self.gateways_to_revocation_lists_bytes
    }

    /// Returns every flow in bytes with its name, in the order of the tables.
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

/// Returns the gigabytes that leave Azure in a month, by flow.
fn egress(run: &BilledRun<'_>) -> Vec<(&'static str, f64)> {
    let flows = run.flows;
    // By default, an instance sends 500 bytes per week to request revocation lists, which are too
    // few for a separate row.
    let to_sites = flows.gateways_to_sites_bytes + flows.gateways_to_revocation_lists_bytes;
    let names = ["gateway to clients", "gateway to sites", "storage to clients"];
    let bytes = [flows.gateways_to_clients_bytes, to_sites, flows.storage_to_clients_bytes];
    let quantities = run.prices.quantities;
    if let Some(events) = quantities.events_per_month {
        // Each flow has the same share of the traffic beyond normal traffic as of all traffic.
        let share = ratio(run.excess().egress_gb, run.traffic().egress_gb);
        let of_events = |bytes: u64| events * share * bytes as f64 / GIGABYTE;
        let flows = names.into_iter().zip(bytes.map(of_events));
        return [("normal traffic", quantities.normal_egress_gb)]
            .into_iter()
            .chain(flows)
            .collect();
    }
    let month = |bytes: u64| run.a_month_of(bytes as f64 / GIGABYTE);
    let once = run.content_bytes();
    let content = once as f64 / GIGABYTE + month(bytes[2] - once);
    names.into_iter().zip([month(bytes[0]), month(bytes[1]), content]).collect()
}

/// Creates a line of the bill from a quantity and a price with its scenario key.
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
    use crate::results::run::{DeploymentResult, GatewayResult};
    use crate::terms::{PriceBook, VmHour};

    const DAY: f64 = 86_400.0;

    fn cost(
        gateways: &[GatewayResult],
        flows: &Flows,
        deployments: &[DeploymentResult],
        prices: &PriceBook,
        measured_seconds: f64,
    ) -> Cost {
        let has_disruptions = false;
        cost_of(&BilledRun {
            gateways,
            flows,
            deployments,
            has_disruptions,
            prices,
            measured_seconds,
        })
    }

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

    /// Returns the quantity and cost of a line, with cost -1 for a line without a price.
    fn quantity(cost: &Cost, what: &str) -> (f64, f64) {
        let line = cost.lines.iter().find(|line| line.item == what).expect(what);
        (line.quantity_per_month, line.cost_per_month.unwrap_or(-1.0))
    }

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9 * other.abs().max(1.0)
    }

    /// Compares a bill of two gateways over three days, a tenth of a month, with a hand
    /// calculation.
    #[test]
    fn a_bill_matches_a_hand_calculation() {
        // Gateway `main` has two instances for three days. Gateway `east` has one instance for a
        // day and a half. Stopped instances cost the same as running ones.
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
        // Quantities of the first seven lines: 2 * 720 h and 0.5 * 720 h; 200, 100 and 50 + 10 GB;
        // 2 * 0.5 GB; 2 * 720 h.
        let expected = [
            ("VM instances of main", 1440.0, 144.0),
            ("VM instances of east", 360.0, 72.0),
            ("egress: gateway to clients", 200.0, 10.0),
            ("egress: gateway to sites", 100.0, 5.0),
            ("egress: storage to clients", 60.0, 3.0),
            ("storage", 1.0, 0.02),
            ("public addresses", 1440.0, 7.2),
            ("load balancers", 1440.0, 36.0),
            // The load balancers handle 10 x (900 + 10 + 2 x 20) GB.
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
    fn divides_free_gigabytes_among_egress_flows() {
        let flows = Flows {
            gateways_to_clients_bytes: 30_000_000_000,
            gateways_to_sites_bytes: 10_000_000_000,
            ..Flows::default()
        };
        let free = |gigabytes: f64| {
            let prices = PriceBook { egress_free_gb: gigabytes, ..prices() };
            cost(&[gateway("main", 0.0)], &flows, &[], &prices, 30.0 * DAY)
        };
        // Of 40 GB egress, 20 GB are free: 15 GB of the flow to clients and 5 GB of the flow to
        // sites.
        let half = free(20.0);
        assert!(is_near(quantity(&half, "egress: gateway to clients").1, 0.75));
        assert!(is_near(quantity(&half, "egress: gateway to sites").1, 0.25));
        assert!(is_near(half.lines[1].free_per_month, 15.0));
        assert!(is_near(quantity(&free(100.0), "egress: gateway to clients").1, 0.0));
        assert!(is_near(quantity(&free(100.0), "egress: gateway to clients").0, 30.0));
    }

    /// The table by flow and the bill by tier divide the same total.
    #[test]
    fn flows_and_tiers_have_the_same_total() {
        let flows = Flows {
            gateways_to_clients_bytes: 300_000_000_000,
            gateways_to_sites_bytes: 150_000_000_000,
            storage_to_clients_bytes: 70_000_000_000,
            ..Flows::default()
        };
        let tier = |above_gb, price| EgressTier { above_gb, price };
        let prices = PriceBook {
            hours_per_month: Some(744.0),
            egress_tiers: vec![tier(0.0, 0.0), tier(100.0, 0.08), tier(400.0, 0.05)],
            os_disk_month: Some(5.5),
            ..prices()
        };
        let gateways = [gateway("main", 1488.0)];
        let run = BilledRun {
            gateways: &gateways,
            flows: &flows,
            deployments: &[],
            has_disruptions: false,
            prices: &prices,
            measured_seconds: 744.0 * 3600.0,
        };
        let cost = cost_of(&run);
        let bill = crate::results::bill::bill(&run);
        // 148.80 + 2 * 5.50 + 300 * 0.08 + 120 * 0.05 + 744 * (0.005 + 0.025) + 750 * 0.001.
        assert_eq!(bill.month_total.map(|total| total.cents()), Some(21_287));
        let total = bill.month_total.map_or(0.0, |total| total.get());
        assert!(cost.total_per_month.is_some_and(|one| (one - total).abs() < 1e-5), "{cost:?}");
    }

    #[test]
    fn lists_unpriced_items_and_has_no_total_without_instance_prices() {
        let gateways = [gateway("main", 48.0)];
        let flows = Flows { gateways_to_clients_bytes: 5, ..Flows::default() };
        let without = cost(&gateways, &flows, &[], &PriceBook::default(), DAY);
        assert_eq!(quantity(&without, "VM instances of main"), (1440.0, -1.0));
        assert!(without.lines.iter().all(|line| line.share.is_none()));
        assert_eq!(without.total_per_month, None, "not 0");
        // A small item without a price does not make the total `None`.
        let no_addresses = PriceBook { public_ip_hour: None, ..prices() };
        let rest = cost(&gateways, &flows, &[], &no_addresses, DAY);
        assert!(rest.total_per_month.is_some_and(|total| is_near(total, 162.0 + 7.5e-9)));
        let keys: Vec<&str> = rest.unpriced().map(|line| line.price_key.as_str()).collect();
        assert_eq!(keys, ["prices.public_ip_hour"], "nothing is stored, so storage needs no price");
        // A price of zero counts as a price.
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
    fn extrapolates_egress_per_client_to_30_days() {
        // 1,000 clients transfer 10 GB in three days: 10 MB per client, 100 MB per month.
        let found = bytes_per_client_30_days(10_000_000_000, 1000.0, 3.0 * DAY).expect("some");
        assert!(is_near(found, 1e8));
        assert_eq!(bytes_per_client_30_days(5, 0.0, DAY), None);
        assert_eq!(bytes_per_client_30_days(5, 10.0, 0.0), None);
    }
}
