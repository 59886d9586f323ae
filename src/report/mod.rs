//! Converts results to text and charts. The functions are pure: they do not access the model, the
//! disk or the terminal.

pub mod advice;
mod basis;
pub mod calibration;
pub mod chart;
pub mod comparison;
pub mod counts;
pub(crate) mod document;
mod fitted;
pub mod format;
pub mod html;
pub mod inputs;
pub mod logs;
pub mod planned_month;
pub mod regression;
pub mod results_reference;
pub mod sensitivity;
pub mod sizing;
pub mod summary;
pub mod sweep;
pub(crate) mod text;
pub mod validation;
pub mod verdict;

use serde::Serialize;

/// Rating of a value, shown as a colour. Texts also state the rating in words, for readers who
/// cannot see colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
}
