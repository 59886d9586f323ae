//! Converts tables and notes of documents to template data.

use serde::Serialize;

use super::Block;
use crate::report::Tone;
use crate::report::document::{self, Section, Table};

/// Table of the template.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Grid {
    /// Caption; empty if the section title describes the table.
    caption: String,
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// Cell with its alignment.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    text: String,
    is_number: bool,
    tone: Tone,
}

impl Grid {
    /// Converts a table and adds a caption.
    pub(super) fn new(caption: &str, table: &Table) -> Self {
        let is_number: Vec<bool> =
            (0..table.columns.len()).map(|column| table.is_of_amounts(column)).collect();
        let titles = table.columns.iter().zip(&is_number);
        let cells = |row: &Vec<document::Cell>| -> Vec<Cell> {
            let cell = |(cell, is_number): (&document::Cell, &bool)| Cell {
                text: match cell {
                    document::Cell::Amount(amount) => signed(amount),
                    cell => cell.written(),
                },
                is_number: *is_number,
                tone: match cell {
                    document::Cell::Verdict(tone, _) => *tone,
                    _ => Tone::Plain,
                },
            };
            row.iter().zip(&is_number).map(cell).collect()
        };
        let title = |(column, is_number): (&document::Column, &bool)| Cell {
            text: signed(&column.title),
            is_number: *is_number,
            tone: Tone::Plain,
        };
        Grid {
            caption: caption.to_owned(),
            header: titles.map(title).collect(),
            rows: table.rows.iter().map(cells).collect(),
        }
    }
}

/// Converts the blocks of a section. Its title becomes the caption of its table, or the start of
/// its first note.
pub(super) fn blocks(section: Section) -> Vec<Block> {
    let has_table = section.blocks.iter().any(|one| matches!(one, document::Block::Table(_)));
    let mut title = section.title.as_str();
    if has_table {
        title = "";
    }
    let mut note = |text: String| match std::mem::take(&mut title) {
        "" => Block::Note { text },
        title => Block::Note { text: format!("{title}: {text}") },
    };
    let block = |block| match block {
        document::Block::Paragraph(text) | document::Block::Note(text) => note(text),
        document::Block::List(lines) => Block::List { lines },
        document::Block::Table(table) => Block::Table(Grid::new(&section.title, &table)),
    };
    section.blocks.into_iter().map(block).collect()
}

/// Replaces +- with ± in a text.
pub(super) fn signed(text: &str) -> String {
    text.replace("+-", "±")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Cell::{Amount, Bytes, Empty, Verdict};

    #[test]
    fn the_first_note_of_a_section_without_tables_starts_with_its_title() {
        let notes = ["a", "b"].map(|note| document::Block::Note(note.to_owned()));
        let found = blocks(Section::new("Worst five minutes", notes.into()));
        let texts: Vec<&str> = found
            .iter()
            .map(|block| if let Block::Note { text } = block { text.as_str() } else { "" })
            .collect();
        assert_eq!(texts, ["Worst five minutes: a", "b"]);
    }

    #[test]
    fn quantity_columns_are_numeric_and_verdicts_have_a_tone() {
        let mut table = Table::new(&["", "sent", "+-", "is"], 1);
        let verdict = Verdict(Tone::Bad, "EXCEEDED".to_owned());
        table.row([document::Cell::text("a"), Bytes(1), Amount("1 +- 2".to_owned()), verdict]);
        table.row([document::Cell::text("1"), Empty, Empty, document::Cell::text("2")]);
        let grid = Grid::new("flows", &table);
        let found: Vec<bool> = grid.header.iter().map(|cell| cell.is_number).collect();
        assert_eq!(found, [false, true, true, false]);
        assert_eq!((grid.header[2].text.as_str(), grid.rows[0][2].text.as_str()), ("±", "1 ± 2"));
        assert_eq!((grid.rows[0][3].tone, grid.rows[1][3].tone), (Tone::Bad, Tone::Plain));
    }
}
