//! Summary of counts over time, without names of clients.

use serde::Serialize;

use super::calibration::Calibration;
use super::logs::{CopiedFile, UnopenedFile, UnreadableLines};

/// What files with counts contain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountSummary {
    /// Number of files that were read; a member of an archive counts as a file.
    pub files: u64,
    /// Files that could not be opened.
    pub unopened: Vec<UnopenedFile>,
    /// Number of lines.
    pub lines: u64,
    /// Number of rows: counts of one endpoint and one interval, or one value of a metric.
    pub rows: u64,
    /// Rows and values that could not be read or were left out, by reason.
    pub unreadable: Vec<UnreadableLines>,
    /// Files with the same rows, which count several times.
    pub copied: Vec<CopiedFile>,
    /// Who counted: connection points, instances, tables.
    pub sources: Vec<CountSource>,
    /// Counts by source and kind.
    pub kinds: Vec<CountKind>,
    /// Metrics of Azure Monitor.
    pub metrics: Vec<CountMetric>,
    /// Endpoints that no rule matches, masked, the most frequent first.
    pub unclassified: Vec<UnclassifiedEndpoint>,
    /// Online clients by their notification channels; absent if no source counts them.
    pub online: Option<OnlineClients>,
    /// Number of rows whose interval is missing from the table of intervals, because there are too
    /// many.
    pub unlisted_rows: u64,
    /// Counts by source, kind and interval; in tables only.
    #[serde(skip)]
    pub intervals: Vec<CountInterval>,
}

/// Counts of one source.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountSource {
    /// Name of the source: `connection_points`, `instances` or `tables`.
    pub source: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of servers that are named; 0 if the source does not name them.
    pub servers: u64,
    /// Start of the first interval in UTC; absent if no row has a time.
    pub first: Option<String>,
    /// End of the last interval in UTC.
    pub last: Option<String>,
    /// Union of all intervals in seconds.
    pub covered_s: u64,
    /// Lengths of the intervals, the most frequent first.
    pub lengths: Vec<IntervalLength>,
}

/// Number of rows with intervals of one length.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct IntervalLength {
    /// Length in seconds.
    pub length_s: u32,
    /// Number of rows.
    pub rows: u64,
}

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Estimate {
    /// Estimate; NaN if it is not known.
    pub mean: f64,
    /// Lower bound of the 95 % interval; absent with too few hours.
    pub low: Option<f64>,
    /// Upper bound of the 95 % interval; absent with too few hours.
    pub high: Option<f64>,
}

impl Default for Estimate {
    fn default() -> Self {
        Estimate { mean: f64::NAN, low: None, high: None }
    }
}

/// Counts of one kind of requests at one source.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountKind {
    /// Name of the source.
    pub source: String,
    /// Request kind, or `messages`, `outside_model`, `unclassified`.
    pub kind: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of requests.
    pub requests: f64,
    /// Requests per second of the time that the source covers.
    pub rate_per_s: Estimate,
    /// Sum of the bytes of requests.
    pub request_bytes: f64,
    /// Bytes per request.
    pub request_mean_bytes: Estimate,
    /// Sum of the bytes of responses.
    pub response_bytes: f64,
    /// Bytes of the response per request.
    pub response_mean_bytes: Estimate,
    /// Number of failed requests; absent if it is not counted.
    pub failed: Option<f64>,
    /// Failed requests as a share of all requests.
    pub failed_share: Estimate,
    /// Mean over time of the maximum number of concurrent requests of each interval, summed over
    /// servers; NaN if it is not counted.
    pub concurrent_mean: f64,
    /// Largest number of concurrent requests in an interval, summed over servers; NaN if it is not
    /// counted.
    pub concurrent_max: f64,
    /// Mean elapsed time in seconds.
    pub elapsed_mean_s: Estimate,
}

/// A metric of Azure Monitor.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountMetric {
    /// Name of the metric: `network_out`, `network_in` or `percentage_cpu`.
    pub metric: String,
    /// Unit: `bytes/s` or `percent`.
    pub unit: String,
    /// Number of values.
    pub rows: u64,
    /// Time with values in seconds.
    pub covered_s: u64,
    /// Sum over all intervals in bytes; 0 for a metric that is not a sum.
    pub total_bytes: f64,
    /// Mean over time in `unit`.
    pub mean: Estimate,
    /// Largest value of an interval in `unit`.
    pub max: f64,
}

/// Endpoint that no rule matches.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UnclassifiedEndpoint {
    /// Path; `*` replaces parts that may identify a client.
    pub endpoint: String,
    /// Number of rows.
    pub rows: u64,
}

/// Number of online clients, by the requests that notification channels hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OnlineClients {
    /// Name of the source.
    pub source: String,
    /// Mean over time of the maximum of each interval.
    pub mean: Estimate,
    /// Largest number in an interval.
    pub max: f64,
    /// Number of clients in the scenario; absent without a scenario.
    pub scenario_clients: Option<u64>,
}

/// Counts of one source and kind in one interval.
#[derive(Clone, Debug, Default)]
pub struct CountInterval {
    /// Name of the source.
    pub source: &'static str,
    /// Request kind, or `messages`, `outside_model`, `unclassified`.
    pub kind: &'static str,
    /// Start in UTC.
    pub start: String,
    /// Length in seconds.
    pub length_s: u32,
    /// Number of requests.
    pub requests: f64,
    /// Bytes of requests.
    pub request_bytes: f64,
    /// Bytes of responses.
    pub response_bytes: f64,
    /// Number of failed requests; NaN if it is not counted.
    pub failed: f64,
    /// Maximum number of concurrent requests, summed over servers; NaN if it is not counted.
    pub concurrent_max: f64,
    /// Mean elapsed time in seconds; NaN if it is not counted.
    pub elapsed_mean_s: f64,
}

/// Values that were measured from counts, and the counts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountCalibration {
    /// Measured values.
    #[serde(flatten)]
    pub calibration: Calibration,
    /// Counts.
    pub counts: CountSummary,
}

impl CountCalibration {
    /// Renders the calibration as indented JSON. NaN becomes `null`.
    pub fn to_json(&self) -> Vec<u8> {
        super::json::to_bytes(self)
    }
}
