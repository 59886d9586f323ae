//! Tables of `cmgsim calibrate iis`.

use crate::results::logs::{HourTraffic, KindTraffic, LogSummary};
use crate::results::table::{Builder, Table};

const VERBS: &str = "calibrate iis";
const KIND: &str = "request kind, or `messages`, `outside_model`, `unclassified`";
const HOURS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Returns all tables of a summary.
pub fn of_logs(summary: &LogSummary) -> Vec<Table> {
    vec![
        kinds(summary),
        hours(summary),
        statuses(summary),
        time_taken(summary),
        unreadable(summary),
        unclassified(summary),
    ]
}

/// `log_kinds`: one row per kind.
pub fn kinds(summary: &LogSummary) -> Table {
    Builder::new("log_kinds", VERBS, "a kind of requests", &summary.kinds)
        .column("kind", "", KIND, |one| &*one.kind)
        .column("requests", "count", "readable rows of this kind", |one| one.rows)
        .column("rate_mean_per_s", "1/s", "mean over the covered time", |one| one.rate_mean_per_s)
        .column(
            "minute_peak",
            "count",
            "largest number of requests that ended in one minute",
            |one| one.minute_peak,
        )
        .column("minute_peak_at", "", "start of this minute in UTC", |one| {
            one.minute_peak_at.clone()
        })
        .column("clients", "count", "distinct clients; no value if not countable", |one| {
            one.clients
        })
        .column("clients_error_share", "share", CLIENTS_ERROR, |one| one.clients_error_share)
        .column("request_bytes_count", "count", "requests with `cs-bytes`", |one| {
            one.bytes_in.count
        })
        .column("request_mean_bytes", "bytes", "mean of `cs-bytes`", |one| one.bytes_in.mean_bytes)
        .column("request_p50_bytes", "bytes", "median of `cs-bytes`", |one| one.bytes_in.p50_bytes)
        .column("request_p95_bytes", "bytes", "95th percentile of `cs-bytes`", |one| {
            one.bytes_in.p95_bytes
        })
        .column("response_bytes_count", "count", "requests with `sc-bytes`", |one| {
            one.bytes_out.count
        })
        .column("response_mean_bytes", "bytes", "mean of `sc-bytes`", |one| {
            one.bytes_out.mean_bytes
        })
        .column("response_p50_bytes", "bytes", "median of `sc-bytes`", |one| {
            one.bytes_out.p50_bytes
        })
        .column("response_p95_bytes", "bytes", "95th percentile of `sc-bytes`", |one| {
            one.bytes_out.p95_bytes
        })
        .latency("time_taken", "`time-taken`", |one| one.time_taken)
        .column("errors_share", "share", "requests with a status of 400 or more", |one| {
            one.errors_share
        })
        .finish()
}

const CLIENTS_ERROR: &str = "relative standard error of `clients`; 0 if exact";

/// `log_hours`: one row per kind and hour of the week.
pub fn hours(summary: &LogSummary) -> Table {
    let rows = summary.kinds.iter().flat_map(|kind| {
        let utc = kind.hours.iter().map(move |hour| (kind, "utc", hour));
        utc.chain(kind.local_hours.iter().map(move |hour| (kind, "local", hour)))
    });
    type Row<'a> = (&'a KindTraffic, &'static str, &'a HourTraffic);
    Builder::new("log_hours", VERBS, "a kind and an hour of the week", rows.collect::<Vec<_>>())
        .column("kind", "", KIND, |(kind, _, _): Row<'_>| &*kind.kind)
        .column("clock", "", "`utc`, or `local` for the civil time of `--time-zone`", |row| row.1)
        .column("day", "", "day of the week", |row| HOURS[row.2.hour as usize / 24 % HOURS.len()])
        .column("hour", "", "hour of the day, from 0", |row| row.2.hour % 24)
        .column("covered_s", "s", "seconds of this hour of the week that the logs cover", |row| {
            row.2.covered_s
        })
        .column("requests", "count", "requests that ended in this hour", |row| row.2.rows)
        .column("rate_mean_per_s", "1/s", "requests per second of the covered time", |row| {
            row.2.rate_mean_per_s
        })
        .column("clients", "count", "distinct clients over all weeks", |row| row.2.clients)
        .column("request_bytes", "bytes", "bytes from clients", |row| row.2.bytes_in)
        .column("response_bytes", "bytes", "bytes to clients", |row| row.2.bytes_out)
        .column("time_taken_mean_s", "s", "mean of `time-taken`", |row| row.2.time_taken_mean_s)
        .column("errors", "count", "requests with a status of 400 or more", |row| row.2.errors)
        .finish()
}

/// `log_statuses`: one row per kind and status.
pub fn statuses(summary: &LogSummary) -> Table {
    let rows = summary
        .kinds
        .iter()
        .flat_map(|kind| kind.statuses.iter().map(move |status| (kind, *status)));
    Builder::new("log_statuses", VERBS, "a kind and an HTTP status", rows)
        .column("kind", "", KIND, |row| &*row.0.kind)
        .column("status", "", "HTTP status; 0 if not logged", |row| u32::from(row.1.status))
        .column("requests", "count", "requests with this status", |row| row.1.rows)
        .column("requests_share", "share", "share of the requests of the kind", |row| {
            row.1.rows_share
        })
        .finish()
}

/// `log_time_taken`: one row per kind and bin of the distribution.
pub fn time_taken(summary: &LogSummary) -> Table {
    let rows = summary
        .kinds
        .iter()
        .flat_map(|kind| kind.time_taken_bins.iter().map(move |bin| (kind, *bin)));
    Builder::new("log_time_taken", VERBS, "a kind and a range of `time-taken`", rows)
        .column("kind", "", KIND, |row| &*row.0.kind)
        .column("from_s", "s", "lower bound of the range", |row| seconds(row.1.from_ms))
        .column("to_s", "s", "upper bound of the range", |row| seconds(row.1.to_ms))
        .column("requests", "count", "requests in the range", |row| row.1.rows)
        .finish()
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}

/// `log_unreadable`: one row per reason.
pub fn unreadable(summary: &LogSummary) -> Table {
    let row = "a reason why lines or values could not be read";
    Builder::new("log_unreadable", VERBS, row, &summary.unreadable)
        .column("reason", "", "name of the reason", |one| &*one.reason)
        .column("meaning", "", "what is wrong", |one| &*one.meaning)
        .column("lines", "count", "number of lines, values or files", |one| one.count)
        .column("file", "", "file of the first occurrence", |one| &*one.file)
        .column("line", "", "line number of the first occurrence, from 1", |one| one.line)
        .column("remedy", "", "what to do", |one| &*one.remedy)
        .finish()
}

/// `log_unclassified`: one row per path.
pub fn unclassified(summary: &LogSummary) -> Table {
    let row = "one of the ten most frequent paths that no rule matches";
    Builder::new("log_unclassified", VERBS, row, &summary.unclassified)
        .column("pattern", "", "method and path; `*` replaces what may identify a client", |one| {
            &*one.pattern
        })
        .column("requests", "count", "requests with this path", |one| one.rows)
        .column("requests_share", "share", "share of all readable rows", |one| one.rows_share)
        .column("total_bytes", "bytes", "bytes in both directions", |one| one.bytes)
        .finish()
}
