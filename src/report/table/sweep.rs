//! The points of a sweep.

use super::replicated::value;
use super::table;
use crate::report::format::{count, number};
use crate::results::{SweepPlan, SweepResult};

/// Rows that are shown; the file has the rest.
const POINTS_SHOWN: usize = 200;

/// What a sweep found: its factors, and of each point the figures that were asked for, with
/// intervals.
pub fn summary(result: &SweepResult) -> String {
    let plan = &result.plan;
    let mut text = format!("{}\n", plan.scenario);
    if !plan.question.is_empty() {
        text.push_str(&format!("{}\n", plan.question));
    }
    text.push_str(&heading(plan));
    text.push_str(&points(result));
    if plan.points.len() > POINTS_SHOWN {
        let more = count((plan.points.len() - POINTS_SHOWN) as u64);
        text.push_str(&format!("  ({more} more in points.csv)\n"));
    }
    if plan.replications < 2 {
        text.push_str("One replication has no interval: --replications 10 shows what is chance.\n");
    }
    text.push_str(&format!("{} events.\n", count(result.events())));
    text
}

fn heading(plan: &SweepPlan) -> String {
    format!(
        "{} points ({}) · {} replications of each · means with {} % intervals · seed {}\n\n",
        count(plan.points.len() as u64),
        plan.design,
        plan.replications,
        number(100.0 * plan.confidence),
        plan.seed
    )
}

fn points(result: &SweepResult) -> String {
    let plan = &result.plan;
    let paths = plan.factors.iter().map(|factor| factor.path.as_str());
    let figures = plan.measures.iter().flat_map(|name| [name.as_str(), "+-"]);
    let header: Vec<&str> = ["point"].into_iter().chain(paths).chain(figures).collect();
    let mut table = table(&header, 0);
    for (number, point) in plan.points.iter().take(POINTS_SHOWN).enumerate() {
        let mut row = vec![number.to_string()];
        row.extend(point.levels.iter().cloned());
        for name in &plan.measures {
            row.extend(cells(result, number, name));
        }
        table.add_row(row);
    }
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// Mean and half-width of a figure at a point.
fn cells(result: &SweepResult, point: usize, name: &str) -> [String; 2] {
    let Some(found) = result.figure(point, name) else {
        return ["-".to_owned(), "-".to_owned()];
    };
    let unit = found.metric.unit;
    let cell = |found: Option<f64>| found.map_or("-".to_owned(), |found| value(unit, found));
    let mean = match found.unreached {
        0 => cell(found.mean),
        unreached => format!("{} ({unreached} not reached)", cell(found.mean)),
    };
    [mean, cell(found.half_width)]
}
