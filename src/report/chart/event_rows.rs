//! Event labels above a plot: rows of short labels, each at the vertical line of its event.

use super::canvas::{Anchor, Canvas, Pen};
use super::line_chart::Event;
use super::plot::Frame;
use super::style::{Dash, EVENT_LABEL};
use super::theme::SOFT;

/// Height of a row of labels.
const ROW: f64 = 18.0;
/// Maximum number of rows. If the label of an event does not fit, the event has only a line.
const ROWS_MAX: usize = 3;
/// Distance between a line and its label.
const BESIDE: f64 = 4.0;
/// Maximum width of a label; longer labels are cut.
const LABEL_MAX: f64 = 190.0;

/// Labels of events with their positions.
#[derive(Debug, Default)]
pub(super) struct EventRows {
    lines: Vec<EventLine>,
}

#[derive(Debug)]
struct EventLine {
    x: f64,
    label: String,
    /// Left and right end of the label.
    span: (f64, f64),
    /// Row of the label, counted from the plot upwards; `None` if the label does not fit.
    row: Option<usize>,
}

impl EventRows {
    /// Places the labels of events at the x coordinates of the events. Works from right to left:
    /// each label is to the right of its line and can therefore only overlap labels of later
    /// events.
    pub(super) fn new<'e>(
        events: impl DoubleEndedIterator<Item = (f64, &'e Event)>,
        right: f64,
        canvas: &Canvas,
    ) -> Self {
        let mut lines: Vec<EventLine> = Vec::new();
        for (x, event) in events.rev() {
            let label = canvas.fitted(&event.label, EVENT_LABEL, LABEL_MAX);
            let width = canvas.width(&label, EVENT_LABEL);
            let left = (x + BESIDE).min(right - width);
            let span = (left, left + width);
            let row = (0..ROWS_MAX).find(|row| is_free(&lines, *row, x, span));
            lines.push(EventLine { x, label, span, row });
        }
        EventRows { lines }
    }

    /// Removes the labels and keeps the lines.
    pub(super) fn without_labels(mut self) -> Self {
        for one in &mut self.lines {
            one.row = None;
        }
        self
    }

    /// Returns the height of the labels above the plot.
    pub(super) fn height(&self) -> f64 {
        let rows = self.lines.iter().filter_map(|one| one.row).max();
        rows.map_or(0.0, |highest| ROW * (highest + 1) as f64)
    }

    /// Draws the lines, and the labels above the frame.
    pub(super) fn draw(&self, frame: &Frame, canvas: &mut Canvas) {
        let pen = Pen { colour: SOFT, width: 1.0, dash: Dash::Short };
        for one in &self.lines {
            let top = frame.top - one.row.map_or(0.0, |row| ROW * (row + 1) as f64 - 2.0);
            canvas.line(&[(one.x, top), (one.x, frame.bottom)], pen);
            if one.row.is_some() {
                let at = (one.span.0, top + ROW / 2.0 - 1.0);
                canvas.text(&one.label, at, EVENT_LABEL, Anchor::Beside);
            }
        }
    }
}

/// Returns whether a label fits in a row, and whether its line fits through the rows below.
fn is_free(lines: &[EventLine], row: usize, x: f64, (left, right): (f64, f64)) -> bool {
    lines.iter().all(|other| {
        let Some(other_row) = other.row else { return true };
        let is_under = |x: f64, (left, right): (f64, f64)| x > left - BESIDE && x < right + BESIDE;
        let meets = left < other.span.1 + BESIDE && other.span.0 < right + BESIDE;
        match other_row.cmp(&row) {
            std::cmp::Ordering::Equal => !meets && !is_under(x, other.span),
            std::cmp::Ordering::Less => !is_under(x, other.span),
            std::cmp::Ordering::Greater => !is_under(other.x, (left, right)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(places: &[f64]) -> EventRows {
        let canvas = Canvas::new((1_000.0, 500.0));
        let events: Vec<Event> =
            places.iter().map(|at| Event { at: *at, label: format!("event {at}") }).collect();
        EventRows::new(events.iter().map(|event| (event.at, event)), 1_000.0, &canvas)
    }

    fn of(rows: &EventRows) -> Vec<Option<usize>> {
        rows.lines.iter().rev().map(|one| one.row).collect()
    }

    #[test]
    fn overlapping_labels_use_another_row() {
        assert_eq!(of(&rows(&[100.0, 500.0])), [Some(0), Some(0)]);
        assert_eq!(of(&rows(&[480.0, 500.0])), [Some(1), Some(0)]);
        assert_eq!(of(&rows(&[460.0, 480.0, 500.0, 900.0])), [Some(2), Some(1), Some(0), Some(0)]);
        assert_eq!(of(&rows(&[440.0, 460.0, 480.0, 500.0]))[0], None, "no space is left");
    }

    #[test]
    fn labels_at_the_right_edge_stay_on_the_canvas() {
        let rows = rows(&[995.0]);
        assert!(rows.lines[0].span.1 <= 1_000.0);
        assert_eq!(rows.height(), ROW);
    }
}
