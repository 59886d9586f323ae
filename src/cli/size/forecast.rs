//! How long a search will take, and how far it is, on the error stream.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;

use crate::experiment::{Look, Watch};
use crate::report::{format, sizing};
use crate::results::DesignResult;
use crate::study::sizing::Space;

use super::super::failure::Failure;
use super::super::output;
use super::super::progress::{self, Progress};

/// Replications that a design takes in screening: most are decided after two, few are near a limit.
const PER_DESIGN: f64 = 2.0;

/// Replications of one design near a limit that is refused, and of the confirmation.
const NEAR_LIMIT: f64 = 10.0;
const CONFIRMATION: f64 = 20.0;

/// Events after which the speed of the simulation is known.
const EVENTS: u64 = 1 << 18;

/// Replications that a search is expected to take. A bisection of the costs, then of each dimension
/// without a price, a confirmation, and a step in each direction.
pub(super) fn replications(space: &Space, levels: &[usize], first: u32) -> u32 {
    let mut costs: Vec<f64> = space.designs().iter().map(|(cost, _)| *cost).collect();
    costs.dedup();
    let cheapest = space.designs().first().map_or(f64::NAN, |(cost, _)| *cost);
    let is_free = |dimension: usize| {
        let cheapest = space.designs().iter().take_while(|(cost, _)| *cost == cheapest);
        cheapest.clone().any(|(_, design)| design[dimension] > 0)
    };
    let halvings = |count: usize| (count.max(1) as f64).log2().ceil();
    let free = levels.iter().enumerate().filter(|(dimension, _)| is_free(*dimension));
    let designs = 1.0
        + halvings(costs.len())
        + free.map(|(_, count)| halvings(*count)).sum::<f64>()
        + levels.iter().filter(|count| **count > 1).count() as f64;
    let in_all = PER_DESIGN.max(f64::from(first)) * designs + NEAR_LIMIT + CONFIRMATION;
    // Small spaces are simulated as a whole.
    let most = 4.0 * NEAR_LIMIT * space.designs().len() as f64;
    in_all.min(most + CONFIRMATION) as u32
}

/// Says what is to come.
pub(super) fn announce(
    space: &Space,
    replications: u32,
    seconds: f64,
    threads: usize,
) -> Result<(), Failure> {
    let possible = space.designs().len() as u64;
    let all = f64::from(replications) * seconds / threads as f64;
    output::warn(&format!(
        "size: {} of {} designs are possible. About {replications} replications of {} each are \
         expected: about {} on {threads} threads.\n",
        format::count(possible),
        format::count(space.size),
        format::seconds(seconds),
        format::seconds(all),
    ))
}

/// What is shown while the search runs.
pub(super) struct Display {
    bar: ProgressBar,
    is_silent: bool,
    currency: String,
    replications: u32,
    expected: u32,
    simulated_in: Duration,
    begun: Option<Duration>,
    text: String,
    best: Option<Vec<String>>,
}

impl Display {
    pub(super) fn new(is_silent: bool, currency: &str) -> Self {
        Display {
            bar: progress::searching(is_silent),
            is_silent,
            currency: currency.to_owned(),
            replications: 0,
            expected: 0,
            simulated_in: Duration::ZERO,
            begun: None,
            text: String::new(),
            best: None,
        }
    }

    /// Replications that are expected, when the search begins.
    pub(super) fn begin(&mut self, expected: u32, elapsed: Duration) {
        (self.expected, self.begun) = (expected, Some(elapsed));
    }

    /// A design is being simulated.
    pub(super) fn simulating(&self, values: &[String], numbers: &Range<u32>) {
        let (design, count) = (values.join(" "), numbers.len());
        let left = self.left().map_or_else(String::new, |left| format!(", about {left} left"));
        self.bar.set_message(format!("{} ({count} replications of {design}{left})", self.text));
    }

    /// So many replications were simulated.
    pub(super) fn simulated(&mut self, count: u32, elapsed: Duration) {
        self.replications += count;
        self.simulated_in = elapsed.saturating_sub(self.begun.unwrap_or_default());
        self.bar.inc(u64::from(count));
    }

    /// Replications that were simulated.
    pub(super) fn replications(&self) -> u64 {
        u64::from(self.replications)
    }

    /// How long the rest is expected to take.
    fn left(&self) -> Option<String> {
        let more = self.expected.checked_sub(self.replications).filter(|more| *more > 0)?;
        let each = self.simulated_in.as_secs_f64() / f64::from(self.replications.max(1));
        (self.replications > 0).then(|| format::seconds(each * f64::from(more)))
    }

    /// So many designs were simulated, so many may be cheaper than this, the best of them.
    pub(super) fn found(
        &mut self,
        designs: usize,
        open: u64,
        best: Option<DesignResult>,
        elapsed: Duration,
    ) {
        let best_text = best.as_ref().map(|best| {
            let cost = format::number(best.cost);
            let tightest = sizing::tightest(&best.objectives);
            let tightest = tightest.map_or_else(String::new, |text| format!(", {text}"));
            let values = best.values.join(" ");
            format!("best so far {values} ({cost} {} per month{tightest})", self.currency)
        });
        self.text = format!(
            "{designs} designs, {} replications, {} left that may be cheaper{}",
            self.replications,
            format::count(open),
            best_text.iter().map(|text| format!(", {text}")).collect::<String>()
        );
        let values = best.map(|best| best.values);
        if values == self.best {
            return;
        }
        self.best = values;
        // Where there is no terminal, each new best design is a line.
        if let Some(text) = best_text.filter(|_| self.bar.is_hidden() && !self.is_silent) {
            let after = format::seconds(elapsed.as_secs_f64());
            let line =
                format!("size: {text}, after {after} and {} replications\n", self.replications);
            // The search does not fail because nobody reads this.
            let _ = output::warn(&line);
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Stops a run after its first events.
pub(super) struct Brief<'a> {
    watch: &'a Progress,
    events: AtomicU64,
}

impl<'a> Brief<'a> {
    pub(super) fn new(watch: &'a Progress) -> Self {
        Brief { watch, events: AtomicU64::new(0) }
    }

    /// Events that were simulated.
    pub(super) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }
}

impl Watch for Brief<'_> {
    fn go_on(&self, look: Look) -> bool {
        self.events.store(look.events, Ordering::Relaxed);
        self.watch.go_on(look) && look.events < EVENTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's example: 24 costs, eight connection points and fifteen management points free.
    #[test]
    fn the_forecast_grows_with_the_halvings_of_the_space() {
        let costs: Vec<f64> = (0..24).map(f64::from).collect();
        let space = |free: usize| {
            let designs = costs
                .iter()
                .flat_map(|cost| (0..free).map(move |level| (*cost, vec![*cost as usize, level])));
            Space::from_designs(designs.collect())
        };
        // 1 + 5 halvings of the costs + 3 of eight levels + 2 dimensions, 30 more.
        assert_eq!(replications(&space(8), &[24, 8], 2), 2 * (1 + 5 + 3 + 2) + 30);
        assert_eq!(replications(&space(1), &[24, 1], 2), 2 * (1 + 5 + 1) + 30);
    }
}
