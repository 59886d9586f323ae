//! Loads, prices and simulates designs as scenarios.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::experiment::estimate::estimate;
use crate::experiment::{Look, Study, Watch};
use crate::results::{DesignResult, DesignStatus, RunResult, Sample, ScenarioInfo, Verdict};
use crate::scenario::Scenario;
use crate::study::{BILL, Error, Observer, StudyEvent, info};
use crate::terms::Objective;

use super::bill::{Bill, Fixed};
use super::dimension::Dimension;
use super::loss::Down;
use super::{Design, Evaluator, Exclusion, Found, SearchStatus, Space, Trend, Tried};

/// Maximum number of designs to compare with published limits.
const RULES_MAX: usize = 20_000;

/// Number of events after which the speed of the simulation can be estimated.
const EVENTS: u64 = 1 << 18;

/// Scenario of a design.
pub(super) struct Loaded {
    scenario: Scenario,
    info: ScenarioInfo,
}

/// All designs of a search.
pub(super) struct Designs<'a> {
    pub base: &'a Scenario,
    pub dimensions: &'a [Dimension],
    pub bill: Bill,
    /// Maximum cost per month according to the cost objective; `None` without such an objective.
    pub budget: Option<f64>,
    /// Maximum number of vCPU cores of the gateways; `None` without a quota.
    pub quota: Option<u64>,
    pub down: Down,
    pub observer: &'a dyn Observer,
    /// The most recently loaded design.
    pub loaded: Option<(Design, Arc<Loaded>)>,
    /// Number of events and replications so far.
    pub events: u64,
    pub replications: u64,
}

/// Returns the error of a search that the watch stopped.
fn stopped() -> Error {
    Error::Stopped(
        "the search is not complete: the remaining designs were not simulated".to_owned(),
    )
}

impl Designs<'_> {
    /// Returns the strongest level of each dimension.
    fn strongest(&self) -> Design {
        self.levels().iter().map(|count| count - 1).collect()
    }

    /// Simulates the strongest design once, without losses.
    pub(super) fn simulate_strongest(&mut self) -> Result<RunResult, Error> {
        let Loaded { scenario, info } = self.reload(&self.strongest(), false)?;
        let study = Study { config: &scenario.config, info: &info, follow: None };
        self.observer.notify(&StudyEvent::Trial);
        let result = study.replication(0, self.observer)?.ok_or_else(stopped)?;
        self.observer.notify(&StudyEvent::TrialDone { times: 1.0 });
        self.events += result.events;
        Ok(result)
    }

    /// Simulates the first events of the strongest design to estimate the run time of a
    /// replication.
    pub(super) fn simulate_briefly(&mut self) -> Result<(), Error> {
        let Loaded { scenario, info } = self.reload(&self.strongest(), false)?;
        let study = Study { config: &scenario.config, info: &info, follow: None };
        let brief = Brief { watch: self.observer, events: AtomicU64::new(0) };
        self.observer.notify(&StudyEvent::Trial);
        // The run stops on purpose, so its result or error is ignored.
        drop(study.run(0, &info, &brief));
        let events = brief.events.into_inner();
        let times = (estimate(&scenario.config).events / events.max(1) as f64).max(1.0);
        self.observer.notify(&StudyEvent::TrialDone { times });
        self.events += events;
        Ok(())
    }

    /// Returns the values of a design.
    pub(super) fn values(&self, design: &[usize]) -> Vec<String> {
        let value = |(one, level): (&Dimension, &usize)| one.values[*level].clone();
        self.dimensions.iter().zip(design).map(value).collect()
    }

    fn load(&mut self, design: &[usize]) -> Result<Arc<Loaded>, Error> {
        if let Some((_, loaded)) = self.loaded.as_ref().filter(|(own, _)| own == design) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.reload(design, true)?);
        self.loaded = Some((design.to_vec(), Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// Loads the scenario of a design, with or without losses.
    fn reload(&self, design: &[usize], has_losses: bool) -> Result<Loaded, Error> {
        let values = self.values(design);
        let chosen =
            self.dimensions.iter().zip(values).map(|(one, value)| format!("{}={value}", one.path));
        let mut overrides: Vec<String> = chosen.collect();
        let mut scenario = self.variant(&overrides)?;
        let losses = self.down.overrides(&scenario);
        if has_losses && !losses.is_empty() {
            overrides.extend(losses);
            scenario = self.variant(&overrides)?;
        }
        let info = info(&scenario);
        Ok(Loaded { scenario, info })
    }

    fn variant(&self, overrides: &[String]) -> Result<Scenario, Error> {
        let scenario = self.base.varied(overrides)?;
        self.observer.notify(&StudyEvent::Loaded(&scenario));
        Ok(scenario)
    }

    /// Returns the cost and cores of a design.
    pub(super) fn fixed(&mut self, design: &[usize]) -> Result<Fixed, Error> {
        let mut bill = std::mem::take(&mut self.bill);
        let load = || self.reload(design, false).map(|loaded| loaded.scenario);
        let fixed = bill.of(self.dimensions, design, load);
        self.bill = bill;
        fixed
    }

    /// Returns the result of a simulated design; all parts are from the same replications.
    pub(super) fn result(&mut self, tried: &Tried) -> Result<DesignResult, Error> {
        let sample = tried.evaluation().sample();
        let index = sample.index_of(BILL);
        let bills = index.map_or_else(Vec::new, |index| sample.values(index));
        // If instances have no price, there is no bill.
        let bill = bills.iter().sum::<f64>() / bills.len() as f64;
        let bill = Some(bill).filter(|bill| bill.is_finite());
        let components = self.bill.components(self.dimensions, &tried.design);
        Ok(DesignResult {
            values: self.values(&tried.design),
            cost: bill.map_or(tried.cost, |bill| bill + components),
            cores: self.fixed(&tried.design)?.cores,
            status: match tried.search_status() {
                SearchStatus::Confirmed => DesignStatus::Confirmed,
                SearchStatus::Screened => DesignStatus::Screened,
                SearchStatus::Violated => DesignStatus::Violated,
                SearchStatus::Undecided => DesignStatus::Undecided,
            },
            replications: u64::from(tried.evaluation().count()),
            objectives: tried.evaluation().objectives().to_vec(),
        })
    }

    /// Returns the cheapest design that the estimate finds within all published limits; `None` if
    /// none of the [`RULES_MAX`] cheapest designs is within them.
    pub(super) fn by_published_rules(&mut self, space: &Space) -> Result<Option<Design>, Error> {
        for (_, design) in space.designs().iter().take(RULES_MAX) {
            let loaded = self.reload(design, false)?;
            let levels = estimate(&loaded.scenario.config).levels;
            let is_beyond = |verdict| matches!(verdict, Verdict::Exceeded | Verdict::Below);
            if !levels.iter().any(|level| is_beyond(level.verdict)) {
                return Ok(Some(design.clone()));
            }
        }
        Ok(None)
    }

    /// Returns the result of a design that was not simulated.
    pub(super) fn not_simulated(&mut self, design: &[usize]) -> Result<DesignResult, Error> {
        let fixed = self.fixed(design)?;
        Ok(DesignResult {
            values: self.values(design),
            cost: fixed.cost,
            cores: fixed.cores,
            status: DesignStatus::Undecided,
            replications: 0,
            objectives: Vec::new(),
        })
    }
}

impl Evaluator for Designs<'_> {
    type Error = Error;

    fn levels(&self) -> Vec<usize> {
        self.dimensions.iter().map(|one| one.values.len()).collect()
    }

    fn cost(&mut self, design: &[usize]) -> Result<f64, Error> {
        Ok(self.fixed(design)?.cost)
    }

    fn exclusion(&mut self, design: &[usize]) -> Result<Option<Exclusion>, Error> {
        let fixed = self.fixed(design)?;
        Ok(match () {
            () if self.quota.is_some_and(|quota| fixed.cores > quota) => Some(Exclusion::OverQuota),
            () if self.budget.is_some_and(|budget| fixed.is_over(budget)) => {
                Some(Exclusion::OverBudget)
            }
            () => None,
        })
    }

    /// Assumes that more components cost more and improve everything else, until simulations refute
    /// this assumption.
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
    ) -> Result<(), Error> {
        let loaded = self.load(design)?;
        let study = Study { config: &loaded.scenario.config, info: &loaded.info, follow: None };
        let study_event =
            StudyEvent::Simulating { values: &self.values(design), numbers: numbers.clone() };
        self.observer.notify(&study_event);
        let before = sample.replications.len();
        let is_complete = study.replicate(numbers, sample, None, self.observer)?;
        let added = &sample.replications[before..];
        self.events += added.iter().map(|one| one.events).sum::<u64>();
        self.replications += added.len() as u64;
        self.observer.notify(&StudyEvent::Simulated { replications: added.len() as u32 });
        if is_complete { Ok(()) } else { Err(stopped()) }
    }

    fn looked(&mut self, found: &Found) {
        let best = found.best().and_then(|index| self.result(&found.tried[index]).ok());
        let (designs, open) = (found.tried.len(), found.open);
        self.observer.notify(&StudyEvent::Looked { designs, open, best });
    }
}

/// Observer that stops a run after its first events.
struct Brief<'a> {
    watch: &'a dyn Observer,
    events: AtomicU64,
}

impl Watch for Brief<'_> {
    fn should_continue(&self, look: Look) -> bool {
        self.events.store(look.events, Ordering::Relaxed);
        self.watch.should_continue(look) && look.events < EVENTS
    }
}
