//! `cmgsim sweep`: simulates many variants of a scenario, keeps what is finished in a journal, and
//! goes on where it was stopped.

mod arguments;
pub(super) mod journal;
pub(super) mod store;
mod unfinished;

use crate::study::sweep::journal::Units;
use crate::study::sweep::{self, SweepError, SweepRequest};

use super::failure::Failure;
use super::session::{Conditions, Session};
use super::study::{pool, threads};
use super::{inputs, output};
use journal::{OpenJournal, Opened};
use store::OutputOptions;

pub(super) use arguments::Sweep;

impl Sweep {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        let (request, jobs) = (self.request()?, threads(self.jobs));
        let sweep = pool(jobs)?.install(|| self.load(&request, jobs))?;
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
        let outcome = session.on_threads(|| {
            sweep.simulate(finished, self.shard, &progress, |lines| journal.append(lines))
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
        let options = OutputOptions {
            format: self.results.format,
            tables: &self.results.tables,
            charts: &self.charts,
            is_latest: self.results.out.is_none() && is_new,
        };
        session.on_threads(|| match self.shard {
            Some(shard) => store::shard(&store, plan, &units, shard, &options),
            None => store::complete(&store, plan.clone(), &units, &options),
        })
    }

    /// Loads all points; refuses what would take for ever or more memory than there is.
    fn load(&self, request: &SweepRequest, jobs: usize) -> Result<sweep::Sweep, Failure> {
        let sweep = sweep::Sweep::load(request).inspect_err(|error| {
            if matches!(error, SweepError::Scenario { count: 2.., .. }) {
                // If this cannot be said, what is wrong with the first still is.
                let _ = output::print_error(&format!("{error}\n"));
            }
        })?;
        inputs::note(sweep.inputs());
        if let Some((first, second)) = sweep.same() {
            output::warn(&format!(
                "warning: points {first} and {second} are the same scenario, and perhaps more: \
                 does one --vary override another?\n"
            ))?;
        }
        let units = sweep::missing(sweep.plan(), &Units::new(), self.shard);
        let (work, at_once) = (sweep.work(&units), jobs.min(units.len()).max(1) as u64);
        let memory = (work.memory_bytes, work.shared_bytes);
        self.limits.refuse_more(work.events, units.len() > 1, memory, at_once)?;
        Ok(sweep)
    }
}
