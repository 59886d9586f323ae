//! Traces of single requests, and the log of events.
//!
//! The model keeps what happens ([`Recording`](crate::model::recording::Recording)); here is what
//! is made of it: which requests are followed ([`Follower`]), their spans ([`spans`]) as a file for
//! viewers ([`perfetto`]), and a log with names ([`log`]). Results are the same as without.

mod follower;
pub mod log;
pub mod perfetto;
pub mod spans;
mod value;

pub use follower::{Follower, LogWanted, Wanted};
pub use value::Value;
