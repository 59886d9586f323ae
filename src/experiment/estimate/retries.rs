//! Attempts that are made again while a management point or software update point is overloaded or
//! down: a fluid model of its queue, with amounts instead of single requests.
//!
//! Whoever waits longer than the time-out gives the attempt up and makes another one after a delay;
//! the abandoned work stays in the queue. This is what keeps a server down when its disturbance has
//! ended (Huang et al., "Metastable Failures in the Wild", OSDI 2022). Not in it: clients that turn
//! to another server.

use crate::terms::{RequestKind, Role};
use std::collections::{BTreeMap, VecDeque};

use crate::base::ids::SiteSystemId;
use crate::engine::Servers;
use crate::model::Config;
use crate::model::config::{Cohort, DisruptionKind, Retry, SlowTarget, Task, When};

use crate::experiment::estimate::presence::Steps;
use crate::experiment::estimate::size::{EVENTS_PER_DIRECT_REQUEST, EVENTS_PER_GATEWAY_REQUEST};
use crate::experiment::estimate::stations::new_connection_demand;
use crate::experiment::estimate::traffic::Traffic;

/// Length of a step of the fluid model, seconds; shorter than usual time-outs and delays.
const STEP_SECONDS: f64 = 2.0;
/// Steps that are calculated for one server; the rest of a run is taken to be like them.
const STEPS_MAX: usize = 50_000;
/// Attempts of a request that are told apart; later ones have the delay of the last.
const STAGES: usize = 8;

type Stages = [f64; STAGES];

/// Attempts that were made again.
#[derive(Clone, Copy, Debug, Default)]
struct Repeated {
    /// All of them, by what becomes of them: those that find room in the queue, and those refused.
    accepted: f64,
    refused: f64,
}

/// Events of all attempts that are made again at site systems.
pub(super) fn repeated_events(config: &Config, traffic: &[Traffic<'_>], steps: &Steps) -> f64 {
    let mut events = 0.0;
    for system in config.site_systems.ids() {
        let phases = Phases::of(config, system);
        let Some(mut queue) = Queue::of(config, traffic, system) else { continue };
        let repeated = queue.run(steps, &phases);
        let share = queue.by_gateway;
        let whole = share * EVENTS_PER_GATEWAY_REQUEST + (1.0 - share) * EVENTS_PER_DIRECT_REQUEST;
        events += repeated.accepted * whole + repeated.refused * (whole - EVENTS_OF_SERVICE);
    }
    events
}

/// Events that a refused attempt does not have: service and database.
const EVENTS_OF_SERVICE: f64 = 2.0;

/// How much of a server's requests come through gateways.
fn by_gateway(traffic: &[Traffic<'_>], shares: &[f64]) -> f64 {
    let (mut all, mut through) = (0.0, 0.0);
    for (one, share) in traffic.iter().zip(shares) {
        let repeatable = one.requests.entries().filter(|(kind, _)| !kind.is_counted_apart());
        let requests: f64 = repeatable.map(|(_, amount)| amount).sum();
        all += share * requests;
        through += if one.is_by_gateway() { share * requests } else { 0.0 };
    }
    if all > 0.0 { through / all } else { 0.0 }
}

/// Requests per second that gateways can pass on to a site system, each on a new connection.
fn gateway_rate(config: &Config, traffic: &[Traffic<'_>], shares: &[f64]) -> f64 {
    let mut rate = 0.0;
    for (id, gateway) in config.gateways.entries() {
        let Servers::Limited(cores) = gateway.cores else { return f64::INFINITY };
        let own = traffic.iter().zip(shares).filter(|(one, _)| one.gateway_share(id) > 0.0);
        let Some((one, share)) = own.max_by(|one, other| one.1.total_cmp(other.1)) else {
            continue;
        };
        let demand = new_connection_demand(&gateway.demand, one, RequestKind::PolicyPoll);
        let cores = f64::from(cores) * f64::from(gateway.instances) * gateway.core_speed;
        rate += share * cores / demand.max(1e-9);
    }
    rate
}

/// When a server is slower or down.
struct Phases(Vec<(std::ops::Range<f64>, f64)>);

impl Phases {
    /// Disruptions at a time of their own; the factor of an outage is infinite.
    fn of(config: &Config, system: SiteSystemId) -> Self {
        let mut phases = Vec::new();
        for disruption in config.disruptions.iter() {
            let (factor, down) = match &disruption.kind {
                DisruptionKind::Slowdown { target, factor, down }
                    if *target == SlowTarget::SiteSystem(system) =>
                {
                    (*factor, down.mean())
                }
                DisruptionKind::SiteSystemOutage { system: own, down } if *own == system => {
                    (f64::INFINITY, down.mean())
                }
                _ => continue,
            };
            let When::At(at, every) = &disruption.when else { continue };
            let (mut from, end) = (at.as_seconds(), config.end().as_seconds());
            while from < end && phases.len() < STEPS_MAX {
                phases.push((from..from + down, factor));
                match every {
                    Some(repeat) => from += repeat.distance().as_seconds().max(1.0),
                    None => break,
                }
            }
        }
        Phases(phases)
    }

    /// By how much services take longer at a time.
    fn factor(&self, seconds: f64) -> f64 {
        let active = self.0.iter().filter(|(during, _)| during.contains(&seconds));
        active.map(|(_, factor)| factor).product()
    }

    fn touches(&self, from: f64, to: f64) -> bool {
        self.0.iter().any(|(during, _)| during.start < to && from < during.end)
    }
}

/// Attempts that arrived in one step.
struct Bucket {
    arrived: f64,
    /// Attempts in it that somebody waits for, by how often the request was tried.
    awaited: Stages,
    /// All of them.
    all: f64,
}

/// The queue of one site system.
struct Queue<'t, 'c> {
    traffic: &'t [Traffic<'c>],
    /// The part of each origin's requests that comes here.
    shares: Vec<f64>,
    kinds: Vec<RequestKind>,
    workers: f64,
    limit: f64,
    timeout: f64,
    /// How long a request waits at most before the server drops it.
    patience: f64,
    retry: &'c Retry,
    /// Share of its requests that come through gateways, and how many of them gateways serve per
    /// second on connections that are all new.
    by_gateway: f64,
    gateway_rate: f64,
    /// Of each kind: does a client ask again only at its next due time?
    is_periodic: Vec<bool>,
    cpu: Vec<f64>,
    keep_alive_cpu: f64,
    buckets: VecDeque<Bucket>,
    /// The first so many of them have nobody left who waits for them.
    abandoned: usize,
    waiting: f64,
    /// Requests under way, by kind.
    outstanding: Vec<f64>,
    /// Attempts that are made again, by step of this model.
    due: BTreeMap<u64, Stages>,
}

impl<'t, 'c> Queue<'t, 'c> {
    /// `None` if no clients ask it, or nobody queues there.
    fn of(config: &'c Config, traffic: &'t [Traffic<'c>], id: SiteSystemId) -> Option<Self> {
        let system = &config.site_systems[id];
        let Servers::Limited(workers) = system.workers else { return None };
        let shares: Vec<f64> =
            traffic.iter().map(|one| one.system_share(id, system.role)).collect();
        let weight =
            |(one, share): (&Traffic<'c>, &f64)| -> f64 { one.active.iter().sum::<f64>() * share };
        let largest: &Cohort = traffic
            .iter()
            .zip(&shares)
            .filter(|(one, share)| one.cohort.is_some() && **share > 0.0)
            .max_by(|one, other| weight(*one).total_cmp(&weight(*other)))?
            .0
            .cohort?;
        let kinds: Vec<RequestKind> = RequestKind::ALL
            .into_iter()
            .filter(|kind| kind.role() == system.role && !kind.is_counted_apart())
            .collect();
        let is_periodic = kinds
            .iter()
            .map(|kind| matches!(largest.tasks[*kind], Task::Every { .. } | Task::Expiry(_)))
            .collect();
        let by_gateway = by_gateway(traffic, &shares);
        let gateway_rate = gateway_rate(config, traffic, &shares);
        let scans = system.role == Role::SoftwareUpdatePoint;
        Some(Queue {
            traffic,
            keep_alive_cpu: match system.role {
                Role::ManagementPoint => system.cpu[RequestKind::KeepAlive].mean(),
                Role::SoftwareUpdatePoint => 0.0,
            },
            cpu: kinds.iter().map(|kind| system.cpu[*kind].mean()).collect(),
            outstanding: vec![0.0; kinds.len()],
            shares,
            kinds,
            workers: f64::from(workers),
            by_gateway,
            gateway_rate,
            is_periodic,
            limit: system.queue_limit.map_or(f64::INFINITY, f64::from),
            timeout: largest.timeout.mean(),
            patience: system
                .queue_timeout
                .as_ref()
                .map_or(f64::INFINITY, |distribution| distribution.mean()),
            retry: if scans { &largest.scan_retry } else { &largest.retry },
            buckets: VecDeque::new(),
            abandoned: 0,
            waiting: 0.0,
            due: BTreeMap::new(),
        })
    }

    /// Attempts that are made again in the whole run.
    fn run(&mut self, steps: &Steps, phases: &Phases) -> Repeated {
        let (mut repeated, mut calculated) = (Repeated::default(), 0);
        for step in 0..steps.count {
            let (from, to) = (step as f64 * steps.seconds, (step + 1) as f64 * steps.seconds);
            let (rates, population) = self.demand(step);
            let channels = self.channel_work(step);
            let work: f64 = rates.iter().zip(&self.cpu).map(|(rate, cpu)| rate * cpu).sum();
            let is_calm = self.waiting < 1.0 && self.due.is_empty();
            if is_calm && work + channels < self.workers && !phases.touches(from, to) {
                self.outstanding.fill(0.0);
                continue;
            }
            let all: f64 = rates.iter().sum();
            let service = if all > 0.0 { work / all } else { 0.0 };
            let mut now = from;
            while now < to {
                let length = STEP_SECONDS.min(to - now);
                // What keeps the channels is served, too, but not repeated: it has what it needs,
                // at most its share of the work.
                let factor = phases.factor(now);
                let share = work / (work + channels).max(1e-12);
                let workers = (self.workers - channels * factor).max(self.workers * share);
                let capacity = workers * length / (service * factor).max(1e-9);
                let now_repeated = self.advance(now, length, capacity, (&rates, population));
                repeated.accepted += now_repeated.accepted * steps.scale;
                repeated.refused += now_repeated.refused * steps.scale;
                now += STEP_SECONDS;
                calculated += 1;
            }
            if calculated > STEPS_MAX {
                let more = steps.count as f64 / (step + 1) as f64;
                return Repeated {
                    accepted: repeated.accepted * more,
                    refused: repeated.refused * more,
                };
            }
        }
        repeated
    }

    /// Requests per second by kind in a step of the run, and the clients that ask.
    fn demand(&self, step: usize) -> (Vec<f64>, f64) {
        let here = || self.traffic.iter().zip(&self.shares);
        let rate = |kind: &RequestKind| -> f64 {
            here().map(|(one, share)| one.active[step] * share * one.rates[*kind]).sum()
        };
        let clients = here().filter(|(one, _)| one.cohort.is_some());
        let population = clients.map(|(one, share)| one.active[step] * share).sum();
        (self.kinds.iter().map(rate).collect(), population)
    }

    /// Workers that what keeps the channels occupies in a step of the run.
    fn channel_work(&self, step: usize) -> f64 {
        let here = self.traffic.iter().zip(&self.shares);
        here.map(|(one, share)| one.active[step] * share * one.rates[RequestKind::KeepAlive])
            .sum::<f64>()
            * self.keep_alive_cpu
    }

    /// One step: attempts arrive, time out, are served.
    fn advance(
        &mut self,
        now: f64,
        length: f64,
        capacity: f64,
        (rates, population): (&[f64], f64),
    ) -> Repeated {
        let mut arriving: Stages = [0.0; STAGES];
        let kinds = self.outstanding.iter_mut().zip(rates).zip(&self.is_periodic);
        for ((outstanding, rate), is_periodic) in kinds {
            // Who waits for an answer does not ask the same again. On a schedule, those that wait
            // are those whose time has passed: the others still come at the same rate.
            let free = (population.max(1.0) - *outstanding).max(0.0);
            let fresh = match is_periodic {
                true => (rate * length).min(free),
                false => rate * length * free / population.max(1.0),
            };
            arriving[0] += fresh;
            *outstanding += fresh;
        }
        let mut repeated = 0.0;
        let current = (now / STEP_SECONDS) as u64;
        while let Some(entry) = self.due.first_entry().filter(|entry| *entry.key() <= current) {
            let again = entry.remove();
            for (arriving, again) in arriving.iter_mut().zip(again) {
                *arriving += again;
                repeated += again;
            }
        }
        let held = self.hold_at_gateways(now, length, repeated, &mut arriving);
        repeated -= held;
        self.serve(capacity);
        self.abandon_attempt(now);
        let all: f64 = arriving.iter().sum();
        let room = (self.limit + capacity - self.waiting).max(0.0);
        let share = if all > 0.0 { (room / all).min(1.0) } else { 0.0 };
        // An outage refuses everybody.
        let share = if capacity > 1e-6 { share } else { 0.0 };
        let refused = arriving.map(|amount| amount * (1.0 - share));
        self.fail(now, refused);
        let awaited = arriving.map(|amount| amount * share);
        self.waiting += all * share;
        self.buckets.push_back(Bucket { arrived: now, awaited, all: all * share });
        Repeated { accepted: repeated * share, refused: repeated * (1.0 - share) + held }
    }

    /// Attempts that gateways cannot serve wait there until they are given up; returns how many.
    fn hold_at_gateways(
        &mut self,
        now: f64,
        length: f64,
        repeated: f64,
        arriving: &mut Stages,
    ) -> f64 {
        let held = (repeated * self.by_gateway - self.gateway_rate * length).max(0.0);
        if held <= 0.0 {
            return 0.0;
        }
        let share = held / repeated;
        // The first stage holds what has not been tried before.
        let mut again: Stages = [0.0; STAGES];
        for (again, arriving) in again.iter_mut().zip(arriving.iter_mut()).skip(1) {
            *again = *arriving * share;
            *arriving -= *again;
        }
        self.fail(now + self.timeout, again);
        held
    }

    fn serve(&mut self, capacity: f64) {
        let mut left = capacity;
        while let Some(bucket) = self.buckets.front_mut() {
            let served = left.min(bucket.all);
            let share = if bucket.all > 0.0 { served / bucket.all } else { 1.0 };
            let completed: f64 = bucket.awaited.iter().map(|amount| amount * share).sum();
            bucket.awaited.iter_mut().for_each(|amount| *amount *= 1.0 - share);
            bucket.all -= served;
            self.waiting -= served;
            left -= served;
            let is_empty = bucket.all <= 1e-9;
            self.conclude(completed);
            if !is_empty {
                break;
            }
            self.drop_first();
        }
        self.waiting = self.waiting.max(0.0);
    }

    fn drop_first(&mut self) -> Option<Bucket> {
        self.abandoned = self.abandoned.saturating_sub(1);
        self.buckets.pop_front()
    }

    /// Clients give up what has waited for longer than their time-out, and the server drops what
    /// has waited for longer than its own.
    fn abandon_attempt(&mut self, now: f64) {
        let (timeout, patience) = (self.timeout, self.patience);
        let mut failed: Stages = [0.0; STAGES];
        for bucket in self.buckets.range_mut(self.abandoned..) {
            if now - bucket.arrived < timeout.min(patience) {
                break;
            }
            for (failed, amount) in failed.iter_mut().zip(&mut bucket.awaited) {
                *failed += std::mem::take(amount);
            }
            self.abandoned += 1;
        }
        while self.buckets.front().is_some_and(|bucket| now - bucket.arrived >= patience) {
            self.waiting -= self.drop_first().map_or(0.0, |bucket| bucket.all);
        }
        self.fail(now, failed);
    }

    /// Attempts have failed: each is made again after its delay, or the request has failed.
    fn fail(&mut self, now: f64, failed: Stages) {
        let retry = self.retry;
        for (stage, amount) in failed.into_iter().enumerate() {
            if amount <= 0.0 {
                continue;
            }
            let is_last = stage as u32 + 1 >= retry.attempts;
            if is_last {
                self.conclude(amount);
                continue;
            }
            let growth = libm::pow(retry.factor, stage as f64);
            let delay = (retry.first.mean() * growth).min(retry.cap.as_seconds());
            let at = ((now + delay) / STEP_SECONDS).ceil() as u64;
            let next = (stage + 1).min(STAGES - 1);
            self.due.entry(at).or_insert([0.0; STAGES])[next] += amount;
        }
    }

    /// So many requests have ended, of each kind in proportion.
    fn conclude(&mut self, amount: f64) {
        let all: f64 = self.outstanding.iter().sum();
        if all > 0.0 {
            let left = (1.0 - amount / all).max(0.0);
            self.outstanding.iter_mut().for_each(|one| *one *= left);
        }
    }
}
