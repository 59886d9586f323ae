//! Queueing engine: event calendar, random streams, distributions, arrival processes, stations,
//! shared links and statistics.
//!
//! The engine is independent of gateways, files and threads. A model owns one [`Calendar`] and any
//! number of [`Station`]s, and drives them from one loop on one thread.

pub mod arrivals;
pub mod calendar;
pub mod distribution;
pub mod link;
pub mod random;
pub mod station;
pub mod tally;

pub use arrivals::ArrivalProcess;
pub use calendar::Calendar;
pub use distribution::{Distribution, DistributionError};
pub use link::{Capacity, SharedLink, TransferClass};
pub use random::{Purpose, Stream, Streams};
pub use station::{Admission, Departure, Discipline, Servers, Station, StationConfig};
pub use tally::{LatencyHistogram, TimeAverage};
