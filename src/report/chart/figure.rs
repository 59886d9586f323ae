//! A figure as data: axes, lines, bands, limits and shaded times, before any pixel.

use serde::Serialize;

use super::axis::Axis;
use super::draw::Heading;

/// What a chart shows.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is called.
    pub heading: Heading,
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Shaded ranges of x, behind everything.
    pub shades: Vec<Shade>,
    /// Areas between two lines.
    pub bands: Vec<Band>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Horizontal lines with a label.
    pub limits: Vec<Limit>,
}

/// Figures below one another that share the axis across.
#[derive(Clone, Debug)]
pub struct Panels {
    /// What they are called together.
    pub heading: Heading,
    /// From above.
    pub figures: Vec<Figure>,
}

/// A shaded range of x values.
#[derive(Clone, Debug, Serialize)]
pub struct Shade {
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// What happened; alike labels get one entry in the legend.
    pub label: String,
}

/// The area between the lowest and the highest of many lines.
#[derive(Clone, Debug)]
pub struct Band {
    /// For the legend; nothing if it is evident.
    pub label: String,
    /// (x, lowest, highest).
    pub points: Vec<(f64, f64, f64)>,
    /// Which colour.
    pub style: usize,
}

/// A line; `None` interrupts it.
#[derive(Clone, Debug)]
pub struct Line {
    /// For the legend.
    pub label: String,
    /// Points, rising in x.
    pub points: Vec<(f64, Option<f64>)>,
    /// Which colour and dash.
    pub style: usize,
    /// Width relative to the usual: lines that lie on one another are of different widths.
    pub width: f64,
}

/// A value that matters.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    /// Where.
    pub at: f64,
    /// What it is.
    pub label: String,
    /// Only a mark of where something is, no limit to stay below.
    pub is_mark: bool,
}

/// Number of its colour and dash, and its width relative to the usual.
pub type LineLook = (usize, f64);

/// Most lines in one figure; more become bands.
pub const LINES_MAX: usize = 6;

impl Figure {
    /// An empty figure.
    pub fn new(name: &str, title: &str, subtitle: &str, x: Axis, y: Axis) -> Figure {
        Figure {
            heading: Heading::new(name, title, subtitle),
            x,
            y,
            shades: Vec::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Adds a line through values at places.
    pub fn add_line(
        &mut self,
        label: &str,
        (style, width): LineLook,
        places: &[f64],
        values: &[f64],
    ) {
        let points = places.iter().zip(values).map(|(x, y)| (*x, Some(*y))).collect();
        self.lines.push(Line { label: label.to_owned(), points, style, width });
    }

    /// Adds the columns as lines, or if there are too many as a band.
    /// `places` are the x values of the rows.
    pub fn add_columns(&mut self, what: &str, places: &[f64], columns: &[(&str, &[f64])]) {
        if self.lines.len() + columns.len() > LINES_MAX {
            return self.add_band(what, places, columns);
        }
        for (name, values) in columns {
            self.add_line(name, (self.lines.len(), 1.0), places, values);
        }
    }

    /// Adds the columns as one band from the lowest to the highest, with their mean; a single
    /// one as a line.
    pub fn add_band(&mut self, what: &str, places: &[f64], columns: &[(&str, &[f64])]) {
        let style = self.lines.len();
        if let [(name, values)] = columns {
            return self.add_line(name, (style, 1.0), places, values);
        }
        let row = |index: usize| columns.iter().filter_map(move |(_, values)| values.get(index));
        let extremes = places.iter().enumerate().map(|(index, x)| {
            let low = row(index).copied().fold(f64::INFINITY, f64::min);
            let high = row(index).copied().fold(0.0, f64::max);
            (*x, low.min(high), high)
        });
        self.bands.push(Band {
            label: format!("{what}, lowest to highest of {}", columns.len()),
            points: extremes.collect(),
            style,
        });
        let mean = |index: usize| row(index).sum::<f64>() / columns.len() as f64;
        let means: Vec<f64> = (0..places.len()).map(mean).collect();
        self.add_line(&format!("{what}, mean"), (style, 1.0), places, &means);
    }

    /// The largest value of lines and bands, and the limits.
    pub fn largest(columns: &[(&str, &[f64])]) -> f64 {
        columns.iter().flat_map(|(_, values)| values.iter().copied()).fold(0.0, f64::max)
    }
}
