//! What a run found: plain data ([`schema`]), formats that return bytes ([`csv`], [`json`],
//! [`manifest`]), and the [`store`], which alone writes to the disk.

pub mod csv;
pub mod json;
pub mod manifest;
pub mod schema;
pub mod series;
pub mod store;

pub use schema::*;
pub use series::*;
