//! The summary of a run: what a planner needs to act, in tables.

pub(super) mod bill;
mod checks;
mod components;
mod content;
mod events;
mod load;
pub(super) mod replicated;
#[cfg(test)]
mod tests;

use super::advice::advice;
use super::document::{Block, Document, Section};
use super::format::{count, seconds};
use super::text;
use crate::results::{RunResult, ScenarioInfo};

/// Rows of one table; the files have the rest.
const ROWS_MAX: usize = 12;

/// The whole summary as text, ending with a line break.
pub fn text(result: &RunResult) -> String {
    let heading = std::iter::once(heading(&result.scenario));
    let sections = heading.chain(tables(result)).chain(events::worst(result));
    let sections = sections.chain(remarks(result)).chain([provenance(result)]).collect();
    text::render(&Document { sections })
}

/// All tables that have something to say.
pub(super) fn tables(result: &RunResult) -> Vec<Section> {
    let all = [
        replicated::objectives(result),
        replicated::metrics(result),
        load::clients(result),
        load::requests(result),
        load::channels(result),
        load::downloads(result),
        load::failures(result),
        components::stations(result),
        components::instances(result),
        components::connection_points(result),
        components::management_points(result),
        components::software_update_points(result),
        components::distribution_points(result),
        content::deployments(result),
        content::content(result),
        events::disruptions(result),
        bill::flows(result),
        bill::cost(result),
        checks::checks(result),
    ];
    all.into_iter().flatten().collect()
}

/// Warnings, advice, and what a plan should know: what there is of them.
pub(super) fn remarks(result: &RunResult) -> Vec<Section> {
    let of_first = match result.replicated {
        Some(_) => "of the first replication",
        None => "",
    };
    let warnings = Section::list("Warnings", result.warnings.clone());
    let advice = Section::list("What to do", advice(result));
    let of_run = [warnings, advice].into_iter().flatten();
    of_run.map(|section| section.with_remark(of_first)).chain(plan(&result.scenario)).collect()
}

/// What a plan should know beyond what is simulated; `None` if there is nothing.
pub(crate) fn plan(scenario: &ScenarioInfo) -> Option<Section> {
    let notes = scenario.plan.iter().map(|note| note.sentence()).collect();
    Section::list("About the plan", notes)
}

pub(super) fn heading(scenario: &ScenarioInfo) -> Section {
    let question = (!scenario.question.is_empty()).then(|| scenario.question.clone());
    let about = format!(
        "{} to {} {} · {} clients · seed {} · warm-up {}",
        scenario.civil(0.0).replace('T', " "),
        scenario.civil(scenario.duration_s).replace('T', " "),
        scenario.time_zone,
        count(scenario.clients),
        scenario.seed,
        seconds(scenario.warm_up_s),
    );
    let lines = [Some(scenario.name.clone()), question, Some(about)];
    Section::new("", lines.into_iter().flatten().map(Block::Paragraph).collect())
}

/// Says how many rows a file has more.
fn more(all: usize, file: &str) -> Option<String> {
    (all > ROWS_MAX).then(|| format!("({} more in {file})", all - ROWS_MAX))
}

/// What the numbers rest on.
fn provenance(result: &RunResult) -> Section {
    let values = &result.scenario.values;
    let facts = values.published + values.derived + values.assumed;
    let mut text = format!(
        "Of this scenario's {} values {} are written in it or set; of the defaults {} are \
         published, {} derived\nfrom published numbers, {} assumed, {} mere settings: \
         scenario.resolved.toml names the source of each.",
        facts + values.written + values.configuration,
        values.written,
        values.published,
        values.derived,
        values.assumed,
        values.configuration,
    );
    if result.replicated.is_none() {
        text += "\nOne run with one seed: --replications 10 shows how much of this is chance.";
    }
    Section::new("", vec![Block::Paragraph(text)])
}
