//! Time series of a run, each listed once: its name in files, its unit, what it means, and where it
//! is in memory. What writes and reads them goes through these lists.

use crate::results::run::mean_time_series::MeanValue;

/// A series of a table in a struct `S` of values `V`.
#[derive(Debug)]
pub struct Series<S, V> {
    /// Name of its column; of a series for each of several parts what the column's name begins
    /// with, and in braces what the parts are.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its values.
    pub get: fn(&S) -> &V,
    /// Its values, to change.
    pub get_mut: fn(&mut S) -> &mut V,
}

impl<S, V> Series<S, V> {
    /// The name of a statistic of the series, before the unit: `latency_p95_mean_s`.
    pub(in crate::results) fn statistic(&self, statistic: &str) -> String {
        let (quantity, unit) = self.name.split_at(self.name.len() - self.unit_suffix().len());
        format!("{quantity}_{statistic}{unit}")
    }

    /// The name of the number of values: `latency_p95_count`.
    pub(in crate::results) fn count(&self) -> String {
        format!("{}_count", self.name.trim_end_matches(self.unit_suffix()))
    }

    /// The end of the name that says the unit.
    fn unit_suffix(&self) -> &'static str {
        let suffixes = ["_per_s", "_share", "_s"];
        suffixes.into_iter().find(|suffix| self.name.ends_with(suffix)).unwrap_or("")
    }

    /// What the columns of parts begin with.
    pub(in crate::results) fn prefix(&self) -> &'static str {
        self.name.split_once('{').map_or(self.name, |(prefix, _)| prefix)
    }
}

/// Declares a struct of series together with their lists: fields of its own, then for each list its
/// name, the type of the values, and a line per series.
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
    /// Time series in bins of equal length; the last bin may be shorter.
    TimeSeries {
        /// Length of a bin.
        interval_s: f64,
        /// Start of each bin, seconds after the start of the measured period.
        start_s: Vec<f64>,
        /// How far each deployment is.
        compliance: Vec<ComplianceCurve>,
    }
    /// Series of the whole run.
    WHOLE: Vec<f64> {
        /// Requests begun per second. Keeping notification channels is not counted here.
        issued_per_s: "issued_per_s", "1/s", "requests issued";
        /// Attempts begun per second (retries included): the load the system sees.
        attempts_per_s: "attempts_per_s", "1/s", "attempts started, retries included";
        /// Requests answered per second: goodput.
        completed_per_s: "completed_per_s", "1/s", "requests completed";
        /// Attempts that failed per second.
        failed_attempts_per_s: "failed_attempts_per_s", "1/s", "attempts that failed";
        /// Client connections tried per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections attempted";
        /// Client connections made per second.
        connects_per_s: "connects_per_s", "1/s", "client connections established";
        /// Mean number of clients on the internet.
        internet_clients: "internet_clients", "count",
            "mean number of clients that are on and on the internet";
        /// Mean number of clients on VPN.
        vpn_clients: "vpn_clients", "count", "mean number of clients on VPN";
        /// Mean number of clients on the intranet.
        intranet_clients: "intranet_clients", "count", "mean number of clients on the intranet";
        /// Mean number of clients that use a gateway.
        gateway_clients: "gateway_clients", "count", "mean number of clients that use a gateway";
        /// Mean number of open notification channels.
        channels: "open_channels", "count", "mean number of open notification channels";
        /// Mean number of requests waiting for a retry.
        retrying: "waiting_for_retry", "count", "mean number of requests waiting for a retry";
    }
    /// Latency of the requests answered in each bin; `None` where too few were.
    LATENCY: Vec<Option<f64>> {
        /// Median.
        latency_p50_s: "latency_p50_s", "s",
            "median latency of completed requests; no value if too few completed";
        /// 95 % quantile.
        latency_p95_s: "latency_p95_s", "s",
            "95th percentile latency of completed requests; no value if too few completed";
        /// 99 % quantile.
        latency_p99_s: "latency_p99_s", "s",
            "99th percentile latency of completed requests; no value if too few completed";
    }
    /// Series of each part of a kind.
    PARTS: Vec<Column> {
        /// Mean connections of each instance, one a client.
        instance_connections: "connections {instance}", "count", "mean number of connections, one per client";
        /// Mean share of time each instance was up.
        instance_up: "availability_share {instance}", "share", "share of the interval in which the instance was up";
        /// Mean ports in use of each connection point.
        ports: "ports {connection point}", "count", "mean number of ports in use, including TIME_WAIT";
        /// Most ports in use of each connection point at once.
        ports_peak: "ports_peak {connection point}", "count", "maximum number of ports in use, including TIME_WAIT";
        /// Utilisation of each station.
        utilisation: "utilisation_share {station}", "share",
            "mean share of servers that are busy; with unlimited servers, their mean number";
        /// Mean jobs present at each station.
        present: "in_system {station}", "count", "mean number of jobs waiting and in service";
        /// Bits per second that leave each gateway's instances.
        gateway_egress: "gateway_egress_bit_per_s {gateway}", "bit/s", "egress of the VM instances";
        /// Bits per second that leave each gateway's storage.
        storage_egress: "storage_egress_bit_per_s {gateway}", "bit/s", "egress of the storage";
    }
}

time_series! {
    /// How far a deployment is, at the end of each bin: shares of its targets, 0..=1.
    ComplianceCurve {
        /// Name of the deployment.
        name: String,
    }
    /// The milestones, in order.
    MILESTONES: Vec<f64> {
        /// Have its policy.
        policy: "policy_share {deployment}", "share",
            "share of targets with the policy at the end of the interval";
        /// Have its content.
        content: "content_share {deployment}", "share",
            "share of targets with the content at the end of the interval";
        /// Have installed it.
        installed: "installed_share {deployment}", "share",
            "share of targets that installed it by the end of the interval";
    }
}

time_series! {
    /// A close look from shortly before the disruption that cost the most connections to recovery:
    /// bins of the time series are too coarse for it.
    ///
    /// Rates are over each step, levels at its end. Where the storm lasts longer than an hour, a
    /// row stands for several steps, with the highest of each.
    StormCloseUp {
        /// Where each row begins, seconds after the start of the measured period.
        start_s: Vec<f64>,
    }
    /// All series.
    ALL: Vec<f64> {
        /// Where each row ends.
        end_s: "until_s", "s", "end of the step, from the start of the measured period";
        /// Client connections tried per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections attempted";
        /// Client connections made per second.
        connects_per_s: "connects_per_s", "1/s", "client connections established";
        /// Attempts of requests that failed per second.
        failed_attempts_per_s: "failed_attempts_per_s", "1/s", "attempts that failed";
        /// Clients that use a gateway.
        gateway_clients: "gateway_clients", "count", "clients that use a gateway";
        /// Those of them that want a notification channel, but it is not open.
        without_channel: "without_channel", "count",
            "clients that use a gateway and have no open notification channel, but should";
        /// Requests waiting to be tried again.
        retrying: "waiting_for_retry", "count", "requests waiting for a retry";
    }
}

time_series! {
    /// A few series over replications: their means over time, and how far they differ.
    MeanTimeSeries {
        /// Where each row begins, seconds after the start of the measured period. A row is a bin of
        /// the time series, or the mean of several where there are very many.
        start_s: Vec<f64>,
        /// Where each row ends.
        end_s: Vec<f64>,
    }
    /// All series.
    ALL: Vec<MeanValue> {
        /// Requests answered per second.
        completed_per_s: "completed_per_s", "1/s", "requests completed";
        /// Their latency, 95 %.
        latency_p95_s: "latency_p95_s", "s", "95th percentile latency of completed requests";
        /// Utilisation of the station that is the busiest in its bin.
        utilisation: "utilisation_share", "share", "utilisation of the busiest station";
    }
}

/// One named column of a time series.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name of the part.
    pub name: String,
    /// One value a bin.
    pub values: Vec<f64>,
}
