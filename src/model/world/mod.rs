//! One replication: all state, and the event loop.
//!
//! The loop pops an event and matches on it; what happens then is in the files of this folder:
//! `build` (from the configuration to time zero), `clients` (presence, tasks, channels), `services`
//! (which gateway or server a client uses), `scans` (which software update point), `tokens`
//! (registration, tokens), `requests` (issue, retry, outcome), `departure` and `journey` (an
//! attempt's way), `deployments` (their steps, notifications), `content` (downloads), `faults`
//! (disruptions), `outages` (what parts that go away take with them), `names` (for reports),
//! `observe` (bins, samples, conservation), `minutes` (peaks).

mod build;
mod clients;
mod cloud;
pub mod compiled;
mod content;
mod departure;
mod deployments;
mod draws;
mod faults;
mod freeze;
mod journey;
mod kernel;
mod minutes;
mod names;
mod observe;
mod observed;
mod outages;
mod placement;
mod presence;
mod requests;
mod revocation;
mod sabotage;
mod scans;
mod services;
mod sites;
mod stations;
mod tokens;
mod traffic;

pub use clients::CohortState;
pub use minutes::LastTenth;
pub use observe::Level;
pub use stations::{OwnedStation, Owner};
pub use traffic::SourceState;

use crate::base::ids::{
    AttemptId, ClientId, ConnectionPointId, DeploymentId, DistributionPointId, GatewayId,
    InstanceId, SiteSystemId, StationId,
};
use crate::base::{IdVec, SimDuration, SimTime};
use crate::engine::{Station, TimeAverage};

use super::backlog::{Load, Online};
use super::client::{Agenda, ChannelState, Client};
use super::config::Config;
use super::connection_point::ConnectionPoint;
use super::content::DistributionPoint;
use super::deadlines::Deadlines;
use super::deployment::Deployment;
use super::disruption::{Occurrence, Sample};
use super::event::Event;
use super::gateway::{Gateway, Instance};
use super::recorder::Recorder;
use super::request::{Attempt, Request};
use super::site::SiteSystem;

use clients::Clients;
use cloud::Cloud;
use deployments::Deployments;
use faults::Disruptions;
use kernel::Kernel;
use observed::Observed;
use sites::Sites;
use stations::Stations;
use traffic::Traffic;

/// A simulated world: what it is made of, each with an owner that changes it.
#[derive(Debug)]
pub struct World<'c, R> {
    config: &'c Config,
    kernel: Kernel,
    clients: Clients,
    cloud: Cloud,
    sites: Sites,
    stations: Stations,
    traffic: Traffic,
    deployments: Deployments,
    disruptions: Disruptions,
    observed: Observed<R>,
}

impl<'c, R: Recorder> World<'c, R> {
    /// Simulates until `budget` of work is done: events, requests issued by them, and clients
    /// looked through. True if the end of the scenario was reached.
    pub fn run_events(&mut self, budget: u64) -> bool {
        R::run_events(self, budget)
    }

    fn run_events_here(&mut self, budget: u64) -> bool {
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

    /// What a backlog is made of, now.
    fn load(&self) -> Load {
        let Online { on_gateway, wanting, channels, .. } = self.clients.online;
        let disconnected = wanting.saturating_sub(channels);
        Load { on_gateway, disconnected, retrying: self.traffic.retrying.level() }
    }

    #[inline]
    fn look_at_backlog(&mut self) {
        self.clients.online.has_changed = false;
        if self.disruptions.backlog.is_followed() {
            let load = self.load();
            self.disruptions.backlog.look(self.kernel.now, load);
        }
    }

    /// Reads something of the attempts that the next events are about. Where many are under way,
    /// none of it is in the processor's cache: asked for together it comes together, while events
    /// would wait for it one by one.
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

    /// What is rare is not inlined: its locals would be the loop's.
    #[inline]
    fn handle(&mut self, event: Event) {
        if R::FOLLOWS {
            self.observed.recorder.event(self.kernel.now, event);
        }
        match event {
            Event::Client(client) => self.client_due(client),
            Event::Channel(client) => self.channel_due(client),
            Event::Source(source) => self.source_due(source),
            Event::Station(station, timer) => self.station_due(station, timer),
            Event::Arrive(attempt, stage) => self.arrive(attempt, stage),
            Event::TimeOut(attempt) => self.time_out(attempt),
            Event::TimeOuts(origin) => self.time_outs_due(origin),
            Event::QueueTimeOut(attempt) => self.queue_time_out(attempt),
            Event::Retry(request) => self.retry(request),
            Event::ConnectionIdle(client) => self.connection_idle(client),
            Event::Probe(instance) => self.probe(instance),
            Event::Link(connection_point, instance) => self.link(connection_point, instance),
            Event::Association(group) => self.association_due(group),
            Event::Notified(client, errand) => self.notified(client, errand),
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

    /// What was recorded.
    pub fn recorder(&self) -> &R {
        &self.observed.recorder
    }

    /// The same, to take what it has kept.
    pub fn recorder_mut(&mut self) -> &mut R {
        &mut self.observed.recorder
    }

    /// The present time.
    pub fn now(&self) -> SimTime {
        self.kernel.now
    }

    /// Events of the world that were processed. Looks at it (bins, minutes, samples) do not
    /// count: how often one looks changes nothing.
    pub fn events(&self) -> u64 {
        self.kernel.world_events()
    }

    /// Memory that the state takes, about: what grows is counted, what is fixed is not.
    pub fn memory_bytes(&self) -> u64 {
        let waiting: u64 = self.stations.all.iter().map(|one| one.station.present().level()).sum();
        let bytes = self.clients.all.len() * (size_of::<Client>() + size_of::<Agenda>())
            + self.traffic.requests.len() * size_of::<Request>()
            + self.traffic.attempts.len() * size_of::<Attempt>()
            + self.kernel.calendar.len() * size_of::<(u64, Event)>()
            + self.observed.samples.len() * size_of::<Sample>()
            + self.disruptions.occurrences.len() * size_of::<Occurrence>()
            + self.observed.levels.memory_bytes()
            + self
                .clients
                .cohorts
                .iter()
                .map(|cohort| cohort.delayed.memory_bytes())
                .sum::<usize>()
            + self.observed.minutes.memory_bytes()
            + self.traffic.deadlines.iter().map(Deadlines::memory_bytes).sum::<usize>()
            + waiting as usize * Station::BYTES_A_JOB;
        // Vectors that grow have up to twice the room.
        2 * bytes as u64
    }

    /// What is simulated.
    pub fn config(&self) -> &'c Config {
        self.config
    }

    /// The cohorts' state, in order.
    pub fn cohorts(&self) -> &[CohortState] {
        &self.clients.cohorts
    }

    /// The gateways.
    pub fn gateways(&self) -> &IdVec<GatewayId, Gateway> {
        &self.cloud.gateways
    }

    /// The VM instances.
    pub fn instances(&self) -> &IdVec<InstanceId, Instance> {
        &self.cloud.instances
    }

    /// The connection points.
    pub fn connection_points(&self) -> &IdVec<ConnectionPointId, ConnectionPoint> {
        &self.sites.connection_points
    }

    /// The management points and software update points.
    pub fn site_systems(&self) -> &IdVec<SiteSystemId, SiteSystem> {
        &self.sites.site_systems
    }

    /// The distribution points.
    pub fn distribution_points(&self) -> &IdVec<DistributionPointId, DistributionPoint> {
        &self.sites.distribution_points
    }

    /// The deployments.
    pub fn deployments(&self) -> &IdVec<DeploymentId, Deployment> {
        &self.deployments.all
    }

    /// Bytes of revocation lists that clients got since the last reset.
    pub fn revocation_bytes(&self) -> u64 {
        self.observed.revocation_bytes
    }

    /// The stations.
    pub fn stations(&self) -> &IdVec<StationId, OwnedStation> {
        &self.stations.all
    }

    /// What went wrong and when, by start.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.disruptions.occurrences
    }

    /// Occurrences that were not kept because there were too many.
    pub fn occurrences_more(&self) -> u64 {
        self.disruptions.occurrences_more
    }

    /// How long it took after each occurrence until its backlog had gone: zero if it had no impact,
    /// `None` if it has not gone.
    pub fn recoveries(&self) -> Vec<Option<SimDuration>> {
        (0..self.disruptions.occurrences.len())
            .map(|number| self.disruptions.backlog.recovery(number))
            .collect()
    }

    /// Samples for the reconnection storms.
    pub fn samples(&self) -> &[Sample] {
        &self.observed.samples
    }

    /// Requests waiting for a retry, over time.
    pub fn retrying(&self) -> &TimeAverage {
        &self.traffic.retrying
    }
}

/// The same of the clients that events are about which were scheduled long ago and will come soon.
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
                seen ^= agenda.due[0].as_nanos() ^ agenda.next.as_nanos();
                seen ^= clients[id].channel_due.as_nanos();
            }
            _ => {}
        }
    }
    std::hint::black_box(seen);
}
