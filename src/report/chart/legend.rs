//! Legends: swatches with labels, in as few rows as possible.

use super::canvas::{Anchor, Canvas, Pen, Place};
use super::plot::{MARGIN, RIGHT_MARGIN};
use super::style::{Dash, LEGEND};
use super::theme::{Colour, INK};

/// Distance above the first row.
pub(super) const TOP: f64 = 84.0;
const ROW: f64 = 24.0;
const SWATCH: f64 = 34.0;
/// Maximum number of rows, so that a long legend does not fill the chart.
const ROWS_MAX: u32 = 3;
/// Distance between a swatch and its label.
const BESIDE: f64 = 8.0;
/// Distance between entries.
const APART: f64 = 26.0;
/// Height of the marks at the upper and lower edges of a box; texts are between the marks.
pub(super) const MARK: f64 = 6.0;

/// Symbol beside a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum Swatch {
    /// No symbol.
    Nothing,
    /// Piece of a line.
    Line(Pen),
    /// Point with colour and radius.
    Point(Colour, f64),
    /// Area with colour and opacity.
    Area(Colour, f64),
    /// Mark.
    Mark,
}

impl Swatch {
    fn width(self) -> f64 {
        match self {
            Swatch::Nothing => -BESIDE,
            Swatch::Mark | Swatch::Point(..) => BESIDE,
            Swatch::Line(_) | Swatch::Area(..) => SWATCH,
        }
    }

    fn draw(self, canvas: &mut Canvas, (left, middle): Place) {
        let (top, bottom) = (middle - 7.0, middle + 7.0);
        let right = left + self.width();
        match self {
            Swatch::Nothing => {}
            Swatch::Point(colour, radius) => {
                canvas.point(((left + right) / 2.0, middle), radius, colour);
            }
            Swatch::Line(pen) => canvas.line(&[(left, middle), (right, middle)], pen),
            Swatch::Area(colour, opacity) => {
                let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                canvas.area(&corners, colour, opacity);
            }
            Swatch::Mark => mark(canvas, (left + right) / 2.0, (middle - 9.0, middle + 9.0)),
        }
    }
}

/// Draws a mark at the upper and the lower edge of a box.
pub(super) fn mark(canvas: &mut Canvas, x: f64, (top, bottom): (f64, f64)) {
    let pen = Pen { colour: INK, width: 3.0, dash: Dash::Solid };
    canvas.line(&[(x, top), (x, top + MARK)], pen);
    canvas.line(&[(x, bottom - MARK), (x, bottom)], pen);
}

/// Draws entries below a heading and returns the lower edge of the legend. `lower` is the height of
/// the heading minus the height of a two-line heading.
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
    if entries.is_empty() { y - 9.0 } else { y - 9.0 + ROW }
}
