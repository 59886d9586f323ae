//! Prints with verbosity levels and colours. Functions return errors, because `println!` panics if
//! a pipe is closed.
//!
//! Hidden characters are escaped here, and colours are added afterwards. The streams of `anstream`
//! remove colours if the output is not a terminal, and respect `NO_COLOR` and `CLICOLOR_FORCE`.
//!
//! Output is UTF-8. On Windows, the standard library converts it to UTF-16 for a console, so the
//! code page of the console does not matter. A pipe or a redirection receives UTF-8.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use super::failure::Failure;
use super::{Format, inputs};
use crate::base::text::{screenful, visible};
use crate::results::store::write_file;

/// Amount of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Verbosity {
    /// Only results, as short as possible.
    Quiet,
    /// Also progress, warnings and hints.
    Normal,
    /// Also each step with its duration.
    Verbose,
}

/// Verbosity of the whole program, set once from the arguments.
static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Normal as u8);

/// Sets the verbosity.
pub(super) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Returns whether only results are printed.
pub(super) fn is_quiet() -> bool {
    VERBOSITY.load(Ordering::Relaxed) == Verbosity::Quiet as u8
}

fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) == Verbosity::Verbose as u8
}

/// Prints results as text or as a document.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    write_out(&visible(text))
}

/// Prints results as text, with unfavourable verdicts in red.
pub(super) fn print_report(text: &str) -> Result<(), Failure> {
    write_out(&coloured(&visible(text)))
}

/// Prints a document, or writes it to a file if one is named and prints the file name. The file
/// name `-` selects standard output. An existing file is overwritten.
pub(super) fn print_or_write(
    text: &str,
    out: Option<&Path>,
    format: Format,
) -> Result<(), Failure> {
    let Some(path) = out.filter(|path| *path != Path::new("-")) else { return print(text) };
    inputs::refuse_file("--out", path)?;
    write_file(path, text.as_bytes())?;
    let file = path.display().to_string();
    match format {
        Format::Json => print(&format!("{:#}\n", serde_json::json!({ "wrote": file }))),
        Format::Text if is_quiet() => Ok(()),
        Format::Text => print(&format!("wrote {file}\n")),
    }
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stdout().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Prints progress or warnings on the standard error stream.
pub(super) fn print_error(text: &str) -> Result<(), Failure> {
    print_coloured(&visible(text))
}

/// Prints coloured text on the standard error stream. The caller must escape hidden characters.
pub(super) fn print_coloured(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stderr().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Returns text after a coloured label, limited to one screen.
pub(super) fn labelled(colour: &str, label: &str, text: &str) -> String {
    format!("{colour}{label}{PLAIN}: {}\n", screenful(&visible(text)))
}

/// Prints warnings, unless `--quiet` is set.
pub(super) fn warn(text: &str) -> Result<(), Failure> {
    if is_quiet() { Ok(()) } else { print_error(text) }
}

/// Prints a step of the program if `--verbose` is set.
pub(super) fn note(text: impl FnOnce() -> String) {
    if is_verbose() {
        // A note that cannot be printed does not make the program fail.
        let _ = print_coloured(&labelled(DIM, "note", &text()));
    }
}

fn said(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(unprintable)
}

/// Converts a printing error to a failure.
pub(super) fn unprintable(cause: io::Error) -> Failure {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::System { what: "cannot print".to_owned(), cause },
    }
}

/// Bold red: errors and unfavourable verdicts.
pub(super) const RED: &str = "\u{1b}[1;31m";
/// Bold yellow: warnings.
pub(super) const YELLOW: &str = "\u{1b}[1;33m";
/// Dim: unimportant text.
const DIM: &str = "\u{1b}[2m";
/// End of a colour.
const PLAIN: &str = "\u{1b}[0m";

/// Unfavourable verdicts in tables. Only verdicts are in capitals.
const BAD_NEWS: [&str; 8] =
    ["EXCEEDED", "BELOW", "VIOLATED", "WORSE", "CHANGED", "GONE", "BREAKS", "DIFFERS"];

/// Colours unfavourable verdicts red. Tables must already be laid out, because colour codes would
/// change the calculated column widths.
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
