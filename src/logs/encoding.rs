//! Conversion of log files to bytes of UTF-8 or of a code page: removes the byte order mark and
//! decodes UTF-16 as a stream.

use std::io::{self, Read};

/// Number of bytes that are read at once from UTF-16.
const CHUNK: usize = 16 * 1024;

/// Reader that returns the text of a file without its byte order mark.
pub(super) enum Text<R> {
    /// Bytes that are passed unchanged.
    Bytes(Prefixed<R>),
    /// UTF-16.
    Utf16(Utf16<R>),
}

/// Reader with bytes that were already read from its source.
pub(super) struct Prefixed<R> {
    before: Vec<u8>,
    at: usize,
    source: R,
}

impl<R: Read> Prefixed<R> {
    /// Reads the first bytes of a source, up to `count`.
    pub(super) fn peek(mut source: R, count: usize) -> io::Result<Self> {
        let mut before = vec![0; count];
        let mut filled = 0;
        while filled < count {
            match source.read(&mut before[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The next call reports the error, after the bytes that could be read.
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        before.truncate(filled);
        Ok(Prefixed { before, at: 0, source })
    }

    /// Returns the bytes that have not been consumed.
    pub(super) fn peeked(&self) -> &[u8] {
        &self.before[self.at..]
    }

    fn skip(mut self, count: usize) -> Self {
        self.at += count;
        self
    }
}

impl<R: Read> Read for Prefixed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = &self.before[self.at..];
        if rest.is_empty() {
            return self.source.read(into);
        }
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl<R: Read> Text<R> {
    /// Detects the encoding from the first bytes: a byte order mark, or zero bytes at every second
    /// position, which UTF-16 text in ASCII characters has.
    pub(super) fn new(source: Prefixed<R>) -> Self {
        match source.peeked() {
            [0xff, 0xfe, ..] => Text::Utf16(Utf16::new(source.skip(2), false)),
            [0xfe, 0xff, ..] => Text::Utf16(Utf16::new(source.skip(2), true)),
            [0xef, 0xbb, 0xbf, ..] => Text::Bytes(source.skip(3)),
            [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
                Text::Utf16(Utf16::new(source, false))
            }
            [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
                Text::Utf16(Utf16::new(source, true))
            }
            _ => Text::Bytes(source),
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Text::Bytes(source) => source.read(into),
            Text::Utf16(source) => source.read(into),
        }
    }
}

/// Reader that converts UTF-16 to UTF-8. Invalid units become U+FFFD.
pub(super) struct Utf16<R> {
    source: Prefixed<R>,
    is_big_endian: bool,
    raw: Vec<u8>,
    filled: usize,
    /// First half of a surrogate pair.
    high: Option<u16>,
    decoded: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16<R> {
    fn new(source: Prefixed<R>, is_big_endian: bool) -> Self {
        let (raw, decoded) = (vec![0; CHUNK], Vec::with_capacity(2 * CHUNK));
        Utf16 { source, is_big_endian, raw, filled: 0, high: None, decoded, at: 0 }
    }

    fn push(&mut self, letter: char) {
        let mut bytes = [0; 4];
        self.decoded.extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
    }

    fn decode(&mut self, unit: u16) {
        let units = [self.high.take().unwrap_or(unit), unit];
        match (units[0], unit) {
            (0xd800..=0xdbff, 0xdc00..=0xdfff) => {
                let letter = char::decode_utf16(units).next().and_then(Result::ok);
                self.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (first, second) => {
                if (0xd800..=0xdbff).contains(&first) && units[0] != second {
                    self.push(char::REPLACEMENT_CHARACTER);
                }
                match second {
                    0xd800..=0xdbff => self.high = Some(second),
                    _ => {
                        let letter = char::from_u32(u32::from(second));
                        self.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                }
            }
        }
    }

    /// Decodes the next chunk. Returns false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.decoded.clear();
        self.at = 0;
        while self.decoded.is_empty() {
            let read = self.source.read(&mut self.raw[self.filled..])?;
            if read == 0 {
                return Ok(false);
            }
            self.filled += read;
            let whole = self.filled / 2 * 2;
            for index in (0..whole).step_by(2) {
                let pair = [self.raw[index], self.raw[index + 1]];
                self.decode(match self.is_big_endian {
                    true => u16::from_be_bytes(pair),
                    false => u16::from_le_bytes(pair),
                });
            }
            self.raw.copy_within(whole..self.filled, 0);
            self.filled -= whole;
        }
        Ok(true)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.decoded.len() && !self.fill()? {
            return Ok(0);
        }
        let count = (self.decoded.len() - self.at).min(into.len());
        into[..count].copy_from_slice(&self.decoded[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = Vec::new();
        let source = Prefixed::peek(bytes, 16).expect("bytes");
        Text::new(source).read_to_end(&mut text).expect("bytes");
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "#Fields: a\r\nZ\u{fc}rich \u{1f600}\n".repeat(3_000);
        let utf16 = |mark: bool, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let mark = mark.then_some(0xfeff);
            mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        for bytes in [
            text.clone().into_bytes(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(true, u16::to_le_bytes),
            utf16(true, u16::to_be_bytes),
            utf16(false, u16::to_le_bytes),
            utf16(false, u16::to_be_bytes),
        ] {
            assert!(decoded(&bytes) == text, "{:?}", &bytes[..4]);
        }
    }

    #[test]
    fn broken_utf16_is_replaced() {
        let bytes: Vec<u8> = [0xfeff_u16, 0xd83d, 0x61, 0xde00, 0xd83d]
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decoded(&bytes), "\u{fffd}a\u{fffd}");
        assert_eq!(decoded(b"\xff\xfea"), "", "half a unit");
    }
}
