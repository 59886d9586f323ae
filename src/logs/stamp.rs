//! Times of log rows: dates and times of day in UTC, without a library call per row.

/// Seconds per day.
pub(super) const DAY: i64 = 86_400;

/// Days since 1970-01-01 that the dates of logs can have: 2007 to 2099. IIS 7, the first version
/// with these logs by default, was released in 2007; other dates are errors of a clock or a file.
const DAYS: std::ops::Range<i64> = 13_514..47_482;

/// Returns the number of days from 1970-01-01 to a civil date of the Gregorian calendar; `None` if
/// the date does not exist. Source: Hinnant, "chrono-compatible low-level date algorithms",
/// `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Parses a number of exactly `text.len()` digits.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// Parses `2026-11-30` and returns the days since 1970-01-01.
pub(super) fn date(text: &[u8]) -> Option<i64> {
    match text {
        [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] => {
            days(digits(&[*y0, *y1, *y2, *y3])?, digits(&[*m0, *m1])?, digits(&[*d0, *d1])?)
        }
        _ => None,
    }
}

/// Returns whether the log of a server can contain a day.
pub(super) fn is_plausible(day: i64) -> bool {
    DAYS.contains(&day)
}

/// Parses `18:09:37`, with an optional fraction of a second, and returns the seconds since
/// midnight.
pub(super) fn time(text: &[u8]) -> Option<i64> {
    let [h0, h1, b':', m0, m1, b':', s0, s1, rest @ ..] = text else { return None };
    let is_fraction = |rest: &[u8]| rest[0] == b'.' && rest[1..].iter().all(u8::is_ascii_digit);
    if !rest.is_empty() && !is_fraction(rest) {
        return None;
    }
    let (hour, minute, second) = (digits(&[*h0, *h1])?, digits(&[*m0, *m1])?, digits(&[*s0, *s1])?);
    // A leap second counts as the last second of its minute.
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// Parses an unsigned integer of at most 19 digits.
#[inline]
pub(super) fn integer(text: &[u8]) -> Option<u64> {
    // 19 digits fit into 64 bits.
    if !(1..=19).contains(&text.len()) {
        return None;
    }
    let mut number = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// Parses the unsigned integer of at most eight digits in `line[start..end]` without a branch per
/// digit; `None` if it is longer, is not a number, or ends before the eighth byte of the line.
/// Source: Lemire, "Quickly parsing eight digits" (2022).
#[inline]
pub(super) fn short_integer(line: &[u8], start: usize, end: usize) -> Option<u64> {
    const EVEN: u64 = 0x0000_00ff_0000_00ff;
    let word = line.get(end.wrapping_sub(8)..end)?.first_chunk::<8>()?;
    let length = end.wrapping_sub(start);
    if length.wrapping_sub(1) >= 8 {
        return None;
    }
    // Bytes before the number become leading zeros.
    let before = 64 - 8 * length as u32;
    let digits = (u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030) >> before << before;
    // The sum with 0x76 sets bit 7 of each byte of 10 or more.
    let sums = digits.wrapping_add(0x7676_7676_7676_7676);
    if (sums | digits) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let (high, low) = (pairs & EVEN, pairs >> 16 & EVEN);
    let sum = high.wrapping_mul(0x000f_4240_0000_0064);
    Some(sum.wrapping_add(low.wrapping_mul(0x0000_2710_0000_0001)) >> 32)
}

/// Formats seconds since 1970-01-01T00:00Z as `2026-11-30T18:09:37Z`; an empty text outside the
/// years 0 to 9999.
pub(super) fn utc(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|stamp| stamp.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_has_its_number() {
        let mut expected = date(b"1999-12-31").expect("a date");
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2026-11-30"), Some(20_787));
        for year in 2000..2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(number) = date(format!("{year}-{month:02}-{day:02}").as_bytes()) {
                        expected += 1;
                        assert_eq!(number, expected, "{year}-{month}-{day}");
                    }
                }
            }
        }
        assert_eq!(expected - date(b"1999-12-31").expect("a date"), 146_097);
    }

    #[test]
    fn short_integers_match_the_simple_parser() {
        let texts = (0..2_000).map(|number: u64| number.to_string());
        let texts = texts.chain((0..60).map(|bit| (1_u64 << bit).to_string()));
        let others = ["007", "12345678", "99999999", "123456789", "", "-", "1.5", "1 2", "\u{ff}1"];
        for text in texts
            .chain(others.map(str::to_owned))
            .chain((0..=255).map(|byte| format!("1{}2", char::from(byte))))
        {
            let expected = integer(text.as_bytes()).filter(|_| text.len() <= 8);
            let line = format!("9876543210{text}");
            assert_eq!(short_integer(line.as_bytes(), 10, line.len()), expected, "{text}");
        }
        assert_eq!(short_integer(b"1234567", 0, 7), None, "too near to the beginning");
        assert_eq!(short_integer(b"12", 5, 3), None);
    }

    #[test]
    fn plausible_days_are_in_the_years_2007_to_2099() {
        let day = |text: &str| date(text.as_bytes()).expect("a date");
        let found = ["2006-12-31", "2007-01-01", "2099-12-31", "2100-01-01"];
        assert_eq!(found.map(|text| is_plausible(day(text))), [false, true, true, false]);
    }

    #[test]
    fn invalid_times_are_refused() {
        assert_eq!(time(b"18:09:37"), Some(65_377));
        assert_eq!(time(b"18:09:37.125"), Some(65_377));
        assert_eq!(time(b"23:59:60"), Some(86_399));
        for wrong in ["24:00:00", "12:60:00", "12:00:61", "1:00:00", "12:00:00x", "12:00", "-"] {
            assert_eq!(time(wrong.as_bytes()), None, "{wrong}");
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-00-10", "26-01-01", "2026/01/01", ""] {
            assert_eq!(date(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(integer(b"9999999999999999999"), Some(9_999_999_999_999_999_999));
        assert_eq!(
            ["18446744073709551616", "-1", "", "1.5"].map(|one| integer(one.as_bytes())),
            [None; 4]
        );
        assert_eq!(utc(65_377), "1970-01-01T18:09:37Z");
    }
}
