//! Pages of studies: comparison, sizing, sensitivity, sweep, calibration.

use super::calibration;
use super::cards::{self, Card};
use super::chart;
use super::print::RunningHeader;
use super::run::{TABLES, drawing, headline, made_by};
use super::side_by_side::difference;
use super::table::{Grid, blocks, signed};
use super::verdict::Verdict;
use super::{Block, Page, PageSection, Tone, capitalised};
use crate::report::chart::{self as charts, AxisUnit, Chart, Drawing, LineChart};
use crate::report::document::Section;
use crate::report::format::value;
use crate::report::{comparison, sensitivity, sizing, sweep};
use crate::results::comparison::{Change, Comparison};
use crate::results::read::{self, Files, ReadError};
use crate::results::{RunResult, ScenarioInfo, Sensitivity, Sizing, SweepResult};
use crate::terms::MetricFamily;

/// Maximum number of points of a sweep in the table.
const ROWS_MAX: usize = 500;
/// A table with more points than this is collapsed at first.
const ROWS_OPEN_MAX: usize = 40;

/// A study read from its folder.
#[derive(Clone, Debug)]
pub struct Study(Page);

/// Page without charts.
#[derive(Default)]
struct Found {
    page: Page,
    /// Charts that the page draws from data, with their file names.
    charts: Vec<(String, Block)>,
}

impl Study {
    /// Reads a study from the files of a folder; `None` if they do not contain a study.
    ///
    /// # Errors
    /// Returns an error if a file is damaged.
    pub fn read(files: &Files) -> Result<Option<Self>, ReadError> {
        Ok(page(files)?.map(Study))
    }

    /// Returns the page that contains only the study.
    pub(super) fn page(&self) -> Page {
        self.0.clone()
    }

    /// Adds the study as a section of another page, before the tables.
    pub(super) fn add_to(&self, page: &mut Page) {
        let own = &self.0;
        let title = own.title.trim_end_matches(" · cmgsim");
        let lines = own.verdict.as_ref().map(Verdict::lines).unwrap_or_default();
        let verdict = (!lines.is_empty()).then_some(Block::List { lines });
        let blocks = own.sections.iter().flat_map(|section| section.blocks.clone());
        let mut section = PageSection::new(title, &own.headline, Vec::new());
        section.blocks.extend(verdict.into_iter().chain(blocks));
        let alike = page.sections.iter().filter(|one| one.title == section.title).count();
        if alike > 0 {
            section.id = format!("{}-{}", section.id, alike + 1);
        }
        let place = page.sections.iter().position(|one| one.title == TABLES);
        page.sections.insert(place.unwrap_or(page.sections.len()), section);
    }
}

fn page(files: &Files) -> Result<Option<Page>, ReadError> {
    let found = if files.contains_key("comparison.json") {
        of_comparison(&read::json(files, "comparison.json")?)
    } else if files.contains_key("size.json") {
        of_sizing(&read::json(files, "size.json")?)
    } else if files.contains_key("sensitivity.json") {
        of_sensitivity(&read::json(files, "sensitivity.json")?, files)
    } else if files.contains_key("sweep.json") {
        of_sweep(files)?
    } else if files.contains_key("calibration.json") {
        Found { page: calibration::read(files)?, charts: Vec::new() }
    } else {
        return Ok(None);
    };
    let Found { mut page, charts } = found;
    let is_drawn = |name: &str| charts.iter().any(|(drawn, _)| drawn == name);
    // Embed the other chart files of the folder as images.
    let images: Vec<Block> = files
        .iter()
        .filter_map(|(file, bytes)| Some((chart_name(file)?, bytes)))
        .filter(|(name, _)| !is_drawn(name))
        .filter_map(|(name, bytes)| Some(Block::image(name, str::from_utf8(bytes).ok()?)))
        .collect();
    let blocks: Vec<Block> = charts.into_iter().map(|(_, block)| block).chain(images).collect();
    if !blocks.is_empty() {
        page.sections.insert(0, PageSection::new("Charts", "", blocks));
    }
    let manifest = read::manifest(files).ok();
    page.made_by = made_by(manifest.as_ref());
    page.running_header =
        RunningHeader::new(page.title.trim_end_matches(" · cmgsim"), manifest.as_ref());
    Ok(Some(page))
}

/// Returns the name of a chart file in a folder.
fn chart_name(file: &str) -> Option<&str> {
    file.strip_prefix("charts/")?.strip_suffix(".svg")
}

fn of_comparison(found: &Comparison) -> Found {
    let of_scenario =
        |info: &ScenarioInfo| RunResult { scenario: info.clone(), ..RunResult::default() };
    let sides = [&found.first, &found.second].map(of_scenario);
    let names = charts::run_names(&[&sides[0], &sides[1]]);
    let mut metrics = comparison::metrics_table(found);
    let sides = names.iter().zip(["A", "B"]).map(|(name, side)| format!("{side}: {name}"));
    for (column, side) in metrics.columns.iter_mut().skip(1).zip(sides) {
        column.title = side;
    }
    let mut reasons = comparison::verdict(found);
    reasons.extend(found.warnings.iter().map(|warning| format!("Warning: {warning}")));
    let tone = if found.warnings.is_empty() { Tone::Plain } else { Tone::Warning };
    let lead = capitalised(&comparison::remark(found));
    let table = vec![Block::Table(Grid::new("", &metrics))];
    let page = Page {
        title: format!("Comparison of {} · cmgsim", names.join(" and ")),
        headline: format!("A: {}, B: {}", names[0], names[1]),
        about: format!("{} · {}", comparison::sides(found).join(" · "), comparison::about(found)),
        verdict: Some(Verdict::of_study(&signed(&found.answer), with_signs(reasons), tone)),
        cards: cards::METRICS.iter().filter_map(|wanted| card(found, wanted)).collect(),
        sections: vec![PageSection::new("Metrics", &lead, table)],
        ..Page::default()
    };
    let differences = charts::differences(found).into_iter();
    let differences = differences.map(|one| (one.heading().name.clone(), drawing(&one)));
    Found { page, charts: differences.collect() }
}

/// Returns the card of a metric on both sides; `None` if either side lacks it.
fn card(found: &Comparison, (family, label): &(MetricFamily, &str)) -> Option<Card> {
    let one = found.metrics.iter().find(|one| one.metric == (*family).into())?;
    let (first, second) = (one.first_mean?, one.second_mean?);
    let text = |found: f64| value(one.metric.unit(), found);
    let (tone, note) = match one.change {
        Change::Better => (Tone::Good, difference(&one.metric, first, second).1),
        Change::Worse => (Tone::Bad, difference(&one.metric, first, second).1),
        change => (Tone::Plain, change.word().to_owned()),
    };
    let currency = &found.second.prices.currency;
    let second = cards::with_currency(one.metric.unit(), text(second), currency);
    Some(cards::of_pair(label, [text(first), second], note, tone))
}

fn of_sizing(found: &Sizing) -> Found {
    let mut sections = Vec::new();
    if let Some((title, table)) = sizing::objectives(found) {
        let section = Section::new("Objectives", vec![table]).with_remark(title);
        sections.push(PageSection::of(section));
    }
    if let Some(table) = sizing::others(found) {
        let lead = match found.answer {
            Some(_) => {
                "The next cheapest design, and designs that are one step away from the answer in \
                 one value."
            }
            None => "The designs that come closest to meeting the objectives.",
        };
        let section = Section::new("Other designs", vec![table]).with_remark(lead);
        sections.push(PageSection::of(section));
    }
    let lines = sizing::remarks(found);
    sections.push(PageSection::new("Search", "", vec![Block::List { lines }]));
    let tone = if found.answer.is_some() { Tone::Good } else { Tone::Bad };
    let page = Page {
        title: format!("Sizing of {} · cmgsim", found.scenario.name),
        headline: headline(&found.scenario),
        about: found.scenario.name.clone(),
        verdict: Some(Verdict::of_study(&found.sentence, sizing::verdict(found), tone)),
        sections,
        ..Page::default()
    };
    Found { page, charts: Vec::new() }
}

fn of_sensitivity(found: &Sensitivity, files: &Files) -> Found {
    let metrics: std::collections::BTreeSet<_> =
        found.effects.iter().map(|one| one.metric.name()).collect();
    let chart = |name: &String| {
        let metric = &found.effects.iter().find(|one| one.metric.name() == *name)?.metric;
        let name = format!("tornado-{name}");
        files.get(&format!("charts/{name}.svg"))?;
        let tornado = charts::tornado(found, metric, name.clone())?;
        Some((name, drawing(&tornado)))
    };
    let tables = sensitivity::tables(found).into_iter().flat_map(blocks);
    let verdict = Verdict::of_study(&found.answer, sensitivity::verdict(found), Tone::Plain);
    let page = Page {
        title: format!("Sensitivity of {} · cmgsim", found.scenario.name),
        headline: format!("Which assumptions decide the answer of {}?", found.scenario.name),
        about: headline(&found.scenario),
        verdict: Some(verdict),
        sections: vec![PageSection::new("Parameters", "", tables.collect())],
        ..Page::default()
    };
    Found { page, charts: metrics.iter().filter_map(chart).collect() }
}

/// Replaces +- with ± in sentences.
fn with_signs(sentences: Vec<String>) -> Vec<String> {
    sentences.iter().map(|sentence| signed(sentence)).collect()
}

fn of_sweep(files: &Files) -> Result<Found, ReadError> {
    const FILE: &str = "sweep.json";
    let bytes = files.get(FILE).ok_or(ReadError::Missing(FILE))?;
    let found = SweepResult::from_bytes(bytes)
        .map_err(|error| ReadError::Damaged { file: FILE, cause: error.to_string() })?;
    let plan = &found.plan;
    let (tone, reasons) = sweep::verdict(&found);
    let lead = "Means over the replications of each point with their confidence intervals. \
                points.csv contains all other metrics.";
    let points = Section::new("Points", sweep::points(&found, ROWS_MAX)).with_remark(lead);
    let points = PageSection::of(points).searchable();
    let page = Page {
        title: format!("Sweep of {} · cmgsim", plan.scenario),
        headline: match plan.question.is_empty() {
            true => format!("Sweep of {}", plan.scenario),
            false => plan.question.clone(),
        },
        about: format!("{} · {}", plan.scenario, sweep::about(plan)),
        verdict: Some(Verdict::of_study(&signed(&found.answer), with_signs(reasons), tone)),
        sections: vec![match plan.points.len() {
            0..=ROWS_OPEN_MAX => points,
            _ => points.collapsed(),
        }],
        ..Page::default()
    };
    let chart = |chart: Chart| {
        let name = chart.heading().name.clone();
        let block = match &chart {
            Chart::Lines(lines) if is_interactive(lines) => chart::block(lines, None),
            chart => drawing(chart),
        };
        (name, block)
    };
    Ok(Found { page, charts: charts::sweep(&found).into_iter().map(chart).collect() })
}

/// Returns whether the page can draw a chart as lines over a numeric axis. Charts with named x
/// values or isolated points are drawn as SVG.
fn is_interactive(chart: &LineChart) -> bool {
    let mut lines = chart.lines.iter();
    let is_single_points =
        lines.any(|line| line.points.windows(2).any(|pair| pair[0].0 >= pair[1].0));
    chart.x.unit == AxisUnit::Number && !is_single_points
}
