//! Simulation on a Dask cluster. The Python package connects to the cluster; if this program does
//! not run inside the package, it starts the package with the same arguments.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::experiment::{Cluster, Look, Watch};

use super::exit::Exit;
use super::failure::Failure;

/// Cluster that the Python package is connected to.
pub trait ConnectedCluster: Cluster + Send {
    /// Returns the cluster for a watch.
    fn as_cluster(&self) -> &dyn Cluster;
}

/// Function that connects to the scheduler at an address, or returns the reason why it cannot.
pub type Connect = Box<dyn Fn(&str) -> Result<Box<dyn ConnectedCluster>, String> + Send + Sync>;

static CONNECT: OnceLock<Connect> = OnceLock::new();

/// Lets commands connect to clusters. Only the first call has an effect.
pub(super) fn set_connect(connect: Connect) {
    let _ = CONNECT.set(connect);
}

/// Returns whether this program runs inside the Python package.
pub(super) fn is_in_package() -> bool {
    CONNECT.get().is_some()
}

/// Connects to the scheduler at an address.
pub(super) fn connect(address: &str) -> Result<Box<dyn ConnectedCluster>, Failure> {
    let connect = CONNECT.get().ok_or_else(|| Failure::Usage(INSTALL.to_owned()))?;
    connect(address).map_err(|reason| Failure::Refused(format!("cannot use {address}: {reason}")))
}

/// Watch of a study on a cluster.
pub(super) struct OnCluster<'a> {
    pub watch: &'a dyn Watch,
    pub cluster: Option<&'a dyn Cluster>,
}

impl Watch for OnCluster<'_> {
    fn should_continue(&self, look: Look) -> bool {
        self.watch.should_continue(look)
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        self.cluster
    }
}

const INSTALL: &str = "--dask needs the Python package of cmgsim with Dask: pip install \
    \"cmgsim[dask]\"; if another Python has the package, set CMGSIM_PYTHON to its program";

/// Runs the same command in the Python package and returns its exit code.
///
/// # Errors
/// Fails if no Python has the package, or if it cannot be started.
pub(super) fn in_python() -> Result<u8, Failure> {
    let named = std::env::var_os("CMGSIM_PYTHON");
    let common = ["python3", "python", "py"].map(OsString::from);
    let programs = named.map_or_else(|| common.to_vec(), |program| vec![program]);
    let has_package = |program: &&OsString| {
        let mut import = Command::new(program);
        import.args(["-c", "import cmgsim, distributed"]);
        let quiet = import.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    };
    let Some(python) = programs.iter().find(has_package) else {
        let tested: Vec<_> = programs.iter().map(|one| one.to_string_lossy()).collect();
        let text = format!("{INSTALL} (without the package: {})", tested.join(", "));
        return Err(Failure::Usage(text));
    };
    // Ctrl-C reaches both programs. The package stops the sweep in order; this program waits.
    super::interrupt::catch_interrupts()?;
    let mut package = Command::new(python);
    package.args(["-m", "cmgsim"]).args(std::env::args_os().skip(1));
    let status = package.status().map_err(|cause| Failure::System {
        what: format!("cannot start {}", python.to_string_lossy()),
        cause,
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(Exit::Failed.code()))
}
