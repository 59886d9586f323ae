//! Activity of clients in bounded memory: sequences of requests, and retries after errors.
//!
//! A table has the time of the last request of each client and class. An entry is needed only until
//! a next request would begin a new sequence (10 minutes), or after an error until a retry is no
//! longer expected (4 hours). A full table is doubled, up to a limit, if most of its entries are
//! needed. Beyond the limit, the older half of the entries is removed and counted.
//!
//! The results do not depend on the key of the hashes.

use super::class::Class;
use super::histogram::Histogram;
use super::tally::Row;

/// Longest gap between two requests of a sequence, in seconds. Assumed: the requests of one cycle
/// of a client follow each other within seconds, and cycles are at least 15 minutes apart.
pub const SEQUENCE_GAP_S: i64 = 600;

/// A request that follows an error later is not a retry, in seconds. Assumed.
pub const RETRY_GAP_MAX_S: i64 = 4 * 3600;

/// A sequence with this number of requests or more, or with this duration or more in seconds, has
/// the requests of several clients, which a connection point, a proxy or a load balancer sends from
/// one address. Assumed: the longest sequence of one client, an update scan, has about 15 requests
/// and takes some minutes.
pub const SHARED_ROWS_MIN: u64 = 100;
/// See [`SHARED_ROWS_MIN`].
pub const SHARED_S_MIN: i64 = 1800;

/// Numbers of consecutive errors that are distinguished; the last one includes larger numbers.
pub const ERRORS_MAX: usize = 5;

/// Smallest and largest number of places of the table.
const PLACES_MIN: usize = 1 << 12;
pub(super) const PLACES_MAX: usize = 1 << 18;
/// Largest number of needed entries in the largest table, seven eighths of its limit.
const NEEDED_MAX: usize = limit(PLACES_MAX) / 8 * 7;

/// What followed errors of a client.
#[derive(Clone, Debug, Default)]
pub struct Retries {
    /// Seconds from the end of the last error to the arrival of the next request of the same client
    /// and class, if it ended within 4 hours. A gap has an error of up to one second.
    pub gaps_s: Histogram,
    /// Number of these next requests with a status below 400.
    pub successes: u64,
    /// Number of times that no request followed within 4 hours.
    pub abandoned: u64,
    /// Number of times that the log ended less than 4 hours after the error, or that the entry was
    /// removed.
    pub undecided: u64,
}

/// Activity of the clients of one class. Only requests with an address count.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Number of distinct clients.
    pub clients: u64,
    /// Relative standard error of the number of clients; 0 if the number is exact.
    pub clients_error_share: f64,
    /// Number of sequences. A sequence contains the requests of one client without a gap of more
    /// than 10 minutes between their ends.
    pub sequences: u64,
    /// Number of requests.
    pub rows: u64,
    /// Number of sequences that belong to several clients with the same address
    /// (`SHARED_ROWS_MIN`).
    pub shared_sequences: u64,
    /// Number of requests in these sequences.
    pub shared_rows: u64,
    /// Bytes from clients, of requests for which they are logged.
    pub bytes_in: u64,
    /// Bytes to clients, of requests for which they are logged.
    pub bytes_out: u64,
    /// Number of requests with a status of 500 or more.
    pub errors: u64,
    /// What followed 1, 2, 3, 4, and 5 or more consecutive errors of a client.
    pub retries: [Retries; ERRORS_MAX],
    /// Number of entries that were removed although they were needed, because more than 140,000
    /// entries were needed at the same time. If it is not zero, the number of gaps in `retries` is
    /// a lower bound, and the number of sequences is an upper bound, each by at most this number.
    pub removed: u64,
}

/// State of a client and class: time of the last end, number of requests and duration in seconds of
/// the sequence (at most [`ROWS_MAX`] and [`DURATION_MAX`]), class, number of consecutive errors.
#[derive(Clone, Copy, Debug, Default)]
struct State(i64);

/// The largest number of requests of a sequence that is distinguished.
const ROWS_MAX: u64 = (1 << 7) - 1;
/// The largest duration of a sequence in seconds that is distinguished.
const DURATION_MAX: i64 = (1 << 11) - 1;

/// A sequence at its latest request.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    end: i64,
    rows: u64,
    duration_s: i64,
}

impl Sequence {
    /// Returns whether the requests are those of several clients.
    fn is_shared(self) -> bool {
        self.rows >= SHARED_ROWS_MIN || self.duration_s >= SHARED_S_MIN
    }
}

impl State {
    fn new(sequence: Sequence, class: usize, errors: usize) -> Self {
        let rows = sequence.rows.min(ROWS_MAX) as i64;
        let duration_s = sequence.duration_s.clamp(0, DURATION_MAX);
        let state = (class as i64) << 3 | errors as i64;
        State(sequence.end << 26 | duration_s << 15 | rows << 8 | state)
    }

    fn sequence(self) -> Sequence {
        let rows = (self.0 >> 8) as u64 & ROWS_MAX;
        Sequence { end: self.end(), rows, duration_s: self.0 >> 15 & DURATION_MAX }
    }

    fn end(self) -> i64 {
        self.0 >> 26
    }

    fn class(self) -> usize {
        (self.0 >> 3 & 31) as usize
    }

    fn errors(self) -> usize {
        (self.0 & 7) as usize
    }

    /// Returns whether a request that ended at `end` belongs to the same sequence.
    fn continues(self, end: i64) -> bool {
        (-SEQUENCE_GAP_S..=SEQUENCE_GAP_S).contains(&(end - self.end()))
    }

    /// Returns whether the entry is needed at a time.
    fn is_needed(self, now: i64) -> bool {
        let age = now - self.end();
        let limit = if self.errors() > 0 { RETRY_GAP_MAX_S } else { SEQUENCE_GAP_S };
        (-SEQUENCE_GAP_S..=limit).contains(&age)
    }
}

const _: () = assert!(Class::COUNT <= 32 && ERRORS_MAX <= 7 && SHARED_ROWS_MIN < ROWS_MAX);
const _: () = assert!(SHARED_S_MIN < DURATION_MAX);

/// Place of the table; the key of a free place is zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    key: u64,
    state: State,
}

/// Activity of all classes.
#[derive(Clone, Debug)]
pub(super) struct Activities {
    /// Hash table with open addressing; the length is a power of two.
    table: Vec<Entry>,
    used: usize,
    classes: Vec<Activity>,
    /// Latest end since the last step back in time at the start of a file.
    latest: i64,
    is_start_of_file: bool,
}

impl Default for Activities {
    fn default() -> Self {
        Activities {
            table: vec![Entry::default(); PLACES_MIN],
            used: 0,
            classes: vec![Activity::default(); Class::COUNT],
            latest: i64::MIN,
            is_start_of_file: false,
        }
    }
}

impl Activities {
    /// Returns the activity of a class without the number of clients.
    pub(super) fn class(&self, class: Class) -> &Activity {
        &self.classes[class.index()]
    }

    /// Ends a file.
    pub(super) fn end_file(&mut self) {
        self.is_start_of_file = true;
    }

    /// Counts a row of a client.
    #[inline]
    pub(super) fn add(&mut self, client: u64, row: &Row) {
        if std::mem::take(&mut self.is_start_of_file)
            && row.end < self.latest.saturating_sub(SEQUENCE_GAP_S)
        {
            // A file of another server, or files in a wrong order.
            self.finish();
        }
        self.latest = self.latest.max(row.end);
        let class = row.class;
        let is_error = row.status.is_some_and(|status| status >= 500);
        let key = key(client, class);
        let (entry, is_new) = place(&mut self.table, key);
        let activity = &mut self.classes[class];
        activity.rows += 1;
        activity.bytes_in = activity.bytes_in.saturating_add(row.bytes_in.unwrap_or(0));
        activity.bytes_out = activity.bytes_out.saturating_add(row.bytes_out.unwrap_or(0));
        activity.errors += u64::from(is_error);
        let (previous, mut errors) = (entry.state, 0);
        let mut sequence = Sequence { end: row.end, rows: 1, duration_s: 0 };
        if !is_new && previous.continues(row.end) {
            sequence = activity.extend(previous.sequence(), row.end);
        } else {
            activity.sequences += 1;
        }
        if previous.errors() > 0 {
            if previous.is_needed(row.end) {
                errors = previous.errors();
                activity.retries[errors - 1].follow(previous, row);
            } else {
                activity.conclude(previous, row.end);
            }
        }
        let errors = if is_error { (errors + 1).min(ERRORS_MAX) } else { 0 };
        entry.state = State::new(sequence, class, errors);
        if is_new {
            self.used += 1;
            if self.used > limit(self.table.len()) {
                self.make_room(row.end);
            }
        }
    }

    /// Removes entries that are not needed, and doubles the table or removes the older half of the
    /// entries if more than half of them are needed.
    #[cold]
    fn make_room(&mut self, now: i64) {
        let mut length = self.table.len();
        let table = std::mem::take(&mut self.table);
        let mut entries: Vec<Entry> = Vec::with_capacity(self.used);
        for entry in table.into_iter().filter(|entry| entry.key != 0) {
            match entry.state.is_needed(now) {
                true => entries.push(entry),
                false => self.conclude(entry.state, now),
            }
        }
        if length < PLACES_MAX && entries.len() > limit(length) / 2 {
            length *= 2;
        } else if entries.len() > NEEDED_MAX {
            let middle = entries.len() / 2;
            let oldest = entries.select_nth_unstable_by_key(middle, |entry| entry.state.end()).1;
            // Entries with equal times are removed together, so that the result does not depend on
            // the order of the table.
            let last = oldest.state.end();
            for entry in entries.iter().filter(|entry| entry.state.end() <= last) {
                self.classes[entry.state.class()].removed += 1;
                self.conclude(entry.state, now);
            }
            entries.retain(|entry| entry.state.end() > last);
        }
        self.used = entries.len();
        self.table = vec![Entry::default(); length];
        for entry in entries {
            *place(&mut self.table, entry.key).0 = entry;
        }
    }

    /// Counts the errors of an entry that no request followed until `now`.
    fn conclude(&mut self, state: State, now: i64) {
        self.classes[state.class()].conclude(state, now);
    }

    /// Concludes all entries after the last row.
    pub(super) fn finish(&mut self) {
        for entry in std::mem::take(&mut self.table).into_iter().filter(|entry| entry.key != 0) {
            self.conclude(entry.state, self.latest);
        }
        (self.used, self.latest) = (0, i64::MIN);
        self.table = vec![Entry::default(); PLACES_MIN];
    }
}

/// Returns the key of a client and class. Keys of a client are close to each other, so that the
/// entries of a client are in few lines of the cache.
#[inline]
fn key(client: u64, class: usize) -> u64 {
    client.wrapping_add(class as u64).max(1)
}

/// Returns the number of used places at which a table of `length` places is rebuilt.
const fn limit(length: usize) -> usize {
    length / 8 * 5
}

/// Returns the entry of a key, which is added if the table does not have it, and whether it is new.
/// The table must have a free place.
#[inline]
fn place(table: &mut [Entry], key: u64) -> (&mut Entry, bool) {
    let mask = table.len() - 1;
    let mut at = key as usize & mask;
    while table[at].key != key && table[at].key != 0 {
        at = (at + 1) & mask;
    }
    let entry = &mut table[at];
    let is_new = entry.key == 0;
    entry.key = key;
    (entry, is_new)
}

impl Activity {
    /// Returns the mean number of requests of a sequence of one client, at least 1. Sequences of
    /// addresses that several clients share do not count; `None` if there are no others.
    pub fn rows_per_sequence(&self) -> Option<f64> {
        let sequences = self.sequences.checked_sub(self.shared_sequences).filter(|one| *one > 0)?;
        Some((self.rows.saturating_sub(self.shared_rows) as f64 / sequences as f64).max(1.0))
    }

    /// Counts a request that is not the first one of its sequence, and returns the sequence.
    #[inline]
    fn extend(&mut self, before: Sequence, end: i64) -> Sequence {
        let later = end.saturating_sub(before.end).max(0);
        let duration_s = before.duration_s + later;
        let now = Sequence { end: before.end + later, rows: before.rows + 1, duration_s };
        if now.is_shared() {
            self.shared_sequences += u64::from(!before.is_shared());
            self.shared_rows += if before.is_shared() { 1 } else { now.rows };
        }
        now
    }

    /// Counts the errors of an entry that no request followed until `now`.
    fn conclude(&mut self, state: State, now: i64) {
        if let Some(last) = state.errors().checked_sub(1) {
            let retries = &mut self.retries[last];
            match now - state.end() > RETRY_GAP_MAX_S {
                true => retries.abandoned += 1,
                false => retries.undecided += 1,
            }
        }
    }
}

impl Retries {
    /// Counts a request that followed an error.
    fn follow(&mut self, error: State, next: &Row) {
        let taken_ms = next.time_taken_ms.unwrap_or(0);
        let gap_ms = ((next.end - error.end()) * 1000).saturating_sub_unsigned(taken_ms);
        self.gaps_s.add((gap_ms.max(0) as u64 + 500) / 1000);
        self.successes += u64::from(next.status.is_some_and(|status| status < 400));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample::mixed;

    fn row(end: i64, status: u16) -> Row {
        Row {
            class: Class::Messages.index(),
            end,
            hour_of_week: 0,
            position: (0, 0),
            server: 0,
            client: None,
            bytes_in: Some(3),
            bytes_out: None,
            time_taken_ms: Some(1000),
            status: Some(status),
        }
    }

    fn followed(retries: &Retries) -> (u64, u64, u64, u64) {
        (retries.gaps_s.count(), retries.successes, retries.abandoned, retries.undecided)
    }

    #[test]
    fn retries_are_counted_by_consecutive_errors() {
        let mut all = Activities::default();
        // Three errors with retries 60 s and 120 s later, and a success 30 s later.
        for (end, status) in [(0, 500), (61, 503), (182, 500), (213, 200), (300, 200)] {
            all.add(1, &row(end, status));
        }
        // An error, and the next request 5 hours later, which fails too.
        for end in [1_000, 19_000] {
            all.add(2, &row(end, 500));
        }
        // A refusal (not an error of the server) after the error.
        for (end, status) in [(19_000, 500), (19_011, 401)] {
            all.add(3, &row(end, status));
        }
        all.finish();
        let found = all.class(Class::Messages);
        assert_eq!((found.rows, found.errors, found.bytes_in, found.removed), (9, 6, 27, 0));
        // One sequence of client 1, two of client 2, one of client 3.
        assert_eq!(found.sequences, 4);
        // After one error: gaps of 60 s and 10 s without a success, one abandoned, one undecided.
        assert_eq!(followed(&found.retries[0]), (2, 0, 1, 1));
        assert_eq!(found.retries[0].gaps_s.sum(), 60 + 10);
        assert_eq!(followed(&found.retries[1]), (1, 0, 0, 0));
        assert_eq!(found.retries[1].gaps_s.sum(), 120);
        assert_eq!(followed(&found.retries[2]), (1, 1, 0, 0));
    }

    #[test]
    fn more_than_five_errors_count_as_five() {
        let mut all = Activities::default();
        (0..9).for_each(|number| all.add(1, &row(100 * number, 500)));
        all.finish();
        let gaps = all.class(Class::Messages).retries.each_ref().map(|one| one.gaps_s.count());
        assert_eq!(gaps, [1, 1, 1, 1, 4]);
    }

    #[test]
    fn sequences_of_an_address_of_several_clients_do_not_count() {
        let mut all = Activities::default();
        // Ten clients send two requests each. Two addresses of several clients send 120 requests
        // in two minutes, and 7 requests in 54 minutes.
        for client in 0..10 {
            for end in [0, 30] {
                all.add(mixed(client), &row(end, 200));
            }
        }
        (0..120).for_each(|second| all.add(mixed(10), &row(second, 200)));
        (0..7).for_each(|number| all.add(mixed(11), &row(540 * number, 200)));
        all.finish();
        let found = all.class(Class::Messages);
        assert_eq!((found.sequences, found.rows), (12, 147));
        assert_eq!((found.shared_sequences, found.shared_rows), (2, 127));
        assert_eq!(found.rows_per_sequence(), Some(2.0));
        assert_eq!(Activity::default().rows_per_sequence(), None);
    }

    #[test]
    fn a_file_of_another_server_begins_new_sequences() {
        let mut all = Activities::default();
        all.end_file();
        all.add(1, &row(100_000, 500));
        all.add(2, &row(190_000, 500));
        all.end_file();
        // The same times again. Client 1 has not returned within 4 hours, client 2 may have.
        all.add(1, &row(100_000, 200));
        all.end_file();
        // The next day of the same server: the gap of 30 s is inside a sequence.
        all.add(1, &row(100_030, 200));
        all.finish();
        let found = all.class(Class::Messages);
        assert_eq!((found.sequences, found.rows), (3, 4));
        assert_eq!(followed(&found.retries[0]), (0, 0, 1, 1));
    }

    #[test]
    fn many_clients_are_stored_and_too_many_are_counted() {
        let mut all = Activities::default();
        let send = |all: &mut Activities, clients: u64, end: i64| {
            (0..clients).for_each(|client| all.add(mixed(client), &row(end, 500)));
        };
        // 120,000 clients send three requests in 10 minutes.
        for end in [0, 200, 400] {
            send(&mut all, 120_000, end);
        }
        let found = all.class(Class::Messages);
        assert_eq!((found.sequences, found.removed), (120_000, 0));
        // 400,000 clients are too many. Entries of 1,000 clients per second are needed for 4 hours.
        // The 163,841st entry exceeds the limit. The entries of the first 82 seconds, which are at
        // least half of the entries, are removed, and so on after each 82,000 more entries.
        for second in 0..400 {
            for client in 0..1000 {
                all.add(mixed(1000 * second + client), &row(100_000 + second as i64, 500));
            }
        }
        all.finish();
        let found = all.class(Class::Messages);
        assert_eq!(found.removed, 82_000 * 3);
        assert_eq!(found.sequences, 120_000 + 400_000);
        assert_eq!((found.retries[2].abandoned, found.retries[0].undecided), (120_000, 400_000));
        let ends = |one: &Retries| one.gaps_s.count() + one.abandoned + one.undecided;
        assert_eq!(found.retries.iter().map(ends).sum::<u64>(), found.errors);
    }
}
