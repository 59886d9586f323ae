//! The scenario of a run: its values, their provenance, and civil time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{PlanNote, PriceBook};

/// The scenario that was simulated.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioInfo {
    /// Name of the scenario.
    pub name: String,
    /// Question that the scenario answers, in one sentence; may be empty.
    pub question: String,
    /// Start of the measured period in civil time: `2026-11-23T08:00`.
    pub start: String,
    /// Seconds from 1970-01-01T00:00 UTC to the start of the measured period.
    pub start_unix_s: i64,
    /// Name of the time zone of civil times.
    pub time_zone: String,
    /// Offset of the time zone from UTC at the start, in seconds.
    pub utc_offset_s: i32,
    /// Clock changes of the time zone during the run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub utc_offset_changes: Vec<UtcOffsetChange>,
    /// Length of the measured period, in seconds.
    pub duration_s: f64,
    /// Length of the warm-up, in seconds.
    pub warm_up_s: f64,
    /// Seed of the random streams.
    pub seed: u64,
    /// Number of the replication, from 0.
    pub replication: u32,
    /// Number of clients of all cohorts.
    pub clients: u64,
    /// Number of clients by primary site, in the order of the scenario.
    pub sites: Vec<SiteInfo>,
    /// Prices of the scenario.
    pub prices: PriceBook,
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Number of values by provenance.
    pub values: ValueCounts,
    /// Every value that the run used, in the order of `scenario.resolved.toml`.
    #[serde(default)]
    pub configuration: Vec<ConfigurationValue>,
    /// Planning notes beyond the simulation, warnings first.
    pub plan: Vec<PlanNote>,
}

/// A primary site of the scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SiteInfo {
    /// Name of the site.
    pub name: String,
    /// Number of clients that are assigned to the site.
    pub clients: u64,
}

/// Number of a scenario's values by provenance.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ValueCounts {
    /// Values written in the scenario, in the scenarios it extends, or on the command line.
    pub written: u32,
    /// Defaults that Microsoft publishes.
    pub published: u32,
    /// Defaults computed from published numbers.
    pub derived: u32,
    /// Defaults that are assumed.
    pub assumed: u32,
    /// Defaults that are choices, not facts (seed, duration, number of instances).
    pub configuration: u32,
}

/// A value that a run used, with its provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationValue {
    /// Path of the value, as in `--set`: `gateway.main.probe.interval`.
    pub path: String,
    /// Value as TOML, with its unit if it has one: `"15s"`, `2`, `true`.
    pub value: String,
    /// Provenance of the value.
    pub provenance: ValueProvenance,
    /// File and line or option where it was written; document and date, formula or reasoning of a
    /// default. Empty for a configuration value.
    pub source: String,
}

/// Provenance of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueProvenance {
    /// Written in the scenario, in the scenarios it extends, or on the command line.
    Written,
    /// A default that Microsoft publishes.
    Published,
    /// A default computed from published numbers.
    Derived,
    /// A default that is assumed.
    Assumed,
    /// A default that is a choice, not a fact: a configuration value.
    Configuration,
}

impl ValueProvenance {
    /// Returns the name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            ValueProvenance::Written => "written",
            ValueProvenance::Published => "published",
            ValueProvenance::Derived => "derived",
            ValueProvenance::Assumed => "assumed",
            ValueProvenance::Configuration => "configuration",
        }
    }
}

impl ScenarioInfo {
    /// Returns the civil time at `seconds` from the start of the measured period, to the second:
    /// `2026-11-23T08:00:00`.
    pub fn civil(&self, seconds: f64) -> String {
        civil_text(self.civil_seconds(seconds))
    }

    /// Returns the civil time at `seconds` from the start of the measured period, in seconds from
    /// 1970-01-01T00:00 civil time.
    pub(in crate::results) fn civil_seconds(&self, seconds: f64) -> i64 {
        let whole = seconds.floor() as i64;
        self.start_unix_s + i64::from(self.utc_offset_at(seconds)) + whole
    }

    /// Returns the offset from UTC at `seconds` from the start of the measured period, in seconds.
    pub fn utc_offset_at(&self, seconds: f64) -> i32 {
        let changes = &self.utc_offset_changes;
        let last = changes.iter().rev().find(|change| change.at_s <= seconds);
        let before = changes.first().map(|first| first.before_s);
        last.map(|change| change.after_s).or(before).unwrap_or(self.utc_offset_s)
    }
}

/// Formats civil seconds; returns an empty text outside the calendar.
pub(in crate::results) fn civil_text(civil_seconds: i64) -> String {
    jiff::Timestamp::from_second(civil_seconds)
        .map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        .unwrap_or_default()
}

/// A clock change in the scenario's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UtcOffsetChange {
    /// Time of the change, in seconds from the start of the measured period; negative in the
    /// warm-up.
    pub at_s: f64,
    /// Offset from UTC before the change, in seconds.
    pub before_s: i32,
    /// Offset from UTC after the change, in seconds.
    pub after_s: i32,
}
