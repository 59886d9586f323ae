//! Tallies of one server: requests per minute, and a sample of requests with upper bounds of the
//! number of other requests in the system at their arrival.

use super::class::Class;
use super::concurrency::{Step, Window, estimated_arrival, estimated_end};
use super::minutes::{DaysLeft, Minutes};
use super::sample::{Sample, Selected, UNKNOWN, mixed};
use super::tally::Row;

/// Maximum number of servers that are distinguished.
pub(super) const SERVERS_MAX: usize = 64;

/// Maximum number of sampled requests of a server, and the part of it that each class can use even
/// if there are many classes.
const SAMPLE_MAX: usize = 20_000;
const CLASS_SAMPLE_MIN: usize = 2_000;
/// With more servers, the samples of each server are smaller.
const FULL_SAMPLES: usize = 8;

/// Number of classes that the model has, which are the first ones of [`Class::all`]. Other classes
/// are not sampled, but they count as requests in the system.
const SAMPLED: usize = Class::COUNT - 2;

/// Requests that ended in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerMinute {
    /// Start of the minute in seconds since 1970-01-01T00:00Z.
    pub start_s: i64,
    /// Number of requests of all classes.
    pub rows: u32,
    /// Sum of `time-taken` in milliseconds.
    pub time_taken_ms: u64,
}

/// A sampled request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServerObservation {
    /// Class of the request.
    pub class: Class,
    /// Estimated arrival in milliseconds since 1970-01-01T00:00Z: the logged end plus a random
    /// fraction of a second, minus `time-taken`. The error is at most one second.
    pub arrival_ms: i64,
    /// Logged `time-taken` in milliseconds.
    pub time_taken_ms: u32,
    /// Upper bound of the number of other requests of all classes in the system of the server at
    /// the arrival, as `numbers_at_arrival` of the module `calibrate::fit::queueing` defines it.
    /// Requests count if `time-taken` is logged and they ended before the end of the log. The value
    /// is `u32::MAX` if the bound cannot be computed, because the request took more than 200 s or
    /// its row is more than about 50 s late.
    pub number_at_arrival_max: u32,
    /// Whether the status is below 400, or not logged.
    pub is_success: bool,
}

/// Values of one minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MinuteSums {
    rows: u32,
    time_taken_ms: u64,
}

/// Requests of one server.
#[derive(Clone, Debug)]
pub struct ServerTally {
    /// Hash of the server's name, address or file.
    pub(super) key: u64,
    first_file: String,
    rows: u64,
    minutes: Minutes<MinuteSums>,
    window: Window,
    /// Samples by class.
    samples: Vec<Sample>,
    /// Number of requests from which each sample was drawn.
    sampled_from: [u64; SAMPLED],
    /// Maximum size of the sample of a class.
    class_size: usize,
}

impl ServerTally {
    pub(super) fn new(key: u64, first_file: &str) -> Self {
        ServerTally {
            key,
            first_file: first_file.to_owned(),
            rows: 0,
            minutes: Minutes::default(),
            window: Window::default(),
            samples: vec![Sample::default(); SAMPLED],
            sampled_from: [0; SAMPLED],
            class_size: SAMPLE_MAX,
        }
    }

    /// Returns the number of requests of all classes; zero if all requests of the server are in the
    /// other part of a log that is divided in two.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the name of the first file with a request to this server.
    pub fn first_file(&self) -> &str {
        &self.first_file
    }

    /// Iterates over all minutes of all days (UTC) with requests to this server.
    pub fn minutes(&self) -> impl Iterator<Item = ServerMinute> {
        self.minutes.iter().map(|(start_s, MinuteSums { rows, time_taken_ms })| ServerMinute {
            start_s,
            rows,
            time_taken_ms,
        })
    }

    /// Returns whether [`ServerTally::minutes`] contains all days. At most 1,024 days of all
    /// servers are stored, or 512 if the log is divided in two parts.
    pub fn has_all_minutes(&self) -> bool {
        !self.minutes.is_incomplete()
    }

    /// Returns a random sample of requests in order of arrival. It contains all requests of a
    /// class, or a uniform sample of at least 2,000 (fewer with more than 8 servers). Classes have
    /// different shares in the sample; weight requests by [`ServerTally::sampled_from`].
    pub fn sample(&self) -> Vec<ServerObservation> {
        let (long, mut found) = (self.window.long.counts(), Vec::new());
        for (class, sample) in Class::all().zip(&self.samples) {
            found.extend(sample.requests(self.class_size).into_iter().map(|one| {
                let bound = one.number_at_arrival_max;
                ServerObservation {
                    class,
                    arrival_ms: one.arrival_ms,
                    time_taken_ms: one.time_taken_ms,
                    number_at_arrival_max: bound.saturating_add(long.at_arrival(one.arrival_ms)),
                    is_success: one.is_success,
                }
            }));
        }
        // The sort is stable: equal arrivals are in order of their classes and hashes.
        found.sort_by_key(|one| one.arrival_ms);
        found
    }

    /// Returns the number of requests of a class from which the sample was drawn: those for which
    /// `time-taken` is logged; zero for classes that the model does not have.
    pub fn sampled_from(&self, class: Class) -> u64 {
        self.sampled_from.get(class.index()).copied().unwrap_or(0)
    }

    /// Counts a row. `servers` is the number of servers.
    #[inline]
    pub(super) fn add(&mut self, row: &Row, servers: usize, left: &mut DaysLeft) -> Step {
        self.rows += 1;
        if let Some(sums) = self.minutes.at(row.end, left) {
            sums.rows = sums.rows.saturating_add(1);
            let time_taken_ms = row.time_taken_ms.unwrap_or(0);
            sums.time_taken_ms = sums.time_taken_ms.saturating_add(time_taken_ms);
        }
        let Some(time_taken_ms) = row.time_taken_ms else { return Step::None };
        let hash = position_hash(row.position);
        let end_ms = estimated_end(row.end, hash);
        let step = self.add_to_window(end_ms, time_taken_ms);
        let class = row.class;
        if class < SAMPLED {
            self.sampled_from[class] += 1;
            if self.samples[class].accepts(hash) {
                self.select(row, (end_ms, time_taken_ms), hash, servers);
            }
        }
        step
    }

    /// Counts a request with an estimated end as being in the system without adding it to other
    /// tallies.
    #[inline]
    pub(super) fn add_to_window(&mut self, end_ms: i64, time_taken_ms: u64) -> Step {
        let samples = &mut self.samples;
        let step = self.window.advance(end_ms.div_euclid(1000), |window, until| {
            let bound = |arrival| window.others(arrival);
            samples.iter_mut().for_each(|sample| sample.settle(until, bound));
        });
        self.window.add(end_ms, time_taken_ms);
        step
    }

    /// Adds a row to the sample of its class.
    fn select(
        &mut self,
        row: &Row,
        (end_ms, time_taken_ms): (i64, u64),
        hash: u64,
        servers: usize,
    ) {
        let class = row.class;
        if self.samples[class].is_empty() {
            let others = self.samples.iter().filter(|sample| !sample.is_empty()).count();
            self.class_size = class_size(others + 1);
        }
        let arrival_ms = estimated_arrival(end_ms, time_taken_ms);
        let request = Selected {
            hash,
            arrival_ms,
            time_taken_ms: u32::try_from(time_taken_ms).unwrap_or(u32::MAX),
            number_at_arrival_max: UNKNOWN,
            is_success: row.status.is_none_or(|status| status < 400),
        };
        let is_pending = self.window.covers(arrival_ms, time_taken_ms);
        self.samples[class].add(request, is_pending, scaled(self.class_size, servers));
    }

    /// Reduces the samples to those of one of `servers` servers.
    pub(super) fn reduce(&mut self, servers: usize) {
        let size = scaled(self.class_size, servers);
        self.samples.iter_mut().for_each(|sample| sample.reduce(size));
    }

    /// Completes the sample after the last row; `servers` is the number of servers.
    pub(super) fn finish(&mut self, servers: usize) {
        let window = &self.window;
        self.samples.iter_mut().for_each(|one| one.settle(i64::MAX, |at| window.others(at)));
        self.class_size = scaled(self.class_size, servers);
    }
}

/// Returns the hash of the position of a row.
#[inline]
pub(super) const fn position_hash(position: (u64, u64)) -> u64 {
    mixed(position.0 << 40 ^ position.1)
}

/// Returns the maximum size of the sample of a class if a server has requests of `classes` classes.
/// Both this size and [`scaled`] only decrease while a log is read, so a sample that was kept for a
/// larger size contains the final one.
const fn class_size(classes: usize) -> usize {
    let size = SAMPLE_MAX / if classes == 0 { 1 } else { classes };
    if size < CLASS_SAMPLE_MIN { CLASS_SAMPLE_MIN } else { size }
}

/// Returns the largest number of requests in the samples of all servers together.
#[cfg(test)]
pub(super) fn samples_max() -> usize {
    let of_server = |servers| SAMPLED * super::sample::capacity(scaled(CLASS_SAMPLE_MIN, servers));
    (1..=SERVERS_MAX).map(|servers| servers * of_server(servers)).max().unwrap_or(0)
}

/// Returns a size for one of `servers` servers.
const fn scaled(size: usize, servers: usize) -> usize {
    if servers > FULL_SAMPLES { size * FULL_SAMPLES / servers } else { size }
}
