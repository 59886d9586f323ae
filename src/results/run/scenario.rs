//! What was simulated: the scenario of a run, its values and its civil time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{PlanNote, PriceBook};

/// What was simulated.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioInfo {
    /// Name.
    pub name: String,
    /// The question it asks, one sentence; may be empty.
    pub question: String,
    /// Start of the measured period, civil: `2026-11-23T08:00`.
    pub start: String,
    /// Seconds from 1970-01-01T00:00 UTC to the start of the measured period.
    pub start_unix_s: i64,
    /// Name of the time zone civil times are shown in.
    pub time_zone: String,
    /// Its offset from UTC at the start.
    pub utc_offset_s: i32,
    /// Clock changes there during the run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub utc_offset_changes: Vec<UtcOffsetChange>,
    /// Measured seconds.
    pub duration_s: f64,
    /// Seconds simulated before.
    pub warm_up_s: f64,
    /// Seed.
    pub seed: u64,
    /// Which replication under this seed.
    pub replication: u32,
    /// Clients of all cohorts.
    pub clients: u64,
    /// Clients by primary site, in order of the scenario.
    pub sites: Vec<SiteInfo>,
    /// Prices.
    pub prices: PriceBook,
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Where its values come from.
    pub values: ValueCounts,
    /// Every value of the scenario that the run used, in the order of `scenario.resolved.toml`.
    #[serde(default)]
    pub configuration: Vec<ConfigurationValue>,
    /// What a plan should know beyond what is simulated; warnings first.
    pub plan: Vec<PlanNote>,
}

/// A primary site of the scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SiteInfo {
    /// Name.
    pub name: String,
    /// Clients that are assigned to it.
    pub clients: u64,
}

/// How many values of a scenario come from where.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ValueCounts {
    /// Written in the scenario, in what it extends, or on the command line.
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

/// A value that a run used, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationValue {
    /// Its path, as `--set` takes it: `gateway.main.probe.interval`.
    pub path: String,
    /// The value as TOML, with its unit if it has one: `"15s"`, `2`, `true`.
    pub value: String,
    /// Whether it was written, or else what kind of default it is.
    pub provenance: ValueProvenance,
    /// File and line or option where it was written; document and date, formula or reasoning of a
    /// default. Empty for a configuration value.
    pub source: String,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueProvenance {
    /// Written in the scenario, in what it extends, or on the command line.
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
    /// Its name in files and reports.
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
    /// Civil time so many seconds after the start of the measured period, to the second:
    /// `2026-11-23T08:00:00`.
    pub fn civil(&self, seconds: f64) -> String {
        civil_text(self.civil_seconds(seconds))
    }

    /// The same as seconds after 1970-01-01T00:00 of the same calendar.
    pub(in crate::results) fn civil_seconds(&self, seconds: f64) -> i64 {
        let whole = seconds.floor() as i64;
        self.start_unix_s + i64::from(self.utc_offset_at(seconds)) + whole
    }

    /// Offset from UTC so many seconds after the start of the measured period.
    pub fn utc_offset_at(&self, seconds: f64) -> i32 {
        let changes = &self.utc_offset_changes;
        let last = changes.iter().rev().find(|change| change.at_s <= seconds);
        let before = changes.first().map(|first| first.before_s);
        last.map(|change| change.after_s).or(before).unwrap_or(self.utc_offset_s)
    }
}

/// Civil time from such seconds; nothing beyond the calendar.
pub(in crate::results) fn civil_text(civil_seconds: i64) -> String {
    jiff::Timestamp::from_second(civil_seconds)
        .map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        .unwrap_or_default()
}

/// A clock change in the scenario's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UtcOffsetChange {
    /// When, in seconds after the start of the measured period; negative during the warm-up.
    pub at_s: f64,
    /// Offset from UTC before it.
    pub before_s: i32,
    /// Offset from UTC after it.
    pub after_s: i32,
}
