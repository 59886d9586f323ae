//! Result types of a verdict: the answer of a run to the scenario's question, with its reasons.
//!
//! `report::verdict` derives the verdict. The section "Verdict" of docs/methods.md defines what
//! *yes* and *no* mean.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Answer of a verdict: whether the system meets its requirements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All requirements are met.
    Yes,
    /// At least one requirement is not met.
    No,
    /// The run does not show whether the requirements are met.
    #[default]
    NotCertain,
}

impl Answer {
    /// Returns the words used in texts.
    pub const fn words(self) -> &'static str {
        match self {
            Answer::Yes => "Yes",
            Answer::No => "No",
            Answer::NotCertain => "Not certain",
        }
    }
}

/// Requirements that a verdict checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requirements {
    /// Objectives in the section `[slo]` of the scenario.
    Objectives,
    /// Published limits and the absence of failures, because the scenario has no objectives.
    #[default]
    PublishedLimits,
}

/// Verdict of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunVerdict {
    /// Answer: yes, no or not certain.
    pub answer: Answer,
    /// Requirements that the verdict checks.
    pub requirements: Requirements,
    /// Question of the scenario; empty if the scenario does not state one.
    pub question: String,
    /// Meaning of the answer in one sentence: `At least one published limit is exceeded.`
    pub statement: String,
    /// Reasons for the answer, the most important first; at least one.
    pub reasons: Vec<Reason>,
    /// Sentence that recommends a sufficient change, or a command that finds one; empty if nothing
    /// needs to change.
    pub enough: String,
    /// Sentence that states how certain the answer is: from one replication, or with an interval.
    pub certainty: String,
    /// Sentence that counts the assumed values of the scenario and says how to find the one to
    /// measure next; empty in results of versions without this key.
    #[serde(default)]
    pub assumptions: String,
}

/// Reason for a verdict: a limit, an objective or a failure, with the components concerned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Reason in one sentence.
    pub sentence: String,
    /// Effect of the reason on the answer: `no` decides the answer, `not-certain` leaves it open,
    /// `yes` supports it. `None` if the reason has no effect, such as an exceeded published limit
    /// in a scenario with objectives.
    pub answer: Option<Answer>,
    /// Subject of the reason: the name of a check, a metric or a cause (`instance_connections`,
    /// `latency_p95_s`, `failed_requests`).
    pub subject: String,
    /// Names of the components, such as `main/0`, the worst first; empty if the reason applies to
    /// the whole system.
    pub components: Vec<String>,
    /// Value of each component; for the whole system one value, or none if the value is unknown.
    pub values: Vec<f64>,
    /// Limit that the values are compared with; `None` without a limit.
    pub limit: Option<f64>,
    /// Unit of the values and the limit: `connections`, `s`, `share`.
    pub unit: String,
    /// Start of the first bin of the time series in which the limit is exceeded, in seconds from
    /// the start of the measured period; `None` if no time series shows it.
    pub start_s: Option<f64>,
    /// Share of the measured period in which the limit is exceeded, 0..=1; `None` if unknown.
    pub time_over_limit_share: Option<f64>,
    /// Name of the disruption that is in progress when the limit is first exceeded or, if there is
    /// none, of the last disruption before that time; `None` without an earlier disruption.
    pub disruption: Option<String>,
    /// Whether the limit is exceeded only during this disruption.
    pub is_only_during_disruption: bool,
}
