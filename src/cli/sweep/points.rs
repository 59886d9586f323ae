//! Loads the scenarios of all points before any of them is simulated.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::experiment::estimate::{Estimate, estimate};
use crate::results::{RESULTS_VERSION, SweepFactor, SweepObjective, SweepPlan, SweepPoint};
use crate::scenario::{self, LoadRequest, Problems, Scenario, ScenarioOrigin};
use crate::study::sweep::PointModel;
use crate::study::sweep::design::{Design, DesignError, DesignPoint};
use crate::study::sweep::factor::{Factor, label};
use crate::study::sweep::journal::UnitId;

use super::super::failure::Failure;
use super::super::scenario::ScenarioArguments;
use super::super::study::LimitArguments;
use super::super::{inputs, output};
use crate::study::info;
use crate::terms::Objective;

/// All points, ready to be simulated.
pub(super) struct Loaded {
    design: Design,
    factors: Vec<SweepFactor>,
    overrides: Vec<String>,
    /// What each point is.
    points: Vec<SweepPoint>,
    /// What is simulated at each.
    pub(super) models: Vec<PointModel>,
}

/// A point, and how its factors are set.
struct Point<'a> {
    design: &'a DesignPoint,
    scenario: Scenario,
}

/// Loads every point of a design, no more than `most`.
pub(super) fn load(
    arguments: &ScenarioArguments,
    design: Design,
    factors: &[Factor],
    most: u64,
) -> Result<Loaded, Failure> {
    let origin = arguments.origin()?;
    let overrides = arguments.overrides();
    let base = match design {
        // The grid does not depend on the scenario, which may lack what is varied.
        Design::Grid => None,
        _ => Some(load_with(&origin, &overrides, &[]).map_err(Failure::Scenario)?),
    };
    let seed = base.as_ref().map_or(0, |scenario| scenario.config.seed);
    let designed = design.points(factors, seed, most).map_err(|error| match error {
        DesignError::TooMany { .. } => Failure::TooMuch(error.to_string()),
        DesignError::Endless { .. } => Failure::Usage(error.to_string()),
    })?;
    let loaded: Vec<Result<(SweepPoint, PointModel), Box<Problems>>> = designed
        .par_iter()
        .map(|point| {
            let set = factors.iter().zip(&point.values).filter_map(|(factor, value)| {
                value.as_ref().map(|value| format!("{}={value}", factor.path))
            });
            let set: Vec<String> = set.collect();
            let scenario = load_with(&origin, &overrides, &set)?;
            Ok(Point { design: point, scenario }.describe(factors))
        })
        .collect();
    let count = loaded.len();
    let wrong = loaded.iter().filter(|point| point.is_err()).count();
    let mut pairs = Vec::with_capacity(count);
    for point in loaded {
        match point {
            Ok(pair) => pairs.push(pair),
            Err(problems) => {
                if count > 1 {
                    output::print_error(&format!(
                        "{wrong} of {count} points are no valid scenarios; the first of them:\n"
                    ))?;
                }
                return Err(Failure::Scenario(problems));
            }
        }
    }
    if design == Design::OneAtATime {
        drop_repetitions(&mut pairs);
    }
    let (points, models) = pairs.into_iter().unzip();
    let factors = factors
        .iter()
        .map(|factor| SweepFactor { path: factor.path.clone(), asked: factor.asked.clone() });
    Ok(Loaded { design, factors: factors.collect(), overrides, points, models })
}

fn load_with(
    origin: &ScenarioOrigin,
    overrides: &[String],
    varied: &[String],
) -> Result<Scenario, Box<Problems>> {
    let request = LoadRequest { origin: origin.clone(), overrides: overrides.to_vec() };
    let scenario = scenario::load_varied(&request, varied).map_err(Box::new)?;
    inputs::note(&scenario.inputs);
    Ok(scenario)
}

/// A value that is the scenario's own makes no point of its own.
fn drop_repetitions(pairs: &mut Vec<(SweepPoint, PointModel)>) {
    let own = pairs.first().map(|(point, _)| point.hash.clone());
    pairs.retain(|(point, _)| point.changed.is_none() || Some(&point.hash) != own.as_ref());
}

impl Point<'_> {
    fn describe(self, factors: &[Factor]) -> (SweepPoint, PointModel) {
        let info = info(&self.scenario);
        let level = |(factor, value): (&Factor, &Option<String>)| match value {
            Some(value) => label(value),
            None => {
                let own = self.scenario.resolved.values_at(&factor.path);
                let own: Vec<String> = own.into_iter().map(label).collect();
                if own.is_empty() { "default".to_owned() } else { own.join(" | ") }
            }
        };
        let levels = factors.iter().zip(&self.design.values).map(level).collect();
        let point = SweepPoint {
            hash: info.hash.clone(),
            seed: info.seed,
            levels,
            changed: self.design.changed,
            objectives: self.scenario.objectives.iter().map(objective).collect(),
        };
        (point, PointModel { config: self.scenario.config, info })
    }
}

fn objective(one: &Objective) -> SweepObjective {
    SweepObjective { metric: one.metric.clone(), is_at_least: one.is_at_least, limit: one.limit }
}

impl Loaded {
    /// Two points of a grid that are the same scenario.
    pub(super) fn same(&self) -> Option<(usize, usize)> {
        let mut known = BTreeMap::new();
        let points = self.points.iter().enumerate().filter(|_| self.design == Design::Grid);
        points.into_iter().find_map(|(number, point)| {
            known.insert(point.hash.as_str(), number).map(|first| (first, number))
        })
    }

    /// What is simulated, in words that a journal keeps.
    pub(super) fn plan(
        &self,
        replications: u32,
        confidence: f64,
        measures: &[String],
    ) -> SweepPlan {
        let first = self.models.first().map(|model| &model.info);
        let text = |of: fn(&crate::results::ScenarioInfo) -> &String| {
            first.map_or_else(String::new, |info| of(info).clone())
        };
        SweepPlan {
            results_version: RESULTS_VERSION,
            scenario: text(|info| &info.name),
            question: text(|info| &info.question),
            seed: first.map_or(0, |info| info.seed),
            overrides: self.overrides.clone(),
            design: self.design.name().to_owned(),
            factors: self.factors.clone(),
            points: self.points.clone(),
            replications,
            confidence,
            measures: measures.to_vec(),
        }
    }

    /// Refuses what would take for ever or more memory than there is, before the first event.
    pub(super) fn refuse_too_much(
        &self,
        limits: &LimitArguments,
        units: &[UnitId],
        at_once: usize,
    ) -> Result<(), Failure> {
        let estimates: Vec<Estimate> =
            self.models.par_iter().map(|model| estimate(&model.config)).collect();
        let all = || units.iter().map(|unit| &estimates[unit.0 as usize]);
        let events = all().map(|one| one.events).sum();
        let most = |of: fn(&Estimate) -> u64| all().map(of).max().unwrap_or(0);
        let memory = (most(|one| one.memory_bytes), most(|one| one.shared_bytes));
        let at_once = at_once.min(units.len()).max(1) as u64;
        limits.refuse_more(events, units.len() > 1, memory, at_once)
    }

    /// Simulated seconds of units together.
    pub(super) fn seconds(&self, units: &[UnitId]) -> f64 {
        let of = |unit: &UnitId| {
            let info = &self.models[unit.0 as usize].info;
            info.warm_up_seconds + info.duration_seconds
        };
        units.iter().map(of).sum()
    }
}
