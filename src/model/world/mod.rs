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
pub mod compiled;
mod content;
mod departure;
mod deployments;
mod draws;
mod faults;
mod freeze;
mod journey;
mod minutes;
mod names;
mod observe;
mod outages;
mod placement;
mod requests;
mod revocation;
mod sabotage;
mod scans;
mod services;
mod tokens;

pub use minutes::LastTenth;
pub use observe::Level;

use crate::base::ids::{
    AttemptId, ClientId, ConnectionPointId, DeploymentId, DisruptionId, DistributionPointId,
    GatewayId, InstanceId, OriginId, RequestId, SiteId, SiteSystemId, SourceId, StationId,
};
use crate::base::{IdVec, SimDuration, SimTime};
use crate::engine::{Calendar, LatencyHistogram, Station, Stream, Streams, TimeAverage};

use super::audit::Ledger;
use super::backlog::{Backlog, Load, Online};
use super::client::{Agenda, ChannelState, Client};
use super::config::Config;
use super::connection_point::ConnectionPoint;
use super::content::DistributionPoint;
use super::deadlines::Deadlines;
use super::delays::DelayedTasks;
use super::deployment::Deployment;
use super::disruption::{Disruption, Occurrence, Sample};
use super::event::Event;
use super::gateway::{Gateway, Instance};
use super::levels::Levels;
use super::minutes::Minutes;
use super::passage::Passage;
use super::recorder::Recorder;
use super::request::{Attempt, Request, Slab};
use super::service::Directory;
use super::site::{Site, SiteSystem};
use crate::terms::Place;

/// Looking through so many clients is as much work as an event.
const CLIENTS_A_WORK: u64 = 64;

/// Whose a station is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Cores of a VM instance.
    Instance(InstanceId),
    /// Cores of a connection point.
    ConnectionPoint(ConnectionPointId),
    /// Workers of a site system.
    SiteSystem(SiteSystemId),
    /// Requests a second for one file in a gateway's storage.
    File(GatewayId, DeploymentId),
    /// Database and disk of a site system.
    Database(SiteSystemId),
}

impl Owner {
    /// Where it is on the way of requests.
    const fn place(self) -> Place {
        match self {
            Owner::Instance(_) => Place::Instance,
            Owner::ConnectionPoint(_) => Place::ConnectionPoint,
            Owner::SiteSystem(_) => Place::SiteSystem,
            Owner::File(..) => Place::Storage,
            Owner::Database(_) => Place::Database,
        }
    }
}

/// A station, whose it is, and how many of its servers are frozen.
#[derive(Clone, Debug)]
pub struct OwnedStation {
    /// Whose.
    pub owner: Owner,
    /// Servers standing still.
    pub frozen_servers: u32,
    /// Causes for which all stand still.
    pub frozen_wholly: u32,
    /// Number of the machine's start: what froze before the last one is over.
    pub freeze: u32,
    /// The station.
    pub station: Station,
}

impl OwnedStation {
    /// Servers that work.
    pub fn available(&self) -> u32 {
        match self.frozen_wholly {
            0 => self.station.servers().unwrap_or(u32::MAX).saturating_sub(self.frozen_servers),
            _ => 0,
        }
    }
}

/// What is counted of a cohort's clients.
#[derive(Clone, Debug)]
pub struct CohortState {
    /// Upper half of its clients' stream keys.
    pub key: u64,
    /// The first of its clients; the others follow.
    first: ClientId,
    /// As how many thousandths of a client with default settings each of its clients counts, by
    /// role of the site system.
    pub weights: [u64; 2],
    /// Clients on the internet.
    pub internet: TimeAverage,
    /// Clients on VPN.
    pub vpn: TimeAverage,
    /// Clients on the intranet.
    pub intranet: TimeAverage,
    /// Clients that use a gateway.
    pub on_gateway: TimeAverage,
    /// Clients that have a notification channel, or want one.
    pub wanting: TimeAverage,
    /// Open notification channels.
    pub channels: TimeAverage,
    /// Schedules of its clients' tasks with a random delay.
    delayed: DelayedTasks,
}

/// An open source at run time.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// Draws of its arrivals.
    arrivals: Stream,
    /// Draws of its requests.
    requests: Stream,
    /// Arrivals so far.
    count: u64,
    /// When the next is due.
    due: SimTime,
    /// The site systems that answer it, in turn.
    systems: Vec<SiteSystemId>,
    /// Whose turn it is.
    turn: usize,
}

/// A simulated world.
#[derive(Debug)]
pub struct World<'c, R> {
    config: &'c Config,
    /// What was recorded.
    pub recorder: R,
    streams: Streams,
    calendar: Calendar<Event>,
    now: SimTime,
    events: u64,
    /// Those of them that only looked at the world: bins, minutes, samples.
    looks: u64,
    work: u64,
    clients: IdVec<ClientId, Client>,
    agendas: IdVec<ClientId, Agenda>,
    cohorts: Vec<CohortState>,
    gateways: IdVec<GatewayId, Gateway>,
    instances: IdVec<InstanceId, Instance>,
    connection_points: IdVec<ConnectionPointId, ConnectionPoint>,
    site_systems: IdVec<SiteSystemId, SiteSystem>,
    sites: IdVec<SiteId, Site>,
    directories: IdVec<SiteId, Directory>,
    distribution_points: IdVec<DistributionPointId, DistributionPoint>,
    deployments: IdVec<DeploymentId, Deployment>,
    revocation_bytes: u64,
    stations: IdVec<StationId, OwnedStation>,
    sources: IdVec<SourceId, SourceState>,
    disruptions: IdVec<DisruptionId, Disruption>,
    occurrences: Vec<Occurrence>,
    occurrences_more: u64,
    online: Online,
    backlog: Backlog,
    requests: Slab<RequestId, Request>,
    attempts: Slab<AttemptId, Attempt>,
    deadlines: IdVec<OriginId, Deadlines>,
    retrying: TimeAverage,
    ledger: Ledger,
    connect_attempts: u64,
    connects: u64,
    failed_attempts: u64,
    samples: Vec<Sample>,
    levels: Levels,
    minutes: Minutes,
    last_tenth: Option<LastTenth>,
    policy_ages: LatencyHistogram,
    policy_ages_due: SimTime,
    lost_jobs: Vec<u32>,
}

impl<'c, R: Recorder> World<'c, R> {
    /// Simulates until `budget` of work is done: events, requests issued by them, and clients
    /// looked through. True if the end of the scenario was reached.
    pub fn run_events(&mut self, budget: u64) -> bool {
        R::run_events(self, budget)
    }

    fn run_events_here(&mut self, budget: u64) -> bool {
        let end = self.config.end();
        let until = self.work.saturating_add(budget);
        while self.work < until {
            let (clients, agendas) = (&self.clients, &self.agendas);
            let look = &mut |events: &[(u64, Event)]| look_far_ahead(clients, agendas, events);
            let Some((now, event)) = self.calendar.pop_until_with(end, look) else {
                self.now = end;
                return true;
            };
            if self.calendar.has_newly_in_front() {
                self.look_ahead();
            }
            self.now = now;
            self.events += 1;
            self.work += 1;
            self.handle(event);
            if self.online.has_changed {
                self.look_at_backlog();
            }
        }
        false
    }

    /// What a backlog is made of, now.
    fn load(&self) -> Load {
        let Online { on_gateway, wanting, channels, .. } = self.online;
        let disconnected = wanting.saturating_sub(channels);
        Load { on_gateway, disconnected, retrying: self.retrying.level() }
    }

    #[inline]
    fn look_at_backlog(&mut self) {
        self.online.has_changed = false;
        if self.backlog.is_followed() {
            let load = self.load();
            self.backlog.look(self.now, load);
        }
    }

    /// Reads something of the attempts that the next events are about. Where many are under way,
    /// none of it is in the processor's cache: asked for together it comes together, while events
    /// would wait for it one by one.
    #[inline(never)]
    fn look_ahead(&mut self) {
        let mut seen = 0;
        for event in self.calendar.newly_in_front() {
            let attempt = match event {
                Event::Arrive(attempt, _) | Event::TimeOut(attempt) => attempt,
                Event::Station(station, timer) => match self.stations[station].station.job(timer) {
                    Some(job) => AttemptId(job),
                    None => continue,
                },
                _ => continue,
            };
            seen ^= self.attempts[attempt].deadline.as_nanos();
        }
        std::hint::black_box(seen);
    }

    /// Tells the recorder a step, if it wants to know steps.
    #[inline]
    fn tell(&mut self, passage: Passage) {
        if R::FOLLOWS {
            self.recorder.passage(self.now, passage);
        }
    }

    /// What is rare is not inlined: its locals would be the loop's.
    #[inline]
    fn handle(&mut self, event: Event) {
        if R::FOLLOWS {
            self.recorder.event(self.now, event);
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

    /// The present time.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Events of the world that were processed. Looks at it (bins, minutes, samples) do not
    /// count: how often one looks changes nothing.
    pub fn events(&self) -> u64 {
        self.events - self.looks
    }

    /// Memory that the state takes, about: what grows is counted, what is fixed is not.
    pub fn memory_bytes(&self) -> u64 {
        let waiting: u64 = self.stations.iter().map(|one| one.station.present().level()).sum();
        let bytes = self.clients.len() * (size_of::<Client>() + size_of::<Agenda>())
            + self.requests.len() * size_of::<Request>()
            + self.attempts.len() * size_of::<Attempt>()
            + self.calendar.len() * size_of::<(u64, Event)>()
            + self.samples.len() * size_of::<Sample>()
            + self.occurrences.len() * size_of::<Occurrence>()
            + self.levels.memory_bytes()
            + self.cohorts.iter().map(|cohort| cohort.delayed.memory_bytes()).sum::<usize>()
            + self.minutes.memory_bytes()
            + self.deadlines.iter().map(Deadlines::memory_bytes).sum::<usize>()
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
        &self.cohorts
    }

    /// The gateways.
    pub fn gateways(&self) -> &IdVec<GatewayId, Gateway> {
        &self.gateways
    }

    /// The VM instances.
    pub fn instances(&self) -> &IdVec<InstanceId, Instance> {
        &self.instances
    }

    /// The connection points.
    pub fn connection_points(&self) -> &IdVec<ConnectionPointId, ConnectionPoint> {
        &self.connection_points
    }

    /// The management points and software update points.
    pub fn site_systems(&self) -> &IdVec<SiteSystemId, SiteSystem> {
        &self.site_systems
    }

    /// The distribution points.
    pub fn distribution_points(&self) -> &IdVec<DistributionPointId, DistributionPoint> {
        &self.distribution_points
    }

    /// The deployments.
    pub fn deployments(&self) -> &IdVec<DeploymentId, Deployment> {
        &self.deployments
    }

    /// Bytes of revocation lists that clients got since the last reset.
    pub fn revocation_bytes(&self) -> u64 {
        self.revocation_bytes
    }

    /// The stations.
    pub fn stations(&self) -> &IdVec<StationId, OwnedStation> {
        &self.stations
    }

    /// What went wrong and when, by start.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// Occurrences that were not kept because there were too many.
    pub fn occurrences_more(&self) -> u64 {
        self.occurrences_more
    }

    /// How long it took after each occurrence until its backlog had gone: zero if it had no impact,
    /// `None` if it has not gone.
    pub fn recoveries(&self) -> Vec<Option<SimDuration>> {
        (0..self.occurrences.len()).map(|number| self.backlog.recovery(number)).collect()
    }

    /// Samples for the reconnection storms.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Requests waiting for a retry, over time.
    pub fn retrying(&self) -> &TimeAverage {
        &self.retrying
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
