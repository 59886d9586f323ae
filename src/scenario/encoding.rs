//! Encodings of text files: UTF-8 with or without a byte order mark, and UTF-16 with one, which is
//! what Windows PowerShell 5.1 and older editors write.

use std::borrow::Cow;

/// Why bytes are not text.
#[derive(Debug, PartialEq, Eq)]
pub enum NotText {
    /// Not UTF-8 from this byte on.
    Utf8(usize),
    /// Not UTF-16, although a byte order mark announces it.
    Utf16,
}

/// The text of a file without its byte order mark.
///
/// # Errors
/// [`NotText`] if the bytes do not fit the encoding.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
        match String::from_utf16(&units) {
            Ok(text) if odd.is_empty() => Ok(Cow::Owned(text)),
            _ => Err(NotText::Utf16),
        }
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: &[u8], before: usize) -> Result<Cow<'_, str>, NotText> {
    let text = std::str::from_utf8(bytes);
    text.map(Cow::Borrowed).map_err(|error| NotText::Utf8(before + error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_with_a_byte_order_mark_gives_the_same_text() {
        let text = "name = \"Z\u{fc}rich \u{1f600}\"\r\n";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).expect("text"), text);
        }
    }

    #[test]
    fn broken_text_is_refused() {
        assert_eq!(decode(b"a\xff"), Err(NotText::Utf8(1)));
        assert_eq!(decode(b"\xef\xbb\xbfa\xff"), Err(NotText::Utf8(4)));
        assert_eq!(decode(b"\xff\xfea"), Err(NotText::Utf16), "half a unit");
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(NotText::Utf16), "half a pair");
        assert_eq!(decode(b"\xff\xfe").expect("empty"), "");
    }
}
