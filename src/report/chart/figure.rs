//! A figure as data: axes, lines, bands, limits and shaded times, before any pixel.

use super::axis::Axis;

/// What a chart shows.
#[derive(Clone, Debug)]
pub struct Figure {
    /// File name without ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// Of which scenario; what to look for.
    pub subtitle: String,
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
    /// File name without ending.
    pub name: String,
    /// What they show together.
    pub title: String,
    /// Of which scenario; what to look for.
    pub subtitle: String,
    /// From above.
    pub figures: Vec<Figure>,
}

/// A shaded range of x values.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub struct Limit {
    /// Where.
    pub at: f64,
    /// What it is.
    pub label: String,
    /// Only a mark of where something is, no limit to stay below.
    pub is_mark: bool,
}

/// Most lines in one figure; more become bands.
pub const LINES_MAX: usize = 6;

impl Figure {
    /// An empty figure.
    pub fn new(name: &str, title: &str, subtitle: &str, x: Axis, y: Axis) -> Figure {
        Figure {
            name: name.to_owned(),
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            x,
            y,
            shades: Vec::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Adds the columns as lines, or if there are too many as a band.
    /// `places` are the x values of the rows.
    pub fn add_columns(&mut self, what: &str, places: &[f64], columns: &[(&str, &[f64])]) {
        if self.lines.len() + columns.len() <= LINES_MAX {
            for (name, values) in columns {
                let style = self.lines.len();
                let points = places.iter().zip(*values).map(|(x, y)| (*x, Some(*y)));
                let (label, points) = ((*name).to_owned(), points.collect());
                self.lines.push(Line { label, points, style, width: 1.0 });
            }
            return;
        }
        self.add_band(what, places, columns);
    }

    /// Adds the columns as one band from the lowest to the highest, with their mean; a single
    /// one as a line.
    pub fn add_band(&mut self, what: &str, places: &[f64], columns: &[(&str, &[f64])]) {
        if let [(name, values)] = columns {
            let points = places.iter().zip(*values).map(|(x, y)| (*x, Some(*y))).collect();
            let (label, style) = ((*name).to_owned(), self.lines.len());
            self.lines.push(Line { label, points, style, width: 1.0 });
            return;
        }
        let row = |index: usize| columns.iter().filter_map(move |(_, values)| values.get(index));
        let style = self.lines.len();
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
        let means = places.iter().enumerate().map(|(index, x)| {
            let sum: f64 = row(index).sum();
            (*x, Some(sum / columns.len() as f64))
        });
        let label = format!("{what}, mean");
        self.lines.push(Line { label, points: means.collect(), style, width: 1.0 });
    }

    /// The largest value of lines and bands, and the limits.
    pub fn largest(columns: &[(&str, &[f64])]) -> f64 {
        columns.iter().flat_map(|(_, values)| values.iter().copied()).fold(0.0, f64::max)
    }
}
