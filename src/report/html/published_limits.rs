//! Compares simulated values with published limits, in one row per group of components with the
//! same result.

use super::capitalised;
use crate::report::Tone;
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::format::{document, number, share};
use crate::results::{Check, RunResult, Verdict};
use crate::terms::CheckKind;

/// Maximum number of components named in a row; the row states how many more there are.
const NAMED_MAX: usize = 4;

/// Returns the section of published limits, exceeded limits first; `None` if nothing was compared.
pub(super) fn section(result: &RunResult) -> Option<Section> {
    let titles = ["result", "published limit", "component", "limit", "simulated", "source"];
    let mut table = Table::new(&titles, titles.len());
    for number in [3, 4] {
        table.columns[number].is_right = true;
    }
    let groups = groups(&result.checks);
    for group in &groups {
        let worst = group[0];
        table.row([
            outcome(worst),
            Cell::text(capitalised(&worst.check)),
            Cell::text(components(group)),
            Cell::Number(worst.limit),
            Cell::Number(worst.simulated),
            Cell::text(document(&worst.published_in)),
        ]);
    }
    let mut section = Section::table("Published limits", table, Vec::new())?;
    let mut scaled: Vec<String> = Vec::new();
    for check in groups.iter().map(|group| group[0]).filter(|one| !one.scaled_by.is_empty()) {
        let published = number(check.published);
        let line = format!(
            "{}: the limit is {} instead of the published {published}: {}",
            capitalised(&check.check),
            number(check.limit),
            check.scaled_by
        );
        if !scaled.contains(&line) {
            scaled.push(line);
        }
    }
    if !scaled.is_empty() {
        section.blocks.push(Block::List(scaled));
    }
    Some(section)
}

/// Groups checks that differ only in component and value, with the worst component first. Exceeded
/// limits come first, then limits that are nearly reached.
fn groups(checks: &[Check]) -> Vec<Vec<&Check>> {
    let mut groups: Vec<Vec<&Check>> = Vec::new();
    for check in checks {
        let is_alike = |other: &Check| {
            (other.kind, other.verdict) == (check.kind, check.verdict)
                && other.limit == check.limit
                && (&other.published_in, &other.scaled_by)
                    == (&check.published_in, &check.scaled_by)
        };
        match groups.iter_mut().find(|group| is_alike(group[0])) {
            Some(group) => group.push(check),
            None => groups.push(vec![check]),
        }
    }
    for group in &mut groups {
        let is_minimum = is_minimum(group[0].kind);
        group.sort_by(|one, other| match is_minimum {
            true => one.simulated.total_cmp(&other.simulated),
            false => other.simulated.total_cmp(&one.simulated),
        });
    }
    groups.sort_by(|one, other| share_of_limit(other[0]).total_cmp(&share_of_limit(one[0])));
    groups.sort_by_key(|group| match group[0].verdict {
        Verdict::Exceeded | Verdict::Below => 0,
        Verdict::AboveEstimate => 1,
        Verdict::Close => 2,
        Verdict::Within => 3,
    });
    groups
}

/// Returns whether the published number is a recommended minimum.
fn is_minimum(kind: CheckKind) -> bool {
    matches!(kind, CheckKind::GatewayInstances | CheckKind::GatewayConnectionPoints)
}

fn share_of_limit(check: &Check) -> f64 {
    if check.limit > 0.0 { check.simulated / check.limit } else { 0.0 }
}

/// Formats how far the simulated value is above or below the limit.
fn outcome(check: &Check) -> Cell {
    let used = share_of_limit(check);
    let percent = |part: f64| match 100.0 * part {
        whole if whole >= 10.0 => format!("{} %", number(whole.round())),
        _ => share(part),
    };
    match check.verdict {
        _ if check.limit <= 0.0 => check.verdict.into(),
        Verdict::Exceeded => {
            Cell::Verdict(Tone::Bad, format!("exceeded by {}", percent(used - 1.0)))
        }
        Verdict::Below => Cell::Verdict(Tone::Bad, format!("{} too low", percent(1.0 - used))),
        Verdict::AboveEstimate => {
            Cell::Verdict(Tone::Warning, format!("{} above the estimate", percent(used - 1.0)))
        }
        Verdict::Close => Cell::Verdict(Tone::Warning, format!("{} of the limit", percent(used))),
        Verdict::Within if is_minimum(check.kind) => Cell::Verdict(Tone::Good, "met".to_owned()),
        Verdict::Within => Cell::Verdict(Tone::Good, format!("{} of the limit", percent(used))),
    }
}

/// Lists the components of a group, the worst first: `main/3 (9,004), main/0 (6,867)`.
fn components(group: &[&Check]) -> String {
    let is_equal = group.iter().all(|one| one.simulated == group[0].simulated);
    let named = group.iter().take(NAMED_MAX).map(|one| match is_equal {
        true => one.component.clone(),
        false => format!("{} ({})", one.component, number(one.simulated)),
    });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if group.len() > NAMED_MAX {
        text.push_str(&format!(" and {} more", group.len() - NAMED_MAX));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: CheckKind, part: &str, simulated: f64, limit: f64, verdict: Verdict) -> Check {
        Check {
            check: kind.label().to_owned(),
            kind,
            component: part.to_owned(),
            gateway: None,
            simulated,
            limit,
            published: limit,
            unit: String::new(),
            verdict,
            published_in: "a.md, 2022 (remark)".to_owned(),
            note: String::new(),
            scaled_by: String::new(),
        }
    }

    #[test]
    fn checks_with_equal_limit_and_result_share_a_row() {
        use CheckKind::{GatewayInstances, InstanceConnections};
        let checks = vec![
            check(InstanceConnections, "main/1", 3_000.0, 6_000.0, Verdict::Within),
            check(InstanceConnections, "main/0", 6_300.0, 6_000.0, Verdict::Exceeded),
            check(InstanceConnections, "main/2", 8_508.0, 6_000.0, Verdict::Exceeded),
            check(GatewayInstances, "main", 1.0, 2.0, Verdict::Below),
        ];
        let run = RunResult { checks, ..RunResult::default() };
        let section = section(&run).expect("checks");
        let Block::Table(table) = &section.blocks[0] else { panic!("a table") };
        let rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.iter().map(Cell::written).collect()).collect();
        let peak = "Connections on an instance, peak";
        let parts = "main/2 (8,508), main/0 (6,300)";
        assert_eq!(rows[0], ["exceeded by 42 %", peak, parts, "6,000", "8,508", "a.md, 2022"]);
        assert_eq!((rows[1][0].as_str(), rows[1][2].as_str()), ("50 % too low", "main"));
        assert_eq!((rows[2][0].as_str(), rows.len()), ("50 % of the limit", 3));
    }
}
