//! Searches for the values in a row: spaces in blocks of bytes, and quoted values.

/// Number of bytes that are searched for spaces at once.
pub(super) const BLOCK: usize = 64;

/// Returns the spaces in a block: one bit per byte, from the lowest bit. All bytes are compared at
/// once, because values are so short that a call of `memchr` per value takes longer.
#[inline]
pub(super) fn spaces(block: &[u8; BLOCK]) -> u64 {
    // Loops over positions, because iterators are compiled to calls here.
    let mut is_space = [0; BLOCK];
    for at in 0..BLOCK {
        is_space[at] = u8::from(block[at] == b' ');
    }
    let (words, _) = is_space.as_chunks::<8>();
    let mut found = 0;
    for (number, word) in words.iter().enumerate() {
        // The product moves the bits of all bytes into the highest byte, in the same order.
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        found |= gathered << (8 * number);
    }
    found
}

/// Returns the spaces in the last bytes of a line, of which there are fewer than a block.
#[inline]
pub(super) fn spaces_at_end(line: &[u8], from: usize) -> u64 {
    match line.last_chunk::<BLOCK>() {
        Some(block) => spaces(block) >> (from + BLOCK - line.len()),
        None => {
            let (mut block, rest) = ([0; BLOCK], &line[from..]);
            block[..rest.len()].copy_from_slice(rest);
            spaces(&block)
        }
    }
}

/// Values that are separated by spaces or tabs. A value in double quotes may contain both; a
/// doubled quote in it does not end the value.
pub(super) struct Quoted<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Iterator for Quoted<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
        let begin = self.rest.iter().position(|byte| !is_space(byte))?;
        let rest = &self.rest[begin..];
        if rest[0] == b'"' {
            let mut end = 1;
            while end < rest.len() {
                match (rest[end], rest.get(end + 1)) {
                    (b'"', Some(b'"')) => end += 2,
                    (b'"', _) => break,
                    _ => end += 1,
                }
            }
            if let Some(word) = rest.get(1..end).filter(|_| end < rest.len()) {
                self.rest = &rest[end + 1..];
                return Some(word);
            }
        }
        let end = rest.iter().position(is_space).unwrap_or(rest.len());
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}
