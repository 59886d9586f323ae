//! Draws a [`LineChart`]: legend, axes, events, and the data between the axes.

use super::Axis;
use super::canvas::{Anchor, Canvas, Pen, Place};
use super::draw::{Drawing, Heading};
use super::event_rows::EventRows;
use super::legend::{self, Swatch, legend};
use super::line_chart::{Band, Limit, Line, LineChart, Panels};
use super::plot_labels::{limit_labels, mark_labels};
use super::style::{AXIS_LABEL, Dash, LINE_WIDTH, SUBTITLE, TICK, TITLE};
use super::theme::{self, Colour, GRID, LIMIT, SHADE, SOFT};

/// Distance between the edges and the texts, in chart units.
pub(super) const MARGIN: f64 = 24.0;
/// Distance between the edges and the plot.
pub(super) const RIGHT_MARGIN: f64 = 36.0;
pub(super) const BOTTOM_MARGIN: f64 = 68.0;
/// Height of the axis title within the bottom margin.
const TITLE_ACROSS: f64 = 28.0;
const LEFT: f64 = 104.0;
const TITLE_TOP: f64 = 18.0;
const TITLE_ROW: f64 = 30.0;
const SUBTITLE_TOP: f64 = 52.0;
const SUBTITLE_ROW: f64 = 20.0;
/// Space for the axis title between the legend and the plot.
const ABOVE_PLOT: f64 = 36.0;
/// Minimum height of a plot below event labels.
const PLOT_MIN: f64 = 40.0;
/// Opacity of the area between two lines.
const BAND_OPACITY: f64 = 0.25;
/// Half the width of the area at an isolated x value.
const ISOLATED: f64 = 3.0;
/// Radius of an isolated point, as a multiple of the line width.
const POINT: f64 = 3.2;

/// Minimum distance between the labels of two ticks.
const TICK_GAP: f64 = 8.0;

/// Rectangle between the axes, in chart units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Drawing for LineChart {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        let bottom = canvas.bottom();
        panel(
            self,
            canvas,
            Part { lower, bottom, is_first: true, has_legend: true, is_last: true },
        );
    }
}

impl Drawing for Panels {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        // The last panel also has the title of the horizontal axis.
        let count = self.charts.len().max(1) as f64;
        let height = (canvas.bottom() - TITLE_ACROSS - legend::TOP - lower) / count;
        for (place, chart) in self.charts.iter().enumerate() {
            let (is_first, is_last) = (place == 0, place + 1 == self.charts.len());
            let lower = lower + height * place as f64;
            let bottom = if is_last { canvas.bottom() } else { legend::TOP + lower + height };
            let has_legend = is_first || !is_same_legend(chart, &self.charts[place - 1]);
            panel(chart, canvas, Part { lower, bottom, is_first, has_legend, is_last });
        }
    }
}

fn is_same_legend(chart: &LineChart, other: &LineChart) -> bool {
    chart.lines.iter().map(|line| &line.label).eq(other.lines.iter().map(|line| &line.label))
}

/// Writes title and subtitle, wrapped to the width of the canvas. Returns the height of the heading
/// minus the height of a two-line heading.
pub(super) fn heading(canvas: &mut Canvas, title: &str, subtitle: &str) -> f64 {
    let width = canvas.right() - MARGIN - 4.0;
    let mut lower = 0.0;
    let texts =
        [(title, TITLE, TITLE_TOP, TITLE_ROW), (subtitle, SUBTITLE, SUBTITLE_TOP, SUBTITLE_ROW)];
    for (text, letters, top, row) in texts {
        for (number, line) in canvas.wrapped(text, letters, width).iter().enumerate() {
            lower += if number > 0 { row } else { 0.0 };
            let line = canvas.fitted(line, letters, width);
            canvas.text(&line, (MARGIN, top + lower), letters, Anchor::Left);
        }
    }
    lower
}

/// Position of a panel in a stack of panels.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Vertical offset from the position of a single panel.
    lower: f64,
    bottom: f64,
    /// Whether this is the first panel, which has the event labels and explains the shading in its
    /// legend.
    is_first: bool,
    /// Whether the panel has a legend; it has none if the panel above has the same legend.
    has_legend: bool,
    /// Whether this is the last panel, which has the title of the horizontal axis.
    is_last: bool,
}

/// Draws a chart without its heading.
fn panel(chart: &LineChart, canvas: &mut Canvas, part: Part) {
    let entries = if part.has_legend { entries(chart, part) } else { Vec::new() };
    let top = legend(canvas, part.lower, &entries) + ABOVE_PLOT;
    let right = canvas.right() - RIGHT_MARGIN;
    let below = if part.is_last { BOTTOM_MARGIN } else { BOTTOM_MARGIN - TITLE_ACROSS };
    let frame = Frame { left: LEFT, right, top, bottom: part.bottom - below };
    let mut plot = Plot { chart, frame };
    let shown = chart.events.iter().filter(|event| chart.x.contains(event.at));
    let shown: Vec<_> = shown.map(|event| (plot.x(event.at), event)).collect();
    let shown = shown.into_iter();
    let rows = EventRows::new(shown, canvas.right() - 4.0, canvas);
    let has_room = frame.bottom - frame.top - rows.height() >= PLOT_MIN;
    let rows = if part.is_first && has_room { rows } else { rows.without_labels() };
    let title_top = top - 28.0;
    plot.frame.top += rows.height();
    shades(&plot, canvas);
    axes(&plot, canvas);
    titles(&plot, canvas, title_top, part.is_last);
    rows.draw(&plot.frame, canvas);
    limit_lines(&plot, canvas);
    for band in &chart.bands {
        for corners in areas(&plot, band) {
            canvas.area(&corners, theme::line(band.style).0, BAND_OPACITY);
        }
    }
    let mut curves: Vec<Vec<Place>> = Vec::new();
    for line in &chart.lines {
        let pieces = pieces(&plot, line);
        draw_line(line, &pieces, canvas);
        curves.extend(pieces);
    }
    limit_labels(&plot, &curves, title_top, canvas);
    mark_labels(&plot, &curves, canvas);
}

/// Shades periods, each at least as wide as a line so that short periods stay visible.
fn shades(plot: &Plot<'_>, canvas: &mut Canvas) {
    for shade in &plot.chart.shades {
        let (from, to) = (plot.x(shade.from), plot.x(shade.to));
        let corners = [(from, plot.frame.top), (to.max(from + 2.0), plot.frame.bottom)];
        canvas.rectangle(corners, SHADE);
    }
}

/// Returns whether all values of a line are drawn as points: they have no neighbours, or gaps are
/// frequent and short line segments would suggest a trend.
fn has_only_points(line: &Line) -> bool {
    let pieces = line.points.split(|(_, value)| value.is_none());
    let lengths: Vec<usize> = pieces.map(<[_]>::len).filter(|length| *length > 0).collect();
    let (pieces, values) = (lengths.len(), lengths.iter().sum::<usize>());
    pieces > 0 && (values == pieces || (pieces > 2 && values < 4 * pieces))
}

/// Draws a line, and values without neighbours as points.
fn draw_line(line: &Line, pieces: &[Vec<Place>], canvas: &mut Canvas) {
    let pen = pen(line);
    let has_only_points = has_only_points(line);
    for piece in pieces {
        if piece.len() == 1 || has_only_points {
            for at in piece {
                canvas.point(*at, POINT * line.width, pen.colour);
            }
        } else {
            canvas.line(piece, pen);
        }
    }
}

/// Returns the corners of the uninterrupted pieces of a band.
fn areas(plot: &Plot<'_>, band: &Band) -> Vec<Vec<Place>> {
    let place = |x: f64, (low, high): (f64, f64)| (plot.x(x), plot.y(low), plot.y(high));
    let pieces = band.points.split(|(_, interval)| interval.is_none());
    let pieces = pieces.map(|piece| {
        let places = piece.iter().filter_map(|(x, interval)| Some(place(*x, (*interval)?)));
        places.collect::<Vec<_>>()
    });
    let corners = |piece: Vec<(f64, f64, f64)>| match piece[..] {
        [(x, low, high)] => {
            let (left, right) = (x - ISOLATED, x + ISOLATED);
            vec![(left, high), (right, high), (right, low), (left, low)]
        }
        _ => {
            let upper = piece.iter().map(|(x, _, high)| (*x, *high));
            upper.chain(piece.iter().rev().map(|(x, low, _)| (*x, *low))).collect()
        }
    };
    pieces.filter(|piece| !piece.is_empty()).map(corners).collect()
}

fn pen(line: &Line) -> Pen {
    let (colour, dash) = theme::line(line.style);
    Pen { colour, width: LINE_WIDTH * line.width, dash }
}

/// Returns the legend symbol of a line, in the form in which its values are drawn.
fn swatch(line: &Line) -> Swatch {
    match has_only_points(line) {
        true => Swatch::Point(pen(line).colour, POINT * line.width),
        false => Swatch::Line(pen(line)),
    }
}

/// Returns the entries of the legend.
fn entries(chart: &LineChart, part: Part) -> Vec<(Swatch, String)> {
    let lines = chart.lines.iter().map(|line| (swatch(line), line.label.clone()));
    let bands = chart.bands.iter().filter(|band| !band.label.is_empty()).map(|band| {
        let (colour, _) = theme::line(band.style);
        (Swatch::Area(colour, BAND_OPACITY), band.label.clone())
    });
    let mut shades: Vec<&str> = Vec::new();
    for shade in chart.shades.iter().filter(|_| part.is_first) {
        if !shades.contains(&shade.label.as_str()) {
            shades.push(&shade.label);
        }
    }
    let shades = shades.into_iter().map(|label| (Swatch::Area(SHADE, 1.0), label.to_owned()));
    lines.chain(bands).chain(shades).collect()
}

/// A chart and its position on the canvas.
pub(super) struct Plot<'c> {
    pub chart: &'c LineChart,
    pub frame: Frame,
}

impl Plot<'_> {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.frame.x(self.chart.x.share(value))
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.frame.y(self.chart.y.share(value))
    }

    fn place(&self, x: f64, y: f64) -> Place {
        (self.x(x), self.y(y))
    }
}

impl Frame {
    /// Returns the x coordinate of a share of the width.
    pub(super) fn x(&self, share: f64) -> f64 {
        self.left + (self.right - self.left) * share
    }

    /// Returns the y coordinate of a share of the height.
    pub(super) fn y(&self, share: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * share
    }

    /// Draws the ticks of the horizontal axis. If the labels need more space, only every second,
    /// third or later label is written. With a grid, each tick has a vertical line.
    pub(super) fn ticks_across(&self, axis: &Axis, canvas: &mut Canvas, has_grid: bool) {
        let mut ticks = Vec::new();
        for (share, label) in axis.ticks() {
            ticks.push((self.x(share), label, canvas.width(label, TICK)));
        }
        let is_free = |every: &usize| {
            let shown: Vec<_> = ticks.iter().step_by(*every).collect();
            let has_room = |(one, other): (&&(f64, &str, f64), &&(f64, &str, f64))| {
                other.0 - one.0 >= (one.2 + other.2) / 2.0 + TICK_GAP
            };
            shown.iter().zip(shown.iter().skip(1)).all(has_room)
        };
        let every = (1..=ticks.len().max(1)).find(is_free).unwrap_or(1);
        for (place, (x, label, _)) in ticks.iter().enumerate() {
            if has_grid {
                canvas.line(&[(*x, self.top), (*x, self.bottom)], thin(GRID));
            }
            canvas.line(&[(*x, self.bottom), (*x, self.bottom + 5.0)], thin(SOFT));
            if place % every == 0 {
                canvas.text(label, (*x, self.bottom + 10.0), TICK, Anchor::Centre);
            }
        }
    }

    /// Draws the title of the horizontal axis.
    pub(super) fn title_across(&self, label: &str, canvas: &mut Canvas) {
        let label = canvas.fitted(label, AXIS_LABEL, canvas.right() - MARGIN);
        let half = canvas.width(&label, AXIS_LABEL) / 2.0;
        let middle = (self.left + self.right) / 2.0;
        // Move a long title to the left so that it stays on the canvas.
        let middle = middle.min(canvas.right() - 4.0 - half);
        canvas.text(&label, (middle, self.bottom + 36.0), AXIS_LABEL, Anchor::Centre);
    }
}

/// Returns the pen of axes and grids.
pub(super) fn thin(colour: Colour) -> Pen {
    Pen { colour, width: 1.0, dash: Dash::Solid }
}

fn axes(plot: &Plot<'_>, canvas: &mut Canvas) {
    let frame = plot.frame;
    let Frame { left, right, top, bottom } = frame;
    let ticks: Vec<(f64, &str)> =
        plot.chart.y.ticks().map(|(share, label)| (frame.y(share), label)).collect();
    // In a low plot, write only every second, third or later label.
    let has_room = |every: &usize| {
        let shown = || ticks.iter().step_by(*every);
        shown().zip(shown().skip(1)).all(|(one, other)| one.0 - other.0 >= TICK.size)
    };
    let every = (1..=ticks.len().max(1)).find(has_room).unwrap_or(1);
    for (place, (y, label)) in ticks.into_iter().enumerate() {
        canvas.line(&[(left, y), (right, y)], thin(GRID));
        if place % every == 0 {
            canvas.text(label, (left - 10.0, y), TICK, Anchor::Right);
        }
    }
    frame.ticks_across(&plot.chart.x, canvas, true);
    canvas.line(&[(left, bottom), (right, bottom)], thin(SOFT));
    canvas.line(&[(left, top), (left, bottom)], thin(SOFT));
}

/// Draws the titles of the axes. The title of the vertical axis is above it, because horizontal
/// text is easier to read.
fn titles(plot: &Plot<'_>, canvas: &mut Canvas, top: f64, has_across: bool) {
    if has_across {
        plot.frame.title_across(&plot.chart.x.label, canvas);
    }
    canvas.text(&plot.chart.y.label, (MARGIN, top), AXIS_LABEL, Anchor::Left);
}

/// Draws limits behind the data, so that a line at its limit stays visible.
fn limit_lines(plot: &Plot<'_>, canvas: &mut Canvas) {
    for limit in plot.chart.limits.iter().filter(|limit| plot.chart.y.contains(limit.at)) {
        let (colour, width) = limit_look(limit);
        let y = plot.y(limit.at);
        let ends = [(plot.frame.left, y), (plot.frame.right, y)];
        canvas.line(&ends, Pen { colour, width, dash: Dash::Solid });
    }
}

/// Returns colour and width of the line of a limit.
pub(super) fn limit_look(limit: &Limit) -> (Colour, f64) {
    if limit.is_mark { (SOFT, 1.0) } else { (LIMIT, 2.0) }
}

/// Returns the uninterrupted pieces of a line. If there are far more points than pixels, only the
/// lowest and the highest point of each pixel column remain.
fn pieces(plot: &Plot<'_>, line: &Line) -> Vec<Vec<Place>> {
    let mut pieces = vec![Vec::new()];
    for (x, y) in &line.points {
        match (y, pieces.last_mut()) {
            (Some(y), Some(piece)) => piece.push(plot.place(*x, *y)),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    for piece in &mut pieces {
        let columns = plot.frame.right + RIGHT_MARGIN;
        if piece.len() as f64 > 4.0 * columns {
            *piece = thinned(piece);
        }
    }
    pieces
}

fn thinned(points: &[Place]) -> Vec<Place> {
    let same_column = |a: &Place, b: &Place| a.0.floor() == b.0.floor();
    let mut result = Vec::new();
    for column in points.chunk_by(same_column) {
        let extreme = |better: fn(f64, f64) -> bool| {
            column
                .iter()
                .fold(column[0], |best, one| if better(one.1, best.1) { *one } else { best })
        };
        let (highest, lowest) = (extreme(|one, best| one < best), extreme(|one, best| one > best));
        result.extend(if highest.0 <= lowest.0 { [highest, lowest] } else { [lowest, highest] });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_shows_a_point_for_values_drawn_as_points() {
        let line = |lengths: &[usize]| {
            let piece = |length: &usize| [vec![(0.0, Some(1.0)); *length], vec![(0.0, None)]];
            let points = lengths.iter().flat_map(piece).flatten().collect();
            Line { label: String::new(), points, style: 0, width: 1.0 }
        };
        let is_point = |lengths: &[usize]| matches!(swatch(&line(lengths)), Swatch::Point(..));
        assert!(is_point(&[1]) && is_point(&[1, 1, 1]) && is_point(&[1, 2, 5]));
        assert!(!is_point(&[1, 2]) && !is_point(&[4, 4, 4]) && !is_point(&[]));
    }
}
