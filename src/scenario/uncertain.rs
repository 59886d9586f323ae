//! Uncertain parameters of a scenario: assumed defaults with their plausible range, and measured
//! values with their interval, each with the overrides that change it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{Catalogue, Kind, Parameter, Provenance};

use super::measured::{MeasuredValue, Measurement};
use super::resolved::{ResolvedScenario, ResolvedValue};
use super::scale::Scale;
use super::scaling::{self, Scaling};

/// An uncertain parameter that can be varied: an assumed default, for all components of a kind at
/// once, or a measured value.
#[derive(Clone, Debug)]
pub struct Uncertain {
    /// Path of its catalogue row, for example `gateway.*.demand.handshake`. A measured value has
    /// its own path if another parameter has the same row.
    pub name: String,
    /// Low end of the range, as TOML.
    pub low: String,
    /// Value in the scenario, as TOML.
    pub default: String,
    /// High end of the range, as TOML.
    pub high: String,
    /// Whether the value was measured, so that the range is its 95 % interval; otherwise the value
    /// is an assumed default, and the range is the plausible range of the catalogue.
    pub is_measured: bool,
    scale: Option<Scale>,
    default_share: Option<f64>,
    /// For a measured distribution, which is scaled to the mean.
    scaling: Option<Scaling>,
    places: Vec<Place>,
}

/// An uncertain parameter that cannot be varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Name as of [`Uncertain`].
    pub name: String,
    /// Reason why it cannot be varied.
    pub reason: String,
}

/// A place in the scenario where a parameter applies.
#[derive(Clone, Debug)]
struct Place {
    /// Path for `--set`.
    path: String,
    /// Table and key, if the parameter is a key of a table value.
    within: Option<(toml::Table, String)>,
}

impl Uncertain {
    /// Returns overrides (`path=value` texts for [`super::LoadRequest`]) that set the parameter to
    /// a value (TOML) in all places where it applies. A measured distribution is scaled so that the
    /// value is its mean.
    pub fn overrides(&self, value: &str) -> Vec<String> {
        overrides([(self, value)])
    }

    /// Returns the value at a share of the range, as TOML; `None` between the ends if it is not
    /// numeric. Wide ranges are interpolated geometrically.
    pub fn value(&self, share: f64) -> Option<String> {
        match share {
            low if low <= 0.0 => Some(self.low.clone()),
            high if high >= 1.0 => Some(self.high.clone()),
            between => self.scale.as_ref().map(|scale| scale.value(between)),
        }
    }

    /// Returns the position of the scenario's value as a share of the range; `None` if it is
    /// outside the range or not a number, for example an assumed distribution that is not constant.
    pub fn default_share(&self) -> Option<f64> {
        self.default_share
    }

    /// Returns the TOML of the scenario for a value of the range.
    fn written(&self, value: &str) -> String {
        match &self.scaling {
            Some(scaling) if value != self.default => scaling.to_mean(value),
            _ => value.to_owned(),
        }
    }
}

/// Returns overrides that set several parameters to values (TOML). Parameters that are keys of one
/// table share one override.
pub fn overrides<'v>(values: impl IntoIterator<Item = (&'v Uncertain, &'v str)>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut tables: BTreeMap<&str, toml::Table> = BTreeMap::new();
    for (parameter, value) in values {
        let value = parameter.written(value);
        for place in &parameter.places {
            let Some((table, key)) = &place.within else {
                texts.push(format!("{}={value}", place.path));
                continue;
            };
            if let Some(value) = scaling::parsed(&value) {
                let table = tables.entry(&place.path).or_insert_with(|| table.clone());
                table.insert(key.clone(), value);
            }
        }
    }
    let of_table = |(path, table)| format!("{path}={}", toml::Value::Table(table));
    texts.extend(tables.into_iter().map(of_table));
    texts
}

/// Returns the assumed parameters that a scenario reads and does not set, and the measured values
/// that it reads, sorted by name: those that can be varied and those that cannot.
pub fn uncertain(resolved: &ResolvedScenario) -> (Vec<Uncertain>, Vec<Fixed>) {
    let catalogue = Catalogue::builtin();
    let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for value in resolved.values().filter(|value| !value.is_measured) {
        for (row, place) in at(catalogue, &value) {
            places.entry(row).or_default().push(place);
        }
    }
    let mut all: BTreeMap<String, Result<Uncertain, String>> = BTreeMap::new();
    for (one, name) in named(resolved, places.keys().copied().collect()) {
        all.insert(name.clone(), measured(catalogue, one, name));
    }
    for (name, places) in places {
        let Some(row) = catalogue.exactly(name) else { continue };
        all.insert(name.to_owned(), assumed(row, places));
    }
    let (mut found, mut fixed) = (Vec::new(), Vec::new());
    for (name, one) in all {
        match one {
            Ok(parameter) => found.push(parameter),
            Err(reason) => fixed.push(Fixed { name, reason }),
        }
    }
    (found, fixed)
}

/// Returns the measurements of a scenario with their names: the path of the catalogue row, or the
/// path of the first value if several parameters have the row. The names do not depend on the
/// notation of the paths in `[[measured]]`.
fn named<'r>(
    resolved: &'r ResolvedScenario,
    assumed: BTreeSet<&str>,
) -> Vec<(&'r Measurement, String)> {
    let joined = |path: &str, value: &MeasuredValue| match &value.request_kind {
        Some(kind) => format!("{path}.{kind}"),
        None => path.to_owned(),
    };
    let firsts: Vec<(&Measurement, &MeasuredValue, String)> = resolved
        .measurements()
        .iter()
        .filter_map(|one| one.values.first().map(|first| (one, first, joined(first.row, first))))
        .collect();
    let is_alone = |row: &String| {
        let same = firsts.iter().filter(|(_, _, other)| other == row);
        same.count() == 1 && !assumed.contains(row.as_str())
    };
    let named = firsts.iter().map(|(one, first, row)| {
        let name = if is_alone(row) { row.clone() } else { joined(&first.path, first) };
        (*one, name)
    });
    named.collect()
}

/// Returns the assumed parameters that provide a value or a part of it: the row of the value itself
/// or, for a presence pattern, the rows of the pattern's parameters.
fn at<'c>(catalogue: &'c Catalogue, value: &ResolvedValue<'_>) -> Vec<(&'c str, Place)> {
    let Some(row) = catalogue.exactly(value.row) else { return Vec::new() };
    let path = match value.place {
        ("", key) => key.to_owned(),
        (section, key) => format!("{section}.{key}"),
    };
    if row.kind == Kind::Presence {
        return of_presence(catalogue, value, &path);
    }
    match value.default {
        Some(Provenance::Assumed) => vec![(&row.path, Place { path, within: None })],
        _ => Vec::new(),
    }
}

/// Returns the parameters of a presence pattern that have their default value. The resolved
/// scenario lists all parameters of the pattern.
fn of_presence<'c>(
    catalogue: &'c Catalogue,
    value: &ResolvedValue<'_>,
    path: &str,
) -> Vec<(&'c str, Place)> {
    let Some(toml::Value::Table(table)) = scaling::parsed(value.value) else { return Vec::new() };
    let is_default = |(key, own): (&String, &toml::Value)| {
        let row = catalogue.exactly(&format!("presence.{key}"))?;
        let is_assumed = row.provenance == Provenance::Assumed && row.value.as_ref() == Some(own);
        let within = Some((table.clone(), key.clone()));
        is_assumed.then(|| (row.path.as_str(), Place { path: path.to_owned(), within }))
    };
    table.iter().filter_map(is_default).collect()
}

fn assumed(row: &Parameter, places: Vec<Place>) -> Result<Uncertain, String> {
    let (Some(low), Some(high)) = (&row.low, &row.high) else {
        return Err("the catalogue has no plausible range for it".to_owned());
    };
    if low == high {
        return Err("its plausible range is a single value".to_owned());
    }
    let scale = Scale::new(row.kind, low, high);
    let default_share =
        scale.as_ref().and_then(|scale| scale.share(row.value.as_ref().unwrap_or(low)));
    Ok(Uncertain {
        name: row.path.clone(),
        low: low.to_string(),
        default: row.value.as_ref().map_or_else(String::new, ToString::to_string),
        high: high.to_string(),
        is_measured: false,
        scale,
        default_share,
        scaling: None,
        places,
    })
}

/// Returns the parameter of a measured value, whose range is the measured interval.
fn measured(catalogue: &Catalogue, one: &Measurement, name: String) -> Result<Uncertain, String> {
    let Some((low, high)) = &one.interval else {
        return Err("it is measured, but has no interval".to_owned());
    };
    let first = one.values.first();
    let row = first.and_then(|first| catalogue.exactly(first.row));
    let default = first.and_then(|first| scaling::parsed(&first.value));
    let ends = scaling::parsed(low).zip(scaling::parsed(high));
    let (Some(first), Some(row), Some(default), Some((from, to))) = (first, row, default, ends)
    else {
        return Err("it has no value".to_owned());
    };
    let Some(scale) = Scale::new(row.kind, &from, &to) else {
        return Err("its measured interval is a single value".to_owned());
    };
    let scaling = match default {
        toml::Value::Table(table) => Some(Scaling::new(table, one.mean.unwrap_or(0.0))?),
        _ => None,
    };
    let place = |value: &MeasuredValue| {
        let kind = value.request_kind.iter().map(String::as_str);
        let path = std::iter::once(&*value.path).chain(kind).collect::<Vec<_>>().join(".");
        Place { path, within: None }
    };
    Ok(Uncertain {
        name,
        low: low.clone(),
        default: first.value.clone(),
        high: high.clone(),
        is_measured: true,
        default_share: one.mean.and_then(|mean| scale.share_of_amount(mean)),
        scale: Some(scale),
        scaling,
        places: one.values.iter().map(place).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};

    fn scenario(overrides: Vec<String>) -> Scenario {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        load(&LoadRequest { origin, overrides }).expect("it loads")
    }

    fn named(name: &str, overrides: &[&str]) -> Option<Uncertain> {
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        let (found, _) = uncertain(&scenario(overrides).resolved);
        found.into_iter().find(|one| one.name == name)
    }

    #[test]
    fn values_that_are_set_or_unused_are_not_assumed() {
        let name = "gateway.*.demand.handshake";
        assert!(named(name, &[]).is_some());
        assert!(named(name, &["gateway.*.demand.handshake=\"5ms\""]).is_none());
        assert!(
            named("distribution_point.*.bandwidth", &[]).is_none(),
            "the scenario has no distribution point"
        );
        let some = named("client.timeout", &["cohort.remote.timeout=\"50s\""])
            .expect("default in other cohorts");
        let all = named("client.timeout", &[]).expect("default in all cohorts");
        assert_eq!(all.overrides("\"9s\"").len(), some.overrides("\"9s\"").len() + 1);
    }

    #[test]
    fn both_ends_of_every_range_can_be_set() {
        let (found, fixed) = uncertain(&scenario(Vec::new()).resolved);
        assert!(found.len() > 50 && !fixed.is_empty(), "{} and {}", found.len(), fixed.len());
        for one in &found {
            for value in [&one.low, &one.high] {
                let overrides = one.overrides(value);
                assert!(!overrides.is_empty(), "{}", one.name);
                let origin = ScenarioOrigin::Preset("quickstart".to_owned());
                let loaded = load(&LoadRequest { origin, overrides });
                assert!(loaded.is_ok(), "{} = {value}", one.name);
            }
        }
    }

    #[test]
    fn a_presence_parameter_is_set_in_its_table() {
        let start = named("presence.start", &[]).expect("office hours");
        let overrides = start.overrides("\"07:15\"");
        let changed = scenario(overrides.clone()).resolved.to_toml();
        assert!(changed.contains("start = \"07:15\""), "{overrides:?}");
        assert!(changed.contains("length = \"8h30min\""), "other keys keep their values");
    }

    #[test]
    fn keys_of_one_table_are_set_at_once() {
        let [start, length] = ["presence.start", "presence.length"]
            .map(|name| named(name, &[]).expect("office hours"));
        let both = overrides([(&start, "\"07:15\""), (&length, "\"6h\"")]);
        let changed = scenario(both).resolved.to_toml();
        assert!(changed.contains("start = \"07:15\""), "the first override remains");
        assert!(changed.contains("length = \"6h\""));
    }

    #[test]
    fn a_rule_varies_between_the_ends_of_its_range_and_a_discipline_does_not_vary() {
        let (_, fixed) = uncertain(&scenario(Vec::new()).resolved);
        let rule = named("disruption.*.rule", &[])
            .expect("the rule of an update-domain walk can be varied");
        assert_eq!((&*rule.low, &*rule.high), ("\"scale-set\"", "\"all-at-once\""));
        assert!(
            rule.default_share().is_none() && rule.value(0.5).is_none(),
            "only the ends of the range"
        );
        let discipline = fixed.iter().find(|one| one.name == "gateway.*.discipline");
        assert!(discipline.is_some_and(|one| one.reason.contains("no plausible range")));
    }

    #[test]
    fn a_default_has_a_position_in_its_range_and_a_distribution_has_none() {
        let timeout = named("network.connect_timeout", &[]).expect("read");
        // The range is 9 s to 60 s, the default is 21 s.
        let share = timeout.default_share().expect("inside the range");
        assert!((share - 12.0 / 51.0).abs() < 1e-12);
        assert!(named("network.relay", &[]).expect("read").default_share().is_none());
    }
}
