//! What is observed on the way: the end of the warm-up, bins, samples, and the audit at the end.

use crate::base::{SimDuration, SimTime};
use crate::model::deployment::Milestone;
use crate::model::disruption::Sample;
use crate::model::event::Event;
use crate::model::gateway::Gateway;
use crate::model::levels::Levels;
use crate::model::recorder::Recorder;
use crate::model::request::Phase;
use crate::terms::RequestKind;

use super::World;

/// Time between samples for the reconnection storms; longer in very long runs.
const SAMPLE: SimDuration = SimDuration::from_seconds(10);
/// At most this many samples are kept.
const SAMPLES_MAX: u64 = 200_000;

/// Which column of [`World::level`] holds what: the first ones, then one a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Clients on the internet.
    Internet,
    /// Clients on VPN.
    Vpn,
    /// Clients on the intranet.
    Intranet,
    /// Clients that use a gateway.
    OnGateway,
    /// Open notification channels.
    Channels,
    /// Requests waiting for a retry.
    Retrying,
    /// Bytes a nanosecond that leave the n-th gateway's instances.
    Egress(usize),
    /// The same of its storage.
    StorageEgress(usize),
    /// Connections of the n-th instance.
    Connections(usize),
    /// Whether the n-th instance is up.
    Up(usize),
    /// Ports in use of the n-th connection point.
    Ports(usize),
    /// Busy servers of the n-th station.
    Busy(usize),
    /// Jobs present at the n-th station.
    Present(usize),
}

impl<R: Recorder> World<'_, R> {
    pub(super) fn schedule_observation(&mut self) {
        self.kernel.schedule(self.config.measured_from(), Event::MeasureFrom);
        if !self.config.disruptions.is_empty() {
            self.kernel.schedule(SimTime::ZERO, Event::Sample);
        }
    }

    /// The end of the warm-up: statistics start again, the world goes on.
    #[inline(never)]
    pub(super) fn measure_from(&mut self) {
        let now = self.kernel.now;
        for owned in self.stations.all.iter_mut() {
            owned.station.reset_statistics(now);
        }
        for cohort in &mut self.clients.cohorts {
            cohort.internet.reset(now);
            cohort.vpn.reset(now);
            cohort.intranet.reset(now);
            cohort.on_gateway.reset(now);
            cohort.wanting.reset(now);
            cohort.channels.reset(now);
        }
        for gateway in self.cloud.gateways.iter_mut() {
            gateway.available.reset(now);
            gateway.connections.reset(now);
            gateway.clients.reset(now);
            gateway.outbound.highest = 0.0;
            gateway.bytes_from_clients = Default::default();
            gateway.bytes_to_clients = Default::default();
            gateway.bytes_to_site = Default::default();
            gateway.bytes_to_lists = Default::default();
            gateway.bytes_from_lists = Default::default();
            if let Some(storage) = &mut gateway.storage {
                storage.link.sent = Default::default();
            }
        }
        for instance in self.cloud.instances.iter_mut() {
            instance.provisioned.reset(now);
            instance.up.reset(now);
            instance.connections.reset(now);
            instance.tcp_connections.reset(now);
            instance.over_limit.reset(now);
            instance.link.sent = Default::default();
        }
        for point in self.sites.connection_points.iter_mut() {
            point.up.reset(now);
            point.channels.reset(now);
            point.ports.reset_statistics(now);
        }
        for system in self.sites.site_systems.iter_mut() {
            system.up.reset(now);
            system.assigned.reset(now);
            system.assigned_weighted.reset(now);
            system.clients_on.reset(now);
            system.refused = 0;
        }
        for point in self.sites.distribution_points.iter_mut() {
            point.link.sent = Default::default();
            point.downloads = 0;
        }
        self.observed.revocation_bytes = 0;
        for deployment in self.deployments.all.iter_mut() {
            deployment.bytes = [0; 4];
        }
        self.traffic.retrying.reset(now);
        let in_flight = self.requests_in_flight();
        self.observed.recorder.measure_from(now, &|kind, origin| in_flight[origin][kind as usize]);
        let highs = self.sites.connection_points.len() + 3 * self.deployments.all.len();
        self.observed.levels = Levels::start(now, self.integrals(), highs);
        self.start_minutes();
        self.kernel.schedule(now + self.config.interval, Event::Bin);
    }

    /// Requests under way, by origin and kind.
    fn requests_in_flight(&self) -> Vec<[u64; RequestKind::ALL.len()]> {
        let mut counts = vec![
            [0; RequestKind::ALL.len()];
            self.clients.cohorts.len() + self.traffic.sources.len()
        ];
        for id in self
            .traffic
            .requests
            .ids()
            .filter(|id| self.traffic.requests[*id].phase != Phase::Ended)
        {
            let request = &self.traffic.requests[id];
            counts[self.clients.origin_index(request.origin)][request.kind as usize] += 1;
        }
        counts
    }

    #[inline(never)]
    pub(super) fn bin_due(&mut self) {
        self.kernel.note_look();
        self.end_bin();
        self.kernel.schedule(self.kernel.now + self.config.interval, Event::Bin);
    }

    fn end_bin(&mut self) {
        if self.observed.levels.last_at() < self.kernel.now {
            let integrals = self.integrals();
            let ports =
                self.sites.connection_points.iter_mut().map(|point| point.ports.take_high());
            // These only rise: what they are at the end of the bin is their highest.
            let reached = self.deployments.all.iter().flat_map(|one| one.reached.iter());
            let highs = ports.chain(reached.map(|reached| reached.count));
            self.observed.levels.end_bin(self.kernel.now, integrals, highs);
            self.observed.recorder.bin_end(self.kernel.now);
        }
    }

    pub(super) fn finish_here(&mut self) {
        for point in self.sites.connection_points.iter_mut() {
            point.ports.settle(self.kernel.now);
        }
        self.end_bin();
        self.disruptions.backlog.finish(self.kernel.now);
        self.end_minute();
        self.observed.recorder.end(self.kernel.now);
    }

    /// The integrals of all levels, in the order of [`World::level_column`].
    fn integrals(&mut self) -> Vec<u128> {
        let now = self.kernel.now;
        let sum = |pick: fn(&super::CohortState) -> &crate::engine::TimeAverage| -> u128 {
            self.clients.cohorts.iter().map(|cohort| pick(cohort).integral(now)).sum()
        };
        let mut integrals = vec![
            sum(|cohort| &cohort.internet),
            sum(|cohort| &cohort.vpn),
            sum(|cohort| &cohort.intranet),
            sum(|cohort| &cohort.on_gateway),
            sum(|cohort| &cohort.channels),
            self.traffic.retrying.integral(now),
        ];
        // What was sent is an integral too: of the rate.
        let stored = |one: &Gateway| one.storage.as_ref().map_or(0, |one| one.link.sent.count());
        integrals
            .extend(self.cloud.gateways.iter().map(|one| u128::from(one.bytes_sent().count())));
        integrals.extend(self.cloud.gateways.iter().map(|one| u128::from(stored(one))));
        integrals.extend(self.cloud.instances.iter().map(|one| one.connections.integral(now)));
        integrals.extend(self.cloud.instances.iter().map(|one| one.up.integral(now)));
        for point in self.sites.connection_points.iter_mut() {
            point.ports.settle(now);
            integrals.push(point.ports.taken().integral(now));
        }
        integrals.extend(self.stations.all.iter().map(|one| one.station.busy().integral(now)));
        integrals.extend(self.stations.all.iter().map(|one| one.station.present().integral(now)));
        integrals
    }

    /// The bins of one level.
    pub fn level(&self, level: Level) -> &[f64] {
        let (gateways, instances) = (self.cloud.gateways.len(), self.cloud.instances.len());
        let (points, stations) = (self.sites.connection_points.len(), self.stations.all.len());
        let of_instances = 6 + 2 * gateways;
        let column = match level {
            Level::Internet => 0,
            Level::Vpn => 1,
            Level::Intranet => 2,
            Level::OnGateway => 3,
            Level::Channels => 4,
            Level::Retrying => 5,
            Level::Egress(index) => 6 + index,
            Level::StorageEgress(index) => 6 + gateways + index,
            Level::Connections(index) => of_instances + index,
            Level::Up(index) => of_instances + instances + index,
            Level::Ports(index) => of_instances + 2 * instances + index,
            Level::Busy(index) => of_instances + 2 * instances + points + index,
            Level::Present(index) => of_instances + 2 * instances + points + stations + index,
        };
        self.observed.levels.column(column)
    }

    /// How many targets of the n-th deployment had reached a milestone at the end of each bin.
    pub fn reached(&self, deployment: usize, milestone: Milestone) -> &[u64] {
        self.observed
            .levels
            .highs(self.sites.connection_points.len() + 3 * deployment + milestone as usize)
    }

    /// The most ports in use in the bins at the n-th connection point.
    pub fn ports_high(&self, index: usize) -> &[u64] {
        self.observed.levels.highs(index)
    }

    /// When each bin ended.
    pub fn bin_ends(&self) -> &[SimTime] {
        self.observed.levels.ends()
    }

    #[inline(never)]
    pub(super) fn sample_due(&mut self) {
        self.kernel.note_look();
        let (mut on_gateway, mut disconnected) = (0, 0);
        for cohort in &self.clients.cohorts {
            on_gateway += cohort.on_gateway.level();
            disconnected += cohort.wanting.level() - cohort.channels.level();
        }
        self.observed.samples.push(Sample {
            at: self.kernel.now,
            connect_attempts: self.observed.connect_attempts,
            connects: self.observed.connects,
            failed_attempts: self.observed.failed_attempts,
            on_gateway,
            disconnected,
            retrying: self.traffic.retrying.level(),
        });
        let length = self.config.end().as_nanos() / SAMPLES_MAX;
        let step = SAMPLE.max(SimDuration::from_nanos(length));
        self.kernel.schedule(self.kernel.now + step, Event::Sample);
    }
}
