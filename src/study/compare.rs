//! Compares two scenarios, replication by replication, with common random numbers.
//!
//! Streams of random numbers are keyed by seed, replication, entity and purpose. Two scenarios with
//! one seed therefore use the same random numbers for each client, and their difference varies less
//! than the results of either scenario (Law, Simulation Modeling and Analysis, 5th ed., 11.2).

use crate::analysis::interval::{bonferroni, paired, variance, welch};
use crate::analysis::objectives::evaluate_objectives;
use crate::experiment::replicate::{Look, RunError, Watch};
use crate::experiment::sample::Study;
use crate::results::comparison::{Change, Comparison, MetricComparison, SideRequirements};
use crate::results::{Better, RunResult, Sample, Verdict};
use crate::scenario::Scenario;
use crate::terms::{MetricFamily, Objective};

use super::observer::Segment;
use super::simulate::{DEFAULT_REPLICATIONS, Replications};
use super::{Error, info};

/// Result of a comparison of two scenarios.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Comparison of all metrics. The caller adds the overrides of each side and the warnings about
    /// the choice of scenarios.
    pub comparison: Comparison,
    /// Metrics of both scenarios, for the same replications.
    pub samples: [Sample; 2],
    /// Full results of the first replication of both scenarios.
    pub results: [RunResult; 2],
    /// Whether the comparison completed before the watch stopped it.
    pub is_complete: bool,
}

impl Compared {
    /// Returns the number of pairs of replications.
    pub fn pairs(&self) -> u64 {
        self.comparison.replications
    }

    /// Returns the number of events of all replications.
    pub fn events(&self) -> u64 {
        self.samples.iter().map(Sample::events).sum()
    }
}

/// Options of a comparison of two scenarios.
#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// Number of pairs of replications, at least two; by default 10, with confidence 95 %.
    pub replications: Replications,
    /// The smallest relevant difference, as a share of the mean of the first scenario, from 0 to
    /// below 1; by default 0.01.
    pub relevant: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        CompareOptions { replications: Replications::of(DEFAULT_REPLICATIONS), relevant: 0.01 }
    }
}

/// Compares two scenarios with the same seed, replication by replication.
///
/// # Errors
/// Returns [`Error::Request`] for fewer than two replications or different seeds,
/// [`Error::Stopped`] if the watch stops the comparison before two pairs are complete, and the
/// errors of simulations.
pub fn compare(
    [first, second]: [&Scenario; 2],
    options: &CompareOptions,
    watch: &dyn Watch,
) -> Result<Compared, Error> {
    let CompareOptions { replications, relevant } = options;
    let relevant = *relevant;
    if replications.max_replications() < 2 {
        let count = replications.max_replications();
        let message = format!("the number of replications is {count}; it must be at least 2");
        return Err(Error::Request(message));
    }
    if first.config.seed != second.config.seed {
        return Err(Error::Request(format!(
            "the scenarios have the seeds {} and {}; common random numbers need the same seed",
            first.config.seed, second.config.seed
        )));
    }
    let infos = [info(first), info(second)];
    let study = |scenario, info| Study { config: scenario, info, follow: None };
    let studies = [&study(&first.config, &infos[0]), &study(&second.config, &infos[1])];
    let confidence = replications.confidence;
    let (mut pairs, criteria, precision) = match &replications.precision_target {
        Some(precision_target) => {
            let found = precision_target.reach_difference(studies, relevant, watch)?;
            (found.pairs, found.criteria, Some(found.precision))
        }
        None => {
            let criteria = Criteria { confidence, relevant };
            (pairs(studies, replications.count, watch)?, criteria, None)
        }
    };
    let count = u64::from(pairs.count());
    let Some(results) = pairs.first.take().filter(|_| count >= 2) else {
        let message = "an interval needs at least two complete replications of both scenarios";
        return Err(Error::Stopped(message.to_owned()));
    };
    let [one, two] = &pairs.samples;
    let metrics = compare_samples(one, two, criteria);
    let requirements = [
        requirements(&first.objectives, one, &results[0], confidence),
        requirements(&second.objectives, two, &results[1], confidence),
    ];
    let [first, second] = infos;
    let comparison = Comparison {
        answer: String::new(),
        first,
        second,
        changes: Default::default(),
        replications: count,
        confidence,
        smallest_relevant_share: relevant,
        precision,
        warnings: Vec::new(),
        requirements,
        metrics,
    };
    Ok(Compared { comparison, samples: pairs.samples, results, is_complete: pairs.is_complete })
}

/// Evaluates the objectives and published limits of one scenario.
fn requirements(
    objectives: &[Objective],
    sample: &Sample,
    first: &RunResult,
    confidence: f64,
) -> SideRequirements {
    let recovery = sample.index_of(MetricFamily::RecoveryMax);
    let recovery = recovery.map_or_else(Vec::new, |index| sample.values(index));
    let exceeded = first.checks.iter().filter(|one| one.verdict == Verdict::Exceeded);
    let mut exceeded_limits: Vec<String> = exceeded.map(|one| one.check.clone()).collect();
    exceeded_limits.dedup();
    SideRequirements {
        objectives: evaluate_objectives(sample, objectives, confidence),
        exceeded_limits,
        not_recovered: recovery.iter().filter(|one| one.is_infinite()).count() as u64,
    }
}

/// Replications that are complete in both scenarios.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Metrics of each scenario, for the same replications.
    pub samples: [Sample; 2],
    /// Full results of the first replication; `None` if it is incomplete in one scenario.
    pub first: Option<[RunResult; 2]>,
    /// Whether all replications are complete.
    pub is_complete: bool,
}

/// Simulates `count` replications of both scenarios on all threads of the pool. It alternates
/// between the scenarios, so that most replications form pairs when the watch stops it.
///
/// # Errors
/// Returns the first error of the first scenario that fails.
pub fn pairs(studies: [&Study<'_>; 2], count: u32, watch: &dyn Watch) -> Result<Pairs, RunError> {
    let mut pairs = Pairs { is_complete: true, ..Pairs::default() };
    pairs.extend(studies, (count, count), watch)?;
    Ok(pairs)
}

impl Pairs {
    /// Returns the number of pairs.
    pub fn count(&self) -> u32 {
        self.samples[0].replications.len() as u32
    }

    /// Simulates further pairs until there are `count`. The watch receives the number of complete
    /// pairs as a share of `maximum`.
    ///
    /// # Errors
    /// Returns the same errors as [`pairs`].
    pub fn extend(
        &mut self,
        studies: [&Study<'_>; 2],
        (count, maximum): (u32, u32),
        watch: &dyn Watch,
    ) -> Result<(), RunError> {
        let mut results = match self.first.take() {
            Some([first, second]) => [Some(first), Some(second)],
            None => [None, None],
        };
        let in_flight = watch.cluster().map(|cluster| cluster.in_flight());
        let threads = in_flight.unwrap_or_else(rayon::current_num_threads);
        let all = 2.0 * f64::from(maximum);
        for from in (self.count()..count).step_by(threads) {
            let share_done = 2.0 * f64::from(from) / all;
            let done = self.samples.iter().flat_map(|sample| &sample.replications);
            let events = done.map(|one| one.events).sum();
            // Short replications end without a call of the watch, so call it here.
            self.is_complete &= watch.should_continue(Look { share_done, events, memory_bytes: 0 });
            if !self.is_complete {
                break;
            }
            let numbers = from..count.min(from + threads as u32);
            let width = f64::from(numbers.end - numbers.start) / all;
            for (side, study) in studies.into_iter().enumerate() {
                let segment = Segment { watch, from: share_done + side as f64 * width, width };
                let (sample, result) = (&mut self.samples[side], &mut results[side]);
                self.is_complete &=
                    study.replicate(numbers.clone(), sample, Some(result), &segment)?;
            }
        }
        let [first, second] = &mut self.samples;
        let has =
            |sample: &Sample, number| sample.replications.iter().any(|one| one.number == number);
        first.replications.retain(|one| has(second, one.number));
        second.replications.retain(|one| has(first, one.number));
        self.is_complete &= first.replications.len() == count as usize;
        self.first = match results {
            [Some(first), Some(second)] => Some([first, second]),
            _ => None,
        };
        Ok(())
    }
}

/// Criteria of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Criteria {
    /// Joint confidence of all intervals of the whole run's metrics, 0..1.
    pub confidence: f64,
    /// The smallest relevant difference, as a share of the mean of the first scenario, 0..1.
    pub relevant: f64,
}

/// Compares all metrics that both samples have. The intervals of the whole run's metrics hold
/// jointly at the confidence (Bonferroni correction over the metrics that vary or differ).
pub fn compare_samples(
    first: &Sample,
    second: &Sample,
    criteria: Criteria,
) -> Vec<MetricComparison> {
    let Criteria { confidence, relevant } = criteria;
    let pairs: Vec<(usize, usize)> = (0..first.metrics.len())
        .filter_map(|index| Some((index, second.index(&first.metrics[index].name())?)))
        .collect();
    let differs = |(one, two): &(usize, usize)| {
        !is_same(&first.values(*one), &second.values(*two))
            && !first.metrics[*one].is_of_component()
    };
    let combined = pairs.iter().filter(|pair| differs(pair)).count();
    let level = bonferroni(confidence, combined);
    pairs
        .into_iter()
        .map(|(one, two)| {
            let metric = first.metrics[one].clone();
            let is_of_component = metric.is_of_component();
            let level = if is_of_component { confidence } else { level };
            let (first, second) = (first.values(one), second.values(two));
            let found = paired(&first, &second, level);
            let half_width = found.map(|found| found.half_width);
            let alone = paired(&first, &second, confidence);
            let independent = welch(&first, &second, confidence);
            MetricComparison {
                first_mean: mean(&first),
                second_mean: mean(&second),
                difference: found.map(|found| found.mean),
                half_width,
                half_width_alone: alone.map(|found| found.half_width),
                half_width_independent: independent.map(|found| found.half_width),
                variance_reduction: variance_reduction(&first, &second),
                change: change(metric.better(), &first, &second, (level, relevant)),
                metric,
            }
        })
        .collect()
}

/// Returns whether all replications have equal values, where NaN equals NaN.
fn is_same(first: &[f64], second: &[f64]) -> bool {
    let is_one = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
    first.len() == second.len() && first.iter().zip(second).all(is_one)
}

fn mean(values: &[f64]) -> Option<f64> {
    let is_sound = !values.is_empty() && values.iter().all(|value| value.is_finite());
    is_sound.then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Decides by the interval of the difference and a margin around zero (Kruschke, "Rejecting or
/// Accepting Parameter Values in Bayesian Estimation", 2018, has the rule for credible intervals).
/// The difference is relevant if the whole interval is outside the margin, and not relevant if the
/// whole interval is inside.
fn change(better: Better, first: &[f64], second: &[f64], (level, relevant): (f64, f64)) -> Change {
    if is_same(first, second) {
        return Change::Same;
    }
    let never = |values: &[f64]| values.iter().all(|value| *value == f64::INFINITY);
    let always = |values: &[f64]| values.iter().all(|value| value.is_finite());
    if first.iter().chain(second).any(|value| value.is_nan()) {
        return Change::NotComparable;
    }
    // An infinite value means that the event of the metric, such as a recovery, never occurs. Here
    // it never occurs in the first scenario, and always in the second.
    if never(first) && always(second) {
        return directed(better, true);
    }
    if always(first) && never(second) {
        return directed(better, false);
    }
    let (Some(found), Some(mean)) = (paired(first, second, level), mean(first)) else {
        return Change::Undecided;
    };
    let margin = relevant * mean.abs();
    if -margin <= found.low() && found.high() <= margin {
        return Change::NoRelevantDifference;
    }
    match found {
        _ if found.high() < -margin => directed(better, true),
        _ if found.low() > margin => directed(better, false),
        _ => Change::Undecided,
    }
}

/// Returns the meaning of a relevant difference, given whether the second value is lower.
fn directed(better: Better, is_lower: bool) -> Change {
    match (better, is_lower) {
        (Better::Neither, _) => Change::Different,
        (Better::Lower, true) | (Better::Higher, false) => Change::Better,
        (Better::Lower, false) | (Better::Higher, true) => Change::Worse,
    }
}

/// Returns (Var(first) + Var(second)) / Var(second - first); `None` if the difference does not
/// vary.
fn variance_reduction(first: &[f64], second: &[f64]) -> Option<f64> {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    let of_difference = variance(&differences).filter(|variance| *variance > 0.0)?;
    Some((variance(first)? + variance(second)?) / of_difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Metric, Replication};

    const CRITERIA: Criteria = Criteria { confidence: 0.95, relevant: 0.0 };

    fn sample(names: &[&str], rows: &[&[f64]]) -> Sample {
        let metric = |name: &&str| Metric::from_name(name).expect("a metric");
        let replication = |(number, values): (u32, &&[f64])| Replication {
            number,
            events: 1,
            values: values.to_vec(),
        };
        Sample {
            metrics: names.iter().map(metric).collect(),
            replications: (0..).zip(rows).map(replication).collect(),
            ..Sample::default()
        }
    }

    /// Checks the procedure `paired-t` of tests/theory-cases.json, whose difference is a - b. A
    /// comparison subtracts the first sample from the second, so a is the second sample here.
    #[test]
    fn the_paired_t_interval_agrees_with_the_known_answer() {
        let a = [5.1, 4.8, 5.6, 5.0, 4.7, 5.3, 5.2, 4.9, 5.5, 5.0];
        let b = [4.9, 4.7, 5.2, 4.9, 4.4, 5.1, 5.1, 4.6, 5.3, 4.8];
        let rows = |values: [f64; 10]| -> Vec<Vec<f64>> {
            values.iter().map(|value| vec![*value]).collect()
        };
        let (a, b) = (rows(a), rows(b));
        let borrowed = |rows: &[Vec<f64>]| -> Sample {
            sample(&["latency_mean_s"], &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        let found = &compare_samples(&borrowed(&b), &borrowed(&a), CRITERIA)[0];
        let close = |value: Option<f64>, expected: f64| {
            assert!((value.expect("a value") - expected).abs() < 1e-8, "{found:?}");
        };
        close(found.difference, 0.21);
        close(found.half_width, 0.071_137_159_97);
        close(found.half_width_independent, 0.270_252_515);
        assert_eq!(found.change, Change::Worse);
        let same = &compare_samples(&borrowed(&a), &borrowed(&a), CRITERIA)[0];
        assert_eq!((same.change, same.difference), (Change::Same, Some(0.0)));
    }

    #[test]
    fn metrics_are_matched_by_name_and_infinite_values_have_no_difference() {
        let first =
            sample(&["latency_mean_s", "latency_p95_s"], &[&[1.0, 2.0], &[1.5, f64::INFINITY]]);
        let second = sample(&["latency_p95_s", "latency_p99_s"], &[&[2.0, 0.0], &[3.0, 0.0]]);
        let found = compare_samples(&first, &second, CRITERIA);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].metric.name(), "latency_p95_s");
        assert_eq!((found[0].first_mean, found[0].second_mean), (None, Some(2.5)));
        assert_eq!(found[0].change, Change::Undecided);
    }

    /// Returns the decision about two samples with the same number of replications.
    fn decided(first: &[f64], second: &[f64], relevant: f64) -> Change {
        let rows = |values: &[f64]| values.iter().map(|value| vec![*value]).collect::<Vec<_>>();
        let of = |rows: Vec<Vec<f64>>| {
            sample(&["latency_mean_s"], &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        compare_samples(
            &of(rows(first)),
            &of(rows(second)),
            Criteria { confidence: 0.95, relevant },
        )[0]
        .change
    }

    /// Uses t(0.975, 3) = 3.182: the differences d - 0.1, d + 0.1, d - 0.1, d + 0.1 have the
    /// interval d +- 3.182 * sqrt(0.04 / 3 / 4) = d +- 0.1837.
    #[test]
    fn a_decision_needs_the_whole_interval_outside_or_inside_the_margin() {
        let first = [100.0; 4];
        let second = |d: f64| [d - 0.1, d + 0.1, d - 0.1, d + 0.1].map(|it| 100.0 + it);
        for (difference, relevant, expected) in [
            // 1 % of 100 is 1.
            (0.01, 0.01, Change::NoRelevantDifference),
            (-0.81, 0.01, Change::NoRelevantDifference),
            (-0.82, 0.01, Change::Undecided),
            (1.18, 0.01, Change::Undecided),
            (1.19, 0.01, Change::Worse),
            (-1.19, 0.01, Change::Better),
            // Statistically significant, but possibly irrelevant.
            (0.9, 0.01, Change::Undecided),
            (0.9, 0.0, Change::Worse),
            (0.1, 0.0, Change::Undecided),
            (-3.0, 0.05, Change::NoRelevantDifference),
        ] {
            let found = decided(&first, &second(difference), relevant);
            assert_eq!(found, expected, "{difference} of 100, relevant {relevant}");
        }
    }

    #[test]
    fn a_side_that_never_reaches_the_state_is_worse() {
        let (never, at_last) = ([f64::INFINITY; 2], [3600.0, 3700.0]);
        assert_eq!(decided(&never, &at_last, 0.01), Change::Better);
        assert_eq!(decided(&at_last, &never, 0.01), Change::Worse);
        assert_eq!(decided(&never, &[f64::INFINITY, 3600.0], 0.01), Change::Undecided);
        assert_eq!(decided(&[f64::NAN; 2], &at_last, 0.01), Change::NotComparable);
        assert_eq!(decided(&never, &never, 0.01), Change::Same);
    }

    /// Watch that stops the runs when this share of their work is complete.
    struct StopAt(f64);

    impl Watch for StopAt {
        fn should_continue(&self, look: Look) -> bool {
            look.share_done < self.0
        }
    }

    #[test]
    fn a_stopped_comparison_uses_the_complete_pairs() {
        use crate::results::ScenarioInfo;
        use crate::scenario::{LoadRequest, ScenarioOrigin, load};
        let side = |clients: u32| {
            let origin = ScenarioOrigin::Preset("lab-b2s".to_owned());
            let clients = format!("cohort.*.clients={clients}");
            let overrides = vec!["duration=\"30min\"".to_owned(), clients];
            load(&LoadRequest { origin, overrides }).expect("it loads")
        };
        let (sides, info) = ([side(10), side(12)], ScenarioInfo::default());
        let study =
            |scenario: usize| Study { config: &sides[scenario].config, info: &info, follow: None };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let until = |share: f64| {
            let found = pool.install(|| pairs([&study(0), &study(1)], 40, &StopAt(share)));
            found.expect("no error")
        };
        let (whole, segment) = (until(2.0), until(0.52));
        assert!(whole.is_complete && !segment.is_complete && segment.first.is_some());
        let count = segment.samples[0].replications.len();
        // Expects half of the pairs, with a tolerance for the pair that was stopped.
        assert!((18..=22).contains(&count), "{count} pairs");
        for (segment, whole) in segment.samples.iter().zip(&whole.samples) {
            // Compares text because some metrics are NaN, which is not equal to itself.
            let compared = [&segment.replications[..], &whole.replications[..count]];
            let [segment, whole] = compared.map(|replications| format!("{replications:?}"));
            assert!(segment == whole, "they differ");
        }
        assert_eq!(until(0.0).samples[0].replications.len(), 0);
    }
}
