//! Labels within a plot: labels of limits and of marked points.

use super::canvas::{Anchor, Canvas, Lettering, Place};
use super::labels::{Area, Obstacles};
use super::plot::{Plot, limit_look};
use super::style::{LIMIT_LABEL, TICK};
use super::theme::INK;

/// Radius of a marked point.
const MARK: f64 = 4.0;
/// Distance between a line or a point and its label.
const BESIDE: f64 = 5.0;

/// Writes the labels of limits above or below their lines, where they cover nothing. A limit beyond
/// the axis is named beside the title of the axis.
pub(super) fn limit_labels(
    plot: &Plot<'_>,
    curves: &[Vec<Place>],
    title_top: f64,
    canvas: &mut Canvas,
) {
    let mut obstacles = Obstacles::new(inside(plot), curves);
    let mut beyond = plot.frame.right - 6.0;
    for limit in &plot.chart.limits {
        let letters = Lettering { colour: limit_look(limit).0, ..LIMIT_LABEL };
        if !plot.chart.y.contains(limit.at) {
            let label = format!("{} (above this axis)", limit.label);
            canvas.text(&label, (beyond, title_top + 10.0), letters, Anchor::Right);
            beyond -= canvas.width(&label, letters) + 3.0 * BESIDE;
            continue;
        }
        let size = (canvas.width(&limit.label, letters), letters.size);
        let y = plot.y(limit.at);
        let room = plot.frame.right - plot.frame.left - size.0 - 2.0 * BESIDE;
        // Try positions from right to left, first above the line, then below it.
        let candidates: Vec<Area> = [y - size.1 - 2.0, y + 3.0]
            .into_iter()
            .flat_map(|top| {
                let place = move |tenth: u32| room * f64::from(tenth) / 10.0;
                let left = plot.frame.left + BESIDE;
                (0..=10).rev().map(move |tenth| Area::new((left + place(tenth), top), size))
            })
            .collect();
        let found = obstacles.place(&candidates).or_else(|| candidates.first().copied());
        if let Some(area) = found {
            canvas.text(&limit.label, (area.left, middle(&area)), letters, Anchor::Beside);
        }
    }
}

/// Draws marked points with their labels.
pub(super) fn mark_labels(plot: &Plot<'_>, curves: &[Vec<Place>], canvas: &mut Canvas) {
    let mut obstacles = Obstacles::new(inside(plot), curves);
    let letters = Lettering { colour: INK, is_bold: true, ..TICK };
    for mark in &plot.chart.marks {
        let (x, y) = (plot.x(mark.x), plot.y(mark.y));
        canvas.point((x, y), MARK, INK);
        let size = (canvas.width(&mark.label, letters), letters.size);
        let Some(area) = obstacles.place(&around((x, y), size)) else { continue };
        canvas.text(&mark.label, (area.left, middle(&area)), letters, Anchor::Beside);
    }
}

fn middle(area: &Area) -> f64 {
    (area.top + area.bottom) / 2.0
}

fn inside(plot: &Plot<'_>) -> Area {
    let frame = plot.frame;
    Area { left: frame.left, top: frame.top, right: frame.right, bottom: frame.bottom }
}

/// Returns candidate areas around a point, the nearest first: a rising curve leaves space to the
/// lower right and the upper left.
fn around((x, y): Place, size: (f64, f64)) -> Vec<Area> {
    const STEPS: u32 = 8;
    let offset = |step: u32, length: f64| f64::from(step) * length;
    let near = (0..STEPS).map(|step| (0.0, offset(step, size.1 + 2.0)));
    let far = (1..STEPS).map(|step| (offset(step, size.0 / 2.0), 0.0));
    near.chain(far)
        .flat_map(|(aside, offset)| {
            let right = x + MARK + BESIDE + aside;
            let left = x - MARK - BESIDE - size.0 - aside;
            let (below, above) = (y + BESIDE + offset, y - BESIDE - size.1 - offset);
            [(right, below), (left, above), (right, above), (left, below)]
        })
        .map(|corner| Area::new(corner, size))
        .collect()
}
