//! Parses values with units: durations, amounts of data, data rates, rates, shares and times.
//!
//! An error states what is expected, with an example.

use jiff::civil;

use crate::base::{BitsPerSecond, Bytes, PerSecond, Share, SimDuration};

const DURATIONS: [(&str, f64); 24] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("sec", 1e9),
    ("second", 1e9),
    ("seconds", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("minute", 60e9),
    ("minutes", 60e9),
    ("h", 3600e9),
    ("hr", 3600e9),
    ("hour", 3600e9),
    ("hours", 3600e9),
    ("d", 86_400e9),
    ("day", 86_400e9),
    ("days", 86_400e9),
    ("w", 604_800e9),
    ("week", 604_800e9),
    ("weeks", 604_800e9),
    ("millisecond", 1e6),
    ("milliseconds", 1e6),
];

const BYTES: [(&str, f64); 11] = [
    ("B", 1.0),
    ("byte", 1.0),
    ("bytes", 1.0),
    ("KB", 1e3),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

const BANDWIDTHS: [(&str, f64); 8] = [
    ("bit/s", 1.0),
    ("kbit/s", 1e3),
    ("Mbit/s", 1e6),
    ("Gbit/s", 1e9),
    ("bps", 1.0),
    ("kbps", 1e3),
    ("Mbps", 1e6),
    ("Gbps", 1e9),
];

/// Splits a text into its leading number and the rest; `None` if it does not start with a number.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | '_')))
        .map_or(text.len(), |(at, _)| at);
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    Some((number, text[end..].trim_start()))
}

/// Parses `"60min"`, `"1h30min"`, `"2.5 ms"`, `"7d"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn duration(text: &str) -> Result<SimDuration, String> {
    let expected = "expected a duration such as \"60min\", \"1h30min\", \"35ms\" or \"7d\"";
    if text.trim_start().starts_with('-') {
        return Err("a duration must not be negative".to_owned());
    }
    let (mut rest, mut nanos) = (text.trim(), 0.0_f64);
    if rest.is_empty() {
        return Err(expected.to_owned());
    }
    while !rest.is_empty() {
        let Some((number, after)) = split_number(rest) else { return Err(expected.to_owned()) };
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        if unit.is_empty() {
            return Err(format!("the unit is missing: {expected}"));
        }
        let Some((_, size)) = DURATIONS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is not a unit of time: {expected}"));
        };
        nanos += number * size;
        rest = next.trim_start();
    }
    if nanos > 0.0 && nanos < 0.5 {
        return Err("too short: the minimum is 1 ns".to_owned());
    }
    if nanos >= u64::MAX as f64 {
        return Err("too long: the maximum is 584 years".to_owned());
    }
    Ok(SimDuration::from_nanos((nanos + 0.5) as u64))
}

fn with_unit(text: &str, units: &[(&str, f64)], what: &str, examples: &str) -> Result<f64, String> {
    let expected = format!("expected {what} such as {examples}");
    if text.trim_start().starts_with('-') {
        return Err(format!("{what} must not be negative"));
    }
    let Some((number, unit)) = split_number(text) else { return Err(expected) };
    if unit.is_empty() {
        return Err(format!("the unit is missing: {expected}"));
    }
    match units.iter().find(|(name, _)| *name == unit) {
        Some((_, size)) => Ok(number * size),
        None => Err(format!("`{unit}` is not a unit for {what}: {expected}")),
    }
}

/// Parses `"2 MB"` (10^6), `"2 MiB"` (2^20), `"4.5 KB"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn bytes(text: &str) -> Result<Bytes, String> {
    let bytes = with_unit(text, &BYTES, "an amount of data", "\"2 MB\", \"4.5 KB\" or \"1 MiB\"")?;
    if bytes > 1e15 {
        return Err("too large: the maximum is 1,000 TB".to_owned());
    }
    Ok(Bytes::new((bytes + 0.5) as u64))
}

/// Parses `"500 Mbit/s"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn bandwidth(text: &str) -> Result<BitsPerSecond, String> {
    let bits = with_unit(text, &BANDWIDTHS, "a data rate", "\"500 Mbit/s\" or \"2 Gbit/s\"")?;
    BitsPerSecond::new(bits).ok_or_else(|| "a data rate must be above zero".to_owned())
}

/// Parses `"30/min"`, `"0.5/s"`, `"6/day"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn rate(text: &str) -> Result<PerSecond, String> {
    let expected = "expected a rate such as \"30/min\", \"0.5/s\" or \"6/day\"";
    let Some((number, per)) = text.split_once('/') else { return Err(expected.to_owned()) };
    if number.trim_start().starts_with('-') {
        return Err("a rate must not be negative".to_owned());
    }
    let Some((number, "")) = split_number(number) else { return Err(expected.to_owned()) };
    let Some((_, size)) = DURATIONS.iter().find(|(name, _)| *name == per.trim()) else {
        return Err(format!("`{}` is not a unit of time: {expected}", per.trim()));
    };
    PerSecond::new(number * 1e9 / size).ok_or_else(|| expected.to_owned())
}

/// Parses `"80%"`, `"0.5 %"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn share(text: &str) -> Result<Share, String> {
    let expected = "expected a share such as \"80%\"";
    let Some((number, "%")) = split_number(text) else { return Err(expected.to_owned()) };
    Share::new(number / 100.0).ok_or_else(|| "a share must be between 0% and 100%".to_owned())
}

/// Parses `"08:30"` as the time since midnight.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn time_of_day(text: &str) -> Result<SimDuration, String> {
    let expected = || "expected a time of day such as \"08:30\"".to_owned();
    let is_plain = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let parsed: Result<civil::Time, _> = text.trim().parse();
    let time = parsed.ok().filter(|_| is_plain).ok_or_else(expected)?;
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
    Ok(SimDuration::from_seconds(seconds as u64 + time.second() as u64))
}

/// Parses `"2026-11-23T08:00"`.
///
/// # Errors
/// Returns a sentence that states what is expected.
pub fn civil_time(text: &str) -> Result<civil::DateTime, String> {
    let text = text.trim();
    // Refuse an offset or a zone, because `time_zone` applies.
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let is_plain =
        |part: &str, mark: u8| part.bytes().all(|byte| byte.is_ascii_digit() || byte == mark);
    let parsed: Option<civil::DateTime> = text.parse().ok();
    parsed.filter(|_| is_plain(date, b'-') && is_plain(time, b':')).ok_or_else(|| {
        "expected a local date and time such as \"2026-11-23T08:00\", without offset or zone"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_with_their_units() {
        let nanos = |text| duration(text).map(SimDuration::as_nanos);
        assert_eq!(nanos("60min"), Ok(3_600_000_000_000));
        assert_eq!(nanos("1h30min"), nanos("90 minutes"));
        assert_eq!(nanos("0.25s"), Ok(250_000_000));
        assert_eq!(nanos("7d"), nanos("1w"));
        assert_eq!(nanos("0s"), Ok(0));
        for wrong in ["", "60", "-5s", "60 Mbit/s", "5 parsecs", "NaN", "inf", "1e308s", "s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(duration("99999999999d").is_err());
    }

    #[test]
    fn quantities_are_parsed_with_their_units() {
        assert_eq!(bytes("2 MB"), Ok(Bytes::new(2_000_000)));
        assert_eq!(bytes("2 MiB"), Ok(Bytes::new(2_097_152)));
        assert_eq!(bandwidth("500 Mbit/s").map(BitsPerSecond::get), Ok(5e8));
        assert_eq!(rate("30/min").map(PerSecond::get), Ok(0.5));
        assert_eq!(share("2 %").map(Share::get), Ok(0.02));
        assert_eq!(time_of_day("08:30"), Ok(SimDuration::from_seconds(30_600)));
        assert!(bytes("2 Mbit/s").is_err() && bandwidth("0 Mbit/s").is_err());
        assert!(rate("5").is_err() && share("0.8").is_err() && share("120%").is_err());
        assert!(civil_time("2026-11-23T08:00").is_ok() && civil_time("2026-11-23").is_ok());
        for wrong in ["2026-11-23T08:00+09:00", "2026-11-23T08:00Z", "2026-11-23T08:00[UTC]"] {
            assert!(civil_time(wrong).is_err(), "{wrong}");
        }
        assert!(time_of_day("2026-01-01T08:30").is_err() && time_of_day("08:30:15.5").is_err());
        assert!(duration("0.4ns").is_err());
    }
}
