//! Records of tables and of JSON: cells with a meaning become rows of counts and of metrics.

use super::columns::{COUNT, Field};
use super::number;
use super::problem::Reason;
use super::row::{AzureMetric, MetricRow, Source, Values, When};
use super::sink::Sink;

/// Cells of a record.
pub(super) struct Record<'t> {
    /// Cell of each field.
    pub(super) values: [Option<&'t str>; COUNT],
    /// Cells of columns whose names are those of metrics.
    pub(super) metrics: &'t [(AzureMetric, &'t str)],
    pub(super) is_comma_decimal: bool,
    /// Length of the interval in seconds, if the file states it.
    pub(super) length: Option<u32>,
}

impl Record<'_> {
    fn text(&self, field: Field) -> Option<&str> {
        self.values[field as usize].map(str::trim).filter(|text| !text.is_empty())
    }

    fn number(&self, text: Option<&str>, sink: &mut Sink<'_>) -> Option<f64> {
        match number::parse(text?, self.is_comma_decimal) {
            Ok(number) => number,
            Err(()) => {
                sink.problem(Reason::Number);
                None
            }
        }
    }
}

/// Adds the rows of a record to the sink.
pub(super) fn add(record: &Record<'_>, sink: &mut Sink<'_>) {
    let time = |field| record.text(field).and_then(|text| sink.clock().parse(text));
    let Some(start) = time(Field::Time) else {
        sink.problem(Reason::Time);
        return;
    };
    let when = match (record.text(Field::End).map(|_| time(Field::End)), record.length) {
        (Some(None), _) => {
            sink.problem(Reason::Time);
            return;
        }
        (Some(Some(end)), _) => sink.interval(start, end),
        (None, Some(length)) => When::Interval(start, length),
        (None, None) => When::From(start),
    };
    if when == When::Unknown {
        return;
    }
    if let Some(name) = record.text(Field::Metric) {
        match AzureMetric::named(name) {
            Some(metric) => add_metric(record, metric, when, sink),
            None => sink.problem(Reason::Metric),
        }
        return;
    }
    for (metric, cell) in record.metrics {
        let value = record.number(Some(cell).filter(|cell| !cell.trim().is_empty()).copied(), sink);
        let Some(value) = value else { continue };
        let (total, average) = match metric {
            AzureMetric::PercentageCpu => (None, Some(value)),
            _ => (Some(value), None),
        };
        sink.metric(MetricRow { metric: *metric, when, total, average, maximum: None });
    }
    let values = counts(record, sink);
    if values.is_empty() {
        if record.metrics.is_empty() {
            sink.problem(Reason::Nothing);
        }
        return;
    }
    let class = match (record.text(Field::Kind), record.text(Field::Endpoint)) {
        (Some(kind), _) => sink.kind(kind),
        (None, endpoint) => sink.class(endpoint.unwrap_or_default(), false),
    };
    let server = record.text(Field::Server).unwrap_or_default();
    let endpoint = record.text(Field::Endpoint).or(record.text(Field::Kind)).unwrap_or_default();
    let names = [server, endpoint, ""];
    sink.row(Source::Tables, class, when, &names, !server.is_empty(), values);
}

fn add_metric(record: &Record<'_>, metric: AzureMetric, when: When, sink: &mut Sink<'_>) {
    let total = record.number(record.text(Field::Total), sink);
    let average = record.number(record.text(Field::Average), sink);
    let maximum = record.number(record.text(Field::Maximum), sink);
    match total.or(average).or(maximum) {
        // Azure Monitor returns intervals without data before a resource exists.
        None => sink.problem(Reason::Nothing),
        Some(_) => sink.metric(MetricRow { metric, when, total, average, maximum }),
    }
}

fn counts(record: &Record<'_>, sink: &mut Sink<'_>) -> Values {
    let mut count = |field| record.number(record.text(field), sink);
    Values {
        requests: count(Field::Requests),
        request_bytes: count(Field::RequestBytes),
        response_bytes: count(Field::ResponseBytes),
        failed: count(Field::Failed),
        concurrent: count(Field::Concurrent),
        elapsed_ms: count(Field::ElapsedMs),
    }
}
