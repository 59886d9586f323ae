//! Summary of tallies as plain results.

use crate::calibrate::fit::interval::{self, Block, Count, Interval, NoInterval};
use crate::logs::{Class, Copied};
use crate::results::counts::{
    CountInterval, CountKind, CountMetric, CountSource, CountSummary, Estimate, IntervalLength,
    OnlineClients, UnclassifiedEndpoint,
};
use crate::results::logs::{CopiedFile, UnopenedFile, UnreadableLines};
use crate::terms::RequestKind;

use super::coverage::Coverage;
use super::problem::Reason;
use super::row::{AzureMetric, Source};
use super::stamp::utc;
use super::tally::{MetricTally, Sums, Tallies, block_hours};

/// Confidence level of all intervals.
pub(super) const LEVEL: f64 = 0.95;

/// Number of unclassified endpoints and of lengths of intervals that are reported.
const LISTED_MAX: usize = 10;

/// Class of the requests that notification channels hold.
pub(super) const CHANNEL: Class = Class::Kind(RequestKind::KeepAlive);

/// Summarises tallies.
pub fn summarise(tallies: &Tallies) -> CountSummary {
    let keys = |source: Source| tallies.totals.keys().filter(move |(own, _)| *own == source);
    let is_used = |source: &Source| keys(*source).next().is_some();
    let kinds = tallies.totals.keys().filter_map(|(source, index)| {
        let class = Class::all().nth(*index)?;
        Some(kind(tallies, *source, class))
    });
    let mut endpoints: Vec<_> = tallies.endpoints.iter().collect();
    endpoints.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let endpoints = endpoints.into_iter().take(LISTED_MAX);
    CountSummary {
        files: tallies.files.len() as u64,
        unopened: tallies
            .unopened
            .iter()
            .map(|(file, reason)| UnopenedFile { file: file.clone(), reason: reason.clone() })
            .collect(),
        lines: tallies.lines,
        rows: tallies.rows,
        unreadable: unreadable(tallies),
        copied: copied(tallies),
        sources: Source::ALL.into_iter().filter(is_used).map(|one| source(tallies, one)).collect(),
        kinds: kinds.collect(),
        metrics: tallies.metrics.iter().map(|(one, tally)| metric(*one, tally)).collect(),
        unclassified: endpoints
            .map(|(endpoint, rows)| UnclassifiedEndpoint {
                endpoint: endpoint.clone(),
                rows: *rows,
            })
            .collect(),
        online: online(tallies),
        unlisted_rows: tallies.unlisted,
        intervals: intervals(tallies),
    }
}

/// Smallest share of equal rows with which two files count as copies. Rows of two servers without
/// requests are equal. This number is an assumption.
const COPIED_MIN: f64 = 0.5;

fn copied(tallies: &Tallies) -> Vec<CopiedFile> {
    let name = |file: usize| tallies.files.get(file).map_or_else(String::new, |one| one.0.clone());
    let copied = |one: Copied| CopiedFile {
        file: name(one.file),
        original: name(one.original),
        rows_share: one.rows_share,
    };
    tallies.copies.found(COPIED_MIN).into_iter().map(copied).collect()
}

fn unreadable(tallies: &Tallies) -> Vec<UnreadableLines> {
    let found = Reason::ALL.iter().filter_map(|reason| {
        let found = tallies.unreadable.of(*reason);
        (found.count > 0).then(|| UnreadableLines {
            reason: reason.name().to_owned(),
            meaning: reason.label().to_owned(),
            count: found.count,
            file: tallies.files.get(found.file).map_or_else(String::new, |file| file.0.clone()),
            line: found.line,
            remedy: reason.remedy().to_owned(),
        })
    });
    found.collect()
}

fn source(tallies: &Tallies, source: Source) -> CountSource {
    let coverage = tallies.coverage.get(&source);
    let span = coverage.and_then(Coverage::span);
    let mut lengths: Vec<_> =
        tallies.lengths.iter().filter(|((own, _), _)| *own == source).collect();
    lengths.sort_by(|one, other| other.1.cmp(one.1));
    let rows = tallies.totals.iter().filter(|((own, _), _)| *own == source);
    CountSource {
        source: source.name().to_owned(),
        rows: rows.map(|(_, total)| total.rows).sum(),
        servers: tallies.servers.iter().filter(|(own, _)| *own == source).count() as u64,
        first: span.map(|(first, _)| utc(first)),
        last: span.map(|(_, last)| utc(last)),
        covered_s: coverage.map_or(0, Coverage::total),
        lengths: lengths
            .into_iter()
            .take(LISTED_MAX)
            .map(|((_, length_s), rows)| IntervalLength { length_s: *length_s, rows: *rows })
            .collect(),
    }
}

/// Returns the interval of a ratio of sums over blocks.
pub(super) fn ratio(
    blocks: &[(Sums, f64)],
    of: impl Fn(&Sums, f64) -> (f64, f64),
) -> Result<Interval, NoInterval> {
    let blocks: Vec<Block> = blocks
        .iter()
        .map(|(sums, covered)| {
            let (sum, count) = of(sums, *covered);
            Block { sum, count }
        })
        .collect();
    interval::mean(&blocks, LEVEL)
}

/// Returns an estimate from all rows, with the interval of the rows with times scaled to it.
fn estimate(mean: f64, interval: Result<Interval, NoInterval>) -> Estimate {
    let bounds = interval.ok().filter(|found| mean.is_finite() && found.estimate > 0.0);
    let bounds = bounds.map(|found| {
        let scale = mean / found.estimate;
        ((found.low * scale).max(0.0), found.high * scale)
    });
    Estimate { mean, low: bounds.map(|(low, _)| low), high: bounds.map(|(_, high)| high) }
}

/// Sum and number per block of the bytes of requests.
pub(super) fn request_size(sums: &Sums, _: f64) -> (f64, f64) {
    (sums.request_bytes, sums.request_sized)
}

/// Sum and number per block of the bytes of responses.
pub(super) fn response_size(sums: &Sums, _: f64) -> (f64, f64) {
    (sums.response_bytes, sums.response_sized)
}

/// Sum and number per block of the elapsed times in seconds.
pub(super) fn elapsed(sums: &Sums, _: f64) -> (f64, f64) {
    (sums.elapsed_ms / 1e3, sums.timed)
}

fn failures(sums: &Sums, _: f64) -> (f64, f64) {
    (sums.failed, sums.failed_known)
}

/// Concurrent requests times seconds, and covered seconds per block.
fn concurrency(sums: &Sums, covered: f64) -> (f64, f64) {
    (sums.concurrent_s, covered)
}

fn divided((sum, count): (f64, f64)) -> f64 {
    if count > 0.0 { sum / count } else { f64::NAN }
}

fn kind(tallies: &Tallies, source: Source, class: Class) -> CountKind {
    let total = tallies.totals.get(&(source, class.index())).copied().unwrap_or_default();
    let (sums, blocks) = (total.sums, tallies.blocks(source, class));
    let of = |part: fn(&Sums, f64) -> (f64, f64)| {
        estimate(divided(part(&sums, 0.0)), ratio(&blocks, part))
    };
    let counts: Vec<Count> = blocks
        .iter()
        .map(|(sums, covered)| Count { events: sums.requests, exposure: *covered })
        .collect();
    let rate = interval::rate(&counts, LEVEL).ok();
    let has_bounds = blocks.len() >= interval::BLOCKS_MIN as usize;
    let (mean, max) = concurrent(tallies, source, class);
    CountKind {
        source: source.name().to_owned(),
        kind: class.name().to_owned(),
        rows: total.rows,
        requests: sums.requests,
        rate_per_s: rate.map_or_else(Estimate::default, |rate| Estimate {
            mean: rate.estimate,
            low: has_bounds.then_some(rate.low),
            high: has_bounds.then_some(rate.high),
        }),
        request_bytes: sums.request_bytes,
        request_mean_bytes: of(request_size),
        response_bytes: sums.response_bytes,
        response_mean_bytes: of(response_size),
        failed: (sums.failed_known > 0.0).then_some(sums.failed),
        failed_share: of(failures),
        concurrent_mean: mean.mean,
        concurrent_max: max,
        elapsed_mean_s: of(elapsed),
    }
}

/// Returns the mean over time and the maximum of the number of concurrent requests; NaN if it is
/// not counted.
fn concurrent(tallies: &Tallies, source: Source, class: Class) -> (Estimate, f64) {
    let total = tallies.totals.get(&(source, class.index()));
    if !total.is_some_and(|total| total.has_concurrent) {
        return (Estimate::default(), f64::NAN);
    }
    let blocks = tallies.blocks(source, class);
    let sum: f64 = blocks.iter().map(|(sums, _)| sums.concurrent_s).sum();
    let covered: f64 = blocks.iter().map(|(_, covered)| covered).sum();
    let own = tallies
        .intervals
        .iter()
        .filter(|((own, _, _, index), _)| (*own, *index) == (source, class.index()));
    let max = own.map(|((_, _, length, _), sums)| sums.concurrent_s / f64::from(*length));
    (estimate(divided((sum, covered)), ratio(&blocks, concurrency)), max.fold(f64::NAN, f64::max))
}

/// Returns the number of online clients from the first source that counts concurrent requests of
/// notification channels.
fn online(tallies: &Tallies) -> Option<OnlineClients> {
    Source::ALL.into_iter().find_map(|source| {
        let (mean, max) = concurrent(tallies, source, CHANNEL);
        let source = source.name().to_owned();
        mean.mean.is_finite().then_some(OnlineClients { source, mean, max, scenario_clients: None })
    })
}

fn metric(metric: AzureMetric, tally: &MetricTally) -> CountMetric {
    let covered = tally.coverage.hours();
    let block_h = block_hours(&covered);
    let is_sum = metric != AzureMetric::PercentageCpu;
    let mut blocks: std::collections::BTreeMap<i64, Block> = Default::default();
    for (hour, covered) in &covered {
        let own = tally.hours.get(hour).copied().unwrap_or_default();
        let block =
            blocks.entry(hour.div_euclid(block_h)).or_insert(Block { sum: 0.0, count: 0.0 });
        block.sum += if is_sum { own.total } else { own.average_sum };
        block.count += if is_sum { *covered as f64 } else { own.average_count };
    }
    let blocks: Vec<Block> = blocks.into_values().collect();
    let sum: f64 = blocks.iter().map(|block| block.sum).sum();
    let mean = divided((sum, blocks.iter().map(|block| block.count).sum()));
    CountMetric {
        metric: metric.name().to_owned(),
        unit: if is_sum { "bytes/s" } else { "percent" }.to_owned(),
        rows: tally.rows,
        covered_s: tally.coverage.total(),
        total_bytes: if is_sum { sum } else { 0.0 },
        mean: estimate(mean, interval::mean(&blocks, LEVEL)),
        max: if is_sum { tally.rate_max } else { tally.max },
    }
}

fn intervals(tallies: &Tallies) -> Vec<CountInterval> {
    let names: Vec<&'static str> = Class::all().map(Class::name).collect();
    let has_concurrent = |source: Source, index: usize| {
        tallies.totals.get(&(source, index)).is_some_and(|total| total.has_concurrent)
    };
    let interval = |(key, sums): (&super::tally::IntervalKey, &Sums)| {
        let (source, start, length_s, index) = *key;
        CountInterval {
            source: source.name(),
            kind: names.get(index).copied().unwrap_or_default(),
            start: utc(start),
            length_s,
            requests: sums.requests,
            request_bytes: sums.request_bytes,
            response_bytes: sums.response_bytes,
            failed: if sums.failed_known > 0.0 { sums.failed } else { f64::NAN },
            concurrent_max: match has_concurrent(source, index) {
                true => sums.concurrent_s / f64::from(length_s),
                false => f64::NAN,
            },
            elapsed_mean_s: divided(elapsed(sums, 0.0)),
        }
    };
    tallies.intervals.iter().map(interval).collect()
}
