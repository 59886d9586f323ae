//! Tables of `cmgsim calibrate counts`.

use crate::results::counts::{CountInterval, CountKind, CountSummary, Estimate};
use crate::results::table::{Builder, Table};

const VERBS: &str = "calibrate counts";
const SOURCE: &str = "`connection_points`, `instances` or `tables`";
const KIND: &str = "request kind, or `messages`, `outside_model`, `unclassified`";

/// Returns all tables of a summary.
pub fn of_counts(summary: &CountSummary) -> Vec<Table> {
    vec![kinds(summary), intervals(summary), metrics(summary), unreadable(summary)]
}

/// `count_kinds`: one row per source and kind.
pub fn kinds(summary: &CountSummary) -> Table {
    type Part = (&'static str, &'static str, &'static str, fn(&CountKind) -> Estimate);
    let estimates: [Part; 5] = [
        ("rate_{}_per_s", "1/s", "requests per second of the covered time", |one| one.rate_per_s),
        ("request_{}_bytes", "bytes", "bytes per request", |one| one.request_mean_bytes),
        ("response_{}_bytes", "bytes", "bytes of the response per request", |one| {
            one.response_mean_bytes
        }),
        ("failed_{}_share", "share", "failed requests as a share of all", |one| one.failed_share),
        ("elapsed_{}_s", "s", "elapsed time per request", |one| one.elapsed_mean_s),
    ];
    let mut table = Builder::new("count_kinds", VERBS, "a source and a kind", &summary.kinds)
        .column("source", "", SOURCE, |one| &*one.source)
        .column("kind", "", KIND, |one| &*one.kind)
        .column("rows", "count", "rows of this kind", |one| one.rows)
        .column("requests", "count", "number of requests", |one| one.requests)
        .column("request_bytes", "bytes", "bytes of requests", |one| one.request_bytes)
        .column("response_bytes", "bytes", "bytes of responses", |one| one.response_bytes)
        .column("failed", "count", "failed requests; no value if not counted", |one| one.failed)
        .column("concurrent_mean", "count", CONCURRENT_MEAN, |one| one.concurrent_mean)
        .column("concurrent_max", "count", CONCURRENT, |one| one.concurrent_max);
    for (name, unit, meaning, of) in estimates {
        let named = |part: &str| name.replace("{}", part);
        table = table
            .column(named("mean"), unit, meaning, move |one| of(one).mean)
            .column(named("low"), unit, format!("{meaning}: {LOW}"), move |one| of(one).low)
            .column(named("high"), unit, format!("{meaning}: {HIGH}"), move |one| of(one).high);
    }
    table.finish()
}

const LOW: &str = "lower bound of the 95 % interval; no value with too few hours";
const HIGH: &str = "upper bound of the 95 % interval; no value with too few hours";
const CONCURRENT: &str =
    "maximum of concurrent requests in an interval, summed over servers; no value if not counted";
const CONCURRENT_MEAN: &str =
    "mean over time of the maximum of each interval; no value if not counted";

/// `count_intervals`: one row per source, kind and interval.
pub fn intervals(summary: &CountSummary) -> Table {
    let row = "a source, a kind and an interval";

    Builder::new("count_intervals", VERBS, row, &summary.intervals)
        .column("source", "", SOURCE, |one: &CountInterval| one.source)
        .column("kind", "", KIND, |one| one.kind)
        .column("start", "", "start of the interval in UTC", |one| &*one.start)
        .column("length_s", "s", "length of the interval", |one| one.length_s)
        .column("requests", "count", "number of requests", |one| one.requests)
        .column("request_bytes", "bytes", "bytes of requests", |one| one.request_bytes)
        .column("response_bytes", "bytes", "bytes of responses", |one| one.response_bytes)
        .column("failed", "count", "failed requests; no value if not counted", |one| one.failed)
        .column("concurrent_max", "count", CONCURRENT, |one| one.concurrent_max)
        .column("elapsed_mean_s", "s", "mean elapsed time; no value if not counted", |one| {
            one.elapsed_mean_s
        })
        .finish()
}

/// `count_metrics`: one row per metric of Azure Monitor.
pub fn metrics(summary: &CountSummary) -> Table {
    Builder::new("count_metrics", VERBS, "a metric of Azure Monitor", &summary.metrics)
        .column("metric", "", "`network_out`, `network_in` or `percentage_cpu`", |one| &*one.metric)
        .column("unit", "", "unit of mean and maximum", |one| &*one.unit)
        .column("rows", "count", "number of values", |one| one.rows)
        .column("covered_s", "s", "time with values", |one| one.covered_s)
        .column("total_bytes", "bytes", "total; 0 for a metric without a total", |one| {
            one.total_bytes
        })
        .column("mean", "unit", "mean over time", |one| one.mean.mean)
        .column("low", "unit", LOW, |one| one.mean.low)
        .column("high", "unit", HIGH, |one| one.mean.high)
        .column("max", "unit", "largest value of an interval", |one| one.max)
        .finish()
}

/// `count_unreadable`: one row per reason.
pub fn unreadable(summary: &CountSummary) -> Table {
    Builder::new("count_unreadable", VERBS, "a reason", &summary.unreadable)
        .column("reason", "", "name of the reason", |one| &*one.reason)
        .column("count", "count", "number of rows, values or files", |one| one.count)
        .column("file", "", "file of the first occurrence", |one| &*one.file)
        .column("line", "", "line number of the first occurrence, from 1", |one| one.line)
        .column("meaning", "", "what is wrong", |one| &*one.meaning)
        .column("remedy", "", "what to do", |one| &*one.remedy)
        .finish()
}
