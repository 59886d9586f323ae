//! A line chart as data: axes, lines, bands, limits, events and marks.

use serde::Serialize;

use super::axis::Axis;
use super::draw::Heading;
use super::theme::line_style;

/// Lines and areas over two axes.
#[derive(Clone, Debug)]
pub struct LineChart {
    /// File name, title and subtitle.
    pub heading: Heading,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Shaded ranges of x, behind everything else.
    pub shades: Vec<Shade>,
    /// Times at which the system changed.
    pub events: Vec<Event>,
    /// Areas between two lines.
    pub bands: Vec<Band>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Horizontal lines with a label.
    pub limits: Vec<Limit>,
    /// Labelled points.
    pub marks: Vec<Mark>,
    /// Range of x to zoom to: the worst disruption and the recovery from it.
    pub focus: Option<(f64, f64)>,
}

/// Vertically stacked line charts that share the horizontal axis.
#[derive(Clone, Debug)]
pub struct Panels {
    /// File name, title and subtitle of the whole chart.
    pub heading: Heading,
    /// Panels, from top to bottom.
    pub charts: Vec<LineChart>,
}

/// Shaded range of x values.
#[derive(Clone, Debug, Serialize)]
pub struct Shade {
    /// Start of the range.
    pub from: f64,
    /// End of the range.
    pub to: f64,
    /// Meaning of the shading; equal labels share one entry in the legend.
    pub label: String,
}

/// Time at which the system changed: a vertical line with a short label above the plot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Position on the horizontal axis.
    pub at: f64,
    /// Short description of the event.
    pub label: String,
}

/// Labelled point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// Position on the horizontal axis.
    pub x: f64,
    /// Position on the vertical axis.
    pub y: f64,
    /// Label of the point.
    pub label: String,
}

/// Area between a lower and an upper line.
#[derive(Clone, Debug)]
pub struct Band {
    /// Label in the legend; empty if the band is the interval of the line with the same style.
    pub label: String,
    /// Points: x with lower and upper value; `None` interrupts the area.
    pub points: Vec<(f64, Option<(f64, f64)>)>,
    /// Number of the line style that defines the colour.
    pub style: usize,
}

/// A line; `None` values interrupt it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Label in the legend.
    pub label: String,
    /// Points in ascending order of x.
    pub points: Vec<(f64, Option<f64>)>,
    /// Number of the line style, which defines colour and dash.
    pub style: usize,
    /// Width as a multiple of the default; overlapping lines have different widths.
    pub width: f64,
}

/// Horizontal line.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    /// Position on the vertical axis.
    pub at: f64,
    /// Label of the line.
    pub label: String,
    /// Whether the line is a reference value instead of an upper limit.
    pub is_mark: bool,
}

/// Number of the line style, and width as a multiple of the default.
pub type LineLook = (usize, f64);

/// Maximum number of lines in one chart; more components become bands.
pub const LINES_MAX: usize = 6;

/// Series of a component.
#[derive(Clone, Copy, Debug)]
pub struct ComponentSeries<'a> {
    /// Label in the legend.
    pub name: &'a str,
    /// One value per position on the horizontal axis.
    pub values: &'a [f64],
    /// Number of the line style.
    pub style: usize,
}

impl LineChart {
    /// Creates a chart without lines.
    pub fn new(heading: Heading, x: Axis, y: Axis) -> LineChart {
        LineChart {
            heading,
            x,
            y,
            shades: Vec::new(),
            events: Vec::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            limits: Vec::new(),
            marks: Vec::new(),
            focus: None,
        }
    }

    /// Adds a line through values at positions.
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

    /// Adds series of components as lines, or as one band if there are more than [`LINES_MAX`]
    /// lines.
    pub fn add_series(&mut self, what: &str, places: &[f64], series: &[ComponentSeries<'_>]) {
        if self.lines.len() + series.len() > LINES_MAX {
            return self.add_band(what, places, series);
        }
        for one in series {
            self.add_line(one.name, (one.style, 1.0), places, one.values);
        }
    }

    /// Adds series as a band from minimum to maximum with the mean; a single series becomes a line.
    pub fn add_band(&mut self, what: &str, places: &[f64], series: &[ComponentSeries<'_>]) {
        let style = series.first().map_or(line_style::REQUESTS, |one| one.style);
        if let [only] = series {
            return self.add_line(only.name, (style, 1.0), places, only.values);
        }
        let row = |index: usize| series.iter().filter_map(move |one| one.values.get(index));
        let extremes = places.iter().enumerate().map(|(index, x)| {
            let low = row(index).copied().fold(f64::INFINITY, f64::min);
            let high = row(index).copied().fold(0.0, f64::max);
            (*x, Some((low.min(high), high)))
        });
        self.bands.push(Band {
            label: format!("{what}: minimum to maximum of {}", series.len()),
            points: extremes.collect(),
            style,
        });
        let mean = |index: usize| row(index).sum::<f64>() / series.len() as f64;
        let means: Vec<f64> = (0..places.len()).map(mean).collect();
        self.add_line(&format!("{what}: mean"), (style, 1.0), places, &means);
    }
}

/// Returns the largest value of several series.
pub fn largest(series: &[ComponentSeries<'_>]) -> f64 {
    series.iter().flat_map(|one| one.values.iter().copied()).fold(0.0, f64::max)
}
