//! Pages of studies: comparisons, sizings, sensitivities, sweeps.

use ::csv::ReaderBuilder;

use super::run::{IN_NUMBERS, headline, made_by};
use super::table::HtmlTable;
use super::{Block, Page, PageSection, Tone};
use crate::report::table::sensitivity;
use crate::report::{comparison, sizing};
use crate::results::comparison::Comparison;
use crate::results::read::{self, Files, ReadError};
use crate::results::{Sensitivity, Sizing};

/// Rows of a table of a file that are shown.
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
        let blocks = own.sections.iter().flat_map(|section| section.blocks.iter().cloned());
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
    let pictures: Vec<Block> = files.iter().filter_map(picture).collect();
    if !pictures.is_empty() {
        let place = page.sections.len().min(1);
        page.sections.insert(place, PageSection::new("Charts", "", pictures));
    }
    let manifest = read::manifest(files).ok();
    page.made_by = made_by(manifest.as_ref());
    Ok(Some(page))
}

/// A chart that lies in the folder.
fn picture((name, bytes): (&String, &Vec<u8>)) -> Option<Block> {
    let name = name.strip_prefix("charts/")?.strip_suffix(".svg")?;
    Some(Block::picture(name, str::from_utf8(bytes).ok()?))
}

fn of_comparison(found: &Comparison) -> Page {
    let table = HtmlTable::from_table("", &comparison::figures(found));
    Page {
        title: "Comparison · cmgsim".to_owned(),
        headline: comparison::sides(found).join(" against "),
        about: comparison::about(found),
        verdict: comparison::verdict(found),
        sections: vec![PageSection::new(
            "Figures",
            &comparison::remark(found),
            vec![Block::Table(table)],
        )],
        ..Page::default()
    }
}

fn of_sizing(found: &Sizing) -> Page {
    let mut sections = Vec::new();
    let design = found.answer.as_ref();
    if let Some(table) = sizing::objectives(found) {
        let title = match (design, found.is_stopped) {
            (Some(_), _) => "Its objectives",
            (None, true) => "Objectives of the strongest design",
            (None, false) => "What stands in the way",
        };
        let table = HtmlTable::from_table("", &table);
        sections.push(PageSection::new(title, "", vec![Block::Table(table)]));
    }
    if let Some(table) = sizing::others(found) {
        let table = HtmlTable::from_table("", &table);
        let lead = "The next cheapest, and the answer with one thing changed.";
        sections.push(PageSection::new("Other designs", lead, vec![Block::Table(table)]));
    }
    let lines = sizing::remarks(found);
    sections.push(PageSection::new("How it was found", "", vec![Block::List { lines }]));
    Page {
        title: format!("Sizing of {} · cmgsim", found.scenario.name),
        headline: headline(&found.scenario),
        about: found.scenario.name.clone(),
        verdict: sizing::verdict(found),
        tone: if design.is_some() { Tone::Good } else { Tone::Bad },
        sections,
        ..Page::default()
    }
}

fn of_sensitivity(found: &Sensitivity) -> Page {
    let tables = sensitivity::sections(found);
    let blocks =
        tables.iter().map(|(title, section)| Block::Table(HtmlTable::from_section(title, section)));
    Page {
        title: format!("Assumptions of {} · cmgsim", found.scenario.name),
        headline: format!("What the answer of {} depends on", found.scenario.name),
        about: headline(&found.scenario),
        verdict: sensitivity::verdict(found),
        sections: vec![PageSection::new("Parameters", "", blocks.collect())],
        ..Page::default()
    }
}

/// A sweep: its table of points as it lies in the folder.
fn of_sweep(files: &Files) -> Result<Page, ReadError> {
    const FILE: &str = "points.csv";
    let damaged = |error: ::csv::Error| ReadError::Damaged { file: FILE, cause: error.to_string() };
    let bytes = files.get(FILE).ok_or(ReadError::Missing(FILE))?;
    let mut reader = ReaderBuilder::new().from_reader(&bytes[..]);
    let header = reader.headers().map_err(damaged)?.clone();
    let metric = header.iter().position(|name| name == "metric");
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(damaged)?;
        let of_part = metric.and_then(|place| record.get(place)).is_some_and(|it| it.contains('['));
        if !of_part {
            rows.push(record.iter().map(str::to_owned).collect());
        }
    }
    let more = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let header: Vec<&str> = header.iter().collect();
    let mut table = HtmlTable::of("", &header, rows);
    if more > 0 {
        table.notes.push(format!("({more} more rows in {FILE})"));
    }
    let lead = "Every point with its figures of the whole run; those of parts are in points.csv.";
    Ok(Page {
        title: "Sweep · cmgsim".to_owned(),
        headline: "What changes with what is varied".to_owned(),
        sections: vec![PageSection::new("Points", lead, vec![Block::Search(table)])],
        ..Page::default()
    })
}
