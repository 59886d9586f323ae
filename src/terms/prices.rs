//! The price book of a scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Price per gigabyte (10^9 bytes) of outbound data from Azure.
    pub egress_gb: f64,
    /// Free outbound data in gigabytes per month.
    pub egress_free_gb: f64,
    /// Price per gigabyte of storage per month; `None` if the scenario specifies none.
    pub storage_gb_month: Option<f64>,
    /// Price per hour of a public IP address; `None` if the scenario specifies none.
    pub public_ip_hour: Option<f64>,
    /// Price per hour of the load-balancing rules; `None` if the scenario specifies none.
    pub load_balancer_hour: Option<f64>,
    /// Price per gigabyte that a load balancer processes; `None` if the scenario specifies none.
    pub load_balancer_gb: Option<f64>,
}

/// The price per hour of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VmHour {
    /// Scenario key of the price, for example `prices.vm_hour.B2s`.
    pub key: String,
    /// The price; `None` if the scenario specifies none.
    pub price: Option<f64>,
}
