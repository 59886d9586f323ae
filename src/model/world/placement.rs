//! Clients at time zero: their presence and due tasks are those of a system that has been running
//! for a long time.

use crate::base::ids::{BoundaryGroupId, ClientId, CohortId, SiteId};
use crate::base::{Id, SimDuration, SimTime};
use crate::model::client::{
    Agenda, Client, Draws, Mark, PICK, Registration, Second, Slot, name_key,
};
use crate::model::config::{Cohort, Presence, Task};
use crate::model::delays::Schedule;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::service::Service;
use crate::terms::RequestKind;

use super::World;

/// Number of clients placed between two calls of `should_continue`.
const CLIENTS_PER_CHECK: usize = 1 << 14;

impl<R: Recorder> World<'_, R> {
    /// Creates all clients. Returns false if `should_continue` asks to stop.
    pub(super) fn build_clients(&mut self, should_continue: &mut dyn FnMut(u64) -> bool) -> bool {
        let is_time = |place: usize| place.is_multiple_of(CLIENTS_PER_CHECK);
        for (cohort, config) in self.config.cohorts.entries() {
            for _ in 0..config.clients {
                if is_time(self.clients.all.len()) && !should_continue(self.memory_bytes()) {
                    return false;
                }
                let id = self.clients.all.push(Client::new(cohort));
                self.clients.agendas.push(Agenda::default());
                self.place_client(id, cohort);
            }
        }
        for id in self.clients.all.ids() {
            if is_time(id.index()) && !should_continue(self.memory_bytes()) {
                return false;
            }
            self.open_channel_at_start(id);
            self.schedule_client(id);
        }
        true
    }

    /// Places a client at time zero and sets when its tasks are due, from the phases of its
    /// schedules.
    fn place_client(&mut self, id: ClientId, cohort: CohortId) {
        let config = &self.config.cohorts[cohort];
        self.pick_servers(id, config.site);
        self.know_groups(id, config);
        let pattern = self.pattern(id);
        let start = self.draw_for(id, Draws::Presence, |stream| pattern.at_start(stream));
        self.clients.agendas[id].set_due(Slot::Presence, start.until);
        if start.is_on {
            self.locate(id);
        }
        self.place_registration(id, config);
        let is_new = !self.clients.agendas[id].is_registered();
        if !is_new {
            self.note_kept_update_point(id, SimTime::ZERO);
            self.choose_servers(id);
        }
        for kind in RequestKind::SCHEDULED {
            let due = match &config.tasks[kind] {
                // Until the registration, this slot holds the time of the registration.
                _ if is_new && kind == RequestKind::TokenRenewal => continue,
                Task::Off => SimTime::NEVER,
                Task::Every { interval, spread } => {
                    let delay = self.draw_for(id, Draws::Workload, |s| spread.sample(s));
                    let phase = self.phase(id, kind, *interval);
                    let nominal = SimTime::ZERO + phase;
                    self.set_schedule(id, kind, Schedule::since_long(nominal));
                    // Tasks that were due while the client was offline are overdue.
                    let off = i64::try_from(start.off_before.as_nanos()).unwrap_or(i64::MAX);
                    match self.next_delayed(id, kind, *interval, spread, -off) {
                        Some(due) => due,
                        None => overdue(phase, *interval, delay, start.off_before).unwrap_or_else(
                            || nominal + self.draw_for(id, Draws::Workload, |s| spread.sample(s)),
                        ),
                    }
                }
                Task::After(think) => {
                    SimTime::ZERO + self.draw_for(id, Draws::Workload, |s| think.sample(s))
                }
                Task::AtStart { age, restart } => self.place_site_token(id, config, *age, *restart),
                Task::Expiry(_) if self.has_expired_token(id) => SimTime::ZERO,
                Task::Expiry(lifetime) => {
                    let due = SimTime::ZERO + self.phase(id, kind, *lifetime);
                    self.clients[id].token_until = Second::of(due + config.token_grace);
                    due
                }
                Task::Changes { interval, rate } => self.next_change(id, kind, *interval, *rate),
            };
            self.clients.agendas[id].set_due(Slot::Task(kind), due);
        }
        if is_new {
            for kind in RequestKind::SCHEDULED {
                if kind != RequestKind::TokenRenewal {
                    self.clients.agendas[id].set_due(Slot::Task(kind), SimTime::NEVER);
                }
            }
        }
    }

    /// Selects a client's management point and software update point at its site.
    fn pick_servers(&mut self, id: ClientId, site: SiteId) {
        let authentication = self.cohort(id).authentication;
        let directory = &self.sites.directories[site];
        let (intranet, _) = directory.intranet(authentication);
        let first = intranet.first().or(directory.gateway_management_points.first()).copied();
        let services = directory.internet(authentication).iter();
        let on_internet = services.into_iter().find_map(|service| match service {
            Service::Internet(system) => Some(*system),
            _ => None,
        });
        self.clients.agendas[id].management_point_pick = self.draw_pick(id, PICK);
        self.clients.agendas[id].update_point_pick = self.draw_pick(id, PICK + 1);
        if let Some(point) = first.or(on_internet) {
            self.clients[id].management_point = point;
        }
        self.assign(id, self.clients[id].management_point);
        self.choose_servers(id);
    }

    /// Marks the associations made before the simulation as known to the client.
    fn know_groups(&mut self, id: ClientId, cohort: &Cohort) {
        let groups = &self.config.boundary_groups;
        let is_known = |group: Option<BoundaryGroupId>| {
            group.is_some_and(|group| groups[group].from == SimTime::ZERO)
        };
        let marks = &mut self.clients.agendas[id].marks;
        marks.set(Mark::KnowsVpnGroup, is_known(cohort.vpn_group));
        marks.set(Mark::KnowsIntranetGroup, is_known(cohort.intranet_group));
    }

    /// Sets the age of a client's site token at time zero and returns the time of the next start of
    /// the client service. The service starts with each session and, on an always-on client, at
    /// regular intervals. The token is renewed at the first start at which it is old enough, if it
    /// is still valid.
    fn place_site_token(
        &mut self,
        id: ClientId,
        cohort: &Cohort,
        age: SimDuration,
        restart: Option<SimDuration>,
    ) -> SimTime {
        let validity = age + cohort.token_grace;
        let cycle = match (&cohort.presence, restart) {
            (Presence::AlwaysOn, None) => validity,
            (Presence::AlwaysOn, Some(restart)) => {
                let starts = age.as_nanos().div_ceil(restart.as_nanos().max(1)).max(1);
                validity.min(SimDuration::from_nanos(restart.as_nanos().saturating_mul(starts)))
            }
            _ => age,
        };
        let old = self.phase(id, RequestKind::TokenRenewal, cycle);
        if !self.has_expired_token(id) {
            self.clients[id].token_until = Second::of(SimTime::ZERO + validity.saturating_sub(old));
        }
        restart.map_or(SimTime::NEVER, |restart| {
            let since = old.as_nanos() % restart.as_nanos().max(1);
            SimTime::ZERO + restart.saturating_sub(SimDuration::from_nanos(since))
        })
    }

    /// Draws whether a client is registered, and whether its token has expired.
    fn place_registration(&mut self, id: ClientId, cohort: &Cohort) {
        let (registration, expired) = (&cohort.registration, cohort.expired_token_share);
        if registration.registered_share >= 1.0 && expired <= 0.0 {
            return;
        }
        let key = name_key("registration", &cohort.name);
        let (is_registered, is_expired, late) = self.draw_about(id, key, 0, |stream| {
            let is_registered = stream.uniform() < registration.registered_share;
            let is_expired = stream.uniform() < expired;
            (is_registered, is_expired, registration.spread.sample(stream))
        });
        if is_expired {
            self.clients[id].token_until = Second::LONG_AGO;
        }
        if !is_registered {
            self.clients.agendas[id].registration = Registration::Missing;
            self.clients.agendas[id]
                .set_due(Slot::Task(RequestKind::TokenRenewal), registration.from + late);
        }
    }

    /// Opens the channels of clients that use a gateway at time zero, as if they had been opened
    /// long ago. A client that finds no port, has an expired token, or fails the revocation check
    /// retries as it does after a failure.
    fn open_channel_at_start(&mut self, id: ClientId) {
        let Some(channel) = &self.config.cohorts[self.clients[id].cohort].channel else { return };
        let Some(gateway) = self.clients[id].service.gateway() else { return };
        if !self.has_channel(id) {
            return;
        }
        let now = SimTime::ZERO;
        self.want_channel(id);
        if self.has_expired_token(id) || self.fails_revocation_check(id, gateway) {
            return self.channel_lost(id, SimDuration::ZERO);
        }
        let (place, phase) =
            self.draw_for(id, Draws::Request, |stream| (stream.below(u32::MAX), stream.uniform()));
        let wait = self.draw_for(id, Draws::Workload, |stream| channel.keep_alive.sample(stream));
        let site = self.config.site_systems[self.clients[id].management_point].site;
        let instances = &self.cloud.gateways[gateway].healthy;
        let instance = instances[place as usize % instances.len()];
        let point = self.cloud.gateways[gateway].next_connection_point(site, |_| true);
        let Some(point) = point.filter(|p| self.sites.connection_points[*p].ports.take(now)) else {
            return self.channel_lost(id, SimDuration::ZERO);
        };
        self.open_connection(instance, ConnectionRole::Client);
        self.note_open_channel(id, instance, point);
        self.expect_channel(id, now + wait.scaled(phase));
    }
}

/// Returns the due time of the last task that was scheduled before time zero, if the task has not
/// run yet. It was scheduled `interval - phase` before time zero and is due after its random
/// `delay`. If it was due while the client was off, it is overdue at time zero. Returns `None` if
/// the task has already run.
fn overdue(
    phase: SimDuration,
    interval: SimDuration,
    delay: SimDuration,
    off_before: SimDuration,
) -> Option<SimTime> {
    let ago = interval.saturating_sub(phase);
    let is_missed = ago.saturating_sub(delay) <= off_before;
    is_missed.then(|| SimTime::ZERO + delay.saturating_sub(ago))
}
