//! `cmgsim sweep`: simulates many variants of a scenario, keeps what is finished in a journal, and
//! goes on where it was stopped.

mod command;
pub(super) mod journal;
pub(super) mod store;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::report::format;
use crate::results::UNITS_MAX;
use crate::results::store::Store;
use crate::study::sweep::design::Design;
use crate::study::sweep::factor::Factor;
use crate::study::sweep::journal::Units;
use crate::study::sweep::{self, Shard, SweepError, SweepRequest};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::progress::Progress;
use super::results::ResultArguments;
use super::scenario::ScenarioArguments;
use super::session::{Conditions, Session};
use super::study::{LimitArguments, REPLICATIONS_MAX, USUAL, open_share, pool, threads};
use super::{folder, inputs, output};
use journal::OpenJournal;
use store::Told;

#[derive(Debug, Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Vary a value: a range of whole numbers (gateway.main.instances=2..16, or 2..16:2 with a
    /// step), or values between commas ('cohort.*.clients=10000,20000').
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    vary: Vec<String>,
    /// Which points: every combination; --points drawn from the ranges by a Latin hypercube; or
    /// the scenario itself and each value alone.
    #[arg(long, value_name = "DESIGN", default_value = "grid")]
    design: DesignName,
    /// How many points a Latin hypercube has.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=POINTS_MAX))]
    points: Option<u32>,
    /// Independent replications of each point.
    #[arg(long, value_name = "N", default_value_t = USUAL,
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: u32,
    /// Confidence of intervals.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = open_share)]
    confidence: f64,
    /// A figure for the table and the charts; all are in the files.
    #[arg(long, value_name = "FIGURE", default_value = "latency_p95")]
    measure: Vec<String>,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    #[command(flatten)]
    limits: LimitArguments,
    /// Go on with what is finished in the folder (or in --out); more --replications than before
    /// are added.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    resume: Option<Option<PathBuf>>,
    /// Simulate only this part, for example 2/8, and write only a journal; `cmgsim merge` puts the
    /// parts together.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
}

const POINTS_MAX: i64 = UNITS_MAX as i64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DesignName {
    Grid,
    Latin,
    OneAtATime,
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected = "expected I/N with I from 1 to N, for example 2/8";
    Shard::parse(text).ok_or_else(|| expected.to_owned())
}

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
        let (plan, goes_on_in) = (sweep.plan(), self.goes_on_in()?);
        let (store, finished) = match goes_on_in {
            Some(folder) => journal::resume(folder, plan)?,
            None => {
                let store = self.results.open(&plan.scenario, &plan.hash(), session.started())?;
                journal::begin(&store, plan)?;
                (store, Units::new())
            }
        };
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
        let told = Told {
            format: self.results.format,
            tables: &self.results.tables,
            charts: &self.charts,
            is_latest: self.results.out.is_none() && goes_on_in.is_none(),
        };
        session.on_threads(|| match self.shard {
            Some(shard) => store::shard(&store, plan, &units, shard, &told),
            None => store::complete(&store, plan.clone(), &units, &told),
        })
    }

    /// What is to be varied, and how.
    fn request(&self) -> Result<SweepRequest, Failure> {
        for (place, name) in self.measure.iter().enumerate() {
            folder::known_figure(name)?;
            if self.measure[..place].contains(name) {
                return Err(Failure::Usage(format!("--measure {name} is there twice")));
            }
        }
        let factor = |text: &String| {
            let usage = |error| Failure::Usage(format!("cannot use --vary {text}: {error}"));
            Factor::parse(text).map_err(usage)
        };
        Ok(SweepRequest {
            factors: self.vary.iter().map(factor).collect::<Result<_, Failure>>()?,
            design: self.design()?,
            scenario: self.scenario.request()?,
            replications: self.replications,
            confidence: self.confidence,
            measures: self.measure.clone(),
        })
    }

    fn design(&self) -> Result<Design, Failure> {
        let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
        match (self.design, self.points) {
            (DesignName::Grid, None) => Ok(Design::Grid),
            (DesignName::OneAtATime, None) => Ok(Design::OneAtATime),
            (DesignName::Latin, Some(points)) => Ok(Design::Latin { points }),
            (DesignName::Latin, None) => usage("--design latin needs --points N: how many to draw"),
            (_, Some(_)) => usage("only --design latin has --points"),
        }
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

    /// Says what is left of a sweep that failed.
    fn failed(&self, store: &Store, failure: Failure) -> Failure {
        // If this cannot be said, the failure still is.
        let _ = output::print_error(&format!(
            "what is finished stays in {}; when the cause is gone, go on with\n  {}\n",
            store.journal().display(),
            self.command_to_resume(store.folder())
        ));
        failure
    }

    /// Why not all units are finished.
    fn stopped(&self, store: &Store, finished: usize, left: usize, progress: &Progress) -> Failure {
        let kept = format!(
            "{} units are finished, {} are left; go on with\n  {}",
            format::count(finished as u64),
            format::count(left as u64),
            self.command_to_resume(store.folder())
        );
        match progress.is_out_of_memory() {
            true => Failure::TooMuch(format!(
                "the units together needed more memory than is allowed (--max-memory), so the \
                 sweep was stopped: fewer --jobs; {kept}"
            )),
            false => Failure::Interrupted(kept),
        }
    }
}
