//! Interpolates between two values of a parameter with a unit, and inverts the interpolation.

use crate::base::SimDuration;
use crate::catalogue::Kind;

use super::units;

/// Minimum ratio of the ends for geometric interpolation, in which the midpoint between 100 KB and
/// 10 MB is 1 MB.
const GEOMETRIC_FROM: f64 = 10.0;

/// Significant digits of an interpolated value.
const DIGITS: i32 = 4;

/// Range from one value of a parameter to another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    kind: Kind,
    low: f64,
    high: f64,
}

impl Scale {
    /// Creates a scale; `None` if the values are not numeric or not in ascending order.
    pub(super) fn new(kind: Kind, low: &toml::Value, high: &toml::Value) -> Option<Scale> {
        let (low, high) = (amount(kind, low)?, amount(kind, high)?);
        (low < high).then_some(Scale { kind, low, high })
    }

    fn is_geometric(&self) -> bool {
        self.low > 0.0 && self.high / self.low >= GEOMETRIC_FROM
    }

    /// Returns the value at a share of the range as TOML, rounded to a few digits.
    pub(super) fn value(&self, share: f64) -> String {
        let share = share.clamp(0.0, 1.0);
        let amount = if self.is_geometric() {
            self.low * libm::pow(self.high / self.low, share)
        } else {
            self.low + (self.high - self.low) * share
        };
        written(self.kind, amount)
    }

    /// Returns the position of a value as a share of the range; `None` if it is not numeric or
    /// outside the range.
    pub(super) fn share(&self, value: &toml::Value) -> Option<f64> {
        self.share_of_amount(amount(self.kind, value)?)
    }

    /// Returns the position of an amount in the unit of the kind, for example seconds.
    pub(super) fn share_of_amount(&self, amount: f64) -> Option<f64> {
        let share = if self.is_geometric() {
            libm::log(amount / self.low) / libm::log(self.high / self.low)
        } else {
            (amount - self.low) / (self.high - self.low)
        };
        (0.0..=1.0).contains(&share).then_some(share)
    }
}

/// Converts a value to a number in the unit of its kind: seconds, bytes, bits per second, 1/s, or a
/// share.
fn amount(kind: Kind, value: &toml::Value) -> Option<f64> {
    let text = value.as_str();
    match kind {
        Kind::Count | Kind::Number => {
            value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
        }
        Kind::Duration | Kind::Distribution | Kind::DistributionByKind => {
            units::duration(text?).ok().map(SimDuration::as_seconds)
        }
        Kind::TimeOfDay => units::time_of_day(text?).ok().map(SimDuration::as_seconds),
        Kind::Bytes => units::bytes(text?).ok().map(|bytes| bytes.count() as f64),
        Kind::Bandwidth => units::bandwidth(text?).ok().map(|rate| rate.get()),
        Kind::Rate => units::rate(text?).ok().map(|rate| rate.get()),
        Kind::Share => units::share(text?).ok().map(|share| share.get()),
        _ => None,
    }
}

/// Formats a number in the unit of its kind as TOML with four significant digits: seconds for
/// durations and distributions, bytes, bits per second, 1/s, or a share.
pub fn written(kind: Kind, amount: f64) -> String {
    let quoted = |text: String| format!("\"{text}\"");
    match kind {
        Kind::Count => format!("{}", amount.round()),
        Kind::Number => toml::Value::Float(digits(amount).parse().unwrap_or(amount)).to_string(),
        Kind::TimeOfDay => {
            let minutes = (amount / 60.0).round() as u64;
            quoted(format!("{:02}:{:02}", minutes / 60, minutes % 60))
        }
        Kind::Bytes => {
            let units = [("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1.0)];
            quoted(with_unit(amount, &units, " "))
        }
        Kind::Bandwidth => {
            let units = [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1.0)];
            quoted(with_unit(amount, &units, " "))
        }
        Kind::Rate => {
            let units = [("/s", 1.0), ("/min", 1.0 / 60.0), ("/h", 1.0 / 3600.0)];
            quoted(with_unit(amount, &units, ""))
        }
        Kind::Share => quoted(format!("{}%", digits(100.0 * amount))),
        _ => {
            let units = [
                ("h", 3600.0),
                ("min", 60.0),
                ("s", 1.0),
                ("ms", 1e-3),
                ("us", 1e-6),
                ("ns", 1e-9),
            ];
            quoted(if amount < 1e-9 { "0s".to_owned() } else { with_unit(amount, &units, "") })
        }
    }
}

/// Formats a number in the largest unit that does not exceed it, or in the smallest unit.
fn with_unit(amount: f64, units: &[(&str, f64)], space: &str) -> String {
    let fits = |(_, size): &&(&str, f64)| amount >= *size;
    match units.iter().find(fits).or(units.last()) {
        Some((unit, size)) => format!("{}{space}{unit}", digits(amount / size)),
        None => digits(amount),
    }
}

/// Formats a number with [`DIGITS`] significant digits and without trailing zeros.
fn digits(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let whole = libm::floor(libm::log10(number.abs())) as i32 + 1;
    let decimals = (DIGITS - whole).max(0) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(kind: Kind, low: &str, high: &str) -> Scale {
        let value = |text: &str| toml::Value::String(text.to_owned());
        Scale::new(kind, &value(low), &value(high)).expect("a scale")
    }

    #[test]
    fn the_middle_is_geometric_for_wide_ranges_and_otherwise_arithmetic() {
        assert_eq!(scale(Kind::Duration, "10s", "60s").value(0.5), "\"35s\"");
        assert_eq!(scale(Kind::Bytes, "100 KB", "10 MB").value(0.5), "\"1 MB\"");
        assert_eq!(scale(Kind::Distribution, "0s", "400ms").value(0.25), "\"100ms\"");
        assert_eq!(scale(Kind::TimeOfDay, "07:00", "10:00").value(0.5), "\"08:30\"");
        assert_eq!(scale(Kind::Share, "0%", "5%").value(0.5), "\"2.5%\"");
        assert_eq!(scale(Kind::Rate, "1/h", "3/h").value(0.5), "\"2/h\"");
        let count = Scale::new(Kind::Count, &3.into(), &20.into()).expect("a scale");
        assert_eq!(count.value(0.5), "12");
    }

    #[test]
    fn formatted_values_parse_back_to_the_same_position() {
        for (kind, low, high) in [
            (Kind::Duration, "1ms", "4h"),
            (Kind::Bytes, "500 B", "2 GB"),
            (Kind::Bandwidth, "1 Mbit/s", "10 Gbit/s"),
            (Kind::Rate, "1/day", "40/day"),
            (Kind::Share, "0.5%", "20%"),
        ] {
            let scale = scale(kind, low, high);
            for step in 1..16 {
                let share = f64::from(step) / 16.0;
                let text = scale.value(share);
                let value = toml::Value::String(text.trim_matches('"').to_owned());
                let back = scale.share(&value).unwrap_or(f64::NAN);
                assert!((back - share).abs() < 1e-3, "{kind:?}: {text} at {share}, {back}");
            }
        }
    }

    #[test]
    fn non_numeric_parameters_have_no_scale() {
        assert!(Scale::new(Kind::Choice, &"a".into(), &"b".into()).is_none());
        assert!(Scale::new(Kind::Count, &5.into(), &5.into()).is_none());
    }
}
