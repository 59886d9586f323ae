//! Simulates one scenario once, several times, or until a precision is reached, and judges its
//! objectives.

use crate::analysis::interval::replicated;
use crate::analysis::objectives::judge;
use crate::experiment::sample::{Study, figures};
use crate::experiment::{Follow, RunError, Watch};
use crate::results::{RunResult, Sample};
use crate::scenario::Scenario;
use crate::terms::Metric;

use super::precision::Goal;
use super::{Error, info};

/// Replications where intervals are needed and nothing else is said.
pub const USUAL_REPLICATIONS: u32 = 10;

/// This says how often a scenario is simulated, and how sure intervals are.
#[derive(Clone, Debug)]
pub struct Replications {
    /// How many replications, 1 or more; of no effect with a `goal`.
    pub count: u32,
    /// As many as this takes.
    pub goal: Option<Goal>,
    /// Confidence of the intervals of results and of the verdicts on objectives, between 0 and 1.
    /// The `goal` has its own.
    pub confidence: f64,
}

impl Replications {
    /// So many, with intervals at 95 %.
    pub fn of(count: u32) -> Self {
        Replications { count, goal: None, confidence: 0.95 }
    }

    /// How many a scenario usually takes: one, or several where objectives are to be judged.
    pub fn usual(scenario: &Scenario) -> u32 {
        if scenario.objectives.is_empty() { 1 } else { USUAL_REPLICATIONS }
    }

    /// No more than this many.
    pub fn most(&self) -> u32 {
        self.goal.as_ref().map_or(self.count, |goal| goal.most)
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
    if replications.most() == 0 {
        return Err(Error::Request("no replication is asked for: it takes 1 at least".to_owned()));
    }
    if let Some(goal) = &replications.goal
        && Metric::from_name(&goal.metric).is_none()
    {
        return Err(Error::Request(format!("there is no metric `{}`", goal.metric)));
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
    let mut simulated = match (&replications.goal, replications.count) {
        (None, 1) => Simulated { result: study.run(0, &info, watch)?, sample: None },
        _ => several(&study, replications, watch)?,
    };
    let only = match simulated.sample {
        Some(_) => None,
        None => {
            let (replication, mut sample) = figures(0, &simulated.result);
            sample.replications.push(replication);
            Some(sample)
        }
    };
    if let Some(sample) = only.as_ref().or(simulated.sample.as_ref()) {
        simulated.result.objectives = judge(sample, &scenario.objectives, replications.confidence);
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
    let (precision, is_complete) = match &replications.goal {
        Some(goal) => {
            let precision = goal.reach(study, &mut sample, &mut first, watch)?;
            let is_complete = precision.is_reached || sample.replications.len() as u32 >= goal.most;
            (Some(precision), is_complete)
        }
        None => {
            let numbers = 0..replications.count;
            (None, study.replicate(numbers, &mut sample, &mut first, watch)?)
        }
    };
    let mut result = first.ok_or(RunError::NothingMeasured)?;
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
        let goal = Goal { metric, precision: 0.1, confidence: 0.95, most: 20 };
        let unknown = Replications { goal: Some(goal), ..Replications::of(1) };
        assert!(refused(&unknown).contains("`latency_p96`"));
    }
}
