//! The journal in a sweep's folder: begun or read again, and appended to.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::report::format;
use crate::results::SweepPlan;
use crate::results::append::AppendFile;
use crate::results::store::{JOURNAL, Store, StoreError};
use crate::study::sweep;
use crate::study::sweep::journal::{Journal, Units, header};

use super::super::failure::Failure;
use super::super::{inputs, output};
use super::Sweep;

/// The journal is synchronised with the disk no more often than this: a machine that loses power
/// loses as much work, a program that is killed loses nothing.
const SYNCHRONISATION_INTERVAL: Duration = Duration::from_millis(250);

/// A folder, and what is finished in it.
pub(super) struct Opened {
    pub store: Store,
    pub finished: Units,
    /// Whether it was begun just now.
    pub is_new: bool,
}

impl Sweep {
    /// Opens the folder of a sweep that was stopped, or a new one.
    pub(super) fn open(
        &self,
        plan: &SweepPlan,
        started: jiff::Timestamp,
    ) -> Result<Opened, Failure> {
        if let Some(folder) = self.goes_on_in()? {
            return resume(folder, plan);
        }
        let store = self.results.open(&plan.scenario, &plan.hash(), started)?;
        store.begin()?;
        store.write_journal(&header(plan))?;
        Ok(Opened { store, finished: Units::new(), is_new: true })
    }

    /// The folder of a sweep that was stopped.
    fn goes_on_in(&self) -> Result<Option<&Path>, Failure> {
        match &self.resume {
            None => Ok(None),
            Some(Some(folder)) if folder.is_dir() => Ok(Some(folder)),
            Some(Some(folder)) => Err(Failure::Usage(format!(
                "there is no folder {} to go on in: see --resume DIR",
                folder.display()
            ))),
            Some(None) => self.results.out.as_deref().map(Some).ok_or_else(|| {
                Failure::Usage("say which folder to go on in: --resume DIR".to_owned())
            }),
        }
    }
}

/// Opens a folder in which a sweep was begun, and reads what is finished.
fn resume(folder: &Path, plan: &SweepPlan) -> Result<Opened, Failure> {
    inputs::refuse_folder(folder)?;
    let store = Store::resume(folder)?;
    let finished = match store.read_journal()? {
        Some(bytes) => finished(&bytes, plan, folder)?,
        None => {
            let folder = folder.display();
            output::warn(&format!("{folder} has no journal: the sweep begins from the start\n"))?;
            Units::new()
        }
    };
    store.begin_again()?;
    store.write_journal(&Journal::to_bytes(plan, &finished))?;
    Ok(Opened { store, finished, is_new: false })
}

/// The units of a journal, if it is of this sweep.
fn finished(bytes: &[u8], plan: &SweepPlan, folder: &Path) -> Result<Units, Failure> {
    let journal = read(bytes, folder)?;
    if let Some(difference) = sweep::difference(&journal.plan, plan) {
        return Err(Failure::Refused(format!(
            "cannot go on with the sweep in {}: {difference}; or choose another folder with \
             --out, without --resume",
            folder.display()
        )));
    }
    output::warn(&format!(
        "goes on: {} of {} units are finished\n",
        format::count(journal.units.len() as u64),
        format::count(plan.units())
    ))?;
    Ok(journal.units)
}

/// Reads a journal, and tells what of it is damaged.
pub(in crate::cli) fn read(bytes: &[u8], folder: &Path) -> Result<Journal, Failure> {
    let path = folder.join(JOURNAL);
    let journal = Journal::read(bytes).map_err(|error| {
        Failure::Refused(format!("cannot use the journal {}: {error}", path.display()))
    })?;
    if !journal.damaged_lines.is_empty() {
        let lines: Vec<String> =
            journal.damaged_lines.iter().take(20).map(usize::to_string).collect();
        output::print_error(&format!(
            "warning: {} of the lines of {} are damaged (line {}{}): what they held is not \
             believed and has to be simulated again; the disk may be failing\n",
            journal.damaged_lines.len(),
            path.display(),
            lines.join(", "),
            if journal.damaged_lines.len() > lines.len() { ", ..." } else { "" },
        ))?;
    }
    Ok(journal)
}

/// A journal that is open for appending.
pub(super) struct OpenJournal {
    file: AppendFile,
    synchronised: Instant,
}

impl OpenJournal {
    /// Opens that of a folder.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        let file = AppendFile::open(&store.journal())?;
        Ok(OpenJournal { file, synchronised: Instant::now() })
    }

    /// Appends lines, and puts them on the disk now and then.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.append(bytes)?;
        if self.synchronised.elapsed() >= SYNCHRONISATION_INTERVAL {
            self.file.synchronise()?;
            self.synchronised = Instant::now();
        }
        Ok(())
    }

    /// Puts everything on the disk.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        self.file.synchronise()
    }
}
