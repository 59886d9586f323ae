//! Pending events in order of time; events with equal times in order of insertion.
//!
//! The calendar is a hierarchical timing wheel on whole nanoseconds (Varghese, Lauck, "Hashed and
//! Hierarchical Timing Wheels", 1987). It has eleven levels of 64 slots; each level corresponds to
//! a six-bit digit of the time. An entry is stored at the highest digit in which its time differs
//! from the time of the wheel. When the wheel reaches slots with few entries, it sorts these
//! entries into one list, the front. If a slot has many entries, it distributes them over the slots
//! of the level below. While few events are pending, all of them are in the front.
//!
//! Entries carry no sequence number. A slot is distributed when the time of the wheel enters it.
//! Until then no entry in the range of that slot is stored at a lower level, so a new entry in a
//! low-level slot always follows the older ones. Distribution and sorting are stable. Together,
//! these properties preserve insertion order.

mod front;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use crate::base::SimTime;
use front::Front;

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 64_usize.div_ceil(BITS as usize);

/// Maximum number of entries in a slot that is sorted directly; the entries of a larger slot are
/// distributed over the level below. With this limit, the index of an entry fits into six bits.
const SORTED_MAX: usize = 64;

/// Maximum number of entries of adjacent slots that are sorted together.
const GATHERED_MAX: usize = 24;

/// If the number of keys is in this range, padding keys raise it to the end of the range before
/// sorting. The standard library sorts up to twenty keys by insertion, with one branch
/// misprediction per key, and more keys with branch-free sorting networks.
const BY_NETWORK: Range<usize> = 7..21;

/// Maximum number of entries in the front. Beyond it, the front keeps its earliest [`FRONT_KEPT`]
/// entries.
const FRONT_MAX: usize = 128;
const FRONT_KEPT: usize = 48;

/// The level at which the caller receives the events of a large slot (`approach`) before they are
/// distributed; a slot is 1.07 s long.
const APPROACHED: usize = 5;

/// Capacity that an emptied slot keeps. A larger buffer of at most `SPARE_ROOM` entries is reused
/// for the next slot that grows; otherwise every slot would eventually hold the capacity of the
/// largest one.
const KEPT_ROOM: usize = 2 * SORTED_MAX;
const SPARE_ROOM: usize = 4096;

/// The pending events of one simulation.
#[derive(Debug)]
pub struct Calendar<E> {
    /// The current time; no event is scheduled before it.
    now: u64,
    /// The time of the wheel, never later than any entry in the wheel.
    base: u64,
    /// All entries before `front_until` except those in `at_once`, in descending order of time.
    front: Front<E>,
    /// The end of the time range of the front (exclusive).
    front_until: u64,
    /// Number of front entries that [`Calendar::newly_in_front`] has not returned yet.
    front_new: usize,
    /// Events scheduled for the current time itself, which pop after all other events of that time.
    at_once: VecDeque<E>,
    /// The slots of all levels, level by level.
    slots: Vec<Vec<(u64, E)>>,
    /// One bit per slot for each level; the bit is set if the slot is not empty.
    occupied: [u64; LEVELS],
    /// Number of entries in slots.
    in_wheel: usize,
    /// Buffers of large emptied slots for reuse.
    spare: Vec<Vec<(u64, E)>>,
    /// Reusable buffer for entries just removed from slots, and for their sort keys.
    gathered: Vec<(u64, E)>,
    order: Vec<u64>,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Calendar::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// Creates an empty calendar at time zero.
    pub fn new() -> Self {
        Calendar {
            now: 0,
            base: 0,
            front: Front::new(),
            front_until: u64::MAX,
            front_new: 0,
            at_once: VecDeque::new(),
            slots: std::iter::repeat_with(Vec::new).take(LEVELS * SLOTS).collect(),
            occupied: [0; LEVELS],
            in_wheel: 0,
            spare: Vec::new(),
            gathered: Vec::with_capacity(SORTED_MAX),
            order: Vec::with_capacity(SORTED_MAX),
        }
    }

    /// Returns the current time: the time of the last event popped, or the last `limit` at which no
    /// event was due, whichever is later. No event is scheduled before it.
    pub fn now(&self) -> SimTime {
        SimTime::from_nanos(self.now)
    }

    /// Returns the number of pending events.
    pub fn len(&self) -> usize {
        self.in_wheel + self.front.len() + self.at_once.len()
    }

    /// Returns whether no event is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an event. Events with equal times pop in the order of insertion. `at` must not be
    /// before [`Calendar::now`]. Events at [`SimTime::NEVER`] are dropped.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        debug_assert!(at.as_nanos() >= self.now, "events are not scheduled in the past");
        let time = at.as_nanos();
        if time <= self.now {
            self.put_at_once(event);
        } else if time >= self.front_until {
            self.put_into_wheel(time, event);
        } else if self.front.len() >= FRONT_MAX {
            self.put_in_full_front(time, event);
        } else {
            self.front.insert(time, event);
        }
    }

    #[inline(never)]
    fn put_at_once(&mut self, event: E) {
        self.at_once.push_back(event);
    }

    #[inline(never)]
    fn put_into_wheel(&mut self, time: u64, event: E) {
        if time != SimTime::NEVER.as_nanos() {
            self.in_wheel += 1;
            self.put(time, event);
        }
    }

    #[cold]
    fn put_in_full_front(&mut self, time: u64, event: E) {
        self.front.insert(time, event);
        self.part_front();
    }

    /// Moves all but the earliest entries of a full front back into the wheel. They return to the
    /// slots that they came from, or to slots of lower levels; all of these slots are empty.
    fn part_front(&mut self) {
        if self.in_wheel == 0 {
            self.base = self.now;
        }
        // Entries due now stay in the front because they precede those in `at_once`.
        let entries = self.front.entries();
        let cut = entries[entries.len() - FRONT_KEPT].0.max(self.now + 1);
        let later = entries.partition_point(|(time, _)| *time >= cut);
        for index in (0..later).rev() {
            let (time, event) = self.front.entries()[index];
            self.put(time, event);
        }
        self.in_wheel += later;
        self.front.remove_latest(later);
        self.front_until = cut;
        self.front_new = 0;
    }

    /// Pops the next event if it is due at or before `limit`.
    #[inline]
    pub fn pop_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        self.pop_until_with(limit, &mut |_| {})
    }

    /// Pops the next event like [`Calendar::pop_until`]. Before large slots are distributed, their
    /// events are passed to `approach`, so that the caller can prefetch their data. The events are
    /// due within about one second, in unspecified order.
    #[inline]
    pub fn pop_until_with(
        &mut self,
        limit: SimTime,
        approach: &mut impl FnMut(&[(u64, E)]),
    ) -> Option<(SimTime, E)> {
        loop {
            // Events scheduled in advance for this time precede those in `at_once`.
            if let Some((time, event)) = self.front.last()
                && (time == self.now || self.at_once.is_empty())
            {
                if time > limit.as_nanos() {
                    return self.wait_until(limit);
                }
                self.front.pop();
                self.now = time;
                return Some((SimTime::from_nanos(time), event));
            }
            if let Some(event) = self.at_once.pop_front() {
                return Some((SimTime::from_nanos(self.now), event));
            }
            if !self.refill_front(limit, approach) {
                return None;
            }
        }
    }

    /// Refills the front from the wheel. Returns false if no event is due by `limit`.
    #[inline(never)]
    fn refill_front(&mut self, limit: SimTime, approach: &mut impl FnMut(&[(u64, E)])) -> bool {
        while self.front.len() == 0 {
            if self.in_wheel == 0 {
                return false;
            }
            if !self.reach_next_slot(limit.as_nanos(), approach) {
                self.wait_until(limit);
                return false;
            }
        }
        true
    }

    /// Returns whether [`Calendar::newly_in_front`] has events to return.
    #[inline]
    pub fn has_newly_in_front(&self) -> bool {
        self.front_new > 0
    }

    /// Returns the events that entered the front since the last call, in unspecified order and at
    /// most a few dozen. They will pop soon, so the caller can prefetch their data.
    pub fn newly_in_front(&mut self) -> impl Iterator<Item = E> + '_ {
        let new = std::mem::take(&mut self.front_new).min(self.front.len());
        let entries = self.front.entries();
        entries[entries.len() - new..].iter().map(|(_, event)| *event)
    }

    /// Advances the current time to `limit`, because no event is due at or before `limit`.
    fn wait_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        self.now = self.now.max(limit.as_nanos());
        None
    }

    /// Stores an entry in the slot that its time and `base` determine.
    #[inline]
    fn put(&mut self, time: u64, event: E) {
        let level = ((time ^ self.base) | 1).ilog2() / BITS;
        let slot = (time >> (level * BITS)) as usize % SLOTS;
        let level = level as usize;
        self.occupied[level] |= 1 << slot;
        let entries = &mut self.slots[level * SLOTS + slot];
        if entries.len() == entries.capacity() {
            return grow(entries, &mut self.spare, (time, event));
        }
        entries.push((time, event));
    }

    /// Advances to the next non-empty slot. Returns false if that slot starts after `limit` or does
    /// not exist. The front must be empty.
    fn reach_next_slot(&mut self, limit: u64, approach: &mut impl FnMut(&[(u64, E)])) -> bool {
        let Some(level) = self.occupied.iter().position(|slots| *slots != 0) else { return false };
        let slot = self.occupied[level].trailing_zeros();
        let shift = level as u32 * BITS;
        let above = self.base.checked_shr(shift + BITS).unwrap_or(0);
        let above = above.checked_shl(shift + BITS).unwrap_or(0);
        let start = above | u64::from(slot) << shift;
        if start > limit {
            return false;
        }
        let count = self.slots[level * SLOTS + slot as usize].len();
        if count > SORTED_MAX {
            if level == APPROACHED {
                approach(&self.slots[level * SLOTS + slot as usize]);
            }
            self.empty_large(level, slot, start);
        } else {
            let last = self.gather(level);
            let last_time = above | u64::from(last) << shift | ((1 << shift) - 1);
            self.base = start;
            self.front_until = last_time.saturating_add(1);
            self.sort_into_front(start, shift);
            if self.in_wheel == 0 {
                self.front_until = u64::MAX;
            }
        }
        true
    }

    /// Removes the entries of the first non-empty slot of a level and of the following slots, as
    /// long as the total is small. Returns the last slot.
    fn gather(&mut self, level: usize) -> u32 {
        let mut last = 0;
        self.gathered.clear();
        while self.occupied[level] != 0 {
            let slot = self.occupied[level].trailing_zeros();
            let entries = &mut self.slots[level * SLOTS + slot as usize];
            let count = self.gathered.len();
            if count > 0 && count + entries.len() > GATHERED_MAX {
                break;
            }
            self.gathered.append(entries);
            if entries.capacity() > KEPT_ROOM {
                let emptied = std::mem::take(entries);
                self.keep_spare(emptied);
            }
            self.occupied[level] &= !(1 << slot);
            last = slot;
        }
        self.in_wheel -= self.gathered.len();
        last
    }

    /// Sorts the gathered entries into the front. The slots begin at `start`; each is `1 << shift`
    /// long.
    fn sort_into_front(&mut self, start: u64, shift: u32) {
        let Calendar { front, gathered, order, .. } = self;
        if gathered.len() == 1 {
            front.push(gathered[0]);
        } else if shift + 2 * BITS <= u64::BITS {
            // A key is the time followed by the index, so that equal times stay in order.
            order.clear();
            let keys = gathered.iter().zip(0..).map(|((time, _), index)| (time - start, index));
            order.extend(keys.map(|(time, index): (u64, u64)| time << BITS | index));
            let count = order.len();
            if BY_NETWORK.contains(&count) {
                order.resize(BY_NETWORK.end, u64::MAX);
            }
            order.sort_unstable();
            let index = |key: &u64| *key as usize % SORTED_MAX;
            order[..count].iter().rev().for_each(|key| front.push(gathered[index(key)]));
        } else {
            gathered.sort_by_key(|(time, _)| *time);
            gathered.iter().rev().for_each(|entry| front.push(*entry));
        }
        self.front_new = self.front.len();
    }

    /// Empties a large slot. On the lowest level all its entries have the same time and move to the
    /// front; otherwise they move to the level below.
    fn empty_large(&mut self, level: usize, slot: u32, start: u64) {
        self.occupied[level] &= !(1 << slot);
        self.base = start;
        self.front_until = start;
        let mut entries = std::mem::take(&mut self.slots[level * SLOTS + slot as usize]);
        if level == 0 {
            entries.drain(..).rev().for_each(|entry| self.front.push(entry));
            self.in_wheel -= self.front.len();
            self.front_until = start + 1;
        }
        for (time, event) in entries.drain(..) {
            self.put(time, event);
        }
        self.keep_spare(entries);
    }

    /// Keeps the buffer of an emptied slot for reuse, unless it is too large.
    fn keep_spare(&mut self, emptied: Vec<(u64, E)>) {
        if emptied.capacity() <= SPARE_ROOM {
            self.spare.push(emptied);
        }
    }
}

/// Adds an entry to a slot whose buffer is full.
#[inline(never)]
fn grow<E>(entries: &mut Vec<(u64, E)>, spare: &mut Vec<Vec<(u64, E)>>, entry: (u64, E)) {
    if entries.capacity() == 0 {
        *entries = spare.pop().unwrap_or_default();
    }
    entries.push(entry);
}
