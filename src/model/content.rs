//! Content sources at run time: the storage of a gateway, and distribution points.

use crate::base::ids::StationId;
use crate::base::{Bytes, SimTime};

use super::gateway::Link;
use super::site::Factors;
use super::tallied::Tallied;

/// The storage account of a gateway.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Outgoing bandwidth of the account.
    pub link: Link,
    /// Station that models the request rate of the file, for each deployment.
    pub files: Vec<Option<StationId>>,
    /// Factors that currently reduce the request rate and the bandwidth.
    pub left: Factors,
}

/// A distribution point at run time.
#[derive(Clone, Debug)]
pub struct DistributionPoint {
    /// Bytes sent since the last reset.
    pub sent: Bytes,
    /// Number of downloads started since the last reset.
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
        let DistributionPoint { sent, downloads } = self;
        sent.reset(now);
        downloads.reset(now);
    }
}
