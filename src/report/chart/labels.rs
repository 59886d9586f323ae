//! Finds positions for labels that cover neither other labels nor the data.

use super::canvas::Place;

/// A rectangle with horizontal and vertical edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(super) fn new((left, top): Place, (width, height): (f64, f64)) -> Self {
        Area { left, top, right: left + width, bottom: top + height }
    }

    pub(super) fn overlaps(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn contains(&self, other: &Area) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    /// Returns whether a straight line between two positions intersects the area (Liang and Barsky,
    /// 1984).
    pub(super) fn meets(&self, from: Place, to: Place) -> bool {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let edges = [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ];
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        for (towards, distance) in edges {
            if towards == 0.0 {
                if distance < 0.0 {
                    return false;
                }
            } else if towards < 0.0 {
                enters = enters.max(distance / towards);
            } else {
                leaves = leaves.min(distance / towards);
            }
        }
        enters <= leaves
    }
}

/// Areas and curves that labels must not cover.
#[derive(Debug)]
pub(super) struct Obstacles<'a> {
    frame: Area,
    curves: &'a [Vec<Place>],
    labels: Vec<Area>,
}

impl<'a> Obstacles<'a> {
    /// Creates obstacles from a frame, which labels must not leave, and curves.
    pub(super) fn new(frame: Area, curves: &'a [Vec<Place>]) -> Self {
        Obstacles { frame, curves, labels: Vec::new() }
    }

    /// Returns the first candidate that covers nothing, otherwise the first one that covers no
    /// other label. The label becomes an obstacle for later labels.
    pub(super) fn place(&mut self, candidates: &[Area]) -> Option<Area> {
        let within = || candidates.iter().filter(|one| self.frame.contains(one));
        let is_off_labels = |one: &&Area| !self.labels.iter().any(|label| label.overlaps(one));
        let best = within().find(|one| is_off_labels(one) && !self.is_on_curve(one));
        let best = *best.or_else(|| within().find(is_off_labels))?;
        self.labels.push(best);
        Some(best)
    }

    fn is_on_curve(&self, area: &Area) -> bool {
        let mut curves = self.curves.iter();
        curves.any(|curve| match curve[..] {
            [only] => area.meets(only, only),
            _ => curve.windows(2).any(|pair| area.meets(pair[0], pair[1])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_crosses_an_area_is_detected() {
        let area = Area::new((10.0, 10.0), (20.0, 5.0));
        assert!(area.meets((0.0, 12.0), (99.0, 12.0)));
        assert!(area.meets((12.0, 0.0), (40.0, 30.0)));
        assert!(!area.meets((0.0, 0.0), (99.0, 9.0)));
        assert!(!area.meets((0.0, 12.0), (9.0, 12.0)), "the line ends before the area");
        assert!(area.meets((12.0, 12.0), (12.0, 12.0)));
    }

    #[test]
    fn a_label_uses_the_first_free_position() {
        let curves = [vec![(0.0, 5.0), (100.0, 5.0)]];
        let mut obstacles = Obstacles::new(Area::new((0.0, 0.0), (100.0, 100.0)), &curves);
        let at = |x: f64, y: f64| Area::new((x, y), (30.0, 10.0));
        let candidates = [at(90.0, 50.0), at(10.0, 0.0), at(20.0, 40.0), at(60.0, 80.0)];
        assert_eq!(obstacles.place(&candidates), Some(candidates[2]));
        assert_eq!(obstacles.place(&candidates), Some(candidates[3]));
        assert_eq!(
            obstacles.place(&candidates),
            Some(candidates[1]),
            "a label on a curve is better than none"
        );
        assert_eq!(obstacles.place(&candidates), None);
    }
}
