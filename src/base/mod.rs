//! Time, units and identifiers: used by every room, knows none of them.

pub mod ids;
pub mod offsets;
pub mod text;
pub mod time;
pub mod units;

pub use ids::{Id, IdVec};
pub use offsets::{OffsetChange, UtcOffsets};
pub use time::{SimDuration, SimTime};
pub use units::{BitsPerSecond, Bytes, PerSecond, Share};
