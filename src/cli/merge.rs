//! `cmgsim merge`: combines the shards of a sweep.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::results::store::{
    JOURNAL, JOURNAL_BYTES_MAX, Store, complete_if_killed, read_if_there, resolve,
};
use crate::study::sweep::journal::Journal;
use crate::study::sweep::{MergeError, Shards};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::results::TableArguments;
use super::sweep::journal::read;
use super::sweep::store::{Output, complete};
use super::{Format, inputs};

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Folders of the shards, written by `cmgsim sweep --shard`
    #[arg(value_name = "SHARD_DIR", required = true)]
    shards: Vec<PathBuf>,
    /// Write the results of the whole sweep to the folder DIR
    ///
    /// The environment variable CMGSIM_OUT sets a default.
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT", hide_env = true, help_heading = "Output")]
    out: PathBuf,
    /// Print results as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    tables: TableArguments,
    #[command(flatten)]
    charts: ChartArguments,
}

impl Merge {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        self.tables.dialect()?;
        let mut shards = Shards::default();
        let folders: Vec<PathBuf> = self.shards.iter().map(|folder| resolve(folder)).collect();
        for folder in &folders {
            shards.add(&folder.display().to_string(), journal(folder)?).map_err(refused)?;
        }
        let (plan, units) = shards.whole().map_err(refused)?;
        inputs::note(&folders);
        inputs::refuse_folder(&self.out)?;
        let store = Store::create(&self.out)?;
        store.begin()?;
        let output = Output {
            format: self.format,
            tables: &self.tables,
            charts: &self.charts,
            is_latest: false,
        };
        complete(&store, plan, &units, &output)
    }
}

fn refused(error: MergeError) -> Failure {
    Failure::Refused(error.to_string())
}

fn journal(folder: &Path) -> Result<Journal, Failure> {
    complete_if_killed(folder);
    let bytes = read_if_there(&folder.join(JOURNAL), JOURNAL_BYTES_MAX)?.ok_or_else(|| {
        Failure::Refused(format!(
            "{} has no journal, so `cmgsim sweep` did not write it",
            folder.display()
        ))
    })?;
    read(&bytes, folder)
}
