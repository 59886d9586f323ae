//! `cmgsim calibrate counts`: reads counts over time and measures values of a scenario.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use crate::base::SimDuration;
use crate::calibrate::counts::{
    self, CountReader, DateOrder, Mapping, Options, Progress, Tallies, UnknownColumn, estimate,
    summarise,
};
use crate::calibrate::fragment::fragment;
use crate::logs::{COUNT_ENDINGS, Input, expand_with, read_texts};
use crate::report::inputs::why_empty;
use crate::report::{counts as report, format};
use crate::results::ScenarioInfo;
use crate::results::counts::CountCalibration;
use crate::results::manifest::digest;
use crate::results::store::Store;
use crate::results::tables;
use crate::scenario::{Scenario, units, zones};

use super::super::failure::Failure;
use super::super::results::{NamedBytes, TableArguments, manifest, timing};
use super::super::scenario::ARGUMENTS;
use super::super::{Format, inputs, interrupt, output};
use super::base::{self, copies};
use super::files;

/// Name of the scenario with the measured values.
const MEASURED: &str = "measured.toml";

/// Format of the files.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// Logs of Configuration Manager (CMGService.log, SMS_Cloud_ProxyConnector.log) and state
    /// messages in XML
    Log,
    /// Tables: exports of the console, the site database, Azure Monitor or any other program
    Csv,
    /// JSON: arrays, lines of objects, or the output of `az monitor metrics list`
    Json,
}

/// Order of day and month.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    /// Month, day, year
    Mdy,
    /// Day, month, year
    Dmy,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Counts")]
pub(in crate::cli) struct Counts {
    /// Files with counts, folders, or patterns such as "CMG-*.log"; - is standard input
    ///
    /// Reads traffic details of connection points (SMS_Cloud_ProxyConnector.log, state messages,
    /// exports of the site database), CMGService.log, Azure Monitor metrics, and tables in CSV or
    /// JSON, also compressed with gzip or zip.
    #[arg(value_name = "FILE", required = true, help_heading = ARGUMENTS)]
    files: Vec<PathBuf>,
    /// Read all files as FORMAT [default: detect it per file]
    #[arg(long, value_name = "FORMAT")]
    from: Option<From>,
    /// Use COLUMN of tables, or the key COLUMN of JSON, as FIELD; repeatable
    ///
    /// The fields are time, end, server, endpoint, kind, requests, request_bytes, response_bytes,
    /// failed, concurrent, elapsed_ms, metric, total, average and maximum, for example --column
    /// requests=Hits. Standard names are detected.
    #[arg(long, value_name = "FIELD=COLUMN")]
    column: Vec<String>,
    /// Set the interval of rows that have only one time [default: detect it]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    interval: Option<SimDuration>,
    /// Read times without a UTC offset as times in the time zone ZONE, for example Europe/Berlin
    /// [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zones::zone)]
    time_zone: Option<TimeZone>,
    /// Set the order of day and month in dates such as 11/30/2026
    #[arg(long, value_name = "ORDER", default_value = "mdy")]
    date_order: Order,
    /// Apply the rules in FILE before the built-in rules; a rule assigns paths to a request kind
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Measure values of SCENARIO and write them to DIR/measured.toml (--out DIR)
    ///
    /// SCENARIO is a file or the name of an embedded scenario.
    #[arg(long, value_name = "SCENARIO", help_heading = "Scenario")]
    scenario: Option<String>,
    /// Write tables, the calibration and the measured scenario to the folder DIR [default: write no
    /// files]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the calibration as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    tables: TableArguments,
}

impl Counts {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.tables.dialect()?;
        let (options, rules_hash) = self.options()?;
        let inputs = expand_with(&self.files, COUNT_ENDINGS).map_err(files::not_found)?;
        let files = inputs.iter().filter_map(|input| match input {
            Input::File(path) => Some(path),
            Input::StandardInput => None,
        });
        inputs::note(files.chain(&self.rules));
        let base = base::load(self.scenario.as_deref())?;
        let store = files::store(self.out.as_deref())?;
        let started = (jiff::Timestamp::now(), Instant::now());
        interrupt::catch_interrupts()?;
        let tallies = self.read(&options, &inputs)?;
        let summary = summarise(&tallies);
        let found = estimate(base.as_ref(), &tallies, summary).map_err(Failure::Scenario)?;
        refuse_empty(&found)?;
        files::warn_copied(&found.counts.copied)?;
        if let Some(store) = &store {
            self.write(store, &found, base.as_ref(), &rules_hash, started)?;
        }
        if self.format == Format::Json {
            return output::print(&String::from_utf8_lossy(&found.to_json()));
        }
        let mut text = report::text(&found);
        if let Some(store) = &store {
            text.push_str(&format!("\ntables: {}\n", store.folder().display()));
            if base.is_some() {
                let measured = store.folder().join(MEASURED);
                text.push_str(&format!("scenario: {}\n", measured.display()));
            }
        }
        output::print_report(&text)
    }

    /// Returns the options of the reader and the hash of the rules.
    fn options(&self) -> Result<(Options, String), Failure> {
        let mut columns = Mapping::default();
        for text in &self.column {
            let refuse = |why| Failure::Usage(format!("cannot use --column {text}: {why}"));
            columns.add(text).map_err(refuse)?;
        }
        let interval = self.interval.map(|interval| interval.as_seconds());
        if interval.is_some_and(|seconds| !(1.0..=31.0 * 86_400.0).contains(&seconds)) {
            let message = "--interval must be from 1 s to 31 days, for example 5min";
            return Err(Failure::Usage(message.to_owned()));
        }
        let (rules, hash) = files::rules(self.rules.as_deref())?;
        let zone = self.time_zone.clone().unwrap_or(TimeZone::UTC);
        let order = match self.date_order {
            Order::Mdy => DateOrder::Mdy,
            Order::Dmy => DateOrder::Dmy,
        };
        let format = self.from.map(|from| match from {
            From::Log => counts::Format::Log,
            From::Csv => counts::Format::Csv,
            From::Json => counts::Format::Json,
        });
        let options = Options::new(rules)
            .with_clock(zone, order)
            .with_columns(columns)
            .with_format(format)
            .with_interval_s(interval.map(|seconds| seconds.round() as u32));
        Ok((options, hash))
    }

    fn read(&self, options: &Options, inputs: &[Input]) -> Result<Tallies, Failure> {
        let bar = files::bar(self.format);
        let mut reader = CountReader::new(options);
        let mut is_complete = true;
        let unopened = read_texts(inputs, &mut io::stdin().lock(), &mut |name, text| {
            is_complete = reader.read(name, text, &mut |progress: Progress| {
                bar.set_message(format!("{} rows", format::count(progress.rows)));
                bar.tick();
                !interrupt::is_interrupted()
            });
            is_complete
        });
        bar.finish_and_clear();
        if !is_complete {
            return Err(Failure::Interrupted("the files were only partly read".to_owned()));
        }
        reader.add_unopened(unopened);
        let refuse = |error: UnknownColumn| Failure::Usage(format!("cannot use --column: {error}"));
        reader.finish().map_err(refuse)
    }

    fn write(
        &self,
        store: &Store,
        found: &CountCalibration,
        base: Option<&Scenario>,
        rules_hash: &str,
        started: (jiff::Timestamp, Instant),
    ) -> Result<(), Failure> {
        let mut files: Vec<NamedBytes> =
            self.tables.files(&tables::counts::of_counts(&found.counts))?;
        files.push(("calibration.json".to_owned(), found.to_json()));
        let mut hash = rules_hash.to_owned();
        if let Some(base) = base {
            let (extends, copies) = copies(base)?;
            let text = fragment(&extends, &found.calibration);
            files.push((MEASURED.to_owned(), text.into_bytes()));
            files.extend(copies);
            hash = digest(format!("{hash}{}", base.resolved.hash()).as_bytes());
        }
        let name = "calibrate counts".to_owned();
        let info = ScenarioInfo { name, hash, ..ScenarioInfo::default() };
        let names: Vec<String> = self.files.iter().map(|path| path.display().to_string()).collect();
        let mut manifest =
            manifest(&info, format::command(names.iter().map(String::as_str)), Vec::new(), 0);
        manifest.csv = self.tables.recorded_dialect()?;
        manifest.timing = timing(started.0, started.1.elapsed(), found.counts.rows);
        interrupt::begin_storing();
        store.begin()?;
        for (name, bytes) in &files {
            store.write(name, bytes)?;
            manifest.add_file(name, bytes);
        }
        Ok(store.commit(&manifest.to_bytes())?)
    }
}

/// Refuses files without a readable row, with the most frequent reason.
fn refuse_empty(found: &CountCalibration) -> Result<(), Failure> {
    let counts = &found.counts;
    if counts.rows > 0 {
        return Ok(());
    }
    let why = why_empty(&counts.unreadable, &counts.unopened, "they contain no rows");
    let files = format::count(counts.files);
    Err(Failure::Refused(format!("no counts could be read (number of files: {files}): {why}")))
}
