//! Writes a table as CSV for spreadsheets, with one header row and units in the column names. Every
//! row includes the scenario and the seed.
//!
//! Text that a spreadsheet would interpret as a formula gets a leading apostrophe; invisible
//! characters are escaped.

use std::borrow::Cow;

use crate::base::text::visible_line;

use super::run::civil_text;
use super::sweep::as_number;
use super::table::{Cell, Description, Kind, Table};

/// Renders the table as a CSV file.
pub fn to_bytes(table: &Table) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let header = table.columns.iter().map(|column| disarmed(&column.name).into_owned());
    let rows = (0..table.rows).map(|row| -> Vec<String> {
        let columns = table.columns.iter();
        columns.map(|column| cell(table.description(column), &column.cells[row])).collect()
    });
    for record in std::iter::once(header.collect()).chain(rows) {
        writer
            .write_record(record)
            .expect("writing to memory cannot fail, and every row has all columns");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

/// Formats a cell. Numbers have the shortest text that parses to the same number.
fn cell(description: &Description, cell: &Cell) -> String {
    match cell {
        Cell::Absent => description.absent.to_owned(),
        // A negative number is not a formula.
        Cell::Text(text) if description.kind == Kind::Value && as_number(text).is_some() => {
            text.clone()
        }
        Cell::Text(text) => disarmed(text).into_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Civil(seconds) => civil_text(*seconds),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// Escapes invisible characters, and text that a spreadsheet would interpret as a formula. East
/// Asian versions also accept full-width signs at the start of a formula.
fn disarmed(text: &str) -> Cow<'_, str> {
    let text = visible_line(text);
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Builder, Level};
    use super::*;

    #[test]
    fn escapes_spreadsheet_formulas() {
        assert_eq!(disarmed("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(disarmed("-x"), "'-x");
        assert_eq!(disarmed(" \u{a0}=1+1"), "' \u{a0}=1+1");
        assert_eq!(disarmed("\t=1+1"), "\\u0009=1+1");
        assert_eq!(disarmed("\u{202e}=1+1\u{1b}[31m"), "\\u202e=1+1\\u001b[31m");
        assert_eq!(disarmed("kiosks"), "kiosks");
    }

    #[test]
    fn cells_follow_the_spreadsheet_format() {
        let table = Builder::new("t", "run", "a row", [f64::INFINITY, f64::NAN, 1e-7])
            .column("-number", "", "", |row| row)
            .or("none")
            .column("text", "", "", |_| "a,\"b\"")
            .column("value", "", "", |_| Level("-0.5"))
            .column("other", "", "", |_| "-0.5")
            .column("time", "", "", |_| super::super::table::Civil(86_399))
            .column("flag", "", "", |row| row > 0.0)
            .finish();
        let rest = r#","a,""b""",-0.5,'-0.5,1970-01-01T23:59:59"#;
        let expected = format!(
            "'-number,text,value,other,time,flag\ninf{rest},true\nnone{rest},false\n\
             0.0000001{rest},true\n"
        );
        assert_eq!(String::from_utf8(to_bytes(&table)).expect("UTF-8"), expected);
    }
}
