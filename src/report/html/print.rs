//! The header of printed pages.

use serde::Serialize;

use crate::results::manifest::Manifest;

/// Texts repeated on each printed page, as CSS strings without quotes.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct RunningHeader {
    /// Name of the scenario.
    left: String,
    /// Date of the simulation.
    right: String,
}

impl RunningHeader {
    /// Returns the name of the scenario and the date of the manifest.
    pub(super) fn new(name: &str, manifest: Option<&Manifest>) -> Self {
        let started = manifest.map_or("", |one| one.timing.started.as_str());
        let date = started.split('T').next().unwrap_or_default();
        let right = if date.is_empty() { String::new() } else { format!("simulated {date}") };
        RunningHeader { left: css_string(name), right: css_string(&right) }
    }
}

/// Escapes everything except letters, digits and spaces for a CSS string.
fn css_string(text: &str) -> String {
    let escaped = text.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == ' ' => letter.to_string(),
        letter => format!("\\{:x} ", u32::from(letter)),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_cannot_close_a_css_string_or_its_element() {
        assert_eq!(css_string("a b-1"), "a b\\2d 1");
        let text = css_string("\"}</style>\n\\");
        assert!(!text.contains(['"', '<', '}', '\n']), "{text}");
        assert_eq!(text.matches('\\').count(), 7, "{text}");
    }
}
