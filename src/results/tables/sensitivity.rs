//! Tables of what depends on which assumption.

use super::study::{BY_UNIT, FIGURE, REPLICATIONS, UNIT, bound, judged};
use crate::results::sensitivity::{
    Change, ElementaryEffect, Flip, ParameterEffect, Sensitivity, Turn,
};
use crate::results::table::{Alike, Builder, Level, Table};
use crate::terms::Metric;

/// A table whose rows say which figure they are of.
fn of_figures<'a, R: Copy>(
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
        .column("metric", "", FIGURE, |row| metric(row).name())
        .column("unit", "", UNIT, |row| metric(row).unit())
}

const PARAMETER: &str = "the parameter, a row of `cmgsim params`";

/// `sensitivity`: one row a figure and parameter.
pub fn effects(sensitivity: &Sensitivity) -> Table {
    let effects = &sensitivity.effects;
    let row = "a figure and a parameter, over the parameter's range";
    let count = |one: &ParameterEffect| match one.replications {
        0 => sensitivity.replications,
        own => own,
    };
    let mut table = of_figures("sensitivity", row, sensitivity, effects, count, |one| &one.metric)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .ends(|one| [&one.low, &one.default, &one.high])
        .column("mean_at_low", BY_UNIT, "mean of the figure at the low end", |one| one.low_mean)
        .column("mean_at_default", BY_UNIT, "with all defaults", |one| one.base_mean)
        .column("mean_at_high", BY_UNIT, "at the high end", |one| one.high_mean);
    let changes: [Alike<ParameterEffect, Change>; 3] = [
        ("swing", "the high less the low end", |one| one.swing),
        ("low", "the low end less the default", |one| one.to_low),
        ("high", "the high end less the default", |one| one.to_high),
    ];
    for (short, what, of) in changes {
        let name =
            if short == "swing" { "swing".to_owned() } else { format!("{short}_minus_default") };
        let width = (format!("{short}_half_width"), format!("half-width of {what}"));
        table = table
            .column(name, BY_UNIT, format!("{what}, by replication"), |one| of(one).difference)
            .column(width.0, BY_UNIT, width.1, |one| of(one).half_width);
    }
    table
        .column("is_detectable", "", "whether the swing is more than chance", |one| {
            one.swing.is_detectable
        })
        .finish()
}

impl<R: Copy> Builder<R> {
    /// The range of a parameter.
    fn ends<'a>(self, of: impl Fn(R) -> [&'a String; 3]) -> Self {
        let unit = "as in a scenario";
        self.column("low", unit, "its low end", |row| Level(of(row)[0]))
            .column("default", unit, "its default", |row| Level(of(row)[1]))
            .column("high", unit, "its high end", |row| Level(of(row)[2]))
    }
}

/// `morris`: one row a figure and parameter.
pub fn morris(sensitivity: &Sensitivity) -> Table {
    let row = "a figure and the elementary effects of a parameter";
    let count = |_: &ElementaryEffect| sensitivity.replications;
    of_figures("morris", row, sensitivity, &sensitivity.morris, count, |one| &one.metric)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .column("mu_star", BY_UNIT, "mean of the effects' sizes, by the whole range", |one| {
            one.mu_star
        })
        .column("mu", BY_UNIT, "mean of the effects", |one| one.mu)
        .column("sigma", BY_UNIT, "their standard deviation", |one| one.sigma)
        .column("trajectories", "count", "how many trajectories have one", |one| one.count)
        .finish()
}

/// `screening`: one row a parameter, with what was decided about it and by what.
pub fn screening(sensitivity: &Sensitivity) -> Table {
    let rows = sensitivity.screening.iter().flat_map(|screening| &screening.parameters);
    Builder::new("screening", "sensitivity", "a parameter in a screening", rows)
        .of(&sensitivity.scenario)
        .column("parameter", "", PARAMETER, |one| &*one.parameter)
        .column(
            "decision",
            "",
            "`matters`, `below the threshold` (measured singly), `screened out` (in groups), `no \
             effect` (the model is the same at both ends) or `undecided`",
            |one| one.decision.words(),
        )
        .column(
            "tests_clear",
            "count",
            "tests of groups with it that count and showed no more than is guaranteed",
            |one| one.tests_clear,
        )
        .column("tests_not_clear", "count", "those that showed more", |one| one.tests_not_clear)
        .column("replications", "count", "replications of its ends, measured singly", |one| {
            one.replications
        })
        .finish()
}

/// `flips`: one row a parameter, objective and value at which the verdict turns; where there is
/// none to be named, the last columns are empty.
pub fn flips(sensitivity: &Sensitivity) -> Table {
    type Row<'a> = (&'a Flip, Option<&'a Turn>);
    let rows = sensitivity.flips.iter().flat_map(|flip| {
        let turns = flip.turns.iter().map(move |turn| -> Row<'_> { (flip, Some(turn)) });
        turns.chain(flip.turns.is_empty().then_some((flip, None)))
    });
    let row = "a parameter and an objective, and where its verdict turns";
    let unit = "as in a scenario";
    let count = |_: Row<'_>| sensitivity.replications;
    of_figures("flips", row, sensitivity, rows, count, |row: Row<'_>| &row.0.metric)
        .column("bound", "", "`at most` or `at least` the limit", |row| bound(row.0.is_at_least))
        .column("limit", BY_UNIT, "the limit", |row| row.0.limit)
        .column("parameter", "", PARAMETER, |row| &*row.0.parameter)
        .ends(|row| [&row.0.low, &row.0.default, &row.0.high])
        .column("at_low", "", "`met`, `violated` or `undecided` at the low end", |row| {
            judged(row.0.at_low)
        })
        .column("at_default", "", "with all defaults", |row| judged(row.0.base))
        .column("at_high", "", "at the high end", |row| judged(row.0.at_high))
        .column(
            "changes",
            "",
            "whether the mean keeps to the limit at one and not at another",
            |row| row.0.changes,
        )
        .column("direction", "", "whether the answer is another `above` or `below`", |row| {
            row.1.map(|turn| if turn.is_above { "above" } else { "below" })
        })
        .column("turns_at", unit, "about where", |row| row.1.map(|turn| Level(&turn.value)))
        .column("usual_until", unit, "the last value with the default's answer", |row| {
            row.1.map(|turn| Level(&turn.usual))
        })
        .column("other_from", unit, "the first value with another", |row| {
            row.1.map(|turn| Level(&turn.other))
        })
        .finish()
}
