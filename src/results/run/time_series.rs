//! Time series of a run. Each series is listed once, with its name in files, unit, meaning and
//! field; writers and readers use these lists.

use crate::results::run::mean_time_series::MeanValue;

/// Description of one series: a field of type `V` in a struct `S`.
#[derive(Debug)]
pub struct Series<S, V> {
    /// Name of the column. For a series per component: the prefix, followed by the kind of
    /// component in braces.
    pub name: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Meaning of the values.
    pub meaning: &'static str,
    /// Accessor of the values.
    pub get: fn(&S) -> &V,
    /// Mutable accessor of the values.
    pub get_mut: fn(&mut S) -> &mut V,
}

impl<S, V> Series<S, V> {
    /// Returns the column name of a statistic of the series: `latency_p95_mean_s`.
    pub(in crate::results) fn statistic(&self, statistic: &str) -> String {
        let (quantity, unit) = self.name.split_at(self.name.len() - self.unit_suffix().len());
        format!("{quantity}_{statistic}{unit}")
    }

    /// Returns the column name of the number of values: `latency_p95_count`.
    pub(in crate::results) fn count(&self) -> String {
        format!("{}_count", self.name.trim_end_matches(self.unit_suffix()))
    }

    /// Returns the end of the name that states the unit.
    fn unit_suffix(&self) -> &'static str {
        let suffixes = ["_per_s", "_share", "_s"];
        suffixes.into_iter().find(|suffix| self.name.ends_with(suffix)).unwrap_or("")
    }

    /// Returns the prefix of the columns of components.
    pub(in crate::results) fn prefix(&self) -> &'static str {
        self.name.split_once('{').map_or(self.name, |(prefix, _)| prefix)
    }
}

/// Declares a struct that contains time series, and constants that list these series. The input
/// consists of the other fields of the struct, followed by the lists; each list has a name, the
/// type of its values and one line per series.
macro_rules! time_series {
    (
        $(#[$about:meta])*
        $name:ident {
            $( $(#[$own_about:meta])* $own:ident: $own_type:ty, )*
        }
        $(
            $(#[$list_about:meta])*
            $list:ident: $values:ty {
                $(
                    $(#[$field_about:meta])*
                    $field:ident: $column:literal, $unit:literal, $meaning:literal;
                )*
            }
        )*
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $( $(#[$own_about])* pub $own: $own_type, )*
            $($( $(#[$field_about])* pub $field: $values, )*)*
        }

        impl $name {
            $(
                $(#[$list_about])*
                pub const $list: [Series<Self, $values>; [$($column),*].len()] = [
                    $(Series {
                        name: $column,
                        unit: $unit,
                        meaning: $meaning,
                        get: |all| &all.$field,
                        get_mut: |all| &mut all.$field,
                    }),*
                ];
            )*
        }
    };
}

time_series! {
    /// Time series over intervals of equal length; the last interval may be shorter.
    TimeSeries {
        /// Length of an interval, in seconds.
        interval_s: f64,
        /// Start of each interval, in seconds from the start of the measured period.
        start_s: Vec<f64>,
        /// Compliance curve of each deployment.
        compliance: Vec<ComplianceCurve>,
    }
    /// Series of the whole run.
    WHOLE: Vec<f64> {
        /// Requests issued per second, without those that keep notification channels open.
        issued_per_s: "issued_per_s", "1/s", "requests issued";
        /// Attempts started per second, retries included: the offered load.
        attempts_per_s: "attempts_per_s", "1/s", "attempts started, retries included";
        /// Requests completed per second.
        completed_per_s: "completed_per_s", "1/s", "requests completed";
        /// Failed attempts per second.
        failed_attempts_per_s: "failed_attempts_per_s", "1/s", "attempts that failed";
        /// Client connections attempted per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections attempted";
        /// Client connections established per second.
        connects_per_s: "connects_per_s", "1/s", "client connections established";
        /// Mean number of clients on the internet.
        internet_clients: "internet_clients", "count",
            "mean number of online clients on the internet";
        /// Mean number of clients on VPN.
        vpn_clients: "vpn_clients", "count", "mean number of online clients on VPN";
        /// Mean number of clients on the intranet.
        intranet_clients: "intranet_clients", "count",
            "mean number of online clients on the intranet";
        /// Mean number of clients that use a gateway.
        gateway_clients: "gateway_clients", "count",
            "mean number of online clients that use a gateway";
        /// Mean number of open notification channels.
        channels: "open_channels", "count", "mean number of open notification channels";
        /// Mean number of requests waiting for a retry.
        retrying: "waiting_for_retry", "count", "mean number of requests waiting for a retry";
    }
    /// Latency of the requests completed in each interval; `None` if too few completed.
    LATENCY: Vec<Option<f64>> {
        /// Median latency.
        latency_p50_s: "latency_p50_s", "s",
            "median latency of completed requests; no value if too few completed";
        /// 95th percentile of latency.
        latency_p95_s: "latency_p95_s", "s",
            "95th percentile latency of completed requests; no value if too few completed";
        /// 99th percentile of latency.
        latency_p99_s: "latency_p99_s", "s",
            "99th percentile latency of completed requests; no value if too few completed";
    }
    /// Series per component.
    PARTS: Vec<Column> {
        /// Mean number of connections of each instance, one per client.
        instance_connections: "connections {instance}", "count",
            "mean number of connections, one per client";
        /// Share of the interval in which each instance was up.
        instance_up: "availability_share {instance}", "share",
            "share of the interval in which the instance was up";
        /// Mean number of ports in use at each connection point.
        ports: "ports {connection point}", "count",
            "mean number of ports in use, including TIME_WAIT";
        /// Maximum number of ports in use at each connection point.
        ports_peak: "ports_peak {connection point}", "count",
            "maximum number of ports in use, including TIME_WAIT";
        /// Utilisation of each station.
        utilisation: "utilisation_share {station}", "share",
            "mean share of busy servers; with unlimited servers, the mean number of busy servers";
        /// Mean number of jobs waiting and in service at each station.
        present: "in_system {station}", "count", "mean number of jobs waiting and in service";
        /// Egress of each gateway's instances, in bits per second.
        gateway_egress: "gateway_egress_bit_per_s {gateway}", "bit/s", "egress of the VM instances";
        /// Egress of each gateway's storage, in bits per second.
        storage_egress: "storage_egress_bit_per_s {gateway}", "bit/s", "egress of the storage";
        /// Traffic of each direction of each shared line with a limit, in bits per second.
        lines: "line_bit_per_s {line and direction}", "bit/s", "traffic of the shared line";
    }
}

time_series! {
    /// Compliance curve of a deployment: shares of its targets (0..=1) at the end of each interval.
    ComplianceCurve {
        /// Name of the deployment.
        name: String,
    }
    /// Milestones in order.
    MILESTONES: Vec<f64> {
        /// Share of targets with the policy.
        policy: "policy_share {deployment}", "share",
            "share of targets with the policy at the end of the interval";
        /// Share of targets with the content.
        content: "content_share {deployment}", "share",
            "share of targets with the content at the end of the interval";
        /// Share of targets that installed the deployment.
        installed: "installed_share {deployment}", "share",
            "share of targets that installed the deployment by the end of the interval";
    }
}

time_series! {
    /// Time series around the disruption with the most lost connections, from shortly before it
    /// until recovery, with a finer resolution than the other time series.
    ///
    /// Rates are means over each step; levels are values at the end of the step. If the
    /// reconnection storm lasts longer than an hour, a row covers several steps and holds their
    /// maximum.
    ReconnectionStorm {
        /// Start of each row, in seconds from the start of the measured period.
        start_s: Vec<f64>,
    }
    /// All series of this table.
    ALL: Vec<f64> {
        /// End of each row, in seconds from the start of the measured period.
        end_s: "until_s", "s", "end of the step, from the start of the measured period";
        /// Client connections attempted per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections attempted";
        /// Client connections established per second.
        connects_per_s: "connects_per_s", "1/s", "client connections established";
        /// Failed attempts per second, including those of notification channels and downloads.
        failed_attempts_with_channels_per_s: "failed_attempts_with_channels_per_s", "1/s",
            "failed attempts, including those of notification channels and downloads";
        /// Clients that use a gateway.
        gateway_clients: "gateway_clients", "count", "clients that use a gateway";
        /// Clients that use a gateway and want a notification channel, but have none.
        without_channel: "without_channel", "count",
            "clients that use a gateway and need a notification channel, but have none open";
        /// Requests waiting for a retry.
        retrying: "waiting_for_retry", "count", "requests waiting for a retry";
    }
}

time_series! {
    /// Selected series over replications: means and confidence intervals over time.
    MeanTimeSeries {
        /// Start of each row, in seconds from the start of the measured period. A row is an
        /// interval of the time series or, in a long run, the mean of several intervals.
        start_s: Vec<f64>,
        /// End of each row, in seconds from the start of the measured period.
        end_s: Vec<f64>,
    }
    /// All series of this table.
    ALL: Vec<MeanValue> {
        /// Requests completed per second.
        completed_per_s: "completed_per_s", "1/s", "requests completed";
        /// 95th percentile of latency.
        latency_p95_s: "latency_p95_s", "s", "95th percentile latency of completed requests";
        /// Utilisation of the busiest station in each interval.
        utilisation: "utilisation_share", "share", "utilisation of the busiest station";
    }
}

/// One named column of a time series.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name of the component.
    pub name: String,
    /// One value per interval.
    pub values: Vec<f64>,
}
