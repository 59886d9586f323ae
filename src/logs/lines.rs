//! Splits a stream into lines without allocation per line. A line that exceeds the limit is skipped
//! in constant memory.

use std::io::{self, Read};

use memchr::memchr;

/// Size of the buffer; also the longest line that can be returned.
const BUFFER: usize = 256 * 1024;

/// Maximum length of a line in bytes. Assumed: a row of IIS is shorter, because IIS refuses
/// requests with much shorter URLs.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;

/// A line of a log file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Bytes of the line without its line break.
    Bytes(&'a [u8]),
    /// The line exceeds [`LINE_BYTES_MAX`].
    TooLong,
    /// Another part of a line that exceeds the limit was skipped; the line goes on. The caller can
    /// stop here, because a source may never end the line.
    Unfinished,
}

/// Lines of a stream.
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_at_end: bool,
    is_skipping: bool,
    bytes: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        let buffer = vec![0; BUFFER];
        Lines { source, buffer, start: 0, end: 0, is_at_end: false, is_skipping: false, bytes: 0 }
    }

    /// Returns the number of bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the next line; `None` at the end.
    ///
    /// # Errors
    /// Returns the error of the source, such as damaged compressed data.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut from = self.start;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[from..self.end]) {
                let (start, end) = (self.start, from + at);
                self.start = end + 1;
                return Ok(Some(self.line(start, end)));
            }
            if self.is_at_end {
                if self.start == self.end && !self.is_skipping {
                    return Ok(None);
                }
                let (start, end) = (self.start, self.end);
                self.start = end;
                return Ok(Some(self.line(start, end)));
            }
            if self.end == self.buffer.len() && self.start == 0 {
                self.is_skipping = true;
                self.end = 0;
                return Ok(Some(Line::Unfinished));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            from = self.end;
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.is_at_end = true,
                Ok(read) => {
                    self.end += read;
                    self.bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }

    fn line(&mut self, start: usize, end: usize) -> Line<'_> {
        if std::mem::take(&mut self.is_skipping) || end - start > LINE_BYTES_MAX {
            return Line::TooLong;
        }
        let line = &self.buffer[start..end];
        Line::Bytes(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reader that returns at most `step` bytes per call.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len());
            self.0.read(&mut into[..count])
        }
    }

    fn lines(bytes: &[u8], step: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(Slow(bytes, step));
        let mut found = Vec::new();
        while let Some(line) = lines.next().expect("memory can be read") {
            match line {
                Line::Bytes(bytes) => found.push(Some(bytes.to_vec())),
                Line::TooLong => found.push(None),
                Line::Unfinished => {}
            }
        }
        assert_eq!(lines.bytes(), bytes.len() as u64);
        found
    }

    #[test]
    fn long_lines_are_skipped_wherever_the_buffer_ends() {
        for length in [LINE_BYTES_MAX + 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 7] {
            let text = format!("a\r\n{}\nb\n{}", "x".repeat(length), "y".repeat(length));
            let expected = [Some(b"a".to_vec()), None, Some(b"b".to_vec()), None];
            assert_eq!(lines(text.as_bytes(), 10_000), expected, "{length}");
        }
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(lines(longest.as_bytes(), 7_001), [Some(longest.into_bytes())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn lines_match_a_simple_split(text in "[ab\r\n]{0,60}", step in 1_usize..9) {
            let mut expected: Vec<_> = text.split('\n').map(|line| {
                Some(line.strip_suffix('\r').unwrap_or(line).as_bytes().to_vec())
            }).collect();
            if text.is_empty() || text.ends_with('\n') {
                expected.pop();
            }
            prop_assert_eq!(lines(text.as_bytes(), step), expected);
        }
    }
}
