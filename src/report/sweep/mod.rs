//! A sweep on the terminal: the answer, the best point of each metric, and the points.

mod answer;

use super::Tone;
use super::document::Cell::{self, Amount};
use super::document::{Block, Document, Section, Table};
use super::fitted::fitted;
use super::format::{count, number, value};
use super::text::{self, hanging};
use crate::results::{
    Better, MetricSummary, ObjectiveResult, ObjectiveStatus, SweepPlan, SweepResult, Unit,
};

pub use answer::answer;

/// Number of points printed on the terminal; the file contains all points.
const POINTS_SHOWN: usize = 200;

/// Maximum number of points that a sentence names.
const POINTS_NAMED: usize = 4;

/// Metric that the table shows in addition to the requested ones.
const COST: &str = "cost_per_month";

/// Returns the whole report as text, ending with a line break.
pub fn text(result: &SweepResult) -> String {
    let plan = &result.plan;
    let question = (!plan.question.is_empty()).then(|| plan.question.clone());
    let heading = [plan.scenario.clone()].into_iter().chain(question).chain([about(plan)]);
    let heading = heading.map(|line| text::filled(&line));
    let kept = 1 + plan.factors.len();
    let mut blocks: Vec<Block> = points(result, POINTS_SHOWN)
        .into_iter()
        .flat_map(|block| match block {
            Block::Table(table) => fitted(table, kept, "points.csv"),
            other => vec![other],
        })
        .collect();
    blocks.push(Block::Paragraph(format!("{} events.", count(result.events))));
    let answer = hanging("Answer", &answer::requirements(result).1);
    let sections = [
        Some(Section::new("", vec![Block::Paragraph(answer)])),
        Some(Section::new("", heading.map(Block::Paragraph).collect())),
        Section::list("", best_points(result)),
        Some(Section::new("", blocks)),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

/// Describes points, replications and seed in one line.
pub(super) fn about(plan: &SweepPlan) -> String {
    let interval = match plan.replications {
        0 | 1 => "one replication per point: no intervals".to_owned(),
        several => format!(
            "{} replications per point · means with {} % intervals",
            count(u64::from(several)),
            number(100.0 * plan.confidence)
        ),
    };
    format!(
        "{} points ({}) · {interval} · seed {}",
        count(plan.points.len() as u64),
        plan.design,
        plan.seed
    )
}

/// Returns the answer, and the best point of each metric.
pub(super) fn verdict(result: &SweepResult) -> (Tone, Vec<String>) {
    let (tone, answer) = answer::requirements(result);
    (tone, std::iter::once(answer).chain(best_points(result)).collect())
}

/// Describes the best point of each metric.
fn best_points(result: &SweepResult) -> Vec<String> {
    let mut sentences: Vec<String> =
        result.plan.metrics.iter().filter_map(|name| best(result, name)).collect();
    if result.plan.replications < 2 {
        sentences.push(
            "One replication per point gives no intervals; run with --replications 10.".to_owned(),
        );
    }
    sentences
}

/// Describes which points meet all objectives; empty without objectives.
fn objectives(result: &SweepResult) -> (Tone, Option<String>) {
    let statuses: Vec<Option<ObjectiveStatus>> =
        result.objectives.iter().map(|all| point_status(all)).collect();
    if statuses.iter().all(Option::is_none) {
        return (Tone::Plain, None);
    }
    let of = |wanted: ObjectiveStatus| -> Vec<usize> {
        let all = statuses.iter().enumerate().filter(|(_, found)| **found == Some(wanted));
        all.map(|(point, _)| point).collect()
    };
    let [met, undecided, not_measured] =
        [ObjectiveStatus::Met, ObjectiveStatus::Undecided, ObjectiveStatus::NotMeasured].map(of);
    let all = count(statuses.len() as u64);
    let mut open = match undecided.len() {
        0 => String::new(),
        some => format!("; {} undecided (raise --replications)", count(some as u64)),
    };
    if !not_measured.is_empty() {
        open.push_str(&format!("; {} not measured", count(not_measured.len() as u64)));
    }
    let sentence = match met.len() {
        0 => format!("None of {all} points meets all objectives{open}."),
        some => format!(
            "{} of {all} points meet all objectives: {}{open}.",
            count(some as u64),
            named(result, &met)
        ),
    };
    let tone = match (met.is_empty(), undecided.is_empty() && not_measured.is_empty()) {
        (false, _) => Tone::Good,
        (true, false) => Tone::Warning,
        (true, true) => Tone::Bad,
    };
    (tone, Some(sentence))
}

/// Returns whether a point meets all of its objectives; `None` without objectives.
fn point_status(objectives: &[ObjectiveResult]) -> Option<ObjectiveStatus> {
    (!objectives.is_empty()).then(|| ObjectiveStatus::of_all(objectives))
}

/// Lists points by their values, the cheapest first if costs are known.
fn named(result: &SweepResult, points: &[usize]) -> String {
    let cost = |point: usize| result.metric(point, COST).and_then(|one| one.mean);
    let mut points = points.to_vec();
    points.sort_by(|one, other| {
        let cost = |point: usize| cost(point).unwrap_or(f64::INFINITY);
        cost(*one).total_cmp(&cost(*other)).then(one.cmp(other))
    });
    let shown = points.iter().take(POINTS_NAMED);
    let mut names: Vec<String> = shown.map(|point| place(result, *point)).collect();
    if points.len() > POINTS_NAMED {
        names.push(format!("and {} more", count((points.len() - POINTS_NAMED) as u64)));
    }
    let [minimum, maximum] =
        [points.first(), points.last()].map(|point| point.and_then(|it| cost(*it)));
    let is_sorted = minimum.is_some_and(|minimum| maximum.is_some_and(|maximum| minimum < maximum));
    let lead = if is_sorted { "cheapest first, " } else { "" };
    format!("{lead}{}", names.join("; "))
}

/// Describes a point by its values: `gateway.main.instances = 4 (point 2)`.
fn place(result: &SweepResult, point: usize) -> String {
    let plan = &result.plan;
    let values = plan.factors.iter().zip(&plan.points[point].levels);
    let values: Vec<String> =
        values.map(|(factor, level)| format!("{} = {level}", factor.path)).collect();
    format!("{} (point {point})", values.join(", "))
}

/// Describes the point at which a metric is best and whether other points may be equally good, or
/// the range of the metric if neither direction is better.
fn best(result: &SweepResult, name: &str) -> Option<String> {
    let found: Vec<(usize, &MetricSummary, f64)> = (0..result.plan.points.len())
        .filter_map(|point| {
            let found = result.metric(point, name).filter(|one| one.not_reached == 0)?;
            Some((point, found, found.mean?))
        })
        .collect();
    let minimum = found.iter().min_by(|one, other| one.2.total_cmp(&other.2))?;
    let maximum = found.iter().max_by(|one, other| one.2.total_cmp(&other.2))?;
    if minimum.2 == maximum.2 {
        return Some(format!(
            "{name} is {} at all points.",
            value(minimum.1.metric.unit(), minimum.2)
        ));
    }
    let reported = |(point, summary, _): &(usize, &MetricSummary, f64)| {
        format!("{} at {}", with_interval(summary), place(result, *point))
    };
    let (best, worst, word, other) = match minimum.1.metric.better() {
        Better::Lower => (minimum, maximum, "lowest", "highest"),
        Better::Higher => (maximum, minimum, "highest", "lowest"),
        Better::Neither => {
            return Some(format!(
                "{name} ranges from {} to {}.",
                reported(minimum),
                reported(maximum)
            ));
        }
    };
    let half = |summary: &MetricSummary| summary.half_width.unwrap_or(0.0);
    let alike = found.iter().filter(|(point, summary, mean)| {
        *point != best.0 && (mean - best.2).abs() <= half(summary) + half(best.1)
    });
    let alike = match alike.count() {
        0 => String::new(),
        1 => " The interval of 1 other point overlaps that of the best point.".to_owned(),
        some => format!(
            " The intervals of {} other points overlap that of the best point.",
            count(some as u64)
        ),
    };
    let never = result.plan.points.len() - found.len();
    let never = match never {
        0 => String::new(),
        some => format!(" At {} points some replications have no value.", count(some as u64)),
    };
    Some(format!(
        "{name} is {word}, {}; {other}, {}.{alike}{never}",
        reported(best),
        reported(worst)
    ))
}

/// Returns the metrics of the table: the requested ones, those of objectives, and the cost.
fn columns(result: &SweepResult) -> Vec<String> {
    let mut names: Vec<String> = result.plan.metrics.clone();
    let objectives = result.objectives.iter().flatten().map(|one| one.metric.to_string());
    let has_bill = result.metric(0, COST).and_then(|one| one.mean).is_some_and(|mean| mean > 0.0);
    for name in objectives.chain(has_bill.then(|| COST.to_owned())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Returns the first `maximum` points with their values, objectives and metrics, and a note on the
/// omitted points.
pub(super) fn points(result: &SweepResult, maximum: usize) -> Vec<Block> {
    let plan = &result.plan;
    let names = columns(result);
    let has_objectives = result.objectives.iter().any(|all| !all.is_empty());
    let paths = plan.factors.iter().map(|factor| factor.path.as_str());
    let header: Vec<&str> = ["point"]
        .into_iter()
        .chain(paths)
        .chain(has_objectives.then_some("objectives"))
        .chain(names.iter().map(String::as_str))
        .collect();
    let mut table = Table::new(&header, 0);
    for (number, point) in plan.points.iter().take(maximum).enumerate() {
        let mut row = vec![Cell::text(number.to_string())];
        row.extend(point.levels.iter().map(Cell::text));
        if has_objectives {
            row.push(statuses(result.objectives.get(number).map_or(&[][..], Vec::as_slice)));
        }
        row.extend(
            names.iter().map(|name| {
                Cell::of(result.metric(number, name), |one| Amount(with_interval(one)))
            }),
        );
        table.row(row);
    }
    let more = plan.points.len().saturating_sub(maximum);
    let more = (more > 0).then(|| format!("({} more in points.csv)", count(more as u64)));
    [Block::Table(table)].into_iter().chain(more.map(Block::Note)).collect()
}

/// Formats the verdict on the objectives of a point: `met`, or the objectives that are not met.
fn statuses(objectives: &[ObjectiveResult]) -> Cell {
    let Some(status) = point_status(objectives) else { return Cell::Empty };
    let open = objectives.iter().filter(|one| one.status == status);
    let open: Vec<&str> = open.map(|one| one.metric.name()).collect();
    match status {
        ObjectiveStatus::Met => status.into(),
        other => Cell::text(format!("{}: {}", other.word(), open.join(", "))),
    }
}

/// Formats mean and half-width: `310 ms +- 12 ms`.
fn with_interval(summary: &MetricSummary) -> String {
    let unit: Unit = summary.metric.unit();
    let Some(mean) = summary.mean else {
        return if summary.not_reached > 0 { "never" } else { "-" }.to_owned();
    };
    match (summary.not_reached, summary.half_width) {
        (0, Some(half)) => format!("{} +- {}", value(unit, mean), value(unit, half)),
        (0, None) => value(unit, mean),
        (never, _) => {
            let all = summary.count + never;
            format!("{} (never in {never} of {all})", value(unit, mean))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Metric, Replicated, SweepFactor, SweepPoint};
    use crate::terms::MetricFamily;

    /// Returns points of `gateway.main.instances` with a mean and half-width of the p95 latency and
    /// a verdict.
    fn sweep(points: &[(f64, f64, ObjectiveStatus)]) -> SweepResult {
        let summary = |name: &str, mean, half_width| MetricSummary {
            metric: Metric::from_name(name).expect("a metric"),
            count: 10,
            not_reached: 0,
            mean: Some(mean),
            half_width: Some(half_width),
            standard_deviation: None,
            min: None,
            p5: None,
            p50: None,
            p95: None,
            max: None,
        };
        let objective =
            |(mean, half_width, status): &(f64, f64, ObjectiveStatus)| ObjectiveResult {
                metric: MetricFamily::LatencyP95,
                unit: Unit::Seconds,
                is_at_least: false,
                limit: 1.0,
                mean: Some(*mean),
                half_width: Some(*half_width),
                margin: None,
                status: *status,
            };
        let point = |(number, _): (usize, &(f64, f64, ObjectiveStatus))| SweepPoint {
            levels: vec![(number + 2).to_string()],
            ..SweepPoint::default()
        };
        let metrics =
            |(number, (mean, half, _)): (usize, &(f64, f64, ObjectiveStatus))| Replicated {
                metrics: vec![
                    summary("latency_p95_s", *mean, *half),
                    summary(COST, 100.0 * (number + 2) as f64, 0.0),
                ],
                ..Replicated::default()
            };
        let factor =
            SweepFactor { path: "gateway.main.instances".to_owned(), asked: "2..4".into() };
        SweepResult {
            plan: SweepPlan {
                factors: vec![factor],
                points: points.iter().enumerate().map(point).collect(),
                replications: 10,
                metrics: vec!["latency_p95_s".to_owned()],
                ..SweepPlan::default()
            },
            summaries: points.iter().enumerate().map(metrics).collect(),
            objectives: points.iter().map(|one| vec![objective(one)]).collect(),
            ..SweepResult::default()
        }
    }

    #[test]
    fn the_answer_names_the_points_that_meet_the_objectives_and_the_knee() {
        let found = sweep(&[
            (2.0, 0.1, ObjectiveStatus::Violated),
            (0.8, 0.05, ObjectiveStatus::Met),
            (0.78, 0.05, ObjectiveStatus::Met),
        ]);
        let (tone, sentences) = verdict(&found);
        assert_eq!(tone, Tone::Good);
        assert_eq!(
            sentences,
            [
                "2 of 3 points meet all objectives: cheapest first, gateway.main.instances = 3 \
                 (point 1); gateway.main.instances = 4 (point 2); the knee of latency_p95_s is at \
                 gateway.main.instances = 3: with 2 (33.3 % fewer), the metric rises from 800 ms \
                 to 2.00 s.",
                "latency_p95_s is lowest, 780 ms +- 50.0 ms at gateway.main.instances = 4 (point 2); \
                 highest, 2.00 s +- 100 ms at gateway.main.instances = 2 (point 0). The interval \
                 of 1 other point overlaps that of the best point.",
            ]
        );
        let none =
            sweep(&[(2.0, 0.1, ObjectiveStatus::Violated), (1.0, 0.1, ObjectiveStatus::Undecided)]);
        let (tone, sentences) = verdict(&none);
        assert_eq!(tone, Tone::Warning);
        let expected = "None of 2 points meets all objectives; 1 undecided";
        assert!(sentences[0].starts_with(expected), "{sentences:?}");
    }

    #[test]
    fn an_objective_without_a_value_is_not_met() {
        let found = sweep(&[
            (0.8, 0.05, ObjectiveStatus::NotMeasured),
            (0.78, 0.05, ObjectiveStatus::NotMeasured),
        ]);
        let (tone, sentences) = verdict(&found);
        assert_eq!(tone, Tone::Warning);
        let expected = "None of 2 points meets all objectives; 2 not measured.";
        assert_eq!(sentences[0], expected);
        let text = text(&found);
        assert!(text.contains("not measured: latency_p95_s"), "{text}");
    }

    #[test]
    fn the_table_formats_numbers_with_intervals() {
        let found = sweep(&[(2.123_456_789, 0.1, ObjectiveStatus::Violated)]);
        let text = text(&found);
        for part in ["2.12 s +- 100 ms", "violated: latency_p95_s", "200 +- 0", "objectives"] {
            assert!(text.to_lowercase().contains(part), "no `{part}` in\n{text}");
        }
        assert!(!text.contains("2.1234"), "{text}");
    }
}
