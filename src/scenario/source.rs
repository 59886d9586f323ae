//! Source texts of a scenario, and locations in them.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Identifier of a source text: a file, an embedded scenario or an option such as `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(u32);

/// All source texts of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: Vec<(String, String)>,
    /// Files that were read.
    files: Vec<PathBuf>,
}

/// A location in a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Identifier of the source text.
    pub source: SourceId,
    /// Byte range in the source text.
    pub range: Range<usize>,
}

impl Sources {
    /// Adds a text with the name that messages show.
    pub fn add(&mut self, name: String, text: String) -> SourceId {
        self.texts.push((name, text));
        SourceId(self.texts.len() as u32 - 1)
    }

    /// Records a file that was read.
    pub fn note_file(&mut self, path: &Path) {
        self.files.push(path.to_path_buf());
    }

    /// Returns the files that were read.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Returns the name of a text.
    pub fn name(&self, id: SourceId) -> &str {
        &self.texts[id.0 as usize].0
    }

    /// Returns the id of the first text, which is the requested scenario.
    pub fn first(&self) -> Option<SourceId> {
        (!self.texts.is_empty()).then_some(SourceId(0))
    }

    /// Returns the name of the first text, which is the requested scenario.
    pub fn first_name(&self) -> Option<&str> {
        self.texts.first().map(|(name, _)| name.as_str())
    }

    /// Returns a text.
    pub fn text(&self, id: SourceId) -> &str {
        &self.texts[id.0 as usize].1
    }

    /// Returns line and column of a location, both starting at 1; columns count characters.
    pub fn line_and_column(&self, span: &Span) -> (usize, usize) {
        let text = self.text(span.source);
        let mut start = span.range.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl SourceId {
    /// Returns the index among the texts, in the order in which they were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Span {
    /// Creates a location from a byte range of a text.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Span { source, range }
    }
}
