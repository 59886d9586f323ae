//! The catalogue of all scenario keys, with default, range and source of each default.
//!
//! The table is in `parameters.toml` in this folder. It is the only definition of the keys: the
//! scenario loader, the JSON Schema, `cmgsim params` and the provenance comments of resolved
//! scenarios all read it.

mod derivation;
pub mod notices;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;

pub use derivation::{Formula, Input};

/// The type of a parameter's value, which determines its notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
// The lint reports `DistributionByKind`, which ends with `Kind` only by coincidence.
#[allow(clippy::enum_variant_names)]
pub enum Kind {
    /// A whole number.
    Count,
    /// A number without unit.
    Number,
    /// A length of time, for example `"60min"`.
    Duration,
    /// The distribution of a random duration: a duration, or a table with `dist`.
    Distribution,
    /// One distribution for all request kinds, or a table with one distribution for each request
    /// kind.
    DistributionByKind,
    /// An amount of data, for example `"2 MB"`.
    Bytes,
    /// A data rate, for example `"500 Mbit/s"`.
    Bandwidth,
    /// A number of events per unit of time, for example `"30/min"`.
    Rate,
    /// A share of a whole, for example `"80%"`.
    Share,
    /// Any text.
    Text,
    /// One word from a list.
    Choice,
    /// True or false.
    Boolean,
    /// The name of another component.
    Reference,
    /// The names of other components, for example `["remote", "office"]`.
    References,
    /// A civil time, for example `"2026-11-23T08:00"`.
    Civil,
    /// A time zone, for example `"Europe/Berlin"` or `"+01:00"`.
    Zone,
    /// A time of day, for example `"08:30"`.
    TimeOfDay,
    /// A civil time, or a duration after the start of the measured period.
    When,
    /// A presence pattern of clients.
    Presence,
    /// A periodic rate profile.
    Profile,
    /// The component where the requests of an open source enter.
    Entry,
    /// A value in the notation of another parameter, to which it refers.
    Amount,
    /// Prices by tier: limits and the price above each limit.
    Tiers,
    /// One or more paths of values, for example `"client.policy_poll.interval"`.
    Paths,
    /// A list of weekly windows, each with days, start, end, and the values in `choices`.
    Windows,
}

/// The origin of a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Published by Microsoft; the source names document and date.
    Published,
    /// Computed from published numbers; the source shows how.
    Derived,
    /// Assumed with reasons: the source gives the reasons, and the range shows the uncertainty.
    Assumed,
    /// A configuration value that the user chooses.
    Setting,
}

/// A parameter of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Path in a scenario; `*` stands for a name that the user chooses.
    pub path: String,
    /// Type of the value.
    pub kind: Kind,
    /// The default; `None` if there is none.
    pub value: Option<toml::Value>,
    /// Low end of the plausible range.
    pub low: Option<toml::Value>,
    /// High end of the plausible range.
    pub high: Option<toml::Value>,
    /// The smallest allowed value.
    pub min: Option<toml::Value>,
    /// The largest allowed value.
    pub max: Option<toml::Value>,
    /// A word that is allowed instead of a value: `unlimited`, `none`, `off`, `auto`.
    pub or: Option<String>,
    /// The allowed words of a choice, or the values that a window may set.
    #[serde(default)]
    pub choices: Vec<String>,
    /// For a reference: the section that it refers to.
    pub refers: Option<String>,
    /// Whether the parameter may be omitted although it has no default.
    #[serde(default)]
    pub optional: bool,
    /// Whether a scenario can set the parameter. Published limits and the data of VM sizes cannot
    /// be set.
    #[serde(default = "yes")]
    pub settable: bool,
    /// Origin of the default.
    pub provenance: Provenance,
    /// For a derived default: the formula.
    pub formula: Option<Formula>,
    /// For a derived default: the inputs of the formula (published or derived rows, and published
    /// numbers).
    #[serde(default)]
    pub from: Vec<Input>,
    /// Document and date, formula, or reasoning.
    #[serde(default)]
    pub source: String,
    /// Description in one sentence or more.
    pub doc: String,
}

fn yes() -> bool {
    true
}

/// The table of all parameters, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "parameter")]
    parameters: Vec<Parameter>,
    /// Indices into `parameters` by the first part of the path, for fast lookup of the hundreds of
    /// keys in a scenario.
    #[serde(skip)]
    sections: OnceLock<BTreeMap<String, Vec<usize>>>,
}

impl Catalogue {
    /// Returns the catalogue of this version of cmgsim.
    pub fn builtin() -> &'static Catalogue {
        static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            toml::from_str(include_str!("parameters.toml"))
                .expect("the embedded table is valid, as a test checks")
        })
    }

    /// Returns all parameters.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Returns the settable parameter at a concrete path (`gateway.main.instances`); `None` if
    /// there is none. `client.*` keys of a cohort are found under `cohort.NAME`.
    pub fn settable(&self, path: &[&str]) -> Option<&Parameter> {
        let section = path.first().and_then(|first| self.sections().get(*first));
        let mut own = section.into_iter().flatten().map(|place| &self.parameters[*place]);
        let found = own.find(|one| one.settable && one.matches(path));
        match path {
            ["cohort", _, rest @ ..] if found.is_none() && !rest.is_empty() => {
                self.settable(&[&["client"], rest].concat())
            }
            _ => found,
        }
    }

    /// Returns the indices of the parameters of each section, by the name of the section. The first
    /// part of a path is always a name, never `*`.
    fn sections(&self) -> &BTreeMap<String, Vec<usize>> {
        self.sections.get_or_init(|| {
            let mut sections: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (place, one) in self.parameters.iter().enumerate() {
                let first = one.path.split('.').next().unwrap_or_default();
                sections.entry(first.to_owned()).or_default().push(place);
            }
            sections
        })
    }

    /// Returns the parameter with exactly this path, including `*`.
    pub fn exactly(&self, path: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|one| one.path == path)
    }

    /// Returns the keys that are allowed directly under a concrete path, without duplicates, in the
    /// order of the table.
    pub fn children(&self, prefix: &[&str]) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        let client: Option<Vec<&str>> = match prefix {
            ["cohort", _, rest @ ..] => Some([&["client"], rest].concat()),
            _ => None,
        };
        for one in self.parameters.iter().filter(|one| one.settable) {
            for prefix in std::iter::once(prefix).chain(client.as_deref()) {
                let mut parts = one.path.split('.');
                let is_under = prefix
                    .iter()
                    .all(|part| parts.next().is_some_and(|own| own == "*" || own == *part));
                if let Some(key) = parts.next().filter(|key| is_under && !keys.contains(key)) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// Returns the parameters whose path contains the pattern, in which `*` matches any text, and
    /// those at or below a concrete path such as `gateway.main`, `[cohort.remote]` or
    /// `cohort.remote.retry`.
    pub fn search(&self, pattern: &str) -> Vec<&Parameter> {
        let pattern = pattern.trim().trim_start_matches('[').trim_end_matches(']');
        let path: Vec<&str> = pattern.split('.').map(|part| part.trim_matches('"')).collect();
        let of_client: Option<Vec<&str>> = match path[..] {
            ["cohort", _, ref rest @ ..] => Some([&["client"], rest].concat()),
            _ => None,
        };
        let is_named = |one: &Parameter| {
            let is_at = |path: &Vec<&str>| path.len() > 1 && one.is_below(path);
            let is_clients = |path: &Vec<&str>| one.settable && one.is_below(path);
            is_at(&path) || of_client.as_ref().is_some_and(is_clients)
        };
        let is_found = |one: &&Parameter| Catalogue::contains(&one.path, pattern) || is_named(one);
        self.parameters.iter().filter(is_found).collect()
    }

    /// Returns whether a path contains the pattern; `*` matches any text.
    pub fn contains(path: &str, pattern: &str) -> bool {
        let mut rest = path;
        pattern.split('*').all(|piece| match rest.find(piece) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    }

    /// Returns the value and the source of a published limit.
    pub fn limit(&self, path: &str) -> (f64, &str) {
        let found = self.exactly(path);
        debug_assert!(found.is_some(), "{path} is in the catalogue");
        let value = found.and_then(|one| one.value.as_ref()).and_then(toml::Value::as_integer);
        (value.unwrap_or(0) as f64, found.map_or("", |one| &one.source))
    }
}

impl Parameter {
    /// Returns whether the parameter is at or below a concrete path.
    fn is_below(&self, path: &[&str]) -> bool {
        let mut parts = self.path.split('.');
        path.iter().all(|part| parts.next().is_some_and(|own| own == "*" || own == *part))
    }

    fn matches(&self, path: &[&str]) -> bool {
        let mut parts = path.iter();
        self.path.split('.').all(|own| parts.next().is_some_and(|part| own == "*" || own == *part))
            && parts.next().is_none()
    }
}

impl Provenance {
    /// Returns the name of the provenance in files and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Provenance::Published => "published",
            Provenance::Derived => "derived",
            Provenance::Assumed => "assumed",
            Provenance::Setting => "setting",
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_has_a_provenance() {
        let parameters = Catalogue::builtin().parameters();
        assert!(parameters.len() > 280);
        for one in parameters {
            assert!(one.doc.ends_with('.'), "{}: the description is not a sentence", one.path);
            if one.provenance != Provenance::Setting {
                assert!(!one.source.is_empty(), "{}: no source", one.path);
            }
            if one.kind == Kind::Choice {
                assert!(!one.choices.is_empty(), "{}: no choices", one.path);
            }
            let has_default = one.value.is_some() || one.optional;
            let required = [
                "schema",
                "cohort.*.clients",
                "source.*.enters",
                "deployment.*.at",
                "notification.*.at",
                "disruption.*.kind",
                "measured.path",
                "measured.samples",
                "measured.period",
                "measured.source",
            ];
            assert!(has_default || required.contains(&one.path.as_str()), "{}", one.path);
        }
    }

    /// The new sizes have at most the limit per core of an Av2 size.
    #[test]
    fn ranges_of_assumed_connection_limits_follow_from_a_limit_per_core() {
        let rows = Catalogue::builtin().parameters();
        let row = |size: &str, key: &str| {
            let path = format!("size.{size}.{key}");
            rows.iter().find(|one| one.path == path).expect("a row")
        };
        let number = |value: &Option<toml::Value>| {
            value.as_ref().and_then(toml::Value::as_integer).expect("a count")
        };
        for (size, old) in [("D2ads_v6", "A2_v2"), ("D4ads_v6", "A2_v2"), ("D8ads_v6", "A4_v2")] {
            let [limit, cores] = ["connection_limit", "cores"].map(|key| row(old, key));
            let per_core = number(&limit.value) / number(&cores.value);
            let own = row(size, "connection_limit");
            let source = format!("the same limit per core as {old}");
            assert!(own.source.contains(&source), "{size}: {}", own.source);
            let expected = per_core * number(&row(size, "cores").value);
            assert_eq!(number(&own.high), expected, "{size}");
        }
    }

    #[test]
    fn assumed_values_have_a_range() {
        let without_range = [Kind::Choice, Kind::Presence, Kind::Text, Kind::TimeOfDay];
        for one in Catalogue::builtin().parameters() {
            let is_switch = one.or.is_some() && one.value == one.or.clone().map(Into::into);
            let text = one.value.as_ref().and_then(toml::Value::as_str);
            let is_by = text.is_some_and(|text| text.starts_with("by "));
            let is_users = one.path.starts_with("client.locations");
            if one.provenance == Provenance::Assumed
                && !without_range.contains(&one.kind)
                && !(is_switch || is_by || is_users)
            {
                assert!(one.low.is_some() && one.high.is_some(), "{}: no range", one.path);
            }
        }
    }

    #[test]
    fn paths_are_unique_and_can_be_looked_up() {
        let catalogue = Catalogue::builtin();
        for one in catalogue.parameters() {
            let same = catalogue.parameters().iter().filter(|other| other.path == one.path);
            assert_eq!(same.count(), 1, "{}", one.path);
        }
        let found = |path: &[&str]| catalogue.settable(path).map(|one| one.path.as_str());
        assert_eq!(
            found(&["gateway", "main", "probe", "interval"]),
            Some("gateway.*.probe.interval")
        );
        assert_eq!(found(&["cohort", "x", "retry", "cap"]), Some("client.retry.cap"));
        assert_eq!(found(&["cohort", "x", "clients"]), Some("cohort.*.clients"));
        assert_eq!(found(&["limit", "ports"]), None);
        assert_eq!(found(&["gateway", "main"]), None);
    }

    #[test]
    fn search_accepts_patterns_and_concrete_paths() {
        let paths = |pattern: &str| -> Vec<&str> {
            let found = Catalogue::builtin().search(pattern);
            found.into_iter().map(|one| one.path.as_str()).collect()
        };
        assert_eq!(paths("gateway.main.probe"), paths("gateway.*.probe"));
        assert_eq!(paths("[gateway.main]"), paths("gateway.main"));
        assert_eq!(paths("gateway.main.instances"), ["gateway.*.instances"]);
        assert_eq!(paths("cohort.remote.retry.cap"), ["client.retry.cap"]);
        assert_eq!(paths("cohort.\u{6d4b}.clients"), ["cohort.*.clients"]);
        let cohort = paths("cohort.remote");
        assert!(cohort.contains(&"cohort.*.clients") && cohort.contains(&"client.timeout"));
        assert!(paths("gateway.main.nothing").is_empty() && paths("nothing").is_empty());
        assert_eq!(paths("").len(), Catalogue::builtin().parameters().len());
    }

    #[test]
    fn children_of_a_cohort_include_the_client_defaults() {
        let children = Catalogue::builtin().children(&["cohort", "remote"]);
        assert!(children.contains(&"clients") && children.contains(&"policy_poll"));
        assert_eq!(
            Catalogue::builtin().children(&["gateway", "x", "probe"]),
            ["interval", "failures"]
        );
    }
}
