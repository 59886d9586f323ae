//! `cmgsim prices import|show|month`: price books, and the bill of a month with events.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::prices::{Import, Request, RetailPrice, import, read};
use crate::report::format::seconds;
use crate::report::planned_month::planned_month as text_of;
use crate::results::RunResult;
use crate::results::planned_month::planned_month;
use crate::results::store::{DOCUMENT_BYTES_MAX, read_if_there};
use crate::scenario::decode;
use crate::scenario::price_book::{LoadedBook, load_alone};

use super::failure::Failure;
use super::{Format, inputs, output, report};

/// Number of unused meters that are listed.
const UNUSED_MAX: usize = 10;

#[derive(Debug, Subcommand)]
pub(super) enum Prices {
    /// Create a price book from files of the Azure Retail Prices API
    ///
    /// cmgsim does not use the network: save the response of the API to files first.
    Import(ImportPrices),
    /// Compute the bill of a month from a normal run and runs of events
    ///
    /// The normal run is extrapolated to a month. An event adds its traffic beyond normal traffic.
    Month(Month),
    /// Check a price book and print its prices
    Show {
        /// Price book
        #[arg(value_name = "BOOK")]
        book: PathBuf,
        /// Print the prices as FORMAT
        #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(super) struct Month {
    /// Results folder of a normal period; its prices apply to the month
    #[arg(value_name = "NORMAL")]
    normal: PathBuf,
    /// Add an event: the results folder of its run, and the number of occurrences per month
    #[arg(long = "event", value_name = "FOLDER=TIMES", help_heading = "Events")]
    events: Vec<String>,
    /// Print the bill as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ImportPrices {
    /// JSON or CSV files that the API returned; all pages of a request
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Import the prices of REGION, for example westeurope [default: the only region]
    #[arg(long, value_name = "REGION", help_heading = "Selection")]
    region: Option<String>,
    /// Use the meter with this identifier for a key, if several meters fit
    #[arg(long = "meter", value_name = "KEY=METER_ID", help_heading = "Selection")]
    meters: Vec<String>,
    /// Write the price book to BOOK instead of printing it; an existing BOOK is refused
    #[arg(long, value_name = "BOOK", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Print the price book or errors as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
}

impl Prices {
    pub(super) fn format(&self) -> Format {
        match self {
            Prices::Import(import) => import.format,
            Prices::Month(month) => month.format,
            Prices::Show { format, .. } => *format,
        }
    }

    pub(super) fn execute(&self) -> Result<(), Failure> {
        match self {
            Prices::Import(import) => import.execute(),
            Prices::Month(month) => month.execute(),
            Prices::Show { book, format } => {
                let found = load_alone(book);
                let found = found.map_err(|problems| Failure::Scenario(Box::new(problems)))?;
                output::print(&shown(&found, *format))
            }
        }
    }
}

impl Month {
    fn execute(&self) -> Result<(), Failure> {
        let normal = report::stored_run(&self.normal)?;
        let prices = &normal.scenario.prices;
        if prices.quantities.events_per_month.is_some() {
            return Err(Failure::Refused(format!(
                "{} is the run of an event (bill.events_per_month); name a run of a normal period",
                self.normal.display()
            )));
        }
        let events = self.events.iter().map(|text| event(text, &normal));
        let events = events.collect::<Result<Vec<_>, Failure>>()?;
        let events: Vec<_> = events.iter().map(|(run, times)| (run, *times)).collect();
        let planned = planned_month(&normal, &events);
        match self.format {
            Format::Json => {
                let document = serde_json::json!({
                    "currency": prices.currency,
                    "hours_per_month": prices.month_hours(),
                    "month": planned,
                });
                output::print(&format!("{document:#}\n"))
            }
            Format::Text => {
                let period = seconds(normal.scenario.duration_s);
                output::print(&text_of(&planned, prices, &period))
            }
        }
    }
}

/// Reads the run of an event and its number of occurrences from `FOLDER=TIMES`.
fn event(text: &str, normal: &RunResult) -> Result<(RunResult, f64), Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "cannot use --event {text}: write FOLDER=TIMES, for example output/patch-tuesday=1"
        ))
    };
    let (folder, times) = text.rsplit_once('=').ok_or_else(wrong)?;
    let times = times.trim().parse::<f64>().map_err(|_| wrong())?;
    if !(0.0..=10_000.0).contains(&times) {
        return Err(wrong());
    }
    let run = report::stored_run(Path::new(folder))?;
    let names = |run: &RunResult| -> Vec<String> {
        run.gateways.iter().map(|gateway| gateway.name.clone()).collect()
    };
    if names(&run) != names(normal) {
        return Err(Failure::Refused(format!(
            "{folder} has other gateways than the normal run; use runs of the same design"
        )));
    }
    Ok((run, times))
}

impl ImportPrices {
    fn execute(&self) -> Result<(), Failure> {
        let is_file = |out: &&PathBuf| out.as_os_str() != "-";
        let out = self.out.as_ref().filter(is_file).map(PathBuf::as_path);
        // Refuse to overwrite a file, because users edit price books.
        out.map_or(Ok(()), inputs::refuse_existing)?;
        let meter = |text: &String| match text.split_once('=') {
            Some((key, meter)) => Ok((key.trim().to_owned(), meter.trim().to_owned())),
            None => Err(Failure::Usage(format!(
                "cannot use --meter {text}: write KEY=METER_ID, for example \
                 os_disk_month=00000000-0000-0000-0000-000000000000"
            ))),
        };
        let meters = self.meters.iter().map(meter).collect::<Result<_, _>>()?;
        let (mut prices, mut missing_pages) = (Vec::new(), 0_usize);
        for file in &self.files {
            let found = one_file(file)?;
            missing_pages += found.1;
            prices.extend(found.0);
        }
        let names = self.files.iter().map(|file| file.file_name().unwrap_or(file.as_os_str()));
        let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        let source = format!("Azure Retail Prices API ({})", names.join(", "));
        let request = Request { region: self.region.clone(), meters, source };
        let found = import(&prices, &request).map_err(|error| {
            Failure::Refused(format!("cannot import {}: {error}", names.join(", ")))
        })?;
        match (out, self.format) {
            (None, Format::Json) => {
                let document = serde_json::json!({
                    "text": found.to_toml(),
                    "missing": found.missing,
                    "unused": found.unused,
                    "reservations": found.reservations,
                });
                output::print(&format!("{document:#}\n"))?;
            }
            _ => output::print_or_write(&found.to_toml(), out, self.format)?,
        }
        output::warn(&notes(&found, missing_pages))
    }
}

/// Reads the prices of a file, and the number of pages that are certainly missing: the last page of
/// a request names no further page.
fn one_file(path: &Path) -> Result<(Vec<RetailPrice>, usize), Failure> {
    let refused = |why: String| Failure::Refused(format!("cannot use {}: {why}", path.display()));
    let bytes = read_if_there(path, DOCUMENT_BYTES_MAX)?;
    let bytes = bytes.ok_or_else(|| refused("the file does not exist".to_owned()))?;
    let text = decode(&bytes).map_err(|_| refused("it is not text in UTF-8".to_owned()))?;
    let found = read(&text).map_err(|error| refused(error.to_string()))?;
    let is_cut = found.pages > 0 && found.pages_with_next == found.pages;
    Ok((found.items, usize::from(is_cut)))
}

/// Describes what the price book lacks.
fn notes(found: &Import, missing_pages: usize) -> String {
    let mut text = format!(
        "imported {} prices of {} in {}, as of {}\n",
        found.prices.len(),
        found.region,
        found.currency,
        found.date
    );
    if missing_pages > 0 {
        text.push_str(
            "warning: a file names a further page (NextPageLink): request all pages and import \
             them together, or prices may be missing\n",
        );
    }
    if !found.missing.is_empty() {
        let missing = found.missing.join(", ");
        text.push_str(&format!("note: no price for {missing}; set them in the price book\n"));
    }
    if found.reservations > 0 {
        let count = found.reservations;
        text.push_str(&format!(
            "note: {count} reservation prices are not used; set vm_factor in the price book\n"
        ));
    }
    if !found.unused.is_empty() {
        text.push_str("note: no key of [prices] uses these meters:\n");
        for (meter, count) in found.unused.iter().take(UNUSED_MAX) {
            text.push_str(&format!("  {meter} ({count})\n"));
        }
        let more = found.unused.len().saturating_sub(UNUSED_MAX);
        if more > 0 {
            text.push_str(&format!("  and {more} more\n"));
        }
    }
    text
}

/// Formats a price book.
fn shown(book: &LoadedBook, format: Format) -> String {
    match format {
        Format::Json => {
            let values = book.values.iter().map(|(key, value)| {
                let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
                let value = parsed.ok().and_then(|mut table| table.remove("value"));
                (key.clone(), serde_json::json!(value))
            });
            let values: serde_json::Map<String, serde_json::Value> = values.collect();
            let document = serde_json::json!({ "values": values, "missing": book.missing });
            format!("{document:#}\n")
        }
        Format::Text => {
            let width = book.values.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
            let mut text = String::new();
            for (key, value) in &book.values {
                text.push_str(&format!("{key:<width$}  {value}\n"));
            }
            if !book.missing.is_empty() {
                text.push_str(&format!("not set: {}\n", book.missing.join(", ")));
            }
            text
        }
    }
}
