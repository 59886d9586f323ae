//! Assumed parameters of a scenario: defaults that are not published, each with its plausible range
//! and the overrides that change it.

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, Kind, Parameter, Provenance};

use super::resolved::{ResolvedScenario, ResolvedValue};
use super::scale::Scale;

/// An assumed parameter that can be varied, for all components of a kind at once.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// Path of its catalogue row, for example `gateway.*.demand.handshake`.
    pub name: String,
    /// Low end of the plausible range, as TOML.
    pub low: String,
    /// Default, as TOML.
    pub default: String,
    /// High end of the plausible range, as TOML.
    pub high: String,
    scale: Option<Scale>,
    default_share: Option<f64>,
    places: Vec<Place>,
}

/// An assumed parameter that cannot be varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Path of its catalogue row.
    pub name: String,
    /// Reason why it cannot be varied.
    pub reason: String,
}

/// A place in the scenario where the default of a parameter applies.
#[derive(Clone, Debug)]
struct Place {
    /// Path for `--set`.
    path: String,
    /// Table and key, if the parameter is a key of a table value.
    within: Option<(toml::Table, String)>,
}

impl Assumed {
    /// Returns overrides (`path=value` texts for [`super::LoadRequest`]) that set the parameter to
    /// a value (TOML) in all places where its default applies.
    pub fn overrides(&self, value: &str) -> Vec<String> {
        overrides([(self, value)])
    }

    /// Returns the value at a share of the plausible range, as TOML; `None` between the ends if it
    /// is not numeric. Wide ranges are interpolated geometrically.
    pub fn value(&self, share: f64) -> Option<String> {
        match share {
            low if low <= 0.0 => Some(self.low.clone()),
            high if high >= 1.0 => Some(self.high.clone()),
            between => self.scale.as_ref().map(|scale| scale.value(between)),
        }
    }

    /// Returns the position of the default as a share of the plausible range; `None` if it is
    /// outside the range or not a number, for example a non-constant distribution.
    pub fn default_share(&self) -> Option<f64> {
        self.default_share
    }
}

/// Returns overrides that set several parameters to values (TOML). Parameters that are keys of one
/// table share one override.
pub fn overrides<'v>(values: impl IntoIterator<Item = (&'v Assumed, &'v str)>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut tables: BTreeMap<&str, toml::Table> = BTreeMap::new();
    for (parameter, value) in values {
        for place in &parameter.places {
            let Some((table, key)) = &place.within else {
                texts.push(format!("{}={value}", place.path));
                continue;
            };
            let parsed: Option<toml::Table> = format!("v = {value}").parse().ok();
            if let Some(value) = parsed.as_ref().and_then(|parsed| parsed.get("v")) {
                let table = tables.entry(&place.path).or_insert_with(|| table.clone());
                table.insert(key.clone(), value.clone());
            }
        }
    }
    let of_table = |(path, table)| format!("{path}={}", toml::Value::Table(table));
    texts.extend(tables.into_iter().map(of_table));
    texts
}

/// Returns the assumed parameters that a scenario reads and does not set, sorted by name: those
/// that can be varied and those that cannot.
pub fn assumed(resolved: &ResolvedScenario) -> (Vec<Assumed>, Vec<Fixed>) {
    let catalogue = Catalogue::builtin();
    let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for value in resolved.values() {
        for (row, place) in at(catalogue, &value) {
            places.entry(row).or_default().push(place);
        }
    }
    let (mut found, mut fixed) = (Vec::new(), Vec::new());
    for (name, places) in places {
        let Some(row) = catalogue.exactly(name) else { continue };
        match vary(row, places) {
            Ok(parameter) => found.push(parameter),
            Err(reason) => fixed.push(Fixed { name: name.to_owned(), reason }),
        }
    }
    (found, fixed)
}

/// Returns the assumed parameters at a value: the value itself, or parameters of a presence
/// pattern.
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
    let parsed: Option<toml::Table> = format!("v = {}", value.value).parse().ok();
    let table = parsed.as_ref().and_then(|parsed| parsed.get("v")?.as_table());
    let Some(table) = table else { return Vec::new() };
    let is_default = |(key, own): (&String, &toml::Value)| {
        let row = catalogue.exactly(&format!("presence.{key}"))?;
        let is_assumed = row.provenance == Provenance::Assumed && row.value.as_ref() == Some(own);
        let within = Some((table.clone(), key.clone()));
        is_assumed.then(|| (row.path.as_str(), Place { path: path.to_owned(), within }))
    };
    table.iter().filter_map(is_default).collect()
}

fn vary(row: &Parameter, places: Vec<Place>) -> Result<Assumed, String> {
    let (Some(low), Some(high)) = (&row.low, &row.high) else {
        return Err("the catalogue has no plausible range for it".to_owned());
    };
    if low == high {
        return Err("its plausible range is a single value".to_owned());
    }
    let scale = Scale::new(row.kind, low, high);
    let default_share =
        scale.as_ref().and_then(|scale| scale.share(row.value.as_ref().unwrap_or(low)));
    Ok(Assumed {
        name: row.path.clone(),
        low: low.to_string(),
        default: row.value.as_ref().map_or_else(String::new, ToString::to_string),
        high: high.to_string(),
        scale,
        default_share,
        places,
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

    fn named(name: &str, overrides: &[&str]) -> Option<Assumed> {
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        let (found, _) = assumed(&scenario(overrides).resolved);
        found.into_iter().find(|one| one.name == name)
    }

    #[test]
    fn written_or_unread_values_are_not_assumed() {
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
        let (found, fixed) = assumed(&scenario(Vec::new()).resolved);
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
    fn kinds_and_discipline_cannot_be_varied() {
        let (_, fixed) = assumed(&scenario(Vec::new()).resolved);
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
