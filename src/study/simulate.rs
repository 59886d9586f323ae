//! Simulates one scenario once, several times, or until a precision is reached, and judges its
//! objectives.

use crate::analysis::interval::replicated;
use crate::analysis::objectives::evaluate_objectives;
use crate::experiment::sample::{Study, sample_of_run};
use crate::experiment::{Follow, RunError, Watch};
use crate::results::{RunResult, Sample};
use crate::scenario::Scenario;
use crate::terms::Metric;

use super::precision::PrecisionTarget;
use super::{Error, info};

/// Replications where intervals are needed and nothing else is said.
pub const DEFAULT_REPLICATIONS: u32 = 10;

/// This says how often a scenario is simulated, and how sure intervals are.
#[derive(Clone, Debug)]
pub struct Replications {
    /// How many replications, 1 or more; of no effect with a `goal`.
    pub count: u32,
    /// As many as this takes.
    pub precision_target: Option<PrecisionTarget>,
    /// Confidence of the intervals of results and of the verdicts on objectives, between 0 and 1.
    /// The `goal` has its own.
    pub confidence: f64,
}

impl Replications {
    /// So many, with intervals at 95 %.
    pub fn of(count: u32) -> Self {
        Replications { count, precision_target: None, confidence: 0.95 }
    }

    /// How many a scenario usually takes: one, or several where objectives are to be judged.
    pub fn default_count(scenario: &Scenario) -> u32 {
        if scenario.objectives.is_empty() { 1 } else { DEFAULT_REPLICATIONS }
    }

    /// No more than this many.
    pub fn max_replications(&self) -> u32 {
        self.precision_target
            .as_ref()
            .map_or(self.count, |precision_target| precision_target.max_replications)
    }
}

/// This is what simulations of one scenario gave.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The first replication in full, with the intervals of all if there are several, and the
    /// verdicts on the objectives.
    pub result: RunResult,
    /// The figures of every replication, if there were to be several.
    pub sample: Option<Sample>,
}

impl Simulated {
    /// Events of all replications.
    pub fn events(&self) -> u64 {
        self.sample.as_ref().map_or(self.result.events, Sample::events)
    }
}

/// Simulates a scenario. Of a single replication that the watch stops there is a part; of several
/// there are those that were complete. `is_complete` of the result says so.
///
/// # Errors
/// [`Error::Request`] if no replication is asked for, or a goal names no metric; [`Error::Run`] if
/// a simulation has no result that one may use.
pub fn simulate(
    scenario: &Scenario,
    replications: &Replications,
    watch: &dyn Watch,
) -> Result<Simulated, Error> {
    if replications.max_replications() == 0 {
        return Err(Error::Request("no replication is asked for: it takes 1 at least".to_owned()));
    }
    if let Some(precision_target) = &replications.precision_target
        && Metric::from_name(&precision_target.metric).is_none()
    {
        return Err(Error::Request(format!("there is no metric `{}`", precision_target.metric)));
    }
    Ok(simulate_and_follow(scenario, replications, None, watch)?)
}

/// As [`simulate`]; replication 0 is followed.
///
/// # Errors
/// As [`Study::run`].
pub fn simulate_and_follow(
    scenario: &Scenario,
    replications: &Replications,
    follow: Option<&Follow>,
    watch: &dyn Watch,
) -> Result<Simulated, RunError> {
    let info = info(scenario);
    let study = Study { config: &scenario.config, info: &info, follow };
    let mut simulated = match (&replications.precision_target, replications.count) {
        (None, 1) => Simulated { result: study.run(0, &info, watch)?, sample: None },
        _ => several(&study, replications, watch)?,
    };
    let only = match simulated.sample {
        Some(_) => None,
        None => {
            let (replication, mut sample) = sample_of_run(0, &simulated.result);
            sample.replications.push(replication);
            Some(sample)
        }
    };
    if let Some(sample) = only.as_ref().or(simulated.sample.as_ref()) {
        simulated.result.objectives =
            evaluate_objectives(sample, &scenario.objectives, replications.confidence);
    }
    Ok(simulated)
}

/// So many replications, or as many as a precision takes.
fn several(
    study: &Study<'_>,
    replications: &Replications,
    watch: &dyn Watch,
) -> Result<Simulated, RunError> {
    let (mut sample, mut first) = (Sample::default(), None);
    let (precision, is_complete) = match &replications.precision_target {
        Some(precision_target) => {
            let precision = precision_target.reach(study, &mut sample, &mut first, watch)?;
            let is_complete = precision.is_reached
                || sample.replications.len() as u32 >= precision_target.max_replications;
            (Some(precision), is_complete)
        }
        None => {
            let numbers = 0..replications.count;
            (None, study.replicate(numbers, &mut sample, &mut first, watch)?)
        }
    };
    let mut result = first.ok_or(RunError::NoMeasurement)?;
    let mut intervals = replicated(&sample, replications.confidence);
    intervals.precision = precision;
    result.replicated = Some(intervals);
    result.is_complete = is_complete;
    Ok(Simulated { result, sample: Some(sample) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(replications: &Replications) -> String {
        let scenario = Scenario::load("quickstart").expect("it loads");
        match simulate(&scenario, replications, &()) {
            Err(Error::Request(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_replications_and_unknown_metrics_are_refused_before_anything_is_simulated() {
        assert!(refused(&Replications::of(0)).contains("1 at least"));
        let metric = "latency_p96".to_owned();
        let precision_target =
            PrecisionTarget { metric, precision: 0.1, confidence: 0.95, max_replications: 20 };
        let unknown =
            Replications { precision_target: Some(precision_target), ..Replications::of(1) };
        assert!(refused(&unknown).contains("`latency_p96`"));
    }
}
