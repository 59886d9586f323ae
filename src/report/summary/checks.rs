//! Compares simulated values with published limits.

use super::{ROWS_MAX, more};
use crate::report::document::Cell::Number;
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::format::document;
use crate::results::{Check, RunResult, Verdict};

pub(super) fn checks(result: &RunResult) -> Option<Section> {
    let header =
        ["verdict", "quantity", "component", "published in", "simulated", "limit", "published"];
    let mut table = Table::new(&header, 4);
    let mut checks: Vec<&Check> = result.checks.iter().collect();
    if checks.len() > ROWS_MAX {
        let ratio = |check: &Check| check.simulated / check.limit;
        checks.sort_by(|one, other| ratio(other).total_cmp(&ratio(one)));
        checks.sort_by_key(|check| match check.verdict {
            Verdict::Exceeded | Verdict::Below => 0,
            Verdict::Close | Verdict::AboveEstimate => 1,
            Verdict::Within => 2,
        });
    }
    let mut scaled: Vec<(&str, &str)> = Vec::new();
    for check in checks.iter().take(ROWS_MAX) {
        table.row([
            check.verdict.into(),
            Cell::text(&check.check),
            Cell::text(&check.component),
            Cell::text(document(&check.published_in)),
            Number(check.simulated),
            Number(check.limit),
            Number(check.published),
        ]);
        if !check.scaled_by.is_empty() && !scaled.iter().any(|(_, by)| *by == check.scaled_by) {
            scaled.push((&check.check, &check.scaled_by));
        }
    }
    let notes = more(checks.len(), "checks.csv").into_iter().collect();
    let mut section = Section::table("Published limits", table, notes)?;
    if !scaled.is_empty() {
        let limits = scaled.iter().map(|(what, by)| format!("Limit of {what}: {by}")).collect();
        section.blocks.push(Block::List(limits));
    }
    Some(section)
}
