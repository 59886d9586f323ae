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

use super::load::WINDOW_PERIODS_MAX;
use super::{
    Demand, Load, MeanDemand, NotSeparable, Observation, PERIOD, Period, Service, check, direct,
    growth, mix, sampled_periods, subtract,
};

/// The requests to one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    /// Requests, or a random sample of them, with the number of their class in the numbering of the
    /// caller.
    pub observations: Vec<(u32, Observation)>,
    /// Periods of all requests to the server.
    pub periods: Vec<Period>,
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
/// of other requests depends on their own times ([`super::numbers_at_arrival`]).
///
/// # Errors
/// The number of workers or the known demand is not positive. Other reasons are those of the demand
/// and of single classes.
pub fn separate_classes(
    servers: &[Server],
    workers: u32,
    resolution: f64,
    demand: Demand,
    groups: &[u32],
) -> Result<ServerGroup, NotSeparable> {
    check(workers, demand)?;
    let (observations, periods) = combined(servers);
    let estimate = match mix::without_classes(&observations, &periods, mean_taken(&periods)) {
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
    let classes = classes.collect();
    Ok(ServerGroup { demand: mean_demand, load, classes })
}

/// Returns the mean recorded time of all requests.
fn mean_taken(periods: &[Period]) -> f64 {
    let used = || periods.iter().filter(|one| one.requests > 0.0 && one.mean_taken.is_finite());
    let sum: f64 = used().map(|one| one.requests * one.mean_taken).sum();
    sum / used().map(|one| one.requests).sum::<f64>()
}

/// Appends the times of the servers to each other. Every server begins with a new window.
fn combined(servers: &[Server]) -> (Vec<(u32, Observation)>, Vec<Period>) {
    let (mut observations, mut periods) = (Vec::new(), Vec::new());
    for server in servers {
        let (start, length) = (periods.len() as f64 * PERIOD, server.periods.len() as f64 * PERIOD);
        let own =
            server.observations.iter().filter(|(_, one)| (0.0..length).contains(&one.arrival));
        observations.extend(
            own.map(|(class, one)| (*class, Observation { arrival: start + one.arrival, ..*one })),
        );
        periods.extend_from_slice(&server.periods);
        let padded = periods.len().next_multiple_of(WINDOW_PERIODS_MAX);
        periods.resize(padded, Period { rate: 0.0, mean_taken: 0.0, requests: 0.0 });
    }
    (observations, periods)
}
