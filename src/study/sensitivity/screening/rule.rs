//! Rule that screens out parameters, and its error probability.
//!
//! A test of a group draws an end for each member and compares the run with its mirror image, with
//! the same random numbers in both. Let `d` be the metric with parameter `j` at its high end minus
//! the metric with `j` at its low end. For any ends of the other members, the opposite ends are
//! equally likely. The mean of `d` over both cases is the mean swing of `j`, because the effects of
//! the other members cancel. So `d` is at least this mean swing in one of the two cases, hence with
//! a probability of at least 1/2. This also holds if effects cancel in one case, and for any
//! symmetric noise. If the swing of `j` is at least [`GUARANTEE`] thresholds, a test is clear
//! (stays below this change) with a probability of at most 1/2, and all of `m` independent tests
//! are clear with a probability of at most 2^-m.
//!
//! Tests before the first clear one find the members that cause hits. They do not count, and
//! neither does the clear test after them. From then on, every hit requires [`CLEAR_FOR_A_HIT`]
//! additional clear tests. Parameters are screened out for no other reason, so the error
//! probability is [`miss_risk_of`].
//!
//! Assumption: moving the other members of the group does not hide the effect of the parameter (no
//! interaction removes its swing).

/// Minimum change, in thresholds, to which a test of a group reacts. The guarantee about parameters
/// that are screened out applies to this swing. The small effects of a group's members add up, so a
/// test that reacted to the threshold itself would rarely be clear, or need groups that are too
/// small to save runs. Controlled sequential bifurcation has two thresholds for the same reason.
pub const GUARANTEE: f64 = 2.0;

/// Number of additional clear tests for each hit that another member caused.
pub const CLEAR_FOR_A_HIT: u32 = 3;

/// Number of hits after which a parameter is no longer tested in groups.
pub const HITS_MAX: u32 = 4;

/// Returns the number of clear tests after which a parameter is screened out, for an allowed risk.
pub fn tests_needed(miss_risk: f64) -> u32 {
    (1..=30).find(|tests| miss_risk_of(*tests) <= miss_risk).unwrap_or(30)
}

/// Returns whether a parameter is screened out after this number of clear tests and hits.
pub fn is_screened_out(needed: u32, clear: u32, hits: u32) -> bool {
    hits < HITS_MAX && clear >= needed + CLEAR_FOR_A_HIT * hits
}

/// Returns the probability that a parameter is screened out if each test is clear with probability
/// 1/2, the maximum for a swing of at least [`GUARANTEE`] thresholds. Either the first test is
/// clear and counts, or the tests that count begin after the first clear one.
pub fn miss_risk_of(needed: u32) -> f64 {
    (walk(needed.saturating_sub(1)) + walk(needed)) / 2.0
}

/// Returns the probability of being screened out if `needed` clear tests are required, by recursion
/// over clear tests and hits.
fn walk(needed: u32) -> f64 {
    // Probability of being undecided with each number of clear tests and the current number of
    // hits.
    let mut open = vec![1.0];
    let mut out = 0.0;
    for hits in 0..HITS_MAX {
        let end = (needed + CLEAR_FOR_A_HIT * hits) as usize;
        // A clear test moves to the next entry; a hit moves to the next iteration.
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

/// Returns the difference of two values of a metric. It is zero if both values are equal, both are
/// the same infinity, or both are NaN.
pub fn difference(high: f64, low: f64) -> f64 {
    if high == low || high.is_nan() && low.is_nan() { 0.0 } else { high - low }
}

/// Returns whether a difference reaches a threshold. With a threshold of zero, any nonzero
/// difference does. NaN always does, because the difference is unknown.
pub fn reaches(difference: f64, threshold: f64) -> bool {
    difference.is_nan() || difference != 0.0 && difference.abs() >= threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_agrees_with_the_random_walk() {
        // The terms are the probabilities of a miss with 0, 1, 2 and 3 hits:
        // - No hit and four clear tests: 1 / 2^4.
        // - One hit and seven clear tests: the hit follows i = 0 to 3 clear tests, so 4 / 2^8.
        // - Two hits and ten clear tests: for each i, the second hit follows j = i to 6 clear
        //   tests, so (7 + 6 + 5 + 4) / 2^12.
        // - Three hits and thirteen clear tests: for each j, the third hit follows j to 9 clear
        //   tests. The sum of 10 - j over j is 49, 39, 30 and 22 for i = 0 to 3, so 140 / 2^16.
        let four = 1.0 / 16.0 + 4.0 / 256.0 + 22.0 / 4096.0 + 140.0 / 65536.0;
        assert!((walk(4) - four).abs() < 1e-15, "{}", walk(4));
        // The same calculation with three, six, nine and twelve clear tests.
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
    fn nan_reaches_every_threshold() {
        const NEVER: f64 = f64::INFINITY;
        assert_eq!(difference(NEVER, NEVER), 0.0);
        assert_eq!(difference(f64::NAN, f64::NAN), 0.0);
        assert!(reaches(difference(NEVER, 1.0), 5.0) && reaches(difference(1.0, f64::NAN), 5.0));
        assert!(!reaches(0.0, 0.0) && reaches(1e-9, 0.0));
        assert!(reaches(-5.0, 5.0) && !reaches(4.9, 5.0));
    }
}
