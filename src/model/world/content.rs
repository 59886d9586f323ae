//! Progress of clients with deployments, and the choice of their content source. The download
//! itself is in `attempt`.

use crate::base::Bytes;
use crate::base::ids::{ClientId, DeploymentId};
use crate::model::client::{Location, name_key};
use crate::model::config::{Authentication, ContentSource};
use crate::model::deployment::{Origin as From, Progress, Step};
use crate::model::recorder::Recorder;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Returns the progress of a client with a deployment, if its cohort is a target.
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

    /// Returns the client's deployment that is at `step`; `None` if there is none. Use this
    /// function only for steps that at most one deployment of a client can have reached at a time.
    pub(super) fn at_step(&self, id: ClientId, step: Step) -> Option<DeploymentId> {
        let mut all = self.config.deployments.ids();
        all.find(|one| self.progress(*one, id).is_some_and(|own| own.step == step))
    }

    /// Returns the content source that a client currently uses for a deployment; `None` if there is
    /// none. The order of preference is: distribution points, internet-based distribution points,
    /// and then cloud sources, unless the boundary group prefers cloud sources
    /// (fundamental-concepts-for-content-management.md, 04/08/2022).
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
            // Internet-based client management requires client certificates.
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
        // Clients choose at random among the content-enabled gateways (perf-scale.md, 04/08/2022).
        // Clients on the intranet use only the gateway of their boundary group.
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

    /// Returns the number of chunks that come from a source, and their bytes in total; peers
    /// provide the rest.
    pub(super) fn chunks(&self, deployment: DeploymentId, id: ClientId) -> (u32, Bytes) {
        let config = &self.config.deployments[deployment];
        let bytes = (config.size.count() as f64 * (1.0 - config.peer_share)).round() as u64;
        let chunk = self.cohort(id).content.chunk.count().max(1);
        (bytes.div_ceil(chunk) as u32, Bytes::new(bytes))
    }

    pub(super) fn deployment_key(&self, deployment: DeploymentId) -> u64 {
        name_key("deployment", &self.config.deployments[deployment].name)
    }
}
