//! CSV tables: separators and decimal signs of any region, with lines above the header.

use std::io::{self, BufRead};

use csv::ByteRecord;

use super::columns::{COUNT, Field, Layout};
use super::problem::Reason;
use super::record;
use super::sink::Sink;
use super::text::{LENGTH_MAX, Line, line};

/// Number of lines in which the header is searched.
const HEADER_LINES_MAX: u64 = 20;

/// Separators of columns.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Maximum number of lines of one record.
const RECORD_LINES_MAX: u64 = 10_000;

/// Header of a table.
struct Header {
    layout: Layout,
    separator: u8,
    columns: usize,
}

/// Reads a table. Returns false if the sink asks to stop.
///
/// # Errors
/// Returns the error of the source, such as damaged compressed data.
pub(super) fn read(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> io::Result<bool> {
    let (mut raw, mut buffer, mut record) = (Vec::new(), Vec::new(), ByteRecord::new());
    let mut header: Option<Header> = None;
    let mut lines = 0;
    loop {
        match logical_line(source, &mut raw, &mut buffer, sink)? {
            Line::End => break,
            Line::TooLong => continue,
            Line::Read => {}
        }
        if !sink.goes_on() {
            return Ok(false);
        }
        lines += 1;
        match &header {
            None if lines > HEADER_LINES_MAX => break,
            None => header = found_header(&raw, &mut record, sink),
            Some(header) => row(&raw, header, &mut record, sink),
        }
    }
    if header.is_none() {
        sink.problem(Reason::Header);
    }
    Ok(true)
}

/// Reads a record, which spans several lines if a quoted cell contains line breaks.
fn logical_line(
    source: &mut dyn BufRead,
    raw: &mut Vec<u8>,
    buffer: &mut Vec<u8>,
    sink: &mut Sink<'_>,
) -> io::Result<Line> {
    raw.clear();
    let mut count = 0;
    loop {
        match line(source, buffer)? {
            Line::End if count == 0 => return Ok(Line::End),
            Line::End => {
                sink.next_line(count);
                sink.problem(Reason::Truncated);
                return Ok(Line::TooLong);
            }
            Line::TooLong => {
                sink.next_line(count + 1);
                sink.problem(Reason::TooLong);
                return Ok(Line::TooLong);
            }
            Line::Read => {}
        }
        count += 1;
        if count > 1 {
            raw.push(b'\n');
        }
        raw.extend_from_slice(buffer);
        let is_complete = memchr::memchr_iter(b'"', raw).count().is_multiple_of(2);
        if is_complete {
            sink.next_line(count);
            return Ok(Line::Read);
        }
        if raw.len() > LENGTH_MAX || count > RECORD_LINES_MAX {
            sink.next_line(count);
            sink.problem(Reason::Truncated);
            return Ok(Line::TooLong);
        }
    }
}

/// Splits one record into its cells. A reader of the csv crate per record would build its tables
/// anew each time.
fn split(raw: &[u8], separator: u8, record: &mut ByteRecord) {
    record.clear();
    let (mut cell, mut rest) = (Vec::new(), raw);
    loop {
        cell.clear();
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = unquoted(quoted, &mut cell);
        }
        let end = memchr::memchr(separator, rest);
        cell.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
        record.push_field(&cell);
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => return,
        }
    }
}

/// Appends the text up to the closing quote to a cell, and returns what follows the quote.
fn unquoted<'t>(mut text: &'t [u8], cell: &mut Vec<u8>) -> &'t [u8] {
    while let Some(at) = memchr::memchr(b'"', text) {
        cell.extend_from_slice(&text[..at]);
        text = &text[at + 1..];
        match text.strip_prefix(b"\"") {
            Some(rest) => text = rest,
            None => return text,
        }
        cell.push(b'"');
    }
    cell.extend_from_slice(text);
    &[]
}

fn found_header(raw: &[u8], record: &mut ByteRecord, sink: &mut Sink<'_>) -> Option<Header> {
    let count = |separator: &u8| memchr::memchr_iter(*separator, raw).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(count)?;
    split(raw, separator, record);
    let names: Vec<String> =
        record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    sink.note_columns(names.iter().map(String::as_str));
    let layout = Layout::new(names.iter().map(String::as_str), sink.mapping());
    // An export of the site database may have the state message in any column.
    let is_message =
        names.iter().any(|name| super::columns::normalised(name).contains("statedetails"));
    let columns = names.len();
    (layout.is_usable() || is_message).then_some(Header { layout, separator, columns })
}

fn row(raw: &[u8], header: &Header, record: &mut ByteRecord, sink: &mut Sink<'_>) {
    if raw.trim_ascii().is_empty() {
        return;
    }
    split(raw, header.separator, record);
    if record.len() != header.columns {
        sink.problem(Reason::Columns);
        return;
    }
    let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
    if let Some(message) = cells.iter().find(|cell| super::traffic::is_in(cell)) {
        super::traffic::scan(message, sink);
        return;
    }
    let mut values: [Option<&str>; COUNT] = [None; COUNT];
    for (value, index) in values.iter_mut().zip(0..) {
        let column = Field::ALL.get(index).and_then(|field| header.layout.column(*field));
        *value = column.and_then(|column| cells.get(column)).map(|cell| &**cell);
    }
    let metrics = header.layout.metrics.iter();
    let metrics: Vec<_> =
        metrics.filter_map(|(metric, at)| Some((*metric, &**cells.get(*at)?))).collect();
    let record = record::Record {
        values,
        metrics: &metrics,
        is_comma_decimal: header.separator != b',',
        length: None,
    };
    record::add(&record, sink);
}
