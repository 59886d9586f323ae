//! The verdict of a run: the answer to the scenario's question, as data and as sentences.
//!
//! `report::verdict` derives it. docs/methods.md, "Verdict", defines what *yes* and *no* mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the system keeps to its requirements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All requirements are met.
    Yes,
    /// At least one requirement is not met.
    No,
    /// The run does not decide it.
    #[default]
    NotCertain,
}

impl Answer {
    /// The words that people read.
    pub const fn words(self) -> &'static str {
        match self {
            Answer::Yes => "Yes",
            Answer::No => "No",
            Answer::NotCertain => "Not certain",
        }
    }
}

/// What the requirements are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requirements {
    /// The objectives of the scenario's `[slo]`.
    Objectives,
    /// The scenario has no objectives: the published limits and failures decide.
    #[default]
    PublishedLimits,
}

/// The verdict of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunVerdict {
    /// The answer.
    pub answer: Answer,
    /// What the requirements are.
    pub requirements: Requirements,
    /// The scenario's question; empty if it has none.
    pub question: String,
    /// What the answer means, in one sentence: `At least one published limit is exceeded.`
    pub statement: String,
    /// Why, the most important reason first; one reason at least.
    pub reasons: Vec<Reason>,
    /// What would be enough, or the command that finds it out, one sentence; empty if nothing
    /// needs to change.
    pub enough: String,
    /// How certain the answer is: one replication, or an interval, in one sentence.
    pub certainty: String,
}

/// A reason of a verdict: a limit, an objective or a failure with its components.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The reason in one sentence.
    pub sentence: String,
    /// Its part of the answer: `no` decides, `not-certain` leaves the answer open, `yes` supports
    /// it. `None` if it is mentioned and does not count: an exceeded published limit of a scenario
    /// with objectives.
    pub answer: Option<Answer>,
    /// What is compared: the name of a check, a metric or a cause (`instance_connections`,
    /// `latency_p95_s`, `failed_requests`).
    pub subject: String,
    /// The components, the worst first: `main/0`. Empty if the whole system is meant.
    pub components: Vec<String>,
    /// The value of each component; of the whole system one value, or none if none is known.
    pub values: Vec<f64>,
    /// The limit that they are compared with, if there is one.
    pub limit: Option<f64>,
    /// Unit of values and limit: `connections`, `s`, `share`.
    pub unit: String,
    /// When the limit is first exceeded, to the bin of the time series: seconds after the start of
    /// the measured period. `None` if no time series shows it.
    pub start_s: Option<f64>,
    /// Share of the measured period in which the limit is exceeded, 0..=1, if it is known.
    pub time_over_limit_share: Option<f64>,
    /// Name of the disruption during which alone the limit is exceeded, or after which it is
    /// exceeded first; `None` without one.
    pub disruption: Option<String>,
    /// Whether the limit is exceeded only while that disruption lasts.
    pub is_only_during_disruption: bool,
}
