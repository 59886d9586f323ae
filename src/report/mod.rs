//! From results to text and pictures: pure functions that know nothing of the model, the disk or
//! the terminal.

pub mod advice;
pub mod chart;
pub mod comparison;
pub mod data;
pub mod format;
pub mod html;
pub mod sizing;
pub mod table;
pub mod validation;
