//! Reads lists of weekly windows, for example `[{ days = "mon-fri", from = "08:00", to = "18:00",
//! limit = "10 Mbit/s" }]`, and converts them to the changes of a value during the run.

use crate::base::{BitsPerSecond, SimDuration, SimTime, UtcOffsets};
use crate::catalogue::Catalogue;

use super::diagnose::{code, listed, nearest};
use super::read::{Found, Reader};
use super::tree::{Entry, Node, Value};

/// Keys of every window.
pub const KEYS: [&str; 3] = ["days", "from", "to"];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000_000;

/// The most changes of a value during a run. More changes would slow downlink the simulation.
const CHANGES_MAX: usize = 100_000;

/// A window that recurs every week.
#[derive(Clone, Debug)]
pub struct Window {
    /// Days of the week on which the window starts, from Monday.
    days: [bool; 7],
    /// Start, local time of day.
    from: SimDuration,
    /// End, local time of day; if it is not after the start, the window ends on the next day.
    to: SimDuration,
    /// Values that apply during the window.
    pub values: WindowValues,
}

/// Values of a window; `None` if the window does not set the value.
#[derive(Clone, Copy, Debug, Default)]
pub struct WindowValues {
    /// `limit`: bandwidth; the inner `None` means "unlimited".
    pub limit: Option<Option<BitsPerSecond>>,
    /// `downlink`: bandwidth to the users of a line; the inner `None` means "unlimited".
    pub downlink: Option<Option<BitsPerSecond>>,
    /// `uplink`: bandwidth from the users of a line; the inner `None` means "unlimited".
    pub uplink: Option<Option<BitsPerSecond>>,
    /// `background`: share of a bandwidth for content downloads.
    pub background: Option<f64>,
    /// `share`: share of the time at full speed.
    pub share: Option<f64>,
}

/// Reads a list of windows; an omitted list is empty.
pub fn windows(reader: &mut Reader<'_>, path: &[&str]) -> Option<Vec<Window>> {
    let Some(found) = reader.find(path) else { return Some(Vec::new()) };
    let Value::Array(items) = &found.node.value else {
        let message = format!("`{}` is {}, not a list of windows", found.path, found.node.kind());
        reader.complain(code::WRONG_KIND, &found, message, example(&found));
        return None;
    };
    let windows: Vec<Option<Window>> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let path = format!("{}[{index}]", found.path);
            window(reader, &Found { node: item.clone(), path, ..found.clone() })
        })
        .collect();
    windows.into_iter().collect()
}

fn example(found: &Found) -> String {
    let value = match found.parameter.choices.first().map(String::as_str) {
        Some(key @ ("background" | "share")) => format!(", {key} = \"30%\""),
        Some(key) => format!(", {key} = \"10 Mbit/s\""),
        None => String::new(),
    };
    format!("expected [{{ days = \"mon-fri\", from = \"08:00\", to = \"18:00\"{value} }}]")
}

fn window(reader: &mut Reader<'_>, found: &Found) -> Option<Window> {
    let Value::Table(entries) = &found.node.value else {
        let message = format!("`{}` is {}, not a window", found.path, found.node.kind());
        reader.complain(code::WRONG_KIND, found, message, example(found));
        return None;
    };
    let allowed: Vec<&str> =
        KEYS.into_iter().chain(found.parameter.choices.iter().map(String::as_str)).collect();
    let is_known = |entry: &&Entry| allowed.contains(&entry.key.as_str());
    if let Some(entry) = entries.iter().find(|entry| !is_known(entry)) {
        let label = match nearest(&entry.key, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("allowed keys: {}", listed(allowed.iter().copied())),
        };
        let node = Node { origin: entry.origin.clone(), ..entry.node.clone() };
        let message = format!("a window has no key `{}`", entry.key);
        reader.complain(code::UNKNOWN_KEY, &Found { node, ..found.clone() }, message, label);
        return None;
    }
    let days = match part(found, "days") {
        Some(part) => days(reader, &part),
        None => Some([true; 7]),
    };
    let mut time = |key| match part(found, key) {
        Some(part) => reader.time_of_day(&part),
        None => {
            let message = format!("`{}` has no `{key}`", found.path);
            reader.complain(code::MISSING, found, message, example(found));
            None
        }
    };
    let (from, to) = (time("from"), time("to"));
    let values = values(reader, found);
    Some(Window { days: days?, from: from?, to: to?, values: values? })
}

/// Returns a value of a window with its own catalogue row.
fn part(found: &Found, key: &str) -> Option<Found> {
    let parameter = Catalogue::builtin().exactly(&format!("window.{key}"))?;
    let node = found.node.get(key)?.clone();
    Some(Found { node, parameter, path: format!("{}.{key}", found.path) })
}

fn values(reader: &mut Reader<'_>, found: &Found) -> Option<WindowValues> {
    let mut bandwidth = |key| match part(found, key) {
        Some(part) => reader.bandwidth(&part).map(Some),
        None => Some(None),
    };
    let limit = bandwidth("limit");
    let (downlink, uplink) = (bandwidth("downlink"), bandwidth("uplink"));
    let mut share = |key| match part(found, key) {
        Some(part) => reader.share(&part).map(|share| Some(share.get())),
        None => Some(None),
    };
    let (background, share) = (share("background"), share("share"));
    let values = WindowValues {
        limit: limit?,
        downlink: downlink?,
        uplink: uplink?,
        background: background?,
        share: share?,
    };
    let choices = &found.parameter.choices;
    let is_set = choices.is_empty() || choices.iter().any(|key| found.node.get(key).is_some());
    if !is_set {
        let message = format!("`{}` changes no value", found.path);
        let label = format!("set at least one of: {}", listed(choices.iter().map(String::as_str)));
        reader.complain(code::INCONSISTENT, found, message, label);
        return None;
    }
    Some(values)
}

/// Reads days such as `mon-fri` or `sat,sun`.
fn days(reader: &mut Reader<'_>, found: &Found) -> Option<[bool; 7]> {
    let text = reader.text(found)?;
    let parsed = parse_days(&text);
    if parsed.is_none() {
        let message = format!("invalid value \"{text}\" for `{}`", found.path);
        let label = "expected days such as \"mon-fri\" or \"sat,sun\"";
        reader.complain(code::BAD_CHOICE, found, message, label);
    }
    parsed
}

fn parse_days(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        DAYS.iter().position(|day| *day == name)
    };
    let mut days = [false; 7];
    for item in text.split(',') {
        let (first, last) = match item.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(item)?, day(item)?),
        };
        // A range may include the end of the week, for example fri-mon.
        let count = (last + 7 - first) % 7 + 1;
        for offset in 0..count {
            days[(first + offset) % 7] = true;
        }
    }
    Some(days)
}

/// The simulated period in local time.
#[derive(Clone, Copy, Debug)]
pub struct Period<'a> {
    /// Time zero in seconds since 1 January 1970 UTC.
    pub start_unix_s: i64,
    /// End of the simulation.
    pub end: SimTime,
    /// Local time minus UTC.
    pub offsets: &'a UtcOffsets,
}

/// Returns the value from time zero on, with every change. `value` computes it from the windows
/// that apply, in the order of the list. Returns `None` if the value changes too often.
pub fn changes<T: PartialEq>(
    windows: &[Window],
    period: Period<'_>,
    value: impl Fn(&[&Window]) -> T,
) -> Option<Vec<(SimTime, T)>> {
    let spans: Vec<Vec<(i64, i64)>> = windows.iter().map(|one| spans(one, period)).collect();
    let end = i64::try_from(period.end.as_nanos()).unwrap_or(i64::MAX);
    let edges = spans.iter().flatten().flat_map(|(from, to)| [*from, *to]);
    let mut times: Vec<i64> = edges.filter(|at| (1..end).contains(at)).chain([0]).collect();
    times.sort_unstable();
    times.dedup();
    if times.len() > CHANGES_MAX {
        return None;
    }
    let mut changes: Vec<(SimTime, T)> = Vec::new();
    // Spans of a window are in order, so each is passed once.
    let mut next = vec![0; windows.len()];
    for at in times {
        let mut applying = Vec::new();
        for ((window, spans), next) in windows.iter().zip(&spans).zip(&mut next) {
            while spans.get(*next).is_some_and(|(_, to)| *to <= at) {
                *next += 1;
            }
            if spans.get(*next).is_some_and(|(from, _)| *from <= at) {
                applying.push(window);
            }
        }
        let new = value(&applying);
        if changes.last().is_none_or(|(_, last)| *last != new) {
            changes.push((SimTime::from_nanos(at as u64), new));
        }
    }
    Some(changes)
}

/// Returns when a window starts and ends, in nanoseconds after time zero, from before the start of
/// the simulation to its end.
fn spans(window: &Window, period: Period<'_>) -> Vec<(i64, i64)> {
    let end = i64::try_from(period.end.as_nanos()).unwrap_or(i64::MAX);
    let day_of = |instant: i64| {
        (period.start_unix_s + period.offsets.local(instant).div_euclid(SECOND)).div_euclid(DAY)
    };
    let seconds = |time: SimDuration| (time.as_nanos() / SECOND as u64) as i64;
    let (from, to) = (seconds(window.from), seconds(window.to));
    let length = if to > from { to - from } else { to + DAY - from };
    let instant = |local_unix_s: i64| {
        period.offsets.instant((local_unix_s - period.start_unix_s).saturating_mul(SECOND))
    };
    (day_of(0) - 2..=day_of(end))
        // 1 January 1970 was a Thursday.
        .filter(|day| window.days[(day + 3).rem_euclid(7) as usize])
        .map(|day| (instant(day * DAY + from), instant(day * DAY + from + length)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OffsetChange;

    const HOUR: i64 = 3600 * SECOND;

    fn window(days: &str, from: u64, to: u64, background: f64) -> Window {
        Window {
            days: parse_days(days).expect("valid days"),
            from: SimDuration::from_seconds(from * 3600),
            to: SimDuration::from_seconds(to * 3600),
            values: WindowValues { background: Some(background), ..WindowValues::default() },
        }
    }

    fn hours(windows: &[Window], offsets: &UtcOffsets, days: u64) -> Vec<(i64, f64)> {
        let end = SimTime::ZERO + SimDuration::from_seconds(days * 86_400);
        // Monday, 23 November 2026, 00:00 UTC.
        let period = Period { start_unix_s: 1_795_392_000, end, offsets };
        let value = |windows: &[&Window]| {
            windows.iter().filter_map(|one| one.values.background).fold(1.0, |_, last| last)
        };
        let changes = changes(windows, period, value).expect("few changes");
        changes.into_iter().map(|(at, value)| (at.as_nanos() as i64 / HOUR, value)).collect()
    }

    #[test]
    fn days_are_lists_and_ranges_that_may_include_the_end_of_the_week() {
        let listed = |text: &str| {
            let days = parse_days(text)?;
            Some(DAYS.iter().zip(days).filter(|one| one.1).map(|one| *one.0).collect::<Vec<_>>())
        };
        assert_eq!(listed("mon-fri"), Some(vec!["mon", "tue", "wed", "thu", "fri"]));
        assert_eq!(listed("Sat, sun"), Some(vec!["sat", "sun"]));
        assert_eq!(listed("sat-mon"), Some(vec!["mon", "sat", "sun"]));
        assert_eq!(listed("mon-sun").map(|days| days.len()), Some(7));
        assert_eq!(listed("fri-someday"), None);
        assert_eq!(listed(""), None);
    }

    #[test]
    fn values_change_at_the_edges_of_windows_and_the_last_window_of_the_list_applies() {
        let utc = UtcOffsets::constant(0);
        let day = window("mon-fri", 8, 18, 0.3);
        let noon = window("mon", 12, 13, 0.9);
        let found = hours(&[day.clone(), noon], &utc, 2);
        let expected = [(0, 1.0), (8, 0.3), (12, 0.9), (13, 0.3), (18, 1.0), (32, 0.3), (42, 1.0)];
        assert_eq!(found, expected);
        // In UTC+2, 08:00 is 06:00 UTC. The simulation starts on Monday at 02:00 local time.
        assert_eq!(hours(&[day], &UtcOffsets::constant(7200), 1), [(0, 1.0), (6, 0.3), (16, 1.0)]);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_starts() {
        let utc = UtcOffsets::constant(0);
        // Sunday 22:00 to Monday 06:00 has started before the simulation.
        let nights = window("sun,mon", 22, 6, 0.8);
        assert_eq!(hours(&[nights], &utc, 3), [(0, 0.8), (6, 1.0), (22, 0.8), (30, 1.0)]);
        // Equal times are a whole day.
        assert_eq!(hours(&[window("tue", 0, 0, 0.5)], &utc, 3), [(0, 1.0), (24, 0.5), (48, 1.0)]);
    }

    #[test]
    fn windows_follow_local_time_across_a_clock_change() {
        // The clocks go back one hour at hour 24, so local 08:00 is one hour later in UTC.
        let change = OffsetChange { at: 24 * HOUR, seconds: 3600 };
        let offsets = UtcOffsets::new(7200, vec![change]);
        let found = hours(&[window("mon-sun", 8, 18, 0.3)], &offsets, 2);
        assert_eq!(found, [(0, 1.0), (6, 0.3), (16, 1.0), (31, 0.3), (41, 1.0)]);
    }
}
