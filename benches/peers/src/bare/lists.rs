//! Event lists with fixed-size entries: heaps and timing wheels. The radix heap and the wheels
//! require that no new entry is earlier than the last removed entry.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Entry of 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub time: u64,
    pub entity: u32,
    pub kind: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.time.cmp(&other.time)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

pub trait Pending: Default {
    /// Adds an entry. Its time must not be before the time of the last removed entry.
    fn push(&mut self, entry: Entry);
    /// Removes the earliest entry.
    fn pop(&mut self) -> Option<Entry>;
}

/// Binary heap of the standard library.
#[derive(Default)]
pub struct BinaryList(BinaryHeap<Reverse<Entry>>);

impl Pending for BinaryList {
    fn push(&mut self, entry: Entry) {
        self.0.push(Reverse(entry));
    }

    fn pop(&mut self) -> Option<Entry> {
        self.0.pop().map(|Reverse(entry)| entry)
    }
}

/// Implicit heap with four children per node. It has half the levels of a binary heap, and siblings
/// share a cache line.
#[derive(Default)]
pub struct QuaternaryHeap(Vec<Entry>);

impl Pending for QuaternaryHeap {
    fn push(&mut self, entry: Entry) {
        let heap = &mut self.0;
        let mut hole = heap.len();
        heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if heap[parent].time <= entry.time {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = entry;
    }

    fn pop(&mut self) -> Option<Entry> {
        let heap = &mut self.0;
        let last = heap.pop()?;
        let Some(first) = heap.first().copied() else { return Some(last) };
        let mut hole = 0;
        loop {
            let children = 4 * hole + 1;
            if children >= heap.len() {
                break;
            }
            let until = heap.len().min(children + 4);
            let mut minimum = children;
            for child in children + 1..until {
                if heap[child].time < heap[minimum].time {
                    minimum = child;
                }
            }
            if heap[minimum].time >= last.time {
                break;
            }
            heap[hole] = heap[minimum];
            hole = minimum;
        }
        heap[hole] = last;
        Some(first)
    }
}

/// Radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, "Faster Algorithms for the Shortest Path Problem",
/// 1990). The highest bit in which the time of an entry differs from the time of the last removed
/// entry determines the bucket of the entry.
pub struct RadixHeap {
    last: u64,
    buckets: Vec<Vec<Entry>>,
    scratch: Vec<Entry>,
}

impl Default for RadixHeap {
    fn default() -> Self {
        RadixHeap { last: 0, buckets: vec![Vec::new(); 65], scratch: Vec::new() }
    }
}

impl Pending for RadixHeap {
    fn push(&mut self, entry: Entry) {
        let bucket = 64 - (entry.time ^ self.last).leading_zeros();
        self.buckets[bucket as usize].push(entry);
    }

    fn pop(&mut self) -> Option<Entry> {
        if self.buckets[0].is_empty() {
            let bucket = self.buckets.iter().position(|bucket| !bucket.is_empty())?;
            std::mem::swap(&mut self.scratch, &mut self.buckets[bucket]);
            self.last = self.scratch.iter().map(|entry| entry.time).min()?;
            let mut entries = std::mem::take(&mut self.scratch);
            for entry in entries.drain(..) {
                self.push(entry);
            }
            self.scratch = entries;
        }
        self.buckets[0].pop()
    }
}

/// Maximum number of entries in a slot that is sorted as a whole; the entries of a larger slot are
/// distributed to the slots of the level below.
const SORTED_MAX: usize = 64;

/// Hierarchical timing wheel (Varghese, Lauck, 1987) with one level per `BITS` bits of the time; a
/// slot is sorted when it is reached.
pub struct Wheel<const BITS: u32> {
    /// Start of the current slot.
    base: u64,
    /// Remaining entries of the current slot, earliest last.
    ready: Vec<Entry>,
    ready_until: u64,
    slots: Vec<Vec<Entry>>,
    /// Bit set of the slots that are not empty, per level.
    occupied: Vec<[u64; 4]>,
    scratch: Vec<Entry>,
}

impl<const BITS: u32> Wheel<BITS> {
    const SLOTS: usize = 1 << BITS;
    const LEVELS: usize = 64_usize.div_ceil(BITS as usize);

    #[inline]
    fn put(&mut self, entry: Entry) {
        let level = ((entry.time ^ self.base) | 1).ilog2() / BITS;
        let slot = (entry.time >> (level * BITS)) as usize % Self::SLOTS;
        let level = level as usize;
        self.slots[level * Self::SLOTS + slot].push(entry);
        self.occupied[level][slot / 64] |= 1 << (slot % 64);
    }

    /// Fills `ready` from the next slot. Returns `false` if all slots are empty.
    fn advance(&mut self) -> bool {
        loop {
            let Some(level) = self.occupied.iter().position(|words| *words != [0; 4]) else {
                return false;
            };
            let words = &mut self.occupied[level];
            let word = words.iter().position(|word| *word != 0).unwrap_or(0);
            let slot = word * 64 + words[word].trailing_zeros() as usize;
            words[word] &= words[word] - 1;
            let shift = level as u32 * BITS;
            let above = self.base.checked_shr(shift + BITS).unwrap_or(0);
            let start = above.checked_shl(shift + BITS).unwrap_or(0) | (slot as u64) << shift;
            self.base = start;
            let entries = &mut self.slots[level * Self::SLOTS + slot];
            if level == 0 || entries.len() <= SORTED_MAX {
                self.ready_until = start | ((1 << shift) - 1);
                std::mem::swap(&mut self.ready, entries);
                self.ready.sort_unstable_by_key(|entry| Reverse(entry.time));
                return true;
            }
            let mut entries = std::mem::replace(entries, std::mem::take(&mut self.scratch));
            for entry in entries.drain(..) {
                self.put(entry);
            }
            self.scratch = entries;
        }
    }
}

impl<const BITS: u32> Default for Wheel<BITS> {
    fn default() -> Self {
        Wheel {
            base: 0,
            ready: Vec::new(),
            ready_until: 0,
            slots: vec![Vec::new(); Self::LEVELS * Self::SLOTS],
            occupied: vec![[0; 4]; Self::LEVELS],
            scratch: Vec::new(),
        }
    }
}

impl<const BITS: u32> Pending for Wheel<BITS> {
    #[inline]
    fn push(&mut self, entry: Entry) {
        if entry.time > self.ready_until {
            return self.put(entry);
        }
        let place = self.ready.partition_point(|other| other.time > entry.time);
        self.ready.insert(place, entry);
    }

    #[inline]
    fn pop(&mut self) -> Option<Entry> {
        if self.ready.is_empty() && !self.advance() {
            return None;
        }
        self.ready.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    /// Adds and removes entries at random and compares every removed time with the heap of the
    /// standard library.
    fn agrees_with_the_binary_heap<L: Pending>() {
        let mut rng = SmallRng::seed_from_u64(1);
        let (mut list, mut heap) = (L::default(), BinaryList::default());
        let mut now = 0;
        for step in 0..100_000 {
            let width = rng.random_range(0..40);
            let time = now + rng.random_range(0..=1_u64 << width);
            let entry = Entry { time, entity: step, kind: 0 };
            list.push(entry);
            heap.push(entry);
            // In the first half of the test, the list grows, because only every second step
            // removes an entry. In the second half, it shrinks.
            let pops = if step < 50_000 { step % 2 } else { 1 + step % 2 };
            for _ in 0..pops {
                let popped = list.pop().map(|entry| entry.time);
                assert_eq!(popped, heap.pop().map(|entry| entry.time));
                now = popped.unwrap_or(now);
            }
        }
    }

    #[test]
    fn all_lists_pop_in_order_of_time() {
        agrees_with_the_binary_heap::<QuaternaryHeap>();
        agrees_with_the_binary_heap::<RadixHeap>();
        agrees_with_the_binary_heap::<Wheel<4>>();
        agrees_with_the_binary_heap::<Wheel<6>>();
        agrees_with_the_binary_heap::<Wheel<8>>();
    }
}
