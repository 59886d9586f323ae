//! Keeps finished units: in memory, and in the journal before anybody relies on them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::results::SweepPlan;
use crate::results::append::AppendFile;
use crate::results::store::{Store, StoreError};
use crate::study::sweep::journal::{JournalWriter, Unit, UnitId, Units};

/// The journal is synchronised with the disk no more often than this: a machine that loses power
/// loses as much work, a program that is killed loses nothing.
const BETWEEN_SYNCHRONISATIONS: Duration = Duration::from_millis(250);

/// Takes units from all threads.
pub(super) struct Keeper {
    inner: Mutex<Inner>,
}

struct Inner {
    file: AppendFile,
    writer: JournalWriter,
    units: Units,
    synchronised: Instant,
    error: Option<StoreError>,
}

impl Keeper {
    /// Adds to the units that are there and in the folder's journal.
    pub(super) fn new(store: &Store, plan: &SweepPlan, units: Units) -> Result<Keeper, StoreError> {
        let file = AppendFile::open(&store.journal())?;
        let inner = Inner {
            file,
            writer: JournalWriter::new(plan),
            units,
            synchronised: Instant::now(),
            error: None,
        };
        Ok(Keeper { inner: Mutex::new(inner) })
    }

    /// Keeps a unit; false if it cannot.
    pub(super) fn keep(&self, id: UnitId, unit: Unit) -> bool {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        let bytes = inner.writer.unit(id.0, &unit);
        match inner.append(&bytes) {
            Ok(()) => {
                inner.units.insert(id, unit);
                true
            }
            Err(error) => {
                inner.error.get_or_insert(error);
                false
            }
        }
    }

    /// All units, when everything is on the disk.
    ///
    /// # Errors
    /// The first one of writing.
    pub(super) fn finish(self) -> Result<Units, StoreError> {
        let mut inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        match inner.error {
            Some(error) => Err(error),
            None => inner.file.synchronise().map(|()| inner.units),
        }
    }
}

impl Inner {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.append(bytes)?;
        if self.synchronised.elapsed() >= BETWEEN_SYNCHRONISATIONS {
            self.file.synchronise()?;
            self.synchronised = Instant::now();
        }
        Ok(())
    }
}
