//! Compares Microsoft's published numbers with simulated ones.
//!
//! The file `numbers.toml` in this folder defines the published numbers with their sources, the
//! scenario of `scenarios/validation` that simulates each, the quantity to measure, and the
//! condition that it must meet.

mod measure;

use std::sync::LazyLock;

use rayon::prelude::*;
use serde::Deserialize;

use crate::analysis::interval::{Interval, interval};
use crate::experiment::Watch;
use crate::experiment::sample::{CombinedProgress, Study};
use crate::results::{Finding, RunResult, Simulated, Validation};
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};
use crate::study::{Error, info};

pub use measure::Measure;

/// Confidence level of the intervals.
const LEVEL: f64 = 0.95;

/// Scenarios that simulate published numbers, by name.
pub const SCENARIOS: [(&str, &str); 9] = [
    ("one-gateway", include_str!("../../../scenarios/validation/one-gateway.toml")),
    (
        "three-connection-points",
        include_str!("../../../scenarios/validation/three-connection-points.toml"),
    ),
    (
        "monday-at-a-management-point",
        include_str!("../../../scenarios/validation/monday-at-a-management-point.toml"),
    ),
    ("everybody-scans", include_str!("../../../scenarios/validation/everybody-scans.toml")),
    ("month-of-traffic", include_str!("../../../scenarios/validation/month-of-traffic.toml")),
    ("one-file", include_str!("../../../scenarios/validation/one-file.toml")),
    (
        "instances-updated-in-turn",
        include_str!("../../../scenarios/validation/instances-updated-in-turn.toml"),
    ),
    ("near-the-threshold", include_str!("../../../scenarios/validation/near-the-threshold.toml")),
    ("two-services", include_str!("../../../scenarios/validation/two-services.toml")),
];

/// Published number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedNumber {
    /// Short name.
    pub id: String,
    /// Text of the published statement.
    pub published: String,
    /// Document and date of the statement.
    pub source: String,
    /// Conclusion of the simulation, or the reason why the number cannot be simulated.
    pub remark: String,
    /// Simulation of the number; `None` if it cannot be simulated.
    pub trial: Option<Trial>,
}

/// Simulation of a published number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Name of the scenario.
    pub scenario: String,
    /// Overrides of the scenario for each run.
    #[serde(default = "as_it_is")]
    pub runs: Vec<Vec<String>>,
    /// Description of the measured quantity.
    pub what: String,
    /// Quantity to measure.
    pub measure: Measure,
    /// Condition that the quantity must meet; otherwise the model is wrong.
    pub expected: Condition,
    /// Finding if the condition is met.
    pub finding: Finding,
}

/// Returns the default: one run of the scenario without overrides.
fn as_it_is() -> Vec<Vec<String>> {
    vec![Vec::new()]
}

/// Condition on a measured number; on the interval of its mean unless stated otherwise.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The whole interval is below the value.
    Below(f64),
    /// The whole interval is above the value.
    Above(f64),
    /// The whole interval is between the two values.
    Between([f64; 2]),
    /// The mean differs from `value` by at most `by` + `half_widths` x half-width.
    Near {
        /// Expected value.
        value: f64,
        /// Tolerance in addition to random variation.
        by: f64,
        /// Number of half-widths that random variation may explain.
        #[serde(default = "one")]
        half_widths: f64,
    },
    /// Every replication has this value.
    Exactly(f64),
    /// Every replication is between the two values (included).
    EachBetween([f64; 2]),
}

fn one() -> f64 {
    1.0
}

impl Condition {
    fn holds(self, values: &[f64], found: &Interval) -> bool {
        match self {
            Condition::Below(limit) => found.high() < limit,
            Condition::Above(limit) => found.low() > limit,
            Condition::Between([low, high]) => found.low() > low && found.high() < high,
            Condition::Near { value, by, half_widths } => {
                (found.mean - value).abs() <= half_widths * found.half_width + by
            }
            Condition::Exactly(expected) => values.iter().all(|value| *value == expected),
            Condition::EachBetween([low, high]) => {
                values.iter().all(|value| (low..=high).contains(value))
            }
        }
    }
}

/// Returns all published numbers in the order of the table.
pub fn published_numbers() -> &'static [PublishedNumber] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        number: Vec<PublishedNumber>,
    }
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        toml::from_str(include_str!("numbers.toml")).expect("a test reads the embedded table")
    });
    &TABLE.number
}

/// Simulates a published number in `replications` replications on all threads of the pool, and
/// returns the finding.
///
/// # Errors
/// Returns [`Error::Stopped`] if the watch stops the validation. Other errors indicate defects in
/// cmgsim.
pub fn validate(
    number: &PublishedNumber,
    replications: u32,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Validation, Error> {
    let mut row = Validation {
        id: number.id.clone(),
        published: number.published.clone(),
        source: number.source.clone(),
        simulated: None,
        finding: Finding::NotSimulated,
        remark: number.remark.clone(),
    };
    if let Some(trial) = &number.trial {
        let values = trial.values(replications, seed, watch)?;
        let found = interval(&values, LEVEL);
        let holds = found.is_some_and(|found| trial.expected.holds(&values, &found));
        row.finding = if holds { trial.finding } else { Finding::Differs };
        row.simulated = found.map(|found| Simulated {
            what: trial.what.clone(),
            mean: found.mean,
            half_width: found.half_width,
            replications: found.count as u64,
            unit: trial.measure.unit().to_owned(),
        });
        if found.is_none() {
            row.remark = format!("`{}` could not be measured: {values:?}", trial.what);
        }
    }
    Ok(row)
}

impl Trial {
    /// Returns the scenario of each run.
    fn scenarios(&self, seed: u64) -> Result<Vec<Scenario>, Error> {
        let text = SCENARIOS.iter().find(|(name, _)| *name == self.scenario);
        let text = text.map_or("", |(_, text)| *text);
        let load = |overrides: &Vec<String>| {
            let (name, text) = (self.scenario.clone(), text.to_owned());
            let mut overrides = overrides.clone();
            overrides.push(format!("seed={seed}"));
            load(&LoadRequest { origin: ScenarioOrigin::Text { name, text }, overrides })
                .map_err(Error::from)
        };
        self.runs.iter().map(load).collect()
    }

    /// Returns the measured quantity of each replication of all runs.
    fn values(&self, replications: u32, seed: u64, watch: &dyn Watch) -> Result<Vec<f64>, Error> {
        let scenarios = self.scenarios(seed)?;
        let runs: Vec<_> = scenarios.iter().map(|one| (&one.config, info(one))).collect();
        let all: Vec<(u32, usize)> = (0..replications)
            .flat_map(|number| (0..runs.len()).map(move |run| (number, run)))
            .collect();
        let combined = CombinedProgress::new(watch, all.len());
        let results = all.into_par_iter().map(|(number, run)| {
            let (config, info) = &runs[run];
            let result = combined.simulate(&Study { config, info, follow: None }, number)?;
            result.ok_or_else(|| {
                Error::Stopped("not all numbers were compared, so none is printed".to_owned())
            })
        });
        let results = results.collect::<Result<Vec<RunResult>, Error>>()?;
        Ok(results.chunks(runs.len()).map(|runs| self.measure.of(runs)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_number_has_a_unique_id_and_valid_scenarios() {
        let mut ids: Vec<&str> = published_numbers().iter().map(|one| one.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
        let trials = || published_numbers().iter().filter_map(|one| one.trial.as_ref());
        for trial in trials() {
            assert_eq!(trial.scenarios(1).expect(&trial.scenario).len(), trial.runs.len());
        }
        for (name, _) in SCENARIOS {
            assert!(trials().any(|trial| trial.scenario == name), "no number uses {name}");
        }
    }

    #[test]
    fn conditions_check_the_interval_or_every_value() {
        let holds = |condition: Condition, values: &[f64]| {
            condition.holds(values, &interval(values, LEVEL).expect("two values"))
        };
        // The values 9.5 and 10.5 have a mean of 10 and a half-width of 12.7 / 2.
        let (sure, unsure) = ([10.0, 10.0], [9.5, 10.5]);
        for (condition, of_sure, of_unsure) in [
            (Condition::Below(11.0), true, false),
            (Condition::Below(10.0), false, false),
            (Condition::Above(9.0), true, false),
            (Condition::Above(3.0), true, true),
            (Condition::Between([9.0, 11.0]), true, false),
            (Condition::Near { value: 11.0, by: 0.5, half_widths: 1.0 }, false, true),
            (Condition::Near { value: 20.0, by: 0.5, half_widths: 1.0 }, false, false),
            (Condition::Near { value: 20.0, by: 0.5, half_widths: 2.0 }, false, true),
            (Condition::Exactly(10.0), true, false),
            (Condition::EachBetween([9.5, 10.5]), true, true),
            (Condition::EachBetween([9.6, 11.0]), true, false),
        ] {
            assert_eq!(holds(condition, &sure), of_sure, "{condition:?}");
            assert_eq!(holds(condition, &unsure), of_unsure, "{condition:?}");
        }
    }
}
