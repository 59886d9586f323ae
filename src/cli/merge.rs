//! `cmgsim merge`: puts the shards of a sweep together.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::results::store::{JOURNAL, JOURNAL_BYTES_MAX, Store, complete_if_killed, read_if_there};
use crate::study::sweep::journal::Journal;
use crate::study::sweep::{MergeError, Shards};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::results::TableArguments;
use super::sweep::journal::read;
use super::sweep::store::{OutputOptions, complete};
use super::{Format, inputs};

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Folders of the shards: what `cmgsim sweep --shard` wrote.
    #[arg(value_name = "SHARD_DIR", required = true)]
    shards: Vec<PathBuf>,
    /// Folder for the results of the whole sweep.
    #[arg(long, value_name = "DIR", env = "CMGSIM_OUT")]
    out: PathBuf,
    /// How to print the results and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    tables: TableArguments,
    #[command(flatten)]
    charts: ChartArguments,
}

impl Merge {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        let mut shards = Shards::default();
        for folder in &self.shards {
            shards.add(&folder.display().to_string(), journal(folder)?).map_err(refused)?;
        }
        let (plan, units) = shards.whole().map_err(refused)?;
        inputs::note(&self.shards);
        inputs::refuse_folder(&self.out)?;
        let store = Store::create(&self.out)?;
        store.begin()?;
        let options = OutputOptions {
            format: self.format,
            tables: &self.tables,
            charts: &self.charts,
            is_latest: false,
        };
        complete(&store, plan, &units, &options)
    }
}

fn refused(error: MergeError) -> Failure {
    Failure::Refused(error.to_string())
}

fn journal(folder: &Path) -> Result<Journal, Failure> {
    complete_if_killed(folder);
    let bytes = read_if_there(&folder.join(JOURNAL), JOURNAL_BYTES_MAX)?.ok_or_else(|| {
        Failure::Refused(format!(
            "{} has no journal: it is no folder of `cmgsim sweep`",
            folder.display()
        ))
    })?;
    read(&bytes, folder)
}
