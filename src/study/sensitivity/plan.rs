//! A sensitivity study of a scenario: what is varied, how, and what was found.

use std::ops::Range;

use crate::catalogue::Catalogue;
use crate::results::{self, Metric, RESULTS_VERSION, Sample, Skipped};
use crate::scenario::{Assumed, Fixed, Scenario, assumed};
use crate::study::batch::{self, Outcome, Variant};
use crate::study::simulate::DEFAULT_REPLICATIONS;
use crate::study::{BILL, Error, Observer, StudyEvent, info};

use super::screening::{looks, pilot};
use super::screening_runs::{has_values, pilot_runs};

/// This says how parameters are varied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// In groups first, then the few that matter from their low to their high end.
    #[default]
    Screening,
    /// Each from its low to its high end, all others at their defaults.
    OneAtATime,
    /// Morris's elementary effects: each moves while the others are anywhere.
    Morris,
}

/// These options say how a sensitivity study is done.
#[derive(Clone, Debug)]
pub struct SensitivityOptions {
    /// Names of the metrics that count; by default `latency_p95_s`.
    pub measures: Vec<String>,
    /// How parameters are varied.
    pub method: Method,
    /// Only parameters whose path contains one of these, where `*` stands for anything; all if
    /// there is none.
    pub only: Vec<String>,
    /// Replications of each point; `None` means 10, and 1 with Morris.
    pub replications: Option<u32>,
    /// Screening: the change that matters, as a share of the metric's mean with all defaults;
    /// by default 0.05.
    pub threshold: f64,
    /// Screening: the largest probability of screening out a parameter whose swing is twice the
    /// threshold or more; by default 0.125.
    pub miss_risk: f64,
    /// Screening: most replications of the scenario in all, by events; by default 130.
    pub budget: u32,
    /// Morris: trajectories, from 2 up; by default 10.
    pub trajectories: u32,
    /// Steps of the search for where the verdict on an objective turns; each halves the range;
    /// by default 6.
    pub flip_steps: u32,
    /// Confidence of all intervals of a metric together, above 0 and below 1;
    /// by default 0.95.
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
            flip_steps: 6,
            confidence: 0.95,
        }
    }
}

impl SensitivityOptions {
    /// Replications of each point.
    pub(super) fn replications(&self) -> u32 {
        let default_count = if self.method == Method::Morris { 1 } else { DEFAULT_REPLICATIONS };
        self.replications.unwrap_or(default_count)
    }
}

/// This is what a sensitivity study has found.
#[derive(Debug)]
pub struct SensitivityOutcome {
    /// Effects, verdicts that turn, and what could not be varied.
    pub result: results::Sensitivity,
    /// Events of all simulations.
    pub events: u64,
    /// Why it ended early, if it did. What was found until then stands.
    pub stopped: Option<Error>,
}

/// A sensitivity study that is known to be possible.
#[derive(Debug)]
pub struct SensitivityPlan<'a> {
    scenario: &'a Scenario,
    options: &'a SensitivityOptions,
    parameters: Vec<Assumed>,
    skipped: Vec<Skipped>,
}

/// Varies the assumed parameters of a scenario and finds which of them matter for a metric, and
/// where the verdict on an objective turns.
///
/// # Errors
/// [`Error::NothingToVary`]; [`Error::Request`] if the scenario has no such metric;
/// [`Error::Stopped`] and errors of simulations before anything was varied.
pub fn sensitivity(
    scenario: &Scenario,
    options: &SensitivityOptions,
    observer: &dyn Observer,
) -> Result<SensitivityOutcome, Error> {
    SensitivityPlan::new(scenario, options)?.run(observer)
}

impl<'a> SensitivityPlan<'a> {
    /// Decides what is varied.
    ///
    /// # Errors
    /// [`Error::NothingToVary`].
    pub fn new(scenario: &'a Scenario, options: &'a SensitivityOptions) -> Result<Self, Error> {
        let is_wanted = |name: &str| {
            let found = |pattern: &String| Catalogue::contains(name, pattern);
            options.only.is_empty() || options.only.iter().any(found)
        };
        let (mut parameters, mut fixed) = assumed::assumed(&scenario.resolved);
        parameters.retain(|one| is_wanted(&one.name));
        fixed.retain(|one| is_wanted(&one.name));
        let is_asked = options.measures.iter().any(|name| name == BILL.name());
        if !is_asked && !scenario.objectives.iter().any(|one| one.metric == BILL) {
            let (prices, others) =
                parameters.into_iter().partition(|one| one.name.starts_with("prices."));
            parameters = others;
            let of_bill = |one: Assumed| {
                let reason = format!("only the cost depends on it: --metric {BILL}");
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

    /// How many runs it takes at most.
    pub fn most_runs(&self) -> u32 {
        let count = self.parameters.len() as u64;
        let points = match self.options.method {
            Method::OneAtATime => {
                let searches = 2 * count * self.scenario.objectives.len() as u64;
                1 + 2 * count + searches * u64::from(self.options.flip_steps)
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
    /// [`Error::Request`] if the scenario has no such metric, [`Error::Stopped`] and errors of
    /// simulations before anything was varied.
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

/// The scenario with all defaults, and the replications of it that are simulated first.
fn default(scenario: &Scenario, options: &SensitivityOptions) -> Variant {
    let count = match options.method {
        Method::Screening => looks(options.replications())[0],
        Method::OneAtATime | Method::Morris => options.replications(),
    };
    Variant { config: scenario.config.clone(), info: info(scenario), numbers: 0..count }
}

/// All replications of the scenario with all defaults.
fn base(default: &Variant, observer: &dyn Observer) -> Result<Sample, Error> {
    match batch::simulate(std::slice::from_ref(default), observer)?.pop() {
        Some(Outcome::Whole(sample)) => Ok(sample),
        Some(Outcome::Failed(error)) => Err(error.into()),
        _ => {
            let message = "the scenario itself was not finished, so there is no result";
            Err(Error::Stopped(message.to_owned()))
        }
    }
}

/// The metrics that count, where they are in the samples.
fn measures(options: &SensitivityOptions, base: &Sample) -> Result<Vec<(usize, Metric)>, Error> {
    let mut measures: Vec<(usize, Metric)> = Vec::new();
    for name in &options.measures {
        let Some(index) = base.index(name) else {
            let names: Vec<String> = base.metrics.iter().map(Metric::name).collect();
            let message =
                format!("this scenario has no figure `{name}`; it has {}", names.join(", "));
            return Err(Error::Request(message));
        };
        if options.method == Method::Screening && !has_values(base, index) {
            return Err(Error::Request(format!(
                "`{name}` has no value in this scenario with all defaults, so there is nothing \
                 to screen by"
            )));
        }
        if !measures.iter().any(|(other, _)| *other == index) {
            measures.push((index, base.metrics[index].clone()));
        }
    }
    Ok(measures)
}

/// What is varied, and the scenario with all defaults.
pub(super) struct Varied<'a> {
    pub options: &'a SensitivityOptions,
    pub scenario: &'a Scenario,
    pub parameters: Vec<Assumed>,
    /// The metrics that count, where they are in the samples.
    pub measures: Vec<(usize, Metric)>,
    /// The scenario with all defaults.
    pub default: Variant,
    pub base: Sample,
    pub observer: &'a dyn Observer,
}

/// What was found, and what is there if it was stopped.
pub(super) struct Found {
    pub result: results::Sensitivity,
    pub events: u64,
    pub stopped: Option<String>,
}

impl Varied<'_> {
    /// Simulates variants in a stage of their own.
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

    /// Which replications a point is simulated with; trajectories have different ones.
    pub(super) fn numbers(&self, trajectory: u32) -> Range<u32> {
        let count = self.options.replications();
        let first = trajectory.saturating_mul(count);
        first..first.saturating_add(count)
    }
}

/// What there is of points that the watch has stopped; `None` if all were finished.
pub(super) fn stopped(outcomes: &[Outcome]) -> Option<String> {
    let count = outcomes.iter().filter(|one| matches!(one, Outcome::Stopped)).count();
    let message = format!(
        "{} of {} points were finished; results of complete parameters are stored",
        outcomes.len() - count,
        outcomes.len()
    );
    (count > 0).then_some(message)
}

/// Events of a replication, on average.
pub(super) fn events_each(sample: &Sample) -> f64 {
    (sample.events() as f64 / sample.replications.len().max(1) as f64).max(1.0)
}

/// A TOML value as a cell of a table: text without its quotes.
pub(super) fn plain(value: &str) -> String {
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.unwrap_or(value).to_owned()
}

pub(super) fn skip(parameter: String, reason: String) -> Skipped {
    Skipped { parameter, reason }
}
