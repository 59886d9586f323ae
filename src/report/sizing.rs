//! A sizing on the terminal: the answer, its objectives, other designs.

use super::document::Cell::{self, Count, Number};
use super::document::{Block, Document, Section, Table};
use super::fitted::{fits, fitted};
use super::format::{count, number, share, value};
use super::summary::replicated::objective_table;
use super::text::{self, hanging};
use crate::results::{DesignResult, DesignStatus, ObjectiveResult, ObjectiveStatus, Sizing};

/// Maximum number of rows; the files contain all rows.
const ROWS_MAX: usize = 10;

/// Quota restriction that every plan with more cores must consider.
const QUOTA: &str = "Since July 2026 subscriptions get no additional quota for the VM sizes of a \
    cloud management gateway (retirements-and-capacity-restrictions.md, 09/24/2026)";

/// Returns the whole report as text, ending with a line break.
pub fn text(sizing: &Sizing) -> String {
    let answer = hanging("Answer", &answer(sizing));
    let heading = [&sizing.scenario.name, &sizing.scenario.question];
    let heading = heading.into_iter().filter(|line| !line.is_empty());
    let heading = heading.map(|line| Block::Paragraph(text::filled(line)));
    let reasons = verdict(sizing).into_iter().skip(1).collect();
    let objectives =
        objectives(sizing).map(|(title, table)| Section::new(text::filled(&title), vec![table]));
    let others = others_narrow(sizing).map(|blocks| Section::new("Other designs", blocks));
    let sections = [
        Some(Section::new("", vec![Block::Paragraph(answer)])),
        Some(Section::new("", heading.collect())),
        Section::list("", reasons),
        objectives,
        others,
        Section::list("", remarks(sizing)),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

/// Returns the answer in one sentence.
pub fn answer(sizing: &Sizing) -> String {
    verdict(sizing).swap_remove(0)
}

/// Returns the answer and its conditions, or the reason why there is no answer.
pub(super) fn verdict(sizing: &Sizing) -> Vec<String> {
    let choice = |design: &DesignResult| values(sizing, design).join(", ");
    if let Some(answer) = &sizing.answer {
        let found = format!(
            "The cheapest design that meets all objectives with {} % confidence ({}): {}.",
            number(100.0 * sizing.confidence),
            price(sizing, answer),
            choice(answer)
        );
        let remarks = single_instance(sizing, answer).into_iter().chain(more_cores(sizing, answer));
        return std::iter::once(found).chain(remarks).collect();
    }
    let mut sentences = vec![match sizing.is_stopped {
        true => format!(
            "There is no confirmed answer yet: the search was stopped after {} of {} designs.",
            count(sizing.simulated),
            count(sizing.space)
        ),
        false => "No design in the search space meets all objectives with the required confidence."
            .to_owned(),
    }];
    if let Some(best) = &sizing.best {
        sentences.push(format!(
            "The best design so far meets all objectives over {} replications, and is not \
             confirmed ({}): {}.",
            best.replications,
            price(sizing, best),
            choice(best)
        ));
        sentences.extend(still_open(sizing));
        sentences.extend(single_instance(sizing, best));
        sentences.extend(more_cores(sizing, best));
    } else if let Some(strongest) = strongest(sizing).filter(|_| !sizing.is_stopped) {
        let values = choice(strongest);
        sentences.push(format!("Even the strongest design ({values}) does not meet them."));
    }
    sentences.extend(not_measured(sizing));
    sentences.extend(excluded(sizing));
    sentences
}

/// Counts the cheaper designs that a stopped search has not ruled out.
fn still_open(sizing: &Sizing) -> Option<String> {
    sizing.is_stopped.then(|| match sizing.open {
        0 => "No cheaper design is left to simulate. Only the confirmation with new replications \
              is missing."
            .to_owned(),
        1 => "1 cheaper design has not been ruled out yet.".to_owned(),
        open => format!("{} cheaper designs have not been ruled out yet.", count(open)),
    })
}

/// Lists objectives for which a design has no value.
fn not_measured(sizing: &Sizing) -> Option<String> {
    let objectives = shown(sizing).map_or(&[][..], |design| &design.objectives);
    let missing = objectives.iter().filter(|one| one.status == ObjectiveStatus::NotMeasured);
    let missing: Vec<&str> = missing.map(|one| one.metric.name()).collect();
    (!missing.is_empty()).then(|| {
        format!("Not measured in this scenario, and therefore not met: {}.", missing.join(", "))
    })
}

/// Returns whether instances of any gateway have no price.
fn has_unpriced(sizing: &Sizing) -> bool {
    sizing.scenario.prices.vm_hour.iter().any(|one| one.price.is_none())
}

/// Formats the cost of a design, and states whether it includes VM instances.
fn price(sizing: &Sizing, design: &DesignResult) -> String {
    let cost = format!("{} {}", number(design.cost), sizing.scenario.prices.currency);
    match has_unpriced(sizing) {
        true => format!("{cost} per month, excluding VM instances, which have no price"),
        false => format!("{cost} per month"),
    }
}

/// Returns a warning about a design in which a gateway has only one instance. The number of
/// instances comes from a dimension or from the scenario.
fn single_instance(sizing: &Sizing, design: &DesignResult) -> Option<String> {
    let is_of_gateway = |path: &str| path.starts_with("gateway.") && path.ends_with(".instances");
    let chosen = || sizing.dimensions.iter().map(|one| one.path.as_str()).zip(&design.values);
    // A wildcard sets the instances of every gateway.
    let is_chosen = |path: &str| {
        chosen().any(|(own, _)| own == path || (is_of_gateway(own) && own.contains('*')))
    };
    let fixed = sizing.scenario.configuration.iter().filter(|one| !is_chosen(&one.path));
    let fixed = fixed.map(|one| (one.path.as_str(), &one.value));
    let mut all = chosen().chain(fixed);
    all.any(|(path, value)| is_of_gateway(path) && value == "1").then(|| {
        "One instance: the gateway is unavailable while Azure updates it. Microsoft recommends at \
         least two."
            .to_owned()
    })
}

/// Returns a note on the quota for a design that needs more cores than the scenario.
fn more_cores(sizing: &Sizing, design: &DesignResult) -> Option<String> {
    let more = design.cores.checked_sub(sizing.cores_today).filter(|more| *more > 0)?;
    Some(format!(
        "It needs {} vCPU cores, {more} more than the scenario has today ({}). {QUOTA}: check that \
         your quota is sufficient{}.",
        count(design.cores),
        count(sizing.cores_today),
        if sizing.quota.is_none() { ", or search within it with --quota" } else { "" },
    ))
}

/// Describes how many designs a budget and a quota exclude.
fn excluded(sizing: &Sizing) -> Option<String> {
    let budget = (sizing.over_budget > 0)
        .then(|| format!("{} exceed the cost_per_month objective", count(sizing.over_budget)));
    let quota = (sizing.over_quota > 0).then(|| {
        let quota = sizing.quota.map_or_else(String::new, count);
        format!("{} need more than the quota of {quota} vCPU cores", count(sizing.over_quota))
    });
    let reasons: Vec<String> = budget.into_iter().chain(quota).collect();
    (!reasons.is_empty()).then(|| {
        format!(
            "Of {} designs, {}; they were not simulated.",
            count(sizing.space),
            reasons.join(" and ")
        )
    })
}

/// Returns the design with the strongest value of every dimension, if it was simulated.
fn strongest(sizing: &Sizing) -> Option<&DesignResult> {
    let last = |index: usize| sizing.dimensions.get(index).and_then(|one| one.values.last());
    sizing.designs.iter().find(|design| {
        let mut values = design.values.iter().enumerate();
        values.all(|(index, value)| Some(value) == last(index))
    })
}

fn values(sizing: &Sizing, design: &DesignResult) -> Vec<String> {
    let named = sizing.dimensions.iter().zip(&design.values);
    named.map(|(dimension, value)| format!("{} = {value}", dimension.path)).collect()
}

/// Returns the design whose objectives are shown: the answer, the best design so far, or the one
/// closest to an answer.
fn shown(sizing: &Sizing) -> Option<&DesignResult> {
    let best = sizing.answer.as_ref().or(sizing.best.as_ref());
    best.or_else(|| by_closeness(sizing).into_iter().next())
}

/// Returns the objectives of the design that [`shown`] selects, with a title.
pub(super) fn objectives(sizing: &Sizing) -> Option<(String, Block)> {
    let design = shown(sizing).filter(|design| !design.objectives.is_empty())?;
    let replications = design.replications;
    let title = if sizing.answer.is_some() {
        format!("Objectives of this design, over {replications} new replications")
    } else {
        let which =
            if sizing.best.is_some() { "the best design so far" } else { "the closest design" };
        let paths: Vec<String> = sizing.dimensions.iter().map(|one| one.path.clone()).collect();
        let values = named_values(&paths, &design.values);
        format!("Objectives of {which} ({values}), over {replications} replications")
    };
    Some((title, Block::Table(objective_table(&design.objectives))))
}

/// Returns all designs: first the designs that meet all objectives, by increasing cost, then the
/// remaining designs, by increasing distance from their objectives.
fn by_closeness(sizing: &Sizing) -> Vec<&DesignResult> {
    let rank = |design: &DesignResult| match design.status {
        DesignStatus::Confirmed | DesignStatus::Screened => 0,
        DesignStatus::Undecided | DesignStatus::Violated => 1,
    };
    let mut designs: Vec<&DesignResult> = sizing.designs.iter().collect();
    designs.sort_by(|one, other| {
        let by_margin = || worst(&other.objectives).total_cmp(&worst(&one.objectives));
        let by_cost = one.cost.total_cmp(&other.cost);
        rank(one).cmp(&rank(other)).then_with(|| match rank(one) {
            0 => by_cost,
            _ => by_margin().then(by_cost),
        })
    });
    designs
}

/// Returns at most ten designs to show beside the answer, without duplicates.
fn rows(sizing: &Sizing) -> Vec<(&'static str, &DesignResult)> {
    let mut all: Vec<(&str, &DesignResult)> = Vec::new();
    if let Some(answer) = &sizing.answer {
        all.extend(sizing.runner_up.iter().map(|one| ("next cheapest", one)));
        let is_open =
            |one: &&DesignResult| one.status == DesignStatus::Undecided && one.cost <= answer.cost;
        all.extend(sizing.designs.iter().filter(is_open).map(|one| ("undecided", one)));
        all.extend(sizing.neighbours.iter().map(|one| (step(sizing, answer, one), one)));
    } else {
        let best = sizing.best.iter().map(|one| ("best so far", one));
        all.extend(best.chain(by_closeness(sizing).into_iter().map(|one| ("closest", one))));
    }
    let mut rows: Vec<(&str, &DesignResult)> = Vec::new();
    for (what, design) in all {
        let is_shown = rows.iter().any(|(_, other)| other.values == design.values);
        if !is_shown && rows.len() < ROWS_MAX {
            rows.push((what, design));
        }
    }
    rows
}

/// Describes how a design differs from the answer.
fn step(sizing: &Sizing, answer: &DesignResult, design: &DesignResult) -> &'static str {
    let level = |index: usize, value: &String| {
        let values = sizing.dimensions.get(index).map(|one| &one.values);
        values.and_then(|values| values.iter().position(|own| own == value))
    };
    let levels = |design: &DesignResult| -> Vec<Option<usize>> {
        design.values.iter().enumerate().map(|(index, value)| level(index, value)).collect()
    };
    let (own, other) = (levels(answer), levels(design));
    let all = |is: fn(&Option<usize>, &Option<usize>) -> bool| {
        own.iter().zip(&other).all(|(own, other)| is(other, own))
    };
    match () {
        () if all(|other, own| other <= own) => "one fewer",
        () if all(|other, own| other >= own) => "one more",
        () => "other",
    }
}

/// Returns a table of designs besides the answer: the next cheapest design, undecided designs and
/// neighbours; without an answer, the best design so far and the closest designs.
pub(super) fn others(sizing: &Sizing) -> Option<Block> {
    let rows = rows(sizing);
    rows.first()?;
    let dimensions: Vec<&str> = sizing.dimensions.iter().map(|one| short(&one.path)).collect();
    let value = |design: &DesignResult| design.values.iter().map(Cell::text).collect();
    Some(Block::Table(designs_table(&rows, &dimensions, value)))
}

/// Returns the same table for a terminal of 80 columns. If one column per dimension does not fit,
/// one column contains the values that differ from the answer, or all values without an answer.
fn others_narrow(sizing: &Sizing) -> Option<Vec<Block>> {
    let narrow = |table: Table| table.without(&["replications"]);
    let Some(Block::Table(table)) = others(sizing) else { return None };
    let columns = table.columns.len();
    let [block] = &fitted(narrow(table), columns, "designs.csv")[..] else { return None };
    if matches!(block, Block::Table(table) if fits(table)) {
        return Some(vec![block.clone()]);
    }
    let paths: Vec<String> = sizing.dimensions.iter().map(|one| one.path.clone()).collect();
    let answer = sizing.answer.as_ref().map(|answer| &answer.values);
    let title = answer.map_or("values", |_| "difference from the answer");
    let values = |design: &DesignResult| {
        let all = paths.iter().cloned().zip(design.values.iter().cloned()).enumerate();
        let is_shown = |index: usize, value: &String| {
            answer.and_then(|answer| answer.get(index)).is_none_or(|own| own != value)
        };
        let shown = all.filter(|(index, (_, value))| is_shown(*index, value)).map(|(_, one)| one);
        let (paths, values): (Vec<String>, Vec<String>) = shown.unzip();
        vec![Cell::text(named_values(&paths, &values))]
    };
    let mut table = narrow(designs_table(&rows(sizing), &[title], values));
    table.columns[1].is_right = false;
    Some(fitted(table, columns, "designs.csv"))
}

fn designs_table(
    rows: &[(&'static str, &DesignResult)],
    dimensions: &[&str],
    values: impl Fn(&DesignResult) -> Vec<Cell>,
) -> Table {
    let mut header = vec!["design"];
    header.extend(dimensions);
    header.extend(["cost per month", "verdict", "tightest objective", "replications"]);
    let mut table = Table::new(&header, 1);
    let tightest_column = header.len() - 2;
    table.columns[tightest_column].is_right = false;
    for (what, design) in rows {
        let found = [
            Number(design.cost),
            Cell::text(design.status.word()),
            Cell::text(tightest(&design.objectives).unwrap_or_default()),
            Count(design.replications),
        ];
        table.row([Cell::text(*what)].into_iter().chain(values(design)).chain(found));
    }
    table
}

/// Describes the failed components, the published rules, and the search.
pub(super) fn remarks(sizing: &Sizing) -> Vec<String> {
    let mut sentences = Vec::new();
    if !sizing.loss.is_empty() {
        sentences.push(format!("Components that are down during the run: {}.", sizing.loss));
    }
    if sizing.answer.is_some() {
        sentences.extend(excluded(sizing));
    }
    if has_unpriced(sizing) {
        sentences.push(
            "VM instances without a price (`prices.vm_hour`) count as free. The search minimises \
             their number, whatever their size."
                .to_owned(),
        );
    }
    if sizing.published.is_some() || !sizing.is_stopped {
        sentences.extend(compared_with_rules(sizing));
    }
    for (metric, path) in &sizing.refuted {
        sentences.push(format!(
            "A higher {path} did not improve {metric} in this scenario, so the search did not \
             use {path} to rule out designs."
        ));
    }
    if sizing.is_stopped && sizing.answer.is_some() {
        sentences.push(
            "The search was stopped after the answer was found: the next cheapest design and the \
             designs one step away from the answer may be missing."
                .to_owned(),
        );
    }
    sentences.push(format!(
        "Simulated {} of {} designs with {} replications in total; undecided and therefore not \
         chosen: {}, confirmations: {}. The search assumes that adding components makes no metric \
         worse except the cost. Failures in fewer than 1 of 20 replications may stay undetected. \
         Prices: {}{}.",
        count(sizing.simulated),
        count(sizing.space),
        count(sizing.replications),
        count(sizing.undecided),
        count(sizing.confirmations),
        sizing.scenario.prices.date,
        if sizing.scenario.prices.is_example { ", examples that are not verified" } else { "" },
    ));
    sentences
}

/// Formats the values of a design with short names: `main.instances=4 cp.count=2`.
pub fn named_values(paths: &[String], values: &[String]) -> String {
    let named = paths.iter().zip(values).map(|(path, value)| format!("{}={value}", short(path)));
    named.collect::<Vec<_>>().join(" ")
}

/// Returns the last two parts of a path.
fn short(path: &str) -> &str {
    let dots: Vec<usize> = path.match_indices('.').map(|(index, _)| index).collect();
    match dots.len() {
        0 | 1 => path,
        count => &path[dots[count - 2] + 1..],
    }
}

/// Returns the margin of an objective. An unknown margin counts as infinite if the objective is
/// met, and otherwise as the worst.
fn margin(one: &ObjectiveResult) -> f64 {
    one.margin.unwrap_or(match one.status {
        ObjectiveStatus::Met => f64::INFINITY,
        _ => f64::NEG_INFINITY,
    })
}

/// Returns the smallest margin of all objectives.
fn worst(objectives: &[ObjectiveResult]) -> f64 {
    objectives.iter().map(margin).reduce(f64::min).unwrap_or(f64::NEG_INFINITY)
}

/// Describes the objective with the smallest margin.
pub fn tightest(objectives: &[ObjectiveResult]) -> Option<String> {
    let one = objectives.iter().min_by(|one, other| margin(one).total_cmp(&margin(other)))?;
    let mean = match (one.mean, one.status) {
        (Some(mean), _) => value(one.unit, mean),
        (None, ObjectiveStatus::NotMeasured) => "not measured".to_owned(),
        (None, _) => "never".to_owned(),
    };
    let margin = match one.margin {
        None => String::new(),
        Some(margin) if margin < -1.0 => format!(", {} times the limit", number(1.0 - margin)),
        Some(margin) => format!(", margin {}", share(margin)),
    };
    Some(format!("{} {mean}{margin}", one.metric))
}

/// Describes the design from the published rules alone, and how the answer differs from it.
fn compared_with_rules(sizing: &Sizing) -> Vec<String> {
    let Some(published) = &sizing.published else {
        return vec!["No possible design complies with all published numbers.".to_owned()];
    };
    let said = format!(
        "The published rules alone give: {} ({} {} per month without egress).",
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
            "The simulation differs: {}. The rules consider sizes and counts, but not your \
             objectives, the load of your clients, or components that are down.",
            differs.join(", ")
        ),
    };
    vec![said, comparison]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ConfigurationValue, DimensionResult, ValueProvenance};

    #[test]
    fn a_design_with_one_instance_has_a_warning() {
        let with = |path: &str, value: &str| {
            let (path, value) = (path.to_owned(), value.to_owned());
            let mut sizing = Sizing {
                dimensions: vec![DimensionResult { path, values: vec![value.clone()] }],
                answer: Some(DesignResult {
                    values: vec![value],
                    cost: 0.0,
                    cores: 0,
                    status: DesignStatus::Confirmed,
                    replications: 20,
                    objectives: Vec::new(),
                }),
                ..Sizing::default()
            };
            sizing.scenario.configuration = vec![ConfigurationValue {
                path: "gateway.main.instances".to_owned(),
                value: "1".to_owned(),
                provenance: ValueProvenance::Written,
                source: String::new(),
                measured: Vec::new(),
            }];
            verdict(&sizing).iter().any(|one| one.starts_with("One instance: the gateway is"))
        };
        assert!(with("gateway.main.instances", "1"));
        assert!(!with("gateway.main.instances", "2"));
        assert!(!with("gateway.*.instances", "2"));
        assert!(with("connection_point.cp.count", "2"), "the scenario has one instance");
    }
}
