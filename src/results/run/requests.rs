//! What became of requests: counts, latency, where the time goes, and why attempts failed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::results::json::number_or_null;
use crate::terms::{Cause, Place, RequestKind};

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
    pub throughput_per_s: f64,
}

/// Latency, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// How many were recorded.
    pub count: u64,
    /// Mean.
    #[serde(rename = "mean_s", deserialize_with = "number_or_null")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(rename = "sd_s", deserialize_with = "number_or_null")]
    pub standard_deviation: f64,
    /// Median.
    #[serde(rename = "p50_s", deserialize_with = "number_or_null")]
    pub p50: f64,
    /// 90 % quantile.
    #[serde(rename = "p90_s", deserialize_with = "number_or_null")]
    pub p90: f64,
    /// 95 % quantile.
    #[serde(rename = "p95_s", deserialize_with = "number_or_null")]
    pub p95: f64,
    /// 99 % quantile.
    #[serde(rename = "p99_s", deserialize_with = "number_or_null")]
    pub p99: f64,
    /// 99.9 % quantile.
    #[serde(rename = "p999_s", deserialize_with = "number_or_null")]
    pub p999: f64,
    /// Longest.
    #[serde(rename = "max_s", deserialize_with = "number_or_null")]
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
    /// The kind.
    pub kind: RequestKind,
    /// Where it is counted: only some are among the run's `requests`.
    pub group: KindGroup,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
    /// Where that time goes, on average.
    pub latency_breakdown: LatencyBreakdown,
}

/// Where the time of an answered request goes, on average; the parts add up to its mean latency.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct LatencyBreakdown {
    /// Places that requests came to in the attempt that was answered, in order.
    pub stations: Vec<StationTime>,
    /// Waiting to be tried again.
    pub back_off_s: f64,
    /// All else: distances, transfer, set-up of connections, and time lost with attempts that
    /// failed.
    pub network_s: f64,
}

/// What a request spends at one place, on average.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StationTime {
    /// Where.
    pub station: Place,
    /// Waiting.
    pub wait_s: f64,
    /// In service.
    pub service_s: f64,
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
    pub channel_availability_share: Option<f64>,
    /// Counts.
    pub requests: RequestCounts,
    /// First attempt to success.
    pub latency: Latency,
}

/// How often one cause made attempts and requests fail.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FailureCount {
    /// The cause.
    pub cause: Cause,
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
