//! What a run found: plain data ([`schema`]), formats that return bytes ([`csv`], [`json`],
//! [`manifest`]), and the [`store`], which alone writes to the disk.

pub mod cost;
pub mod csv;
pub mod deployments;
pub mod json;
pub mod manifest;
pub mod parts;
pub mod schema;
pub mod series;
pub mod store;
pub mod validation;

pub use cost::*;
pub use deployments::*;
pub use parts::*;
pub use schema::*;
pub use series::*;
pub use validation::*;
