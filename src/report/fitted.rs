//! Tables for a terminal of 80 columns: wraps titles and texts, and omits columns if necessary.

use super::document::{Block, Cell, Table};
use super::text::{WIDTH_MAX, grid, words_on_lines};

/// Characters after which a title, or a long word, can be broken.
const BREAKS: [char; 5] = ['.', '_', '-', '=', '/'];

/// How narrow the columns of a table become.
#[derive(Clone, Copy)]
struct Layout {
    /// Width at which titles are broken, if the cells below them are narrower.
    title: usize,
    /// Width at which texts in cells are broken.
    text: usize,
    /// Whether texts are also broken within words, and amounts before their half-width.
    is_tight: bool,
}

/// Layouts from the widest to the narrowest.
const LAYOUTS: [Layout; 8] = [
    Layout { title: 24, text: usize::MAX, is_tight: false },
    Layout { title: 14, text: usize::MAX, is_tight: false },
    Layout { title: 8, text: usize::MAX, is_tight: false },
    Layout { title: 8, text: 30, is_tight: false },
    Layout { title: 8, text: 24, is_tight: false },
    Layout { title: 8, text: 18, is_tight: false },
    Layout { title: 8, text: 18, is_tight: true },
    Layout { title: 8, text: 12, is_tight: true },
];

/// Returns the table in the widest layout that fits. If none fits, omits columns at the end, but
/// keeps the first `kept` columns; a note names the omitted columns and `file`, which has them.
pub(super) fn fitted(table: Table, kept: usize, file: &str) -> Vec<Block> {
    if fits(&table) {
        return vec![Block::Table(table)];
    }
    if let Some(table) = LAYOUTS.iter().map(|one| laid_out(&table, *one)).find(fits) {
        return vec![Block::Table(table)];
    }
    let [.., narrowest] = LAYOUTS;
    let mut shown = table;
    let mut omitted = Vec::new();
    while shown.columns.len() > kept.max(1) && !fits(&laid_out(&shown, narrowest)) {
        omitted.extend(shown.columns.pop().map(|column| column.title));
        for row in &mut shown.rows {
            row.truncate(shown.columns.len());
        }
    }
    omitted.reverse();
    let note = format!("(columns that do not fit, in {file}: {})", omitted.join(", "));
    let note = (!omitted.is_empty()).then(|| Block::Note(words_on_lines(&note, WIDTH_MAX - 2)));
    let widest = LAYOUTS.iter().map(|one| laid_out(&shown, *one)).find(fits);
    let table = widest.unwrap_or_else(|| laid_out(&shown, narrowest));
    [Block::Table(table)].into_iter().chain(note).collect()
}

/// Returns whether every line of the table fits.
pub(super) fn fits(table: &Table) -> bool {
    grid(table).lines().all(|line| line.chars().count() <= WIDTH_MAX)
}

fn laid_out(table: &Table, layout: Layout) -> Table {
    let mut table = table.clone();
    for cell in table.rows.iter_mut().flatten() {
        match cell {
            Cell::Text(text) | Cell::Verdict(_, text) => {
                *text = broken(text, layout.text, layout.is_tight);
            }
            Cell::Amount(text) if layout.is_tight => *text = text.replace(" +- ", "\n+- "),
            _ => {}
        }
    }
    for (index, column) in table.columns.iter_mut().enumerate() {
        let cells = table.rows.iter().filter_map(|row| row.get(index)).map(Cell::written);
        let widest = cells.flat_map(|text| text.lines().map(length).max()).max().unwrap_or(0);
        column.title = broken(&column.title, widest.max(layout.title), true);
    }
    table
}

fn length(line: &str) -> usize {
    line.chars().count()
}

/// Breaks a text into lines after spaces, and if requested after [`BREAKS`]. A part without such a
/// character stays whole.
fn broken(text: &str, width: usize, is_within_words: bool) -> String {
    let is_break = |letter: char| letter == ' ' || (is_within_words && BREAKS.contains(&letter));
    let mut lines: Vec<String> = vec![String::new()];
    for part in text.split_inclusive(is_break) {
        let is_full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && length(line) + length(part.trim_end()) > width);
        match lines.last_mut().filter(|_| !is_full) {
            Some(line) => line.push_str(part),
            None => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(titles: &[&str], row: &[Cell]) -> Table {
        let mut table = Table::new(titles, 1);
        table.row(row.iter().cloned());
        table
    }

    fn printed(blocks: &[Block]) -> String {
        let of = |block: &Block| match block {
            Block::Table(table) => grid(table),
            Block::Note(note) => note.clone(),
            _ => panic!("only tables and notes"),
        };
        blocks.iter().map(of).collect()
    }

    #[test]
    fn a_narrow_table_stays_as_it_is() {
        let narrow = table(&["point", "latency_p95_s"], &[Cell::text("0"), Cell::Seconds(1.0)]);
        let expected = grid(&narrow);
        assert_eq!(printed(&fitted(narrow, 1, "points.csv")), expected);
    }

    #[test]
    fn long_titles_and_texts_are_wrapped() {
        let titles = [
            "point",
            "connection_point.west-europe.count",
            "management_point.headquarters.workers",
            "objectives",
            "latency_p95_s",
        ];
        let row = [
            Cell::text("0"),
            Cell::text("2"),
            Cell::text("4"),
            Cell::text("not met: latency_p95_s, channel_availability_share"),
            Cell::Amount("310 ms +- 12 ms".to_owned()),
        ];
        let text = printed(&fitted(table(&titles, &row), 4, "points.csv"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH_MAX), "{text}");
        for part in ["headquarters.", "workers", "channel_availability_share", "310 ms +- 12 ms"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn columns_that_do_not_fit_are_named() {
        let titles: Vec<String> =
            (0..12).map(|one| format!("utilisation_of_station_{one}")).collect();
        let titles: Vec<&str> =
            ["point", "factor"].into_iter().chain(titles.iter().map(String::as_str)).collect();
        let values = (0..12).map(|_| Cell::Amount("12.34 % +- 0.12 %".to_owned()));
        let row: Vec<Cell> = [Cell::text("0"), Cell::text("4")].into_iter().chain(values).collect();
        let text = printed(&fitted(table(&titles, &row), 2, "points.csv"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH_MAX), "{text}");
        let note = text.split("do not fit, in points.csv:").nth(1).expect("a note");
        assert!(note.contains("utilisation_of_station_11"), "{text}");
        assert!(!note.contains("utilisation_of_station_0,"), "{text}");
    }
}
