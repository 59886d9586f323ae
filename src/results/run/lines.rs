//! Results of shared lines and VPNs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Direction, LineKind};

/// Results of a shared line: a WAN or internet line, or the connection of a VPN.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct LineResult {
    /// Name of the line or VPN.
    pub name: String,
    /// Kind of the line.
    pub kind: LineKind,
    /// Direction to the users of the line; `None` if its bandwidth is not limited.
    pub downlink: Option<LinkResult>,
    /// Direction from the users of the line; `None` if its bandwidth is not limited.
    pub uplink: Option<LinkResult>,
    /// Sessions of the VPN; `None` for other lines.
    pub sessions: Option<VpnSessions>,
}

impl LineResult {
    /// Returns the directions that have a limit.
    pub fn directions(&self) -> impl Iterator<Item = (Direction, &LinkResult)> {
        let directions = [(Direction::Down, &self.downlink), (Direction::Up, &self.uplink)];
        directions.into_iter().filter_map(|(direction, link)| Some((direction, link.as_ref()?)))
    }
}

/// Results of one direction of a shared line.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct LinkResult {
    /// Highest bandwidth during the run.
    pub bandwidth_bit_per_s: f64,
    /// Bytes carried.
    pub carried_bytes: u64,
    /// Bytes carried divided by those that the line could have carried.
    pub utilisation_mean_share: f64,
    /// Utilisation in the busiest minute.
    pub utilisation_peak_share: f64,
    /// Share of the minutes in which the utilisation was at least 99 %.
    pub time_full_share: f64,
    /// Mean rate in the busiest minute.
    pub peak_bit_per_s: f64,
    /// 95th percentile of the mean rates of five minutes, as internet lines are often billed;
    /// `None` if the run is shorter than five minutes.
    pub p95_bit_per_s: Option<f64>,
    /// Mean number of transfers in progress.
    pub transfers_mean: f64,
    /// Maximum number of transfers in progress.
    pub transfers_peak: u64,
}

/// Sessions of a VPN.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct VpnSessions {
    /// Maximum number of concurrent sessions that the VPN supports; `None` if it is not limited.
    pub limit: Option<u32>,
    /// Mean number of connected clients.
    pub mean: f64,
    /// Maximum number of connected clients.
    pub peak: u64,
    /// Number of refused sessions.
    pub refused: u64,
}
