//! Converts results to text and charts. The functions are pure: they do not access the model, the
//! disk or the terminal.

pub mod advice;
mod basis;
pub mod chart;
pub mod comparison;
pub(crate) mod document;
pub mod format;
pub mod html;
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

/// Rating of a value. The text always contains a word for it, for readers who cannot see colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
}
