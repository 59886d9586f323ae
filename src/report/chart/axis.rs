//! Axes: positions of values, and ticks at round values.

use serde::Serialize;

use crate::report::format;
use crate::results::{ScenarioInfo, Unit, UtcOffsetChange};

/// Axis of a chart.
#[derive(Clone, Debug, Serialize)]
pub struct Axis {
    /// Title of the axis. Ticks of times, shares and bytes show the unit; the title states other
    /// units.
    pub label: String,
    /// Format of values.
    pub unit: AxisUnit,
    scale: Scale,
    /// First and last value of the axis.
    #[serde(skip)]
    range: (f64, f64),
    #[serde(skip)]
    ticks: Vec<(f64, String)>,
}

/// Format of the values on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AxisUnit {
    /// Number.
    Number,
    /// Seconds, written as a duration.
    Seconds,
    /// Share, written in per cent.
    Share,
    /// Bytes, written in a decimal unit.
    Bytes,
    /// Seconds after the start of the measured period, written as local time.
    Civil,
    /// Names of positions.
    Name,
}

impl AxisUnit {
    /// Returns the unit of a metric.
    pub fn of(unit: Unit) -> AxisUnit {
        match unit {
            Unit::Seconds => AxisUnit::Seconds,
            Unit::Share => AxisUnit::Share,
            Unit::Bytes => AxisUnit::Bytes,
            Unit::PerSecond | Unit::Count | Unit::Money | Unit::BitRate => AxisUnit::Number,
        }
    }

    /// Returns the label of a tick.
    fn label(self, value: f64) -> String {
        match self {
            AxisUnit::Seconds => format::tick_seconds(value),
            AxisUnit::Share => format!("{} %", format::tick(100.0 * value)),
            AxisUnit::Bytes => format::bytes(value.max(0.0).round() as u64),
            AxisUnit::Number | AxisUnit::Civil | AxisUnit::Name => format::tick(value),
        }
    }
}

/// Scale of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal differences have equal distances.
    Linear,
    /// Equal ratios have equal distances.
    Logarithmic,
    /// Nines scale: 0, 90, 99 and 99.9 % have equal distances.
    Nines,
}

/// Round tick intervals of local time, in seconds.
const TIME_STEPS: [i64; 21] = [
    1,
    5,
    10,
    30,
    60,
    2 * 60,
    5 * 60,
    10 * 60,
    15 * 60,
    30 * 60,
    3600,
    2 * 3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    86_400,
    2 * 86_400,
    7 * 86_400,
    14 * 86_400,
    28 * 86_400,
    364 * 86_400,
];

/// Ratio of the largest to the smallest duration above which the axis is logarithmic.
pub(super) const LOGARITHMIC_FROM: f64 = 20.0;

/// Bound of time axes in seconds: three thousand years.
const SECONDS_MAX: f64 = 1e11;

impl Axis {
    /// Returns a linear axis over a range.
    fn even(
        label: &str,
        unit: AxisUnit,
        range: (f64, f64),
        ticks: impl Iterator<Item = f64>,
    ) -> Axis {
        let ticks = ticks.map(|value| (value, unit.label(value))).collect();
        Axis { label: label.to_owned(), unit, scale: Scale::Linear, range, ticks }
    }

    /// Returns an axis of latencies in seconds, logarithmic if they differ by orders of magnitude;
    /// `None` if no latency is above zero.
    pub fn latency(values: impl Iterator<Item = f64> + Clone) -> Option<Axis> {
        let smallest = values.clone().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        let largest = values.fold(0.0, f64::max);
        smallest.is_finite().then(|| match largest / smallest > LOGARITHMIC_FROM {
            true => Axis::logarithmic_time("latency (logarithmic)", (smallest, largest)),
            false => Axis::linear("latency", largest, AxisUnit::Seconds),
        })
    }

    /// Returns an axis of local time over the measured period; values are seconds after its start.
    pub fn civil(scenario: &ScenarioInfo) -> Axis {
        Axis::civil_between(scenario, (0.0, scenario.duration_s))
    }

    /// Returns an axis of local time over an interval of the run.
    pub fn civil_between(scenario: &ScenarioInfo, (from, to): (f64, f64)) -> Axis {
        // Results may come from an edited file.
        let bounded = |seconds: f64| seconds.clamp(-SECONDS_MAX, SECONDS_MAX);
        let (from, to) = (bounded(from), bounded(to));
        let length = (to - from).max(1e-9);
        let step = TIME_STEPS.into_iter().find(|step| length / *step as f64 <= 13.0);
        let step = step.unwrap_or_else(|| (length / 10.0) as i64 / 86_400 * 86_400);
        let mut ticks: Vec<(f64, String)> = Vec::new();
        for (begin, end) in between_changes(scenario, (from, from + length)) {
            let offset = scenario.start_unix_s + i64::from(scenario.utc_offset_at(begin));
            let local = offset + begin.floor() as i64;
            // Steps of weeks begin on a Monday.
            let monday = -3 * 86_400;
            let mut at = (local - monday).div_euclid(step) * step + monday;
            // A tick at a clock change shows the time after the change.
            let is_before_end = |place: f64| place < end || (place <= end && end >= from + length);
            while is_before_end((at - offset) as f64) {
                let place = (at - offset) as f64;
                // A tick after a clock change may be too close to the previous one.
                let is_near = |last: &(f64, String)| place - last.0 < 0.6 * step as f64;
                if at >= local && !ticks.last().is_some_and(is_near) {
                    ticks.push((place, civil_label(at, step, ticks.is_empty())));
                }
                at += step;
            }
        }
        let day = scenario.civil(from);
        let day: jiff::civil::DateTime = day.parse().unwrap_or_default();
        let label = format!(
            "local time ({}), starting {}{}",
            scenario.time_zone,
            day.strftime("%a %d %b %Y"),
            changes_label(scenario, (from, from + length))
        );
        Axis {
            label,
            unit: AxisUnit::Civil,
            scale: Scale::Linear,
            range: (from, from + length),
            ticks,
        }
    }

    /// Returns an axis from zero to at least the largest value.
    pub fn linear(label: &str, largest: f64, unit: AxisUnit) -> Axis {
        let largest = if largest.is_finite() { drawable(largest) } else { 0.0 };
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let step = round_step(largest / 5.0);
        let end = (largest * 1.02 / step).ceil() * step;
        let count = (end / step).round() as u32;
        let ticks = (0..=count).map(|index| f64::from(index) * step);
        Axis::even(label, unit, (0.0, end), ticks)
    }

    /// Returns an axis that extends beyond the smallest and the largest value.
    pub fn span(label: &str, values: (f64, f64), unit: AxisUnit) -> Axis {
        let (smallest, largest) = (drawable(values.0), drawable(values.1));
        let width = largest - smallest;
        let width = if width > 0.0 { width } else { smallest.abs().max(1.0) };
        let step = round_step(width / 5.0);
        let first = (smallest / step).floor();
        let last = (largest / step).ceil().max(first + 1.0);
        let ticks = (0..=(last - first) as u32).map(|index| (first + f64::from(index)) * step);
        Axis::even(label, unit, (first * step, last * step), ticks)
    }

    /// Returns an axis from the smallest to the largest value, with ticks at whole numbers if all
    /// values are whole.
    pub fn between(label: &str, values: &[f64], unit: AxisUnit) -> Axis {
        let first = drawable(values.iter().copied().fold(f64::INFINITY, f64::min));
        let last = drawable(values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        let step = round_step(((last - first) / 8.0).max(1e-9));
        let is_whole = values.iter().all(|value| value.fract() == 0.0);
        let step = if is_whole && step.fract() != 0.0 { (2.0 * step).ceil() } else { step };
        let beyond = (last - first) * 0.02;
        let from = (first / step - 1e-9).ceil() as i64;
        let to = (last / step + 1e-9).floor() as i64;
        let ticks = (from..=to).map(|index| index as f64 * step);
        Axis::even(label, unit, (first - beyond, last + beyond), ticks)
    }

    /// Returns an axis with names at 0, 1, 2 and so on. If there are many names, some are omitted.
    pub fn levels(label: &str, names: &[String]) -> Axis {
        const WRITTEN: usize = 16;
        let every = names.len().div_ceil(WRITTEN).max(1);
        let ticks = names.iter().enumerate().step_by(every);
        let short = |name: &String| name.chars().take(24).collect::<String>();
        Axis {
            label: label.to_owned(),
            unit: AxisUnit::Name,
            scale: Scale::Linear,
            range: (-0.5, names.len().max(1) as f64 - 0.5),
            ticks: ticks.map(|(place, name)| (place as f64, short(name))).collect(),
        }
    }

    /// Returns an axis from 0 to 1.
    pub fn whole(label: &str, unit: AxisUnit) -> Axis {
        let ticks = (0..=5).map(|index| f64::from(index) / 5.0);
        Axis::even(label, unit, (0.0, 1.0), ticks)
    }

    /// Returns a utilisation axis from 0 to 1, or to a lower maximum if utilisation never exceeds
    /// one half.
    pub fn utilisation(label: &str, largest: f64) -> Axis {
        match largest > 0.5 {
            true => Axis::whole(label, AxisUnit::Share),
            false => Axis::linear(label, largest, AxisUnit::Share),
        }
    }

    /// Returns a logarithmic axis of durations in seconds that encloses all values.
    pub fn logarithmic_time(label: &str, values: (f64, f64)) -> Axis {
        let smallest = values.0.clamp(1e-9, 1e9);
        let largest = drawable(values.1).max(smallest * 1.5);
        let candidates = round_times(largest / smallest < 100.0);
        let below = candidates.iter().copied().filter(|time| *time <= smallest);
        let above = candidates.iter().copied().filter(|time| *time >= largest);
        let first = below.fold(f64::NAN, f64::max);
        let last = above.fold(f64::NAN, f64::min);
        let first = if first.is_nan() { smallest } else { first };
        let last = if last.is_nan() { largest } else { last };
        let ticks = candidates.into_iter().filter(|time| *time >= first && *time <= last);
        Axis {
            label: label.to_owned(),
            unit: AxisUnit::Seconds,
            scale: Scale::Logarithmic,
            range: (first.log10(), last.log10()),
            ticks: ticks.map(|time| (time.log10(), format::tick_seconds(time))).collect(),
        }
    }

    /// Returns a nines axis that ends where about ten of `count` observations remain above it.
    pub fn nines(label: &str, count: u64) -> Axis {
        let nines = (count.max(1) as f64).log10().floor() - 1.0;
        let mut axis = Axis {
            label: label.to_owned(),
            unit: AxisUnit::Share,
            scale: Scale::Nines,
            range: (0.0, nines.clamp(1.0, 9.0)),
            ticks: Vec::new(),
        };
        let ticks = [0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999_999];
        for tick in ticks {
            let place = axis.place_freely(tick);
            if place <= axis.range.1 + 1e-9 {
                axis.ticks.push((place, format!("{} %", format::tick(100.0 * tick))));
            }
        }
        axis
    }

    fn place_freely(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(f64::MIN_POSITIVE).log10(),
            Scale::Nines => -(1.0 - value).max(1e-12).log10(),
        }
    }

    /// Limits a value to the range of the axis.
    fn place(&self, value: f64) -> f64 {
        self.place_freely(value).clamp(self.range.0, self.range.1)
    }

    /// Returns whether the value is within the range of the axis.
    pub fn contains(&self, value: f64) -> bool {
        let place = self.place_freely(value);
        place >= self.range.0 - 1e-9 && place <= self.range.1 + 1e-9
    }

    /// Returns the position of a value as a share of the axis, 0..=1.
    pub fn share(&self, value: f64) -> f64 {
        self.share_of_place(self.place(value))
    }

    /// Returns the ticks: share of the axis, and label.
    pub fn ticks(&self) -> impl Iterator<Item = (f64, &str)> {
        self.ticks.iter().map(|(place, label)| (self.share_of_place(*place), label.as_str()))
    }

    fn share_of_place(&self, place: f64) -> f64 {
        (place - self.range.0) / (self.range.1 - self.range.0)
    }
}

/// Returns the intervals between clock changes in order.
fn between_changes(scenario: &ScenarioInfo, (from, to): (f64, f64)) -> Vec<(f64, f64)> {
    let changes = scenario.utc_offset_changes.iter().map(|change| change.at_s);
    let mut ends: Vec<f64> = changes.filter(|at| *at > from && *at < to).chain([to]).collect();
    ends.sort_by(f64::total_cmp);
    let begins = [from].into_iter().chain(ends.clone());
    begins.zip(ends).collect()
}

/// Describes the clock changes within a period, for the title of an axis.
fn changes_label(scenario: &ScenarioInfo, (from, to): (f64, f64)) -> String {
    let is_in = |change: &&UtcOffsetChange| change.at_s > from && change.at_s < to;
    let changes: Vec<_> = scenario.utc_offset_changes.iter().filter(is_in).collect();
    let [change] = changes[..] else {
        let count = changes.len();
        return if count > 0 { format!("; clocks change {count} times") } else { String::new() };
    };
    let direction = if change.after_s < change.before_s { "back" } else { "forward" };
    // Compute the local time of the change with the UTC offset that applies before the change.
    let at = scenario.civil(change.at_s - 1.0);
    let at: jiff::civil::DateTime = at.parse().unwrap_or_default();
    let at = at.saturating_add(jiff::SignedDuration::from_secs(1));
    format!("; clocks go {direction} on {}", at.strftime("%a %d %b, %H:%M"))
}

/// Limits a value to a range in which an axis can be drawn: not so large that steps overflow, and
/// not so small that they vanish. Results may come from an edited file.
fn drawable(value: f64) -> f64 {
    const LARGEST: f64 = 1e150;
    match value.abs() {
        size if size.is_nan() || size < 1.0 / LARGEST => 0.0,
        _ => value.clamp(-LARGEST, LARGEST),
    }
}

/// Returns the round durations in seconds: decimal below a minute, then minutes, hours and days.
fn round_times(is_fine: bool) -> Vec<f64> {
    let parts: &[f64] = if is_fine { &[1.0, 2.0, 5.0] } else { &[1.0, 3.0] };
    let decimal = (-9..=1).flat_map(|power| parts.iter().map(move |part| (power, *part)));
    let decimal = decimal.map(|(power, part)| part * 10.0_f64.powi(power));
    let mut times: Vec<f64> = decimal.filter(|time| *time < 45.0).collect();
    let (minute, hour, day) = (60.0, 3600.0, 86_400.0);
    times.extend([minute, 2.0 * minute, 5.0 * minute, 10.0 * minute, 30.0 * minute]);
    times.extend([hour, 2.0 * hour, 6.0 * hour, 12.0 * hour]);
    times.extend([day, 2.0 * day, 7.0 * day, 28.0 * day, 364.0 * day, 3640.0 * day]);
    times
}

/// Rounds up to 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn round_step(ideal: f64) -> f64 {
    let power = 10.0_f64.powf(ideal.log10().floor());
    let part = ideal / power;
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| part <= *round + 1e-9);
    round.unwrap_or(10.0) * power
}

/// Returns a tick label: a date, or a time with the weekday at midnight and at the first tick.
fn civil_label(local_seconds: i64, step: i64, is_first: bool) -> String {
    let stamp = jiff::Timestamp::from_second(local_seconds).unwrap_or_default();
    let day = local_seconds.rem_euclid(86_400) == 0;
    let pattern = match step {
        364.. if step >= 364 * 86_400 => "%Y-%m-%d",
        _ if step >= 86_400 => "%a %d %b",
        _ if step < 60 && (day || is_first) => "%a %H:%M:%S",
        _ if step < 60 => "%H:%M:%S",
        _ if day || is_first => "%a %H:%M",
        _ => "%H:%M",
    };
    stamp.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn time_ticks_are_at_round_local_times() {
        let scenario = ScenarioInfo {
            start_unix_s: 1_763_877_600,
            utc_offset_s: 3600,
            duration_s: 4.0 * 3600.0,
            ..ScenarioInfo::default()
        };
        let axis = Axis::civil(&scenario);
        assert_eq!(labels(&axis)[..3], ["Sun 07:00", "07:30", "08:00"]);
        assert_eq!(axis.ticks[1].0, 1800.0);
    }

    /// In Berlin, on 25 October 2026, 03:00 becomes 02:00 at 01:00 UTC.
    #[test]
    fn ticks_follow_local_time_after_a_clock_change() {
        let hours = |hours: f64| hours * 3600.0;
        let change =
            |at: f64, before_s, after_s| UtcOffsetChange { at_s: hours(at), before_s, after_s };
        let mut scenario = ScenarioInfo {
            // 24 October 2026, 12:00 in Berlin.
            start_unix_s: 1_792_836_000,
            utc_offset_s: 7200,
            duration_s: hours(36.0),
            time_zone: "Europe/Berlin".to_owned(),
            utc_offset_changes: vec![change(15.0, 7200, 3600)],
            ..ScenarioInfo::default()
        };
        let axis = Axis::civil(&scenario);
        let expected = [
            "Sat 12:00",
            "15:00",
            "18:00",
            "21:00",
            "Sun 00:00",
            "03:00",
            "06:00",
            "09:00",
            "12:00",
        ];
        assert_eq!(labels(&axis)[..9], expected);
        // Midnight to 03:00 takes four hours.
        let places: Vec<f64> = axis.ticks.iter().map(|(place, _)| place / 3600.0).collect();
        assert_eq!(places[4..7], [12.0, 16.0, 19.0]);
        let label = "local time (Europe/Berlin), starting Sat 24 Oct 2026; clocks go back \
            on Sun 25 Oct, 03:00";
        assert_eq!(axis.label, label);
        // In spring, midnight to 03:00 takes two hours.
        scenario.utc_offset_changes = vec![change(14.0, 7200, 10_800)];
        let axis = Axis::civil(&scenario);
        let places: Vec<f64> = axis.ticks.iter().map(|(place, _)| place / 3600.0).collect();
        assert_eq!((labels(&axis)[5], places[5]), ("03:00", 14.0));
        assert_eq!(labels(&axis)[6], "06:00");
    }

    #[test]
    fn a_linear_axis_extends_beyond_the_largest_value() {
        let axis = Axis::linear("", 10_357.0, AxisUnit::Number);
        assert_eq!(labels(&axis), ["0", "2,500", "5,000", "7,500", "10,000", "12,500"]);
        assert_eq!(axis.place(20_000.0), 12_500.0);
        assert_eq!(labels(&Axis::linear("", 0.3, AxisUnit::Number))[..3], ["0", "0.1", "0.2"]);
    }

    #[test]
    fn a_span_encloses_its_values_without_starting_at_zero() {
        let axis = Axis::span("", (0.93, 1.31), AxisUnit::Number);
        assert_eq!(labels(&axis), ["0.9", "1", "1.1", "1.2", "1.3", "1.4"]);
        assert!((axis.share(1.15) - 0.5).abs() < 1e-9);
        assert!(labels(&Axis::span("", (2.0, 2.0), AxisUnit::Number)).len() > 1);
    }

    #[test]
    fn ticks_between_whole_numbers_are_whole() {
        let axis = Axis::between("", &[1.0, 3.0, 2.0], AxisUnit::Number);
        assert_eq!(labels(&axis), ["1", "2", "3"]);
        let axis = Axis::between("", &[2.0, 16.0], AxisUnit::Number);
        assert_eq!(labels(&axis), ["2", "4", "6", "8", "10", "12", "14", "16"]);
        assert_eq!(labels(&Axis::between("", &[0.0, 0.9], AxisUnit::Number)).len(), 5);
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        assert_eq!(labels(&Axis::levels("", &names)).len(), 14);
    }

    #[test]
    fn logarithmic_ticks_enclose_the_values() {
        let axis = Axis::logarithmic_time("", (0.21, 82.0));
        let expected = ["100 ms", "300 ms", "1 s", "3 s", "10 s", "30 s", "1 min", "2 min"];
        assert_eq!(labels(&axis), expected);
        assert!((axis.place(1.0) - 0.0).abs() < 1e-12);
    }

    #[test]
    fn an_axis_of_nines_spaces_90_and_99_and_99_9_percent_equally() {
        let axis = Axis::nines("", 213_000);
        let steps = [0.9, 0.99, 0.999, 0.9999].map(|share| axis.place(share));
        for (index, place) in steps.into_iter().enumerate() {
            assert!((place - (index + 1) as f64).abs() < 1e-9);
        }
        assert_eq!(labels(&axis).last(), Some(&"99.99 %"));
    }
}
