//! The sorted list of the earliest entries.

/// Maximum number of entries through which insertion searches linearly.
const SCANNED_MAX: usize = 32;

/// Initial capacity.
const ROOM: usize = 256;

/// A list of (time, event) in descending order of time.
#[derive(Debug)]
pub(super) struct Front<E> {
    /// The first `len` elements are the list; the rest is spare capacity, so that insertion needs
    /// no capacity check of its own.
    entries: Vec<(u64, E)>,
    len: usize,
}

impl<E: Copy> Front<E> {
    pub(super) fn new() -> Self {
        Front { entries: Vec::new(), len: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns all entries in descending order of time.
    pub(super) fn entries(&self) -> &[(u64, E)] {
        &self.entries[..self.len]
    }

    /// Returns the earliest entry.
    #[inline]
    pub(super) fn last(&self) -> Option<(u64, E)> {
        self.entries.get(self.len.wrapping_sub(1)).copied()
    }

    /// Removes the earliest entry.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Inserts an entry. Existing entries with the same time pop first, so the new entry precedes
    /// them in the list.
    #[inline]
    pub(super) fn insert(&mut self, time: u64, event: E) {
        let len = self.len;
        if len > SCANNED_MAX || len >= self.entries.len() {
            return self.insert_into_long(time, event);
        }
        // Search and move in one loop that starts at the earliest entry: new entries are often due
        // soon, and the processor would mispredict the exit of a separate search loop.
        let entries = &mut self.entries[..=len];
        let mut index = len;
        while index > 0 && entries[index - 1].0 <= time {
            entries[index] = entries[index - 1];
            index -= 1;
        }
        entries[index] = (time, event);
        self.len = len + 1;
    }

    #[inline(never)]
    fn insert_into_long(&mut self, time: u64, event: E) {
        let index = self.entries().partition_point(|(other, _)| *other > time);
        self.push((time, event));
        self.entries.copy_within(index..self.len - 1, index + 1);
        self.entries[index] = (time, event);
    }

    /// Appends an entry that is not later than any other.
    #[inline]
    pub(super) fn push(&mut self, entry: (u64, E)) {
        if self.len == self.entries.len() {
            self.entries.resize(ROOM.max(2 * self.len), entry);
        }
        self.entries[self.len] = entry;
        self.len += 1;
    }

    /// Removes the `count` latest entries.
    pub(super) fn remove_latest(&mut self, count: usize) {
        self.entries.copy_within(count..self.len, 0);
        self.len -= count;
    }
}
