//! Pages of studies: comparisons, sizings, sensitivities, sweeps.

use super::chart;
use super::run::{IN_NUMBERS, headline, made_by};
use super::table::{Grid, blocks, signed};
use super::{Block, Page, PageSection, Tone};
use crate::report::chart::{self as charts, AxisUnit, Chart, Figure};
use crate::report::document;
use crate::report::{comparison, sensitivity, sizing, sweep};
use crate::results::comparison::Comparison;
use crate::results::read::{self, Files, ReadError};
use crate::results::{ScenarioInfo, Sensitivity, Sizing, SweepResult};

/// Points of a sweep that are shown.
const ROWS_MAX: usize = 500;

/// A study as its folder holds it.
#[derive(Clone, Debug)]
pub struct Study(Page);

impl Study {
    /// From the files of a folder; `None` if no study has written them.
    ///
    /// # Errors
    /// If a file of it is damaged.
    pub fn read(files: &Files) -> Result<Option<Self>, ReadError> {
        Ok(page(files)?.map(Study))
    }

    /// A page of its own.
    pub(super) fn page(&self) -> Page {
        self.0.clone()
    }

    /// A section of another page, before its numbers.
    pub(super) fn add_to(&self, page: &mut Page) {
        let own = &self.0;
        let title = own.title.trim_end_matches(" · cmgsim");
        let lines = own.verdict.clone();
        let verdict = (!lines.is_empty()).then_some(Block::List { lines });
        let blocks = own.sections.iter().flat_map(|section| section.blocks.clone());
        let mut section = PageSection::new(title, &own.headline, Vec::new());
        section.blocks.extend(verdict.into_iter().chain(blocks));
        let alike = page.sections.iter().filter(|one| one.title == section.title).count();
        if alike > 0 {
            section.id = format!("{}-{}", section.id, alike + 1);
        }
        let place = page.sections.iter().position(|one| one.title == IN_NUMBERS);
        page.sections.insert(place.unwrap_or(page.sections.len()), section);
    }
}

fn page(files: &Files) -> Result<Option<Page>, ReadError> {
    let mut page = if files.contains_key("comparison.json") {
        of_comparison(&read::json(files, "comparison.json")?)
    } else if files.contains_key("size.json") {
        of_sizing(&read::json(files, "size.json")?)
    } else if files.contains_key("sensitivity.json") {
        of_sensitivity(&read::json(files, "sensitivity.json")?)
    } else if files.contains_key("sweep.json") {
        of_sweep(files)?
    } else {
        return Ok(None);
    };
    // What the page draws itself is not shown again.
    let blocks = || page.sections.iter().flat_map(|section| &section.blocks);
    let drawn = |name: &str| {
        blocks().any(|block| matches!(block, Block::Chart(chart) if chart.name == name))
    };
    let pictures: Vec<Block> = files
        .iter()
        .filter_map(|(name, bytes)| Some((chart_name(name)?, bytes)))
        .filter(|(name, _)| !drawn(name))
        .filter_map(|(name, bytes)| Some(Block::picture(name, str::from_utf8(bytes).ok()?)))
        .collect();
    match page.sections.iter_mut().find(|section| section.title == CHARTS) {
        Some(section) => section.blocks.extend(pictures),
        None if pictures.is_empty() => {}
        None => {
            let place = page.sections.len().min(1);
            page.sections.insert(place, PageSection::new(CHARTS, "", pictures));
        }
    }
    let manifest = read::manifest(files).ok();
    page.made_by = made_by(manifest.as_ref());
    Ok(Some(page))
}

/// The section of charts.
const CHARTS: &str = "Charts";

/// The name of a chart that is stored in a folder.
fn chart_name(file: &str) -> Option<&str> {
    file.strip_prefix("charts/")?.strip_suffix(".svg")
}

fn of_comparison(found: &Comparison) -> Page {
    let table = Grid::new("", &comparison::metrics_table(found));
    let verdict = comparison::verdict(found).into_iter();
    let warnings = found.warnings.iter().map(|warning| format!("Warning: {warning}"));
    Page {
        title: "Comparison · cmgsim".to_owned(),
        headline: comparison::sides(found).join(" against "),
        about: comparison::about(found),
        verdict: with_signs(verdict.chain(warnings).collect()),
        tone: if found.warnings.is_empty() { Tone::Plain } else { Tone::Warning },
        sections: vec![PageSection::new(
            "Metrics",
            &comparison::remark(found),
            vec![Block::Table(table)],
        )],
        ..Page::default()
    }
}

fn of_sizing(found: &Sizing) -> Page {
    let mut sections = Vec::new();
    if let Some((title, table)) = sizing::objectives(found) {
        sections.push(PageSection::of(
            document::Section::new("Objectives", vec![table]).with_remark(title),
        ));
    }
    if let Some(table) = sizing::others(found) {
        let lead = match found.answer {
            Some(_) => "The next cheapest, and the answer with one more or less of each component.",
            None => "The designs that come closest.",
        };
        sections.push(PageSection::of(
            document::Section::new("Other designs", vec![table]).with_remark(lead),
        ));
    }
    let lines = sizing::remarks(found);
    sections.push(PageSection::new("How it was found", "", vec![Block::List { lines }]));
    Page {
        title: format!("Sizing of {} · cmgsim", found.scenario.name),
        headline: headline(&found.scenario),
        about: found.scenario.name.clone(),
        verdict: sizing::verdict(found),
        tone: if found.answer.is_some() { Tone::Good } else { Tone::Bad },
        sections,
        ..Page::default()
    }
}

fn of_sensitivity(found: &Sensitivity) -> Page {
    let blocks = sensitivity::tables(found).into_iter().flat_map(blocks);
    Page {
        title: format!("Assumptions of {} · cmgsim", found.scenario.name),
        headline: format!("What the answer of {} depends on", found.scenario.name),
        about: headline(&found.scenario),
        verdict: sensitivity::verdict(found),
        sections: vec![PageSection::new("Parameters", "", blocks.collect())],
        ..Page::default()
    }
}

/// The sentences of a terminal with the sign of a page.
fn with_signs(sentences: Vec<String>) -> Vec<String> {
    sentences.iter().map(|sentence| signed(sentence)).collect()
}

/// A sweep: the verdict, a table of its points, and its charts.
fn of_sweep(files: &Files) -> Result<Page, ReadError> {
    const FILE: &str = "sweep.json";
    let bytes = files.get(FILE).ok_or(ReadError::Missing(FILE))?;
    let found = SweepResult::from_bytes(bytes)
        .map_err(|error| ReadError::Damaged { file: FILE, cause: error.to_string() })?;
    let plan = &found.plan;
    let (tone, verdict) = sweep::verdict(&found);
    let mut page = Page {
        title: format!("Sweep of {} · cmgsim", plan.scenario),
        headline: match plan.question.is_empty() {
            true => format!("What changes in {} with what is varied", plan.scenario),
            false => plan.question.clone(),
        },
        about: format!("{} · {}", plan.scenario, sweep::about(plan)),
        verdict: with_signs(verdict),
        tone,
        ..Page::default()
    };
    let lead = "Means over the replications of each point with their intervals; every other metric \
                is in points.csv.";
    let points =
        document::Section::new("Points", sweep::points(&found, ROWS_MAX)).with_remark(lead);
    page.sections.push(PageSection::of(points).searchable());
    let blocks: Vec<Block> = charts::sweep(&found)
        .into_iter()
        .filter_map(|chart| match chart {
            Chart::Figure(figure) => Some(figure).filter(is_interactive),
            _ => None,
        })
        .map(|figure| chart::block(&figure, &ScenarioInfo::default()))
        .collect();
    if !blocks.is_empty() {
        page.sections.push(PageSection::new(CHARTS, "", blocks));
    }
    Ok(page)
}

/// Can the page draw it as lines over numbers? Names across and single marks are pictures.
fn is_interactive(figure: &Figure) -> bool {
    let mut lines = figure.lines.iter();
    let is_single_marks =
        lines.any(|line| line.points.windows(2).any(|pair| pair[0].0 >= pair[1].0));
    figure.x.unit == AxisUnit::Number && !is_single_marks
}
