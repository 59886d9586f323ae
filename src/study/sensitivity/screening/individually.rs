//! Measures individual parameters at their low and high ends with common random numbers, and adds
//! replications until a decision is possible.

use std::collections::BTreeMap;

use super::{End, Observed, Point, Screening, Simulator, rule};
use crate::analysis::interval::{bonferroni, t_quantile};
use crate::analysis::swings::change;
use crate::results::{Change, Decision};

/// Number of replications of the first evaluation, the minimum for a useful interval.
const FIRST_LOOK: u32 = 3;

/// Factor by which an interval may become narrower than expected with more replications, because
/// the standard deviation of few replications is uncertain.
const LUCK: f64 = 0.7;

/// Returns the numbers of replications at which parameters are evaluated, up to a maximum.
pub fn looks(maximum: u32) -> Vec<u32> {
    let mut looks = vec![FIRST_LOOK.min(maximum.max(1))];
    while let Some(last) = looks.last().copied().filter(|last| *last < maximum) {
        let next = if last == FIRST_LOOK { 5 } else { last.saturating_mul(2) };
        // Use the maximum instead of a number that is close to it.
        looks.push(if u64::from(next) * 3 > u64::from(maximum) * 2 { maximum } else { next });
    }
    looks
}

/// Evaluation of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Matters,
    Below,
    Undecided,
}

/// Evaluates a change. The change matters if it reaches the threshold and its interval excludes
/// zero. It is below the threshold if its whole interval is below the threshold.
fn verdict(change: &Change, threshold: f64) -> Verdict {
    let size = change.difference.abs();
    match change.half_width {
        Some(0.0) if size == 0.0 => Verdict::Below,
        Some(width) if size + width < threshold => Verdict::Below,
        _ if change.is_detectable && rule::reaches(size, threshold) => Verdict::Matters,
        _ => Verdict::Undecided,
    }
}

/// Returns the values of a metric at an end, by replication.
fn column(rows: &BTreeMap<u32, Vec<f64>>, numbers: u32, metric: usize) -> Vec<f64> {
    (0..numbers).filter_map(|number| rows.get(&number)).map(|row| row[metric]).collect()
}

impl<S: Simulator> Screening<'_, S> {
    /// Evaluates the parameters from an index of the list for the first time.
    pub(super) fn first_look(&mut self, from: usize) -> Result<(), S::Error> {
        let first = looks(self.plan.replications)[0];
        let parameters = self.individually[from..].to_vec();
        self.look(&parameters, first, "one at a time")
    }

    /// Adds replications for each undecided parameter that more replications could decide.
    pub(super) fn later_looks(&mut self) -> Result<(), S::Error> {
        for numbers in looks(self.plan.replications).into_iter().skip(1) {
            // The intervals depend on the number of individually measured parameters, which may
            // have changed.
            self.individually
                .clone()
                .into_iter()
                .for_each(|parameter| self.evaluate_singly(parameter));
            let is_open = |one: &usize| self.may_be_decided(*one);
            let open: Vec<usize> = self.individually.iter().copied().filter(is_open).collect();
            self.look(&open, numbers, "more replications")?;
        }
        self.individually.clone().into_iter().for_each(|parameter| self.evaluate_singly(parameter));
        Ok(())
    }

    /// Simulates missing replications for as many parameters as the budget allows, and evaluates
    /// these parameters.
    fn look(
        &mut self,
        parameters: &[usize],
        numbers: u32,
        stage: &'static str,
    ) -> Result<(), S::Error> {
        if parameters.is_empty() {
            return Ok(());
        }
        self.defaults(0..numbers, stage)?;
        let left = self.plan.budget - self.simulator.spent();
        let mut points = Vec::new();
        for &parameter in parameters {
            let before = points.len();
            for end in self.moved(parameter) {
                let known = self.single.get(&(parameter, end));
                let is_new = |number: &u32| known.is_none_or(|rows| !rows.contains_key(number));
                let point =
                    |number| Point { is_pilot: false, ends: vec![(parameter, end)], number };
                points.extend((0..numbers).filter(is_new).map(point));
            }
            if points.len() as f64 > left {
                points.truncate(before);
                self.is_out_of_budget = true;
                break;
            }
        }
        let observed = self.observe(&points, stage)?;
        for (point, observed) in points.iter().zip(observed) {
            if let Observed::Values(values) = observed {
                self.single.entry(point.ends[0]).or_default().insert(point.number, values);
            }
        }
        for &parameter in parameters {
            self.evaluate_singly(parameter);
        }
        Ok(())
    }

    /// Evaluates a parameter with the replications that both ends have.
    fn evaluate_singly(&mut self, parameter: usize) {
        let numbers = self.complete(parameter);
        self.known[parameter].replications = numbers;
        let verdicts: Vec<Verdict> = self
            .changes(parameter)
            .iter()
            .map(|(metric, change)| verdict(change, self.thresholds[*metric]))
            .collect();
        self.known[parameter].decision = if verdicts.contains(&Verdict::Matters) {
            Decision::Matters
        } else if numbers > 0 && verdicts.iter().all(|one| *one == Verdict::Below) {
            Decision::Below
        } else {
            Decision::Undecided
        };
        for (metric, change) in self.changes(parameter).iter().step_by(3) {
            let by_threshold = |metric: usize, swing: f64| {
                let threshold = self.thresholds[metric];
                if threshold > 0.0 { swing.abs() / threshold } else { swing.abs() }
            };
            let size = by_threshold(*metric, change.difference);
            let is_larger =
                self.largest.is_none_or(|(_, metric, swing)| size > by_threshold(metric, swing));
            if is_larger {
                self.largest = Some((parameter, *metric, change.difference));
            }
        }
    }

    /// Returns the number of consecutive replications that both ends and the defaults have.
    fn complete(&self, parameter: usize) -> u32 {
        let has = |number: &u32| {
            let of_end = |end| self.single.get(&(parameter, end));
            let moved = |end| of_end(end).is_some_and(|rows| rows.contains_key(number));
            self.base.contains_key(number) && self.moved(parameter).all(moved)
        };
        (0..self.plan.replications).take_while(has).count() as u32
    }

    /// Returns the changes of each metric from low to high, and from the default to each end.
    fn changes(&self, parameter: usize) -> Vec<(usize, Change)> {
        let numbers = self.complete(parameter);
        if numbers == 0 {
            return Vec::new();
        }
        let level = self.level();
        let rows = |end| self.single.get(&(parameter, end)).unwrap_or(&self.base);
        let of_metric = |metric| {
            let of = |rows| column(rows, numbers, metric);
            let (low, high) = (of(rows(End::Low)), of(rows(End::High)));
            let base = of(&self.base);
            [(&low, &high), (&base, &low), (&base, &high)]
                .map(|(from, to)| (metric, change(from, to, level)))
        };
        (0..self.thresholds.len()).flat_map(of_metric).collect()
    }

    /// Returns the level of each interval, so that those of all parameters and evaluations hold
    /// jointly.
    fn level(&self) -> f64 {
        let intervals = self.individually.len() * looks(self.plan.replications).len();
        bonferroni(self.plan.confidence, intervals)
    }

    /// Returns whether the maximum number of replications could decide an undecided parameter.
    fn may_be_decided(&self, parameter: usize) -> bool {
        let known = &self.known[parameter];
        if known.decision != Decision::Undecided || known.replications == 0 {
            return false;
        }
        let level = self.level();
        let reach = |count: u32| {
            let t = t_quantile(level, f64::from(count) - 1.0)?;
            Some(t / f64::from(count).sqrt())
        };
        let narrowing = match (reach(known.replications), reach(self.plan.replications)) {
            (Some(now), Some(then)) => LUCK * then / now,
            _ => 0.0,
        };
        let changes = self.changes(parameter).into_iter().map(|(metric, mut change)| {
            change.half_width = change.half_width.map(|width| width * narrowing);
            let width = change.half_width.unwrap_or(0.0);
            change.is_detectable |= change.difference.abs() > width;
            verdict(&change, self.thresholds[metric])
        });
        let verdicts: Vec<Verdict> = changes.collect();
        verdicts.contains(&Verdict::Matters) || verdicts.iter().all(|one| *one == Verdict::Below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluation_points_increase_and_end_at_the_maximum() {
        assert_eq!(looks(10), [3, 5, 10]);
        assert_eq!(looks(3), [3]);
        assert_eq!(looks(1), [1]);
        assert_eq!(looks(4), [3, 4]);
        let many = looks(1000);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]) && many.last() == Some(&1000));
    }

    #[test]
    fn a_change_within_random_variation_does_not_matter() {
        let change = |difference, half_width: f64| Change {
            difference,
            half_width: Some(half_width),
            is_detectable: f64::abs(difference) > half_width,
        };
        assert_eq!(verdict(&change(-7.0, 2.0), 5.0), Verdict::Matters);
        assert_eq!(verdict(&change(7.0, 8.0), 5.0), Verdict::Undecided);
        assert_eq!(verdict(&change(3.0, 1.0), 5.0), Verdict::Below);
        assert_eq!(verdict(&change(3.0, 2.5), 5.0), Verdict::Undecided);
        assert_eq!(verdict(&change(0.0, 0.0), 0.0), Verdict::Below);
        let never = Change { difference: f64::INFINITY, half_width: None, is_detectable: true };
        assert_eq!(verdict(&never, 5.0), Verdict::Matters);
    }
}
