//! The world of the cloud management gateway: clients, gateways, connection points, sites.
//!
//! A [`Config`] says what there is; a [`World`] simulates one replication of it and tells a
//! [`Recorder`] what happens. Nothing here knows files, threads or output.

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
pub mod gateway;
pub mod latency_breakdown;
pub mod levels;
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
