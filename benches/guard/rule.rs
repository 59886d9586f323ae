//! Decides which instruction counts are accepted, compared with the record. This module does not
//! read files or start processes, so that `tests/instruction_guard.rs` can test all of it.

use std::collections::BTreeMap;

/// Instruction counts by benchmark name.
pub type Counts = BTreeMap<String, u64>;

/// Change in per cent that is tolerated without a message.
pub const TOLERANCE_PERCENT: u64 = 5;

/// Command that updates the record.
pub const RENEW: &str = "cargo bench --workspace --bench guard -- --record";

/// Header of the record file.
const HEAD: &str = "\
# Instructions of each bench in benches/instructions.rs, counted by callgrind. The guard fails when
# one takes over 5 % more than is written here. Not to be edited: renew with
# `cargo bench --workspace --bench guard -- --record` (benches/README.md).
";

/// Result of a comparison: failures make the guard fail, news do not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Problems that must be fixed.
    pub failures: Vec<String>,
    /// Messages for information.
    pub news: Vec<String>,
}

/// Compares measured counts with the record and with the increases that docs/decisions.md accepts.
pub fn check(measured: &Counts, record: &Counts, allowed: &Counts) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, &count) in measured {
        match record.get(name) {
            None => verdict.failures.push(format!("{name} has no record; add it: {RENEW}")),
            Some(&recorded) if exceeds(count, recorded) => {
                rose(name, recorded, count, allowed, &mut verdict);
            }
            Some(&recorded) if exceeds_by_its_fall(count, recorded) => verdict.news.push(format!(
                "{}; update the record to keep the improvement: {RENEW}",
                change(name, recorded, count)
            )),
            Some(_) => {}
        }
    }
    for name in record.keys().filter(|name| !measured.contains_key(*name)) {
        let problem = format!(
            "{name} is recorded, but no benchmark has that name; update the record: {RENEW}"
        );
        verdict.failures.push(problem);
    }
    verdict
}

/// Checks whether the measured counts may be recorded: fails for increases that docs/decisions.md
/// does not accept. New and removed benchmarks are allowed.
pub fn check_recording(measured: &Counts, record: &Counts, allowed: &Counts) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, &count) in measured {
        if let Some(&recorded) = record.get(name).filter(|recorded| exceeds(count, **recorded)) {
            rose(name, recorded, count, allowed, &mut verdict);
        }
    }
    verdict
}

fn rose(name: &str, recorded: u64, count: u64, allowed: &Counts, verdict: &mut Verdict) {
    let change = change(name, recorded, count);
    match allowed.get(name) {
        Some(&limit) if !exceeds(count, limit) => {
            verdict.news.push(format!("{change}, which docs/decisions.md allows"));
        }
        other => {
            let too_low =
                other.map(|limit| format!("; docs/decisions.md allows {}", grouped(*limit)));
            verdict.failures.push(format!(
                "{change}{}\n  reduce the count, or give the reason for it under an entry of \
                 docs/decisions.md:\n  - instructions of `{name}` may rise to {count}: REASON\n\
                 \x20 and update the record: {RENEW}",
                too_low.unwrap_or_default()
            ));
        }
    }
}

/// Returns whether `count` exceeds `limit` by more than the tolerance.
fn exceeds(count: u64, limit: u64) -> bool {
    u128::from(count) * 100 > u128::from(limit) * u128::from(100 + TOLERANCE_PERCENT)
}

/// Returns whether `count` is below `recorded` by more than the tolerance.
fn exceeds_by_its_fall(count: u64, recorded: u64) -> bool {
    u128::from(count) * 100 < u128::from(recorded) * u128::from(100 - TOLERANCE_PERCENT)
}

fn change(name: &str, recorded: u64, count: u64) -> String {
    let percent = (count as f64 / recorded as f64 - 1.0) * 100.0;
    let (recorded, count) = (grouped(recorded), grouped(count));
    format!("{name}: recorded {recorded}, measured {count} ({percent:+.1} %)")
}

/// Parses accepted increases: lines of the form "- instructions of `NAME` may rise to N: reason".
/// Decisions are sorted newest first, so the first line about a benchmark counts.
///
/// # Errors
/// A line that starts like this but has another form, so that typing errors are not missed.
pub fn allowed(decisions: &str) -> Result<Counts, String> {
    let mut found = Counts::new();
    for line in decisions.lines() {
        let Some(rest) = line.strip_prefix("- instructions of `") else { continue };
        let (name, limit) = parse_rise(rest).ok_or_else(|| {
            format!(
                "docs/decisions.md: not of the form \"- instructions of `NAME` may rise to N: \
                 reason\": {line}"
            )
        })?;
        found.entry(name.to_owned()).or_insert(limit);
    }
    Ok(found)
}

fn parse_rise(rest: &str) -> Option<(&str, u64)> {
    let (name, rest) = rest.split_once("` may rise to ")?;
    let (limit, reason) = rest.split_once(':')?;
    let limit = limit.replace(['_', ','], "").parse().ok()?;
    (!reason.trim().is_empty()).then_some((name, limit))
}

/// Parses a record.
///
/// # Errors
/// The reason why the text is not a record.
pub fn parse_record(text: &str) -> Result<Counts, String> {
    toml::from_str(text).map_err(|error| format!("benches/instructions.toml: {error}"))
}

/// Renders the record of the measured counts, sorted by name.
pub fn record(measured: &Counts) -> String {
    let lines = measured.iter().map(|(name, count)| format!("\"{name}\" = {}\n", grouped(*count)));
    format!("{HEAD}\n{}", lines.collect::<String>())
}

/// Formats a number with underscores between groups of three digits, as TOML allows.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// Parses the name and the instruction count of a benchmark from a line of gungraun's JSON output.
///
/// # Errors
/// The missing information.
pub fn parse_summary(line: &str) -> Result<(String, u64), String> {
    let summary: serde_json::Value =
        serde_json::from_str(line).map_err(|error| format!("{error} in {line}"))?;
    let text = |key: &str| summary[key].as_str();
    let names = [text("group"), text("function_name"), text("id")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join("/");
    let profiles = summary["profiles"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The output may also contain "old" values of an earlier run in the same target folder.
    let count = profiles
        .iter()
        .find_map(|profile| profile["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_u64());
    match count {
        Some(count) if !name.is_empty() => Ok((name, count)),
        _ => Err(format!("a bench without a name or without a count: {line}")),
    }
}
