//! Execution of studies without the lock of the interpreter, with progress and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use cmgsim::{Cluster, Look, Observer, Watch};
use pyo3::prelude::*;

use crate::broker::Broker;
use crate::errors;

/// Time between two checks for signals, and between two calls of the progress function.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Where and how a study runs.
pub struct Conditions<'py> {
    /// Number of threads; `None` for the number of processors.
    pub jobs: Option<usize>,
    /// Function that receives the completed share and the number of events.
    pub progress: Option<Bound<'py, PyAny>>,
    /// Cluster that simulates the replications.
    pub broker: Option<Bound<'py, Broker>>,
}

/// Watch of a study.
struct Host {
    is_stopped: AtomicBool,
    share_done: AtomicU64,
    events: AtomicU64,
    broker: Option<Arc<crate::broker::Units>>,
}

impl Watch for Host {
    fn should_continue(&self, look: Look) -> bool {
        self.share_done.store(look.share_done.to_bits(), Ordering::Relaxed);
        self.events.store(look.events, Ordering::Relaxed);
        !self.is_stopped.load(Ordering::Relaxed)
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        self.broker.as_deref().map(|broker| broker as &dyn Cluster)
    }
}

impl Observer for Host {}

/// Executes a study on its own threads. Meanwhile, calls the progress function and checks for
/// signals; if either raises an exception, the study stops and the exception is returned.
pub fn drive<T: Send>(
    py: Python<'_>,
    conditions: &Conditions<'_>,
    study: impl FnOnce(&dyn Observer) -> T + Send,
) -> PyResult<T> {
    let broker = conditions.broker.as_ref().map(|broker| Arc::clone(&broker.get().units));
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = conditions.jobs.unwrap_or_else(all);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool =
        pool.map_err(|error| errors::request(py, &format!("cannot start threads: {error}")))?;
    let host = Host {
        is_stopped: AtomicBool::new(false),
        share_done: AtomicU64::new(0),
        events: AtomicU64::new(0),
        broker,
    };
    let call = || -> PyResult<()> {
        py.check_signals()?;
        let Some(progress) = &conditions.progress else { return Ok(()) };
        let share_done = f64::from_bits(host.share_done.load(Ordering::Relaxed));
        progress.call1((share_done.min(1.0), host.events.load(Ordering::Relaxed)))?;
        Ok(())
    };
    let (sender, receiver) = channel::<()>();
    std::thread::scope(|scope| {
        let own = scope.spawn(|| {
            // Dropped at the end, also if the study panics.
            let _done = sender;
            pool.install(|| study(&host))
        });
        let mut raised = None;
        let receiver = std::sync::Mutex::new(receiver);
        let waits = || {
            let receiver = receiver.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            receiver.recv_timeout(CHECK_INTERVAL) == Err(RecvTimeoutError::Timeout)
        };
        while py.detach(waits) {
            if raised.is_none()
                && let Err(error) = call()
            {
                host.is_stopped.store(true, Ordering::Relaxed);
                if let Some(broker) = &host.broker {
                    broker.close("the study was stopped");
                }
                raised = Some(error);
            }
        }
        let joined = py.detach(|| own.join());
        let result = joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match raised {
            Some(error) => Err(error),
            None => Ok(result),
        }
    })
}
