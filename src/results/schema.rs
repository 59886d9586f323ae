//! The results of one run as plain data: what `summary.json` holds (all but the time series and
//! the latency distribution, which are tables) and every report is drawn from.
//!
//! Durations are seconds, rates are per second, sizes are bytes, shares are 0..=1; field names
//! end with the unit where it is not evident. Times of the series are seconds since the start of
//! the measured period. Nothing here knows the model: reports are pure functions of these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{PlanNote, PriceBook};

use super::check::{Check, FasterCycle};
use super::clock::UtcOffsetChange;
use super::cost::{Cost, Flows};
use super::deployments::DeploymentResult;
use super::json::number_or_null;
use super::objectives::ObjectiveResult;
use super::parts::{
    ConnectionPointResult, DistributionPointResult, GatewayResult, InstanceResult,
    SiteSystemResult, SkewResult, StationResult,
};
use super::replications::Replicated;
use super::series::{Column, TimeSeries};
use super::storm::StormCloseUp;

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

/// What was simulated.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioInfo {
    /// Name.
    pub name: String,
    /// The question it asks, one sentence; may be empty.
    pub question: String,
    /// Start of the measured period, civil: `2026-11-23T08:00`.
    pub start: String,
    /// Seconds from 1970-01-01T00:00 UTC to the start of the measured period.
    pub start_unix_seconds: i64,
    /// Name of the time zone civil times are shown in.
    pub time_zone: String,
    /// Its offset from UTC at the start.
    pub utc_offset_seconds: i32,
    /// Clock changes there during the run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub utc_offset_changes: Vec<UtcOffsetChange>,
    /// Measured seconds.
    pub duration_seconds: f64,
    /// Seconds simulated before.
    pub warm_up_seconds: f64,
    /// Seed.
    pub seed: u64,
    /// Which replication under this seed.
    pub replication: u32,
    /// Clients of all cohorts.
    pub clients: u64,
    /// Clients by primary site, in order of the scenario.
    pub sites: Vec<SiteInfo>,
    /// Prices.
    pub prices: PriceBook,
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Where its values come from.
    pub values: ValueCounts,
    /// What a plan should know beyond what is simulated; warnings first.
    pub plan: Vec<PlanNote>,
}

/// A primary site of the scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SiteInfo {
    /// Name.
    pub name: String,
    /// Clients that are assigned to it.
    pub clients: u64,
}

/// How many values of a scenario come from where.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ValueCounts {
    /// Written in the scenario, in what it extends, or on the command line.
    pub written: u32,
    /// Defaults that Microsoft publishes.
    pub published: u32,
    /// Defaults computed from published numbers.
    pub derived: u32,
    /// Defaults that are assumed.
    pub assumed: u32,
    /// Defaults that are no facts but choices (seed, duration, how many instances).
    pub settings: u32,
}

impl ScenarioInfo {
    /// Civil time so many seconds after the start of the measured period, to the second:
    /// `2026-11-23T08:00:00`.
    pub fn civil(&self, seconds: f64) -> String {
        civil_text(self.civil_seconds(seconds))
    }

    /// The same as seconds after 1970-01-01T00:00 of the same calendar.
    pub(super) fn civil_seconds(&self, seconds: f64) -> i64 {
        let whole = seconds.floor() as i64;
        self.start_unix_seconds + i64::from(self.utc_offset_at(seconds)) + whole
    }

    /// Offset from UTC so many seconds after the start of the measured period.
    pub fn utc_offset_at(&self, seconds: f64) -> i32 {
        let changes = &self.utc_offset_changes;
        let last = changes.iter().rev().find(|change| change.at_seconds <= seconds);
        let before = changes.first().map(|first| first.before_seconds);
        last.map(|change| change.after_seconds).or(before).unwrap_or(self.utc_offset_seconds)
    }
}

/// Civil time from such seconds; nothing beyond the calendar.
pub(super) fn civil_text(civil_seconds: i64) -> String {
    jiff::Timestamp::from_second(civil_seconds)
        .map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        .unwrap_or_default()
}

/// What became of requests. A request lives from its first attempt to its outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RequestCounts {
    /// Begun in the measured period.
    pub issued: u64,
    /// In flight when it began.
    pub in_flight_at_start: u64,
    /// Answered.
    pub completed: u64,
    /// Given up after the last attempt.
    pub failed: u64,
    /// Dropped because the client went away.
    pub abandoned: u64,
    /// Still under way or waiting for a retry at the end.
    pub in_flight_at_end: u64,
    /// Attempts begun.
    pub attempts: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Answers that came after the client had given the attempt up: work for nothing.
    pub wasted: u64,
    /// Completed a second.
    pub throughput_per_second: f64,
}

/// Latency, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// How many were recorded.
    pub count: u64,
    /// Mean.
    #[serde(deserialize_with = "number_or_null")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(deserialize_with = "number_or_null")]
    pub standard_deviation: f64,
    /// Median.
    #[serde(deserialize_with = "number_or_null")]
    pub p50: f64,
    /// 90 % quantile.
    #[serde(deserialize_with = "number_or_null")]
    pub p90: f64,
    /// 95 % quantile.
    #[serde(deserialize_with = "number_or_null")]
    pub p95: f64,
    /// 99 % quantile.
    #[serde(deserialize_with = "number_or_null")]
    pub p99: f64,
    /// 99.9 % quantile.
    #[serde(deserialize_with = "number_or_null")]
    pub p999: f64,
    /// Longest.
    #[serde(deserialize_with = "number_or_null")]
    pub max: f64,
}

impl Latency {
    /// Of nothing: JSON's null, an empty cell.
    pub const NONE: Latency = Latency {
        count: 0,
        mean: f64::NAN,
        standard_deviation: f64::NAN,
        p50: f64::NAN,
        p90: f64::NAN,
        p95: f64::NAN,
        p99: f64::NAN,
        p999: f64::NAN,
        max: f64::NAN,
    };
}

/// Where a kind of request is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindGroup {
    /// Among the run's requests.
    Request,
    /// It keeps the notification channel.
    Channel,
    /// A download lasts as long as its content is large.
    Download,
}

/// One request kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KindResult {
    /// Name of the kind (`policy_poll`).
    pub kind: String,
    /// Where it is counted: only some are among the run's `requests`.
    pub group: KindGroup,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
    /// Where that time goes, on average.
    pub way: WayResult,
}

impl RunResult {
    /// Stations whose servers are limited, so that they can be busy, with their utilisation by bin.
    pub fn limited_stations(&self) -> impl Iterator<Item = (&StationResult, &Column)> + Clone {
        let all = self.stations.iter().zip(&self.series.utilisation);
        all.filter(|(station, _)| station.servers.is_some())
    }
}

/// Where the time of an answered request goes, on average; the parts add up to its mean latency.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct WayResult {
    /// Places that requests came to in the attempt that was answered, in order.
    pub places: Vec<PlaceResult>,
    /// Waiting to be tried again.
    pub retrying_seconds: f64,
    /// All else: distances, transfer, set-up of connections, and time lost with attempts that
    /// failed.
    pub between_seconds: f64,
}

/// What a request spends at one place, on average.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct PlaceResult {
    /// `gateway instance`, `connection point`, `site system`, `database`, `storage`.
    pub place: String,
    /// Waiting.
    pub wait_seconds: f64,
    /// In service.
    pub service_seconds: f64,
}

/// One cohort or open source.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OriginResult {
    /// Name in the scenario.
    pub name: String,
    /// Clients; zero for an open source.
    pub clients: u64,
    /// Time average of clients that are on and on the internet.
    pub internet_mean: f64,
    /// Most of them at once.
    pub internet_peak: u64,
    /// Time average of clients that are on and on VPN.
    pub vpn_mean: f64,
    /// Time average of clients that are on and on the intranet.
    pub intranet_mean: f64,
    /// Time average of clients that use a gateway, wherever they are.
    pub gateway_mean: f64,
    /// Share of the time in which clients had the notification channel that they wanted, from the
    /// first try to open it; `None` if nobody wanted one.
    pub channel_availability: Option<f64>,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
}

/// How often one cause made attempts and requests fail.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FailureCount {
    /// Name of the cause (`no_free_port`).
    pub cause: String,
    /// What it means, in a phrase.
    pub meaning: String,
    /// Attempts at requests that failed for it.
    pub attempts: u64,
    /// Requests given up whose last attempt failed for it.
    pub requests: u64,
    /// Attempts to open or keep a notification channel that failed for it.
    pub of_channel: u64,
    /// Downloads that were broken off for it.
    pub of_downloads: u64,
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

/// One occurrence of a disruption, and the reconnection storm after it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DisruptionResult {
    /// Name in the scenario.
    pub name: String,
    /// What happened: `update domain 2 of main`, `connection point cp-1`.
    pub what: String,
    /// Seconds after the start of the measured period; negative in the warm-up.
    pub start_seconds: f64,
    /// When the part came back; `None` if not before the end.
    pub end_seconds: Option<f64>,
    /// Client connections lost at its start.
    pub connections_lost: u64,
    /// Clients that used a gateway when it began.
    pub gateway_clients: u64,
    /// Most connections tried a second, in steps of ten seconds, until recovery or the end: what
    /// comes in between takes part in it.
    pub peak_connect_attempts_per_second: f64,
    /// Most connections made a second, the same way.
    pub peak_connects_per_second: f64,
    /// Connections made a second in the ten minutes before it, or before the first of a chain.
    pub usual_connects_per_second: f64,
    /// Seconds from its start until the backlog is gone for two minutes: no more clients without
    /// their notification channel, and no more requests waiting for a retry, than before and 1 %
    /// of the clients that use a gateway. Zero if there was no backlog within five minutes, `None`
    /// if it was not gone before the end or the next disruption.
    pub recovery_seconds: Option<f64>,
    /// Attempts that failed until recovery.
    pub failed_attempts: u64,
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
