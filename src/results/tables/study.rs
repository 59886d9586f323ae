//! Tables of figures over replications.

use crate::results::comparison::Comparison;
use crate::results::table::{Builder, Civil, Level, Table};
use crate::results::{
    Judgement, MeanTimeSeries, MetricSummary, ObjectiveResult, Replicated, Sample, ScenarioInfo,
    Sizing,
};
use crate::terms::Metric;

pub(super) const BY_UNIT: &str = "by `unit`";
pub(super) const FIGURE: &str = "name of the figure";
pub(super) const HALF_WIDTH: &str = "half-width of the interval of that mean";
pub(super) const REPLICATIONS: &str = "independent replications";
pub(super) const UNIT: &str = "unit of the figure";

/// `replications`: one row a replication, with all figures.
pub fn replications(scenario: &ScenarioInfo, sample: &Sample) -> Table {
    let figures = sample.metrics.iter().map(heading).zip(0_usize..);
    Builder::new("replications", "run, compare", "a replication", &sample.replications)
        .of(scenario)
        .column("replication", "", "its number under the seed, from 0", |one| one.number)
        .column("events", "count", "events simulated", |one| one.events)
        .each(FIGURES, AS_NAMED, EACH_FIGURE, figures, |one, place| one.values.get(place).copied())
        .finish()
}

pub(super) const FIGURES: &str = "{figure} {unit}";
pub(super) const AS_NAMED: &str = "as named";
pub(super) const EACH_FIGURE: &str = "a figure of the replication: those of `cmgsim params \
    --metrics`, and those of parts (`ports_peak[cp-1] count`); infinite if not reached";

/// A figure's column: its name and unit.
pub(super) fn heading(metric: &Metric) -> String {
    format!("{} {}", metric.name(), metric.unit().symbol())
}

/// `metrics`: one row a figure.
pub fn metrics(scenario: &ScenarioInfo, replicated: &Replicated) -> Table {
    Builder::new("metrics", "run", "a figure over replications", &replicated.metrics)
        .of(scenario)
        .column("metric", "", FIGURE, |one| one.metric.name())
        .column("unit", "", UNIT, |one| one.metric.unit())
        .column("replications", "count", COUNT, |one| one.count)
        .summary(replicated.confidence, |one| one)
        .column("min", BY_UNIT, "least", |one| one.min)
        .column("p5", BY_UNIT, "5 % quantile over replications", |one| one.p5)
        .column("p50", BY_UNIT, "median over replications", |one| one.p50)
        .column("p95", BY_UNIT, "95 % quantile over replications", |one| one.p95)
        .column("max", BY_UNIT, "greatest", |one| one.max)
        .finish()
}

pub(super) const COUNT: &str = "replications that have a value";
const UNREACHED: &str = "replications in which it was not reached before the end";

impl<R: Copy> Builder<R> {
    /// What is said of a figure over replications, up to its spread.
    pub(super) fn summary<'a>(
        self,
        confidence: f64,
        of: impl Fn(R) -> &'a MetricSummary,
    ) -> Builder<R> {
        self.column("unreached", "count", UNREACHED, |row| of(row).unreached)
            .column("confidence", "share", "confidence of the interval", |_| confidence)
            .column("mean", BY_UNIT, "mean of the replications that have a value", |row| {
                of(row).mean
            })
            .column("half_width", BY_UNIT, HALF_WIDTH, |row| of(row).half_width)
            .column("standard_deviation", BY_UNIT, "between replications", |row| {
                of(row).standard_deviation
            })
    }
}

/// `course`: one row a bin, over replications.
pub fn mean_time_series(info: &ScenarioInfo, means: &MeanTimeSeries) -> Table {
    let rows = means.start_seconds.iter().copied().enumerate();
    let row = "a bin of time over replications; the mean of several bins where there are very many";
    let mut table = Builder::new("course", "run", row, rows)
        .of(info)
        .column("time_civil", "", "start of the bin, in the scenario's time zone", |(_, start)| {
            Civil(info.civil_seconds(start))
        })
        .column("time_s", "s", "start of the bin, after the start of the measured period", |row| {
            row.1
        })
        .column("until_s", "s", "its end, the same way", |(place, _)| {
            means.end_seconds.get(place).copied()
        });
    for one in &MeanTimeSeries::ALL {
        let (name, unit, values) = (one.name, one.unit, (one.get)(means));
        let of = |place: usize| values.get(place).filter(|value| value.count > 0);
        let (mean, half) = (format!("{}, mean", one.meaning), "half-width of that mean's interval");
        let count = "replications that have such a value";
        table = table
            .column(format!("{name}_mean"), unit, mean, move |(place, _)| {
                of(place).map(|value| value.mean)
            })
            .column(format!("{name}_half_width"), unit, half, move |(place, _)| {
                of(place).and_then(|value| value.half_width)
            })
            .column(format!("{name}_count"), "count", count, move |(place, _)| {
                of(place).map_or(0, |value| value.count)
            });
    }
    table.finish()
}

/// `objectives`: one row each.
pub fn objectives(scenario: &ScenarioInfo, objectives: &[ObjectiveResult]) -> Table {
    Builder::new("objectives", "run", "an objective of `[slo]`", objectives)
        .of(scenario)
        .column("metric", "", FIGURE, |one| one.metric.name())
        .column("unit", "", UNIT, |one| one.unit)
        .column("bound", "", "`at most` or `at least` the limit", |one| bound(one.is_at_least))
        .column("limit", BY_UNIT, "the limit", |one| one.limit)
        .column("mean", BY_UNIT, MEAN_OF_ALL, |one| one.mean)
        .column("half_width", BY_UNIT, TOGETHER, |one| one.half_width)
        .column("margin", "share", MARGIN, |one| one.margin)
        .column("judgement", "", "`met`, `violated`, `undecided` or `not measured`", |one| {
            judged(one.judgement)
        })
        .finish()
}

const MEAN_OF_ALL: &str = "mean over replications; none if some have no value";
const TOGETHER: &str = "half-width of its interval; those of all objectives hold together";
const MARGIN: &str = "how much better than the limit the mean is, by the limit; negative if worse";

pub(super) fn bound(is_at_least: bool) -> &'static str {
    if is_at_least { "at least" } else { "at most" }
}

pub(super) fn judged(judgement: Judgement) -> String {
    judgement.word().to_lowercase()
}

/// `comparison`: one row a figure.
pub fn comparison(comparison: &Comparison) -> Table {
    let Comparison { first, second, replications, relevant_share, .. } = comparison;
    Builder::new("comparison", "compare", "a figure of both scenarios", &comparison.figures)
        .column("first", "", "name of the first scenario", |_| &*first.name)
        .column("second", "", "name of the second scenario", |_| &*second.name)
        .column("seed", "", "seed of both", |_| first.seed)
        .column("replications", "count", "pairs of replications", |_| *replications)
        .column("metric", "", FIGURE, |one| one.metric.name())
        .column("unit", "", UNIT, |one| one.metric.unit())
        .column("mean_first", BY_UNIT, "mean of the first; none if some have no value", |one| {
            one.first
        })
        .column("mean_second", BY_UNIT, "mean of the second", |one| one.second)
        .column("difference", BY_UNIT, "mean over replications of second minus first", |one| {
            one.difference
        })
        .column("half_width", BY_UNIT, DIFFERENCE, |one| one.half_width)
        .column("half_width_alone", BY_UNIT, "the same of this figure alone", |one| {
            one.half_width_alone
        })
        .column("half_width_independent", BY_UNIT, INDEPENDENT, |one| one.half_width_independent)
        .column("variance_reduction", "", REDUCTION, |one| one.variance_reduction)
        .column("change", "", CHANGE, |one| one.change.word().to_lowercase())
        .column("relevant_share", "share", RELEVANT, |_| *relevant_share)
        .finish()
}

const DIFFERENCE: &str = "half-width of the difference's interval; those of all figures of the \
    whole run hold together, those of parts alone";
const CHANGE: &str = "`better`, `worse` or `different` (the whole interval lies beyond the smallest \
    relevant difference), `no relevant difference` (within it), `undecided` (neither), `same` (in \
    every replication), `not comparable` (one has no value)";
const RELEVANT: &str = "smallest relevant difference, as a share of `mean_first`";
const INDEPENDENT: &str = "the same alone, as if both had different random numbers";
const REDUCTION: &str = "how many times as many replications that would take";

/// `designs`: one row a design and objective.
pub fn designs(sizing: &Sizing) -> Table {
    let rows = sizing.designs.iter().flat_map(|design| {
        let objectives = design.objectives.iter().map(move |one| (design, Some(one)));
        let nothing = design.objectives.is_empty().then_some((design, None));
        objectives.chain(nothing)
    });
    let paths = sizing.dimensions.iter().map(|one| &one.path).zip(0_usize..);
    Builder::new("designs", "size", "a design and an objective of it", rows)
        .of(&sizing.scenario)
        .each("{path}", "as in a scenario", "the value of the design", paths, |row, place| {
            row.0.values.get(place).map(|value| Level(value))
        })
        .column("cost_per_month", "currency", COST, |row| row.0.cost)
        .column("cores", "count", CORES, |row| row.0.cores)
        .column("standing", "", STANDING, |row| row.0.standing.word())
        .column("replications", "count", REPLICATIONS, |row| row.0.replications)
        .column("metric", "", "figure of the objective; none if not simulated", |row| {
            row.1.map(|one| one.metric.name())
        })
        .column("unit", "", UNIT, |row| row.1.map(|one| one.unit))
        .column("limit", BY_UNIT, "its limit", |row| row.1.map(|one| one.limit))
        .column("mean", BY_UNIT, MEAN_OF_ALL, |row| row.1.and_then(|one| one.mean))
        .column("half_width", BY_UNIT, TOGETHER, |row| row.1.and_then(|one| one.half_width))
        .column("margin", "share", MARGIN, |row| row.1.and_then(|one| one.margin))
        .finish()
}

const COST: &str = "mean bill of its replications and prices of its parts; of what was not \
    simulated, instances, addresses and parts";
const CORES: &str = "most vCPU cores of its gateways at any time";
const STANDING: &str = "`confirmed`, `met`, `violated`, `undecided`: of the same replications";
