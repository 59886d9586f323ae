//! Configuration of shared lines and VPNs.

use serde::{Deserialize, Serialize};

use crate::base::ids::LineId;
use crate::base::{BitsPerSecond, SimDuration, SimTime};
use crate::terms::LineKind;

/// A line that its users share: a WAN or internet line, or the connection of a VPN or a
/// distribution point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Name in the scenario.
    pub name: String,
    /// Kind of the line.
    pub kind: LineKind,
    /// Time that the line adds to each round trip.
    pub round_trip: SimDuration,
    /// Bandwidths from time zero on, in order of time. The first entry is at time zero.
    pub bandwidths: Vec<(SimTime, Bandwidths)>,
}

/// Bandwidths of a line. `downlink` leads to its users: the clients of a VPN, or the location or
/// site that has the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bandwidths {
    /// Bandwidth to the users; `None` if it is not limited.
    pub downlink: Option<BitsPerSecond>,
    /// Bandwidth from the users; `None` if it is not limited.
    pub uplink: Option<BitsPerSecond>,
    /// Largest share of each bandwidth that content downloads may use together, 0..=1.
    pub background_share: f64,
}

/// A VPN to the intranet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vpn {
    /// Name in the scenario.
    pub name: String,
    /// The connection that all its clients share.
    pub line: LineId,
    /// Internet line that its traffic crosses; `None` if that line is not limited.
    pub internet: Option<LineId>,
    /// Maximum number of clients that are connected at the same time; `None` if it is not limited.
    pub sessions: Option<u32>,
    /// Whether traffic to gateways and their storage bypasses the VPN.
    pub splits_gateway: bool,
    /// Whether traffic to Microsoft Update bypasses the VPN.
    pub splits_microsoft_update: bool,
}
