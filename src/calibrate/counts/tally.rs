//! Tallies of counts per source, class, interval and hour, in bounded memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::logs::{Class, Copies};

use super::columns::SeenColumns;
use super::coverage::{Coverage, HOUR};
use super::problem::Unreadable;
use super::row::{AzureMetric, MetricRow, Row, Source, When};

/// Maximum number of intervals that are listed.
const INTERVALS_MAX: usize = 100_000;

/// Maximum number of hours with counts, over all sources and classes.
const HOURS_MAX: usize = 400_000;

/// Maximum number of rows among which copies are recognised.
const COPIES_MAX: usize = 2_000_000;

/// Maximum number of servers, lengths of intervals and unclassified endpoints.
const NAMES_MAX: usize = 1024;

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) requests: f64,
    /// Requests of the rows that state bytes of requests, and these bytes.
    pub(super) request_sized: f64,
    pub(super) request_bytes: f64,
    pub(super) response_sized: f64,
    pub(super) response_bytes: f64,
    /// Requests of the rows that state failed requests, and these.
    pub(super) failed_known: f64,
    pub(super) failed: f64,
    /// Requests of the rows that state an elapsed time, and the sum of their times in milliseconds.
    pub(super) timed: f64,
    pub(super) elapsed_ms: f64,
    /// Maximum concurrent requests, summed over servers and endpoints, times the length in seconds.
    pub(super) concurrent_s: f64,
}

impl Sums {
    fn of(row: &Row) -> Sums {
        let values = row.values;
        let requests = values.requests.unwrap_or(0.0);
        let known = |value: Option<f64>| if value.is_some() { requests } else { 0.0 };
        let length = match row.when {
            When::Interval(_, length) => f64::from(length),
            _ => 0.0,
        };
        Sums {
            requests,
            request_sized: known(values.request_bytes),
            request_bytes: values.request_bytes.unwrap_or(0.0),
            response_sized: known(values.response_bytes),
            response_bytes: values.response_bytes.unwrap_or(0.0),
            failed_known: known(values.failed),
            failed: values.failed.unwrap_or(0.0),
            timed: known(values.elapsed_ms),
            elapsed_ms: values.elapsed_ms.unwrap_or(0.0) * requests,
            concurrent_s: values.concurrent.unwrap_or(0.0) * length,
        }
    }

    /// Adds a share of other sums.
    pub(super) fn add(&mut self, other: &Sums, share: f64) {
        let pairs = [
            (&mut self.requests, other.requests),
            (&mut self.request_sized, other.request_sized),
            (&mut self.request_bytes, other.request_bytes),
            (&mut self.response_sized, other.response_sized),
            (&mut self.response_bytes, other.response_bytes),
            (&mut self.failed_known, other.failed_known),
            (&mut self.failed, other.failed),
            (&mut self.timed, other.timed),
            (&mut self.elapsed_ms, other.elapsed_ms),
            (&mut self.concurrent_s, other.concurrent_s),
        ];
        for (own, other) in pairs {
            *own += other * share;
        }
    }
}

/// Source, start, length in seconds, class.
pub(super) type IntervalKey = (Source, i64, u32, usize);

/// All rows of one source and class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Total {
    pub(super) rows: u64,
    pub(super) sums: Sums,
    /// Whether any row states the number of concurrent requests.
    pub(super) has_concurrent: bool,
}

/// Values of a metric in one hour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MetricHour {
    pub(super) total: f64,
    pub(super) average_sum: f64,
    pub(super) average_count: f64,
}

/// Values of a metric.
#[derive(Clone, Debug, Default)]
pub(super) struct MetricTally {
    pub(super) rows: u64,
    pub(super) coverage: Coverage,
    pub(super) hours: BTreeMap<i64, MetricHour>,
    /// Largest total per second of an interval.
    pub(super) rate_max: f64,
    /// Largest average or maximum.
    pub(super) max: f64,
}

/// Everything that is kept of the files. No part of it contains a name of a client.
#[derive(Clone, Debug, Default)]
pub struct Tallies {
    /// Names and numbers of rows of the files.
    pub(super) files: Vec<(String, u64)>,
    pub(super) unopened: Vec<(String, String)>,
    pub(super) lines: u64,
    pub(super) rows: u64,
    pub(super) unreadable: Unreadable,
    pub(super) totals: BTreeMap<(Source, usize), Total>,
    pub(super) intervals: BTreeMap<IntervalKey, Sums>,
    /// Rows whose interval is not listed.
    pub(super) unlisted: u64,
    pub(super) hours: BTreeMap<(Source, usize, i64), Sums>,
    pub(super) coverage: BTreeMap<Source, Coverage>,
    pub(super) servers: BTreeSet<(Source, u64)>,
    pub(super) lengths: BTreeMap<(Source, u32), u64>,
    pub(super) endpoints: BTreeMap<String, u64>,
    pub(super) metrics: BTreeMap<AzureMetric, MetricTally>,
    pub(super) is_full: bool,
    pub(super) columns: SeenColumns,
    /// Rows that do not name a server, so that a second one can be the count of another server.
    pub(super) copies: Copies,
    unique: BTreeSet<u64>,
}

impl Tallies {
    pub(super) fn add_endpoint(&mut self, name: String) {
        if self.endpoints.len() < NAMES_MAX || self.endpoints.contains_key(&name) {
            *self.endpoints.entry(name).or_default() += 1;
        }
    }

    /// Adds a row; returns false if it is a copy.
    pub(super) fn add(&mut self, row: &Row) -> bool {
        if let Some(copy) = row.copy {
            if self.unique.contains(&copy) {
                return false;
            }
            if self.unique.len() < COPIES_MAX {
                self.unique.insert(copy);
            }
        }
        self.rows += 1;
        let (sums, class) = (Sums::of(row), row.class.index());
        let total = self.totals.entry((row.source, class)).or_default();
        total.rows += 1;
        total.sums.add(&sums, 1.0);
        total.has_concurrent |= row.values.concurrent.is_some();
        if let Some(server) = row.server.filter(|_| self.servers.len() < NAMES_MAX) {
            self.servers.insert((row.source, server));
        }
        let When::Interval(start, length) = row.when else { return true };
        let key = (row.source, start, length, class);
        let has_room = self.intervals.len() < INTERVALS_MAX;
        match self.intervals.get_mut(&key) {
            Some(own) => own.add(&sums, 1.0),
            None if has_room => drop(self.intervals.insert(key, sums)),
            None => self.unlisted += 1,
        }
        if self.lengths.len() < NAMES_MAX || self.lengths.contains_key(&(row.source, length)) {
            *self.lengths.entry((row.source, length)).or_default() += 1;
        }
        self.coverage.entry(row.source).or_default().add(start, length);
        for (hour, share) in shares(start, length) {
            let key = (row.source, class, hour);
            let has_room = self.hours.len() < HOURS_MAX;
            match self.hours.get_mut(&key) {
                Some(own) => own.add(&sums, share),
                None if has_room => {
                    self.hours.entry(key).or_default().add(&sums, share);
                }
                None => self.is_full = true,
            }
        }
        true
    }

    pub(super) fn add_metric(&mut self, row: &MetricRow) {
        self.rows += 1;
        let own = self.metrics.entry(row.metric).or_default();
        own.rows += 1;
        own.max = own.max.max(row.maximum.or(row.average).unwrap_or(0.0));
        let When::Interval(start, length) = row.when else { return };
        own.rate_max = own.rate_max.max(row.total.unwrap_or(0.0) / f64::from(length));
        own.coverage.add(start, length);
        for (hour, share) in shares(start, length) {
            if own.hours.len() >= HOURS_MAX && !own.hours.contains_key(&hour) {
                self.is_full = true;
                continue;
            }
            let sums = own.hours.entry(hour).or_default();
            sums.total += row.total.unwrap_or(0.0) * share;
            if let Some(average) = row.average {
                sums.average_sum += average * share * f64::from(length);
                sums.average_count += share * f64::from(length);
            }
        }
    }

    /// Returns the sums and the covered seconds of a source and class for each block in which the
    /// source counted anything, in order of time. Blocks are days of UTC if at least
    /// [`DAYS_MIN`] days are covered, and hours otherwise.
    pub(super) fn blocks(&self, source: Source, class: Class) -> Vec<(Sums, f64)> {
        let Some(coverage) = self.coverage.get(&source) else { return Vec::new() };
        let hours = coverage.hours();
        let block_h = block_hours(&hours);
        let mut blocks: BTreeMap<i64, (Sums, f64)> = BTreeMap::new();
        for (hour, covered) in &hours {
            let block = blocks.entry(hour.div_euclid(block_h)).or_default();
            block.1 += *covered as f64;
            if let Some(sums) = self.hours.get(&(source, class.index(), *hour)) {
                block.0.add(sums, 1.0);
            }
        }
        blocks.into_values().collect()
    }

    /// Returns the name of the blocks of a source.
    pub(super) fn block_name(&self, source: Source) -> &'static str {
        let hours = self.coverage.get(&source).map(Coverage::hours).unwrap_or_default();
        if block_hours(&hours) == 24 { "days" } else { "hours" }
    }
}

/// Number of covered days from which days are the blocks of intervals. Counts of the hours of a day
/// are correlated, so intervals from hours are too narrow. This number is an assumption.
const DAYS_MIN: usize = 7;

/// Returns the length of the blocks in hours.
pub(super) fn block_hours(hours: &BTreeMap<i64, u64>) -> i64 {
    let days: BTreeSet<i64> = hours.keys().map(|hour| hour.div_euclid(24)).collect();
    if days.len() >= DAYS_MIN { 24 } else { 1 }
}

/// Returns the hours since 1970 that an interval overlaps, each with its share of the interval.
fn shares(start: i64, length: u32) -> impl Iterator<Item = (i64, f64)> {
    let end = start + i64::from(length);
    let hours = start.div_euclid(HOUR)..=(end - 1).div_euclid(HOUR);
    hours.map(move |hour| {
        let overlap = end.min((hour + 1) * HOUR) - start.max(hour * HOUR);
        (hour, overlap as f64 / f64::from(length))
    })
}
