//! The activity of a client: starts, stops, moves and tasks.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{Draws, Slot};
use crate::model::config::Task;
use crate::model::delays::Schedule;
use crate::model::recorder::Recorder;
use crate::model::request::{Answer, Origin};
use crate::terms::{Cause, RequestKind};

use super::World;
use super::tasks::OVERDUE;

impl<R: Recorder> World<'_, R> {
    /// Handles what is due for a client. Tasks run in the order of their slots.
    #[inline(never)]
    pub(super) fn client_due(&mut self, id: ClientId) {
        if self.clients.agendas[id].next != self.kernel.now {
            return;
        }
        self.clients.agendas[id].next = SimTime::NEVER;
        if self.clients.agendas[id].due(Slot::Presence) <= self.kernel.now {
            self.change_presence(id);
        }
        if self.clients[id].is_on() {
            if self.clients.agendas[id].due(Slot::Move) <= self.kernel.now {
                self.move_client(id);
            }
            for kind in RequestKind::SCHEDULED {
                if self.clients.agendas[id].due(Slot::Task(kind)) <= self.kernel.now {
                    self.task_due(id, kind);
                    self.settle_issued();
                }
            }
            if self.clients.agendas[id].due(Slot::Deployment) <= self.kernel.now {
                self.deployments_due(id);
                self.settle_issued();
            }
        }
        self.schedule_client(id);
    }

    fn change_presence(&mut self, id: ClientId) {
        let was_on = self.clients[id].is_on();
        let (now, pattern) = (self.kernel.now, self.pattern(id));
        let (is_on, until) =
            self.draw_for(id, Draws::Presence, |stream| pattern.change(now, was_on, stream));
        self.clients.agendas[id].set_due(Slot::Presence, until);
        match (was_on, is_on) {
            (false, true) => self.go_online(id),
            (true, false) => self.go_offline(id),
            _ => {}
        }
    }

    fn go_online(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        self.locate(id);
        let start =
            self.kernel.now + self.draw_for(id, Draws::Workload, |s| cohort.start_delay.sample(s));
        if self.clients.agendas[id].is_registered() {
            return self.begin_tasks(id, start);
        }
        // Before a client is registered, its only task is the registration, which uses the slot of
        // the token renewal.
        for kind in RequestKind::SCHEDULED {
            let slot = Slot::Task(kind);
            let agenda = &mut self.clients.agendas[id];
            let due = match kind {
                RequestKind::TokenRenewal => agenda.due(slot).max(start),
                _ => SimTime::NEVER,
            };
            agenda.set_due(slot, due);
        }
    }

    fn go_offline(&mut self, id: ClientId) {
        self.leave_network(id);
        self.interrupt_deployments(id);
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            let kind = self.traffic.requests[this].kind;
            self.abandon(this);
            if kind == RequestKind::StatusMessage {
                let due = &mut self.clients.agendas[id].status_due;
                *due = due.saturating_add(1);
            } else if matches!(kind, RequestKind::Registration | RequestKind::TokenRenewal) {
                self.clients.agendas[id]
                    .set_due(Slot::Task(RequestKind::TokenRenewal), self.kernel.now);
            } else if matches!(
                self.cohort(id).tasks[kind],
                Task::Every { .. } | Task::Changes { .. }
            ) {
                self.clients.agendas[id].set_due(Slot::Task(kind), OVERDUE);
            }
        }
        self.set_off(id);
    }

    /// Moves a client to another network: the client loses its connections, and its requests in
    /// flight fail or are abandoned.
    fn move_client(&mut self, id: ClientId) {
        self.leave_network(id);
        self.abandon_channel_requests(id);
        self.interrupt_downloads(id);
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind.is_of_content() {
                // Downloaded chunks are kept; the client requests the location of the rest again.
                self.abandon(this);
            } else if let Some(attempt) = self.traffic.requests[this].attempt()
                && let Some(request) = self.abandon_attempt(attempt)
            {
                self.settle(Some(Answer::Failed(request, Cause::Moved)));
            }
        }
        self.locate(id);
        if !self.clients.agendas[id].is_registered() {
            return;
        }
        self.set_schedule(id, RequestKind::Location, Schedule::from(self.kernel.now));
        if !matches!(self.cohort(id).tasks[RequestKind::Location], Task::Off) {
            self.clients.agendas[id].set_due(Slot::Task(RequestKind::Location), self.kernel.now);
        }
        self.begin_service(id, self.kernel.now);
    }

    fn task_due(&mut self, id: ClientId, kind: RequestKind) {
        if kind == RequestKind::TokenRenewal {
            return self.token_due(id);
        }
        let cohort = self.cohort(id);
        let due = match &cohort.tasks[kind] {
            Task::Off | Task::After(_) | Task::Expiry(_) | Task::AtStart { .. } => SimTime::NEVER,
            Task::Every { interval, spread } => {
                let now = i64::try_from(self.kernel.now.as_nanos()).unwrap_or(i64::MAX);
                match self.next_delayed(id, kind, *interval, spread, now) {
                    Some(due) => due,
                    None => {
                        let nominal = match kind.begins_at_start() {
                            true => self.kernel.now + *interval,
                            false => self.next_nominal(id, kind, *interval),
                        };
                        nominal + self.draw_for(id, Draws::Workload, |s| spread.sample(s))
                    }
                }
            }
            Task::Changes { interval, rate } => self.next_change(id, kind, *interval, *rate),
        };
        self.clients.agendas[id].set_due(Slot::Task(kind), due);
        // A task is skipped while its previous request is in flight.
        if !self.clients[id].is_outstanding(kind) {
            self.issue(Origin::Client(id), kind);
        }
    }
}
