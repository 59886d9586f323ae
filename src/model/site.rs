//! A management point at run time: worker cores, then database and disk.

use crate::base::ids::StationId;
use crate::engine::TimeAverage;

/// A management point.
#[derive(Clone, Debug)]
pub struct ManagementPoint {
    /// Its worker cores.
    pub workers: StationId,
    /// Database and disk: a delay nobody queues for.
    pub database: StationId,
    /// Clients that use it, on or off.
    pub assigned: TimeAverage,
    /// Clients that use it and are on.
    pub clients_on: TimeAverage,
    /// Requests refused with 503 since the last reset.
    pub refused: u64,
}
