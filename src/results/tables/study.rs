//! Tables of metrics over replications, objectives, comparisons and designs.

use crate::results::comparison::Comparison;
use crate::results::table::{Builder, Civil, Level, Table};
use crate::results::{
    MeanTimeSeries, MetricSummary, ObjectiveResult, ObjectiveStatus, Replicated, Sample,
    ScenarioInfo, Sizing,
};
use crate::terms::Metric;

pub(super) const BY_UNIT: &str = "by `unit`";
pub(super) const METRIC_NAME: &str = "name of the metric";
pub(super) const HALF_WIDTH: &str = "half-width of the confidence interval of the mean";
pub(super) const REPLICATIONS: &str = "independent replications";
pub(super) const UNIT: &str = "unit of the metric";

/// `replications`: one row per replication, with all metrics.
pub fn replications(scenario: &ScenarioInfo, sample: &Sample) -> Table {
    let headings = sample.metrics.iter().map(heading).zip(0_usize..);
    Builder::new("replications", "run, compare", "a replication", &sample.replications)
        .of(scenario)
        .column("replication", "", "number of the replication, from 0", |one| one.number)
        .column("events", "count", "events simulated", |one| one.events)
        .each(METRIC_HEADINGS, AS_NAMED, EACH_METRIC, headings, |one, index| {
            one.values.get(index).copied()
        })
        .finish()
}

pub(super) const METRIC_HEADINGS: &str = "{metric}";
pub(super) const AS_NAMED: &str = "as named";
pub(super) const EACH_METRIC: &str = "value of one metric, with one column \
    per metric of `cmgsim params --metrics` or of a component (`ports_peak[cp-1]`)";

/// Returns the column name of a metric: its name, which ends with the unit.
pub(super) fn heading(metric: &Metric) -> String {
    metric.name()
}

/// `metrics`: one row per metric.
pub fn metrics(scenario: &ScenarioInfo, replicated: &Replicated) -> Table {
    Builder::new(
        "metrics",
        "run",
        "a metric, with statistics over replications",
        &replicated.metrics,
    )
    .of(scenario)
    .column("metric", "", METRIC_NAME, |one| one.metric.name())
    .column("unit", "", UNIT, |one| one.metric.unit())
    .column("replications", "count", COUNT, |one| one.count)
    .summary(replicated.confidence, |one| one)
    .column("min", BY_UNIT, "minimum over replications", |one| one.min)
    .column("p5", BY_UNIT, "5th percentile over replications", |one| one.p5)
    .column("p50", BY_UNIT, "median over replications", |one| one.p50)
    .column("p95", BY_UNIT, "95th percentile over replications", |one| one.p95)
    .column("max", BY_UNIT, "maximum over replications", |one| one.max)
    .finish()
}

pub(super) const COUNT: &str = "replications with a value";
const UNREACHED: &str = "replications in which the metric is infinite: not reached before the end";

impl<R: Copy> Builder<R> {
    /// Adds the columns that summarise a metric over replications, from `not_reached` to
    /// `standard_deviation`.
    pub(super) fn summary<'a>(
        self,
        confidence: f64,
        of: impl Fn(R) -> &'a MetricSummary,
    ) -> Builder<R> {
        self.column("not_reached", "count", UNREACHED, |row| of(row).not_reached)
            .column("confidence", "share", "confidence level of the interval", |_| confidence)
            .column("mean", BY_UNIT, "mean of the replications with a value", |row| of(row).mean)
            .column("half_width", BY_UNIT, HALF_WIDTH, |row| of(row).half_width)
            .column(
                "standard_deviation",
                BY_UNIT,
                "standard deviation between replications",
                |row| of(row).standard_deviation,
            )
    }
}

/// `time_series_ci`: one row per interval, with means over replications and confidence intervals.
pub fn mean_time_series(info: &ScenarioInfo, means: &MeanTimeSeries) -> Table {
    let rows = means.start_s.iter().copied().enumerate();
    let row = "an interval of the time series, with statistics over replications; in a long \
               series, a row averages several intervals";
    let mut table = Builder::new("time_series_ci", "run", row, rows)
        .of(info)
        .column(
            "time_civil",
            "",
            "start of the interval, in the scenario's time zone",
            |(_, start)| Civil(info.civil_seconds(start)),
        )
        .column(
            "time_s",
            "s",
            "start of the interval, from the start of the measured period",
            |row| row.1,
        )
        .column(
            "until_s",
            "s",
            "end of the interval, from the start of the measured period",
            |(index, _)| means.end_s.get(index).copied(),
        );
    for one in &MeanTimeSeries::ALL {
        let (unit, values) = (one.unit, (one.get)(means));
        let of = |index: usize| values.get(index).filter(|value| value.count > 0);
        let (mean, half) = (
            format!("{}: mean over replications", one.meaning),
            format!("half-width of the confidence interval of `{}`", one.statistic("mean")),
        );
        let count = "replications with a value";
        table = table
            .column(one.statistic("mean"), unit, mean, move |(index, _)| {
                of(index).map(|value| value.mean)
            })
            .column(one.statistic("half_width"), unit, half, move |(index, _)| {
                of(index).and_then(|value| value.half_width)
            })
            .column(one.count(), "count", count, move |(index, _)| {
                of(index).map_or(0, |value| value.count)
            });
    }
    table.finish()
}

/// `objectives`: one row per objective.
pub fn objectives(scenario: &ScenarioInfo, objectives: &[ObjectiveResult]) -> Table {
    Builder::new("objectives", "run", "an objective of `[slo]`", objectives)
        .of(scenario)
        .column("metric", "", METRIC_NAME, |one| one.metric.name())
        .column("unit", "", UNIT, |one| one.unit)
        .column("bound", "", "`at most` or `at least` the limit", |one| bound(one.is_at_least))
        .column("limit", BY_UNIT, "limit", |one| one.limit)
        .column("mean", BY_UNIT, MEAN_OF_ALL, |one| one.mean)
        .column("half_width", BY_UNIT, JOINT_INTERVAL, |one| one.half_width)
        .column("margin", "share", MARGIN, |one| one.margin)
        .column("status", "", "`met`, `violated`, `undecided` or `not measured`", |one| {
            status_word(one.status)
        })
        .finish()
}

const MEAN_OF_ALL: &str = "mean over replications; no value if a replication has none";
const JOINT_INTERVAL: &str =
    "half-width of the confidence interval; all intervals hold jointly at the confidence level";
const MARGIN: &str =
    "distance of the mean from the limit as a share of the limit; negative if violated";

pub(super) fn bound(is_at_least: bool) -> &'static str {
    if is_at_least { "at least" } else { "at most" }
}

pub(super) fn status_word(status: ObjectiveStatus) -> String {
    status.word().to_lowercase()
}

/// `comparison`: one row per metric.
pub fn comparison(comparison: &Comparison) -> Table {
    let Comparison { first, second, replications, smallest_relevant_share, .. } = comparison;
    Builder::new("comparison", "compare", "a metric of both scenarios", &comparison.metrics)
        .column("first", "", "name of the first scenario", |_| &*first.name)
        .column("second", "", "name of the second scenario", |_| &*second.name)
        .column("seed", "", "seed of both scenarios", |_| first.seed)
        .column("replications", "count", "pairs of replications", |_| *replications)
        .column("metric", "", METRIC_NAME, |one| one.metric.name())
        .column("unit", "", UNIT, |one| one.metric.unit())
        .column(
            "first_mean",
            BY_UNIT,
            "mean of the first scenario; no value if a replication has none",
            |one| one.first_mean,
        )
        .column("second_mean", BY_UNIT, "mean of the second scenario", |one| one.second_mean)
        .column("difference", BY_UNIT, "second minus first, mean over replications", |one| {
            one.difference
        })
        .column("half_width", BY_UNIT, DIFFERENCE, |one| one.half_width)
        .column(
            "half_width_alone",
            BY_UNIT,
            "half-width of the individual confidence interval of this metric",
            |one| one.half_width_alone,
        )
        .column("half_width_independent", BY_UNIT, INDEPENDENT, |one| one.half_width_independent)
        .column("variance_reduction", "", REDUCTION, |one| one.variance_reduction)
        .column("change", "", CHANGE, |one| one.change.word().to_lowercase())
        .column("smallest_relevant_share", "share", RELEVANT, |_| *smallest_relevant_share)
        .finish()
}

const DIFFERENCE: &str = "half-width of the confidence interval of the difference; the \
    intervals of all metrics of the whole run hold jointly, those of components individually";
const CHANGE: &str = "`better`, `worse` or `different` (the whole interval is beyond the smallest \
    relevant difference), `no relevant difference` (within it), `undecided` (neither), `same` (in \
    every replication), `not comparable` (a scenario has no value)";
const RELEVANT: &str = "smallest relevant difference, as a share of `first_mean`";
const INDEPENDENT: &str =
    "half-width of the individual interval that independent random numbers would give";
const REDUCTION: &str = "factor by which common random numbers reduce the number of replications";

/// `designs`: one row per design and objective.
pub fn designs(sizing: &Sizing) -> Table {
    let rows = sizing.designs.iter().flat_map(|design| {
        let objectives = design.objectives.iter().map(move |one| (design, Some(one)));
        let nothing = design.objectives.is_empty().then_some((design, None));
        objectives.chain(nothing)
    });
    let paths = sizing.dimensions.iter().map(|one| &one.path).zip(0_usize..);
    Builder::new("designs", "size", "a design and one of its objectives", rows)
        .of(&sizing.scenario)
        .each(
            "{path}",
            "as in a scenario",
            "value of this parameter in the design",
            paths,
            |row, index| row.0.values.get(index).map(|value| Level(value)),
        )
        .column("cost_per_month", "currency", COST, |row| row.0.cost)
        .column("cores", "count", CORES, |row| row.0.cores)
        .column("status", "", DESIGN_STATUS, |row| row.0.status.word())
        .column("replications", "count", REPLICATIONS, |row| row.0.replications)
        .column("metric", "", "metric of the objective; no value if not simulated", |row| {
            row.1.map(|one| one.metric.name())
        })
        .column("unit", "", UNIT, |row| row.1.map(|one| one.unit))
        .column("limit", BY_UNIT, "limit of the objective", |row| row.1.map(|one| one.limit))
        .column("mean", BY_UNIT, MEAN_OF_ALL, |row| row.1.and_then(|one| one.mean))
        .column("half_width", BY_UNIT, JOINT_INTERVAL, |row| row.1.and_then(|one| one.half_width))
        .column("margin", "share", MARGIN, |row| row.1.and_then(|one| one.margin))
        .finish()
}

const COST: &str = "mean Azure cost over replications plus the prices set with `--price`; for \
    designs that were not simulated, the cost of instances, public IP addresses and load balancers \
    plus the prices set with `--price`";
const CORES: &str = "maximum number of vCPU cores of the gateways";
const DESIGN_STATUS: &str = "`confirmed`, `met`, `violated`, `undecided`";
