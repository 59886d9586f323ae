//! The figures by which runs are judged: one table that intervals, comparisons, sweeps, sizing and
//! regression read. Every figure is one number of a [`RunResult`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DisruptionResult, RunResult};

/// Which way a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// It is a mere fact.
    Neither,
}

/// What a figure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// A share of a whole, 0..=1.
    #[serde(rename = "share")]
    Share,
    /// So many a second.
    #[serde(rename = "1/s")]
    PerSecond,
    /// So many.
    #[serde(rename = "count")]
    Count,
    /// Bytes.
    #[serde(rename = "B")]
    Bytes,
    /// The currency of the price book, a month.
    #[serde(rename = "currency/month")]
    Money,
}

impl Unit {
    /// As in the header of a table.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::PerSecond => "1/s",
            Unit::Count => "count",
            Unit::Bytes => "B",
            Unit::Money => "currency/month",
        }
    }
}

/// A figure: its name, what it counts in, which way is better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub struct Metric {
    /// `latency_p95`; of a part `utilisation[gateway instance main/0]`.
    pub name: String,
    /// Unit.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
}

/// A figure of the whole run.
struct Whole {
    name: &'static str,
    unit: Unit,
    better: Better,
    doc: &'static str,
    of: fn(&RunResult) -> f64,
}

const fn whole(
    name: &'static str,
    unit: Unit,
    better: Better,
    doc: &'static str,
    of: fn(&RunResult) -> f64,
) -> Whole {
    Whole { name, unit, better, doc, of }
}

/// Figures of the whole run, in the order of tables. What is not reached by the end is infinite,
/// what there is none of is not a number.
const WHOLE: [Whole; 26] = {
    use Better::{Higher, Lower, Neither};
    use Unit::{Bytes, Count, Money, PerSecond, Seconds, Share};
    [
        whole("latency_mean", Seconds, Lower, "mean latency that clients see", |r| r.latency.mean),
        whole("latency_p50", Seconds, Lower, "median latency", |r| r.latency.p50),
        whole("latency_p95", Seconds, Lower, "95 % quantile of latency", |r| r.latency.p95),
        whole("latency_p99", Seconds, Lower, "99 % quantile of latency", |r| r.latency.p99),
        whole("latency_p999", Seconds, Lower, "99.9 % quantile of latency", |r| r.latency.p999),
        whole("throughput", PerSecond, Higher, "requests answered a second", |r| {
            r.requests.throughput_per_second
        }),
        whole("failure_share", Share, Lower, "requests given up, of those that ended", |r| {
            share(r.requests.failed, r.requests.completed + r.requests.failed)
        }),
        whole("failed_attempt_share", Share, Lower, "attempts that failed", |r| {
            share(r.requests.failed_attempts, r.requests.attempts)
        }),
        whole(
            "retrying_mean",
            Count,
            Lower,
            "requests waiting to be tried again, on average",
            |r| r.retrying_mean,
        ),
        whole(
            "unanswered_worst",
            Count,
            Lower,
            "requests unanswered in the worst five minutes",
            |r| r.worst_five_minutes.as_ref().map_or(0.0, |worst| worst.unanswered_mean),
        ),
        whole("channel_availability", Share, Higher, CHANNELS, channel_availability),
        whole("gateway_availability", Share, Higher, GATEWAYS, |r| {
            least(r.gateways.iter().map(|one| one.availability))
        }),
        whole("recovery_longest", Seconds, Lower, RECOVERY, |r| {
            greatest(r.disruptions.iter().map(recovery))
        }),
        whole("connections_peak", Count, Neither, "most connections on one instance", |r| {
            greatest(r.instances.iter().map(|one| one.connections_peak as f64))
        }),
        whole("over_limit_share", Share, Lower, OVER, |r| {
            greatest(r.instances.iter().map(|one| one.over_limit_share))
        }),
        whole("ports_peak_share", Share, Lower, PORTS, |r| {
            greatest(
                r.connection_points
                    .iter()
                    .map(|one| one.ports_peak as f64 / f64::from(one.port_limit.max(1))),
            )
        }),
        whole(
            "port_refusals",
            Count,
            Lower,
            "requests and channels refused for want of a port",
            |r| r.connection_points.iter().map(|one| one.port_refusals as f64).sum(),
        ),
        whole("utilisation_highest", Share, Lower, "of the busiest station, on average", |r| {
            greatest(r.stations.iter().filter_map(|one| one.servers.map(|_| one.utilisation)))
        }),
        whole("utilisation_peak", Share, Lower, BUSIEST, |r| {
            greatest(r.stations.iter().filter_map(|one| one.servers.map(|_| one.utilisation_peak)))
        }),
        whole("policy_age_mean", Seconds, Lower, AGE, |r| r.policy_age.mean),
        whole("policy_age_p95", Seconds, Lower, AGE_P95, |r| r.policy_age.p95),
        whole("policy_p95", Seconds, Lower, POLICY, |r| {
            greatest(r.deployments.iter().map(|one| unreached(one.policy.p95_seconds)))
        }),
        whole("compliance_p95", Seconds, Lower, COMPLIANCE, |r| {
            greatest(r.deployments.iter().map(|one| unreached(one.installed.p95_seconds)))
        }),
        whole("egress_per_existing_client", Bytes, Lower, EXISTING, |r| {
            r.flows.egress_per_existing_client_30_days.unwrap_or(f64::NAN)
        }),
        whole("egress_per_online_client", Bytes, Lower, ONLINE, |r| {
            r.flows.egress_per_online_client_30_days.unwrap_or(f64::NAN)
        }),
        whole("cost_per_month", Money, Lower, COST, |r| r.cost.total_per_month.unwrap_or(f64::NAN)),
    ]
};

const BUSIEST: &str = "utilisation of the busiest station in its busiest minute (of the minutes from \
    the start of the measured period, whatever the bins)";
const EXISTING: &str = "bytes that gateways send in 30 days, per existing client of cohorts that use \
    a gateway (on or off)";
const ONLINE: &str = "the same per client that is on and uses a gateway, averaged over time";
const COST: &str = "bill of 30 days; no value while instances have no price";
const CHANNELS: &str = "share of the time clients had the notification channel they wanted";
const GATEWAYS: &str = "share of instances' time up, of the worst gateway";
const RECOVERY: &str = "longest recovery after a disruption; infinite if one never recovered";
const OVER: &str = "share of the time above the supported connections, of the worst instance";
const PORTS: &str = "most ports in use, of those there are, of the fullest connection point";
const AGE: &str = "since clients that are on last asked for policy with success, on average";
const AGE_P95: &str = "95 % quantile of it, over clients and time";
const POLICY: &str = "until 95 % of targets had a deployment's policy, the slowest deployment";
const COMPLIANCE: &str = "until 95 % of targets had installed, the slowest deployment";

/// Not a number of nothing: no observation is no zero.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { f64::NAN } else { part as f64 / whole as f64 }
}

/// Not a number of none.
fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::max)
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::min)
}

fn unreached(seconds: Option<f64>) -> f64 {
    seconds.unwrap_or(f64::INFINITY)
}

fn recovery(disruption: &DisruptionResult) -> f64 {
    unreached(disruption.recovery_seconds)
}

/// Of all cohorts, each by its clients.
fn channel_availability(result: &RunResult) -> f64 {
    let (mut sum, mut clients) = (0.0, 0.0);
    for one in &result.origins {
        if let Some(availability) = one.channel_availability {
            sum += availability * one.clients as f64;
            clients += one.clients as f64;
        }
    }
    if clients > 0.0 { sum / clients } else { f64::NAN }
}

/// Names of the figures of a whole run, with what they are.
pub fn documented() -> impl Iterator<Item = (Metric, &'static str)> {
    WHOLE.iter().map(|one| (metric(one.name.to_owned(), one.unit, one.better), one.doc))
}

fn metric(name: String, unit: Unit, better: Better) -> Metric {
    Metric { name, unit, better }
}

/// All figures of a run with their values: of the whole, then of its parts. Two runs of one
/// scenario have the same figures in the same order.
pub fn metrics(result: &RunResult) -> Vec<(Metric, f64)> {
    use Better::{Lower, Neither};
    let mut all: Vec<(Metric, f64)> = WHOLE
        .iter()
        .map(|one| (metric(one.name.to_owned(), one.unit, one.better), (one.of)(result)))
        .collect();
    let mut of_part = |name: &str, part: &str, unit, better, value| {
        all.push((metric(format!("{name}[{part}]"), unit, better), value));
    };
    for one in &result.origins {
        of_part("latency_p95", &one.name, Unit::Seconds, Lower, one.latency.p95);
    }
    for one in result.stations.iter().filter(|one| one.servers.is_some()) {
        let part = format!("{} {}", one.role.name(), one.name);
        of_part("utilisation", &part, Unit::Share, Lower, one.utilisation);
        of_part("wait_p95", &part, Unit::Seconds, Lower, one.wait.p95);
    }
    for one in &result.instances {
        let part = format!("{}/{}", one.gateway, one.number);
        of_part("connections_peak", &part, Unit::Count, Neither, one.connections_peak as f64);
    }
    for one in &result.connection_points {
        of_part("ports_peak", &one.name, Unit::Count, Neither, one.ports_peak as f64);
    }
    for one in &result.deployments {
        let p95 = unreached(one.installed.p95_seconds);
        of_part("compliance_p95", &one.name, Unit::Seconds, Lower, p95);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ConnectionPointResult, OriginResult, RequestCounts};

    #[test]
    fn figures_are_those_of_the_run() {
        let requests = RequestCounts { completed: 90, failed: 10, ..RequestCounts::default() };
        let connection_points = [100_u64, 8192]
            .map(|ports_peak| ConnectionPointResult {
                name: "cp".to_owned(),
                port_limit: 16_384,
                ports_peak,
                port_refusals: 3,
                ..ConnectionPointResult::default()
            })
            .to_vec();
        let mut result = RunResult { requests, connection_points, ..RunResult::default() };
        let all = metrics(&result);
        let value = |name: &str| {
            let found = all.iter().find(|(metric, _)| metric.name == name);
            found.map_or(f64::NEG_INFINITY, |(_, value)| *value)
        };
        assert_eq!(value("failure_share"), 0.1);
        assert_eq!(value("ports_peak_share"), 0.5);
        assert_eq!(value("port_refusals"), 6.0);
        assert!(value("compliance_p95").is_nan(), "there is no deployment");
        result.deployments.push(Default::default());
        let all = metrics(&result);
        let reached = all.iter().find(|(metric, _)| metric.name == "compliance_p95");
        assert_eq!(reached.map(|(_, value)| *value), Some(f64::INFINITY));
    }

    #[test]
    fn cohorts_weigh_by_their_clients() {
        let cohort = |clients, channel_availability| OriginResult {
            name: "cohort".to_owned(),
            clients,
            internet_mean: 0.0,
            internet_peak: 0,
            vpn_mean: 0.0,
            intranet_mean: 0.0,
            gateway_mean: 0.0,
            channel_availability,
            requests: RequestCounts::default(),
            latency: Default::default(),
        };
        let origins = vec![cohort(300, Some(1.0)), cohort(100, Some(0.6)), cohort(900, None)];
        let result = RunResult { origins, ..RunResult::default() };
        assert!((channel_availability(&result) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = documented().map(|(metric, _)| metric.name).collect();
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
