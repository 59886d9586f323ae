//! Designs as scenarios: loaded, estimated, simulated.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indicatif::ProgressBar;

use crate::base::Id;
use crate::experiment::estimate::estimate;
use crate::experiment::objectives::{judge_each, verdict};
use crate::experiment::size::{Design, Found, Laboratory, Rules, Standing, Tried, by_cost};
use crate::experiment::{Objective, Study};
use crate::published_limits;
use crate::results::cost::MONTH_HOURS;
use crate::results::{
    DesignResult, DesignStanding, Judgement, RunResult, Sample, ScenarioInfo, Verdict,
};
use crate::scenario::Scenario;

use super::super::failure::Failure;
use super::super::progress::Progress;
use super::super::scenario::{ScenarioArguments, info};
use super::super::study::USUAL;
use super::dimension::{Dimension, gateways_of, sections};
use super::standing;

/// How long a lost connection point is away.
const AWAY: &str = "1h";

/// What is lost while the objectives have to be met.
pub(super) enum Gone {
    /// Nothing but what the scenario has.
    Nothing,
    /// An update domain after the other, and a connection point, at this time.
    At {
        /// As scenarios have it.
        at: String,
        /// As people are told.
        told: String,
    },
}

/// Why the search ended early.
pub(super) enum Trouble {
    Failure(Failure),
    Stopped,
}

/// What the gateways of a section cost an hour.
struct Hour {
    /// The section.
    name: String,
    /// How many there are, and how many instances of each, if that is not chosen.
    gateways: f64,
    instances: f64,
    instance: f64,
    address: f64,
}

/// Designs that are compared with published numbers.
const RULES_MAX: usize = 20_000;

/// A design's scenario.
struct Loaded {
    scenario: Scenario,
    info: ScenarioInfo,
}

/// All designs of a search.
pub(super) struct Simulations<'a> {
    arguments: &'a ScenarioArguments,
    pub dimensions: Vec<Dimension>,
    prices: Vec<(String, f64)>,
    pub gone: Gone,
    watch: &'a Progress,
    pub bar: ProgressBar,
    /// The design that was loaded last.
    loaded: Option<(Design, Arc<Loaded>)>,
    /// Bills of an hour of one instance of every section of gateways, and of its address, by chosen
    /// sizes.
    hours: BTreeMap<Vec<String>, Vec<Hour>>,
    /// Sections of gateways whose every gateway has the connection points of a count, and how many
    /// gateways there are if that is not chosen, by the path of the count.
    served: BTreeMap<String, (String, f64)>,
    pub events: u64,
}

impl<'a> Simulations<'a> {
    pub(super) fn new(
        arguments: &'a ScenarioArguments,
        base: &Scenario,
        dimensions: Vec<Dimension>,
        prices: Vec<(String, f64)>,
        watch: &'a Progress,
        bar: ProgressBar,
    ) -> Self {
        let (loaded, hours, events) = (None, BTreeMap::new(), 0);
        let points = sections(base, "connection_point");
        let served = points.filter_map(|point| {
            let written = base.resolved.values_at(&format!("connection_point.{point}.gateway"));
            let name = written.first()?.trim_matches('"');
            let is_section = sections(base, "gateway").any(|own| own == name);
            let count = gateways_of(base, name).count();
            let path = format!("connection_point.{point}.count");
            is_section.then(|| (path, (name.to_owned(), count as f64)))
        });
        let (served, gone) = (served.collect(), Gone::Nothing);
        Simulations {
            arguments,
            dimensions,
            prices,
            gone,
            watch,
            bar,
            loaded,
            hours,
            served,
            events,
        }
    }

    /// The strongest design, without what is lost, simulated once; `None` if that was stopped.
    pub(super) fn strongest(&mut self) -> Result<Option<RunResult>, Trouble> {
        let strongest: Design = self.levels().iter().map(|count| count - 1).collect();
        let Loaded { scenario, info } = self.load_anew(&strongest, false)?;
        let limits = published_limits();
        let study = Study { config: &scenario.config, info: &info, limits: &limits, follow: None };
        let result =
            study.replication(0, self.watch).map_err(|error| Trouble::Failure(error.into()))?;
        self.events += result.as_ref().map_or(0, |one| one.events);
        Ok(result)
    }

    /// The values of a design.
    fn values(&self, design: &[usize]) -> Vec<String> {
        let value = |(one, level): (&Dimension, &usize)| one.values[*level].clone();
        self.dimensions.iter().zip(design).map(value).collect()
    }

    fn load(&mut self, design: &[usize]) -> Result<Arc<Loaded>, Trouble> {
        if let Some((_, loaded)) = self.loaded.as_ref().filter(|(own, _)| own == design) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.load_anew(design, true)?);
        self.loaded = Some((design.to_vec(), Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// A design's scenario, with or without what is lost.
    fn load_anew(&self, design: &[usize], has_losses: bool) -> Result<Loaded, Trouble> {
        let values = self.values(design);
        let chosen =
            self.dimensions.iter().zip(values).map(|(one, value)| format!("{}={value}", one.path));
        let mut arguments = ScenarioArguments {
            scenario: self.arguments.scenario.clone(),
            overrides: self.arguments.overrides.iter().cloned().chain(chosen).collect(),
            seed: self.arguments.seed,
        };
        let mut scenario = arguments.load().map_err(Trouble::Failure)?;
        let losses = self.losses(&scenario);
        if has_losses && !losses.is_empty() {
            arguments.overrides.extend(losses);
            scenario = arguments.load().map_err(Trouble::Failure)?;
        }
        let info = info(&scenario);
        Ok(Loaded { scenario, info })
    }

    /// What takes parts away, as values laid over a design.
    fn losses(&self, scenario: &Scenario) -> Vec<String> {
        let Gone::At { at, .. } = &self.gone else { return Vec::new() };
        let mut overrides = Vec::new();
        let mut lay = |name: &str, key: &str, value: &str| {
            overrides.push(format!("disruption.{name}.{key}=\"{value}\""));
        };
        for (id, gateway) in scenario.config.gateways.entries() {
            let name = format!("size-update-domains-{}", gateway.name);
            lay(&name, "kind", "update-domain-walk");
            lay(&name, "gateway", &gateway.name);
            lay(&name, "at", at);
            let points = scenario.config.connection_points.iter();
            if let Some(point) = points.clone().find(|point| point.gateway == id) {
                let name = format!("size-connection-point-{}", gateway.name);
                lay(&name, "kind", "connection-point-outage");
                lay(&name, "connection_point", &point.name);
                lay(&name, "at", at);
                lay(&name, "down", AWAY);
            }
        }
        overrides
    }

    /// What is lost, in a sentence.
    pub(super) fn loss(&self) -> String {
        match &self.gone {
            Gone::Nothing => String::new(),
            Gone::At { told, .. } => format!(
                "{told} the update domains of every gateway go down one after the other, and one \
                 of its connection points is away for {AWAY}"
            ),
        }
    }

    /// The number that is chosen at a path, if one is.
    fn chosen(&self, design: &[usize], path: &str) -> Option<f64> {
        let (one, level) = self.dimensions.iter().zip(design).find(|(one, _)| one.path == path)?;
        one.values[*level].parse().ok()
    }

    /// Prices of a design's parts besides the bill.
    fn parts(&self, design: &[usize]) -> f64 {
        let price_of = |path: &String| self.prices.iter().find(|(own, _)| own == path);
        let priced = self.dimensions.iter().zip(design).filter_map(|(one, level)| {
            let (_, price) = price_of(&one.path)?;
            let count: f64 = one.values[*level].parse().unwrap_or(*level as f64);
            let served = self.served.get(&one.path);
            let gateways = served.map_or(1.0, |(gateway, count)| {
                self.chosen(design, &format!("gateway.{gateway}.count")).unwrap_or(*count)
            });
            Some(price * count * gateways)
        });
        priced.sum()
    }

    /// A design that was looked at, as a result.
    pub(super) fn result(&self, tried: &Tried) -> DesignResult {
        let (standing, why) = standing(&tried.standing);
        let place = tried.sample.place("cost_per_month");
        let bills = place.map_or_else(Vec::new, |place| tried.sample.values(place));
        let bill = (!bills.is_empty()).then(|| bills.iter().sum::<f64>() / bills.len() as f64);
        DesignResult {
            values: self.values(&tried.design),
            cost: bill.map_or(tried.cost, |bill| bill + self.parts(&tried.design)),
            standing,
            why,
            replications: tried.sample.replications.len() as u64,
            objectives: tried.objectives.clone(),
        }
    }

    /// The answer with each dimension a level weaker and stronger, added to `results`.
    pub(super) fn neighbours(
        &mut self,
        found: &Found,
        objectives: &[Objective],
        rules: Rules,
        results: &mut Vec<DesignResult>,
    ) -> Result<(), Trouble> {
        let Some(answer) = found.answer.map(|place| &found.tried[place].design) else {
            return Ok(());
        };
        for dimension in 0..answer.len() {
            for step in [-1_isize, 1] {
                let level = answer[dimension].checked_add_signed(step);
                let level = level.filter(|level| *level < self.dimensions[dimension].values.len());
                let Some(level) = level else { continue };
                let mut design = answer.clone();
                design[dimension] = level;
                let known = found.tried.iter().find(|one| one.design == design);
                results.push(match known {
                    Some(tried) => self.result(tried),
                    None => self.look(&design, objectives, rules)?,
                });
            }
        }
        Ok(())
    }

    /// One look at a design.
    fn look(
        &mut self,
        design: &[usize],
        objectives: &[Objective],
        rules: Rules,
    ) -> Result<DesignResult, Trouble> {
        let cost = self.cost(design)?;
        let mut sample = Sample::default();
        let standing = match self.hopeless(design)? {
            Some(why) => Standing::Hopeless(why),
            None => {
                self.replicate(design, 0..rules.first.max(USUAL), &mut sample)?;
                match verdict(&judge_each(&sample, objectives, rules.confidence)) {
                    Judgement::Met => Standing::Screened,
                    Judgement::Violated => Standing::Violated,
                    Judgement::Undecided => Standing::Undecided,
                }
            }
        };
        let objectives = judge_each(&sample, objectives, rules.confidence);
        let design = design.to_vec();
        Ok(self.result(&Tried { design, cost, standing, objectives, sample }))
    }

    /// The cheapest design that keeps to all published numbers, by the estimate before a run;
    /// `None` if there is none among the cheapest [`RULES_MAX`].
    pub(super) fn by_published_rules(&mut self) -> Result<Option<DesignResult>, Trouble> {
        let strongest: Design = self.levels().iter().map(|count| count - 1).collect();
        let designs = by_cost(self, &vec![0; strongest.len()], &strongest)?;
        for (cost, design) in designs.into_iter().take(RULES_MAX) {
            let loaded = self.load_anew(&design, false)?;
            let levels = estimate(&loaded.scenario.config, &published_limits()).levels;
            let is_beyond = |verdict| matches!(verdict, Verdict::Exceeded | Verdict::Below);
            if levels.iter().any(|level| is_beyond(level.verdict)) {
                continue;
            }
            return Ok(Some(DesignResult {
                values: self.values(&design),
                cost,
                standing: DesignStanding::Screened,
                why: None,
                replications: 0,
                objectives: Vec::new(),
            }));
        }
        Ok(None)
    }
}

impl Laboratory for Simulations<'_> {
    type Error = Trouble;

    fn levels(&self) -> Vec<usize> {
        self.dimensions.iter().map(|one| one.values.len()).collect()
    }

    fn cost(&mut self, design: &[usize]) -> Result<f64, Trouble> {
        let sizes: Vec<String> = self
            .dimensions
            .iter()
            .zip(design)
            .filter(|(one, _)| one.path.ends_with(".size"))
            .map(|(one, level)| one.values[*level].clone())
            .collect();
        if !self.hours.contains_key(&sizes) {
            let loaded = self.load_anew(design, false)?;
            let prices = &loaded.scenario.prices;
            let hour = |name: &str| {
                let mut own = gateways_of(&loaded.scenario, name);
                let (id, gateway) = own.next()?;
                Some(Hour {
                    name: name.to_owned(),
                    gateways: (1 + own.count()) as f64,
                    instances: f64::from(gateway.instances),
                    instance: prices.vm_hour.get(id.index()).copied().unwrap_or(0.0),
                    address: prices.public_ip_hour,
                })
            };
            let hours = sections(&loaded.scenario, "gateway").filter_map(hour).collect();
            self.hours.insert(sizes.clone(), hours);
        }
        let chosen = |name: &str, key: &str| self.chosen(design, &format!("gateway.{name}.{key}"));
        let bill = |hour: &Hour| {
            let gateways = chosen(&hour.name, "count").unwrap_or(hour.gateways);
            let instances = chosen(&hour.name, "instances").unwrap_or(hour.instances);
            MONTH_HOURS * gateways * (instances * hour.instance + hour.address)
        };
        Ok(self.hours[&sizes].iter().map(bill).sum::<f64>() + self.parts(design))
    }

    fn hopeless(&mut self, design: &[usize]) -> Result<Option<String>, Trouble> {
        let loaded = self.load(design)?;
        let estimate = estimate(&loaded.scenario.config, &published_limits());
        let over = |utilisation: Option<f64>| utilisation.is_some_and(|it| it >= 1.0);
        let found = estimate.stations.iter().find(|one| over(one.utilisation));
        Ok(found.map(|one| {
            let percent = 100.0 * one.utilisation.unwrap_or_default();
            format!(
                "{} {} would be {percent:.0} % busy when most clients are on",
                one.role, one.name
            )
        }))
    }

    fn replicate(
        &mut self,
        design: &[usize],
        numbers: Range<u32>,
        sample: &mut Sample,
    ) -> Result<(), Trouble> {
        let loaded = self.load(design)?;
        let limits = published_limits();
        let study = Study {
            config: &loaded.scenario.config,
            info: &loaded.info,
            limits: &limits,
            follow: None,
        };
        self.bar.set_message(self.values(design).join(" "));
        let before = sample.replications.len();
        let is_complete = study
            .replicate(numbers, sample, &mut None, self.watch)
            .map_err(|error| Trouble::Failure(error.into()))?;
        self.events += sample.replications[before..].iter().map(|one| one.events).sum::<u64>();
        self.bar.inc(1);
        if is_complete { Ok(()) } else { Err(Trouble::Stopped) }
    }
}
