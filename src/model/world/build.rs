//! Builds a world at time zero from the configuration: creates components and schedules the first
//! events. Clients are created in `placement`.

use crate::base::ids::{ClientId, CohortId, GatewayId, InstanceId, SiteSystemId, StationId};
use crate::base::{Bytes, Id, IdVec, SimTime};
use crate::engine::{
    Discipline, Purpose, Servers, Station, StationConfig, Stream, Streams, TimeAverage,
};
use crate::model::backlog::Online;
use crate::model::client::name_key;
use crate::model::config::{
    self, Cohort, Config, ContentSource, DisruptionKind, Entry, Source, When,
};
use crate::model::connection_point::{ConnectionPoint, InstanceLink, LinkState, Ports};
use crate::model::content::{DistributionPoint, Storage};
use crate::model::deadlines::Deadlines;
use crate::model::delays::DelayedTasks;
use crate::model::deployment::{Deployment, Progress};
use crate::model::disruption::{Disruption, Step};
use crate::model::event::Event;
use crate::model::flow::FlowBytes;
use crate::model::gateway::{Gateway, Instance, Link, Rotation};
use crate::model::outbound::Outbound;
use crate::model::recorder::Recorder;
use crate::model::request::Slab;
use crate::model::service::Directory;
use crate::model::site::{Factors, Site, SiteSystem};
use crate::terms::Role;

use super::World;
use super::clients::{Clients, CohortState};
use super::cloud::Cloud;
use super::deployments::Deployments;
use super::disruptions::Disruptions;
use super::kernel::Kernel;
use super::lines::Lines;
use super::observed::Observed;
use super::sites::Sites;
use super::stations::{OwnedStation, Owner, Stations};
use super::traffic::{SourceState, Traffic};

/// Purposes of the random streams of components.
const ARRIVALS: Purpose = Purpose(0);
const REQUESTS: Purpose = Purpose(1);

impl<'c, R: Recorder> World<'c, R> {
    pub(super) fn build_here(
        config: &'c Config,
        replication: u32,
        recorder: R,
        should_continue: &mut dyn FnMut(u64) -> bool,
    ) -> Option<Self> {
        let mut world = World::empty(config, replication, recorder);
        for _ in config.sites.iter() {
            world.sites.all.push(Site::default());
        }
        world.build_lines();
        world.build_gateways();
        world.build_connection_points();
        world.build_site_systems();
        for gateway in world.cloud.gateways.ids() {
            world.note_availability(gateway);
        }
        if !world.build_content(should_continue) {
            return None;
        }
        world.schedule_observation();
        if !world.build_clients(should_continue) {
            return None;
        }
        world.build_sources();
        world.build_disruptions();
        world.schedule_events();
        Some(world)
    }

    /// Creates a world without components.
    fn empty(config: &'c Config, replication: u32, recorder: R) -> Self {
        let origins = config.cohorts.len() + config.sources.len();
        World {
            config,
            kernel: Kernel::new(Streams::new(config.seed, replication)),
            clients: Clients {
                all: Vec::with_capacity(config.clients() as usize).into(),
                agendas: Vec::with_capacity(config.clients() as usize).into(),
                cohorts: cohort_states(config),
                online: Online::default(),
            },
            cloud: Cloud::default(),
            sites: Sites {
                all: IdVec::new(),
                connection_points: IdVec::new(),
                site_systems: IdVec::new(),
                distribution_points: IdVec::new(),
                directories: Directory::of_sites(config),
            },
            lines: Lines::default(),
            stations: Stations::default(),
            traffic: Traffic {
                requests: Slab::default(),
                attempts: Slab::default(),
                sources: IdVec::new(),
                deadlines: vec![Deadlines::default(); origins].into(),
                at_once: Vec::new(),
                retrying: TimeAverage::new(),
            },
            deployments: Deployments::default(),
            disruptions: Disruptions::default(),
            observed: Observed::new(recorder),
        }
    }

    fn part_stream(&self, room: &str, name: &str, purpose: Purpose) -> Stream {
        self.kernel.streams.stream(name_key(room, name), purpose, 0)
    }

    fn build_gateways(&mut self) {
        for (id, gateway) in self.config.gateways.entries() {
            let stream = self.part_stream("gateway", &gateway.name, REQUESTS);
            // Create all instances now; instances that a disruption adds later remain unprovisioned
            // until then.
            let maximum = self.instances_at_most(id);
            let instances: Vec<InstanceId> =
                (0..maximum).map(|number| self.build_instance(id, number)).collect();
            let mut rotations = IdVec::new();
            for _ in self.config.sites.iter() {
                rotations.push(Rotation::default());
            }
            self.cloud.gateways.push(Gateway {
                healthy: instances[..gateway.instances as usize].to_vec(),
                instances,
                connection_points: Vec::new(),
                rotations,
                available: TimeAverage::new(),
                connections: TimeAverage::new(),
                clients: TimeAverage::new(),
                certificate_outages: 0,
                outbound: Outbound::default(),
                storage: gateway.storage.map(|storage| Storage {
                    link: Link::new(storage.bandwidth),
                    files: vec![None; self.config.deployments.len()],
                    left: Factors::default(),
                }),
                flows: FlowBytes::default(),
                stream,
            });
        }
    }

    /// Returns the maximum number of instances that a gateway has during the run.
    fn instances_at_most(&self, id: GatewayId) -> u32 {
        let later = self.config.disruptions.iter().filter_map(|one| match one.kind {
            DisruptionKind::Scale { gateway, instances, .. } if gateway == id => Some(instances),
            _ => None,
        });
        later.chain([self.config.gateways[id].instances]).max().unwrap_or(1)
    }

    fn build_instance(&mut self, id: GatewayId, number: u32) -> InstanceId {
        let gateway = &self.config.gateways[id];
        let next = InstanceId::from_index(self.cloud.instances.len());
        let station = self.add_station(
            Owner::Instance(next),
            gateway.cores,
            gateway.discipline,
            gateway.queue_limit,
        );
        let exists = number < gateway.instances;
        let mut up = TimeAverage::new();
        up.set(SimTime::ZERO, u64::from(exists));
        self.cloud.instances.push(Instance {
            gateway: id,
            number,
            update_domain: number % gateway.update_domains.max(1),
            station,
            outages: u32::from(!exists),
            probe_at: SimTime::NEVER,
            provisioned: up.clone(),
            up,
            connections: TimeAverage::new(),
            tcp_connections: TimeAverage::new(),
            over_limit: TimeAverage::new(),
            limit: u64::from(gateway.connection_limit),
            link: Link::new(gateway.bandwidth),
            list_until: self.list_until_at_start(id, number),
            list_arrives: SimTime::ZERO,
            list_fetches: 0,
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
            let links = self.cloud.gateways[config.gateway]
                .instances
                .iter()
                .map(|instance| InstanceLink {
                    instance: *instance,
                    state: match self.cloud.instances[*instance].is_up() {
                        true => LinkState::Up,
                        false => LinkState::Down,
                    },
                })
                .collect();
            let gateway = &mut self.cloud.gateways[config.gateway];
            gateway.connection_points.push(id);
            gateway.rotations[config.site].points.push(id);
            self.sites.connection_points.push(ConnectionPoint {
                gateway: config.gateway,
                station,
                outages: 0,
                up,
                ports: Ports::new(config.ports, config.time_wait),
                channels: TimeAverage::new(),
                links,
                slower: Factors::default(),
                stream: self.part_stream("connection_point", &config.name, REQUESTS),
            });
        }
    }

    fn build_site_systems(&mut self) {
        for (id, config) in self.config.site_systems.entries() {
            let workers = self.add_station(
                Owner::SiteSystem(id),
                config.workers,
                config.discipline,
                config.queue_limit,
            );
            let database =
                self.add_station(Owner::Database(id), Servers::Unlimited, Discipline::Fifo, None);
            let mut up = TimeAverage::new();
            up.set(SimTime::ZERO, 1);
            self.sites.site_systems.push(SiteSystem {
                workers,
                database,
                outages: 0,
                identity_outages: 0,
                up,
                slower: Factors::default(),
                assigned: TimeAverage::new(),
                assigned_weighted: TimeAverage::new(),
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
        self.stations.all.push(OwnedStation {
            owner,
            frozen_servers,
            frozen_wholly,
            freeze,
            station,
        })
    }

    fn build_sources(&mut self) {
        for (id, config) in self.config.sources.entries() {
            let mut arrivals = self.part_stream("source", &config.name, ARRIVALS);
            let requests = self.part_stream("source", &config.name, REQUESTS);
            let due = config.first.unwrap_or_else(|| {
                config.arrivals.next_after(
                    SimTime::ZERO,
                    0,
                    &config.profile_phases,
                    self.config.measured_from(),
                    &mut arrivals,
                )
            });
            let systems = self.systems_for(config);
            self.traffic.sources.push(SourceState {
                arrivals,
                requests,
                count: 0,
                due,
                systems,
                next_system: 0,
            });
            self.kernel.schedule(due, Event::Source(id));
        }
    }

    /// Returns the site systems that handle the requests of an open source, in round-robin order.
    /// These site systems have the role that the request kind needs. If the requests enter at a
    /// gateway, the gateway can reach these site systems.
    fn systems_for(&self, source: &Source) -> Vec<SiteSystemId> {
        let role = source.kind.role();
        let points = &self.config.connection_points;
        let is_reached = |system: &config::SiteSystem| match source.entry {
            Entry::Gateway(gateway) => {
                let mut own = points.iter().filter(|point| point.gateway == gateway);
                system.serves.gateway() && own.any(|point| point.site == system.site)
            }
            Entry::ConnectionPoint(point) => points[point].site == system.site,
            Entry::SiteSystem(_) | Entry::EveryManagementPoint => true,
        };
        let all = self.config.of_role(role);
        all.filter(|(_, system)| is_reached(system)).map(|(id, _)| id).collect()
    }

    /// Creates distribution points and, for each deployment, its file in the storage of each
    /// gateway. Returns false if `should_continue` asks to stop.
    fn build_content(&mut self, should_continue: &mut dyn FnMut(u64) -> bool) -> bool {
        for _ in self.config.distribution_points.iter() {
            let point = DistributionPoint { sent: Bytes::ZERO, downloads: 0 };
            self.sites.distribution_points.push(point);
        }
        for (id, deployment) in self.config.deployments.entries() {
            if !should_continue(self.memory_bytes()) {
                return false;
            }
            let mut progress = IdVec::new();
            let mut count = 0;
            for targets in self.targets("deployment", &deployment.name, &deployment.target) {
                count += targets.iter().filter(|is_target| **is_target).count() as u64;
                let own: Vec<Progress> = targets.into_iter().map(Progress::new).collect();
                let _: CohortId = progress.push(own);
            }
            self.deployments.all.push(Deployment {
                progress,
                targets: count,
                declined: 0,
                reached: Default::default(),
                bytes: [0; 4],
                header_bytes: [0; 3],
            });
            let has_file = deployment.source == ContentSource::Site && deployment.size.count() > 0;
            for gateway in self.cloud.gateways.ids().filter(|_| has_file) {
                if self.cloud.gateways[gateway].storage.is_none() {
                    continue;
                }
                let (one, fifo) = (Servers::Limited(1), Discipline::Fifo);
                let station = self.add_station(Owner::File(gateway, id), one, fifo, None);
                if let Some(storage) = &mut self.cloud.gateways[gateway].storage {
                    storage.files[id.index()] = Some(station);
                }
            }
        }
        true
    }

    /// Schedules the events of the scenario.
    fn schedule_events(&mut self) {
        for (id, group) in self.config.boundary_groups.entries() {
            if group.from > SimTime::ZERO {
                self.kernel.schedule(group.from, Event::Association(id));
            }
        }
        for (id, notification) in self.config.notifications.entries() {
            self.kernel.schedule(notification.at, Event::Notification(id));
        }
        for (id, gateway) in self.config.gateways.entries() {
            self.kernel.schedule(SimTime::ZERO + gateway.outbound.check, Event::Outbound(id));
        }
    }

    fn build_disruptions(&mut self) {
        for (id, config) in self.config.disruptions.entries() {
            let mut stream = self.part_stream("disruption", &config.name, REQUESTS);
            let first = match &config.when {
                When::At(at, _) => *at,
                When::Random { time_to_failure } => {
                    SimTime::ZERO + time_to_failure.sample(&mut stream)
                }
            };
            self.disruptions.all.push(Disruption {
                due: first,
                step: Step::Fail(0),
                instances: Vec::new(),
                occurrence: usize::MAX,
                freeze: 0,
                stream,
            });
            self.kernel.schedule(first, Event::Disruption(id));
        }
    }
}

fn cohort_states(config: &Config) -> Vec<CohortState> {
    let mut first = 0;
    let state = |cohort: &Cohort| {
        let state = cohort_state(cohort, ClientId(first));
        first += cohort.clients;
        state
    };
    config.cohorts.iter().map(state).collect()
}

fn cohort_state(cohort: &Cohort, first: ClientId) -> CohortState {
    let weight = |role| (1000.0 * cohort.weight(role)).round() as u64;
    CohortState {
        weights: Role::ALL.map(weight),
        key: name_key("cohort", &cohort.name),
        first,
        internet: TimeAverage::new(),
        vpn: TimeAverage::new(),
        intranet: TimeAverage::new(),
        on_gateway: TimeAverage::new(),
        wanting: TimeAverage::new(),
        channels: TimeAverage::new(),
        delayed: DelayedTasks::new(cohort),
    }
}
