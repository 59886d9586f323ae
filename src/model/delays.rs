//! Due times of scheduled tasks that have a random delay.
//!
//! A delay concerns each due time by itself: it depends on nothing but the client, the task and the
//! undelayed time. So a task is moved and not made rarer, also where a delay is longer than the
//! interval and the next task comes before it. Kept here are schedules whose undelayed times cannot
//! be told from the client's own grid, or whose delays may reach the next one.

use crate::base::{SimDuration, SimTime};
use crate::engine::{Distribution, Stream};
use crate::terms::RequestKind;

use super::config::{Cohort, Task};

/// Schedules by client and kind, of the kinds that are kept.
#[derive(Clone, Debug)]
pub struct DelayedTasks {
    /// Place of each scheduled kind among those that are kept.
    places: [Option<u8>; RequestKind::SCHEDULED.len()],
    kinds: usize,
    schedules: Vec<Schedule>,
}

/// Undelayed times, in nanoseconds after time zero: a grid, and since when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// One of its times.
    anchor: i64,
    /// Times up to this one do not count.
    after: i64,
}

/// Delays without a longest are looked back for over so many intervals: their mean is one at most.
const LOOK_BACK: i64 = 64;
const LOOK_BACK_MAX: i64 = 1_000;

impl Schedule {
    /// A grid through `anchor` that has been there for long.
    pub fn since_long(anchor: SimTime) -> Self {
        Schedule { anchor: nanos(anchor), after: i64::MIN }
    }

    /// A grid of which only times after its anchor count.
    pub fn from(anchor: SimTime) -> Self {
        Schedule { anchor: nanos(anchor), after: nanos(anchor) }
    }

    /// The first delayed time after `now`. `stream` gives the stream at a position.
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
    /// Those of a cohort: none, unless some delay is not zero.
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

    /// The schedule of a client's task, if it is kept.
    pub fn schedule(&self, kind: RequestKind, client: u32) -> Option<Schedule> {
        self.index(kind, client).map(|index| self.schedules[index])
    }

    /// From now on a client's task has this schedule, if it is of a kind that is kept.
    pub fn set(&mut self, kind: RequestKind, client: u32, schedule: Schedule) {
        if let Some(index) = self.index(kind, client) {
            self.schedules[index] = schedule;
        }
    }

    /// Memory that they take.
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

/// The position in a client's stream for an undelayed time: its bits, well mixed (Steele, Lea,
/// Flood: Fast splittable pseudorandom number generators, 2014).
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

    /// All delayed times in a span, one after the other.
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
    fn each_due_time_is_delayed_independently() {
        let late = Distribution::constant(SimDuration::from_seconds(600));
        let anchor = SimTime::from_nanos(HOUR as u64 / 2);
        let found = dues(Schedule::since_long(anchor), &late, 0, 3 * HOUR);
        assert_eq!(found, [2_400, 6_000, 9_600]);
        // After a start at half past, not before.
        assert_eq!(dues(Schedule::from(anchor), &late, 0, 3 * HOUR), [6_000, 9_600]);
        // What was due before time zero may be delayed beyond it.
        let very_late = Distribution::constant(SimDuration::from_seconds(2 * 3600));
        let found = dues(Schedule::since_long(anchor), &very_late, 0, 3 * HOUR);
        assert_eq!(found, [1_800, 5_400, 9_000]);
    }

    /// Each undelayed time of a thousand hours has one delayed time, whatever the order.
    #[test]
    fn no_due_time_is_lost_or_doubled() {
        let seconds = SimDuration::from_seconds;
        let distributions = [
            Distribution::uniform(seconds(0), seconds(600)),
            Distribution::uniform(seconds(0), seconds(7_200)),
            Distribution::exponential(seconds(3_600)),
        ];
        for distribution in
            distributions.into_iter().map(|distribution| distribution.expect("a law"))
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
