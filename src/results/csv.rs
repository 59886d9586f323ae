//! Writes a table as CSV for spreadsheets, with one header row and units in the column names. Every
//! row includes the scenario and the seed.
//!
//! Text that a spreadsheet would interpret as a formula gets a leading apostrophe; hidden
//! characters are escaped.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::base::text::visible_line;

use super::run::civil_text;
use super::sweep::as_number;
use super::table::{Cell, Description, Kind, Table};

/// Column separator and decimal sign of CSV files.
///
/// The default is a comma and a point. Excel with European regional settings expects a semicolon
/// and a decimal comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Signs", into = "Signs")]
pub struct Dialect {
    separator: u8,
    decimal_sign: u8,
}

/// Dialect as recorded in `manifest.json`.
#[derive(Clone, Serialize, Deserialize)]
struct Signs {
    separator: char,
    decimal_sign: char,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { separator: b',', decimal_sign: b'.' }
    }
}

impl Dialect {
    /// Creates a dialect from the separator `,`, `;` or tab and the decimal sign `.` or `,`.
    ///
    /// # Errors
    /// Returns an error if the separator or the decimal sign is not one of these characters, or if
    /// both are the same character.
    pub fn new(separator: char, decimal_sign: char) -> Result<Dialect, String> {
        if !matches!(separator, ',' | ';' | '\t') || !matches!(decimal_sign, '.' | ',') {
            return Err(format!(
                "CSV files cannot use {separator:?} as separator with {decimal_sign:?} as decimal \
                 sign"
            ));
        }
        if separator == decimal_sign {
            return Err("the CSV separator and the decimal sign must differ".to_owned());
        }
        Ok(Dialect { separator: separator as u8, decimal_sign: decimal_sign as u8 })
    }

    /// Returns the byte that separates columns.
    pub(super) fn separator(self) -> u8 {
        self.separator
    }

    /// Formats a number with the decimal sign of this dialect.
    fn number(self, text: String) -> String {
        match self.decimal_sign {
            b'.' => text,
            sign => text.replace('.', &char::from(sign).to_string()),
        }
    }

    /// Parses a number with the decimal sign of this dialect.
    pub(super) fn parse(self, text: &str) -> Option<f64> {
        match self.decimal_sign {
            b'.' => text.parse().ok(),
            sign => text.replace(char::from(sign), ".").parse().ok(),
        }
    }
}

impl TryFrom<Signs> for Dialect {
    type Error = String;

    fn try_from(signs: Signs) -> Result<Self, String> {
        Dialect::new(signs.separator, signs.decimal_sign)
    }
}

impl From<Dialect> for Signs {
    fn from(dialect: Dialect) -> Self {
        let [separator, decimal_sign] = [dialect.separator, dialect.decimal_sign].map(char::from);
        Signs { separator, decimal_sign }
    }
}

/// Renders the table as a CSV file in the default dialect.
pub fn to_bytes(table: &Table) -> Vec<u8> {
    to_bytes_in(Dialect::default(), table)
}

/// Renders the table as a CSV file in a dialect.
pub fn to_bytes_in(dialect: Dialect, table: &Table) -> Vec<u8> {
    let mut writer =
        ::csv::WriterBuilder::new().delimiter(dialect.separator).from_writer(Vec::new());
    let header = table.columns.iter().map(|column| disarmed(&column.name).into_owned());
    let rows = (0..table.rows).map(|row| -> Vec<String> {
        let columns = table.columns.iter();
        columns.map(|column| cell(dialect, table.description(column), &column.cells[row])).collect()
    });
    for record in std::iter::once(header.collect()).chain(rows) {
        writer
            .write_record(record)
            .expect("writing to memory cannot fail, and every row has all columns");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

/// Formats a cell. Numbers have the shortest text that parses to the same number.
fn cell(dialect: Dialect, description: &Description, cell: &Cell) -> String {
    match cell {
        Cell::Absent => description.absent.to_owned(),
        // A negative number is not a formula.
        Cell::Text(text) if description.kind == Kind::Value && as_number(text).is_some() => {
            dialect.number(text.clone())
        }
        Cell::Text(text) => disarmed(text).into_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) => dialect.number(number.to_string()),
        Cell::Civil(seconds) => civil_text(*seconds),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// Escapes hidden characters, and text that a spreadsheet would interpret as a formula. East Asian
/// versions of spreadsheet programs also accept full-width signs at the start of a formula.
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

    #[test]
    fn a_european_dialect_has_semicolons_and_decimal_commas() {
        let dialect = Dialect::new(';', ',').expect("they differ");
        let table = Builder::new("t", "run", "a row", [0.5, -1e7])
            .column("number", "", "", |row| row)
            .column("text", "", "", |_| "v1.5; b")
            .column("value", "", "", |_| Level("-0.5"))
            .finish();
        let expected = "number;text;value\n0,5;\"v1.5; b\";-0,5\n-10000000;\"v1.5; b\";-0,5\n";
        assert_eq!(String::from_utf8(to_bytes_in(dialect, &table)).expect("UTF-8"), expected);
        assert_eq!((dialect.parse("0,5"), dialect.parse("inf")), (Some(0.5), Some(f64::INFINITY)));
        let json = serde_json::to_string(&dialect).expect("JSON");
        assert_eq!(json, r#"{"separator":";","decimal_sign":","}"#);
        assert_eq!(serde_json::from_str::<Dialect>(&json).expect("a dialect"), dialect);
    }

    #[test]
    fn identical_or_unusual_csv_separators_are_refused() {
        for (separator, decimal_sign) in [(',', ','), ('x', '.'), ('\u{e9}', ','), (';', ';')] {
            assert!(Dialect::new(separator, decimal_sign).is_err());
        }
        let json = r#"{"separator":",","decimal_sign":","}"#;
        assert!(serde_json::from_str::<Dialect>(json).is_err());
    }
}
