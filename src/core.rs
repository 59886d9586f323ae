//! The core of the simulator: time and units, the queueing engine, and the model of the gateway.
//!
//! The core is a package of its own, so that the compiler optimises it as a single unit and
//! compiles it in parallel with the dependencies of the other packages. `cmgsim` re-exports these
//! modules under the same names.

pub mod base;
pub mod engine;
pub mod model;
pub mod terms;
