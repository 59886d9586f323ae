//! Sentences about the files that were read: lines that cannot be read, files that cannot be
//! opened, and files with the same rows.

use super::format::{count, share};
use crate::results::logs::{CopiedFile, UnopenedFile, UnreadableLines};

/// States what could not be read, with the first position and what to do.
pub(super) fn unreadable(one: &UnreadableLines) -> String {
    format!(
        "{}: {}, first in {}, line {}; {}",
        one.meaning,
        count(one.count),
        one.file,
        count(one.line),
        one.remedy
    )
}

/// States why a file could not be opened.
pub(super) fn unopened(one: &UnopenedFile) -> String {
    format!("cannot read {}: {}", one.file, one.reason)
}

/// States that two files have the same rows.
pub fn copied(one: &CopiedFile) -> String {
    format!(
        "{} and {} have the same rows ({} of the smaller file), which count twice and increase all \
         rates; pass each log once",
        one.original,
        one.file,
        share(one.rows_share)
    )
}

/// Returns why no row could be read: the most frequent reason.
pub fn why_empty(
    lines: &[UnreadableLines],
    files: &[UnopenedFile],
    otherwise: &'static str,
) -> String {
    match (lines.iter().max_by_key(|one| one.count), files) {
        (Some(most), _) => unreadable(most),
        (None, [first, ..]) => format!("{}: {}", first.file, first.reason),
        (None, []) => otherwise.to_owned(),
    }
}
