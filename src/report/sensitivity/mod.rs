//! A sensitivity study on the terminal: the answer, the effects of each assumption, and undecided
//! parameters.

mod answer;

use super::document::Cell::{self, Amount, Count};
use super::document::{Block, Document, Section, Table};
use super::format::{self, number, value};
use super::summary::heading;
use super::text::{self, hanging};
use crate::results::{
    Change, Crossing, Decision, ElementaryEffect, Metric, ObjectiveStatus, ParameterEffect,
    ParameterRange, ScreenedParameter, Screening, Sensitivity, TippingPoint, Unit,
};

pub use answer::{answer, measure_next};

/// Maximum number of rows in a table; the files contain all rows.
const ROWS_MAX: usize = 20;

/// Returns the whole report as text, ending with a line break.
pub fn text(result: &Sensitivity) -> String {
    let paragraph = |text: String| Section::new("", vec![Block::Paragraph(text)]);
    let answer = hanging("Answer", &answer_of(result));
    let mut sections = vec![paragraph(answer), heading(&result.scenario)];
    sections.extend(tables(result).into_iter().map(narrow));
    if let Some(screening) = &result.screening {
        let title = format!("Screening of {} parameters", screening.parameters.len());
        sections.extend(Section::list(title, screened(result, screening)));
    }
    let turns: Vec<String> = result.tipping_points.iter().flat_map(sentences).collect();
    sections.extend(match turns.is_empty() {
        false => Section::list("Tipping points: where the verdict on an objective changes", turns),
        true => (!result.tipping_points.is_empty())
            .then(|| paragraph(no_tipping_point(result).to_owned())),
    });
    let title = format!("Not varied: {} parameters", result.skipped.len());
    let skipped = result.skipped.iter().map(|one| format!("{}: {}", one.parameter, one.reason));
    sections.extend(Section::list(title, skipped.collect()));
    if !result.is_complete {
        let left = match result.screening {
            Some(_) => "undecided parameters",
            None => "the parameters not listed",
        };
        sections.push(paragraph(format!("INTERRUPTED: the analysis of {left} is incomplete.")));
    }
    text::render(&Document { sections })
}

/// Removes the columns that do not fit on a terminal of 80 columns; the files contain them.
fn narrow(section: Section) -> Section {
    const LEFT_OUT: [&str; 5] = ["default", "range", "mean at low", "mean at high", "half-width"];
    let blocks = section.blocks.into_iter().map(|block| match block {
        Block::Table(table) => Block::Table(table.without(&LEFT_OUT)),
        other => other,
    });
    Section { blocks: blocks.collect(), ..section }
}

/// Returns the effects on each metric.
pub(super) fn tables(result: &Sensitivity) -> Vec<Section> {
    let metrics = answer::metrics(result);
    let tables = metrics.iter().map(|metric| [effects(result, metric), morris(result, metric)]);
    tables.flatten().flatten().collect()
}

/// Returns the stored answer, or derives it if none is stored.
fn answer_of(result: &Sensitivity) -> String {
    match result.answer.is_empty() {
        true => answer(result),
        false => result.answer.clone(),
    }
}

/// Returns the answer, then the decisions of a screening and the tipping points.
pub(super) fn verdict(result: &Sensitivity) -> Vec<String> {
    let mut found: Vec<String> = result.tipping_points.iter().flat_map(sentences).collect();
    if found.is_empty() && !result.tipping_points.is_empty() {
        found.push(no_tipping_point(result).to_owned());
    }
    if let Some(screening) = &result.screening {
        found.splice(0..0, screened(result, screening));
    }
    found.insert(0, answer_of(result));
    found
}

fn no_tipping_point(result: &Sensitivity) -> &'static str {
    match result.screening {
        Some(_) => {
            "No parameter that matters changes the verdict on an objective within its range."
        }
        None => "No parameter changes the verdict on an objective within its range.",
    }
}

/// Describes the decisions of a screening and its guarantee.
fn screened(result: &Sensitivity, screening: &Screening) -> Vec<String> {
    let reaches = |one: &ScreenedParameter| {
        let of_metric = |effect: &&ParameterEffect| {
            let metric = screening.metrics.iter().find(|metric| metric.metric == effect.metric);
            metric.is_some_and(|metric| effect.swing.difference.abs() >= metric.threshold)
        };
        let mut own = result.effects.iter().filter(|effect| effect.parameter == one.parameter);
        own.any(|effect| of_metric(&effect))
    };
    let mut lines = Vec::new();
    let mut list = |decision, is_wanted: &dyn Fn(&ScreenedParameter) -> bool, what, why| {
        let of = screening.parameters.iter().filter(|one| one.decision == decision);
        let names: Vec<&str> =
            of.filter(|one| is_wanted(one)).map(|one| one.parameter.as_str()).collect();
        if !names.is_empty() {
            lines.push(format!("{what} ({}): {}.{why}", names.len(), names.join(", ")));
        }
    };
    let all = |_: &ScreenedParameter| true;
    list(Decision::Matters, &all, "Matters", "");
    let undecided = match (result.is_complete, screening.is_out_of_budget) {
        (false, _) => " The study was interrupted.",
        (true, true) => " The budget is exhausted: raise --budget.",
        (true, false) => " The random variation is too large: raise --replications or --threshold.",
    };
    let may =
        " The mean swing reaches the threshold, but may be due to chance: raise --replications.";
    list(Decision::Undecided, &reaches, "Undecided, at or above the threshold", may);
    list(Decision::Undecided, &|one| !reaches(one), "Undecided", undecided);
    list(Decision::Below, &all, "Below the threshold, measured individually", "");
    list(Decision::ScreenedOut, &all, "Screened out, tested in groups", "");
    list(Decision::NoEffect, &all, "No effect", " All results are identical over the whole range.");
    let thresholds: Vec<String> = screening
        .metrics
        .iter()
        .map(|one| {
            let why = if one.is_of_objective { " (objective)" } else { "" };
            format!("{} of {}{why}", value(one.metric.unit(), one.threshold), one.metric.name())
        })
        .collect();
    lines.push(format!(
        "Smallest changes that matter: {}. They are {} % of the metric's mean with all defaults, \
         or the distance of that mean from the limit of an objective (marked as objective).",
        thresholds.join(", "),
        number(100.0 * screening.threshold_share),
    ));
    if screening.parameters.iter().any(|one| one.decision == Decision::ScreenedOut) {
        lines.push(guarantee(screening));
    }
    let pilot = screening.pilot_clients.map_or(String::new(), |clients| {
        format!(", with a pilot of {} clients", format::count(clients))
    });
    lines.push(format!(
        "Cost, measured in events: {} replications of the scenario{pilot}.",
        number(screening.replications_worth)
    ));
    lines
}

/// Describes the probability that a screening misses a parameter.
fn guarantee(screening: &Screening) -> String {
    format!(
        "Guarantee: a parameter with a swing of {} times the threshold or more is screened out \
         with a probability of at most {} %. This assumes that the effects of the other parameters \
         in its group do not cancel its effect (`--method one-at-a-time` has no such assumption).",
        number(screening.guarantee_share / screening.threshold_share),
        number(100.0 * screening.miss_risk)
    )
}

/// Describes the method behind the effects on a metric, with replications and confidence level.
fn effects_note(result: &Sensitivity, metric: &Metric) -> String {
    let of_metric = || result.effects.iter().filter(|one| one.metric == *metric);
    let minimum = of_metric().map(|one| one.replications).min().unwrap_or(result.replications);
    let replications = match minimum {
        0 => result.replications.to_string(),
        minimum if minimum == result.replications => minimum.to_string(),
        minimum => format!("{minimum} to {}", result.replications),
    };
    let which = match result.screening {
        Some(_) => "Parameters measured individually, one at a time",
        None => "One parameter at a time",
    };
    text::filled(&format!(
        "({which}; {replications} replications with common random numbers; {} % joint confidence \
         of all intervals)",
        number(100.0 * result.confidence)
    ))
}

fn effects(result: &Sensitivity, metric: &Metric) -> Option<Section> {
    let of_metric = result.effects.iter().filter(|one| one.metric == *metric);
    let (rows, same): (Vec<&ParameterEffect>, Vec<_>) =
        of_metric.partition(|one| !is_nothing(&one.swing));
    let base = rows.first().or(same.first())?.default_mean;
    let last = if result.screening.is_some() { "decision" } else { "detectable" };
    let header = [
        "parameter",
        "low",
        "default",
        "high",
        "range",
        "mean at low",
        "mean at high",
        "swing",
        "half-width",
        last,
    ];
    let mut table = Table::new(&header, 1);
    for one in rows.iter().take(ROWS_MAX) {
        let unit = metric.unit();
        table.row([
            Cell::text(&one.parameter),
            Cell::text(plain(&one.low)),
            Cell::text(plain(&one.default)),
            Cell::text(plain(&one.high)),
            Cell::text(one.range.name()),
            Cell::Metric(unit, one.low_mean),
            Cell::Metric(unit, one.high_mean),
            Amount(swing(unit, &one.swing)),
            Cell::metric(unit, one.swing.half_width),
            Cell::text(decision(result, one)),
        ]);
    }
    let more = rows.len().saturating_sub(ROWS_MAX);
    let mut note = format!("Mean with all defaults: {}.", value(metric.unit(), base));
    if more > 0 {
        note.push_str(&format!(" ({more} more in sensitivity.csv)"));
    }
    let mut blocks = vec![Block::Table(table), Block::Note(note)];
    blocks.push(Block::Note(effects_note(result, metric)));
    blocks.extend(measured_ranges(&rows).map(Block::Note));
    if !same.is_empty() {
        let names: Vec<&str> = same.iter().map(|one| one.parameter.as_str()).collect();
        // In a screening, "no effect" is the name of a proven decision, so use other words.
        let same = match result.screening {
            Some(_) => "No effect measured",
            None => "No effect",
        };
        blocks.push(Block::List(vec![format!("{same}: {}.", names.join(", "))]));
    }
    Some(Section::new(format!("Effects on {}", metric.name()), blocks))
}

/// Names the parameters that vary over a measured interval; `None` if there are none.
fn measured_ranges(rows: &[&ParameterEffect]) -> Option<String> {
    let measured = rows.iter().filter(|one| one.range == ParameterRange::Measured);
    let names: Vec<String> = measured.map(|one| one.parameter.clone()).collect();
    (!names.is_empty()).then(|| {
        let names = format::joined(&names);
        text::filled(&format!(
            "(range: measured, the 95 % interval, for {names}; plausible for others)"
        ))
    })
}

/// Returns the decision of a screening about an effect on one metric, or otherwise whether the
/// swing is detectable.
fn decision(result: &Sensitivity, effect: &ParameterEffect) -> &'static str {
    let screening = result.screening.as_ref();
    match screening.and_then(|screening| decision_of(screening, effect)) {
        Some(decision) => decision.words(),
        None if effect.swing.is_detectable => "yes",
        None => "no",
    }
}

/// Returns the decision of a screening about an effect on one metric. A parameter that matters for
/// one metric may be below the threshold for another. `None` if the parameter was not screened.
fn decision_of(screening: &Screening, effect: &ParameterEffect) -> Option<Decision> {
    let parameter = screening.parameters.iter().find(|one| one.parameter == effect.parameter)?;
    let metric = screening.metrics.iter().find(|one| one.metric == effect.metric);
    let (Decision::Matters, Some(metric)) = (parameter.decision, metric) else {
        return Some(parameter.decision);
    };
    let changes = [effect.swing, effect.to_low, effect.to_high];
    let matters = |one: &Change| {
        let size = one.difference.abs();
        one.is_detectable && (size.is_nan() || size > 0.0 && size >= metric.threshold)
    };
    let is_below = |one: &Change| {
        let size = one.difference.abs();
        one.half_width.is_some_and(|half| size + half < metric.threshold || size + half == 0.0)
    };
    Some(match () {
        () if changes.iter().any(matters) => Decision::Matters,
        () if changes.iter().all(is_below) => Decision::Below,
        () => Decision::Undecided,
    })
}

/// Returns whether all replications are identical at both ends.
fn is_nothing(change: &Change) -> bool {
    change.difference == 0.0 && change.half_width.is_none_or(|width| width == 0.0)
}

fn swing(unit: Unit, change: &Change) -> String {
    match change.difference {
        0.0 => "0".to_owned(),
        up if up > 0.0 => format!("+{}", value(unit, up)),
        down if down == f64::NEG_INFINITY => "from never".to_owned(),
        other => value(unit, other),
    }
}

fn morris(result: &Sensitivity, metric: &Metric) -> Option<Section> {
    let rows: Vec<&ElementaryEffect> =
        result.morris.iter().filter(|one| one.metric == *metric).collect();
    let mut table = Table::new(&["parameter", "mu*", "mu", "sigma", "effects"], 1);
    for one in rows.iter().take(ROWS_MAX) {
        let cell = |observed: f64| match observed {
            0.0 => Cell::Number(0.0),
            other => Cell::Metric(metric.unit(), other),
        };
        table.row([
            Cell::text(&one.parameter),
            cell(one.mu_star),
            cell(one.mu),
            Cell::of(one.sigma, cell),
            Count(one.count),
        ]);
    }
    let mut notes = vec![
        "mu*: size of the effect; mu: its direction; sigma: non-linearity or interactions"
            .to_owned(),
    ];
    let more = rows.len().saturating_sub(ROWS_MAX);
    notes.extend((more > 0).then(|| format!("({more} more in morris.csv)")));
    let title = format!(
        "Effects on {}: elementary effects of {} trajectories (Morris)",
        metric.name(),
        result.trajectories
    );
    Section::table(title, table, notes)
}

/// Returns the tipping points of a parameter and an objective; empty if the verdict does not
/// change.
fn sentences(tipping_point: &TippingPoint) -> Vec<String> {
    if !tipping_point.changes {
        return Vec::new();
    }
    let bound =
        format::bound(tipping_point.is_at_least, tipping_point.metric.unit(), tipping_point.limit);
    let objective = format!("{} {bound}", tipping_point.metric.name());
    let (provenance, kind) = match tipping_point.range {
        ParameterRange::Plausible => ("assumed", "plausible"),
        ParameterRange::Measured => ("measured", "95 % interval"),
    };
    let range = format!(
        "({provenance} {}, {kind} {} to {})",
        plain(&tipping_point.default),
        plain(&tipping_point.low),
        plain(&tipping_point.high)
    );
    if tipping_point.turns.is_empty() {
        return vec![format!(
            "{objective}: the verdict changes with {} {range}: {} at low, {} at the default, {} at \
             high",
            tipping_point.parameter,
            word(tipping_point.low_status),
            word(tipping_point.default_status),
            word(tipping_point.high_status)
        )];
    }
    let sentence = |crossing: &Crossing| {
        format!(
            "{objective} ({}): the verdict changes if {} is {} about {} {range}",
            word(tipping_point.default_status),
            tipping_point.parameter,
            if crossing.is_above { "above" } else { "below" },
            plain(&crossing.tipping_point)
        )
    };
    tipping_point.turns.iter().map(sentence).collect()
}

fn word(status: ObjectiveStatus) -> String {
    status.word().to_lowercase()
}

/// Formats a value; a distribution is named by its kind.
fn plain(value: &str) -> String {
    const LENGTH_MAX: usize = 24;
    if value.matches('{').count() > 1 {
        return "by kind".to_owned();
    }
    if let Some(table) = value.strip_prefix('{') {
        let dist = table.split("dist = \"").nth(1).and_then(|rest| rest.split('"').next());
        return dist.map_or("by kind".to_owned(), |dist| format!("{dist} distribution"));
    }
    if value.chars().count() <= LENGTH_MAX {
        return value.to_owned();
    }
    let start: String = value.chars().take(LENGTH_MAX - 1).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::MetricFamily;

    fn tipping_point(turns: Vec<Crossing>) -> TippingPoint {
        TippingPoint {
            parameter: "network.client_azure".to_owned(),
            low: "5ms".to_owned(),
            default: "35ms".to_owned(),
            high: "200ms".to_owned(),
            range: ParameterRange::Plausible,
            metric: MetricFamily::LatencyP95.into(),
            is_at_least: false,
            limit: 0.6,
            default_status: ObjectiveStatus::Met,
            low_status: ObjectiveStatus::Met,
            high_status: ObjectiveStatus::Violated,
            changes: true,
            turns,
        }
    }

    #[test]
    fn a_tipping_point_is_described_in_a_sentence() {
        let crossing = Crossing {
            is_above: true,
            tipping_point: "83ms".to_owned(),
            last_unchanged: "82ms".to_owned(),
            first_changed: "84ms".to_owned(),
        };
        assert_eq!(
            sentences(&tipping_point(vec![crossing])),
            ["latency_p95_s at most 600 ms (met): the verdict changes if network.client_azure is \
              above about 83ms (assumed 35ms, plausible 5ms to 200ms)"]
        );
        let measured =
            TippingPoint { range: ParameterRange::Measured, ..tipping_point(Vec::new()) };
        let measured = sentences(&measured).concat();
        assert!(measured.contains("(measured 35ms, 95 % interval 5ms to 200ms)"), "{measured}");
        let without = sentences(&tipping_point(Vec::new()));
        assert!(without[0].ends_with("met at low, met at the default, violated at high"));
        let unchanged = TippingPoint { changes: false, ..tipping_point(Vec::new()) };
        assert!(sentences(&unchanged).is_empty());
    }

    #[test]
    fn distributions_are_shown_by_their_kind() {
        assert_eq!(
            plain("{ cv = 0.5, dist = \"lognormal\", mean = \"5ms\" }"),
            "lognormal distribution"
        );
        assert_eq!(plain("{ default = \"8ms\", keep_alive = \"500us\" }"), "by kind");
        assert_eq!(plain("{ default = { dist = \"gamma\", mean = \"1s\" } }"), "by kind");
        assert_eq!(plain("35ms"), "35ms");
    }
}
