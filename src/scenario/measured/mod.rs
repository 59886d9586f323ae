//! Measured values: the section `[[measured]]`, which states for values of a scenario that they
//! were measured, with interval, sample size, period and source.
//!
//! An entry changes no value and therefore no result. It applies to a value that the same layer, or
//! a scenario that it extends, sets. If a later layer changes the value, the value is "written"
//! again, and a note reports this.

mod entries;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::SimDuration;
use crate::catalogue::Kind;

use super::diagnose::{Problem, code, listed};
use super::read::{Found, Reader, overridden};
use super::tree::{Node, Value};
use super::{scale, scaling};
use entries::{Claim, Place, at};

pub(super) use entries::{Claims, take};

/// Relative difference up to which a value equals an end of its interval: rounding errors.
const ROUNDING: f64 = 1e-9;

/// Measurement of one value, which the scenario may use in several places.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Values of the resolved scenario that were measured; at least one.
    pub values: Vec<MeasuredValue>,
    /// Low and high end of the 95 % interval as TOML; for a distribution, of its mean. `None` for
    /// values without an interval, such as presence patterns.
    pub interval: Option<(String, String)>,
    /// Mean of a distribution in seconds, or the value in the unit of its kind; `None` without an
    /// interval.
    pub mean: Option<f64>,
    /// Number of samples.
    pub samples: u64,
    /// Period of the samples, as written.
    pub period: String,
    /// Files or systems that were observed, as written.
    pub source: String,
}

/// A value of the resolved scenario that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredValue {
    /// Path of the value, for example `cohort.remote.policy_poll.interval`.
    pub path: String,
    /// Path of the catalogue row of the value, or of the table that contains it.
    pub row: &'static str,
    /// Kind of request, if the value is the distribution for one kind in a table of distributions.
    pub request_kind: Option<String>,
    /// The value as TOML.
    pub value: String,
}

/// All measurements of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    pub(super) list: Vec<Measurement>,
    /// Paths of the values that were measured as a whole. A table of distributions is included if
    /// each of its distributions was measured; otherwise the table counts as written.
    pub(super) whole: BTreeSet<String>,
}

/// Values that the scenario reads, by the path that sets them.
struct Uses {
    /// Indices into the values that were read.
    by_path: BTreeMap<Vec<String>, Vec<usize>>,
}

/// Finds the values that the entries describe among the values that were read, and checks the
/// intervals. Reports problems to the reader.
pub(super) fn attach(reader: &mut Reader<'_>, claims: &Claims) -> Measured {
    let uses = Uses::new(reader);
    let mut measured = Measured::default();
    for claim in &claims.list {
        let Some((mean, interval)) = interval(reader, claim) else { continue };
        let values = values(reader, claim, &uses);
        if !values.is_empty() {
            measured.list.push(Measurement {
                values,
                interval,
                mean,
                samples: claim.samples,
                period: claim.period.clone(),
                source: claim.source.clone(),
            });
        }
    }
    measured.whole = whole(reader, &measured.list);
    measured
}

impl Uses {
    fn new(reader: &Reader<'_>) -> Self {
        let mut by_path: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (index, one) in reader.resolved.iter().enumerate() {
            if !seen.insert(&one.path) {
                continue;
            }
            let path: Vec<&str> = one.path.iter().map(String::as_str).collect();
            let is_inherited =
                reader.tree().at(&path).is_none() && reader.of_client(&path).is_some();
            let setting = match (&path[..], is_inherited) {
                (["cohort", _, rest @ ..], true) => [&["client"], rest].concat(),
                _ => path,
            };
            let setting = setting.into_iter().map(str::to_owned).collect();
            by_path.entry(setting).or_default().push(index);
        }
        Uses { by_path }
    }

    /// Returns the indices of the values that a place sets.
    fn of(&self, place: &Place) -> &[usize] {
        let length = place.path.len() - usize::from(place.request_kind.is_some());
        self.by_path.get(&place.path[..length]).map_or(&[], Vec::as_slice)
    }
}

/// Returns the used values that an entry describes; reports a note if there are none, or if a later
/// layer changed some of them.
fn values(reader: &mut Reader<'_>, claim: &Claim, uses: &Uses) -> Vec<MeasuredValue> {
    let (mut values, mut changed) = (Vec::new(), Vec::new());
    for place in &claim.places {
        let path: Vec<&str> = place.path.iter().map(String::as_str).collect();
        let now = reader.tree().at(&path).map(Node::to_toml);
        if now.as_ref() != Some(&place.node.to_toml()) {
            changed.push(place.path.join("."));
            continue;
        }
        for index in uses.of(place) {
            let one = &reader.resolved[*index];
            let value = match place.request_kind {
                Some(_) => place.node.to_toml(),
                None => one.value.clone(),
            };
            let path = one.path.join(".");
            let request_kind = place.request_kind.clone();
            values.push(MeasuredValue { path, row: one.row, request_kind, value });
        }
    }
    let note = match (changed.is_empty(), values.is_empty()) {
        (false, _) => Some(format!(
            "a later layer changes `{}`, so the measured value does not apply",
            listed(changed.iter().map(String::as_str))
        )),
        (true, true) => Some(format!("`{}` is measured, but not used here", claim.shown)),
        (true, false) => None,
    };
    if let Some(message) = note {
        let note = Problem::note(code::NOT_MEASURED, message);
        let label = "this entry of [[measured]] has no effect on these values";
        reader.warnings.push(at(note, claim.span.as_ref(), label));
    }
    values
}

/// Returns the paths of the values that were measured as a whole.
fn whole(reader: &Reader<'_>, list: &[Measurement]) -> BTreeSet<String> {
    let mut whole = BTreeSet::new();
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for value in list.iter().flat_map(|one| &one.values) {
        match &value.request_kind {
            None => drop(whole.insert(value.path.clone())),
            Some(kind) => drop(kinds.entry(&value.path).or_default().insert(kind)),
        }
    }
    for (path, kinds) in kinds {
        let own = reader.resolved.iter().find(|one| one.path.join(".") == path);
        let table = own.and_then(|one| scaling::parsed(&one.value));
        let table = table.as_ref().and_then(toml::Value::as_table);
        if table.is_some_and(|table| table.keys().all(|kind| kinds.contains(kind.as_str()))) {
            whole.insert(path.to_owned());
        }
    }
    whole
}

/// Value that an entry describes, as a number in the unit of its kind.
#[derive(Clone, Copy, Debug)]
enum Amount {
    /// A number, or the mean of a distribution.
    Of(f64),
    /// Not a number: a presence pattern, a profile, a file or a word.
    None,
    /// A problem of the value, which the loader reports elsewhere.
    Unknown,
}

/// Mean and interval of a value; `None` if the value has none.
type Interval = (Option<f64>, Option<(String, String)>);

/// Returns the interval of an entry as TOML; reports a problem and returns `None` if it is invalid.
fn interval(reader: &mut Reader<'_>, claim: &Claim) -> Option<Interval> {
    let place = claim.places.first()?;
    let amount = amount(reader, claim, place)?;
    let ends = (&claim.low, &claim.high);
    let span = claim.entry.as_ref();
    let (low, high) = match (amount, ends) {
        (Amount::None, (None, None)) => return Some((None, None)),
        (Amount::None, (Some(end), _) | (_, Some(end))) => {
            let message = format!("`{}` is not a number, so it has no interval", claim.shown);
            let problem = Problem::error(code::MEASURED, message);
            reader.problems.push(at(problem, end.origin.span(), "remove `low` and `high`"));
            return None;
        }
        (_, (Some(low), Some(high))) => (low, high),
        (_, (low, _)) => {
            let key = if low.is_none() { "low" } else { "high" };
            let message = format!("`{key}` is missing in an entry of [[measured]]");
            let problem = Problem::error(code::MISSING, message)
                .help("write the low and the high end of the 95 % interval of the value");
            reader.problems.push(at(problem, span, &format!("set `{key}` here")));
            return None;
        }
    };
    let mut read = |key: &str, end: &Node| {
        let path = format!("measured.{key}");
        number(reader, &Found { node: end.clone(), parameter: place.row, path })
    };
    let (from, to) = (read("low", low), read("high", high));
    let (from, to) = (from?, to?);
    let mean = match amount {
        Amount::Of(mean) => Some(mean),
        Amount::None | Amount::Unknown => None,
    };
    let is_inside =
        mean.is_none_or(|mean| check_ends(reader, claim, (low, from), (high, to), mean));
    is_inside.then(|| (mean, Some((low.to_toml(), high.to_toml()))))
}

/// Reports a problem and returns false if a value is outside its interval.
fn check_ends(
    reader: &mut Reader<'_>,
    claim: &Claim,
    low: (&Node, f64),
    high: (&Node, f64),
    value: f64,
) -> bool {
    let room = ROUNDING * value.abs();
    let (key, end, side) = match () {
        () if low.1 > value + room => ("low", low.0, "above"),
        () if high.1 < value - room => ("high", high.0, "below"),
        () => return true,
    };
    let Some(place) = claim.places.first() else { return true };
    let what = if matches!(place.node.value, Value::Table(_)) { "mean" } else { "value" };
    let message = format!(
        "`{key}` = {} is {side} the {what} of `{}`, which is {}",
        end.to_toml(),
        claim.shown,
        scale::written(place.row.kind, value)
    );
    let problem = Problem::error(code::MEASURED, message);
    let label = format!("the interval must contain the {what}");
    reader.problems.push(at(problem, end.origin.span(), &label));
    false
}

/// Returns the value that an entry describes as a number; reports a problem and returns `None` if
/// it is a table of distributions.
fn amount(reader: &mut Reader<'_>, claim: &Claim, place: &Place) -> Option<Amount> {
    let found =
        Found { node: place.node.clone(), parameter: place.row, path: place.path.join(".") };
    let is_table = matches!(found.node.value, Value::Table(_));
    let is_by_kind = place.row.kind == Kind::DistributionByKind && place.request_kind.is_none();
    if is_by_kind && is_table && found.node.get("dist").is_none() {
        let message = format!("`{}` is a table of distributions", claim.shown);
        let problem =
            Problem::error(code::MEASURED, message).help("write an entry for each kind of request");
        let label = format!("write, for example, {}.policy_poll", claim.shown);
        reader.problems.push(at(problem, claim.span.as_ref(), &label));
        return None;
    }
    if reader.is_or(&found) {
        return Some(Amount::None);
    }
    Some(match place.row.kind {
        Kind::Distribution | Kind::DistributionByKind => {
            let default = place.row.value.as_ref().filter(|_| place.request_kind.is_none());
            let path: Vec<&str> = place.path.iter().map(String::as_str).collect();
            let node = match default {
                Some(default) => overridden(Node::from_default(default), found.node, &path),
                None => found.node,
            };
            let found = Found { node, parameter: place.row, path: place.path.join(".") };
            let mean = reader.quietly(|reader| reader.distribution(&found));
            mean.map_or(Amount::Unknown, |one| Amount::Of(one.mean()))
        }
        Kind::Presence | Kind::Profile | Kind::Text | Kind::Tiers | Kind::Windows => Amount::None,
        _ => reader.quietly(|reader| number(reader, &found)).map_or(Amount::Unknown, Amount::Of),
    })
}

/// Reads a value in the unit of its kind, in which [`scale`] computes; for a distribution, a
/// duration.
fn number(reader: &mut Reader<'_>, found: &Found) -> Option<f64> {
    let seconds = |time: Option<SimDuration>| time.map(SimDuration::as_seconds);
    match found.parameter.kind {
        Kind::Duration | Kind::Distribution | Kind::DistributionByKind => {
            seconds(reader.duration(found))
        }
        Kind::TimeOfDay => seconds(reader.time_of_day(found)),
        Kind::Count => reader.count(found).map(|count| count as f64),
        Kind::Number => reader.number(found),
        Kind::Bytes => reader.bytes(found).map(|bytes| bytes.count() as f64),
        Kind::Bandwidth => reader.bandwidth(found).flatten().map(|rate| rate.get()),
        Kind::Rate => reader.rate(found).map(|rate| rate.get()),
        Kind::Share => reader.share(found).map(|share| share.get()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
