//! The page of one run.

use super::cards;
use super::chart;
use super::table::{Grid, blocks};
use super::values;
use super::way;
use super::{Block, Page, PageSection, Tone, capitalised};
use crate::report::advice::advice;
use crate::report::basis::{self, Shown};
use crate::report::chart::{self as charts, Chart, Drawing, Figure, Look};
use crate::report::document::{Cell, Table};
use crate::report::format;
use crate::report::format::{count, number, share, value};
use crate::report::summary::{remarks, tables};
use crate::results::manifest::Manifest;
use crate::results::read::{self, Files, ReadError};
use crate::results::{ObjectiveResult, ObjectiveStatus, RunResult, ScenarioInfo, Verdict};
use crate::terms::MetricFamily;

/// What comes after all that is looked at.
pub(super) const IN_NUMBERS: &str = "In numbers";

/// A run as its folder holds it.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// What was found.
    pub result: RunResult,
    /// What was asked, of which program; `None` if the folder is incomplete.
    pub manifest: Option<Manifest>,
}

impl StoredRun {
    /// From the files of a folder.
    ///
    /// # Errors
    /// If they are not those of a run, or of another version of cmgsim.
    pub fn read(files: &Files) -> Result<Self, ReadError> {
        Ok(StoredRun { result: read::run(files)?, manifest: read::manifest(files).ok() })
    }
}

/// The page of one run.
pub(super) fn page(run: &StoredRun) -> Page {
    let result = &run.result;
    let (tone, verdict) = verdict(result);
    let mut page = Page {
        title: format!("{} · cmgsim", result.scenario.name),
        headline: headline(&result.scenario),
        about: about(result),
        verdict,
        tone,
        cards: cards::of_run(result),
        made_by: made_by(run.manifest.as_ref()),
        ..Page::default()
    };
    page.add_figures(result);
    if let Some(waterfall) = way::of(result) {
        let lead = "Mean time of an answered request, kind by kind, those first that take the most \
                    time together. Striped: waiting.";
        let blocks = vec![Block::Waterfall(waterfall)];
        page.sections.push(PageSection::new("Where the time goes", lead, blocks));
    }
    let numbers = tables(result).into_iter().flat_map(blocks).collect();
    page.sections.push(PageSection::new(IN_NUMBERS, "", numbers));
    page.sections.extend(remarks(result).into_iter().map(PageSection::of));
    let values = values::sections(result).into_iter();
    page.sections.extend(values.map(|section| PageSection::of(section).searchable()));
    page.add_reproduction(run);
    page
}

impl Page {
    fn add_figures(&mut self, result: &RunResult) {
        let (mut system, mut over_time, mut cost) = (Vec::new(), Vec::new(), Vec::new());
        let interactive = |figure: &Figure| chart::block(figure, &result.scenario);
        for one in charts::all(result) {
            match one {
                Chart::Figure(figure) => over_time.push(interactive(&figure)),
                Chart::Panels(panels) => over_time.extend(panels.figures.iter().map(interactive)),
                Chart::HeatMap(_) => over_time.push(drawing(&one)),
                Chart::Bars(_) => cost.push(drawing(&one)),
                Chart::Topology(_) => system.push(drawing(&one)),
            }
        }
        let lead = "Drag across a chart to zoom, double-click to see all again, click a name in \
                    the legend to hide a line. With the keyboard: focus a chart, then the arrow \
                    keys read its values.";
        let sections = [
            ("The system", "", system),
            ("Over time", lead, over_time),
            ("What it costs", "", cost),
        ];
        let sections = sections.into_iter().filter(|(.., blocks)| !blocks.is_empty());
        let sections = sections.map(|(title, lead, blocks)| PageSection::new(title, lead, blocks));
        self.sections.extend(sections);
    }

    fn add_reproduction(&mut self, run: &StoredRun) {
        let scenario = &run.result.scenario;
        let mut blocks = Vec::new();
        if let Some(manifest) = &run.manifest {
            blocks.push(Block::Code { text: command(manifest, &run.result) });
            let rows: [(&str, String); 6] = [
                ("cmgsim", format!("{} ({})", manifest.cmgsim_version, manifest.commit)),
                ("built for", manifest.target.clone()),
                ("results version", manifest.results_version.to_string()),
                ("started", manifest.timing.started.clone()),
                ("events", count(manifest.events)),
                ("state", manifest.state.clone()),
            ];
            let mut table = Table::new(&["", ""], 2);
            for (what, is) in rows {
                table.row([Cell::text(what), Cell::text(is)]);
            }
            blocks.push(Block::Table(Grid::new("", &table)));
        }
        let audit = &run.result.audit;
        let lines = vec![
            format!("Seed {}, scenario {} by its values.", scenario.seed, scenario.hash),
            format!(
                "{} conservation laws were checked at the end: {}.",
                audit.lines.len(),
                if audit.holds() { "all hold" } else { "NOT ALL HOLD, which is an error of ours" }
            ),
            "The same scenario, seed and version give the same numbers on any number of threads."
                .to_owned(),
            "cmgsim is a simulator and no product of Microsoft.".to_owned(),
        ];
        blocks.push(Block::List { lines });
        self.sections.push(PageSection::new("How to reproduce this", "", blocks));
    }
}

/// A chart of another kind, as it is drawn for slides. The system is no higher than its parts.
fn drawing(chart: &Chart) -> Block {
    let title = chart.heading().title.clone();
    let look = match chart {
        Chart::Topology(system) => Look::default().no_higher_than(system.height()),
        _ => Look::default(),
    };
    Block::Drawing { title, svg: charts::svg(chart, &look) }
}

/// The question, or if there is none the name.
pub(super) fn headline(scenario: &ScenarioInfo) -> String {
    let question = if scenario.question.is_empty() { &scenario.name } else { &scenario.question };
    question.clone()
}

pub(super) fn made_by(manifest: Option<&Manifest>) -> String {
    manifest.map_or_else(
        || "cmgsim".to_owned(),
        |one| format!("cmgsim {} ({})", one.cmgsim_version, one.commit),
    )
}

/// What was simulated, in a line.
pub(super) fn about(result: &RunResult) -> String {
    let scenario = &result.scenario;
    let at = |seconds: f64| scenario.civil(seconds).replace('T', " ");
    let mut text = format!(
        "{} · {} clients · {} to {} {} · seed {}",
        scenario.name,
        count(scenario.clients),
        at(0.0),
        at(scenario.duration_s),
        scenario.time_zone,
        scenario.seed
    );
    match &result.replicated {
        Some(replicated) => text.push_str(&format!(
            " · means of {} replications with intervals of {} %; charts and tables without \
             intervals are of the first replication",
            count(replicated.count),
            number(100.0 * replicated.confidence)
        )),
        None => text.push_str(" · one replication: no intervals"),
    }
    if !result.is_complete {
        text.push_str(" · STOPPED BEFORE ITS END");
    }
    text
}

/// The verdict in three sentences, and how serious it is.
pub(super) fn verdict(result: &RunResult) -> (Tone, Vec<String>) {
    let (tone, outcome) = match result.objectives.is_empty() {
        true => against_published(result),
        false => objectives(&result.objectives),
    };
    let shown = |family| basis::of(result, family);
    let failed = shown(MetricFamily::FailureShare).map_or(f64::NAN, |one| one.value);
    let was_asked = result.requests.issued + result.requests.in_flight_at_start > 0;
    let is_answered = shown(MetricFamily::LatencyP50).is_some_and(|one| one.value.is_finite());
    let answered = if is_answered {
        let text = |family| shown(family).map_or("-".to_owned(), |one: Shown| one.with_interval());
        let means = match &result.replicated {
            Some(replicated) => format!(" (means of {} replications)", count(replicated.count)),
            None => String::new(),
        };
        format!(
            "Half of the requests are answered within {}, 95 % within {}; {} are given up{means}.",
            text(MetricFamily::LatencyP50),
            text(MetricFamily::LatencyP95),
            text(MetricFamily::FailureShare),
        )
    } else if was_asked {
        "Not one request was answered.".to_owned()
    } else {
        "No request was made in the measured period.".to_owned()
    };
    let first = advice(result).into_iter().next().map(|sentence| match result.replicated {
        Some(_) => format!("In the first replication: {sentence}"),
        None => sentence,
    });
    let next = first.unwrap_or_else(|| match basis::busiest(result) {
        None => "Nothing needs to be done.".to_owned(),
        Some(one) => format!(
            "Nothing needs to be done: the busiest part, {} {}, is {} busy at its peak{}.",
            one.role,
            one.name,
            share(one.utilisation_peak_share),
            basis::of_first(result),
        ),
    });
    let tone = if failed > 0.01 || (was_asked && !is_answered) { Tone::Bad } else { tone };
    (tone, vec![outcome, answered, capitalised(&next)])
}

fn objectives(all: &[ObjectiveResult]) -> (Tone, String) {
    let named = |status: ObjectiveStatus| {
        let of_it = all.iter().filter(|one| one.status == status);
        let told = of_it.map(|one| {
            let mean = one.mean.map_or("never".to_owned(), |mean| value(one.unit, mean));
            format!("{} is {mean}, limit {}", one.metric, value(one.unit, one.limit))
        });
        told.collect::<Vec<_>>().join("; ")
    };
    let (violated, undecided) =
        (named(ObjectiveStatus::Violated), named(ObjectiveStatus::Undecided));
    let not_measured = all.iter().filter(|one| one.status == ObjectiveStatus::NotMeasured);
    let not_measured = not_measured.map(|one| one.metric.name()).collect::<Vec<_>>().join(", ");
    if !violated.is_empty() {
        return (Tone::Bad, format!("Objectives are violated: {violated}."));
    }
    let mut open = Vec::new();
    if !undecided.is_empty() {
        open.push(format!("Undecided with this number of replications: {undecided}."));
    }
    if !not_measured.is_empty() {
        open.push(format!("Not measured, as nothing happened that it measures: {not_measured}."));
    }
    match open.is_empty() {
        true => (Tone::Good, format!("All {} objectives are met.", all.len())),
        false => (Tone::Warning, format!("{} No objective is violated.", open.join(" "))),
    }
}

fn against_published(result: &RunResult) -> (Tone, String) {
    let checks = &result.checks;
    let is_beyond = |verdict| matches!(verdict, Verdict::Exceeded | Verdict::Below);
    let beyond = checks.iter().filter(|check| is_beyond(check.verdict));
    let mut told: Vec<String> = Vec::new();
    for check in beyond.clone() {
        if told.len() < 3 && !told.contains(&check.check) {
            told.push(check.check.clone());
        }
    }
    match beyond.count() {
        0 if checks.is_empty() => {
            (Tone::Plain, "There is nothing published to compare with.".into())
        }
        0 => (
            Tone::Good,
            format!(
                "All {} published numbers that apply are kept to{}.",
                count(checks.len() as u64),
                basis::of_first(result),
            ),
        ),
        some => (
            Tone::Warning,
            format!(
                "{some} of {} published numbers are not kept to{}: {}.",
                checks.len(),
                basis::of_first(result),
                told.join("; ")
            ),
        ),
    }
}

/// The command that gives the same numbers.
fn command(manifest: &Manifest, result: &RunResult) -> String {
    let mut words = vec!["cmgsim", "run", &manifest.asked];
    for one in &manifest.overrides {
        words.extend(["--set", one]);
    }
    let count = result.replicated.as_ref().map(|replicated| replicated.count.to_string());
    if let Some(count) = &count {
        words.extend(["--replications", count]);
    }
    format::command(words)
}
