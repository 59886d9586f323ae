//! Parses time zones: IANA names, Windows names and offsets from UTC.

use jiff::tz::{Offset, TimeZone};

use super::diagnose::nearest;
use super::units;

/// Windows time zone names with their IANA names; the file states its source.
const WINDOWS: &str = include_str!("windows_zones.tsv");

/// Parses a time zone: an IANA name (`Europe/Berlin`), a Windows one (`W. Europe Standard Time`),
/// `UTC`, or an offset (`+01:00`).
///
/// # Errors
/// Returns a sentence that states what is expected or suggests a similar name.
pub fn zone(text: &str) -> Result<TimeZone, String> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix(['+', '-']) {
        return offset(rest, text.starts_with('-')).ok_or_else(|| expected(text));
    }
    let iana =
        windows().find(|(name, _)| name.eq_ignore_ascii_case(text)).map_or(text, |row| row.1);
    TimeZone::get(iana).map_err(|_| expected(text))
}

fn offset(text: &str, is_negative: bool) -> Option<TimeZone> {
    let time = units::time_of_day(text).ok()?;
    let seconds = (time.as_nanos() / 1_000_000_000) as i32;
    Offset::from_seconds(if is_negative { -seconds } else { seconds }).ok().map(TimeZone::fixed)
}

fn windows() -> impl Iterator<Item = (&'static str, &'static str)> {
    WINDOWS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// Returns the message for an invalid time zone: a suggestion (the IANA name of the city, or the
/// most similar name), or else the expected formats.
fn expected(text: &str) -> String {
    let iana: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let city = iana.iter().map(String::as_str).find(|name| {
        name.rsplit_once('/').is_some_and(|(_, city)| city.eq_ignore_ascii_case(text))
    });
    let names = iana.iter().map(String::as_str).chain(windows().map(|(name, _)| name));
    match city.or_else(|| nearest(text, names)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "expected a time zone such as \"Europe/Berlin\", \"W. Europe Standard Time\", \
                 \"UTC\" or \"+01:00\""
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(name: &str, at: &str) -> f64 {
        let instant = at.parse::<jiff::Timestamp>().expect("an instant");
        f64::from(zone(name).expect(name).to_offset(instant).seconds()) / 3600.0
    }

    #[test]
    fn iana_names_windows_names_and_offsets_are_time_zones() {
        let (winter, summer) = ("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z");
        for (name, in_winter, in_summer) in [
            ("Europe/Berlin", 1.0, 2.0),
            ("W. Europe Standard Time", 1.0, 2.0),
            ("w. europe standard time", 1.0, 2.0),
            ("Pacific Standard Time", -8.0, -7.0),
            ("India Standard Time", 5.5, 5.5),
            ("AUS Eastern Standard Time", 11.0, 10.0),
            ("UTC-02", -2.0, -2.0),
            ("UTC", 0.0, 0.0),
            ("+01:00", 1.0, 1.0),
            ("-03:30", -3.5, -3.5),
        ] {
            assert_eq!(hours(name, winter), in_winter, "{name}");
            assert_eq!(hours(name, summer), in_summer, "{name}");
        }
    }

    #[test]
    fn every_windows_name_maps_to_a_zone_of_the_database() {
        assert!(windows().count() > 130);
        for (name, iana) in windows() {
            assert!(zone(name).is_ok(), "{name} is {iana}");
            let is_new = TimeZone::get(name).is_err() || name == "UTC";
            assert!(is_new, "the database has a different zone named {name}");
        }
    }

    #[test]
    fn a_misspelt_name_suggests_the_nearest() {
        for (wrong, near) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("W Europe Standard Time", "W. Europe Standard Time"),
            ("Berlin", "Europe/Berlin"),
            ("tokyo", "Asia/Tokyo"),
        ] {
            assert_eq!(zone(wrong), Err(format!("did you mean \"{near}\"?")));
        }
        for wrong in ["Mars/Olympus Mons Basin", "+25:00", "+1", ""] {
            assert!(zone(wrong).is_err_and(|label| !label.is_empty()), "{wrong}");
        }
    }
}
