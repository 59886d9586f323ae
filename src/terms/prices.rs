//! What things cost: the price book of a scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Prices as the scenario gives them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceBook {
    /// Currency.
    pub currency: String,
    /// As of when.
    pub date: String,
    /// Whether these are unverified examples.
    pub is_example: bool,
    /// An instance's hour, by gateway in the scenario's order.
    pub vm_hour: Vec<VmHour>,
    /// A gigabyte (10^9 bytes) that leaves Azure.
    pub egress_gb: f64,
    /// Gigabytes a month that leave for nothing.
    pub egress_free_gb: f64,
    /// A gigabyte stored for a month; `None` if the scenario gives no price.
    pub storage_gb_month: Option<f64>,
    /// A public address for an hour; `None` if the scenario gives no price.
    pub public_ip_hour: Option<f64>,
    /// The rules of a load balancer for an hour; `None` if the scenario gives no price.
    pub load_balancer_hour: Option<f64>,
    /// A gigabyte that a load balancer processes; `None` if the scenario gives no price.
    pub load_balancer_gb: Option<f64>,
}

/// The price of an instance's hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VmHour {
    /// The scenario's key for it: `prices.vm_hour.B2s`.
    pub key: String,
    /// The price; `None` if the scenario gives none.
    pub price: Option<f64>,
}
