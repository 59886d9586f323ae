//! The results of one run as plain data: what `summary.json` holds (all but the time series and
//! the latency distribution, which are tables) and every report is drawn from.
//!
//! Durations are seconds, rates are per second, sizes are bytes, shares are 0..=1; field names
//! end with the unit where it is not evident. Times of the series are seconds since the start of
//! the measured period. Nothing here knows the model: reports are pure functions of these types.

mod checks;
mod deployments;
mod disruptions;
mod mean_time_series;
mod objectives;
mod parts;
mod requests;
mod scenario;
mod time_series;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost::{Cost, Flows};
use super::replications::Replicated;
use super::verdict::RunVerdict;

pub use checks::*;
pub use deployments::*;
pub use disruptions::*;
pub use mean_time_series::*;
pub use objectives::*;
pub use parts::*;
pub use requests::*;
pub use scenario::*;
pub use time_series::*;

/// Version of this schema, and of what the same scenario and seed give: raised when results
/// change.
pub const RESULTS_VERSION: u32 = 3;

/// Everything one replication found.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Version of results: raised when the same scenario and seed give others, or their form
    /// changes by more than additions.
    pub results_version: u32,
    /// What was simulated.
    pub scenario: ScenarioInfo,
    /// The answer to the scenario's question; `None` until [`verdict`](crate::verdict) derives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RunVerdict>,
    /// Whether it was simulated to its end; what was stopped before covers less.
    pub is_complete: bool,
    /// Events of the engine processed, warm-up included.
    pub events: u64,
    /// Requests of clients and open sources together. Opening and keeping notification channels is
    /// in `kinds` only: nobody waits for it.
    pub requests: RequestCounts,
    /// By kind, those of the notification channel too, without kinds that never occurred.
    pub kinds: Vec<KindResult>,
    /// Requests by cohort and open source.
    pub origins: Vec<OriginResult>,
    /// Client-seen latency of requests: first attempt to success.
    pub latency: Latency,
    /// How old clients' policy was: of every client that was on, at looks every hour, how long ago
    /// it had asked for policy with success; if it had not yet, since the simulation began.
    pub policy_age: Latency,
    /// Time average of requests waiting to be tried again.
    pub retrying_mean: f64,
    /// Points of the distribution of that latency: (seconds, share not above), rising.
    #[serde(skip)]
    pub latency_distribution: Vec<(f64, f64)>,
    /// Failed attempts and given-up requests by cause, every cause, most frequent first.
    pub failures: Vec<FailureCount>,
    /// Every station with queue or service.
    pub stations: Vec<StationResult>,
    /// Every gateway.
    pub gateways: Vec<GatewayResult>,
    /// Every VM instance.
    pub instances: Vec<InstanceResult>,
    /// Every connection point.
    pub connection_points: Vec<ConnectionPointResult>,
    /// Every management point.
    pub management_points: Vec<SiteSystemResult>,
    /// Every software update point.
    pub software_update_points: Vec<SiteSystemResult>,
    /// Every distribution point.
    pub distribution_points: Vec<DistributionPointResult>,
    /// Every deployment.
    pub deployments: Vec<DeploymentResult>,
    /// How unevenly connections were spread after disruptions of gateways' instances.
    pub skews: Vec<SkewResult>,
    /// Bytes by flow.
    pub flows: Flows,
    /// What it costs, by the scenario's price book.
    pub cost: Cost,
    /// The busiest minutes.
    pub busiest: BusiestMinutes,
    /// The last tenth of the measured period; `None` if the run was stopped before.
    pub last_tenth: Option<LastTenth>,
    /// The worst five minutes; `None` if no request ever took any time.
    pub worst_five_minutes: Option<WorstWindow>,
    /// Every occurrence of a disruption that touched the measured period, by start, the first
    /// 10,000.
    pub disruptions: Vec<DisruptionResult>,
    /// Cycles of clients that are faster than the product's defaults, which published numbers of
    /// clients presume: the fastest of each cohort and role.
    pub faster_cycles: Vec<FasterCycle>,
    /// Simulated against published numbers.
    pub checks: Vec<Check>,
    /// Time series in bins.
    #[serde(skip)]
    pub series: TimeSeries,
    /// A close look at the disruption that cost the most connections; `None` without disruptions.
    #[serde(skip)]
    pub storm: Option<StormCloseUp>,
    /// Figures over replications, if there are several; everything else is of the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicated: Option<Replicated>,
    /// What was to be achieved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<ObjectiveResult>,
    /// Conservation: checked at the end of every run.
    pub audit: Audit,
    /// What the user should know about these results.
    pub warnings: Vec<String>,
}

impl RunResult {
    /// The station at a place of the list, which its parts refer to.
    pub fn station(&self, place: u32) -> Option<&StationResult> {
        self.stations.get(place as usize)
    }

    /// The gateway that an instance belongs to.
    pub fn gateway_of(&self, instance: &InstanceResult) -> Option<&GatewayResult> {
        self.gateways.iter().find(|one| one.name == instance.gateway)
    }

    /// Stations whose servers are limited, so that they can be busy, with their utilisation by bin.
    pub fn limited_stations(&self) -> impl Iterator<Item = (&StationResult, &Column)> + Clone {
        let all = self.stations.iter().zip(&self.series.utilisation);
        all.filter(|(station, _)| station.servers.is_some())
    }
}

/// The busiest of the minutes that follow one another from the start of the measured period: all
/// peaks of levels and rates are means over such a minute, whatever the length of the run and of
/// the bins of the time series. A last minute that is cut short counts as if nothing had come after
/// it; a run shorter than a minute is one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BusiestMinutes {
    /// Requests issued per second in the minute in which most were.
    pub issued_per_second: f64,
    /// Its start, seconds after the start of the measured period.
    pub issued_start_seconds: f64,
    /// Clients that use a gateway, mean of the minute in which they were most.
    pub gateway_clients: f64,
    /// Its start, the same way.
    pub gateway_clients_start_seconds: f64,
}

/// What happened in the last tenth of the measured period: what does not end by itself is seen
/// there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LastTenth {
    /// Its start, seconds after the start of the measured period.
    pub start_seconds: f64,
    /// Attempts begun.
    pub attempts: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Role and name of the station that was busiest: `management point mp`.
    pub busiest_station: Option<String>,
    /// Its place in `stations`, from 0.
    pub station: Option<u32>,
    /// Its mean utilisation.
    pub utilisation: f64,
}

/// The worst five minutes: those with the most requests unanswered on average.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WorstWindow {
    /// Start, seconds after the start of the measured period.
    pub start_seconds: f64,
    /// How long they are: the last window may be shorter.
    pub seconds: f64,
    /// Time average of requests under way or waiting for a retry.
    pub unanswered_mean: f64,
    /// Requests answered in it.
    pub completed: u64,
    /// Attempts that failed in it.
    pub failed_attempts: u64,
    /// Latency of the answered ones.
    pub latency: Latency,
}

/// The conservation laws: each line says what was compared.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Sums that were compared.
    pub lines: Vec<AuditLine>,
}

/// One conservation law.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuditLine {
    /// What must be equal.
    pub law: String,
    /// One side.
    pub left: f64,
    /// The other side.
    pub right: f64,
    /// Are they equal (exactly, or within what the law's rounding allows)?
    pub holds: bool,
}

impl Audit {
    /// Do all laws hold?
    pub fn holds(&self) -> bool {
        self.lines.iter().all(|line| line.holds)
    }
}
