//! What simulates: time and units, the queueing engine, and the model of the gateway.
//!
//! It is a package of its own, so that it alone is optimised as far as the compiler can, and
//! compiled beside the dependencies of the rest. `cmgsim` has these modules under the same names.

pub mod base;
pub mod engine;
pub mod model;
pub mod terms;
