//! A map: rows of cells, the darker the more.

use super::Axis;
use super::canvas::{Anchor, Canvas, Lettering};
use super::draw::{Drawing, Heading};
use super::legend::{Swatch, legend};
use super::plot::{BOTTOM_MARGIN, Frame, MARGIN, RIGHT_MARGIN, thin};
use super::style::{AXIS_LABEL, Colour, DOWN, GREY, INK, LIMIT, PAPER, TICK, darker};

/// Colours between nothing and the whole.
const SHADES: f64 = 40.0;
/// Between the legend and the rows.
const ABOVE_ROWS: f64 = 14.0;
/// Room for the name of the rows.
const ROWS_LABEL: f64 = 24.0;
/// Few rows need not be high.
const ROW_MAX: f64 = 120.0;
/// Rows lower than this have no gap between them.
const ROW_WITH_GAP: f64 = 8.0;
/// The least height of what is not there.
const NOTCH: f64 = 2.0;

/// A map over an axis.
#[derive(Clone, Debug)]
pub struct HeatMap {
    /// What it is called.
    pub heading: Heading,
    /// Across.
    pub x: Axis,
    /// What rows are; empty where their names say it.
    pub rows_label: String,
    /// Begin and end of each column, on the axis.
    pub columns: Vec<(f64, f64)>,
    /// From above.
    pub rows: Vec<Row>,
    /// What the colours are, from the lightest to the darkest.
    pub scale: String,
    /// What a cell beyond the scale is.
    pub beyond: &'static str,
}

/// A row of a map.
#[derive(Clone, Debug)]
pub struct Row {
    /// Beside it.
    pub name: String,
    /// One a column.
    pub cells: Vec<Cell>,
}

/// A cell of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Share of the scale: 0 is the lightest and 1 the darkest, more is beyond it.
    pub share: f64,
    /// Share of it that was not there, 0..=1.
    pub absent: f64,
    /// What is written in it, if there is room.
    pub label: String,
}

impl Cell {
    /// One of so many colours, so that neighbours can be drawn as one.
    fn colour(&self) -> Colour {
        match self.share {
            share if share > 1.0 => LIMIT,
            share => darker((SHADES * share).round() / SHADES),
        }
    }
}

impl HeatMap {
    fn entries(&self) -> Vec<(Swatch, String)> {
        let any = |is: fn(&Cell) -> bool| self.rows.iter().any(|row| row.cells.iter().any(is));
        let marks = [
            (any(|cell| cell.share > 1.0), LIMIT, self.beyond),
            (any(|cell| cell.absent > 0.0), DOWN, "not up"),
        ];
        let marks = marks.into_iter().filter(|(is_there, ..)| *is_there);
        let marks = marks.map(|(_, colour, label)| (Swatch::Area(colour, 1.0), label.to_owned()));
        [(Swatch::Gradient, self.scale.clone())].into_iter().chain(marks).collect()
    }

    /// Neighbours that are alike as one rectangle each, then from above what was not there, and
    /// what is written.
    fn row(&self, row: &Row, frame: &Frame, (top, bottom): (f64, f64), canvas: &mut Canvas) {
        let at = |value: f64| frame.x(self.x.share(value));
        let cells: Vec<(&Cell, f64, f64)> = row
            .cells
            .iter()
            .zip(&self.columns)
            .map(|(cell, (from, to))| (cell, at(*from), at(*to)))
            .collect();
        let runs = |is_alike: fn(&Cell, &Cell) -> bool| {
            let runs = cells.chunk_by(move |one, other| is_alike(one.0, other.0));
            runs.map(|run| (run[0].0, run[0].1, run[run.len() - 1].2))
        };
        for (cell, left, right) in runs(|one, other| one.colour() == other.colour()) {
            canvas.rectangle([(left, top), (right, bottom)], cell.colour());
        }
        for (cell, left, right) in runs(|one, other| one.absent == other.absent) {
            if cell.absent > 0.0 {
                let lower = (top + (bottom - top) * cell.absent).max(top + NOTCH);
                canvas.rectangle([(left, top), (right.max(left + 1.0), lower)], DOWN);
            }
        }
        for (cell, left, right) in cells {
            let letters = Lettering { colour: if cell.share > 0.5 { PAPER } else { INK }, ..TICK };
            let is_room = canvas.width(&cell.label, letters) + 4.0 < right - left
                && letters.size + 2.0 < bottom - top;
            if is_room && !cell.label.is_empty() {
                let middle = ((left + right) / 2.0, (top + bottom - letters.size) / 2.0);
                canvas.text(&cell.label, middle, letters, Anchor::Centre);
            }
        }
    }
}

impl Drawing for HeatMap {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        let mut top = legend(canvas, lower, &self.entries()) + ABOVE_ROWS;
        if !self.rows_label.is_empty() {
            canvas.text(&self.rows_label, (MARGIN, top - 4.0), AXIS_LABEL, Anchor::Left);
            top += ROWS_LABEL;
        }
        let widest = canvas.right() / 4.0;
        let names = self.rows.iter().map(|row| canvas.width(&row.name, TICK).min(widest));
        let beside = names.fold(0.0, f64::max);
        let bottom = canvas.bottom() - BOTTOM_MARGIN;
        let height = ((bottom - top) / self.rows.len().max(1) as f64).min(ROW_MAX);
        let frame = Frame {
            left: MARGIN + beside + 10.0,
            right: canvas.right() - RIGHT_MARGIN,
            top,
            bottom: top + height * self.rows.len() as f64,
        };
        let gap = if height >= ROW_WITH_GAP { 1.0 } else { 0.0 };
        let every = ((TICK.size + 2.0) / height).ceil().max(1.0) as usize;
        for (place, row) in self.rows.iter().enumerate() {
            let (top, bottom) =
                (top + height * place as f64, top + height * (place + 1) as f64 - gap);
            self.row(row, &frame, (top, bottom), canvas);
            if place % every == 0 {
                let name = canvas.fitted_name(&row.name, TICK, widest);
                let middle = (frame.left - 10.0, (top + bottom) / 2.0);
                canvas.text(&name, middle, TICK, Anchor::Right);
            }
        }
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], thin(GREY));
        frame.ticks_across(&self.x, canvas, false);
        frame.label_across(&self.x.label, canvas);
    }
}
