//! Read access to a world for collecting results.

use crate::base::ids::{
    ConnectionPointId, DeploymentId, DistributionPointId, GatewayId, InstanceId, LineId,
    SiteSystemId, StationId, VpnId,
};
use crate::base::{IdVec, SimDuration, SimTime};
use crate::engine::{Station, TimeAverage};
use crate::model::client::{Agenda, Client};
use crate::model::config::Config;
use crate::model::connection_point::ConnectionPoint;
use crate::model::content::DistributionPoint;
use crate::model::deadlines::Deadlines;
use crate::model::deployment::Deployment;
use crate::model::disruption::{Occurrence, Sample};
use crate::model::event::Event;
use crate::model::flow::FlowBytes;
use crate::model::gateway::{Gateway, Instance};
use crate::model::line::{Line, Vpn};
use crate::model::recorder::Recorder;
use crate::model::request::{Attempt, Request};
use crate::model::site::SiteSystem;
use crate::terms::Flow;

use super::{CohortState, OwnedStation, World};

impl<'c, R: Recorder> World<'c, R> {
    /// Returns the recorder.
    pub fn recorder(&self) -> &R {
        &self.observed.recorder
    }

    /// Returns a mutable reference to the recorder, to take what it has kept.
    pub fn recorder_mut(&mut self) -> &mut R {
        &mut self.observed.recorder
    }

    /// Returns the current time.
    pub fn now(&self) -> SimTime {
        self.kernel.now
    }

    /// Returns the number of events processed, excluding those that only observe the model (bins,
    /// minutes, samples). The frequency of observation must not change the count.
    pub fn events(&self) -> u64 {
        self.kernel.world_events()
    }

    /// Returns the approximate memory used by the state, in bytes. It includes only the parts that
    /// grow during a run.
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
            + waiting as usize * Station::BYTES_PER_JOB;
        // The capacity of a growing vector may be twice its length.
        2 * bytes as u64
    }

    /// Returns the configuration.
    pub fn config(&self) -> &'c Config {
        self.config
    }

    /// Returns the state of the cohorts, in order.
    pub fn cohorts(&self) -> &[CohortState] {
        &self.clients.cohorts
    }

    /// Returns the gateways.
    pub fn gateways(&self) -> &IdVec<GatewayId, Gateway> {
        &self.cloud.gateways
    }

    /// Returns the VM instances.
    pub fn instances(&self) -> &IdVec<InstanceId, Instance> {
        &self.cloud.instances
    }

    /// Returns the connection points.
    pub fn connection_points(&self) -> &IdVec<ConnectionPointId, ConnectionPoint> {
        &self.sites.connection_points
    }

    /// Returns the management points and software update points.
    pub fn site_systems(&self) -> &IdVec<SiteSystemId, SiteSystem> {
        &self.sites.site_systems
    }

    /// Returns the distribution points.
    pub fn distribution_points(&self) -> &IdVec<DistributionPointId, DistributionPoint> {
        &self.sites.distribution_points
    }

    /// Returns the shared lines, including those of VPNs.
    pub fn lines(&self) -> &IdVec<LineId, Line> {
        &self.lines.all
    }

    /// Returns the VPNs.
    pub fn vpns(&self) -> &IdVec<VpnId, Vpn> {
        &self.lines.vpns
    }

    /// Returns the deployments.
    pub fn deployments(&self) -> &IdVec<DeploymentId, Deployment> {
        &self.deployments.all
    }

    /// Returns the bytes of a flow in the measured period.
    pub fn measured_bytes(&self, flow: Flow) -> u64 {
        self.all_flows().map(|one| one.measured(flow)).sum()
    }

    /// Returns the bytes of a flow since time zero.
    pub(super) fn bytes_since_zero(&self, flow: Flow) -> u64 {
        self.all_flows().map(|one| one.since_zero(flow)).sum()
    }

    /// Returns the counters of all gateways, and those of all flows outside gateways.
    fn all_flows(&self) -> impl Iterator<Item = &FlowBytes> {
        let of_gateways = self.cloud.gateways.iter().map(|gateway| &gateway.flows);
        of_gateways.chain([&self.observed.flows])
    }

    /// Returns the stations.
    pub fn stations(&self) -> &IdVec<StationId, OwnedStation> {
        &self.stations.all
    }

    /// Returns the occurrences of disruptions, by start.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.disruptions.occurrences
    }

    /// Returns the number of occurrences beyond the maximum, which were not kept.
    pub fn occurrences_more(&self) -> u64 {
        self.disruptions.occurrences_more
    }

    /// Returns the recovery time of each occurrence: zero if it had no impact, `None` if the system
    /// has not recovered.
    pub fn recoveries(&self) -> Vec<Option<SimDuration>> {
        (0..self.disruptions.occurrences.len())
            .map(|number| self.disruptions.backlog.recovery(number))
            .collect()
    }

    /// Returns the samples for reconnection storms.
    pub fn samples(&self) -> &[Sample] {
        &self.observed.samples
    }

    /// Returns the number of requests that wait for a retry, over time.
    pub fn retrying(&self) -> &TimeAverage {
        &self.traffic.retrying
    }
}
