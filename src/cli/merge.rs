//! `cmgsim merge`: puts the shards of a sweep together.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::format;
use crate::results::store::{JOURNAL, JOURNAL_BYTES_MAX, Store, complete_if_killed, read_if_there};
use crate::results::{RESULTS_VERSION, SweepPlan};
use crate::study::sweep::journal::{Journal, Units};
use crate::study::sweep::{self, names};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::results::TableArguments;
use super::sweep::read_journal;
use super::sweep::store::{Told, complete};
use super::{Format, inputs, output};

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
        let (plan, units) = self.join()?;
        let missing = sweep::missing(&plan, &units, None);
        if !missing.is_empty() {
            return Err(Failure::Refused(format!(
                "{} of {} units are in none of these folders: {}. Name the folders of all shards; \
                 one that was stopped goes on with `cmgsim sweep ... --resume DIR`",
                format::count(missing.len() as u64),
                format::count(plan.units()),
                names(&missing)
            )));
        }
        inputs::note(&self.shards);
        inputs::refuse_folder(&self.out)?;
        let store = Store::create(&self.out)?;
        store.begin()?;
        let told = Told {
            is_quiet: output::is_quiet(),
            format: self.format,
            tables: &self.tables,
            charts: &self.charts,
            is_latest: false,
        };
        complete(&store, &sweep::summarise(plan, &units), &units, &told)
    }

    /// The units of all shards, if they are of one sweep.
    fn join(&self) -> Result<(SweepPlan, Units), Failure> {
        let mut all: Option<(&Path, SweepPlan, Units)> = None;
        for folder in &self.shards {
            let Journal { plan, units, .. } = journal(folder)?;
            let Some((first, known_plan, known)) = &mut all else {
                all = Some((folder, plan, units));
                continue;
            };
            let refused = |what: String| {
                Failure::Refused(format!(
                    "{} and {} do not belong together: {what}",
                    first.display(),
                    folder.display()
                ))
            };
            if *known_plan != plan {
                return Err(refused(other_plan(known_plan, &plan)));
            }
            sweep::join(known, units).map_err(|different| {
                let units = names(&different);
                refused(format!("they have different results of {units}"))
            })?;
        }
        let (_, plan, units) =
            all.ok_or_else(|| Failure::Usage("name the folders of the shards".to_owned()))?;
        if plan.results_version != RESULTS_VERSION {
            return Err(Failure::Refused(format!(
                "these shards are of results version {}, and this cmgsim writes {RESULTS_VERSION}: \
                 merge them with the cmgsim that simulated them",
                plan.results_version
            )));
        }
        Ok((plan, units))
    }
}

/// What distinguishes two plans that are not the same.
fn other_plan(first: &SweepPlan, second: &SweepPlan) -> String {
    let both = sweep::difference(first, second);
    both.or_else(|| sweep::difference(second, first)).unwrap_or_else(|| {
        "they differ in --replications, --confidence, --measure, --set, or the scenario's name"
            .to_owned()
    })
}

fn journal(folder: &Path) -> Result<Journal, Failure> {
    complete_if_killed(folder);
    let bytes = read_if_there(&folder.join(JOURNAL), JOURNAL_BYTES_MAX)?.ok_or_else(|| {
        Failure::Refused(format!(
            "{} has no journal: it is no folder of `cmgsim sweep`",
            folder.display()
        ))
    })?;
    read_journal(&bytes, folder)
}
