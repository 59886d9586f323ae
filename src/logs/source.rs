//! Streams of log text: plain files, gzip files with one or more members, and the members of zip
//! archives.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

use super::encoding::{Prefixed, Text};

/// Number of bytes from which the format of a file is detected.
const PEEK: usize = 16;

/// Size of the buffer in front of a decoder.
const BUFFER: usize = 64 * 1024;

/// First bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// First bytes of a zip archive with members.
const ZIP: &[u8] = b"PK\x03\x04";

/// Function that reads the text with a name, or learns why it cannot be read. It returns false to
/// stop reading.
pub(super) type Visit<'a> = dyn FnMut(&str, io::Result<&mut dyn Read>) -> bool + 'a;

/// Calls `visit` for each text in a file, with the name of the file or `FILE/MEMBER`, until it
/// returns false.
///
/// # Errors
/// Returns an error if no text can be read from the file.
pub(super) fn each_text(path: &Path, visit: &mut Visit<'_>) -> io::Result<()> {
    let name = path.display().to_string();
    let file = File::open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        return Err(io::Error::other("it is a folder; name the log files in it"));
    }
    let start = Prefixed::peek(file, PEEK)?;
    if !start.peeked().starts_with(ZIP) {
        stream(start, &mut |text| visit(&name, Ok(text)))?;
        return Ok(());
    }
    drop(start);
    if !kind.is_file() {
        return Err(io::Error::other(
            "a zip archive cannot be read from a pipe; name the file of the archive",
        ));
    }
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?))?;
    for index in 0..archive.len() {
        let own = archive.name_for_index(index).unwrap_or_default();
        if own.ends_with('/') {
            continue;
        }
        let name = format!("{name}/{own}");
        let goes_on = match member(&mut archive, index, &name, visit) {
            Ok(goes_on) => goes_on,
            Err(error) => visit(&name, Err(error)),
        };
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// Calls `visit` with the text of a member of an archive.
fn member(
    archive: &mut ZipArchive<BufReader<File>>,
    index: usize,
    name: &str,
    visit: &mut Visit<'_>,
) -> io::Result<bool> {
    let start = Prefixed::peek(archive.by_index(index)?, PEEK)?;
    if start.peeked().starts_with(ZIP) {
        return Err(io::Error::other(
            "it is a zip archive inside a zip archive; extract the outer archive first",
        ));
    }
    stream(start, &mut |text| visit(name, Ok(text)))
}

/// Returns an error as text with what the user can do.
pub(super) fn explained(error: &io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => {
            "run cmgsim as a user who can read the file, or make a copy that you can read"
        }
        ErrorKind::NotFound => "the file was removed or renamed; name the files again",
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            "the file is damaged or incomplete; copy or compress it again"
        }
        ErrorKind::Unsupported => "extract the archive first",
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}

/// Calls `visit` with the text of standard input.
///
/// # Errors
/// Returns an error if standard input is a zip archive or cannot be read.
pub(super) fn standard_input(source: &mut dyn Read, visit: &mut Visit<'_>) -> io::Result<()> {
    let start = Prefixed::peek(source, PEEK)?;
    if start.peeked().starts_with(ZIP) {
        let message = "a zip archive cannot be read from standard input; name the file, or use \
            `unzip -p FILE | cmgsim calibrate iis -`";
        return Err(io::Error::other(message));
    }
    stream(start, &mut |text| visit("standard input", Ok(text)))?;
    Ok(())
}

/// Calls `read` with the decompressed and decoded text.
fn stream<R: Read>(
    start: Prefixed<R>,
    read: &mut dyn FnMut(&mut dyn Read) -> bool,
) -> io::Result<bool> {
    if !start.peeked().starts_with(GZIP) {
        return Ok(read(&mut Text::new(start)));
    }
    let decoder = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, start));
    Ok(read(&mut Text::new(Prefixed::peek(decoder, PEEK)?)))
}
