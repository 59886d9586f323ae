//! A run read back from the files of its folder, to be reported again.

use std::collections::BTreeMap;

use ::csv::{ReaderBuilder, StringRecord};

use super::manifest::Manifest;
use super::{
    Column, ComplianceCurve, MeanTimeSeries, MeanValue, RESULTS_VERSION, RunResult, ScenarioInfo,
    StormCloseUp, TimeSeries,
};

/// Why files cannot be read as results.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file is not there.
    #[error("{0} is missing: is this a folder that `cmgsim run` or a study has written?")]
    Missing(&'static str),
    /// A file is not what its name says.
    #[error("{file} cannot be read: {cause}")]
    Damaged {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The files are of another version of cmgsim.
    #[error(
        "these results are of version {found}, this program reads version {RESULTS_VERSION}: \
         repeat the run, or take the cmgsim that wrote them"
    )]
    Version {
        /// Their version.
        found: u32,
    },
}

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

const SUMMARY: &str = "summary.json";
const SERIES: &str = "timeseries.csv";
const DISTRIBUTION: &str = "latency_distribution.csv";
const STORM: &str = "storm.csv";
const MEANS: &str = "course.csv";

/// Names of all files that reports are made of, each if it is there.
pub const FILES: [&str; 10] = [
    SUMMARY,
    SERIES,
    DISTRIBUTION,
    STORM,
    MEANS,
    "comparison.json",
    "size.json",
    "sensitivity.json",
    "sweep.json",
    "manifest.json",
];

/// A run with its time series and the distribution of its latency.
///
/// # Errors
/// If a file is missing, damaged, or of another version.
pub fn run(files: &Files) -> Result<RunResult, ReadError> {
    let mut result: RunResult = json(files, SUMMARY)?;
    if result.results_version != RESULTS_VERSION {
        return Err(ReadError::Version { found: result.results_version });
    }
    is_in_time(&result.scenario)?;
    result.series = series(&Table::read(files, SERIES)?, result.scenario.duration_seconds);
    let distribution = Table::read(files, DISTRIBUTION)?;
    let [seconds, shares] = ["latency_s", "share_not_above"].map(|name| distribution.numbers(name));
    result.latency_distribution = seconds.into_iter().zip(shares).collect();
    if let (Some(replicated), true) = (&mut result.replicated, files.contains_key(MEANS)) {
        replicated.mean_time_series = Some(mean_time_series(&Table::read(files, MEANS)?));
    }
    if files.contains_key(STORM) {
        result.storm = Some(storm(&Table::read(files, STORM)?));
    }
    Ok(result)
}

/// Whether a run lies in times that have dates.
fn is_in_time(scenario: &ScenarioInfo) -> Result<(), ReadError> {
    let (start, length) = (scenario.start_unix_seconds, scenario.duration_seconds);
    let has_date = |seconds: i64| jiff::Timestamp::from_second(seconds).is_ok();
    let end = start.checked_add(length.ceil() as i64);
    if length >= 0.0 && has_date(start) && end.is_some_and(has_date) {
        return Ok(());
    }
    let cause = format!("no run begins at {start} and lasts {length} seconds");
    Err(ReadError::Damaged { file: SUMMARY, cause })
}

/// The manifest beside it.
///
/// # Errors
/// If it is missing or damaged.
pub fn manifest(files: &Files) -> Result<Manifest, ReadError> {
    json(files, "manifest.json")
}

/// Plain data as it was written.
///
/// # Errors
/// If the file is missing or damaged.
pub fn json<T: serde::de::DeserializeOwned>(
    files: &Files,
    file: &'static str,
) -> Result<T, ReadError> {
    let bytes = files.get(file).ok_or(ReadError::Missing(file))?;
    serde_json::from_slice(bytes)
        .map_err(|error| ReadError::Damaged { file, cause: error.to_string() })
}

fn series(table: &Table, duration: f64) -> TimeSeries {
    let start_seconds = table.numbers("time_s");
    let interval_seconds = match start_seconds[..] {
        [first, second, ..] => second - first,
        _ => duration,
    };
    TimeSeries {
        interval_seconds,
        issued_per_second: table.numbers("issued_per_s"),
        attempts_per_second: table.numbers("attempts_per_s"),
        completed_per_second: table.numbers("completed_per_s"),
        failed_per_second: table.numbers("failed_attempts_per_s"),
        connect_attempts_per_second: table.numbers("connect_attempts_per_s"),
        connects_per_second: table.numbers("connects_per_s"),
        latency_p50: table.perhaps("latency_s_p50"),
        latency_p95: table.perhaps("latency_s_p95"),
        latency_p99: table.perhaps("latency_s_p99"),
        internet_clients: table.numbers("internet_clients"),
        vpn_clients: table.numbers("vpn_clients"),
        gateway_clients: table.numbers("gateway_clients"),
        intranet_clients: table.numbers("intranet_clients"),
        channels: table.numbers("open_channels"),
        retrying: table.numbers("waiting_for_retry"),
        instance_connections: table.parts("connections "),
        instance_up: table.parts("up_share "),
        ports: table.parts("ports "),
        ports_high: table.parts("ports_high "),
        utilisation: table.parts("utilisation "),
        present: table.parts("present "),
        gateway_egress: table.parts("gateway_egress_bit_per_s "),
        storage_egress: table.parts("storage_egress_bit_per_s "),
        compliance: compliance(table),
        start_seconds,
    }
}

fn storm(table: &Table) -> StormCloseUp {
    StormCloseUp {
        start_seconds: table.numbers("time_s"),
        end_seconds: table.numbers("until_s"),
        connect_attempts_per_second: table.numbers("connect_attempts_per_s"),
        connects_per_second: table.numbers("connects_per_s"),
        failed_attempts_per_second: table.numbers("failed_attempts_per_s"),
        gateway_clients: table.numbers("gateway_clients"),
        without_channel: table.numbers("without_channel"),
        retrying: table.numbers("waiting_for_retry"),
    }
}

fn mean_time_series(table: &Table) -> MeanTimeSeries {
    let spreads = |name: &str| -> Vec<MeanValue> {
        let [means, halves, counts] = ["mean", "half_width", "count"]
            .map(|what| table.perhaps(&format!("{name}_{what}")).into_iter());
        let spread = |((mean, half_width), count): ((Option<f64>, _), Option<f64>)| MeanValue {
            count: count.unwrap_or(0.0) as u64,
            mean: mean.unwrap_or(0.0),
            half_width,
            // Is in no table, and not needed any more.
            squares: 0.0,
        };
        means.zip(halves).zip(counts).map(spread).collect()
    };
    MeanTimeSeries {
        start_seconds: table.numbers("time_s"),
        end_seconds: table.numbers("until_s"),
        completed_per_second: spreads("completed_per_s"),
        latency_p95: spreads("latency_s_p95"),
        utilisation: spreads("utilisation"),
    }
}

fn compliance(table: &Table) -> Vec<ComplianceCurve> {
    let [policy, content, installed] =
        ["policy_share ", "content_share ", "installed_share "].map(|what| table.parts(what));
    let curves = policy.into_iter().zip(content).zip(installed);
    curves
        .map(|((policy, content), installed)| ComplianceCurve {
            name: policy.name,
            policy: policy.values,
            content: content.values,
            installed: installed.values,
        })
        .collect()
}

/// A table of numbers.
struct Table {
    header: StringRecord,
    rows: Vec<StringRecord>,
}

impl Table {
    fn read(files: &Files, file: &'static str) -> Result<Table, ReadError> {
        let bytes = files.get(file).ok_or(ReadError::Missing(file))?;
        let damaged = |error: ::csv::Error| ReadError::Damaged { file, cause: error.to_string() };
        let mut reader = ReaderBuilder::new().from_reader(&bytes[..]);
        let header = reader.headers().map_err(damaged)?.clone();
        let rows = reader.records().collect::<Result<_, _>>().map_err(damaged)?;
        Ok(Table { header, rows })
    }

    fn column(&self, place: usize) -> impl Iterator<Item = Option<f64>> {
        self.rows.iter().map(move |row| row.get(place)?.parse().ok())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|own| own == name)
    }

    /// A column that is empty in some rows.
    fn perhaps(&self, name: &str) -> Vec<Option<f64>> {
        self.place(name).map_or_else(Vec::new, |place| self.column(place).collect())
    }

    /// A column.
    fn numbers(&self, name: &str) -> Vec<f64> {
        let values = self.perhaps(name).into_iter();
        values.map(|value| value.unwrap_or(f64::NAN)).collect()
    }

    /// The columns of parts: their names begin with what they are.
    fn parts(&self, what: &str) -> Vec<Column> {
        let named = self.header.iter().enumerate();
        let own = named.filter_map(|(place, name)| Some((place, name.strip_prefix(what)?)));
        own.map(|(place, name)| Column {
            name: name.to_owned(),
            values: self.column(place).map(|value| value.unwrap_or(f64::NAN)).collect(),
        })
        .collect()
    }
}
