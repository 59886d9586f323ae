//! Printing that returns errors: never `println!`, which panics when a pipe breaks.

use std::io::{self, Write};

use super::failure::Failure;

/// Prints results.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stdout().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Prints news for people: progress, warnings, errors.
pub(super) fn print_error(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stderr().lock();
    said(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

fn said(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|cause| match cause.kind() {
        io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::System { what: "cannot print".to_owned(), cause },
    })
}
