//! Ways to break a world's books, for tests of the audit.

use super::World;
use crate::model::recorder::Recorder;

impl<R: Recorder> World<'_, R> {
    /// Forgets a request that was answered.
    pub(crate) fn lose_a_request(&mut self) {
        self.ledger.completed -= 1;
    }

    /// Claims a stay at a station that never was.
    pub(crate) fn forge_a_stay(&mut self) {
        if let Some(owned) = self.stations.iter_mut().next() {
            owned.station.forge_a_stay();
        }
    }
}
