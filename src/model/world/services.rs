//! Selects the service and the servers of each client by location, boundary group, failures and
//! random choice. Only this module changes the selection, so that the client counts stay correct.

use crate::base::ids::{ClientId, GatewayId, SiteSystemId};
use crate::base::{Id, SimDuration, SimTime};
use crate::model::client::{Draws, Location, Mark, NO_SERVER, Slot};
use crate::model::recorder::Recorder;
use crate::model::service::{Service, pick_of, place};
use crate::terms::RequestKind;

use super::World;
use super::draws::exponential;

/// Delay from the last failed attempt of a scan until the client scans against the next software
/// update point (plan-for-software-updates.md, 04/08/2022).
pub(super) const NEXT_UPDATE_POINT: SimDuration = SimDuration::from_seconds(120);

impl<R: Recorder> World<'_, R> {
    /// Draws a client's location, the service that it uses there, and the time of its next move.
    pub(super) fn locate(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        let services = self.internet_services(id).len() as u32;
        let (places, moves) = (cohort.locations, cohort.moves_per_hour);
        let (place, pick, time_until_move) = self.draw_for(id, Draws::Presence, |stream| {
            let place = stream.uniform();
            let pick = if services > 1 { stream.below(services) } else { 0 };
            let time_until_move = (moves > 0.0).then(|| exponential(3600.0 / moves, stream));
            (place, pick, time_until_move)
        });
        self.clients.agendas[id].set_due(
            Slot::Move,
            time_until_move
                .map_or(SimTime::NEVER, |time_until_move| self.kernel.now + time_until_move),
        );
        let location = match place {
            internet if internet < places.internet => Location::Internet,
            vpn if vpn < places.internet + places.vpn => Location::Vpn,
            _ => Location::Intranet,
        };
        if self.clients[id].location == Location::Vpn {
            self.disconnect_vpn(id);
        }
        let location = match location {
            Location::Vpn if !self.connect_vpn(id) => Location::Internet,
            other => other,
        };
        self.set_location(id, location);
        // The model assumes that a client sorts its list of management points again at the start of
        // each session.
        self.clients.agendas[id].marks.set(Mark::LeftPreferred, false);
        let service = match location {
            // Clients choose at random among all internet-facing services
            // (cloud-management-gateway-faq.yml, 12/04/2024).
            Location::Internet => {
                let service = self.internet_services(id).get(pick as usize);
                service.copied().unwrap_or(Service::Direct)
            }
            _ => self.service_by_group(id),
        };
        self.set_service(id, service);
    }

    /// Returns the services that a client may use on the internet.
    fn internet_services(&self, id: ClientId) -> &[Service] {
        let cohort = self.cohort(id);
        self.sites.directories[cohort.site].internet(cohort.authentication)
    }

    /// Returns the gateway that a client currently uses; `None` if the client uses no gateway or is
    /// off.
    pub(super) fn gateway_used(&self, id: ClientId) -> Option<GatewayId> {
        let client = &self.clients[id];
        client.service.gateway().filter(|_| client.is_on())
    }

    /// Returns whether a client should have a notification channel: it is registered, its cohort
    /// has channels, and it uses a gateway.
    pub(super) fn has_channel(&self, id: ClientId) -> bool {
        self.gateway_used(id).is_some()
            && self.clients.agendas[id].is_registered()
            && self.cohort(id).channel.is_some()
    }

    fn note_gateway(&mut self, id: ClientId, before: Option<GatewayId>) {
        let (now, after) = (self.kernel.now, self.gateway_used(id));
        if before == after {
            return;
        }
        let cohort = &mut self.clients.cohort_mut(id).on_gateway;
        match (before, after) {
            (None, Some(_)) => {
                cohort.add(now, 1);
                self.clients.online.change(|online| &mut online.on_gateway, 1);
            }
            (Some(_), None) => {
                cohort.subtract(now, 1);
                self.clients.online.change(|online| &mut online.on_gateway, -1);
            }
            _ => {}
        }
        if let Some(gateway) = before {
            self.cloud.gateways[gateway].clients.subtract(now, 1);
        }
        if let Some(gateway) = after {
            self.cloud.gateways[gateway].clients.add(now, 1);
        }
    }

    fn set_location(&mut self, id: ClientId, location: Location) {
        let (now, before) = (self.kernel.now, self.gateway_used(id));
        let client = &mut self.clients.all[id];
        let old = std::mem::replace(&mut client.location, location);
        if old == location {
            return;
        }
        let cohort = &mut self.clients.cohorts[client.cohort.index()];
        let servers = [client.management_point, self.clients.agendas[id].update_point];
        for server in servers.into_iter().filter(|server| *server != NO_SERVER) {
            let users = &mut self.sites.site_systems[server].clients_on;
            match (old, location) {
                (Location::Off, _) => users.add(now, 1),
                (_, Location::Off) => users.subtract(now, 1),
                _ => {}
            }
        }
        match old {
            Location::Off => {}
            Location::Intranet => cohort.intranet.subtract(now, 1),
            Location::Vpn => cohort.vpn.subtract(now, 1),
            Location::Internet => cohort.internet.subtract(now, 1),
        }
        match location {
            Location::Off => {}
            Location::Intranet => cohort.intranet.add(now, 1),
            Location::Vpn => cohort.vpn.add(now, 1),
            Location::Internet => cohort.internet.add(now, 1),
        }
        self.note_gateway(id, before);
    }

    /// Switches a client off. It chooses its service again at the next start.
    pub(super) fn set_off(&mut self, id: ClientId) {
        if self.clients[id].location == Location::Vpn {
            self.disconnect_vpn(id);
        }
        self.set_location(id, Location::Off);
        self.clients[id].service = Service::Direct;
    }

    /// Switches a client to another service.
    pub(super) fn set_service(&mut self, id: ClientId, service: Service) {
        let before = self.gateway_used(id);
        self.clients[id].service = service;
        self.note_gateway(id, before);
        self.choose_servers(id);
    }

    /// Updates the management point and the software update point according to the client's service
    /// and picks.
    pub(super) fn choose_servers(&mut self, id: ClientId) {
        let (client, agenda, cohort) =
            (&self.clients[id], &self.clients.agendas[id], self.cohort(id));
        let directory = &self.sites.directories[cohort.site];
        let point = directory.management_point(
            client.service,
            cohort.authentication,
            agenda.marks.has(Mark::LeftPreferred),
            agenda.management_point_pick,
        );
        if let Some(new) = point.filter(|new| *new != client.management_point) {
            let old = std::mem::replace(&mut self.clients[id].management_point, new);
            self.change_server(id, old, new);
        }
        let agenda = &self.clients.agendas[id];
        let directory = &self.sites.directories[self.cohort(id).site];
        let new = directory.update_point(self.scan_service(id), agenda.update_point_pick);
        let new = new.unwrap_or(NO_SERVER);
        if new != agenda.update_point {
            let old = std::mem::replace(&mut self.clients.agendas[id].update_point, new);
            self.change_server(id, old, new);
        }
    }

    /// Moves a client from one site system to another.
    fn change_server(&mut self, id: ClientId, old: SiteSystemId, new: SiteSystemId) {
        let (now, is_on) = (self.kernel.now, u64::from(self.clients[id].is_on()));
        if old != NO_SERVER {
            let weight = self.weight_at(id, old);
            let system = &mut self.sites.site_systems[old];
            system.assigned.subtract(now, 1);
            system.assigned_weighted.subtract(now, weight);
            system.clients_on.subtract(now, is_on);
        }
        if new != NO_SERVER {
            self.assign(id, new);
            self.sites.site_systems[new].clients_on.add(now, is_on);
        }
    }

    /// Counts a client at a site system from now on.
    pub(super) fn assign(&mut self, id: ClientId, system: SiteSystemId) {
        let weight = self.weight_at(id, system);
        let system = &mut self.sites.site_systems[system];
        system.assigned.add(self.kernel.now, 1);
        system.assigned_weighted.add(self.kernel.now, weight);
    }

    /// Returns the weight of a client at a site system, in thousandths of a client with default
    /// settings.
    fn weight_at(&self, id: ClientId, system: SiteSystemId) -> u64 {
        let role = self.config.site_systems[system].role;
        self.clients.cohort_of(id).weights[role as usize]
    }

    /// Reacts to too many failures of a client: switches it to another management point of its
    /// service, and returns the service that it has to use next; `None` if it keeps its service.
    pub(super) fn next_service(&mut self, id: ClientId) -> Option<Service> {
        self.switch_management_point(id);
        let old = self.clients[id].service;
        let new = match self.clients[id].location {
            Location::Internet => self.another_internet_service(id),
            _ => self.fallback(id),
        };
        (new != old).then_some(new)
    }

    /// Switches a client to another management point of its service at random. On the intranet, the
    /// client chooses among the other management points of its category, and the other category
    /// counts as one further choice. Microsoft publishes an order of categories; within a category,
    /// the choice is random (understand-how-clients-find-site-resources-and-services.md,
    /// 04/05/2021).
    fn switch_management_point(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        let directory = &self.sites.directories[cohort.site];
        let has_left = self.clients.agendas[id].marks.has(Mark::LeftPreferred);
        let (count, others) = match self.clients[id].service {
            Service::Direct => {
                let (preferred, rest) = directory.intranet(cohort.authentication);
                let (own, others) = if has_left { (rest, preferred) } else { (preferred, rest) };
                (own.len(), u32::from(!others.is_empty()))
            }
            Service::Gateway(_) => (directory.gateway_management_points.len(), 0),
            Service::Internet(_) => (1, 0),
        };
        let choices = (count as u32).saturating_sub(1) + others;
        if choices == 0 {
            return;
        }
        let step = 1 + self.draw_for(id, Draws::Retry, |stream| stream.below(choices)) as usize;
        if step < count {
            let old = place(self.clients.agendas[id].management_point_pick, count);
            self.clients.agendas[id].management_point_pick = pick_of((old + step) % count, count);
        } else {
            self.clients.agendas[id].marks.set(Mark::LeftPreferred, !has_left);
        }
        self.choose_servers(id);
    }

    /// Selects another service at random for a client on the internet.
    fn another_internet_service(&mut self, id: ClientId) -> Service {
        let old = self.clients[id].service;
        let all = self.internet_services(id);
        let (count, place) = (all.len(), all.iter().position(|service| *service == old));
        let Some(place) = place.filter(|_| count > 1) else { return old };
        let others = count as u32 - 1;
        let step = 1 + self.draw_for(id, Draws::Retry, |stream| stream.below(others));
        self.internet_services(id)[(place + step as usize) % count]
    }

    /// Returns the service that a client on the intranet or on VPN falls back to when its service
    /// fails, until its next location request.
    fn fallback(&self, id: ClientId) -> Service {
        let old = self.clients[id].service;
        let new = match (self.known_group(id), old) {
            (Some(_), Service::Gateway(_)) | (None, _) => Service::Direct,
            (Some(group), _) => Service::Gateway(self.gateway_of(id, group)),
        };
        // A client does not switch to a service that has no management point for this client.
        let cohort = self.cohort(id);
        let directory = &self.sites.directories[cohort.site];
        let point = directory.management_point(new, cohort.authentication, false, 0);
        point.map_or(old, |_| new)
    }

    /// Switches a client to the next software update point. A client that has kept its previous
    /// software update point switches to that of its boundary group instead. Returns false if there
    /// is no next software update point.
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

    /// Handles a scan that has failed with its last attempt: the client switches to the next
    /// software update point, if there is one, and scans again there.
    pub(super) fn scan_failed(&mut self, id: ClientId) {
        if self.next_update_point(id) {
            self.clients.agendas[id].bring_forward(
                Slot::Task(RequestKind::UpdateScan),
                self.kernel.now + NEXT_UPDATE_POINT,
            );
        }
    }
}
