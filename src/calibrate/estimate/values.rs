//! Collects measured values, values that were not measured, and fitted distributions.

use crate::calibrate::fit::interval::Interval;
use crate::calibrate::precision;
use crate::catalogue::{Catalogue, Kind};
use crate::results::calibration::{CalibratedValue, DistributionFit, NotMeasured};
use crate::scenario::{ResolvedScenario, Scenario, written_value};

/// The confidence level of all intervals.
pub(super) const LEVEL: f64 = 0.95;
/// The smallest half-width of an interval relative to the value: the rounding of written values.
const ROUNDING: f64 = 1e-3;

/// Values of a scenario that were measured.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) base: &'a Scenario,
    source: &'a str,
    pub(super) list: Vec<CalibratedValue>,
    pub(super) not_measured: Vec<NotMeasured>,
    pub(super) fits: Vec<DistributionFit>,
}

/// A measured number with its interval, in the unit of the value: seconds, bytes, 1/s or a share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Number {
    /// Returns a number with the interval of an estimate.
    pub(super) fn of(interval: &Interval) -> Self {
        let Interval { estimate, low, high, .. } = *interval;
        Number { value: estimate, low, high }
    }

    /// Multiplies the number and its interval by a factor above zero.
    pub(super) fn times(self, factor: f64) -> Self {
        Number { value: self.value * factor, low: self.low * factor, high: self.high * factor }
    }

    /// Returns the number after a falling or rising function of it.
    pub(super) fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let (one, two) = (function(self.low), function(self.high));
        Number { value: function(self.value), low: one.min(two), high: one.max(two) }
    }

    /// Limits the interval to numbers from zero to `max`.
    pub(super) fn within(self, max: f64) -> Self {
        let limited = |number: f64| number.clamp(0.0, max);
        Number { value: limited(self.value), low: limited(self.low), high: limited(self.high) }
    }
}

impl<'a> Values<'a> {
    pub(super) fn new(base: &'a Scenario, source: &'a str) -> Self {
        let (list, not_measured, fits) = (Vec::new(), Vec::new(), Vec::new());
        Values { base, source, list, not_measured, fits }
    }

    /// Adds a number at one path.
    pub(super) fn number(&mut self, path: &str, number: Number, samples: u64, method: String) {
        let Some(kind) = kind_at(path) else { return };
        let value = written_value(kind, number.value);
        self.distribution(&[path.to_owned()], value, Some(number), samples, method);
    }

    /// Adds a value in TOML at several paths, with the interval of its mean. Returns false, with
    /// the reason in the values that were not measured, if the value is not used.
    pub(super) fn distribution(
        &mut self,
        paths: &[String],
        value: String,
        number: Option<Number>,
        samples: u64,
        method: String,
    ) -> bool {
        let Some(kind) = paths.first().and_then(|path| kind_at(path)) else { return false };
        let end = |bound: f64, side: f64| -> Option<String> {
            let value = number?.value;
            let least = value * (1.0 + side * ROUNDING);
            let bound = if side < 0.0 { bound.min(least) } else { bound.max(least) };
            let max = if kind == Kind::Share { 1.0 } else { f64::INFINITY };
            Some(written_value(kind, bound.clamp(0.0, max)))
        };
        let path = paths.first().map_or("", String::as_str);
        if !self.accepts(paths, &value) {
            let reason = format!("the scenario does not use this value or does not accept {value}");
            self.missing(path, &reason, "");
            return false;
        }
        let is_precise = number.map_or(Ok(()), |Number { value, low, high }| {
            precision::check(kind, value, (low, high), |number| written_value(kind, number))
        });
        if let Err(reason) = is_precise {
            self.missing(path, &reason, "read logs of a longer period");
            return false;
        }
        let low = number.and_then(|number| end(number.low, -1.0));
        let high = number.and_then(|number| end(number.high, 1.0));
        let bounds = low
            .zip(high)
            .filter(|(low, high)| self.accepts(paths, low) && self.accepts(paths, high));
        let (low, high) = bounds.unzip();
        self.list.push(CalibratedValue {
            previous: self.previous(path),
            paths: paths.to_vec(),
            value,
            low,
            high,
            samples,
            method,
            source: self.source.to_owned(),
        });
        true
    }

    /// Returns whether the base scenario uses the values at these paths and accepts this one.
    fn accepts(&self, paths: &[String], value: &str) -> bool {
        let overrides: Vec<String> = paths.iter().map(|path| format!("{path}={value}")).collect();
        self.base.varied(&overrides).is_ok()
    }

    /// Adds a value that was not measured.
    pub(super) fn missing(&mut self, path: &str, reason: &str, remedy: &str) {
        self.not_measured.push(NotMeasured {
            path: path.to_owned(),
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// Returns the value of the base scenario at a path; of a table of distributions, the
    /// distribution of the kind.
    fn previous(&self, path: &str) -> String {
        let resolved = &self.base.resolved;
        let own = of_cohorts(path);
        let found = resolved.values_at(&own);
        if !found.is_empty() {
            return found.join(" or ");
        }
        let Some((table, kind)) = own.rsplit_once('.') else { return String::new() };
        let found = resolved.values_at(table);
        let part = |text: &&str| part_of(text, kind);
        found.iter().find_map(part).unwrap_or_default()
    }
}

/// Returns the part for a kind of request of a table of distributions as TOML.
fn part_of(table: &str, kind: &str) -> Option<String> {
    let parsed: toml::Table = format!("v = {table}").parse().ok()?;
    let value = parsed.get("v")?;
    let part = match value.as_table().filter(|table| !table.contains_key("dist")) {
        Some(table) => table.get(kind).or_else(|| table.get("default"))?,
        None => value,
    };
    Some(part.to_string())
}

/// Returns the path of a value of `client` in the resolved scenario, which lists it by cohort.
fn of_cohorts(path: &str) -> String {
    match path.strip_prefix("client.") {
        Some(rest) => format!("cohort.*.{rest}"),
        None => path.to_owned(),
    }
}

/// Returns the distinct values of the base scenario at a path of `client` as TOML.
pub(super) fn of_clients<'s>(resolved: &'s ResolvedScenario, path: &str) -> Vec<&'s str> {
    resolved.values_at(&of_cohorts(path))
}

/// Returns the kind of the value at a path.
fn kind_at(path: &str) -> Option<Kind> {
    let keys: Vec<&str> = path.split('.').map(|key| key.trim_matches('"')).collect();
    let catalogue = Catalogue::builtin();
    let row = catalogue.settable(&keys).or_else(|| {
        let (_, table) = keys.split_last()?;
        catalogue.settable(table).filter(|row| row.kind == Kind::DistributionByKind)
    });
    row.map(|row| row.kind)
}

/// Returns a key in the notation of TOML.
pub(super) fn key(name: &str) -> String {
    let is_bare = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => toml::Value::from(name).to_string(),
    }
}
