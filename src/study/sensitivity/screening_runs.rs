//! Simulates the scenario for a screening, and processes the decisions of the screening.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::analysis::interval::bonferroni;
use crate::results::{
    Decision, Metric, Replication, Sample, ScreenedMetric, ScreenedParameter, Screening,
};
use crate::scenario::{Scenario, Uncertain, uncertain};
use crate::study::batch::{self, Outcome, Variant};
use crate::study::{Error, Observer, Screened, StudyEvent};

use super::one_at_a_time::{Ends, effects};
use super::plan::{Found, SensitivityOptions, Varied, events_each, range, skip, stopped};
use super::screening::{self, End, Observed, Plan, Point, Simulator, Status, pilot, rule, screen};
use super::variants::variant;

/// Simulator of a screening, which runs points of the scenario and keeps their results.
struct Runs<'a> {
    options: &'a SensitivityOptions,
    scenario: &'a Scenario,
    observer: &'a dyn Observer,
    /// Parameters of the plan.
    parameters: &'a [Uncertain],
    /// Screened metrics with their indices in the samples.
    metrics: &'a [(usize, Metric)],
    pilot_share: f64,
    budget: f64,
    base: Sample,
    single: BTreeMap<(usize, End), Sample>,
    events_each: f64,
    events: u64,
    /// Reason why a parameter has no results at an end.
    failures: BTreeMap<usize, String>,
    stopped: Option<String>,
}

/// Returns whether a metric has a finite value in every replication.
pub(super) fn has_values(sample: &Sample, index: usize) -> bool {
    sample.values(index).iter().all(|value| value.is_finite())
}

/// Returns the additional work of a pilot, in replications, compared with the pilot of a large
/// scenario. The caller adds it to the budget.
pub(super) fn pilot_runs(share: f64, parameters: usize) -> u32 {
    let runs = if parameters > screening::FEW { 1.0 + 2.0 * parameters as f64 } else { 0.0 };
    (runs * (share - pilot::SHARE)).ceil() as u32
}

impl Varied<'_> {
    /// Screens the parameters in groups, measures the remaining ones individually, and searches for
    /// tipping points.
    pub(super) fn screening(&mut self, found: &mut Found) -> Result<(), Error> {
        let (parameters, moves) = self.movable(found);
        let (metrics, limits) = self.screened_metrics();
        let pilot_share = pilot::share(&self.scenario.config);
        let pilot_clients = {
            let mut pilot = self.scenario.config.clone();
            pilot::thin(&mut pilot, pilot_share);
            (moves.iter().filter(|ends| ends.contains(&true)).count() > screening::FEW)
                .then(|| pilot.clients())
        };
        let options = self.options;
        let pilot_runs = pilot_runs(pilot_share, parameters.len());
        let plan = Plan {
            moves,
            limits,
            threshold: options.threshold,
            miss_risk: options.miss_risk,
            confidence: options.confidence,
            replications: options.replications(),
            budget: f64::from(options.budget.saturating_add(pilot_runs)),
            seed: self.scenario.config.seed,
        };
        let mut runs = Runs {
            options,
            scenario: self.scenario,
            observer: self.observer,
            parameters: &parameters,
            metrics: &metrics,
            pilot_share,
            budget: plan.budget,
            base: self.base.clone(),
            single: BTreeMap::new(),
            events_each: events_each(&self.base),
            events: self.base.events(),
            failures: BTreeMap::new(),
            stopped: None,
        };
        let screened = screen(&plan, &mut runs)?;
        let worth = runs.spent();
        let Runs { base, single, events, failures, stopped, .. } = runs;
        debug_assert_eq!(screened.is_stopped, stopped.is_some());
        self.base = base;
        found.events = events;
        found.stopped = stopped;
        for (at, reason) in &failures {
            found.result.skipped.push(skip(parameters[*at].name.clone(), reason.clone()));
        }
        let mut decisions = Vec::new();
        for (at, one) in parameters.iter().enumerate().filter(|(at, _)| !failures.contains_key(at))
        {
            decisions.push(decision(one, &screened.parameters[at]));
        }
        decisions.sort_by_key(|one| one.decision as u8);
        found.result.screening = Some(Screening {
            threshold_share: options.threshold,
            guarantee_share: rule::GUARANTEE * options.threshold,
            miss_risk: rule::miss_risk_of(rule::tests_needed(options.miss_risk)),
            replications_worth: worth,
            is_out_of_budget: screened.is_out_of_budget,
            pilot_clients,
            metrics: screened_metrics(&metrics, &screened.thresholds, &plan.limits),
            parameters: decisions,
        });
        self.measured(&parameters, &screened, &single, found)
    }

    /// Returns the parameters whose ends are valid, and whether the model at each end differs from
    /// the default.
    fn movable(&self, found: &mut Found) -> (Vec<Uncertain>, Vec<[bool; 2]>) {
        let moved: Vec<_> = self.parameters.par_iter().map(|one| self.moved(one)).collect();
        let (mut parameters, mut moves) = (Vec::new(), Vec::new());
        for (parameter, moved) in self.parameters.iter().zip(moved) {
            match moved {
                Ok(ends) => {
                    moves.push(ends.map(|end| end.is_some()));
                    parameters.push(parameter.clone());
                }
                Err(reason) => found.result.skipped.push(skip(parameter.name.clone(), reason)),
            }
        }
        (parameters, moves)
    }

    /// Returns the screened metrics: the requested ones, and those of objectives with their limits.
    fn screened_metrics(&self) -> (Vec<(usize, Metric)>, Vec<Option<f64>>) {
        let mut metrics = self.measures.clone();
        let mut limits = vec![None; metrics.len()];
        for objective in self.scenario.objectives.clone() {
            let Some(index) = self.base.index_of(objective.metric) else { continue };
            if !has_values(&self.base, index) {
                continue;
            }
            if !metrics.iter().any(|(other, _)| *other == index) {
                metrics.push((index, self.base.metrics[index].clone()));
                limits.push(Some(objective.limit));
            }
        }
        (metrics, limits)
    }

    /// Computes the effects of parameters that were measured individually, and the tipping points
    /// of relevant parameters.
    fn measured(
        &self,
        parameters: &[Uncertain],
        screened: &screening::Found,
        single: &BTreeMap<(usize, End), Sample>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let first = |sample: &Sample, count: u32| Sample {
            replications: sample.replications.iter().take(count as usize).cloned().collect(),
            metrics: sample.metrics.clone(),
            ..Sample::default()
        };
        let mut samples = Vec::new();
        for (at, known) in screened.parameters.iter().enumerate() {
            if known.replications > 0 {
                let of =
                    |end| first(single.get(&(at, end)).unwrap_or(&self.base), known.replications);
                let base = first(&self.base, known.replications);
                samples.push((at, [base, of(End::Low), of(End::High)]));
            }
        }
        let ends: Vec<Ends<'_>> = samples
            .iter()
            .map(|(at, [base, low, high])| Ends { parameter: &parameters[*at], base, low, high })
            .collect();
        let level = bonferroni(self.options.confidence, screened.intervals);
        for (index, metric) in &self.measures {
            found.result.effects.extend(effects(*index, metric, &ends, level));
        }
        let maximum = screened.parameters.iter().map(|known| u64::from(known.replications)).max();
        found.result.replications = maximum.unwrap_or(0);
        let is_decisive = |at: usize| {
            matches!(screened.parameters[at].decision, Decision::Matters | Decision::Undecided)
        };
        let decisive: Vec<Ends<'_>> = ends
            .into_iter()
            .zip(&samples)
            .filter(|(_, (at, _))| is_decisive(*at))
            .map(|(ends, _)| ends)
            .collect();
        self.find_tipping_points(&decisive, found)
    }
}

/// Returns the decision on a parameter.
fn decision(parameter: &Uncertain, known: &screening::Known) -> ScreenedParameter {
    ScreenedParameter {
        parameter: parameter.name.clone(),
        range: range(parameter),
        decision: known.decision,
        tests_clear: u64::from(known.clear),
        tests_not_clear: u64::from(known.hits),
        replications: u64::from(known.replications),
    }
}

/// Returns the metrics with their smallest relevant changes.
fn screened_metrics(
    metrics: &[(usize, Metric)],
    thresholds: &[f64],
    limits: &[Option<f64>],
) -> Vec<ScreenedMetric> {
    let screened = |(((_, metric), threshold), limit): ((&(usize, Metric), &f64), &Option<f64>)| {
        ScreenedMetric {
            metric: metric.clone(),
            threshold: *threshold,
            is_of_objective: limit.is_some(),
        }
    };
    metrics.iter().zip(thresholds).zip(limits).map(screened).collect()
}

impl Runs<'_> {
    /// Returns the variant of a point, for a single replication.
    fn variant(&self, point: &Point) -> Option<Variant> {
        let value = |(at, end): &(usize, End)| {
            let parameter = &self.parameters[*at];
            let end = if *end == End::Low { &parameter.low } else { &parameter.high };
            (parameter, end.as_str())
        };
        let overrides = uncertain::overrides(point.ends.iter().map(value));
        let numbers = point.number..point.number + 1;
        let mut variant = variant(self.scenario, &overrides, numbers).ok()?;
        if point.is_pilot {
            pilot::thin(&mut variant.config, self.pilot_share);
            variant.info.clients = variant.config.clients();
        }
        Some(variant)
    }

    /// Returns the replication of a point if it was already simulated. Only the first replications
    /// with all defaults are known before the screening.
    fn known(&self, point: &Point) -> Option<&Replication> {
        let is_base = point.ends.is_empty() && !point.is_pilot;
        let mut all = self.base.replications.iter();
        is_base.then(|| all.find(|one| one.number == point.number)).flatten()
    }

    fn values(&self, replication: &Replication) -> Observed {
        let value = |index: usize| replication.values.get(index).copied().unwrap_or(f64::NAN);
        Observed::Values(self.metrics.iter().map(|(index, _)| value(*index)).collect())
    }

    /// Keeps a replication of the defaults or of one parameter at an end.
    fn keep(&mut self, point: &Point, sample: &Sample) {
        let kept = match point.ends[..] {
            _ if point.is_pilot => return,
            [] if point.number >= self.options.replications() => return,
            [] => &mut self.base,
            [one] => self.single.entry(one).or_default(),
            _ => return,
        };
        kept.metrics.clone_from(&sample.metrics);
        kept.replications.extend(sample.replications.iter().cloned());
    }

    /// Reports that some runs begin.
    fn notify(&self, points: &[Point], status: &Status) {
        let full =
            if points.first().is_some_and(|point| point.is_pilot) { self.pilot_share } else { 1.0 };
        let from = self.spent() / self.budget;
        let largest = status.largest.map(|(parameter, metric, swing)| {
            (self.parameters[parameter].name.as_str(), &self.metrics[metric].1, swing)
        });
        let screened = Some(Screened {
            decided: status.decided,
            parameters: status.parameters,
            largest,
            from,
            to: from + full * points.len() as f64 / self.budget,
        });
        self.observer.notify(&StudyEvent::Stage { name: status.stage, screened });
    }
}

impl Simulator for Runs<'_> {
    type Error = Error;

    fn observe(&mut self, points: &[Point], status: &Status) -> Result<Vec<Observed>, Error> {
        let is_new = |point: &&Point| self.known(point).is_none();
        let loaded: Vec<Option<Variant>> =
            points.par_iter().filter(is_new).map(|point| self.variant(point)).collect();
        let is_there: Vec<bool> = loaded.iter().map(Option::is_some).collect();
        let variants: Vec<Variant> = loaded.into_iter().flatten().collect();
        self.notify(points, status);
        let outcomes = batch::simulate(&variants, self.observer);
        self.observer.notify(&StudyEvent::StageOver);
        let outcomes = outcomes?;
        if self.stopped.is_none() {
            self.stopped = stopped(&outcomes);
        }
        let mut is_there = is_there.into_iter();
        let mut outcomes = outcomes.into_iter();
        let mut observed = Vec::new();
        for point in points {
            if let Some(known) = self.known(point) {
                observed.push(self.values(known));
                continue;
            }
            let outcome = if is_there.next() == Some(true) { outcomes.next() } else { None };
            observed.push(match outcome {
                Some(Outcome::Whole(sample)) => {
                    self.events += sample.events();
                    self.keep(point, &sample);
                    sample.replications.first().map_or(Observed::Refused, |one| self.values(one))
                }
                Some(Outcome::Stopped) => Observed::Stopped,
                Some(Outcome::Failed(error)) => {
                    if let ([(parameter, _)], false) = (&point.ends[..], point.is_pilot) {
                        self.failures.entry(*parameter).or_insert(error.to_string());
                    }
                    Observed::Refused
                }
                None => Observed::Refused,
            });
        }
        Ok(observed)
    }

    fn spent(&self) -> f64 {
        self.events as f64 / self.events_each
    }
}
