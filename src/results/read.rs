//! Reads a run back from the files of its folder, so that a report can be created again.

use std::collections::BTreeMap;

use ::csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;

use super::csv::Dialect;
use super::manifest::Manifest;
use super::{
    Column, ComplianceCurve, MeanTimeSeries, MeanValue, RESULTS_VERSION, ReconnectionStorm,
    RunResult, ScenarioInfo, TimeSeries,
};

/// Error when reading result files.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A required file is missing.
    #[error("{0} is missing; specify a folder that `cmgsim run` or a study command wrote")]
    Missing(&'static str),
    /// A file does not have the expected format.
    #[error("{file} cannot be read: {cause}; if another build wrote it, run the scenario again")]
    Damaged {
        /// Name of the file.
        file: &'static str,
        /// Description of the problem.
        cause: String,
    },
    /// The files have another results version.
    #[error(
        "these results have version {found}; this cmgsim reads version {RESULTS_VERSION}: run the \
         scenario again, or use the cmgsim that wrote them"
    )]
    Version {
        /// Results version of the files.
        found: u32,
    },
}

/// Contents of files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

const SUMMARY: &str = "summary.json";
const SERIES: &str = "time_series.csv";
const DISTRIBUTION: &str = "latency_distribution.csv";
const STORM: &str = "reconnection_storm.csv";
const MEANS: &str = "time_series_ci.csv";

/// Names of all files that a report can use, including files that a result may lack.
pub const FILES: [&str; 11] = [
    SUMMARY,
    SERIES,
    DISTRIBUTION,
    STORM,
    MEANS,
    "comparison.json",
    "size.json",
    "sensitivity.json",
    "sweep.json",
    "calibration.json",
    "manifest.json",
];

/// Reads a run with its time series and latency distribution.
///
/// # Errors
/// Returns an error if a file is missing, damaged, or of another results version.
pub fn run(files: &Files) -> Result<RunResult, ReadError> {
    let mut result: RunResult = json(files, SUMMARY)?;
    is_in_time(&result.scenario)?;
    result.series = series(&Table::read(files, SERIES)?, result.scenario.duration_s);
    let distribution = Table::read(files, DISTRIBUTION)?;
    let [seconds, shares] = ["latency_s", "cdf"].map(|name| distribution.numbers(name));
    result.latency_distribution = seconds.into_iter().zip(shares).collect();
    if let (Some(replicated), true) = (&mut result.replicated, files.contains_key(MEANS)) {
        replicated.mean_time_series = Some(mean_time_series(&Table::read(files, MEANS)?));
    }
    if files.contains_key(STORM) {
        result.storm = Some(storm(&Table::read(files, STORM)?));
    }
    Ok(result)
}

/// Checks that the run starts and ends at times that the calendar can represent.
fn is_in_time(scenario: &ScenarioInfo) -> Result<(), ReadError> {
    let (start, length) = (scenario.start_unix_s, scenario.duration_s);
    let has_date = |seconds: i64| jiff::Timestamp::from_second(seconds).is_ok();
    let end = start.checked_add(length.ceil() as i64);
    if length >= 0.0 && has_date(start) && end.is_some_and(has_date) {
        return Ok(());
    }
    let cause = format!(
        "the run starts at Unix time {start} s and lasts {length} s, which is out of range"
    );
    Err(ReadError::Damaged { file: SUMMARY, cause })
}

/// Reads the manifest of a result.
///
/// # Errors
/// Returns an error if the manifest is missing or damaged.
pub fn manifest(files: &Files) -> Result<Manifest, ReadError> {
    json(files, "manifest.json")
}

/// Checks the results version in the manifest of any result.
///
/// # Errors
/// Returns an error if the manifest is missing, damaged, or of another results version.
pub fn check_version(files: &Files) -> Result<(), ReadError> {
    json::<serde::de::IgnoredAny>(files, "manifest.json").map(|_| ())
}

/// Reads any result file in JSON format.
///
/// # Errors
/// Returns an error if the file is missing, damaged, or of another results version.
pub fn json<T: serde::de::DeserializeOwned>(
    files: &Files,
    file: &'static str,
) -> Result<T, ReadError> {
    let bytes = files.get(file).ok_or(ReadError::Missing(file))?;
    match serde_json::from_slice(bytes) {
        Ok(Versioned { results_version: Some(found) }) if found != RESULTS_VERSION => {
            Err(ReadError::Version { found })
        }
        _ => serde_json::from_slice(bytes)
            .map_err(|error| ReadError::Damaged { file, cause: error.to_string() }),
    }
}

/// Results version of a JSON file, readable even if the rest of the file has another format.
#[derive(Deserialize)]
struct Versioned {
    results_version: Option<u32>,
}

fn series(table: &Table, duration: f64) -> TimeSeries {
    let start_s = table.numbers("time_s");
    let interval_s = match start_s[..] {
        [first, second, ..] => second - first,
        _ => duration,
    };
    let mut series =
        TimeSeries { interval_s, start_s, compliance: compliance(table), ..TimeSeries::default() };
    for one in &TimeSeries::WHOLE {
        *(one.get_mut)(&mut series) = table.numbers(one.name);
    }
    for one in &TimeSeries::LATENCY {
        *(one.get_mut)(&mut series) = table.optional_numbers(one.name);
    }
    for one in &TimeSeries::PARTS {
        *(one.get_mut)(&mut series) = table.parts(one.prefix());
    }
    series
}

fn storm(table: &Table) -> ReconnectionStorm {
    let start_s = table.numbers("time_s");
    let mut storm = ReconnectionStorm { start_s, ..ReconnectionStorm::default() };
    for one in &ReconnectionStorm::ALL {
        *(one.get_mut)(&mut storm) = table.numbers(one.name);
    }
    storm
}

fn mean_time_series(table: &Table) -> MeanTimeSeries {
    let values = |names: [String; 3]| -> Vec<MeanValue> {
        let [means, halves, counts] = names.map(|name| table.optional_numbers(&name).into_iter());
        let value = |((mean, half_width), count): ((Option<f64>, _), Option<f64>)| MeanValue {
            count: count.unwrap_or(0.0) as u64,
            mean: mean.unwrap_or(0.0),
            half_width,
            // The tables do not include this value, and reports do not need it.
            squares: 0.0,
        };
        means.zip(halves).zip(counts).map(value).collect()
    };
    let (start_s, end_s) = (table.numbers("time_s"), table.numbers("until_s"));
    let mut means = MeanTimeSeries { start_s, end_s, ..MeanTimeSeries::default() };
    for one in &MeanTimeSeries::ALL {
        *(one.get_mut)(&mut means) =
            values([one.statistic("mean"), one.statistic("half_width"), one.count()]);
    }
    means
}

fn compliance(table: &Table) -> Vec<ComplianceCurve> {
    let mut curves: Vec<ComplianceCurve> = Vec::new();
    for one in &ComplianceCurve::MILESTONES {
        for (index, column) in table.parts(one.prefix()).into_iter().enumerate() {
            if index == curves.len() {
                curves.push(ComplianceCurve { name: column.name, ..ComplianceCurve::default() });
            }
            *(one.get_mut)(&mut curves[index]) = column.values;
        }
    }
    curves
}

/// Reads the dialect of the CSV files from the manifest.
fn dialect(files: &Files) -> Result<Dialect, ReadError> {
    #[derive(serde::Deserialize)]
    struct Recorded {
        csv: Option<Dialect>,
    }
    match files.contains_key("manifest.json") {
        true => Ok(json::<Recorded>(files, "manifest.json")?.csv.unwrap_or_default()),
        false => Ok(Dialect::default()),
    }
}

/// CSV table of numbers.
struct Table {
    dialect: Dialect,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

impl Table {
    fn read(files: &Files, file: &'static str) -> Result<Table, ReadError> {
        let bytes = files.get(file).ok_or(ReadError::Missing(file))?;
        let damaged = |error: ::csv::Error| ReadError::Damaged { file, cause: error.to_string() };
        let dialect = dialect(files)?;
        let separator = dialect.separator();
        let mut reader = ReaderBuilder::new().delimiter(separator).from_reader(&bytes[..]);
        let header = reader.headers().map_err(damaged)?.clone();
        let rows = reader.records().collect::<Result<_, _>>().map_err(damaged)?;
        Ok(Table { dialect, header, rows })
    }

    fn column(&self, index: usize) -> impl Iterator<Item = Option<f64>> {
        self.rows.iter().map(move |row| self.dialect.parse(row.get(index)?))
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|own| own == name)
    }

    /// Returns a column as numbers; `None` for empty cells.
    fn optional_numbers(&self, name: &str) -> Vec<Option<f64>> {
        self.index(name).map_or_else(Vec::new, |index| self.column(index).collect())
    }

    /// Returns a column as numbers; NaN for empty cells.
    fn numbers(&self, name: &str) -> Vec<f64> {
        let values = self.optional_numbers(name).into_iter();
        values.map(|value| value.unwrap_or(f64::NAN)).collect()
    }

    /// Returns the columns of components, which are the columns with names that start with `what`.
    fn parts(&self, what: &str) -> Vec<Column> {
        let named = self.header.iter().enumerate();
        let own = named.filter_map(|(index, name)| Some((index, name.strip_prefix(what)?)));
        own.map(|(index, name)| Column {
            name: name.to_owned(),
            values: self.column(index).map(|value| value.unwrap_or(f64::NAN)).collect(),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Series, csv, tables};
    use super::*;

    /// Returns two values that differ from the values of all other series.
    fn values(seed: &mut f64) -> Vec<f64> {
        *seed += 1.0;
        vec![*seed, *seed + 0.25]
    }

    fn fill<S>(of: &mut S, list: &[Series<S, Vec<f64>>], seed: &mut f64) {
        list.iter().for_each(|one| *(one.get_mut)(of) = values(seed));
    }

    #[test]
    fn reads_every_series_exactly_as_written() {
        let (mut seed, mut run) = (0.0, RunResult::default());
        run.scenario.duration_s = 120.0;
        let all = &mut run.series;
        (all.interval_s, all.start_s) = (60.0, vec![0.0, 60.0]);
        fill(all, &TimeSeries::WHOLE, &mut seed);
        for one in &TimeSeries::LATENCY {
            *(one.get_mut)(all) = vec![None, values(&mut seed).pop()];
        }
        for one in &TimeSeries::PARTS {
            let part = |name: &str| Column { name: name.to_owned(), values: values(&mut seed) };
            *(one.get_mut)(all) = ["a b", "c"].map(part).to_vec();
        }
        for name in ["first", "second"] {
            let mut curve = ComplianceCurve { name: name.to_owned(), ..Default::default() };
            fill(&mut curve, &ComplianceCurve::MILESTONES, &mut seed);
            all.compliance.push(curve);
        }
        let mut storm = ReconnectionStorm { start_s: vec![-5.0, 5.0], ..Default::default() };
        fill(&mut storm, &ReconnectionStorm::ALL, &mut seed);
        run.storm = Some(storm);
        for dialect in [(',', '.'), (';', ','), ('\t', ',')] {
            let (separator, decimal_sign) = dialect;
            let dialect = Dialect::new(separator, decimal_sign).expect("they differ");
            let manifest = serde_json::json!({ "csv": dialect }).to_string();
            let written = |table| csv::to_bytes_in(dialect, &table);
            let files = Files::from([
                (SERIES.to_owned(), written(tables::run::time_series(&run))),
                (STORM.to_owned(), written(tables::run::storm(&run))),
                ("manifest.json".to_owned(), manifest.into_bytes()),
            ]);
            let table = |file| Table::read(&files, file).expect("the file exists");
            assert_eq!(series(&table(SERIES), 120.0), run.series);
            assert_eq!(Some(super::storm(&table(STORM))), run.storm);
        }
    }
}
