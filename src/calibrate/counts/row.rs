//! Rows of counts: what a source states for one endpoint and one interval.

use crate::logs::Class;

/// Who counted. The same requests are counted at the instances and at the connection points, so
/// counts of different sources are never added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Traffic details of connection points (`ProxyTrafficStateDetails`).
    ConnectionPoints,
    /// `CMGService.log` of instances.
    Instances,
    /// A table: an export of the console, of the site database or of another program.
    Tables,
}

impl Source {
    /// All sources, the one that is preferred for estimates first.
    pub const ALL: [Source; 3] = [Source::ConnectionPoints, Source::Instances, Source::Tables];

    /// Returns the name in tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Source::ConnectionPoints => "connection_points",
            Source::Instances => "instances",
            Source::Tables => "tables",
        }
    }
}

/// Counts of one row. Absent values are not stated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Values {
    pub(super) requests: Option<f64>,
    pub(super) request_bytes: Option<f64>,
    pub(super) response_bytes: Option<f64>,
    pub(super) failed: Option<f64>,
    /// Maximum number of concurrent requests in the interval.
    pub(super) concurrent: Option<f64>,
    /// Mean elapsed time in milliseconds.
    pub(super) elapsed_ms: Option<f64>,
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        *self == Values::default()
    }
}

/// Position of a row in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Start and length in seconds are stated.
    Interval(i64, u32),
    /// Only the start is stated.
    From(i64),
    /// Only the end is stated, as the time of a log entry.
    Until(i64),
    /// No time is stated.
    Unknown,
}

/// A row without names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) source: Source,
    pub(super) class: Class,
    pub(super) when: When,
    /// Hash of server and endpoint.
    pub(super) series: u64,
    /// Hash of the server; `None` if it is not named.
    pub(super) server: Option<u64>,
    /// Hash of the whole row if a second row with the same content is a copy.
    pub(super) copy: Option<u64>,
    pub(super) values: Values,
}

/// Metrics of Azure Monitor that are read; all others are counted as unknown. Source: Microsoft,
/// "Supported metrics with Azure Monitor", `Microsoft.Compute/virtualMachineScaleSets` and
/// `Microsoft.ClassicCompute/domainNames/slots/roles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AzureMetric {
    /// `Network Out Total`, or `Network Out` of older resources, in bytes.
    NetworkOut,
    /// `Network In Total`, or `Network In` of older resources, in bytes.
    NetworkIn,
    /// `Percentage CPU`, from 0 to 100.
    PercentageCpu,
}

impl AzureMetric {
    /// Returns the name in tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            AzureMetric::NetworkOut => "network_out",
            AzureMetric::NetworkIn => "network_in",
            AzureMetric::PercentageCpu => "percentage_cpu",
        }
    }

    /// Returns the metric with a name of Azure Monitor; letter case, spaces and a suffix such as
    /// `(Sum)` are ignored.
    pub(super) fn named(name: &str) -> Option<AzureMetric> {
        let name = super::columns::normalised(name);
        let ends = |metric: &str, endings: &[&str]| {
            name.strip_prefix(metric).is_some_and(|rest| endings.contains(&rest))
        };
        let totals = ["", "total", "sum", "totalsum"];
        let averages = ["", "avg", "average"];
        match () {
            () if ends("networkout", &totals) => Some(AzureMetric::NetworkOut),
            () if ends("networkin", &totals) => Some(AzureMetric::NetworkIn),
            () if ends("percentagecpu", &averages) => Some(AzureMetric::PercentageCpu),
            () => None,
        }
    }
}

/// A value of a metric of Azure Monitor.
#[derive(Clone, Copy, Debug)]
pub(super) struct MetricRow {
    pub(super) metric: AzureMetric,
    pub(super) when: When,
    /// Sum over the interval.
    pub(super) total: Option<f64>,
    pub(super) average: Option<f64>,
    pub(super) maximum: Option<f64>,
}
