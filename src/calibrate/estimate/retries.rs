//! Delays before retries, from the gaps after errors.
//!
//! After `n` errors in a row, a client waits `first * factor^(n - 1)`, at most `cap`, times a
//! number that is uniform between 1 - jitter and 1 + jitter, so the mean of the gaps after `n`
//! errors is this delay. The next request of a client is not always the retry: it can be a
//! scheduled request, or a message of another kind. Only gaps that the jitter of the scenario
//! allows around their own mean are used.

use super::evidence::{Evidence, classes_of};
use super::fits;
use super::rates::common;
use super::values::{LEVEL, Number, Values};
use crate::calibrate::fit::interval::t_quantile;
use crate::logs::{Activity, Class, ERRORS_MAX};
use crate::model::config::Retry;
use crate::terms::{RequestKind, Role};

const FIRST: &str = "client.retry.first";
const FACTOR: &str = "client.retry.factor";
const ATTEMPTS: &str = "client.retry.attempts";

/// The smallest number of gaps from which a delay is estimated.
const GAPS_MIN: f64 = 30.0;
/// The smallest share of the gaps that the jitter allows. With a smaller one, most of the next
/// requests are not retries. This number is an assumption.
const ALLOWED_MIN: f64 = 0.6;
/// The tolerance of the ends of the jitter: a share, and the resolution of the gaps in seconds.
const TOLERANCE: (f64, f64) = (0.1, 1.0);
/// Iterations of the selection of gaps.
const ITERATIONS: u32 = 8;
/// The share of the cap from which a delay does not show the factor.
const BELOW_CAP: f64 = 0.9;

/// Measures the delays before retries.
pub(super) fn measure(values: &mut Values<'_>, evidence: &Evidence<'_>) {
    let Some(retry) = common(values, |cohort| Some(&cohort.retry)) else {
        let reason = "the cohorts of the scenario have different retry policies";
        return values.missing(FIRST, reason, "set one policy in client.retry");
    };
    let activities = match activities(evidence) {
        Ok(activities) => activities,
        Err(reason) => {
            let remedy = "log c-ip on a server that clients reach directly";
            return [FIRST, FACTOR].iter().for_each(|path| values.missing(path, &reason, remedy));
        }
    };
    let delays = delays(&activities, retry);
    let first = match delays.first() {
        Some(Ok(first)) => *first,
        other => {
            let reason = match other {
                Some(Err(reason)) => reason.clone(),
                _ => "the scenario has no retries".to_owned(),
            };
            let remedy = "read logs of a period in which the servers failed";
            return [FIRST, FACTOR].iter().for_each(|path| values.missing(path, &reason, remedy));
        }
    };
    let method = format!(
        "mean time from an error to the next request of the same client and class; uses the \
         {:.0} % of these times that are possible with a jitter of {:.0} %",
        100.0 * first.allowed,
        100.0 * retry.jitter
    );
    let (value, number) = (fits::constant(first.mean), Some(first.number()));
    values.distribution(&[FIRST.to_owned()], value, number, first.gaps.round() as u64, method);
    factor(values, &delays, retry);
    let reason = "the logs do not show whether a request after several errors is another attempt \
                  or the next scheduled request";
    values.missing(ATTEMPTS, reason, "");
}

/// Measures the growth of the delay from one attempt to the next.
fn factor(values: &mut Values<'_>, delays: &[Result<Delay, String>], retry: &Retry) {
    let cap = retry.cap.as_seconds();
    let known = delays.iter().map_while(|delay| delay.as_ref().ok());
    let known: Vec<Delay> = known.copied().take_while(|one| one.mean < BELOW_CAP * cap).collect();
    let Some(factor) = growth(&known) else {
        let reason = match delays.get(1) {
            Some(Err(reason)) => reason.as_str(),
            _ => "the delays of the second and later attempts are limited by client.retry.cap",
        };
        let remedy = "read logs of a period in which the servers failed for longer";
        return values.missing(FACTOR, reason, remedy);
    };
    let method = format!(
        "growth of the mean time to the next request after 1 to {} errors in a row (weighted least \
         squares of its logarithm)",
        known.len()
    );
    let gaps = known.iter().map(|one| one.gaps).sum::<f64>().round() as u64;
    values.number(FACTOR, factor, gaps, method);
}

/// Returns the activity of the classes whose requests clients repeat with `client.retry`.
fn activities(evidence: &Evidence<'_>) -> Result<Vec<Activity>, String> {
    let is_own = |class: &Class| {
        let others = [RequestKind::ChannelOpen, RequestKind::KeepAlive];
        evidence.rows(*class) > 0 && others.iter().all(|kind| *class != Class::Kind(*kind))
    };
    let classes = classes_of(Role::ManagementPoint).filter(is_own);
    let found: Result<Vec<Activity>, _> =
        classes.map(|class| evidence.tallies.activity(class)).collect();
    found.map_err(|error| error.to_string())
}

/// A delay before an attempt.
#[derive(Clone, Copy, Debug)]
struct Delay {
    /// Mean in seconds.
    mean: f64,
    /// Standard error of the mean in seconds.
    error: f64,
    /// Number of gaps that the jitter allows.
    gaps: f64,
    /// Their share of all gaps.
    allowed: f64,
}

impl Delay {
    fn number(&self) -> Number {
        let half_width = t_quantile(LEVEL, self.gaps - 1.0).unwrap_or(2.0) * self.error;
        Number { value: self.mean, low: self.mean - half_width, high: self.mean + half_width }
    }
}

/// Returns the delays after 1, 2, ... errors in a row, or the reasons why they are not known. After
/// the last attempt of the scenario, no retry follows. The last of the counted numbers of errors
/// includes larger numbers and is not used.
fn delays(activities: &[Activity], retry: &Retry) -> Vec<Result<Delay, String>> {
    let attempts = usize::try_from(retry.attempts).unwrap_or(usize::MAX);
    let gaps = |index: usize| -> Vec<(f64, f64)> {
        let bins = activities.iter().flat_map(|one| one.retries[index].gaps_s.bins());
        bins.map(|(low, high, count)| (0.5 * (low + high) as f64, count as f64)).collect()
    };
    let delay = |index: usize| {
        delay(gaps(index), retry.jitter).map_err(|allowed| match allowed {
            Some(share) => format!(
                "only {:.0} % of the requests after an error follow it after a similar time, so \
                 most of them are not retries",
                100.0 * share
            ),
            None if index == 0 => {
                format!("fewer than {GAPS_MIN:.0} retries followed an error of a client")
            }
            None => format!(
                "fewer than {GAPS_MIN:.0} retries followed {} consecutive errors of a client",
                index + 1
            ),
        })
    };
    (0..(ERRORS_MAX - 1).min(attempts.saturating_sub(1))).map(delay).collect()
}

/// Returns the delay that gaps and their counts show. The error is `None` if the gaps are too few,
/// or the share of the gaps that the jitter allows.
fn delay(mut gaps: Vec<(f64, f64)>, jitter: f64) -> Result<Delay, Option<f64>> {
    gaps.sort_by(|one, two| one.0.total_cmp(&two.0));
    let all: f64 = gaps.iter().map(|one| one.1).sum();
    let mut below = 0.0;
    let median = gaps.iter().find(|(_, count)| {
        below += count;
        below >= 0.5 * all
    });
    let mut mean = median.filter(|_| all >= GAPS_MIN).ok_or(None)?.0;
    let mut found = Delay { mean, error: 0.0, gaps: 0.0, allowed: 0.0 };
    for _ in 0..ITERATIONS {
        let (share, resolution) = TOLERANCE;
        let low = mean * (1.0 - jitter) * (1.0 - share) - resolution;
        let high = mean * (1.0 + jitter) * (1.0 + share) + resolution;
        let own = || gaps.iter().filter(|(gap, _)| (low..=high).contains(gap));
        let count: f64 = own().map(|one| one.1).sum();
        mean = own().map(|(gap, count)| gap * count).sum::<f64>() / count;
        let squares: f64 = own().map(|(gap, count)| count * (gap - mean) * (gap - mean)).sum();
        let error = (squares / (count - 1.0).max(1.0) / count).sqrt();
        found = Delay { mean, error, gaps: count, allowed: count / all };
    }
    match found {
        Delay { allowed, .. } if allowed < ALLOWED_MIN => Err(Some(allowed)),
        Delay { gaps, .. } if gaps < GAPS_MIN => Err(None),
        found => Ok(found),
    }
}

/// Returns the factor from one delay to the next, by weighted least squares of the logarithms;
/// `None` with fewer than two delays.
fn growth(delays: &[Delay]) -> Option<Number> {
    if delays.len() < 2 {
        return None;
    }
    // The resolution of a second limits the weight of delays without jitter.
    let points = || {
        (0..delays.len()).zip(delays).map(|(at, one)| {
            let error = (one.error * one.error + 1.0 / one.gaps / 6.0).sqrt() / one.mean;
            (at as f64, libm::log(one.mean), 1.0 / (error * error))
        })
    };
    let weights: f64 = points().map(|one| one.2).sum();
    let mean_x = points().map(|(x, _, weight)| weight * x).sum::<f64>() / weights;
    let mean_y = points().map(|(_, y, weight)| weight * y).sum::<f64>() / weights;
    let squares: f64 = points().map(|(x, _, weight)| weight * (x - mean_x) * (x - mean_x)).sum();
    let products: f64 = points().map(|(x, y, weight)| weight * (x - mean_x) * (y - mean_y)).sum();
    let slope = products / squares;
    let freedom = delays.iter().map(|one| one.gaps).sum::<f64>() - 2.0;
    let half_width = t_quantile(LEVEL, freedom)? / squares.sqrt();
    let at = |slope: f64| libm::exp(slope).max(1.0);
    Some(Number { value: at(slope), low: at(slope - half_width), high: at(slope + half_width) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaps at equal distances between 1 - jitter and 1 + jitter times a delay.
    fn gaps(delay: f64, count: u32) -> Vec<(f64, f64)> {
        let at = |number: u32| 0.5 + (f64::from(number) + 0.5) / f64::from(count);
        (0..count).map(|number| ((delay * at(number)).round(), 1.0)).collect()
    }

    #[test]
    fn delays_are_the_means_of_the_gaps_that_the_jitter_allows() {
        let found = delay(gaps(60.0, 200), 0.5).expect("a delay");
        assert!((found.mean - 60.0).abs() < 0.5, "{found:?}");
        // A uniform distribution of width 60: 60 / sqrt(12 * 200) = 1.22.
        assert!((found.error - 1.22).abs() < 0.02, "{found:?}");
        // Messages of other kinds soon after the error, and scheduled requests an hour later.
        let mut mixed = gaps(60.0, 200);
        mixed.extend([(2.0, 20.0), (3600.0, 60.0)]);
        let found = delay(mixed, 0.5).expect("a delay");
        assert!((found.mean - 60.0).abs() < 0.5, "{found:?}");
        assert!((found.allowed - 200.0 / 280.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn few_or_scattered_gaps_give_no_delay() {
        assert_eq!(delay(gaps(60.0, 29), 0.5).err(), Some(None));
        assert_eq!(delay(Vec::new(), 0.5).err(), Some(None));
        let scattered: Vec<(f64, f64)> = (0..12).map(|at| (f64::from(1 << at), 10.0)).collect();
        assert!(matches!(delay(scattered, 0.1), Err(Some(_))));
    }

    #[test]
    fn the_factor_is_the_growth_of_the_delays() {
        let known = [60.0, 120.0, 240.0].map(|mean| delay(gaps(mean, 400), 0.5).expect("a delay"));
        let found = growth(&known).expect("a factor");
        assert!((found.value - 2.0).abs() < 0.02, "{found:?}");
        assert!(found.low < 2.0 && found.high > 2.0 && found.high - found.low < 0.2, "{found:?}");
        assert!(growth(&known[..1]).is_none());
        // Equal delays: a factor is at least one.
        let equal = [known[0], known[0]];
        assert_eq!(growth(&equal).map(|one| (one.value, one.low)), Some((1.0, 1.0)));
    }
}
