//! Ways to break a world's books, for the tests of the audit, which are in another package.

use super::World;
use crate::model::recorder::Recorder;

impl<R: Recorder> World<'_, R> {
    /// Forgets a request that was answered.
    #[doc(hidden)]
    pub fn lose_request(&mut self) {
        self.observed.ledger.completed -= 1;
    }

    /// Claims a stay at a station that never was.
    #[doc(hidden)]
    pub fn falsify_response_time(&mut self) {
        if let Some(owned) = self.stations.all.iter_mut().next() {
            owned.station.falsify_response_time();
        }
    }
}
