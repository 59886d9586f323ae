//! Comparison of simulated values with published numbers, and the conditions under which published
//! numbers apply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{CheckKind, Role};

/// Client cycle that is faster than the product default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FasterCycle {
    /// Name of the cohort.
    pub cohort: String,
    /// Primary site of the cohort.
    pub site: String,
    /// Number of clients in the cohort.
    pub clients: u64,
    /// Setting that defines the cycle, such as `policy_poll.interval`.
    pub setting: String,
    /// Role of the site systems that serve the cycle.
    pub role: Role,
    /// Mean time between two runs of the cycle, in seconds.
    pub seconds: f64,
    /// Product default of this time, in seconds.
    pub default_s: f64,
}

impl FasterCycle {
    /// Returns the number of clients with default settings that cause the same load as one client
    /// of the cohort: the ratio of the default cycle time to the actual one.
    pub fn times(&self) -> f64 {
        if self.seconds > 0.0 { self.default_s / self.seconds } else { 1.0 }
    }
}

/// Verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The value is within the limit.
    Within,
    /// The value is within the limit by less than 20 %.
    Close,
    /// The value exceeds the limit.
    Exceeded,
    /// The value is below the recommended minimum.
    Below,
    /// The value is above a published estimate, which is not a maximum.
    AboveEstimate,
}

impl Verdict {
    /// Returns the word used in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Within => "within",
            Verdict::Close => "close",
            Verdict::Exceeded => "exceeded",
            Verdict::Below => "below",
            Verdict::AboveEstimate => "above estimate",
        }
    }
}

/// Comparison of a simulated value with a published number.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Quantity that is compared, as named in reports, such as `connections on an instance, peak`.
    pub check: String,
    /// Kind of the check.
    pub kind: CheckKind,
    /// Component that the check is for, such as `main/0`.
    pub component: String,
    /// Index into `gateways` if the check is for one gateway (as a whole or for a site); otherwise
    /// `None`.
    pub gateway: Option<u32>,
    /// Simulated value.
    pub simulated: f64,
    /// Limit that applies. It is the published number, with two exceptions: the value of the
    /// scenario if the published number is a default that the scenario changes (ports), and the
    /// published number divided by the increase in activity if the scenario has faster client
    /// cycles than the defaults.
    pub limit: f64,
    /// Published number.
    pub published: f64,
    /// Unit of `simulated`, `limit` and `published`.
    pub unit: String,
    /// Result of the comparison.
    pub verdict: Verdict,
    /// Document and date of the published number.
    pub published_in: String,
    /// Consequence of exceeding the limit.
    pub note: String,
    /// Reason why the limit differs from the published number; empty if it does not.
    #[serde(default)]
    pub scaled_by: String,
}
