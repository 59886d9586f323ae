//! What changed against a baseline.

use super::replicated::value;
use super::{Section, printed, table};
use crate::report::format::{number, share};
use crate::results::baseline::Stored;
use crate::results::{
    Comparison, FigureComparison, Regression, ScenarioComparison, SpeedComparison, Unit,
};

/// The whole report, ending with a line break.
pub fn regression(result: &Regression) -> String {
    let mut text = format!(
        "Compared with the baseline: {} scenarios, differences at {} % confidence of all together, \
         those up to {} do not matter\n",
        result.scenarios.len(),
        number(100.0 * result.confidence),
        share(result.tolerance),
    );
    if result.results_version != result.results_version_before {
        text.push_str(&format!(
            "The baseline has results of version {}, these have version {}: the same seed gives \
             other figures.\n",
            result.results_version_before, result.results_version
        ));
    }
    for one in &result.scenarios {
        if let Some(section) = figures(one) {
            text.push_str(&printed(&title(one), &section));
        }
        if let Some(speed) = &one.speed {
            text.push_str(&speed_line(speed));
        }
    }
    if !result.not_compared.is_empty() {
        text.push_str(&format!("\nNot compared: {}\n", result.not_compared.join(", ")));
    }
    text.push_str(&match result.changed.len() {
        0 => "\nNothing has changed that matters.\n".to_owned(),
        count => format!("\nCHANGED: {count} figures\n"),
    });
    text
}

fn title(one: &ScenarioComparison) -> String {
    let seed = match one.seed == one.seed_before {
        true => format!("seed {}", one.seed),
        false => format!("seed {}, the baseline's {}", one.seed, one.seed_before),
    };
    format!("{}: {} replications, {seed}", one.scenario, one.replications)
}

fn figures(one: &ScenarioComparison) -> Option<Section> {
    let header = ["figure", "baseline", "now", "difference", "+-", "", "finding"];
    let mut table = table(&header, 1);
    if let Some(column) = table.column_mut(6) {
        column.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    for figure in &one.figures {
        table.add_row(row(figure));
    }
    (!one.figures.is_empty()).then(|| Section { table, notes: String::new() })
}

fn row(one: &FigureComparison) -> [String; 7] {
    let unit = one.metric.unit;
    let cell = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| value(unit, figure));
    let relative = match (one.difference, one.before.mean) {
        (Some(difference), Some(before)) if before != 0.0 && difference != 0.0 => {
            let relative = difference / before.abs();
            format!("({}{})", if relative > 0.0 { "+" } else { "" }, share(relative))
        }
        _ => String::new(),
    };
    let difference = match one.difference {
        Some(0.0) => "0".to_owned(),
        difference => cell(difference),
    };
    let half_width = match one.half_width {
        Some(0.0) => "0".to_owned(),
        half_width => cell(half_width),
    };
    [
        one.metric.name.clone(),
        mean(unit, Some(one.before)),
        mean(unit, one.now),
        difference,
        half_width,
        relative,
        one.finding.word().to_owned(),
    ]
}

fn mean(unit: Unit, stored: Option<Stored>) -> String {
    let Some(stored) = stored else { return "-".to_owned() };
    let mean = stored.mean.map_or("never".to_owned(), |mean| value(unit, mean));
    match stored.unreached {
        0 => mean,
        unreached => format!("{mean} ({unreached} not reached)"),
    }
}

fn speed_line(speed: &SpeedComparison) -> String {
    let word = match speed.finding {
        Comparison::Better => "faster",
        Comparison::Worse => "CHANGED, slower",
        other => other.word(),
    };
    format!(
        "  Speed, by the reference workload's: {} in the baseline, {} now: {word}\n",
        number(speed.before),
        number(speed.now)
    )
}
