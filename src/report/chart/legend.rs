//! Legends: swatches with what they mean, from the left, in as few rows as they fit into.

use super::canvas::{Anchor, Canvas, Pen, Place};
use super::plot::{MARGIN, RIGHT_MARGIN};
use super::style::{Colour, Dash, INK, LEGEND, darker};

/// Above the first row.
pub(super) const TOP: f64 = 84.0;
const ROW: f64 = 24.0;
const SWATCH: f64 = 34.0;
const GRADIENT: f64 = 140.0;
const GRADIENT_STEPS: u32 = 40;
/// Many disruptions must not fill the chart with their names.
const ROWS_MAX: u32 = 3;
/// Between a swatch and its label.
const BESIDE: f64 = 8.0;
/// Between entries.
const APART: f64 = 26.0;
/// Height of a mark, at the upper and the lower edge of what it marks: between them are texts.
pub(super) const MARK: f64 = 6.0;

/// What a label stands beside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Swatch {
    /// Nothing.
    Nothing,
    /// A piece of a line.
    Line(Pen),
    /// An area of a colour, seen so much.
    Area(Colour, f64),
    /// The colours of a map.
    Gradient,
    /// A mark.
    Mark,
}

impl Swatch {
    fn width(self) -> f64 {
        match self {
            Swatch::Nothing => -BESIDE,
            Swatch::Gradient => GRADIENT,
            Swatch::Mark => BESIDE,
            Swatch::Line(_) | Swatch::Area(..) => SWATCH,
        }
    }

    fn draw(self, canvas: &mut Canvas, (left, middle): Place) {
        let (top, bottom) = (middle - 7.0, middle + 7.0);
        let right = left + self.width();
        match self {
            Swatch::Nothing => {}
            Swatch::Line(pen) => canvas.line(&[(left, middle), (right, middle)], pen),
            Swatch::Area(colour, opacity) => {
                let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                canvas.area(&corners, colour, opacity);
            }
            Swatch::Gradient => {
                let step = GRADIENT / f64::from(GRADIENT_STEPS);
                for shade in 0..GRADIENT_STEPS {
                    let left = left + step * f64::from(shade);
                    let colour = darker((f64::from(shade) + 0.5) / f64::from(GRADIENT_STEPS));
                    canvas.rectangle([(left, top), (left + step, bottom)], colour);
                }
            }
            Swatch::Mark => mark(canvas, (left + right) / 2.0, (middle - 9.0, middle + 9.0)),
        }
    }
}

/// A mark between a top and a bottom.
pub(super) fn mark(canvas: &mut Canvas, x: f64, (top, bottom): (f64, f64)) {
    let pen = Pen { colour: INK, width: 3.0, dash: Dash::Solid };
    canvas.line(&[(x, top), (x, top + MARK)], pen);
    canvas.line(&[(x, bottom - MARK), (x, bottom)], pen);
}

/// Draws entries, so much lower than usual; returns where they end.
pub(super) fn legend(canvas: &mut Canvas, lower: f64, entries: &[(Swatch, String)]) -> f64 {
    let (mut x, mut y) = (MARGIN, TOP + lower + 9.0);
    let last = y + ROW * f64::from(ROWS_MAX - 1);
    for (swatch, label) in entries {
        let beside = swatch.width() + BESIDE;
        let label = canvas.fitted(label, LEGEND, canvas.right() - MARGIN - beside - 4.0);
        let width = beside + canvas.width(&label, LEGEND);
        if x > MARGIN && x + width > canvas.right() - RIGHT_MARGIN {
            if y >= last {
                canvas.text("...", (x, y), LEGEND, Anchor::Beside);
                break;
            }
            (x, y) = (MARGIN, y + ROW);
        }
        swatch.draw(canvas, (x, y));
        canvas.text(&label, (x + beside, y), LEGEND, Anchor::Beside);
        x += width + APART;
    }
    y - 9.0 + ROW
}
