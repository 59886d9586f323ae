//! The page of several runs side by side.

use super::chart;
use super::run::{StoredRun, about, made_by, verdict};
use super::table::Grid;
use super::values;
use super::{Block, Page, PageSection, Tone};
use crate::report::basis::{self, Shown};
use crate::report::chart as charts;
use crate::report::document::{Cell, Table};
use crate::results::Better;

/// The page of several runs, the first of which the others are compared with.
pub(super) fn page(runs: &[StoredRun]) -> Page {
    let names = names(runs);
    let mut page = Page {
        title: format!("{} runs · cmgsim", runs.len()),
        headline: format!("{} side by side", names.join(", ")),
        about: "Figures are means over replications where a run has them, else of its one \
                replication, which says nothing of chance: `cmgsim compare` does."
            .to_owned(),
        tone: Tone::Plain,
        made_by: made_by(runs.first().and_then(|run| run.manifest.as_ref())),
        ..Page::default()
    };
    let told = names.iter().zip(runs).map(|(name, run)| {
        let (_, sentences) = verdict(&run.result);
        format!("{name}: {}", sentences.join(" "))
    });
    page.sections.push(PageSection::new(
        "Each run",
        "",
        vec![Block::List { lines: told.collect() }],
    ));
    page.sections.extend(values::differences(&names, runs).map(PageSection::of));
    let figures = Block::Table(Grid::new("", &figures(&names, runs)));
    page.sections.push(PageSection::new("Figures", "", vec![figures]));
    let named: Vec<_> =
        names.iter().map(String::as_str).zip(runs.iter().map(|run| &run.result)).collect();
    let figures = charts::overlay(&named);
    let blocks = figures.iter().map(|figure| chart::block(figure, &runs[0].result.scenario));
    let lead = "Times are those of the first run; the others are laid over it from their start.";
    page.sections.push(PageSection::new("Over time", lead, blocks.collect()));
    let mut table = Table::new(&["", "what was simulated"], 2);
    for (name, run) in names.iter().zip(runs) {
        table.row([Cell::text(name), Cell::text(about(&run.result))]);
    }
    page.sections.push(PageSection::new("Runs", "", vec![Block::Table(Grid::new("", &table))]));
    page
}

/// Names of the scenarios, numbered where they are the same.
fn names(runs: &[StoredRun]) -> Vec<String> {
    let name = |place: usize| runs[place].result.scenario.name.as_str();
    let same = |place: usize| (0..runs.len()).filter(|other| name(*other) == name(place)).count();
    let numbered = |place: usize| match same(place) {
        1 => name(place).to_owned(),
        _ => format!("{} ({})", name(place), place + 1),
    };
    (0..runs.len()).map(numbered).collect()
}

/// Figures of the whole run, one row each.
fn figures(names: &[String], runs: &[StoredRun]) -> Table {
    let all: Vec<Vec<Shown>> = runs.iter().map(|run| basis::all(&run.result)).collect();
    let whole = all[0].iter().filter(|one| !one.metric.is_of_component());
    let titles: Vec<&str> =
        ["figure", "better is"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&titles, 2);
    for Shown { metric, .. } in whole {
        let cell = |place: usize| {
            let own = all[place].iter().find(|one| one.metric == *metric)?;
            (!own.value.is_nan()).then(|| own.with_interval())
        };
        let cells: Vec<Option<String>> = (0..runs.len()).map(cell).collect();
        if cells.iter().all(|cell| cell.as_deref().is_none_or(|text| text == "0" || text == "0 %"))
        {
            continue;
        }
        let better = match metric.better() {
            Better::Lower => "less",
            Better::Higher => "more",
            Better::Neither => "",
        };
        let cells = cells.into_iter().map(|cell| Cell::of(cell, Cell::Amount));
        table.row([Cell::text(metric.name()), Cell::text(better)].into_iter().chain(cells));
    }
    table
}
