//! Lines of a text with bounded length, and the logs of Configuration Manager.

use std::io::{self, BufRead, Read};

use super::problem::Reason;
use super::row::When;
use super::service;
use super::sink::Sink;
use super::traffic;

/// Maximum length of a line, a record, an entry or a JSON object, in bytes.
pub(super) const LENGTH_MAX: usize = 1 << 20;

/// A line without its line break.
pub(super) enum Line {
    /// The line was read into the buffer.
    Read,
    /// The line exceeds [`LENGTH_MAX`] and was skipped.
    TooLong,
    /// The text has ended.
    End,
}

/// Reads a line into a buffer.
pub(super) fn line(source: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<Line> {
    into.clear();
    let mut limited = source.take(LENGTH_MAX as u64 + 1);
    if limited.read_until(b'\n', into)? == 0 {
        return Ok(Line::End);
    }
    if into.last() == Some(&b'\n') {
        into.pop();
        if into.last() == Some(&b'\r') {
            into.pop();
        }
        return Ok(Line::Read);
    }
    if into.len() <= LENGTH_MAX {
        return Ok(Line::Read);
    }
    into.clear();
    loop {
        let (used, is_done) = {
            let buffer = source.fill_buf()?;
            match memchr::memchr(b'\n', buffer) {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            }
        };
        source.consume(used);
        if is_done {
            return Ok(Line::TooLong);
        }
    }
}

/// Reads log entries and state messages. Returns false if the sink asks to stop.
///
/// # Errors
/// Returns the error of the source, such as damaged compressed data.
pub(super) fn read(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> io::Result<bool> {
    let (mut buffer, mut entry, mut open) = (Vec::new(), String::new(), None);
    loop {
        match line(source, &mut buffer)? {
            Line::End => break,
            Line::TooLong => {
                sink.next_line(1);
                sink.problem(Reason::TooLong);
                continue;
            }
            Line::Read => sink.next_line(1),
        }
        if !sink.goes_on() {
            return Ok(false);
        }
        let line = String::from_utf8_lossy(&buffer);
        if open.is_some() && (line.contains("<![LOG[") || entry.len() + line.len() > LENGTH_MAX) {
            sink.problem(Reason::Truncated);
            (entry, open) = (String::new(), None);
        }
        if open.is_none() {
            entry.clear();
            open = end_mark(&line);
        } else {
            entry.push('\n');
        }
        entry.push_str(&line);
        if open.is_none_or(|mark| line.contains(mark)) {
            of_entry(&entry, sink);
            open = None;
        }
    }
    if open.is_some() {
        match traffic::is_in(&entry) {
            // The scan reports the missing end.
            true => of_entry(&entry, sink),
            false => sink.problem(Reason::Truncated),
        }
    }
    Ok(true)
}

/// Returns the mark that ends an entry that begins in this line; `None` if the line is complete.
fn end_mark(line: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 2] =
        [("<![LOG[", "]LOG]!>"), ("<ProxyTrafficStateDetails", "/ProxyTrafficStateDetails>")];
    let open = MARKS.into_iter().find(|(start, _)| line.contains(start))?;
    (!line.contains(open.1)).then_some(open.1)
}

fn of_entry(entry: &str, sink: &mut Sink<'_>) {
    if traffic::is_in(entry) {
        traffic::scan(entry, sink);
    } else if entry.contains("RequestCount:") {
        let when = service::time(entry, sink).map_or(When::Unknown, When::Until);
        service::scan(entry, when, sink);
    }
}
