//! Pending events in order of time; equal times in order of insertion.
//!
//! A hierarchical timing wheel on whole nanoseconds (Varghese, Lauck, "Hashed and Hierarchical
//! Timing Wheels", 1987): eleven levels of 64 slots, one level a six-bit digit of the time. An
//! entry stands at the highest digit in which its time differs from the wheel's. Small slots that
//! are reached are sorted into one list, the front; a large one is dealt out to the level below.
//! As long as few events are pending, all of them are in the front.
//!
//! No entry carries a sequence number. Insertion order is kept because an entry can only be put
//! straight into a slot after everything older has left the level above for that slot: a slot
//! is dealt out when the wheel's time enters it, and before that no entry for its range goes
//! lower. Dealing out and sorting are stable.

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

/// Slots with at most this many entries are sorted, larger ones dealt out: an entry's place among
/// so many fits into six bits.
const SORTED_MAX: usize = 64;

/// Neighbouring slots are sorted together up to so many entries.
const GATHERED_MAX: usize = 24;

/// So many keys are filled up to the end of this range before they are sorted. The standard library
/// sorts up to twenty by insertion, where each is a wrong branch prediction, and more of them by
/// networks without branches.
const BY_NETWORK: Range<usize> = 7..21;

/// With more entries than this the front is parted, and keeps the first [`FRONT_KEPT`].
const FRONT_MAX: usize = 128;
const FRONT_KEPT: usize = 48;

/// The level whose slots are shown before they are dealt out: 1.07 s each.
const APPROACHED: usize = 5;

/// An emptied slot keeps room for so many entries; more is given to the next one that fills up,
/// if it is not too much: in the end every slot would have as much as the fullest ever had.
const KEPT_ROOM: usize = 2 * SORTED_MAX;
const SPARE_ROOM: usize = 4096;

/// The pending events of one simulation.
#[derive(Debug)]
pub struct Calendar<E> {
    /// Nothing may be scheduled before this.
    now: u64,
    /// The wheel's time: never after an entry in the wheel.
    base: u64,
    /// Everything before `front_until`, but what is in `at_once`: the latest first.
    front: Front<E>,
    /// The first time that does not belong to the front.
    front_until: u64,
    /// How many of the front's entries nobody has been told of ([`Calendar::newly_in_front`]).
    front_new: usize,
    /// Scheduled at `now` for `now`: after all others of that time.
    at_once: VecDeque<E>,
    /// Level by level.
    slots: Vec<Vec<(u64, E)>>,
    /// For each level one bit for each slot that is not empty.
    occupied: [u64; LEVELS],
    /// Entries in slots.
    in_wheel: usize,
    /// Large emptied slots' memory, to be used again.
    spare: Vec<Vec<(u64, E)>>,
    /// What has just been taken out of slots, and its order.
    gathered: Vec<(u64, E)>,
    order: Vec<u64>,
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

    /// The time of the event popped last, or the limit up to which nothing was due, whichever is
    /// later: nothing may be scheduled before it.
    pub fn now(&self) -> SimTime {
        SimTime::from_nanos(self.now)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.in_wheel + self.front.len() + self.at_once.len()
    }

    /// Is nothing pending?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an event. Events for the same time pop in the order they were scheduled. `at` is not
    /// before [`Calendar::now`]; events at [`SimTime::NEVER`] are dropped.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        debug_assert!(at.as_nanos() >= self.now, "nothing happens in the past");
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

    /// The front has become long. All but its first entries go back into the wheel: to the slots
    /// that were gathered or to lower levels, where nothing else is.
    fn part_front(&mut self) {
        if self.in_wheel == 0 {
            self.base = self.now;
        }
        // What is due now stays: it is older than what was scheduled at once.
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

    /// Takes the next event if it is due at or before `limit`.
    #[inline]
    pub fn pop_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        self.pop_until_with(limit, &mut |_| {})
    }

    /// The same. `approach` is shown events that come within a second and were scheduled before it,
    /// many at once and in no order one may rely on; not where there are few of them.
    #[inline]
    pub fn pop_until_with(
        &mut self,
        limit: SimTime,
        approach: &mut impl FnMut(&[(u64, E)]),
    ) -> Option<(SimTime, E)> {
        loop {
            // What was scheduled for this time before it had come is older than `at_once`.
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

    /// Gets the front's next entries out of the wheel. False if none is due by `limit`.
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

    /// Has [`Calendar::newly_in_front`] anything to tell?
    #[inline]
    pub fn has_newly_in_front(&self) -> bool {
        self.front_new > 0
    }

    /// Events that will be popped soon and have not been returned by this before, in no order one
    /// may rely on; at most some dozens. Who looks at what they need does not wait for it later.
    pub fn newly_in_front(&mut self) -> impl Iterator<Item = E> + '_ {
        let new = std::mem::take(&mut self.front_new).min(self.front.len());
        let entries = self.front.entries();
        entries[entries.len() - new..].iter().map(|(_, event)| *event)
    }

    /// Nothing is due by `limit`: that much time has passed.
    fn wait_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        self.now = self.now.max(limit.as_nanos());
        None
    }

    /// Puts an entry where it belongs relative to `base`.
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

    /// Moves on to the next slot that is not empty, unless it begins after `limit`. False then.
    /// The front is empty.
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

    /// Takes out the first slot of a level and those after it, as long as they are few entries
    /// together. Returns the last slot.
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

    /// Sorts what was gathered into the front. It begins at `start`; a slot is `1 << shift` long.
    fn sort_into_front(&mut self, start: u64, shift: u32) {
        let Calendar { front, gathered, order, .. } = self;
        if gathered.len() == 1 {
            front.push(gathered[0]);
        } else if shift + 2 * BITS <= u64::BITS {
            // The time and below it the place, so that equals stay in order.
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

    /// A slot with many entries: one point in time goes to the front, a longer one to the level
    /// below.
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

    /// Keeps an emptied slot's memory for the next one, unless it is too much.
    fn keep_spare(&mut self, emptied: Vec<(u64, E)>) {
        if emptied.capacity() <= SPARE_ROOM {
            self.spare.push(emptied);
        }
    }
}

/// Adds an entry to a slot that has no room for it.
#[inline(never)]
fn grow<E>(entries: &mut Vec<(u64, E)>, spare: &mut Vec<Vec<(u64, E)>>, entry: (u64, E)) {
    if entries.capacity() == 0 {
        *entries = spare.pop().unwrap_or_default();
    }
    entries.push(entry);
}
