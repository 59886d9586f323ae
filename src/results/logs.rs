//! Summary of web server logs, without names and addresses of clients.

use serde::{Deserialize, Serialize};

use super::Latency;
use super::json::number_or_null;

/// What log files contain: what could be read and classified, and the traffic of each kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LogSummary {
    /// Number of files that were read; a member of an archive counts as a file.
    pub files: u64,
    /// Files that could not be opened.
    pub unopened: Vec<UnopenedFile>,
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// Number of lines, including directives.
    pub lines: u64,
    /// Number of readable rows; a row is a request.
    pub rows: u64,
    /// Number of lines that could not be read and are missing from all other numbers.
    pub unreadable_lines: u64,
    /// Number of servers: by name, by address, or one per file.
    pub servers: u64,
    /// Time of the first row in UTC; absent without rows.
    pub first: Option<String>,
    /// Time of the last row in UTC; absent without rows.
    pub last: Option<String>,
    /// Time that the logs cover in seconds: the union of the times from the first to the last row
    /// of each file.
    pub covered_s: u64,
    /// Time zone of the civil hours; absent if hours are in UTC only.
    pub time_zone: Option<String>,
    /// Number of backward steps of a server's clock by more than 256 s.
    pub clock_steps: u64,
    /// Lines and values that could not be read, by reason.
    pub unreadable: Vec<UnreadableLines>,
    /// Files with the same rows, which count several times.
    #[serde(default)]
    pub copied: Vec<CopiedFile>,
    /// Fields that are missing from some or all rows.
    pub missing_fields: Vec<MissingField>,
    /// Share of rows that a rule matches; absent without rows.
    pub classified_rows_share: Option<f64>,
    /// Share of the bytes in both directions that belongs to rows that a rule matches; absent if no
    /// bytes are logged.
    pub classified_bytes_share: Option<f64>,
    /// The most frequent paths that no rule matches, masked.
    pub unclassified: Vec<PathPattern>,
    /// Traffic by kind, in the order of the kinds; only kinds with rows.
    pub kinds: Vec<KindTraffic>,
}

/// File that could not be opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnopenedFile {
    /// Name of the file.
    pub file: String,
    /// Reason.
    pub reason: String,
}

/// File with rows that another file has too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CopiedFile {
    /// Name of the file.
    pub file: String,
    /// Name of the file that was read before.
    pub original: String,
    /// Equal rows as a share of the rows of the smaller file, estimated from a sample.
    pub rows_share: f64,
}

/// Lines or values that could not be read for one reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnreadableLines {
    /// Name of the reason.
    pub reason: String,
    /// What is wrong.
    pub meaning: String,
    /// Number of lines, values or files.
    pub count: u64,
    /// File of the first one.
    pub file: String,
    /// Line number of the first one, from 1.
    pub line: u64,
    /// What to do.
    pub remedy: String,
}

/// Field that is missing from some or all rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissingField {
    /// Name of the field in `#Fields`.
    pub field: String,
    /// Share of readable rows without the field.
    #[serde(deserialize_with = "number_or_null")]
    pub rows_share: f64,
    /// Results that are missing for these rows.
    pub consequence: String,
    /// What to do.
    pub remedy: String,
}

/// Masked path that no rule matches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PathPattern {
    /// Method and path; `*` replaces segments that may identify a client.
    pub pattern: String,
    /// Number of rows.
    pub rows: u64,
    /// Share of all readable rows.
    #[serde(deserialize_with = "number_or_null")]
    pub rows_share: f64,
    /// Bytes in both directions.
    pub bytes: u64,
}

/// Traffic of one kind of requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KindTraffic {
    /// Request kind, or `messages`, `outside_model`, `unclassified`.
    pub kind: String,
    /// What the kind contains, if its name does not state it.
    pub contents: String,
    /// Number of requests.
    pub rows: u64,
    /// Requests per second, averaged over the covered time.
    #[serde(deserialize_with = "number_or_null")]
    pub rate_mean_per_s: f64,
    /// Most requests that ended in one minute; absent if not counted for all days.
    pub minute_peak: Option<u32>,
    /// Start of this minute in UTC.
    pub minute_peak_at: Option<String>,
    /// Number of distinct clients; absent if it cannot be counted.
    pub clients: Option<u64>,
    /// Relative standard error of the number of clients; 0 if the number is exact.
    #[serde(deserialize_with = "number_or_null")]
    pub clients_error_share: f64,
    /// Reason why clients cannot be counted; empty if they can.
    pub clients_remark: String,
    /// Bytes from clients (`cs-bytes`).
    pub bytes_in: Amounts,
    /// Bytes to clients (`sc-bytes`).
    pub bytes_out: Amounts,
    /// `time-taken`: from the first byte of the request until the response was sent.
    pub time_taken: Latency,
    /// Share of requests with a status of 400 or more; absent if no status is logged.
    pub errors_share: Option<f64>,
    /// Requests by status.
    pub statuses: Vec<StatusCount>,
    /// Requests by hour of the week in UTC.
    pub hours: Vec<HourTraffic>,
    /// Requests by hour of the week in civil time; empty without a time zone.
    pub local_hours: Vec<HourTraffic>,
    /// Bins of the distribution of `time-taken`.
    pub time_taken_bins: Vec<TimeBin>,
}

/// Distribution of amounts of data.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Amounts {
    /// Number of requests with this value.
    pub count: u64,
    /// Sum in bytes.
    pub total_bytes: u64,
    /// Mean in bytes; NaN without values.
    #[serde(deserialize_with = "number_or_null")]
    pub mean_bytes: f64,
    /// Median in bytes; NaN without values.
    #[serde(deserialize_with = "number_or_null")]
    pub p50_bytes: f64,
    /// 95th percentile in bytes; NaN without values.
    #[serde(deserialize_with = "number_or_null")]
    pub p95_bytes: f64,
    /// Maximum in bytes; 0 without values.
    pub max_bytes: u64,
}

/// Requests with one status.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StatusCount {
    /// HTTP status; 0 if not logged.
    pub status: u16,
    /// Number of requests.
    pub rows: u64,
    /// Share of the requests of the kind.
    #[serde(deserialize_with = "number_or_null")]
    pub rows_share: f64,
}

/// Requests in one hour of the week.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HourTraffic {
    /// Hour of the week, from 0 (Monday, 00:00).
    pub hour: u32,
    /// Time of this hour that the logs cover, over all weeks, in seconds.
    pub covered_s: u64,
    /// Number of requests.
    pub rows: u64,
    /// Requests per second; NaN if the logs do not cover the hour.
    #[serde(deserialize_with = "number_or_null")]
    pub rate_mean_per_s: f64,
    /// Distinct clients over all weeks; absent if they cannot be counted.
    pub clients: Option<u64>,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
    /// Mean of `time-taken` in seconds; NaN without requests.
    #[serde(deserialize_with = "number_or_null")]
    pub time_taken_mean_s: f64,
    /// Number of requests with a status of 400 or more.
    pub errors: u64,
}

/// Bin of the distribution of `time-taken`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TimeBin {
    /// Smallest value in milliseconds.
    pub from_ms: u64,
    /// Largest value in milliseconds.
    pub to_ms: u64,
    /// Number of requests.
    pub rows: u64,
}

impl LogSummary {
    /// Renders the summary as indented JSON. NaN becomes `null`.
    pub fn to_json(&self) -> Vec<u8> {
        super::json::to_bytes(self)
    }
}
