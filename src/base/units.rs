//! Quantities with a unit in the type: bytes, bits per second, rates, shares.
//!
//! Constructors validate their argument. Only meaningful operators are defined.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::SimDuration;

/// An amount of data in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bytes(u64);

/// A data rate in bits per second, finite and positive.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct BitsPerSecond(f64);

/// A rate of events per second, finite and non-negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct PerSecond(f64);

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(f64);

impl Bytes {
    /// Zero bytes.
    pub const ZERO: Bytes = Bytes(0);

    /// Creates an amount of `count` bytes.
    pub const fn new(count: u64) -> Self {
        Bytes(count)
    }

    /// Returns the number of bytes.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// Returns the amount in kilobytes (1 KB = 1,000 bytes), the unit of service demand per KB.
    pub fn kilobytes(self) -> f64 {
        self.0 as f64 / 1e3
    }
}

impl Add for Bytes {
    type Output = Bytes;
    fn add(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Bytes) {
        *self = *self + other;
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Bytes>>(iter: I) -> Bytes {
        iter.fold(Bytes::ZERO, Add::add)
    }
}

impl fmt::Display for Bytes {
    /// Writes three significant digits with a decimal unit: `13.5 KB`, `100 MB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(f64, &str); 4] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB")];
        let bytes = self.0 as f64;
        match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
            Some((size, unit)) if bytes / size >= 100.0 => write!(f, "{:.0} {unit}", bytes / size),
            Some((size, unit)) => {
                let text = format!("{:.2}", bytes / size);
                write!(f, "{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
            }
            None => write!(f, "{} B", self.0),
        }
    }
}

impl BitsPerSecond {
    /// Creates a data rate; `None` unless `rate` is finite and positive.
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0).then_some(BitsPerSecond(rate))
    }

    /// Returns the rate in bits per second.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Returns the time to transmit `bytes` at this rate.
    pub fn transmission_time(self, bytes: Bytes) -> SimDuration {
        SimDuration::from_seconds_f64(bytes.count() as f64 * 8.0 / self.0)
    }
}

impl PerSecond {
    /// Creates a rate; `None` unless `rate` is finite and non-negative.
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate >= 0.0).then_some(PerSecond(rate))
    }

    /// Returns the number of events per second.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Share {
    /// The share 0.
    pub const NONE: Share = Share(0.0);
    /// The share 1.
    pub const ALL: Share = Share(1.0);

    /// Creates a share; `None` unless `share` is in 0..=1.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Share(share))
    }

    /// Returns the share as a number from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_invalid_quantities() {
        assert!(Share::new(1.01).is_none() && Share::new(f64::NAN).is_none());
        assert!(BitsPerSecond::new(0.0).is_none() && BitsPerSecond::new(f64::INFINITY).is_none());
        assert!(PerSecond::new(-1.0).is_none());
    }

    #[test]
    fn one_megabyte_at_eight_megabit_per_second_takes_one_second() {
        let rate = BitsPerSecond::new(8e6).expect("positive");
        assert_eq!(rate.transmission_time(Bytes::new(1_000_000)), SimDuration::from_seconds(1));
    }

    #[test]
    fn bytes_print_in_decimal_units() {
        assert_eq!(Bytes::new(13_500).to_string(), "13.5 KB");
        assert_eq!(Bytes::new(100_000_000).to_string(), "100 MB");
        assert_eq!(Bytes::new(999).to_string(), "999 B");
    }
}
