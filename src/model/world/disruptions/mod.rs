//! Disruptions: applies their changes at the start and reverts them at the end. Outages of
//! components are in `outages`, frozen servers in `freezing`.

mod freezing;
mod outages;

use std::ops::{Index, IndexMut};

use crate::base::IdVec;
use crate::base::SimTime;
use crate::base::ids::{ConnectionPointId, DisruptionId, GatewayId, InstanceId, SiteId};
use crate::model::backlog::{Backlog, Load, Online};
use crate::model::config::{DisruptionKind, SlowTarget, WalkRule, When};
use crate::model::disruption::Disruption;
use crate::model::disruption::{Failed, Occurrence, Step};
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::site::Factors;

use super::World;

/// Maximum number of occurrences that are kept for reports; the simulation only counts further
/// ones.
const OCCURRENCES_MAX: usize = 10_000;

/// All disruptions and their occurrences.
#[derive(Debug, Default)]
pub(super) struct Disruptions {
    pub(super) all: IdVec<DisruptionId, Disruption>,
    pub(super) occurrences: Vec<Occurrence>,
    /// Number of occurrences beyond the maximum, which were not kept.
    pub(super) occurrences_more: u64,
    /// Backlog that the disruptions have caused.
    pub(super) backlog: Backlog,
}

impl Index<DisruptionId> for Disruptions {
    type Output = Disruption;
    fn index(&self, id: DisruptionId) -> &Disruption {
        &self.all[id]
    }
}

impl IndexMut<DisruptionId> for Disruptions {
    fn index_mut(&mut self, id: DisruptionId) -> &mut Disruption {
        &mut self.all[id]
    }
}

impl<R: Recorder> World<'_, R> {
    /// Executes the next step of a disruption.
    #[inline(never)]
    pub(super) fn disrupt(&mut self, id: DisruptionId) {
        if self.disruptions[id].due != self.kernel.now {
            return;
        }
        self.disruptions[id].due = SimTime::NEVER;
        match self.disruptions[id].step {
            Step::Fail(batch_number) => self.fail(id, batch_number),
            Step::Repair(batch_number) => self.repair(id, batch_number),
        }
    }

    fn fail(&mut self, id: DisruptionId, batch_number: u32) {
        let config = self.config;
        let kind = &config.disruptions[id].kind;
        let load = self.load();
        let Some((what, lost)) = self.fail_target(id, batch_number) else {
            return self.schedule_step(id, self.kernel.now, Step::Repair(batch_number));
        };
        self.disruptions[id].occurrence = self.disruptions.occurrences.len();
        if self.disruptions.occurrences.len() < OCCURRENCES_MAX {
            self.disruptions.occurrences.push(Occurrence {
                disruption: id,
                what,
                start: self.kernel.now,
                end: None,
                connections_lost: lost,
                gateway_clients: load.on_gateway,
            });
            self.disruptions.backlog.begin(self.kernel.now, load, what.is_gradual());
        } else {
            self.disruptions[id].occurrence = usize::MAX;
            self.disruptions.occurrences_more += 1;
        }
        let until = self.kernel.now + kind.down().sample(&mut self.disruptions[id].stream);
        self.schedule_step(id, until, Step::Repair(batch_number));
    }

    /// Applies the start of a disruption. Returns what failed and the number of connections lost;
    /// `None` if no component can fail.
    fn fail_target(&mut self, id: DisruptionId, batch_number: u32) -> Option<(Failed, u64)> {
        let config = self.config;
        Some(match &config.disruptions[id].kind {
            DisruptionKind::UpdateDomainWalk { gateway, rule, .. } => {
                let batch = self.batch(*gateway, *rule, batch_number);
                let lost = batch.iter().map(|one| self.instance_down(*one, true)).sum();
                self.disruptions[id].instances = batch;
                let what = match rule {
                    WalkRule::Domains => Failed::UpdateDomain(batch_number),
                    WalkRule::Share(_) => Failed::Batch(batch_number),
                    WalkRule::All => Failed::AllInstances,
                };
                (what, lost)
            }
            DisruptionKind::InstanceCrash { gateway, instance, .. } => {
                let instance = self.failing_instance(id, *gateway, *instance)?;
                let lost = self.instance_down(instance, false);
                self.disruptions[id].instances = vec![instance];
                (Failed::Instance(instance), lost)
            }
            DisruptionKind::ConnectionPointOutage { connection_point, .. } => {
                (Failed::ConnectionPoint, self.connection_point_down(*connection_point))
            }
            DisruptionKind::SiteSystemOutage { system, .. } => {
                self.site_system_down(*system);
                (Failed::SiteSystem(*system), 0)
            }
            DisruptionKind::Slowdown { target, factor, .. } => {
                self.slower(*target).add(*factor);
                self.apply_pace(*target);
                (Failed::Slower(*target), 0)
            }
            DisruptionKind::WanCut { site, .. } => {
                let points = self.points_of(*site);
                let lost = points.into_iter().map(|one| self.connection_point_down(one)).sum();
                (Failed::Line(*site), lost)
            }
            DisruptionKind::WanLatency { site, delay, .. } => {
                let added = &mut self.sites[*site].added_delay;
                *added += *delay;
                (Failed::SlowLine(*site), 0)
            }
            DisruptionKind::StorageThrottling { gateway, share, .. } => {
                self.throttle(*gateway, *share, true);
                (Failed::Storage(*gateway), 0)
            }
            DisruptionKind::Scale { gateway, instances, .. } => {
                let (new, lost) = self.scale(*gateway, *instances);
                self.disruptions[id].instances = new;
                (Failed::Scale(*gateway, *instances), lost)
            }
            DisruptionKind::IdentityProviderOutage { systems, .. } => {
                self.cut_identity(systems, true);
                (Failed::IdentityProvider, 0)
            }
            DisruptionKind::CertificateExpiry { gateway, .. } => {
                self.expire_certificate(*gateway, true);
                (Failed::Certificate(*gateway), 0)
            }
            DisruptionKind::Freeze { target, servers, .. } => {
                let station = self.freeze_station(*target);
                self.disruptions[id].freeze = self.stations[station].freeze;
                self.freeze(station, *servers, true);
                (Failed::Frozen(station), 0)
            }
        })
    }

    fn repair(&mut self, id: DisruptionId, batch_number: u32) {
        let disruption = &self.config.disruptions[id];
        let seen = self.repair_instances(id);
        let number = self.disruptions[id].occurrence;
        if let Some(occurrence) = self.disruptions.occurrences.get_mut(number)
            && occurrence.disruption == id
        {
            occurrence.end = occurrence.end.or(Some(self.kernel.now));
            self.disruptions.backlog.end(self.kernel.now, number);
        }
        if let DisruptionKind::UpdateDomainWalk { gateway, rule, pause, .. } = &disruption.kind {
            let batches = self.batches(*gateway, *rule);
            let left = (0..).zip(&batches).skip(batch_number as usize + 1);
            let next = left.filter(|(_, batch)| !batch.is_empty()).map(|(next, _)| next).next();
            if let Some(next) = next {
                // The pause starts when the probes have detected that the instances of the batch
                // are up.
                return self.schedule_step(id, seen + *pause, Step::Fail(next));
            }
        }
        self.repair_target(id);
        let next = match &disruption.when {
            When::At(_, None) => return,
            When::At(at, Some(repeat)) => {
                repeat.next_after(self.kernel.now, *at, &self.config.utc_offsets)
            }
            When::Random { time_to_failure } => {
                self.kernel.now + time_to_failure.sample(&mut self.disruptions[id].stream)
            }
        };
        self.schedule_step(id, next, Step::Fail(0));
    }

    /// Restarts the instances that a disruption keeps down. Returns when the probes will have
    /// detected that the instances are up.
    fn repair_instances(&mut self, id: DisruptionId) -> SimTime {
        let mut seen = self.kernel.now;
        for instance in std::mem::take(&mut self.disruptions[id].instances) {
            self.instance_up(instance);
            if self.cloud.instances[instance].is_up() {
                seen = seen.max(self.cloud.instances[instance].probe_at);
            }
        }
        seen
    }

    /// Reverts the changes of a disruption. It does not restart stopped instances;
    /// `repair_instances` does that.
    fn repair_target(&mut self, id: DisruptionId) {
        let config = self.config;
        match &config.disruptions[id].kind {
            DisruptionKind::UpdateDomainWalk { .. }
            | DisruptionKind::InstanceCrash { .. }
            | DisruptionKind::Scale { .. } => {}
            DisruptionKind::ConnectionPointOutage { connection_point, .. } => {
                self.connection_point_up(*connection_point);
            }
            DisruptionKind::SiteSystemOutage { system, .. } => self.site_system_up(*system),
            DisruptionKind::Slowdown { target, factor, .. } => {
                self.slower(*target).remove(*factor);
                self.apply_pace(*target);
            }
            DisruptionKind::WanCut { site, .. } => {
                for point in self.points_of(*site) {
                    self.connection_point_up(point);
                }
            }
            DisruptionKind::WanLatency { site, delay, .. } => {
                let added = &mut self.sites[*site].added_delay;
                *added = added.saturating_sub(*delay);
            }
            DisruptionKind::StorageThrottling { gateway, share, .. } => {
                self.throttle(*gateway, *share, false);
            }
            DisruptionKind::IdentityProviderOutage { systems, .. } => {
                self.cut_identity(systems, false);
            }
            DisruptionKind::CertificateExpiry { gateway, .. } => {
                self.expire_certificate(*gateway, false);
            }
            DisruptionKind::Freeze { target, servers, .. } => {
                let station = self.freeze_station(*target);
                // If the component has restarted since the freeze began, it already works again.
                if self.disruptions[id].freeze == self.stations[station].freeze {
                    self.freeze(station, *servers, false);
                }
            }
        }
    }

    /// Returns the current load, which determines the backlog.
    fn load(&self) -> Load {
        let Online { on_gateway, wanting, channels, .. } = self.clients.online;
        let disconnected = wanting.saturating_sub(channels);
        Load { on_gateway, disconnected, retrying: self.traffic.retrying.level() }
    }

    /// Updates the backlog, if any disruption is tracked.
    #[inline]
    pub(super) fn look_at_backlog(&mut self) {
        self.clients.online.has_changed = false;
        if self.disruptions.backlog.is_followed() {
            let load = self.load();
            self.disruptions.backlog.look(self.kernel.now, load);
        }
    }

    fn slower(&mut self, target: SlowTarget) -> &mut Factors {
        match target {
            SlowTarget::SiteSystem(system) => &mut self.sites.site_systems[system].slower,
            SlowTarget::ConnectionPoint(point) => &mut self.sites.connection_points[point].slower,
        }
    }

    /// Applies the factor of a slowdown to the stations of a server. The factor affects services
    /// that start from now on.
    fn apply_pace(&mut self, target: SlowTarget) {
        let pace = self.slower(target).product();
        let stations = match target {
            SlowTarget::SiteSystem(system) => {
                let system = &self.sites.site_systems[system];
                vec![system.workers, system.database]
            }
            SlowTarget::ConnectionPoint(point) => vec![self.sites.connection_points[point].station],
        };
        for station in stations {
            self.stations[station].station.set_pace(pace);
        }
    }

    /// Throttles the storage of a gateway or ends the throttling. The change also affects waiting
    /// requests.
    fn throttle(&mut self, gateway: GatewayId, share: f64, begins: bool) {
        let Some(storage) = &mut self.cloud.gateways[gateway].storage else { return };
        match begins {
            true => storage.left.add(share),
            false => storage.left.remove(share),
        }
        let pace = 1.0 / storage.left.product();
        for station in storage.files.iter().flatten() {
            self.stations[*station].station.set_pace(pace);
        }
    }

    fn points_of(&self, site: SiteId) -> Vec<ConnectionPointId> {
        let all = self.config.connection_points.entries();
        all.filter(|(_, point)| point.site == site).map(|(id, _)| id).collect()
    }

    pub(super) fn schedule_step(&mut self, id: DisruptionId, at: SimTime, step: Step) {
        self.disruptions[id].due = at;
        self.disruptions[id].step = step;
        self.kernel.schedule(at, Event::Disruption(id));
    }

    /// Returns the instances of each step of an update-domain walk, in order.
    fn batches(&self, gateway: GatewayId, rule: WalkRule) -> Vec<Vec<InstanceId>> {
        let all = self.cloud.gateways[gateway].instances.iter().copied();
        let all: Vec<InstanceId> =
            all.filter(|instance| self.cloud.instances[*instance].is_provisioned()).collect();
        let size = match rule {
            WalkRule::All => return vec![all],
            WalkRule::Domains => all.len(),
            WalkRule::Share(share) => (share * all.len() as f64 + 1e-9) as usize,
        };
        // All instances of a batch belong to the same update domain.
        let domains = 0..self.config.gateways[gateway].update_domains;
        let of_domain = |domain| {
            let is_in = |one: &InstanceId| self.cloud.instances[*one].update_domain == domain;
            let own: Vec<InstanceId> = all.iter().copied().filter(is_in).collect();
            match (rule, own.is_empty()) {
                // An update domain without instances keeps its number.
                (WalkRule::Domains, true) => vec![own],
                _ => own.chunks(size.max(1)).map(<[_]>::to_vec).collect(),
            }
        };
        domains.flat_map(of_domain).collect()
    }

    /// Returns the instances of one step of an update-domain walk.
    fn batch(&self, gateway: GatewayId, rule: WalkRule, batch_number: u32) -> Vec<InstanceId> {
        self.batches(gateway, rule).get(batch_number as usize).cloned().unwrap_or_default()
    }

    /// Selects the instance that crashes: the specified instance, or a random instance that is up.
    fn failing_instance(
        &mut self,
        id: DisruptionId,
        gateway: GatewayId,
        named: Option<u32>,
    ) -> Option<InstanceId> {
        let all = &self.cloud.gateways[gateway].instances;
        if let Some(number) = named {
            let named = all.get(number as usize).copied();
            return named.filter(|one| self.cloud.instances[*one].is_provisioned());
        }
        let up: Vec<InstanceId> =
            all.iter().copied().filter(|one| self.cloud.instances[*one].is_up()).collect();
        let place = self.disruptions[id].stream.below(up.len() as u32);
        up.get(place as usize).copied()
    }
}
