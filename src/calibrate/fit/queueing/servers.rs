//! Several servers and classes of requests.
//!
//! Assumptions:
//!
//! * All classes share the workers and the queue. With Poisson arrivals, requests of all classes
//!   then have the same waiting times at a rate, so the waiting times that follow from all requests
//!   are subtracted from those of each class.
//! * The mix of the classes does not change with the rate, or the classes have similar demands. The
//!   demand that is estimated is the mean over all requests; the log does not contain the demand of
//!   a single class. Different means without waiting are allowed (`mix.rs`).
//! * All servers have the same number of workers, processors of the same speed, and the same mix of
//!   classes. Their rates may differ.

use super::jackknife::{Blocks, Known};
use super::load::{WINDOW_PERIODS_MAX, Windows};
use super::{
    Demand, Load, MeanDemand, NotSeparable, Observation, PERIOD, Period, Separation, Service,
    check, direct, growth, mix, sampled_periods, subtract,
};

/// The requests to one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    /// Requests, or a random sample of them, with the number of their class in the numbering of the
    /// caller.
    pub observations: Vec<(u32, Observation)>,
    /// Periods of all requests to the server.
    pub periods: Vec<Period>,
    /// The start of the first period in seconds from a common origin of all servers. Blocks begin
    /// at multiples of their length.
    pub start: f64,
}

/// How exactly times were recorded, and how they are divided into blocks for intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// The resolution of recorded times in seconds.
    pub resolution: f64,
    /// The length of a block in seconds.
    pub block_s: f64,
}

/// The service of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassService {
    /// The number of the class.
    pub class: u32,
    /// Its times without waiting. The demand is that of all classes together.
    pub service: Result<Service, NotSeparable>,
}

/// The service of identical servers.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerGroup {
    /// The mean demand over all requests, or the reason why it is not known.
    pub demand: Result<MeanDemand, NotSeparable>,
    /// The load and the misfit of all classes together ([`super::Separation::LoadCorrection`]), or
    /// the reason why they are not known. Only classes with enough requests that certainly did not
    /// wait then have a service.
    pub load: Result<(Load, f64), NotSeparable>,
    /// The classes in ascending order of their numbers.
    pub classes: Vec<ClassService>,
}

/// Separates waiting from service for every class of requests to identical servers. The demand and
/// the waiting times are estimated from all requests to all servers. A class with enough requests
/// that certainly did not wait is measured from these alone. The classes in `groups` are measured
/// with the load, if it is known: their requests follow each other, so that the bound of the number
/// of other requests depends on their own times ([`super::numbers_at_arrival`]). The intervals of
/// means that were measured with the load contain the error of the load (`jackknife.rs`).
///
/// # Errors
/// The number of workers or the known demand is not positive. Other reasons are those of the demand
/// and of single classes.
pub fn separate_classes(
    servers: &[Server],
    workers: u32,
    grain: Grain,
    demand: Demand,
    groups: &[u32],
) -> Result<ServerGroup, NotSeparable> {
    check(workers, demand)?;
    let resolution = grain.resolution;
    let Combined { observations, periods, starts } = Combined::new(servers);
    let windows = Windows::new(&periods);
    let estimate = match mix::without_classes(&observations, &windows, mean_taken(&periods)) {
        Some(all) => {
            let rates: Vec<f64> = periods.iter().map(|period| period.rate).collect();
            growth::estimate(&all, &sampled_periods(&rates, &all), workers, demand)
        }
        None => {
            let all: Vec<Observation> = observations.iter().map(|(_, one)| *one).collect();
            growth::estimate(&all, &periods, workers, demand)
        }
    };
    let mean_demand = growth::mean_demand(&estimate, demand);
    let known = estimate.as_ref().ok().map(|one| Known::Estimated(demand, one.expected_share));
    let load = estimate.map(|estimate| (estimate.load, estimate.misfit));
    let mut numbers: Vec<u32> = observations.iter().map(|(class, _)| *class).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let service = |class: u32| {
        let own = observations.iter().filter(|(other, _)| *other == class);
        let own: Vec<Observation> = own.map(|(_, one)| *one).collect();
        let with_load = || {
            let (load, _) = load?;
            subtract(&own, &periods, &load, resolution)
        };
        let is_in_group = groups.contains(&class);
        let service = match (is_in_group, with_load(), direct(&own, workers, resolution)?) {
            (true, Ok(service), _) | (_, _, Some(service)) | (_, Ok(service), None) => service,
            (_, Err(error), None) => return Err(error),
        };
        Ok(Service { demand: mean_demand, ..service })
    };
    let classes =
        numbers.iter().map(|class| ClassService { class: *class, service: service(*class) });
    let mut classes: Vec<ClassService> = classes.collect();
    let mut corrected: Vec<(u32, &mut Service)> = classes
        .iter_mut()
        .filter_map(|one| Some((one.class, one.service.as_mut().ok()?)))
        .filter(|(_, one)| matches!(one.separation, Separation::LoadCorrection { .. }))
        .collect();
    if let (Ok((load, _)), Some(known), false) = (load, known, corrected.is_empty()) {
        let blocks = Blocks::new(&observations, windows, (&starts, grain.block_s));
        let loads = blocks.loads(load, known);
        for (class, service) in &mut corrected {
            service.mean_interval = blocks.interval(*class, service.mean, &loads).ok();
        }
    }
    Ok(ServerGroup { demand: mean_demand, load, classes })
}

/// Subtracts the waiting times of a known load from the recorded times of a class of requests to
/// identical servers. The interval of the mean contains the unknown variation of the demand.
///
/// # Errors
/// There are no usable requests, or values that no such queue produces.
pub fn subtract_class(
    servers: &[Server],
    class: u32,
    load: &Load,
    grain: Grain,
) -> Result<Service, NotSeparable> {
    let Combined { observations, periods, starts } = Combined::new(servers);
    let own = observations.iter().filter(|one| one.0 == class);
    let own: Vec<Observation> = own.map(|one| one.1).collect();
    let service = subtract(&own, &periods, load, grain.resolution)?;
    let windows = Windows::new(&periods);
    let blocks = Blocks::new(&observations, windows, (&starts, grain.block_s));
    let loads = blocks.loads(*load, Known::Given);
    let mean_interval = blocks.interval(class, service.mean, &loads).ok();
    Ok(Service { mean_interval, ..service })
}

/// Returns the mean recorded time of all requests.
fn mean_taken(periods: &[Period]) -> f64 {
    let used = || periods.iter().filter(|one| one.requests > 0.0 && one.mean_taken.is_finite());
    let sum: f64 = used().map(|one| one.requests * one.mean_taken).sum();
    sum / used().map(|one| one.requests).sum::<f64>()
}

/// The times of several servers, appended to each other. Every server begins with a new window.
struct Combined {
    observations: Vec<(u32, Observation)>,
    periods: Vec<Period>,
    /// The starts of the periods in seconds from the common origin of the servers.
    starts: Vec<f64>,
}

impl Combined {
    fn new(servers: &[Server]) -> Self {
        let (mut observations, mut periods, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        for server in servers {
            let first = periods.len();
            let (start, length) = (first as f64 * PERIOD, server.periods.len() as f64 * PERIOD);
            let own =
                server.observations.iter().filter(|(_, one)| (0.0..length).contains(&one.arrival));
            let moved = |one: &Observation| Observation { arrival: start + one.arrival, ..*one };
            observations.extend(own.map(|(class, one)| (*class, moved(one))));
            periods.extend_from_slice(&server.periods);
            let padded = periods.len().next_multiple_of(WINDOW_PERIODS_MAX);
            periods.resize(padded, Period { rate: 0.0, mean_taken: 0.0, requests: 0.0 });
            starts.extend((0..padded - first).map(|one| server.start + one as f64 * PERIOD));
        }
        Combined { observations, periods, starts }
    }
}
