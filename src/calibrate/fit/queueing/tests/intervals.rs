//! Tests of the intervals of the means without waiting.

use super::super::growth::{self, Estimate};
use super::super::load::{Means, Windows, classes, means};
use super::*;

/// Two workers, constant demands of 2 s, and two classes with different delays.
const DELAYS: [f64; 2] = [1.0, 6.0];

/// Returns a server after a day with a utilisation of up to 0.8 in the busiest minute.
fn server(seed: u64) -> Server {
    let delays = DELAYS.map(|mean| lognormal(mean, 0.8));
    let mut kinds = Vec::new();
    let draw = |stream: &mut Stream| {
        kinds.push(u32::from(stream.uniform() < 0.3));
        let delay = if kinds.last() == Some(&0) { &delays[0] } else { &delays[1] };
        (2.0, seconds(delay, stream))
    };
    let log: Log =
        simulation::simulate(2, DAY, seed, |minute| 0.8 * simulation::shape(minute), draw);
    let observations = kinds.into_iter().zip(log.observations).step_by(16).collect();
    Server { observations, periods: log.periods, start: 0.0 }
}

/// Of 60 intervals, 57 are expected to contain the true mean; fewer than 52 have a probability of
/// 0.5 %.
#[test]
fn intervals_contain_the_error_of_the_waiting_time() {
    let (mut covered, mut errors, mut widths) = (0, 0.0, 0.0);
    for seed in 0..30 {
        let found = separate_classes(&[server(seed)], 2, GRAIN, Demand::Known(2.0), &[]);
        for (class, delay) in found.expect("valid").classes.iter().zip(DELAYS) {
            let service = class.service.as_ref().expect("separable");
            let interval = service.mean_interval.expect("24 hours");
            let error = service.mean - (2.0 + delay);
            let half_width = (interval.high - interval.low) / 2.0;
            assert_eq!((interval.blocks, interval.estimate), (20, service.mean));
            covered += u32::from(error.abs() <= half_width);
            errors += (error / (2.0 + delay)).powi(2);
            widths += (half_width / 2.093 / (2.0 + delay)).powi(2);
        }
    }
    assert!(covered >= 52, "{covered} of 60");
    let ratio: f64 = (widths / errors).sqrt();
    assert!((0.8..1.6).contains(&ratio), "the stated standard error is {ratio} times the error");
}

/// One worker with a rate of 1.2 per second and a demand of 0.5 s: the mean waiting time of M/M/1
/// is 0.75 s, and half of it is due to the variation of the demand.
#[test]
fn means_match_the_calculation_by_hand() {
    let load = Load { workers: 1, demand: 0.5, squared_cv: 1.0 };
    let periods = [Period { rate: 1.2, mean_taken: 2.5, requests: 72.0 }; 10];
    let observation = |(arrival, taken)| Observation { arrival, taken, number_at_arrival: 9 };
    let observations = [(1.0, 2.0), (2.0, 3.0)].map(observation);
    let found = classes(&observations, &Windows::new(&periods), &load);
    let Means { service, waiting, increase } = means(&found, &load).expect("two requests");
    assert!((service - 1.75).abs() < 1e-12, "{service}");
    assert!((waiting - 0.75).abs() < 1e-12, "{waiting}");
    assert!((increase - 0.375).abs() < 1e-12, "{increase}");
    assert_eq!(means(&[], &load), None);
}

/// The estimate of all requests is a fixed point.
#[test]
fn the_load_of_all_requests_is_found_again() {
    let site = Site { workers: 2, demand: lognormal(2.0, 1.0), delay: lognormal(4.0, 0.8) };
    let log = site.day(5, 0.8, false).sampled(4000);
    let windows = Windows::new(&log.periods);
    for demand in [Demand::Known(2.0), Demand::Estimated] {
        let found = growth::estimate(&log.observations, &log.periods, 2, demand);
        let Estimate { load, expected_share, .. } = found.expect("separable");
        let again = growth::refit(&log.observations, &windows, &load, demand).expect("a load");
        assert!((again.demand / load.demand - 1.0).abs() < 0.01, "{again:?}, {load:?}");
        assert!((again.squared_cv - load.squared_cv).abs() < 0.02, "{again:?}, {load:?}");
        assert!((0.001..0.5).contains(&expected_share), "{expected_share}");
    }
}
