//! Results of studies: the JSON document, tables, charts and text that the command also has.

use cmgsim::data::MetricFamily;
use cmgsim::internals::report::chart::{self, AnyDrawing, Drawing, Look};
use cmgsim::internals::report::html::{self, StoredRun, Study};
use cmgsim::internals::report::{comparison, sensitivity, sizing, summary, sweep};
use cmgsim::internals::results::read::Files;
use cmgsim::internals::results::{csv, json, metric, table, tables};
use cmgsim::{Compared, Metric, RunResult, Sensitivity, Simulated, Sizing, SweepResult};
use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::table::{Table, arrow};

/// Result of a study.
#[pyclass(frozen)]
pub struct Outcome {
    kind: &'static str,
    json: Vec<u8>,
    text: String,
    is_complete: bool,
    tables: Vec<table::Table>,
    charts: Vec<AnyDrawing>,
    /// Name, unit, mean or value, and half-width of each metric.
    metrics: Vec<(String, &'static str, f64, Option<f64>)>,
    /// Result from which the HTML page of a run is made.
    run: Option<RunResult>,
}

fn boxed<D: Drawing + Send + Sync + 'static>(
    charts: impl IntoIterator<Item = D>,
) -> Vec<AnyDrawing> {
    charts.into_iter().map(|one| Box::new(one) as AnyDrawing).collect()
}

impl Outcome {
    /// Result of `run`.
    pub fn run(mut simulated: Simulated, argument: &str) -> Self {
        simulated.result.verdict = Some(cmgsim::verdict(&simulated.result));
        let Simulated { result, sample } = simulated;
        let metrics = match &result.replicated {
            Some(replicated) => replicated.metrics.iter().map(summarised).collect(),
            None => {
                let all = metric::metrics(&result).into_iter();
                all.map(|(metric, value)| of_metric(&metric, value, None)).collect()
            }
        };
        Outcome {
            kind: "run",
            json: json::summary(&result),
            text: summary::brief(&result, argument),
            is_complete: result.is_complete,
            tables: tables::of_run(&result, sample.as_ref()),
            charts: boxed(chart::all(&result)),
            metrics,
            run: Some(result),
        }
    }

    /// Result of `compare`.
    pub fn compared(mut compared: Compared) -> Self {
        compared.comparison.answer = comparison::answer(&compared.comparison);
        let found = &compared.comparison;
        let [first, second] = &compared.results;
        let mut charts = boxed(chart::both([first, second]));
        charts.extend(boxed(chart::differences(found)));
        let metrics = found
            .metrics
            .iter()
            .map(|one| of_metric(&one.metric, one.difference.unwrap_or(f64::NAN), one.half_width));
        Outcome {
            kind: "comparison",
            json: json::comparison(found),
            text: comparison::text(found),
            is_complete: compared.is_complete,
            tables: vec![tables::study::comparison(found)],
            charts,
            metrics: metrics.collect(),
            run: None,
        }
    }

    /// Result of `sweep`.
    pub fn swept(mut result: SweepResult) -> Self {
        result.answer = sweep::answer(&result);
        Outcome {
            kind: "sweep",
            json: result.to_bytes(),
            text: sweep::text(&result),
            is_complete: true,
            tables: vec![tables::sweep::points(&result), tables::sweep::replications(&result)],
            charts: boxed(chart::sweep(&result)),
            metrics: Vec::new(),
            run: None,
        }
    }

    /// Result of `size`.
    pub fn sized(mut sizing_result: Sizing, is_complete: bool) -> Self {
        sizing_result.sentence = sizing::answer(&sizing_result);
        Outcome {
            kind: "sizing",
            json: json::sizing(&sizing_result),
            text: sizing::text(&sizing_result),
            is_complete,
            tables: vec![tables::study::designs(&sizing_result)],
            charts: Vec::new(),
            metrics: Vec::new(),
            run: None,
        }
    }

    /// Result of `sensitivity`.
    pub fn varied(mut result: Sensitivity, is_morris: bool, is_complete: bool) -> Self {
        use tables::sensitivity as of;
        result.answer = sensitivity::answer(&result);
        result.measure_next = sensitivity::measure_next(&result);
        let mut tables = vec![if is_morris { of::morris(&result) } else { of::effects(&result) }];
        if !result.tipping_points.is_empty() {
            tables.push(of::tipping_points(&result));
        }
        if result.screening.is_some() {
            tables.push(of::screening(&result));
        }
        let mut metrics: Vec<&Metric> = Vec::new();
        for one in &result.effects {
            if !metrics.contains(&&one.metric) {
                metrics.push(&one.metric);
            }
        }
        let tornado = |metric: &&Metric| {
            chart::tornado(&result, metric, format!("tornado-{}", metric.name()))
        };
        Outcome {
            kind: "sensitivity",
            json: result.to_json(),
            text: sensitivity::text(&result),
            is_complete,
            charts: boxed(metrics.iter().filter_map(tornado)),
            tables,
            metrics: Vec::new(),
            run: None,
        }
    }
}

fn of_metric(
    metric: &Metric,
    value: f64,
    half_width: Option<f64>,
) -> (String, &'static str, f64, Option<f64>) {
    (metric.name(), metric.unit().symbol(), value, half_width)
}

fn summarised(one: &cmgsim::MetricSummary) -> (String, &'static str, f64, Option<f64>) {
    let is_recovery = one.metric.family == MetricFamily::RecoveryMax;
    let never = if one.not_reached > 0 && is_recovery { f64::INFINITY } else { f64::NAN };
    of_metric(&one.metric, one.mean.unwrap_or(never), one.half_width)
}

#[pymethods]
impl Outcome {
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// The JSON document that the command stores.
    #[getter]
    fn json(&self) -> PyResult<&str> {
        std::str::from_utf8(&self.json).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// The text that the command prints.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    #[getter]
    fn is_complete(&self) -> bool {
        self.is_complete
    }

    #[getter]
    fn metrics(&self) -> Vec<(String, &'static str, f64, Option<f64>)> {
        self.metrics.clone()
    }

    #[getter]
    fn table_names(&self) -> Vec<&'static str> {
        self.tables.iter().map(|table| table.name).collect()
    }

    fn table(&self, name: &str) -> PyResult<Table> {
        let found = self.tables.iter().find(|table| table.name == name);
        arrow(found.ok_or_else(|| PyKeyError::new_err(name.to_owned()))?)
    }

    /// Name and title of each chart.
    #[getter]
    fn charts(&self) -> Vec<(String, String)> {
        let headings = self.charts.iter().map(Drawing::heading);
        headings.map(|one| (one.name.clone(), one.title.clone())).collect()
    }

    /// Draws a chart as SVG.
    fn svg(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        let chart = self.chart(name)?;
        Ok(py.detach(|| chart::svg(chart, &Look::default())))
    }

    /// Draws a chart as PNG.
    #[pyo3(signature = (name, width, height))]
    fn png<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        width: u32,
        height: u32,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let chart = self.chart(name)?;
        let look = Look::new((width, height), 1.0);
        let look = look.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let drawn = py.detach(|| chart::png(chart, &look));
        let bytes = drawn.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The result as one HTML page.
    fn page<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let page = py.detach(|| match &self.run {
            Some(result) => {
                let run = StoredRun { result: result.clone(), manifest: None };
                html::one(&run).map_err(|error| error.to_string())
            }
            None => self.study_page(),
        });
        Ok(PyBytes::new(py, &page.map_err(PyRuntimeError::new_err)?))
    }
}

impl Outcome {
    /// Returns the HTML page of a study, from the files that the command stores.
    fn study_page(&self) -> Result<Vec<u8>, String> {
        let document = match self.kind {
            "sizing" => "size.json".to_owned(),
            kind => format!("{kind}.json"),
        };
        let mut files = Files::from([(document, self.json.clone())]);
        files.extend(self.charts.iter().map(|chart| {
            let svg = chart::svg(chart, &Look::default());
            (format!("charts/{}.svg", chart.heading().name), svg.into_bytes())
        }));
        files.extend(self.tables.iter().map(|table| {
            let file = format!("{}.csv", table.name);
            (file, csv::to_bytes(table))
        }));
        let study = Study::read(&files).map_err(|error| error.to_string())?;
        html::page(&[], study.as_slice()).map_err(|error| error.to_string())
    }

    fn chart(&self, name: &str) -> PyResult<&AnyDrawing> {
        let found = self.charts.iter().find(|chart| chart.heading().name == name);
        found.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }
}
