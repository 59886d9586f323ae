//! Reading of IIS log files: input files, lines, the W3C extended format, classification of
//! requests, and tallies.
//!
//! Everything is read as a stream with bounded memory. Names and addresses of clients and users
//! are used only as input of a keyed hash ([`clients`]) and are never stored, so that no result can
//! contain them. Lines that cannot be read are counted by reason ([`unreadable`]).
//!
//! # Meaning of times
//!
//! IIS writes a row when a request ends, with the end time in whole seconds of UTC and `time-taken`
//! in milliseconds. The arrival is therefore the end minus `time-taken`, with an error of up to one
//! second. `time-taken` starts with the first byte of the request and usually ends when the client
//! acknowledges the last packet of the response, so it includes waiting for a worker and, for
//! responses over 2 KB, time on the network (Microsoft, "Description of the time-taken field in IIS
//! HTTP logging", KB 944884).

mod activity;
mod arrivals;
mod class;
mod client_hours;
mod clients;
mod concurrency;
mod copies;
mod distinct;
mod encoding;
mod endpoint;
mod header;
mod histogram;
pub mod hold_out;
mod hours;
pub mod iis;
mod input;
mod lines;
mod long_requests;
mod memo;
mod minutes;
mod patterns;
mod read;
pub mod requests;
mod row_tally;
mod rules;
mod sample;
mod server;
mod source;
mod stamp;
mod summary;
mod tally;
mod texts;
mod unreadable;
mod words;

#[cfg(test)]
mod activity_tests;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;

pub use activity::{Activity, ERRORS_MAX, RETRY_GAP_MAX_S, Retries, SEQUENCE_GAP_S};
pub use arrivals::{ARRIVALS_MAX, ArrivalStream, Arrivals};
pub use class::Class;
pub use client_hours::ClientHour;
pub use clients::{ClientKey, NoClients};
pub use copies::{Copied, Copies};
pub use distinct::Distinct;
pub use endpoint::masked_endpoint;
pub use histogram::Histogram;
pub use hours::HOURS_OF_WEEK;
pub use input::{COUNT_ENDINGS, Input, InputError, expand, expand_with};
pub use read::{LogReader, Progress, TIME_TAKEN_MS_MAX, read_inputs};
pub use row_tally::RowTally;
pub use rules::{Rules, RulesError};
pub use server::{ServerMinute, ServerObservation, ServerTally};
pub use summary::summarise;
pub use tally::{ClassTally, HourTally, Tallies};
pub use texts::read_texts;
