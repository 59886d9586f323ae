//! What outlasts its cause: retries that keep a station down, and connections that stay where a
//! disruption put them.

use crate::report::format;
use crate::results::{RunResult, SkewResult};

/// The end of the run in which a storm must be over: its last tenth.
const TAIL: f64 = 0.9;

/// Above this share of failed attempts the load is mostly retries.
const STORM: f64 = 0.5;

/// Skew below this is of no weight; 1.2 is what counts as uneven at all.
const LOPSIDED: f64 = 1.5;

/// Failures that go on although everything that broke is whole again.
pub(super) fn retry_storm(result: &RunResult) -> Option<String> {
    let duration = result.scenario.duration_seconds;
    let tail_from = TAIL * duration;
    let is_over = |end: Option<f64>| end.is_some_and(|end| end <= tail_from);
    let disruptions = &result.disruptions;
    if disruptions.is_empty() || !disruptions.iter().all(|one| is_over(one.end_seconds)) {
        return None;
    }
    let series = &result.series;
    let first = series.start_seconds.partition_point(|start| *start < tail_from);
    let sum = |values: &[f64]| values.iter().skip(first).sum::<f64>();
    let (failed, attempts) = (sum(&series.failed_per_second), sum(&series.attempts_per_second));
    if attempts <= 0.0 || failed <= STORM * attempts || !is_from_waiting(result) {
        return None;
    }
    let mean_in_tail = |column: usize| {
        let values = series.utilisation.get(column).map_or(&[][..], |one| &one.values);
        let tail = values.get(first..).unwrap_or_default();
        tail.iter().sum::<f64>() / tail.len().max(1) as f64
    };
    let limited = result.stations.iter().enumerate().filter(|(_, one)| one.servers.is_some());
    let busiest = limited
        .map(|(column, station)| (station, mean_in_tail(column)))
        .max_by(|one, other| one.1.total_cmp(&other.1));
    let down = match busiest {
        Some((station, busy)) => {
            let name = format!("{} {}", station.role, station.name);
            format!("{name}, {} busy, is kept down by", format::share(busy))
        }
        None => "the system is kept down by".to_owned(),
    };
    Some(format!(
        "Everything that broke is whole again, and still {} of all attempts fail in the last tenth \
         of the run: {down} time-outs and retries, which make it work for answers that nobody \
         waits for any more. It does not recover by itself: a longer back-off between retries, a \
         queue that is shorter than the clients' patience, or more servers help.",
        format::share(failed / attempts),
    ))
}

/// Do attempts fail because they wait too long, or find a queue full? What is refused for want of
/// a port or a server is no work for anybody.
fn is_from_waiting(result: &RunResult) -> bool {
    let waiting = ["timeout", "queue_full", "queue_timeout"];
    let main = result.failures.iter().max_by_key(|failure| failure.attempts);
    main.is_some_and(|failure| waiting.contains(&failure.cause.as_str()))
}

/// A disruption of a gateway that met less than this share of the clients of the busiest time says
/// little.
const FEW: f64 = 0.2;

/// So few clients are few at any time.
const CLIENTS: f64 = 100.0;

/// How those begin that only clients of gateways notice.
const OF_GATEWAYS: [&str; 4] = ["update domain ", "instance ", "instances ", "connection point "];

/// Disruptions all of which came when hardly anybody used a gateway.
pub(super) fn few_were_there(result: &RunResult) -> Option<String> {
    let (starts, users) = (&result.series.start_seconds, &result.series.gateway_clients);
    let users_at = |seconds: f64| {
        let bin = starts.partition_point(|start| *start <= seconds).checked_sub(1)?;
        users.get(bin).copied()
    };
    let is_of_gateway = |what: &str| OF_GATEWAYS.iter().any(|begin| what.starts_with(begin));
    let met = result.disruptions.iter().filter(|one| one.start_seconds >= 0.0);
    if !met.clone().all(|one| is_of_gateway(&one.what)) {
        return None;
    }
    let met = met.filter_map(|one| Some((one, users_at(one.start_seconds)?)));
    let (worst, there) = met.max_by(|one, other| one.1.total_cmp(&other.1))?;
    let all = starts.iter().zip(users);
    let (busiest, most) = all.max_by(|one, other| one.1.total_cmp(other.1))?;
    if *most < CLIENTS || there > FEW * most {
        return None;
    }
    let civil = |seconds: f64| result.scenario.civil(seconds).replace('T', " ");
    Some(format!(
        "When {} went ({}), {} clients used a gateway; at the busiest time ({}) there are {}. What \
         it does then is not seen here: move disruption.{}.at.",
        worst.what,
        civil(worst.start_seconds),
        format::count(there.round() as u64),
        civil(*busiest),
        format::count(most.round() as u64),
        worst.name,
    ))
}

/// The worst skew that lasted.
pub(super) fn skew(result: &RunResult) -> Option<String> {
    let lopsided = result.skews.iter().filter(|skew| skew.ratio_at_first >= LOPSIDED);
    let worst =
        lopsided.max_by(|one, other| one.ratio_at_first.total_cmp(&other.ratio_at_first))?;
    Some(format!(
        "After {} instance {}/{} carried {} times the mean of its gateway's connections, and {}. \
         Nothing rebalances them: size the instances for it, or let updates come when few clients \
         are connected.",
        worst.after,
        worst.gateway,
        worst.instance,
        format::number(worst.ratio_at_first),
        lasted(worst),
    ))
}

fn lasted(skew: &SkewResult) -> String {
    match skew.uneven_seconds {
        Some(passed) => format!("it took {} until they were nearly even", format::seconds(passed)),
        None => format!(
            "{} later still {} times",
            format::seconds(skew.until_seconds - skew.from_seconds),
            format::number(skew.ratio_at_end)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Column, DisruptionResult, FailureCount, Latency, StationResult};

    fn disruption(end_seconds: Option<f64>) -> DisruptionResult {
        DisruptionResult {
            name: "slow".to_owned(),
            what: "management point mp".to_owned(),
            start_seconds: 10.0,
            end_seconds,
            connections_lost: 0,
            peak_connect_attempts_per_second: 0.0,
            peak_connects_per_second: 0.0,
            usual_connects_per_second: 0.0,
            recovery_seconds: None,
            failed_attempts: 0,
        }
    }

    fn station(name: &str, servers: Option<u32>) -> StationResult {
        StationResult {
            name: name.to_owned(),
            role: "management point".to_owned(),
            servers,
            arrivals: 0,
            refused: 0,
            left: 0,
            cleared: 0,
            completed: 0,
            delayed_share: 0.0,
            throughput_per_second: 0.0,
            utilisation: 0.0,
            utilisation_peak: 0.0,
            queue_mean: 0.0,
            present_mean: 0.0,
            present_peak: 0,
            wait: Latency::NONE,
            stay: Latency::NONE,
            little_gap: 0.0,
            utilisation_gap: 0.0,
        }
    }

    #[test]
    fn a_disruption_that_met_nobody_is_told() {
        let of_gateway =
            DisruptionResult { what: "update domain 0 of main".to_owned(), ..disruption(None) };
        let mut result = RunResult { disruptions: vec![of_gateway], ..Default::default() };
        result.series.start_seconds = vec![0.0, 5.0, 10.0, 15.0];
        result.series.gateway_clients = vec![0.0, 900.0, 100.0, 400.0];
        let told = few_were_there(&result).expect("a ninth of them");
        assert!(told.contains("100 clients") && told.contains("there are 900"), "{told}");
        let server = RunResult { disruptions: vec![disruption(None)], ..result.clone() };
        assert_eq!(few_were_there(&server), None, "others notice a management point, too");
        result.series.gateway_clients[2] = 200.0;
        assert_eq!(few_were_there(&result), None, "more than a fifth");
        result.series.gateway_clients = vec![0.0, 90.0, 1.0, 40.0];
        assert_eq!(few_were_there(&result), None, "few at any time");
    }

    /// Ten bins of 10 s, of which the last has so many failures of ten attempts.
    fn result(failed_at_end: f64, end_seconds: Option<f64>) -> RunResult {
        let mut result = RunResult {
            disruptions: vec![disruption(end_seconds)],
            stations: vec![station("idle", Some(1)), station("mp", Some(4)), station("db", None)],
            ..RunResult::default()
        };
        result.scenario.duration_seconds = 100.0;
        let mut failed = vec![9.0; 9];
        failed.push(failed_at_end);
        let column = |value: f64| Column { name: String::new(), values: vec![value; 10] };
        result.series.start_seconds = (0..10).map(|bin| f64::from(bin) * 10.0).collect();
        result.series.attempts_per_second = vec![10.0; 10];
        result.series.failed_per_second = failed;
        result.series.utilisation = vec![column(0.1), column(1.0), column(5.0)];
        let (attempts, requests, of_channel, of_downloads) = (90, 0, 0, 0);
        let (cause, meaning) = ("timeout".to_owned(), String::new());
        let count = FailureCount { cause, meaning, attempts, requests, of_channel, of_downloads };
        result.failures.push(count);
        result
    }

    #[test]
    fn failures_that_outlast_their_cause_are_a_retry_storm() {
        let sentence = retry_storm(&result(8.0, Some(60.0))).expect("a storm");
        assert!(sentence.contains("still 80.0 % of all attempts fail"), "{sentence}");
        assert!(sentence.contains("management point mp, 100.0 % busy"), "{sentence}");
        assert_eq!(retry_storm(&result(5.0, Some(60.0))), None, "half are no storm");
        assert_eq!(retry_storm(&result(8.0, Some(95.0))), None, "hardly over");
        assert_eq!(retry_storm(&result(8.0, None)), None, "not over");
        let mut ports = result(8.0, Some(60.0));
        ports.failures[0].cause = "no_free_port".to_owned();
        assert_eq!(retry_storm(&ports), None, "refusals are no work");
        let calm = RunResult { disruptions: Vec::new(), ..result(8.0, None) };
        assert_eq!(retry_storm(&calm), None, "nothing broke: it is plain overload");
    }

    #[test]
    fn the_worst_skew_is_told() {
        let one = |ratio_at_first, uneven_seconds| SkewResult {
            gateway: "main".to_owned(),
            instance: 1,
            after: "patching".to_owned(),
            from_seconds: 100.0,
            ratio_at_first,
            ratio_at_end: 1.9,
            uneven_seconds,
            until_seconds: 700.0,
            is_cut_short: false,
        };
        let with = |skews| skew(&RunResult { skews, ..RunResult::default() });
        assert_eq!(with(vec![one(1.4, None)]), None);
        let sentence = with(vec![one(1.6, Some(60.0)), one(2.0, None)]).expect("told");
        let expected = "After patching instance main/1 carried 2 times the mean of its gateway's \
             connections, and 10 min 00 s later still 1.90 times.";
        assert!(sentence.starts_with(expected), "{sentence}");
    }
}
