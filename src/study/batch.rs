//! Simulates several variants of a scenario in parallel, each with its replications.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::Config;
use crate::results::{Sample, ScenarioInfo};

use crate::experiment::cluster::each_unit;
use crate::experiment::replicate::{RunError, Watch};
use crate::experiment::sample::{CombinedProgress, Study};

/// Variant of a scenario.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Configuration of the model.
    pub config: Config,
    /// Scenario information for the results.
    pub info: ScenarioInfo,
    /// Numbers of the replications to simulate.
    pub numbers: Range<u32>,
}

/// Outcome of a variant.
#[derive(Debug)]
pub enum Outcome {
    /// All replications completed; they are in order of number.
    Whole(Sample),
    /// The watch stopped the variant before all replications completed.
    Stopped,
    /// A run failed, for example because simulated time does not advance with these values.
    Failed(RunError),
}

impl Outcome {
    /// Returns the replications if all completed.
    pub fn sample(&self) -> Option<&Sample> {
        match self {
            Outcome::Whole(sample) => Some(sample),
            _ => None,
        }
    }
}

/// Simulates all replications of all variants on the threads of the pool. The outcomes are in the
/// order of the variants and do not depend on the number of threads. If the watch stops the study,
/// completed variants keep their results.
///
/// # Errors
/// Returns the first [`RunError::Audit`], which indicates a defect in cmgsim, or
/// [`RunError::Worker`], which is a failure of the cluster, in order of variant and replication.
pub fn simulate(variants: &[Variant], watch: &dyn Watch) -> Result<Vec<Outcome>, RunError> {
    let runs: Vec<(&Variant, u32)> = variants
        .iter()
        .flat_map(|one| one.numbers.clone().map(move |number| (one, number)))
        .collect();
    let combined = CombinedProgress::new(watch, runs.len());
    let one = |(variant, number): &(&Variant, u32)| {
        let study = Study { config: &variant.config, info: &variant.info, follow: None };
        let Some(done) = combined.done(&study, *number)? else { return Ok(None) };
        let (metrics, replications) = (done.metrics, vec![done.replication]);
        Ok(Some(Sample { metrics, replications, ..Sample::default() }))
    };
    let replications: Vec<Result<Option<Sample>, RunError>> = match watch.cluster() {
        Some(cluster) => each_unit(cluster, runs.len(), |place| one(&runs[place])),
        None => runs.par_iter().map(one).collect(),
    };
    let mut replications = replications.into_iter();
    let outcome = |variant: &Variant| joined(replications.by_ref().take(variant.numbers.len()));
    variants.iter().map(outcome).collect()
}

/// Joins the replications of one variant into one sample.
fn joined(
    replications: impl Iterator<Item = Result<Option<Sample>, RunError>>,
) -> Result<Outcome, RunError> {
    let mut outcome = Outcome::Whole(Sample::default());
    for one in replications {
        match (one, &mut outcome) {
            (Err(error @ (RunError::Audit { .. } | RunError::Worker { .. })), _) => {
                return Err(error);
            }
            (_, Outcome::Failed(_)) => {}
            (Err(error), outcome) => *outcome = Outcome::Failed(error),
            (Ok(None), outcome) => *outcome = Outcome::Stopped,
            (Ok(Some(one)), Outcome::Whole(all)) => {
                all.metrics = one.metrics;
                all.replications.extend(one.replications);
            }
            (Ok(Some(_)), Outcome::Stopped) => {}
        }
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Replication;

    fn one(number: u32) -> Sample {
        let replication = Replication { number, events: 1, values: vec![1.0] };
        Sample { replications: vec![replication], ..Sample::default() }
    }

    #[test]
    fn a_variant_is_complete_only_with_all_replications() {
        let whole = joined([Ok(Some(one(0))), Ok(Some(one(1)))].into_iter()).expect("no audit");
        assert_eq!(whole.sample().map(|sample| sample.replications.len()), Some(2));
        let stopped = joined([Ok(Some(one(0))), Ok(None)].into_iter()).expect("no audit");
        assert!(matches!(stopped, Outcome::Stopped));
        let still = RunError::StandsStill { seconds: 1.0, events: 2 };
        let failed = joined([Ok(None), Err(still), Ok(Some(one(2)))].into_iter());
        assert!(matches!(failed, Ok(Outcome::Failed(_))));
        let broken = RunError::Audit { law: "l".to_owned(), left: 0.0, right: 1.0 };
        assert!(joined([Ok(Some(one(0))), Err(broken)].into_iter()).is_err());
    }
}
