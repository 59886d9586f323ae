//! Journal in a sweep's folder: creates it, reads it to resume, and appends to it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::report::format;
use crate::results::SweepPlan;
use crate::results::append::AppendFile;
use crate::results::store::{JOURNAL, Store, StoreError, resolve};
use crate::study::sweep;
use crate::study::sweep::journal::{Journal, Units, header};

use super::super::failure::Failure;
use super::super::{inputs, output};
use super::Sweep;

/// Minimum time between two synchronisations of the journal with the disk. A power failure loses at
/// most the work of this time; a killed program loses nothing.
const SYNCHRONISATION_INTERVAL: Duration = Duration::from_millis(250);

/// Results folder and its completed units: a unit is one replication of one point.
pub(super) struct Opened {
    pub store: Store,
    pub finished: Units,
    /// Whether the sweep is new.
    pub is_new: bool,
}

impl Opened {
    /// Begins a new sweep in an empty folder.
    pub(super) fn begin(store: Store, plan: &SweepPlan) -> Result<Self, StoreError> {
        store.begin()?;
        store.write_journal(&header(plan))?;
        Ok(Opened { store, finished: Units::new(), is_new: true })
    }
}

impl Sweep {
    /// Opens the folder of a stopped sweep, or a new folder.
    pub(super) fn open(
        &self,
        plan: &SweepPlan,
        started: jiff::Timestamp,
    ) -> Result<Opened, Failure> {
        if let Some(folder) = self.folder_to_resume()? {
            return resume(&folder, plan);
        }
        let store = self.results.open(&plan.scenario, &plan.hash(), started)?;
        Ok(Opened::begin(store, plan)?)
    }

    /// Returns the folder of the sweep to resume.
    fn folder_to_resume(&self) -> Result<Option<PathBuf>, Failure> {
        match &self.resume {
            None => Ok(None),
            Some(Some(folder)) => match resolve(folder) {
                found if found.is_dir() => Ok(Some(found)),
                _ => Err(Failure::Usage(format!(
                    "cannot resume: {} is not a folder",
                    folder.display()
                ))),
            },
            Some(None) => self.results.out.clone().map(Some).ok_or_else(|| {
                Failure::Usage("name the folder of the sweep: --resume DIR".to_owned())
            }),
        }
    }
}

/// Opens the folder of a stopped sweep and reads its completed units.
pub(super) fn resume(folder: &Path, plan: &SweepPlan) -> Result<Opened, Failure> {
    inputs::refuse_folder(folder)?;
    let store = Store::resume(folder)?;
    let finished = match store.read_journal()? {
        Some(bytes) => finished(&bytes, plan, folder)?,
        None => {
            let folder = folder.display();
            output::warn(&format!(
                "{folder} has no journal; the sweep starts from the beginning\n"
            ))?;
            Units::new()
        }
    };
    store.begin_again()?;
    store.write_journal(&Journal::to_bytes(plan, &finished))?;
    Ok(Opened { store, finished, is_new: false })
}

/// Returns the units of a journal, if it belongs to this sweep.
fn finished(bytes: &[u8], plan: &SweepPlan, folder: &Path) -> Result<Units, Failure> {
    let journal = read(bytes, folder)?;
    if let Some(difference) = sweep::difference(&journal.plan, plan) {
        return Err(Failure::Refused(format!(
            "cannot resume the sweep in {} with this command: {difference}; to start a new \
             sweep, use another --out without --resume",
            folder.display()
        )));
    }
    output::warn(&format!(
        "resumed: {} of {} replications are complete\n",
        format::count(journal.units.len() as u64),
        format::count(plan.units())
    ))?;
    Ok(journal.units)
}

/// Reads a journal and reports damaged lines.
pub(in crate::cli) fn read(bytes: &[u8], folder: &Path) -> Result<Journal, Failure> {
    let path = folder.join(JOURNAL);
    let journal = Journal::read(bytes).map_err(|error| {
        Failure::Refused(format!("cannot use the journal {}: {error}", path.display()))
    })?;
    if !journal.damaged_lines.is_empty() {
        let lines: Vec<String> =
            journal.damaged_lines.iter().take(20).map(usize::to_string).collect();
        output::print_error(&format!(
            "warning: damaged lines in {}: {} (line {}{}); the replications in these lines are \
             simulated again; the disk may be failing\n",
            path.display(),
            journal.damaged_lines.len(),
            lines.join(", "),
            if journal.damaged_lines.len() > lines.len() { ", ..." } else { "" },
        ))?;
    }
    Ok(journal)
}

/// Journal that is open for appending.
pub(super) struct OpenJournal {
    file: AppendFile,
    synchronised: Instant,
}

impl OpenJournal {
    /// Opens the journal of a folder.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        let file = AppendFile::open(&store.journal())?;
        Ok(OpenJournal { file, synchronised: Instant::now() })
    }

    /// Appends lines, and regularly synchronises them with the disk.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.append(bytes)?;
        if self.synchronised.elapsed() >= SYNCHRONISATION_INTERVAL {
            self.file.synchronise()?;
            self.synchronised = Instant::now();
        }
        Ok(())
    }

    /// Synchronises all lines with the disk.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        self.file.synchronise()
    }
}
