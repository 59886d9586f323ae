//! Observation of a run: the end of the warm-up, bins and samples.

use crate::base::{SimDuration, SimTime};
use crate::engine::TimeAverage;
use crate::model::connection_point::Ports;
use crate::model::deployment::Milestone;
use crate::model::disruption::Sample;
use crate::model::event::Event;
use crate::model::levels::{High, Level, Levels};
use crate::model::line::links;
use crate::model::recorder::{Counter, Recorder};
use crate::model::request::Phase;
use crate::model::tallied::Tallied;

use super::observed::InFlight;
use super::{CohortState, World};

/// Time between samples for reconnection storms; longer in very long runs.
const SAMPLE: SimDuration = SimDuration::from_seconds(10);
/// Maximum number of samples kept.
const SAMPLES_MAX: u64 = 200_000;

impl<R: Recorder> World<'_, R> {
    pub(super) fn schedule_observation(&mut self) {
        self.kernel.schedule(self.config.measured_from(), Event::MeasureFrom);
        if !self.config.disruptions.is_empty() {
            self.kernel.schedule(SimTime::ZERO, Event::Sample);
        }
    }

    /// Ends the warm-up: statistics are reset, the state is kept.
    #[inline(never)]
    pub(super) fn measure_from(&mut self) {
        let now = self.kernel.now;
        let World {
            config: _,
            kernel: _,
            clients,
            cloud,
            sites,
            lines,
            stations,
            traffic,
            deployments,
            // Disruptions are recorded from the start of the simulation, warm-up included.
            disruptions: _,
            // Observations are initialised below from the current state.
            observed: _,
        } = self;
        clients.reset(now);
        cloud.reset(now);
        sites.reset(now);
        lines.reset(now);
        stations.reset(now);
        traffic.reset(now);
        deployments.reset(now);
        let in_flight = self.requests_in_flight();
        let levels = Levels::start(now, |level| self.integrals(level));
        self.observed.measure_from(now, levels, &in_flight);
        self.start_minutes();
        self.kernel.schedule(now + self.config.interval, Event::Bin);
    }

    /// Returns the requests in flight, by origin and kind.
    fn requests_in_flight(&self) -> Vec<InFlight> {
        let origins = self.clients.cohorts.len() + self.traffic.sources.len();
        let mut counts = vec![InFlight::default(); origins];
        for id in self.traffic.requests.ids() {
            let request = &self.traffic.requests[id];
            if request.phase == Phase::Ended {
                continue;
            }
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
        let now = self.kernel.now;
        if self.observed.levels.last_at() < now {
            let ports: Vec<u64> = self.settle_ports().map(Ports::take_high).collect();
            let mut levels = std::mem::take(&mut self.observed.levels);
            levels.end_bin(
                now,
                |level| self.integrals(level),
                |high| match high {
                    High::Ports => ports.clone(),
                    High::Policy => self.reached_now(Milestone::Policy),
                    High::Content => self.reached_now(Milestone::Content),
                    High::Installed => self.reached_now(Milestone::Installed),
                },
            );
            self.observed.levels = levels;
            self.observed.recorder.counter().bin_end(now);
        }
    }

    pub(super) fn finish_here(&mut self) {
        self.settle_ports().for_each(drop);
        self.end_bin();
        self.disruptions.backlog.finish(self.kernel.now);
        self.end_minute();
        self.observed.recorder.counter().end(self.kernel.now);
    }

    /// Updates the ports of all connection points to the current time and returns them.
    fn settle_ports(&mut self) -> impl Iterator<Item = &mut Ports> {
        let now = self.kernel.now;
        self.sites.connection_points.iter_mut().map(move |point| {
            point.ports.settle(now);
            &mut point.ports
        })
    }

    /// Returns the integrals of a level up to now, one per component. Ports must be settled first.
    fn integrals(&self, level: Level) -> Vec<u128> {
        fn all<'a, T: 'a>(
            components: impl Iterator<Item = &'a T>,
            of: impl Fn(&T) -> u128,
        ) -> Vec<u128> {
            components.map(of).collect()
        }
        let now = self.kernel.now;
        let clients = |of: fn(&CohortState) -> &TimeAverage| -> Vec<u128> {
            vec![self.clients.cohorts.iter().map(|cohort| of(cohort).integral(now)).sum()]
        };
        let (gateways, instances) = (self.cloud.gateways.iter(), self.cloud.instances.iter());
        let stations = self.stations.all.iter();
        match level {
            Level::Internet => clients(|cohort| &cohort.internet),
            Level::Vpn => clients(|cohort| &cohort.vpn),
            Level::Intranet => clients(|cohort| &cohort.intranet),
            Level::OnGateway => clients(|cohort| &cohort.on_gateway),
            Level::Channels => clients(|cohort| &cohort.channels),
            Level::Retrying => vec![self.traffic.retrying.integral(now)],
            // The bytes sent are the integral of the sending rate.
            Level::Egress => all(gateways, |one| u128::from(one.flows.measured_from_gateways())),
            Level::StorageEgress => all(gateways, |one| {
                u128::from(one.storage.as_ref().map_or(0, |one| one.link.sent.count()))
            }),
            Level::Carried => all(links(&self.lines.all), |one| one.carried_bits(now)),
            Level::Connections => all(instances, |one| one.connections.integral(now)),
            Level::Up => all(instances, |one| one.up.integral(now)),
            Level::Ports => {
                all(self.sites.connection_points.iter(), |one| one.ports.taken().integral(now))
            }
            Level::Busy => all(stations, |one| one.station.busy().integral(now)),
            Level::Present => all(stations, |one| one.station.present().integral(now)),
        }
    }

    /// Returns the number of targets of each deployment that have reached a milestone.
    fn reached_now(&self, milestone: Milestone) -> Vec<u64> {
        let all = self.deployments.all.iter();
        all.map(|one| one.reached[milestone as usize].count).collect()
    }

    /// Returns the means of a level in the bins of one component, selected by its index. The index
    /// is 0 for a level with one series.
    pub fn level(&self, level: Level, component: usize) -> &[f64] {
        self.observed.levels.means(level, component)
    }

    /// Returns the maxima in the bins of one component.
    pub fn high(&self, high: High, component: usize) -> &[u64] {
        self.observed.levels.highs(high, component)
    }

    /// Returns the end of each bin.
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
