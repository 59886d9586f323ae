//! Boundary groups: what a client has learned about its groups, which service they select, and
//! against which software update point the client scans.

use crate::base::SimTime;
use crate::base::ids::{BoundaryGroupId, ClientId, GatewayId};
use crate::model::client::{Location, Mark, name_key};
use crate::model::config::BoundaryGroup;
use crate::model::recorder::Recorder;
use crate::model::service::Service;

use super::World;

impl<'c, R: Recorder> World<'c, R> {
    /// Returns the boundary group of the client's location, if it is associated with a gateway.
    pub(super) fn group(&self, id: ClientId) -> Option<BoundaryGroupId> {
        let cohort = self.cohort(id);
        match self.clients[id].location {
            Location::Vpn => cohort.vpn_group,
            Location::Intranet => cohort.intranet_group,
            Location::Off | Location::Internet => None,
        }
    }

    /// Returns the boundary group of the client's location, if the client knows the association.
    pub(super) fn known_group(&self, id: ClientId) -> Option<&'c BoundaryGroup> {
        let marks = self.clients.agendas[id].marks;
        let knows = match self.clients[id].location {
            Location::Vpn => marks.has(Mark::KnowsVpnGroup),
            _ => marks.has(Mark::KnowsIntranetGroup),
        };
        let config = self.config;
        self.group(id).filter(|_| knows).map(|group| &config.boundary_groups[group])
    }

    /// Returns the gateway of a boundary group that a client uses; if there are several, a client
    /// always uses the same gateway.
    pub(super) fn gateway_of(&self, id: ClientId, group: &BoundaryGroup) -> GatewayId {
        if let [only] = group.gateways[..] {
            return only;
        }
        let key = name_key("boundary_group", &group.name);
        let count = group.gateways.len() as u32;
        group.gateways[self.draw_about(id, key, 1, |stream| stream.below(count)) as usize]
    }

    /// Returns the service that a client on the intranet or on VPN uses first. VPN counts as
    /// intranet (FAQ, 03/28/2022). With "prefer cloud based sources", clients of a group that is
    /// associated with a gateway use that gateway (boundary-group-options.md, 04/08/2022).
    pub(super) fn service_by_group(&self, id: ClientId) -> Service {
        match self.known_group(id) {
            Some(group) if group.prefers_cloud => Service::Gateway(self.gateway_of(id, group)),
            _ => Service::Direct,
        }
    }

    /// Handles the response to a location request: the client now knows the current state of its
    /// boundary groups. Returns whether the client has any boundary group.
    pub(super) fn learn_groups(&mut self, id: ClientId) -> bool {
        let (now, cohort) = (self.kernel.now, self.cohort(id));
        if cohort.vpn_group.is_none() && cohort.intranet_group.is_none() {
            return false;
        }
        let config = self.config;
        let is_known = |group: Option<BoundaryGroupId>| {
            group.is_some_and(|group| config.boundary_groups[group].from <= now)
        };
        let marks = &mut self.clients.agendas[id].marks;
        marks.set(Mark::KnowsVpnGroup, is_known(cohort.vpn_group));
        marks.set(Mark::KnowsIntranetGroup, is_known(cohort.intranet_group));
        true
    }

    /// Returns the service that a client uses to scan for updates. A boundary group that is
    /// associated with a gateway directs new clients to it. Clients that already had a software
    /// update point keep it until it fails or an administrator switches them
    /// (boundary-groups-software-update-points.md, 04/08/2022).
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

    /// Returns the client's boundary group, if the client knows about the association and the group
    /// directs scans through a gateway.
    pub(super) fn scan_group(&self, id: ClientId) -> Option<&BoundaryGroup> {
        self.known_group(id).filter(|group| group.scans_through_gateway)
    }

    /// Records whether a client keeps its software update point when one of its boundary groups is
    /// associated with a gateway later. Only clients that register with the site before the
    /// association keep it.
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

    /// Handles the response to a scan: a client that scans on the internet no longer keeps its
    /// software update point on the intranet.
    pub(super) fn handle_scan_answer(&mut self, id: ClientId) {
        if self.clients[id].location == Location::Internet {
            self.clients.agendas[id].marks.set(Mark::KeepsUpdatePoint, false);
        }
    }
}
