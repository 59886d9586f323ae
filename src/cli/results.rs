//! Results of a verb: which folder they go to, how they are told, and what a folder always holds.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::results::manifest::{Manifest, Timing};
#[cfg(feature = "parquet")]
use crate::results::parquet;
use crate::results::store::Store;
use crate::results::table::Table;
use crate::results::{RESULTS_VERSION, ScenarioInfo, csv};
use crate::scenario::ResolvedScenario;

use super::failure::Failure;
use super::{Format, folder, inputs, interrupt, output};

/// A chart, a table or another file, ready to be stored.
pub(super) type NamedBytes = (String, Vec<u8>);

/// Where results go and how they are told.
#[derive(Clone, Debug, Args)]
pub(super) struct ResultArguments {
    /// Folder for the results [default: output/SCENARIO/TIME-HASH].
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT")]
    pub out: Option<PathBuf>,
    /// How to print the results and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub tables: TableArguments,
}

/// How tables are stored.
#[derive(Clone, Debug, Args)]
pub(super) struct TableArguments {
    /// Formats of the tables: csv, parquet (in builds with that feature), or both (docs/results.md
    /// describes every column).
    #[arg(long = "tables", value_name = "FORMATS", value_delimiter = ',', default_value = "csv",
          value_parser = table_format)]
    formats: Vec<TableFormat>,
}

/// A format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum TableFormat {
    /// For spreadsheets, and everything else.
    Csv,
    /// With types, units and meanings, for notebooks and databases.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// A format by its name.
fn table_format(name: &str) -> Result<TableFormat, String> {
    let is_left_out = name == "parquet" && !cfg!(feature = "parquet");
    TableFormat::from_str(name, false).map_err(|_| match is_left_out {
        true => "this program was built without Parquet; build it with \
                 `cargo install --path . --features parquet`"
            .to_owned(),
        false => "expected csv, parquet, or both".to_owned(),
    })
}

impl TableArguments {
    /// The files of tables.
    pub(super) fn files<'a>(&self, tables: impl IntoIterator<Item = &'a Table>) -> Vec<NamedBytes> {
        let mut formats = self.formats.clone();
        formats.sort();
        formats.dedup();
        let file = |table: &Table, format: &TableFormat| match format {
            TableFormat::Csv => (format!("{}.csv", table.name), csv::to_bytes(table)),
            #[cfg(feature = "parquet")]
            TableFormat::Parquet => (format!("{}.parquet", table.name), parquet::to_bytes(table)),
        };
        let of = |table| formats.iter().map(move |format| file(table, format));
        tables.into_iter().flat_map(of).collect()
    }

    /// What to type for the same files, if they are not the usual ones.
    pub(super) fn typed(&self) -> Option<String> {
        let name = |format: &TableFormat| {
            format.to_possible_value().map(|value| value.get_name().to_owned())
        };
        let names: Vec<String> = self.formats.iter().filter_map(name).collect();
        (self.formats != [TableFormat::Csv]).then(|| names.join(","))
    }
}

impl ResultArguments {
    /// Is nothing to be said meanwhile?
    pub(super) fn is_silent(&self) -> bool {
        output::is_quiet() || self.format == Format::Json
    }

    /// Opens the folder.
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

    /// Writes all files, and puts them in place of those of an earlier run when they are complete.
    pub(super) fn store(
        &self,
        store: &Store,
        files: &[NamedBytes],
        mut manifest: Manifest,
    ) -> Result<(), Failure> {
        let is_stopped = interrupt::is_interrupted() && manifest.state == "interrupted";
        if is_stopped && store.has_complete_result() {
            return Err(Failure::Interrupted(format!(
                "{} keeps its earlier result, which is complete; this one was not, and is not stored",
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

    /// Prints the document, or the folder, or the text with the folder where `files` are, if they
    /// could be stored.
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
            // Scripts read the last line.
            Some(folder) if output::is_quiet() => text.push_str(&format!("{folder}\n")),
            Some(folder) => text.push_str(&format!("{files}: {folder}\n")),
            None => {}
        }
        output::print_report(&text)
    }
}

/// When, how long and how fast.
pub(super) fn timing(started: jiff::Timestamp, wall: Duration, events: u64) -> Timing {
    Timing {
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        wall_s: wall.as_secs_f64(),
        events_per_second: events as f64 / wall.as_secs_f64().max(1e-9),
    }
}

/// The manifest of a complete result, before its times and files are known.
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
        events,
        files: Default::default(),
        timing: Timing::default(),
    }
}

/// Adds the files that a scenario names; the resolved scenario finds them there under these names.
pub(super) fn add_inputs(files: &mut Vec<NamedBytes>, resolved: &ResolvedScenario) {
    for file in resolved.files() {
        if !files.iter().any(|(name, _)| *name == file.name) {
            files.push((file.name.clone(), file.bytes.to_vec()));
        }
    }
}
