//! Downloads: a client asks a source for one part of the content after the other. What it has stays
//! with it when it is interrupted.

use crate::base::ids::{AttemptId, ClientId, DeploymentId};
use crate::base::{Bytes, Id, SimDuration};
use crate::engine::Admission;
use crate::model::client::Location;
use crate::model::config::{Authentication, ContentSource};
use crate::model::deployment::{Origin as From, Progress, Step};
use crate::model::event::Event;
use crate::model::passage::Passage;
use crate::model::recorder::Recorder;
use crate::model::request::{Attempt, Origin, Stage};
use crate::terms::Cause;

use super::World;
use super::departure::FirstLeg;

impl<R: Recorder> World<'_, R> {
    /// The progress of a client with a deployment, if it is one of its targets' cohorts.
    pub(super) fn progress(&self, deployment: DeploymentId, id: ClientId) -> Option<&Progress> {
        let cohort = self.clients[id].cohort;
        self.deployments[deployment].progress[cohort].get(self.number(id) as usize)
    }

    pub(super) fn progress_mut(
        &mut self,
        deployment: DeploymentId,
        id: ClientId,
    ) -> Option<&mut Progress> {
        let (cohort, number) = (self.clients[id].cohort, self.number(id));
        self.deployments[deployment].progress[cohort].get_mut(number as usize)
    }

    /// The deployment a client is at some step with, of those that only one can be at.
    pub(super) fn at_step(&self, id: ClientId, step: Step) -> Option<DeploymentId> {
        let mut all = self.config.deployments.ids();
        all.find(|one| self.progress(*one, id).is_some_and(|own| own.step == step))
    }

    /// Where a client gets the content of a deployment now; `None` if nowhere. Order of sources:
    /// distribution points, those on the internet, cloud sources last unless the boundary group
    /// prefers them (fundamental-concepts-for-content-management.md, 04/08/2022).
    pub(super) fn choose_source(&self, id: ClientId, deployment: DeploymentId) -> Option<From> {
        if self.config.deployments[deployment].source == ContentSource::MicrosoftUpdate {
            return Some(From::MicrosoftUpdate);
        }
        let has_storage = |gateway| self.cloud.gateways[gateway].storage.is_some();
        let group = self.known_group(id);
        let own = group.map(|group| self.gateway_of(id, group)).filter(|own| has_storage(*own));
        if let Some(own) = own.filter(|_| group.is_some_and(|group| group.prefers_cloud)) {
            return Some(From::Storage(own));
        }
        let authentication = self.cohort(id).authentication;
        let directory = &self.sites.directories[self.cohort(id).site];
        let points = match (self.clients[id].location, authentication) {
            // Internet-based client management is for client certificates.
            (Location::Internet, Authentication::Certificate) => {
                &directory.internet_distribution_points[..]
            }
            (Location::Internet, _) => &[],
            _ => &directory.distribution_points[..],
        };
        if !points.is_empty() {
            let place = self.one_of(id, deployment, points.len());
            return Some(From::DistributionPoint(points[place]));
        }
        // Published: at random among the content-enabled gateways (perf-scale.md, 04/08/2022).
        // From the intranet only those of the boundary group.
        let gateways: Vec<_> = match self.clients[id].location {
            Location::Internet => {
                let all = directory.internet(authentication).iter();
                let all = all.filter_map(|service| service.gateway());
                all.filter(|gateway| has_storage(*gateway)).collect()
            }
            _ => own.into_iter().collect(),
        };
        if gateways.is_empty() {
            return None;
        }
        let place = self.one_of(id, deployment, gateways.len());
        Some(From::Storage(gateways[place]))
    }

    fn one_of(&self, id: ClientId, deployment: DeploymentId, count: usize) -> usize {
        match count {
            1 => 0,
            _ => {
                let key = self.deployment_key(deployment);
                self.draw_about(id, key, 5, |stream| stream.below(count as u32)) as usize
            }
        }
    }

    /// How many parts come from a source, and the bytes they are of: peers give the others.
    fn parts(&self, deployment: DeploymentId, id: ClientId) -> (u32, Bytes) {
        let config = &self.config.deployments[deployment];
        let bytes = (config.size.count() as f64 * (1.0 - config.peer_share)).round() as u64;
        let chunk = self.cohort(id).chunk.count().max(1);
        (bytes.div_ceil(chunk) as u32, Bytes::new(bytes))
    }

    /// From a client to its source, with a request for the next part.
    pub(super) fn content_leg(&mut self, id: ClientId, attempt: &mut Attempt) -> FirstLeg {
        let Some(deployment) = self.at_step(id, Step::Downloading) else {
            return (Stage::Client(Err(Cause::NoContent)), SimDuration::ZERO);
        };
        attempt.deployment = Some(deployment);
        let source = self.progress(deployment, id).map(|own| own.source);
        let Some(Some(source)) = source else {
            return (Stage::Client(Err(Cause::NoContent)), SimDuration::ZERO);
        };
        let network = &self.config.network;
        let law = match (source, self.clients[id].location) {
            (From::DistributionPoint(_), Location::Intranet) => &network.client_site,
            _ => &network.client_azure,
        };
        let round_trip = self.draw(attempt.origin, |stream| law.sample(stream));
        attempt.distance = round_trip.halved();
        let setup = round_trip.scaled(network.setup_round_trips);
        if let From::DistributionPoint(point) = source {
            self.sites.distribution_points[point].downloads += 1;
        }
        if self.parts(deployment, id).0 <= self.progress(deployment, id).map_or(0, |own| own.chunks)
        {
            return (Stage::Client(Ok(())), setup + round_trip);
        }
        (Stage::Source, setup + attempt.distance)
    }

    /// A request for a part has come to its source.
    pub(super) fn at_source(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(_)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return self.end_attempt(id);
        };
        let source = self.progress(deployment, client).and_then(|own| own.source);
        let Some(From::Storage(gateway)) = source else { return self.leave_source(id) };
        let rate = self.config.gateways[gateway].storage.map(|storage| storage.requests_per_second);
        let storage = self.cloud.gateways[gateway].storage.as_ref();
        let file = storage.and_then(|storage| storage.files[deployment.index()]);
        let (Some(rate), Some(station)) = (rate, file) else {
            return self.leave_source(id);
        };
        let time = SimDuration::from_seconds_f64(1.0 / rate);
        // The queue has no limit: requests beyond the rate wait, as those that are told to come
        // again do on average.
        let admission = self.enter(station, id, time);
        debug_assert_ne!(admission, Admission::Refused);
    }

    /// The source sends a part.
    pub(super) fn leave_source(&mut self, id: AttemptId) {
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(_)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return self.end_attempt(id);
        };
        let distance = attempt.distance;
        let (parts, bytes) = self.parts(deployment, client);
        let (chunk, downlink) = (self.cohort(client).chunk, self.cohort(client).downlink);
        let Some(own) = self.progress(deployment, client).copied() else {
            return self.end_attempt(id);
        };
        let part = match own.chunks + 1 {
            last if last >= parts => {
                bytes.count().saturating_sub(chunk.count() * u64::from(own.chunks))
            }
            _ => chunk.count(),
        };
        let part = Bytes::new(part);
        let sent = &mut self.deployments[deployment].bytes;
        let sending = match own.source {
            Some(From::Storage(gateway)) => {
                sent[0] += part.count();
                let gateway = &mut self.cloud.gateways[gateway];
                gateway.outbound.sent += part.count();
                gateway.storage.as_mut().map_or(SimDuration::ZERO, |storage| {
                    let slower = 1.0 / storage.left.product();
                    storage.link.send_slower(self.kernel.now, part, slower)
                })
            }
            Some(From::DistributionPoint(point)) => {
                sent[1] += part.count();
                self.sites.distribution_points[point].link.send(self.kernel.now, part)
            }
            _ => {
                sent[2] += part.count();
                SimDuration::ZERO
            }
        };
        self.observed.ledger.content_sent += part.count();
        self.traffic.attempts[id].part = part;
        let own_link = downlink.map_or(SimDuration::ZERO, |link| link.transmission_time(part));
        self.go(id, Stage::Part, sending.max(own_link) + distance);
    }

    /// A part has come: the next one, or that was all.
    pub(super) fn at_part(&mut self, id: AttemptId) {
        let attempt = &mut self.traffic.attempts[id];
        let part = std::mem::take(&mut attempt.part);
        let distance = attempt.distance;
        let (Origin::Client(client), Some(deployment), Some(request)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            self.observed.ledger.content_wasted += part.count();
            return self.end_attempt(id);
        };
        self.observed.ledger.content_received += part.count();
        let (parts, _) = self.parts(deployment, client);
        let now = self.kernel.now;
        let Some(own) = self.progress_mut(deployment, client) else { return self.end_attempt(id) };
        own.chunks += 1;
        if own.chunks >= parts {
            return self.at_client(id, Ok(()));
        }
        if matches!(own.source, Some(From::Storage(_))) && now >= own.access_until {
            // The access is over (24 h: data-flow.md, 04/08/2022): location and access again.
            own.interrupt_download(now);
            self.abandon(request);
            self.end_attempt(id);
            self.plan_deployments(client);
            return self.schedule_client(client);
        }
        self.go(id, Stage::Source, distance);
    }

    /// Sends an attempt to its next stage by the calendar, so that a download of many parts is no
    /// deep recursion where parts take no time.
    fn go(&mut self, id: AttemptId, stage: Stage, delay: SimDuration) {
        self.observed.tell(self.kernel.now, Passage::Travels(id, stage, self.kernel.now + delay));
        self.kernel.schedule(self.kernel.now + delay, Event::Arrive(id, stage));
    }
}
