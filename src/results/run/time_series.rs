//! Time series of a run.

use serde::Serialize;

/// Time series in bins of equal length; the last bin may be shorter.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TimeSeries {
    /// Length of a bin.
    pub interval_seconds: f64,
    /// Start of each bin, seconds after the start of the measured period.
    pub start_seconds: Vec<f64>,
    /// Requests begun a second. Keeping notification channels is not counted here.
    pub issued_per_second: Vec<f64>,
    /// Attempts begun a second (retries included): the load the system sees.
    pub attempts_per_second: Vec<f64>,
    /// Requests answered a second: goodput.
    pub completed_per_second: Vec<f64>,
    /// Attempts that failed a second.
    pub failed_per_second: Vec<f64>,
    /// Client connections tried a second.
    pub connect_attempts_per_second: Vec<f64>,
    /// Client connections made a second.
    pub connects_per_second: Vec<f64>,
    /// Latency of requests answered in the bin; `None` if too few were to say.
    pub latency_p50: Vec<Option<f64>>,
    /// The same, 95 %.
    pub latency_p95: Vec<Option<f64>>,
    /// The same, 99 %.
    pub latency_p99: Vec<Option<f64>>,
    /// Mean number of clients on the internet.
    pub internet_clients: Vec<f64>,
    /// Mean number of clients on VPN.
    pub vpn_clients: Vec<f64>,
    /// Mean number of clients that use a gateway.
    pub gateway_clients: Vec<f64>,
    /// Mean number of clients on the intranet.
    pub intranet_clients: Vec<f64>,
    /// Mean number of open notification channels.
    pub channels: Vec<f64>,
    /// Mean number of requests waiting for a retry.
    pub retrying: Vec<f64>,
    /// One column a part: mean connections of each instance, one a client.
    pub instance_connections: Vec<Column>,
    /// Mean share of time each instance was up.
    pub instance_up: Vec<Column>,
    /// Mean ports in use of each connection point.
    pub ports: Vec<Column>,
    /// Most ports in use of each connection point at once.
    pub ports_high: Vec<Column>,
    /// Utilisation of each station.
    pub utilisation: Vec<Column>,
    /// Mean jobs present at each station.
    pub present: Vec<Column>,
    /// Bits a second that leave each gateway's instances.
    pub gateway_egress: Vec<Column>,
    /// Bits a second that leave each gateway's storage.
    pub storage_egress: Vec<Column>,
    /// How far each deployment is.
    pub compliance: Vec<ComplianceCurve>,
}

/// How far a deployment is, at the end of each bin: shares of its targets, 0..=1.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ComplianceCurve {
    /// Name of the deployment.
    pub name: String,
    /// Have its policy.
    pub policy: Vec<f64>,
    /// Have its content.
    pub content: Vec<f64>,
    /// Have installed it.
    pub installed: Vec<f64>,
}

/// One named column of a time series.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Name of the part.
    pub name: String,
    /// One value a bin.
    pub values: Vec<f64>,
}
