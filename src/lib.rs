//! cmgsim: a discrete-event simulator of Configuration Manager's cloud management gateway.

pub mod base;
pub mod catalogue;
pub mod cli;
pub mod engine;
pub mod experiment;
pub mod model;
pub mod report;
pub mod results;
pub mod scenario;
