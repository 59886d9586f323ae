//! When a parameter may be screened out, and how sure that is.
//!
//! A test of a group draws an end for each member and compares the run with its mirror image, both
//! with the same random numbers. Let `d` be the metric where parameter `j` is at its high end minus
//! where it is at its low end. Whatever the others do, with their ends drawn the other way `d` is
//! as likely, and the mean of the two is the mean swing of `j` between the two corners of the
//! others: what others add to one they take from the other. So `d` is at least that mean swing in
//! one of the two, hence with probability 1/2 at least, also where effects cancel, and whatever the
//! noise is if it is symmetric. If `j` has a swing of [`GUARANTEE`] thresholds or more, a test
//! stays below that with probability 1/2 at most, and all of `m` independent tests with 2^-m.
//!
//! Tests before the first clear one find what stands out in a group; they do not count, and neither
//! does the clear one after them. From then on a test that is not clear costs [`CLEAR_FOR_A_HIT`]
//! more clear ones. Parameters are never screened out for any other reason, so the probability is
//! that of [`miss_risk_of`].
//!
//! What this assumes: that the others of its group, moved together, do not hide what the parameter
//! does on its own (no interaction that takes its swing away).

/// A test of a group reacts to changes from this many thresholds on: what is guaranteed about
/// parameters that are screened out. Members of a group each do a little, and that adds up; a test
/// that reacted to the threshold itself would seldom be clear, or need groups so small that they
/// save nothing. Controlled sequential bifurcation has two thresholds for the same reason.
pub const GUARANTEE: f64 = 2.0;

/// How many more tests have to be clear for each one that was not, because of another member.
pub const CLEAR_FOR_A_HIT: u32 = 3;

/// After this many tests that were not clear a parameter is no longer tested in groups.
pub const HITS_MAX: u32 = 4;

/// Tests without a hit after which a parameter is screened out, at the risk allowed.
pub fn tests_needed(miss_risk: f64) -> u32 {
    (1..=30).find(|tests| miss_risk_of(*tests) <= miss_risk).unwrap_or(30)
}

/// Whether a parameter is screened out after so many clear tests and hits.
pub fn is_screened_out(needed: u32, clear: u32, hits: u32) -> bool {
    hits < HITS_MAX && clear >= needed + CLEAR_FOR_A_HIT * hits
}

/// The probability that a parameter is screened out whose tests are clear with probability 1/2,
/// which is the largest there is for a swing of [`GUARANTEE`] thresholds or more. The first test is
/// clear and counts, or tests are not until one is clear, and those that count begin after it.
pub fn miss_risk_of(needed: u32) -> f64 {
    (walk(needed.saturating_sub(1)) + walk(needed)) / 2.0
}

/// The probability of ending as screened out if so many clear tests are needed, by recursion over
/// clear tests and hits.
fn walk(needed: u32) -> f64 {
    // By number of clear tests, with the hits so far.
    let mut open = vec![1.0];
    let mut out = 0.0;
    for hits in 0..HITS_MAX {
        let end = (needed + CLEAR_FOR_A_HIT * hits) as usize;
        // With one more clear test it goes on here, with a hit in the next round.
        open.resize(end + 1, 0.0);
        let mut here = 0.0;
        for index in &mut open[..end] {
            here = (here + *index) / 2.0;
            *index = here;
        }
        out += here + open[end];
        open[end] = 0.0;
    }
    out
}

/// The difference of two values of a metric: zero if both are the same, also if both are infinite
/// or none is a number.
pub fn difference(high: f64, low: f64) -> f64 {
    if high == low || high.is_nan() && low.is_nan() { 0.0 } else { high - low }
}

/// Whether a difference reaches a threshold. Where that is zero any difference does; what is not a
/// number does, because nobody knows.
pub fn reaches(difference: f64, threshold: f64) -> bool {
    difference.is_nan() || difference != 0.0 && difference.abs() >= threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_is_that_of_the_random_walk() {
        // No hit: 2^-4. One hit among the first four tests, then seven clear in all: 4 / 2^8.
        // Two hits: the second before the seventh clear test, ten clear in all. With the first hit
        // after i = 0..3 clear tests the second comes after j = i..=6: 7 + 6 + 5 + 4 = 22 / 2^12.
        // Three: the third after j and before the tenth clear test, thirteen in all: by i the sum
        // over j of 10 - j is 49, 39, 30, 22.
        let four = 1.0 / 16.0 + 4.0 / 256.0 + 22.0 / 4096.0 + 140.0 / 65536.0;
        assert!((walk(4) - four).abs() < 1e-15, "{}", walk(4));
        // In the same way with three, six, nine and twelve clear tests.
        let three = 1.0 / 8.0 + 3.0 / 128.0 + 15.0 / 2048.0 + 91.0 / 32768.0;
        assert!((walk(3) - three).abs() < 1e-15, "{}", walk(3));
        assert!((miss_risk_of(4) - (three + four) / 2.0).abs() < 1e-15);
        assert_eq!(tests_needed(0.125), 4);
        assert_eq!(tests_needed(0.07), 5);
        assert_eq!(tests_needed(0.8), 1);
        assert!(is_screened_out(4, 4, 0) && !is_screened_out(4, 6, 1) && is_screened_out(4, 7, 1));
        assert!(!is_screened_out(4, 99, HITS_MAX));
    }

    #[test]
    fn a_value_that_is_not_a_number_reaches_every_threshold() {
        const NEVER: f64 = f64::INFINITY;
        assert_eq!(difference(NEVER, NEVER), 0.0);
        assert_eq!(difference(f64::NAN, f64::NAN), 0.0);
        assert!(reaches(difference(NEVER, 1.0), 5.0) && reaches(difference(1.0, f64::NAN), 5.0));
        assert!(!reaches(0.0, 0.0) && reaches(1e-9, 0.0));
        assert!(reaches(-5.0, 5.0) && !reaches(4.9, 5.0));
    }
}
