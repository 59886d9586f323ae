//! Import of price books from the public Azure Retail Prices API.
//!
//! [`read`] parses the JSON pages or the CSV that the API returns (`retail`), [`import()`] assigns
//! its meters to the keys of `[prices]` (`meters`), and [`Import::to_toml`] writes a price book.
//! The assignment uses the names of meters. These names, and the choice of meters for a cloud
//! management gateway, are general knowledge: no document of Configuration Manager states them.

mod import;
mod meters;
mod retail;

pub use import::{Import, Request, import};
pub use retail::{RetailPrice, read};
