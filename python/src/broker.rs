//! Units of work between a study and the Python code that passes them to a cluster.
//!
//! A thread of the study waits for each unit. The Python code takes units with `next`, submits
//! them, and returns results with `deliver`. The number of waiting threads therefore limits the
//! number of units in flight.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmgsim::{BUILD, Cluster, WorkUnit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors;

/// Time between two checks of whether the study still needs the result of a unit. Closing the broker
/// ends the wait at once.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

type Reply = Result<Vec<u8>, String>;

#[derive(Default)]
struct Queue {
    next_id: u64,
    waiting: VecDeque<(u64, WorkUnit)>,
    replies: BTreeMap<u64, SyncSender<Reply>>,
    cancelled: Vec<u64>,
    /// Reason why no further unit is accepted.
    closed: Option<String>,
}

/// A unit for the Python code: id, key, key of the model, model, number of the replication.
type Taken<'py> = (u64, String, String, Bound<'py, PyBytes>, u32);

/// Units of one study.
pub struct Units {
    queue: Mutex<Queue>,
    arrived: Condvar,
    in_flight: usize,
}

impl Units {
    /// Accepts no further units; units without a result end with this reason.
    pub fn close(&self, reason: &str) {
        let mut queue = self.queue();
        queue.closed.get_or_insert_with(|| reason.to_owned());
        queue.waiting.clear();
        queue.replies.clear();
        drop(queue);
        self.arrived.notify_all();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster for Units {
    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn simulate(
        &self,
        unit: WorkUnit,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        let (sender, receiver) = sync_channel(1);
        let id = {
            let mut queue = self.queue();
            if let Some(reason) = &queue.closed {
                return Err(reason.clone());
            }
            queue.next_id += 1;
            let id = queue.next_id;
            queue.waiting.push_back((id, unit));
            queue.replies.insert(id, sender);
            id
        };
        self.arrived.notify_one();
        loop {
            match receiver.recv_timeout(CHECK_INTERVAL) {
                Ok(reply) => return reply.map(Some),
                Err(RecvTimeoutError::Disconnected) if !should_continue() => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    let closed = self.queue().closed.clone();
                    return Err(closed.unwrap_or_else(|| "the cluster is closed".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) if should_continue() => {}
                Err(RecvTimeoutError::Timeout) => {
                    let mut queue = self.queue();
                    queue.replies.remove(&id);
                    queue.waiting.retain(|(own, _)| *own != id);
                    queue.cancelled.push(id);
                    return Ok(None);
                }
            }
        }
    }
}

/// Units of work of one study, for the code that submits them to a cluster.
#[pyclass(frozen)]
pub struct Broker {
    pub units: Arc<Units>,
}

#[pymethods]
impl Broker {
    /// Creates a broker that submits at most `in_flight` units at the same time.
    #[new]
    fn new(in_flight: usize) -> Self {
        let units = Units {
            queue: Mutex::default(),
            arrived: Condvar::new(),
            in_flight: in_flight.clamp(1, 16_384),
        };
        Broker { units: Arc::new(units) }
    }

    /// Number of units that are submitted at the same time.
    #[getter]
    fn in_flight(&self) -> usize {
        self.units.in_flight
    }

    /// Returns up to `count` new units, after at most `seconds`; `None` after `close`. A unit is
    /// (id, key, key of the model, model, number of the replication).
    fn next<'py>(&self, py: Python<'py>, count: usize, seconds: f64) -> Option<Vec<Taken<'py>>> {
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let taken = py.detach(|| {
            let queue = self.units.queue();
            let is_empty = |queue: &mut Queue| queue.waiting.is_empty() && queue.closed.is_none();
            let waited = self.units.arrived.wait_timeout_while(queue, wait, is_empty);
            let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if queue.closed.is_some() {
                return None;
            }
            let count = count.min(queue.waiting.len());
            Some(queue.waiting.drain(..count).collect::<Vec<_>>())
        });
        let unit = |(id, unit): (u64, WorkUnit)| {
            (id, unit.key, unit.model_key, PyBytes::new(py, &unit.model), unit.number)
        };
        taken.map(|units| units.into_iter().map(unit).collect())
    }

    /// Returns the ids of units whose results are no longer needed, once each.
    fn cancelled(&self) -> Vec<u64> {
        std::mem::take(&mut self.units.queue().cancelled)
    }

    /// Passes the result of a unit to the study.
    fn deliver(&self, id: u64, reply: Vec<u8>) {
        self.answer(id, Ok(reply));
    }

    /// Ends a unit without a result; the study fails with this reason.
    fn fail(&self, id: u64, reason: String) {
        self.answer(id, Err(reason));
    }

    /// Accepts no further units; units without a result fail with this reason.
    fn close(&self, reason: &str) {
        self.units.close(reason);
    }
}

impl Broker {
    fn answer(&self, id: u64, reply: Reply) {
        let sender = self.units.queue().replies.remove(&id);
        if let Some(sender) = sender {
            // The study no longer needs the result if nobody receives it.
            let _ = sender.send(reply);
        }
    }
}

/// Simulates one unit in a worker, without the lock of the interpreter.
#[pyfunction]
pub fn simulate_unit<'py>(
    py: Python<'py>,
    model: &[u8],
    number: u32,
) -> PyResult<Bound<'py, PyBytes>> {
    let reply = py.detach(|| cmgsim::simulate_unit(model, number));
    let reply = reply.map_err(|refused| errors::refused(py, &refused))?;
    Ok(PyBytes::new(py, &reply))
}

/// Version and commit, which must be the same in all processes of a study.
#[pyfunction]
pub fn build() -> &'static str {
    BUILD
}
