//! Plan and execution of a sensitivity study of a scenario.

use std::ops::Range;

use crate::catalogue::Catalogue;
use crate::results::{self, Metric, ParameterRange, RESULTS_VERSION, Sample, Skipped};
use crate::scenario::{Fixed, Scenario, Uncertain, uncertain};
use crate::study::batch::{self, Outcome, Variant};
use crate::study::simulate::DEFAULT_REPLICATIONS;
use crate::study::{BILL, Error, Observer, StudyEvent, info};

use super::screening::{looks, pilot};
use super::screening_runs::{has_values, pilot_runs};

/// Method that varies the parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Tests groups of parameters, then varies the few that matter from their low to their high
    /// end.
    #[default]
    Screening,
    /// Varies each parameter from its low to its high end, with all others at their defaults.
    OneAtATime,
    /// Morris's elementary effects: moves each parameter while the others are at random positions.
    Morris,
}

/// Options of a sensitivity study.
#[derive(Clone, Debug)]
pub struct SensitivityOptions {
    /// Names of the metrics to evaluate; by default `latency_p95_s`.
    pub measures: Vec<String>,
    /// Method that varies the parameters.
    pub method: Method,
    /// Only vary parameters whose path contains one of these patterns, where `*` matches any text;
    /// an empty list varies all.
    pub only: Vec<String>,
    /// Number of replications of each point; `None` means 10, or 1 with Morris.
    pub replications: Option<u32>,
    /// Screening: the smallest relevant change, as a share of the metric's mean with all defaults;
    /// by default 0.05.
    pub threshold: f64,
    /// Screening: the maximum probability of screening out a parameter whose swing is at least
    /// twice the threshold; by default 0.125.
    pub miss_risk: f64,
    /// Screening: the maximum total work, in replications of the scenario; by default 130.
    pub budget: u32,
    /// Morris: the number of trajectories, at least 2; by default 10.
    pub trajectories: u32,
    /// Number of steps of the search for a tipping point, each of which halves the range; by
    /// default 6.
    pub tipping_point_steps: u32,
    /// Joint confidence of all intervals of a metric, above 0 and below 1; by default 0.95.
    pub confidence: f64,
}

impl Default for SensitivityOptions {
    fn default() -> Self {
        SensitivityOptions {
            measures: vec!["latency_p95_s".to_owned()],
            method: Method::default(),
            only: Vec::new(),
            replications: None,
            threshold: 0.05,
            miss_risk: 0.125,
            budget: 130,
            trajectories: 10,
            tipping_point_steps: 6,
            confidence: 0.95,
        }
    }
}

impl SensitivityOptions {
    /// Returns the number of replications of each point.
    pub(super) fn replications(&self) -> u32 {
        let default_count = if self.method == Method::Morris { 1 } else { DEFAULT_REPLICATIONS };
        self.replications.unwrap_or(default_count)
    }
}

/// Result of a sensitivity study.
#[derive(Debug)]
pub struct SensitivityOutcome {
    /// Effects, tipping points, and parameters that could not be varied.
    pub result: results::Sensitivity,
    /// Number of events of all simulations.
    pub events: u64,
    /// Reason for an early end; `None` if the study is complete. Earlier results remain valid.
    pub stopped: Option<Error>,
}

/// Sensitivity study that has been checked and is ready to run.
#[derive(Debug)]
pub struct SensitivityPlan<'a> {
    scenario: &'a Scenario,
    options: &'a SensitivityOptions,
    parameters: Vec<Uncertain>,
    skipped: Vec<Skipped>,
}

/// Varies the assumed parameters of a scenario over their plausible ranges, and its measured values
/// over their intervals. Finds which of them matter for a metric, and where
/// the verdict on an objective changes.
///
/// # Errors
/// Returns [`Error::NothingToVary`], [`Error::Request`] if the scenario does not have a metric, and
/// [`Error::Stopped`] or the errors of simulations before the first parameter is varied.
pub fn sensitivity(
    scenario: &Scenario,
    options: &SensitivityOptions,
    observer: &dyn Observer,
) -> Result<SensitivityOutcome, Error> {
    SensitivityPlan::new(scenario, options)?.run(observer)
}

impl<'a> SensitivityPlan<'a> {
    /// Selects the parameters to vary.
    ///
    /// # Errors
    /// Returns [`Error::NothingToVary`] if no parameter can be varied.
    pub fn new(scenario: &'a Scenario, options: &'a SensitivityOptions) -> Result<Self, Error> {
        let is_wanted = |name: &str| {
            let found = |pattern: &String| Catalogue::contains(name, pattern);
            options.only.is_empty() || options.only.iter().any(found)
        };
        let (mut parameters, mut fixed) = uncertain::uncertain(&scenario.resolved);
        parameters.retain(|one| is_wanted(&one.name));
        fixed.retain(|one| is_wanted(&one.name));
        let is_asked = options.measures.iter().any(|name| name == BILL.name());
        if !is_asked && !scenario.objectives.iter().any(|one| one.metric == BILL) {
            let (prices, others) =
                parameters.into_iter().partition(|one| one.name.starts_with("prices."));
            parameters = others;
            let of_bill = |one: Uncertain| {
                let reason = format!("it only affects the cost: use --metric {BILL}");
                Fixed { name: one.name, reason }
            };
            fixed.extend(Vec::into_iter(prices).map(of_bill));
        }
        if parameters.is_empty() {
            return Err(Error::NothingToVary { is_limited: !options.only.is_empty() });
        }
        let skipped = fixed.into_iter().map(|one| skip(one.name, one.reason)).collect();
        Ok(SensitivityPlan { scenario, options, parameters, skipped })
    }

    /// Returns the maximum number of runs.
    pub fn most_runs(&self) -> u32 {
        let count = self.parameters.len() as u64;
        let points = match self.options.method {
            Method::OneAtATime => {
                let searches = 2 * count * self.scenario.objectives.len() as u64;
                1 + 2 * count + searches * u64::from(self.options.tipping_point_steps)
            }
            Method::Morris => 1 + u64::from(self.options.trajectories) * (count + 1),
            Method::Screening => {
                let share = pilot::share(&self.scenario.config);
                let pilot = pilot_runs(share, self.parameters.len());
                return self.options.budget.saturating_add(pilot);
            }
        };
        u32::try_from(points * u64::from(self.options.replications())).unwrap_or(u32::MAX)
    }

    /// Simulates the scenario, and varies its parameters.
    ///
    /// # Errors
    /// Returns [`Error::Request`] if the scenario does not have a metric, and [`Error::Stopped`] or
    /// the errors of simulations before the first parameter is varied.
    pub fn run(self, observer: &dyn Observer) -> Result<SensitivityOutcome, Error> {
        let SensitivityPlan { scenario, options, parameters, skipped } = self;
        let default = default(scenario, options);
        observer.notify(&StudyEvent::Stage { name: "", screened: None });
        let base = base(&default, observer);
        observer.notify(&StudyEvent::StageOver);
        let base = base?;
        let measures = measures(options, &base)?;
        let mut found = Found {
            result: results::Sensitivity {
                results_version: RESULTS_VERSION,
                scenario: info(scenario),
                replications: u64::from(options.replications()),
                confidence: options.confidence,
                is_complete: true,
                skipped,
                ..Default::default()
            },
            events: base.events(),
            stopped: None,
        };
        let mut varied =
            Varied { options, scenario, parameters, measures, default, base, observer };
        match options.method {
            Method::OneAtATime => varied.one_at_a_time(&mut found)?,
            Method::Morris => varied.morris(&mut found)?,
            Method::Screening => varied.screening(&mut found)?,
        }
        let Found { mut result, events, stopped } = found;
        result.skipped.sort_by(|one, other| one.parameter.cmp(&other.parameter));
        result.is_complete = stopped.is_none();
        Ok(SensitivityOutcome { result, events, stopped: stopped.map(Error::Stopped) })
    }
}

/// Returns the scenario with all defaults, and its replications for the first stage.
fn default(scenario: &Scenario, options: &SensitivityOptions) -> Variant {
    let count = match options.method {
        Method::Screening => looks(options.replications())[0],
        Method::OneAtATime | Method::Morris => options.replications(),
    };
    Variant { config: scenario.config.clone(), info: info(scenario), numbers: 0..count }
}

/// Simulates all replications of the scenario with all defaults.
fn base(default: &Variant, observer: &dyn Observer) -> Result<Sample, Error> {
    match batch::simulate(std::slice::from_ref(default), observer)?.pop() {
        Some(Outcome::Whole(sample)) => Ok(sample),
        Some(Outcome::Failed(error)) => Err(error.into()),
        _ => {
            let message = "the simulation with all defaults is not complete, so there is no result";
            Err(Error::Stopped(message.to_owned()))
        }
    }
}

/// Returns the requested metrics with their indices in the samples.
fn measures(options: &SensitivityOptions, base: &Sample) -> Result<Vec<(usize, Metric)>, Error> {
    let mut measures: Vec<(usize, Metric)> = Vec::new();
    for name in &options.measures {
        let Some(index) = base.index(name) else {
            let names: Vec<String> = base.metrics.iter().map(Metric::name).collect();
            let message =
                format!("this scenario has no metric `{name}`; it has {}", names.join(", "));
            return Err(Error::Request(message));
        };
        if options.method == Method::Screening && !has_values(base, index) {
            return Err(Error::Request(format!(
                "`{name}` has no value in this scenario with all defaults, so it cannot be \
                 screened: choose another metric"
            )));
        }
        if !measures.iter().any(|(other, _)| *other == index) {
            measures.push((index, base.metrics[index].clone()));
        }
    }
    Ok(measures)
}

/// State of a study: what is varied, and the scenario with all defaults.
pub(super) struct Varied<'a> {
    pub options: &'a SensitivityOptions,
    pub scenario: &'a Scenario,
    pub parameters: Vec<Uncertain>,
    /// Metrics with their indices in the samples.
    pub measures: Vec<(usize, Metric)>,
    /// The scenario with all defaults.
    pub default: Variant,
    pub base: Sample,
    pub observer: &'a dyn Observer,
}

/// Results so far, which remain if the study is stopped.
pub(super) struct Found {
    pub result: results::Sensitivity,
    pub events: u64,
    pub stopped: Option<String>,
}

impl Varied<'_> {
    /// Simulates variants as one stage.
    pub(super) fn simulate(
        &self,
        variants: &[Variant],
        found: &mut Found,
        stage: &'static str,
    ) -> Result<Vec<Outcome>, Error> {
        self.observer.notify(&StudyEvent::Stage { name: stage, screened: None });
        let outcomes = batch::simulate(variants, self.observer);
        self.observer.notify(&StudyEvent::StageOver);
        let outcomes = outcomes?;
        let simulated: u64 = outcomes.iter().filter_map(Outcome::sample).map(Sample::events).sum();
        found.events += simulated;
        if let Some(screening) = &mut found.result.screening {
            screening.replications_worth += simulated as f64 / events_each(&self.base);
        }
        if found.stopped.is_none() {
            found.stopped = stopped(&outcomes);
        }
        Ok(outcomes)
    }

    /// Returns the replication numbers of a point; each trajectory has its own.
    pub(super) fn numbers(&self, trajectory: u32) -> Range<u32> {
        let count = self.options.replications();
        let first = trajectory.saturating_mul(count);
        first..first.saturating_add(count)
    }
}

/// Returns a message about points that the watch stopped; `None` if all are complete.
pub(super) fn stopped(outcomes: &[Outcome]) -> Option<String> {
    let count = outcomes.iter().filter(|one| matches!(one, Outcome::Stopped)).count();
    let message = format!(
        "{} of {} points are complete; results of complete parameters are saved",
        outcomes.len() - count,
        outcomes.len()
    );
    (count > 0).then_some(message)
}

/// Returns the mean number of events per replication.
pub(super) fn events_each(sample: &Sample) -> f64 {
    (sample.events() as f64 / sample.replications.len().max(1) as f64).max(1.0)
}

/// Formats a TOML value for a table cell: a string without its quotes.
pub(super) fn plain(value: &str) -> String {
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.unwrap_or(value).to_owned()
}

/// Returns the kind of a parameter's range.
pub(super) fn range(parameter: &Uncertain) -> ParameterRange {
    match parameter.is_measured {
        true => ParameterRange::Measured,
        false => ParameterRange::Plausible,
    }
}

pub(super) fn skip(parameter: String, reason: String) -> Skipped {
    Skipped { parameter, reason }
}
