//! Tests of groups: clear them, or find which member stands out.

use super::{End, GROUP_NUMBER, Observed, Point, SUSPECT_SHARE, Screening, Simulator};
use crate::results::Decision;
use crate::study::sensitivity::screening::rule::{self, difference, is_screened_out, reaches};

/// Most members of a group: more would take a model too far from its defaults.
const MEMBERS_MAX: usize = 40;

/// The root of the sum of squares of what the pilot saw of a group's members, by the threshold, is
/// to be at most this, so that random signs seldom add up to what a test reacts to.
const SUM_MAX: f64 = 0.8;

/// Most members of a group that are measured singly because clear tests point to them.
const POINTED_MAX: usize = 2;

/// Members of so small a group are measured singly where tests of it do not get clear.
const SMALL: usize = 4;

/// Most replications of a test.
const REPLICATIONS_MAX: u32 = 4;

/// Parameters that are tested together.
#[derive(Clone, Debug)]
struct Group {
    /// What stood out in the pilot comes first.
    members: Vec<usize>,
    /// Replications of its next test.
    replications: u32,
    /// How many replications its tests have had.
    used: u32,
    /// Which tests count.
    phase: Phase,
    /// How often something stood out and no member did.
    unexplained: u32,
}

/// Which tests of a group count: hits before the first clear test do not, and that one does not
/// after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before the first test.
    Fresh,
    /// After hits and before a clear test.
    Cleaning,
    /// After a clear test: all count.
    Clean,
}

/// A test: which members go to which end, and with which replications.
#[derive(Clone, Debug)]
struct Test {
    ends: Vec<(usize, End)>,
    numbers: std::ops::Range<u32>,
}

/// What a test showed.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    /// By metric, the largest change among both runs and the defaults, and the difference of the
    /// run and its mirror image.
    Changes { sizes: Vec<f64>, differences: Vec<f64> },
    /// The scenario does not take the values together.
    Refused,
    /// It was not finished.
    Stopped,
}

impl<S: Simulator> Screening<'_, S> {
    /// Tests parameters in groups until each is screened out or is to be measured singly.
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

    /// As many groups as it takes for the sum of small effects to stay small, each with members of
    /// every size.
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

    /// A test of a group, with a random end for each member.
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

    /// What the runs of a test say, those of its mirror image in the second half.
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

    /// The metric that changes most by its threshold, of those that change by what a test reacts
    /// to, and its change.
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

    /// What becomes of a group after a test.
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

    /// Counts a test for each member. What it shows of a member's swing is kept of clear tests: a
    /// culprit would be in the others.
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

    /// The members of those that are screened out that their tests point to all the same: the mean
    /// of what clear tests show of their swings reaches the threshold. One that does raises the
    /// means of some others with it, so these are the [`POINTED_MAX`] with the largest.
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

    /// Takes the member out of a group that stands out, or makes smaller groups if none does.
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

    /// Takes out of groups what is screened out, or has stood out too often.
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

    /// Follows a change that reached its threshold into the half that has more of it, down to one
    /// member; `None` if that one alone does not stand out.
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
            // Not a number: it is in the first half at least.
            is_tested = of_first.is_nan() || of_first >= size / 2.0;
            if is_tested {
                size = of_first;
            } else {
                ends = second;
            }
        }
    }

    /// The change of a metric in a test; `None` if the test has no result.
    fn change(&mut self, test: &Test, metric: usize) -> Result<Option<f64>, S::Error> {
        let shown = self.shown(std::slice::from_ref(test), "which of a group")?;
        Ok(match &shown[..] {
            [Shown::Changes { sizes, .. }] => sizes.get(metric).copied(),
            _ => None,
        })
    }
}

/// The larger; what is not a number is larger than any.
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

    /// After a change that no member explains: it is the sum of many, or noise. Smaller groups help
    /// against the one and more replications against the other, in turn.
    fn narrowed(mut self) -> Vec<Group> {
        self.unexplained += 1;
        if self.unexplained % 2 == 1 {
            return self.halves();
        }
        self.replications = (2 * self.replications).min(REPLICATIONS_MAX);
        vec![self]
    }
}
