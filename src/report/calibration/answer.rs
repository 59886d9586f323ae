//! Verdict of a calibration: how much was measured, how well the result predicts other days, and
//! what to measure next.

use super::{cut, signed_share, worst};
use crate::report::format::{count, number, plural, share};
use crate::report::{Tone, inputs};
use crate::results::calibration::{BackTest, Calibration, NotMeasured};

/// Largest errors of a back-test that count as agreement. Assumed: a planner sizes a site with more
/// reserve than this.
pub(in crate::report) const RATE_ERROR: f64 = 0.05;
pub(in crate::report) const TIME_ERROR: f64 = 0.10;

/// Share of classified rows below which the report asks for rules. Assumed, as in `report::logs`.
const CLASSIFIED_MIN: f64 = 0.95;

/// Kolmogorov-Smirnov distance above which a fit is named in the verdict. Assumed: a distance of
/// 0.1 is visible in a Q-Q chart.
const DISTANCE_MAX: f64 = 0.1;

/// Verdict, reasons and next step.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Answer {
    pub statement: String,
    pub reasons: Vec<String>,
    pub next: String,
    pub tone: Tone,
}

/// Returns the verdict of a calibration.
pub(in crate::report) fn answer(calibration: &Calibration) -> Answer {
    let back_test = calibration.back_test.as_ref();
    let errors = back_test.map(Errors::of);
    let measured = format!(
        "{} of {} {} measured; {} of the values that it uses are still assumed ({} before).",
        plural(calibration.values.len() as u64, "value"),
        calibration.scenario,
        if calibration.values.len() == 1 { "was" } else { "were" },
        count(calibration.assumed_after.into()),
        count(calibration.assumed_before.into()),
    );
    let tested = match (back_test, &errors) {
        (Some(test), Some(errors)) => errors.statement(test),
        _ => "The calibrated scenario was not compared with other days.".to_owned(),
    };
    let tone = match &errors {
        _ if calibration.values.is_empty() => Tone::Bad,
        _ if calibration.logs.as_ref().is_some_and(|logs| !logs.copied.is_empty()) => Tone::Bad,
        Some(errors) if errors.is_small() => Tone::Good,
        _ => Tone::Warning,
    };
    Answer {
        statement: format!("{measured} {tested}"),
        reasons: reasons(calibration),
        next: next(calibration, errors.as_ref()),
        tone,
    }
}

/// Largest errors of the frequent kinds in a back-test.
struct Errors<'a> {
    rate: Option<(&'a str, f64)>,
    time: Option<(&'a str, f64)>,
}

impl<'a> Errors<'a> {
    fn of(test: &'a BackTest) -> Self {
        Errors {
            rate: worst(test, |one| one.rate_mean_per_s),
            time: worst(test, |one| one.time_taken_mean_s),
        }
    }

    fn is_small(&self) -> bool {
        let is_within = |found: Option<(&str, f64)>, limit: f64| {
            found.is_some_and(|(_, error)| error.abs() <= limit)
        };
        is_within(self.rate, RATE_ERROR) && is_within(self.time, TIME_ERROR)
    }

    fn statement(&self, test: &BackTest) -> String {
        let (Some(rate), Some(time)) = (self.rate, self.time) else {
            return format!("The back-test on {} has no comparable requests.", test.period);
        };
        let verb = if self.is_small() { "predicts" } else { "does not predict" };
        let largest = |(kind, error): (&str, f64)| format!("{} ({kind})", signed_share(error));
        format!(
            "The calibrated scenario {verb} the logs of {}: largest rate error {}, largest mean \
             time error {}.",
            test.period,
            largest(rate),
            largest(time)
        )
    }
}

fn reasons(calibration: &Calibration) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(test) = &calibration.back_test {
        let total = |of: fn(&crate::results::calibration::Compared) -> f64| -> f64 {
            test.kinds.iter().map(|one| of(&one.rate_mean_per_s)).sum()
        };
        let (measured, simulated) = (total(|one| one.measured), total(|one| one.simulated));
        reasons.push(format!(
            "All compared requests: {}/s measured, {}/s simulated ({}).",
            number(measured),
            number(simulated),
            signed_share((simulated - measured) / measured)
        ));
    }
    if let Some(logs) = &calibration.logs {
        let classified = logs.classified_rows_share.map_or_else(String::new, |part| {
            format!("; rules assign {} of them to request kinds", share(part))
        });
        reasons.push(format!("The logs contain {} requests{classified}.", count(logs.rows)));
    }
    let distance = |one: &crate::results::calibration::DistributionFit| {
        let chosen = one.candidates.iter().find(|candidate| candidate.family == one.chosen);
        chosen.map(|candidate| candidate.distance)
    };
    let fits = calibration.fits.iter().filter_map(|one| Some((one, distance(one)?)));
    let poor = fits.filter(|(_, distance)| *distance > DISTANCE_MAX);
    if let Some((fit, distance)) = poor.max_by(|one, other| one.1.total_cmp(&other.1)) {
        reasons.push(format!(
            "The {} distribution of {} differs from the samples (Kolmogorov-Smirnov distance {}); \
             see its Q-Q chart.",
            fit.chosen,
            fit.path,
            number(distance)
        ));
    }
    if !calibration.not_measured.is_empty() {
        reasons.push(format!(
            "{} could not be measured from these files.",
            plural(calibration.not_measured.len() as u64, "value")
        ));
    }
    reasons
}

/// Returns the most useful next step.
fn next(calibration: &Calibration, errors: Option<&Errors<'_>>) -> String {
    let logs = calibration.logs.as_ref();
    if let Some(copied) = logs.and_then(|logs| logs.copied.first()) {
        return format!("Remove copies and calibrate again: {}.", inputs::copied(copied));
    }
    let classified = logs.and_then(|logs| logs.classified_rows_share).unwrap_or(1.0);
    if classified < CLASSIFIED_MIN {
        return format!(
            "Add rules for the most frequent unclassified paths with --rules FILE: only {} of the \
             requests were used.",
            share(classified)
        );
    }
    if let Some(errors) = errors.filter(|errors| !errors.is_small()) {
        let of = |found: Option<(&str, f64)>, limit: f64, what: &str, compare: &str| {
            let (kind, error) = found.filter(|(_, error)| error.abs() > limit)?;
            Some(format!(
                "Find the cause of the error of {kind}: its {what} differs by {}. Compare \
                 {compare}.",
                signed_share(error)
            ))
        };
        let rate = of(
            errors.rate,
            RATE_ERROR,
            "rate",
            "the rates by hour, and check that the held-out days have the usual number of clients",
        );
        let time = || {
            let compare =
                "its fit in calibration.html, and the load of the site systems in both periods";
            of(errors.time, TIME_ERROR, "mean time", compare)
        };
        if let Some(step) = rate.or_else(time) {
            return step;
        }
    }
    let is_next = |one: &&NotMeasured| !one.remedy.is_empty();
    match calibration.not_measured.iter().find(is_next) {
        Some(next) => format!("Measure {}: {}", next.path, cut(&sentence(&next.remedy), 150)),
        None if errors.is_none() => {
            "Read logs of at least three whole days (eight to measure presence as well), so that \
             the last day can be used for a back-test, or set the first day of the back-test with \
             --hold-out DATE."
                .to_owned()
        }
        None => "Run `cmgsim sensitivity` with the calibrated scenario: it shows which assumed \
                 values have the largest effect on your result."
            .to_owned(),
    }
}

/// Ends a text with a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::super::back_test::frequent;
    use super::super::sample;
    use super::*;

    #[test]
    fn the_verdict_follows_from_the_largest_error_of_a_frequent_kind() {
        let mut calibration = sample::calibration();
        let found = answer(&calibration);
        assert_eq!(found.tone, Tone::Warning);
        let expected = "does not predict the logs of 2026-11-27: largest rate error \
            +24.0 % (policy_body), largest mean time error +2.0 % (messages).";
        assert!(found.statement.ends_with(expected), "{}", found.statement);
        assert!(found.next.contains("policy_body"), "{}", found.next);
        // A rare kind has no influence: `registration` differs by 90 %.
        let test = calibration.back_test.as_mut().expect("a back-test");
        test.kinds.retain(|one| one.kind != "policy_body");
        let found = answer(&calibration);
        assert_eq!(found.tone, Tone::Good);
        assert!(found.statement.contains("predicts the logs"), "{}", found.statement);
        assert!(found.next.starts_with("Measure cohort.remote.moves: "), "{}", found.next);
        assert!(frequent(calibration.back_test.as_ref().expect("a back-test")).count() < 3);
    }

    #[test]
    fn copies_of_logs_are_named_first() {
        let mut calibration = sample::calibration();
        let copied = crate::results::logs::CopiedFile {
            file: "b.log.gz".to_owned(),
            original: "b.log".to_owned(),
            rows_share: 1.0,
        };
        calibration.logs.as_mut().expect("logs").copied.push(copied);
        let found = answer(&calibration);
        assert_eq!(found.tone, Tone::Bad);
        assert!(found.next.contains("b.log and b.log.gz have the same rows"), "{}", found.next);
    }

    #[test]
    fn without_held_out_days_the_next_step_is_more_logs() {
        let mut calibration = sample::calibration();
        calibration.back_test = None;
        calibration.not_measured.clear();
        let found = answer(&calibration);
        assert_eq!(found.tone, Tone::Warning);
        assert!(found.statement.contains("not compared"), "{}", found.statement);
        assert!(found.next.contains("three whole days"), "{}", found.next);
        calibration.logs.as_mut().expect("logs").classified_rows_share = Some(0.5);
        assert!(answer(&calibration).next.contains("--rules FILE"));
        calibration.values.clear();
        assert_eq!(answer(&calibration).tone, Tone::Bad);
    }
}
