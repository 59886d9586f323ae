//! Traces of individual requests, and the event log.
//!
//! The model records events and steps ([`Recording`](crate::model::recording::Recording)). This
//! module selects the requests to follow ([`Follower`]), converts them to spans ([`spans`]) in a
//! file for viewers ([`perfetto`]), and writes a log with component names ([`log`]). Tracing does
//! not change results.

mod follower;
pub mod log;
pub mod perfetto;
pub mod spans;
mod value;

pub use follower::{Follower, LogWanted, Wanted};
pub use value::Value;
