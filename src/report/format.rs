//! Formats numbers for people.

pub use crate::base::text::{count, plural};

use crate::results::Unit;

/// Formats a number with about three significant digits: `0.0123`, `1.23`, `12.3`, `123`, `12,300`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if !value.is_finite() => "-".to_owned(),
        // Adding zero removes the sign of a negative zero.
        _ if size < 1000.0 && value == value.round() => format!("{}", value + 0.0),
        _ if size < 0.001 => "<0.001".to_owned(),
        _ if size < 0.1 => format!("{value:.4}"),
        _ if size < 1.0 => format!("{value:.3}"),
        _ if size < 10.0 => format!("{value:.2}"),
        _ if size < 100.0 => format!("{value:.1}"),
        _ if value < 0.0 => format!("-{}", count(size.round() as u64)),
        _ => count(size.round() as u64),
    }
}

/// Returns the scenario argument of a proposed command. If the scenario was read from standard
/// input, returns a placeholder, because standard input cannot be read again.
pub fn scenario_argument(asked: &str) -> &str {
    if asked == "-" { "SCENARIO" } else { asked }
}

/// Quotes the words of a command for a POSIX shell.
pub fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    // Only a NUL character cannot be quoted, and arguments cannot contain it.
    shlex::Quoter::new().allow_nul(true).join(words).unwrap_or_default()
}

/// Formats a duration in its natural unit: `35 ms`, `1.21 s`, `12 min 05 s`, `3 h 20 min`.
pub fn seconds(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "-".to_owned(),
        // Values below half a nanosecond are rounding errors.
        _ if value.abs() < 0.5e-9 => "0 s".to_owned(),
        _ if value < 1e-6 => format!("{:.0} ns", value * 1e9),
        _ if value < 0.9995e-3 => format!("{} us", short(value * 1e6)),
        _ if value < 0.9995 => format!("{} ms", short(value * 1e3)),
        _ if value < 99.95 => format!("{} s", short(value)),
        _ if value < 3599.5 => {
            let whole = value.round() as u64;
            format!("{} min {:02} s", whole / 60, whole % 60)
        }
        _ if value < 2.0 * 86_400.0 => {
            let minutes = (value / 60.0).round() as u64;
            format!("{} h {:02} min", minutes / 60, minutes % 60)
        }
        _ => format!("{} d", short(value / 86_400.0)),
    }
}

/// Formats a round number on an axis without trailing zeros: `50`, `0.2`, `10,000`.
pub fn tick(value: f64) -> String {
    let text = match value.abs() {
        large if large >= 1000.0 => return number(value),
        small if small < 1e-4 && small > 0.0 => return format!("{value:e}"),
        _ => format!("{value:.6}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Formats a round duration on an axis: `300 ms`, `2 min`, `1 h`.
pub fn tick_seconds(value: f64) -> String {
    let units =
        [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)];
    let is_round = |size: f64| {
        let amount = value / size;
        amount > 0.9999 && (size <= 1.0 || (amount - amount.round()).abs() < 1e-9)
    };
    match units.into_iter().find(|(_, size)| is_round(*size)) {
        _ if value == 0.0 => "0".to_owned(),
        Some((unit, size)) => format!("{} {unit}", tick(value / size)),
        None => format!("{} ns", tick(value * 1e9)),
    }
}

/// Formats a share in per cent: `85.2 %`, `0.02 %`.
pub fn share(value: f64) -> String {
    match 100.0 * value {
        0.0 => "0 %".to_owned(),
        small if small.abs() < 0.005 => "<0.01 %".to_owned(),
        small if small.abs() < 1.0 => format!("{small:.2} %"),
        // Do not round 99.98 % to 100 %.
        high if (99.0..100.0).contains(&high) => format!("{:.2} %", (100.0 * high).floor() / 100.0),
        other => format!("{other:.1} %"),
    }
}

/// Formats a data rate in bits per second with a decimal unit.
pub fn bit_rate(value: f64) -> String {
    let (divisor, unit) = match value {
        small if small < 999.5 => (1.0, "bit/s"),
        small if small < 999.5e3 => (1e3, "kbit/s"),
        small if small < 999.5e6 => (1e6, "Mbit/s"),
        _ => (1e9, "Gbit/s"),
    };
    format!("{} {unit}", number(value / divisor))
}

/// Formats an amount of data in a decimal unit: `4.5 KB`, `2.1 GB`.
pub fn bytes(value: u64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut amount = value as f64;
    let mut unit = 0;
    while amount >= 999.5 && unit + 1 < units.len() {
        amount /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{value} B") } else { format!("{} {}", short(amount), units[unit]) }
}

/// Returns document and date of a source, without a remark in brackets.
pub fn document(source: &str) -> &str {
    source.split(" (").next().unwrap_or_default()
}

/// Formats a metric value in its unit.
pub fn value(unit: Unit, value: f64) -> String {
    match unit {
        _ if value == f64::INFINITY => "never".to_owned(),
        _ if !value.is_finite() => "-".to_owned(),
        Unit::Seconds if value < 0.0 => format!("-{}", seconds(-value)),
        Unit::Seconds => seconds(value),
        Unit::Share => share(value),
        Unit::Bytes if value < 0.0 => format!("-{}", bytes((-value).round() as u64)),
        Unit::Bytes => bytes(value.round() as u64),
        Unit::PerSecond => format!("{}/s", number(value)),
        Unit::BitRate => format!("{} Mbit/s", number(value)),
        Unit::Count | Unit::Money => number(value),
    }
}

/// Formats the limit of an objective: `at most 5.00 s`.
pub fn bound(is_at_least: bool, unit: Unit, limit: f64) -> String {
    format!("{} {}", if is_at_least { "at least" } else { "at most" }, value(unit, limit))
}

/// Formats a number with three significant digits.
fn short(value: f64) -> String {
    match value {
        small if small < 9.995 => format!("{small:.2}"),
        middle if middle < 99.95 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

/// Joins names: `a`, `a and b`, `a, b and c`.
pub(crate) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        let words = ["cmgsim", "a=2..16", "cohort.*.clients=5", "it's", "", "--set", "$(x) \\ ^!"];
        let text = command(words);
        assert!(
            text.starts_with("cmgsim 'a=2..16' 'cohort.*.clients=5' \"it's\" '' --set "),
            "{text}"
        );
        let typed: Vec<String> = shlex::split(&text).expect("words");
        assert_eq!(typed, words);
    }

    #[test]
    fn numbers_are_formatted_for_people() {
        assert_eq!(number(0.01234), "0.0123");
        assert_eq!(number(-12_345.6), "-12,346");
        assert_eq!(seconds(0.0352), "35.2 ms");
        assert_eq!(seconds(725.0), "12 min 05 s");
        assert_eq!(seconds(12_000.0), "3 h 20 min");
        assert_eq!(seconds(5e-9), "5 ns");
        assert_eq!(tick(50.0), "50");
        assert_eq!(tick(0.2), "0.2");
        assert_eq!(tick_seconds(0.3), "300 ms");
        assert_eq!(tick_seconds(120.0), "2 min");
        assert_eq!(tick_seconds(90.0), "90 s");
        assert_eq!(share(0.852), "85.2 %");
        assert_eq!(share(0.99999), "99.99 %");
        assert_eq!(share(1e-6), "<0.01 %");
        assert_eq!(bytes(1_234_567), "1.23 MB");
        assert_eq!(bytes(12), "12 B");
    }
}
