//! `cmgsim calibrate iis`: reads IIS logs and reports the requests of each kind.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use jiff::tz::TimeZone;

use crate::calibrate::back_test;
use crate::calibrate::estimate::{self, EstimateError};
use crate::calibrate::fragment::fragment;
use crate::experiment::{Look, Watch};
use crate::logs::hold_out::NoHoldOut;
use crate::logs::{
    Arrivals, Input, LogReader, Progress, Rules, Tallies, expand, read_inputs, summarise,
};
use crate::report::calibration::PAGE;
use crate::report::inputs::why_empty;
use crate::report::{self, format};
use crate::results::ScenarioInfo;
use crate::results::calibration::Calibration;
use crate::results::logs::LogSummary;
use crate::results::manifest::digest;
use crate::results::store::Store;
use crate::results::tables;
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load, zones};

use super::super::failure::Failure;
use super::super::results::{NamedBytes, TableArguments, manifest, timing};
use super::super::scenario::ARGUMENTS;
use super::super::{Format, inputs, interrupt, output};
use super::arrivals::{self, ArrivalsArguments, Replayed};
use super::back_test::BackTestArguments;
use super::base::{self, BaseArguments, copies};
use super::files;

/// File name of the scenario with the measured values.
const MEASURED: &str = "measured.toml";

#[derive(Debug, Args)]
#[command(next_help_heading = "Logs")]
pub(in crate::cli) struct Iis {
    /// Log files (.log, .gz, .zip), folders, patterns such as "u_ex*.log"; - is standard input
    ///
    /// Folders are searched with their subfolders for *.log, *.log.gz and *.zip.
    #[arg(value_name = "LOG", required = true, help_heading = ARGUMENTS)]
    logs: Vec<PathBuf>,
    /// Apply the rules in FILE before the built-in rules; a rule assigns paths to a request kind
    ///
    /// A rule is a table [[rule]] in TOML with kind, source, a condition on the path (path,
    /// path_prefix, path_suffix) and optional conditions method, query_prefix, query_has and port.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Also count requests by hour of the week in the time zone ZONE, for example Europe/Berlin
    ///
    /// With --scenario, the default is the time zone of the scenario.
    #[arg(long, value_name = "ZONE", value_parser = zones::zone)]
    time_zone: Option<TimeZone>,
    #[command(flatten)]
    base: BaseArguments,
    #[command(flatten)]
    back_test: BackTestArguments,
    #[command(flatten)]
    arrivals: ArrivalsArguments,
    /// Write tables, the summary, measured.toml and calibration.html to the folder DIR [default:
    /// write no files]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the summary as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    tables: TableArguments,
}

impl Iis {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.tables.dialect()?;
        let (rules, rules_hash) = files::rules(self.rules.as_deref())?;
        let inputs = expand(&self.logs).map_err(files::not_found)?;
        let files: Vec<&PathBuf> = inputs.iter().filter_map(path).collect();
        inputs::note(files.iter().copied().chain(&self.rules));
        let base = base::load(self.base.scenario.as_deref())?;
        base.as_ref().map_or(Ok(()), |base| self.base.check(base))?;
        let store = files::store(self.out.as_deref())?;
        let started = (jiff::Timestamp::now(), Instant::now());
        interrupt::catch_interrupts()?;
        let mut read = self.read(&rules, &inputs, base.as_ref())?;
        refuse_empty(&read)?;
        files::warn_copied(&read.summary.copied)?;
        let arrivals = read.arrivals.take();
        let measured = base.map(|base| self.measure(base, (&read, arrivals), (&inputs, &rules)));
        let measured = measured.transpose()?;
        if let Some(store) = &store {
            self.write(store, (&read.summary, measured.as_ref()), &rules_hash, started)?;
        }
        self.print(&read.summary, measured.as_ref(), store.as_ref())?;
        match (&store, measured.is_some_and(|one| one.replayed.is_some())) {
            (Some(store), true) => arrivals::check(store),
            _ => Ok(()),
        }
    }

    /// Prints the result.
    fn print(
        &self,
        summary: &LogSummary,
        measured: Option<&Measured>,
        store: Option<&Store>,
    ) -> Result<(), Failure> {
        if self.format == Format::Json {
            let json = measured.map_or_else(|| summary.to_json(), |one| one.calibration.to_json());
            return output::print(&String::from_utf8_lossy(&json));
        }
        let mut text = match measured {
            Some(one) => report::calibration::text(&one.calibration),
            None => report::logs::text(summary),
        };
        if let Some(store) = store {
            let path = |name: &str| store.folder().join(name).display().to_string();
            text.push_str(&format!("\ntables: {}\n", store.folder().display()));
            if measured.is_some() {
                text.push_str(&format!("page: {}\n", path(PAGE)));
                text.push_str(&format!("scenario: {}\n", path(MEASURED)));
            }
            if let Some(replayed) = measured.and_then(|one| one.replayed.as_ref()) {
                text.push_str(&replayed.lines(store));
            }
        }
        output::print_report(&text)
    }

    /// Measures the values of the base scenario.
    fn measure(
        &self,
        base: Scenario,
        (read, arrivals): (&Read, Option<Arrivals>),
        (inputs, rules): (&[Input], &Rules),
    ) -> Result<Measured, Failure> {
        let name = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        };
        let options = self.base.options(inputs.iter().filter_map(path).map(name).collect());
        let (tallies, summary) = (&read.tallies, &read.summary);
        let found = estimate::estimate(&base, tallies, summary, &options, &UntilInterrupted);
        let mut calibration = found.map_err(|error| match error {
            EstimateError::Values(problems) => Failure::Scenario(problems),
            EstimateError::Run(error) => Failure::Run(error),
            EstimateError::Stopped => Failure::Interrupted(error.to_string()),
            EstimateError::Empty => Failure::Refused(error.to_string()),
        })?;
        if let Some(why) = &read.no_hold_out {
            calibration.notes.push(format!("No rows were held out for a back-test: {why}."));
        }
        let is_quiet = self.format == Format::Json;
        let held_out = read.held_out.as_ref();
        calibration.back_test =
            self.back_test.run((&base, &calibration), held_out, rules, is_quiet)?;
        let (extends, copies) = copies(&base)?;
        let fragment = fragment(&extends, &calibration);
        let replayed = arrivals.map(|arrivals| {
            let scenario = back_test::calibrated(&base, &calibration);
            let scenario = scenario.map_err(|error| Failure::Refused(error.to_string()))?;
            self.arrivals.replayed((&base, &scenario), (MEASURED, &fragment), arrivals)
        });
        let replayed = replayed.transpose()?;
        Ok(Measured { base, calibration, fragment, copies, replayed })
    }

    fn read(
        &self,
        rules: &Rules,
        inputs: &[Input],
        base: Option<&Scenario>,
    ) -> Result<Read, Failure> {
        let started = Instant::now();
        let bar = files::bar(self.format);
        let of_base = || base.and_then(|base| zones::zone(&base.start.zone).ok());
        let zone = self.time_zone.clone().or_else(of_base);
        let (hold_out, no_hold_out) = match self.back_test.start(inputs, base) {
            Ok(start) => (start, None),
            Err(why) => (None, Some(why)),
        };
        let mut reader = LogReader::with_hold_out(rules, zone, hold_out);
        let mut arrivals = self.arrivals.collection();
        if let Some(arrivals) = &mut arrivals {
            reader = reader.with_arrivals(arrivals);
        }
        let mut watch = |progress: Progress| {
            bar.set_message(format!(
                "{} requests, {}",
                format::count(progress.rows),
                format::bytes(progress.bytes)
            ));
            bar.tick();
            !interrupt::is_interrupted()
        };
        let is_complete = read_inputs(&mut reader, inputs, &mut io::stdin().lock(), &mut watch);
        bar.finish_and_clear();
        if !is_complete {
            return Err(Failure::Interrupted("the logs were only partly read".to_owned()));
        }
        let (tallies, held_out) = reader.finish_both();
        let summary = summarise(&tallies);
        output::note(|| {
            let speed = summary.bytes as f64 / started.elapsed().as_secs_f64().max(1e-9);
            let speed = format::bytes(speed.round() as u64);
            format!("read {} lines, {speed}/s", format::count(summary.lines))
        });
        Ok(Read { tallies, summary, held_out, no_hold_out, arrivals })
    }

    fn write(
        &self,
        store: &Store,
        (summary, measured): (&LogSummary, Option<&Measured>),
        hash: &str,
        started: (jiff::Timestamp, Instant),
    ) -> Result<(), Failure> {
        let mut files: Vec<NamedBytes> = self.tables.files(&tables::logs::of_logs(summary))?;
        match measured {
            None => files.push(("calibration.json".to_owned(), summary.to_json())),
            Some(one) => {
                let tables = tables::calibration::of_calibration(&one.calibration);
                files.extend(self.tables.files(&tables)?);
                files.push(("calibration.json".to_owned(), one.calibration.to_json()));
                files.push((MEASURED.to_owned(), one.fragment.clone().into_bytes()));
                files.extend(one.copies.iter().cloned());
            }
        }
        let hash = match measured {
            None => hash.to_owned(),
            Some(one) => digest(format!("{hash}{}", one.base.resolved.hash()).as_bytes()),
        };
        let name = "calibrate iis".to_owned();
        let info = ScenarioInfo { name, hash, ..ScenarioInfo::default() };
        let logs: Vec<String> = self.logs.iter().map(|path| path.display().to_string()).collect();
        let mut manifest =
            manifest(&info, format::command(logs.iter().map(String::as_str)), Vec::new(), 0);
        manifest.csv = self.tables.recorded_dialect()?;
        manifest.timing = timing(started.0, started.1.elapsed(), summary.rows);
        if let Some(one) = measured {
            let page = report::calibration::page(&one.calibration, Some(&manifest))?;
            files.push((PAGE.to_owned(), page));
        }
        interrupt::begin_storing();
        store.begin()?;
        for (name, bytes) in &files {
            store.write(name, bytes)?;
            manifest.add_file(name, bytes);
        }
        if let Some(replayed) = measured.and_then(|one| one.replayed.as_ref()) {
            replayed.write(store, &mut manifest)?;
        }
        store.commit(&manifest.to_bytes())?;
        if measured.is_none() {
            return Ok(());
        }
        let origin = ScenarioOrigin::Path(store.folder().join(MEASURED));
        let loaded = load(&LoadRequest { origin, overrides: Vec::new() });
        loaded.map(drop).map_err(|problems| Failure::Scenario(Box::new(problems)))
    }
}

/// Content of the logs.
struct Read {
    tallies: Tallies,
    /// Summary of the rows that were not held out.
    summary: LogSummary,
    held_out: Option<Tallies>,
    /// Why no rows were held out by default.
    no_hold_out: Option<NoHoldOut>,
    arrivals: Option<Arrivals>,
}

/// Measured values of a base scenario.
struct Measured {
    base: Scenario,
    calibration: Calibration,
    /// The scenario with the measured values.
    fragment: String,
    /// Copies of the files of the base scenario.
    copies: Vec<NamedBytes>,
    /// The scenario that replays arrivals, if it was requested.
    replayed: Option<Replayed>,
}

/// Stops a simulation after an interrupt.
struct UntilInterrupted;

impl Watch for UntilInterrupted {
    fn should_continue(&self, _: Look) -> bool {
        !interrupt::is_interrupted()
    }
}

fn path(input: &Input) -> Option<&PathBuf> {
    match input {
        Input::File(path) => Some(path),
        Input::StandardInput => None,
    }
}

/// Refuses logs without a readable row, with the most frequent reason, and a hold-out of all rows.
fn refuse_empty(read: &Read) -> Result<(), Failure> {
    let summary = &read.summary;
    if summary.rows > 0 {
        return Ok(());
    }
    if let Some(held_out) = read.held_out.as_ref().filter(|held_out| held_out.rows() > 0) {
        let first = summarise(held_out).first.unwrap_or_default();
        return Err(Failure::Usage(format!(
            "--hold-out holds out all {} of the logs, which begin at {first}, so no request is left \
             to measure values from; name a later date, or use --hold-out none",
            format::plural(held_out.rows(), "request")
        )));
    }
    let files = format::count(summary.files);
    let why = why_empty(
        &summary.unreadable,
        &summary.unopened,
        "they contain no rows; name logs of a period in which the server received requests",
    );
    Err(Failure::Refused(format!("no request could be read (number of log files: {files}): {why}")))
}
