//! Output options of a subcommand, and functions that store and print the results.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::results::csv::{self, Dialect};
use crate::results::manifest::{Manifest, Timing};
#[cfg(feature = "parquet")]
use crate::results::parquet;
use crate::results::store::Store;
use crate::results::table::Table;
use crate::results::{RESULTS_VERSION, ScenarioInfo};
use crate::scenario::ResolvedScenario;

use super::failure::Failure;
use super::{Format, folder, inputs, interrupt, output};

/// Name and contents of a file to store.
pub(super) type NamedBytes = (String, Vec<u8>);

/// Options for the results folder and the printed format.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ResultArguments {
    /// Write results to the folder DIR [default: output/SCENARIO/TIME-HASH]
    ///
    /// The environment variable CMGSIM_OUT changes the default.
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT", hide_env = true)]
    pub out: Option<PathBuf>,
    /// Print results as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub tables: TableArguments,
}

/// Options for the format of tables.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct TableArguments {
    /// Write tables as csv, parquet or both (csv,parquet)
    ///
    /// Parquet needs a build of cmgsim with the feature `parquet`. docs/results.md describes
    /// every column.
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', default_value = "csv",
          hide_short_help = true, value_parser = table_format)]
    tables: Vec<TableFormat>,
    /// Separate CSV columns with comma, semicolon or tab
    ///
    /// Excel with European regional settings opens files that were written with `--csv-separator
    /// semicolon --decimal-sign comma`. manifest.json records the separator and the decimal sign.
    #[arg(long, value_name = "SIGN", default_value = "comma", hide_short_help = true,
          value_parser = separator)]
    csv_separator: char,
    /// Write decimal numbers in CSV files with point or comma
    #[arg(long, value_name = "SIGN", default_value = "point", hide_short_help = true,
          value_parser = decimal_sign)]
    decimal_sign: char,
}

fn separator(text: &str) -> Result<char, String> {
    match text {
        "comma" | "," => Ok(','),
        "semicolon" | ";" => Ok(';'),
        "tab" | "\t" => Ok('\t'),
        _ => Err("expected comma, semicolon or tab".to_owned()),
    }
}

fn decimal_sign(text: &str) -> Result<char, String> {
    match text {
        "point" | "." => Ok('.'),
        "comma" | "," => Ok(','),
        _ => Err("expected point or comma".to_owned()),
    }
}

/// Format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum TableFormat {
    /// For spreadsheets and other programs.
    Csv,
    /// For notebooks and databases, with types, units and descriptions.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Parses the name of a format.
fn table_format(name: &str) -> Result<TableFormat, String> {
    let is_left_out = name == "parquet" && !cfg!(feature = "parquet");
    TableFormat::from_str(name, false).map_err(|_| match is_left_out {
        true => "this build does not support Parquet; build it with \
                 `cargo install --path . --features parquet`"
            .to_owned(),
        false => "expected csv, parquet, or both".to_owned(),
    })
}

impl TableArguments {
    /// Returns the dialect of CSV files. The caller checks it before the simulation.
    pub(super) fn dialect(&self) -> Result<Dialect, Failure> {
        Dialect::new(self.csv_separator, self.decimal_sign).map_err(|why| {
            Failure::Usage(format!(
                "--csv-separator and --decimal-sign: {why}; for Excel with European regional \
                 settings use --csv-separator semicolon --decimal-sign comma"
            ))
        })
    }

    /// Returns the dialect for the manifest; `None` if it is the default.
    pub(super) fn recorded_dialect(&self) -> Result<Option<Dialect>, Failure> {
        Ok(Some(self.dialect()?).filter(|dialect| *dialect != Dialect::default()))
    }

    /// Returns the files of tables in all requested formats.
    pub(super) fn files<'a>(
        &self,
        tables: impl IntoIterator<Item = &'a Table>,
    ) -> Result<Vec<NamedBytes>, Failure> {
        let dialect = self.dialect()?;
        let mut formats = self.tables.clone();
        formats.sort();
        formats.dedup();
        let file = |table: &Table, format: &TableFormat| match format {
            TableFormat::Csv => (format!("{}.csv", table.name), csv::to_bytes_in(dialect, table)),
            #[cfg(feature = "parquet")]
            TableFormat::Parquet => (format!("{}.parquet", table.name), parquet::to_bytes(table)),
        };
        let of = |table| formats.iter().map(move |format| file(table, format));
        Ok(tables.into_iter().flat_map(of).collect())
    }

    /// Returns the options, with their values, that request the same files; options at their
    /// defaults are omitted.
    pub(super) fn typed(&self) -> Vec<(&'static str, String)> {
        let name = |format: &TableFormat| {
            format.to_possible_value().map(|value| value.get_name().to_owned())
        };
        let names: Vec<String> = self.tables.iter().filter_map(name).collect();
        let separator = match self.csv_separator {
            ';' => "semicolon",
            '\t' => "tab",
            _ => "comma",
        };
        let decimal_sign = if self.decimal_sign == ',' { "comma" } else { "point" };
        let all = [
            ("--tables", names.join(","), "csv"),
            ("--csv-separator", separator.to_owned(), "comma"),
            ("--decimal-sign", decimal_sign.to_owned(), "point"),
        ];
        let changed = all.into_iter().filter(|(_, value, default_value)| value != default_value);
        changed.map(|(name, value, _)| (name, value)).collect()
    }
}

impl ResultArguments {
    /// Returns whether progress is not printed.
    pub(super) fn is_silent(&self) -> bool {
        output::is_quiet() || self.format == Format::Json
    }

    /// Opens the results folder.
    pub(super) fn open(
        &self,
        name: &str,
        hash: &str,
        started: jiff::Timestamp,
    ) -> Result<Store, Failure> {
        if let Some(out) = &self.out {
            inputs::refuse_folder(out)?;
        }
        Ok(folder::open(self.out.as_deref(), name, hash, started)?)
    }

    /// Writes all files. The new files replace an earlier result only after every file has been
    /// written.
    pub(super) fn store(
        &self,
        store: &Store,
        files: &[NamedBytes],
        mut manifest: Manifest,
    ) -> Result<(), Failure> {
        manifest.csv = self.tables.recorded_dialect()?;
        let is_stopped = interrupt::is_interrupted() && manifest.state == "interrupted";
        if is_stopped && store.has_complete_result() {
            return Err(Failure::Interrupted(format!(
                "{} keeps its earlier, complete result; the interrupted result was not stored",
                store.folder().display()
            )));
        }
        interrupt::begin_storing();
        store.begin()?;
        for (name, bytes) in files {
            store.write(name, bytes)?;
            manifest.add_file(name, bytes);
        }
        store.commit(&manifest.to_bytes())?;
        if self.out.is_none() {
            store.point_latest()?;
        }
        Ok(())
    }

    /// Prints the JSON document or the text. If the files were stored, the text ends with the path
    /// of the folder.
    pub(super) fn print(
        &self,
        document: impl FnOnce() -> Vec<u8>,
        text: impl FnOnce() -> String,
        files: &str,
        stored: Option<&Store>,
    ) -> Result<(), Failure> {
        if self.format == Format::Json {
            return output::print(&String::from_utf8_lossy(&document()));
        }
        let folder = stored.map(|store| store.folder().display().to_string());
        let mut text = text();
        match folder {
            // Scripts read the folder from the last line.
            Some(folder) if output::is_quiet() => text.push_str(&format!("{folder}\n")),
            Some(folder) => text.push_str(&format!("{files}: {folder}\n")),
            None => {}
        }
        output::print_report(&text)
    }
}

/// Start, duration and speed of a simulation.
pub(super) fn timing(started: jiff::Timestamp, wall: Duration, events: u64) -> Timing {
    Timing {
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        wall_s: wall.as_secs_f64(),
        events_per_second: events as f64 / wall.as_secs_f64().max(1e-9),
    }
}

/// Returns the manifest of a complete result, without timing and files.
pub(super) fn manifest(
    info: &ScenarioInfo,
    asked: String,
    overrides: Vec<String>,
    events: u64,
) -> Manifest {
    Manifest {
        cmgsim_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("CMGSIM_COMMIT").to_owned(),
        target: env!("CMGSIM_TARGET").to_owned(),
        results_version: RESULTS_VERSION,
        scenario: info.name.clone(),
        scenario_hash: info.hash.clone(),
        asked,
        overrides,
        seed: info.seed,
        state: "complete".to_owned(),
        csv: None,
        events,
        files: Default::default(),
        timing: Timing::default(),
    }
}

/// Adds the input files of a scenario under the names that the resolved scenario uses.
pub(super) fn add_inputs(files: &mut Vec<NamedBytes>, resolved: &ResolvedScenario) {
    for file in resolved.files() {
        if !files.iter().any(|(name, _)| *name == file.name) {
            files.push((file.name.clone(), file.bytes.to_vec()));
        }
    }
}
