//! Traces of individual requests, and the event log.
//!
//! The model records events and steps ([`Recording`](crate::model::recording::Recording)). This
//! module selects the requests to follow ([`Follower`]), converts them to spans ([`spans`]) in a
//! file for viewers ([`perfetto`]), writes a log with component names ([`log`]), and derives the
//! IIS logs of the site systems ([`site_log`]). Tracing does not change results.

mod follower;
pub mod log;
pub mod perfetto;
pub mod site_log;
pub mod spans;
mod value;

pub use follower::{Follower, LogWanted, Wanted};
pub use value::Value;
