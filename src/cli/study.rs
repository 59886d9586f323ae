//! How many replications a verb simulates, and on how many threads.

use clap::Args;

use crate::experiment::estimate;
use crate::report::format;
use crate::scenario::{Scenario, units};
use crate::study::precision::PrecisionTarget;

use super::failure::Failure;
use super::{memory, output};

pub(super) use crate::study::simulate::DEFAULT_REPLICATIONS as DEFAULT;

/// Most replications of anything.
pub(super) const REPLICATIONS_MAX: i64 = 1_000_000;

#[derive(Clone, Debug, Args)]
pub(super) struct StudyArguments {
    /// Independent replications [default: 10 where intervals are needed].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Confidence of intervals.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = open_share)]
    pub confidence: f64,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
}

/// As many replications as a precision takes.
#[derive(Clone, Debug, Args)]
pub(super) struct PrecisionArguments {
    /// As many replications as it takes for this half-width, relative to the mean (of a
    /// difference: to A's mean), for example 2%.
    #[arg(long, value_name = "SHARE", value_parser = open_share, conflicts_with = "replications")]
    precision: Option<f64>,
    /// The figure whose precision counts (`cmgsim params --metrics` lists them).
    #[arg(
        long = "metric",
        value_name = "METRIC",
        default_value = "latency_p95_s",
        requires = "precision"
    )]
    measure: String,
    /// No more replications than this for --precision; then the exit code is 6.
    #[arg(long, value_name = "N", default_value_t = 200, requires = "precision",
          value_parser = clap::value_parser!(u32).range(2..=REPLICATIONS_MAX))]
    max_replications: u32,
}

impl PrecisionArguments {
    /// The precision that is asked for.
    pub(super) fn precision_target(&self, confidence: f64) -> Option<PrecisionTarget> {
        self.precision.map(|precision| PrecisionTarget {
            metric: self.measure.clone(),
            precision,
            confidence,
            max_replications: self.max_replications,
        })
    }
}

/// A share above 0 and below 1.
pub(super) fn open_share(text: &str) -> Result<f64, String> {
    let share = units::share(text)?.get();
    if 0.0 < share && share < 1.0 {
        Ok(share)
    } else {
        Err("expected more than 0% and less than 100%".to_owned())
    }
}

/// A share from 0 up, below 1.
pub(super) fn share_below_one(text: &str) -> Result<f64, String> {
    let share = units::share(text)?.get();
    if share < 1.0 { Ok(share) } else { Err("expected 0% or more and less than 100%".to_owned()) }
}

impl StudyArguments {
    /// How many replications are asked for; `None` if nothing is said of it.
    pub(super) fn replications(&self) -> Option<u32> {
        self.replications
    }

    /// Threads that simulate.
    pub(super) fn jobs(&self) -> usize {
        threads(self.jobs)
    }
}

/// Threads that simulate: as many as are asked for, or one for each processor.
pub(super) fn threads(jobs: Option<u32>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(processors, |jobs| jobs as usize)
}

/// So many threads.
pub(super) fn pool(jobs: usize) -> Result<rayon::ThreadPool, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    pool.map_err(|cause| Failure::System {
        what: "cannot start threads".to_owned(),
        cause: std::io::Error::other(cause),
    })
}

/// What a run may take.
#[derive(Clone, Debug, Args)]
pub(super) struct LimitArguments {
    /// Refuse what is estimated to take more events.
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000_000)]
    max_events: u64,
    /// Refuse what is estimated to need more memory, in MiB [default: 80 % of what is available].
    #[arg(long, value_name = "MIB")]
    max_memory: Option<u64>,
}

impl LimitArguments {
    /// Bytes the simulation may take, if that can be told.
    pub(super) fn memory_max(&self) -> Option<u64> {
        let given = self.max_memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        given.or_else(|| memory::available().map(|bytes| bytes / 5 * 4))
    }

    /// Refuses what would take for ever or more memory than there is, before the first event:
    /// `runs` runs, `at_once` of them at a time.
    pub(super) fn refuse_too_much(
        &self,
        scenario: &Scenario,
        runs: u32,
        at_once: usize,
    ) -> Result<(), Failure> {
        let estimate = estimate::estimate(&scenario.config);
        let events = estimate.events * f64::from(runs);
        let at_once = at_once.min(runs as usize).max(1) as u64;
        output::note(|| {
            format!(
                "seed {}, replications: {runs} from number 0, {at_once} at a time; random streams \
                 are keyed by seed, replication, entity and purpose",
                scenario.config.seed,
            )
        });
        let memory = (estimate.memory_bytes, estimate.shared_bytes);
        self.refuse_more(events, runs > 1, memory, at_once)
    }

    /// Refuses so many events in all, or so much memory: for each of the runs at a time, and for
    /// all of them together.
    pub(super) fn refuse_more(
        &self,
        events: f64,
        is_many: bool,
        (each_bytes, shared_bytes): (u64, u64),
        at_once: u64,
    ) -> Result<(), Failure> {
        if events > self.max_events as f64 {
            let how_many =
                if is_many { "this takes, in all replications," } else { "this scenario takes" };
            return Err(Failure::TooMuch(format!(
                "{how_many} about {events:.1e} events, more than --max-events {}: shorten \
                 `duration`, or raise the limit",
                self.max_events
            )));
        }
        let memory_bytes = each_bytes.saturating_mul(at_once).saturating_add(shared_bytes);
        output::note(|| {
            let memory = format::bytes(memory_bytes);
            format!("about {events:.1e} events and {memory} of memory are expected")
        });
        if let Some(allowed) = self.memory_max().filter(|allowed| memory_bytes > *allowed) {
            let fewer = if at_once > 1 { ", fewer --jobs" } else { "" };
            return Err(Failure::TooMuch(format!(
                "this scenario needs about {} of memory, and {} are allowed: fewer clients, a \
                 longer `interval`, fewer recorded values{fewer}, or --max-memory",
                format::bytes(memory_bytes),
                format::bytes(allowed)
            )));
        }
        Ok(())
    }
}
