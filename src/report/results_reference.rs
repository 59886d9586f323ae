//! Generates the reference of result files (`docs/results.md`): an introduction, and every column
//! of every table from its description.

use crate::results::RESULTS_VERSION;
use crate::results::table::{Description, Table};

/// Text of the page without the tables.
const PROSE: &str = include_str!("results_reference.md");

/// Returns the page.
pub fn page(tables: &[Table]) -> String {
    let (mut list, mut sections) = (String::new(), String::new());
    for table in tables {
        let (title, anchor) = (title(table), title(table).replace(' ', "-").replace(',', ""));
        list.push_str(&format!("| [{title}](#{anchor}) | {} |\n", table.row));
        sections.push_str(&section(table, &title));
    }
    PROSE
        .replace("RESULTS_VERSION", &RESULTS_VERSION.to_string())
        .replace("LIST_OF_TABLES\n", &list)
        .replace("ALL_TABLES\n", &sections)
}

/// Returns the title of a table: its name and its commands, because several commands may write
/// tables with the same name.
fn title(table: &Table) -> String {
    format!("{} of {}", table.name, table.verbs)
}

fn section(table: &Table, title: &str) -> String {
    let mut text = format!(
        "\n### {title}\n\nA row is {}.\n\n| column | type | unit | meaning |\n|---|---|---|---|\n",
        table.row
    );
    for column in &table.descriptions {
        text.push_str(&line(column));
    }
    text
}

fn line(column: &Description) -> String {
    let absent = match column.absent {
        "" => String::new(),
        absent => format!(" (`{absent}` in CSV)"),
    };
    format!(
        "| `{}` | {} | {} | {}{absent} |\n",
        column.name,
        column.kind.word(),
        column.unit,
        column.meaning
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tables;

    #[test]
    fn the_page_describes_every_column() {
        let tables = tables::all();
        let page = page(&tables);
        for table in &tables {
            assert!(page.contains(&format!("\n### {}\n", title(table))), "{}", table.name);
            for column in &table.descriptions {
                assert!(page.contains(&format!("| `{}` | ", column.name)), "{}", column.name);
                assert!(!column.meaning.is_empty(), "{} {}", table.name, column.name);
                assert!(!column.meaning.contains('|'), "{}", column.meaning);
            }
        }
        assert!(!page.contains("_TABLES") && !page.contains("RESULTS_VERSION"));
    }
}
