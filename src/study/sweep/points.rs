//! Points of a sweep: loads the scenarios of all points before the first simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use crate::experiment::estimate::{Estimate, estimate};
use crate::results::{
    RESULTS_VERSION, SweepFactor, SweepObjective, SweepPlan, SweepPoint, UNITS_MAX,
};
use crate::scenario::{LoadRequest, Problems, Scenario, load_varied};
use crate::study::info;
use crate::terms::Objective;

use super::SweepError;
use super::design::{Design, DesignPoint};
use super::factor::{Factor, label};
use super::journal::UnitId;
use super::units::PointModel;

/// Request for a sweep.
#[derive(Clone, Debug)]
pub struct SweepRequest {
    /// Base scenario, and the overrides that apply to all points.
    pub scenario: LoadRequest,
    /// Factors that the sweep varies.
    pub factors: Vec<Factor>,
    /// Method that selects the points.
    pub design: Design,
    /// Number of replications of each point.
    pub replications: u32,
    /// Confidence of intervals, 0..1.
    pub confidence: f64,
    /// Metrics that tables and charts show.
    pub measures: Vec<String>,
}

/// Sweep with loaded points that are ready to simulate.
#[derive(Debug)]
pub struct Sweep {
    design: Design,
    plan: SweepPlan,
    inputs: BTreeSet<PathBuf>,
    /// Models of the points.
    pub(super) models: Vec<PointModel>,
}

/// Estimated work of several units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// Number of events of all units.
    pub events: f64,
    /// Memory of the largest unit, in bytes.
    pub memory_bytes: u64,
    /// Memory that all units share, in bytes.
    pub shared_bytes: u64,
}

/// Loaded point.
struct Loaded {
    point: SweepPoint,
    model: PointModel,
    inputs: Vec<PathBuf>,
}

impl Sweep {
    /// Loads every point on all threads of the pool.
    ///
    /// # Errors
    /// Fails if two factors have the same path, if there are no points or too many, or if a point
    /// is not a valid scenario.
    pub fn load(request: &SweepRequest) -> Result<Sweep, SweepError> {
        let factors = &request.factors;
        for (index, factor) in factors.iter().enumerate() {
            if factors[..index].iter().any(|other| other.path == factor.path) {
                return Err(SweepError::Twice(factor.path.clone()));
            }
        }
        let seed = match request.design {
            // A grid does not need the base scenario, which may be invalid without the varied
            // values.
            Design::Grid => 0,
            _ => {
                let base = load_varied(&request.scenario, &[]);
                base.map_err(|problems| invalid(1, 1, problems))?.config.seed
            }
        };
        let maximum = UNITS_MAX / u64::from(request.replications.max(1));
        let designed = request.design.points(factors, seed, maximum)?;
        let loaded: Vec<Result<Loaded, Problems>> =
            designed.par_iter().map(|point| load(request, point)).collect();
        let (count, wrong) = (loaded.len(), loaded.iter().filter(|one| one.is_err()).count());
        let loaded = loaded.into_iter().collect::<Result<Vec<Loaded>, Problems>>();
        let mut loaded = loaded.map_err(|problems| invalid(wrong, count, problems))?;
        if request.design == Design::OneAtATime {
            drop_repetitions(&mut loaded);
        }
        Ok(Sweep::new(request, loaded))
    }

    fn new(request: &SweepRequest, loaded: Vec<Loaded>) -> Sweep {
        let first = loaded.first().map(|one| one.model.info.clone()).unwrap_or_default();
        let factor =
            |one: &Factor| SweepFactor { path: one.path.clone(), asked: one.asked.clone() };
        let (mut points, mut models, mut inputs) = (Vec::new(), Vec::new(), BTreeSet::new());
        for one in loaded {
            points.push(one.point);
            models.push(one.model);
            inputs.extend(one.inputs);
        }
        let plan = SweepPlan {
            results_version: RESULTS_VERSION,
            scenario: first.name,
            question: first.question,
            seed: first.seed,
            overrides: request.scenario.overrides.clone(),
            design: request.design.name().to_owned(),
            factors: request.factors.iter().map(factor).collect(),
            points,
            replications: request.replications,
            confidence: request.confidence,
            metrics: request.measures.clone(),
        };
        Sweep { design: request.design, plan, inputs, models }
    }

    /// Returns the plan of the sweep in the form that a journal keeps.
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// Returns the files from which the scenarios were read.
    pub(crate) fn inputs(&self) -> &BTreeSet<PathBuf> {
        &self.inputs
    }

    /// Returns the first two points of a grid that are the same scenario.
    pub(crate) fn same(&self) -> Option<(usize, usize)> {
        let mut known = BTreeMap::new();
        let points = self.plan.points.iter().enumerate().filter(|_| self.design == Design::Grid);
        points.into_iter().find_map(|(number, point)| {
            known.insert(point.hash.as_str(), number).map(|first| (first, number))
        })
    }

    /// Returns the estimated work of units.
    pub(crate) fn work(&self, units: &[UnitId]) -> Work {
        let estimates: Vec<Estimate> =
            self.models.par_iter().map(|model| estimate(&model.config)).collect();
        let all = || units.iter().map(|unit| &estimates[unit.0 as usize]);
        let maximum = |of: fn(&Estimate) -> u64| all().map(of).max().unwrap_or(0);
        Work {
            events: all().map(|one| one.events).sum(),
            memory_bytes: maximum(|one| one.memory_bytes),
            shared_bytes: maximum(|one| one.shared_bytes),
        }
    }

    /// Returns the total simulated seconds of units.
    pub(crate) fn seconds(&self, units: &[UnitId]) -> f64 {
        let of = |unit: &UnitId| {
            let info = &self.models[unit.0 as usize].info;
            info.warm_up_s + info.duration_s
        };
        units.iter().map(of).sum()
    }
}

fn invalid(wrong: usize, count: usize, problems: Problems) -> SweepError {
    SweepError::Scenario { wrong, count, problems: Box::new(problems) }
}

/// Loads the scenario of a point.
fn load(request: &SweepRequest, point: &DesignPoint) -> Result<Loaded, Problems> {
    let set = request.factors.iter().zip(&point.values).filter_map(|(factor, value)| {
        value.as_ref().map(|value| format!("{}={value}", factor.path))
    });
    let scenario = load_varied(&request.scenario, &set.collect::<Vec<String>>())?;
    let info = info(&scenario);
    let levels = request.factors.iter().zip(&point.values);
    let point = SweepPoint {
        hash: info.hash.clone(),
        seed: info.seed,
        levels: levels.map(|(factor, value)| level(&scenario, factor, value.as_ref())).collect(),
        changed: point.changed,
        objectives: scenario.objectives.iter().map(objective).collect(),
    };
    let model = PointModel { config: scenario.config, info };
    Ok(Loaded { point, model, inputs: scenario.inputs })
}

/// Returns the value of a factor at a point: the value that is set, or the scenario's own.
fn level(scenario: &Scenario, factor: &Factor, value: Option<&String>) -> String {
    if let Some(value) = value {
        return label(value);
    }
    let own = scenario.resolved.values_at(&factor.path);
    let own: Vec<String> = own.into_iter().map(label).collect();
    if own.is_empty() { "default".to_owned() } else { own.join(" | ") }
}

fn objective(one: &Objective) -> SweepObjective {
    SweepObjective { metric: one.metric, is_at_least: one.is_at_least, limit: one.limit }
}

/// Removes points whose only changed value is the scenario's own.
fn drop_repetitions(loaded: &mut Vec<Loaded>) {
    let own = loaded.first().map(|one| one.point.hash.clone());
    loaded.retain(|one| one.point.changed.is_none() || Some(&one.point.hash) != own.as_ref());
}
