//! Summary of a run for the terminal: one screen by default, all tables with `--details`.

pub(super) mod bill;
mod brief;
mod checks;
mod components;
mod content;
mod events;
pub(in crate::report) mod lines;
mod load;
mod network;
pub(super) mod replicated;
#[cfg(test)]
mod tests;

use super::advice::further;
use super::document::{Block, Document, Section};
use super::format::{count, plural, seconds};
use super::{text, verdict};
use crate::results::{RunResult, ScenarioInfo};

pub use brief::brief;

/// Maximum number of rows in a table; the files contain all rows.
const ROWS_MAX: usize = 12;

/// Returns the verdict and all tables as text, ending with a line break. `typed` contains the
/// scenario arguments for proposed commands.
pub fn details(result: &RunResult, typed: &str) -> String {
    let stored = result.verdict.clone();
    let found = stored.unwrap_or_else(|| verdict::verdict(result));
    let first = [about(&result.scenario), verdict::section(&found, typed)];
    let tables = tables(result).into_iter().map(|(_, table)| table);
    let sections = first.into_iter().chain(tables).chain(remarks(result));
    let last = Section::new("", vec![Block::Paragraph(verdict::headline(&found))]);
    let sections = sections.chain([provenance(result), last]).collect();
    text::render(&Document { sections })
}

/// Returns only the verdict, ending with a line break.
pub fn verdict_alone(result: &RunResult, typed: &str) -> String {
    let found = result.verdict.clone().unwrap_or_else(|| verdict::verdict(result));
    text::render(&Document { sections: vec![verdict::section(&found, typed)] })
}

/// Group of a table on the page of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableGroup {
    /// Published limits, for which the page has its own section.
    Limits,
    Main,
    /// Details that a planner seldom needs.
    More,
    Cost,
}

/// Returns all tables that have content, in order of importance.
pub(super) fn tables(result: &RunResult) -> Vec<(TableGroup, Section)> {
    use TableGroup::{Cost, Limits, Main, More};
    let all = [
        (Main, replicated::objectives(result)),
        (Limits, checks::checks(result)),
        (Main, replicated::metrics(result)),
        (Main, load::requests(result)),
        (Main, load::failures(result)),
        (Main, events::worst(result)),
        (Main, events::disruptions(result)),
        (More, components::stations(result)),
        (Main, components::instances(result)),
        (More, components::connection_points(result)),
        (More, components::management_points(result)),
        (More, components::software_update_points(result)),
        (More, components::distribution_points(result)),
        (Main, lines::lines(result)),
        (Main, lines::sessions(result)),
        (More, load::clients(result)),
        (More, load::channels(result)),
        (Main, content::deployments(result)),
        (Main, content::content(result)),
        (Main, load::downloads(result)),
        (Cost, bill::month(result)),
        (Cost, bill::event(result)),
        (More, network::flows(result)),
    ];
    all.into_iter().filter_map(|(group, table)| Some((group, table?))).collect()
}

/// Returns warnings, advice, and notes on planning (see [`plan`]).
pub(super) fn remarks(result: &RunResult) -> Vec<Section> {
    let of_first = match result.replicated {
        Some(_) => "of the first replication",
        None => "",
    };
    let warnings = Section::list("Warnings", result.warnings.clone());
    let advice = Section::list("What to do", further(result));
    let of_run = [warnings, advice].into_iter().flatten();
    of_run.map(|section| section.with_remark(of_first)).chain(plan(&result.scenario)).collect()
}

/// Returns notes on aspects of the plan that the simulation does not cover; `None` if there are
/// none.
pub(crate) fn plan(scenario: &ScenarioInfo) -> Option<Section> {
    let notes = scenario.plan.iter().map(|note| note.sentence()).collect();
    Section::list("Notes on the plan", notes)
}

/// Describes the scenario: name, question, period and size.
pub(super) fn heading(scenario: &ScenarioInfo) -> Section {
    let question = (!scenario.question.is_empty()).then(|| text::filled(&scenario.question));
    let lines = [Some(scenario.name.clone()), question, Some(period(scenario))];
    Section::new("", lines.into_iter().flatten().map(Block::Paragraph).collect())
}

/// Describes the scenario without the question, which the verdict contains.
fn about(scenario: &ScenarioInfo) -> Section {
    let lines = [scenario.name.clone(), period(scenario)];
    Section::new("", lines.map(Block::Paragraph).into())
}

fn period(scenario: &ScenarioInfo) -> String {
    text::filled(&format!(
        "{} to {} {} · {} clients · seed {} · warm-up {}",
        scenario.civil(0.0).replace('T', " "),
        scenario.civil(scenario.duration_s).replace('T', " "),
        scenario.time_zone,
        count(scenario.clients),
        scenario.seed,
        seconds(scenario.warm_up_s),
    ))
}

/// Returns a note on rows that are in a file but not in the printed table.
fn more(all: usize, file: &str) -> Option<String> {
    (all > ROWS_MAX).then(|| format!("({} more in {file})", all - ROWS_MAX))
}

/// Describes the sources of the scenario's values.
fn provenance(result: &RunResult) -> Section {
    let values = &result.scenario.values;
    let measured = match values.measured {
        0 => String::new(),
        1 => " and 1 is measured".to_owned(),
        several => format!(" and {several} are measured"),
    };
    let partly = match result.scenario.partly_measured() {
        0 => String::new(),
        some => format!(
            " Of {} by request kind that is written, only a part is measured.",
            plural(some, "table")
        ),
    };
    let text = format!(
        "Of the {} values of this scenario, {} are written in it or set by options{measured}. Of \
         the defaults, {} are published, {} derived from published numbers, {} assumed and {} \
         configuration values.{partly} scenario.resolved.toml names the source of each.",
        values.all(),
        values.written,
        values.published,
        values.derived,
        values.assumed,
        values.configuration,
    );
    let text = text::filled(&text);
    Section::new("", vec![Block::Paragraph(text)])
}
