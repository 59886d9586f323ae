//! Scenarios.

use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, preset};
use cmgsim::internals::terms::MetricFamily;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors;

/// A checked scenario.
#[pyclass(frozen)]
pub struct Scenario {
    pub scenario: cmgsim::Scenario,
}

fn loaded(py: Python<'_>, origin: ScenarioOrigin, overrides: Vec<String>) -> PyResult<Scenario> {
    let found = py.detach(|| load(&LoadRequest { origin, overrides }));
    let scenario = found.map_err(|problems| errors::scenario(py, &problems))?;
    Ok(Scenario { scenario })
}

#[pymethods]
impl Scenario {
    /// Loads an embedded scenario or a file, and applies overrides (`path=value`).
    #[staticmethod]
    fn load(py: Python<'_>, name: &str, overrides: Vec<String>) -> PyResult<Self> {
        loaded(py, ScenarioOrigin::named(name), overrides)
    }

    /// Loads a file, even if an embedded scenario has its name.
    #[staticmethod]
    fn load_file(
        py: Python<'_>,
        path: std::path::PathBuf,
        overrides: Vec<String>,
    ) -> PyResult<Self> {
        loaded(py, ScenarioOrigin::Path(path), overrides)
    }

    /// Loads a scenario from TOML text.
    #[staticmethod]
    fn parse(py: Python<'_>, text: String, name: String, overrides: Vec<String>) -> PyResult<Self> {
        loaded(py, ScenarioOrigin::Text { name, text }, overrides)
    }

    /// Loads a scenario from a JSON object with the keys of a scenario file.
    #[staticmethod]
    fn from_json(
        py: Python<'_>,
        json: &str,
        name: String,
        overrides: Vec<String>,
    ) -> PyResult<Self> {
        let wrong = |error: String| PyValueError::new_err(format!("not a scenario: {error}"));
        let value: toml::Table =
            serde_json::from_str(json).map_err(|one| wrong(one.to_string()))?;
        let text = toml::to_string(&value).map_err(|one| wrong(one.to_string()))?;
        loaded(py, ScenarioOrigin::Text { name, text }, overrides)
    }

    /// Returns the scenario with further overrides (`path=value`).
    fn with_overrides(&self, py: Python<'_>, overrides: Vec<String>) -> PyResult<Self> {
        let mut request = self.scenario.request.clone();
        request.overrides.extend(overrides);
        loaded(py, request.origin, request.overrides)
    }

    #[getter]
    fn name(&self) -> &str {
        &self.scenario.name
    }

    #[getter]
    fn question(&self) -> &str {
        &self.scenario.question
    }

    /// Hash of all values; the results depend only on it and the seed.
    #[getter]
    fn hash(&self) -> String {
        self.scenario.resolved.hash()
    }

    #[getter]
    fn seed(&self) -> u64 {
        self.scenario.info().seed
    }

    #[getter]
    fn clients(&self) -> u64 {
        self.scenario.info().clients
    }

    /// Warnings as a JSON array.
    #[getter]
    fn warnings_json(&self) -> String {
        self.scenario.warnings.to_json().to_string()
    }

    /// All values as TOML, with a comment about the origin of each.
    fn to_toml(&self) -> String {
        self.scenario.resolved.to_toml()
    }

    /// Path, value, provenance and source of each value.
    fn values(&self) -> Vec<(String, String, String, String)> {
        let all = self.scenario.info().configuration.into_iter();
        all.map(|one| (one.path, one.value, one.provenance.name().to_owned(), one.source)).collect()
    }
}

/// Converts a JSON value to the TOML value of an override.
#[pyfunction]
pub fn override_value(json: &str) -> PyResult<String> {
    let wrong = |error: String| PyValueError::new_err(format!("not a scenario value: {error}"));
    let value: toml::Value = serde_json::from_str(json).map_err(|one| wrong(one.to_string()))?;
    Ok(value.to_string())
}

/// Names and questions of the embedded scenarios.
#[pyfunction]
pub fn preset_names() -> Vec<&'static str> {
    preset::ALL.iter().map(|(name, _)| *name).collect()
}

/// Returns whether a metric has this name; `wait_p95_s[...]` names a metric of a component.
#[pyfunction]
pub fn is_metric(name: &str) -> bool {
    cmgsim::Metric::from_name(name).is_some()
}

/// Names of the metrics of a run.
#[pyfunction]
pub fn metric_names() -> Vec<&'static str> {
    MetricFamily::of_run().map(MetricFamily::name).collect()
}
