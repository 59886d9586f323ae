//! Time, units, identifiers and text helpers. Every module uses this one; it depends on no other.

pub mod ids;
pub mod offsets;
pub mod text;
pub mod time;
pub mod units;

pub use ids::{Id, IdVec};
pub use offsets::{OffsetChange, UtcOffsets};
pub use time::{SimDuration, SimTime};
pub use units::{BitsPerSecond, Bytes, PerSecond, Share};
