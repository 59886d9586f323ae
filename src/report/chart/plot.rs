//! Draws a [`Figure`]: heading, legend, axes, and what lies between them.

use super::Axis;
use super::canvas::{Anchor, Canvas, Lettering, Pen, Place};
use super::draw::{Drawing, Heading};
use super::figure::{Figure, Limit, Line, Panels};
use super::legend::{self, Swatch, legend};
use super::style::{
    AXIS_LABEL, Colour, Dash, GREY, GRID, LIMIT, LIMIT_LABEL, LINE_WIDTH, LINES, SHADES, SUBTITLE,
    TICK, TITLE,
};

/// Between the edges and the texts, chart units.
pub(super) const MARGIN: f64 = 24.0;
/// Between the edges and a plot.
pub(super) const RIGHT_MARGIN: f64 = 36.0;
pub(super) const BOTTOM_MARGIN: f64 = 68.0;
/// The part of it that the name of the axis takes.
const LABEL_ACROSS: f64 = 28.0;
const LEFT: f64 = 104.0;
const TITLE_TOP: f64 = 18.0;
const TITLE_ROW: f64 = 30.0;
const SUBTITLE_TOP: f64 = 52.0;
const SUBTITLE_ROW: f64 = 20.0;
/// Between the legend and the plot, for the label of the axis.
const ABOVE_PLOT: f64 = 36.0;
/// How much of its colour is seen of an area between two lines.
const BAND_OPACITY: f64 = 0.25;

/// The rectangle between the axes, chart units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Drawing for Figure {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        let bottom = canvas.bottom();
        panel(self, canvas, Part { lower, bottom, is_first: true, is_last: true });
    }
}

impl Drawing for Panels {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        // The last one has the name of the axis too.
        let count = self.figures.len().max(1) as f64;
        let height = (canvas.bottom() - LABEL_ACROSS - legend::TOP - lower) / count;
        for (place, figure) in self.figures.iter().enumerate() {
            let (is_first, is_last) = (place == 0, place + 1 == self.figures.len());
            let lower = lower + height * place as f64;
            let bottom = if is_last { canvas.bottom() } else { legend::TOP + lower + height };
            panel(figure, canvas, Part { lower, bottom, is_first, is_last });
        }
    }
}

/// Writes title and subtitle, in several lines where one would leave the picture; returns how much
/// lower than usual everything else has to be.
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

/// Where a figure stands among others below one another.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// How much lower than usual it begins.
    lower: f64,
    bottom: f64,
    /// Its legend says what is shaded, in the others too.
    is_first: bool,
    /// It has the name of the axis across.
    is_last: bool,
}

/// A figure without its heading.
fn panel(figure: &Figure, canvas: &mut Canvas, part: Part) {
    let top = legend(canvas, part.lower, &entries(figure, part)) + ABOVE_PLOT;
    let right = canvas.right() - RIGHT_MARGIN;
    let below = if part.is_last { BOTTOM_MARGIN } else { BOTTOM_MARGIN - LABEL_ACROSS };
    let plot =
        Plot { figure, frame: Frame { left: LEFT, right, top, bottom: part.bottom - below } };
    for (shade, kind) in figure.shades.iter().zip(shade_kinds(figure)) {
        let (from, to) = (plot.x(shade.from), plot.x(shade.to));
        // What lasts less than a line's width should be seen too.
        let corners = [(from, top), (to.max(from + 2.0), plot.frame.bottom)];
        canvas.rectangle(corners, SHADES[kind % SHADES.len()]);
    }
    axes(&plot, canvas);
    labels(&plot, canvas, part.is_last);
    limit_lines(&plot, canvas);
    for band in &figure.bands {
        let upper = band.points.iter().map(|(x, _, high)| plot.place(*x, *high));
        let lower = band.points.iter().rev().map(|(x, low, _)| plot.place(*x, *low));
        let corners: Vec<Place> = upper.chain(lower).collect();
        canvas.area(&corners, LINES[band.style % LINES.len()].0, BAND_OPACITY);
    }
    for line in &figure.lines {
        for piece in pieces(&plot, line) {
            canvas.line(&piece, pen(line));
        }
    }
    limit_labels(&plot, canvas);
}

fn pen(line: &Line) -> Pen {
    let (colour, dash) = LINES[line.style % LINES.len()];
    Pen { colour, width: LINE_WIDTH * line.width, dash }
}

/// For each shade, the number of its label among the different ones.
fn shade_kinds(figure: &Figure) -> Vec<usize> {
    let labels = shade_labels(figure);
    let kind = |label: &str| labels.iter().position(|own| *own == label).unwrap_or(0);
    figure.shades.iter().map(|shade| kind(&shade.label)).collect()
}

fn shade_labels(figure: &Figure) -> Vec<&str> {
    let mut labels: Vec<&str> = Vec::new();
    for shade in &figure.shades {
        if !labels.contains(&shade.label.as_str()) {
            labels.push(&shade.label);
        }
    }
    labels
}

/// What the legend says.
fn entries(figure: &Figure, part: Part) -> Vec<(Swatch, String)> {
    let lines = figure.lines.iter().map(|line| (Swatch::Line(pen(line)), line.label.clone()));
    let bands = figure.bands.iter().filter(|band| !band.label.is_empty()).map(|band| {
        let (colour, _) = LINES[band.style % LINES.len()];
        (Swatch::Area(colour, BAND_OPACITY), band.label.clone())
    });
    let shades = if part.is_first { shade_labels(figure) } else { Vec::new() };
    let shade = |(kind, label): (usize, &str)| {
        (Swatch::Area(SHADES[kind % SHADES.len()], 1.0), label.to_owned())
    };
    lines.chain(bands).chain(shades.into_iter().enumerate().map(shade)).collect()
}

/// Where values stand on the canvas.
struct Plot<'f> {
    figure: &'f Figure,
    frame: Frame,
}

impl Plot<'_> {
    fn x(&self, value: f64) -> f64 {
        self.frame.x(self.figure.x.share(value))
    }

    fn y(&self, value: f64) -> f64 {
        self.frame.y(self.figure.y.share(value))
    }

    fn place(&self, x: f64, y: f64) -> Place {
        (self.x(x), self.y(y))
    }
}

impl Frame {
    /// Where a share of the way across is.
    pub(super) fn x(&self, share: f64) -> f64 {
        self.left + (self.right - self.left) * share
    }

    /// Where a share of the way up is.
    pub(super) fn y(&self, share: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * share
    }

    /// Ticks across with their labels, or with every so many-th where not all have room; each with
    /// a line upwards if there is to be a grid.
    pub(super) fn ticks_across(&self, axis: &Axis, canvas: &mut Canvas, has_grid: bool) {
        let mut ticks = Vec::new();
        for (share, label) in axis.ticks() {
            ticks.push((self.x(share), label, canvas.width(label, TICK)));
        }
        let is_free = |every: &usize| {
            let shown: Vec<_> = ticks.iter().step_by(*every).collect();
            let has_room = |(one, other): (&&(f64, &str, f64), &&(f64, &str, f64))| {
                other.0 - one.0 >= (one.2 + other.2) / 2.0
            };
            shown.iter().zip(shown.iter().skip(1)).all(has_room)
        };
        let every = (1..=ticks.len().max(1)).find(is_free).unwrap_or(1);
        for (place, (x, label, _)) in ticks.iter().enumerate() {
            if has_grid {
                canvas.line(&[(*x, self.top), (*x, self.bottom)], thin(GRID));
            }
            canvas.line(&[(*x, self.bottom), (*x, self.bottom + 5.0)], thin(GREY));
            if place % every == 0 {
                canvas.text(label, (*x, self.bottom + 10.0), TICK, Anchor::Centre);
            }
        }
    }

    /// The name of the axis across.
    pub(super) fn label_across(&self, label: &str, canvas: &mut Canvas) {
        let label = canvas.fitted(label, AXIS_LABEL, canvas.right() - MARGIN);
        let half = canvas.width(&label, AXIS_LABEL) / 2.0;
        let middle = (self.left + self.right) / 2.0;
        // A long one moves to the left rather than out of the picture.
        let middle = middle.min(canvas.right() - 4.0 - half);
        canvas.text(&label, (middle, self.bottom + 36.0), AXIS_LABEL, Anchor::Centre);
    }
}

/// A line of axes and marks.
pub(super) fn thin(colour: Colour) -> Pen {
    Pen { colour, width: 1.0, dash: Dash::Solid }
}

fn axes(plot: &Plot<'_>, canvas: &mut Canvas) {
    let frame = plot.frame;
    let Frame { left, right, top, bottom } = frame;
    for (share, label) in plot.figure.y.ticks() {
        let y = frame.y(share);
        canvas.line(&[(left, y), (right, y)], thin(GRID));
        canvas.text(label, (left - 10.0, y), TICK, Anchor::Right);
    }
    frame.ticks_across(&plot.figure.x, canvas, true);
    canvas.line(&[(left, bottom), (right, bottom)], thin(GREY));
    canvas.line(&[(left, top), (left, bottom)], thin(GREY));
}

/// The names of the axes.
fn labels(plot: &Plot<'_>, canvas: &mut Canvas, has_across: bool) {
    if has_across {
        plot.frame.label_across(&plot.figure.x.label, canvas);
    }
    // Across, above its axis: nobody likes to turn the head.
    let place = (MARGIN, plot.frame.top - 28.0);
    canvas.text(&plot.figure.y.label, place, AXIS_LABEL, Anchor::Left);
}

/// Limits lie under the data: a line that reaches its limit hides it, not the other way round.
fn limit_lines(plot: &Plot<'_>, canvas: &mut Canvas) {
    for limit in plot.figure.limits.iter().filter(|limit| plot.figure.y.contains(limit.at)) {
        let (colour, width) = limit_look(limit);
        let y = plot.y(limit.at);
        let ends = [(plot.frame.left, y), (plot.frame.right, y)];
        canvas.line(&ends, Pen { colour, width, dash: Dash::Solid });
    }
}

fn limit_look(limit: &Limit) -> (Colour, f64) {
    if limit.is_mark { (GREY, 1.0) } else { (LIMIT, 2.0) }
}

/// Labels stand above their lines; where two would meet, the lower one gives way downwards.
fn limit_labels(plot: &Plot<'_>, canvas: &mut Canvas) {
    let mut shown: Vec<(&Limit, f64)> =
        plot.figure.limits.iter().map(|limit| (limit, plot.y(limit.at) - 11.0)).collect();
    shown.sort_by(|one, other| one.1.total_cmp(&other.1));
    let right = plot.frame.right - 6.0;
    let mut free_from = f64::NEG_INFINITY;
    for (limit, at) in shown {
        let letters = Lettering { colour: limit_look(limit).0, ..LIMIT_LABEL };
        if plot.figure.y.contains(limit.at) {
            let y = at.max(free_from);
            free_from = y + LIMIT_LABEL.size + 4.0;
            canvas.text(&limit.label, (right, y), letters, Anchor::Right);
        } else {
            let label = format!("{} (beyond this scale)", limit.label);
            canvas.text(&label, (right, plot.frame.top - 18.0), letters, Anchor::Right);
        }
    }
}

/// The line's unbroken pieces. Where there are far more points than pixels, the lowest and the
/// highest of each column of pixels stand for all of them.
fn pieces(plot: &Plot<'_>, line: &Line) -> Vec<Vec<Place>> {
    let mut pieces = vec![Vec::new()];
    for (x, y) in &line.points {
        match (y, pieces.last_mut()) {
            (Some(y), Some(piece)) => piece.push(plot.place(*x, *y)),
            _ => pieces.push(Vec::new()),
        }
    }
    for piece in &mut pieces {
        if let [only] = piece[..] {
            // A single point between gaps: a short dash, so that it can be seen.
            piece.push((only.0 + 2.0 * line.width, only.1));
        }
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
