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
        issued_per_s: "issued_per_s", "1/s", "requests begun";
        /// Attempts begun per second (retries included): the load the system sees.
        attempts_per_s: "attempts_per_s", "1/s", "attempts begun, retries included";
        /// Requests answered per second: goodput.
        completed_per_s: "completed_per_s", "1/s", "requests answered";
        /// Attempts that failed per second.
        failed_attempts_per_s: "failed_attempts_per_s", "1/s", "attempts that failed";
        /// Client connections tried per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections tried";
        /// Client connections made per second.
        connects_per_s: "connects_per_s", "1/s", "client connections made";
        /// Mean number of clients on the internet.
        internet_clients: "internet_clients", "count",
            "mean clients that are on and on the internet";
        /// Mean number of clients on VPN.
        vpn_clients: "vpn_clients", "count", "mean clients on VPN";
        /// Mean number of clients on the intranet.
        intranet_clients: "intranet_clients", "count", "mean clients on the intranet";
        /// Mean number of clients that use a gateway.
        gateway_clients: "gateway_clients", "count", "mean clients that use a gateway";
        /// Mean number of open notification channels.
        channels: "open_channels", "count", "mean open notification channels";
        /// Mean number of requests waiting for a retry.
        retrying: "waiting_for_retry", "count", "mean requests waiting to be tried again";
    }
    /// Latency of the requests answered in each bin; `None` where too few were.
    LATENCY: Vec<Option<f64>> {
        /// Median.
        latency_p50_s: "latency_p50_s", "s",
            "latency of requests answered, median; none if too few were";
        /// 95 % quantile.
        latency_p95_s: "latency_p95_s", "s",
            "latency of requests answered, 95 % quantile; none if too few were";
        /// 99 % quantile.
        latency_p99_s: "latency_p99_s", "s",
            "latency of requests answered, 99 % quantile; none if too few were";
    }
    /// Series of each part of a kind.
    PARTS: Vec<Column> {
        /// Mean connections of each instance, one a client.
        instance_connections: "connections {instance}", "count", "mean connections, one a client";
        /// Mean share of time each instance was up.
        instance_up: "availability_share {instance}", "share", "share of the bin it was up";
        /// Mean ports in use of each connection point.
        ports: "ports {connection point}", "count", "mean ports in use";
        /// Most ports in use of each connection point at once.
        ports_peak: "ports_peak {connection point}", "count", "most ports in use at once";
        /// Utilisation of each station.
        utilisation: "utilisation {station}", "share",
            "busy servers by servers, on average; of unlimited servers the mean busy ones";
        /// Mean jobs present at each station.
        present: "present {station}", "count", "mean jobs waiting and in service";
        /// Bits per second that leave each gateway's instances.
        gateway_egress: "gateway_egress_bit_per_s {gateway}", "bit/s", "what its instances send";
        /// Bits per second that leave each gateway's storage.
        storage_egress: "storage_egress_bit_per_s {gateway}", "bit/s", "what its storage sends";
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
            "targets that have its policy at the end of the bin";
        /// Have its content.
        content: "content_share {deployment}", "share",
            "targets that have its content at the end of the bin";
        /// Have installed it.
        installed: "installed_share {deployment}", "share",
            "targets that have installed it at the end of the bin";
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
        end_s: "until_s", "s", "its end, the same way";
        /// Client connections tried per second.
        connect_attempts_per_s: "connect_attempts_per_s", "1/s", "client connections tried";
        /// Client connections made per second.
        connects_per_s: "connects_per_s", "1/s", "client connections made";
        /// Attempts of requests that failed per second.
        failed_attempts_per_s: "failed_attempts_per_s", "1/s", "attempts that failed";
        /// Clients that use a gateway.
        gateway_clients: "gateway_clients", "count", "clients that use a gateway";
        /// Those of them that want a notification channel, but it is not open.
        without_channel: "without_channel", "count",
            "those of them whose notification channel is to be open and is not";
        /// Requests waiting to be tried again.
        retrying: "waiting_for_retry", "count", "requests waiting to be tried again";
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
        completed_per_s: "completed_per_s", "1/s", "requests answered";
        /// Their latency, 95 %.
        latency_p95_s: "latency_p95_s", "s", "latency of requests answered, 95 % quantile";
        /// Utilisation of the station that is the busiest in its bin.
        utilisation: "utilisation", "share", "utilisation of the busiest station";
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
