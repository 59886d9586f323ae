//! IIS logs of the simulated site systems (`cmgsim run --iis-log`): one subfolder per site system
//! with one file per UTC day, and `truth.json` with the true values.
//!
//! The folder follows the rules of results folders: its manifest lists its files, an earlier log is
//! replaced when the new one is complete, and files of others are never changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};

use crate::base::IdVec;
use crate::base::ids::SiteSystemId;
use crate::experiment::RowSink;
use crate::logs::iis::{Day, FieldSet, Row};
use crate::model::Config;
use crate::results::json;
use crate::results::manifest::Manifest;
use crate::results::store::{Store, StoreError, StreamedFile};
use crate::trace::site_log::SiteTruth;

use super::failure::Failure;
use super::folder::folder_name;
use super::{inputs, interrupt};

/// Option that names the folder.
const OPTION: &str = "--iis-log";

/// Name of the file with the true values.
const TRUTH: &str = "truth.json";

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tracing")]
pub(super) struct IisLogArguments {
    /// Write the IIS logs of the site systems in replication 0 to DIR, with their true values
    ///
    /// The logs cover the measured period, one file per site system and UTC day, in the W3C
    /// extended format. truth.json has the rates, service times and sizes that calibration from
    /// these logs must find.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    iis_log: Option<PathBuf>,
    /// Fields of the IIS logs: the default fields of IIS, or also the bytes sent and received
    #[arg(
        long,
        value_name = "SET",
        default_value = "all",
        requires = "iis_log",
        hide_short_help = true
    )]
    iis_log_fields: Fields,
}

/// Names of field sets on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Fields {
    Default,
    All,
}

impl IisLogArguments {
    /// Opens the folder of the logs, if it was requested, before a simulation whose results go to
    /// `out`.
    pub(super) fn begin(
        &self,
        config: &Config,
        out: Option<&Path>,
    ) -> Result<Option<IisLog>, Failure> {
        let Some(folder) = &self.iis_log else { return Ok(None) };
        inputs::refuse_folder_of(OPTION, folder)?;
        let full = inputs::full(folder);
        let overlaps = |out: &Path| {
            let out = inputs::full(out);
            out.starts_with(&full) || full.starts_with(&out)
        };
        if out.is_some_and(overlaps) {
            return Err(Failure::Usage(format!(
                "cannot write {OPTION} {}: name a folder outside the results folder",
                folder.display()
            )));
        }
        let failed = |error| Failure::OtherFolder { error, option: OPTION };
        let store = Store::create(folder).map_err(failed)?;
        store.begin().map_err(failed)?;
        let fields = match self.iis_log_fields {
            Fields::Default => FieldSet::Default,
            Fields::All => FieldSet::WithBytes,
        };
        let folders = config
            .site_systems
            .iter()
            .map(|system| SystemFiles { folder: folder_name(&system.name), open: None });
        let systems = folders.collect();
        let files = Files { store, fields, systems, digests: BTreeMap::new(), line: String::new() };
        Ok(Some(IisLog(Arc::new(Mutex::new(Some(files))))))
    }
}

/// Logs of a run in progress, shared with the simulating thread.
#[derive(Clone)]
pub(super) struct IisLog(Arc<Mutex<Option<Files>>>);

impl RowSink for IisLog {
    fn write(&mut self, system: SiteSystemId, row: &Row) -> Result<(), StoreError> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(files) => files.write(system, row),
            None => Ok(()),
        }
    }
}

impl IisLog {
    /// Completes the logs with the true values and a manifest, and replaces an earlier log. After
    /// an interrupt, an earlier, complete log stays.
    pub(super) fn finish(
        self,
        truth: Result<SiteTruth, StoreError>,
        manifest: Manifest,
    ) -> Result<(), Failure> {
        let truth = truth?;
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        files.map_or(Ok(()), |files| files.finish(truth, manifest))
    }
}

/// Log files of all site systems.
struct Files {
    store: Store,
    fields: FieldSet,
    systems: IdVec<SiteSystemId, SystemFiles>,
    /// Digests of finished files, by name.
    digests: BTreeMap<String, String>,
    /// Text buffer.
    line: String,
}

/// Log files of one site system.
struct SystemFiles {
    folder: String,
    /// Current day and its file; `None` before the first row.
    open: Option<(Day, StreamedFile)>,
}

impl Files {
    fn write(&mut self, system: SiteSystemId, row: &Row) -> Result<(), StoreError> {
        self.line.clear();
        if self.systems[system].open.as_ref().is_none_or(|(day, _)| day.number != row.day()) {
            self.close(system)?;
            let day = Day::of_number(row.day());
            let name = format!("{}/{}", self.systems[system].folder, day.file_name);
            let file = self.store.stream(&name)?;
            day.write_header(self.fields, row.unix_s, &mut self.line);
            self.systems[system].open = Some((day, file));
        }
        let Some((day, file)) = &mut self.systems[system].open else { return Ok(()) };
        row.write(self.fields, day, &mut self.line);
        file.append(self.line.as_bytes())
    }

    fn close(&mut self, system: SiteSystemId) -> Result<(), StoreError> {
        let Some((day, file)) = self.systems[system].open.take() else { return Ok(()) };
        let name = format!("{}/{}", self.systems[system].folder, day.file_name);
        self.digests.insert(name, file.finish()?);
        Ok(())
    }

    fn finish(mut self, mut truth: SiteTruth, mut manifest: Manifest) -> Result<(), Failure> {
        if !truth.is_complete {
            manifest.state = "interrupted".to_owned();
            if interrupt::is_interrupted() && self.store.has_complete_result() {
                return Err(Failure::Interrupted(format!(
                    "{} keeps its earlier, complete log; the interrupted log was not stored",
                    self.store.folder().display()
                )));
            }
        }
        for system in self.systems.ids() {
            self.close(system)?;
        }
        truth.fields = self.fields.names().split(' ').map(str::to_owned).collect();
        for (known, files) in truth.systems.iter_mut().zip(self.systems.iter()) {
            known.folder.clone_from(&files.folder);
        }
        let bytes = json::to_bytes(&truth);
        let failed = |error| Failure::OtherFolder { error, option: OPTION };
        self.store.write(TRUTH, &bytes).map_err(failed)?;
        manifest.files.clear();
        manifest.add_file(TRUTH, &bytes);
        for (name, digest) in self.digests {
            manifest.add_digest(&name, digest);
        }
        self.store.commit(&manifest.to_bytes()).map_err(failed)
    }
}
