//! Which service a client uses: by its place, its boundary group, chance, and failures.

use crate::base::ids::{BoundaryGroupId, ClientId, GatewayId, SiteSystemId};
use crate::base::{Id, SimTime};
use crate::model::client::{Draws, Location, Mark, NO_SERVER, name_key, slot};
use crate::model::config::{BoundaryGroup, Errand};
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::service::{Service, pick_of, place};
use crate::terms::RequestKind;

use super::World;
use super::presence::exponential;

impl<'c, R: Recorder> World<'c, R> {
    /// Draws where a client is now, which service it uses there, and when it moves on.
    pub(super) fn locate(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        let services = self.internet_services(id).len() as u32;
        let (places, moves) = (cohort.locations, cohort.moves_per_hour);
        let (place, pick, stay) = self.draw_for(id, Draws::Presence, |stream| {
            let place = stream.uniform();
            let pick = if services > 1 { stream.below(services) } else { 0 };
            let stay = (moves > 0.0).then(|| exponential(3600.0 / moves, stream));
            (place, pick, stay)
        });
        self.clients.agendas[id].due[slot::MOVE] =
            stay.map_or(SimTime::NEVER, |stay| self.kernel.now + stay);
        let location = match place {
            internet if internet < places.internet => Location::Internet,
            vpn if vpn < places.internet + places.vpn => Location::Vpn,
            _ => Location::Intranet,
        };
        self.set_location(id, location);
        // Its list of management points is sorted anew: that it is so at each start is assumed.
        self.clients.agendas[id].marks.set(Mark::LeftPreferred, false);
        let service = match location {
            // Published: random among all internet-facing services (FAQ, 03/28/2022).
            Location::Internet => {
                let service = self.internet_services(id).get(pick as usize);
                service.copied().unwrap_or(Service::Direct)
            }
            _ => self.service_by_group(id),
        };
        self.set_service(id, service);
    }

    /// The services that a client may use on the internet.
    fn internet_services(&self, id: ClientId) -> &[Service] {
        let cohort = self.cohort(id);
        self.sites.directories[cohort.site].internet(cohort.authentication)
    }

    /// The gateway a client uses now: none while it is off.
    fn gateway_used(&self, id: ClientId) -> Option<GatewayId> {
        let client = &self.clients[id];
        client.service.gateway().filter(|_| client.is_on())
    }

    /// Does it use a gateway, and hold a notification channel there?
    pub(super) fn has_channel(&self, id: ClientId) -> bool {
        self.gateway_used(id).is_some()
            && self.clients.agendas[id].is_registered
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

    pub(super) fn set_location(&mut self, id: ClientId, location: Location) {
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

    /// From now on the client uses another service; of a client that has just come there.
    fn set_service(&mut self, id: ClientId, service: Service) {
        let before = self.gateway_used(id);
        self.clients[id].service = service;
        self.note_gateway(id, before);
        self.choose_servers(id);
    }

    /// The management point and the software update point that its service and its picks say.
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

    /// A client leaves a site system for another one.
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

    /// A client is one of those of a site system from now on.
    pub(super) fn assign(&mut self, id: ClientId, system: SiteSystemId) {
        let weight = self.weight_at(id, system);
        let system = &mut self.sites.site_systems[system];
        system.assigned.add(self.kernel.now, 1);
        system.assigned_weighted.add(self.kernel.now, weight);
    }

    /// As how many thousandths of a client with default settings a client counts there.
    fn weight_at(&self, id: ClientId, system: SiteSystemId) -> u64 {
        let role = self.config.site_systems[system].role;
        self.clients.cohort_of(id).weights[role as usize]
    }

    /// A client begins to use its service, at `start`: its token, its channel.
    pub(super) fn begin_service(&mut self, id: ClientId, start: SimTime) {
        if std::mem::take(&mut self.clients.agendas[id].needs_token) {
            self.clients.agendas[id].due[RequestKind::TokenRenewal as usize] = start;
        }
        if self.has_channel(id) {
            self.expect_channel(id, start);
        }
    }

    /// A client that stays where it is turns to another service.
    fn change_service(&mut self, id: ClientId, service: Service) {
        self.leave_network(id);
        self.abandon_channel_requests(id);
        self.set_service(id, service);
        self.clients.agendas[id].channel_failures = 0;
        self.begin_service(id, self.kernel.now);
    }

    // --- boundary groups ---

    /// The boundary group where the client is, if it is associated with a gateway.
    fn group(&self, id: ClientId) -> Option<BoundaryGroupId> {
        let cohort = self.cohort(id);
        match self.clients[id].location {
            Location::Vpn => cohort.vpn_group,
            Location::Intranet => cohort.intranet_group,
            Location::Off | Location::Internet => None,
        }
    }

    /// That group, if the client has learnt of the association.
    pub(super) fn known_group(&self, id: ClientId) -> Option<&'c BoundaryGroup> {
        let marks = self.clients.agendas[id].marks;
        let knows = match self.clients[id].location {
            Location::Vpn => marks.has(Mark::KnowsVpnGroup),
            _ => marks.has(Mark::KnowsIntranetGroup),
        };
        let config = self.config;
        self.group(id).filter(|_| knows).map(|group| &config.boundary_groups[group])
    }

    /// The gateway of a boundary group that a client uses: of several always the same.
    pub(super) fn gateway_of(&self, id: ClientId, group: &BoundaryGroup) -> GatewayId {
        if let [only] = group.gateways[..] {
            return only;
        }
        let key = name_key("boundary_group", &group.name);
        let count = group.gateways.len() as u32;
        group.gateways[self.draw_about(id, key, 1, |stream| stream.below(count)) as usize]
    }

    /// Which service a client on the intranet or on VPN uses first. VPN counts as intranet (FAQ,
    /// 03/28/2022); with "prefer cloud based sources" a group that is associated with a gateway
    /// uses that (boundary-group-options.md, 04/08/2022).
    fn service_by_group(&self, id: ClientId) -> Service {
        match self.known_group(id) {
            Some(group) if group.prefers_cloud => Service::Gateway(self.gateway_of(id, group)),
            _ => Service::Direct,
        }
    }

    /// A location request was answered: the client knows its boundary groups as they are now, and
    /// turns to what they say first.
    pub(super) fn locations_learnt(&mut self, id: ClientId) {
        let (now, cohort) = (self.kernel.now, self.cohort(id));
        if cohort.vpn_group.is_none() && cohort.intranet_group.is_none() {
            return;
        }
        let config = self.config;
        let is_known = |group: Option<BoundaryGroupId>| {
            group.is_some_and(|group| config.boundary_groups[group].from <= now)
        };
        let marks = &mut self.clients.agendas[id].marks;
        marks.set(Mark::KnowsVpnGroup, is_known(cohort.vpn_group));
        marks.set(Mark::KnowsIntranetGroup, is_known(cohort.intranet_group));
        if matches!(self.clients[id].location, Location::Vpn | Location::Intranet) {
            let service = self.service_by_group(id);
            match service == self.clients[id].service {
                true => self.choose_servers(id),
                false => self.change_service(id, service),
            }
        }
    }

    /// A boundary group is associated with its gateway from now on. Its clients learn of it when
    /// they ask for their locations, which the scenario may make them do.
    #[inline(never)]
    pub(super) fn association_due(&mut self, group: BoundaryGroupId) {
        let config = self.config;
        let Some(law) = &config.boundary_groups[group].learn else { return };
        let key = name_key("boundary_group", &config.boundary_groups[group].name);
        self.kernel.note_search(self.clients.all.len());
        for id in self.clients.all.ids() {
            if self.group(id) != Some(group) || !self.clients.agendas[id].is_registered {
                continue;
            }
            let delay = self.draw_about(id, key, 0, |stream| law.sample(stream));
            let event = Event::Notified(id, Errand::Task(RequestKind::Location));
            self.kernel.schedule(self.kernel.now + delay, event);
        }
    }

    /// Too many failures: the client turns to another management point and another service.
    pub(super) fn switch_service(&mut self, id: ClientId) {
        self.switch_management_point(id);
        let old = self.clients[id].service;
        let new = match self.clients[id].location {
            Location::Internet => self.another_internet_service(id),
            _ => self.fallback(id),
        };
        if new == old {
            return;
        }
        self.drop_connection(id);
        let is_open = matches!(self.clients[id].channel, super::ChannelState::Open { .. });
        if is_open {
            self.close_channel(id);
            self.reset_keep_alive(id, None);
            self.clients[id].channel_due = SimTime::NEVER;
        }
        self.set_service(id, new);
        self.go_on_elsewhere(id);
    }

    /// The client turns to another management point of its service, at random. On the intranet it
    /// is another one of those it uses, or all of the others count as one: published is an order of
    /// preference within which the choice is random
    /// (understand-how-clients-find-site-resources-and-services.md, 04/05/2021).
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

    /// A client that has turned away from what failed renews its token, if it must, and opens its
    /// channel, unless it is about to try anyway.
    fn go_on_elsewhere(&mut self, id: ClientId) {
        let now = self.kernel.now;
        if !self.has_channel(id) {
            self.lack_no_channel(id);
        } else if self.clients[id].channel == super::ChannelState::Opening {
            self.want_channel(id);
        } else if self.clients[id].channel == super::ChannelState::Closed
            && self.clients[id].channel_due == SimTime::NEVER
        {
            self.expect_channel(id, now);
        }
        if self.clients.agendas[id].needs_token && self.gateway_used(id).is_some() {
            self.clients.agendas[id].needs_token = false;
            self.clients.agendas[id].due[RequestKind::TokenRenewal as usize] = now;
            self.schedule_client(id);
        }
    }

    /// Another of the services for clients on the internet, at random.
    fn another_internet_service(&mut self, id: ClientId) -> Service {
        let old = self.clients[id].service;
        let all = self.internet_services(id);
        let (count, place) = (all.len(), all.iter().position(|service| *service == old));
        let Some(place) = place.filter(|_| count > 1) else { return old };
        let others = count as u32 - 1;
        let step = 1 + self.draw_for(id, Draws::Retry, |stream| stream.below(others));
        self.internet_services(id)[(place + step as usize) % count]
    }

    /// What a client on the intranet or on VPN turns to when what it uses fails, until it asks for
    /// its locations again.
    fn fallback(&self, id: ClientId) -> Service {
        let old = self.clients[id].service;
        let new = match (self.known_group(id), old) {
            (Some(_), Service::Gateway(_)) | (None, _) => Service::Direct,
            (Some(group), _) => Service::Gateway(self.gateway_of(id, group)),
        };
        // Nobody turns to where no management point is for it.
        let cohort = self.cohort(id);
        let directory = &self.sites.directories[cohort.site];
        let point = directory.management_point(new, cohort.authentication, false, 0);
        point.map_or(old, |_| new)
    }
}
