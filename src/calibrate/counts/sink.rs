//! Destination of rows: classes, lengths of intervals, copies and problems of one file.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use crate::logs::{Class, TIME_TAKEN_MS_MAX, masked_endpoint};

use super::columns::Mapping;
use super::problem::Reason;
use super::row::{MetricRow, Row, Source, Values, When};
use super::stamp::Clock;
use super::tally::Tallies;
use super::{Options, Progress};

/// Number of lines between two calls of the watch.
const LINES_PER_CALL: u64 = 8192;

/// Number of rows from which the length of the intervals is detected.
const PENDING_MAX: usize = 1024;

/// Longest interval of a row, in seconds.
const LENGTH_MAX: i64 = 31 * 86_400;

/// Assumed length of the intervals of `CMGService.log`, in seconds.
const SERVICE_LENGTH: u32 = 300;

/// Times of log entries are rounded to this number of seconds, because the entries of one interval
/// are written one after another.
const ROUNDING: i64 = 10;

/// Row whose interval may have no length yet.
enum Pending {
    /// Counts, with the line of the row.
    Counts(Row, u64),
    Metric(MetricRow),
}

/// Destination of the rows of one file.
pub(super) struct Sink<'a> {
    tallies: &'a mut Tallies,
    options: &'a Options,
    watch: &'a mut dyn FnMut(Progress) -> bool,
    is_stopped: bool,
    file: usize,
    line: u64,
    rows: u64,
    pending: Vec<Pending>,
    /// Length of intervals in seconds; `None` until it is detected, `Some(0)` if it is unknown.
    length: Option<u32>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        tallies: &'a mut Tallies,
        options: &'a Options,
        watch: &'a mut dyn FnMut(Progress) -> bool,
        file: usize,
    ) -> Self {
        let length = options.interval_s;
        let pending = Vec::new();
        Sink { tallies, options, watch, is_stopped: false, file, line: 0, rows: 0, pending, length }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.options.clock
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.options.columns
    }

    /// Notes the columns of a header or the keys of an object.
    pub(super) fn note_columns<'t>(&mut self, names: impl Iterator<Item = &'t str> + Clone) {
        self.tallies.columns.add(names, &self.options.columns);
    }

    pub(super) fn problem(&mut self, reason: Reason) {
        self.tallies.unreadable.add(reason, self.file, self.line.max(1));
    }

    /// Counts lines of the file.
    pub(super) fn next_line(&mut self, count: u64) {
        let before = self.line;
        self.line += count;
        self.tallies.lines += count;
        if before / LINES_PER_CALL != self.line / LINES_PER_CALL {
            let progress = Progress { rows: self.tallies.rows };
            self.is_stopped |= !(self.watch)(progress);
        }
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.is_stopped
    }

    /// Returns an interval; reports a problem and returns an unknown time if it is invalid.
    pub(super) fn interval(&mut self, start: i64, end: i64) -> When {
        match u32::try_from(end - start) {
            Ok(length) if length > 0 && end - start <= LENGTH_MAX => When::Interval(start, length),
            _ => {
                self.problem(Reason::Interval);
                When::Unknown
            }
        }
    }

    /// Returns the class of an endpoint. Unclassified endpoints are listed with masked names if
    /// `is_listed`; names in tables may be names of clients, so they are not.
    pub(super) fn class(&mut self, endpoint: &str, is_listed: bool) -> Class {
        let class = self.options.rules.class_of_endpoint(endpoint.as_bytes());
        if !class.is_classified() && is_listed && !endpoint.trim().is_empty() {
            self.tallies.add_endpoint(masked_endpoint(endpoint.as_bytes()));
        }
        class
    }

    /// Returns the class with the name of a kind.
    pub(super) fn kind(&mut self, name: &str) -> Class {
        let name = name.trim().to_lowercase().replace([' ', '-'], "_");
        Class::of_rule(&name).unwrap_or_else(|| {
            self.problem(Reason::Kind);
            Class::Unclassified
        })
    }

    /// Adds counts. `names` are those of the server, the endpoint and its target; they are only
    /// hashed. If `is_unique`, a second row with the same content is a copy.
    pub(super) fn row(
        &mut self,
        source: Source,
        class: Class,
        when: When,
        names: &[&str; 3],
        is_unique: bool,
        mut values: Values,
    ) {
        if let (Some(requests), Some(failed)) = (values.requests, values.failed)
            && failed > requests
        {
            self.problem(Reason::Failed);
            values.failed = None;
        }
        if values.elapsed_ms.is_some_and(|elapsed_ms| elapsed_ms > TIME_TAKEN_MS_MAX as f64) {
            self.problem(Reason::Number);
            values.elapsed_ms = None;
        }
        if values.is_empty() {
            self.problem(Reason::Nothing);
            return;
        }
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(source as u8);
        for name in names {
            hasher.write(name.to_lowercase().as_bytes());
            hasher.write_u8(0xff);
        }
        let series = hasher.finish();
        let (from, to) = match when {
            When::Interval(start, length) => (start, i64::from(length)),
            When::From(start) => (start, -1),
            When::Until(end) => (end, -2),
            When::Unknown => (0, -3),
        };
        hasher.write_i64(from);
        hasher.write_i64(to);
        let all = [
            values.requests,
            values.request_bytes,
            values.response_bytes,
            values.failed,
            values.concurrent,
            values.elapsed_ms,
        ];
        for value in all {
            hasher.write_u64(value.unwrap_or(-1.0).to_bits());
        }
        let hash = hasher.finish();
        let copy = (is_unique && when != When::Unknown).then_some(hash);
        if !is_unique && when != When::Unknown {
            self.tallies.copies.add(from, hash, self.file);
        }
        let server = (!names[0].is_empty()).then(|| {
            let mut hasher = DefaultHasher::new();
            hasher.write(names[0].to_lowercase().as_bytes());
            hasher.finish()
        });
        self.rows += 1;
        let row = Row { source, class, when, series, server, copy, values };
        self.queue(Pending::Counts(row, self.line));
    }

    /// Adds a value of a metric.
    pub(super) fn metric(&mut self, row: MetricRow) {
        self.rows += 1;
        self.queue(Pending::Metric(row));
    }

    fn queue(&mut self, row: Pending) {
        let is_complete = matches!(row.when(), When::Interval(..) | When::Unknown);
        if is_complete || self.length.is_some() {
            self.add(row);
            return;
        }
        self.pending.push(row);
        if self.pending.len() >= PENDING_MAX {
            self.flush();
        }
    }

    /// Detects the length of the intervals and adds the rows that wait for it.
    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut last: BTreeMap<u64, i64> = BTreeMap::new();
        let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
        for row in &pending {
            let (When::From(at) | When::Until(at)) = row.when() else { continue };
            let before = last.insert(row.series(), at);
            // Times of log entries vary by seconds.
            let rounded = |length: i64| match length {
                60.. => (length + ROUNDING / 2) / ROUNDING * ROUNDING,
                _ => length,
            };
            let length = before.map(|before| rounded(at - before));
            if let Some(length) = length.filter(|length| (1..=LENGTH_MAX).contains(length)) {
                *counts.entry(length).or_default() += 1;
            }
        }
        let most = counts.iter().rev().max_by_key(|(_, count)| **count);
        self.length = match most.and_then(|(length, _)| u32::try_from(*length).ok()) {
            Some(length) => Some(length),
            None => Some(0),
        };
        for row in pending {
            self.add(row);
        }
    }

    fn add(&mut self, row: Pending) {
        let detected = self.length.unwrap_or(0);
        match row {
            Pending::Counts(mut row, line) => {
                let is_service = row.source == Source::Instances;
                let length = match detected {
                    0 if is_service => SERVICE_LENGTH,
                    length => length,
                };
                row.when = placed(row.when, length);
                if !self.tallies.add(&row) {
                    self.tallies.unreadable.add(Reason::Copy, self.file, line.max(1));
                }
            }
            Pending::Metric(mut row) => {
                row.when = placed(row.when, detected);
                self.tallies.add_metric(&row);
            }
        }
        if std::mem::take(&mut self.tallies.is_full) {
            self.problem(Reason::TooMany);
        }
    }

    /// Adds the rows that wait, and returns the number of rows of the file.
    pub(super) fn finish(mut self) -> u64 {
        if !self.pending.is_empty() {
            self.flush();
        }
        self.rows
    }

    /// Returns whether the file has no rows so far.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl Pending {
    fn when(&self) -> When {
        match self {
            Pending::Counts(row, _) => row.when,
            Pending::Metric(row) => row.when,
        }
    }

    fn series(&self) -> u64 {
        match self {
            Pending::Counts(row, _) => row.series,
            Pending::Metric(row) => row.metric as u64,
        }
    }
}

/// Returns an interval of known length, or an unknown time if the length is unknown.
fn placed(when: When, length: u32) -> When {
    match (when, length) {
        (When::Interval(..) | When::Unknown, _) => when,
        (When::From(_) | When::Until(_), 0) => When::Unknown,
        (When::From(start), _) => When::Interval(start, length),
        (When::Until(end), _) => {
            let end = (end + ROUNDING / 2).div_euclid(ROUNDING) * ROUNDING;
            When::Interval(end - i64::from(length), length)
        }
    }
}
