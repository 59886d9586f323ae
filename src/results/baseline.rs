//! Stores metrics of scenarios as a baseline: a small TOML file for review. The metrics are sorted
//! and rounded, so that a comparison of two baseline files shows only real changes.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::Sample;
use crate::terms::{Metric, Unit};

/// Version of the file format.
const FORMAT: u32 = 2;

/// First results version in which metrics have their present names.
const NAMES_SINCE: u32 = 4;

/// Significant digits of means: enough that rounding hides no relevant difference.
const DIGITS: usize = 7;

/// Number of significant digits of standard deviations.
const SD_DIGITS: usize = 4;

/// Relative standard deviation below which a standard deviation is rounding error and is stored as
/// 0.
const ROUNDING: f64 = 1e-12;

/// Number of significant digits of speeds, which are noisy measurements.
const SPEED_DIGITS: usize = 3;

/// Stored metrics of scenarios.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of the file format.
    format: u32,
    /// Version of cmgsim that saved the baseline.
    pub cmgsim_version: String,
    /// Results version. Versions of cmgsim with the same results version compute the same metrics
    /// for the same scenario and seed.
    pub results_version: u32,
    /// Scenarios by name.
    #[serde(rename = "scenario", default)]
    pub scenarios: BTreeMap<String, ScenarioBaseline>,
}

/// Stored metrics of one scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioBaseline {
    /// Scenario as the user specified it: a file or the name of an embedded scenario.
    pub asked: String,
    /// Overrides applied to the scenario.
    #[serde(default)]
    pub set: Vec<String>,
    /// Hash of the resolved scenario without the seed.
    pub hash: String,
    /// Seed of the scenario.
    pub seed: u64,
    /// Number of replications.
    pub replications: u32,
    /// Total number of events of all replications.
    pub events: u64,
    /// Events per second relative to the reference workload in the same process.
    #[serde(default)]
    pub speed: Option<f64>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, Stored>,
}

/// Stored metric, summarised over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Mean of the replications that have a value; `None` if there are none.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Standard deviation between replications; `None` with fewer than two values.
    #[serde(default)]
    pub sd: Option<f64>,
    /// Number of replications that have a value.
    pub n: u64,
    /// Number of replications that ended before the metric had a value, for example before
    /// recovery.
    #[serde(default)]
    pub not_reached: u64,
}

/// Error when reading a baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file is not a baseline.
    #[error("this is not a cmgsim baseline: {0}")]
    Form(String),
    /// A newer version of cmgsim saved the baseline.
    #[error("the baseline has format {0}, and this cmgsim reads {FORMAT}: update cmgsim")]
    Newer(u32),
    /// An older version of cmgsim, with other metric names, saved the baseline.
    #[error(
        "the baseline has format {0}, and this cmgsim reads {FORMAT}: metrics were renamed; save \
         the baseline again with --save-baseline"
    )]
    Older(u32),
    /// The baseline has results of a version with other metric names.
    #[error("it has results of version {0}, and metrics were renamed in version {NAMES_SINCE}")]
    Renamed(u32),
    /// A metric has invalid values.
    #[error("metric `{metric}` of scenario `{scenario}`: {problem}")]
    Metric {
        /// Name of the scenario.
        scenario: String,
        /// Name of the metric.
        metric: String,
        /// Description of the problem.
        problem: &'static str,
    },
}

impl Baseline {
    /// Creates a baseline without scenarios.
    pub fn new(cmgsim_version: &str, results_version: u32) -> Self {
        let cmgsim_version = cmgsim_version.to_owned();
        Baseline { format: FORMAT, cmgsim_version, results_version, scenarios: BTreeMap::new() }
    }

    /// Parses a baseline file.
    ///
    /// # Errors
    /// Returns an error if the text is not a baseline, has another format version, or contains an
    /// invalid metric.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let form = |error: toml::de::Error| BaselineError::Form(error.to_string());
        let table: toml::Table = text.parse().map_err(form)?;
        let format = table.get("format").and_then(toml::Value::as_integer).unwrap_or(0);
        if let Some(newer) = u32::try_from(format).ok().filter(|format| *format > FORMAT) {
            return Err(BaselineError::Newer(newer));
        }
        if let Some(older) = u32::try_from(format).ok().filter(|older| (1..FORMAT).contains(older))
        {
            return Err(BaselineError::Older(older));
        }
        let baseline: Baseline = table.try_into().map_err(form)?;
        if baseline.format != FORMAT {
            return Err(BaselineError::Form(format!("`format` is not {FORMAT}")));
        }
        if baseline.results_version < NAMES_SINCE {
            return Err(BaselineError::Renamed(baseline.results_version));
        }
        for (scenario, one) in &baseline.scenarios {
            for (metric, stored) in &one.metrics {
                if let Some(problem) = stored.problem() {
                    let (scenario, metric) = (scenario.clone(), metric.clone());
                    return Err(BaselineError::Metric { scenario, metric, problem });
                }
            }
        }
        Ok(baseline)
    }

    /// Renders the baseline as TOML. `units` provides the unit of each metric for the comments.
    pub fn to_toml(&self, units: &BTreeMap<String, Unit>) -> String {
        let mut text = format!(
            "# Metrics of scenarios when they were saved, for `cmgsim regress --baseline FILE`.\n\
             # Means and standard deviations over n replications. Speed: events per second\n\
             # relative to an M/M/16 queue on the same engine in the same process.\n\
             format = {}\ncmgsim_version = {}\nresults_version = {}\n",
            self.format,
            quoted(&self.cmgsim_version),
            self.results_version,
        );
        for (name, one) in &self.scenarios {
            // Writing to a string cannot fail.
            let _ = one.write(&mut text, &key(name), units);
        }
        text
    }
}

impl ScenarioBaseline {
    fn write(
        &self,
        text: &mut String,
        key_of_name: &str,
        units: &BTreeMap<String, Unit>,
    ) -> std::fmt::Result {
        writeln!(text, "\n[scenario.{key_of_name}]\nasked = {}", quoted(&self.asked))?;
        if !self.set.is_empty() {
            let set: Vec<String> = self.set.iter().map(|one| quoted(one)).collect();
            writeln!(text, "set = [{}]", set.join(", "))?;
        }
        writeln!(text, "hash = {}\nseed = {}", quoted(&self.hash), self.seed)?;
        writeln!(text, "replications = {}\nevents = {}", self.replications, self.events)?;
        if let Some(speed) = self.speed {
            writeln!(text, "speed = {}", float(rounded(speed, SPEED_DIGITS)))?;
        }
        writeln!(text, "\n[scenario.{key_of_name}.metrics]")?;
        for (name, metric) in &self.metrics {
            write!(text, "{} = {metric}", key(name))?;
            match units.get(name) {
                Some(unit) => writeln!(text, "  # {}", unit.symbol())?,
                None => writeln!(text)?,
            }
        }
        Ok(())
    }
}

impl Stored {
    /// Summarises and rounds the values of a metric; returns `None` if all values are NaN.
    pub fn of(values: &[f64]) -> Option<Stored> {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let not_reached = values.iter().filter(|value| value.is_infinite()).count() as u64;
        let count = finite.len() as f64;
        if finite.is_empty() && not_reached == 0 {
            return None;
        }
        let mean = (count > 0.0).then(|| finite.iter().sum::<f64>() / count);
        let sd = mean.filter(|_| count > 1.0).map(|mean| {
            let squares: f64 = finite.iter().map(|value| (value - mean) * (value - mean)).sum();
            let sd = (squares / (count - 1.0)).sqrt();
            if sd <= ROUNDING * mean.abs() { 0.0 } else { rounded(sd, SD_DIGITS) }
        });
        let mean = mean.map(|mean| rounded(mean, DIGITS));
        Some(Stored { mean, sd, n: finite.len() as u64, not_reached })
    }

    fn problem(&self) -> Option<&'static str> {
        let is_number = |value: Option<f64>| value.is_none_or(f64::is_finite);
        match self {
            _ if !is_number(self.mean) || !is_number(self.sd) => Some("a number is not finite"),
            _ if self.sd.is_some_and(|sd| sd < 0.0) => Some("a standard deviation is negative"),
            _ if self.mean.is_some() != (self.n > 0) => Some("`n` and `mean` are inconsistent"),
            _ if self.sd.is_some() != (self.n > 1) => Some("`n` and `sd` are inconsistent"),
            _ => None,
        }
    }
}

impl std::fmt::Display for Stored {
    /// Formats the metric as a TOML inline table.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |name: &str, value: Option<f64>| {
            value.map_or_else(String::new, |value| format!("{name} = {}, ", float(value)))
        };
        write!(f, "{{ {}{}n = {}", part("mean", self.mean), part("sd", self.sd), self.n)?;
        if self.not_reached > 0 {
            write!(f, ", not_reached = {}", self.not_reached)?;
        }
        f.write_str(" }")
    }
}

/// Returns the metrics of a sample that `is_wanted` selects and that have a value.
pub fn stored(sample: &Sample, is_wanted: impl Fn(&Metric) -> bool) -> BTreeMap<String, Stored> {
    let of = |(index, metric): (usize, &Metric)| {
        Some((metric.name(), Stored::of(&sample.values(index))?))
    };
    sample
        .metrics
        .iter()
        .enumerate()
        .filter(|(_, metric)| is_wanted(metric))
        .filter_map(of)
        .collect()
}

/// Rounds a number to this many significant digits.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

fn float(value: f64) -> String {
    toml::Value::Float(value).to_string()
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Returns a TOML key, quoted if necessary.
fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        let mut baseline = Baseline::new("0.1.0", 4);
        let metrics = [
            ("latency_p95_s".to_owned(), Stored::of(&[0.123_456_789, 0.2, 0.3]).expect("values")),
            ("compliance_p95_s".to_owned(), Stored::of(&[f64::INFINITY, 8.0]).expect("values")),
            ("utilisation[management point mp]".to_owned(), Stored::of(&[1e-9]).expect("values")),
        ];
        let scenario = ScenarioBaseline {
            asked: "scenarios/a \"b\".toml".to_owned(),
            set: vec!["cohort.*.clients=5".to_owned()],
            hash: "0011223344556677".to_owned(),
            seed: 7,
            replications: 3,
            events: 12_345,
            speed: Some(0.123_456),
            metrics: BTreeMap::from(metrics),
        };
        baseline.scenarios.insert("my scenario".to_owned(), scenario);
        baseline
    }

    #[test]
    fn reads_a_baseline_exactly_as_written() {
        let units = BTreeMap::from([("latency_p95_s".to_owned(), Unit::Seconds)]);
        let text = baseline().to_toml(&units);
        assert!(text.contains("latency_p95_s = { mean = 0.2078189, sd = 0.08853, n = 3"), "{text}");
        assert!(text.contains(" }  # s\n"), "{text}");
        assert!(
            text.contains("compliance_p95_s = { mean = 8.0, n = 1, not_reached = 1 }"),
            "{text}"
        );
        let read = Baseline::parse(&text).expect("a valid baseline");
        let mut expected = baseline();
        expected.scenarios.get_mut("my scenario").expect("a stored scenario").speed = Some(0.123);
        assert_eq!(read, expected);
    }

    #[test]
    fn refuses_an_invalid_baseline_with_a_reason() {
        let text = baseline().to_toml(&BTreeMap::new());
        let refused = |old: &str, new: &str| {
            assert!(text.contains(old), "{old} in {text}");
            Baseline::parse(&text.replace(old, new)).expect_err(new).to_string()
        };
        assert!(refused("format = 2", "format = 9").contains("update cmgsim"));
        assert!(refused("format = 2", "format = 1").contains("--save-baseline"));
        assert!(refused("format = 2", "x = 1").contains("not a cmgsim baseline"));
        let renamed = refused("results_version = 4", "results_version = 3");
        assert!(renamed.contains("renamed in version 4"), "{renamed}");
        assert!(refused("seed = 7", "seeds = 7").contains("seeds"));
        assert!(refused("mean = 8.0", "mean = nan").contains("compliance_p95_s"));
        assert!(refused("sd = 0.08", "sd = -0.08").contains("negative"));
        assert!(refused("n = 3 }", "n = 1 }").contains("inconsistent"));
        assert!(Baseline::parse("").is_err() && Baseline::parse("{").is_err());
    }

    #[test]
    fn does_not_store_a_metric_without_a_value() {
        assert_eq!(Stored::of(&[f64::NAN, f64::NAN]), None);
        let same = Stored::of(&[195.84, 195.84, 195.84]).expect("values");
        assert_eq!(
            (same.mean, same.sd),
            (Some(195.84), Some(0.0)),
            "rounding error is not a deviation"
        );
        let never = Stored::of(&[f64::INFINITY]).expect("infinity is a valid value");
        assert_eq!((never.mean, never.n, never.not_reached), (None, 0, 1));
    }
}
