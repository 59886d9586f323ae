//! Logs in another time zone than the scenario: the requests of a weekday follow the presence of
//! the clients at other hours than those of the scenario.

use super::evidence::{Evidence, classes_of};
use crate::experiment::estimate::online_by_hour_of_day;
use crate::model::Config;
use crate::terms::Role;

/// Hours of a day.
const HOURS: usize = 24;
/// The smallest shift of the clock in hours that is reported. Clients send more requests when they
/// start than later, so the requests precede the presence by up to two hours.
const SHIFT_MIN: usize = 3;
/// The smallest correlation of the requests with the shifted presence, and the smallest difference
/// to the correlation without a shift. These numbers are assumptions.
const CORRELATION_MIN: f64 = 0.8;
const DIFFERENCE_MIN: f64 = 0.2;
/// The covered time in seconds that each hour of a weekday must have.
const COVERED_MIN: f64 = 3600.0;

/// Returns a note if the requests match the presence of the scenario much better with another time
/// zone.
pub(super) fn note(config: &Config, evidence: &Evidence<'_>) -> Option<String> {
    let measured = requests_by_hour_of_day(evidence)?;
    let Shift { hours, correlation, unshifted } = shift(&measured, &online_by_hour_of_day(config))?;
    Some(format!(
        "Requests match the presence of the scenario best with its clock shifted by {hours:+} h \
         (correlation {correlation:.2}, unshifted {unshifted:.2}): check time_zone and presence."
    ))
}

/// Returns the requests per second in each hour of a weekday; `None` if the logs do not cover all
/// hours.
fn requests_by_hour_of_day(evidence: &Evidence<'_>) -> Option<[f64; HOURS]> {
    let roles = [Role::ManagementPoint, Role::SoftwareUpdatePoint];
    let rows: Vec<_> =
        roles.into_iter().flat_map(classes_of).map(|class| evidence.rows_by_hour(class)).collect();
    let (mut sums, mut covered) = ([0.0; HOURS], [0.0; HOURS]);
    for hour in evidence.hours.iter().filter(|hour| hour.of_week < 5 * HOURS) {
        let of_day = hour.of_week % HOURS;
        sums[of_day] += rows.iter().filter_map(|rows| rows.get(&hour.start_s)).sum::<f64>();
        covered[of_day] += hour.covered_s;
    }
    let is_covered = covered.iter().all(|covered| *covered >= COVERED_MIN);
    is_covered.then(|| std::array::from_fn(|hour| sums[hour] / covered[hour]))
}

/// The shift of a clock.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shift {
    /// Hours by which the measured pattern is later than the expected one, from -11 to 12.
    hours: i32,
    /// Correlation with this shift, and without a shift.
    correlation: f64,
    unshifted: f64,
}

/// Returns the shift with which two patterns match best, if it is large and the match is clear.
fn shift(measured: &[f64; HOURS], expected: &[f64; HOURS]) -> Option<Shift> {
    let of = |shift: usize| {
        let shifted = std::array::from_fn(|hour| expected[(hour + HOURS - shift) % HOURS]);
        correlation(measured, &shifted)
    };
    let unshifted = of(0)?;
    let all = (0..HOURS).filter_map(|shift| Some((shift, of(shift)?)));
    let (best, correlation) = all.max_by(|one, other| one.1.total_cmp(&other.1))?;
    let is_large = (SHIFT_MIN..=HOURS - SHIFT_MIN).contains(&best);
    let is_clear = correlation >= CORRELATION_MIN && correlation - unshifted >= DIFFERENCE_MIN;
    let hours = if best <= HOURS / 2 { best as i32 } else { best as i32 - HOURS as i32 };
    (is_large && is_clear).then_some(Shift { hours, correlation, unshifted })
}

/// Returns the correlation of two patterns; `None` if one of them is constant.
fn correlation(one: &[f64; HOURS], other: &[f64; HOURS]) -> Option<f64> {
    let mean = |values: &[f64; HOURS]| values.iter().sum::<f64>() / HOURS as f64;
    let (a, b) = (mean(one), mean(other));
    let sum = |of: &dyn Fn(usize) -> f64| (0..HOURS).map(of).sum::<f64>();
    let covariance = sum(&|hour| (one[hour] - a) * (other[hour] - b));
    let squares = sum(&|hour| (one[hour] - a) * (one[hour] - a))
        * sum(&|hour| (other[hour] - b) * (other[hour] - b));
    (squares > 1e-12 * a * a * b * b).then(|| covariance / squares.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presence from 8 to 17 in a clock that is `late` hours late, with requests in every hour.
    fn office(late: usize) -> [f64; HOURS] {
        let is_on = |hour: usize| (8..17).contains(&((hour + HOURS - late) % HOURS));
        std::array::from_fn(|hour| 1.0 + if is_on(hour) { 3.0 } else { 0.0 })
    }

    #[test]
    fn a_shifted_clock_is_found_and_small_shifts_are_not_reported() {
        let found = |late| shift(&office(late), &office(0)).map(|one| one.hours);
        assert_eq!([5, 12, 15, 21].map(found), [5, 12, -9, -3].map(Some));
        assert_eq!([0, 1, 2, 22, 23].map(found), [None; 5]);
        let one = shift(&office(9), &office(0)).expect("a shift");
        // 9 of 24 hours: a shift by 9 h leaves no common hour, covariance -9 * 9 / 24.
        assert!((one.correlation - 1.0).abs() < 1e-12);
        assert!((one.unshifted + (81.0 / 24.0) / (9.0 - 81.0 / 24.0)).abs() < 1e-12, "{one:?}");
    }

    #[test]
    fn patterns_without_a_clear_match_have_no_shift() {
        assert_eq!(shift(&[2.0; HOURS], &office(0)), None);
        assert_eq!(shift(&office(6), &[1.0; HOURS]), None);
        // Requests at three times of the day match nothing well.
        let peaks = std::array::from_fn(|hour| if hour % 8 == 3 { 9.0 } else { 1.0 });
        assert_eq!(shift(&peaks, &office(0)), None);
    }
}
