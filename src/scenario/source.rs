//! The texts of a scenario, and places in them.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A text that values come from: a file, an embedded scenario, a `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(u32);

/// All texts of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: Vec<(String, String)>,
    /// Files that were read.
    files: Vec<PathBuf>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// Bytes of it.
    pub range: Range<usize>,
}

impl Sources {
    /// Adds a text under a name that errors show.
    pub fn add(&mut self, name: String, text: String) -> SourceId {
        self.texts.push((name, text));
        SourceId(self.texts.len() as u32 - 1)
    }

    /// Notes a file that was read.
    pub fn note_file(&mut self, path: &Path) {
        self.files.push(path.to_path_buf());
    }

    /// Files that were read.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The name of a text.
    pub fn name(&self, id: SourceId) -> &str {
        &self.texts[id.0 as usize].0
    }

    /// The text that was asked for: the first.
    pub fn first(&self) -> Option<SourceId> {
        (!self.texts.is_empty()).then_some(SourceId(0))
    }

    /// The name of the text that was asked for: the first.
    pub fn first_name(&self) -> Option<&str> {
        self.texts.first().map(|(name, _)| name.as_str())
    }

    /// A text.
    pub fn text(&self, id: SourceId) -> &str {
        &self.texts[id.0 as usize].1
    }

    /// Line and column of a place, both from 1; columns count characters.
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
    /// Place among the texts, in the order they were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Span {
    /// Bytes of a text.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Span { source, range }
    }
}
