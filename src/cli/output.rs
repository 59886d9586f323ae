//! Printing that returns errors: never `println!`, which panics when a pipe breaks. How much is
//! said, and in which colours.
//!
//! Hidden characters of what is printed are escaped here; colours are added afterwards, here too.
//! The streams of `anstream` take colours away where there is no terminal, and honour `NO_COLOR`
//! and `CLICOLOR_FORCE`.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};

use super::failure::Failure;
use crate::base::text::{screenful, visible};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Verbosity {
    /// Results only, as short as may be.
    Quiet,
    /// Progress, warnings and hints too.
    Normal,
    /// What is done and how long it takes, too.
    Verbose,
}

/// How much is said by the whole program; set once, by its arguments.
static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Normal as u8);

/// Decides how much is said from now on.
pub(super) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Is only the result to be told, as short as may be?
pub(super) fn is_quiet() -> bool {
    VERBOSITY.load(Ordering::Relaxed) == Verbosity::Quiet as u8
}

fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) == Verbosity::Verbose as u8
}

/// Prints results: text or a document.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    write_out(&visible(text))
}

/// Prints results for people: verdicts that are bad news stand out.
pub(super) fn print_report(text: &str) -> Result<(), Failure> {
    write_out(&coloured(&visible(text)))
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stdout().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Prints news for people: progress, warnings.
pub(super) fn print_error(text: &str) -> Result<(), Failure> {
    print_coloured(&visible(text))
}

/// Prints news for people that have their colours already. All else in them must be visible.
pub(super) fn print_coloured(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stderr().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// A line or more that begin with a coloured word; no more than a screen of them.
pub(super) fn labelled(colour: &str, label: &str, text: &str) -> String {
    format!("{colour}{label}{PLAIN}: {}\n", screenful(&visible(text)))
}

/// Prints warnings, unless only results are asked for.
pub(super) fn warn(text: &str) -> Result<(), Failure> {
    if is_quiet() { Ok(()) } else { print_error(text) }
}

/// Says what is done, if that is asked for.
pub(super) fn note(text: impl FnOnce() -> String) {
    if is_verbose() {
        // Nothing fails because nobody listens to this.
        let _ = print_coloured(&labelled(DIM, "note", &text()));
    }
}

fn said(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(unprintable)
}

/// Why nothing could be printed.
pub(super) fn unprintable(cause: io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::System { what: "cannot print".to_owned(), cause },
    }
}

/// Bold red: errors and bad news.
pub(super) const RED: &str = "\u{1b}[1;31m";
/// Bold yellow: warnings.
pub(super) const YELLOW: &str = "\u{1b}[1;33m";
/// Dim: what is not important.
const DIM: &str = "\u{1b}[2m";
/// The end of a colour.
const PLAIN: &str = "\u{1b}[0m";

/// Verdicts in tables that are bad news. They are written in capitals, and nothing else is.
const BAD_NEWS: [&str; 8] =
    ["EXCEEDED", "BELOW", "VIOLATED", "WORSE", "CHANGED", "GONE", "BREAKS", "DIFFERS"];

/// The text with bad news in red. Its tables have been laid out: colours take no room.
fn coloured(text: &str) -> String {
    let (mut coloured, mut rest) = (String::with_capacity(text.len()), text);
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    while let Some(start) = rest.find(is_letter) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|letter| !is_letter(letter)).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        coloured.push_str(before);
        if BAD_NEWS.contains(&word) {
            coloured.push_str(&format!("{RED}{word}{PLAIN}"));
        } else {
            coloured.push_str(word);
        }
        rest = after;
    }
    coloured.push_str(rest);
    coloured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_warnings_and_errors_are_coloured() {
        let text = " EXCEEDED  a within\nGONE, EXCEEDEDLY b_GONE\n";
        let expected =
            format!(" {RED}EXCEEDED{PLAIN}  a within\n{RED}GONE{PLAIN}, EXCEEDEDLY b_GONE\n");
        assert_eq!(coloured(text), expected);
    }
}
