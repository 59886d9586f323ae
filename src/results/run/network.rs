//! Bytes over networks: flows by sender, receiver and network, and totals per network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Direction, Flow, NetworkTotal, Place, Via};

/// All bytes by sender, receiver and network. A message that passes several places belongs to one
/// flow on each hop of its path.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct NetworkResult {
    /// Flows, including flows without bytes.
    pub flows: Vec<FlowResult>,
    /// Sums of flows per network and direction: the flows to and from clients except those from
    /// peers, and the flows between gateways and connection points.
    pub totals: Vec<NetworkTotalResult>,
}

/// Bytes from one kind of place to another over one network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FlowResult {
    /// Sender.
    pub from: Place,
    /// Receiver.
    pub to: Place,
    /// Network.
    pub via: Via,
    /// Bytes sent in the measured period.
    pub bytes: u64,
    /// Number of existing clients, online or offline, in the cohorts that use the network of the
    /// flow: a gateway for the flows of gateways, otherwise the intranet, a VPN or the internet.
    #[serde(default)]
    pub existing_clients: u64,
    /// Time average of the number of clients that are online on that network.
    #[serde(default)]
    pub online_clients_mean: f64,
    /// Bytes in 30 days per existing client; `None` without such clients.
    pub per_existing_client_30_days_bytes: Option<f64>,
    /// Bytes in 30 days per online client; `None` without such clients.
    pub per_online_client_30_days_bytes: Option<f64>,
    /// Rate in the busiest minute, in Mbit/s.
    pub peak_mbit_per_s: f64,
    /// Start of that minute, in seconds from the start of the measured period; `None` without
    /// bytes.
    pub peak_start_s: Option<f64>,
    /// 95th percentile of the mean rates of all periods of five minutes, in Mbit/s; `None` if the
    /// measured period is shorter than five minutes.
    pub p95_mbit_per_s: Option<f64>,
}

/// Sum of all flows over one network in one direction.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NetworkTotalResult {
    /// Network.
    pub via: Via,
    /// Direction: `down` to clients, or from Azure to a site; `up` in reverse.
    pub direction: Direction,
    /// Bytes sent in the measured period.
    pub bytes: u64,
    /// Rate in the busiest minute, in Mbit/s.
    pub peak_mbit_per_s: f64,
    /// Start of that minute, in seconds from the start of the measured period; `None` without
    /// bytes.
    pub peak_start_s: Option<f64>,
    /// 95th percentile of the mean rates of all periods of five minutes, in Mbit/s; `None` if the
    /// measured period is shorter than five minutes.
    pub p95_mbit_per_s: Option<f64>,
}

impl NetworkResult {
    /// Returns the sum of all flows over a network in a direction; `None` if the result contains no
    /// flows.
    pub fn total(&self, via: Via, direction: Direction) -> Option<&NetworkTotalResult> {
        self.totals.iter().find(|one| one.via == via && one.direction == direction)
    }

    /// Returns the bytes of all flows for which `is_part` holds.
    pub fn sum(&self, is_part: impl Fn(&FlowResult) -> bool) -> u64 {
        self.flows.iter().filter(|one| is_part(one)).map(|one| one.bytes).sum()
    }
}

impl FlowResult {
    /// Returns the flow; `None` if this version of cmgsim does not have it.
    pub fn flow(&self) -> Option<Flow> {
        Flow::between(self.from, self.to, self.via)
    }

    /// Returns the name of the flow for display: `software update points to clients via intranet`.
    pub fn name(&self) -> String {
        format!("{} to {} via {}", self.from, self.to, self.via)
    }
}

impl NetworkTotalResult {
    /// Returns the name of the total for display: `all to clients via VPN`.
    pub fn name(&self) -> String {
        match (self.via, self.direction) {
            (Via::AzureToSite, Direction::Down) => "all from Azure to sites".to_owned(),
            (Via::AzureToSite, Direction::Up) => "all from sites to Azure".to_owned(),
            (via, Direction::Down) => format!("all to clients via {via}"),
            (via, Direction::Up) => format!("all from clients via {via}"),
        }
    }

    /// Returns which total it is.
    pub fn total(&self) -> NetworkTotal {
        NetworkTotal { via: self.via, direction: self.direction }
    }
}
