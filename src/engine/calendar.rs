//! Pending events in order of time; equal times in order of insertion.
//!
//! A hierarchical timing wheel on whole nanoseconds (Varghese, Lauck, "Hashed and Hierarchical
//! Timing Wheels", 1987): eleven levels of 64 slots, one level a six-bit digit of the time. An
//! entry stands at the highest digit in which its time differs from the wheel's. A slot that is
//! reached is sorted if it is small, else dealt out to the level below.
//!
//! No entry carries a sequence number. Insertion order is kept because an entry can only be put
//! straight into a slot after everything older has left the level above for that slot: a slot
//! is dealt out when the wheel's time enters it, and before that no entry for its range goes
//! lower. Dealing out and sorting are stable.

use std::collections::VecDeque;

use crate::base::SimTime;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 64_usize.div_ceil(BITS as usize);

/// Slots with at most this many entries are sorted, larger ones dealt out.
const SORTED_MAX: usize = 64;

/// With more entries than this the slot reached last is parted.
const READY_MAX: usize = 4 * SORTED_MAX;

/// Room for more entries than this is given back when a slot is emptied: in the end every slot
/// would have as much as the fullest ever had.
const SPARE_MAX: usize = 4096;

/// The pending events of one simulation.
#[derive(Debug)]
pub struct Calendar<E> {
    /// Nothing may be scheduled before this.
    now: u64,
    /// The wheel's time: the start of the slot reached last, never after a pending entry.
    base: u64,
    /// Entries of the slot reached last, in order.
    ready: VecDeque<(u64, E)>,
    /// The last time that belongs to `ready`, if the slot reached last has not been left.
    ready_until: Option<u64>,
    /// Scheduled at `now` for `now`: after all others of that time.
    at_once: VecDeque<E>,
    slots: Vec<Vec<(u64, E)>>,
    /// One bit for each slot that is not empty.
    occupied: [u64; LEVELS],
    /// Emptied slots' memory, to be used again.
    spare: Vec<Vec<(u64, E)>>,
    len: usize,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Calendar::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar at time zero.
    pub fn new() -> Self {
        Calendar {
            now: 0,
            base: 0,
            ready: VecDeque::new(),
            ready_until: None,
            at_once: VecDeque::new(),
            slots: std::iter::repeat_with(Vec::new).take(LEVELS * SLOTS).collect(),
            occupied: [0; LEVELS],
            spare: Vec::new(),
            len: 0,
        }
    }

    /// The time of the event popped last, or the limit up to which nothing was due, whichever is
    /// later: nothing may be scheduled before it.
    pub fn now(&self) -> SimTime {
        SimTime::from_nanos(self.now)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is nothing pending?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an event. Events for the same time pop in the order they were scheduled. `at` is not
    /// before [`Calendar::now`]; events at [`SimTime::NEVER`] are dropped.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        debug_assert!(at.as_nanos() >= self.now, "nothing happens in the past");
        if at == SimTime::NEVER {
            return;
        }
        self.len += 1;
        let time = at.as_nanos();
        if time <= self.now {
            return self.at_once.push_back(event);
        }
        match self.ready_until {
            Some(until) if time <= until => self.make_ready(time, event),
            _ => self.put(time, event),
        }
    }

    /// Puts an entry among those of the slot reached last, after its equals.
    #[inline]
    fn make_ready(&mut self, time: u64, event: E) {
        let place = match self.ready.back() {
            Some((latest, _)) if *latest > time => {
                self.ready.partition_point(|(other, _)| *other <= time)
            }
            _ => self.ready.len(),
        };
        self.ready.insert(place, (time, event));
        if self.ready.len() > READY_MAX {
            self.put_back();
        }
    }

    /// A slot that was reached when it held little may be long, and fill up. Entries after the
    /// first few go back into the wheel, below that slot, where nothing else can be.
    fn put_back(&mut self) {
        let Some((last_kept, _)) = self.ready.get(SORTED_MAX) else { return };
        let last_kept = *last_kept;
        let keep = self.ready.partition_point(|(time, _)| *time <= last_kept);
        if keep == self.ready.len() {
            return;
        }
        self.ready_until = Some(last_kept);
        let rest = self.ready.split_off(keep);
        for (time, event) in rest {
            self.put(time, event);
        }
    }

    /// Takes the next event if it is due at or before `limit`.
    #[inline]
    pub fn pop_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        loop {
            match self.ready.front().copied() {
                // What was scheduled for this time before it had come is older.
                Some((time, _)) if time > self.now && !self.at_once.is_empty() => {}
                Some((time, event)) => {
                    if time > limit.as_nanos() {
                        return self.wait_until(limit);
                    }
                    self.ready.pop_front();
                    self.len -= 1;
                    self.now = time;
                    return Some((SimTime::from_nanos(time), event));
                }
                None => {}
            }
            if let Some(event) = self.at_once.pop_front() {
                self.len -= 1;
                return Some((SimTime::from_nanos(self.now), event));
            }
            if self.len == 0 {
                return None;
            }
            if !self.reach_next_slot(limit.as_nanos()) {
                return self.wait_until(limit);
            }
        }
    }

    /// Nothing is due by `limit`: that much time has passed.
    fn wait_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        self.now = self.now.max(limit.as_nanos());
        None
    }

    /// Puts an entry where it belongs relative to `base`.
    #[inline]
    fn put(&mut self, time: u64, event: E) {
        let digit = ((time ^ self.base) | 1).ilog2() / BITS;
        let slot = (time >> (digit * BITS)) as usize % SLOTS;
        let level = digit as usize;
        let entries = &mut self.slots[level * SLOTS + slot];
        if entries.is_empty() && entries.capacity() == 0 {
            *entries = self.spare.pop().unwrap_or_default();
        }
        entries.push((time, event));
        self.occupied[level] |= 1 << slot;
    }

    /// Moves on to the next slot that is not empty, unless it begins after `limit`. False then.
    fn reach_next_slot(&mut self, limit: u64) -> bool {
        let Some(level) = self.occupied.iter().position(|slots| *slots != 0) else { return false };
        let slot = self.occupied[level].trailing_zeros();
        let shift = level as u32 * BITS;
        let above = self.base.checked_shr(shift + BITS).unwrap_or(0);
        let start = above.checked_shl(shift + BITS).unwrap_or(0) | u64::from(slot) << shift;
        if start > limit {
            return false;
        }
        let until = start | ((1 << shift) - 1);
        self.occupied[level] &= !(1 << slot);
        let place = level * SLOTS + slot as usize;
        let mut entries = std::mem::take(&mut self.slots[place]);
        self.base = start;
        if level == 0 || entries.len() <= SORTED_MAX {
            // Stable by time: among equals the oldest pops first.
            entries.sort_by_key(|(time, _)| *time);
            entries = Vec::from(std::mem::replace(&mut self.ready, entries.into()));
            self.ready_until = Some(until);
        } else {
            self.ready_until = None;
            for (time, event) in entries.drain(..) {
                self.put(time, event);
            }
        }
        entries.clear();
        if entries.capacity() <= SPARE_MAX {
            self.spare.push(entries);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    /// The obvious calendar: a heap of (time, sequence number).
    #[derive(Default)]
    struct Heap {
        pending: BinaryHeap<Reverse<(u64, u32)>>,
    }

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    #[derive(Clone, Debug)]
    enum Step {
        Schedule { delay: u64, copies: u8 },
        Pop(u8),
        PopUntil { ahead: u64 },
    }

    fn delays() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            0..4_u64,
            0..200_u64,
            (0..40_u64).prop_map(|k| k * 64),
            0..1_000_000_u64,
            (0..54_u32).prop_map(|bits| 1 << bits),
            0..1_u64 << 50,
        ]
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (delays(), prop_oneof![9 => 1..4_u8, 1 => 60..200_u8])
                .prop_map(|(delay, copies)| Step::Schedule { delay, copies }),
            3 => (1..40_u8).prop_map(Step::Pop),
            1 => delays().prop_map(|ahead| Step::PopUntil { ahead }),
        ];
        prop::collection::vec(step, 1..120)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn events_pop_by_time_and_then_by_insertion(steps in steps()) {
            let mut wheel = Calendar::new();
            let mut heap = Heap::default();
            let mut sequence = 0;
            let pop = |wheel: &mut Calendar<u32>, heap: &mut Heap, limit: u64| {
                let due = heap.pending.peek().is_some_and(|Reverse((time, _))| *time <= limit);
                let expected = if due { heap.pending.pop() } else { None };
                let expected = expected.map(|Reverse((time, event))| (at(time), event));
                assert_eq!(wheel.pop_until(at(limit)), expected);
                assert_eq!(wheel.len(), heap.pending.len());
            };
            for step in steps {
                match step {
                    Step::Schedule { delay, copies } => for _ in 0..copies {
                        let time = wheel.now().as_nanos() + delay;
                        wheel.schedule(at(time), sequence);
                        heap.pending.push(Reverse((time, sequence)));
                        sequence += 1;
                    },
                    Step::Pop(count) => for _ in 0..count {
                        pop(&mut wheel, &mut heap, u64::MAX - 1);
                        if heap.pending.is_empty() { break; }
                    },
                    Step::PopUntil { ahead } => {
                        let limit = wheel.now().as_nanos() + ahead;
                        pop(&mut wheel, &mut heap, limit);
                    }
                }
            }
            while !heap.pending.is_empty() {
                pop(&mut wheel, &mut heap, u64::MAX - 1);
            }
        }
    }

    #[test]
    fn ten_thousand_events_at_one_time_pop_in_order() {
        let mut calendar = Calendar::new();
        for event in 0..10_000_u32 {
            calendar.schedule(at(123_456_789_012), event);
        }
        for event in 0..10_000 {
            assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(123_456_789_012), event)));
        }
        assert!(calendar.is_empty());
    }

    /// One far entry is reached, so that its wide slot is ready; then thousands come before it.
    #[test]
    fn a_slot_that_fills_up_after_it_was_reached_stays_in_order() {
        let mut calendar = Calendar::new();
        let hour = 3_600_000_000_000_u64;
        calendar.schedule(at(hour), 0_u32);
        calendar.schedule(at(hour + hour / 100), 1);
        assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(hour), 0)));
        let mut expected: Vec<(u64, u32)> = vec![(hour + hour / 100, 1)];
        for event in 2..5_000 {
            let time = hour + u64::from(event).wrapping_mul(7_919_777_777) % 30_000_000_000;
            calendar.schedule(at(time), event);
            expected.push((time, event));
        }
        for event in 5_000..5_010 {
            calendar.schedule(at(hour), event);
            expected.push((hour, event));
        }
        expected.sort_by_key(|(time, _)| *time);
        for (time, event) in expected {
            assert_eq!(calendar.pop_until(at(u64::MAX - 1)), Some((at(time), event)));
        }
        assert!(calendar.is_empty());
    }

    #[test]
    fn never_does_not_come() {
        let mut calendar = Calendar::new();
        calendar.schedule(SimTime::NEVER, ());
        assert!(calendar.is_empty());
        assert_eq!(calendar.pop_until(at(u64::MAX - 1)), None);
    }
}
