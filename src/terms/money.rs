//! Amounts of money.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Millionths in one unit of a currency.
const MILLIONTHS: f64 = 1e6;

/// Millionths in a cent.
const CENT: i64 = 10_000;

/// An amount of money in millionths of a currency.
///
/// A line of a bill is quantity times unit price, rounded once to a millionth, half away from zero.
/// Sums of amounts are exact. Only printing rounds to the cent. Amounts beyond 9.2 trillion are
/// limited to this value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// Converts an amount, rounded to a millionth.
    pub fn new(amount: f64) -> Money {
        // The conversion limits large amounts and turns NaN into zero.
        Money((amount * MILLIONTHS).round() as i64)
    }

    /// Returns the cost of a quantity at a unit price.
    pub fn of(quantity: f64, unit_price: f64) -> Money {
        Money::new(quantity * unit_price)
    }

    /// Returns the amount in units of the currency.
    pub fn get(self) -> f64 {
        self.0 as f64 / MILLIONTHS
    }

    /// Returns the amount in cents, rounded half away from zero.
    pub fn cents(self) -> i64 {
        let half = if self.0 < 0 { -CENT / 2 } else { CENT / 2 };
        self.0.saturating_add(half) / CENT
    }
}

impl fmt::Display for Money {
    /// Formats the amount to the cent: `1234.50`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        write!(formatter, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Money;

    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        f64::deserialize(deserializer).map(Money::new)
    }
}

impl JsonSchema for Money {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_cents_are_rounded_up_in_magnitude() {
        // In binary, 1.005 is slightly less than 1.005; rounding it directly would give 1.00.
        for (amount, expected) in [
            (1.005, "1.01"),
            (-1.005, "-1.01"),
            (0.0049, "0.00"),
            (-0.001, "0.00"),
            (1e6, "1000000.00"),
        ] {
            assert_eq!(Money::new(amount).to_string(), expected, "{amount}");
        }
    }

    #[test]
    fn sums_do_not_drift() {
        let all: Money = (0..1_000_000).map(|_| Money::of(1.0, 0.1)).sum();
        assert_eq!(all, Money::new(100_000.0));
        let drifted: f64 = (0..1_000_000).map(|_| 0.1).sum();
        assert_ne!(drifted, 100_000.0, "which a sum of floating-point numbers does not achieve");
        assert_eq!(Money::new(f64::INFINITY) + Money::new(1.0), Money(i64::MAX));
    }

    #[test]
    fn an_amount_is_a_number_in_files() {
        let text = serde_json::to_string(&Money::new(12.345_678_9)).expect("JSON");
        assert_eq!(text, "12.345679");
        assert_eq!(serde_json::from_str::<Money>(&text).expect("a number"), Money(12_345_679));
    }
}
