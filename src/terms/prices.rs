//! The prices of a scenario and the quantities that a simulation does not determine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hours of a month without a price book: 30 days.
pub const HOURS_OF_30_DAYS: f64 = 720.0;

/// The prices that a scenario specifies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceBook {
    /// Currency of all prices.
    pub currency: String,
    /// Date of the prices.
    pub date: String,
    /// Whether the prices are unverified examples.
    pub is_example: bool,
    /// Price per instance hour for each gateway, in the order of the scenario.
    pub vm_hour: Vec<VmHour>,
    /// Price per gigabyte (10^9 bytes) of outbound data from Azure; not used with `egress_tiers`.
    pub egress_gb: f64,
    /// Free outbound data in gigabytes per month; not used with `egress_tiers`.
    pub egress_free_gb: f64,
    /// Price per gigabyte of storage per month; `None` if the scenario specifies none.
    pub storage_gb_month: Option<f64>,
    /// Price per hour of a public IP address; `None` if the scenario specifies none.
    pub public_ip_hour: Option<f64>,
    /// Price per hour of the load-balancing rules that are included in the first price; `None` if
    /// the scenario specifies none.
    pub load_balancer_hour: Option<f64>,
    /// Price per gigabyte that a load balancer processes; `None` if the scenario specifies none.
    pub load_balancer_gb: Option<f64>,
    /// File name of the price book, as the scenario names it; `None` without a price book.
    #[serde(default)]
    pub book: Option<String>,
    /// Azure region of the prices.
    #[serde(default)]
    pub region: Option<String>,
    /// Document or service that states the prices.
    #[serde(default)]
    pub source: Option<String>,
    /// Hours of a billing month; `None` for 720 hours (30 days).
    #[serde(default)]
    pub hours_per_month: Option<f64>,
    /// Tiers of outbound data, ascending; empty if `egress_gb` and `egress_free_gb` apply.
    #[serde(default)]
    pub egress_tiers: Vec<EgressTier>,
    /// Factor on the prices of VM instances for reserved instances or a savings plan; `None` for
    /// pay-as-you-go prices.
    #[serde(default)]
    pub vm_factor: Option<f64>,
    /// Price per month of the operating system disk of an instance; `None` if the scenario
    /// specifies none.
    #[serde(default)]
    pub os_disk_month: Option<f64>,
    /// Price per 10,000 read operations of storage; `None` if the scenario specifies none.
    #[serde(default)]
    pub storage_operations_10k: Option<f64>,
    /// Price per hour of each load-balancing rule beyond the included rules; `None` if the scenario
    /// specifies none.
    #[serde(default)]
    pub load_balancer_rule_hour: Option<f64>,
    /// Price per gigabyte of ingested logs; `None` if the scenario specifies none.
    #[serde(default)]
    pub log_gb: Option<f64>,
    /// Origin of the prices that were set, by scenario key. Other prices are assumed.
    #[serde(default)]
    pub provenance: BTreeMap<String, PriceProvenance>,
    /// Quantities that the simulation does not determine.
    #[serde(default)]
    pub quantities: BillQuantities,
}

/// The price per hour of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VmHour {
    /// Scenario key of the price, for example `prices.vm_hour.B2s`.
    pub key: String,
    /// The price; `None` if the scenario specifies none.
    pub price: Option<f64>,
}

/// A tier of outbound data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EgressTier {
    /// Gigabytes per month above which the price applies.
    pub above_gb: f64,
    /// Price per gigabyte.
    pub price: f64,
}

/// Origin of a price.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PriceProvenance {
    /// An unverified example of the catalogue, or no price.
    #[default]
    Assumed,
    /// Written in the price book, which states date and source.
    PriceBook,
    /// Written in the scenario or set by an option.
    Scenario,
}

/// Quantities of a bill that the simulation does not determine: the section `[bill]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BillQuantities {
    /// Number of occurrences per month of the event that the scenario simulates; `None` if the
    /// simulated period is a normal period.
    pub events_per_month: Option<f64>,
    /// Egress of a month without the event, in gigabytes.
    pub normal_egress_gb: f64,
    /// Data that load balancers process in a month without the event, in gigabytes.
    pub normal_load_balancer_gb: f64,
    /// Read operations of storage in a month without the event.
    pub normal_storage_operations: f64,
    /// Content in the storage of each gateway, besides the content of deployments, in gigabytes.
    pub stored_gb: f64,
    /// Bytes that one read operation of storage returns; 0 if the scenario has no such value.
    pub storage_operation_bytes: f64,
    /// Log data of each gateway per month, in gigabytes.
    pub log_gb_per_month: f64,
    /// Load-balancing rules of each gateway beyond the included rules.
    pub extra_load_balancer_rules: f64,
}

impl PriceProvenance {
    /// Returns the name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            PriceProvenance::Assumed => "assumed",
            PriceProvenance::PriceBook => "price book",
            PriceProvenance::Scenario => "scenario",
        }
    }
}

impl PriceBook {
    /// Returns the hours of a billing month.
    pub fn month_hours(&self) -> f64 {
        self.hours_per_month.unwrap_or(HOURS_OF_30_DAYS)
    }

    /// Returns the length of a billing month in words: `30 days` or `730 hours`.
    pub fn month_length(&self) -> String {
        let hours = self.month_hours();
        match hours % 24.0 == 0.0 {
            true => format!("{} days", hours / 24.0),
            false => format!("{hours} hours"),
        }
    }

    /// Returns the effective price per instance hour of a gateway, after reservation or savings.
    pub fn vm_price(&self, gateway: usize) -> Option<f64> {
        let price = self.vm_hour.get(gateway)?.price?;
        Some(self.vm_factor.map_or(price, |factor| price * factor))
    }

    /// Returns the tiers of outbound data, ascending, of which the first begins at 0.
    pub fn egress(&self) -> Vec<EgressTier> {
        if !self.egress_tiers.is_empty() {
            return self.egress_tiers.clone();
        }
        let first = EgressTier { above_gb: 0.0, price: 0.0 };
        let charged = EgressTier { above_gb: self.egress_free_gb, price: self.egress_gb };
        if self.egress_free_gb > 0.0 { vec![first, charged] } else { vec![charged] }
    }

    /// Returns the scenario key of the price of outbound data.
    pub fn egress_key(&self) -> &'static str {
        if self.egress_tiers.is_empty() { "prices.egress_gb" } else { "prices.egress_tiers" }
    }

    /// Returns the origin of the price with a scenario key.
    pub fn provenance_of(&self, key: &str) -> PriceProvenance {
        self.provenance.get(key).copied().unwrap_or_default()
    }
}
