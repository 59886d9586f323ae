//! Timeouts of equal length. They expire in the order in which they start, so a queue holds them,
//! and only the first timeout needs a calendar entry. Nearly all attempts end long before their
//! timeout.

use std::collections::VecDeque;

use crate::base::SimTime;
use crate::base::ids::AttemptId;

/// Deadlines of the attempts of one origin, which all have the same timeout.
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    /// Deadlines in ascending order.
    queue: VecDeque<(SimTime, AttemptId)>,
    /// Whether the calendar has an entry for the first deadline, or for an earlier deadline that
    /// has been removed.
    is_awaited: bool,
}

/// Maximum number of ended attempts removed from the queue per new attempt.
const DROPPED_AT_ONCE: usize = 2;

impl Deadlines {
    /// Adds the deadline of a new attempt. `waits` returns whether an attempt still has a deadline.
    /// If the calendar needs an entry, returns its time.
    #[inline(always)]
    pub fn begin(
        &mut self,
        deadline: SimTime,
        attempt: AttemptId,
        waits: impl Fn(SimTime, AttemptId) -> bool,
    ) -> Option<SimTime> {
        if deadline == SimTime::NEVER {
            return None;
        }
        debug_assert!(self.queue.back().is_none_or(|(last, _)| *last <= deadline));
        for _ in 0..DROPPED_AT_ONCE {
            self.queue.pop_front_if(|(at, attempt)| !waits(*at, *attempt));
        }
        self.queue.push_back((deadline, attempt));
        (!std::mem::replace(&mut self.is_awaited, true)).then_some(deadline)
    }

    /// Handles the calendar entry. Returns the attempt that times out, if it has not ended, and the
    /// time for which the calendar needs the next entry.
    pub fn end(
        &mut self,
        now: SimTime,
        waits: impl Fn(SimTime, AttemptId) -> bool,
    ) -> (Option<AttemptId>, Option<SimTime>) {
        let due = self.queue.pop_front_if(|(at, _)| *at <= now).map(|(_, attempt)| attempt);
        while self.queue.pop_front_if(|(at, attempt)| !waits(*at, *attempt)).is_some() {}
        let next = self.queue.front().map(|(at, _)| *at);
        self.is_awaited = next.is_some();
        (due, next)
    }

    /// Returns the memory used by the queue, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.queue.len() * size_of::<(SimTime, AttemptId)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    #[test]
    fn only_the_first_active_deadline_needs_an_entry() {
        let mut deadlines = Deadlines::default();
        let all = |_: SimTime, _: AttemptId| true;
        assert_eq!(deadlines.begin(at(10), AttemptId(0), all), Some(at(10)));
        assert_eq!(deadlines.begin(at(20), AttemptId(1), all), None);
        assert_eq!(deadlines.begin(at(30), AttemptId(2), all), None);
        let but_the_second = |_: SimTime, attempt: AttemptId| attempt != AttemptId(1);
        assert_eq!(deadlines.end(at(10), but_the_second), (Some(AttemptId(0)), Some(at(30))));
        assert_eq!(deadlines.end(at(30), all), (Some(AttemptId(2)), None));
        assert_eq!(deadlines.begin(at(50), AttemptId(3), all), Some(at(50)));
    }

    #[test]
    fn equal_deadlines_expire_one_by_one() {
        let mut deadlines = Deadlines::default();
        let all = |_: SimTime, _: AttemptId| true;
        deadlines.begin(at(10), AttemptId(0), all);
        deadlines.begin(at(10), AttemptId(1), all);
        assert_eq!(deadlines.end(at(10), all), (Some(AttemptId(0)), Some(at(10))));
        assert_eq!(deadlines.end(at(10), all), (Some(AttemptId(1)), None));
    }

    #[test]
    fn ended_attempts_are_removed_from_the_queue() {
        let mut deadlines = Deadlines::default();
        for number in 0..1_000 {
            let waits = |_: SimTime, attempt: AttemptId| attempt.0 + 3 > number;
            deadlines.begin(at(u64::from(number)), AttemptId(number), waits);
        }
        assert!(deadlines.memory_bytes() <= 4 * size_of::<(SimTime, AttemptId)>());
        // The calendar entry belongs to the first attempt, which has already been removed, so no
        // attempt ends.
        assert_eq!(deadlines.end(at(0), |_, _| true), (None, Some(at(997))));
    }
}
