//! Ways to break a world's books, for the tests of the audit, which are in another package.

use super::World;
use crate::model::recorder::Recorder;

impl<R: Recorder> World<'_, R> {
    /// Forgets a request that was answered.
    #[doc(hidden)]
    pub fn lose_a_request(&mut self) {
        self.observed.ledger.completed -= 1;
    }

    /// Claims a stay at a station that never was.
    #[doc(hidden)]
    pub fn forge_a_stay(&mut self) {
        if let Some(owned) = self.stations.all.iter_mut().next() {
            owned.station.forge_a_stay();
        }
    }
}
