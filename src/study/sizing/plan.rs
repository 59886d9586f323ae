//! Plan and execution of a sizing of a scenario: its dimensions, its losses and its results.

use crate::results::{DesignResult, DimensionResult, Sizing};
use crate::scenario::Scenario;
use crate::study::{BILL, Error, Observer, StudyEvent, info};

use super::bill::{Bill, cores_of};
use super::designs::Designs;
use super::dimension::{Dimension, default_dimensions, obstacle, prices};
use super::expected::expected_replications;
use super::loss::Down;
use super::{DESIGNS_MAX, Evaluator, Found, Loss, Rules, SearchStatus, Space, search_in};

/// Options of a sizing. By default, the search varies all default dimensions, has no quota, and
/// includes the loss of components at the busiest time ([`Loss::AtBusiest`]).
#[derive(Clone, Debug)]
pub struct SizingOptions {
    /// Dimensions to choose, as `path=values` from the weakest to the strongest, for example
    /// `gateway.main.instances=2..16` or `gateway.main.size=A2_v2,A4_v2`. With an empty list,
    /// [`size`] chooses the VM size, the number of instances and the count of each gateway, the
    /// count of each connection point and site system, and the port range of connection points if
    /// it would be the bottleneck.
    pub find: Vec<String>,
    /// Prices of components that the bill does not include, each as `path=price` for a chosen path:
    /// the price per month of one more component, in the currency of the price book.
    pub prices: Vec<String>,
    /// Maximum number of vCPU cores of the gateways; `None` without a quota.
    pub quota: Option<u64>,
    /// Loss of components during which the objectives must be met.
    pub loss: Loss,
    /// One minus the maximum probability that the answer fails an objective; above 0 and below 1,
    /// by default 0.95.
    pub confidence: f64,
    /// Number of replications of the first evaluation that may accept a design in screening, at
    /// least 2 (the default).
    pub first: u32,
    /// Number of replications in a stage after which a design is undecided; by default 40.
    pub maximum: u32,
}

impl Default for SizingOptions {
    fn default() -> Self {
        SizingOptions {
            find: Vec::new(),
            prices: Vec::new(),
            quota: None,
            loss: Loss::default(),
            confidence: 0.95,
            first: 2,
            maximum: 40,
        }
    }
}

/// Result of a sizing.
#[derive(Debug)]
pub struct SizingOutcome {
    /// The answer, and all designs that were simulated.
    pub sizing: Sizing,
    /// Number of events of all simulations.
    pub events: u64,
    /// Reason for an early end; `None` if the search is complete. Earlier results remain valid.
    pub stopped: Option<Error>,
}

/// Sizing that has been checked and is ready to run.
#[derive(Debug)]
pub struct SizingPlan<'a> {
    scenario: &'a Scenario,
    options: &'a SizingOptions,
    dimensions: Vec<Dimension>,
    prices: Vec<(String, f64)>,
    /// Remarks about default dimensions that this scenario does not allow.
    pub remarks: Vec<String>,
}

/// Finds the cheapest design of a scenario that meets its objectives, and bounds the probability of
/// choosing a design that does not.
///
/// # Errors
/// Returns [`Error::Request`] for a scenario without objectives, or with a cost objective but
/// without prices; [`Error::Option`] for invalid values or prices; [`Error::TooManyDesigns`];
/// [`Error::Stopped`] or the errors of simulations before the first design is simulated.
pub fn size(
    scenario: &Scenario,
    options: &SizingOptions,
    observer: &dyn Observer,
) -> Result<SizingOutcome, Error> {
    SizingPlan::new(scenario, options)?.search(observer)
}

impl<'a> SizingPlan<'a> {
    /// Selects the dimensions to choose.
    ///
    /// # Errors
    /// Returns [`Error::Request`] for a scenario without objectives, or with a cost objective but
    /// without prices; [`Error::Option`] for invalid values or prices; [`Error::TooManyDesigns`].
    pub fn new(scenario: &'a Scenario, options: &'a SizingOptions) -> Result<Self, Error> {
        if scenario.objectives.is_empty() {
            let message = "sizing needs objectives: add [slo] to the scenario";
            return Err(Error::Request(message.to_owned()));
        }
        let mut remarks = Vec::new();
        let dimensions = match options.find.is_empty() {
            true => proposed_dimensions(scenario, &mut remarks),
            false => {
                let parsed = options.find.iter().map(|text| Dimension::parse(text));
                parsed.collect::<Result<_, _>>()?
            }
        };
        let count = |one: &Dimension| one.values.len() as u64;
        let space = dimensions.iter().map(count).fold(1, u64::saturating_mul);
        if dimensions.is_empty() {
            return Err(Error::Request(
                "the scenario has no values that sizing can choose by default: specify `find`"
                    .to_owned(),
            ));
        }
        if space > DESIGNS_MAX {
            return Err(Error::TooManyDesigns(space));
        }
        let prices = prices(&options.prices, &dimensions)?;
        refuse_without_price(scenario)?;
        Ok(SizingPlan { scenario, options, dimensions, prices, remarks })
    }

    /// Returns the paths of the values to choose, in the order of the values of a design.
    pub fn paths(&self) -> Vec<String> {
        self.dimensions.iter().map(|one| one.path.clone()).collect()
    }

    /// Lists the space, chooses the starting point, and searches.
    ///
    /// # Errors
    /// Returns [`Error::Stopped`] or the errors of simulations before the first design is
    /// simulated.
    pub fn search(&self, observer: &dyn Observer) -> Result<SizingOutcome, Error> {
        let objectives = &self.scenario.objectives;
        let budget = objectives.iter().find(|one| one.metric == BILL);
        let mut designs = Designs {
            base: self.scenario,
            dimensions: &self.dimensions,
            bill: Bill::new(self.scenario, self.prices.clone()),
            budget: budget.filter(|one| !one.is_at_least).map(|one| one.limit),
            quota: self.options.quota,
            down: Down::NoLoss,
            observer,
            loaded: None,
            events: 0,
            replications: 0,
        };
        let space = Space::of(&mut designs)?;
        self.decide_losses(&mut designs)?;
        let replications = expected_replications(&space, &designs.levels(), self.first());
        let possible = space.designs().len() as u64;
        observer.notify(&StudyEvent::Searching { possible, space: space.size, replications });
        let hint = designs.by_published_rules(&space)?;
        let published = hint.as_ref().map(|design| designs.not_simulated(design)).transpose()?;
        let (confidence, maximum) = (self.options.confidence, self.options.maximum);
        let rules = Rules { confidence, first: self.first(), maximum, hint };
        let (found, stopped) = match search_in(space, &mut designs, objectives, &rules) {
            Ok(found) => (found, None),
            Err(unfinished) if unfinished.found.tried.is_empty() => return Err(unfinished.error),
            Err(unfinished) => (*unfinished.found, Some(unfinished.error)),
        };
        let mut sizing = self.sizing(&mut designs, &found)?;
        sizing.published = published;
        sizing.is_stopped = stopped.is_some();
        Ok(SizingOutcome { sizing, events: designs.events, stopped })
    }

    fn first(&self) -> u32 {
        self.options.first.max(2)
    }

    /// Selects the components that are down. To find the busiest time, simulates the strongest
    /// design once, because it is the most likely to serve all clients.
    fn decide_losses(&self, designs: &mut Designs<'_>) -> Result<(), Error> {
        match &self.options.loss {
            Loss::NoLoss => designs.simulate_briefly(),
            Loss::At(at) => {
                designs.down = Down::at(at.clone());
                designs.simulate_briefly()
            }
            Loss::AtBusiest => {
                let result = designs.simulate_strongest()?;
                let info = &result.scenario;
                let civil = |seconds| info.civil(seconds);
                designs.down = Down::at_busiest(&result.series, info.duration_s, civil);
                Ok(())
            }
        }
    }

    /// Returns the results of the search.
    fn sizing(&self, simulated: &mut Designs<'_>, found: &Found) -> Result<Sizing, Error> {
        let designs = found.tried.iter().map(|tried| simulated.result(tried));
        let designs: Vec<DesignResult> = designs.collect::<Result<_, _>>()?;
        let at = |index: usize| designs[index].clone();
        let undecided =
            found.tried.iter().filter(|one| one.search_status() == SearchStatus::Undecided).count();
        let dimension = |one: &Dimension| DimensionResult {
            path: one.path.clone(),
            values: one.values.clone(),
        };
        let refuted = |(objective, dimension): &(usize, usize)| {
            let metric = found.tried[0].evaluation().objectives()[*objective].metric;
            (metric.name().to_owned(), self.dimensions[*dimension].path.clone())
        };
        let best = found.best().filter(|_| found.answer.is_none());
        Ok(Sizing {
            sentence: String::new(),
            scenario: info(self.scenario),
            dimensions: self.dimensions.iter().map(dimension).collect(),
            loss: simulated.down.text(),
            confidence: self.options.confidence,
            is_stopped: false,
            space: found.space,
            open: found.open,
            over_budget: found.over_budget,
            over_quota: found.over_quota,
            quota: self.options.quota,
            cores_today: cores_of(self.scenario),
            simulated: designs.len() as u64,
            replications: simulated.replications,
            undecided: undecided as u64,
            confirmations: u64::from(found.confirmations),
            refuted: found.refuted.iter().map(refuted).collect(),
            answer: found.answer.map(at),
            best: best.map(at),
            runner_up: found.runner_up.map(at),
            published: None,
            neighbours: found.neighbours.iter().map(|index| at(*index)).collect(),
            designs,
        })
    }
}

/// Returns the default dimensions that the scenario allows, and adds a remark for each other
/// dimension.
fn proposed_dimensions(scenario: &Scenario, remarks: &mut Vec<String>) -> Vec<Dimension> {
    let mut proposed_dimensions = default_dimensions(scenario);
    proposed_dimensions.retain(|one| {
        let why = obstacle(scenario, one);
        remarks.extend(why.iter().map(|why| {
            let maximum = one.values.last().map_or("", String::as_str);
            format!("{} is not varied, because {maximum} is invalid: {why}", one.path)
        }));
        why.is_none()
    });
    proposed_dimensions
}

/// Refuses a cost objective if an instance has no price.
fn refuse_without_price(scenario: &Scenario) -> Result<(), Error> {
    let has_budget = scenario.objectives.iter().any(|one| one.metric == BILL);
    let without = scenario.prices.vm_hour.iter().find(|one| one.price.is_none());
    match without.filter(|_| has_budget) {
        Some(one) => Err(Error::Request(format!(
            "slo.{BILL} cannot be evaluated, because instances have no price: set {}",
            one.key
        ))),
        None => Ok(()),
    }
}
