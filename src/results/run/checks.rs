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
    /// What is compared, in words: `connections on an instance, peak`.
    pub what: String,
    /// What is compared.
    pub kind: CheckKind,
    /// Which part: `main/0`.
    pub part: String,
    /// Place of the gateway in `gateways`, from 0, if one gateway is checked, as a whole or for a
    /// site.
    pub gateway: Option<u32>,
    /// The simulated figure.
    pub simulated: f64,
    /// What it is compared with: the published number; where that is a default which the scenario
    /// changes (ports), the scenario's; where it presumes client settings that are faster in the
    /// scenario, the published number divided by how much they are faster.
    pub limit: f64,
    /// The published figure.
    pub published: f64,
    /// Unit of all.
    pub unit: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Document and date of the published figure.
    pub source: String,
    /// What it means for the user.
    pub note: String,
    /// Why the limit differs from the published number; empty if it does not.
    #[serde(default)]
    pub scaled_by: String,
}
