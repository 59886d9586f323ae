//! Entries of `CMGService.log`: counts per path.
//!
//! The published form (azure-ccmsetup.md, 10/07/2020, sections 3.2 and 4.1) is one line:
//!
//! ```text
//! RequestUri: PATH  RequestCount: 1  RequestSize: 1974 Bytes  ResponseCount: 1  ResponseSize:
//! 1566 Bytes  AverageElapsedTime: 218 ms~~  $$<CMGService><06-24-2020 15:31:46.376+00><thread=...>
//! ```
//!
//! The same document states that the log is copied to the site server every five minutes, but not
//! the interval of the counts. It is therefore detected from the distance of entries of the same
//! path; if this is not possible, it is assumed to be five minutes.

use super::number;
use super::problem::Reason;
use super::row::{Source, Values, When};
use super::sink::Sink;

/// Beginning of an entry with counts.
const START: &str = "RequestUri:";

/// Adds the rows of a log entry. `when` is the time of the entry.
pub(super) fn scan(text: &str, when: When, sink: &mut Sink<'_>) {
    for part in text.split(START).skip(1) {
        let Some(after_uri) = part.find("RequestCount:") else { continue };
        let uri = part[..after_uri].trim();
        let mut value = |name: &str, unit: &str| {
            let at = part.find(name)?;
            let text = part[at + name.len()..].trim_start();
            let end = text.find(|letter: char| !letter.is_ascii_digit() && !".,".contains(letter));
            let (text, rest) = text.split_at(end.unwrap_or(text.len()));
            let is_own = unit.is_empty() || rest.trim_start().starts_with(unit);
            match number::parse(text, false) {
                Ok(found @ Some(_)) if is_own => found,
                _ => {
                    sink.problem(Reason::Number);
                    None
                }
            }
        };
        let values = Values {
            requests: value("RequestCount:", ""),
            request_bytes: value("RequestSize:", "Bytes"),
            response_bytes: value("ResponseSize:", "Bytes"),
            failed: None,
            concurrent: None,
            elapsed_ms: value("AverageElapsedTime:", "ms"),
        };
        let class = sink.class(uri, true);
        if when == When::Unknown {
            sink.problem(Reason::Time);
        }
        // The time of an entry has milliseconds, so equal entries are copies.
        sink.row(Source::Instances, class, when, &["", uri, ""], when != When::Unknown, values);
    }
}

/// Returns the time of a log entry in one of the two formats of Configuration Manager:
/// `...]LOG]!><time="14:24:33.329+420" date="06-26-2015" ...>` and
/// `...  $$<COMPONENT><06-24-2020 15:31:46.376+00><thread=...>`.
pub(super) fn time(text: &str, sink: &Sink<'_>) -> Option<i64> {
    if let Some(at) = text.rfind("]LOG]!>") {
        let tail = &text[at..];
        let quoted = |name: &str| {
            let from = tail.find(name)? + name.len();
            let rest = tail[from..].strip_prefix('"')?;
            rest.split('"').next()
        };
        return sink.clock().log(quoted(" date=")?, quoted("<time=")?);
    }
    let tail = &text[text.rfind("$$<")?..];
    let (date, time) = tail.split("><").nth(1)?.split_once(' ')?;
    sink.clock().log(date, time.trim().trim_end_matches('>'))
}
