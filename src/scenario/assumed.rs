//! What a scenario assumes: defaults that are reasoned and not published, each with the range of
//! what is plausible, and how to set another value.

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, Kind, Parameter, Provenance};

use super::resolved::{ResolvedScenario, ResolvedValue};
use super::scale::Scale;

/// An assumed parameter that can be varied. The parts of a kind move together.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// Its row of the catalogue: `gateway.*.demand.handshake`.
    pub name: String,
    /// The low end of what is plausible, as TOML.
    pub low: String,
    /// The default, as TOML.
    pub default: String,
    /// The high end of what is plausible, as TOML.
    pub high: String,
    scale: Option<Scale>,
    default_share: Option<f64>,
    places: Vec<Place>,
}

/// An assumed parameter that cannot be varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Its row of the catalogue.
    pub name: String,
    /// Why not.
    pub reason: String,
}

/// Where a scenario has the parameter.
#[derive(Clone, Debug)]
struct Place {
    /// As `--set` takes it.
    path: String,
    /// Of a parameter within a value that is a table: the table, and the key in it.
    within: Option<(toml::Table, String)>,
}

impl Assumed {
    /// What sets the parameter to a value (TOML), wherever the scenario has the default:
    /// `path=value` texts for [`super::LoadRequest`].
    pub fn overrides(&self, value: &str) -> Vec<String> {
        overrides([(self, value)])
    }

    /// The value at a share of the way from low to high, as TOML; `None` between two if it is not
    /// an amount. Wide ranges are gone through by equal factors.
    pub fn value(&self, share: f64) -> Option<String> {
        match share {
            low if low <= 0.0 => Some(self.low.clone()),
            high if high >= 1.0 => Some(self.high.clone()),
            between => self.scale.as_ref().map(|scale| scale.value(between)),
        }
    }

    /// Where the default is on the way from low to high; `None` if it is not between them or is no
    /// amount, such as a law with a spread.
    pub fn default_share(&self) -> Option<f64> {
        self.default_share
    }
}

/// What sets several parameters to values (TOML) at once, as [`Assumed::overrides`] sets one. Those
/// that are parts of one table are set in it together.
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

/// The assumed parameters of a scenario which it reads and has not set, by name: those that can be
/// varied, and those that cannot.
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

/// The assumed parameters that a value is or holds.
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

/// Parameters of a presence pattern that have their default: the resolved scenario writes all out.
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
        return Err("the catalogue has no range for it".to_owned());
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
        assert!(named("distribution_point.*.bandwidth", &[]).is_none(), "there is none");
        let some = named("client.timeout", &["cohort.remote.timeout=\"50s\""]).expect("others");
        let all = named("client.timeout", &[]).expect("all");
        assert_eq!(all.overrides("\"9s\"").len(), some.overrides("\"9s\"").len() + 1);
    }

    #[test]
    fn every_end_of_every_range_can_be_set() {
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
    fn a_parameter_of_presence_is_set_in_its_table() {
        let start = named("presence.start", &[]).expect("office hours");
        let overrides = start.overrides("\"07:15\"");
        let changed = scenario(overrides.clone()).resolved.to_toml();
        assert!(changed.contains("start = \"07:15\""), "{overrides:?}");
        assert!(changed.contains("length = \"8h30min\""), "the others stay");
    }

    #[test]
    fn keys_of_one_table_are_set_at_once() {
        let [start, length] = ["presence.start", "presence.length"]
            .map(|name| named(name, &[]).expect("office hours"));
        let both = overrides([(&start, "\"07:15\""), (&length, "\"6h\"")]);
        let changed = scenario(both).resolved.to_toml();
        assert!(changed.contains("start = \"07:15\""), "the first of them stays");
        assert!(changed.contains("length = \"6h\""));
    }

    #[test]
    fn kinds_and_discipline_cannot_be_varied() {
        let (_, fixed) = assumed(&scenario(Vec::new()).resolved);
        let rule = named("disruption.*.rule", &[]).expect("a walk's rule can");
        assert_eq!((&*rule.low, &*rule.high), ("\"scale-set\"", "\"all-at-once\""));
        assert!(rule.default_share().is_none() && rule.value(0.5).is_none(), "at its ends only");
        let discipline = fixed.iter().find(|one| one.name == "gateway.*.discipline");
        assert!(discipline.is_some_and(|one| one.reason.contains("no range")));
    }

    #[test]
    fn a_default_has_a_position_in_its_range_and_a_distribution_has_none() {
        let timeout = named("network.connect_timeout", &[]).expect("read");
        // 9 s to 60 s, default 21 s.
        let share = timeout.default_share().expect("between");
        assert!((share - 12.0 / 51.0).abs() < 1e-12);
        assert!(named("network.relay", &[]).expect("read").default_share().is_none());
    }
}
