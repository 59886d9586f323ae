//! Columns of the W3C extended log format: the `#Fields` directive and the values of a row.

use super::memo::{Memo, REQUEST_COLUMNS};
use super::stamp::{integer, short_integer};
use super::words::{BLOCK, Quoted, spaces, spaces_at_end};

/// A field that is read. Other fields are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Field {
    Date,
    Time,
    Computer,
    ServerIp,
    Port,
    Method,
    Stem,
    Query,
    User,
    Client,
    Status,
    BytesOut,
    BytesIn,
    TimeTaken,
}

impl Field {
    /// All fields with their names in `#Fields`.
    pub(super) const ALL: [(Field, &str); 14] = [
        (Field::Date, "date"),
        (Field::Time, "time"),
        (Field::Computer, "s-computername"),
        (Field::ServerIp, "s-ip"),
        (Field::Port, "s-port"),
        (Field::Method, "cs-method"),
        (Field::Stem, "cs-uri-stem"),
        (Field::Query, "cs-uri-query"),
        (Field::User, "cs-username"),
        (Field::Client, "c-ip"),
        (Field::Status, "sc-status"),
        (Field::BytesOut, "sc-bytes"),
        (Field::BytesIn, "cs-bytes"),
        (Field::TimeTaken, "time-taken"),
    ];

    const COUNT: usize = Field::ALL.len();

    /// Fields of the time and the server, with which most rows begin.
    const OF_SERVER: [Field; 4] = [Field::Date, Field::Time, Field::Computer, Field::ServerIp];

    /// Fields of the request that its class depends on.
    const OF_REQUEST: [Field; REQUEST_COLUMNS] =
        [Field::Method, Field::Stem, Field::Query, Field::Port];
}

/// Maximum number of columns. IIS has 22 standard fields; custom fields add more.
const COLUMNS_MAX: usize = 256;

/// Number of positions that are stored at once.
const GROUP: usize = 8;

/// Number of positions: the columns, the spaces of one more block, and an empty value.
const POSITIONS: usize = COLUMNS_MAX + BLOCK + 2 * GROUP;

/// Column of fields that the rows do not have; its value is empty.
const ABSENT: u16 = POSITIONS as u16 - 2;

/// Columns of the rows below a `#Fields` directive, and the positions of the values of the last
/// row.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Number of columns.
    count: usize,
    /// Column of each field, or [`ABSENT`].
    columns: [u16; Field::COUNT],
    /// Number of columns at the beginning of a row that contain the time and the server; zero if
    /// other columns contain them.
    leading: usize,
    /// Whether the columns of the request follow the leading columns.
    has_request: bool,
    /// Text of the leading columns of the last row that was remembered, with the space after them;
    /// empty if unknown.
    beginning: Vec<u8>,
    /// How the last row begins.
    last: Beginning,
    /// Place in the memo of the request of the last row, if it is known.
    known: Option<usize>,
    /// Whether the last row has quotes or repeated spaces.
    is_rewritten: bool,
    /// Start of each column in the last row, then the length of the row plus one.
    starts: [u32; POSITIONS],
    /// The last row with single spaces, if it has quotes or repeated spaces.
    rewritten: Vec<u8>,
}

/// Number of values of a row that are not used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refused {
    /// Values that are not numbers.
    pub(super) invalid: u32,
    /// Numbers above their maximum.
    pub(super) too_large: u32,
}

/// Values of a row. A value is empty if the row has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    line: &'a [u8],
    starts: &'a [u32; POSITIONS],
    columns: &'a [u16; Field::COUNT],
}

impl<'a> Values<'a> {
    /// Returns a value; empty if the log has no such field or the value is `-`.
    #[inline]
    pub(super) fn get(&self, field: Field) -> &'a [u8] {
        let (start, end) = self.bounds(field);
        match self.line.get(start..end).unwrap_or_default() {
            b"-" => &[],
            value => value,
        }
    }

    /// Returns an unsigned integer of at most `max`; `None` if the log has no such field or the
    /// value is `-`. Other values are counted in `refused`.
    #[inline]
    pub(super) fn number(&self, field: Field, max: u64, refused: &mut Refused) -> Option<u64> {
        let (start, end) = self.bounds(field);
        match short_integer(self.line, start, end) {
            Some(number) if number <= max => Some(number),
            _ => self.long_number(field, max, refused),
        }
    }

    #[inline(never)]
    fn long_number(&self, field: Field, max: u64, refused: &mut Refused) -> Option<u64> {
        let text = self.get(field);
        match integer(text) {
            Some(number) if number <= max => return Some(number),
            // A number of more digits than `integer` parses is too large, too.
            _ if text.is_empty() => {}
            _ if text.iter().all(u8::is_ascii_digit) => refused.too_large += 1,
            _ => refused.invalid += 1,
        }
        None
    }

    #[inline]
    fn bounds(&self, field: Field) -> (usize, usize) {
        let column = usize::from(self.columns[field as usize]);
        (self.starts[column] as usize, self.starts[column + 1] as usize - 1)
    }
}

/// Beginning of a row: the columns of the time and of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Not compared.
    New,
    /// All but the time equal those of the last row that was remembered.
    SameServer,
    /// All equal those of the last row that was remembered.
    SameTime,
}

impl Header {
    /// Parses the text after `#Fields:`. Returns `None` if it has no columns or more than 256.
    pub(super) fn parse(text: &[u8]) -> Option<Header> {
        let words = || text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let count = words().count();
        if !(1..=COLUMNS_MAX).contains(&count) {
            return None;
        }
        let mut columns = [ABSENT; Field::COUNT];
        for (word, column) in words().zip(0_u16..) {
            let known =
                Field::ALL.iter().find(|(_, name)| word.eq_ignore_ascii_case(name.as_bytes()));
            let own = known.map(|(field, _)| &mut columns[*field as usize]);
            // The first of several columns with the same name is used.
            if let Some(own) = own.filter(|own| **own == ABSENT) {
                *own = column;
            }
        }
        let logged = |fields: &[Field]| -> Vec<usize> {
            let columns = fields.iter().map(|field| columns[*field as usize]);
            columns.filter(|column| *column != ABSENT).map(usize::from).collect()
        };
        let of_server = logged(&Field::OF_SERVER);
        let leading = of_server.iter().max().map_or(0, |last| last + 1);
        let others = (0..Field::COUNT)
            .filter(|field| !Field::OF_SERVER.iter().any(|one| *one as usize == *field));
        let leading =
            match others.map(|field| usize::from(columns[field])).all(|one| one >= leading) {
                true if columns[Field::Time as usize] != ABSENT && leading < count => leading,
                _ => 0,
            };
        let mut of_request = logged(&Field::OF_REQUEST);
        of_request.sort_unstable();
        let has_request = of_request.len() == REQUEST_COLUMNS
            && leading + REQUEST_COLUMNS < count
            && of_request.iter().zip(leading..).all(|(column, expected)| *column == expected);
        let mut starts = [0; POSITIONS];
        starts[usize::from(ABSENT) + 1] = 1;
        Some(Header {
            count,
            columns,
            leading,
            has_request,
            beginning: Vec::new(),
            last: Beginning::New,
            known: None,
            is_rewritten: false,
            starts,
            rewritten: Vec::new(),
        })
    }

    /// Returns whether the rows have this field.
    pub(super) fn has(&self, field: Field) -> bool {
        self.columns[field as usize] != ABSENT
    }

    /// Finds the values of a row, which [`Header::values`] returns. Returns false if the number of
    /// values differs from the number of columns.
    #[inline]
    pub(super) fn split(&mut self, line: &[u8], memo: &Memo) -> bool {
        (self.last, self.known, self.is_rewritten) = (self.compare(line), None, false);
        // The positions of equal columns are equal.
        let (mut first, mut from) = (0, 0);
        if self.last != Beginning::New {
            (first, from) = (self.leading, self.beginning.len());
            if self.has_request
                && let Some(place) = memo.find(line, from)
            {
                let text = memo.text(place);
                for (start, own) in self.starts[first..].iter_mut().zip(text.starts) {
                    *start = from as u32 + u32::from(own);
                }
                self.known = Some(place);
                (first, from) = (first + REQUEST_COLUMNS, from + usize::from(text.length));
            }
        }
        if self.find(line, first, from) == self.count {
            return true;
        }
        // IIS replaces spaces in values, so quotes and repeated spaces come from other programs.
        self.forget();
        (self.last, self.known, self.is_rewritten) = (Beginning::New, None, true);
        self.rewrite(line).is_some()
    }

    /// Returns how the row that was split last begins.
    #[inline]
    pub(super) fn last(&self) -> Beginning {
        self.last
    }

    /// Returns the place in the memo of the request of the row that was split last, if it is known.
    #[inline]
    pub(super) fn known(&self) -> Option<usize> {
        self.known
    }

    /// Compares the beginning of a row with that of the last row that was remembered.
    #[inline]
    fn compare(&self, line: &[u8]) -> Beginning {
        let length = self.beginning.len();
        let Some(own) = line.get(..length).filter(|_| length > 0) else { return Beginning::New };
        if own == self.beginning {
            return Beginning::SameTime;
        }
        let column = usize::from(self.columns[Field::Time as usize]);
        let (start, end) = (self.starts[column] as usize, self.starts[column + 1] as usize - 1);
        let is_same = own.get(..start) == self.beginning.get(..start)
            && own.get(end..) == self.beginning.get(end..)
            && own.get(start..end).is_some_and(|text| !text.contains(&b' '));
        if is_same { Beginning::SameServer } else { Beginning::New }
    }

    /// Returns the values of the row that was split last, which is `line`.
    #[inline]
    pub(super) fn values<'a>(&'a self, line: &'a [u8]) -> Values<'a> {
        let line = if self.is_rewritten { &self.rewritten } else { line };
        Values { line, starts: &self.starts, columns: &self.columns }
    }

    /// Returns the text of the columns of the request with the space after them, and the positions
    /// in it where its columns start, of the row that was split last, which is `line`; `None` if
    /// the text is not in one piece.
    pub(super) fn request<'a>(
        &self,
        line: &'a [u8],
    ) -> Option<(&'a [u8], [usize; REQUEST_COLUMNS])> {
        if !self.has_request || self.is_rewritten {
            return None;
        }
        let starts = &self.starts[self.leading..];
        let (from, until) = (starts[0] as usize, starts[REQUEST_COLUMNS] as usize);
        let positions = std::array::from_fn(|column| starts[column] as usize - from);
        line.get(from..until).map(|text| (text, positions))
    }

    /// Remembers the time and the server of the row that was split last, which is `line` and must
    /// be readable.
    pub(super) fn remember(&mut self, line: &[u8]) {
        self.beginning.clear();
        if self.leading > 0 && !self.is_rewritten {
            let end = self.starts[self.leading] as usize;
            self.beginning.extend_from_slice(line.get(..end).unwrap_or_default());
        }
    }

    /// Forgets the last row.
    pub(super) fn forget(&mut self) {
        self.beginning.clear();
    }

    /// Stores where columns start that are separated by single spaces, and returns the number of
    /// columns; zero if there are too many. The first `known` columns end before `from`.
    #[inline]
    fn find(&mut self, line: &[u8], known: usize, mut from: usize) -> usize {
        let starts = &mut self.starts;
        starts[known] = from as u32;
        let mut count = known + 1;
        while from < line.len() {
            let mut found = match line.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
                Some(block) => spaces(block),
                None => spaces_at_end(line, from),
            };
            if count > COLUMNS_MAX {
                return 0;
            }
            let after = count + found.count_ones() as usize;
            let after_space = from as u32 + 1;
            // Positions are stored in groups, without a branch per position. The positions that are
            // too many are replaced later.
            while found != 0 {
                let Some(group) = starts[count..].first_chunk_mut::<GROUP>() else { return 0 };
                for start in group {
                    // The highest bit avoids the case without bits.
                    *start = after_space + (found | 1 << 63).trailing_zeros();
                    found &= found.wrapping_sub(1);
                }
                count += GROUP;
            }
            count = after;
            from += BLOCK;
        }
        starts[count] = line.len() as u32 + 1;
        count
    }

    /// Rewrites a row so that single spaces separate its values, and stores where they start.
    #[cold]
    fn rewrite(&mut self, line: &[u8]) -> Option<()> {
        self.rewritten.clear();
        let mut count = 0;
        for word in (Quoted { rest: line }) {
            if count == self.count {
                return None;
            }
            self.starts[count] = self.rewritten.len() as u32;
            self.rewritten.extend_from_slice(word);
            self.rewritten.push(b' ');
            count += 1;
        }
        self.starts[count] = self.rewritten.len() as u32;
        (count == self.count).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &str, line: &str) -> Option<[String; 3]> {
        let mut header = Header::parse(fields.as_bytes()).expect("a header");
        if !header.split(line.as_bytes(), &Memo::default()) {
            return None;
        }
        let values = header.values(line.as_bytes());
        let text = |field| String::from_utf8_lossy(values.get(field)).into_owned();
        Some([text(Field::Stem), text(Field::Query), text(Field::TimeTaken)])
    }

    #[test]
    fn columns_have_any_order() {
        let expected = Some(["/a", "b", "12"].map(str::to_owned));
        assert_eq!(row("cs-uri-stem cs-uri-query x(y) time-taken", "/a b z 12"), expected);
        assert_eq!(row(" time-taken\tCS-URI-Query cs-uri-stem", "12 b /a"), expected);
        assert_eq!(row("time-taken cs-uri-query cs-uri-stem time-taken", "12 b /a 99"), expected);
        assert_eq!(row("cs-uri-stem time-taken", "/a -"), Some(["/a", "", ""].map(str::to_owned)));
    }

    proptest::proptest! {
        /// Rows are split one after the other, so that equal beginnings occur.
        #[test]
        fn columns_match_a_simple_split(
            rows in proptest::collection::vec("[12] [12] [a !\u{a0}]{0,150}", 1..4),
        ) {
            let columns = rows[0].split(' ').count();
            let fields = format!("date time{}", " x".repeat(columns - 2));
            let mut header = Header::parse(fields.as_bytes()).expect("a header");
            for row in &rows {
                let expected: Vec<&[u8]> = row.as_bytes().split(|byte| *byte == b' ').collect();
                let known = row.as_bytes().starts_with(&header.beginning);
                let start = (known && !header.beginning.is_empty()).then_some((2, 4));
                let (known, from) = start.unwrap_or((0, 0));
                if header.find(row.as_bytes(), known, from) == columns {
                    proptest::prop_assert_eq!(expected.len(), columns);
                    for (value, at) in expected.iter().zip(header.starts.windows(2)) {
                        proptest::prop_assert_eq!(
                            *value, &row.as_bytes()[at[0] as usize..at[1] as usize - 1]
                        );
                    }
                    header.remember(row.as_bytes());
                } else {
                    proptest::prop_assert!(expected.len() != columns);
                }
            }
        }
    }

    #[test]
    fn quoted_values_and_repeated_spaces_are_accepted() {
        let expected = Some(["/a b", "say \"\"x\"\"", "12"].map(str::to_owned));
        let fields = "cs-uri-stem cs-uri-query time-taken";
        assert_eq!(row(fields, "\"/a b\"  \"say \"\"x\"\"\" 12 "), expected);
        // A quote in a row with the right number of values belongs to its value.
        assert_eq!(row(fields, "/\" \"x 1"), Some(["/\"", "\"x", "1"].map(str::to_owned)));
        assert_eq!(row(fields, "\"/a b 12"), Some(["\"/a", "b", "12"].map(str::to_owned)));
    }

    #[test]
    fn a_wrong_number_of_values_is_refused() {
        assert_eq!(row("cs-uri-stem cs-uri-query", "/a"), None);
        assert_eq!(row("cs-uri-stem cs-uri-query", "/a b c"), None);
        assert_eq!(row("cs-uri-stem cs-uri-query", ""), None);
        assert!(Header::parse(b"  ").is_none());
        assert!(Header::parse("x ".repeat(257).as_bytes()).is_none());
    }
}
