//! Which software update point a client scans with, and when it turns to another.

use crate::base::ids::{BoundaryGroupId, ClientId};
use crate::base::{SimDuration, SimTime};
use crate::model::client::{Location, Mark};
use crate::model::config::BoundaryGroup;
use crate::model::recorder::Recorder;
use crate::model::service::{Service, pick_of, place};
use crate::terms::RequestKind;

use super::World;

/// After its last failure with a software update point a client waits two minutes and turns to the
/// next (plan-for-software-updates.md, 04/08/2022).
pub(super) const NEXT_UPDATE_POINT: SimDuration = SimDuration::from_seconds(120);

impl<R: Recorder> World<'_, R> {
    /// Which service a client's scan for updates uses. A boundary group that is associated with a
    /// gateway leads new clients there. Those that had a software update point before keep it until
    /// it fails, or until they are switched by hand (boundary-groups-software-update-points.md,
    /// 04/08/2022).
    pub(super) fn scan_service(&self, id: ClientId) -> Service {
        if self.clients[id].location == Location::Internet {
            return self.clients[id].service;
        }
        match self.scan_group(id) {
            Some(group) if !self.clients.agendas[id].marks.has(Mark::KeepsUpdatePoint) => {
                Service::Gateway(self.gateway_of(id, group))
            }
            _ => Service::Direct,
        }
    }

    /// Its boundary group, if it knows of it and that leads scans through a gateway.
    fn scan_group(&self, id: ClientId) -> Option<&BoundaryGroup> {
        self.known_group(id).filter(|group| group.scans_through_gateway)
    }

    /// A client that is registered with the site by now keeps the software update point that it has
    /// when one of its boundary groups is associated with a gateway later.
    pub(super) fn note_kept_update_point(&mut self, id: ClientId, now: SimTime) {
        let (config, cohort) = (self.config, self.cohort(id));
        let comes_later = |group: Option<BoundaryGroupId>| {
            let group = group.map(|group| &config.boundary_groups[group]);
            group.is_some_and(|group| group.scans_through_gateway && group.from > now)
        };
        let has_one = !self.sites.directories[cohort.site].update_points.is_empty();
        let keeps =
            has_one && (comes_later(cohort.vpn_group) || comes_later(cohort.intranet_group));
        self.clients.agendas[id].marks.set(Mark::KeepsUpdatePoint, keeps);
    }

    /// A scan was answered: who scans on the internet has left the software update point that it
    /// had on the intranet.
    pub(super) fn scan_answered(&mut self, id: ClientId) {
        if self.clients[id].location == Location::Internet {
            self.clients.agendas[id].marks.set(Mark::KeepsUpdatePoint, false);
        }
    }

    /// A scan has failed for good: the client turns to the next software update point, if there is
    /// one, and scans again there.
    pub(super) fn scan_failed(&mut self, id: ClientId) {
        if self.next_update_point(id) {
            let due = &mut self.clients.agendas[id].due[RequestKind::UpdateScan as usize];
            *due = (*due).min(self.kernel.now + NEXT_UPDATE_POINT);
        }
    }

    /// The client turns to the next software update point: that of its boundary group, if it has
    /// kept another one so far. Is there a next one?
    pub(super) fn next_update_point(&mut self, id: ClientId) -> bool {
        let keeps = self.clients.agendas[id].marks.has(Mark::KeepsUpdatePoint);
        if keeps && self.clients[id].location != Location::Internet && self.scan_group(id).is_some()
        {
            self.clients.agendas[id].marks.set(Mark::KeepsUpdatePoint, false);
            self.choose_servers(id);
            return true;
        }
        let directory = &self.sites.directories[self.cohort(id).site];
        let points = match self.scan_service(id) {
            Service::Direct => directory.update_points.len(),
            Service::Gateway(_) => directory.gateway_update_points.len(),
            Service::Internet(_) => directory.internet_update_points.len(),
        };
        if points < 2 {
            return false;
        }
        let pick = &mut self.clients.agendas[id].update_point_pick;
        *pick = pick_of((place(*pick, points) + 1) % points, points);
        self.choose_servers(id);
        true
    }
}
