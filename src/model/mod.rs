//! The simulation model of the cloud management gateway: clients, gateways, connection points and
//! sites.
//!
//! A [`Config`] describes the system. A [`World`] simulates one replication of it and passes all
//! events and results to a [`Recorder`]. The model does not use files or threads and writes no
//! output.

pub mod audit;
pub mod backlog;
pub mod client;
pub mod config;
pub mod connection_point;
pub mod content;
mod deadlines;
mod delays;
pub mod deployment;
pub mod disruption;
pub mod event;
pub mod flow;
pub mod gateway;
pub mod latency_breakdown;
pub mod levels;
pub mod line;
pub mod minutes;
pub mod outbound;
pub mod presence;
pub mod recorder;
pub mod recording;
pub mod request;
pub mod service;
pub mod site;
pub mod step;
pub mod tallied;
pub mod world;

pub use config::Config;
pub use recorder::{Measured, NoRecorder, Recorder, Statistics};
pub use world::World;
