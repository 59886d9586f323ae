//! Rows and headers of the W3C extended log format as IIS 10 writes them: UTC, one file per UTC
//! day, lines that end with CR and LF, and spaces between fields.

use std::fmt::Write;
use std::net::Ipv4Addr;

use super::requests::HttpRequest;

/// Number of seconds of a day in UTC; POSIX time has no leap seconds.
const DAY_S: i64 = 86_400;

/// Fields of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldSet {
    /// The fields that IIS 10 logs by default, which do not include bytes.
    Default,
    /// The default fields, and the bytes sent and received (`sc-bytes`, `cs-bytes`).
    #[default]
    WithBytes,
}

impl FieldSet {
    /// Returns the names of the fields, as in the `#Fields` line.
    pub const fn names(self) -> &'static str {
        match self {
            FieldSet::Default => {
                "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
                 cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
            }
            FieldSet::WithBytes => {
                "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
                 cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes \
                 cs-bytes time-taken"
            }
        }
    }
}

/// One request in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Time at which the response left the server, in whole seconds since 1970-01-01T00:00 UTC.
    pub unix_s: i64,
    /// Address of the server.
    pub server: Ipv4Addr,
    /// Method, path, query and user agent.
    pub request: HttpRequest,
    /// TCP port of the server.
    pub port: u16,
    /// Address of the client or of the connection point.
    pub client: Ipv4Addr,
    /// HTTP status.
    pub status: u16,
    /// Windows error code of sending the response; 0 without an error.
    pub win32_status: u32,
    /// Bytes of the response.
    pub sent_bytes: u64,
    /// Bytes of the request.
    pub received_bytes: u64,
    /// Time from the arrival of the request to its response, in whole milliseconds.
    pub time_taken_ms: u64,
}

impl Row {
    /// Returns the number of the UTC day, from 1970-01-01.
    pub const fn day(&self) -> i64 {
        self.unix_s.div_euclid(DAY_S)
    }

    /// Appends the row to a text.
    pub fn write(&self, fields: FieldSet, day: &Day, text: &mut String) {
        let HttpRequest { method, stem, query, user_agent } = self.request;
        let Row { server, port, client, status, win32_status, time_taken_ms, .. } = self;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{} {} {server} {method} {stem} {query} {port} - {client} {user_agent} - {status} 0 \
             {win32_status} ",
            day.date,
            clock(self.unix_s),
        );
        if fields == FieldSet::WithBytes {
            let _ = write!(text, "{} {} ", self.sent_bytes, self.received_bytes);
        }
        let _ = write!(text, "{time_taken_ms}\r\n");
    }
}

/// Returns the time of day: `08:15:00`.
fn clock(unix_s: i64) -> impl std::fmt::Display {
    let second = unix_s.rem_euclid(DAY_S);
    std::fmt::from_fn(move |formatter| {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(formatter, "{hour:02}:{minute:02}:{:02}", second % 60)
    })
}

/// A UTC day, with its texts in logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Number of the day, from 1970-01-01.
    pub number: i64,
    /// Date in rows: `2026-11-23`.
    date: String,
    /// Name of the log file: `u_ex261123.log`.
    pub file_name: String,
}

impl Day {
    /// Returns a day by its number. Days outside the calendar of `jiff` (years -9999 to 9999) have
    /// the date of its first day; a scenario cannot contain such days.
    pub fn of_number(number: i64) -> Day {
        let date = jiff::Timestamp::from_second(number.saturating_mul(DAY_S)).unwrap_or_default();
        let date = jiff::tz::Offset::UTC.to_datetime(date).date();
        let file_name = date.strftime("u_ex%y%m%d.log").to_string();
        Day { number, date: date.strftime("%Y-%m-%d").to_string(), file_name }
    }

    /// Appends the header of a file whose first row has this time.
    pub fn write_header(&self, fields: FieldSet, first_s: i64, text: &mut String) {
        let _ = write!(
            text,
            "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n\
             #Date: {} {}\r\n#Fields: {}\r\n",
            self.date,
            clock(first_s),
            fields.names(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::RequestKind;

    /// 2026-03-17T08:01:15 UTC.
    const AT: i64 = 1_773_734_475;

    fn row() -> Row {
        Row {
            unix_s: AT,
            server: Ipv4Addr::new(192, 168, 2, 12),
            request: HttpRequest::of_kind(RequestKind::StateMessage),
            port: 443,
            client: Ipv4Addr::new(192, 168, 2, 62),
            status: 200,
            win32_status: 0,
            sent_bytes: 542,
            received_bytes: 1800,
            time_taken_ms: 31,
        }
    }

    /// The published sample of a state message (SupportArticles-docs, 2023-12-05) has these values:
    /// `192.168.2.12 CCM_POST /ccm_system/request - 443 - 192.168.2.62 ccmhttp - 200 0 0 542 31`.
    #[test]
    fn a_row_looks_like_the_published_sample() {
        let day = Day::of_number(row().day());
        let mut text = String::new();
        row().write(FieldSet::WithBytes, &day, &mut text);
        row().write(FieldSet::Default, &day, &mut text);
        let start = "2026-03-17 08:01:15 192.168.2.12 CCM_POST /ccm_system/request - 443 - \
            192.168.2.62 ccmhttp - 200 0 0 ";
        assert_eq!(text, format!("{start}542 1800 31\r\n{start}31\r\n"));
        for (line, fields) in text.lines().zip([FieldSet::WithBytes, FieldSet::Default]) {
            assert_eq!(line.split(' ').count(), fields.names().split(' ').count());
        }
    }

    #[test]
    fn a_header_has_the_four_lines_of_iis() {
        let day = Day::of_number(row().day());
        assert_eq!(day.file_name, "u_ex260317.log");
        let mut text = String::new();
        day.write_header(FieldSet::Default, AT, &mut text);
        assert_eq!(
            text,
            "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n\
             #Date: 2026-03-17 08:01:15\r\n#Fields: date time s-ip cs-method cs-uri-stem \
             cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status \
             sc-substatus sc-win32-status time-taken\r\n"
        );
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let midnight = 1_773_792_000;
        let of = |unix_s| Row { unix_s, ..row() }.day();
        assert_eq!(of(midnight) - of(midnight - 1), 1);
        assert_eq!(Day::of_number(of(midnight)).file_name, "u_ex260318.log");
        assert_eq!(clock(midnight - 1).to_string(), "23:59:59");
        assert_eq!(clock(-1).to_string(), "23:59:59");
    }
}
