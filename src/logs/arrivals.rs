//! Arrival times of logged requests, per server and class, in bounded memory and in ascending
//! order.
//!
//! The arrival of a request is its end minus `time-taken`. IIS logs the end in whole seconds, and
//! writes rows in the order of the ends. The second is divided into equal parts, one for each row
//! of the server that ends in it; a row ends at a point of its part that a hash of its file and
//! line determines. The ends thus keep their order and are spread over the second. If each end were
//! placed independently, requests that arrived together would be torn apart, and a simulation of
//! these arrivals would underestimate waiting more. The same files in the same order always give
//! the same times. The error of an arrival is at most one second.
//!
//! The times are sorted in runs of 16,384. A run is stored as differences of one to three bytes in
//! most cases, and the runs are merged when the times are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::class::Class;
use super::sample::mixed;
use super::tally::Row;

/// Maximum number of arrivals of all servers and classes. They take up to 150 MB if the requests of
/// a server are less than half an hour apart, and about 50 MB if they are less than 0.1 s apart.
pub const ARRIVALS_MAX: u64 = 50_000_000;

/// Maximum `time-taken` in milliseconds: one day. A larger value is not used (assumed: no request
/// of a client takes longer).
const TIME_TAKEN_MS_MAX: u64 = 86_400_000;

/// Maximum number of requests whose place in their second is not final, per server.
const PENDING_MAX: usize = 1 << 16;

/// Number of arrivals in a run.
const RUN: usize = 1 << 14;

/// Arrivals of the requests of chosen classes.
#[derive(Debug, Default)]
pub struct Arrivals {
    is_chosen: Vec<bool>,
    streams: Vec<ArrivalStream>,
    /// Latest second of each server.
    seconds: Vec<Second>,
    count: u64,
    is_full: bool,
    rows_without_time_taken: u64,
    /// Time of the first arrival and of the last end, in milliseconds since 1970-01-01T00:00Z.
    span: Option<(i64, i64)>,
}

/// Arrivals of the requests of one class at one server.
#[derive(Debug)]
pub struct ArrivalStream {
    /// Number of the server, from 0, in the order in which the logs name the servers.
    pub server: usize,
    /// Class of the requests.
    pub class: Class,
    /// Name of the first file with such a request.
    pub first_file: String,
    /// Number of arrivals.
    pub count: u64,
    request: Sizes,
    response: Sizes,
    /// Times that are not in a run yet.
    latest: Vec<i64>,
    runs: Vec<Run>,
}

/// Requests at one server that end in the same second.
#[derive(Debug, Default)]
struct Second {
    /// The second, since 1970-01-01T00:00Z.
    end: i64,
    /// Number of rows of all classes.
    rows: u64,
    pending: Vec<Pending>,
}

/// Request of a chosen class whose place in its second is not final.
#[derive(Clone, Copy, Debug)]
struct Pending {
    class: Class,
    /// Number of earlier rows that end in the same second.
    place: u64,
    /// Hash of the file and the line.
    hash: u64,
    time_taken_ms: u64,
}

/// Sum and number of logged sizes.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    bytes: u64,
    count: u64,
}

/// Sorted times: the first one, followed by the differences between consecutive times.
#[derive(Debug)]
struct Run {
    first: i64,
    differences: Box<[u8]>,
}

impl Arrivals {
    /// Creates a collection for the requests of these classes.
    pub fn new(classes: &[Class]) -> Self {
        let is_chosen = Class::all().map(|class| classes.contains(&class)).collect();
        Arrivals { is_chosen, ..Arrivals::default() }
    }

    /// Adds a row of the file `file`. Counts rows of other classes, which share the second, and
    /// ignores requests after [`ARRIVALS_MAX`].
    pub(super) fn add(&mut self, row: &Row, file: &str) {
        if self.seconds.len() <= row.server {
            self.seconds.resize_with(row.server + 1, Second::default);
        }
        let second = &self.seconds[row.server];
        if second.end != row.end || second.pending.len() == PENDING_MAX {
            self.end_second(row.server);
            self.seconds[row.server].end = row.end;
        }
        let second = &mut self.seconds[row.server];
        let place = second.rows;
        second.rows += 1;
        if !self.is_chosen.get(row.class).is_some_and(|is_chosen| *is_chosen) {
            return;
        }
        if self.count == ARRIVALS_MAX {
            self.is_full = true;
            return;
        }
        self.count += 1;
        let time_taken_ms = row.time_taken_ms.filter(|time| *time <= TIME_TAKEN_MS_MAX);
        self.rows_without_time_taken += u64::from(time_taken_ms.is_none());
        second.pending.push(Pending {
            class: Class::of_index(row.class),
            place,
            hash: mixed(mixed(row.position.0) ^ row.position.1),
            time_taken_ms: time_taken_ms.unwrap_or(0),
        });
        let stream = self.stream(row.server, Class::of_index(row.class), file);
        stream.request.add(row.bytes_in);
        stream.response.add(row.bytes_out);
    }

    /// Places the pending requests of a server in their second.
    fn end_second(&mut self, server: usize) {
        let second = &mut self.seconds[server];
        let (rows, start) = (second.rows.max(1), second.end.saturating_mul(1000));
        let mut pending = std::mem::take(&mut second.pending);
        second.rows = 0;
        for one in pending.drain(..) {
            // Microseconds, so that parts of less than a millisecond keep their order.
            let part = 1_000_000 / rows;
            let within = one.place * 1_000_000 / rows + one.hash % part.max(1);
            let end = start.saturating_add_unsigned(within / 1000);
            let arrival = end.saturating_sub_unsigned(one.time_taken_ms);
            let (first, last) = self.span.unwrap_or((arrival, end));
            self.span = Some((first.min(arrival), last.max(end)));
            self.stream(server, one.class, "").add(arrival);
        }
        self.seconds[server].pending = pending;
    }

    /// Places the last requests of all servers, after the last row.
    pub(super) fn finish(&mut self) {
        (0..self.seconds.len()).for_each(|server| self.end_second(server));
    }

    fn stream(&mut self, server: usize, class: Class, file: &str) -> &mut ArrivalStream {
        let key = (server, class.index());
        let known = self.streams.binary_search_by_key(&key, |one| (one.server, one.class.index()));
        let at = known.unwrap_or_else(|at| {
            self.streams.insert(at, ArrivalStream::new(server, class, file));
            at
        });
        &mut self.streams[at]
    }

    /// Returns the arrivals per server and class, in the order of servers and classes.
    pub fn streams(&self) -> &[ArrivalStream] {
        &self.streams
    }

    /// Returns the number of arrivals.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns whether the logs contain more than [`ARRIVALS_MAX`] requests of the chosen classes.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns the number of requests without a valid `time-taken`, whose arrival is their end.
    pub fn rows_without_time_taken(&self) -> u64 {
        self.rows_without_time_taken
    }

    /// Returns the time of the first arrival and of the last end, in milliseconds since
    /// 1970-01-01T00:00Z; `None` without requests.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.span
    }
}

impl ArrivalStream {
    fn new(server: usize, class: Class, file: &str) -> Self {
        ArrivalStream {
            server,
            class,
            first_file: file.to_owned(),
            count: 0,
            request: Sizes::default(),
            response: Sizes::default(),
            latest: Vec::new(),
            runs: Vec::new(),
        }
    }

    fn add(&mut self, arrival: i64) {
        self.count += 1;
        self.latest.push(arrival);
        if self.latest.len() == RUN {
            self.latest.sort_unstable();
            self.runs.push(Run::of(&self.latest));
            self.latest.clear();
        }
    }

    /// Returns the mean number of bytes of a request; `None` if the logs do not contain it.
    pub fn request_bytes(&self) -> Option<u64> {
        self.request.mean()
    }

    /// Returns the mean number of bytes of a response; `None` if the logs do not contain it.
    pub fn response_bytes(&self) -> Option<u64> {
        self.response.mean()
    }

    /// Iterates over the arrivals in ascending order, in milliseconds since 1970-01-01T00:00Z.
    pub fn times(&self) -> impl Iterator<Item = i64> {
        let mut latest = self.latest.clone();
        latest.sort_unstable();
        let runs = self.runs.iter().map(|run| Source::Run(Times::of(run)));
        Merged::of(runs.chain([Source::Latest(latest.into_iter())]).collect())
    }
}

impl Run {
    /// Stores sorted times. A difference is written in groups of seven bits, the lowest group
    /// first; the highest bit of a byte is set if another group follows (LEB128).
    fn of(sorted: &[i64]) -> Run {
        let mut differences = Vec::with_capacity(2 * sorted.len());
        for pair in sorted.windows(2) {
            let mut rest = pair[1].wrapping_sub(pair[0]) as u64;
            while rest >= 0x80 {
                differences.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            differences.push(rest as u8);
        }
        Run { first: sorted.first().copied().unwrap_or(0), differences: differences.into() }
    }
}

/// Times of a run.
#[derive(Debug)]
struct Times<'a> {
    next: Option<i64>,
    differences: std::slice::Iter<'a, u8>,
}

impl Times<'_> {
    fn of(run: &Run) -> Times<'_> {
        Times { next: Some(run.first), differences: run.differences.iter() }
    }
}

impl Iterator for Times<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let now = self.next?;
        let (mut difference, mut shift) = (0_u64, 0_u32);
        self.next = loop {
            let Some(byte) = self.differences.next() else { break None };
            difference |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break Some(now.wrapping_add_unsigned(difference));
            }
        };
        Some(now)
    }
}

/// Ascending times that are merged.
#[derive(Debug)]
enum Source<'a> {
    Run(Times<'a>),
    Latest(std::vec::IntoIter<i64>),
}

impl Source<'_> {
    fn next(&mut self) -> Option<i64> {
        match self {
            Source::Run(times) => times.next(),
            Source::Latest(times) => times.next(),
        }
    }
}

/// Times of several sources in ascending order.
struct Merged<'a> {
    sources: Vec<Source<'a>>,
    /// Next time of each source that has one, with the number of the source.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
}

impl Merged<'_> {
    fn of(mut sources: Vec<Source<'_>>) -> Merged<'_> {
        let numbered = sources.iter_mut().enumerate();
        let heads = numbered.filter_map(|(number, one)| Some(Reverse((one.next()?, number))));
        let heads = heads.collect();
        Merged { sources, heads }
    }
}

impl Iterator for Merged<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((time, number)) = *head;
        match self.sources[number].next() {
            Some(next) => *head = Reverse((next, number)),
            None => {
                PeekMut::pop(head);
            }
        }
        Some(time)
    }
}

impl Sizes {
    fn add(&mut self, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            self.bytes = self.bytes.saturating_add(bytes);
            self.count += 1;
        }
    }

    fn mean(self) -> Option<u64> {
        (self.count > 0).then(|| (self.bytes as f64 / self.count as f64).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::generated::{FIELDS, row};
    use crate::logs::{LogReader, Rules};
    use crate::terms::RequestKind;

    fn read(texts: &[String], classes: &[Class]) -> Arrivals {
        let (rules, mut arrivals) = (Rules::builtin(), Arrivals::new(classes));
        let mut reader = LogReader::new(&rules, None).with_arrivals(&mut arrivals);
        for (number, text) in texts.iter().enumerate() {
            reader.read(&format!("{number}.log"), &mut text.as_bytes(), &mut |_| true);
        }
        drop(reader.finish());
        arrivals
    }

    /// 2026-11-30T00:00Z in milliseconds, the day of the generated rows.
    const DAY_MS: i64 = 1_795_996_800_000;

    #[test]
    fn an_arrival_is_the_end_minus_time_taken_and_times_are_sorted() {
        let early = format!("{FIELDS}{}{}", row(100, 1, 0), row(40, 2, 30_000));
        let late = format!("{FIELDS}{}", row(10, 3, 2_500));
        let found = read(&[early, late], &[Class::Messages]);
        let [stream] = found.streams() else { panic!("{:?}", found.streams()) };
        let times: Vec<i64> = stream.times().map(|time| time - DAY_MS).collect();
        for (time, from) in times.iter().zip([7_500, 10_000, 100_000]) {
            assert!((from..from + 1000).contains(time), "{times:?}");
        }
        assert_eq!((times.len(), stream.count, found.count()), (3, 3, 3));
        assert_eq!((stream.request_bytes(), stream.response_bytes()), (Some(542), Some(1234)));
        assert_eq!(stream.first_file, "0.log");
        let (first, last) = found.span().expect("requests");
        assert_eq!(first, DAY_MS + times[0]);
        assert!((100_000..101_000).contains(&(last - DAY_MS)), "{last}");
    }

    #[test]
    fn the_rows_of_a_second_are_spread_over_it_in_their_order() {
        let rows: String = (0..1000).map(|client| row(5, client, 0)).collect();
        let found = read(&[format!("{FIELDS}{rows}")], &[Class::Messages]);
        let times: Vec<i64> = found.streams()[0].times().map(|time| time - DAY_MS).collect();
        assert_eq!(times, (5000..6000).collect::<Vec<_>>());
        // Three rows share the second; the second row has another class. The time-taken of the
        // third row is 700 ms, so it arrives first.
        let other = row(9, 2, 0).replace("/ccm_system/request", "/CCM_STS");
        let text = format!("{FIELDS}{}{other}{}", row(9, 1, 0), row(9, 3, 700));
        let found = read(&[text], &[Class::Messages]);
        let times: Vec<i64> = found.streams()[0].times().map(|time| time - DAY_MS).collect();
        let [third, first] = times[..] else { panic!("{times:?}") };
        assert!((9000..9334).contains(&first) && (8966..9300).contains(&third), "{times:?}");
    }

    #[test]
    fn many_runs_are_merged_in_order_and_nothing_is_lost() {
        let count = 3 * RUN as i64 + 77;
        let mut stream = ArrivalStream::new(0, Class::Messages, "a.log");
        let time = |number: i64| (mixed(number as u64) % 4_000_000_000) as i64 - 2_000_000_000;
        (0..count).for_each(|number| stream.add(time(number)));
        let mut expected: Vec<i64> = (0..count).map(time).collect();
        expected.sort_unstable();
        assert_eq!(stream.times().collect::<Vec<_>>(), expected);
        let extremes = [i64::MIN, -1, i64::MAX];
        assert_eq!(Times::of(&Run::of(&extremes)).collect::<Vec<_>>(), extremes);
    }

    #[test]
    fn other_classes_and_invalid_durations_are_not_used() {
        let text = format!("{FIELDS}{}{}", row(9, 1, u64::MAX), row(9, 1, 86_400_001));
        let found = read(std::slice::from_ref(&text), &[Class::Messages]);
        assert_eq!((found.count(), found.rows_without_time_taken()), (2, 2));
        assert!(found.span().is_some_and(|(first, _)| first >= DAY_MS + 9000));
        let scans = [Class::Kind(RequestKind::UpdateScan)];
        assert_eq!(read(&[text], &scans).count(), 0);
    }
}
