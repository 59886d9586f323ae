//! Designs as scenarios: loaded, priced, simulated.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::experiment::Study;
use crate::experiment::estimate::estimate;
use crate::results::{DesignResult, DesignStanding, RunResult, Sample, ScenarioInfo, Verdict};
use crate::scenario::Scenario;
use crate::study::sizing::{Design, Evaluator, Exclusion, Found, Space, Standing, Trend, Tried};
use crate::terms::Objective;

use super::super::failure::Failure;
use super::super::progress::Progress;
use super::super::scenario::ScenarioArguments;
use super::bill::{Bill, Fixed};
use super::dimension::Dimension;
use super::forecast::{Brief, Display};
use super::loss::Loss;
use crate::study::info;

/// Why the search ended early.
pub(super) enum Stop {
    Failure(Failure),
    Watch,
}

/// Designs that are compared with published numbers.
const RULES_MAX: usize = 20_000;

/// The metric of the bill.
pub(super) const BILL: &str = "cost_per_month";

/// A design's scenario.
struct Loaded {
    scenario: Scenario,
    info: ScenarioInfo,
}

/// All designs of a search.
pub(super) struct Simulations<'a> {
    pub arguments: &'a ScenarioArguments,
    pub dimensions: Vec<Dimension>,
    pub bill: Bill,
    /// The most that instances and addresses may cost per month, if an objective says so.
    pub budget: Option<f64>,
    /// The most vCPU cores that gateways may have.
    pub quota: Option<u64>,
    pub loss: Loss,
    pub watch: &'a Progress,
    pub display: Display,
    /// The design that was loaded last.
    loaded: Option<(Design, Arc<Loaded>)>,
    pub events: u64,
}

impl<'a> Simulations<'a> {
    pub(super) fn new(
        arguments: &'a ScenarioArguments,
        dimensions: Vec<Dimension>,
        bill: Bill,
        watch: &'a Progress,
        display: Display,
    ) -> Self {
        let (loss, loaded, events) = (Loss::Nothing, None, 0);
        let (budget, quota) = (None, None);
        Simulations {
            arguments,
            dimensions,
            bill,
            budget,
            quota,
            loss,
            watch,
            display,
            loaded,
            events,
        }
    }

    /// The strongest level of each dimension.
    fn strongest(&self) -> Design {
        self.levels().iter().map(|count| count - 1).collect()
    }

    /// The strongest design without losses, simulated once, and how long that took; `None` if it
    /// was stopped.
    pub(super) fn simulate_strongest(&mut self) -> Result<Option<(RunResult, Duration)>, Stop> {
        let Loaded { scenario, info } = self.load_anew(&self.strongest(), false)?;
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let started = self.watch.elapsed();
        let result =
            study.replication(0, self.watch).map_err(|error| Stop::Failure(error.into()))?;
        self.events += result.as_ref().map_or(0, |one| one.events);
        Ok(result.map(|result| (result, self.watch.elapsed().saturating_sub(started))))
    }

    /// How long a replication of the strongest design takes, seconds: what the first events took,
    /// and an estimate of their number.
    pub(super) fn measure(&mut self) -> Result<f64, Stop> {
        let Loaded { scenario, info } = self.load_anew(&self.strongest(), false)?;
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let (brief, started) = (Brief::new(self.watch), self.watch.elapsed());
        // Stopped on purpose: whatever there is of it is not a result.
        drop(study.run(0, &info, &brief));
        let events = brief.events();
        self.events += events;
        let seconds = self.watch.elapsed().saturating_sub(started).as_secs_f64();
        let all = estimate(&scenario.config).events;
        Ok(seconds * (all / events.max(1) as f64).max(1.0))
    }

    /// The values of a design.
    pub(super) fn values(&self, design: &[usize]) -> Vec<String> {
        let value = |(one, level): (&Dimension, &usize)| one.values[*level].clone();
        self.dimensions.iter().zip(design).map(value).collect()
    }

    fn load(&mut self, design: &[usize]) -> Result<Arc<Loaded>, Stop> {
        if let Some((_, loaded)) = self.loaded.as_ref().filter(|(own, _)| own == design) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.load_anew(design, true)?);
        self.loaded = Some((design.to_vec(), Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// A design's scenario, with or without losses.
    fn load_anew(&self, design: &[usize], has_losses: bool) -> Result<Loaded, Stop> {
        let values = self.values(design);
        let chosen =
            self.dimensions.iter().zip(values).map(|(one, value)| format!("{}={value}", one.path));
        let mut arguments = ScenarioArguments {
            scenario: self.arguments.scenario.clone(),
            overrides: self.arguments.overrides.iter().cloned().chain(chosen).collect(),
            seed: self.arguments.seed,
        };
        let mut scenario = arguments.load().map_err(Stop::Failure)?;
        let losses = self.loss.overrides(&scenario);
        if has_losses && !losses.is_empty() {
            arguments.overrides.extend(losses);
            scenario = arguments.load().map_err(Stop::Failure)?;
        }
        let info = info(&scenario);
        Ok(Loaded { scenario, info })
    }

    /// Cost and cores of a design.
    pub(super) fn fixed(&mut self, design: &[usize]) -> Result<Fixed, Stop> {
        let mut bill = std::mem::take(&mut self.bill);
        let load = || self.load_anew(design, false).map(|loaded| loaded.scenario);
        let fixed = bill.of(&self.dimensions, design, load);
        self.bill = bill;
        fixed
    }

    /// A simulated design as a result. Cost, verdict and objectives are of the same replications.
    pub(super) fn result(&mut self, tried: &Tried) -> Result<DesignResult, Stop> {
        let sample = tried.evaluation().sample();
        let place = sample.place(BILL);
        let bills = place.map_or_else(Vec::new, |place| sample.values(place));
        // Without a price of instances there is no bill.
        let bill = bills.iter().sum::<f64>() / bills.len() as f64;
        let bill = Some(bill).filter(|bill| bill.is_finite());
        let components = self.bill.components(&self.dimensions, &tried.design);
        Ok(DesignResult {
            values: self.values(&tried.design),
            cost: bill.map_or(tried.cost, |bill| bill + components),
            cores: self.fixed(&tried.design)?.cores,
            standing: match tried.standing() {
                Standing::Confirmed => DesignStanding::Confirmed,
                Standing::Screened => DesignStanding::Screened,
                Standing::Violated => DesignStanding::Violated,
                Standing::Undecided => DesignStanding::Undecided,
            },
            replications: u64::from(tried.evaluation().count()),
            objectives: tried.evaluation().objectives().to_vec(),
        })
    }

    /// The cheapest possible design that keeps to all published numbers, by the estimate before a
    /// run; `None` if there is none among the cheapest [`RULES_MAX`].
    pub(super) fn by_published_rules(&mut self, space: &Space) -> Result<Option<Design>, Stop> {
        for (_, design) in space.designs().iter().take(RULES_MAX) {
            let loaded = self.load_anew(design, false)?;
            let levels = estimate(&loaded.scenario.config).levels;
            let is_beyond = |verdict| matches!(verdict, Verdict::Exceeded | Verdict::Below);
            if !levels.iter().any(|level| is_beyond(level.verdict)) {
                return Ok(Some(design.clone()));
            }
        }
        Ok(None)
    }

    /// A design that was not simulated, as a result.
    pub(super) fn not_simulated(&mut self, design: &[usize]) -> Result<DesignResult, Stop> {
        let fixed = self.fixed(design)?;
        Ok(DesignResult {
            values: self.values(design),
            cost: fixed.cost,
            cores: fixed.cores,
            standing: DesignStanding::Undecided,
            replications: 0,
            objectives: Vec::new(),
        })
    }
}

impl Evaluator for Simulations<'_> {
    type Error = Stop;

    fn levels(&self) -> Vec<usize> {
        self.dimensions.iter().map(|one| one.values.len()).collect()
    }

    fn cost(&mut self, design: &[usize]) -> Result<f64, Stop> {
        Ok(self.fixed(design)?.cost)
    }

    fn exclusion(&mut self, design: &[usize]) -> Result<Option<Exclusion>, Stop> {
        let fixed = self.fixed(design)?;
        Ok(match () {
            () if self.quota.is_some_and(|quota| fixed.cores > quota) => Some(Exclusion::OverQuota),
            () if self.budget.is_some_and(|budget| fixed.is_over(budget)) => {
                Some(Exclusion::OverBudget)
            }
            () => None,
        })
    }

    /// More of anything costs more and improves all else, as long as simulations agree.
    fn trend(&self, objective: &Objective, _: usize) -> Trend {
        match (objective.metric == BILL, objective.is_at_least) {
            (true, false) => Trend::Worsens,
            _ => Trend::Improves,
        }
    }

    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), Stop> {
        let loaded = self.load(design)?;
        let study = Study { config: &loaded.scenario.config, info: &loaded.info, follow: None };
        self.display.simulating(&self.values(design), &numbers);
        let before = sample.replications.len();
        let is_complete = study
            .replicate(numbers, sample, &mut None, self.watch)
            .map_err(|error| Stop::Failure(error.into()))?;
        let added = &sample.replications[before..];
        self.events += added.iter().map(|one| one.events).sum::<u64>();
        self.display.simulated(added.len() as u32, self.watch.elapsed());
        if is_complete { Ok(()) } else { Err(Stop::Watch) }
    }

    fn looked(&mut self, found: &Found) {
        let best = found.best().and_then(|place| self.result(&found.tried[place]).ok());
        self.display.found(found.tried.len(), found.open, best, self.watch.elapsed());
    }
}
