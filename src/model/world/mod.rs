//! One replication: its whole state, divided into parts with one owner each, and the event loop.
//!
//! The loop takes an event from the calendar and dispatches on it. The modules of this folder
//! handle events and call one another in one direction only: from the sources of events
//! (`presence`, `notifications`, `sources`, `disruptions`) through their consequences (`answers`,
//! `deployments`, `channel`, `requests`, `attempt`) to the owners of state (`clients`, `cloud`,
//! `sites`, `stations`, `traffic`, `observed`, `kernel`). Results are returned to the loop.
//! `ARCHITECTURE.md` has a table of the files.

mod answers;
mod attempt;
mod audit;
mod build;
mod channel;
mod clients;
mod cloud;
pub mod compiled;
mod connections;
mod content;
mod deployments;
mod disruptions;
mod draws;
mod fault_injection;
mod flow_audit;
mod groups;
mod kernel;
mod lines;
mod minutes;
mod names;
mod notifications;
mod observe;
mod observed;
mod placement;
mod presence;
mod probes;
mod queries;
mod registration;
mod requests;
mod revocation;
mod services;
mod sites;
mod sources;
mod stations;
mod switching;
mod tasks;
mod tokens;
mod traffic;

pub use clients::CohortState;
pub use minutes::LastTenth;
pub use stations::{OwnedStation, Owner};
pub use traffic::SourceState;

use crate::base::IdVec;
use crate::base::ids::{AttemptId, ClientId};
use crate::terms::RequestKind;

use super::client::{Agenda, Client, Slot};
use super::config::Config;
use super::event::Event;
use super::recorder::Recorder;

use clients::Clients;
use cloud::Cloud;
use deployments::Deployments;
use disruptions::Disruptions;
use kernel::Kernel;
use lines::Lines;
use observed::Observed;
use sites::Sites;
use stations::Stations;
use traffic::Traffic;

/// The state of one replication.
#[derive(Debug)]
pub struct World<'c, R> {
    config: &'c Config,
    kernel: Kernel,
    clients: Clients,
    cloud: Cloud,
    sites: Sites,
    lines: Lines,
    stations: Stations,
    traffic: Traffic,
    deployments: Deployments,
    disruptions: Disruptions,
    observed: Observed<R>,
}

impl<R: Recorder> World<'_, R> {
    pub(super) fn run_events_here(&mut self, budget: u64) -> bool {
        let end = self.config.end();
        let until = self.kernel.work().saturating_add(budget);
        while self.kernel.work() < until {
            let (clients, agendas) = (&self.clients.all, &self.clients.agendas);
            let look = &mut |events: &[(u64, Event)]| look_far_ahead(clients, agendas, events);
            let Some((now, event)) = self.kernel.calendar.pop_until_with(end, look) else {
                self.kernel.now = end;
                return true;
            };
            if self.kernel.calendar.has_newly_in_front() {
                self.look_ahead();
            }
            self.kernel.begin_event(now);
            self.handle(event);
            if self.clients.online.has_changed {
                self.look_at_backlog();
            }
        }
        false
    }

    /// Reads a field of the attempts that the next events refer to. With many attempts in flight,
    /// these fields are not in the processor's cache. Reading them together overlaps the cache
    /// misses; otherwise each event would wait for its own miss.
    #[inline(never)]
    fn look_ahead(&mut self) {
        let mut seen = 0;
        for event in self.kernel.calendar.newly_in_front() {
            let attempt = match event {
                Event::Arrive(attempt, _) | Event::TimeOut(attempt) => attempt,
                Event::Station(station, timer) => match self.stations[station].station.job(timer) {
                    Some(job) => AttemptId(job),
                    None => continue,
                },
                _ => continue,
            };
            seen ^= self.traffic.attempts[attempt].deadline.as_nanos();
        }
        std::hint::black_box(seen);
    }

    /// Rare handlers are not inlined, because their local variables would enlarge the loop's stack
    /// frame.
    #[inline]
    fn handle(&mut self, event: Event) {
        if R::FOLLOWS {
            self.observed.recorder.event(self.kernel.now, event);
        }
        match event {
            Event::Client(client) => self.client_due(client),
            Event::Channel(client) => {
                self.channel_due(client);
                self.settle_issued();
            }
            Event::Source(source) => self.source_due(source),
            Event::Station(station, timer) => {
                let answer = self.station_due(station, timer);
                self.settle(answer);
            }
            Event::Arrive(attempt, stage) => {
                let answer = self.arrive(attempt, stage);
                self.settle(answer);
            }
            Event::TimeOut(attempt) => {
                let answer = self.time_out(attempt);
                self.settle(answer);
            }
            Event::TimeOuts(origin) => {
                let due = self.traffic.time_outs_due(&mut self.kernel, origin);
                let answer = due.and_then(|attempt| self.time_out(attempt));
                self.settle(answer);
            }
            Event::QueueTimeOut(attempt) => {
                let answer = self.queue_time_out(attempt);
                self.settle(answer);
            }
            Event::Retry(request) => self.retry_due(request),
            Event::ConnectionIdle(client) => self.connection_idle(client),
            Event::Probe(instance) => self.probe(instance),
            Event::Link(connection_point, instance) => self.link(connection_point, instance),
            Event::Transfer(line, direction) => {
                let answer = self.transfer_due(line, direction);
                self.settle(answer);
            }
            Event::Bandwidths(line) => self.bandwidths_due(line),
            Event::Association(group) => self.association_due(group),
            Event::Notified(client, action) => {
                self.notified(client, action);
                self.settle_issued();
            }
            Event::Notification(notification) => self.notification_due(notification),
            Event::Outbound(gateway) => self.outbound_due(gateway),
            Event::Disruption(disruption) => self.disrupt(disruption),
            Event::MeasureFrom => self.measure_from(),
            Event::Bin => self.bin_due(),
            Event::Minute => self.minute_due(),
            Event::LastTenth => self.last_tenth_due(),
            Event::Sample => self.sample_due(),
        }
    }
}

/// Reads fields of the clients of events that were scheduled long ago and are due soon, for the
/// same reason as `World::look_ahead`.
#[inline(never)]
fn look_far_ahead(
    clients: &IdVec<ClientId, Client>,
    agendas: &IdVec<ClientId, Agenda>,
    events: &[(u64, Event)],
) {
    let mut seen = 0;
    for (_, event) in events {
        match *event {
            Event::Channel(id) | Event::ConnectionIdle(id) | Event::Notified(id, _) => {
                seen ^= clients[id].channel_due.as_nanos();
            }
            Event::Client(id) => {
                let agenda = &agendas[id];
                seen ^= agenda.due(Slot::Task(RequestKind::Location)).as_nanos()
                    ^ agenda.next.as_nanos();
                seen ^= clients[id].channel_due.as_nanos();
            }
            _ => {}
        }
    }
    std::hint::black_box(seen);
}
