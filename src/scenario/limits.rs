//! What is checked before a parser sees a scenario: size, encoding, nesting.
//!
//! Parsers are no guard: toml 1.2.1 overflows the stack on 48 KB of brackets, because brackets
//! skipped in error recovery lower its counter. Ours counts every bracket outside of strings and
//! comments, and a closing one never takes it below zero.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::diagnose::{Problem, code};
use super::source::{SourceId, Sources, Span};

/// Largest scenario file.
pub const BYTES_MAX: u64 = 1 << 20;
/// Deepest nesting of tables and arrays.
pub const NESTING_MAX: usize = 64;
/// Most opening brackets and equals signs: bounds arrays, tables and keys.
pub const TOKENS_MAX: usize = 100_000;
/// Most clients of a scenario.
pub const CLIENTS_MAX: u64 = 10_000_000;
/// Most parts of one kind.
pub const PARTS_MAX: usize = 1000;
/// Longest chain of `extends`.
pub const EXTENDS_MAX: usize = 16;

/// Reads a scenario file as text into `sources`.
///
/// # Errors
/// If it cannot be read, is larger than [`BYTES_MAX`], or is not UTF-8.
pub fn read(path: &Path, sources: &mut Sources) -> Result<SourceId, Problem> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Problem::error(code::UNREADABLE, format!("cannot read {name}: {error}"))
            .help("give the path of a scenario file, or the name of an embedded one (`cmgsim run quickstart`)")
    };
    let is_file = path.metadata().map_err(unreadable)?.is_file();
    if !is_file {
        let what = if path.is_dir() { "a folder" } else { "not a regular file" };
        return Err(Problem::error(code::UNREADABLE, format!("cannot read {name}: it is {what}"))
            .help("give the path of a scenario file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Problem::error(
            code::TOO_LARGE,
            format!("{name} is larger than a scenario file may be (1 MiB)"),
        )
        .help(
            "is this the file you meant? Recorded arrivals belong into a CSV file named by `trace`",
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(name, text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = sources.add(name, text);
            let line = valid.min(sources.text(source).len());
            let span = Span::new(source, line..line + '\u{fffd}'.len_utf8());
            Err(Problem::error(code::NOT_UTF8, "a scenario file is UTF-8 text".to_owned())
                .at(span, "this byte is not UTF-8")
                .help("save the file with the encoding UTF-8"))
        }
    }
}

/// Checks nesting and number of brackets and keys.
///
/// # Errors
/// If there are more than [`NESTING_MAX`] levels or [`TOKENS_MAX`] brackets and keys.
pub fn check_structure(source: SourceId, text: &str) -> Result<(), Problem> {
    let (mut depth, mut tokens) = (0_usize, 0_usize);
    for (at, byte) in significant(text) {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                tokens += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'=' => tokens += 1,
            // Tables are not nested by lines; a bracket left open does not count for ever.
            _ => {}
        }
        let span = Span::new(source, at..at + 1);
        if depth > NESTING_MAX {
            return Err(Problem::error(
                code::TOO_DEEP,
                format!("more than {NESTING_MAX} levels of brackets"),
            )
            .at(span, "too deep")
            .help("no scenario needs more than three; is a bracket left open?"));
        }
        if tokens > TOKENS_MAX {
            return Err(Problem::error(
                code::TOO_LARGE,
                format!("more than {TOKENS_MAX} brackets and keys"),
            )
            .at(span, "the limit is reached here")
            .help("put recorded values into a CSV file"));
        }
    }
    Ok(())
}

/// Bytes outside of strings and comments, with their places.
fn significant(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            match bytes[at] {
                b'#' => {
                    at += bytes[at..]
                        .iter()
                        .position(|byte| *byte == b'\n')
                        .unwrap_or(bytes.len() - at);
                }
                quote @ (b'"' | b'\'') => at = after_string(bytes, at, quote),
                byte => {
                    at += 1;
                    return Some((at - 1, byte));
                }
            }
        }
        None
    })
}

/// The place after the string that begins at `at`. One that is not closed ends with its line
/// (or, of several lines, with the text).
fn after_string(bytes: &[u8], at: usize, quote: u8) -> usize {
    let is_long = bytes[at..].starts_with(&[quote, quote, quote]);
    let mut next = at + if is_long { 3 } else { 1 };
    while next < bytes.len() {
        let rest = &bytes[next..];
        if is_long && rest.starts_with(&[quote, quote, quote]) {
            return next + 3;
        }
        match rest[0] {
            b'\\' if quote == b'"' => next += 2,
            b'\n' if !is_long => return next,
            byte if byte == quote && !is_long => return next + 1,
            _ => next += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), Problem> {
        check_structure(Sources::default().add("x".into(), text.to_owned()), text)
    }

    #[test]
    fn closed_brackets_do_not_hide_deep_ones() {
        // The file that kills the parser: closing brackets lower its counter.
        let bomb = format!("x={{{}\ny={}", "[]".repeat(8000), "[".repeat(16_000));
        assert!(check(&bomb).is_err());
        assert!(check(&"]".repeat(1000)).is_ok(), "the parser will complain");
        assert!(check(&"[".repeat(NESTING_MAX)).is_ok());
        assert!(check(&"[".repeat(NESTING_MAX + 1)).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(100);
        assert!(
            check(&format!("a = \"{many}\"\nb = '{many}'\n# {many}\nc = '''\n{many}\n'''")).is_ok()
        );
        assert!(check(&format!("a = \"\\\"{many}\"")).is_ok());
        assert!(check(&format!("a = \"not closed\n{many}")).is_err());
    }
}
