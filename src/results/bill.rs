//! The bill as Azure writes it: lines of quantity, unit price and tier, for a month and for the
//! event that the scenario simulates.
//!
//! [`lines`] computes the lines from any quantities; [`bill`] determines the quantities of a run.
//! `docs/methods.md` has the rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{EgressTier, Money, PriceBook, PriceProvenance};

use super::cost::{Flows, GIGABYTE};
use super::run::{DeploymentResult, GatewayResult, RunResult};

/// Operations in the unit of the price of storage operations.
const OPERATIONS: f64 = 10_000.0;

/// Hours of a simulated period below which it cannot represent a month: a day.
const DAY_HOURS: f64 = 24.0;

/// Bill of a month and cost of the event that the scenario simulates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// Lines of a month.
    pub month: Vec<BillLine>,
    /// Sum of the lines of the month; `None` without gateways, or if VM instances have no price.
    pub month_total: Option<Money>,
    /// Lines of the event: traffic of the simulated period beyond normal traffic, and instances
    /// beyond the configured number.
    pub event: Vec<BillLine>,
    /// Sum of the lines of the event; `None` without gateways, or if an additional instance has no
    /// price.
    pub event_total: Option<Money>,
    /// Reasons why the simulated period does not represent a month; empty if the scenario states
    /// how often the event occurs.
    pub doubts: Vec<MonthDoubt>,
}

/// Line of a bill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BillLine {
    /// Name of the item, such as `VM instances of main` or `egress`.
    pub item: String,
    /// Tier of the price, such as `above 100 GB`; empty for items without tiers.
    pub tier: String,
    /// Quantity in units.
    pub quantity: f64,
    /// Unit of the quantity.
    pub unit: String,
    /// Price per unit; `None` if the scenario specifies none.
    pub unit_price: Option<f64>,
    /// Quantity times price, rounded to a millionth; `None` without a price.
    pub amount: Option<Money>,
    /// Scenario key of the price, such as `prices.vm_hour.B2s`.
    pub price_key: String,
    /// Origin of the price.
    pub provenance: PriceProvenance,
}

/// Reason why a simulated period does not represent a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MonthDoubt {
    /// The period is shorter than a day.
    ShortPeriod,
    /// The period contains deployments.
    Deployments,
    /// The period contains disruptions.
    Disruptions,
}

/// Quantities that Azure bills, for any period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BilledQuantities {
    /// Instance hours of each gateway, by name, in the order of the prices; empty if the bill has
    /// no such lines.
    pub instance_hours: Vec<(String, f64)>,
    /// Operating system disks times months.
    pub disk_months: f64,
    /// Egress of the same month that precedes, in gigabytes, which determines the first tier.
    pub egress_before_gb: f64,
    /// Egress in gigabytes.
    pub egress_gb: f64,
    /// Stored gigabytes times months.
    pub storage_gb_months: f64,
    /// Read operations of storage.
    pub storage_operations: f64,
    /// Hours of public IP addresses.
    pub address_hours: f64,
    /// Hours of load balancers with the included rules.
    pub load_balancer_hours: f64,
    /// Hours of load-balancing rules beyond the included rules.
    pub extra_rule_hours: f64,
    /// Gigabytes that load balancers process.
    pub load_balancer_gb: f64,
    /// Gigabytes of ingested logs.
    pub log_gb: f64,
}

/// Traffic of a period, which causes the variable part of a bill.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BilledTraffic {
    /// Egress in gigabytes.
    pub egress_gb: f64,
    /// Gigabytes that load balancers process.
    pub load_balancer_gb: f64,
    /// Read operations of storage.
    pub storage_operations: f64,
}

/// Results of a run that determine its bill.
#[derive(Clone, Copy, Debug)]
pub struct BilledRun<'a> {
    /// Gateways.
    pub gateways: &'a [GatewayResult],
    /// Bytes by flow.
    pub flows: &'a Flows,
    /// Deployments.
    pub deployments: &'a [DeploymentResult],
    /// Whether the period contains disruptions.
    pub has_disruptions: bool,
    /// Prices and the other quantities of the scenario.
    pub prices: &'a PriceBook,
    /// Length of the measured period, in seconds.
    pub measured_seconds: f64,
}

/// Returns the lines of a bill in the order of the prices, without items whose quantity is zero.
/// Items that were not billed before price books existed (disks, operations, additional rules,
/// logs) have a line only if they have a price.
pub fn lines(quantities: &BilledQuantities, prices: &PriceBook) -> Vec<BillLine> {
    let mut lines = Vec::new();
    let line = |item: &str, quantity: f64, unit: &str, key: &str, price: Option<f64>| BillLine {
        item: item.to_owned(),
        tier: String::new(),
        quantity,
        unit: unit.to_owned(),
        unit_price: price,
        amount: price.map(|price| Money::of(quantity, price)),
        price_key: key.to_owned(),
        provenance: prices.provenance_of(key),
    };
    for (index, (gateway, hours)) in quantities.instance_hours.iter().enumerate() {
        let key = prices.vm_hour.get(index).map_or("", |hour| hour.key.as_str());
        let item = format!("VM instances of {gateway}");
        lines.push(line(&item, *hours, "h", key, prices.vm_price(index)));
    }
    let disks = quantities.disk_months;
    let disk = line("OS disks", disks, "months", "prices.os_disk_month", prices.os_disk_month);
    lines.extend(prices.os_disk_month.map(|_| disk));
    for (tier, gigabytes) in in_tiers(prices, quantities.egress_before_gb, quantities.egress_gb) {
        let key = prices.egress_key();
        let priced = line("egress", gigabytes, "GB", key, Some(tier.price));
        lines.push(BillLine { tier: tier_name(prices, tier), ..priced });
    }
    let q = quantities;
    let operations = q.storage_operations / OPERATIONS;
    let others = [
        ("storage", q.storage_gb_months, "GB months", "storage_gb_month", prices.storage_gb_month),
        ("public addresses", q.address_hours, "h", "public_ip_hour", prices.public_ip_hour),
        (
            "load balancers",
            q.load_balancer_hours,
            "h",
            "load_balancer_hour",
            prices.load_balancer_hour,
        ),
        (
            "load balancers: data",
            q.load_balancer_gb,
            "GB",
            "load_balancer_gb",
            prices.load_balancer_gb,
        ),
    ];
    let later = [
        (
            "load balancers: more rules",
            q.extra_rule_hours,
            "h",
            "load_balancer_rule_hour",
            prices.load_balancer_rule_hour,
        ),
        (
            "storage operations",
            operations,
            "10,000",
            "storage_operations_10k",
            prices.storage_operations_10k,
        ),
        ("logs", q.log_gb, "GB", "log_gb", prices.log_gb),
    ];
    let later = later.into_iter().filter(|(.., price)| price.is_some());
    for (item, quantity, unit, key, price) in others.into_iter().chain(later) {
        lines.push(line(item, quantity, unit, &format!("prices.{key}"), price));
    }
    lines.retain(|line| line.quantity > 0.0 || line.item.starts_with("VM instances"));
    lines
}

/// Divides gigabytes among the tiers of egress. `before` is the egress of the same month that
/// precedes.
pub fn in_tiers(prices: &PriceBook, before: f64, gigabytes: f64) -> Vec<(EgressTier, f64)> {
    let tiers = prices.egress();
    let ends = tiers.iter().skip(1).map(|tier| tier.above_gb).chain([f64::INFINITY]);
    let after = before + gigabytes;
    let parts = tiers.iter().zip(ends).map(|(tier, end)| {
        let part = after.min(end) - before.max(tier.above_gb);
        // Without the division into tiers, the quantity needs no subtraction and is exact.
        let is_whole = before >= tier.above_gb && after <= end;
        (*tier, if is_whole { gigabytes } else { part })
    });
    parts.filter(|(_, part)| *part > 0.0).collect()
}

/// Describes a tier of egress; empty if there is only one.
fn tier_name(prices: &PriceBook, tier: EgressTier) -> String {
    let tiers = prices.egress();
    let next = tiers.iter().map(|one| one.above_gb).find(|above| *above > tier.above_gb);
    match next {
        _ if tiers.len() == 1 => String::new(),
        None => format!("above {} GB", tier.above_gb),
        Some(end) if tier.above_gb == 0.0 => format!("first {end} GB"),
        Some(end) => format!("{} to {end} GB", tier.above_gb),
    }
}

/// Computes the bill of a run; empty without gateways.
pub fn bill(run: &BilledRun<'_>) -> Bill {
    if run.gateways.is_empty() {
        return Bill::default();
    }
    let month = lines(&run.month(), run.prices);
    let event = lines(&run.event(), run.prices);
    Bill {
        month_total: total(&month),
        event_total: total(&event),
        month,
        event,
        doubts: run.doubts(),
    }
}

/// Returns the sum of all lines with a price; `None` if VM instances have no price.
pub fn total(lines: &[BillLine]) -> Option<Money> {
    let is_unpriced =
        |line: &BillLine| line.amount.is_none() && line.item.starts_with("VM instances");
    (!lines.iter().any(is_unpriced)).then(|| lines.iter().filter_map(|line| line.amount).sum())
}

impl<'a> BilledRun<'a> {
    /// Returns those results of a run that determine its bill.
    pub fn of(result: &'a RunResult) -> BilledRun<'a> {
        BilledRun {
            gateways: &result.gateways,
            flows: &result.flows,
            deployments: &result.deployments,
            has_disruptions: !result.disruptions.is_empty(),
            prices: &result.scenario.prices,
            measured_seconds: result.scenario.duration_s,
        }
    }
}

impl BilledRun<'_> {
    /// Extrapolates an amount from the measured period to a month.
    pub(super) fn a_month_of(&self, amount: f64) -> f64 {
        let seconds = self.prices.month_hours() * 3600.0;
        if self.measured_seconds > 0.0 { amount * seconds / self.measured_seconds } else { 0.0 }
    }

    /// Returns the traffic of the measured period.
    pub fn traffic(&self) -> BilledTraffic {
        let flows = self.flows;
        let egress = flows.leaving_gateways() + flows.storage_to_clients_bytes;
        BilledTraffic {
            egress_gb: egress as f64 / GIGABYTE,
            load_balancer_gb: flows.through_load_balancers() as f64 / GIGABYTE,
            storage_operations: self.operations(flows.storage_to_clients_bytes as f64),
        }
    }

    /// Returns the traffic of the measured period beyond the normal traffic of the scenario, which
    /// is spread evenly over the month; at least zero.
    pub fn excess(&self) -> BilledTraffic {
        let (traffic, normal) = (self.traffic(), self.prices.quantities);
        let months = self.measured_seconds / 3600.0 / self.prices.month_hours();
        let beyond = |all: f64, normal: f64| (all - normal * months).max(0.0);
        BilledTraffic {
            egress_gb: beyond(traffic.egress_gb, normal.normal_egress_gb),
            load_balancer_gb: beyond(traffic.load_balancer_gb, normal.normal_load_balancer_gb),
            storage_operations: beyond(
                traffic.storage_operations,
                normal.normal_storage_operations,
            ),
        }
    }

    /// Returns the quantities of a month: those of the configuration, and normal traffic plus the
    /// traffic of the events. If the scenario does not state how often the event occurs, the
    /// measured period counts as normal and is extrapolated; the content of deployments counts
    /// once.
    pub fn month(&self) -> BilledQuantities {
        let (prices, given) = (self.prices, &self.prices.quantities);
        let hours = prices.month_hours();
        let gateways = self.gateways.len() as f64;
        let stores = self.gateways.iter().filter(|gateway| gateway.has_storage).count() as f64;
        let traffic = self.month_traffic();
        let instance_hours = self.month_instance_hours();
        let instances: f64 = instance_hours.iter().map(|(_, hours)| hours).sum();
        BilledQuantities {
            disk_months: instances / hours,
            instance_hours,
            egress_before_gb: 0.0,
            egress_gb: traffic.egress_gb,
            storage_gb_months: self.deployed_gigabytes() + stores * given.stored_gb,
            storage_operations: traffic.storage_operations,
            address_hours: gateways * hours,
            load_balancer_hours: gateways * hours,
            extra_rule_hours: gateways * given.extra_load_balancer_rules * hours,
            load_balancer_gb: traffic.load_balancer_gb,
            log_gb: gateways * given.log_gb_per_month,
        }
    }

    /// Returns the quantities that one event adds to a month. The free egress counts as used: by
    /// normal traffic if the scenario states it, otherwise entirely.
    pub fn event(&self) -> BilledQuantities {
        let (prices, traffic) = (self.prices, self.excess());
        let extra = self.extra_instance_hours();
        let all: f64 = extra.iter().map(|(_, hours)| hours).sum();
        let tiers = prices.egress();
        let free = tiers.iter().find(|tier| tier.price > 0.0).map_or(0.0, |tier| tier.above_gb);
        let is_normal_known = prices.quantities.events_per_month.is_some();
        BilledQuantities {
            instance_hours: if all > 0.0 { extra } else { Vec::new() },
            disk_months: all / prices.month_hours(),
            egress_before_gb: match is_normal_known {
                true => prices.quantities.normal_egress_gb,
                false => free,
            },
            egress_gb: traffic.egress_gb,
            storage_operations: traffic.storage_operations,
            load_balancer_gb: traffic.load_balancer_gb,
            ..BilledQuantities::default()
        }
    }

    fn month_traffic(&self) -> BilledTraffic {
        let given = &self.prices.quantities;
        if let Some(events) = given.events_per_month {
            let excess = self.excess();
            return BilledTraffic {
                egress_gb: given.normal_egress_gb + events * excess.egress_gb,
                load_balancer_gb: given.normal_load_balancer_gb + events * excess.load_balancer_gb,
                storage_operations: given.normal_storage_operations
                    + events * excess.storage_operations,
            };
        }
        let flows = self.flows;
        let once = self.content_bytes();
        let steady = (flows.storage_to_clients_bytes - once) as f64;
        let leaving = self.a_month_of(flows.leaving_gateways() as f64 / GIGABYTE);
        let content = once as f64 / GIGABYTE + self.a_month_of(steady / GIGABYTE);
        BilledTraffic {
            egress_gb: leaving + content,
            load_balancer_gb: self.a_month_of(flows.through_load_balancers() as f64 / GIGABYTE),
            storage_operations: self.operations(content * GIGABYTE),
        }
    }

    /// Returns the instance hours of a month by gateway.
    pub(super) fn month_instance_hours(&self) -> Vec<(String, f64)> {
        let hours = self.prices.month_hours();
        let events = self.prices.quantities.events_per_month;
        let extra = self.extra_instance_hours();
        let of = |(gateway, (_, extra)): (&GatewayResult, &(String, f64))| {
            let all = match events {
                None => self.a_month_of(gateway.instance_hours),
                Some(events) => f64::from(gateway.configured_instances) * hours + events * extra,
            };
            (gateway.name.clone(), all)
        };
        self.gateways.iter().zip(&extra).map(of).collect()
    }

    /// Returns the hours of instances beyond the configured number, by gateway.
    pub(super) fn extra_instance_hours(&self) -> Vec<(String, f64)> {
        let hours = self.measured_seconds / 3600.0;
        let extra = |one: &GatewayResult| {
            let extra = one.instance_hours - f64::from(one.configured_instances) * hours;
            // Rounding errors of the hours are not additional instances.
            if extra > 1e-6 { extra } else { 0.0 }
        };
        self.gateways.iter().map(|one| (one.name.clone(), extra(one))).collect()
    }

    /// Returns the bytes of deployment content from storage, which clients download once.
    pub(super) fn content_bytes(&self) -> u64 {
        let deployed: u64 = self.deployments.iter().map(|one| one.from_storage_bytes).sum();
        deployed.min(self.flows.storage_to_clients_bytes)
    }

    /// Returns the gigabytes of deployment content in all storage accounts.
    pub(super) fn deployed_gigabytes(&self) -> f64 {
        let stores = self.gateways.iter().filter(|gateway| gateway.has_storage).count();
        let stored = self.deployments.iter().filter(|one| one.is_in_storage);
        let bytes: u64 = stored.map(|one| one.size_bytes).sum();
        stores as f64 * bytes as f64 / GIGABYTE
    }

    fn operations(&self, bytes: f64) -> f64 {
        let each = self.prices.quantities.storage_operation_bytes;
        if each > 0.0 { bytes / each } else { 0.0 }
    }

    /// Returns the reasons why the measured period does not represent a month.
    pub(super) fn doubts(&self) -> Vec<MonthDoubt> {
        if self.prices.quantities.events_per_month.is_some() {
            return Vec::new();
        }
        let is_short = self.measured_seconds < DAY_HOURS * 3600.0;
        let all = [
            (is_short, MonthDoubt::ShortPeriod),
            (!self.deployments.is_empty(), MonthDoubt::Deployments),
            (self.has_disruptions, MonthDoubt::Disruptions),
        ];
        all.into_iter().filter_map(|(applies, doubt)| applies.then_some(doubt)).collect()
    }
}
