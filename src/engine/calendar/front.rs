//! The entries that are due first, sorted.

/// In a front of so many entries a place is looked for one by one.
const SCANNED_MAX: usize = 32;

/// At first there is room for so many.
const ROOM: usize = 256;

/// A list of (time, event), the latest first.
#[derive(Debug)]
pub(super) struct Front<E> {
    /// The first `len` are in the list, those behind them are room: there is no asking at each
    /// entry whether memory has to be got.
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

    /// All entries, the latest first.
    pub(super) fn entries(&self) -> &[(u64, E)] {
        &self.entries[..self.len]
    }

    /// The earliest.
    #[inline]
    pub(super) fn last(&self) -> Option<(u64, E)> {
        self.entries.get(self.len.wrapping_sub(1)).copied()
    }

    /// Takes the earliest away.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Puts an entry in: later than its equals, so before them in the list.
    #[inline]
    pub(super) fn insert(&mut self, time: u64, event: E) {
        let len = self.len;
        if len > SCANNED_MAX || len >= self.entries.len() {
            return self.insert_into_long(time, event);
        }
        // Whatever is due earlier makes room, from the end: what is scheduled is often due soon.
        // One loop does both, as where it ends cannot be foreseen.
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

    /// Puts an entry at the end: it is not later than the others.
    #[inline]
    pub(super) fn push(&mut self, entry: (u64, E)) {
        if self.len == self.entries.len() {
            self.entries.resize(ROOM.max(2 * self.len), entry);
        }
        self.entries[self.len] = entry;
        self.len += 1;
    }

    /// Takes the `count` latest away.
    pub(super) fn remove_latest(&mut self, count: usize) {
        self.entries.copy_within(count..self.len, 0);
        self.len -= count;
    }
}
