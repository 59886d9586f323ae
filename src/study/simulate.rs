//! Simulates one scenario once, several times, or until a required precision is reached, and
//! evaluates its objectives.

use crate::analysis::interval::replicated;
use crate::analysis::objectives::evaluate_objectives;
use crate::experiment::sample::{Study, sample_of_run};
use crate::experiment::{Follow, RunError, Watch};
use crate::results::{RunResult, Sample};
use crate::scenario::Scenario;
use crate::terms::Metric;

use super::precision::PrecisionTarget;
use super::{Error, info};

/// Default number of replications where intervals are needed.
pub const DEFAULT_REPLICATIONS: u32 = 10;

/// Number of replications of a scenario, and the confidence of intervals.
#[derive(Clone, Debug)]
pub struct Replications {
    /// Number of replications, at least 1; ignored if `precision_target` is set.
    pub count: u32,
    /// Required precision, which determines the number of replications.
    pub precision_target: Option<PrecisionTarget>,
    /// Confidence of the intervals of results and of the verdicts on objectives, between 0 and 1.
    /// `precision_target` has its own confidence.
    pub confidence: f64,
}

impl Replications {
    /// Requests `count` replications with 95 % intervals.
    pub fn of(count: u32) -> Self {
        Replications { count, precision_target: None, confidence: 0.95 }
    }

    /// Returns the default number for a scenario: one, or several if it has objectives.
    pub fn default_count(scenario: &Scenario) -> u32 {
        if scenario.objectives.is_empty() { 1 } else { DEFAULT_REPLICATIONS }
    }

    /// Returns the maximum number of replications.
    pub fn max_replications(&self) -> u32 {
        self.precision_target
            .as_ref()
            .map_or(self.count, |precision_target| precision_target.max_replications)
    }
}

/// Results of the simulations of one scenario.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Full result of the first replication, with the verdicts on the objectives. With several
    /// replications, it includes the intervals of all.
    pub result: RunResult,
    /// Metrics of every replication; `None` for a single replication.
    pub sample: Option<Sample>,
}

impl Simulated {
    /// Returns the number of events of all replications.
    pub fn events(&self) -> u64 {
        self.sample.as_ref().map_or(self.result.events, Sample::events)
    }
}

/// Simulates a scenario. If the watch stops it, a single replication has a partial result, and
/// several replications have the results of the complete ones; `is_complete` is then false.
///
/// # Errors
/// Returns [`Error::Request`] if the number of replications is zero or the metric of
/// `precision_target` is unknown, and [`Error::Run`] if a simulation has no valid result.
pub fn simulate(
    scenario: &Scenario,
    replications: &Replications,
    watch: &dyn Watch,
) -> Result<Simulated, Error> {
    if replications.max_replications() == 0 {
        return Err(Error::Request(
            "the number of replications is 0; it must be at least 1".to_owned(),
        ));
    }
    if let Some(precision_target) = &replications.precision_target
        && Metric::from_name(&precision_target.metric).is_none()
    {
        return Err(Error::Request(format!("unknown metric `{}`", precision_target.metric)));
    }
    Ok(simulate_and_follow(scenario, replications, None, watch)?)
}

/// Simulates a scenario like [`simulate`] and records replication 0.
///
/// # Errors
/// Returns the same errors as [`Study::run`].
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

/// Simulates a fixed number of replications, or as many as the required precision needs.
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
            (None, study.replicate(numbers, &mut sample, Some(&mut first), watch)?)
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
    fn zero_replications_and_unknown_metrics_are_refused_before_the_simulation() {
        assert!(refused(&Replications::of(0)).contains("at least 1"));
        let metric = "latency_p96".to_owned();
        let precision_target =
            PrecisionTarget { metric, precision: 0.1, confidence: 0.95, max_replications: 20 };
        let unknown =
            Replications { precision_target: Some(precision_target), ..Replications::of(1) };
        assert!(refused(&unknown).contains("`latency_p96`"));
    }
}
