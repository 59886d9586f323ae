//! The page of one run.

use super::cards;
use super::chart::{self, ChartData};
use super::table::HtmlTable;
use super::values;
use super::way;
use super::{Block, Page, PageError, PageSection, Tone};
use crate::report::advice::advice;
use crate::report::basis;
use crate::report::chart::{self as charts, Chart, Drawing, Figure, Look};
use crate::report::format::{self, count, number, share};
use crate::report::system;
use crate::report::table::{PLAN, replicated::value, sections};
use crate::results::manifest::Manifest;
use crate::results::read::{self, Files, ReadError};
use crate::results::{Judgement, ObjectiveResult, RunResult, ScenarioInfo, Verdict};
use crate::terms::PlanNote;

/// What comes after all that is looked at.
pub(super) const IN_NUMBERS: &str = "In numbers";

/// A run as its folder holds it.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// What was found.
    pub result: RunResult,
    /// What was asked, of which program; `None` if the folder is incomplete.
    pub manifest: Option<Manifest>,
    /// Every value with where it comes from, as `scenario.resolved.toml` has it.
    pub resolved: String,
}

impl StoredRun {
    /// From the files of a folder.
    ///
    /// # Errors
    /// If they are not those of a run, or of another version of cmgsim.
    pub fn read(files: &Files) -> Result<Self, ReadError> {
        let resolved = files.get("scenario.resolved.toml").map_or(&[][..], Vec::as_slice);
        Ok(StoredRun {
            result: read::run(files)?,
            manifest: read::manifest(files).ok(),
            resolved: String::from_utf8_lossy(resolved).into_owned(),
        })
    }
}

/// The page of one run.
pub(super) fn page(run: &StoredRun) -> Result<Page, PageError> {
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
    page.sections.push(PageSection::new(
        "The system",
        "Every part with how busy it was: the bar is the peak of a bin, the mark in it the mean.",
        vec![diagram(result)],
    ));
    page.add_figures(result)?;
    if let Some(waterfall) = way::of(result) {
        let lead = "Mean time of an answered request, kind by kind, those first that take the most \
                    time together. Striped: waiting.";
        let blocks = vec![Block::Waterfall(waterfall)];
        page.sections.push(PageSection::new("Where the time goes", lead, blocks));
    }
    page.add_tables(result);
    page.add_advice(result);
    page.add_values(&run.resolved);
    page.add_reproduction(run);
    Ok(page)
}

impl Page {
    fn add_figures(&mut self, result: &RunResult) -> Result<(), PageError> {
        let mut blocks = Vec::new();
        let mut cost = None;
        for one in charts::all(result) {
            match one {
                Chart::Figure(figure) => blocks.push(self.interactive(&figure, result)),
                Chart::Panels(panels) => {
                    let figures = panels.figures.iter();
                    blocks.extend(figures.map(|figure| self.interactive(figure, result)));
                }
                Chart::HeatMap(_) => blocks.push(picture(&one)?),
                Chart::Bars(_) => cost = Some(picture(&one)?),
                // The page has a diagram of its own.
                Chart::Topology(_) => {}
            }
        }
        let lead = "Drag across a chart to zoom, double-click to see all again, click a name in \
                    the legend to hide a line. With the keyboard: focus a chart, then the arrow \
                    keys read its values.";
        self.sections.push(PageSection::new("Over time", lead, blocks));
        if let Some(cost) = cost {
            self.sections.push(PageSection::new("What it costs", "", vec![cost]));
        }
        Ok(())
    }

    /// A chart of lines, to be looked at closely.
    fn interactive(&mut self, figure: &Figure, result: &RunResult) -> Block {
        let block = chart::block(figure, self.charts.len());
        self.charts.push(ChartData::of(figure, &result.scenario));
        block
    }

    fn add_tables(&mut self, result: &RunResult) {
        let tables = sections(result);
        let blocks = tables
            .iter()
            .map(|(title, section)| Block::Table(HtmlTable::from_section(title, section)));
        self.sections.push(PageSection::new(IN_NUMBERS, "", blocks.collect()));
    }

    fn add_advice(&mut self, result: &RunResult) {
        let plan = result.scenario.plan.iter().map(PlanNote::sentence).collect();
        for (title, lines) in
            [("Warnings", result.warnings.clone()), ("What to do", advice(result)), (PLAN, plan)]
        {
            if !lines.is_empty() {
                let lead = match result.replicated {
                    Some(_) => "Of the first replication.",
                    None => "",
                };
                self.sections.push(PageSection::new(title, lead, vec![Block::List { lines }]));
            }
        }
    }

    fn add_values(&mut self, resolved: &str) {
        let all = values::all(resolved);
        let kinds: [(&str, &str, &[&str]); 3] = [
            (
                "Assumptions",
                "Defaults that nobody has published. `cmgsim sensitivity` says which of them \
                 matter to this answer.",
                &["assumed"],
            ),
            ("Written in the scenario", "", &["written"]),
            ("Published and derived values", "", &["published", "derived"]),
        ];
        for (title, lead, kinds) in kinds {
            let table = values::table(&all, kinds);
            if !table.rows.is_empty() {
                self.sections.push(PageSection::new(title, lead, vec![Block::Search(table)]));
            }
        }
    }

    fn add_reproduction(&mut self, run: &StoredRun) {
        let scenario = &run.result.scenario;
        let mut blocks = Vec::new();
        if let Some(manifest) = &run.manifest {
            blocks.push(Block::Code { text: command(manifest, &run.result) });
            let rows = [
                ("cmgsim", format!("{} ({})", manifest.cmgsim_version, manifest.commit)),
                ("built for", manifest.target.clone()),
                ("results version", manifest.results_version.to_string()),
                ("started", manifest.timing.started.clone()),
                ("events", count(manifest.events)),
                ("state", manifest.state.clone()),
            ];
            let rows = rows.map(|(what, is)| vec![what.to_owned(), is]).into();
            blocks.push(Block::Table(HtmlTable::of("", &["", ""], rows)));
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

/// The system; of groups with very many parts the busiest.
fn diagram(result: &RunResult) -> Block {
    const PARTS_MAX: usize = 16;
    let mut system = system::of(result);
    let groups = system.columns.iter_mut().flat_map(|column| &mut column.groups);
    groups.for_each(|group| group.shorten(PARTS_MAX));
    Block::Diagram(system)
}

/// A chart of another kind, as it is drawn for slides.
fn picture(chart: &Chart) -> Result<Block, PageError> {
    let svg = charts::svg(chart, &Look::default())?;
    Ok(Block::picture(chart.name(), &svg))
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
        at(scenario.duration_seconds),
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
    let shown = |name: &str| basis::of(result, name);
    let failed = shown("failure_share").map_or(f64::NAN, |one| one.value);
    let was_asked = result.requests.issued + result.requests.in_flight_at_start > 0;
    let is_answered = shown("latency_p50").is_some_and(|one| one.value.is_finite());
    let answered = if is_answered {
        let text = |name: &str| shown(name).map_or("-".to_owned(), |one| one.with_interval());
        let means = match &result.replicated {
            Some(replicated) => format!(" (means of {} replications)", count(replicated.count)),
            None => String::new(),
        };
        format!(
            "Half of the requests are answered within {}, 95 % within {}; {} are given up{means}.",
            text("latency_p50"),
            text("latency_p95"),
            text("failure_share"),
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
    let next = first.unwrap_or_else(|| {
        let limited = result.stations.iter().filter(|one| one.servers.is_some());
        let busiest =
            limited.max_by(|one, other| one.utilisation_peak.total_cmp(&other.utilisation_peak));
        busiest.map_or_else(
            || "Nothing needs to be done.".to_owned(),
            |one| {
                format!(
                    "Nothing needs to be done: the busiest part, {} {}, is {} busy at its peak{}.",
                    one.role,
                    one.name,
                    share(one.utilisation_peak),
                    basis::of_first(result),
                )
            },
        )
    });
    let tone = if failed > 0.01 || (was_asked && !is_answered) { Tone::Bad } else { tone };
    (tone, vec![outcome, answered, capitalised(&next)])
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn objectives(all: &[ObjectiveResult]) -> (Tone, String) {
    let named = |judgement: Judgement| {
        let of_it = all.iter().filter(|one| one.judgement == judgement);
        let told = of_it.map(|one| {
            let mean = one.mean.map_or("never".to_owned(), |mean| value(one.unit, mean));
            format!("{} is {mean}, limit {}", one.metric, value(one.unit, one.limit))
        });
        told.collect::<Vec<_>>().join("; ")
    };
    let (violated, undecided) = (named(Judgement::Violated), named(Judgement::Undecided));
    let not_measured = all.iter().filter(|one| one.judgement == Judgement::NotMeasured);
    let not_measured = not_measured.map(|one| one.metric.as_str()).collect::<Vec<_>>().join(", ");
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
        if told.len() < 3 && !told.contains(&check.what) {
            told.push(check.what.clone());
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
                format::count(checks.len() as u64),
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
