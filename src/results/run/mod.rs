//! Results of one run as plain data. `summary.json` contains them, except the time series and the
//! latency distribution, which are tables. All reports are pure functions of these types.
//!
//! Durations are in seconds, rates per second, sizes in bytes, shares 0..=1; field names end with
//! the unit. Times are in seconds from the start of the measured period.

mod checks;
mod components;
mod deployments;
mod disruptions;
mod lines;
mod mean_time_series;
mod network;
mod objectives;
mod requests;
mod scenario;
mod time_series;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bill::Bill;
use super::cost::{Cost, Flows};
use super::replications::Replicated;
use super::verdict::RunVerdict;

pub use checks::*;
pub use components::*;
pub use deployments::*;
pub use disruptions::*;
pub use lines::*;
pub use mean_time_series::*;
pub use network::*;
pub use objectives::*;
pub use requests::*;
pub use scenario::*;
pub use time_series::*;

/// Results version: raised when the same scenario and seed give different results, or when columns
/// or keys are renamed or removed.
pub const RESULTS_VERSION: u32 = 5;

/// All results of one replication.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Results version: raised when the same scenario and seed give different results, or when
    /// columns or keys are renamed or removed.
    pub results_version: u32,
    /// Scenario that was simulated.
    pub scenario: ScenarioInfo,
    /// Verdict: the answer to the scenario's question; `None` until [`verdict`](crate::verdict)
    /// derives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RunVerdict>,
    /// Whether the run was simulated to its end. The results of a stopped run cover a shorter
    /// period.
    pub is_complete: bool,
    /// Number of events processed, including the warm-up.
    pub events: u64,
    /// Requests of all clients and open sources. Requests that open or keep a notification channel
    /// are in `kinds` only, because no user waits for them.
    pub requests: RequestCounts,
    /// Requests by kind, including those of the notification channel; kinds without requests are
    /// omitted.
    pub kinds: Vec<KindResult>,
    /// Requests by cohort and open source.
    pub origins: Vec<OriginResult>,
    /// Latency of requests, from the first attempt to the response.
    pub latency: Latency,
    /// Policy age: time since the last successful policy poll (or since the start of the
    /// simulation), sampled every hour for every client that is on.
    pub policy_age: Latency,
    /// Mean number of requests waiting for a retry.
    pub waiting_for_retry_mean: f64,
    /// Points of the cumulative distribution of latency: (seconds, share), ascending.
    #[serde(skip)]
    pub latency_distribution: Vec<(f64, f64)>,
    /// Failed attempts and failed requests by cause, most frequent first.
    pub failures: Vec<FailureCount>,
    /// Results of every station.
    pub stations: Vec<StationResult>,
    /// Results of every gateway.
    pub gateways: Vec<GatewayResult>,
    /// Results of every VM instance.
    pub instances: Vec<InstanceResult>,
    /// Results of every connection point.
    pub connection_points: Vec<ConnectionPointResult>,
    /// Results of every management point.
    pub management_points: Vec<SiteSystemResult>,
    /// Results of every software update point.
    pub software_update_points: Vec<SiteSystemResult>,
    /// Results of every distribution point.
    pub distribution_points: Vec<DistributionPointResult>,
    /// Results of every shared line and VPN.
    #[serde(default)]
    pub lines: Vec<LineResult>,
    /// Results of every deployment.
    pub deployments: Vec<DeploymentResult>,
    /// Imbalance of connections after disruptions of VM instances.
    pub skews: Vec<SkewResult>,
    /// Bytes of gateways, their storage and other content sources, from which the bill is computed.
    pub flows: Flows,
    /// All bytes by sender, receiver and network.
    #[serde(default)]
    pub network: NetworkResult,
    /// Cost of a month by item and flow, with the scenario's prices.
    pub cost: Cost,
    /// Bill of a month and cost of the simulated event, by price tier.
    #[serde(default)]
    pub bill: Bill,
    /// Busiest minutes of the run.
    pub busiest: BusiestMinutes,
    /// Results of the last tenth of the measured period; `None` if the run was interrupted before
    /// it.
    pub last_tenth: Option<LastTenth>,
    /// Worst five minutes of the run; `None` without requests.
    pub worst_5min: Option<WorstWindow>,
    /// Occurrences of disruptions that overlap the measured period, ordered by start; at most
    /// 10,000.
    pub disruptions: Vec<DisruptionResult>,
    /// Client cycles that are faster than the product defaults, on which the published numbers are
    /// based: the fastest cycle of each cohort and role.
    pub faster_cycles: Vec<FasterCycle>,
    /// Simulated values compared with published numbers.
    pub checks: Vec<Check>,
    /// Time series.
    #[serde(skip)]
    pub series: TimeSeries,
    /// Time series around the disruption with the most lost connections; `None` without
    /// disruptions.
    #[serde(skip)]
    pub storm: Option<ReconnectionStorm>,
    /// Metrics over replications, if there are several; all other fields describe the first
    /// replication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicated: Option<Replicated>,
    /// Status of the objectives in `[slo]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<ObjectiveResult>,
    /// Conservation laws, checked at the end of every run.
    pub audit: Audit,
    /// Warnings about these results.
    pub warnings: Vec<String>,
}

impl RunResult {
    /// Returns the station at an index of `stations`; `None` if the index is too large.
    pub fn station(&self, index: u32) -> Option<&StationResult> {
        self.stations.get(index as usize)
    }

    /// Returns the gateway of an instance.
    pub fn gateway_of(&self, instance: &InstanceResult) -> Option<&GatewayResult> {
        self.gateways.iter().find(|one| one.name == instance.gateway)
    }

    /// Returns the stations with a limited number of servers, and their utilisation over time.
    pub fn limited_stations(&self) -> impl Iterator<Item = (&StationResult, &Column)> + Clone {
        let all = self.stations.iter().zip(&self.series.utilisation);
        all.filter(|(station, _)| station.servers.is_some())
    }
}

/// Busiest minutes of the run. Peaks of levels and rates are means over one-minute intervals that
/// start with the measured period; they do not depend on the interval of the time series. A last
/// interval shorter than a minute is padded with zeros; a run shorter than a minute is one
/// interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BusiestMinutes {
    /// Maximum over the minutes of the requests issued per second.
    pub issued_per_s: f64,
    /// Start of that minute, in seconds from the start of the measured period.
    pub issued_start_s: f64,
    /// Maximum over the minutes of the mean number of clients that use a gateway.
    pub gateway_clients: f64,
    /// Start of that minute, in seconds from the start of the measured period.
    pub gateway_clients_start_s: f64,
}

/// Results of the last tenth of the measured period, which reveal a retry storm that does not
/// subside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LastTenth {
    /// Start of the last tenth, in seconds from the start of the measured period.
    pub start_s: f64,
    /// Attempts started.
    pub attempts: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Role and name of the busiest station: `management point mp`.
    pub busiest_station: Option<String>,
    /// Index of the busiest station in `stations`.
    pub station: Option<u32>,
    /// Mean utilisation of the busiest station.
    pub utilisation_mean_share: f64,
}

/// Worst five minutes of a run: the window with the highest mean number of outstanding requests.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WorstWindow {
    /// Start of the window, in seconds from the start of the measured period.
    pub start_s: f64,
    /// Length of the window in seconds; the last window may be shorter than five minutes.
    pub seconds: f64,
    /// Mean number of outstanding requests: in flight or waiting for a retry.
    pub outstanding_mean: f64,
    /// Requests completed in the window.
    pub completed: u64,
    /// Attempts that failed in the window.
    pub failed_attempts: u64,
    /// Latency of the completed requests.
    pub latency: Latency,
}

/// Results of the conservation checks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// Conservation laws that were checked.
    pub lines: Vec<AuditLine>,
}

/// Check of one conservation law.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuditLine {
    /// Statement of the conservation law.
    pub law: String,
    /// Left side of the equation.
    pub left: f64,
    /// Right side of the equation.
    pub right: f64,
    /// Whether both sides are equal, exactly or within the allowed rounding.
    pub holds: bool,
}

impl Audit {
    /// Returns whether all conservation laws hold.
    pub fn holds(&self) -> bool {
        self.lines.iter().all(|line| line.holds)
    }
}
