//! Intervals of the means without waiting that contain the error of the subtracted waiting times.
//!
//! The waiting times follow from an estimated load, so an error of the load is an error of every
//! mean, and blocks of the corrected times alone do not show it. The whole estimate is therefore
//! repeated without each group of blocks (delete-a-group jackknife): the differences between the
//! classes, the load, and the subtraction. Three variances are added:
//!
//! * the variance between these estimates;
//! * that of the expected variation of the demand: the estimated variation is a weighted mean of
//!   the expected one and of that which fits the log, and the expected one has a standard error;
//! * that of the model: the formula of the waiting time is an approximation ([`WAITING_ERROR`]).
//!
//! Blocks are dealt out to the groups in turn, so that each group contains all parts of the day.

use std::collections::BTreeSet;

use super::super::interval::{self, Interval, NoInterval};
use super::growth::{self, SQUARED_CV_ERROR};
use super::load::{Load, Windows, classes, means};
use super::{Demand, Observation, mix};

/// The number of groups. With 20 groups, Student's t is 7 % larger than the normal quantile.
const GROUPS: usize = 20;
/// The confidence level of the intervals.
const LEVEL: f64 = 0.95;
/// The relative standard error of the formula of the waiting time. This number is an assumption:
/// the tests of this module compare the formula with simulations to 5 %.
const WAITING_ERROR: f64 = 0.05;

/// Requests in windows, the windows in groups of blocks.
pub(super) struct Blocks<'a> {
    observations: &'a [(u32, Observation)],
    windows: Windows,
    /// The group of each window; `None` without requests.
    groups: Vec<Option<usize>>,
    count: usize,
}

/// How the load is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// It was estimated from the requests, with this weight of the expected variation.
    Estimated(Demand, f64),
    /// It is that of a scenario.
    Given,
}

/// The load of all requests, and that of the requests without each group of blocks.
pub(super) struct Loads {
    all: Load,
    without: Vec<Option<Load>>,
    expected_share: f64,
}

impl<'a> Blocks<'a> {
    /// Divides windows into blocks of `block_s` seconds. `starts` are the starts of the periods in
    /// seconds from a common origin of all servers; `windows` are combined from these periods.
    pub(super) fn new(
        observations: &'a [(u32, Observation)],
        windows: Windows,
        (starts, block_s): (&[f64], f64),
    ) -> Self {
        let length = starts.len().div_ceil(windows.periods.len().max(1)).max(1);
        let block = |index: usize| {
            let start = starts.get(index * length)?;
            let is_used = windows.periods[index].requests > 0.0;
            is_used.then(|| libm::floor(start / block_s) as i64)
        };
        let blocks: Vec<Option<i64>> = (0..windows.periods.len()).map(block).collect();
        let numbers: BTreeSet<i64> = blocks.iter().flatten().copied().collect();
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let count = numbers.len().min(GROUPS);
        let group = |block: &Option<i64>| Some(numbers.binary_search(&(*block)?).ok()? % count);
        Blocks { observations, groups: blocks.iter().map(group).collect(), windows, count }
    }

    /// Estimates the load without each group.
    pub(super) fn loads(&self, all: Load, known: Known) -> Loads {
        let (refit, expected_share): (Box<dyn Fn(usize) -> Option<Load> + '_>, f64) = match known {
            Known::Given => (Box::new(move |_| Some(all)), 1.0),
            Known::Estimated(demand, share) => {
                (Box::new(move |group| self.load_without(group, &all, demand)), share)
            }
        };
        Loads { all, without: (0..self.count).map(refit).collect(), expected_share }
    }

    fn load_without(&self, group: usize, all: &Load, demand: Demand) -> Option<Load> {
        let observations = self.without(group, |_| true);
        let mut windows = self.windows.clone();
        for (window, own) in windows.periods.iter_mut().zip(&self.groups) {
            if *own == Some(group) {
                window.requests = 0.0;
            }
        }
        let weighted = windows.periods.iter().filter(|one| one.requests > 0.0);
        let (sum, count) = weighted.fold((0.0, 0.0), |(sum, count), one| {
            (sum + one.requests * one.mean_taken, count + one.requests)
        });
        match mix::without_classes(&observations, &windows, sum / count) {
            Some(mixed) => growth::refit(&mixed, &windows.sampled(&mixed), all, demand),
            None => {
                let single: Vec<Observation> = observations.iter().map(|one| one.1).collect();
                growth::refit(&single, &windows, all, demand)
            }
        }
    }

    /// Returns the requests outside a group, of the chosen classes.
    fn without(&self, group: usize, is_chosen: impl Fn(u32) -> bool) -> Vec<(u32, Observation)> {
        let is_outside = |one: &Observation| {
            let window = self.windows.index_of(one.arrival);
            window.and_then(|window| self.groups.get(window)).is_some_and(|own| *own != Some(group))
        };
        let chosen = self.observations.iter().filter(|(class, _)| is_chosen(*class));
        chosen.filter(|one| is_outside(&one.1)).copied().collect()
    }

    /// Returns the interval of the mean without waiting of a class.
    pub(super) fn interval(
        &self,
        class: u32,
        estimate: f64,
        loads: &Loads,
    ) -> Result<Interval, NoInterval> {
        let means = |observations: &[(u32, Observation)], load: &Load| {
            let own: Vec<Observation> = observations.iter().map(|one| one.1).collect();
            means(&classes(&own, &self.windows, load), load)
        };
        let own: Vec<_> = self.observations.iter().filter(|one| one.0 == class).copied().collect();
        let all = means(&own, &loads.all).ok_or(NoInterval::Values)?;
        let service = |(group, load): (usize, &Option<Load>)| {
            let found = means(&self.without(group, |own| own == class), load.as_ref()?)?;
            Some(found.service)
        };
        let without: Option<Vec<f64>> = loads.without.iter().enumerate().map(service).collect();
        let without = without.ok_or(NoInterval::Values)?;
        let expected = loads.expected_share * SQUARED_CV_ERROR * all.increase;
        let model = WAITING_ERROR * all.waiting;
        interval::jackknife(estimate, &without, expected * expected + model * model, LEVEL)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PERIOD, Period};
    use super::*;

    /// Three hours of two servers whose first minutes are half an hour apart. Windows have 15
    /// minutes. The second server has no requests in its last half hour.
    #[test]
    fn blocks_of_all_servers_are_the_same_hours() {
        let period = |index: usize| {
            let is_empty = index >= 330;
            let rate = if is_empty { 0.0 } else { 1.0 };
            Period { rate, mean_taken: 1.0, requests: 60.0 * rate }
        };
        let periods: Vec<Period> = (0..360).map(period).collect();
        let start = |index: usize| match index < 180 {
            true => 7200.0 + index as f64 * PERIOD,
            false => 9000.0 + (index - 180) as f64 * PERIOD,
        };
        let starts: Vec<f64> = (0..360).map(start).collect();
        let windows = Windows::new(&periods);
        assert_eq!(windows.seconds, 900.0);
        let blocks = Blocks::new(&[], windows, (&starts, 3600.0));
        assert_eq!(blocks.count, 3);
        let group = |server: usize, window: usize| blocks.groups[12 * server + window];
        let first: Vec<_> = (0..12).map(|window| group(0, window)).collect();
        assert_eq!(first, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2].map(Some));
        let second: Vec<_> = (0..12).map(|window| group(1, window)).collect();
        let used = [0, 0, 1, 1, 1, 1, 2, 2, 2, 2].map(Some);
        assert_eq!(second, [&used[..], &[None, None]].concat());
    }

    /// 45 hours: the group of an hour is its number modulo 20.
    #[test]
    fn blocks_are_dealt_out_to_the_groups_in_turn() {
        let periods = vec![Period { rate: 1.0, mean_taken: 1.0, requests: 60.0 }; 45 * 60];
        let starts: Vec<f64> = (0..periods.len()).map(|one| one as f64 * PERIOD).collect();
        let blocks = Blocks::new(&[], Windows::new(&periods), (&starts, 3600.0));
        assert_eq!(blocks.count, 20);
        assert_eq!([0, 19, 20, 44].map(|hour| blocks.groups[4 * hour]), [0, 19, 0, 4].map(Some));
    }
}
