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
    /// Planning notes on facts that the simulation does not cover, warnings first.
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
    /// Values written in the scenario, in the scenarios it extends, or on the command line, and not
    /// measured.
    pub written: u32,
    /// Values written in the scenario or in the scenarios it extends that were measured, as
    /// `[[measured]]` states; 0 in results of versions without measured values.
    #[serde(default)]
    pub measured: u32,
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
    /// File and line, or option, where the value was written; for a default, its document and date,
    /// formula or reasoning. Empty for a configuration value.
    pub source: String,
    /// Measurements of the value; of several distributions if the value is a table of distributions
    /// by kind of request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredValue>,
}

/// Measurement of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredValue {
    /// Kind of request, if only the distribution for this kind was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_kind: Option<String>,
    /// Low end of the 95 % interval as TOML; for a distribution, of its mean. `None` for values
    /// without an interval, such as presence patterns.
    pub low: Option<String>,
    /// High end of the 95 % interval.
    pub high: Option<String>,
    /// Number of observations.
    pub samples: u64,
    /// Period of the observations: `2026-11-02 to 2026-11-29`.
    pub period: String,
    /// Files or systems that were observed.
    pub source: String,
}

/// Provenance of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueProvenance {
    /// Written in the scenario, in the scenarios it extends, or on the command line.
    Written,
    /// Written, and measured in the user's environment, as `[[measured]]` states.
    Measured,
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
            ValueProvenance::Measured => "measured",
            ValueProvenance::Published => "published",
            ValueProvenance::Derived => "derived",
            ValueProvenance::Assumed => "assumed",
            ValueProvenance::Configuration => "configuration",
        }
    }

    /// Returns whether the user set the value.
    pub const fn is_set(self) -> bool {
        matches!(self, ValueProvenance::Written | ValueProvenance::Measured)
    }
}

impl ValueCounts {
    /// Returns the number of all values.
    pub fn all(&self) -> u32 {
        let ValueCounts { written, measured, published, derived, assumed, configuration } = *self;
        written + measured + published + derived + assumed + configuration
    }
}

impl ScenarioInfo {
    /// Returns the number of tables of distributions by kind of request of which some, but not all
    /// distributions were measured. They count as written.
    pub fn partly_measured(&self) -> u64 {
        let is_partly = |one: &&ConfigurationValue| {
            one.provenance == ValueProvenance::Written && !one.measured.is_empty()
        };
        self.configuration.iter().filter(is_partly).count() as u64
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of version 4 that were written before values could be measured.
    #[test]
    fn results_without_measured_values_are_read() {
        let counts = r#"{"written":3,"published":5,"derived":1,"assumed":9,"configuration":2}"#;
        let counts: ValueCounts = serde_json::from_str(counts).expect("counts");
        assert_eq!((counts.measured, counts.all()), (0, 20));
        let value = r#"{"path":"a.b","value":"2","provenance":"written","source":"x.toml:3"}"#;
        let value: ConfigurationValue = serde_json::from_str(value).expect("a value");
        assert!(value.measured.is_empty());
        let again = serde_json::to_string(&value).expect("JSON");
        assert!(!again.contains("measured"), "the key is omitted without a measurement: {again}");
    }

    #[test]
    fn a_verdict_without_the_number_of_assumptions_is_read() {
        use crate::results::RunVerdict;
        let whole = serde_json::to_value(RunVerdict::default()).expect("JSON");
        let serde_json::Value::Object(mut whole) = whole else { panic!("an object") };
        assert!(whole.remove("assumptions").is_some());
        let read: RunVerdict = serde_json::from_value(whole.into()).expect("an older verdict");
        assert_eq!(read, RunVerdict::default());
    }

    #[test]
    fn a_measured_value_is_read_as_it_was_written() {
        let value = ConfigurationValue {
            path: "client.policy_poll.interval".to_owned(),
            value: "\"60min\"".to_owned(),
            provenance: ValueProvenance::Measured,
            source: "site.toml:5".to_owned(),
            measured: vec![MeasuredValue {
                low: Some("\"58min\"".to_owned()),
                samples: 12,
                ..MeasuredValue::default()
            }],
        };
        let text = serde_json::to_string(&value).expect("JSON");
        assert!(text.contains(r#""provenance":"measured""#), "{text}");
        assert_eq!(serde_json::from_str::<ConfigurationValue>(&text).expect("a value"), value);
    }
}
