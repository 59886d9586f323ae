//! What others read of a world.

use crate::base::ids::{
    ConnectionPointId, DeploymentId, DistributionPointId, GatewayId, InstanceId, SiteSystemId,
    StationId,
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
use crate::model::gateway::{Gateway, Instance};
use crate::model::recorder::Recorder;
use crate::model::request::{Attempt, Request};
use crate::model::site::SiteSystem;

use super::{CohortState, OwnedStation, World};

impl<'c, R: Recorder> World<'c, R> {
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
            + waiting as usize * Station::BYTES_PER_JOB;
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
