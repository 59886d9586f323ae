//! The published numbers that are compared, and how each is simulated.

use crate::results::{Finding, RunResult};
use crate::terms::Cause;

use super::{content, limits};

/// A published number.
pub(super) struct Case {
    /// Short name.
    pub id: &'static str,
    /// What is published.
    pub published: &'static str,
    /// Document and date.
    pub source: &'static str,
    /// How it is simulated; `None` if it cannot be.
    pub trial: Option<Trial>,
    /// What comes of it, or why it cannot be simulated.
    pub remark: &'static str,
}

/// How a published number is simulated.
pub(super) struct Trial {
    /// What is measured.
    pub what: &'static str,
    /// Unit of what is measured.
    pub unit: &'static str,
    /// The scenario.
    pub scenario: &'static str,
    /// For each run, what is set differently in the scenario.
    pub runs: &'static [&'static [&'static str]],
    /// From one replication of all runs to the number.
    pub measure: fn(&[RunResult]) -> f64,
    /// Is a mean with this half-width what it should be?
    pub is_right: fn(f64, f64) -> bool,
    /// What it is called if it is.
    pub finding: Finding,
}

/// All cases, in the order of the table.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = limits::cases();
    cases.extend(content::cases());
    cases.extend(not_simulated());
    cases
}

fn not_simulated() -> Vec<Case> {
    let case = |id, published, source, remark| Case { id, published, source, trial: None, remark };
    vec![
        case(
            "clients-per-distribution-point",
            "4,000 clients a distribution point, depending on network and hardware",
            "size-and-scale-numbers.md, 04/05/2021",
            "no throughput of a distribution point is published: its bandwidth here is assumed, so \
             what it carries would say nothing. A run's checks compare the number of clients.",
        ),
        case(
            "clients-per-primary-site",
            "150,000 clients a primary site, 700,000 a hierarchy",
            "size-and-scale-numbers.md, 04/05/2021",
            "the site server and SQL Server, which limit it, are not in the model. A run's checks \
             compare the number of clients.",
        ),
        case(
            "software-center-delay",
            "up to 3 s of additional delay in Software Center with a scale set",
            "plan-cloud-management-gateway.md, 04/08/2022",
            "what a user does in Software Center is no request of this model.",
        ),
        case(
            "availability-99-95",
            "99.95 % with two or more instances",
            "availability.md, 02/18/2021",
            "a promise about Azure's hardware, not about the gateway: how often instances fail is \
             an input here (disruption with time_to_failure).",
        ),
        case(
            "usage-data-lag",
            "usage data comes hourly and may lag by up to 24 hours",
            "monitor-clients-cloud-management-gateway.md, 04/08/2022",
            "the threshold is checked against what has left until then: a real gateway may stop \
             later.",
        ),
    ]
}

/// Sum of the failed attempts for a cause, channels included.
pub(super) fn failed_for(result: &RunResult, cause: Cause) -> f64 {
    let found = result.failures.iter().find(|failure| failure.cause == cause);
    found.map_or(0.0, |failure| (failure.attempts + failure.of_channel) as f64)
}

/// The share of the time that a station's servers were busy in the busiest minute.
pub(super) fn busiest(result: &RunResult, station: &str) -> f64 {
    let found = result.stations.iter().find(|one| one.name == station);
    found.map_or(f64::NAN, |one| 100.0 * one.utilisation_peak)
}
