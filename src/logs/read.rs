//! Reading of log files: directives, rows, and their classification.

use std::io::Read;

use jiff::tz::TimeZone;
use memchr::memchr;

use super::arrivals::Arrivals;
use super::class::Class;
use super::clients::ClientKey;
use super::copies::Copies;
use super::header::{Beginning, Field, Header, Refused, Values};
use super::hours::hour_of_week;
use super::input::Input;
use super::lines::{Line, Lines};
use super::memo::Memo;
use super::rules::{Request, Rules};
use super::stamp::{DAY, date, is_plausible, time};
use super::tally::{Row, Tallies};
use super::texts::read_texts;
use super::unreadable::Reason;

/// Number of lines between two calls of the watch.
const LINES_PER_CALL: u64 = 8192;

/// Maximum `time-taken` in milliseconds: seven days. Assumed: no request takes longer, not even the
/// connection of a notification channel.
pub const TIME_TAKEN_MS_MAX: u64 = 7 * 86_400_000;

/// Maximum number of bytes of a request or a response: 1 TiB. Assumed: no client sends or receives
/// more in one request.
const BYTES_MAX: u64 = 1 << 40;

/// Maximum HTTP status.
const STATUS_MAX: u64 = 999;

/// Smallest share of equal rows with which two files are copies. Rows contain times, addresses and
/// `time-taken`, so rows of two servers are hardly ever equal. This number is an assumption.
const COPIED_MIN: f64 = 0.05;

/// Progress of reading.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Number of files that have been read.
    pub files: usize,
    /// Bytes of text that have been read, after decompression.
    pub bytes: u64,
    /// Number of readable rows.
    pub rows: u64,
}

/// Reader of log files, which adds rows to tallies.
pub struct LogReader<'a> {
    rules: &'a Rules,
    /// Key of the hashes of clients; `None` before the first row.
    key: Option<ClientKey>,
    memo: Memo,
    tallies: Tallies,
    copies: Copies,
    held_out: Option<HeldOut>,
    arrivals: Option<&'a mut Arrivals>,
}

/// Second part of a log, for tests of a calibration.
struct HeldOut {
    /// Rows that ended at this time or later, in seconds since 1970-01-01T00:00Z.
    from: i64,
    tallies: Tallies,
}

/// State of the file that is being read.
#[derive(Default)]
struct FileState {
    index: usize,
    line: u64,
    fields: Fields,
    clock: Clock,
    /// Name or address of the last server, and its index.
    server: Option<(Vec<u8>, usize)>,
    /// End and hour of the week of the last row.
    last_end: (i64, usize),
}

/// Columns of the current rows.
#[derive(Default)]
enum Fields {
    /// No `#Fields` line was read.
    #[default]
    None,
    /// The last `#Fields` line has no time or no path.
    Unusable,
    Known(Box<Header>),
}

/// Dates of the rows of a file.
#[derive(Default)]
struct Clock {
    /// Day of the `#Date` directive, and the last time of day of a row without a date.
    directive_day: Option<i64>,
    last_time: i64,
    /// Text and day of the last date.
    last_date: [u8; 10],
    last_day: Option<i64>,
}

impl<'a> LogReader<'a> {
    /// Creates a reader. With a time zone, hours are tallied in civil time too.
    pub fn new(rules: &'a Rules, zone: Option<TimeZone>) -> Self {
        LogReader::with_hold_out(rules, zone, None)
    }

    /// Creates a reader that divides the log in two parts: rows that ended at or after
    /// `hold_out_from`, in seconds since 1970-01-01T00:00Z, go to second tallies. Without this
    /// time, there is one part.
    pub fn with_hold_out(
        rules: &'a Rules,
        zone: Option<TimeZone>,
        hold_out_from: Option<i64>,
    ) -> Self {
        let parts = 1 + u32::from(hold_out_from.is_some());
        let tallies = || Tallies::new(zone.clone(), parts);
        let held_out = hold_out_from.map(|from| HeldOut { from, tallies: tallies() });
        let (key, memo, tallies) = (None, Memo::default(), tallies());
        LogReader { rules, key, memo, tallies, copies: Copies::default(), held_out, arrivals: None }
    }

    /// Also collects the arrival times of requests.
    pub fn with_arrivals(self, arrivals: &'a mut Arrivals) -> Self {
        LogReader { arrivals: Some(arrivals), ..self }
    }

    /// Reads a text and returns false if `watch` returned false, which stops reading. Errors of the
    /// source are counted.
    pub fn read(
        &mut self,
        name: &str,
        source: &mut dyn Read,
        watch: &mut dyn FnMut(Progress) -> bool,
    ) -> bool {
        let mut state = FileState { index: self.tallies.files.len(), ..FileState::default() };
        self.parts().for_each(|part| part.begin_file(name));
        let (mut lines, before) = (Lines::new(source), self.tallies.bytes);
        let (mut goes_on, mut is_unfinished) = (true, false);
        loop {
            match lines.next() {
                Ok(None) => break,
                Ok(Some(Line::Bytes(line))) => {
                    state.line += 1;
                    self.line(line, &mut state);
                }
                Ok(Some(Line::TooLong)) => {
                    state.line += 1;
                    self.unreadable(Reason::TooLong, &state);
                }
                Ok(Some(Line::Unfinished)) => is_unfinished = true,
                Err(_) => {
                    state.line += 1;
                    self.unreadable(Reason::Damaged, &state);
                    break;
                }
            }
            if std::mem::take(&mut is_unfinished) || state.line.is_multiple_of(LINES_PER_CALL) {
                self.tallies.bytes = before + lines.bytes();
                let (files, bytes) = (state.index, self.tallies.bytes);
                let rows = self.parts().map(|part| part.rows).sum();
                if !watch(Progress { files, bytes, rows }) {
                    goes_on = false;
                    break;
                }
            }
        }
        self.tallies.bytes = before + lines.bytes();
        self.tallies.lines += state.line;
        self.end_header(&state);
        self.parts().for_each(Tallies::end_file);
        goes_on
    }

    /// Iterates over the tallies of the parts.
    fn parts(&mut self) -> impl Iterator<Item = &mut Tallies> {
        let held_out = self.held_out.as_mut().map(|part| &mut part.tallies);
        std::iter::once(&mut self.tallies).chain(held_out)
    }

    /// Returns the tallies of all rows, or of the first part.
    pub fn finish(self) -> Tallies {
        self.finish_both().0
    }

    /// Returns the tallies of the first part, and those of the second part if the log is divided.
    /// Bytes, lines and unreadable lines are counted in the first part.
    pub fn finish_both(mut self) -> (Tallies, Option<Tallies>) {
        self.tallies.copied = self.copies.found(COPIED_MIN);
        self.parts().for_each(Tallies::finish);
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.finish();
        }
        (self.tallies, self.held_out.map(|part| part.tallies))
    }

    fn unreadable(&mut self, reason: Reason, state: &FileState) {
        self.tallies.unreadable.add(reason, state.index, state.line);
    }

    fn line(&mut self, line: &[u8], state: &mut FileState) {
        match line {
            [] => {}
            [b'#', directive @ ..] => self.directive(directive, state),
            [0, ..] => {
                // A crash of IIS leaves zero bytes, after which the next line is complete.
                self.unreadable(Reason::Zeros, state);
                if let Some(start) = line.iter().position(|byte| *byte != 0) {
                    self.line(&line[start..], state);
                }
            }
            _ => {
                if let Err(reason) = self.row(line, state) {
                    let has_zeros = memchr(0, line).is_some();
                    self.unreadable(if has_zeros { Reason::Zeros } else { reason }, state);
                }
            }
        }
    }

    fn directive(&mut self, text: &[u8], state: &mut FileState) {
        let rest = |name: &[u8]| {
            let start = text.get(..name.len())?;
            start.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
        };
        if let Some(fields) = rest(b"Fields:") {
            self.end_header(state);
            let header = Header::parse(fields);
            let is_usable = |header: &Header| header.has(Field::Time) && header.has(Field::Stem);
            let header = header.filter(is_usable).map(Box::new);
            state.fields = header.map_or(Fields::Unusable, Fields::Known);
        } else if let Some(stamp) = rest(b"Date:") {
            let stamp = stamp.trim_ascii();
            state.clock.directive_day = stamp.get(..10).and_then(date);
            state.clock.last_time = stamp.get(11..).and_then(time).unwrap_or(0);
            if let Fields::Known(header) = &mut state.fields {
                header.forget();
            }
        }
    }

    /// Counts the rows below a `#Fields` line.
    fn end_header(&mut self, state: &FileState) {
        let header = match &state.fields {
            Fields::Known(header) => Some(&**header),
            Fields::None | Fields::Unusable => None,
        };
        self.parts().for_each(|part| part.end_header(header));
    }

    fn row(&mut self, line: &[u8], state: &mut FileState) -> Result<(), Reason> {
        let header = match &mut state.fields {
            Fields::Known(header) => header,
            Fields::Unusable => return Err(Reason::UnusableFields),
            Fields::None => return Err(Reason::BeforeFields),
        };
        if !header.split(line, &self.memo) {
            return Err(Reason::Columns);
        }
        let values = header.values(line);
        let beginning = header.last();
        if beginning != Beginning::SameTime {
            match state.clock.end(&values) {
                Ok(end) => state.last_end = (end, hour_of_week(end)),
                Err(reason) => {
                    header.forget();
                    return Err(reason);
                }
            }
        }
        let key = *self.key.get_or_insert_with(|| ClientKey::of_row(line));
        let (end, hour_of_week) = state.last_end;
        let (file, line_number) = (state.index, state.line);
        let mut refused = Refused::default();
        let mut number = |field, max| values.number(field, max, &mut refused);
        let bytes_in = number(Field::BytesIn, BYTES_MAX);
        let bytes_out = number(Field::BytesOut, BYTES_MAX);
        let time_taken_ms = number(Field::TimeTaken, TIME_TAKEN_MS_MAX);
        let status = number(Field::Status, STATUS_MAX);
        let (class, is_port) = match header.known() {
            Some(place) => {
                let text = self.memo.text(place);
                (usize::from(text.class), text.is_port)
            }
            None => self.classify(header, line),
        };
        refused.invalid += u32::from(!is_port);
        self.refuse(refused, (file, line_number));
        if self.copies.wants(end) {
            self.copies.add(end, key.hash(line.trim_ascii_end(), b""), file);
        }
        if class == Class::Unclassified.index() {
            let bytes = bytes_in.unwrap_or(0).saturating_add(bytes_out.unwrap_or(0));
            self.add_pattern(&values, end, bytes);
        }
        let server = match &state.server {
            Some((_, index)) if beginning != Beginning::New => *index,
            _ => self.server(key, &values, &mut state.server, file),
        };
        let row = Row {
            class,
            end,
            hour_of_week,
            position: (file as u64, line_number),
            server,
            client: client(key, &values),
            bytes_in,
            bytes_out,
            time_taken_ms,
            status: status.and_then(|status| u16::try_from(status).ok()),
        };
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.add(&row, &self.tallies.files[state.index].name);
        }
        self.add(&row);
        if beginning != Beginning::SameTime {
            header.remember(line);
        }
        Ok(())
    }

    /// Counts the values of a row that are not used.
    #[inline]
    fn refuse(&mut self, refused: Refused, (file, line): (usize, u64)) {
        for _ in 0..refused.invalid {
            self.tallies.unreadable.add(Reason::Number, file, line);
        }
        for _ in 0..refused.too_large {
            self.tallies.unreadable.add(Reason::TooLarge, file, line);
        }
    }

    /// Counts a row in its part of the log.
    #[inline]
    fn add(&mut self, row: &Row) {
        match &mut self.held_out {
            Some(held_out) if row.end >= held_out.from => {
                held_out.tallies.add(row);
                self.tallies.add_crossing(row, held_out.from);
            }
            Some(held_out) => {
                self.tallies.add(row);
                held_out.tallies.coverage.add_other_part(row.end, row.server);
            }
            None => self.tallies.add(row),
        }
    }

    /// Returns the tallies for rows that ended at `end`.
    fn part(&mut self, end: i64) -> &mut Tallies {
        match &mut self.held_out {
            Some(held_out) if end >= held_out.from => &mut held_out.tallies,
            _ => &mut self.tallies,
        }
    }

    /// Returns the index of the class of the row that was split last, and whether its port is a
    /// number or not logged. Remembers the request.
    fn classify(&mut self, header: &Header, line: &[u8]) -> (usize, bool) {
        let values = header.values(line);
        let known = self.memo.classify(
            self.rules,
            Request {
                method: values.get(Field::Method),
                path: values.get(Field::Stem),
                query: values.get(Field::Query),
                port: values.get(Field::Port),
            },
        );
        if let Some((text, starts)) = header.request(line) {
            self.memo.add(text, starts, known);
        }
        (known.class.index(), known.is_port)
    }

    /// Counts the path of a row that no rule matches.
    fn add_pattern(&mut self, values: &Values<'_>, end: i64, bytes: u64) {
        let user = values.get(Field::User);
        let mut parts = user.split(|byte| matches!(byte, b'\\' | b'@'));
        let mut part = || parts.next().unwrap_or_default();
        let names = [part(), part(), values.get(Field::Client), values.get(Field::Computer)];
        let (method, path) = (values.get(Field::Method), values.get(Field::Stem));
        self.part(end).patterns.add(method, path, &names, bytes);
    }

    /// Returns the index of the server: by its name, by its address, or one per file.
    fn server(
        &mut self,
        key: ClientKey,
        values: &Values<'_>,
        last: &mut Option<(Vec<u8>, usize)>,
        file: usize,
    ) -> usize {
        let named = match values.get(Field::Computer) {
            [] => values.get(Field::ServerIp),
            name => name,
        };
        if let Some((_, index)) = last.as_ref().filter(|(last, _)| last == named) {
            return *index;
        }
        let hash = match named {
            [] => key.hash(&file.to_le_bytes(), b"file"),
            _ => key.hash(named, b""),
        };
        // The indices are the same in both parts.
        let index = self.parts().fold(0, |_, part| part.server(hash));
        *last = Some((named.to_vec(), index));
        index
    }
}

/// Returns the hashes of the client and of its address.
fn client(key: ClientKey, values: &Values<'_>) -> Option<(u64, u64)> {
    let (address, user) = (values.get(Field::Client), values.get(Field::User));
    if address.is_empty() {
        return None;
    }
    let hash = key.hash(address, b"");
    let client = if user.is_empty() { hash } else { key.hash(address, user) };
    Some((client, hash))
}

impl Clock {
    /// Returns the end of a request in seconds since 1970-01-01T00:00Z.
    fn end(&mut self, values: &Values<'_>) -> Result<i64, Reason> {
        let end = self.any_end(values)?;
        if is_plausible(end.div_euclid(DAY)) { Ok(end) } else { Err(Reason::Year) }
    }

    /// Returns the end of a request in any year.
    fn any_end(&mut self, values: &Values<'_>) -> Result<i64, Reason> {
        let seconds = time(values.get(Field::Time)).ok_or(Reason::Time)?;
        let text = values.get(Field::Date);
        if text.is_empty() {
            let day = self.directive_day.ok_or(Reason::Date)?;
            // A much earlier time of day belongs to the next day.
            if seconds < self.last_time - DAY / 2 {
                self.directive_day = Some(day + 1);
            }
            self.last_time = seconds;
            return Ok(self.directive_day.unwrap_or(day) * DAY + seconds);
        }
        if text != self.last_date || self.last_day.is_none() {
            self.last_day = date(text);
            self.last_date = text.try_into().map_err(|_| Reason::Date)?;
        }
        Ok(self.last_day.ok_or(Reason::Date)? * DAY + seconds)
    }
}

/// Reads all inputs. A file that cannot be opened is listed in the tallies. Returns false if
/// `watch` returned false, which stops reading.
pub fn read_inputs(
    reader: &mut LogReader<'_>,
    inputs: &[Input],
    stdin: &mut dyn Read,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> bool {
    let mut goes_on = true;
    let unopened = read_texts(inputs, stdin, &mut |name, text| {
        goes_on = reader.read(name, text, watch);
        goes_on
    });
    reader.tallies.unopened.extend(unopened);
    goes_on
}
