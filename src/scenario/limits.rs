//! What is checked before a parser sees a scenario: size, encoding, nesting.
//!
//! Parsers are no guard: toml 1.2.1 overflows the stack on 48 KB of brackets, because brackets
//! skipped in error recovery lower its counter. Ours counts every bracket that the parser's lexer
//! sees, and a closing one never takes it below zero.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml_parser::lexer::TokenKind;

use super::diagnose::{Problem, code};
use super::encoding::{self, NotText};
use super::source::{SourceId, Sources, Span};

/// Largest scenario file.
pub const BYTES_MAX: u64 = 1 << 20;
/// Largest file that a scenario reads: some millions of recorded values.
pub const INPUT_BYTES_MAX: u64 = 32 << 20;
/// Largest sum of such files.
pub const INPUTS_BYTES_MAX: u64 = 256 << 20;
/// Deepest nesting of tables and arrays.
pub const NESTING_MAX: usize = 64;
/// Most opening brackets and equals signs: bounds arrays, tables and keys.
pub const TOKENS_MAX: usize = 100_000;
/// Most clients of a scenario.
pub const CLIENTS_MAX: u64 = 10_000_000;
/// Most parts of one kind.
pub const COMPONENTS_MAX: usize = 1000;
/// Most pairs of a deployment and a gateway with content: each is a file in a storage.
pub const FILES_MAX: usize = 5000;
/// Most parts in which the content of one deployment comes to a client.
pub const CONTENT_CHUNKS_MAX: u64 = 1_000_000;
/// Most parts of a path in `--set`.
pub const PATH_MAX: usize = 16;
/// Longest chain of `extends`.
pub const EXTENDS_MAX: usize = 16;

/// Reads a scenario file as text into `sources`.
///
/// # Errors
/// If it cannot be read, is larger than [`BYTES_MAX`], or is not text.
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
    sources.note_file(path);
    text_of(&bytes, name, sources)
}

/// Adds a text in any encoding that [`encoding::decode`] reads.
///
/// # Errors
/// If it is not text.
pub fn text_of(bytes: &[u8], name: String, sources: &mut Sources) -> Result<SourceId, Problem> {
    let not_text = |message: String| {
        Problem::error(code::NOT_UTF8, message).help("save the file with the encoding UTF-8")
    };
    match encoding::decode(bytes) {
        Ok(text) => Ok(sources.add(name, text.into_owned())),
        Err(NotText::Utf16) => Err(not_text(format!("{name} is not valid UTF-16 text"))),
        Err(NotText::Utf8(valid)) => {
            let source = sources.add(name, String::from_utf8_lossy(bytes).into_owned());
            let line = valid.min(sources.text(source).len());
            let span = Span::new(source, line..line + '\u{fffd}'.len_utf8());
            let message = "a scenario file is UTF-8 text".to_owned();
            Err(not_text(message).at(span, "this byte is not UTF-8"))
        }
    }
}

/// Checks nesting and number of brackets and keys.
///
/// # Errors
/// If there are more than [`NESTING_MAX`] levels or parts of a dotted key, or more than
/// [`TOKENS_MAX`] brackets, keys and dots.
pub fn check_structure(source: SourceId, text: &str) -> Result<(), Problem> {
    let (mut depth, mut dots, mut tokens) = (0_usize, 0_usize, 0_usize);
    // The parser's own lexer: what is a string to it is a string here.
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
            // Brackets that the parser skips lower its counter; ours stays at zero.
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
                format!("more than {NESTING_MAX} levels of brackets, or parts of a key"),
            )
            .at(span, "too deep")
            .help("no scenario needs more than three; is a bracket left open?"));
        }
        if tokens > TOKENS_MAX {
            return Err(Problem::error(
                code::TOO_LARGE,
                format!("more than {TOKENS_MAX} brackets, keys and dots"),
            )
            .at(span, "the limit is reached here")
            .help("put recorded values into a CSV file"));
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
    fn closed_brackets_do_not_hide_deep_ones() {
        // The file that kills the parser: closing brackets lower its counter.
        let bomb = format!("x={{{}\ny={}", "[]".repeat(8000), "[".repeat(16_000));
        assert!(check(&bomb).is_err());
        assert!(check(&"a.".repeat(100)).is_err(), "a dotted key nests tables");
        assert!(check(&"a.b = 1.5\n".repeat(100)).is_ok());
        assert!(check(&format!("a = [{}]", "1.5, ".repeat(100))).is_ok());
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
        // Two quotes more than three end a string too, and do not begin another.
        assert!(check(&format!("a = ['''q'''', {many}")).is_err());
        assert!(check(&format!("a = \"\"\"q\"\"\"\"\"\nb = {many}")).is_err());
    }
}
