//! From the configuration to time zero: parts are built, clients are put where they would be if
//! the world had been running for long, first events are scheduled.

use crate::base::ids::{ClientId, CohortId, GatewayId, InstanceId, StationId};
use crate::base::{Id, IdVec, SimDuration, SimTime};
use crate::engine::{
    Calendar, Discipline, Purpose, Servers, Station, StationConfig, Stream, Streams, TimeAverage,
};
use crate::model::audit::Ledger;
use crate::model::client::{ChannelState, Client, Draws, Location, name_key, slot};
use crate::model::config::{Config, Task, When};
use crate::model::connection_point::{ConnectionPoint, InstanceLink, Ports};
use crate::model::disruption::{Disruption, Step};
use crate::model::event::Event;
use crate::model::gateway::{ConnectionRole, Gateway, Instance, Link};
use crate::model::levels::Levels;
use crate::model::presence::LocalClock;
use crate::model::recorder::Recorder;
use crate::model::request::Slab;
use crate::model::site::ManagementPoint;
use crate::model::workload::RequestKind;

use super::{CohortState, OwnedStation, Owner, SourceState, World};

/// Purposes of the streams of parts.
const ARRIVALS: Purpose = Purpose(0);
const REQUESTS: Purpose = Purpose(1);

impl<'c, R: Recorder> World<'c, R> {
    /// Replication `replication` of a scenario at time zero.
    pub fn new(config: &'c Config, replication: u32, recorder: R) -> Self {
        let streams = Streams::new(config.seed, replication);
        let mut world = World {
            config,
            recorder,
            streams,
            calendar: Calendar::new(),
            now: SimTime::ZERO,
            events: 0,
            work: 0,
            clients: IdVec::new(),
            cohorts: config.cohorts.iter().map(|cohort| cohort_state(config, cohort)).collect(),
            gateways: IdVec::new(),
            instances: IdVec::new(),
            connection_points: IdVec::new(),
            management_points: IdVec::new(),
            stations: IdVec::new(),
            sources: IdVec::new(),
            disruptions: IdVec::new(),
            occurrences: Vec::new(),
            occurrences_more: 0,
            requests: Slab::default(),
            attempts: Slab::default(),
            retrying: TimeAverage::new(),
            ledger: Ledger::default(),
            connect_attempts: 0,
            connects: 0,
            failed_attempts: 0,
            samples: Vec::new(),
            levels: Levels::default(),
            lost_jobs: Vec::new(),
        };
        world.build_gateways();
        world.build_connection_points();
        world.build_management_points();
        for gateway in world.gateways.ids() {
            world.note_availability(gateway);
        }
        world.schedule_observation();
        world.build_clients();
        world.build_sources();
        world.build_disruptions();
        world
    }

    fn part_stream(&self, room: &str, name: &str, purpose: Purpose) -> Stream {
        self.streams.stream(name_key(room, name), purpose, 0)
    }

    fn build_gateways(&mut self) {
        for (id, gateway) in self.config.gateways.entries() {
            let stream = self.part_stream("gateway", &gateway.name, REQUESTS);
            let instances: Vec<InstanceId> =
                (0..gateway.instances).map(|number| self.build_instance(id, number)).collect();
            self.gateways.push(Gateway {
                healthy: instances.clone(),
                instances,
                connection_points: Vec::new(),
                turn: 0,
                available: TimeAverage::new(),
                connections: TimeAverage::new(),
                bytes_to_clients: Default::default(),
                bytes_to_site: Default::default(),
                stream,
            });
        }
    }

    fn build_instance(&mut self, id: GatewayId, number: u32) -> InstanceId {
        let gateway = &self.config.gateways[id];
        let next = InstanceId::from_index(self.instances.len());
        let station = self.add_station(
            Owner::Instance(next),
            gateway.cores,
            gateway.discipline,
            gateway.queue_limit,
        );
        let mut up = TimeAverage::new();
        up.set(SimTime::ZERO, 1);
        self.instances.push(Instance {
            gateway: id,
            number,
            update_domain: number % gateway.update_domains.max(1),
            station,
            outages: 0,
            probe_at: SimTime::NEVER,
            up,
            connections: TimeAverage::new(),
            tcp_connections: TimeAverage::new(),
            over_limit: TimeAverage::new(),
            limit: u64::from(gateway.connection_limit),
            link: Link::new(gateway.bandwidth),
        })
    }

    fn build_connection_points(&mut self) {
        for (id, config) in self.config.connection_points.entries() {
            let station = self.add_station(
                Owner::ConnectionPoint(id),
                config.cores,
                config.discipline,
                config.queue_limit,
            );
            let mut up = TimeAverage::new();
            up.set(SimTime::ZERO, 1);
            let links = self.gateways[config.gateway]
                .instances
                .iter()
                .map(|instance| InstanceLink {
                    instance: *instance,
                    is_up: true,
                    due: SimTime::NEVER,
                })
                .collect();
            self.gateways[config.gateway].connection_points.push(id);
            self.connection_points.push(ConnectionPoint {
                gateway: config.gateway,
                station,
                outages: 0,
                up,
                ports: Ports::new(config.ports, config.time_wait),
                channels: TimeAverage::new(),
                links,
                stream: self.part_stream("connection_point", &config.name, REQUESTS),
            });
        }
    }

    fn build_management_points(&mut self) {
        for (id, config) in self.config.management_points.entries() {
            let workers = self.add_station(
                Owner::ManagementPoint(id),
                config.workers,
                config.discipline,
                config.queue_limit,
            );
            let database =
                self.add_station(Owner::Database(id), Servers::Unlimited, Discipline::Fifo, None);
            self.management_points.push(ManagementPoint {
                workers,
                database,
                assigned: TimeAverage::new(),
                clients_on: TimeAverage::new(),
                refused: 0,
            });
        }
    }

    fn add_station(
        &mut self,
        owner: Owner,
        servers: Servers,
        discipline: Discipline,
        queue_limit: Option<u32>,
    ) -> StationId {
        let station = Station::new(StationConfig { servers, discipline, queue_limit });
        let (frozen_servers, frozen_wholly, freeze) = (0, 0, 0);
        self.stations.push(OwnedStation { owner, frozen_servers, frozen_wholly, freeze, station })
    }

    fn build_clients(&mut self) {
        for (cohort, config) in self.config.cohorts.entries() {
            for number in 0..config.clients {
                let id = self.clients.push(Client::new(cohort, number));
                self.place_client(id, cohort);
            }
        }
        for id in self.clients.ids() {
            self.open_channel_at_start(id);
            self.schedule_client(id);
        }
    }

    /// Where a client is at time zero, and when its tasks are due: the phases of its schedules.
    fn place_client(&mut self, id: ClientId, cohort: CohortId) {
        let config = &self.config.cohorts[cohort];
        let count = self.management_points.len() as u32;
        let point =
            self.draw_for(
                id,
                Draws::Presence,
                |stream| {
                    if count > 1 { stream.below(count) } else { 0 }
                },
            );
        let point = Id::from_index(point as usize);
        self.clients[id].management_point = point;
        self.management_points[point].assigned.add(SimTime::ZERO, 1);
        let pattern = self.pattern(id);
        let start = self.draw_for(id, Draws::Presence, |stream| pattern.at_start(stream));
        self.clients[id].due[slot::PRESENCE] = start.until;
        if start.is_on {
            self.locate(id);
        }
        for kind in RequestKind::SCHEDULED {
            let due = match &config.tasks[kind] {
                Task::Off => SimTime::NEVER,
                Task::Every { interval, spread } => {
                    let delay = self.draw_for(id, Draws::Workload, |s| spread.sample(s));
                    let client = &self.clients[id];
                    let key = self.cohorts[cohort.index()].key;
                    let phase = client.phase(&self.streams, key, kind, *interval);
                    overdue(phase, *interval, delay, start.off_before).unwrap_or_else(|| {
                        let delay = self.draw_for(id, Draws::Workload, |s| spread.sample(s));
                        SimTime::ZERO + phase + delay
                    })
                }
                Task::After(think) => {
                    SimTime::ZERO + self.draw_for(id, Draws::Workload, |s| think.sample(s))
                }
                Task::Changes { interval, rate } => self.next_change(id, kind, *interval, *rate),
            };
            self.clients[id].due[kind as usize] = due;
        }
    }

    /// Clients on the internet hold their channels at time zero, as if they had been opened long
    /// ago; those that find no port try as after a failure.
    fn open_channel_at_start(&mut self, id: ClientId) {
        let Some(channel) = &self.config.cohorts[self.clients[id].cohort].channel else { return };
        if self.clients[id].location != Location::Internet {
            return;
        }
        let now = SimTime::ZERO;
        self.want_channel(id);
        let gateway = self.clients[id].gateway;
        let (place, phase) =
            self.draw_for(id, Draws::Request, |stream| (stream.below(u32::MAX), stream.uniform()));
        let wait = self.draw_for(id, Draws::Workload, |stream| channel.keep_alive.sample(stream));
        let instances = &self.gateways[gateway].instances;
        let instance = instances[place as usize % instances.len()];
        let point = self.gateways[gateway].next_connection_point(|_| true);
        let Some(point) = point.filter(|p| self.connection_points[*p].ports.take(now)) else {
            return self.channel_lost(id, SimDuration::ZERO);
        };
        self.open_connection(instance, ConnectionRole::Client);
        self.connection_points[point].channels.add(now, 1);
        self.cohorts[self.clients[id].cohort.index()].channels.add(now, 1);
        let client = &mut self.clients[id];
        client.channel = ChannelState::Open { instance, connection_point: point };
        self.expect_channel(id, now + wait.scaled(phase));
    }

    fn build_sources(&mut self) {
        for (id, config) in self.config.sources.entries() {
            let mut arrivals = self.part_stream("source", &config.name, ARRIVALS);
            let requests = self.part_stream("source", &config.name, REQUESTS);
            let due = config.first.unwrap_or_else(|| {
                config.arrivals.next_after(
                    SimTime::ZERO,
                    0,
                    config.profile_phase,
                    self.config.measured_from(),
                    &mut arrivals,
                )
            });
            self.sources.push(SourceState { arrivals, requests, count: 0, due, turn: 0 });
            self.calendar.schedule(due, Event::Source(id));
        }
    }

    fn build_disruptions(&mut self) {
        for (id, config) in self.config.disruptions.entries() {
            let mut stream = self.part_stream("disruption", &config.name, REQUESTS);
            let first = match &config.when {
                When::At(at) => *at,
                When::Random { time_to_failure } => {
                    SimTime::ZERO + time_to_failure.sample(&mut stream)
                }
            };
            self.disruptions.push(Disruption {
                due: first,
                step: Step::Fail(0),
                instances: Vec::new(),
                occurrence: usize::MAX,
                freeze: 0,
                stream,
            });
            self.calendar.schedule(first, Event::Disruption(id));
        }
    }
}

/// When a schedule's last task before time zero is still to be done: it was due `interval - phase`
/// ago plus its random `delay`. If that is past, but came while the client was off, it is overdue
/// at time zero; `None` if it was done.
fn overdue(
    phase: SimDuration,
    interval: SimDuration,
    delay: SimDuration,
    off_before: SimDuration,
) -> Option<SimTime> {
    let ago = interval.saturating_sub(phase);
    let is_missed = ago.saturating_sub(delay) <= off_before;
    is_missed.then(|| SimTime::ZERO + delay.saturating_sub(ago))
}

fn cohort_state(config: &Config, cohort: &crate::model::config::Cohort) -> CohortState {
    CohortState {
        key: name_key("cohort", &cohort.name),
        clock: LocalClock::new(config.week_offset, cohort.utc_offset_seconds),
        internet: TimeAverage::new(),
        intranet: TimeAverage::new(),
        wanting: TimeAverage::new(),
        channels: TimeAverage::new(),
    }
}
