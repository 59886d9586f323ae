//! Estimates the retries while a management point or software update point is overloaded or down,
//! with a fluid model of its queue: continuous amounts instead of single requests.
//!
//! A client whose attempt exceeds the timeout abandons it and retries after a delay. The abandoned
//! work stays in the queue and can keep a server overloaded after the disruption has ended (Huang
//! et al., "Metastable Failures in the Wild", OSDI 2022). The model ignores clients that fail over
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

/// Length of a step of the fluid model in seconds; shorter than common timeouts and delays.
const STEP_SECONDS: f64 = 2.0;
/// Maximum number of steps to calculate per server; the rest of the run is extrapolated.
const STEPS_MAX: usize = 50_000;
/// Number of attempts of a request that the model distinguishes. Later attempts use the last delay.
const STAGES: usize = 8;

type Stages = [f64; STAGES];

/// Numbers of retries by outcome.
#[derive(Clone, Copy, Debug, Default)]
struct Repeated {
    /// Number of retries that enter the queue.
    accepted: f64,
    /// Number of retries that the server rejects.
    refused: f64,
}

/// Returns the number of events of all retries at site systems.
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

/// Number of events that a refused attempt saves: service and database access.
const EVENTS_OF_SERVICE: f64 = 2.0;

/// Returns the share of a server's requests that come through gateways.
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

/// Returns the requests per second that gateways can forward to a site system if each request
/// opens a new connection.
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

/// Periods in which a server is slow or down, each with its slowdown factor.
struct Phases(Vec<(std::ops::Range<f64>, f64)>);

impl Phases {
    /// Collects the disruptions with a fixed time. The factor of an outage is infinite.
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

    /// Returns the factor by which service times increase at a time.
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
    /// Attempts for which a client still waits, by attempt number.
    awaited: Stages,
    /// All attempts, including abandoned ones.
    all: f64,
}

/// Queue of one site system.
struct Queue<'t, 'c> {
    traffic: &'t [Traffic<'c>],
    /// Share of each origin's requests that this system receives.
    shares: Vec<f64>,
    kinds: Vec<RequestKind>,
    workers: f64,
    limit: f64,
    timeout: f64,
    /// Maximum waiting time before the server drops a request, in seconds.
    patience: f64,
    retry: &'c Retry,
    /// Share of the requests that come through gateways. `gateway_rate` is the number of requests
    /// per second that the gateways can forward if every request opens a new connection.
    by_gateway: f64,
    gateway_rate: f64,
    /// For each kind: whether a client whose request fails waits until its next due time.
    is_periodic: Vec<bool>,
    cpu: Vec<f64>,
    keep_alive_cpu: f64,
    buckets: VecDeque<Bucket>,
    /// Number of buckets at the front of the queue whose clients have all stopped waiting.
    abandoned: usize,
    waiting: f64,
    /// Outstanding requests by kind.
    outstanding: Vec<f64>,
    /// Retries by the step of this model in which they are due.
    due: BTreeMap<u64, Stages>,
}

impl<'t, 'c> Queue<'t, 'c> {
    /// Creates the queue; returns `None` if no clients use the system, or if its number of workers
    /// is unlimited, so that no queue forms.
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

    /// Returns the retries of the whole run.
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
                // Channel traffic also needs workers but is not retried. Reserve the workers that
                // it needs, up to its share of the work.
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

    /// Returns the requests per second by kind in a step of the run, and the number of clients.
    fn demand(&self, step: usize) -> (Vec<f64>, f64) {
        let here = || self.traffic.iter().zip(&self.shares);
        let rate = |kind: &RequestKind| -> f64 {
            here().map(|(one, share)| one.active[step] * share * one.rates[*kind]).sum()
        };
        let clients = here().filter(|(one, _)| one.cohort.is_some());
        let population = clients.map(|(one, share)| one.active[step] * share).sum();
        (self.kinds.iter().map(rate).collect(), population)
    }

    /// Returns the number of workers that channel traffic occupies in a step of the run.
    fn channel_work(&self, step: usize) -> f64 {
        let here = self.traffic.iter().zip(&self.shares);
        here.map(|(one, share)| one.active[step] * share * one.rates[RequestKind::KeepAlive])
            .sum::<f64>()
            * self.keep_alive_cpu
    }

    /// Advances the model by one step: attempts arrive, time out or are served.
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
            // A client with an outstanding request does not issue another one of the same kind. A
            // periodic request is delayed only if it becomes due before the previous one ends, so
            // the rate of periodic requests falls only if few clients are free. The rate of other
            // requests is proportional to the number of free clients.
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
        // During an outage, the server refuses every attempt.
        let share = if capacity > 1e-6 { share } else { 0.0 };
        let refused = arriving.map(|amount| amount * (1.0 - share));
        self.fail(now, refused);
        let awaited = arriving.map(|amount| amount * share);
        self.waiting += all * share;
        self.buckets.push_back(Bucket { arrived: now, awaited, all: all * share });
        Repeated { accepted: repeated * share, refused: repeated * (1.0 - share) + held }
    }

    /// Removes from `arriving` the retries that exceed the gateways' capacity; these retries wait
    /// at the gateways until they time out. Returns the number of removed retries.
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
        // Skip the first stage: it contains the first attempts, which are not retries.
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

    /// Removes attempts from the queue: clients abandon those older than their timeout, and the
    /// server drops those older than its own limit.
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

    /// Schedules a retry for each failed attempt after its delay, or ends the request as failed.
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

    /// Ends `amount` requests, divided among the kinds in proportion to their outstanding requests.
    fn conclude(&mut self, amount: f64) {
        let all: f64 = self.outstanding.iter().sum();
        if all > 0.0 {
            let left = (1.0 - amount / all).max(0.0);
            self.outstanding.iter_mut().for_each(|one| *one *= left);
        }
    }
}
