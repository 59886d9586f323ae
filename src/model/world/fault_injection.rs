//! Deliberate accounting errors, with which tests in another package check the audit.

use super::World;
use crate::model::recorder::Recorder;

impl<R: Recorder> World<'_, R> {
    /// Removes a completed request from the counts.
    #[doc(hidden)]
    pub fn lose_request(&mut self) {
        self.observed.ledger.completed -= 1;
    }

    /// Adds a fictitious service to the statistics of a station.
    #[doc(hidden)]
    pub fn falsify_response_time(&mut self) {
        if let Some(owned) = self.stations.all.iter_mut().next() {
            owned.station.falsify_response_time();
        }
    }
}
