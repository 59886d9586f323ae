//! A sweep in a folder for the Python package: the same journal and the same files as those of the
//! command.

use std::path::Path;

use clap::Parser;

use crate::cli::failure::Failure;
use crate::cli::results::TableArguments;
use crate::experiment::Watch;
use crate::results::SweepResult;
use crate::results::store::{JOURNAL, Store, resolve};
use crate::study::sweep::{Sweep, journal, missing};

use super::super::Format;
use super::super::charts::ChartArguments;
use super::journal::{OpenJournal, Opened, resume};
use super::store::{Output, finished, write};

/// Reason why a sweep in a folder has no result.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct InFolderError {
    /// Exit code that the command has for this reason.
    pub exit_code: u8,
    /// Reason.
    pub message: String,
}

/// Formats of files that the command writes by default.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    tables: TableArguments,
    #[command(flatten)]
    charts: ChartArguments,
}

impl From<Failure> for InFolderError {
    fn from(failure: Failure) -> Self {
        InFolderError { exit_code: failure.exit().code(), message: failure.to_string() }
    }
}

/// Simulates a sweep on the threads of the pool, or on the cluster of the watch, and stores it in a
/// folder. If `is_resumed` and the folder contains a journal, only missing units are simulated.
///
/// # Errors
/// Fails if the folder cannot be used, a unit has no result, or the watch stops the sweep. Complete
/// units remain in the journal.
pub fn sweep_in_folder(
    sweep: &Sweep,
    folder: &Path,
    is_resumed: bool,
    watch: &dyn Watch,
) -> Result<SweepResult, InFolderError> {
    let folder = resolve(folder);
    let plan = sweep.plan();
    let opened = match is_resumed && folder.join(JOURNAL).exists() {
        true => resume(&folder, plan)?,
        false => {
            let store = Store::create(&folder).map_err(Failure::from)?;
            Opened::begin(store, plan).map_err(Failure::from)?
        }
    };
    let Opened { store, finished: units, .. } = opened;
    let mut open = OpenJournal::open(&store).map_err(Failure::from)?;
    let outcome = sweep.simulate(units, None, watch, |lines| open.append(lines));
    let closed = open.close();
    let units: journal::Units = outcome.map_err(Failure::from)?;
    closed.map_err(Failure::from)?;
    let left = missing(plan, &units, None).len();
    if left > 0 {
        let message = format!("{} units are complete, {left} are missing", units.len());
        return Err(Failure::Interrupted(message).into());
    }
    let result = finished(plan.clone(), &units);
    let Defaults { tables, charts } = Defaults::parse_from(["cmgsim"]);
    let output =
        Output { format: Format::Text, tables: &tables, charts: &charts, is_latest: false };
    write(&store, &result, &units, &output)?;
    Ok(result)
}
