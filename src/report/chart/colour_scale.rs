//! Colour scales: ranges of values, each with a colour, and their key.

use super::axis::round_step;
use super::canvas::{Anchor, Canvas, Place};
use super::style::TICK;
use super::theme::{Colour, STEPS, STEPS_ABOVE, heat, heat_above};

const STEP_WIDTH: f64 = 46.0;
const HEIGHT: f64 = 14.0;
/// Height of the labels below the colours.
const LABELS: f64 = 18.0;

/// Steps of equal or growing width, each with a colour.
#[derive(Clone, Debug)]
pub struct ColourScale {
    /// Quantity and unit.
    pub title: String,
    /// Bounds of the steps in ascending order, with their labels. The last step has no upper bound
    /// if there are steps above the limit.
    pub bounds: Vec<(f64, String)>,
}

impl ColourScale {
    /// Returns steps of equal width between two values.
    pub fn linear(title: String, (from, to): (f64, f64), label: impl Fn(f64) -> String) -> Self {
        let bound = |step: usize| from + (to - from) * step as f64 / STEPS as f64;
        let bounds = (0..=STEPS).map(|step| (bound(step), label(bound(step)))).collect();
        ColourScale { title, bounds }
    }

    /// Returns steps of a round width that cover the range of the values. The steps cover at least
    /// a tenth of the largest value, so that small differences do not look large.
    pub fn round(
        title: String,
        (smallest, largest): (f64, f64),
        label: impl Fn(f64) -> String,
    ) -> Self {
        let range = (largest - smallest).max(0.1 * largest.abs()).clamp(1e-12, 1e150);
        let step = round_step(range / (STEPS - 1) as f64);
        let from = (smallest / step).floor() * step;
        ColourScale::linear(title, (from, from + STEPS as f64 * step), label)
    }

    /// Returns steps of equal ratio between two positive values.
    pub fn logarithmic(
        title: String,
        (from, to): (f64, f64),
        label: impl Fn(f64) -> String,
    ) -> Self {
        let bound = |step: usize| from * (to / from).powf(step as f64 / STEPS as f64);
        let bounds = (0..=STEPS).map(|step| (bound(step), label(bound(step)))).collect();
        ColourScale { title, bounds }
    }

    /// Adds steps above the limit, given by their lower bounds. The first bound is the limit, where
    /// the other steps end.
    pub fn with_steps_above(mut self, bounds: &[f64], label: impl Fn(f64) -> String) -> Self {
        let further = bounds.iter().skip(1).take(STEPS_ABOVE - 1);
        self.bounds.extend(further.map(|bound| (*bound, label(*bound))));
        self
    }

    fn has_steps_above(&self) -> bool {
        self.bounds.len() > STEPS + 1
    }

    /// Returns the step number of a value. A bound belongs to the step below it, because a limit
    /// that is reached is not exceeded.
    fn step(&self, value: f64) -> usize {
        let last = if self.has_steps_above() { self.bounds.len() - 1 } else { STEPS - 1 };
        let inner = self.bounds.iter().skip(1).filter(|(bound, _)| value > *bound);
        inner.count().min(last)
    }

    fn colour_of_step(step: usize) -> Colour {
        if step < STEPS { heat(step) } else { heat_above(step - STEPS) }
    }

    /// Returns the colour of a value.
    pub fn colour(&self, value: f64) -> Colour {
        Self::colour_of_step(self.step(value))
    }

    /// Returns whether the colour of a value contrasts with the background, so that texts on it use
    /// the background colour.
    pub(super) fn is_strong(&self, value: f64) -> bool {
        match self.step(value) {
            step if step < STEPS => step >= STEPS / 2,
            step => step - STEPS >= STEPS_ABOVE / 2,
        }
    }

    /// Draws the steps from an upper left corner, with labels below. Returns the lower edge.
    pub(super) fn draw(&self, (left, top): Place, canvas: &mut Canvas) -> f64 {
        let steps = self.bounds.len() - usize::from(!self.has_steps_above());
        let width = STEP_WIDTH.min((canvas.right() - 2.0 * left) / steps as f64);
        let at = |step: usize| left + width * step as f64;
        for step in 0..steps {
            let corners = [(at(step), top), (at(step + 1), top + HEIGHT)];
            canvas.rectangle(corners, Self::colour_of_step(step));
        }
        let widest = self.bounds.iter().map(|(_, label)| canvas.width(label, TICK));
        let needed = (widest.fold(0.0, f64::max) + 6.0) / width;
        // These intervals divide the number of steps below the limit, so that the limit is always
        // labelled.
        let every = [1, 2, 5].into_iter().find(|every| *every as f64 >= needed).unwrap_or(STEPS);
        for (step, (_, label)) in self.bounds.iter().enumerate().step_by(every) {
            let x = at(step).max(left + canvas.width(label, TICK) / 2.0);
            canvas.text(label, (x, top + HEIGHT + 4.0), TICK, Anchor::Centre);
        }
        top + HEIGHT + LABELS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> ColourScale {
        let label = |value: f64| value.to_string();
        ColourScale::linear(String::new(), (0.0, 1.0), label).with_steps_above(&[1.0, 2.0], label)
    }

    #[test]
    fn a_value_at_the_limit_is_not_above_it() {
        let scale = scale();
        assert_eq!(scale.colour(1.0), heat(STEPS - 1));
        assert_eq!(scale.colour(1.001), heat_above(0));
        assert_eq!(scale.colour(9.0), heat_above(1));
        assert_eq!(scale.colour(0.0), heat(0));
    }

    #[test]
    fn without_a_limit_the_highest_value_has_the_last_colour() {
        let label = |value: f64| value.to_string();
        let scale = ColourScale::logarithmic(String::new(), (1.0, 1_024.0), label);
        assert_eq!(scale.colour(1_024.0), heat(STEPS - 1));
        assert_eq!(scale.colour(5_000.0), heat(STEPS - 1));
        assert_eq!(scale.colour(1.5), heat(0));
        assert_eq!(scale.colour(2.5), heat(1));
    }
}
