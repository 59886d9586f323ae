//! Times of requests without waiting for a worker.

use std::collections::BTreeMap;

use super::super::evidence::{Evidence, Minute, Sampled, Server};
use super::super::values::{LEVEL, Number};
use super::cpu::{Cpus, Source};
use crate::base::text::plural;
use crate::calibrate::fit::RoundedSample;
use crate::calibrate::fit::interval::{self, BLOCKS_MIN, Block, Interval};
use crate::calibrate::fit::queueing::{
    self, Demand, Grain, Load, MeanDemand, NotSeparable, Observation, PERIOD, Period, ServerGroup,
    Service,
};
use crate::logs::Class;
use crate::terms::{RequestKind, Role};

/// The resolution of `time-taken` in seconds.
const RESOLUTION: f64 = 0.001;
/// The smallest number of requests of a class.
const REQUESTS_MIN: usize = 100;
/// The smallest number of covered hours with which hours are blocks.
const HOURS_MIN: usize = 20;

/// Classes whose requests follow each other: a policy body follows a policy poll immediately.
const FOLLOWING: [Class; 2] = [Class::Messages, Class::Kind(RequestKind::PolicyBody)];

/// Times of a class without waiting.
pub(super) struct Times {
    pub(super) times: RoundedSample,
    pub(super) mean: Number,
    pub(super) requests: u64,
    pub(super) separation: String,
}

/// Requests of the servers of a role, and the separation of waiting from service for all classes
/// together.
pub(super) struct Separation<'a> {
    servers: Vec<(&'a Server, queueing::Server)>,
    /// `None` if the number of workers is not limited, so that no request waits.
    group: Option<Result<ServerGroup, NotSeparable>>,
    /// The length of the blocks of intervals in seconds: an hour, or 10 minutes for short logs.
    block_s: f64,
}

/// How the times of a class were obtained.
enum Method {
    /// From requests that found fewer than this number of others.
    Direct(u32),
    /// By subtraction of the waiting time.
    Load(Subtracted),
    NoWaiting,
}

/// A subtraction of the waiting time.
struct Subtracted {
    load: Load,
    /// The origin of the demand, for sentences.
    demand: String,
    interval: Option<Interval>,
    requests: u64,
}

impl Subtracted {
    fn new(load: Load, demand: &str, service: &Service) -> Self {
        let Service { mean_interval: interval, requests, .. } = *service;
        Subtracted { load, demand: demand.to_owned(), interval, requests }
    }
}

impl<'a> Separation<'a> {
    /// Separates waiting from service. If the requests of a scan follow each other, the bound of
    /// the number of other requests depends on their own times, so that requests of scans that
    /// certainly did not wait must not be preferred.
    pub(super) fn new(
        evidence: &'a Evidence<'_>,
        role: Role,
        workers: Option<u32>,
        demand: Demand,
        scans_are_groups: bool,
    ) -> Self {
        let servers: Vec<_> = evidence
            .servers_of(role)
            .map(|server| (server, requests(server, scans_are_groups)))
            .collect();
        let all: Vec<queueing::Server> = servers.iter().map(|one| one.1.clone()).collect();
        let groups = FOLLOWING.map(|class| class.index() as u32);
        let has_bodies = evidence.rows(FOLLOWING[1]) > 0;
        let groups = if has_bodies { &groups[..] } else { &[] };
        let block_s = if evidence.hours.len() >= HOURS_MIN { 3600.0 } else { 600.0 };
        let grain = Grain { resolution: RESOLUTION, block_s };
        let separate = |workers| queueing::separate_classes(&all, workers, grain, demand, groups);
        Separation { group: workers.map(separate), servers, block_s }
    }

    /// Returns the mean demand of all requests.
    pub(super) fn demand(&self) -> Result<MeanDemand, NotSeparable> {
        match &self.group {
            Some(Ok(group)) => group.demand,
            Some(Err(reason)) => Err(*reason),
            None => Err(NotSeparable::NotMeasured),
        }
    }

    /// Returns the times of a class without waiting, over all servers.
    pub(super) fn times(&self, class: Class, cpus: &Cpus) -> Result<Times, String> {
        let own = |one: &(&Server, queueing::Server)| of_class(&one.1, class);
        let all: Vec<Vec<Observation>> = self.servers.iter().map(own).collect();
        let count: usize = all.iter().map(Vec::len).sum();
        if count < REQUESTS_MIN {
            let found = plural(count as u64, "successful request");
            return Err(format!("too few samples: {found} found, {REQUESTS_MIN} are necessary"));
        }
        let (times, method) = self.separated(class, &all, cpus)?;
        let unit = if self.block_s > 600.0 { "one hour" } else { "10 minutes" };
        let (mean, requests, blocks) = match &method {
            Method::Load(Subtracted { interval, requests, .. }) => {
                let few = || {
                    format!(
                        "too few samples for an interval; at least {BLOCKS_MIN} blocks of {unit} are \
                         necessary"
                    )
                };
                let found = interval.ok_or_else(few)?;
                let groups = format!(
                    "{} groups of blocks of {unit}, with the error of the waiting time",
                    found.blocks
                );
                (Number::of(&found), *requests, groups)
            }
            Method::Direct(_) | Method::NoWaiting => {
                let (blocks, requests) = self.blocks(class, &method);
                let found = interval::mean(&blocks, LEVEL).map_err(|error| error.to_string())?;
                // The blocks give the width of the interval.
                let factor = if found.estimate > 0.0 { times.mean() / found.estimate } else { 1.0 };
                let blocks = format!("{} of {unit}", plural(found.blocks.into(), "block"));
                (Number::of(&found).times(factor), requests, blocks)
            }
        };
        let separation = format!("{}; interval from {blocks}", self.text(&method));
        let mean = not_narrower_than(mean.within(f64::MAX), rounding(all.iter().flatten()));
        Ok(Times { times, mean, requests, separation })
    }

    /// Returns the distribution of the times of a class without waiting.
    fn separated(
        &self,
        class: Class,
        all: &[Vec<Observation>],
        cpus: &Cpus,
    ) -> Result<(RoundedSample, Method), String> {
        let text = |error: NotSeparable| error.to_string();
        let Some(group) = &self.group else {
            let taken: Vec<f64> = all.iter().flatten().map(|one| one.taken).collect();
            let times = RoundedSample::from_values(&taken, RESOLUTION);
            return Ok((times.map_err(|error| error.to_string())?, Method::NoWaiting));
        };
        let group = group.as_ref().map_err(|error| text(*error))?;
        let number = class.index() as u32;
        let service = group.classes.iter().find(|one| one.class == number);
        let service = service.ok_or("no requests")?.service.as_ref();
        let few = |error: &NotSeparable| {
            matches!(error, NotSeparable::FewRequests { .. } | NotSeparable::FewPeriods { .. })
        };
        let load = match (service, &group.load) {
            (Ok(service), Ok((load, _)))
                if matches!(service.separation, queueing::Separation::LoadCorrection { .. }) =>
            {
                let demand = match cpus.source {
                    Source::Scenario => "CPU time and variation fitted to time-taken at all rates",
                    source => source.name(),
                };
                let method = Method::Load(Subtracted::new(*load, demand, service));
                return Ok((service.times.clone(), method));
            }
            (Ok(service), _) => {
                let workers = cpus.workers.unwrap_or(u32::MAX);
                return Ok((service.times.clone(), Method::Direct(workers)));
            }
            // A short log: the load must be known.
            (Err(error), Err(_)) if few(error) => cpus.load(),
            (Err(error), _) => return Err(text(*error)),
        };
        let load = load.ok_or("the CPU times of the scenario are zero")?;
        let servers: Vec<queueing::Server> = self.servers.iter().map(|one| one.1.clone()).collect();
        let grain = Grain { resolution: RESOLUTION, block_s: self.block_s };
        let service = queueing::subtract_class(&servers, number, &load, grain).map_err(text)?;
        let method = Method::Load(Subtracted::new(load, cpus.source.name(), &service));
        Ok((service.times, method))
    }

    /// Returns how waiting was separated.
    fn text(&self, method: &Method) -> String {
        match method {
            Method::NoWaiting => "no request waits, because workers are not limited".to_owned(),
            Method::Direct(workers) => {
                format!("only requests that found a free worker (fewer than {workers} in progress)")
            }
            Method::Load(Subtracted { load, demand, .. }) => {
                let periods = self.servers.iter().flat_map(|one| &one.1.periods);
                let largest = periods.map(|one| load.utilisation(one.rate)).fold(0.0, f64::max);
                format!(
                    "the mean M/G/c waiting time at the request rate of each period was subtracted \
                     ({demand}; maximum utilisation of the workers {:.0} %)",
                    100.0 * largest
                )
            }
        }
    }

    /// Returns blocks of times that contain no waiting, and the number of requests.
    fn blocks(&self, class: Class, method: &Method) -> (Vec<Block>, u64) {
        let is_used = |one: &Observation| match method {
            Method::Direct(workers) => one.number_at_arrival < *workers,
            Method::NoWaiting | Method::Load(..) => true,
        };
        let mut blocks: BTreeMap<i64, Block> = BTreeMap::new();
        let mut requests = 0;
        for (server, of_server) in &self.servers {
            for one in of_class(of_server, class).into_iter().filter(is_used) {
                let number =
                    libm::floor((server.start_s as f64 + one.arrival) / self.block_s) as i64;
                let block = blocks.entry(number).or_insert(Block { sum: 0.0, count: 0.0 });
                block.sum += one.taken;
                block.count += 1.0;
                requests += 1;
            }
        }
        (blocks.into_values().collect(), requests)
    }
}

/// Returns the largest error of a mean by the rounding of `time-taken`. The rounding errors of
/// times that vary by more than half the resolution cancel out (Widrow and Kollar, Quantization
/// Noise, 2008); otherwise all times can have the same error.
fn rounding<'o>(all: impl Iterator<Item = &'o Observation>) -> f64 {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for one in all {
        count += 1.0;
        sum += one.taken;
        squares += one.taken * one.taken;
    }
    let mean = sum / count;
    let variance = squares / count - mean * mean;
    if variance < 0.25 * RESOLUTION * RESOLUTION { 0.5 * RESOLUTION } else { 0.0 }
}

/// Returns a number whose interval contains the values up to `distance` from it.
fn not_narrower_than(number: Number, distance: f64) -> Number {
    Number {
        low: number.low.min((number.value - distance).max(0.0)),
        high: number.high.max(number.value + distance),
        ..number
    }
}

/// Returns the requests to a server, and its periods.
fn requests(server: &Server, scans_are_groups: bool) -> queueing::Server {
    let scan = Class::Kind(RequestKind::UpdateScan);
    let observation = |one: &Sampled| {
        let is_in_group = scans_are_groups && one.class == scan;
        let number_at_arrival = if is_in_group { u32::MAX } else { one.number_at_arrival };
        let Sampled { arrival_s: arrival, taken_s: taken, .. } = *one;
        (one.class.index() as u32, Observation { arrival, taken, number_at_arrival })
    };
    let observations: Vec<(u32, Observation)> = server.sample.iter().map(observation).collect();
    let rate = |minute: &Minute| f64::from(minute.rows) / PERIOD;
    let periods = if server.has_own_rows_only {
        let period = |minute: &Minute| Period {
            rate: rate(minute),
            mean_taken: minute.taken_s / f64::from(minute.rows.max(1)),
            requests: f64::from(minute.rows),
        };
        server.minutes.iter().map(period).collect()
    } else {
        // Times of other requests, for example of notifications, are not those of the classes.
        let rates: Vec<f64> = server.minutes.iter().map(rate).collect();
        let all: Vec<Observation> = observations.iter().map(|one| one.1).collect();
        queueing::sampled_periods(&rates, &all)
    };
    queueing::Server { observations, periods, start: server.start_s as f64 }
}

fn of_class(server: &queueing::Server, class: Class) -> Vec<Observation> {
    let number = class.index() as u32;
    let own = server.observations.iter().filter(|one| one.0 == number);
    own.map(|one| one.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(taken_ms: &[f64]) -> f64 {
        let all = taken_ms.iter().map(|taken| Observation {
            arrival: 0.0,
            taken: taken / 1e3,
            number_at_arrival: 0,
        });
        rounding(all.collect::<Vec<_>>().iter())
    }

    #[test]
    fn equal_times_have_the_rounding_error_of_the_log() {
        assert_eq!(error_of(&[3.0; 500]), 0.0005);
        // One time in ten is 4 ms: the standard deviation is 0.3 ms.
        let mostly: Vec<f64> = (0..500).map(|at| if at % 10 == 0 { 4.0 } else { 3.0 }).collect();
        assert_eq!(error_of(&mostly), 0.0005);
        let varied: Vec<f64> = (0..500).map(|at| f64::from(at % 3)).collect();
        assert_eq!(error_of(&varied), 0.0);
        let found = not_narrower_than(Number { value: 0.003, low: 0.003, high: 0.003 }, 0.0005);
        assert_eq!((found.low, found.high), (0.0025, 0.0035));
        let wide = Number { value: 0.0002, low: 0.0001, high: 0.01 };
        let found = not_narrower_than(wide, 0.0005);
        assert_eq!((found.low, found.high), (0.0, 0.01));
    }
}
