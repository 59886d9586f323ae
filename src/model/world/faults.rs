//! What goes wrong: instances and connection points that go away and come back. What the balancer
//! and the connection points notice of it, and when. Servers that stand still: `freeze`.

use crate::base::ids::{
    AttemptId, ConnectionPointId, DisruptionId, GatewayId, InstanceId, StationId,
};
use crate::base::{SimDuration, SimTime};
use crate::model::client::{ChannelState, Draws};
use crate::model::config::{DisruptionKind, When};
use crate::model::disruption::{Failed, Occurrence, Step};
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::Cause;

use super::{Owner, World};

/// Occurrences of disruptions that are kept, for reports; more are only counted.
const OCCURRENCES_MAX: usize = 10_000;

/// Looking through so many clients is as much work as an event.
const CLIENTS_A_WORK: u64 = 64;

impl<R: Recorder> World<'_, R> {
    /// The next step of a disruption is due.
    pub(super) fn disrupt(&mut self, id: DisruptionId) {
        if self.disruptions[id].due != self.now {
            return;
        }
        self.disruptions[id].due = SimTime::NEVER;
        match self.disruptions[id].step {
            Step::Fail(part) => self.fail(id, part),
            Step::Repair(part) => self.repair(id, part),
        }
    }

    fn fail(&mut self, id: DisruptionId, part: u32) {
        let config = self.config;
        let kind = &config.disruptions[id].kind;
        let (what, lost) = match kind {
            DisruptionKind::UpdateDomainWalk { gateway, .. } => {
                let domain: Vec<InstanceId> = self.in_domain(*gateway, part);
                let lost = domain.iter().map(|one| self.instance_down(*one, true)).sum();
                self.disruptions[id].instances = domain;
                (Failed::UpdateDomain(part), lost)
            }
            DisruptionKind::InstanceCrash { gateway, instance, .. } => {
                let Some(instance) = self.victim(id, *gateway, *instance) else {
                    return self.schedule_step(id, self.now, Step::Repair(part));
                };
                let lost = self.instance_down(instance, false);
                self.disruptions[id].instances = vec![instance];
                (Failed::Instance(instance), lost)
            }
            DisruptionKind::ConnectionPointOutage { connection_point, .. } => {
                (Failed::ConnectionPoint, self.connection_point_down(*connection_point))
            }
            DisruptionKind::Freeze { target, servers, .. } => {
                let station = self.freeze_station(*target);
                self.disruptions[id].freeze = self.stations[station].freeze;
                self.freeze(station, *servers, true);
                (Failed::Frozen(station), 0)
            }
        };
        self.disruptions[id].occurrence = self.occurrences.len();
        if self.occurrences.len() < OCCURRENCES_MAX {
            let (start, end) = (self.now, None);
            let occurrence =
                Occurrence { disruption: id, what, start, end, connections_lost: lost };
            self.occurrences.push(occurrence);
        } else {
            self.disruptions[id].occurrence = usize::MAX;
            self.occurrences_more += 1;
        }
        let (DisruptionKind::UpdateDomainWalk { down, .. }
        | DisruptionKind::InstanceCrash { down, .. }
        | DisruptionKind::ConnectionPointOutage { down, .. }
        | DisruptionKind::Freeze { down, .. }) = kind;
        let until = self.now + down.sample(&mut self.disruptions[id].stream);
        self.schedule_step(id, until, Step::Repair(part));
    }

    fn repair(&mut self, id: DisruptionId, part: u32) {
        let config = self.config;
        let disruption = &config.disruptions[id];
        let mut seen = self.now;
        for instance in std::mem::take(&mut self.disruptions[id].instances) {
            self.instance_up(instance);
            if self.instances[instance].is_up() {
                seen = seen.max(self.instances[instance].probe_at);
            }
        }
        if let Some(occurrence) = self.occurrences.get_mut(self.disruptions[id].occurrence)
            && occurrence.disruption == id
        {
            occurrence.end = occurrence.end.or(Some(self.now));
        }
        match &disruption.kind {
            DisruptionKind::UpdateDomainWalk { gateway, pause, .. } => {
                let domains = config.gateways[*gateway].update_domains;
                let next = (part + 1..domains).find(|d| !self.in_domain(*gateway, *d).is_empty());
                if let Some(next) = next {
                    // The pause begins when the probes have seen the domain's instances.
                    return self.schedule_step(id, seen + *pause, Step::Fail(next));
                }
            }
            DisruptionKind::InstanceCrash { .. } => {}
            DisruptionKind::ConnectionPointOutage { connection_point, .. } => {
                self.connection_point_up(*connection_point);
            }
            DisruptionKind::Freeze { target, servers, .. } => {
                let station = self.freeze_station(*target);
                // After a crash in between everything works again already.
                if self.disruptions[id].freeze == self.stations[station].freeze {
                    self.freeze(station, *servers, false);
                }
            }
        }
        if let When::Random { time_to_failure } = &disruption.when {
            let next = self.now + time_to_failure.sample(&mut self.disruptions[id].stream);
            self.schedule_step(id, next, Step::Fail(0));
        }
    }

    pub(super) fn schedule_step(&mut self, id: DisruptionId, at: SimTime, step: Step) {
        self.disruptions[id].due = at;
        self.disruptions[id].step = step;
        self.calendar.schedule(at, Event::Disruption(id));
    }

    fn in_domain(&self, gateway: GatewayId, domain: u32) -> Vec<InstanceId> {
        let all = self.gateways[gateway].instances.iter().copied();
        all.filter(|instance| self.instances[*instance].update_domain == domain).collect()
    }

    /// Which instance crashes: the one named, or one of those that are up.
    fn victim(
        &mut self,
        id: DisruptionId,
        gateway: GatewayId,
        named: Option<u32>,
    ) -> Option<InstanceId> {
        let all = &self.gateways[gateway].instances;
        if let Some(number) = named {
            return all.get(number as usize).copied();
        }
        let up: Vec<InstanceId> =
            all.iter().copied().filter(|one| self.instances[*one].is_up()).collect();
        let place = self.disruptions[id].stream.below(up.len() as u32);
        up.get(place as usize).copied()
    }

    // --- VM instances ---

    /// An instance goes away. An orderly stop resets its connections, so that clients know at
    /// once; after a crash they find out later. Returns how many connections were lost.
    fn instance_down(&mut self, id: InstanceId, is_orderly: bool) -> u64 {
        self.instances[id].outages += 1;
        if self.instances[id].outages > 1 {
            return 0;
        }
        let now = self.now;
        self.instances[id].up.set(now, 0);
        let gateway = self.instances[id].gateway;
        let detection = self.gateways[gateway].detection_delay(self.config.gateways[gateway].probe);
        self.expect_probe(id, now + detection);
        for point in self.gateways[gateway].connection_points.clone() {
            if let Some(link) = self.connection_points[point].link_mut(id) {
                link.is_up = false;
                link.due = SimTime::NEVER;
            }
        }
        let (lost, all) = self.instances[id].drop_connections(now);
        self.ledger.connections_closed += all;
        self.gateways[gateway].connections.subtract(now, lost);
        self.lose_clients(|client_instance, _| client_instance == id, is_orderly);
        self.lose_attempts(|instance, _| instance == Some(id), is_orderly);
        let station = self.instances[id].station;
        self.clear_station(station);
        self.thaw_wholly(station);
        self.note_availability(gateway);
        lost
    }

    fn instance_up(&mut self, id: InstanceId) {
        self.instances[id].outages -= 1;
        if !self.instances[id].is_up() {
            return;
        }
        self.instances[id].up.set(self.now, 1);
        let gateway = self.instances[id].gateway;
        let delay = self.gateways[gateway].recovery_delay(self.config.gateways[gateway].probe);
        self.expect_probe(id, self.now + delay);
        for point in self.gateways[gateway].connection_points.clone() {
            self.expect_link(point, id);
        }
    }

    pub(super) fn expect_probe(&mut self, id: InstanceId, at: SimTime) {
        self.instances[id].probe_at = at;
        self.calendar.schedule(at, Event::Probe(id));
    }

    /// The balancer notices how an instance is.
    pub(super) fn probe(&mut self, id: InstanceId) {
        if self.instances[id].probe_at != self.now {
            return;
        }
        self.instances[id].probe_at = SimTime::NEVER;
        let gateway = self.instances[id].gateway;
        let answers = self.instances[id].is_up() && !self.is_frozen(self.instances[id].station);
        self.gateways[gateway].believe(id, answers);
        self.note_availability(gateway);
    }

    // --- connection points ---

    fn connection_point_down(&mut self, id: ConnectionPointId) -> u64 {
        self.connection_points[id].outages += 1;
        if self.connection_points[id].outages > 1 {
            return 0;
        }
        let now = self.now;
        let point = &mut self.connection_points[id];
        point.up.set(now, 0);
        for link in &mut point.links {
            link.is_up = false;
            link.due = SimTime::NEVER;
        }
        let (gateway, station) = (point.gateway, point.station);
        let lost = point.channels.level();
        // The instances close the connections of the channels they can no longer serve.
        self.lose_clients(|_, point| point == Some(id), true);
        self.lose_attempts(|_, point| point == Some(id), true);
        self.clear_station(station);
        self.connection_points[id].ports.clear(now);
        self.note_availability(gateway);
        lost
    }

    fn connection_point_up(&mut self, id: ConnectionPointId) {
        self.connection_points[id].outages -= 1;
        if !self.connection_points[id].is_up() {
            return;
        }
        self.connection_points[id].up.set(self.now, 1);
        let gateway = self.connection_points[id].gateway;
        for instance in self.gateways[gateway].instances.clone() {
            self.expect_link(id, instance);
        }
    }

    /// The connection point will connect to the instance, if both are up.
    fn expect_link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        if !self.instances[instance].is_up() || !self.connection_points[point_id].is_up() {
            return;
        }
        let law = &self.config.connection_points[point_id].reconnect;
        let point = &mut self.connection_points[point_id];
        let due = self.now + law.sample(&mut point.stream);
        if let Some(link) = point.link_mut(instance) {
            link.due = due;
            self.calendar.schedule(due, Event::Link(point_id, instance));
        }
    }

    pub(super) fn link(&mut self, point_id: ConnectionPointId, instance: InstanceId) {
        let now = self.now;
        let point = &mut self.connection_points[point_id];
        let gateway = point.gateway;
        if let Some(link) = point.link_mut(instance).filter(|link| link.due == now) {
            link.due = SimTime::NEVER;
            link.is_up = true;
            self.note_availability(gateway);
        }
    }

    /// Could a new connection to this gateway be served now?
    pub(super) fn note_availability(&mut self, id: GatewayId) {
        let gateway = &self.gateways[id];
        let is_served = |id: InstanceId| {
            let instance = &self.instances[id];
            let points = gateway.connection_points.iter().map(|one| &self.connection_points[*one]);
            instance.is_up()
                && !self.is_frozen(instance.station)
                && points
                    .into_iter()
                    .any(|one| one.is_connected(id) && !self.is_frozen(one.station))
        };
        let level = u64::from(gateway.healthy.iter().any(|instance| is_served(*instance)));
        if level != self.gateways[id].available.level() {
            self.gateways[id].available.set(self.now, level);
        }
    }

    // --- what clients lose ---

    /// Clients lose what goes through a part that went away: `is_hit` is asked for the instance
    /// and (for channels) the connection point.
    fn lose_clients(
        &mut self,
        is_hit: impl Fn(InstanceId, Option<ConnectionPointId>) -> bool,
        is_orderly: bool,
    ) {
        let config = self.config;
        self.work += self.clients.len() as u64 / CLIENTS_A_WORK;
        for id in self.clients.ids() {
            if self.clients[id].connection.is_some_and(|instance| is_hit(instance, None)) {
                let client = &mut self.clients[id];
                client.connection = None;
                client.connection_users = 0;
                client.idle_at = SimTime::NEVER;
            }
            let ChannelState::Open { instance, connection_point } = self.clients[id].channel else {
                continue;
            };
            if !is_hit(instance, Some(connection_point)) {
                continue;
            }
            self.close_channel(id);
            self.reset_keep_alive(id);
            let late = match is_orderly {
                true => SimDuration::ZERO,
                false => {
                    let law = &config.network.loss_detection;
                    self.draw_for(id, Draws::Retry, |stream| law.sample(stream))
                }
            };
            self.channel_lost(id, late);
        }
    }

    /// Attempts under way through a part that went away are lost. After an orderly stop whoever
    /// waits is told at once.
    fn lose_attempts(
        &mut self,
        is_hit: impl Fn(Option<InstanceId>, Option<ConnectionPointId>) -> bool,
        is_orderly: bool,
    ) {
        let mut told = Vec::new();
        for id in self.attempts.ids() {
            let attempt = &mut self.attempts[id];
            if attempt.is_ended || !is_hit(attempt.instance, attempt.connection_point) {
                continue;
            }
            let instance_is_up = attempt.instance.is_none_or(|one| self.instances[one].is_up());
            if !instance_is_up {
                // Its connection was closed with the instance.
                attempt.on_connection = false;
                attempt.owns_connection = false;
            }
            let point_is_up =
                attempt.connection_point.is_none_or(|one| self.connection_points[one].is_up());
            if !point_is_up {
                // All ports of the connection point were closed together, also that of an attempt
                // which was lost before.
                attempt.holds_port = false;
            }
            if std::mem::replace(&mut attempt.is_lost, true) {
                continue;
            }
            let waits_for_ever = attempt.deadline == SimTime::NEVER;
            if !(is_orderly || waits_for_ever) {
                self.expect_loss_detection(id);
            } else if let Some(request) = self.detach(id) {
                told.push(request);
            }
        }
        for request in told {
            self.attempt_failed(request, Cause::Reset);
        }
    }

    /// Nobody told the client that its connection has gone: it finds out, or gives up before.
    fn expect_loss_detection(&mut self, id: AttemptId) {
        if self.attempts[id].request.is_none() {
            return;
        }
        let law = &self.config.network.loss_detection;
        let late = self.draw_retry(self.attempts[id].origin, |stream| law.sample(stream));
        let noticed = self.now + late;
        if noticed < self.attempts[id].deadline {
            self.attempts[id].deadline = noticed;
            self.calendar.schedule(noticed, Event::TimeOut(id));
        }
    }

    /// The jobs in a station are gone.
    fn clear_station(&mut self, station: StationId) {
        let mut lost = std::mem::take(&mut self.lost_jobs);
        self.stations[station].station.clear(self.now, &mut lost);
        for job in lost.drain(..) {
            self.drop_lost(AttemptId(job));
        }
        self.lost_jobs = lost;
    }

    // --- names for reports ---

    /// `main/0`.
    pub fn instance_name(&self, id: InstanceId) -> String {
        let instance = &self.instances[id];
        format!("{}/{}", self.config.gateways[instance.gateway].name, instance.number)
    }

    /// What failed, in words.
    pub fn failed_name(&self, occurrence: &Occurrence) -> String {
        let config = self.config;
        match (occurrence.what, &config.disruptions[occurrence.disruption].kind) {
            (Failed::UpdateDomain(number), DisruptionKind::UpdateDomainWalk { gateway, .. }) => {
                format!("update domain {number} of {}", config.gateways[*gateway].name)
            }
            (Failed::UpdateDomain(number), _) => format!("update domain {number}"),
            (Failed::Instance(instance), _) => format!("instance {}", self.instance_name(instance)),
            (
                Failed::ConnectionPoint,
                DisruptionKind::ConnectionPointOutage { connection_point, .. },
            ) => format!("connection point {}", config.connection_points[*connection_point].name),
            (Failed::ConnectionPoint, _) => "connection point".to_owned(),
            (Failed::Frozen(station), _) => format!("{} stands still", self.station_name(station)),
        }
    }

    /// The station's name in results: that of the part, and what of it.
    pub fn station_name(&self, id: StationId) -> String {
        let points = &self.config.management_points;
        match self.stations[id].owner {
            Owner::Instance(instance) => self.instance_name(instance),
            Owner::ConnectionPoint(point) => self.config.connection_points[point].name.clone(),
            Owner::ManagementPoint(point) => points[point].name.clone(),
            Owner::Database(point) => format!("{} database", points[point].name),
        }
    }
}
