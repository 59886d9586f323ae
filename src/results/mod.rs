//! What a run found: plain data, its formats, and the store that writes it to disk.

pub mod schema;

pub use schema::*;
