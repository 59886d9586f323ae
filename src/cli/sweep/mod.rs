//! `cmgsim sweep`: simulates many variants of a scenario and records completed units (a unit is one
//! replication of one point) in a journal, so that a stopped sweep can be resumed.

mod arguments;
pub mod in_folder;
pub(super) mod journal;
pub(super) mod store;
mod unfinished;

use crate::study::sweep::journal::Units;
use crate::study::sweep::{self, SweepError, SweepRequest};

use super::dask::{self, OnCluster};
use super::failure::Failure;
use super::session::{Conditions, Session};
use super::study::pool;
use super::{inputs, output};
use journal::{OpenJournal, Opened};
use store::Output;

pub(super) use arguments::Sweep;

impl Sweep {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        self.results.tables.dialect()?;
        let (request, jobs) = (self.request()?, self.limits.jobs());
        // On a cluster, this process simulates nothing.
        let local = if self.is_on_dask() { 1 } else { jobs };
        let sweep = pool(jobs)?.install(|| self.load(&request, local))?;
        let cluster = self.dask.as_deref().map(dask::connect).transpose()?;
        let session = Session::begin(Conditions {
            is_silent: self.results.is_silent(),
            jobs,
            time_limit: None,
            memory_max: self.limits.memory_max(),
        })?;
        let plan = sweep.plan();
        let Opened { store, finished, is_new } = self.open(plan, session.started())?;
        let missing = sweep::missing(plan, &finished, self.shard);
        let progress = session.progress(sweep.seconds(&missing));
        let mut journal = OpenJournal::open(&store)?;
        let cluster = cluster.as_ref().map(|cluster| cluster.as_cluster());
        let watch = OnCluster { watch: &progress, cluster };
        let outcome = session.on_threads(|| {
            sweep.simulate(finished, self.shard, &watch, |lines| journal.append(lines))
        });
        progress.finish();
        let units = match (journal.close(), outcome) {
            (_, Err(error)) => return Err(self.failed(&store, error.into())),
            (Err(error), _) => return Err(self.failed(&store, error.into())),
            (Ok(()), Ok(units)) => units,
        };
        let left = sweep::missing(plan, &units, self.shard).len();
        if left > 0 {
            return Err(self.stopped(&store, units.len(), left, &progress));
        }
        let output = Output {
            format: self.results.format,
            tables: &self.results.tables,
            charts: &self.charts,
            is_latest: self.results.out.is_none() && is_new,
        };
        session.on_threads(|| match self.shard {
            Some(shard) => store::shard(&store, plan, &units, shard, &output),
            None => store::complete(&store, plan.clone(), &units, &output),
        })
    }

    /// Loads all points; refuses too many events or too much memory.
    fn load(&self, request: &SweepRequest, jobs: usize) -> Result<sweep::Sweep, Failure> {
        let sweep = sweep::Sweep::load(request).inspect_err(|error| {
            if matches!(error, SweepError::Scenario { count: 2.., .. }) {
                // Report the problems of the first point even if this message cannot be printed.
                let _ = output::print_error(&format!("{error}\n"));
            }
        })?;
        inputs::note(sweep.inputs());
        if let Some((first, second)) = sweep.same() {
            output::warn(&format!(
                "warning: points {first} and {second}, and possibly others, are the same scenario; \
                 check whether one --vary overrides another\n"
            ))?;
        }
        let units = sweep::missing(sweep.plan(), &Units::new(), self.shard);
        let (work, at_once) = (sweep.work(&units), jobs.min(units.len()).max(1) as u64);
        let memory = (work.memory_bytes, work.shared_bytes);
        self.limits.refuse_more(work.events, units.len() > 1, memory, at_once)?;
        Ok(sweep)
    }
}
