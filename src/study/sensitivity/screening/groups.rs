//! Tests groups of parameters, and finds the member that causes a change.

use super::{End, GROUP_NUMBER, Observed, Point, SUSPECT_SHARE, Screening, Simulator};
use crate::results::Decision;
use crate::study::sensitivity::screening::rule::{self, difference, is_screened_out, reaches};

/// Maximum number of members of a group; larger groups would move a model too far from its
/// defaults.
const MEMBERS_MAX: usize = 40;

/// Maximum root of the sum of squared pilot changes (in thresholds) of a group's members. It keeps
/// the sum of small effects with random signs below the change to which a test reacts.
const SUM_MAX: f64 = 0.8;

/// Maximum number of members of a group to measure individually because clear tests point to them.
const POINTED_MAX: usize = 2;

/// Maximum size of a group whose members are measured individually if its tests do not become
/// clear.
const SMALL: usize = 4;

/// Maximum number of replications of a test.
const REPLICATIONS_MAX: u32 = 4;

/// Parameters that are tested jointly.
#[derive(Clone, Debug)]
struct Group {
    /// Members; those with the largest changes in the pilot come first.
    members: Vec<usize>,
    /// Number of replications of the next test.
    replications: u32,
    /// Total number of replications of earlier tests.
    used: u32,
    /// Phase, which determines whether a test counts.
    phase: Phase,
    /// Number of hits that no single member explained.
    unexplained: u32,
}

/// Phase of a group's tests. A test is a hit if a change reaches [`rule::GUARANTEE`] thresholds,
/// otherwise the test is clear. Hits before the first clear test do not count; after such hits, the
/// first clear test does not count either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before the first test.
    Fresh,
    /// After hits and before the first clear test.
    Cleaning,
    /// After a clear test; all tests count.
    Clean,
}

/// Test of a group: the end of each member, and the replication numbers.
#[derive(Clone, Debug)]
struct Test {
    ends: Vec<(usize, End)>,
    numbers: std::ops::Range<u32>,
}

/// Outcome of a test.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    /// By metric: the maximum change between the run, its mirror image and the defaults, and the
    /// difference between the run and its mirror image.
    Changes { sizes: Vec<f64>, differences: Vec<f64> },
    /// The scenario does not allow this combination of values.
    Refused,
    /// The test is not complete.
    Stopped,
}

impl<S: Simulator> Screening<'_, S> {
    /// Tests parameters in groups until each is screened out or is to be measured individually.
    pub(super) fn groups(&mut self, members: Vec<usize>) -> Result<(), S::Error> {
        let mut groups = self.partition(members);
        while !groups.is_empty() && !self.is_over() {
            let tests: Vec<Test> = groups.iter().map(|group| self.draw(group)).collect();
            let shown = self.shown(&tests, "groups")?;
            let mut next = Vec::new();
            for ((group, test), shown) in groups.into_iter().zip(&tests).zip(shown) {
                next.extend(self.after(group, test, shown)?);
            }
            groups = next;
        }
        Ok(())
    }

    /// Divides the members into enough groups to keep the sum of small effects small. Each group
    /// has members with large and small changes in the pilot.
    fn partition(&self, members: Vec<usize>) -> Vec<Group> {
        let scores = self.scores.as_deref().unwrap_or_default();
        let squares: f64 =
            members.iter().filter_map(|one| scores.get(*one)).map(|score| score * score).sum();
        let by_sum = (squares / (SUM_MAX * SUM_MAX)).ceil() as usize;
        let by_members = members.len().div_ceil(MEMBERS_MAX);
        let count = by_sum.max(by_members).min(members.len().div_ceil(2));
        let mut groups = vec![Vec::new(); count];
        for (at, member) in members.into_iter().enumerate() {
            groups[at % count].push(member);
        }
        groups.into_iter().map(Group::new).collect()
    }

    /// Draws a test of a group, with a random end for each member.
    fn draw(&mut self, group: &Group) -> Test {
        let stream = &mut self.stream;
        let mut end = |_: &usize| if stream.below(2) == 0 { End::Low } else { End::High };
        let ends = group.members.iter().map(|member| (*member, end(member))).collect();
        let first = GROUP_NUMBER + group.used;
        Test { ends, numbers: first..first + group.replications }
    }

    /// Simulates tests and their mirror images.
    fn shown(&mut self, tests: &[Test], stage: &'static str) -> Result<Vec<Shown>, S::Error> {
        self.defaults(tests.iter().flat_map(|test| test.numbers.clone()), stage)?;
        let mut points = Vec::new();
        for test in tests {
            let mirrored = test.ends.iter().map(|(member, end)| (*member, end.other())).collect();
            for ends in [test.ends.clone(), mirrored] {
                let point = |number| Point { is_pilot: false, ends: ends.clone(), number };
                points.extend(test.numbers.clone().map(point));
            }
        }
        let mut observed = self.observe(&points, stage)?.into_iter();
        let shown = |test: &Test| {
            let of_test: Vec<Observed> = observed.by_ref().take(2 * test.numbers.len()).collect();
            self.evaluate(test, &of_test)
        };
        Ok(tests.iter().map(shown).collect())
    }

    /// Evaluates the runs of a test; the second half are the runs of its mirror image.
    fn evaluate(&self, test: &Test, observed: &[Observed]) -> Shown {
        if observed.contains(&Observed::Stopped) {
            return Shown::Stopped;
        }
        let base: Option<Vec<&[f64]>> =
            test.numbers.clone().map(|number| Some(&**self.base.get(&number)?)).collect();
        let values: Option<Vec<&[f64]>> = observed.iter().map(Observed::values).collect();
        let (Some(base), Some(values)) = (base, values) else { return Shown::Refused };
        let (one, mirrored) = values.split_at(values.len() / 2);
        let mean = |rows: &[&[f64]], metric: usize| {
            rows.iter().map(|row| row[metric]).sum::<f64>() / rows.len() as f64
        };
        let change = |metric: usize| {
            let [one, mirrored, base] = [one, mirrored, &base[..]].map(|rows| mean(rows, metric));
            let changes =
                [difference(one, mirrored), difference(one, base), difference(mirrored, base)];
            (changes.iter().map(|change| change.abs()).fold(0.0, larger), changes[0])
        };
        let (sizes, differences) = (0..self.thresholds.len()).map(change).unzip();
        Shown::Changes { sizes, differences }
    }

    /// Returns the metric with the largest change in thresholds, and this change, if it is large
    /// enough for a test to react.
    fn hit(&self, sizes: &[f64]) -> Option<(usize, f64)> {
        let mut hit = None;
        let mut largest = 0.0;
        for (metric, (&size, &threshold)) in sizes.iter().zip(&self.thresholds).enumerate() {
            let threshold = rule::GUARANTEE * threshold;
            let ratio = if threshold > 0.0 { size / threshold } else { size };
            if reaches(size, threshold) && (hit.is_none() || larger(largest, ratio) != largest) {
                largest = ratio;
                hit = Some((metric, size));
            }
        }
        hit
    }

    /// Returns the groups that replace a group after a test.
    fn after(
        &mut self,
        mut group: Group,
        test: &Test,
        shown: Shown,
    ) -> Result<Vec<Group>, S::Error> {
        group.used += test.numbers.len() as u32;
        match shown {
            Shown::Stopped => return Ok(Vec::new()),
            Shown::Refused if group.members.len() == 1 => {
                self.individually.append(&mut group.members);
                return Ok(Vec::new());
            }
            Shown::Refused => return Ok(group.halves()),
            Shown::Changes { sizes, differences } => {
                let hit = self.hit(&sizes);
                self.count(&group, test, hit.is_some(), &differences);
                group.phase = match (group.phase, hit) {
                    (_, None) | (Phase::Clean, _) => Phase::Clean,
                    (Phase::Fresh | Phase::Cleaning, Some(_)) => Phase::Cleaning,
                };
                if let Some((metric, size)) = hit {
                    return self.split(group, test, metric, size);
                }
            }
        }
        Ok(self.settle(vec![group]))
    }

    /// Counts a test for each member. Only clear tests contribute to the swing of a member, because
    /// other tests may show the effect of another member.
    fn count(&mut self, group: &Group, test: &Test, is_hit: bool, differences: &[f64]) {
        for (member, end) in &test.ends {
            let known = &mut self.known[*member];
            match (group.phase, is_hit) {
                (Phase::Clean, true) => known.hits += 1,
                (Phase::Clean | Phase::Fresh, false) => known.clear += 1,
                (Phase::Cleaning, _) | (Phase::Fresh, true) => {}
            }
            if !is_hit {
                let sums = self.sums.entry(*member).or_insert((0, vec![0.0; differences.len()]));
                sums.0 += 1;
                let sign = if *end == End::High { 1.0 } else { -1.0 };
                for (sum, difference) in sums.1.iter_mut().zip(differences) {
                    *sum += sign * difference;
                }
            }
        }
    }

    /// Returns the members to measure although they are screened out: the mean swing in their clear
    /// tests reaches the threshold. One such member also raises the means of other members, so only
    /// the [`POINTED_MAX`] largest are returned.
    fn pointed_to(&self, members: &[usize]) -> Vec<usize> {
        let mean = |member: usize| {
            let Some((count, sums)) = self.sums.get(&member) else { return 0.0 };
            let by_threshold = |(sum, threshold): (&f64, &f64)| {
                let mean = sum.abs() / f64::from(*count);
                match reaches(mean, *threshold) {
                    true if *threshold > 0.0 => mean / threshold,
                    true => f64::INFINITY,
                    false => 0.0,
                }
            };
            sums.iter().zip(&self.thresholds).map(by_threshold).fold(0.0, larger)
        };
        let mut pointed: Vec<usize> =
            members.iter().copied().filter(|member| mean(*member) != 0.0).collect();
        pointed.sort_by(|one, other| mean(*other).total_cmp(&mean(*one)));
        pointed.truncate(POINTED_MAX);
        pointed
    }

    /// Removes the member that causes the hit from a group, or makes smaller groups if none does.
    fn split(
        &mut self,
        mut group: Group,
        test: &Test,
        metric: usize,
        size: f64,
    ) -> Result<Vec<Group>, S::Error> {
        match self.responsible_parameter(test, metric, size)? {
            Some(responsible_parameter) => {
                group.members.retain(|member| *member != responsible_parameter);
                self.individually.push(responsible_parameter);
            }
            None if group.members.len() <= 2 => self.individually.append(&mut group.members),
            None => return Ok(self.settle(group.narrowed())),
        }
        Ok(self.settle(vec![group]))
    }

    /// Removes members that are screened out or had too many hits.
    fn settle(&mut self, groups: Vec<Group>) -> Vec<Group> {
        let needed = rule::tests_needed(self.plan.miss_risk);
        let mut open = Vec::new();
        for mut group in groups {
            let is_small = group.members.len() <= SMALL;
            let (mut left, mut out) = (Vec::new(), Vec::new());
            for member in std::mem::take(&mut group.members) {
                let (clear, hits) = (self.known[member].clear, self.known[member].hits);
                if is_screened_out(needed, clear, hits) {
                    out.push(member);
                } else if hits < rule::HITS_MAX {
                    left.push(member);
                } else if is_small {
                    self.individually.push(member);
                }
            }
            group.members = left;
            let pointed = self.pointed_to(&out);
            out.retain(|member| !pointed.contains(member));
            self.individually.extend(pointed);
            for member in out {
                self.known[member].decision = Decision::ScreenedOut;
            }
            if !group.members.is_empty() {
                open.push(group);
            }
        }
        open
    }

    /// Follows a hit into the half of the members that seems to cause most of the change, down to
    /// one member. Returns `None` if the change of that member alone is below [`SUSPECT_SHARE`] of
    /// the threshold.
    fn responsible_parameter(
        &mut self,
        test: &Test,
        metric: usize,
        mut size: f64,
    ) -> Result<Option<usize>, S::Error> {
        let mut ends = test.ends.clone();
        let mut is_tested = true;
        loop {
            if let [(member, _)] = ends[..] {
                if !is_tested {
                    let test = Test { ends, numbers: test.numbers.clone() };
                    match self.change(&test, metric)? {
                        Some(alone) => size = alone,
                        None => return Ok(None),
                    }
                }
                let stands_out = reaches(size, SUSPECT_SHARE * self.thresholds[metric]);
                return Ok(stands_out.then_some(member));
            }
            let second = ends.split_off(ends.len() / 2);
            let first = Test { ends: ends.clone(), numbers: test.numbers.clone() };
            let Some(of_first) = self.change(&first, metric)? else { return Ok(None) };
            // If the change is NaN, continue with the first half.
            is_tested = of_first.is_nan() || of_first >= size / 2.0;
            if is_tested {
                size = of_first;
            } else {
                ends = second;
            }
        }
    }

    /// Returns the change of a metric in a test; `None` if the test has no result.
    fn change(&mut self, test: &Test, metric: usize) -> Result<Option<f64>, S::Error> {
        let shown = self.shown(std::slice::from_ref(test), "members of a group")?;
        Ok(match &shown[..] {
            [Shown::Changes { sizes, .. }] => sizes.get(metric).copied(),
            _ => None,
        })
    }
}

/// Returns the larger number; NaN counts as the largest.
fn larger(one: f64, other: f64) -> f64 {
    if one.is_nan() || one > other { one } else { other }
}

impl Group {
    fn new(members: Vec<usize>) -> Group {
        Group { members, replications: 1, used: 0, phase: Phase::Fresh, unexplained: 0 }
    }

    fn halves(self) -> Vec<Group> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (at, member) in self.members.iter().enumerate() {
            if at % 2 == 0 { first.push(*member) } else { second.push(*member) }
        }
        [first, second].map(|members| Group { members, ..self.clone() }).into()
    }

    /// Handles a hit that no member explains, which is a sum of small effects or noise. Alternates
    /// between smaller groups, which reduce sums of small effects, and more replications, which
    /// reduce noise.
    fn narrowed(mut self) -> Vec<Group> {
        self.unexplained += 1;
        if self.unexplained % 2 == 1 {
            return self.halves();
        }
        self.replications = (2 * self.replications).min(REPLICATIONS_MAX);
        vec![self]
    }
}
