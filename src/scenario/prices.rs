//! What things cost: the user's price book, or an example.

/// Prices.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceBook {
    /// Of all of them.
    pub currency: String,
    /// Of when they are.
    pub date: String,
    /// Whether they are an example that nobody has verified.
    pub is_example: bool,
    /// An hour of one instance, by gateway in the order of the configuration.
    pub vm_hour: Vec<VmHour>,
    /// A gigabyte that leaves Azure.
    pub egress_gb: f64,
    /// Gigabytes a month that leave for nothing.
    pub egress_free_gb: f64,
    /// A gigabyte of content storage for a month; `None` if no price is known.
    pub storage_gb_month: Option<f64>,
    /// An hour of a public address; each gateway has one; `None` if no price is known.
    pub public_ip_hour: Option<f64>,
    /// An hour of a load balancer's rules; each gateway has one; `None` if no price is known.
    pub load_balancer_hour: Option<f64>,
    /// A gigabyte that a load balancer processes; `None` if no price is known.
    pub load_balancer_gb: Option<f64>,
}

/// What an hour of an instance costs.
#[derive(Clone, Debug, PartialEq)]
pub struct VmHour {
    /// The key of its price: `prices.vm_hour.B2s`.
    pub key: String,
    /// The price; `None` if none is known.
    pub price: Option<f64>,
}
