//! Tables of the terminal as tables of a page.

use comfy_table::{Row, Table};
use serde::Serialize;

use crate::report::table::Section;

/// A table.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct HtmlTable {
    /// Above it; nothing if the section says it.
    pub caption: String,
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
    /// Below it.
    pub notes: Vec<String>,
}

/// A cell, and whether its column holds numbers.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cell {
    pub text: String,
    pub is_number: bool,
}

impl HtmlTable {
    /// From texts.
    pub(super) fn of(caption: &str, header: &[&str], rows: Vec<Vec<String>>) -> Self {
        let is_number: Vec<bool> = (0..header.len())
            .map(|place| {
                let mut cells = rows.iter().filter_map(|row| row.get(place));
                place > 0 && !rows.is_empty() && cells.all(|cell| is_amount(cell))
            })
            .collect();
        let cells = |row: Vec<String>| -> Vec<Cell> {
            let named = row.into_iter().zip(&is_number);
            named.map(|(text, is_number)| Cell { text, is_number: *is_number }).collect()
        };
        HtmlTable {
            caption: caption.to_owned(),
            header: cells(header.iter().map(|name| (*name).to_owned()).collect()),
            rows: rows.into_iter().map(cells).collect(),
            notes: Vec::new(),
        }
    }

    /// From a table of the terminal.
    pub(super) fn from_table(caption: &str, table: &Table) -> Self {
        let texts = |row: &Row| row.cell_iter().map(|cell| cell.content()).collect::<Vec<_>>();
        let header = table.header().map_or_else(Vec::new, texts);
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        HtmlTable::of(caption, &header, table.row_iter().map(texts).collect())
    }

    /// From a table of the terminal with its notes.
    pub(super) fn from_section(caption: &str, section: &Section) -> Self {
        let mut table = HtmlTable::from_table(caption, &section.table);
        table.notes = paragraphs(&section.notes);
        table
    }
}

/// Notes are wrapped for the terminal: a line that is further in goes on with the one before.
fn paragraphs(notes: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in notes.lines().filter(|line| !line.trim().is_empty()) {
        let goes_on =
            found.last().is_some_and(|last| last.starts_with('(') && !last.ends_with(')'));
        let text = line.trim().trim_start_matches("- ");
        match found.last_mut() {
            Some(last) if goes_on || line.starts_with("   ") => {
                last.push(' ');
                last.push_str(text);
            }
            _ => found.push(text.to_owned()),
        }
    }
    found
}

/// Does it look like an amount?
fn is_amount(text: &str) -> bool {
    let words = ["", "never", "unlimited", "no price"];
    let starts = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    words.contains(&text) || text == "-" || starts(text.trim_start_matches(['-', '+', '<']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_joined_where_the_terminal_broke_them() {
        let notes = "  (means over time; the last\n  column is the share)\n  Policy is old.\n";
        assert_eq!(
            paragraphs(notes),
            ["(means over time; the last column is the share)", "Policy is old."]
        );
    }

    #[test]
    fn columns_of_amounts_are_numbers() {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = vec![row(["a", "1.2 s", "-", "x 1"]), row(["b", "<0.01 %", "+3", "2"])];
        let table = HtmlTable::of("", &["", "p95", "change", "name"], rows);
        let found: Vec<bool> = table.header.iter().map(|cell| cell.is_number).collect();
        assert_eq!(found, [false, true, true, false]);
    }
}
