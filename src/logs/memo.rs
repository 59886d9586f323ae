//! Classes of recent requests, so that rules are tried once for each request that occurs often.
//!
//! Most requests of clients have one of a few texts of method, path, query and port. If a row has
//! one of them, it is found by one comparison. Otherwise the class is found by method, path and
//! port, which requests with different queries have in common.

use super::class::Class;
use super::rules::{Decision, Request, Rules};
use super::stamp::integer;

/// Number of columns of a request: method, path, query and port, in any order.
pub(super) const REQUEST_COLUMNS: usize = 4;

/// Number of requests that are remembered by method, path and port; a power of two.
const ENTRIES: usize = 1024;

/// Requests with a longer method, path or port are not remembered, so that memory is bounded.
const VALUE_MAX: usize = 256;

/// Number of texts that are remembered; a power of two.
const TEXTS: usize = 512;

/// Length of the longest text that is remembered.
const TEXT_MAX: usize = 128;

/// Number of bytes that are compared at once.
const BLOCK: usize = 64;

/// Number of bytes that select the place of a text.
const KEY: usize = 24;

/// Decisions on recent requests. Each request has one place, and a later request replaces an
/// earlier one in the same place.
#[derive(Debug, Default)]
pub(super) struct Memo {
    texts: Vec<Text>,
    entries: Vec<Option<Entry>>,
}

/// Text of the columns of a request with the space after them.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// The text, and zeros.
    bytes: [u8; TEXT_MAX],
    /// 255 for each byte of the first block that belongs to the text, and zeros.
    mask: [u8; BLOCK],
    /// Where the columns start.
    pub(super) starts: [u8; REQUEST_COLUMNS],
    /// Length of the text; zero if there is none.
    pub(super) length: u8,
    /// Index of the class.
    pub(super) class: u8,
    /// Whether the port is a number or not logged.
    pub(super) is_port: bool,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) class: Class,
    /// Whether the port is a number or not logged.
    pub(super) is_port: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    method: Vec<u8>,
    path: Vec<u8>,
    port: Vec<u8>,
    decision: Decision,
    is_port: bool,
}

impl Default for Text {
    fn default() -> Self {
        let starts = [0; REQUEST_COLUMNS];
        let (bytes, mask) = ([0; TEXT_MAX], [0; BLOCK]);
        Text { bytes, mask, starts, length: 0, class: 0, is_port: false }
    }
}

impl Memo {
    /// Returns the place of the text that begins at a position of a row.
    #[inline]
    pub(super) fn find(&self, row: &[u8], from: usize) -> Option<usize> {
        let rest = row.get(from..)?;
        let place = text_place(rest)?;
        let Text { bytes, mask, length, .. } = self.texts.get(place)?;
        let length = usize::from(*length);
        let is_equal = match rest.first_chunk::<BLOCK>() {
            Some(own) => {
                let mut difference = 0;
                for at in 0..BLOCK {
                    difference |= (own[at] ^ bytes[at]) & mask[at];
                }
                difference == 0
                    && (length <= BLOCK || rest.get(BLOCK..length) == Some(&bytes[BLOCK..length]))
            }
            None => rest.starts_with(&bytes[..length]),
        };
        (is_equal && length > 0).then_some(place)
    }

    /// Returns the text at a place that [`Memo::find`] returned.
    #[inline]
    pub(super) fn text(&self, place: usize) -> &Text {
        &self.texts[place]
    }

    /// Remembers the text of a request.
    pub(super) fn add(&mut self, text: &[u8], starts: [usize; REQUEST_COLUMNS], known: Known) {
        let (Some(place), true) = (text_place(text), text.len() <= TEXT_MAX) else { return };
        if self.texts.is_empty() {
            self.texts = vec![Text::default(); TEXTS];
        }
        let mut own = Text {
            starts: starts.map(|start| start as u8),
            length: text.len() as u8,
            class: known.class.index() as u8,
            is_port: known.is_port,
            ..Text::default()
        };
        own.bytes[..text.len()].copy_from_slice(text);
        own.mask[..text.len().min(BLOCK)].fill(u8::MAX);
        self.texts[place] = own;
    }

    /// Returns what is known of a request, or tries the rules.
    #[inline]
    pub(super) fn classify(&mut self, rules: &Rules, request: Request<'_>) -> Known {
        let Some(entry) = self.entries.get_mut(place(&request)) else {
            self.entries = vec![None; ENTRIES];
            return self.classify(rules, request);
        };
        match entry {
            Some(known) if known.is_of(&request) => {
                let class = rules.class(&known.decision, request.query);
                Known { class, is_port: known.is_port }
            }
            _ => decide(entry, rules, request),
        }
    }
}

impl Entry {
    #[inline]
    fn is_of(&self, request: &Request<'_>) -> bool {
        self.path == request.path && self.method == request.method && self.port == request.port
    }
}

/// Tries the rules and remembers the decision.
fn decide(entry: &mut Option<Entry>, rules: &Rules, request: Request<'_>) -> Known {
    let Request { method, path, query, port } = request;
    let number = integer(port);
    let is_port = number.is_some() || port.is_empty();
    let number = number.and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    let decision = rules.decide(method, path, number);
    let class = rules.class(&decision, query);
    if [method, path, port].iter().all(|text| text.len() <= VALUE_MAX) {
        let [method, path, port] = [method, path, port].map(<[u8]>::to_vec);
        *entry = Some(Entry { method, path, port, decision, is_port });
    }
    Known { class, is_port }
}

/// Returns the place of a text; `None` if it is too short.
#[inline]
fn text_place(text: &[u8]) -> Option<usize> {
    let (words, _) = text.first_chunk::<KEY>()?.as_chunks::<8>();
    let mut hash = 0_u64;
    for word in words {
        hash = (hash.rotate_left(20) ^ u64::from_le_bytes(*word)).wrapping_mul(GOLDEN);
    }
    Some((hash >> (64 - TEXTS.ilog2())) as usize)
}

/// The multiplier of Fibonacci hashing: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the place of a request. Paths often have equal beginnings, so only their length and
/// their last bytes are used.
#[inline]
fn place(request: &Request<'_>) -> usize {
    let end = |text: &[u8]| match text.last_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let lengths = (request.path.len() << 8 | request.method.len()) as u64;
    let port = request.port.last().map_or(0, |byte| u64::from(*byte));
    let hash = (end(request.path) ^ lengths.rotate_left(32) ^ port).wrapping_mul(GOLDEN);
    (hash >> (64 - ENTRIES.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many requests share a place, so that entries are replaced.
    #[test]
    fn classes_do_not_depend_on_earlier_requests() {
        let rules = Rules::builtin();
        let mut memo = Memo::default();
        let long = "x".repeat(300);
        for round in 0..4_000_u32 {
            let number = mixed(round) % 7;
            let path = match mixed(round + 1) % 6 {
                0 => format!("/SMS_MP/.sms_aut{number}"),
                1 => format!("/Content/{}.cab", round / 3),
                2 => format!("/{long}{number}"),
                3 => "/bgb/handler.ashx".to_owned(),
                4 => "/CCM_STS".to_owned(),
                _ => "/x".repeat(number as usize),
            };
            let query =
                ["MPLIST", "mpcert", "RequestType=LogIn", ""][mixed(round + 2) as usize % 4];
            let (port, expected) = [("80", 80), ("8530", 8530), ("", 0), ("x", 0), ("99999", 0)]
                [mixed(round + 3) as usize % 5];
            let [path, query] = [&path, query].map(str::as_bytes);
            let request = Request { method: b"GET", path, query, port: port.as_bytes() };
            let decision = rules.decide(b"GET", path, expected);
            let class = rules.class(&decision, query);
            let expected = Known { class, is_port: port != "x" };
            assert_eq!(memo.classify(&rules, request), expected, "{request:?}");
        }
    }

    fn mixed(number: u32) -> u64 {
        crate::logs::sample::mixed(u64::from(number))
    }
}
