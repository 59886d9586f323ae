//! Extension module `cmgsim._core`: scenarios, studies and results of cmgsim for Python.
//!
//! The Python code in `cmgsim/` adds types, documentation and conveniences. This module contains
//! only what needs Rust. Studies run without the lock of the interpreter.

mod broker;
mod command;
mod drive;
mod errors;
mod outcome;
mod scenario;
mod studies;
mod table;

use pyo3::prelude::*;

/// Contents of the module.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::broker::Broker;
    #[pymodule_export]
    use super::broker::{build, simulate_unit};
    #[pymodule_export]
    use super::command::main;
    #[pymodule_export]
    use super::outcome::Outcome;
    #[pymodule_export]
    use super::scenario::{Scenario, is_metric, metric_names, override_value, preset_names};
    #[pymodule_export]
    use super::studies::{compare, run, sensitivity, size, sweep};
    #[pymodule_export]
    use super::table::Table;
}
