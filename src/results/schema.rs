//! The results of one run as plain data: what `summary.json` holds (all but the time series and
//! the latency distribution, which are tables) and every report is drawn from.
//!
//! Durations are seconds, rates are per second, sizes are bytes, shares are 0..=1; field names
//! end with the unit where it is not evident. Times of the series are seconds since the start of
//! the measured period. Nothing here knows the model: reports are pure functions of these types.

use serde::Serialize;

/// Version of this schema, and of what the same scenario and seed give: raised when results
/// change.
pub const RESULTS_VERSION: u32 = 1;

/// Everything one replication found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunResult {
    /// [`RESULTS_VERSION`].
    pub results_version: u32,
    /// What was simulated.
    pub scenario: ScenarioInfo,
    /// Whether it was simulated to its end; what was stopped before covers less.
    pub is_complete: bool,
    /// Events of the engine processed, warm-up included.
    pub events: u64,
    /// Requests of clients and open sources together.
    pub requests: RequestCounts,
    /// The same by request kind, without kinds that never occurred.
    pub kinds: Vec<KindResult>,
    /// The same by cohort and open source.
    pub origins: Vec<OriginResult>,
    /// Client-seen latency of all requests but keep-alives: first attempt to success.
    pub latency: Latency,
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
    pub management_points: Vec<ManagementPointResult>,
    /// The worst five minutes; `None` if nothing was answered or failed.
    pub worst_five_minutes: Option<WorstWindow>,
    /// Every occurrence of a disruption that touched the measured period, by start.
    pub disruptions: Vec<DisruptionResult>,
    /// Simulated against published numbers.
    pub checks: Vec<Check>,
    /// Time series in bins.
    #[serde(skip)]
    pub series: TimeSeries,
    /// Conservation: checked at the end of every run.
    pub audit: Audit,
    /// What the user should know about these results.
    pub warnings: Vec<String>,
}

/// What was simulated.
#[derive(Clone, Debug, Default, Serialize)]
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
    /// Hash of the resolved scenario.
    pub hash: String,
    /// Where its values come from.
    pub values: ValueCounts,
}

/// How many values of a scenario come from where.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ValueCounts {
    /// Written in the scenario, in what it extends, or on the command line.
    pub written: u32,
    /// Defaults that Microsoft publishes.
    pub published: u32,
    /// Defaults computed from published numbers.
    pub derived: u32,
    /// Defaults that are assumed.
    pub assumed: u32,
}

impl ScenarioInfo {
    /// Civil time so many seconds after the start of the measured period, to the second:
    /// `2026-11-23T08:00:00`.
    pub fn civil(&self, seconds: f64) -> String {
        let whole = seconds.floor() as i64;
        let local = self.start_unix_seconds + i64::from(self.utc_offset_seconds) + whole;
        jiff::Timestamp::from_second(local)
            .map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string())
            .unwrap_or_default()
    }
}

/// What became of requests. A request lives from its first attempt to its outcome.
#[derive(Clone, Debug, Default, Serialize)]
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
    /// Time average of requests waiting to be tried again.
    pub retrying_mean: f64,
    /// Completed a second.
    pub throughput_per_second: f64,
}

/// Latency, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// How many were recorded.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub standard_deviation: f64,
    /// Median.
    pub p50: f64,
    /// 90 % quantile.
    pub p90: f64,
    /// 95 % quantile.
    pub p95: f64,
    /// 99 % quantile.
    pub p99: f64,
    /// 99.9 % quantile.
    pub p999: f64,
    /// Longest.
    pub max: f64,
}

/// One request kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindResult {
    /// Name of the kind (`policy_poll`).
    pub kind: String,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
}

/// One cohort or open source.
#[derive(Clone, Debug, Serialize)]
pub struct OriginResult {
    /// Name in the scenario.
    pub name: String,
    /// Clients; zero for an open source.
    pub clients: u64,
    /// Time average of clients that are on and on the internet.
    pub internet_mean: f64,
    /// Time average of clients that are on and on the intranet.
    pub intranet_mean: f64,
    /// Share of the time of clients on the internet with an open notification channel; `None`
    /// if there is no channel or nobody was on the internet.
    pub channel_availability: Option<f64>,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
}

/// How often one cause made attempts and requests fail.
#[derive(Clone, Debug, Serialize)]
pub struct FailureCount {
    /// Name of the cause (`no_free_port`).
    pub cause: String,
    /// What it means, in a phrase.
    pub meaning: String,
    /// Attempts that failed for it.
    pub attempts: u64,
    /// Requests given up whose last attempt failed for it.
    pub requests: u64,
}

/// One station: servers and a queue.
#[derive(Clone, Debug, Serialize)]
pub struct StationResult {
    /// Name: `main/0`, `cp-1`, `mp-1`, `mp-1 database`.
    pub name: String,
    /// What it is part of: `gateway instance`, `connection point`, `management point`.
    pub role: String,
    /// Servers; `None` if unlimited.
    pub servers: Option<u32>,
    /// Jobs that came.
    pub arrivals: u64,
    /// Refused because the queue was full.
    pub refused: u64,
    /// Left the queue unserved.
    pub left: u64,
    /// Lost by a crash.
    pub cleared: u64,
    /// Served.
    pub completed: u64,
    /// Share of admitted jobs that had to wait.
    pub delayed_share: f64,
    /// Served a second.
    pub throughput_per_second: f64,
    /// Time average of busy servers over servers; of unlimited servers the time average of busy
    /// ones.
    pub utilisation: f64,
    /// The highest utilisation of a bin of the time series.
    pub utilisation_peak: f64,
    /// Time average of waiting jobs.
    pub queue_mean: f64,
    /// Time average of jobs waiting and in service.
    pub present_mean: f64,
    /// Most jobs present at once.
    pub present_peak: u64,
    /// Waiting time of served jobs.
    pub wait: Latency,
    /// Waiting and service time of served jobs.
    pub stay: Latency,
    /// Relative difference of the two sides of Little's law over the same jobs.
    pub little_gap: f64,
    /// Relative difference of the two sides of the utilisation law over the same jobs.
    pub utilisation_gap: f64,
}

/// One gateway.
#[derive(Clone, Debug, Serialize)]
pub struct GatewayResult {
    /// Name in the scenario.
    pub name: String,
    /// VM size.
    pub size: String,
    /// Instances.
    pub instances: u32,
    /// Share of time in which a new connection could be served: a healthy instance in the load
    /// balancer's eyes that is up and has a connection point.
    pub availability: f64,
    /// Most connections on all instances at once.
    pub connections_peak: u64,
    /// Bytes sent to clients.
    pub bytes_to_clients: u64,
    /// Bytes sent to the site.
    pub bytes_to_site: u64,
}

/// One VM instance.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceResult {
    /// Gateway.
    pub gateway: String,
    /// Number in the gateway, from 0.
    pub number: u32,
    /// Its update domain.
    pub update_domain: u32,
    /// Connections it supports.
    pub connection_limit: u32,
    /// Time average of connections.
    pub connections_mean: f64,
    /// Most connections at once.
    pub connections_peak: u64,
    /// Share of time above the limit.
    pub over_limit_share: f64,
    /// Share of time it was up.
    pub up_share: f64,
    /// Mean outgoing bandwidth used over the bandwidth it has; `None` if not limited.
    pub bandwidth_utilisation: Option<f64>,
}

/// One connection point.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionPointResult {
    /// Name.
    pub name: String,
    /// Its gateway.
    pub gateway: String,
    /// Dynamic TCP ports.
    pub port_limit: u32,
    /// Time average of ports in use, resting ones included.
    pub ports_mean: f64,
    /// Most ports in use at once.
    pub ports_peak: u64,
    /// Requests and channels refused because no port was free.
    pub port_refusals: u64,
    /// Time average of notification channels held.
    pub channels_mean: f64,
    /// Share of time it was up.
    pub up_share: f64,
}

/// One management point.
#[derive(Clone, Debug, Serialize)]
pub struct ManagementPointResult {
    /// Name.
    pub name: String,
    /// Clients that use it, time average over all that are on.
    pub clients_mean: f64,
    /// Clients assigned to it at most at once, on or off.
    pub clients_peak: u64,
    /// Refused with 503.
    pub refused: u64,
}

/// The worst five minutes: the highest share of failed attempts, then the highest p95.
#[derive(Clone, Debug, Serialize)]
pub struct WorstWindow {
    /// Start, seconds after the start of the measured period.
    pub start_seconds: f64,
    /// Requests answered in it.
    pub completed: u64,
    /// Attempts that failed in it.
    pub failed_attempts: u64,
    /// Latency of the answered ones.
    pub latency: Latency,
}

/// One occurrence of a disruption, and the reconnection storm after it.
#[derive(Clone, Debug, Serialize)]
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
    /// Most connection attempts a second, in steps of ten seconds, until recovery (or until the
    /// next disruption or the end).
    pub peak_connects_per_second: f64,
    /// Connection attempts a second in the ten minutes before, for comparison.
    pub usual_connects_per_second: f64,
    /// Seconds from its start until the backlog is gone for two minutes: no more clients without
    /// their notification channel, and no more requests waiting for a retry, than before and 1 %
    /// of the clients on the internet. Zero if there was no backlog within five minutes, `None` if
    /// it was not gone before the end or the next disruption.
    pub recovery_seconds: Option<f64>,
    /// Attempts that failed until recovery.
    pub failed_attempts: u64,
}

/// Verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within the published number.
    Within,
    /// Within, but by less than a fifth.
    Close,
    /// Beyond it.
    Exceeded,
}

/// A simulated number beside the published one.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What is compared: `connections on an instance, peak`.
    pub what: String,
    /// Which part: `main/0`.
    pub part: String,
    /// The published figure.
    pub published: f64,
    /// The simulated one.
    pub simulated: f64,
    /// Unit of both.
    pub unit: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Document and date of the published figure.
    pub source: String,
    /// What it means for the user.
    pub note: String,
}

/// Time series in bins of equal length; the last bin may be shorter.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TimeSeries {
    /// Length of a bin.
    pub interval_seconds: f64,
    /// Start of each bin, seconds after the start of the measured period.
    pub start_seconds: Vec<f64>,
    /// Requests begun a second.
    pub issued_per_second: Vec<f64>,
    /// Attempts begun a second (retries included): the load the system sees.
    pub attempts_per_second: Vec<f64>,
    /// Requests answered a second: goodput.
    pub completed_per_second: Vec<f64>,
    /// Attempts that failed a second.
    pub failed_per_second: Vec<f64>,
    /// New client connections a second.
    pub connects_per_second: Vec<f64>,
    /// Latency of requests (keep-alives not counted) answered in the bin; `None` if none was.
    pub latency_p50: Vec<Option<f64>>,
    /// The same, 95 %.
    pub latency_p95: Vec<Option<f64>>,
    /// The same, 99 %.
    pub latency_p99: Vec<Option<f64>>,
    /// Mean number of clients on the internet.
    pub internet_clients: Vec<f64>,
    /// Mean number of clients on the intranet.
    pub intranet_clients: Vec<f64>,
    /// Mean number of open notification channels.
    pub channels: Vec<f64>,
    /// Mean number of requests waiting for a retry.
    pub retrying: Vec<f64>,
    /// One column a part: mean connections of each instance.
    pub instance_connections: Vec<Column>,
    /// Mean share of time each instance was up.
    pub instance_up: Vec<Column>,
    /// Mean ports in use of each connection point.
    pub ports: Vec<Column>,
    /// Most ports in use of each connection point at once.
    pub ports_high: Vec<Column>,
    /// Utilisation of each station.
    pub utilisation: Vec<Column>,
    /// Mean jobs present at each station.
    pub present: Vec<Column>,
}

/// One named column of a time series.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Name of the part.
    pub name: String,
    /// One value a bin.
    pub values: Vec<f64>,
}

/// The conservation laws: each line says what was compared.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Audit {
    /// Sums that were compared.
    pub lines: Vec<AuditLine>,
}

/// One conservation law.
#[derive(Clone, Debug, Serialize)]
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
