//! The answer of a sizing on the terminal.

use super::format::{count, number, share};
use super::table::{self, replicated::value, wrapped};
use crate::results::{DesignResult, DesignStanding, Judgement, ObjectiveResult, Sizing};

/// The whole text, ending with a line break.
pub fn text(sizing: &Sizing) -> String {
    let currency = &sizing.scenario.prices.currency;
    let mut text = format!("{}\n{}\n\n", sizing.scenario.name, sizing.scenario.question);
    match &sizing.answer {
        Some(answer) => {
            text.push_str(&format!(
                "The cheapest design that meets all objectives with {} % confidence",
                number(100.0 * sizing.confidence)
            ));
            text.push_str(&format!(" ({} {currency} a month):\n", number(answer.cost)));
            for (dimension, value) in sizing.dimensions.iter().zip(&answer.values) {
                text.push_str(&format!("  {} = {value}\n", dimension.path));
            }
            text.push_str(&format!(
                "\nIts objectives, over {} fresh replications\n",
                answer.replications
            ));
            text.push_str(&lines(&table::replicated::objective_table(&answer.objectives)));
        }
        None => text.push_str(&no_answer(sizing)),
    }
    if !sizing.loss.is_empty() {
        text.push_str(&wrapped(&format!("Meanwhile: {}.", sizing.loss)));
    }
    text.push_str(&others(sizing));
    text.push_str(&compared_with_rules(sizing));
    text.push_str(&wrapped(&format!(
        "Looked at {} of {} designs, {} of them undecided and so not chosen, {} up for confirmation. \
         More of anything is taken not to harm, and what goes wrong in fewer than one of twenty \
         runs is not seen. Prices: {}{}.",
        count(sizing.simulated),
        count(sizing.space),
        count(sizing.undecided),
        count(sizing.confirmations),
        sizing.scenario.prices.date,
        if sizing.scenario.prices.is_example { ", examples that nobody has verified" } else { "" },
    )));
    text
}

/// Nothing meets the objectives: what stands in the way.
fn no_answer(sizing: &Sizing) -> String {
    let mut text = String::from("No design of the space meets all objectives with confidence.\n");
    let Some(strongest) = sizing.designs.first() else { return text };
    text.push_str(&format!("Even the strongest ({}) does not:\n", strongest.values.join(", ")));
    match &strongest.why {
        Some(why) => text.push_str(&wrapped(why)),
        None => text.push_str(&lines(&table::replicated::objective_table(&strongest.objectives))),
    }
    if strongest.standing == DesignStanding::Screened {
        text = String::from(
            "No design was confirmed: those that met all objectives at first did not a second \
             time, or are undecided.\n",
        );
    }
    text
}

/// Runner-up and neighbours.
fn others(sizing: &Sizing) -> String {
    let rows: Vec<(String, &DesignResult)> = sizing
        .runner_up
        .iter()
        .map(|one| ("next cheapest".to_owned(), one))
        .chain(sizing.neighbours.iter().map(|one| ("what if".to_owned(), one)))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
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
    format!("\nOther designs\n{}", lines(&table))
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
fn compared_with_rules(sizing: &Sizing) -> String {
    let Some(published) = &sizing.published else {
        return wrapped("No design of the space keeps to all published numbers.");
    };
    let said: Vec<String> = sizing
        .dimensions
        .iter()
        .zip(&published.values)
        .map(|(dimension, value)| format!("{} = {value}", dimension.path))
        .collect();
    let mut text = String::from("\n");
    text.push_str(&wrapped(&format!(
        "The published rules alone would say: {} ({} {} a month).",
        said.join(", "),
        number(published.cost),
        sizing.scenario.prices.currency
    )));
    let Some(answer) = &sizing.answer else { return text };
    let differs: Vec<String> = sizing
        .dimensions
        .iter()
        .zip(answer.values.iter().zip(&published.values))
        .filter(|(_, (own, rule))| own != rule)
        .map(|(dimension, (own, rule))| format!("{} {own} instead of {rule}", dimension.path))
        .collect();
    text.push_str(&wrapped(&match differs.is_empty() {
        true => "The simulation agrees.".to_owned(),
        false => format!(
            "The simulation differs: {}. The rules know sizes and counts, not your objectives, \
             the load of your clients, or what is lost meanwhile.",
            differs.join(", ")
        ),
    }));
    text
}

fn lines(table: &comfy_table::Table) -> String {
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}
