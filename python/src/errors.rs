//! Conversion of errors to the exceptions of `cmgsim._errors`.

use cmgsim::internals::cli::InFolderError;
use cmgsim::{Error, Problems, UnitRefused};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Creates an exception of the package.
fn exception<'py>(
    py: Python<'py>,
    name: &str,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyErr {
    let create = || -> PyResult<Bound<'py, PyAny>> {
        let arguments = arguments.into_pyobject(py)?;
        py.import("cmgsim._errors")?.getattr(name)?.call1(arguments)
    };
    match create() {
        Ok(value) => PyErr::from_value(value),
        Err(error) => error,
    }
}

/// Converts the problems of a scenario.
pub fn scenario(py: Python<'_>, problems: &Problems) -> PyErr {
    let (text, list) = (problems.render(false), problems.to_json().to_string());
    exception(py, "ScenarioError", (text, list))
}

/// Converts an error of a study.
pub fn study(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Scenario(problems) => scenario(py, &problems),
        Error::Sweep(cmgsim::data::SweepError::Scenario { problems, .. }) => {
            scenario(py, &problems)
        }
        Error::Sweep(cmgsim::data::SweepError::Unit(_)) | Error::Run(_) => {
            exception(py, "RunError", (error.to_string(),))
        }
        Error::Stopped(what) => exception(py, "StoppedError", (what,)),
        error => request(py, &error.to_string()),
    }
}

/// Converts an invalid request.
pub fn request(py: Python<'_>, message: &str) -> PyErr {
    exception(py, "RequestError", (message,))
}

/// Converts an error of a sweep in a folder. Exit code 130 means that it was stopped.
pub fn in_folder(py: Python<'_>, error: &InFolderError) -> PyErr {
    let name = if error.exit_code == 130 { "StoppedError" } else { "FolderError" };
    exception(py, name, (error.to_string(),))
}

/// Converts the refusal of a unit.
pub fn refused(py: Python<'_>, refused: &UnitRefused) -> PyErr {
    exception(py, "WorkerError", (refused.to_string(),))
}
