//! Counts over time: traffic details of connection points, `CMGService.log`, metrics of Azure
//! Monitor, and tables.
//!
//! [`CountReader`] reads files as a stream with bounded memory. `text.rs`, `table.rs` and `json.rs`
//! read the formats; `traffic.rs`, `service.rs` and `record.rs` find rows in them; [`Tallies`] sums
//! them per source, class of requests and interval. [`summarise`] and [`estimate`] compute the
//! results.
//!
//! Names of servers and endpoints are only hashed. Endpoints that no rule matches are listed with
//! masked names, and only if a gateway or a connection point wrote them.

mod columns;
mod coverage;
mod estimate;
mod json;
mod number;
mod problem;
mod record;
mod row;
mod service;
mod sink;
mod stamp;
mod summary;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod traffic;

use std::io::{BufRead, BufReader, Read};

use jiff::tz::TimeZone;

use crate::logs::Rules;

pub use columns::{Mapping, UnknownColumn};
pub use estimate::estimate;
pub use stamp::DateOrder;
pub use summary::summarise;
pub use tally::Tallies;

use problem::Reason;
use sink::Sink;
use stamp::Clock;

/// Number of bytes from which the format of a file is detected.
const PEEK: usize = 64 * 1024;

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Logs of Configuration Manager and state messages in XML.
    Log,
    /// Tables with a header; columns are separated by commas, semicolons, tabs or bars.
    Csv,
    /// JSON: arrays, lines of objects, or the output of Azure Monitor.
    Json,
}

/// How files are read.
#[derive(Clone, Debug)]
pub struct Options {
    rules: Rules,
    clock: Clock,
    columns: Mapping,
    format: Option<Format>,
    /// Length of the interval of rows that state only one time, in seconds.
    interval_s: Option<u32>,
}

impl Options {
    /// Returns options that detect everything: times without an offset are in UTC.
    pub fn new(rules: Rules) -> Self {
        let clock = Clock { zone: TimeZone::UTC, order: DateOrder::default() };
        Options { rules, clock, columns: Mapping::default(), format: None, interval_s: None }
    }

    /// Sets the time zone and the order of day and month of times without an offset.
    pub fn with_clock(self, zone: TimeZone, order: DateOrder) -> Self {
        Options { clock: Clock { zone, order }, ..self }
    }

    /// Sets the columns of tables and keys of JSON.
    pub fn with_columns(self, columns: Mapping) -> Self {
        Options { columns, ..self }
    }

    /// Sets the format of all files; `None` detects it per file.
    pub fn with_format(self, format: Option<Format>) -> Self {
        Options { format, ..self }
    }

    /// Sets the length of the interval of rows that state only one time; `None` detects it.
    pub fn with_interval_s(self, interval_s: Option<u32>) -> Self {
        Options { interval_s, ..self }
    }
}

/// Progress of reading.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Number of rows that were counted.
    pub rows: u64,
}

/// Reader of files with counts, which adds rows to tallies.
pub struct CountReader<'a> {
    options: &'a Options,
    tallies: Tallies,
}

impl<'a> CountReader<'a> {
    /// Creates a reader.
    pub fn new(options: &'a Options) -> Self {
        CountReader { options, tallies: Tallies::default() }
    }

    /// Reads a text and returns false if `watch` returned false, which stops reading. Errors of the
    /// source are counted.
    pub fn read(
        &mut self,
        name: &str,
        source: &mut dyn Read,
        watch: &mut dyn FnMut(Progress) -> bool,
    ) -> bool {
        let file = self.tallies.files.len();
        self.tallies.files.push((name.to_owned(), 0));
        let before = self.tallies.unreadable.total();
        let mut source = BufReader::with_capacity(PEEK, source);
        let detected = source.fill_buf().map(detect);
        let mut sink = Sink::new(&mut self.tallies, self.options, watch, file);
        let outcome = match detected {
            Ok(detected) => match self.options.format.unwrap_or(detected) {
                Format::Log => text::read(&mut source, &mut sink),
                Format::Csv => table::read(&mut source, &mut sink),
                Format::Json => json::read(&mut source, &mut sink),
            },
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            sink.problem(Reason::Damaged);
        }
        let is_empty = sink.is_empty();
        let rows = sink.finish();
        self.tallies.files[file].1 = rows;
        if is_empty && self.tallies.unreadable.total() == before {
            self.tallies.unreadable.add(Reason::Content, file, 1);
        }
        outcome.unwrap_or(true)
    }

    /// Adds inputs that could not be opened, with the reasons.
    pub fn add_unopened(&mut self, unopened: Vec<(String, String)>) {
        self.tallies.unopened.extend(unopened);
    }

    /// Returns the tallies of all files.
    ///
    /// # Errors
    /// The options name a column that no file has.
    pub fn finish(self) -> Result<Tallies, UnknownColumn> {
        self.options.columns.check(&self.tallies.columns)?;
        Ok(self.tallies)
    }
}

/// Detects the format from the beginning of a file.
fn detect(start: &[u8]) -> Format {
    let has = |mark: &[u8]| memchr::memmem::find(start, mark).is_some();
    let first = start.trim_ascii_start();
    let line = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match first.first() {
        Some(b'{' | b'[') => return Format::Json,
        Some(b'<') => return Format::Log,
        _ => {}
    }
    let is_entry = line.windows(11).any(|part| part == b"RequestUri:");
    match is_entry || has(b"<![LOG[") || has(b"$$<") || line.windows(2).any(|part| part == b"~~") {
        true => Format::Log,
        false if line.iter().any(|byte| b",;\t|".contains(byte)) => Format::Csv,
        false if has(b"<ProxyTrafficStateDetails") => Format::Log,
        // A title above the header of a table.
        false if has(b",") || has(b";") || has(b"\t") => Format::Csv,
        false => Format::Log,
    }
}
