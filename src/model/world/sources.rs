//! Open sources: requests that do not come from clients.

use crate::base::SimTime;
use crate::base::ids::SourceId;
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Handles an arrival of an open source.
    #[inline(never)]
    pub(super) fn source_due(&mut self, source: SourceId) {
        if self.traffic.sources[source].due != self.kernel.now {
            return;
        }
        let config = &self.config.sources[source];
        let state = &mut self.traffic.sources[source];
        state.count += 1;
        let is_last = config.count.is_some_and(|count| state.count >= count);
        state.due = if is_last {
            SimTime::NEVER
        } else {
            config.arrivals.next_after(
                self.kernel.now,
                state.count,
                &config.profile_phases,
                self.config.measured_from(),
                &mut state.arrivals,
            )
        };
        self.kernel.schedule(state.due, Event::Source(source));
        for _ in 0..config.batch {
            self.issue(Origin::Source(source), config.kind);
            self.settle_issued();
        }
    }
}
