//! What clients do: come on and go off, move, do their tasks, hold their channel.

use crate::base::ids::{AttemptId, ClientId, RequestId};
use crate::base::{SimDuration, SimTime};
use crate::engine::{Law, Purpose, Stream};
use crate::model::client::{ChannelState, Draws, Location, next_on_grid, slot};
use crate::model::config::{Cohort, Task};
use crate::model::delays::Schedule;
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::presence::{LocalClock, Pattern};
use crate::model::recorder::Recorder;
use crate::model::request::{Carrier, Origin, Outcome};
use crate::model::service::Service;
use crate::terms::Cause;
use crate::terms::RequestKind;

use super::World;
use super::requests::retry_delay;

/// A task that should have been done, and will be at the next start.
const OVERDUE: SimTime = SimTime::ZERO;

impl<'c, R: Recorder> World<'c, R> {
    /// Puts a client's entry into the calendar, if its next due time has changed.
    pub(super) fn schedule_client(&mut self, id: ClientId) {
        let agenda = &mut self.clients.agendas[id];
        let next = agenda.earliest(self.clients.all[id].location);
        if next != agenda.next {
            agenda.next = next;
            self.kernel.schedule(next, Event::Client(id));
        }
    }

    /// Something of a client is due. Tasks are done in the order of their slots.
    #[inline(never)]
    pub(super) fn client_due(&mut self, id: ClientId) {
        if self.clients.agendas[id].next != self.kernel.now {
            return;
        }
        self.clients.agendas[id].next = SimTime::NEVER;
        if self.clients.agendas[id].due[slot::PRESENCE] <= self.kernel.now {
            self.change_presence(id);
        }
        if self.clients[id].is_on() {
            if self.clients.agendas[id].due[slot::MOVE] <= self.kernel.now {
                self.move_client(id);
            }
            for kind in RequestKind::SCHEDULED {
                if self.clients.agendas[id].due[kind as usize] <= self.kernel.now {
                    self.task_due(id, kind);
                }
            }
            if self.clients.agendas[id].due[slot::DEPLOYMENT] <= self.kernel.now {
                self.deployments_due(id);
            }
        }
        self.schedule_client(id);
    }

    pub(super) fn cohort(&self, id: ClientId) -> &'c Cohort {
        &self.config.cohorts[self.clients[id].cohort]
    }

    /// When the client is on.
    pub(super) fn pattern(&self, id: ClientId) -> Pattern<'c> {
        let entity = self.entity(id);
        let presence = &self.cohort(id).presence;
        let clock = LocalClock::new(self.config.week_offset, &self.cohort(id).utc_offsets);
        Pattern { presence, clock, streams: self.kernel.streams, entity }
    }

    fn change_presence(&mut self, id: ClientId) {
        let was_on = self.clients[id].is_on();
        let (now, pattern) = (self.kernel.now, self.pattern(id));
        let (is_on, until) =
            self.draw_for(id, Draws::Presence, |stream| pattern.change(now, was_on, stream));
        self.clients.agendas[id].due[slot::PRESENCE] = until;
        match (was_on, is_on) {
            (false, true) => self.come_on(id),
            (true, false) => self.go_off(id),
            _ => {}
        }
    }

    fn come_on(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        self.locate(id);
        let start =
            self.kernel.now + self.draw_for(id, Draws::Workload, |s| cohort.start_delay.sample(s));
        if self.clients.agendas[id].is_registered {
            return self.begin_tasks(id, start);
        }
        // Before it is registered a client does nothing else.
        let token = RequestKind::TokenRenewal as usize;
        for kind in RequestKind::SCHEDULED {
            let due = &mut self.clients.agendas[id].due[kind as usize];
            *due = if kind as usize == token { (*due).max(start) } else { SimTime::NEVER };
        }
    }

    /// A registered client begins its tasks at `start`.
    pub(super) fn begin_tasks(&mut self, id: ClientId, start: SimTime) {
        let cohort = self.cohort(id);
        for kind in RequestKind::SCHEDULED {
            let own = self.clients.agendas[id].due[kind as usize];
            let due = match &cohort.tasks[kind] {
                Task::Off => SimTime::NEVER,
                Task::Every { .. } if kind.begins_at_start() => {
                    self.set_schedule(id, kind, Schedule::from(start));
                    start
                }
                // Of a client that has just been registered no schedule has begun.
                Task::Every { interval, .. } if own == SimTime::NEVER => {
                    self.next_nominal(id, kind, *interval).max(start)
                }
                Task::Every { .. } => own.max(start),
                Task::After(_) | Task::AtStart { .. } => start,
                // A token that expired for a gateway that the client is not at waits for one.
                Task::Expiry(_) if own == SimTime::NEVER => own,
                Task::Expiry(_) => own.max(start),
                Task::Changes { .. } if own == OVERDUE => start,
                // Nothing changes while off, and changes have no memory: draw from now.
                Task::Changes { interval, rate } => {
                    self.next_change(id, kind, *interval, *rate).max(start)
                }
            };
            self.clients.agendas[id].due[kind as usize] = due;
        }
        self.resume_deployments(id, start);
        self.clients.agendas[id].channel_failures = 0;
        self.begin_service(id, start);
    }

    fn go_off(&mut self, id: ClientId) {
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
                self.clients.agendas[id].due[RequestKind::TokenRenewal as usize] = self.kernel.now;
            } else if matches!(
                self.cohort(id).tasks[kind],
                Task::Every { .. } | Task::Changes { .. }
            ) {
                self.clients.agendas[id].due[kind as usize] = OVERDUE;
            }
        }
        self.set_location(id, Location::Off);
        // It chooses anew where it comes on.
        self.clients[id].service = Service::Direct;
    }

    pub(super) fn abandon(&mut self, request: RequestId) {
        if let Some(attempt) = self.traffic.requests[request].attempt {
            self.give_up(attempt);
        }
        self.end_request(request, Outcome::Abandoned);
    }

    /// Another network: connections are lost, requests under way are reset.
    fn move_client(&mut self, id: ClientId) {
        self.leave_network(id);
        self.abandon_channel_requests(id);
        self.interrupt_downloads(id);
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind.is_of_content() {
                // What has come stays; where to get the rest is asked for anew.
                self.abandon(this);
            } else if let Some(attempt) = self.traffic.requests[this].attempt
                && let Some(request) = self.give_up(attempt)
            {
                self.attempt_failed(request, Cause::Moved);
            }
        }
        self.locate(id);
        if !self.clients.agendas[id].is_registered {
            return;
        }
        self.set_schedule(id, RequestKind::Location, Schedule::from(self.kernel.now));
        if !matches!(self.cohort(id).tasks[RequestKind::Location], Task::Off) {
            self.clients.agendas[id].due[RequestKind::Location as usize] = self.kernel.now;
        }
        self.begin_service(id, self.kernel.now);
    }

    /// The channel begins anew, if the client has one where it is now.
    pub(super) fn abandon_channel_requests(&mut self, id: ClientId) {
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind.is_of_channel() {
                self.abandon(this);
            }
        }
    }

    /// Closes a client's channel and connection.
    pub(super) fn leave_network(&mut self, id: ClientId) {
        self.close_channel(id);
        self.clients[id].channel_due = SimTime::NEVER;
        self.lack_no_channel(id);
        self.drop_connection(id);
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
        self.clients.agendas[id].due[kind as usize] = due;
        // A task whose last request is still under way is not done twice.
        if !self.clients[id].is_outstanding(kind) {
            self.issue(Origin::Client(id), kind);
        }
    }

    /// The first due time after `now` of a task whose schedule is kept apart.
    pub(super) fn next_delayed(
        &self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
        spread: &Law,
        now: i64,
    ) -> Option<SimTime> {
        let state = &self.clients.cohort_of(id);
        let schedule = state.delayed.schedule(kind, self.number(id))?;
        let entity = self.entity(id);
        let purpose = Purpose(Draws::Delay as u8 + kind as u8);
        let stream = |position| self.kernel.streams.stream(entity, purpose, position);
        Some(schedule.next_due(now, interval, spread, stream))
    }

    /// From now on a task has this schedule.
    pub(super) fn set_schedule(&mut self, id: ClientId, kind: RequestKind, schedule: Schedule) {
        let number = self.number(id);
        self.clients.cohort_mut(id).delayed.set(kind, number, schedule);
    }

    /// The next point of a client's own schedule.
    pub(super) fn next_nominal(
        &self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
    ) -> SimTime {
        next_on_grid(self.kernel.now, self.phase(id, kind, interval), interval)
    }

    /// The first point of the cycle after the next change.
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

    // --- the notification channel ---

    /// When the channel is due next.
    pub(super) fn expect_channel(&mut self, id: ClientId, at: SimTime) {
        self.clients[id].channel_due = at;
        self.kernel.schedule(at, Event::Channel(id));
    }

    /// From now on a closed channel is something the client lacks.
    pub(super) fn want_channel(&mut self, id: ClientId) {
        if !std::mem::replace(&mut self.clients.agendas[id].wants_channel, true) {
            self.clients.cohort_mut(id).wanting.add(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, 1);
        }
    }

    /// From now on the client wants no channel.
    pub(super) fn lack_no_channel(&mut self, id: ClientId) {
        if std::mem::take(&mut self.clients.agendas[id].wants_channel) {
            self.clients.cohort_mut(id).wanting.subtract(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, -1);
        }
    }

    pub(super) fn channel_due(&mut self, id: ClientId) {
        if self.clients[id].channel_due != self.kernel.now {
            return;
        }
        self.clients[id].channel_due = SimTime::NEVER;
        match self.clients[id].channel {
            ChannelState::Open { .. } => {
                if !self.clients[id].is_outstanding(RequestKind::KeepAlive) {
                    self.issue(Origin::Client(id), RequestKind::KeepAlive);
                }
            }
            ChannelState::Closed if !self.has_channel(id) => {}
            ChannelState::Closed => {
                self.want_channel(id);
                self.clients[id].channel = ChannelState::Opening;
                self.issue(Origin::Client(id), RequestKind::ChannelOpen);
            }
            ChannelState::Opening => {}
        }
    }

    /// The request to open the channel was answered: its connection and port are held, unless the
    /// client has turned to another service meanwhile.
    pub(super) fn hold_channel(&mut self, id: ClientId, attempt: AttemptId) {
        let attempt = &mut self.traffic.attempts[attempt];
        let (Some(instance), Some(connection_point)) = (attempt.instance, attempt.connection_point)
        else {
            return;
        };
        if self.clients[id].service.gateway() != Some(self.cloud.instances[instance].gateway) {
            self.clients[id].channel = ChannelState::Closed;
            if self.has_channel(id) {
                self.expect_channel(id, self.kernel.now);
            }
            return;
        }
        attempt.owns_connection = false;
        attempt.holds_port = false;
        // It may have turned to a service without one and back meanwhile.
        self.want_channel(id);
        let now = self.kernel.now;
        self.clients[id].channel = ChannelState::Open { instance, connection_point };
        self.clients.agendas[id].channel_failures = 0;
        self.clients.cohort_mut(id).channels.add(now, 1);
        self.clients.online.change(|online| &mut online.channels, 1);
        self.sites.connection_points[connection_point].channels.add(now, 1);
        self.expect_keep_alive(id);
    }

    /// Draws when the open channel's next keep-alive is due.
    pub(super) fn expect_keep_alive(&mut self, id: ClientId) {
        let Some(channel) = &self.cohort(id).channel else { return };
        let wait = self.draw_for(id, Draws::Workload, |stream| channel.keep_alive.sample(stream));
        self.expect_channel(id, self.kernel.now + wait);
    }

    /// Closes the channel, if it is open: its connection, unless that went with its instance,
    /// and its port.
    pub(super) fn close_channel(&mut self, id: ClientId) {
        let state = std::mem::replace(&mut self.clients[id].channel, ChannelState::Closed);
        let ChannelState::Open { instance, connection_point } = state else { return };
        if self.cloud.instances[instance].is_up() {
            self.close_connection(instance, ConnectionRole::Client);
        }
        self.clients.cohort_mut(id).channels.subtract(self.kernel.now, 1);
        self.clients.online.change(|online| &mut online.channels, -1);
        let point = &mut self.sites.connection_points[connection_point];
        point.channels.subtract(self.kernel.now, 1);
        point.ports.release(self.kernel.now);
    }

    /// The keep-alive in flight, if there is one, has lost its connection; unless its answer has
    /// already passed the component that has failed.
    pub(super) fn reset_keep_alive(&mut self, id: ClientId, failed: Option<Carrier>) {
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind == RequestKind::KeepAlive
                && let Some(attempt) = self.traffic.requests[this].attempt
                && failed.is_none_or(|one| {
                    self.traffic.attempts[attempt].depends_on(one, self.kernel.now)
                })
                && let Some(this) = self.give_up(attempt)
            {
                return self.attempt_failed(this, Cause::Reset);
            }
        }
    }

    /// The channel was lost, or found no port at time zero: it is opened again, from when the
    /// client has noticed, `late` from now.
    pub(super) fn channel_lost(&mut self, id: ClientId, late: SimDuration) {
        self.clients[id].channel = ChannelState::Closed;
        if self.has_channel(id) {
            let delay = late + self.channel_delay(id);
            self.expect_channel(id, self.kernel.now + delay);
        }
    }

    /// The channel has failed once more: how long to wait before it is tried again.
    pub(super) fn channel_delay(&mut self, id: ClientId) -> SimDuration {
        let Some(channel) = &self.cohort(id).channel else { return SimDuration::MAX };
        let failures = self.clients.agendas[id].channel_failures.saturating_add(1);
        self.clients.agendas[id].channel_failures = failures;
        self.draw_for(id, Draws::Retry, |stream| {
            retry_delay(&channel.reconnect, u32::from(failures), stream)
        })
    }

    // --- the connection for requests ---

    /// A request on the client's connection has ended.
    pub(super) fn leave_connection(&mut self, id: ClientId) {
        let client = &mut self.clients[id];
        let Some(instance) = client.connection else { return };
        client.connection_users -= 1;
        if client.connection_users > 0 {
            return;
        }
        let gateway = self.cloud.instances[instance].gateway;
        let idle_at = self.kernel.now + self.config.gateways[gateway].idle_timeout;
        client.idle_at = idle_at;
        self.kernel.schedule(idle_at, Event::ConnectionIdle(id));
    }

    pub(super) fn connection_idle(&mut self, id: ClientId) {
        if self.clients[id].idle_at == self.kernel.now {
            self.drop_connection(id);
        }
    }

    /// Closes the client's connection for requests, if it has one. Requests under way on it are
    /// answered on it still; they only no longer count.
    pub(super) fn drop_connection(&mut self, id: ClientId) {
        let client = &mut self.clients[id];
        client.idle_at = SimTime::NEVER;
        client.connection_users = 0;
        let Some(instance) = client.connection.take() else { return };
        let mut request = client.latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if let Some(attempt) = self.traffic.requests[this].attempt {
                self.traffic.attempts[attempt].on_connection = false;
            }
        }
        self.close_connection(instance, self.request_role(id));
    }

    /// What the connection for requests is to its instance.
    pub(super) fn request_role(&self, id: ClientId) -> ConnectionRole {
        match self.cohort(id).channel {
            Some(_) => ConnectionRole::Additional,
            None => ConnectionRole::Client,
        }
    }
}

/// An exponential duration with a mean in seconds.
pub(super) fn exponential(mean: f64, stream: &mut Stream) -> SimDuration {
    use rand_distr::{Distribution, Exp1};
    let unit: f64 = Exp1.sample(stream);
    SimDuration::from_seconds_f64(mean * unit)
}
