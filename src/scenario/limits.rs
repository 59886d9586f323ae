//! Checks size, encoding and nesting of a scenario before parsing.
//!
//! The parser does not protect itself: toml 1.2.1 overflows the stack on 48 KB of brackets, because
//! brackets skipped in error recovery lower its counter. The check here counts every bracket that
//! the parser's lexer sees, and a closing bracket never takes the count below zero.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml_parser::lexer::TokenKind;

use super::diagnose::{Problem, code};
use super::encoding::{self, NotText};
use super::source::{SourceId, Sources, Span};

/// Maximum size of a scenario file, in bytes.
pub const BYTES_MAX: u64 = 1 << 20;
/// Maximum size of a file that a scenario reads, in bytes: enough for 20 million recorded values of
/// up to 12 characters.
pub const INPUT_BYTES_MAX: u64 = 256 << 20;
/// Maximum total size of the files that a scenario reads, in bytes.
pub const INPUTS_BYTES_MAX: u64 = 1 << 30;
/// Maximum nesting depth of tables and arrays.
pub const NESTING_MAX: usize = 64;
/// Maximum number of brackets, equals signs and dots, which bounds arrays, tables and keys.
pub const TOKENS_MAX: usize = 100_000;
/// Maximum number of clients of a scenario.
pub const CLIENTS_MAX: u64 = 10_000_000;
/// Maximum number of components of one kind.
pub const COMPONENTS_MAX: usize = 1000;
/// Maximum number of files in gateway storage: one for each combination of a deployment and a
/// gateway with content.
pub const FILES_MAX: usize = 5000;
/// Maximum number of chunks in which one client downloads the content of one deployment.
pub const CONTENT_CHUNKS_MAX: u64 = 1_000_000;
/// Maximum number of segments of a path in `--set`.
pub const PATH_MAX: usize = 16;
/// Maximum length of a chain of `extends`.
pub const EXTENDS_MAX: usize = 16;

/// Reads a scenario file as text into `sources`.
///
/// # Errors
/// Returns a problem if the file cannot be read, is larger than [`BYTES_MAX`], or is not text.
pub fn read(path: &Path, sources: &mut Sources) -> Result<SourceId, Problem> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Problem::error(code::UNREADABLE, format!("cannot read {name}: {error}"))
            .help("specify a scenario file or an embedded scenario (`cmgsim run quickstart`)")
    };
    let is_file = path.metadata().map_err(unreadable)?.is_file();
    if !is_file {
        let what = if path.is_dir() { "a folder" } else { "not a regular file" };
        return Err(Problem::error(code::UNREADABLE, format!("cannot read {name}: it is {what}"))
            .help("specify the path of a scenario file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Problem::error(
            code::TOO_LARGE,
            format!("{name} is larger than 1 MiB, the limit for a scenario"),
        )
        .help("check the path; put recorded arrivals into a CSV file and name it with `trace`"));
    }
    sources.note_file(path);
    text_of(&bytes, name, sources)
}

/// Adds a text in an encoding that [`encoding::decode`] supports.
///
/// # Errors
/// Returns a problem if the bytes are not text.
pub fn text_of(bytes: &[u8], name: String, sources: &mut Sources) -> Result<SourceId, Problem> {
    let not_text =
        |message: String| Problem::error(code::NOT_UTF8, message).help("save the file in UTF-8");
    match encoding::decode(bytes) {
        Ok(text) => Ok(sources.add(name, text.into_owned())),
        Err(NotText::Utf16) => Err(not_text(format!("{name} is not valid UTF-16 text"))),
        Err(NotText::Utf8(valid)) => {
            let source = sources.add(name, String::from_utf8_lossy(bytes).into_owned());
            let line = valid.min(sources.text(source).len());
            let span = Span::new(source, line..line + '\u{fffd}'.len_utf8());
            let message = "the file is not valid UTF-8 text".to_owned();
            Err(not_text(message).at(span, "this byte is not UTF-8"))
        }
    }
}

/// Checks the nesting depth and the number of brackets and keys.
///
/// # Errors
/// Returns a problem if there are more than [`NESTING_MAX`] levels of brackets or segments of a
/// dotted key, or more than [`TOKENS_MAX`] brackets, keys and dots.
pub fn check_structure(source: SourceId, text: &str) -> Result<(), Problem> {
    let (mut depth, mut dots, mut tokens) = (0_usize, 0_usize, 0_usize);
    // Use the parser's own lexer, so that both agree on what a string is.
    for token in toml_parser::Source::new(text).lex() {
        let is_part_of_key = matches!(
            token.kind(),
            TokenKind::Dot
                | TokenKind::Atom
                | TokenKind::Whitespace
                | TokenKind::BasicString
                | TokenKind::LiteralString
        );
        if !is_part_of_key {
            dots = 0;
        }
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            // The parser's counter can fall below zero when the parser skips brackets. This counter
            // stops at zero.
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                depth = depth.saturating_sub(1);
            }
            TokenKind::Dot => dots += 1,
            TokenKind::Equals => {}
            _ => continue,
        }
        tokens += 1;
        let span = Span::new(source, token.span().start()..token.span().end());
        if depth.max(dots) > NESTING_MAX {
            return Err(Problem::error(
                code::TOO_DEEP,
                format!(
                    "the file has more than {NESTING_MAX} levels of brackets or segments of a key"
                ),
            )
            .at(span, "nested too deeply here")
            .help("a scenario needs at most three levels; check for a missing closing bracket"));
        }
        if tokens > TOKENS_MAX {
            return Err(Problem::error(
                code::TOO_LARGE,
                format!("the file has more than {TOKENS_MAX} brackets, keys and dots"),
            )
            .at(span, "the file exceeds the limit here")
            .help("put recorded values into a CSV file and name it with `trace` or `file`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), Problem> {
        check_structure(Sources::default().add("x".into(), text.to_owned()), text)
    }

    #[test]
    fn closing_brackets_do_not_hide_deep_nesting() {
        // Without this check, the parser's stack overflows, because the closing brackets lower the
        // parser's own nesting counter.
        let bomb = format!("x={{{}\ny={}", "[]".repeat(8000), "[".repeat(16_000));
        assert!(check(&bomb).is_err());
        assert!(check(&"a.".repeat(100)).is_err(), "a dotted key nests tables");
        assert!(check(&"a.b = 1.5\n".repeat(100)).is_ok());
        assert!(check(&format!("a = [{}]", "1.5, ".repeat(100))).is_ok());
        assert!(check(&"]".repeat(1000)).is_ok(), "the parser reports the error");
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
        // Four or five quotes also end a string, and do not start another one.
        assert!(check(&format!("a = ['''q'''', {many}")).is_err());
        assert!(check(&format!("a = \"\"\"q\"\"\"\"\"\nb = {many}")).is_err());
    }
}
