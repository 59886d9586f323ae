//! The page of one run.

use super::cards;
use super::chart;
use super::latency_breakdown;
use super::print::RunningHeader;
use super::published_limits;
use super::table::{Grid, blocks};
use super::values;
use super::verdict::Verdict;
use super::{Block, Page, PageSection};
use crate::report::chart::{self as charts, Chart, ChartGroup, Drawing, LineChart, Look};
use crate::report::document::{Cell, Table};
use crate::report::format;
use crate::report::format::{count, number};
use crate::report::summary::{TableGroup, remarks, tables};
use crate::results::manifest::Manifest;
use crate::results::read::{self, Files, ReadError};
use crate::results::{RunResult, ScenarioInfo};

/// Title of the section of tables; studies precede it.
pub(super) const TABLES: &str = "Result tables";

/// A run read from its folder.
#[derive(Clone, Debug)]
pub struct StoredRun {
    /// Simulation result.
    pub result: RunResult,
    /// Program version and arguments; `None` if the folder is incomplete.
    pub manifest: Option<Manifest>,
}

impl StoredRun {
    /// Reads a run from the files of a folder.
    ///
    /// # Errors
    /// Returns an error if the files do not contain a run, or if an incompatible version of cmgsim
    /// wrote them.
    pub fn read(files: &Files) -> Result<Self, ReadError> {
        Ok(StoredRun { result: read::run(files)?, manifest: read::manifest(files).ok() })
    }
}

/// Returns the page of one run: verdict, key metrics, charts, then tables in order of importance.
pub(super) fn page(run: &StoredRun) -> Page {
    let result = &run.result;
    let mut page = Page {
        title: format!("{} · cmgsim", result.scenario.name),
        headline: headline(&result.scenario),
        about: about(result),
        verdict: Some(Verdict::of_run(run)),
        cards: cards::of_run(result),
        made_by: made_by(run.manifest.as_ref()),
        running_header: RunningHeader::new(&result.scenario.name, run.manifest.as_ref()),
        ..Page::default()
    };
    let cost = page.add_charts(result);
    page.sections.extend(published_limits::section(result).map(PageSection::of));
    page.sections.extend(remarks(result).into_iter().map(PageSection::of));
    page.add_tables(result, cost);
    let values = values::sections(result).into_iter();
    let values = values.map(|section| PageSection::of(section).searchable().collapsed());
    page.sections.extend(values);
    page.add_reproduction(run);
    page
}

impl Page {
    fn add_section(
        &mut self,
        title: &str,
        lead: &str,
        blocks: Vec<Block>,
    ) -> Option<&mut PageSection> {
        if blocks.is_empty() {
            return None;
        }
        self.sections.push(PageSection::new(title, lead, blocks));
        self.sections.last_mut()
    }

    /// Adds the sections of charts and returns the cost charts.
    fn add_charts(&mut self, result: &RunResult) -> Vec<Block> {
        let (mut system, mut main, mut more, mut cost) = (vec![], vec![], vec![], vec![]);
        let interactive = |chart: &LineChart| chart::block(chart, Some(&result.scenario));
        for (group, one) in charts::grouped(result) {
            let place = match group {
                ChartGroup::System => &mut system,
                ChartGroup::Main => &mut main,
                ChartGroup::More => &mut more,
                ChartGroup::Cost => &mut cost,
            };
            match &one {
                Chart::Lines(chart) => place.push(interactive(chart)),
                Chart::Panels(panels) => place.extend(panels.charts.iter().map(interactive)),
                Chart::HeatMap(_) | Chart::Bars(_) | Chart::Topology(_) => {
                    place.push(drawing(&one));
                }
            }
        }
        self.add_section("System", "", system);
        let lead = "Drag across a chart to zoom in, double-click to zoom out. Click a name in the \
                    legend to hide its line. Keyboard: focus a chart and press the arrow keys to \
                    read values.";
        self.add_section("Charts", lead, main);
        if let Some(section) = self.add_section("More charts", "", more) {
            section.is_collapsed = true;
        }
        let lead = "Mean latency of completed requests by request type, sorted by total \
                    time. Striped areas show waiting time.";
        let breakdown = latency_breakdown::of(result).map(Block::LatencyBreakdown);
        self.add_section("Latency breakdown", lead, breakdown.into_iter().collect());
        cost
    }

    /// Adds the sections of tables; the section of the cost starts with `cost`.
    fn add_tables(&mut self, result: &RunResult, mut cost: Vec<Block>) {
        let (mut main, mut more) = (vec![], vec![]);
        for (group, table) in tables(result) {
            let place = match group {
                TableGroup::Limits => continue,
                TableGroup::Main => &mut main,
                TableGroup::More => &mut more,
                TableGroup::Cost => &mut cost,
            };
            place.extend(blocks(table));
        }
        self.add_section("Cost", "", cost);
        self.add_section(TABLES, "", main);
        if let Some(section) = self.add_section("More tables", "", more) {
            section.is_collapsed = true;
        }
    }

    fn add_reproduction(&mut self, run: &StoredRun) {
        let scenario = &run.result.scenario;
        let mut blocks = Vec::new();
        if let Some(manifest) = &run.manifest {
            blocks.push(Block::Code { text: command(manifest, &run.result) });
            let rows: [(&str, String); 6] = [
                ("cmgsim", format!("{} ({})", manifest.cmgsim_version, manifest.commit)),
                ("target", manifest.target.clone()),
                ("results version", manifest.results_version.to_string()),
                ("started", manifest.timing.started.clone()),
                ("events", count(manifest.events)),
                ("state", manifest.state.clone()),
            ];
            let mut table = Table::new(&["", ""], 2);
            for (label, value) in rows {
                table.row([Cell::text(label), Cell::text(value)]);
            }
            blocks.push(Block::Table(Grid::new("", &table)));
        }
        let audit = &run.result.audit;
        let lines = vec![
            format!("Seed {}. Hash of the resolved scenario: {}.", scenario.seed, scenario.hash),
            format!(
                "{} conservation laws were checked at the end: {}.",
                audit.lines.len(),
                if audit.holds() { "all hold" } else { "NOT ALL HOLD; this is a defect in cmgsim" }
            ),
            "The same scenario, seed and version give the same numbers on any number of threads."
                .to_owned(),
        ];
        blocks.push(Block::List { lines });
        let section = PageSection::new("Reproduction", "", blocks);
        self.sections.push(section.collapsed());
    }
}

/// Returns a chart as SVG in the theme of the page.
pub(super) fn drawing(chart: &impl Drawing) -> Block {
    let title = chart.heading().title.clone();
    Block::Drawing { title, svg: charts::svg_for_page(chart, &Look::default()) }
}

/// Returns the question, or the name of a scenario without a question.
pub(super) fn headline(scenario: &ScenarioInfo) -> String {
    let (question, _) = without_overrides(&scenario.question);
    if question.is_empty() { scenario.name.clone() } else { question.to_owned() }
}

/// Splits a question from the overrides that it names: `(overridden: duration=2h)`.
fn without_overrides(question: &str) -> (&str, Option<&str>) {
    let split = question.split_once(" (overridden: ");
    let split = split.and_then(|(text, rest)| Some((text, rest.strip_suffix(')')?)));
    split.map_or((question, None), |(text, overrides)| (text, Some(overrides)))
}

pub(super) fn made_by(manifest: Option<&Manifest>) -> String {
    manifest.map_or_else(
        || "cmgsim".to_owned(),
        |one| format!("cmgsim {} ({})", one.cmgsim_version, one.commit),
    )
}

/// Describes in one line what was simulated.
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
    if let (_, Some(overrides)) = without_overrides(&scenario.question) {
        text.push_str(&format!(" · overridden: {overrides}"));
    }
    match &result.replicated {
        Some(replicated) => text.push_str(&format!(
            " · means of {} replications with {} % confidence intervals; charts and tables \
             without intervals show the first replication",
            count(replicated.count),
            number(100.0 * replicated.confidence)
        )),
        None => text.push_str(" · one replication, no confidence intervals"),
    }
    if !result.is_complete {
        text.push_str(" · STOPPED BEFORE THE END");
    }
    text
}

/// Returns the command that repeats the run.
fn command(manifest: &Manifest, result: &RunResult) -> String {
    let mut words = vec!["cmgsim", "run", format::scenario_argument(&manifest.asked)];
    for one in &manifest.overrides {
        words.extend(["--set", one]);
    }
    let count = result.replicated.as_ref().map(|replicated| replicated.count.to_string());
    if let Some(count) = &count {
        words.extend(["--replications", count]);
    }
    format::command(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_not_part_of_the_headline() {
        let question = "Do two serve them? (overridden: duration=2h)".to_owned();
        let scenario = ScenarioInfo { question, ..ScenarioInfo::default() };
        assert_eq!(headline(&scenario), "Do two serve them?");
        let text = about(&RunResult { scenario, ..RunResult::default() });
        assert!(text.contains(" · overridden: duration=2h · one replication"), "{text}");
    }
}
