//! Simulated numbers beside the published ones, and what published numbers presume.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{CheckKind, Role};

/// A cycle of clients that is faster than the product's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FasterCycle {
    /// The cohort.
    pub cohort: String,
    /// Its primary site.
    pub site: String,
    /// Its clients.
    pub clients: u64,
    /// The setting: `policy_poll.interval`.
    pub setting: String,
    /// Role of the site systems that answer it.
    pub role: Role,
    /// Mean time between two times.
    pub seconds: f64,
    /// The default.
    pub default_s: f64,
}

impl FasterCycle {
    /// As how many clients with default settings one of the cohort counts: in direct proportion to
    /// the increase in activity.
    pub fn times(&self) -> f64 {
        if self.seconds > 0.0 { self.default_s / self.seconds } else { 1.0 }
    }
}

/// Verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within the limit.
    Within,
    /// Within, but by less than a fifth.
    Close,
    /// Beyond it.
    Exceeded,
    /// Less than is recommended.
    Below,
    /// Above a published estimate, which is no maximum.
    AboveEstimate,
}

impl Verdict {
    /// The word in tables.
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

/// A simulated number beside the published one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The quantity that is compared, as reports name it: `connections on an instance, peak`.
    pub check: String,
    /// The check.
    pub kind: CheckKind,
    /// The component that the check is for: `main/0`.
    pub component: String,
    /// Index into `gateways`, if the check is for one gateway (as a whole or for a site).
    pub gateway: Option<u32>,
    /// The simulated value.
    pub simulated: f64,
    /// The limit: the published number; the scenario's value where the published number is a
    /// default that the scenario changes (ports); the published number divided by the increase in
    /// activity where the scenario's client settings are faster than the defaults.
    pub limit: f64,
    /// The published number.
    pub published: f64,
    /// Unit of `simulated`, `limit` and `published`.
    pub unit: String,
    /// Whether the limit is kept.
    pub verdict: Verdict,
    /// Document and date of the published number.
    pub published_in: String,
    /// Consequence of exceeding the limit.
    pub note: String,
    /// Why the limit differs from the published number; empty if it does not.
    #[serde(default)]
    pub scaled_by: String,
}
