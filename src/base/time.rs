//! Simulation time: whole nanoseconds since the start of the simulated period.
//!
//! Integer times make runs reproducible, and two events can have exactly the same time. `u64`
//! nanoseconds cover 584 years. The scenario compiler converts civil time (dates, time zones) into
//! offsets (`offsets.rs`).

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A point in simulated time, in nanoseconds since the start of the simulation.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimTime(u64);

/// A length of simulated time in nanoseconds, never negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of the simulation.
    pub const ZERO: SimTime = SimTime(0);
    /// A time later than every possible event; displayed as "never".
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// Returns the point `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        SimTime(nanos)
    }

    /// Returns the nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the seconds since the start, rounded to the nearest double.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Returns the time elapsed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// A duration of zero.
    pub const ZERO: SimDuration = SimDuration(0);
    /// The longest duration; displayed as "unlimited".
    pub const MAX: SimDuration = SimDuration(u64::MAX);

    /// Creates a duration from nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        SimDuration(nanos)
    }

    /// Creates a duration from milliseconds; saturates.
    pub const fn from_millis(millis: u64) -> Self {
        SimDuration(millis.saturating_mul(1_000_000))
    }

    /// Creates a duration from whole seconds; saturates.
    pub const fn from_seconds(seconds: u64) -> Self {
        SimDuration(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// Creates a duration from seconds, rounded to the nearest nanosecond. Negative values and NaN
    /// become zero; values beyond the range become [`SimDuration::MAX`]. A sampled duration
    /// therefore never panics.
    #[inline]
    pub fn from_seconds_f64(seconds: f64) -> Self {
        // Float-to-integer casts saturate and map NaN to zero. Adding one half before truncation
        // rounds to the nearest integer without a call to the maths library.
        SimDuration((seconds * NANOS_PER_SECOND as f64 + 0.5) as u64)
    }

    /// Returns the duration in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the duration in seconds, rounded to the nearest double.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Returns whether the duration is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns the duration times a non-negative factor, rounded to the nearest nanosecond.
    pub fn scaled(self, factor: f64) -> Self {
        SimDuration((self.0 as f64 * factor + 0.5) as u64)
    }

    /// Returns half the duration, rounded up to a whole nanosecond.
    #[inline]
    pub const fn halved(self) -> Self {
        SimDuration(self.0 / 2 + self.0 % 2)
    }

    /// Returns the sum; [`SimDuration::MAX`] if it overflows.
    pub const fn saturating_add(self, other: SimDuration) -> Self {
        SimDuration(self.0.saturating_add(other.0))
    }

    /// Returns the difference; zero if `other` is longer.
    pub const fn saturating_sub(self, other: SimDuration) -> Self {
        SimDuration(self.0.saturating_sub(other.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    /// Returns the sum; [`SimTime::NEVER`] if it overflows.
    fn add(self, duration: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(duration.0))
    }
}

impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: SimTime) -> SimDuration {
        debug_assert!(earlier <= self, "`earlier` is not later");
        self.since(earlier)
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        self.saturating_add(other)
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: SimDuration) {
        *self = *self + other;
    }
}

impl fmt::Display for SimDuration {
    /// Writes three significant digits in the most readable unit: `35 ms`, `8 min`, `24 h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 7] = [
            (86_400 * NANOS_PER_SECOND, "d"),
            (3_600 * NANOS_PER_SECOND, "h"),
            (60 * NANOS_PER_SECOND, "min"),
            (NANOS_PER_SECOND, "s"),
            (1_000_000, "ms"),
            (1_000, "µs"),
            (1, "ns"),
        ];
        if *self == SimDuration::MAX {
            return f.write_str("unlimited");
        }
        // Use the next smaller unit for values between 1 and 2, because "90 min" is easier to read
        // than "1.5 h".
        let (size, unit) = UNITS
            .into_iter()
            .find(|(size, _)| {
                self.0 >= *size && (self.0.is_multiple_of(*size) || self.0 >= 2 * size)
            })
            .unwrap_or((1, "ns"));
        let value = self.0 as f64 / size as f64;
        let decimals = match value {
            v if v >= 100.0 || v.fract() == 0.0 => 0,
            v if v >= 10.0 => 1,
            _ => 2,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            SimTime::NEVER => f.write_str("never"),
            SimTime(nanos) => SimDuration(nanos).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_to_nearest_nanosecond_without_panic() {
        assert_eq!(SimDuration::from_seconds_f64(0.1).as_nanos(), 100_000_000);
        assert_eq!(SimDuration::from_seconds_f64(-1.0), SimDuration::ZERO);
        assert_eq!(SimDuration::from_seconds_f64(f64::NAN), SimDuration::ZERO);
        assert_eq!(SimDuration::from_seconds_f64(1e300), SimDuration::MAX);
    }

    #[test]
    fn halving_rounds_like_scaling_by_half() {
        for nanos in [0, 1, 2, 5, 30_000_001, (1 << 52) - 1] {
            let whole = SimDuration::from_nanos(nanos);
            assert_eq!(whole.halved(), whole.scaled(0.5), "{nanos}");
        }
        assert_eq!(SimDuration::from_nanos(5).halved().as_nanos(), 3);
        assert_eq!(SimDuration::MAX.halved().as_nanos(), 1 << 63);
    }

    #[test]
    fn sums_saturate_at_the_maximum() {
        let late = SimTime::from_nanos(u64::MAX - 5);
        assert_eq!(late + SimDuration::from_nanos(9), SimTime::NEVER);
    }

    #[test]
    fn durations_print_in_a_readable_unit() {
        let shown = |nanos| SimDuration::from_nanos(nanos).to_string();
        assert_eq!(shown(35_000_000), "35 ms");
        assert_eq!(shown(90 * 60 * NANOS_PER_SECOND), "90 min");
        assert_eq!(shown(24 * 3_600 * NANOS_PER_SECOND), "1 d");
        assert_eq!(shown(1_234_000_000), "1234 ms");
        assert_eq!(shown(2_345_000_000), "2.35 s");
        assert_eq!(shown(0), "0 ns");
    }
}
