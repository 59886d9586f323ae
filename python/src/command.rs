//! The command `cmgsim` inside the package.

use std::ffi::OsString;
use std::sync::Arc;

use cmgsim::Cluster;
use cmgsim::internals::cli::{ConnectedCluster, run_in_package};
use pyo3::prelude::*;

use crate::broker::{Broker, Units};

/// Units of a command, and the Python object that submits them.
struct Connected {
    units: Arc<Units>,
    connection: Py<PyAny>,
}

impl Cluster for Connected {
    fn in_flight(&self) -> usize {
        self.units.in_flight()
    }

    fn simulate(
        &self,
        unit: cmgsim::WorkUnit,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        self.units.simulate(unit, should_continue)
    }
}

impl ConnectedCluster for Connected {
    fn as_cluster(&self) -> &dyn Cluster {
        self
    }
}

impl Drop for Connected {
    /// Closes the connection.
    fn drop(&mut self) {
        Python::attach(|py| {
            // A connection that cannot be closed ends with the process.
            let _ = self.connection.call_method0(py, "close");
        });
    }
}

/// Runs a command and returns its exit code. `arguments` begins with the name of the program.
/// `connect` receives the address of a Dask scheduler and returns a connection with the attribute
/// `broker` and the method `close`.
#[pyfunction]
pub fn main(py: Python<'_>, arguments: Vec<OsString>, connect: Py<PyAny>) -> u8 {
    let connect = move |address: &str| -> Result<Box<dyn ConnectedCluster>, String> {
        Python::attach(|py| {
            let connected = || -> PyResult<Connected> {
                let connection = connect.call1(py, (address,))?;
                let broker = connection.getattr(py, "broker")?;
                let broker = broker.cast_bound::<Broker>(py)?;
                let units = Arc::clone(&broker.get().units);
                Ok(Connected { units, connection })
            };
            let connected = connected().map_err(|error| error.value(py).to_string())?;
            Ok(Box::new(connected) as Box<dyn ConnectedCluster>)
        })
    };
    py.detach(|| run_in_package(arguments, Box::new(connect)))
}
