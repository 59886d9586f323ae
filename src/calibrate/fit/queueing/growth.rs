//! Mean without waiting and demand, from the growth of recorded times with the rate.
//!
//! The mean recorded time at a rate is the mean without waiting plus the mean waiting time, which
//! is linear in the squared coefficient of variation of the demand (`Load::waiting`). For a given
//! demand, mean and variation therefore follow from weighted linear least squares. The demand is
//! the one with the smallest weighted squares: waiting times grow slowly at a low utilisation and
//! steeply near 1, and the curvature determines the demand. An interval contains the values for
//! which the squares are larger than the smallest ones by at most the factor 1 + t^2 / freedom
//! (likelihood-ratio interval of nonlinear regression with normal errors of unknown variance).
//!
//! The model assumes that times without waiting do not depend on the rate. If, for example, a
//! backup at night makes the database slow, the intervals do not contain this error.

use super::super::interval::{Interval, Method, t_quantile};
use super::load::{Class, Load, Windows, classes};
use super::{
    Demand, LOW_LOAD_MAX, MeanDemand, NotSeparable, Observation, Period, REQUESTS_MIN,
    UTILISATION_MAX,
};

/// The number of groups of windows with similar rates.
const GROUPS: usize = 60;
/// The smallest number of groups: two degrees of freedom per unknown value, and the unknown values.
const TERMS_MIN: usize = 9;
/// The confidence level of the intervals.
const LEVEL: f64 = 0.95;
/// The largest squared coefficient of variation of the demand that is considered. This number is
/// an assumption: three times the variation of an exponential distribution.
const SQUARED_CV_MAX: f64 = 9.0;
/// The expected squared coefficient of variation of the demand and its standard error, which count
/// as an observation. Without them, short demands that vary much are equivalent to long ones that
/// vary little at a low utilisation. These numbers are assumptions: an exponential distribution,
/// and a range that includes constant demands and coefficients of variation up to 2.
const SQUARED_CV_EXPECTED: f64 = 1.0;
/// See [`SQUARED_CV_EXPECTED`].
pub(super) const SQUARED_CV_ERROR: f64 = 1.5;
/// The largest relative half-width of the interval of the mean without waiting. This number and the
/// next two are assumptions, which the tests examine. The interval is wider than necessary, because
/// the variation of the demand can be any of a wide range: the errors are a third of it.
const MEAN_ERROR_MAX: f64 = 0.1;
/// The largest relative half-width of the interval of the demand.
const DEMAND_ERROR_MAX: f64 = 0.3;
/// The smallest ratio of the growth of recorded times to its standard error, with which the demand
/// is estimated. The search over demands finds an apparent growth in noise.
const GROWTH_MIN: f64 = 5.0;
/// The utilisation of the busiest window in the first iteration.
const FIRST_UTILISATION: f64 = 0.9;
/// The recorded time of a window as a multiple of that at low load, above which the first iteration
/// does not use the window: the server was overloaded.
const FIRST_TAKEN_MAX: f64 = 4.0;
/// Iterations of the weights.
const ITERATIONS: u32 = 6;
/// Steps of the search of the demand, which covers a factor of 1,000.
const STEPS: u32 = 300;
/// Iterations of [`refit`], which begins near its result.
const REFIT_ITERATIONS: u32 = 3;
/// The factor by which the demand of [`refit`] can differ from the known one.
const REFIT_FACTOR: f64 = 1.5;
/// The smallest squared coefficient of variation of [`refit`]: the waiting time of a single worker
/// is then zero.
const REFIT_SQUARED_CV_MIN: f64 = -1.0;

/// The result of the regression.
pub(super) struct Estimate {
    pub load: Load,
    pub mean: Interval,
    /// `None` if the demand was known.
    pub demand: Option<Interval>,
    /// The growth of recorded times with the rate, divided by its standard error.
    pub growth: f64,
    pub misfit: f64,
    /// The weight of the expected squared coefficient of variation in the estimated one, from 0
    /// (the requests determine it) to 1.
    pub expected_share: f64,
}

/// Windows of similar rates.
#[derive(Clone, Copy)]
struct Term {
    rate: f64,
    taken: f64,
    /// The inverse of the variance of `taken`.
    weight: f64,
}

/// Known limits of the unknown values.
struct Limits {
    workers: u32,
    /// An upper bound of the variance of times without waiting.
    variance: f64,
    demand: Demand,
    /// The largest demand.
    demand_max: f64,
    /// The smallest squared coefficient of variation.
    squared_cv_min: f64,
}

/// The least squares for a given demand.
#[derive(Clone, Copy)]
struct Line {
    demand: f64,
    squares: f64,
    mean: f64,
    squared_cv: f64,
    /// The sum of the weights.
    weights: f64,
    /// The mean recorded time minus the waiting time without variation.
    taken: f64,
    /// The mean increase of the waiting time per unit of variation, and its squared deviations.
    increase: f64,
    increase_squares: f64,
}

/// Estimates the mean without waiting, the demand and the variation of the demand.
pub(super) fn estimate(
    observations: &[Observation],
    periods: &[Period],
    workers: u32,
    demand: Demand,
) -> Result<Estimate, NotSeparable> {
    let windows = Windows::new(periods);
    let unloaded = Load { workers, demand: 0.0, squared_cv: 1.0 };
    let all = classes(observations, &windows, &unloaded);
    check_count(&all)?;
    let moments: Vec<_> = all.iter().map(Class::moments).collect();
    let smallest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let lowest_mean = smallest(&mut moments.iter().map(|moments| moments.0));
    let variance = smallest(&mut moments.iter().map(|moments| moments.1));
    let limits = Limits { workers, variance, demand, demand_max: lowest_mean, squared_cv_min: 0.0 };
    let usable: Vec<_> = windows.periods.iter().filter(|one| is_valid(one)).copied().collect();
    let rate_max = usable.iter().map(|one| one.rate).fold(0.0, f64::max);
    let mut load = Load {
        demand: match demand {
            Demand::Known(demand) => demand,
            Demand::Estimated => lowest_mean.min(FIRST_UTILISATION * f64::from(workers) / rate_max),
        },
        ..unloaded
    };
    let no_solution = NotSeparable::NoSolution { workers };
    let mut found = None;
    for iteration in 0..ITERATIONS {
        let is_overloaded = |one: &Period| {
            load.utilisation(one.rate) > UTILISATION_MAX
                || (iteration == 0 && one.mean_taken > FIRST_TAKEN_MAX * lowest_mean)
        };
        let terms = terms(&usable, windows.seconds, &load, variance, is_overloaded);
        let best = best_line(&terms, &limits).ok_or(no_solution)?;
        load.demand = best.demand;
        load.squared_cv = best.squared_cv;
        found = Some((terms, best));
    }
    let (terms, best) = found.ok_or(no_solution)?;
    if terms.len() < TERMS_MIN {
        return Err(NotSeparable::FewPeriods {
            count: terms.len() as u64,
            needed: TERMS_MIN as u64,
        });
    }
    let utilisation = load.utilisation(all[0].rate);
    if utilisation > LOW_LOAD_MAX {
        return Err(NotSeparable::NoLowLoad { utilisation, limit: LOW_LOAD_MAX });
    }
    check_count(&classes(observations, &windows, &load))?;
    if let Demand::Known(demand) = demand {
        // A demand that is too large does not fit: a smaller one has much smaller squares.
        let mean = best.taken - best.squared_cv * best.increase;
        let own = 4.0 / best.weights.sqrt();
        if mean + own < demand * (1.0 - MEAN_ERROR_MAX) {
            return Err(NotSeparable::Demand { demand });
        }
    }
    let estimate = intervals(&terms, &best, &limits, load).ok_or(no_solution)?;
    let error = relative_error(&estimate.mean);
    if error > MEAN_ERROR_MAX {
        let utilisations = || terms.iter().map(|term| load.utilisation(term.rate));
        let low = utilisations().fold(f64::INFINITY, f64::min);
        return Err(NotSeparable::Inaccurate {
            error,
            low,
            high: utilisations().fold(0.0, f64::max),
        });
    }
    Ok(estimate)
}

/// Estimates the load again from a part of the requests from which `load` was estimated. The
/// squared coefficient of variation can be negative, so that the results for several parts show the
/// variance of the estimate also if it is zero for all requests.
pub(super) fn refit(
    observations: &[Observation],
    windows: &Windows,
    load: &Load,
    demand: Demand,
) -> Option<Load> {
    let unloaded = Load { demand: 0.0, ..*load };
    let moments: Vec<_> =
        classes(observations, windows, &unloaded).iter().map(Class::moments).collect();
    let smallest =
        |value: fn(&(f64, f64)) -> f64| moments.iter().map(value).fold(f64::INFINITY, f64::min);
    let limits = Limits {
        workers: load.workers,
        variance: smallest(|moments| moments.1),
        demand,
        demand_max: smallest(|moments| moments.0),
        squared_cv_min: REFIT_SQUARED_CV_MIN,
    };
    let usable: Vec<_> = windows.periods.iter().filter(|one| is_valid(one)).copied().collect();
    let mut found = *load;
    for _ in 0..REFIT_ITERATIONS {
        let is_overloaded = |one: &Period| found.utilisation(one.rate) > UTILISATION_MAX;
        let weighting = Load { squared_cv: found.squared_cv.max(0.0), ..found };
        let terms = terms(&usable, windows.seconds, &weighting, limits.variance, is_overloaded);
        let line = |demand: f64| Line::new(&terms, demand, &limits);
        let best = match demand {
            Demand::Known(demand) => line(demand),
            Demand::Estimated => {
                let high = (REFIT_FACTOR * load.demand).min(limits.demand_max);
                minimum(line, (load.demand / REFIT_FACTOR).min(high), high)
            }
        };
        found = Load { demand: best.demand, squared_cv: best.squared_cv, ..found };
    }
    (found.demand.is_finite() && found.squared_cv.is_finite()).then_some(found)
}

/// Returns the mean demand, or the reason why it is not known.
pub(super) fn mean_demand(
    estimate: &Result<Estimate, NotSeparable>,
    demand: Demand,
) -> Result<MeanDemand, NotSeparable> {
    if let Demand::Known(mean) = demand {
        return Ok(MeanDemand { mean, interval: None });
    }
    let Estimate { load, demand: interval, growth, .. } =
        estimate.as_ref().map_err(|reason| *reason)?;
    match interval {
        Some(interval) if relative_error(interval) > DEMAND_ERROR_MAX || *growth < GROWTH_MIN => {
            Err(NotSeparable::NoGrowth { low: interval.low, high: interval.high })
        }
        interval => Ok(MeanDemand { mean: load.demand, interval: *interval }),
    }
}

fn relative_error(interval: &Interval) -> f64 {
    (interval.high - interval.low) / 2.0 / interval.estimate
}

fn check_count(classes: &[Class]) -> Result<(), NotSeparable> {
    let count = classes.iter().map(|class| class.taken.len() as u64).sum();
    let needed = u64::from(REQUESTS_MIN);
    if count < needed { Err(NotSeparable::FewRequests { count, needed }) } else { Ok(()) }
}

fn is_valid(period: &Period) -> bool {
    period.rate > 0.0
        && period.rate.is_finite()
        && period.requests > 0.0
        && period.mean_taken.is_finite()
}

/// Returns groups of windows in ascending order of rates, without overloaded windows.
fn terms(
    windows: &[Period],
    seconds: f64,
    load: &Load,
    variance: f64,
    is_overloaded: impl Fn(&Period) -> bool,
) -> Vec<Term> {
    let term = |one: &Period| {
        let own = variance.max(f64::MIN_POSITIVE) / one.requests;
        let common = load.waiting_variance(one.rate) / (one.rate * seconds);
        Term { rate: one.rate, taken: one.mean_taken, weight: 1.0 / (own + common) }
    };
    let used = windows.iter().filter(|one| !is_overloaded(one));
    let mut single: Vec<Term> = used.map(term).collect();
    single.sort_by(|one, two| one.rate.total_cmp(&two.rate).then(one.taken.total_cmp(&two.taken)));
    let size = single.len().div_ceil(GROUPS).max(1);
    let group = |chunk: &[Term]| {
        let weight = chunk.iter().map(|one| one.weight).sum::<f64>();
        let mean = |value: fn(&Term) -> f64| {
            chunk.iter().map(|one| one.weight * value(one)).sum::<f64>() / weight
        };
        Term { rate: mean(|one| one.rate), taken: mean(|one| one.taken), weight }
    };
    single.chunks(size).map(group).collect()
}

impl Limits {
    /// Returns the largest squared coefficient of variation. The variance of the demand is at most
    /// that of all times without waiting, because the delay does not depend on the demand.
    fn squared_cv_max(&self, demand: f64) -> f64 {
        (self.variance / (demand * demand)).min(SQUARED_CV_MAX)
    }
}

impl Line {
    fn new(terms: &[Term], demand: f64, limits: &Limits) -> Line {
        let load = |squared_cv| Load { workers: limits.workers, demand, squared_cv };
        let (constant, exponential) = (load(0.0), load(1.0));
        // The waiting time without variation, and its increase per unit of variation.
        let point = |term: &Term| {
            let without = constant.waiting(term.rate).mean();
            (term.weight, term.taken - without, exponential.waiting(term.rate).mean() - without)
        };
        let points: Vec<(f64, f64, f64)> = terms.iter().map(point).collect();
        let weights = points.iter().map(|one| one.0).sum::<f64>();
        let taken = points.iter().map(|one| one.0 * one.1).sum::<f64>() / weights;
        let increase = points.iter().map(|one| one.0 * one.2).sum::<f64>() / weights;
        let (mut increase_squares, mut products) = (0.0, 0.0);
        for (weight, y, x) in &points {
            increase_squares += weight * (x - increase) * (x - increase);
            products += weight * (x - increase) * (y - taken);
        }
        let high = limits.squared_cv_max(demand);
        let clamped = |slope: f64| match slope.is_finite() {
            true => slope.clamp(limits.squared_cv_min, high),
            false => high.min(1.0),
        };
        // The expected variation is one more observation.
        let expected = SQUARED_CV_EXPECTED / (SQUARED_CV_ERROR * SQUARED_CV_ERROR);
        let penalty = 1.0 / (SQUARED_CV_ERROR * SQUARED_CV_ERROR);
        increase_squares += penalty;
        let mut squared_cv = clamped((products + expected) / increase_squares);
        let mut mean = taken - squared_cv * increase;
        if mean < demand {
            // The mean without waiting includes the demand.
            mean = demand;
            let products: f64 = points.iter().map(|(weight, y, x)| weight * x * (y - mean)).sum();
            let squares: f64 = points.iter().map(|(weight, _, x)| weight * x * x).sum();
            squared_cv = clamped((products + expected) / (squares + penalty));
        }
        let squares = points.iter().map(|(weight, y, x)| {
            let rest = y - mean - squared_cv * x;
            weight * rest * rest
        });
        let distance = squared_cv - SQUARED_CV_EXPECTED;
        let squares = squares.sum::<f64>() + penalty * distance * distance;
        Line { demand, squares, mean, squared_cv, weights, taken, increase, increase_squares }
    }

    /// Returns the range of the means for which the squares are at most `bound`, and for which the
    /// variation is allowed.
    fn means(&self, bound: f64, limits: &Limits) -> (f64, f64) {
        let spare = (bound - self.squares).max(0.0);
        let width = (spare / self.increase_squares).sqrt();
        let low = (self.squared_cv - width).max(0.0);
        let high = (self.squared_cv + width).min(limits.squared_cv_max(self.demand));
        let own = (spare / self.weights).sqrt();
        let mean = |squared_cv: f64| self.taken - squared_cv * self.increase;
        ((mean(high) - own).max(self.demand), (mean(low) + own).max(self.demand))
    }
}

/// Returns the demands of the search in ascending order.
fn demands(limits: &Limits) -> impl Iterator<Item = f64> {
    let (last, exponent) = (f64::from(STEPS), libm::log(1000.0) / f64::from(STEPS));
    let largest = limits.demand_max;
    (0..=STEPS).map(move |step| largest * libm::exp((f64::from(step) - last) * exponent))
}

/// Returns the line with the least squares; `None` without terms or with a mean that is not
/// positive.
fn best_line(terms: &[Term], limits: &Limits) -> Option<Line> {
    let line = |demand: f64| Line::new(terms, demand, limits);
    let best = match limits.demand {
        Demand::Known(demand) => line(demand),
        Demand::Estimated => {
            let lines: Vec<Line> = demands(limits).map(line).collect();
            let best = (0..lines.len())
                .min_by(|one, two| lines[*one].squares.total_cmp(&lines[*two].squares))?;
            let low = lines[best.saturating_sub(1)].demand;
            let high = lines[(best + 1).min(lines.len() - 1)].demand;
            let refined = minimum(line, low, high);
            if refined.squares <= lines[best].squares { refined } else { lines[best] }
        }
    };
    (best.squares.is_finite() && best.mean > 0.0).then_some(best)
}

/// Returns the line with the least squares between two demands (golden section).
fn minimum(line: impl Fn(f64) -> Line, mut low: f64, mut high: f64) -> Line {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    while high - low > 1e-6 * high {
        let (one, two) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if line(one).squares <= line(two).squares { high = two } else { low = one }
    }
    line(f64::midpoint(low, high))
}

/// Computes the intervals of mean and demand.
fn intervals(terms: &[Term], best: &Line, limits: &Limits, load: Load) -> Option<Estimate> {
    let unknown = if limits.demand == Demand::Estimated { 3 } else { 2 };
    let freedom = terms.len().saturating_sub(unknown) as f64;
    let t = t_quantile(LEVEL, freedom)?;
    let bound = best.squares * (1.0 + t * t / freedom);
    let line = |demand: f64| Line::new(terms, demand, limits);
    let (mut low, mut high) = best.means(bound, limits);
    let mut range = (best.demand, best.demand);
    if limits.demand == Demand::Estimated {
        // The neighbours of the accepted demands, between which the ends are searched.
        let mut outside = (None, None);
        for line in demands(limits).map(line) {
            if line.squares > bound {
                if line.demand < range.0 {
                    outside.0 = Some(line.demand);
                } else if line.demand > range.1 {
                    outside.1 = outside.1.or(Some(line.demand));
                }
                continue;
            }
            let means = line.means(bound, limits);
            (low, high) = (low.min(means.0), high.max(means.1));
            range = (range.0.min(line.demand), range.1.max(line.demand));
            outside.1 = None;
        }
        let end = |mut inside: f64, outside: Option<f64>| {
            let Some(mut outside) = outside else { return inside };
            while (outside - inside).abs() > 1e-5 * inside {
                let middle = f64::midpoint(inside, outside);
                if line(middle).squares <= bound { inside = middle } else { outside = middle }
            }
            inside
        };
        range = (end(range.0, outside.0), end(range.1, outside.1));
    }
    let blocks = terms.len() as u32;
    let interval = |estimate, (low, high)| Interval {
        estimate,
        low,
        high,
        level: LEVEL,
        blocks,
        method: Method::LeastSquares,
    };
    let demand = interval(best.demand, range);
    // The smallest demand of the search causes no waiting.
    let without = demands(limits).map(line).next()?;
    let growth = ((without.squares / best.squares - 1.0).max(0.0) * freedom).sqrt();
    Some(Estimate {
        load,
        mean: interval(best.mean, (low, high)),
        demand: (limits.demand == Demand::Estimated).then_some(demand),
        growth,
        expected_share: 1.0 / (SQUARED_CV_ERROR * SQUARED_CV_ERROR * best.increase_squares),
        misfit: (best.squares / best.weights).sqrt() / best.mean,
    })
}
