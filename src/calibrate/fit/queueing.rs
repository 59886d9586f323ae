//! Separation of waiting from service.
//!
//! A server with `c` workers serves requests in the order of arrival. A request occupies a worker
//! for its *demand* (CPU time) and then has a *delay* without a queue (database and disk). Both are
//! independent of the load and of each other. The recorded time is waiting + demand + delay, and
//! the *time without waiting* is demand + delay. Two methods follow:
//!
//! * *Direct*: a request that found fewer than `c` others in the system did not wait. The others
//!   can be in their delay, so this is sufficient for no waiting, but not necessary. Whether a
//!   request finds them does not depend on its own service, so these times are an unbiased sample.
//!   This is exact for any distribution and any arrivals. It does not measure the demand.
//! * *Load correction*: the mean waiting time of M/G/c, a function of the rate and of the demand,
//!   is subtracted from recorded times (`growth.rs`, `deconvolution.rs`). This is an approximation.
//!   It requires Poisson arrivals within a period, and the number of workers must be right. The
//!   demand is known ([`Demand::Known`], see [`demand_of_utilisation`]) or estimated from the
//!   growth of recorded times with the rate. Intervals include the error of the subtracted waiting
//!   times (`jackknife.rs`).
//!
//! Logs have end times in whole seconds, so the number that a request found is known only with
//! bounds. [`numbers_at_arrival`] returns the upper bound. `servers.rs` combines several servers
//! and classes of requests.

mod deconvolution;
mod growth;
mod jackknife;
mod load;
mod mix;
mod servers;
#[cfg(test)]
mod tests;

use super::interval::Interval;
use super::sample::{RoundedSample, Rounding, SampleError};
use crate::base::text::plural;
use crate::engine::{Purpose, Streams};
pub use load::{Load, Waiting};
pub use servers::{ClassService, Grain, Server, ServerGroup, separate_classes, subtract_class};

/// The length of a period in seconds.
pub const PERIOD: f64 = 60.0;
/// The relative standard error of the mean that the direct method must reach. Four times this value
/// is the required accuracy of 5 %.
const ERROR_MAX: f64 = 0.0125;
/// The largest product of the waiting time as a share of the mean without waiting and of the excess
/// of the squared coefficient of variation over one. This number and the next one are assumptions,
/// which the tests of this module examine.
const EXCESS_MAX: f64 = 1.0;
/// The same for one or two workers, behind which a single long request blocks all others.
const EXCESS_MAX_FEW_WORKERS: f64 = 0.1;
/// The entity of the random stream of [`numbers_at_arrival`].
const FRACTIONS: u64 = u64::from_be_bytes(*b"fraction");
/// The smallest number of requests from which a quantile at 95 % is estimated: 20 values exceed it.
const REQUESTS_MIN: u32 = 400;
/// The utilisation above which the load correction does not use a period. The waiting time is then
/// longer than the service time and depends on the history rather than on the rate of the period.
/// This number is an assumption, which the tests of this module examine.
pub const UTILISATION_MAX: f64 = 0.85;
/// The utilisation that the tenth of the requests with the least load must not exceed. This number
/// is an assumption, which the tests of this module examine.
pub const LOW_LOAD_MAX: f64 = 0.75;

/// A request with its recorded time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The time of arrival in seconds after the start of the first period.
    pub arrival: f64,
    /// The recorded time in seconds.
    pub taken: f64,
    /// The number of other requests in the system at the arrival, or an upper bound of it.
    pub number_at_arrival: u32,
}

/// All requests to the server in a period of [`PERIOD`] seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// The number of requests per second.
    pub rate: f64,
    /// The mean recorded time in seconds; not used without requests.
    pub mean_taken: f64,
    /// The number of requests from which `mean_taken` was computed: all, or those of a sample.
    pub requests: f64,
}

/// How service times were obtained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Separation {
    /// From requests that did not wait.
    Direct,
    /// By subtraction of the waiting time of M/G/c.
    LoadCorrection {
        /// The load of the server.
        load: Load,
        /// The weighted root mean square of the difference between the mean recorded time at
        /// similar rates and the model, as a share of the mean without waiting. A large value means
        /// that the number of workers or the assumption of Poisson arrivals is wrong. It is zero if
        /// the load was not estimated from these requests.
        misfit: f64,
    },
}

/// The mean time that a request occupies a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// The mean in seconds, for example from [`demand_of_utilisation`].
    Known(f64),
    /// To be estimated from the growth of recorded times with the rate.
    Estimated,
}

/// A mean demand in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanDemand {
    /// The mean in seconds.
    pub mean: f64,
    /// Its interval at 95 %; `None` if the demand was known.
    pub interval: Option<Interval>,
}

/// Times without waiting.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The method.
    pub separation: Separation,
    /// The mean of demand and delay in seconds.
    pub mean: f64,
    /// The interval of the mean at 95 %, if it was computed. That of [`separate`] assumes that the
    /// times are independent of each other and of the hour. Those of [`separate_classes`] and
    /// [`subtract_class`] are from blocks, and include the error of the subtracted waiting times.
    pub mean_interval: Option<Interval>,
    /// The mean demand of all requests that share the workers, or the reason why it is not known.
    pub demand: Result<MeanDemand, NotSeparable>,
    /// The distribution. With the load correction, the counts are not whole.
    pub times: RoundedSample,
    /// The number of requests from which the result was obtained.
    pub requests: u64,
}

/// The reason why waiting and service cannot be separated.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NotSeparable {
    /// The number of workers is zero.
    #[error("the number of workers is 0; at least 1 is necessary")]
    Workers,
    /// A value is negative or not finite, or the resolution is not positive.
    #[error("{0}")]
    Sample(#[from] SampleError),
    /// The requests outside overloaded periods are too few.
    #[error(
        "too few samples to separate waiting from service: {}, and at least {needed} are necessary",
        plural(*count, "request")
    )]
    FewRequests {
        /// The number of usable requests.
        count: u64,
        /// The necessary number.
        needed: u64,
    },
    /// The periods with requests that are not overloaded are too few.
    #[error(
        "too few samples to separate waiting from service: {} without overload, and at least \
         {needed} are necessary, for example an hour",
        plural(*count, "group") + " of minutes"
    )]
    FewPeriods {
        /// The number of groups of periods.
        count: u64,
        /// The necessary number.
        needed: u64,
    },
    /// Nearly all requests are in periods of high load. `utilisation` is a lower bound, because the
    /// mean service time is not known.
    #[error(
        "the tenth of the requests with the least load has a utilisation of {utilisation:.2}, \
         above {limit}; use a log that includes hours of lower load"
    )]
    NoLowLoad {
        /// The utilisation of the tenth of the requests with the least load.
        utilisation: f64,
        /// The largest utilisation with which the separation is possible.
        limit: f64,
    },
    /// The known demand is not positive or longer than the mean time without waiting.
    #[error(
        "a demand of {demand} s is not a positive time below the mean time without waiting; check \
         the CPU utilisation and the number of workers"
    )]
    Demand {
        /// The demand in seconds.
        demand: f64,
    },
    /// The demand varies so much that the approximation of the waiting time is not accurate enough.
    #[error(
        "the time that a request occupies a worker varies too much (squared coefficient of \
         variation {squared_cv:.1}) for a mean waiting time of {share:.2} times the mean without \
         waiting; use hours of lower load"
    )]
    VariableDemand {
        /// The estimated squared coefficient of variation.
        squared_cv: f64,
        /// The mean waiting time divided by the mean without waiting, over the weighted requests.
        share: f64,
    },
    /// The requests are too few, or their rates differ too little, to determine the mean without
    /// waiting with an interval of 10 % to both sides.
    #[error(
        "the interval of the mean without waiting is +-{:.0} %, with hours of utilisation {low:.2} \
         to {high:.2}; use a longer log that includes hours of lower load, or state the CPU \
         utilisation of the server",
        error * 100.0
    )]
    Inaccurate {
        /// The relative half-width of the interval.
        error: f64,
        /// The lowest estimated utilisation.
        low: f64,
        /// The highest estimated utilisation.
        high: f64,
    },
    /// Recorded times hardly grow with the rate, so the demand is not known.
    #[error(
        "recorded times grow too little with the rate to estimate the time that a request occupies \
         a worker ({low:.4} to {high:.4} s); state the CPU utilisation of the server"
    )]
    NoGrowth {
        /// The lower bound of the demand in seconds.
        low: f64,
        /// The upper bound in seconds.
        high: f64,
    },
    /// The requests that did not wait do not measure the demand.
    #[error("requests that did not wait do not measure the time that a request occupies a worker")]
    NotMeasured,
    /// The recorded times are not those of the assumed queue.
    #[error(
        "the recorded times do not match a queue with {workers} workers; check the number of \
         workers"
    )]
    NoSolution {
        /// The number of workers.
        workers: u32,
    },
}

/// Returns the mean demand in seconds that follows from a measured utilisation: the mean share of
/// the time that a worker is busy, from 0 to 1, at a mean rate of `rate` requests per second in the
/// same time (utilisation law: Denning, Buzen, "The Operational Analysis of Queueing Network
/// Models", ACM Computing Surveys 10, 1978). It is exact for any arrivals and distributions. The
/// utilisation must be that of the requests only: subtract the utilisation of other processes.
pub fn demand_of_utilisation(utilisation: f64, workers: u32, rate: f64) -> f64 {
    utilisation * f64::from(workers) / rate
}

/// Separates waiting from service: directly if enough requests certainly did not wait, otherwise
/// by load correction. Recorded times have the resolution `resolution` in seconds. `periods[i]`
/// contains all requests to the server that arrived in `i * 60 s .. (i + 1) * 60 s`;
/// `observations` may be a random sample of the requests.
///
/// # Errors
/// There are too few requests, no periods of low load, too small a range of rates, or values that
/// no such queue produces. If only the demand cannot be estimated, it is `Err` in the result.
pub fn separate(
    observations: &[Observation],
    periods: &[Period],
    workers: u32,
    resolution: f64,
    demand: Demand,
) -> Result<Service, NotSeparable> {
    check(workers, demand)?;
    let estimate = growth::estimate(observations, periods, workers, demand);
    let mean_demand = growth::mean_demand(&estimate, demand);
    if let Some(service) = direct(observations, workers, resolution)? {
        return Ok(Service { demand: mean_demand, ..service });
    }
    let growth::Estimate { load, mean, misfit, .. } = estimate?;
    let service = subtract(observations, periods, &load, resolution)?;
    Ok(Service {
        separation: Separation::LoadCorrection { load, misfit },
        mean: mean.estimate,
        mean_interval: Some(mean),
        demand: mean_demand,
        ..service
    })
}

/// Returns the times of the requests that found fewer than `workers` others; `None` if they are too
/// few for a standard error of the mean of 1.25 % or for a quantile at 95 %. The demand is
/// [`NotSeparable::NotMeasured`].
///
/// # Errors
/// A value is negative or not finite, or the resolution is not positive.
pub fn direct(
    observations: &[Observation],
    workers: u32,
    resolution: f64,
) -> Result<Option<Service>, NotSeparable> {
    let chosen = observations.iter().filter(|one| one.number_at_arrival < workers);
    let taken: Vec<f64> = chosen.map(|one| one.taken).collect();
    if taken.len() < REQUESTS_MIN as usize {
        return Ok(None);
    }
    let times = RoundedSample::from_values(&taken, resolution)?;
    let mean = times.mean();
    let error = (times.variance() / times.count()).sqrt();
    let service = Service {
        separation: Separation::Direct,
        mean,
        mean_interval: None,
        demand: Err(NotSeparable::NotMeasured),
        requests: taken.len() as u64,
        times,
    };
    Ok((error <= ERROR_MAX * mean).then_some(service))
}

/// Subtracts the waiting times of a known load from recorded times. The requests may be those of
/// one class, if `load` and `periods` are those of all classes that share the workers. The demand
/// of the result is that of the load.
///
/// # Errors
/// There are no usable requests, or values that no such queue produces.
pub fn subtract(
    observations: &[Observation],
    periods: &[Period],
    load: &Load,
    resolution: f64,
) -> Result<Service, NotSeparable> {
    let classes = load::classes(observations, &load::Windows::new(periods), load);
    let times = deconvolution::service_times(&classes, load, resolution)?;
    check_variation(&classes, load, times.mean())?;
    let requests = classes.iter().map(|class| class.taken.len() as u64).sum();
    Ok(Service {
        separation: Separation::LoadCorrection { load: *load, misfit: 0.0 },
        mean: times.mean(),
        mean_interval: None,
        demand: Ok(MeanDemand { mean: load.demand, interval: None }),
        times,
        requests,
    })
}

/// Returns, for every request, an upper bound of the number of other requests in the system at its
/// arrival. `ends[i]` is the end of request `i` in seconds, rounded down to a multiple of
/// `end_resolution`, and `taken[i]` its recorded time, rounded to the nearest multiple of
/// `taken_resolution`.
///
/// A random fraction of `end_resolution` is added to every end. Ends and arrivals are then known
/// with an error of at most `end_resolution`, and a request counts if it can have been in the
/// system at any possible time of the arrival: with whole seconds, from two seconds before to two
/// seconds after the estimated arrival. With more than about a quarter of a request per second and
/// worker, hardly any request has a bound below the number of workers.
///
/// The random fractions are necessary. Without them, the position of an arrival relative to the
/// whole seconds of the other ends is determined by the fraction of the recorded time, so that the
/// bound depends on it, and times with certain fractions are selected more often (a bias of the
/// mean of 2 % to 3 %). With them, the bound is independent of the time of the request, like the
/// exact number, if the fraction of the second in which a request ends is uniform and independent
/// of other requests. A dependence remains if requests of one kind arrive in groups: kinds that
/// arrive alone are preferred.
pub fn numbers_at_arrival(
    ends: &[f64],
    taken: &[f64],
    end_resolution: f64,
    taken_resolution: f64,
) -> Vec<u32> {
    let mut fractions = Streams::new(0, 0).stream(FRACTIONS, Purpose(0), 0);
    let ends: Vec<f64> =
        ends.iter().map(|end| end + end_resolution * fractions.uniform()).collect();
    numbers_at_estimated_arrival(&ends, taken, end_resolution, taken_resolution)
}

/// Returns the bounds of [`numbers_at_arrival`] for ends to which the random fractions were added.
pub(crate) fn numbers_at_estimated_arrival(
    ends: &[f64],
    taken: &[f64],
    end_resolution: f64,
    taken_resolution: f64,
) -> Vec<u32> {
    let error = end_resolution + taken_resolution / 2.0;
    let requests = || ends.iter().zip(taken).map(|(end, taken)| (end - taken, *end));
    let mut arrivals: Vec<f64> = requests().map(|(arrival, _)| arrival - error).collect();
    let mut departures: Vec<f64> = requests().map(|(_, end)| end + end_resolution).collect();
    arrivals.sort_by(f64::total_cmp);
    departures.sort_by(f64::total_cmp);
    requests()
        .map(|(arrival, _)| {
            // In the system at some time of the interval: arrived by its end, and not departed
            // before its start. The request itself is one of them.
            let arrived = arrivals.partition_point(|time| *time <= arrival + error);
            let departed = departures.partition_point(|time| *time < arrival - error);
            (arrived - departed.min(arrived)).saturating_sub(1) as u32
        })
        .collect()
}

/// Checks that the assumed distribution of waiting times applies. It is exponential for requests
/// that wait, which underestimates the variation of waiting behind long requests.
fn check_variation(classes: &[load::Class], load: &Load, mean: f64) -> Result<(), NotSeparable> {
    let (mut waiting, mut weights) = (0.0, 0.0);
    for class in classes {
        let weight = class.taken.len() as f64 * load::weight(load.utilisation(class.rate));
        waiting += weight * load.waiting(class.rate).mean();
        weights += weight;
    }
    let share = waiting / weights / mean;
    let limit = if load.workers <= 2 { EXCESS_MAX_FEW_WORKERS } else { EXCESS_MAX };
    match share * (load.squared_cv - 1.0) > limit {
        true => Err(NotSeparable::VariableDemand { squared_cv: load.squared_cv, share }),
        false => Ok(()),
    }
}

fn check(workers: u32, demand: Demand) -> Result<(), NotSeparable> {
    match demand {
        _ if workers == 0 => Err(NotSeparable::Workers),
        Demand::Known(demand) if !(demand > 0.0 && demand.is_finite()) => {
            Err(NotSeparable::Demand { demand })
        }
        _ => Ok(()),
    }
}

/// Creates periods from the rates of all requests and a random sample of the requests.
pub fn sampled_periods(rates: &[f64], observations: &[Observation]) -> Vec<Period> {
    let empty = |rate: &f64| Period { rate: *rate, mean_taken: 0.0, requests: 0.0 };
    let mut periods: Vec<Period> = rates.iter().map(empty).collect();
    for one in observations.iter().filter(|one| one.arrival >= 0.0) {
        // The conversion saturates, so that later arrivals have no period.
        if let Some(period) = periods.get_mut((one.arrival / PERIOD) as usize) {
            period.requests += 1.0;
            period.mean_taken += (one.taken - period.mean_taken) / period.requests;
        }
    }
    periods
}

/// Creates a sample from weights of service times.
fn sample_of(pairs: Vec<(f64, f64)>, resolution: f64) -> Result<RoundedSample, SampleError> {
    RoundedSample::weighted(pairs, resolution, Rounding::Nearest)
}
