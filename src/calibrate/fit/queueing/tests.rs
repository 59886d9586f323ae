//! Tests of the separation with simulations of a first-come, first-served queue with delays.

mod accuracy;
mod intervals;
mod simulation;

use super::*;
use crate::engine::{Distribution, Stream};
use simulation::{Log, MILLISECOND, Site, constant, gamma, hyperexponential, lognormal, seconds};

/// Minutes of a day.
const DAY: u32 = 1440;
const GRAIN: Grain = Grain { resolution: MILLISECOND, block_s: 3600.0 };

#[test]
fn waiting_matches_exact_formulas() {
    // M/M/1: probability rho, mean rho / (mu - lambda).
    let one = Load { workers: 1, demand: 0.5, squared_cv: 1.0 };
    let waiting = one.waiting(1.2);
    assert!((waiting.probability - 0.6).abs() < 1e-12);
    assert!((waiting.mean() - 0.6 / 0.8).abs() < 1e-12);
    // M/D/1: half of it.
    let fixed = Load { squared_cv: 0.0, ..one };
    assert!((fixed.waiting(1.2).mean() - 0.375).abs() < 1e-12);
    // M/M/2 with an offered load of 1: B = 1/5, C = 2/5 / (2 - 4/5) = 1/3, and the mean is
    // C / (2 mu - lambda).
    let two = Load { workers: 2, demand: 1.0, squared_cv: 1.0 };
    assert!((two.waiting(1.0).probability - 1.0 / 3.0).abs() < 1e-12);
    assert!((two.waiting(1.0).mean() - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(two.waiting(0.0).mean(), 0.0);
    assert!(two.waiting(1e9).mean().is_finite());
    // M/D/2 in light traffic: two thirds of M/M/2.
    let fixed = Load { squared_cv: 0.0, ..two };
    assert!((fixed.waiting(1e-6).mean() / two.waiting(1e-6).mean() - 2.0 / 3.0).abs() < 1e-9);
}

/// The approximation of M/D/c is compared with a simulation of 400,000 requests.
#[test]
fn waiting_of_constant_demands_matches_a_simulation() {
    let site = Site { workers: 4, demand: constant(0.2), delay: constant(0.0) };
    for utilisation in [0.5, 0.7] {
        let rate = utilisation * 4.0 / 0.2;
        let log = site.simulate(3, (4e5 / rate / 60.0) as u32, |_| rate);
        let waiting = log.mean_taken() - 0.2;
        let load = Load { workers: 4, demand: 0.2, squared_cv: 0.0 };
        let error = load.waiting(rate).mean() / waiting - 1.0;
        assert!(error.abs() < 0.05, "utilisation {utilisation}: {error}");
    }
}

#[test]
fn the_utilisation_law_gives_the_demand() {
    // 4 workers are busy 30 % of the time at 60 requests per second: 20 ms of CPU time.
    assert!((demand_of_utilisation(0.3, 4, 60.0) - 0.02).abs() < 1e-15);
}

#[test]
fn requests_that_found_a_free_worker_are_an_unbiased_sample() {
    let delays = [constant(0.0), lognormal(0.15, 1.5)];
    for (name, demand) in simulation::demands(0.05) {
        for delay in &delays {
            let site = Site { workers: 4, demand: demand.clone(), delay: delay.clone() };
            let log = site.simulate(5, 25, |_| 56.0).with_numbers(0.0, 0.0);
            let found = direct(&log.observations, 4, MILLISECOND).expect(name);
            let Some(found) = found else { continue };
            let error = (found.times.variance() / found.times.count()).sqrt();
            let error = (4.0 * error).max(1e-9);
            assert!((found.mean - site.mean()).abs() < error, "{name}: {}", found.mean);
            assert!((found.times.quantile(0.95) / site.p95() - 1.0).abs() < 0.06, "{name}");
        }
    }
}

#[test]
fn the_load_correction_meets_its_accuracy_up_to_a_utilisation_of_0_7() {
    for workers in [1, 4] {
        for (demand, utilisation) in
            [(constant(0.4), 0.7), (gamma(0.4, 0.5), 0.5), (lognormal(0.4, 1.0), 0.7)]
        {
            let site = Site { workers, demand, delay: lognormal(1.1, 1.0) };
            let log = site.day(11, utilisation, true).sampled(8000);
            for demand in [Demand::Estimated, Demand::Known(0.4)] {
                let found = separate(&log.observations, &log.periods, workers, MILLISECOND, demand);
                let found = found.expect("separable");
                let (mean, p95) = (site.mean(), site.p95());
                let context = format!("{workers} workers, utilisation {utilisation}");
                assert!((found.mean / mean - 1.0).abs() < 0.05, "{context}: {}", found.mean);
                let found_p95 = found.times.quantile(0.95);
                assert!((found_p95 / p95 - 1.0).abs() < 0.1, "{context}: {found_p95}, {p95}");
                let Some(interval) = found.mean_interval else { continue };
                assert!(interval.low < interval.estimate && interval.estimate < interval.high);
            }
        }
    }
}

#[test]
fn the_demand_follows_from_the_growth_of_recorded_times() {
    for (workers, tolerance) in [(1, 0.1), (4, 0.15)] {
        let site = Site { workers, demand: gamma(0.4, 0.5), delay: lognormal(1.1, 1.0) };
        let log = site.day(2, 0.85, false).sampled(8000);
        let found =
            separate(&log.observations, &log.periods, workers, MILLISECOND, Demand::Estimated);
        let demand = found.expect("separable").demand.expect("growth");
        let interval = demand.interval.expect("estimated");
        assert!((demand.mean / 0.4 - 1.0).abs() < tolerance, "{workers} workers: {demand:?}");
        assert!(interval.low < 0.4 && 0.4 < interval.high, "{workers} workers: {demand:?}");
    }
}

/// Without growth, the mean is known, but not the demand.
#[test]
fn a_low_utilisation_does_not_determine_the_demand() {
    let site = Site { workers: 4, demand: constant(0.1), delay: lognormal(0.3, 1.0) };
    let log = site.day(4, 0.15, true).sampled(8000);
    let estimated = |demand| {
        separate(&log.observations, &log.periods, 4, MILLISECOND, demand).expect("separable")
    };
    let found = estimated(Demand::Estimated);
    assert!(matches!(found.demand, Err(NotSeparable::NoGrowth { .. })), "{:?}", found.demand);
    assert!((found.mean / 0.4 - 1.0).abs() < 0.03, "{}", found.mean);
    let known = estimated(Demand::Known(0.1)).demand;
    assert_eq!(known, Ok(MeanDemand { mean: 0.1, interval: None }));
}

#[test]
fn bounds_of_the_number_at_arrival_match_the_calculation_by_hand() {
    // Exact times: arrivals at 9, 8, 19; the second request departs at 11.
    let exact = numbers_at_arrival(&[10.0, 11.0, 20.0], &[1.0, 3.0, 1.0], 0.0, 0.0);
    assert_eq!(exact, [1, 0, 0]);
    // Whole seconds: the first two are in the system at the same time for any fractions.
    let found = numbers_at_arrival(&[10.0, 11.0, 20.0], &[1.0, 3.0, 1.0], 1.0, MILLISECOND);
    assert_eq!(found, [1, 1, 0]);
}

/// Times of 50 ms and 3.77 s: without random fractions, the selected share of the shorter ones is
/// 0.38 with one worker and 0.44 with four.
#[test]
fn whole_seconds_give_upper_bounds_and_no_bias() {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let mut stream = simulation::stream(6, 1);
    let (mut time, mut times) = (0.0, Vec::new());
    for _ in 0..100_000 {
        time -= libm::log(1.0 - stream.uniform());
        times.push((time, if stream.uniform() < 0.5 { 0.05 } else { 3.77 }));
    }
    let taken: Vec<f64> = times.iter().map(|one| one.1).collect();
    let ends: Vec<f64> = times.iter().map(|one| one.0 + one.1).collect();
    let exact = numbers_at_arrival(&ends, &taken, 0.0, 0.0);
    let whole: Vec<f64> = ends.iter().map(|end| end.floor()).collect();
    let bounds = numbers_at_arrival(&whole, &taken, 1.0, MILLISECOND);
    assert!(bounds.iter().zip(&exact).all(|(bound, exact)| bound >= exact));
    for (one, bound) in times.iter().zip(&bounds).filter(|(_, bound)| **bound < 4) {
        if one.1 < 1.0 { short.push(*bound) } else { long.push(*bound) }
    }
    let count = (short.len() + long.len()) as f64;
    let share = short.len() as f64 / count;
    assert!((10_000.0..50_000.0).contains(&count), "{count} are selected");
    assert!((share - 0.5).abs() < 4.0 * 0.5 / count.sqrt(), "{share} of {count}");
}

/// Two servers with different rates and a fast and a slow class.
#[test]
fn classes_of_two_servers_are_corrected_with_their_common_load() {
    let (fast, slow) = (constant(0.2), constant(1.0));
    let delay = lognormal(0.6, 1.0);
    let mut servers = Vec::new();
    for (number, utilisation) in [(1, 0.8), (2, 0.6)] {
        let mut kinds = Vec::new();
        let peak = utilisation * 4.0 / 0.4;
        // Three quarters of the requests are fast: the mean demand is 0.4 s.
        let draw = |stream: &mut Stream| {
            kinds.push(u32::from(stream.uniform() >= 0.75));
            let kind = if kinds.last() == Some(&0) { &fast } else { &slow };
            (seconds(kind, stream), seconds(&delay, stream))
        };
        let log: Log =
            simulation::simulate(4, DAY, number, |minute| peak * simulation::shape(minute), draw);
        let labelled = kinds.into_iter().zip(log.observations).step_by(7).collect();
        servers.push(Server { observations: labelled, periods: log.periods, start: 0.0 });
    }
    let found = separate_classes(&servers, 4, GRAIN, Demand::Estimated, &[]).expect("valid");
    let demand = found.demand.expect("growth");
    assert!((demand.mean / 0.4 - 1.0).abs() < 0.15, "{demand:?}");
    for (class, mean) in found.classes.iter().zip([0.8, 1.6]) {
        let service = class.service.as_ref().expect("separable");
        assert!((service.mean / mean - 1.0).abs() < 0.03, "{mean}: {}", service.mean);
    }
    assert!(found.load.expect("estimated").1 < 0.1);
}

#[test]
fn separation_is_refused_where_it_is_not_possible() {
    let site = Site { workers: 4, demand: constant(0.05), delay: lognormal(0.05, 1.5) };
    let found = |utilisation: f64, minutes, demand| {
        let log = site.simulate(1, minutes, |_| utilisation * 4.0 / 0.05);
        separate(&log.observations, &log.periods, 4, MILLISECOND, demand)
    };
    // A constant rate for two hours: many demands explain the mean.
    let single = Site { workers: 1, demand: constant(0.5), delay: lognormal(0.5, 1.0) };
    let log = single.simulate(1, 120, |_| 1.4);
    let steady = separate(&log.observations, &log.periods, 1, MILLISECOND, Demand::Estimated);
    assert!(matches!(steady, Err(NotSeparable::Inaccurate { .. })), "{steady:?}");
    let log = single.simulate(1, 8, |_| 1.2);
    let short = separate(&log.observations, &log.periods, 1, MILLISECOND, Demand::Estimated);
    assert!(matches!(short, Err(NotSeparable::FewPeriods { needed: 9, .. })), "{short:?}");
    let high = found(0.95, 60, Demand::Known(0.05));
    assert!(matches!(high, Err(NotSeparable::NoLowLoad { .. } | NotSeparable::NoSolution { .. })));
    let few = found(0.05, 1, Demand::Estimated);
    assert!(matches!(few, Err(NotSeparable::FewRequests { needed: 400, .. })), "{few:?}");
    let large = found(0.1, 60, Demand::Known(0.2));
    assert!(matches!(large, Err(NotSeparable::Demand { .. })), "{large:?}");
    let none = |workers, demand| separate(&[], &[], workers, MILLISECOND, demand);
    assert_eq!(none(0, Demand::Estimated), Err(NotSeparable::Workers));
    assert_eq!(none(1, Demand::Known(0.0)), Err(NotSeparable::Demand { demand: 0.0 }));
    let wrong = Observation { arrival: 0.0, taken: f64::NAN, number_at_arrival: 0 };
    let found = separate(&[wrong; 500], &[], 4, MILLISECOND, Demand::Estimated);
    assert!(matches!(found, Err(NotSeparable::Sample(_))), "{found:?}");
}

/// One worker with a squared coefficient of variation of 4: waiting behind long requests is not
/// exponential, and p95 would be 40 % too small.
#[test]
fn a_variable_demand_with_one_worker_is_refused() {
    let site = Site { workers: 1, demand: hyperexponential(0.4, 2.0), delay: constant(0.1) };
    let log = site.day(3, 0.7, false).sampled(20_000);
    let found = separate(&log.observations, &log.periods, 1, MILLISECOND, Demand::Known(0.4));
    let is_refused =
        matches!(found, Err(NotSeparable::VariableDemand { .. } | NotSeparable::Inaccurate { .. }));
    assert!(is_refused, "{found:?}");
}
