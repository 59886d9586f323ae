//! Extracts the values of all metrics from a [`RunResult`]. Confidence intervals, comparisons,
//! sweeps, sizing and baselines use this list.

use crate::terms::{Direction, Metric, MetricFamily, Via};

use super::{ConnectionPointResult, DisruptionResult, NetworkResult, RunResult};

/// Returns all metrics of a run with their values: first those of the whole run, then those of its
/// components. Two runs of the same scenario have the same metrics in the same order. A value is
/// infinite if the run ended too early for it (for example, before recovery), and NaN if there are
/// no observations.
pub fn metrics(result: &RunResult) -> Vec<(Metric, f64)> {
    let whole = MetricFamily::of_run().map(|one| (Metric::from(one), of_run(one, result)));
    let mut all: Vec<(Metric, f64)> = whole.collect();
    let mut of_component = |family: MetricFamily, component: String, value: f64| {
        all.push((Metric::of_component(family, component), value));
    };
    for one in &result.origins {
        of_component(MetricFamily::LatencyP95, one.name.clone(), one.latency.p95);
    }
    for one in result.stations.iter().filter(|one| one.servers.is_some()) {
        let component = format!("{} {}", one.role.name(), one.name);
        of_component(MetricFamily::Utilisation, component.clone(), one.utilisation_mean_share);
        of_component(MetricFamily::WaitP95, component, one.wait.p95);
    }
    for one in &result.instances {
        let component = format!("{}/{}", one.gateway, one.number);
        of_component(MetricFamily::ConnectionsPeak, component, one.connections_peak as f64);
    }
    for one in &result.connection_points {
        of_component(MetricFamily::PortsPeak, one.name.clone(), one.ports_peak as f64);
    }
    for one in &result.deployments {
        let p95 = not_reached(one.installed.p95_s);
        of_component(MetricFamily::ComplianceP95, one.name.clone(), p95);
    }
    all
}

/// Returns the value of a metric of the whole run.
fn of_run(family: MetricFamily, r: &RunResult) -> f64 {
    let limited = || r.stations.iter().filter(|one| one.servers.is_some());
    match family {
        MetricFamily::LatencyMean => r.latency.mean,
        MetricFamily::LatencyP50 => r.latency.p50,
        MetricFamily::LatencyP95 => r.latency.p95,
        MetricFamily::LatencyP99 => r.latency.p99,
        MetricFamily::LatencyP999 => r.latency.p999,
        MetricFamily::Throughput => r.requests.throughput_per_s,
        MetricFamily::FailureShare => {
            share(r.requests.failed, r.requests.completed + r.requests.failed)
        }
        MetricFamily::FailedAttemptShare => share(r.requests.failed_attempts, r.requests.attempts),
        MetricFamily::RetryingMean => r.waiting_for_retry_mean,
        MetricFamily::OutstandingWorst => {
            r.worst_5min.as_ref().map_or(0.0, |worst| worst.outstanding_mean)
        }
        MetricFamily::ChannelAvailability => channel_availability_share(r),
        MetricFamily::GatewayAvailability => {
            minimum(r.gateways.iter().map(|one| one.availability_share))
        }
        MetricFamily::RecoveryMax => greatest(r.disruptions.iter().map(recovery)),
        MetricFamily::ConnectionsPeak => {
            greatest(r.instances.iter().map(|one| one.connections_peak as f64))
        }
        MetricFamily::OverLimitShare => {
            greatest(r.instances.iter().map(|one| one.time_over_limit_share))
        }
        MetricFamily::PortsPeakShare => greatest(r.connection_points.iter().map(ports_share)),
        MetricFamily::PortRefusals => {
            r.connection_points.iter().map(|one| one.port_refusals as f64).sum()
        }
        MetricFamily::UtilisationHighest => {
            greatest(limited().map(|one| one.utilisation_mean_share))
        }
        MetricFamily::UtilisationPeak => greatest(limited().map(|one| one.utilisation_peak_share)),
        MetricFamily::PolicyAgeMean => r.policy_age.mean,
        MetricFamily::PolicyAgeP95 => r.policy_age.p95,
        MetricFamily::PolicyP95 => {
            greatest(r.deployments.iter().map(|one| not_reached(one.policy.p95_s)))
        }
        MetricFamily::ComplianceP95 => {
            greatest(r.deployments.iter().map(|one| not_reached(one.installed.p95_s)))
        }
        MetricFamily::EgressPerExistingClient => {
            r.flows.egress_per_existing_client_30_days_bytes.unwrap_or(f64::NAN)
        }
        MetricFamily::EgressPerOnlineClient => {
            r.flows.egress_per_online_client_30_days_bytes.unwrap_or(f64::NAN)
        }
        MetricFamily::VpnBytes
        | MetricFamily::VpnDownPeak
        | MetricFamily::VpnDownP95
        | MetricFamily::VpnUpPeak
        | MetricFamily::VpnUpP95
        | MetricFamily::IntranetBytes
        | MetricFamily::IntranetDownPeak
        | MetricFamily::IntranetDownP95
        | MetricFamily::InternetBytes
        | MetricFamily::InternetDownPeak
        | MetricFamily::InternetDownP95
        | MetricFamily::AzureToSiteBytes
        | MetricFamily::AzureToSiteUpPeak
        | MetricFamily::AzureToSiteUpP95 => of_network(family, &r.network),
        MetricFamily::CostPerMonth => r.cost.total_per_month.unwrap_or(f64::NAN),
        // These metrics exist only for components.
        MetricFamily::Utilisation | MetricFamily::WaitP95 | MetricFamily::PortsPeak => f64::NAN,
    }
}

/// Returns the value of a metric of a network; NaN for other metrics, for a percentile of a period
/// shorter than five minutes, and for results without flows.
fn of_network(family: MetricFamily, network: &NetworkResult) -> f64 {
    use Direction::{Down, Up};
    let bytes = |via| {
        let totals = Direction::ALL.map(|direction| network.total(via, direction));
        let sum = totals.iter().flatten().map(|one| one.bytes).sum::<u64>();
        totals[0].map_or(f64::NAN, |_| sum as f64)
    };
    let peak =
        |via, direction| network.total(via, direction).map_or(f64::NAN, |one| one.peak_mbit_per_s);
    let p95 = |via, direction| {
        network.total(via, direction).and_then(|one| one.p95_mbit_per_s).unwrap_or(f64::NAN)
    };
    match family {
        MetricFamily::VpnBytes => bytes(Via::Vpn),
        MetricFamily::VpnDownPeak => peak(Via::Vpn, Down),
        MetricFamily::VpnDownP95 => p95(Via::Vpn, Down),
        MetricFamily::VpnUpPeak => peak(Via::Vpn, Up),
        MetricFamily::VpnUpP95 => p95(Via::Vpn, Up),
        MetricFamily::IntranetBytes => bytes(Via::Intranet),
        MetricFamily::IntranetDownPeak => peak(Via::Intranet, Down),
        MetricFamily::IntranetDownP95 => p95(Via::Intranet, Down),
        MetricFamily::InternetBytes => bytes(Via::Internet),
        MetricFamily::InternetDownPeak => peak(Via::Internet, Down),
        MetricFamily::InternetDownP95 => p95(Via::Internet, Down),
        MetricFamily::AzureToSiteBytes => bytes(Via::AzureToSite),
        MetricFamily::AzureToSiteUpPeak => peak(Via::AzureToSite, Up),
        MetricFamily::AzureToSiteUpP95 => p95(Via::AzureToSite, Up),
        _ => f64::NAN,
    }
}

/// Returns a share, or NaN if there are no observations.
fn share(component: u64, whole: u64) -> f64 {
    if whole == 0 { f64::NAN } else { component as f64 / whole as f64 }
}

/// Returns the maximum, or NaN without values.
fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::max)
}

fn minimum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::min)
}

fn not_reached(seconds: Option<f64>) -> f64 {
    seconds.unwrap_or(f64::INFINITY)
}

fn ports_share(point: &ConnectionPointResult) -> f64 {
    point.ports_peak as f64 / f64::from(point.port_limit.max(1))
}

fn recovery(disruption: &DisruptionResult) -> f64 {
    not_reached(disruption.recovery_s)
}

/// Returns the mean channel availability of all cohorts, weighted by their number of clients.
fn channel_availability_share(result: &RunResult) -> f64 {
    let (mut sum, mut clients) = (0.0, 0.0);
    for one in &result.origins {
        if let Some(availability) = one.channel_availability_share {
            sum += availability * one.clients as f64;
            clients += one.clients as f64;
        }
    }
    if clients > 0.0 { sum / clients } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{NetworkTotalResult, OriginResult, RequestCounts};
    use crate::terms::NetworkTotal;

    #[test]
    fn metrics_match_the_run() {
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
            let found = all.iter().find(|(metric, _)| metric.name() == name);
            found.map_or(f64::NEG_INFINITY, |(_, value)| *value)
        };
        assert_eq!(value("failure_share"), 0.1);
        assert_eq!(value("ports_peak_share"), 0.5);
        assert_eq!(value("port_refusals"), 6.0);
        assert!(value("compliance_p95_s").is_nan(), "the run has no deployment");
        result.deployments.push(Default::default());
        let all = metrics(&result);
        let reached = all.iter().find(|(metric, _)| metric.name() == "compliance_p95_s");
        assert_eq!(reached.map(|(_, value)| *value), Some(f64::INFINITY));
    }

    #[test]
    fn network_metrics_come_from_the_totals() {
        let totals = NetworkTotal::all().map(|total| NetworkTotalResult {
            via: total.via,
            direction: total.direction,
            bytes: 10_u64.pow(total.index() as u32),
            peak_mbit_per_s: total.index() as f64 + 0.5,
            peak_start_s: None,
            p95_mbit_per_s: (total.via == Via::Vpn).then_some(total.index() as f64),
        });
        let network = NetworkResult { flows: Vec::new(), totals: totals.collect() };
        let result = RunResult { network, ..RunResult::default() };
        let all = metrics(&result);
        let value = |name: &str| {
            let found = all.iter().find(|(metric, _)| metric.name() == name);
            found.map_or(f64::NEG_INFINITY, |(_, value)| *value)
        };
        // The order is intranet, VPN, internet, Azure to site, each down and up.
        let bytes = ["intranet_bytes", "vpn_bytes", "internet_bytes", "azure_to_site_bytes"];
        assert_eq!(bytes.map(value), [11.0, 1_100.0, 110_000.0, 11_000_000.0]);
        let peaks = [
            "intranet_down_peak_mbit_per_s",
            "vpn_down_peak_mbit_per_s",
            "vpn_up_peak_mbit_per_s",
            "internet_down_peak_mbit_per_s",
            "azure_to_site_up_peak_mbit_per_s",
        ];
        assert_eq!(peaks.map(value), [0.5, 2.5, 3.5, 4.5, 7.5]);
        let p95 = ["vpn_down_p95_mbit_per_s", "vpn_up_p95_mbit_per_s"];
        assert_eq!(p95.map(value), [2.0, 3.0]);
        assert!(value("intranet_down_p95_mbit_per_s").is_nan(), "shorter than five minutes");
        assert!(of_run(MetricFamily::VpnBytes, &RunResult::default()).is_nan());
        let of_network = MetricFamily::ALL.into_iter().filter(|one| one.is_of_network());
        assert_eq!(of_network.count(), 14);
    }

    #[test]
    fn weights_cohorts_by_their_number_of_clients() {
        let cohort = |clients, channel_availability_share| OriginResult {
            name: "cohort".to_owned(),
            clients,
            internet_mean: 0.0,
            internet_peak: 0,
            vpn_mean: 0.0,
            intranet_mean: 0.0,
            gateway_mean: 0.0,
            channel_availability_share,
            requests: RequestCounts::default(),
            latency: Default::default(),
        };
        let origins = vec![cohort(300, Some(1.0)), cohort(100, Some(0.6)), cohort(900, None)];
        let result = RunResult { origins, ..RunResult::default() };
        assert!((channel_availability_share(&result) - 0.9).abs() < 1e-12);
    }
}
