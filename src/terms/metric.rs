//! The metrics of a run: name, unit and preferred direction.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named::serde_by_name;

/// The preferred direction of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Lower values are better.
    Lower,
    /// Higher values are better.
    Higher,
    /// Neither direction is better; the metric is informative only.
    Neither,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// A share of a whole, 0..=1.
    #[serde(rename = "share")]
    Share,
    /// A rate per second.
    #[serde(rename = "1/s")]
    PerSecond,
    /// A number of items.
    #[serde(rename = "count")]
    Count,
    /// Bytes.
    #[serde(rename = "B")]
    Bytes,
    /// A rate in megabits (10^6 bits) per second.
    #[serde(rename = "Mbit/s")]
    BitRate,
    /// Currency of the price book, per month.
    #[serde(rename = "currency/month")]
    Money,
}

impl Unit {
    /// Returns the unit as in table headers.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::PerSecond => "1/s",
            Unit::Count => "count",
            Unit::Bytes => "B",
            Unit::BitRate => "Mbit/s",
            Unit::Money => "currency/month",
        }
    }
}

/// Declares the metric families, one line each.
macro_rules! families {
    ($($family:ident: $name:literal, $unit:ident, $better:ident, $doc:literal;)*) => {
        /// A family of metrics: what is measured, for a whole run or one component.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum MetricFamily {
            $(#[doc = concat!("`", $name, "`: ", $doc, ".")] $family,)*
        }

        impl MetricFamily {
            /// All families, in the order of tables.
            pub const ALL: [MetricFamily; [$($name),*].len()] = [$(MetricFamily::$family),*];

            /// Returns the stable name in files and options.
            pub const fn name(self) -> &'static str {
                match self { $(MetricFamily::$family => $name,)* }
            }

            /// Returns the unit.
            pub const fn unit(self) -> Unit {
                match self { $(MetricFamily::$family => Unit::$unit,)* }
            }

            /// Returns the preferred direction.
            pub const fn better(self) -> Better {
                match self { $(MetricFamily::$family => Better::$better,)* }
            }

            /// Returns a short description.
            pub const fn doc(self) -> &'static str {
                match self { $(MetricFamily::$family => $doc,)* }
            }
        }
    };
}

families! {
    LatencyMean: "latency_mean_s", Seconds, Lower,
        "mean latency, from the first attempt to the response";
    LatencyP50: "latency_p50_s", Seconds, Lower, "median latency";
    LatencyP95: "latency_p95_s", Seconds, Lower, "95th percentile of latency";
    LatencyP99: "latency_p99_s", Seconds, Lower, "99th percentile of latency";
    LatencyP999: "latency_p999_s", Seconds, Lower, "99.9th percentile of latency";
    Throughput: "throughput_per_s", PerSecond, Higher, "requests completed per second";
    FailureShare: "failure_share", Share, Lower, "share of finished requests that failed";
    FailedAttemptShare: "failed_attempt_share", Share, Lower, "share of attempts that failed";
    RetryingMean: "waiting_for_retry_mean", Count, Lower,
        "mean number of requests waiting for a retry";
    OutstandingWorst: "outstanding_worst_5min", Count, Lower,
        "mean number of requests outstanding in the worst five minutes";
    ChannelAvailability: "channel_availability_share", Share, Higher,
        "share of time in which clients that want a notification channel have one";
    GatewayAvailability: "gateway_availability_share", Share, Higher,
        "share of time in which a new connection would succeed, for the worst gateway";
    RecoveryMax: "recovery_max_s", Seconds, Lower,
        "longest recovery time after a disruption; infinite if not recovered";
    ConnectionsPeak: "connections_peak", Count, Neither,
        "maximum number of connections on one instance";
    OverLimitShare: "time_over_limit_share", Share, Lower,
        "share of the time above the connection limit, for the worst instance";
    PortsPeakShare: "ports_peak_share", Share, Lower,
        "maximum share of ports in use, for the connection point with the highest share";
    PortRefusals: "port_refusals", Count, Lower,
        "requests and channels refused because no port was free";
    UtilisationHighest: "utilisation_mean_share", Share, Lower,
        "mean utilisation of the busiest station";
    UtilisationPeak: "utilisation_peak_share", Share, Lower,
        "utilisation of the busiest station in its busiest minute";
    PolicyAgeMean: "policy_age_mean_s", Seconds, Lower,
        "mean time since the last successful policy poll, for online clients";
    PolicyAgeP95: "policy_age_p95_s", Seconds, Lower,
        "95th percentile, over clients and time, of the time since the last successful policy poll";
    PolicyP95: "policy_p95_s", Seconds, Lower,
        "time until 95 % of targets have the policy, for the slowest deployment";
    ComplianceP95: "compliance_p95_s", Seconds, Lower,
        "time until 95 % of targets have finished the installation, for the slowest deployment";
    EgressPerExistingClient: "egress_per_existing_client_bytes", Bytes, Lower,
        "bytes that gateways send in 30 days, per client (online or offline) in cohorts that use a \
         gateway";
    EgressPerOnlineClient: "egress_per_online_client_bytes", Bytes, Lower,
        "bytes that gateways send in 30 days, per online client that uses a gateway";
    VpnBytes: "vpn_bytes", Bytes, Lower, "bytes over the VPN, to and from clients";
    VpnDownPeak: "vpn_down_peak_mbit_per_s", BitRate, Lower,
        "rate over the VPN to clients in its busiest minute";
    VpnDownP95: "vpn_down_p95_mbit_per_s", BitRate, Lower,
        "95th percentile of the five-minute mean rates over the VPN to clients";
    VpnUpPeak: "vpn_up_peak_mbit_per_s", BitRate, Lower,
        "rate over the VPN from clients in its busiest minute";
    VpnUpP95: "vpn_up_p95_mbit_per_s", BitRate, Lower,
        "95th percentile of the five-minute mean rates over the VPN from clients";
    IntranetBytes: "intranet_bytes", Bytes, Lower,
        "bytes between clients and servers over the intranet";
    IntranetDownPeak: "intranet_down_peak_mbit_per_s", BitRate, Lower,
        "rate over the intranet to clients in its busiest minute";
    IntranetDownP95: "intranet_down_p95_mbit_per_s", BitRate, Lower,
        "95th percentile of the five-minute mean rates over the intranet to clients";
    InternetBytes: "internet_bytes", Bytes, Lower,
        "bytes over the internet, to and from clients";
    InternetDownPeak: "internet_down_peak_mbit_per_s", BitRate, Lower,
        "rate over the internet to clients in its busiest minute";
    InternetDownP95: "internet_down_p95_mbit_per_s", BitRate, Lower,
        "95th percentile of the five-minute mean rates over the internet to clients";
    AzureToSiteBytes: "azure_to_site_bytes", Bytes, Lower,
        "bytes between gateways and connection points, in both directions";
    AzureToSiteUpPeak: "azure_to_site_up_peak_mbit_per_s", BitRate, Lower,
        "rate from sites to Azure in its busiest minute";
    AzureToSiteUpP95: "azure_to_site_up_p95_mbit_per_s", BitRate, Lower,
        "95th percentile of the five-minute mean rates from sites to Azure";
    CostPerMonth: "cost_per_month", Money, Lower,
        "cost of 30 days; no value if instances have no price";
    Utilisation: "station_utilisation_mean_share", Share, Lower, "mean utilisation of a station";
    WaitP95: "wait_p95_s", Seconds, Lower, "95th percentile of the waiting time at a station";
    PortsPeak: "ports_peak", Count, Neither, "maximum number of ports in use at a connection point";
}

serde_by_name!(MetricFamily);

impl fmt::Display for MetricFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl MetricFamily {
    /// Returns whether the metric measures bytes over a network, which depend on clients and not on
    /// the number of servers.
    pub fn is_of_network(self) -> bool {
        (MetricFamily::VpnBytes..=MetricFamily::AzureToSiteUpP95).contains(&self)
    }

    /// Returns the families that have a value for a whole run, in the order of tables. Other
    /// families exist only for components.
    pub fn of_run() -> impl Iterator<Item = MetricFamily> {
        let is_of_components = |one: &MetricFamily| {
            use MetricFamily::{PortsPeak, Utilisation, WaitP95};
            matches!(one, Utilisation | WaitP95 | PortsPeak)
        };
        MetricFamily::ALL.into_iter().filter(move |one| !is_of_components(one))
    }
}

/// A metric of a whole run or of one component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(into = "MetricDescription", try_from = "MetricDescription")]
#[schemars(with = "MetricDescription")]
pub struct Metric {
    /// The metric family.
    pub family: MetricFamily,
    /// The component: a cohort, a deployment, `gateway instance main/0`; `None` for a whole run.
    pub component: Option<String>,
}

impl Metric {
    /// Creates the metric of a component.
    pub fn of_component(family: MetricFamily, component: impl Into<String>) -> Self {
        Metric { family, component: Some(component.into()) }
    }

    /// Returns the name in files and options: `latency_p95_s` for a run, `utilisation[gateway
    /// instance main/0]` for a component.
    pub fn name(&self) -> String {
        match &self.component {
            None => self.family.name().to_owned(),
            Some(component) => format!("{}[{component}]", self.family.name()),
        }
    }

    /// Returns the metric with this name; `None` if the name is unknown.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            None => MetricFamily::from_name(name).map(Metric::from),
            Some((family, component)) => MetricFamily::from_name(family)
                .map(|family| Metric::of_component(family, component)),
        }
    }

    /// Returns whether the metric belongs to a component, not to a whole run.
    pub const fn is_of_component(&self) -> bool {
        self.component.is_some()
    }

    /// Returns the unit.
    pub const fn unit(&self) -> Unit {
        self.family.unit()
    }

    /// Returns the preferred direction.
    pub const fn better(&self) -> Better {
        self.family.better()
    }
}

impl From<MetricFamily> for Metric {
    fn from(family: MetricFamily) -> Self {
        Metric { family, component: None }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// A metric as written to files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetricDescription {
    /// Name: `latency_p95_s`, or `utilisation[gateway instance main/0]` for a component.
    pub name: String,
    /// Unit of the values.
    pub unit: Unit,
    /// The preferred direction.
    pub better: Better,
}

impl From<Metric> for MetricDescription {
    fn from(metric: Metric) -> Self {
        let (unit, better) = (metric.unit(), metric.better());
        MetricDescription { name: metric.name(), unit, better }
    }
}

impl TryFrom<MetricDescription> for Metric {
    type Error = String;

    fn try_from(described: MetricDescription) -> Result<Self, String> {
        let name = described.name;
        Metric::from_name(&name).ok_or_else(|| format!("`{name}` is not a metric"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_metric_by_its_name() {
        for family in MetricFamily::ALL {
            let whole = Metric::from(family);
            let component = Metric::of_component(family, "gateway instance main/0 [x]");
            for metric in [whole, component] {
                assert_eq!(Metric::from_name(&metric.name()), Some(metric));
            }
        }
        assert_eq!(Metric::from_name("latency"), None);
        assert_eq!(Metric::from_name("latency[x]"), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names = MetricFamily::ALL.map(MetricFamily::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
