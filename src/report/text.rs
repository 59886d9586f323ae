//! Renders documents as text for a terminal.

use comfy_table::{CellAlignment, Table as Grid, presets};

use super::document::{Block, Document, Table};

/// Maximum line length of lists and verdicts, which fits every terminal.
pub(super) const WIDTH_MAX: usize = 80;

/// Width of the labels of a verdict.
const LABEL_WIDTH: usize = 11;

/// Renders the document, ending with a line break.
pub fn render(document: &Document) -> String {
    let mut text = String::new();
    for section in &document.sections {
        if !text.is_empty() {
            text.push('\n');
        }
        match (section.title.as_str(), section.remark.as_str()) {
            ("", _) => {}
            (title, "") => text.push_str(&format!("{title}\n")),
            (title, remark) => text.push_str(&format!("{title}, {remark}\n")),
        }
        for block in &section.blocks {
            match block {
                Block::Paragraph(words) => text.push_str(&format!("{words}\n")),
                Block::Note(note) => {
                    text.extend(note.lines().map(|line| format!("  {line}\n")));
                }
                Block::List(sentences) => {
                    text.extend(sentences.iter().map(|sentence| wrapped(sentence)));
                }
                Block::Table(table) => text.push_str(&grid(table)),
            }
        }
    }
    text
}

/// Renders a table.
pub(super) fn grid(table: &Table) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING).set_header(table.columns.iter().map(|column| &column.title));
    for (drawn, column) in grid.column_iter_mut().zip(&table.columns) {
        drawn.set_cell_alignment(match column.is_right {
            true => CellAlignment::Right,
            false => CellAlignment::Left,
        });
    }
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| cell.written()));
    }
    grid.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// Formats a sentence as a list item with wrapped lines.
fn wrapped(sentence: &str) -> String {
    format!("{}\n", broken(" -", 2, sentence))
}

/// Formats an answer as reports print it, ending with a line break.
pub(crate) fn answer_line(answer: &str) -> String {
    format!("{}\n", hanging("Answer", answer))
}

/// Formats a label with a wrapped sentence beside it, without a final line break.
pub(crate) fn hanging(label: &str, sentence: &str) -> String {
    broken(label, LABEL_WIDTH - 1, sentence)
}

/// Wraps a sentence, without a final line break.
pub(crate) fn filled(sentence: &str) -> String {
    let text = broken("", 0, sentence);
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// Wraps a sentence at a width, without a final line break.
pub(super) fn words_on_lines(sentence: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        let fits = |line: &&mut String| line.chars().count() + 1 + word.chars().count() <= width;
        match lines.last_mut().filter(fits) {
            Some(line) => line.push_str(&format!(" {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// Splits a sentence into words. A command in backticks is one word if it fits on a line of `room`
/// characters, so that it can be copied.
fn words(sentence: &str, room: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        let is_open = |one: &String| one.matches('`').count() == 1 && one.starts_with('`');
        match words.last_mut() {
            Some(last) if is_open(last) && last.chars().count() + word.chars().count() < room => {
                last.push_str(&format!(" {word}"));
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Writes words after `start`, and indents continuation lines to the first word.
fn broken(start: &str, indent: usize, sentence: &str) -> String {
    let mut text = format!("{start:<indent$}");
    let mut length = indent.max(start.chars().count());
    for word in words(sentence, WIDTH_MAX - indent - 1) {
        let width = word.chars().count();
        if length + 1 + width > WIDTH_MAX && length > indent {
            text.push_str(&format!("\n{:indent$}", ""));
            length = indent;
        }
        text.push_str(&format!(" {word}"));
        length += 1 + width;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Cell, Section};

    #[test]
    fn columns_are_aligned_and_sections_are_separated() {
        let mut table = Table::new(&["", "sent", "verdict"], 1);
        table.row([Cell::text("a"), Cell::Bytes(4_500), Cell::text("within")]);
        table.row([Cell::text("long name"), Cell::Empty, Cell::text("EXCEEDED")]);
        let notes = vec!["(one\n two)".to_owned()];
        let sections = vec![
            Section::new("", vec![Block::Paragraph("heading".to_owned())]),
            Section::table("Flows", table, notes).expect("rows").with_remark("in 30 days"),
            Section::list("Warnings", vec!["word ".repeat(25)]).expect("a sentence"),
        ];
        let expected = "heading\n\nFlows, in 30 days\n                sent   verdict\n  \
            a          4.50 KB    within\n  long name        -  EXCEEDED\n  (one\n   two)\n\n\
            Warnings\n - word word word word word word word word word word word word word word \
            word\n   word word word word word word word word word word\n";
        assert_eq!(render(&Document { sections }), expected);
        assert!(Section::table("", Table::new(&["a"], 1), Vec::new()).is_none());
    }
}
