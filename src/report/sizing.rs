//! The answer of a sizing on the terminal.

use super::format::{count, number, share};
use super::table::{self, replicated::value, wrapped};
use crate::results::{DesignResult, DesignStanding, Judgement, ObjectiveResult, Sizing};

/// The whole text, ending with a line break.
pub fn text(sizing: &Sizing) -> String {
    let mut text = format!("{}\n{}\n\n", sizing.scenario.name, sizing.scenario.question);
    for sentence in verdict(sizing) {
        text.push_str(&wrapped(&sentence));
    }
    if let Some(table) = objectives(sizing) {
        let fresh = sizing.answer.as_ref().map_or_else(String::new, |answer| {
            format!("Its objectives, over {} fresh replications\n", answer.replications)
        });
        text.push_str(&format!("\n{fresh}{}", lines(&table)));
    }
    if let Some(table) = others(sizing) {
        text.push_str(&format!("\nOther designs\n{}", lines(&table)));
    }
    text.push('\n');
    for sentence in remarks(sizing) {
        text.push_str(&wrapped(&sentence));
    }
    text
}

/// The answer in sentences, or what stands in its way.
pub fn verdict(sizing: &Sizing) -> Vec<String> {
    if let Some(answer) = &sizing.answer {
        let choice = values(sizing, answer).join(", ");
        return vec![format!(
            "The cheapest design that meets all objectives with {} % confidence ({} {} a month): \
             {choice}.",
            number(100.0 * sizing.confidence),
            number(answer.cost),
            sizing.scenario.prices.currency
        )];
    }
    if sizing.is_stopped {
        return vec![format!(
            "There is no answer yet: the search was stopped after {} of {} designs.",
            count(sizing.simulated),
            count(sizing.space)
        )];
    }
    match sizing.designs.first() {
        Some(strongest) if strongest.standing == DesignStanding::Screened => vec![
            "No design was confirmed: those that met all objectives at first did not a second \
             time, or are undecided."
                .to_owned(),
        ],
        strongest => {
            let mut sentences =
                vec!["No design of the space meets all objectives with confidence.".to_owned()];
            if let Some(strongest) = strongest {
                let why = strongest.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
                let values = strongest.values.join(", ");
                sentences.push(format!("Even the strongest ({values}) does not{why}."));
            }
            sentences
        }
    }
}

fn values(sizing: &Sizing, design: &DesignResult) -> Vec<String> {
    let named = sizing.dimensions.iter().zip(&design.values);
    named.map(|(dimension, value)| format!("{} = {value}", dimension.path)).collect()
}

/// The objectives of the answer, or if there is none of the strongest design.
pub fn objectives(sizing: &Sizing) -> Option<comfy_table::Table> {
    let design = sizing.answer.as_ref().or(sizing.designs.first())?;
    let is_told = !design.objectives.is_empty();
    is_told.then(|| table::replicated::objective_table(&design.objectives))
}

/// Runner-up and neighbours; of a search that was stopped without an answer all designs.
pub fn others(sizing: &Sizing) -> Option<comfy_table::Table> {
    let is_open = sizing.is_stopped && sizing.answer.is_none();
    let looked_at = sizing.designs.iter().filter(|_| is_open);
    let rows: Vec<(String, &DesignResult)> = sizing
        .runner_up
        .iter()
        .map(|one| ("next cheapest".to_owned(), one))
        .chain(sizing.neighbours.iter().map(|one| ("what if".to_owned(), one)))
        .chain(looked_at.map(|one| ("looked at".to_owned(), one)))
        .collect();
    rows.first()?;
    let last: Vec<&str> = sizing.dimensions.iter().map(|one| short(&one.path)).collect();
    let mut header = vec![""];
    header.extend(last);
    header.extend(["a month", "verdict", "tightest objective"]);
    let mut table = table::table(&header, 1);
    for (what, design) in rows {
        let mut row = vec![what];
        row.extend(design.values.iter().cloned());
        row.push(number(design.cost));
        row.push(design.standing.word().to_owned());
        row.push(design.why.clone().or_else(|| tightest(&design.objectives)).unwrap_or_default());
        table.add_row(row);
    }
    Some(table)
}

/// What was lost meanwhile, what the published rules would have said, how it was searched.
pub fn remarks(sizing: &Sizing) -> Vec<String> {
    let mut sentences = Vec::new();
    if !sizing.loss.is_empty() {
        sentences.push(format!("Meanwhile: {}.", sizing.loss));
    }
    if sizing.published.is_some() || !sizing.is_stopped {
        sentences.extend(compared_with_rules(sizing));
    }
    sentences.push(format!(
        "Looked at {} of {} designs, {} of them undecided and so not chosen, {} up for confirmation. \
         More of anything is taken not to harm, and what goes wrong in fewer than one of twenty \
         runs is not seen. Prices: {}{}.",
        count(sizing.simulated),
        count(sizing.space),
        count(sizing.undecided),
        count(sizing.confirmations),
        sizing.scenario.prices.date,
        if sizing.scenario.prices.is_example { ", examples that nobody has verified" } else { "" },
    ));
    sentences
}

/// The last two parts of a path.
fn short(path: &str) -> &str {
    let dots: Vec<usize> = path.match_indices('.').map(|(place, _)| place).collect();
    match dots.len() {
        0 | 1 => path,
        count => &path[dots[count - 2] + 1..],
    }
}

/// The objective that is violated most, or met with the least margin.
fn tightest(objectives: &[ObjectiveResult]) -> Option<String> {
    let margin = |one: &ObjectiveResult| {
        one.margin.unwrap_or(match one.judgement {
            Judgement::Met => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        })
    };
    let one = objectives.iter().min_by(|one, other| margin(one).total_cmp(&margin(other)))?;
    let mean = one.mean.map_or("never".to_owned(), |mean| value(one.unit, mean));
    let margin = match one.margin {
        None => String::new(),
        Some(margin) if margin < -1.0 => format!(", {} times the limit", number(1.0 - margin)),
        Some(margin) => format!(", margin {}", share(margin)),
    };
    Some(format!("{} {mean}{margin}", one.metric))
}

/// What the published rules alone would have said, and why the answer differs.
fn compared_with_rules(sizing: &Sizing) -> Vec<String> {
    let Some(published) = &sizing.published else {
        return vec!["No design of the space keeps to all published numbers.".to_owned()];
    };
    let said = format!(
        "The published rules alone would say: {} ({} {} a month, without what leaves Azure).",
        values(sizing, published).join(", "),
        number(published.cost),
        sizing.scenario.prices.currency
    );
    let Some(answer) = &sizing.answer else { return vec![said] };
    let differs: Vec<String> = sizing
        .dimensions
        .iter()
        .zip(answer.values.iter().zip(&published.values))
        .filter(|(_, (own, rule))| own != rule)
        .map(|(dimension, (own, rule))| format!("{} {own} instead of {rule}", dimension.path))
        .collect();
    let comparison = match differs.is_empty() {
        true => "The simulation agrees.".to_owned(),
        false => format!(
            "The simulation differs: {}. The rules know sizes and counts, not your objectives, \
             the load of your clients, or what is lost meanwhile.",
            differs.join(", ")
        ),
    };
    vec![said, comparison]
}

fn lines(table: &comfy_table::Table) -> String {
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}
