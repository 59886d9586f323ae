//! Content at run time: a gateway's storage, distribution points.

use crate::base::SimTime;
use crate::base::ids::StationId;

use super::gateway::Link;
use super::site::Factors;
use super::tallied::Tallied;

/// The storage of a gateway: one account.
#[derive(Clone, Debug)]
pub struct Storage {
    /// The account's outgoing bandwidth.
    pub link: Link,
    /// For each deployment, the station that stands for the request rate of its file.
    pub files: Vec<Option<StationId>>,
    /// What is left of its request rate and bandwidth now.
    pub left: Factors,
}

/// A distribution point.
#[derive(Clone, Debug)]
pub struct DistributionPoint {
    /// Its outgoing bandwidth.
    pub link: Link,
    /// Downloads begun since the last reset.
    pub downloads: u64,
}

impl Tallied for Storage {
    fn reset(&mut self, now: SimTime) {
        let Storage { link, files: _, left: _ } = self;
        link.reset(now);
    }
}

impl Tallied for DistributionPoint {
    fn reset(&mut self, now: SimTime) {
        let DistributionPoint { link, downloads } = self;
        link.reset(now);
        downloads.reset(now);
    }
}
