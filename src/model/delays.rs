//! Due times of scheduled tasks with a random delay.
//!
//! Each delay depends only on the client, the task and the undelayed time. A delay therefore moves
//! a task without making it less frequent, even if the delay exceeds the interval and a later task
//! is due first. This module stores only schedules whose undelayed times do not follow from the
//! client's phase and the interval, or whose delays may exceed the interval.

use crate::base::{SimDuration, SimTime};
use crate::engine::{Distribution, Stream};
use crate::terms::RequestKind;

use super::config::{Cohort, Task};

/// Stored schedules by client and kind.
#[derive(Clone, Debug)]
pub struct DelayedTasks {
    /// Index of each scheduled kind among the stored kinds.
    places: [Option<u8>; RequestKind::SCHEDULED.len()],
    kinds: usize,
    schedules: Vec<Schedule>,
}

/// Undelayed times, in nanoseconds after time zero: a grid, and the time from which it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Any time on the grid.
    anchor: i64,
    /// Time after which the grid applies.
    after: i64,
}

/// Number of intervals to search back for pending tasks if delays are unbounded; their mean is at
/// most one interval.
const LOOK_BACK: i64 = 64;
const LOOK_BACK_MAX: i64 = 1_000;

impl Schedule {
    /// Creates a grid through `anchor` that has no beginning.
    pub fn since_long(anchor: SimTime) -> Self {
        Schedule { anchor: nanos(anchor), after: i64::MIN }
    }

    /// Creates a grid that applies after its anchor.
    pub fn from(anchor: SimTime) -> Self {
        Schedule { anchor: nanos(anchor), after: nanos(anchor) }
    }

    /// Returns the first delayed time after `now`. `stream` returns the random stream at a
    /// position.
    pub fn next_due(
        self,
        now: i64,
        interval: SimDuration,
        spread: &Distribution,
        stream: impl Fn(u32) -> Stream,
    ) -> SimTime {
        let step = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        let back = match spread.max() {
            Some(max) => (max.as_nanos() / step as u64).min(LOOK_BACK_MAX as u64) as i64,
            None => LOOK_BACK,
        };
        let passed = now.saturating_sub(self.anchor).div_euclid(step);
        let mut undelayed = self.anchor.saturating_add((passed - back - 1).saturating_mul(step));
        let mut first = i64::MAX;
        while undelayed < first {
            if undelayed > self.after {
                let delay = spread.sample(&mut stream(position(undelayed)));
                let due =
                    undelayed.saturating_add(i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX));
                if due > now {
                    first = first.min(due);
                }
            }
            undelayed = undelayed.saturating_add(step);
        }
        u64::try_from(first).map_or(SimTime::ZERO, SimTime::from_nanos)
    }
}

impl DelayedTasks {
    /// Creates the schedules of a cohort; there are none if all delays are zero.
    pub fn new(cohort: &Cohort) -> Self {
        let mut places = [None; RequestKind::SCHEDULED.len()];
        let mut kinds = 0;
        for kind in RequestKind::SCHEDULED {
            if is_kept(kind, &cohort.tasks[kind]) {
                places[kind as usize] = Some(kinds);
                kinds += 1;
            }
        }
        let (kinds, none) = (usize::from(kinds), Schedule::since_long(SimTime::ZERO));
        DelayedTasks { places, kinds, schedules: vec![none; kinds * cohort.clients as usize] }
    }

    /// Returns the schedule of a client's task, if it is stored.
    pub fn schedule(&self, kind: RequestKind, client: u32) -> Option<Schedule> {
        self.index(kind, client).map(|index| self.schedules[index])
    }

    /// Replaces the schedule of a client's task, if its kind is stored.
    pub fn set(&mut self, kind: RequestKind, client: u32, schedule: Schedule) {
        if let Some(index) = self.index(kind, client) {
            self.schedules[index] = schedule;
        }
    }

    /// Returns the memory used by the schedules, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.schedules.len() * size_of::<Schedule>()
    }

    fn index(&self, kind: RequestKind, client: u32) -> Option<usize> {
        let index = self.places.get(kind as usize).copied().flatten()?;
        Some(self.kinds * client as usize + usize::from(index))
    }
}

fn is_kept(kind: RequestKind, task: &Task) -> bool {
    let Task::Every { interval, spread } = task else { return false };
    let may_reach_the_next = spread.max().is_none_or(|max| max >= *interval);
    !spread.is_zero() && (kind.begins_at_start() || may_reach_the_next)
}

fn nanos(time: SimTime) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Returns the stream position for an undelayed time: its bits, mixed with a finalizer (Steele,
/// Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn position(undelayed: i64) -> u32 {
    let mut bits = (undelayed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Purpose, Streams};

    /// Returns all delayed times in a period, in order.
    fn dues(schedule: Schedule, spread: &Distribution, from: i64, to: i64) -> Vec<u64> {
        let hour = SimDuration::from_seconds(3600);
        let stream = |position| Streams::new(1, 0).stream(7, Purpose(0), position);
        let (mut now, mut found) = (from, Vec::new());
        loop {
            let due = schedule.next_due(now, hour, spread, stream);
            now = nanos(due);
            if now > to {
                return found;
            }
            found.push(due.as_nanos() / 1_000_000_000);
        }
    }

    const HOUR: i64 = 3_600_000_000_000;

    #[test]
    fn each_due_time_has_its_own_delay() {
        let late = Distribution::constant(SimDuration::from_seconds(600));
        let anchor = SimTime::from_nanos(HOUR as u64 / 2);
        let found = dues(Schedule::since_long(anchor), &late, 0, 3 * HOUR);
        assert_eq!(found, [2_400, 6_000, 9_600]);
        // A grid that applies only after its anchor has no due time at or before the anchor.
        assert_eq!(dues(Schedule::from(anchor), &late, 0, 3 * HOUR), [6_000, 9_600]);
        // A task that was due before time zero may be delayed into the run.
        let very_late = Distribution::constant(SimDuration::from_seconds(2 * 3600));
        let found = dues(Schedule::since_long(anchor), &very_late, 0, 3 * HOUR);
        assert_eq!(found, [1_800, 5_400, 9_000]);
    }

    /// Each hourly due time of 1,200 hours has exactly one delayed time, if that time is also
    /// within the 1,200 hours.
    #[test]
    fn no_due_time_is_lost_or_duplicated() {
        let seconds = SimDuration::from_seconds;
        let distributions = [
            Distribution::uniform(seconds(0), seconds(600)),
            Distribution::uniform(seconds(0), seconds(7_200)),
            Distribution::exponential(seconds(3_600)),
        ];
        for distribution in
            distributions.into_iter().map(|distribution| distribution.expect("a distribution"))
        {
            let found = dues(Schedule::from(SimTime::ZERO), &distribution, 0, 1_200 * HOUR);
            let stream = |position| Streams::new(1, 0).stream(7, Purpose(0), position);
            let mut expected: Vec<u64> = (1..1_200)
                .map(|hour| hour * HOUR)
                .map(|at| at as u64 + distribution.sample(&mut stream(position(at))).as_nanos())
                .filter(|due| *due <= 1_200 * HOUR as u64)
                .map(|due| due / 1_000_000_000)
                .collect();
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}
