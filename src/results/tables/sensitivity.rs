//! Tables of a sensitivity study.

use super::study::{BY_UNIT, METRIC_NAME, REPLICATIONS, UNIT, bound, status_word};
use crate::results::sensitivity::{
    Change, Crossing, ElementaryEffect, ParameterEffect, Sensitivity, TippingPoint,
};
use crate::results::table::{Alike, Builder, Level, Table};
use crate::terms::Metric;

/// Starts a table whose rows belong to a metric.
fn of_metrics<'a, R: Copy>(
    name: &'static str,
    row: &'static str,
    sensitivity: &Sensitivity,
    rows: impl IntoIterator<Item = R>,
    replications: impl Fn(R) -> u64,
    metric: impl Fn(R) -> &'a Metric,
) -> Builder<R> {
    Builder::new(name, "sensitivity", row, rows)
        .of(&sensitivity.scenario)
        .column("replications", "count", REPLICATIONS, replications)
        .column("metric", "", METRIC_NAME, |row| metric(row).name())
        .column("unit", "", UNIT, |row| metric(row).unit())
}

const RANGE: &str = "kind of the range: `plausible` (of an assumed default, from the catalogue) or \
                     `measured` (95 % interval of a measured value)";
const PARAMETER: &str = "parameter, as listed by `cmgsim params`";

/// `sensitivity`: one row per metric and parameter.
pub fn effects(sensitivity: &Sensitivity) -> Table {
    let effects = &sensitivity.effects;
    let row = "a metric and a parameter, over the range of the parameter";
    let count = |one: &ParameterEffect| match one.replications {
        0 => sensitivity.replications,
        own => own,
    };
    let mut table = of_metrics("sensitivity", row, sensitivity, effects, count, |one| &one.metric)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .ends(|one| [&one.low, &one.default, &one.high])
        .column("range", "", RANGE, |one| one.range.name())
        .column("low_mean", BY_UNIT, "mean at the low end of the range", |one| one.low_mean)
        .column("default_mean", BY_UNIT, "mean at the defaults", |one| one.default_mean)
        .column("high_mean", BY_UNIT, "mean at the high end of the range", |one| one.high_mean);
    let changes: [Alike<ParameterEffect, Change>; 3] = [
        ("swing", "the metric at the high end minus the metric at the low end", |one| one.swing),
        ("low", "the metric at the low end minus the metric at the default", |one| one.to_low),
        ("high", "the metric at the high end minus the metric at the default", |one| one.to_high),
    ];
    for (short, what, of) in changes {
        let name =
            if short == "swing" { "swing".to_owned() } else { format!("{short}_minus_default") };
        let width = (
            format!("{short}_half_width"),
            format!("half-width of the confidence interval of `{name}`"),
        );
        table = table
            .column(name, BY_UNIT, format!("{what}: mean difference of the metric"), |one| {
                of(one).difference
            })
            .column(width.0, BY_UNIT, width.1, |one| of(one).half_width);
    }
    table
        .column("is_detectable", "", "whether the swing is larger than chance can explain", |one| {
            one.swing.is_detectable
        })
        .finish()
}

impl<R: Copy> Builder<R> {
    /// Adds the columns of the range of a parameter.
    fn ends<'a>(self, of: impl Fn(R) -> [&'a String; 3]) -> Self {
        let unit = "as in a scenario";
        self.column("low", unit, "low end of the range", |row| Level(of(row)[0]))
            .column("default", unit, "default value", |row| Level(of(row)[1]))
            .column("high", unit, "high end of the range", |row| Level(of(row)[2]))
    }
}

/// `morris`: one row per metric and parameter.
pub fn morris(sensitivity: &Sensitivity) -> Table {
    let row = "a metric and the elementary effects of a parameter";
    let count = |_: &ElementaryEffect| sensitivity.replications;
    of_metrics("morris", row, sensitivity, &sensitivity.morris, count, |one| &one.metric)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .column("range", "", RANGE, |one| one.range.name())
        .column(
            "mu_star",
            BY_UNIT,
            "mean of the absolute elementary effects, per full range",
            |one| one.mu_star,
        )
        .column("mu", BY_UNIT, "mean of the elementary effects", |one| one.mu)
        .column("sigma", BY_UNIT, "standard deviation of the elementary effects", |one| one.sigma)
        .column("trajectories", "count", "trajectories with an elementary effect", |one| one.count)
        .finish()
}

/// `screening`: one row per parameter, with the decision about it and its evidence.
pub fn screening(sensitivity: &Sensitivity) -> Table {
    let rows = sensitivity.screening.iter().flat_map(|screening| &screening.parameters);
    Builder::new("screening", "sensitivity", "a parameter in a screening", rows)
        .of(&sensitivity.scenario)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .column("range", "", RANGE, |one| one.range.name())
        .column(
            "decision",
            "",
            "`matters`, `below the threshold` (measured individually), `screened out` (in groups), \
             `no effect` (the model is identical at both ends and at the default) or `undecided`",
            |one| one.decision.words(),
        )
        .column(
            "tests_clear",
            "count",
            "valid group tests that include the parameter and show an effect below twice the \
             threshold",
            |one| one.tests_clear,
        )
        .column(
            "tests_not_clear",
            "count",
            "valid group tests that include the parameter and show an effect of at least twice the \
             threshold",
            |one| one.tests_not_clear,
        )
        .column(
            "replications",
            "count",
            "replications at each end of the range in individual measurements",
            |one| one.replications,
        )
        .finish()
}

/// `tipping_points`: one row per parameter, objective and tipping point; without a tipping point,
/// the last columns are empty.
pub fn tipping_points(sensitivity: &Sensitivity) -> Table {
    type Row<'a> = (&'a TippingPoint, Option<&'a Crossing>);
    let rows = sensitivity.tipping_points.iter().flat_map(|tipping_point| {
        let turns = tipping_point
            .turns
            .iter()
            .map(move |crossing| -> Row<'_> { (tipping_point, Some(crossing)) });
        turns.chain(tipping_point.turns.is_empty().then_some((tipping_point, None)))
    });
    let row = "a parameter and an objective, with the tipping point";
    let unit = "as in a scenario";
    let count = |_: Row<'_>| sensitivity.replications;
    of_metrics("tipping_points", row, sensitivity, rows, count, |row: Row<'_>| &row.0.metric)
        .column("bound", "", "`at most` or `at least` the limit", |row| bound(row.0.is_at_least))
        .column("limit", BY_UNIT, "limit of the objective", |row| row.0.limit)
        .column("parameter", "", PARAMETER, |row| &*row.0.parameter)
        .ends(|row| [&row.0.low, &row.0.default, &row.0.high])
        .column("range", "", RANGE, |row| row.0.range.name())
        .column(
            "low_status",
            "",
            "status at the low end: `met`, `violated`, `undecided` or `not measured`",
            |row| status_word(row.0.low_status),
        )
        .column("default_status", "", "status at the defaults", |row| {
            status_word(row.0.default_status)
        })
        .column("high_status", "", "status at the high end", |row| status_word(row.0.high_status))
        .column(
            "changes",
            "",
            "whether the mean meets the limit at some, but not all, of `low`, `default`, `high`",
            |row| row.0.changes,
        )
        .column(
            "direction",
            "",
            "side of the tipping point on which the status differs: `above` or `below`",
            |row| row.1.map(|crossing| if crossing.is_above { "above" } else { "below" }),
        )
        .column("tipping_point", unit, "estimated value at which the status changes", |row| {
            row.1.map(|crossing| Level(&crossing.tipping_point))
        })
        .column("last_unchanged", unit, "last value with the status of the default", |row| {
            row.1.map(|crossing| Level(&crossing.last_unchanged))
        })
        .column("first_changed", unit, "first value with a different status", |row| {
            row.1.map(|crossing| Level(&crossing.first_changed))
        })
        .finish()
}
