//! Quantities that are measured in the runs of a published number.

use serde::Deserialize;

use crate::results::RunResult;
use crate::terms::{Cause, RequestKind};

/// Quantity measured in one replication; from the first run unless its description says otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Increase in the p95 latency from the first to the second run, in per cent.
    LatencyIncrease,
    /// Like `LatencyIncrease`, but NaN if a request or an attempt of the second run failed.
    LatencyIncreaseWithoutFailure,
    /// Number of attempts that were refused because no port was free; counts requests and channels.
    PortRefusals,
    /// Number of clients in the first run in which ports ran out; NaN if they never did.
    ClientsAtFirstPortRefusal,
    /// Maximum ports in use of the first connection point.
    PortsPeak,
    /// Maximum minus minimum number of requests of the connection points.
    ConnectionPointSpread,
    /// Share of the busiest minute in which the servers of the station with this name were busy,
    /// in per cent.
    BusiestMinute(String),
    /// Requests per second for one file in the busiest ten seconds.
    FileRequestsPeak,
    /// Hours until 99 % of the clients had the content of the first deployment.
    HoursToDeliver,
    /// Outbound megabytes per client in 30 days.
    EgressPerClient,
    /// Seconds in which a new connection would not have been served.
    SecondsUnavailable,
    /// Maximum connections on an instance.
    ConnectionsPeak,
    /// Seconds between the time when this number of bytes had been sent and the stop of the
    /// gateway, according to the bins of the time series; NaN if the gateway did not stop.
    StopDelay(f64),
    /// Share of the clients that used a gateway, in per cent.
    GatewayShare,
    /// Number of token renewals per client per day.
    TokenRenewals,
}

impl Measure {
    /// Returns the unit.
    pub const fn unit(&self) -> &'static str {
        match self {
            Measure::LatencyIncrease
            | Measure::LatencyIncreaseWithoutFailure
            | Measure::BusiestMinute(_)
            | Measure::GatewayShare => "%",
            Measure::PortRefusals | Measure::TokenRenewals => "",
            Measure::ClientsAtFirstPortRefusal => "clients",
            Measure::PortsPeak => "ports",
            Measure::ConnectionPointSpread => "requests",
            Measure::FileRequestsPeak => "requests/s",
            Measure::HoursToDeliver => "hours",
            Measure::EgressPerClient => "MB",
            Measure::SecondsUnavailable | Measure::StopDelay(_) => "s",
            Measure::ConnectionsPeak => "connections",
        }
    }

    /// Returns the quantity, given the results of one replication of each run; NaN if the quantity
    /// cannot be measured.
    pub(super) fn of(&self, runs: &[RunResult]) -> f64 {
        self.found(runs).unwrap_or(f64::NAN)
    }

    fn found(&self, runs: &[RunResult]) -> Option<f64> {
        let first = runs.first()?;
        match self {
            Measure::LatencyIncrease => latency_increase(runs),
            Measure::LatencyIncreaseWithoutFailure => {
                let requests = &runs.get(1)?.requests;
                let failed = requests.failed + requests.failed_attempts;
                latency_increase(runs).filter(|_| failed == 0)
            }
            Measure::PortRefusals => Some(port_refusals(first) as f64),
            Measure::ClientsAtFirstPortRefusal => {
                let found = runs.iter().find(|run| port_refusals(run) > 0);
                found.map(|run| run.scenario.clients as f64)
            }
            Measure::PortsPeak => first.connection_points.first().map(|one| one.ports_peak as f64),
            Measure::ConnectionPointSpread => connection_point_spread(first),
            Measure::BusiestMinute(station) => {
                let found = first.stations.iter().find(|one| one.name == *station);
                found.map(|one| 100.0 * one.utilisation_peak_share)
            }
            Measure::FileRequestsPeak => first.gateways.first()?.file_requests_peak_per_s,
            Measure::HoursToDeliver => {
                let content = first.deployments.first()?.content;
                content.p99_s.map(|seconds| seconds / 3600.0)
            }
            Measure::EgressPerClient => {
                first.flows.egress_per_existing_client_30_days_bytes.map(|bytes| bytes / 1e6)
            }
            Measure::SecondsUnavailable => {
                let unavailable = 1.0 - first.gateways.first()?.availability_share;
                Some(unavailable * first.scenario.duration_s)
            }
            Measure::ConnectionsPeak => {
                first.instances.iter().map(|one| one.connections_peak as f64).reduce(f64::max)
            }
            Measure::StopDelay(bytes) => stop_delay(first, *bytes),
            Measure::GatewayShare => {
                Some(first.flows.gateway_clients_mean / (first.scenario.clients as f64 / 100.0))
            }
            Measure::TokenRenewals => {
                let renewals = RequestKind::TokenRenewal;
                let found = first.kinds.iter().find(|one| one.kind == renewals)?;
                let days = first.scenario.duration_s / 86_400.0;
                Some(found.requests.completed as f64 / (first.scenario.clients as f64 * days))
            }
        }
    }
}

fn latency_increase(runs: &[RunResult]) -> Option<f64> {
    let [first, second] = runs else { return None };
    Some(100.0 * (second.latency.p95 / first.latency.p95 - 1.0))
}

fn port_refusals(run: &RunResult) -> u64 {
    let found = run.failures.iter().find(|failure| failure.cause == Cause::NoPort);
    found.map_or(0, |failure| failure.attempts + failure.of_channel)
}

fn connection_point_spread(run: &RunResult) -> Option<f64> {
    let stations = run.connection_points.iter().filter_map(|one| run.station(one.station));
    let arrivals = stations.map(|one| one.arrivals);
    let (maximum, fewest) = (arrivals.clone().max()?, arrivals.min()?);
    Some((maximum - fewest) as f64)
}

fn stop_delay(run: &RunResult, bytes: f64) -> Option<f64> {
    let series = &run.series;
    let (gateway, storage) = (series.gateway_egress.first()?, series.storage_egress.first()?);
    let mut sent = 0.0;
    let bits = gateway.values.iter().zip(&storage.values).map(|(one, other)| one + other);
    let (_, start) = bits.zip(&series.start_s).find(|(bits, _)| {
        sent += bits / 8.0 * series.interval_s;
        sent >= bytes
    })?;
    Some(run.gateways.first()?.stopped_at_s? - start)
}
