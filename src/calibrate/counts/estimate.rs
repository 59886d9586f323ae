//! Values of a scenario from counts.
//!
//! # What counts can measure
//!
//! * **Sizes of messages** with a path of their own: bytes divided by requests. A row that also
//!   contains other kinds (the endpoint `BGB` counts openings of channels and keep-alives) measures
//!   the kind of most of its requests.
//! * **The interval between keep-alives**, by Little's law: if each online client holds one request
//!   at the gateway (A4), the mean number of concurrent requests divided by the rate is the time
//!   that a request is held. Traffic details state the maximum of each interval, so the estimate is
//!   too large by the relative difference of maximum and mean within five minutes.
//!
//! # What they cannot measure
//!
//! * **`network.relay`** (A3): `AverageElapsedTime` at an instance is the sum of the relay, the
//!   round trip to the site, the work of the connection point, and waiting and service at the
//!   management point. The published samples are 218 ms for one request and 3,945 ms on average for
//!   769 requests, so most of it can be waiting. It is only an upper bound.
//! * Sizes of messages that share a path, of update scans (several requests are one scan of the
//!   model) and of policy bodies (several requests are one download of the model).

use crate::calibrate::fit::interval::{Interval, NoInterval};
use crate::calibrate::precision;
use crate::catalogue::{Kind, Provenance};
use crate::logs::Class;
use crate::results::calibration::{CalibratedValue, Calibration, NotMeasured};
use crate::results::counts::{CountCalibration, CountSummary};
use crate::scenario::{Problems, Scenario};
use crate::terms::RequestKind;

use super::row::Source;
use super::summary::{CHANNEL, elapsed, ratio, request_size, response_size};
use super::tally::{Sums, Tallies, Total};

/// Kinds whose requests have a path of their own and equal one request of the model.
const SIZED: [RequestKind; 4] = [
    RequestKind::Location,
    RequestKind::TokenRenewal,
    RequestKind::ChannelOpen,
    RequestKind::KeepAlive,
];

/// Largest share of failed requests with which sizes are measured, because responses to failures
/// are shorter. This number is an assumption.
const FAILED_MAX: f64 = 0.02;

/// Shortest mean time in seconds for which a channel holds a request. If it is shorter, requests
/// are not held. This number is an assumption; A4 assumes 2 to 4 minutes.
const HELD_MIN_S: f64 = 20.0;

/// Smallest half-width of an interval relative to the value: the rounding of written values.
const ROUNDING: f64 = 1e-3;

/// Sum and number per block, of which the value is the quotient.
type Part = fn(&Sums, f64) -> (f64, f64);

/// Values that are measured.
struct Values<'a> {
    base: &'a Scenario,
    tallies: &'a Tallies,
    source: String,
    list: Vec<CalibratedValue>,
    missing: Vec<NotMeasured>,
}

/// Estimates values of a base scenario; without one, the calibration has no values.
///
/// # Errors
/// Returns the problems if the scenario does not accept the measured values.
pub fn estimate(
    base: Option<&Scenario>,
    tallies: &Tallies,
    mut counts: CountSummary,
) -> Result<CountCalibration, Box<Problems>> {
    let files: Vec<String> = tallies.files.iter().map(|(name, _)| name.clone()).collect();
    let mut calibration = Calibration { period: period(&counts), files, ..Calibration::default() };
    let Some(base) = base else { return Ok(CountCalibration { calibration, counts }) };
    if let Some(online) = &mut counts.online {
        online.scenario_clients = Some(base.config.clients());
    }
    let source = source(&calibration.files);
    let mut values = Values { base, tallies, source, list: Vec::new(), missing: Vec::new() };
    for kind in SIZED {
        values.size(kind, "request", request_size, |sums| sums.request_sized);
        values.size(kind, "response", response_size, |sums| sums.response_sized);
    }
    values.keep_alive();
    values.relay();
    values.shared();
    let overrides = values
        .list
        .iter()
        .flat_map(|one| one.paths.iter().map(move |path| format!("{path}={}", one.value)));
    let measured = base.varied(&overrides.collect::<Vec<_>>()).map_err(Box::new)?;
    let assumed = |scenario: &Scenario| scenario.resolved.count(Some(Provenance::Assumed));
    calibration.scenario.clone_from(&base.name);
    (calibration.assumed_before, calibration.assumed_after) = (assumed(base), assumed(&measured));
    (calibration.values, calibration.not_measured) = (values.list, values.missing);
    Ok(CountCalibration { calibration, counts })
}

impl Values<'_> {
    /// Returns the first source with counts of a class that satisfy a condition.
    fn source_of(&self, class: Class, has: impl Fn(&Total) -> bool) -> Option<(Source, Total)> {
        Source::ALL.into_iter().find_map(|source| {
            let total = self.tallies.totals.get(&(source, class.index()))?;
            has(total).then_some((source, *total))
        })
    }

    fn missing(&mut self, path: &str, reason: String, remedy: &str) {
        let (path, remedy) = (path.to_owned(), remedy.to_owned());
        self.missing.push(NotMeasured { path, reason, remedy });
    }

    /// Adds the reason why there is no interval.
    fn without_interval(&mut self, path: &str, error: &NoInterval) {
        let remedy = match error {
            NoInterval::FewBlocks { .. } => {
                "read counts of at least five hours, with the time of each row"
            }
            _ => "",
        };
        self.missing(path, error.to_string(), remedy);
    }

    /// Returns the value of the base scenario at a path of `client`; `None` if it is not used.
    fn previous(&self, path: &str) -> Option<String> {
        let own = path.replacen("client.", "cohort.*.", 1);
        let found = self.base.resolved.values_at(&own);
        (!found.is_empty()).then(|| found.join(" or "))
    }

    fn add(
        &mut self,
        path: &str,
        found: &Interval,
        written: impl Fn(f64) -> String,
        value: String,
        (samples, method): (f64, String),
    ) {
        let Some(previous) = self.previous(path) else {
            return self.missing(path, "the scenario does not use this value".to_owned(), "");
        };
        let (kind, bounds) = (Kind::Number, (found.low, found.high));
        if let Err(reason) = precision::check(kind, found.estimate, bounds, &written) {
            return self.missing(path, reason, "read counts of a longer period");
        }
        let low = found.low.min(found.estimate * (1.0 - ROUNDING)).max(0.0);
        let high = found.high.max(found.estimate * (1.0 + ROUNDING));
        self.list.push(CalibratedValue {
            paths: vec![path.to_owned()],
            value,
            previous,
            low: Some(written(low)),
            high: Some(written(high)),
            samples: samples as u64,
            method,
            source: self.source.clone(),
        });
    }

    fn size(&mut self, kind: RequestKind, side: &str, part: Part, sized: fn(&Sums) -> f64) {
        let path = format!("client.message.{}.{side}", kind.name());
        let class = Class::Kind(kind);
        let Some((source, total)) = self.source_of(class, |total| sized(&total.sums) > 0.0) else {
            let reason = format!("no row counts requests of the kind {} with bytes", kind.name());
            return self.missing(&path, reason, "");
        };
        let failed = total.sums.failed / total.sums.failed_known;
        if failed > FAILED_MAX {
            let reason = format!(
                "{:.1} % of the requests failed, and failed requests have different sizes",
                100.0 * failed
            );
            return self.missing(&path, reason, "read counts of a period without failures");
        }
        let found = match ratio(&self.tallies.blocks(source, class), part) {
            Ok(found) => found,
            Err(error) => return self.without_interval(&path, &error),
        };
        let remark = match kind {
            RequestKind::KeepAlive => ", including channel openings",
            _ => "",
        };
        let method = format!(
            "bytes divided by requests{remark}, counted by {}; interval from {} {}",
            words(source),
            found.blocks,
            self.tallies.block_name(source)
        );
        let written = |bytes: f64| format!("\"{} B\"", bytes.round());
        let bounds = |bytes: f64| match bytes < found.estimate {
            true => format!("\"{} B\"", bytes.floor()),
            false => format!("\"{} B\"", bytes.ceil()),
        };
        let value = written(found.estimate);
        self.add(&path, &found, bounds, value, (sized(&total.sums), method));
    }

    /// Measures the time for which a channel holds a request, by Little's law.
    fn keep_alive(&mut self) {
        let path = "client.channel.keep_alive";
        let has = |total: &Total| total.has_concurrent && total.sums.requests > 0.0;
        let Some((source, total)) = self.source_of(CHANNEL, has) else {
            let reason = "no row counts requests and concurrent requests of notification channels";
            let remedy = "read the traffic details of the connection points \
                (SMS_Cloud_ProxyConnector.log)";
            return self.missing(path, reason.to_owned(), remedy);
        };
        let blocks = self.tallies.blocks(source, CHANNEL);
        let found = match ratio(&blocks, |sums, _| (sums.concurrent_s, sums.requests)) {
            Ok(found) => found,
            Err(error) => return self.without_interval(path, &error),
        };
        let mean = found.estimate;
        if mean < HELD_MIN_S {
            let reason = format!(
                "a request of a channel is in progress for {mean:.2} s on average, so the gateway \
                 does not hold requests as assumption A4 states"
            );
            return self.missing(path, reason, "");
        }
        let seconds = |seconds: f64| format!("\"{seconds:.2}s\"");
        let value = format!(
            "{{ dist = \"uniform\", low = {}, high = {} }}",
            seconds(mean * 2.0 / 3.0),
            seconds(mean * 4.0 / 3.0)
        );
        let method = format!(
            "Little's law: maximum concurrent requests divided by the request rate, counted by {}, \
             so an upper bound; shape of assumption A4 (mean +- a third); interval from {} {}",
            words(source),
            found.blocks,
            self.tallies.block_name(source)
        );
        self.add(path, &found, seconds, value, (total.sums.requests, method));
    }

    /// States why the relay delay is not measured, with its upper bound.
    fn relay(&mut self) {
        let class = Class::Kind(RequestKind::TokenRenewal);
        let reason = match self.source_of(class, |total| total.sums.timed > 0.0) {
            None => "no row counts elapsed times of token requests".to_owned(),
            Some((_, total)) => {
                let (sum, count) = elapsed(&total.sums, 0.0);
                format!(
                    "token requests take {:.0} ms on average at the instances, but this contains \
                     the round trip to the site, the work of the connection point, and waiting and \
                     service at the management point; it is an upper bound of the mean",
                    1e3 * sum / count
                )
            }
        };
        let remedy = "subtract the mean time-taken of the same requests in the IIS logs of the \
            management points (`cmgsim calibrate iis`) and the round-trip time";
        self.missing("network.relay", reason, remedy);
    }

    /// States why values of shared paths are not measured, if there are such rows.
    fn shared(&mut self) {
        let rows = [
            (
                Class::Messages,
                "client.message of policy polls, inventories, state and other messages",
                "all messages are sent to the same path, so counts do not show their kinds",
            ),
            (
                Class::Kind(RequestKind::UpdateScan),
                "client.message.update_scan",
                "one scan of the model consists of several requests, and counts do not show how \
                 many",
            ),
            (
                Class::Kind(RequestKind::PolicyBody),
                "client.message.policy_body",
                "one download of the model consists of several requests, and counts do not show \
                 how many",
            ),
        ];
        for (class, path, reason) in rows {
            if self.source_of(class, |_| true).is_some() {
                self.missing(path, reason.to_owned(), "read IIS logs with `cmgsim calibrate iis`");
            }
        }
    }
}

const fn words(source: Source) -> &'static str {
    match source {
        Source::ConnectionPoints => "connection points",
        Source::Instances => "instances",
        Source::Tables => "the program that wrote the table",
    }
}

/// Returns the files in one line.
fn source(files: &[String]) -> String {
    match files {
        [] => "standard input".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last} ({} files)", files.len()),
    }
}

/// Returns the days of the counts.
fn period(counts: &CountSummary) -> String {
    let day = |stamp: Option<&String>| stamp.and_then(|stamp| stamp.get(..10)).map(str::to_owned);
    let first = day(counts.sources.iter().filter_map(|one| one.first.as_ref()).min());
    let last = day(counts.sources.iter().filter_map(|one| one.last.as_ref()).max());
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(first), _) => first,
        _ => "unknown".to_owned(),
    }
}
