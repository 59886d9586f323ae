//! Results of requests: counts, latency, latency breakdown and causes of failure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::results::json::number_or_null;
use crate::terms::{Cause, RequestKind, StationGroup};

/// Counts of requests by outcome. A request lasts from its first attempt to its outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RequestCounts {
    /// Requests issued in the measured period.
    pub issued: u64,
    /// Requests in flight at the start of the measured period.
    pub in_flight_at_start: u64,
    /// Requests completed.
    pub completed: u64,
    /// Requests whose last attempt failed.
    pub failed: u64,
    /// Requests abandoned because the client shut down or left the network.
    pub abandoned: u64,
    /// Requests in flight or waiting for a retry at the end.
    pub in_flight_at_end: u64,
    /// Attempts started.
    pub attempts: u64,
    /// Attempts that failed.
    pub failed_attempts: u64,
    /// Responses that arrived after the client's timeout: wasted work.
    pub wasted: u64,
    /// Requests completed per second.
    pub throughput_per_s: f64,
}

/// Summary statistics of a latency or another duration, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Number of recorded values.
    pub count: u64,
    /// Mean, in seconds.
    #[serde(rename = "mean_s", deserialize_with = "number_or_null")]
    pub mean: f64,
    /// Standard deviation, in seconds.
    #[serde(rename = "sd_s", deserialize_with = "number_or_null")]
    pub standard_deviation: f64,
    /// Median, in seconds.
    #[serde(rename = "p50_s", deserialize_with = "number_or_null")]
    pub p50: f64,
    /// 90th percentile, in seconds.
    #[serde(rename = "p90_s", deserialize_with = "number_or_null")]
    pub p90: f64,
    /// 95th percentile, in seconds.
    #[serde(rename = "p95_s", deserialize_with = "number_or_null")]
    pub p95: f64,
    /// 99th percentile, in seconds.
    #[serde(rename = "p99_s", deserialize_with = "number_or_null")]
    pub p99: f64,
    /// 99.9th percentile, in seconds.
    #[serde(rename = "p999_s", deserialize_with = "number_or_null")]
    pub p999: f64,
    /// Maximum, in seconds.
    #[serde(rename = "max_s", deserialize_with = "number_or_null")]
    pub max: f64,
}

impl Latency {
    /// Statistics without values: `null` in JSON, an empty cell in CSV.
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

/// Group in which a kind of request is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindGroup {
    /// Counted among the run's requests.
    Request,
    /// Opens or keeps the notification channel.
    Channel,
    /// Downloads content; its duration depends on the size of the content.
    Download,
}

/// Results of one kind of request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KindResult {
    /// Kind of request.
    pub kind: RequestKind,
    /// Group in which the kind is counted; only `request` counts in the run's `requests`.
    pub group: KindGroup,
    /// Counts by outcome.
    pub requests: RequestCounts,
    /// Latency, from the first attempt to the response.
    pub latency: Latency,
    /// Mean latency by station, back-off and network.
    pub latency_breakdown: LatencyBreakdown,
}

/// Latency breakdown: mean times of a completed request. They add up to the mean latency.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct LatencyBreakdown {
    /// Stations on the path of the attempt that completed, in order.
    pub stations: Vec<StationTime>,
    /// Mean time spent in back-off, in seconds.
    pub back_off_s: f64,
    /// Mean time of everything else, in seconds: network latency, transfer, connection set-up and
    /// failed attempts.
    pub network_s: f64,
}

/// Mean time of a request at one station.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StationTime {
    /// Station or group of stations.
    pub station: StationGroup,
    /// Mean waiting time, in seconds.
    pub wait_s: f64,
    /// Mean service time, in seconds.
    pub service_s: f64,
}

/// Results of one cohort or open source.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OriginResult {
    /// Name in the scenario.
    pub name: String,
    /// Number of clients; zero for an open source.
    pub clients: u64,
    /// Mean number of online clients on the internet.
    pub internet_mean: f64,
    /// Maximum number of online clients on the internet.
    pub internet_peak: u64,
    /// Mean number of online clients on VPN.
    pub vpn_mean: f64,
    /// Mean number of online clients on the intranet.
    pub intranet_mean: f64,
    /// Mean number of clients that use a gateway, from any location.
    pub gateway_mean: f64,
    /// Share of time in which clients that want a notification channel have one, counted from their
    /// first attempt to open one; `None` if no client wants one.
    pub channel_availability_share: Option<f64>,
    /// Counts by outcome.
    pub requests: RequestCounts,
    /// Latency, from the first attempt to the response.
    pub latency: Latency,
}

/// Failures by one cause.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FailureCount {
    /// Cause of the failures.
    pub cause: Cause,
    /// Meaning of the cause.
    pub meaning: String,
    /// Attempts of requests that failed with this cause.
    pub attempts: u64,
    /// Failed requests whose last attempt failed with this cause.
    pub requests: u64,
    /// Attempts to open or keep a notification channel that failed with this cause.
    pub of_channel: u64,
    /// Downloads that were interrupted with this cause.
    pub of_downloads: u64,
}
