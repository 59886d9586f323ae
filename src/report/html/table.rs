//! Tables and notes of documents as those of a page.

use serde::Serialize;

use super::Block;
use crate::report::Tone;
use crate::report::document::{self, Section, Table};

/// A table.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Grid {
    /// Above it; nothing if the section says it.
    caption: String,
    header: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// A cell, and whether its column holds numbers.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    text: String,
    is_number: bool,
    tone: Tone,
}

impl Grid {
    /// A table with a caption.
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

/// What a section of a document holds, its title as the caption of its table.
pub(super) fn blocks(section: Section) -> Vec<Block> {
    let block = |block| match block {
        document::Block::Paragraph(text) | document::Block::Note(text) => Block::Note { text },
        document::Block::List(lines) => Block::List { lines },
        document::Block::Table(table) => Block::Table(Grid::new(&section.title, &table)),
    };
    section.blocks.into_iter().map(block).collect()
}

/// A text of the terminal with the sign of a page.
pub(super) fn signed(text: &str) -> String {
    text.replace("+-", "±")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Cell::{Amount, Bytes, Empty, Verdict};

    #[test]
    fn columns_of_amounts_are_numbers_and_verdicts_have_a_tone() {
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
