//! Results of runs and studies: plain data ([`run`]), its [`tables`], file formats that return
//! bytes ([`csv`], `parquet`, [`json`], [`manifest`]), and the [`store`], which writes files.

pub mod append;
pub mod baseline;
pub mod bill;
pub mod calibration;
pub mod comparison;
pub mod cost;
pub mod counts;
pub mod csv;
pub mod json;
pub mod logs;
pub mod manifest;
pub mod metric;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod planned_month;
pub mod read;
pub mod regression;
pub mod replications;
pub mod run;
pub mod sensitivity;
pub mod sizing;
pub mod store;
pub mod sweep;
pub mod table;
pub mod tables;
pub mod validation;
pub mod verdict;

pub use crate::terms::{Better, Metric, Unit};
pub use bill::{Bill, BillLine, BilledRun, MonthDoubt};
pub use cost::*;
pub use regression::*;
pub use replications::*;
pub use run::*;
pub use sensitivity::*;
pub use sizing::*;
pub use sweep::*;
pub use validation::*;
pub use verdict::*;
