//! Due times of a client's tasks: schedules, delays and start times.

use crate::base::ids::ClientId;
use crate::base::{SimDuration, SimTime};
use crate::engine::{Distribution, Purpose};
use crate::model::client::{Draws, Slot, next_on_grid};
use crate::model::config::Task;
use crate::model::delays::Schedule;
use crate::model::recorder::Recorder;
use crate::terms::RequestKind;

use super::World;
use super::draws::exponential;

/// Due time of an overdue task, which runs at the next start.
pub(super) const OVERDUE: SimTime = SimTime::ZERO;

impl<R: Recorder> World<'_, R> {
    /// Starts the tasks of a registered client at `start`.
    pub(super) fn begin_tasks(&mut self, id: ClientId, start: SimTime) {
        let cohort = self.cohort(id);
        for kind in RequestKind::SCHEDULED {
            let own = self.clients.agendas[id].due(Slot::Task(kind));
            let due = match &cohort.tasks[kind] {
                Task::Off => SimTime::NEVER,
                Task::Every { .. } if kind.begins_at_start() => {
                    self.set_schedule(id, kind, Schedule::from(start));
                    start
                }
                // A client that has just registered has no schedule yet.
                Task::Every { interval, .. } if own == SimTime::NEVER => {
                    self.next_nominal(id, kind, *interval).max(start)
                }
                Task::Every { .. } => own.max(start),
                Task::After(_) | Task::AtStart { .. } => start,
                // A token that expired while the client used no gateway is renewed when the client
                // uses one.
                Task::Expiry(_) if own == SimTime::NEVER => own,
                Task::Expiry(_) => own.max(start),
                Task::Changes { .. } if own == OVERDUE => start,
                // Changes occur at a constant rate while the client is online, so the time of the
                // next change is drawn from now.
                Task::Changes { interval, rate } => {
                    self.next_change(id, kind, *interval, *rate).max(start)
                }
            };
            self.clients.agendas[id].set_due(Slot::Task(kind), due);
        }
        self.resume_deployments(id, start);
        self.forget_channel_failures(id);
        self.begin_service(id, start);
    }

    /// Returns the first due time after `now` of a task whose schedule is stored separately; `None`
    /// for other tasks.
    pub(super) fn next_delayed(
        &self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
        spread: &Distribution,
        now: i64,
    ) -> Option<SimTime> {
        let state = &self.clients.cohort_of(id);
        let schedule = state.delayed.schedule(kind, self.number(id))?;
        let entity = self.entity(id);
        let purpose = Purpose(Draws::Delay as u8 + kind as u8);
        let stream = |position| self.kernel.streams.stream(entity, purpose, position);
        Some(schedule.next_due(now, interval, spread, stream))
    }

    /// Sets the schedule of a task.
    pub(super) fn set_schedule(&mut self, id: ClientId, kind: RequestKind, schedule: Schedule) {
        let number = self.number(id);
        self.clients.cohort_mut(id).delayed.set(kind, number, schedule);
    }

    /// Returns the next point of a client's own schedule.
    pub(super) fn next_nominal(
        &self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
    ) -> SimTime {
        next_on_grid(self.kernel.now, self.phase(id, kind, interval), interval)
    }

    /// Returns the first point of the cycle after the next change.
    pub(super) fn next_change(
        &mut self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
        rate: f64,
    ) -> SimTime {
        if rate <= 0.0 {
            return SimTime::NEVER;
        }
        let change =
            self.kernel.now + self.draw_for(id, Draws::Workload, |s| exponential(1.0 / rate, s));
        next_on_grid(change, self.phase(id, kind, interval), interval)
    }
}
