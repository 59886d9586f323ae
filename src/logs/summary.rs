//! Summary of tallies as plain results.

use crate::results::Latency;
use crate::results::logs::{
    Amounts, CopiedFile, HourTraffic, KindTraffic, LogSummary, MissingField, PathPattern,
    StatusCount, TimeBin, UnopenedFile, UnreadableLines,
};

use super::class::Class;
use super::copies::Copied;
use super::header::Field;
use super::histogram::Histogram;
use super::hours::HOURS_OF_WEEK;
use super::stamp::utc;
use super::tally::{ClassTally, HourTally, Tallies};
use super::unreadable::Reason;

/// Number of unclassified paths that are reported.
const PATTERNS: usize = 10;

/// Optional fields with the results that need them.
const OPTIONAL: [(Field, &str); 6] = [
    (Field::Client, "clients cannot be counted"),
    (Field::BytesIn, "request sizes cannot be measured"),
    (Field::BytesOut, "response sizes cannot be measured"),
    (Field::TimeTaken, "service times cannot be measured"),
    (Field::Status, "errors cannot be counted"),
    (Field::Query, "location requests and channel openings cannot be recognised"),
];

/// Summarises tallies.
pub fn summarise(tallies: &Tallies) -> LogSummary {
    let covered_s = tallies.covered_seconds();
    let spans = || tallies.files.iter().filter_map(|file| file.span);
    let name = |file: usize| tallies.files.get(file).map(|one| one.name.clone());
    let unreadable = |reason: &Reason| {
        let found = tallies.unreadable.of(*reason);
        (found.count > 0).then(|| UnreadableLines {
            reason: reason.name().to_owned(),
            meaning: reason.label().to_owned(),
            count: found.count,
            file: name(found.file).unwrap_or_default(),
            line: found.line,
            remedy: reason.remedy().to_owned(),
        })
    };
    let unopened = tallies
        .unopened
        .iter()
        .map(|(file, reason)| UnopenedFile { file: file.clone(), reason: reason.clone() });
    let (covered, local) = (tallies.covered_hours(), tallies.covered_local_hours());
    let is_used = |class: &Class| tallies.class(*class).rows > 0;
    let kinds = Class::all().filter(is_used).map(|class| {
        let tally = tallies.class(class);
        let mut kind = traffic(class, tally, covered_s);
        let hours = |hours: &[HourTally], covered: &[u64]| -> Vec<HourTraffic> {
            let counted = kind.clients.is_some();
            let hours = hours.iter().zip(covered).zip(0_u32..);
            hours.map(|((tally, covered), hour)| of_hour(hour, *covered, tally, counted)).collect()
        };
        let utc_hours = hours(&tally.hours, &covered);
        let local_hours =
            hours(&tally.local_hours, local.as_ref().map_or(&[][..], |hours| &hours[..]));
        (kind.hours, kind.local_hours) = (utc_hours, local_hours);
        kind
    });
    LogSummary {
        files: tallies.files.len() as u64,
        unopened: unopened.collect(),
        bytes: tallies.bytes,
        lines: tallies.lines,
        rows: tallies.rows,
        unreadable_lines: tallies.unreadable.lines(),
        servers: tallies.servers.len() as u64,
        first: spans().map(|(first, _)| first).min().map(utc),
        last: spans().map(|(_, last)| last).max().map(utc),
        covered_s,
        time_zone: tallies
            .zone
            .as_ref()
            .map(|zone| zone.iana_name().map_or_else(|| "fixed offset".to_owned(), str::to_owned)),
        clock_steps: tallies.clock_steps,
        unreadable: Reason::ALL.iter().filter_map(unreadable).collect(),
        copied: copied(tallies),
        missing_fields: missing_fields(tallies),
        classified_rows_share: share(tallies, |tally| u128::from(tally.rows)),
        classified_bytes_share: share(tallies, |tally| {
            tally.bytes_in.sum() + tally.bytes_out.sum()
        }),
        unclassified: patterns(tallies),
        kinds: kinds.collect(),
    }
}

/// Returns the classified share of a sum over rows; `None` if the sum is zero.
fn share(tallies: &Tallies, of: impl Fn(&ClassTally) -> u128) -> Option<f64> {
    let total: u128 = tallies.classes.iter().map(&of).sum();
    let rest = of(tallies.class(Class::Unclassified));
    (total > 0).then(|| (total - rest) as f64 / total as f64)
}

fn copied(tallies: &Tallies) -> Vec<CopiedFile> {
    let name =
        |file: usize| tallies.files.get(file).map_or_else(String::new, |one| one.name.clone());
    let copied = |one: &Copied| CopiedFile {
        file: name(one.file),
        original: name(one.original),
        rows_share: one.rows_share,
    };
    tallies.copied.iter().map(copied).collect()
}

fn patterns(tallies: &Tallies) -> Vec<PathPattern> {
    let found = tallies.patterns.most_frequent(PATTERNS).into_iter();
    let pattern = |(pattern, count): (String, super::patterns::PatternCount)| PathPattern {
        pattern,
        rows: count.rows,
        rows_share: count.rows as f64 / tallies.rows.max(1) as f64,
        bytes: count.bytes,
    };
    found.map(pattern).collect()
}

fn missing_fields(tallies: &Tallies) -> Vec<MissingField> {
    let missing = |(field, consequence): &(Field, &str)| {
        let (index, name) = Field::ALL
            .iter()
            .enumerate()
            .find_map(|(index, (own, name))| (own == field).then_some((index, *name)))?;
        let rows = tallies.rows.saturating_sub(tallies.field_rows[index]);
        (rows > 0).then(|| MissingField {
            field: name.to_owned(),
            rows_share: rows as f64 / tallies.rows as f64,
            consequence: (*consequence).to_owned(),
            remedy: format!(
                "in IIS Manager, Logging, Select Fields, select {} ({name})",
                option(*field)
            ),
        })
    };
    OPTIONAL.iter().filter_map(missing).collect()
}

/// Returns the name of a field in IIS Manager.
const fn option(field: Field) -> &'static str {
    match field {
        Field::Client => "Client IP Address",
        Field::BytesIn => "Bytes Received",
        Field::BytesOut => "Bytes Sent",
        Field::TimeTaken => "Time Taken",
        Field::Status => "Protocol Status",
        Field::Query => "URI Query",
        _ => "the field",
    }
}

fn traffic(class: Class, tally: &ClassTally, covered_s: u64) -> KindTraffic {
    let minutes = &tally.minutes;
    let peak = minutes.peak().filter(|_| !minutes.is_incomplete());
    let remark = tally.has_clients().map_or_else(|why| why.to_string(), |()| String::new());
    let statuses: Vec<StatusCount> = tally
        .statuses()
        .map(|(status, rows)| StatusCount {
            status,
            rows,
            rows_share: rows as f64 / tally.rows as f64,
        })
        .collect();
    let logged = tally.rows - tally.statuses[0];
    KindTraffic {
        kind: class.name().to_owned(),
        contents: class.contents().to_owned(),
        rows: tally.rows,
        rate_mean_per_s: tally.rows as f64 / covered_s as f64,
        minute_peak: peak.map(|(_, count)| count),
        minute_peak_at: peak.map(|(at, _)| utc(at)),
        clients: remark.is_empty().then(|| tally.clients.count()),
        clients_error_share: tally.clients.standard_error(),
        clients_remark: remark,
        bytes_in: amounts(&tally.bytes_in),
        bytes_out: amounts(&tally.bytes_out),
        time_taken: latency(&tally.time_taken_ms),
        errors_share: (logged > 0).then(|| tally.errors() as f64 / logged as f64),
        statuses,
        hours: Vec::new(),
        local_hours: Vec::new(),
        time_taken_bins: tally
            .time_taken_ms
            .bins()
            .map(|(from_ms, to_ms, rows)| TimeBin { from_ms, to_ms, rows })
            .collect(),
    }
}

fn amounts(histogram: &Histogram) -> Amounts {
    Amounts {
        count: histogram.count(),
        total_bytes: u64::try_from(histogram.sum()).unwrap_or(u64::MAX),
        mean_bytes: histogram.mean(),
        p50_bytes: histogram.quantile(0.5),
        p95_bytes: histogram.quantile(0.95),
        max_bytes: histogram.max(),
    }
}

/// Returns the distribution of milliseconds in seconds.
fn latency(histogram: &Histogram) -> Latency {
    let quantile = |share| histogram.quantile(share) / 1e3;
    Latency {
        count: histogram.count(),
        mean: histogram.mean() / 1e3,
        standard_deviation: histogram.standard_deviation() / 1e3,
        p50: quantile(0.5),
        p90: quantile(0.9),
        p95: quantile(0.95),
        p99: quantile(0.99),
        p999: quantile(0.999),
        max: if histogram.count() == 0 { f64::NAN } else { histogram.max() as f64 / 1e3 },
    }
}

fn of_hour(hour: u32, covered_s: u64, tally: &HourTally, has_clients: bool) -> HourTraffic {
    debug_assert!((hour as usize) < HOURS_OF_WEEK);
    HourTraffic {
        hour,
        covered_s,
        rows: tally.rows,
        rate_mean_per_s: tally.rows as f64 / covered_s as f64,
        clients: has_clients.then(|| tally.clients.count()),
        bytes_in: tally.bytes_in,
        bytes_out: tally.bytes_out,
        time_taken_mean_s: tally.time_taken_ms as f64 / 1e3 / tally.rows as f64,
        errors: tally.errors,
    }
}
