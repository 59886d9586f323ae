//! Studies.

use std::path::PathBuf;

use cmgsim::internals::cli::sweep_in_folder;
use cmgsim::internals::study::sweep::{Factor, Sweep, SweepRequest};
use cmgsim::{
    CompareOptions, Design, Loss, Method, PrecisionTarget, Replications, SensitivityOptions,
    SizingOptions, SweepOptions,
};
use pyo3::prelude::*;

use crate::broker::Broker;
use crate::drive::{Conditions, drive};
use crate::errors;
use crate::outcome::Outcome;
use crate::scenario::Scenario;

/// Replications of a scenario. `precision` is a metric, a share and a maximum number.
fn replications(
    count: Option<u32>,
    precision: Option<(String, f64, u32)>,
    confidence: f64,
    scenario: &cmgsim::Scenario,
) -> Replications {
    let target = precision.map(|(metric, precision, max_replications)| PrecisionTarget {
        metric,
        precision,
        confidence,
        max_replications,
    });
    let count = count.unwrap_or_else(|| Replications::default_count(scenario));
    Replications { count, precision_target: target, confidence }
}

/// Checks a confidence.
fn check_confidence(py: Python<'_>, confidence: f64) -> PyResult<()> {
    if 0.0 < confidence && confidence < 1.0 {
        return Ok(());
    }
    let message = format!("confidence is {confidence}; it must be above 0 and below 1");
    Err(errors::request(py, &message))
}

/// Simulates a scenario.
#[pyfunction]
#[pyo3(signature = (scenario, argument, count, precision, confidence, jobs, progress, broker))]
#[expect(clippy::too_many_arguments, reason = "the Python function has keyword arguments")]
pub fn run<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, Scenario>,
    argument: &str,
    count: Option<u32>,
    precision: Option<(String, f64, u32)>,
    confidence: f64,
    jobs: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
    broker: Option<Bound<'py, Broker>>,
) -> PyResult<Outcome> {
    check_confidence(py, confidence)?;
    let scenario = &scenario.get().scenario;
    let replications = replications(count, precision, confidence, scenario);
    let conditions = Conditions { jobs, progress, broker };
    let found = drive(py, &conditions, |watch| cmgsim::simulate(scenario, &replications, watch))?;
    let simulated = found.map_err(|error| errors::study(py, error))?;
    Ok(py.detach(|| Outcome::run(simulated, argument)))
}

/// Compares two scenarios.
#[pyfunction]
#[pyo3(signature = (first, second, count, precision, confidence, relevant, changes, jobs, progress,
                    broker))]
#[expect(clippy::too_many_arguments, reason = "the Python function has keyword arguments")]
pub fn compare<'py>(
    py: Python<'py>,
    first: &Bound<'py, Scenario>,
    second: &Bound<'py, Scenario>,
    count: Option<u32>,
    precision: Option<(String, f64, u32)>,
    confidence: f64,
    relevant: f64,
    changes: [Vec<String>; 2],
    jobs: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
    broker: Option<Bound<'py, Broker>>,
) -> PyResult<Outcome> {
    check_confidence(py, confidence)?;
    let (first, second) = (&first.get().scenario, &second.get().scenario);
    let count = count.or(Some(10));
    let replications = replications(count, precision, confidence, first);
    let options = CompareOptions { replications, relevant };
    let conditions = Conditions { jobs, progress, broker };
    let found = drive(py, &conditions, |watch| cmgsim::compare([first, second], &options, watch))?;
    let mut compared = found.map_err(|error| errors::study(py, error))?;
    compared.comparison.changes = changes;
    Ok(py.detach(|| Outcome::compared(compared)))
}

/// Design of a sweep: its name and the number of points.
fn design(py: Python<'_>, name: &str, points: Option<u32>) -> PyResult<Design> {
    match (name, points) {
        ("grid", None) => Ok(Design::Grid),
        ("one-at-a-time", None) => Ok(Design::OneAtATime),
        ("latin", Some(points)) => Ok(Design::Latin { points }),
        ("latin", None) => Err(errors::request(py, "design=\"latin\" needs points")),
        ("grid" | "one-at-a-time", Some(_)) => {
            Err(errors::request(py, "points is only for design=\"latin\""))
        }
        _ => Err(errors::request(
            py,
            &format!("design is {name:?}; it must be \"grid\", \"latin\" or \"one-at-a-time\""),
        )),
    }
}

/// Simulates many variants of a scenario, in a folder if there is one.
#[pyfunction]
#[pyo3(signature = (scenario, vary, design_name, points, count, confidence, metrics, folder,
                    is_resumed, jobs, progress, broker))]
#[expect(clippy::too_many_arguments, reason = "the Python function has keyword arguments")]
pub fn sweep<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, Scenario>,
    vary: Vec<String>,
    design_name: &str,
    points: Option<u32>,
    count: u32,
    confidence: f64,
    metrics: Vec<String>,
    folder: Option<PathBuf>,
    is_resumed: bool,
    jobs: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
    broker: Option<Bound<'py, Broker>>,
) -> PyResult<Outcome> {
    check_confidence(py, confidence)?;
    let scenario = &scenario.get().scenario;
    let design = design(py, design_name, points)?;
    let conditions = Conditions { jobs, progress, broker };
    let Some(folder) = folder else {
        let options = SweepOptions { vary, design, replications: count, confidence, metrics };
        let found = drive(py, &conditions, |watch| cmgsim::sweep(scenario, &options, watch))?;
        let result = found.map_err(|error| errors::study(py, error))?;
        return Ok(py.detach(|| Outcome::swept(result)));
    };
    let factor = |text: &String| {
        Factor::parse(text)
            .map_err(|error| errors::request(py, &format!("cannot vary {text}: {error}")))
    };
    let request = SweepRequest {
        scenario: scenario.request.clone(),
        factors: vary.iter().map(factor).collect::<PyResult<_>>()?,
        design,
        replications: count,
        confidence,
        measures: metrics,
    };
    let sweep =
        py.detach(|| Sweep::load(&request)).map_err(|error| errors::study(py, error.into()))?;
    let found =
        drive(py, &conditions, |watch| sweep_in_folder(&sweep, &folder, is_resumed, watch))?;
    let result = found.map_err(|error| errors::in_folder(py, &error))?;
    Ok(py.detach(|| Outcome::swept(result)))
}

/// Finds the cheapest design.
#[pyfunction]
#[pyo3(signature = (scenario, find, prices, quota, loss, confidence, first, maximum, jobs, progress,
                    broker))]
#[expect(clippy::too_many_arguments, reason = "the Python function has keyword arguments")]
pub fn size<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, Scenario>,
    find: Vec<String>,
    prices: Vec<String>,
    quota: Option<u64>,
    loss: &str,
    confidence: f64,
    first: u32,
    maximum: u32,
    jobs: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
    broker: Option<Bound<'py, Broker>>,
) -> PyResult<Outcome> {
    check_confidence(py, confidence)?;
    let loss = match loss {
        "none" => Loss::NoLoss,
        "at-busiest" => Loss::AtBusiest,
        at => Loss::At(at.to_owned()),
    };
    let options = SizingOptions { find, prices, quota, loss, confidence, first, maximum };
    let scenario = &scenario.get().scenario;
    let conditions = Conditions { jobs, progress, broker };
    let found = drive(py, &conditions, |watch| cmgsim::size(scenario, &options, watch))?;
    let outcome = found.map_err(|error| errors::study(py, error))?;
    let is_complete = outcome.stopped.is_none();
    Ok(py.detach(|| Outcome::sized(outcome.sizing, is_complete)))
}

/// Ranks the assumed parameters.
#[pyfunction]
#[pyo3(signature = (scenario, metrics, method, only, count, threshold, miss_risk, budget,
                    trajectories, tipping_point_steps, confidence, jobs, progress, broker))]
#[expect(clippy::too_many_arguments, reason = "the Python function has keyword arguments")]
pub fn sensitivity<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, Scenario>,
    metrics: Vec<String>,
    method: &str,
    only: Vec<String>,
    count: Option<u32>,
    threshold: f64,
    miss_risk: f64,
    budget: u32,
    trajectories: u32,
    tipping_point_steps: u32,
    confidence: f64,
    jobs: Option<usize>,
    progress: Option<Bound<'py, PyAny>>,
    broker: Option<Bound<'py, Broker>>,
) -> PyResult<Outcome> {
    check_confidence(py, confidence)?;
    let method = match method {
        "screening" => Method::Screening,
        "one-at-a-time" => Method::OneAtATime,
        "morris" => Method::Morris,
        other => {
            let message = format!(
                "method is {other:?}; it must be \"screening\", \"one-at-a-time\" or \"morris\""
            );
            return Err(errors::request(py, &message));
        }
    };
    let options = SensitivityOptions {
        measures: metrics,
        method,
        only,
        replications: count,
        threshold,
        miss_risk,
        budget,
        trajectories,
        tipping_point_steps,
        confidence,
    };
    let scenario = &scenario.get().scenario;
    let conditions = Conditions { jobs, progress, broker };
    let found = drive(py, &conditions, |watch| cmgsim::sensitivity(scenario, &options, watch))?;
    let outcome = found.map_err(|error| errors::study(py, error))?;
    let is_complete = outcome.stopped.is_none();
    let is_morris = method == Method::Morris;
    Ok(py.detach(|| Outcome::varied(outcome.result, is_morris, is_complete)))
}
