//! Options for replications, precision, threads and limits.

use clap::Args;

use crate::experiment::estimate;
use crate::report::format;
use crate::scenario::{Scenario, units};
use crate::study::precision::PrecisionTarget;

use super::failure::Failure;
use super::{memory, output};

pub(super) use crate::study::simulate::DEFAULT_REPLICATIONS as DEFAULT;

/// Largest number of replications.
pub(super) const REPLICATIONS_MAX: i64 = 1_000_000;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Replications")]
pub(super) struct StudyArguments {
    /// Simulate N independent replications [default: 10; run without objectives: 1; size: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: Option<u32>,
    /// Set the confidence level of intervals
    #[arg(long, value_name = "SHARE", default_value = "95%", hide_short_help = true,
          value_parser = open_share)]
    pub confidence: f64,
}

/// Options that choose the number of replications by precision.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Replications")]
pub(super) struct PrecisionArguments {
    /// Add replications until the relative half-width of --metric is at most SHARE
    ///
    /// For example 2%. The half-width of the confidence interval is relative to the mean. In
    /// `cmgsim compare`, the half-width of the interval of the difference is relative to the mean
    /// of A.
    #[arg(long, value_name = "SHARE", value_parser = open_share, conflicts_with = "replications")]
    precision: Option<f64>,
    /// Choose the metric for --precision
    ///
    /// `cmgsim params --metrics` lists all metrics.
    #[arg(long, value_name = "METRIC", default_value = "latency_p95_s", requires = "precision")]
    metric: String,
    /// Stop after N replications if --precision is not reached (exit code 6)
    #[arg(long, value_name = "N", default_value_t = 200, requires = "precision",
          hide_short_help = true,
          value_parser = clap::value_parser!(u32).range(2..=REPLICATIONS_MAX))]
    max_replications: u32,
}

impl PrecisionArguments {
    /// Returns the requested precision.
    pub(super) fn precision_target(&self, confidence: f64) -> Option<PrecisionTarget> {
        self.precision.map(|precision| PrecisionTarget {
            metric: self.metric.clone(),
            precision,
            confidence,
            max_replications: self.max_replications,
        })
    }
}

/// Parses a share above 0 and below 1.
pub(super) fn open_share(text: &str) -> Result<f64, String> {
    let share = units::share(text)?.get();
    if 0.0 < share && share < 1.0 {
        Ok(share)
    } else {
        Err("expected a share above 0% and below 100%, for example 5%".to_owned())
    }
}

/// Parses a share from 0 to below 1.
pub(super) fn share_below_one(text: &str) -> Result<f64, String> {
    let share = units::share(text)?.get();
    if share < 1.0 { Ok(share) } else { Err("expected a share from 0% to below 100%".to_owned()) }
}

impl StudyArguments {
    /// Returns the requested number of replications.
    pub(super) fn replications(&self) -> Option<u32> {
        self.replications
    }
}

/// Returns the requested number of threads, or the number of processors.
pub(super) fn threads(jobs: Option<u32>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(processors, |jobs| jobs as usize)
}

/// Starts a pool of threads.
pub(super) fn pool(jobs: usize) -> Result<rayon::ThreadPool, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    pool.map_err(|cause| Failure::System {
        what: "cannot start threads".to_owned(),
        cause: std::io::Error::other(cause),
    })
}

/// Options that limit processors, events and memory.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArguments {
    /// Simulate on N threads [default: number of processors]
    ///
    /// The environment variable CMGSIM_JOBS changes the default.
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS", hide_env = true,
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    /// Refuse to simulate more than N events (estimated)
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000_000, hide_short_help = true)]
    max_events: u64,
    /// Refuse to use more than MIB of memory (estimated) [default: 80 % of the available memory]
    #[arg(long, value_name = "MIB", hide_short_help = true)]
    max_memory: Option<u64>,
}

impl LimitArguments {
    /// Returns the number of threads.
    pub(super) fn jobs(&self) -> usize {
        threads(self.jobs)
    }

    /// Returns the memory limit in bytes, if it is known.
    pub(super) fn memory_max(&self) -> Option<u64> {
        let given = self.max_memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        given.or_else(|| memory::available().map(|bytes| bytes / 5 * 4))
    }

    /// Refuses too many events or too much memory before the first event, for `runs` runs of which
    /// `at_once` run in parallel.
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
                "seed {}, number of replications: {runs} (numbered from 0), {at_once} in parallel; \
                 random streams are keyed by seed, replication, entity and purpose",
                scenario.config.seed,
            )
        });
        let memory = (estimate.memory_bytes, estimate.shared_bytes);
        self.refuse_more(events, runs > 1, memory, at_once)
    }

    /// Refuses too many events in total, or too much memory for parallel runs, including the memory
    /// that they share.
    pub(super) fn refuse_more(
        &self,
        events: f64,
        is_many: bool,
        (each_bytes, shared_bytes): (u64, u64),
        at_once: u64,
    ) -> Result<(), Failure> {
        if events > self.max_events as f64 {
            let what =
                if is_many { "all replications together need" } else { "this scenario needs" };
            return Err(Failure::TooMuch(format!(
                "{what} about {events:.1e} events, more than --max-events {}; shorten `duration`, \
                 or raise the limit",
                self.max_events
            )));
        }
        let memory_bytes = each_bytes.saturating_mul(at_once).saturating_add(shared_bytes);
        output::note(|| {
            let memory = format::bytes(memory_bytes);
            format!("expected: about {events:.1e} events and {memory} of memory")
        });
        if let Some(allowed) = self.memory_max().filter(|allowed| memory_bytes > *allowed) {
            let fewer = if at_once > 1 { ", fewer --jobs" } else { "" };
            return Err(Failure::TooMuch(format!(
                "this scenario needs about {} of memory, but the limit is {}; use fewer \
                 clients, a longer `interval`, fewer recorded values{fewer}, or raise --max-memory",
                format::bytes(memory_bytes),
                format::bytes(allowed)
            )));
        }
        Ok(())
    }
}
