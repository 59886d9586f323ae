//! Runs many replications of one scenario in parallel and keeps their metrics, in order of
//! replication, regardless of the number of threads.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::model::Config;
use crate::results::metric::metrics;
use crate::results::{Metric, Replication, RunResult, Sample, ScenarioInfo};

use crate::analysis::mean_time_series::{self, Single};
use crate::experiment::cluster::{WorkUnit, each_unit, read_reply};
use crate::experiment::follow::Follow;
use crate::experiment::replicate::{Look, RunError, Watch, run};

/// Scenario to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Study<'a> {
    /// Configuration of the model.
    pub config: &'a Config,
    /// Scenario information for the results.
    pub info: &'a ScenarioInfo,
    /// Recorder of replication 0; `None` if nothing is recorded.
    pub follow: Option<&'a Follow>,
}

impl Study<'_> {
    /// Simulates one replication to its end. Returns `None` if the watch stopped it, because an
    /// incomplete run is not a valid replication.
    ///
    /// # Errors
    /// Returns the same errors as [`run`].
    pub fn replication(
        &self,
        number: u32,
        watch: &dyn Watch,
    ) -> Result<Option<RunResult>, RunError> {
        let info = ScenarioInfo { replication: number, ..self.info.clone() };
        match self.run(number, &info, watch) {
            Ok(result) => Ok(Some(result).filter(|result| result.is_complete)),
            Err(RunError::NoMeasurement) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Simulates one replication to its end or until the watch stops it.
    ///
    /// # Errors
    /// Returns the same errors as [`run`].
    pub fn run(
        &self,
        number: u32,
        info: &ScenarioInfo,
        watch: &dyn Watch,
    ) -> Result<RunResult, RunError> {
        match self.follow.filter(|_| number == 0) {
            Some(follow) => follow.run(self.config, info, watch),
            None => run(self.config, info, watch),
        }
    }

    /// Simulates replications on all threads of the pool, or on the cluster of the watch, and adds
    /// them to `sample`. Returns false and leaves out incomplete replications if the watch stopped
    /// them. If `numbers` includes replication 0, its full result is stored in `first`, if given.
    ///
    /// # Errors
    /// Returns the first error in order of replication.
    pub fn replicate(
        &self,
        numbers: Range<u32>,
        sample: &mut Sample,
        mut first: Option<&mut Option<RunResult>>,
        watch: &dyn Watch,
    ) -> Result<bool, RunError> {
        let combined = CombinedProgress::new(watch, numbers.len());
        let wanted = numbers.len();
        let needs_first = first.is_some();
        let one = |number| match needs_first && number == 0 {
            true => {
                let result = combined.simulate(self, number)?;
                let kept = |result: RunResult| Done {
                    result: Some(result.clone()),
                    ..Done::of(number, result)
                };
                Ok(result.map(kept))
            }
            false => combined.done(self, number),
        };
        let found: Result<Vec<Option<Done>>, RunError> = match watch.cluster() {
            Some(cluster) => {
                let start = numbers.start;
                let found = each_unit(cluster, numbers.len(), |place| one(start + place as u32));
                found.into_iter().collect()
            }
            None => numbers.into_par_iter().map(one).collect(),
        };
        let mut count = 0;
        for one in found?.into_iter().flatten() {
            if sample.metrics.is_empty() {
                sample.metrics = one.metrics;
            }
            sample.replications.push(one.replication);
            mean_time_series::add(&mut sample.mean_time_series, one.single);
            if let Some(first) = &mut first {
                **first = first.take().or(one.result);
            }
            count += 1;
        }
        Ok(count == wanted)
    }
}

/// Completed replication, reduced to what studies keep.
pub struct Done {
    /// Values of the metrics.
    pub replication: Replication,
    /// Metrics of the values.
    pub metrics: Vec<Metric>,
    pub(crate) single: Single,
    /// Full result, if it is kept.
    pub(crate) result: Option<RunResult>,
}

impl Done {
    /// Reduces the result of a complete replication.
    pub fn of(number: u32, result: RunResult) -> Self {
        let single = Single::of(&result);
        let (replication, Sample { metrics, .. }) = sample_of_run(number, &result);
        Done { replication, metrics, single, result: None }
    }
}

/// Returns the metrics of a run, and an empty sample with the definitions of these metrics.
pub fn sample_of_run(number: u32, result: &RunResult) -> (Replication, Sample) {
    let (metrics, values) = metrics(result).into_iter().unzip();
    let replication = Replication { number, events: result.events, values };
    (replication, Sample { metrics, ..Sample::default() })
}

/// Combined progress of several runs for one watch: mean completed share, total events and total
/// memory.
pub struct CombinedProgress<'a> {
    watch: &'a dyn Watch,
    count: u64,
    /// Total progress of all runs, in millionths of a run.
    done: AtomicU64,
    events: AtomicU64,
    memory: AtomicU64,
    is_stopped: AtomicBool,
}

const MILLION: f64 = 1e6;

impl<'a> CombinedProgress<'a> {
    /// Creates the shared state of `count` runs.
    pub fn new(watch: &'a dyn Watch, count: usize) -> Self {
        let zero = || AtomicU64::new(0);
        CombinedProgress {
            watch,
            count: count.max(1) as u64,
            done: zero(),
            events: zero(),
            memory: zero(),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// Simulates one of the runs. Returns `None` if the watch stopped it, or stopped another run
    /// before this one began.
    ///
    /// # Errors
    /// Returns the same errors as [`run`].
    pub fn simulate(&self, study: &Study<'_>, number: u32) -> Result<Option<RunResult>, RunError> {
        if self.is_stopped() {
            return Ok(None);
        }
        let one = self.one();
        let result = study.replication(number, &one)?;
        if result.is_some() {
            one.is_done();
        }
        Ok(result)
    }

    /// Simulates one of the runs, on the cluster of the watch if there is one, and reduces its
    /// result. Returns `None` in the same cases as [`CombinedProgress::simulate`]. If the cluster
    /// fails, stops the other runs.
    ///
    /// # Errors
    /// Returns the same errors as [`run`], and [`RunError::Worker`] if the cluster fails.
    pub fn done(&self, study: &Study<'_>, number: u32) -> Result<Option<Done>, RunError> {
        let Some(cluster) = self.watch.cluster() else {
            let result = self.simulate(study, number)?;
            return Ok(result.map(|result| Done::of(number, result)));
        };
        if self.is_stopped() {
            return Ok(None);
        }
        let one = self.one();
        let reply = cluster.simulate(WorkUnit::new(study, number), &|| one.waits());
        let failed = |reason| {
            self.is_stopped.store(true, Ordering::Relaxed);
            RunError::Worker { replication: number, reason }
        };
        let Some(reply) = reply.map_err(failed)? else { return Ok(None) };
        let done = read_reply(number, &reply)?;
        let events = done.replication.events;
        one.should_continue(Look { share_done: 1.0, events, memory_bytes: 0 });
        Ok(Some(done))
    }

    /// Creates the watch of one run.
    pub(super) fn one(&self) -> One<'_> {
        One { all: self, seen: Mutex::new(Seen::default()) }
    }

    /// Returns whether the watch has stopped the runs.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    done: u64,
    events: u64,
    memory: u64,
}

/// Watch of one of several runs that report to the same watch.
pub(super) struct One<'a> {
    all: &'a CombinedProgress<'a>,
    seen: Mutex<Seen>,
}

impl One<'_> {
    /// Reports the unchanged progress of a run in another process. Returns false to stop all runs.
    fn waits(&self) -> bool {
        let look = Look { share_done: 0.0, events: 0, memory_bytes: 0 };
        !self.all.is_stopped() && self.should_continue(look)
    }

    /// Counts the run as complete.
    pub(super) fn is_done(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = MILLION as u64;
        self.all.done.fetch_add(whole.saturating_sub(seen.done), Ordering::Relaxed);
        seen.done = whole;
    }
}

impl Watch for One<'_> {
    fn should_continue(&self, look: Look) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Seen {
            done: ((look.share_done * MILLION) as u64).max(seen.done),
            events: look.events,
            memory: look.memory_bytes,
        };
        let add = |sum: &AtomicU64, now: u64, before: u64| {
            let change = now.wrapping_sub(before);
            sum.fetch_add(change, Ordering::Relaxed).wrapping_add(change)
        };
        let done = add(&self.all.done, now.done, seen.done);
        let events = add(&self.all.events, now.events, seen.events);
        let memory_bytes = add(&self.all.memory, now.memory, seen.memory);
        *seen = now;
        let share_done = done as f64 / MILLION / self.all.count as f64;
        let should_continue =
            self.all.watch.should_continue(Look { share_done, events, memory_bytes });
        if !should_continue {
            self.all.is_stopped.store(true, Ordering::Relaxed);
        }
        should_continue
    }
}

impl Drop for One<'_> {
    /// Subtracts the memory of the run from the total.
    fn drop(&mut self) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.all.memory.fetch_sub(seen.memory, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Watch that records the last progress and the number of calls, and stops the runs when a
    /// given share of their work is complete.
    struct Stop {
        at: f64,
        last: Mutex<Option<Look>>,
        looks: AtomicU64,
    }

    fn stop_at(at: f64) -> Stop {
        Stop { at, last: Mutex::new(None), looks: AtomicU64::new(0) }
    }

    impl Watch for Stop {
        fn should_continue(&self, look: Look) -> bool {
            self.looks.fetch_add(1, Ordering::Relaxed);
            *self.last.lock().expect("no thread panics") = Some(look);
            look.share_done < self.at
        }
    }

    #[test]
    fn a_stopped_study_starts_no_further_runs() {
        use crate::scenario::{LoadRequest, ScenarioOrigin, load};
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = vec!["duration=\"5h\"".to_owned(), "cohort.*.clients=5".to_owned()];
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let info = ScenarioInfo::default();
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let mut sample = Sample::default();
        let stop = stop_at(0.0);
        let is_whole = study.replicate(0..1000, &mut sample, None, &stop).expect("no error");
        assert!(!is_whole);
        // After the stop, only runs that had already started on other threads call the watch.
        let looks = stop.looks.load(Ordering::Relaxed);
        assert!((1..=64).contains(&looks), "{looks} of 1,000 runs were started");
    }

    #[test]
    fn runs_report_their_total_progress() {
        let watch = stop_at(0.75);
        let combined = CombinedProgress::new(&watch, 2);
        let look = |share_done| Look { share_done, events: 100, memory_bytes: 10 };
        let (one, two) = (combined.one(), combined.one());
        assert!(one.should_continue(look(0.5)) && two.should_continue(look(0.5)));
        let seen = watch.last.lock().expect("no thread panics").expect("progress was reported");
        assert_eq!((seen.share_done, seen.events, seen.memory_bytes), (0.5, 200, 20));
        one.is_done();
        drop(one);
        assert!(!two.should_continue(look(0.6)) && combined.is_stopped());
        let seen = watch.last.lock().expect("no thread panics").expect("progress was reported");
        assert_eq!((seen.share_done, seen.memory_bytes), (0.8, 10));
    }
}
