//! Heat maps: rows of cells whose colours represent values.

use super::Axis;
use super::canvas::{Anchor, Canvas, Lettering};
use super::colour_scale::ColourScale;
use super::draw::{Drawing, Heading};
use super::event_rows::EventRows;
use super::legend::{Swatch, legend};
use super::line_chart::Event;
use super::plot::{BOTTOM_MARGIN, Frame, MARGIN, RIGHT_MARGIN, thin};
use super::style::{AXIS_LABEL, TICK};
use super::theme::{Colour, DOWN, INK, PAPER, SOFT};

/// Distance between the legend and the rows.
const ABOVE_ROWS: f64 = 14.0;
/// Height of the title of the rows.
const ROWS_LABEL: f64 = 24.0;
/// Maximum height of a row.
const ROW_MAX: f64 = 44.0;
/// Row height below which rows have no gap between them.
const ROW_WITH_GAP: f64 = 8.0;
/// Minimum height of the mark for time in which a component was not running.
const NOTCH: f64 = 2.0;

/// Heat map.
#[derive(Clone, Debug)]
pub struct HeatMap {
    /// File name, title and subtitle.
    pub heading: Heading,
    /// Horizontal axis.
    pub x: Axis,
    /// Title of the rows; empty if the row names explain themselves.
    pub rows_label: String,
    /// Start and end of each column on the axis.
    pub columns: Vec<(f64, f64)>,
    /// Rows, from top to bottom.
    pub rows: Vec<Row>,
    /// Colours of values.
    pub scale: ColourScale,
    /// Times at which the system changed.
    pub events: Vec<Event>,
}

/// Row of a heat map.
#[derive(Clone, Debug)]
pub struct Row {
    /// Name of the row.
    pub name: String,
    /// One cell per column.
    pub cells: Vec<Cell>,
}

/// Cell of a heat map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Value of the cell; `None` leaves the cell empty.
    pub value: Option<f64>,
    /// Share of the column's time in which the component was not running, 0..=1.
    pub down: f64,
    /// Text in the cell, written if it fits.
    pub label: String,
}

impl HeatMap {
    fn colour(&self, cell: &Cell) -> Colour {
        cell.value.map_or(PAPER, |value| self.scale.colour(value))
    }

    fn entries(&self) -> Vec<(Swatch, String)> {
        let title = (Swatch::Nothing, self.scale.title.clone());
        let is_down = self.rows.iter().any(|row| row.cells.iter().any(|cell| cell.down > 0.0));
        let down = is_down.then(|| (Swatch::Area(DOWN, 1.0), "not running".to_owned()));
        [title].into_iter().chain(down).collect()
    }

    /// Draws adjacent cells of one colour as one rectangle. Then draws, downwards from the top
    /// edge, the share of time in which the component was not running. Writes the texts last.
    fn row(&self, row: &Row, frame: &Frame, (top, bottom): (f64, f64), canvas: &mut Canvas) {
        let at = |value: f64| frame.x(self.x.share(value));
        let cells: Vec<(&Cell, f64, f64)> = row
            .cells
            .iter()
            .zip(&self.columns)
            .map(|(cell, (from, to))| (cell, at(*from), at(*to)))
            .collect();
        let runs = |is_alike: &dyn Fn(&Cell, &Cell) -> bool| {
            let runs = cells.chunk_by(|one, other| is_alike(one.0, other.0));
            runs.map(|run| (run[0].0, run[0].1, run[run.len() - 1].2)).collect::<Vec<_>>()
        };
        for (cell, left, right) in runs(&|one, other| self.colour(one) == self.colour(other)) {
            canvas.rectangle([(left, top), (right, bottom)], self.colour(cell));
        }
        for (cell, left, right) in runs(&|one, other| one.down == other.down) {
            if cell.down > 0.0 {
                let lower = (top + (bottom - top) * cell.down).max(top + NOTCH);
                canvas.rectangle([(left, top), (right.max(left + 1.0), lower)], DOWN);
            }
        }
        for (cell, left, right) in cells {
            let is_strong = cell.value.is_some_and(|value| self.scale.is_strong(value));
            let letters = Lettering { colour: if is_strong { PAPER } else { INK }, ..TICK };
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
        let top = legend(canvas, lower, &self.entries());
        let mut top = self.scale.draw((MARGIN, top - 2.0), canvas) + ABOVE_ROWS;
        if !self.rows_label.is_empty() {
            canvas.text(&self.rows_label, (MARGIN, top - 4.0), AXIS_LABEL, Anchor::Left);
            top += ROWS_LABEL;
        }
        let widest = canvas.right() / 4.0;
        let names = self.rows.iter().map(|row| canvas.width(&row.name, TICK).min(widest));
        let beside = names.fold(0.0, f64::max);
        let (left, right) = (MARGIN + beside + 10.0, canvas.right() - RIGHT_MARGIN);
        let shown = self.events.iter().filter(|event| self.x.contains(event.at));
        let shown: Vec<_> =
            shown.map(|one| (left + (right - left) * self.x.share(one.at), one)).collect();
        let events = EventRows::new(shown.into_iter(), canvas.right() - 4.0, canvas);
        top += events.height();
        let bottom = canvas.bottom() - BOTTOM_MARGIN;
        let height = ((bottom - top) / self.rows.len().max(1) as f64).min(ROW_MAX);
        let frame = Frame { left, right, top, bottom: top + height * self.rows.len() as f64 };
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
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], thin(SOFT));
        events.draw(&frame, canvas);
        frame.ticks_across(&self.x, canvas, false);
        frame.title_across(&self.x.label, canvas);
    }
}
