//! What a run found: plain data ([`schema`]), its [`tables`], formats that return bytes ([`csv`],
//! `parquet`, [`json`], [`manifest`]), and the [`store`], which alone writes to the disk.

pub mod append;
pub mod baseline;
pub mod check;
pub mod clock;
pub mod comparison;
pub mod cost;
pub mod course;
pub mod csv;
pub mod deployments;
pub mod json;
pub mod manifest;
pub mod metric;
pub mod objectives;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod parts;
pub mod read;
pub mod regression;
pub mod replications;
pub mod schema;
pub mod sensitivity;
pub mod series;
pub mod sizing;
pub mod store;
pub mod storm;
pub mod sweep;
pub mod table;
pub mod tables;
pub mod trace;
pub mod validation;

pub use check::*;
pub use clock::*;
pub use cost::*;
pub use course::*;
pub use deployments::*;
pub use metric::{Better, Metric, Unit};
pub use objectives::*;
pub use parts::*;
pub use regression::*;
pub use replications::*;
pub use schema::*;
pub use sensitivity::*;
pub use series::*;
pub use sizing::*;
pub use storm::*;
pub use sweep::*;
pub use validation::*;
