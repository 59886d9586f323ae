//! Simulated against published numbers.

use super::{ROWS_MAX, Section, more, table, wrapped};
use crate::report::format::{document, number, verdict};
use crate::results::{Check, RunResult, Verdict};

pub(super) fn checks(result: &RunResult) -> Option<Section> {
    let header = ["verdict", "what", "part", "published in", "simulated", "limit", "published"];
    let mut table = table(&header, 4);
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
    for check in checks.iter().take(ROWS_MAX) {
        table.add_row([
            verdict(check.verdict),
            check.what.clone(),
            check.part.clone(),
            document(&check.source).to_owned(),
            number(check.simulated),
            number(check.limit),
            number(check.published),
        ]);
    }
    let mut notes = more(checks.len(), "checks.csv");
    let mut said: Vec<&str> = Vec::new();
    for check in checks.iter().take(ROWS_MAX) {
        if !check.scaled_by.is_empty() && !said.contains(&check.scaled_by.as_str()) {
            said.push(&check.scaled_by);
            notes.push_str(&wrapped(&format!("Limit of {}: {}", check.what, check.scaled_by)));
        }
    }
    (table.row_count() > 0).then_some(Section { table, notes })
}
