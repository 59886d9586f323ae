//! The summary on the terminal: what a planner needs to act, in tables.

pub(super) mod bill;
mod checks;
mod content;
mod events;
mod load;
mod parts;
pub mod regression;
pub(crate) mod replicated;
pub mod sensitivity;
#[cfg(test)]
mod tests;

use comfy_table::{CellAlignment, Table, presets};

use super::advice::advice;
use super::format::{count, number, seconds};
use crate::results::{RunResult, ScenarioInfo};

/// Rows of one table; the files have the rest.
const ROWS_MAX: usize = 12;

/// The whole summary, ending with a line break.
pub fn summary(result: &RunResult) -> String {
    let mut text = heading(&result.scenario);
    for (title, section) in sections(result) {
        text.push_str(&printed(&title, &section));
    }
    text.push_str(&events::worst(result));
    for (title, lines) in [("Warnings", &result.warnings), ("What to do", &advice(result))] {
        if !lines.is_empty() {
            let of_first = match result.replicated {
                Some(_) => ", of the first replication",
                None => "",
            };
            text.push_str(&format!("\n{title}{of_first}\n"));
            for line in lines {
                text.push_str(&wrapped(line));
            }
        }
    }
    text.push_str(&plan(&result.scenario));
    text.push_str(&provenance(&result.scenario));
    if result.replicated.is_none() {
        text.push_str(
            "One run with one seed: --replications 10 shows how much of this is chance.\n",
        );
    }
    text
}

/// What a plan should know beyond what is simulated; empty if there is nothing.
pub fn plan(scenario: &ScenarioInfo) -> String {
    let lines: String = scenario.plan.iter().map(|note| wrapped(&note.sentence())).collect();
    if lines.is_empty() { lines } else { format!("\n{PLAN}\n{lines}") }
}

/// All tables that have something to say, with their titles.
pub(super) fn sections(result: &RunResult) -> Vec<(String, Section)> {
    let all = [
        ("Objectives".to_owned(), replicated::objectives(result)),
        (replicated::title(result), replicated::metrics(result)),
        ("Clients".to_owned(), load::clients(result)),
        ("Requests and the latency that clients see".to_owned(), load::requests(result)),
        ("Notification channels".to_owned(), load::channels(result)),
        ("Downloads".to_owned(), load::downloads(result)),
        ("Failures by cause".to_owned(), load::failures(result)),
        ("Stations".to_owned(), parts::stations(result)),
        ("VM instances".to_owned(), parts::instances(result)),
        ("Connection points".to_owned(), parts::connection_points(result)),
        ("Management points".to_owned(), parts::management_points(result)),
        ("Software update points".to_owned(), parts::software_update_points(result)),
        ("Distribution points".to_owned(), parts::distribution_points(result)),
        ("Deployments".to_owned(), content::deployments(result)),
        ("Content by where it came from".to_owned(), content::content(result)),
        (STORMS.to_owned(), events::disruptions(result)),
        ("Egress and other flows".to_owned(), bill::flows(result)),
        (bill::title(result), bill::cost(result)),
        ("Against published numbers".to_owned(), checks::checks(result)),
    ];
    all.into_iter().filter_map(|(title, section)| Some((title, section?))).collect()
}

/// Title of the notes on what the plan is made of.
pub(super) const PLAN: &str = "About the plan";

const STORMS: &str = "Disruptions and the reconnection storms after them";

fn heading(scenario: &ScenarioInfo) -> String {
    let mut text = format!("{}\n", scenario.name);
    if !scenario.question.is_empty() {
        text.push_str(&format!("{}\n", scenario.question));
    }
    text.push_str(&format!(
        "{} to {} {} · {} clients · seed {} · warm-up {}\n",
        scenario.civil(0.0).replace('T', " "),
        scenario.civil(scenario.duration_seconds).replace('T', " "),
        scenario.time_zone,
        count(scenario.clients),
        scenario.seed,
        seconds(scenario.warm_up_seconds),
    ));
    text
}

/// A table, and lines below it.
pub(super) struct Section {
    pub table: Table,
    pub notes: String,
}

/// A section as text.
fn printed(title: &str, section: &Section) -> String {
    let lines = section.table.lines().map(|line| format!(" {}\n", line.trim_end()));
    format!("\n{title}\n{}{}", lines.collect::<String>(), section.notes)
}

/// A table whose first `texts` columns are texts, and all others numbers.
pub(super) fn table(header: &[&str], texts: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    for (index, column) in table.column_iter_mut().enumerate() {
        let alignment = if index < texts { CellAlignment::Left } else { CellAlignment::Right };
        column.set_cell_alignment(alignment);
    }
    table
}

/// A time average; less than anybody would notice is zero.
fn level(mean: f64) -> String {
    if mean < 5e-4 { "0".to_owned() } else { number(mean) }
}

/// Says how many rows a file has more.
fn more(all: usize, file: &str) -> String {
    if all > ROWS_MAX { format!("  ({} more in {file})\n", all - ROWS_MAX) } else { String::new() }
}

fn provenance(scenario: &ScenarioInfo) -> String {
    let values = &scenario.values;
    let facts = values.published + values.derived + values.assumed;
    format!(
        "\nOf this scenario's {} values {} are written in it or set; of the defaults {} are \
         published, {} derived\nfrom published numbers, {} assumed, {} mere settings: \
         scenario.resolved.toml names the source of each.\n",
        facts + values.written + values.settings,
        values.written,
        values.published,
        values.derived,
        values.assumed,
        values.settings,
    )
}

/// A sentence as a list item in lines of at most 100 characters.
pub(super) fn wrapped(sentence: &str) -> String {
    let mut text = String::from(" -");
    let mut length = 2;
    for word in sentence.split_whitespace() {
        let width = word.chars().count();
        if length + 1 + width > 100 {
            text.push_str("\n  ");
            length = 2;
        }
        text.push_str(&format!(" {word}"));
        length += 1 + width;
    }
    text.push('\n');
    text
}
