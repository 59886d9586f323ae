//! Patterns of paths that no rule matches, for a person who writes a rule.
//!
//! A path can contain names of devices and users, so a pattern keeps only what names a program: the
//! first segment if it consists of letters and signs (a virtual directory of IIS), and names of
//! handlers. All other segments are masked.

use std::collections::BTreeMap;

/// Maximum number of patterns that are counted separately.
const PATTERNS_MAX: usize = 1024;

/// Maximum length of a segment that is kept.
const SEGMENT_MAX: usize = 40;

/// Maximum number of segments of a pattern.
const SEGMENTS_MAX: usize = 6;

/// File name extensions of programs, which cannot be names of persons or devices.
const HANDLERS: [&[u8]; 8] =
    [b".asmx", b".ashx", b".aspx", b".asp", b".svc", b".dll", b".php", b".cgi"];

/// Requests and bytes of a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PatternCount {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Counts of patterns in bounded memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    counts: BTreeMap<Vec<u8>, PatternCount>,
    /// Requests with patterns beyond the limit.
    others: PatternCount,
    buffer: Vec<u8>,
}

impl Patterns {
    /// Counts a request. Segments that contain one of the `names` of the row are masked.
    pub(super) fn add(&mut self, method: &[u8], path: &[u8], names: &[&[u8]], bytes: u64) {
        self.buffer.clear();
        write_method(&mut self.buffer, method);
        write_masked(&mut self.buffer, path, names);
        let is_full = self.counts.len() >= PATTERNS_MAX;
        let count = match self.counts.get_mut(self.buffer.as_slice()) {
            Some(count) => count,
            None if is_full => &mut self.others,
            None => self.counts.entry(self.buffer.clone()).or_default(),
        };
        count.rows += 1;
        count.bytes = count.bytes.saturating_add(bytes);
    }

    /// Returns the most frequent patterns, in descending order of rows, then in alphabetical order.
    pub(super) fn most_frequent(&self, count: usize) -> Vec<(String, PatternCount)> {
        let mut found: Vec<_> = self.counts.iter().collect();
        found.sort_by(|one, other| other.1.rows.cmp(&one.1.rows).then(one.0.cmp(other.0)));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        found.into_iter().take(count).map(|(own, count)| (text(own), *count)).collect()
    }
}

/// Writes a method if it is a word; otherwise `*`.
fn write_method(into: &mut Vec<u8>, method: &[u8]) {
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    match (1..=16).contains(&method.len()) && method.iter().all(is_letter) {
        true => into.extend_from_slice(method),
        false => into.push(b'*'),
    }
    into.push(b' ');
}

pub(super) fn write_masked(into: &mut Vec<u8>, path: &[u8], names: &[&[u8]]) {
    let Some(path) = path.strip_prefix(b"/") else {
        into.push(b'*');
        return;
    };
    for (segment, number) in path.split(|byte| *byte == b'/').zip(0..) {
        into.push(b'/');
        if number == SEGMENTS_MAX {
            into.extend_from_slice(b"...");
            return;
        }
        let is_kept = match number {
            0 => is_word(segment),
            _ => is_handler(segment),
        };
        match is_kept && !names.iter().any(|name| contains(segment, name)) {
            true => into.extend(segment.iter().map(u8::to_ascii_lowercase)),
            false if segment.is_empty() => {}
            false => into.push(b'*'),
        }
    }
}

/// Returns whether a segment consists of letters and signs of virtual directories.
fn is_word(segment: &[u8]) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'$');
    segment.len() <= SEGMENT_MAX && segment.iter().all(is_sign)
}

/// Returns whether a segment is the name of a program: `.sms_pol`, `handler.ashx`.
fn is_handler(segment: &[u8]) -> bool {
    let ends = |ending: &&[u8]| {
        let start = segment.len().checked_sub(ending.len());
        start.is_some_and(|start| segment[start..].eq_ignore_ascii_case(ending))
    };
    is_word(segment) && (segment.starts_with(b".sms_") || HANDLERS.iter().any(ends))
}

/// Returns whether a text contains a name, in any letter case. Names of fewer than three characters
/// are ignored.
fn contains(text: &[u8], name: &[u8]) -> bool {
    name.len() >= 3 && text.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str, names: &[&[u8]]) -> String {
        let mut patterns = Patterns::default();
        patterns.add(b"GET", path.as_bytes(), names, 1);
        patterns.most_frequent(1)[0].0.clone()
    }

    #[test]
    fn only_names_of_programs_are_kept() {
        for (path, expected) in [
            ("/Reports/Pages/Folder.aspx", "GET /reports/*/folder.aspx"),
            ("/SMS_MP/.sms_xyz", "GET /sms_mp/.sms_xyz"),
            ("/users/alice/photo.png", "GET /users/*/*"),
            ("/PC0815/x", "GET /*/*"),
            ("/{GUID}", "GET /*"),
            ("/", "GET /"),
            ("/caf\u{e9}/x", "GET /*/*"),
            ("http://host/x", "GET *"),
            ("/a/b/c/d/e/f/g/h", "GET /a/*/*/*/*/*/..."),
        ] {
            assert_eq!(pattern(path, &[]), expected, "{path}");
        }
        assert_eq!(pattern("/home-of-x/a.asmx", &[]), "GET /*/a.asmx");
        assert_eq!(pattern("/ALICE/alice.asmx", &[b"alice"]), "GET /*/*");
    }

    #[test]
    fn the_number_of_patterns_is_bounded() {
        let mut patterns = Patterns::default();
        for number in 0..5_000_u32 {
            let letter = |shift: u32| char::from(b'a' + ((number >> shift) & 15) as u8);
            let path: String = ["/x"]
                .into_iter()
                .map(str::to_owned)
                .chain([8, 4, 0].map(|shift| letter(shift).to_string()))
                .collect();
            patterns.add(b"GET", path.as_bytes(), &[], 1);
        }
        let rows: u64 = patterns.counts.values().map(|count| count.rows).sum();
        assert_eq!(patterns.counts.len(), PATTERNS_MAX);
        assert_eq!(rows + patterns.others.rows, 5_000);
    }
}
