//! Shapes of a chart as data: texts, lines, points and areas in chart units. [`super::draw`] writes
//! them as SVG and PNG.

#[cfg(test)]
use super::labels::Area;
use super::style::Dash;
use super::theme::{Colour, PAPER};
use crate::base::text::visible_line;

/// A position in chart units from the upper left corner.
pub type Place = (f64, f64);

/// Reference point of a text relative to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Upper left corner.
    Left,
    /// Middle of the upper edge.
    Centre,
    /// Middle of the left edge.
    Beside,
    /// Middle of the right edge.
    Right,
}

/// Size, colour and weight of a text.
#[derive(Clone, Copy, Debug)]
pub struct Lettering {
    /// Height in chart units.
    pub size: f64,
    /// Colour of the text.
    pub colour: Colour,
    /// Whether the text is bold.
    pub is_bold: bool,
}

/// Colour, width and dash of a line.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Colour of the line.
    pub colour: Colour,
    /// Width in chart units.
    pub width: f64,
    /// Dash of the line.
    pub dash: Dash,
}

/// Shape on a canvas.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Text that starts, is centred, or ends at a position on its base line.
    Text {
        /// Content of the text.
        text: String,
        /// Position on the base line.
        at: Place,
        /// Share of the text width to the left of the position: 0, a half, or 1.
        before: f64,
        /// Size, colour and weight of the text.
        look: Lettering,
    },
    /// Polyline.
    Line {
        /// At least two points.
        points: Vec<Place>,
        /// Colour, width and dash.
        pen: Pen,
    },
    /// Polygon.
    Area {
        /// Corners of the polygon.
        corners: Vec<Place>,
        /// Fill colour.
        colour: Colour,
        /// Opacity, 0..=1.
        opacity: f64,
    },
    /// Filled circle.
    Point {
        /// Centre of the circle.
        at: Place,
        /// Radius in chart units.
        radius: f64,
        /// Fill colour.
        colour: Colour,
    },
    /// Rectangle with sharp edges, defined by two opposite corners.
    Rectangle {
        /// Two opposite corners.
        corners: [Place; 2],
        /// Fill colour.
        colour: Colour,
    },
}

/// Shapes of a chart, from back to front.
#[derive(Debug)]
pub struct Canvas {
    size: Place,
    shapes: Vec<Shape>,
}

impl Canvas {
    /// Creates an empty canvas with a size in chart units.
    pub fn new(size: Place) -> Self {
        Canvas { size, shapes: Vec::new() }
    }

    /// Returns the width in chart units.
    pub fn right(&self) -> f64 {
        self.size.0
    }

    /// Returns the height in chart units.
    pub fn bottom(&self) -> f64 {
        self.size.1
    }

    /// Returns the shapes, from back to front.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str, at: Place, look: Lettering, anchor: Anchor) {
        let (before, down) = match anchor {
            Anchor::Left => (0.0, 0.62),
            Anchor::Centre => (0.5, 0.62),
            Anchor::Beside => (0.0, 0.24),
            Anchor::Right => (1.0, 0.24),
        };
        let (text, at) = (visible_line(text).into_owned(), (at.0, at.1 + down * look.size));
        self.shapes.push(Shape::Text { text, at, before, look });
    }

    /// Returns the width of a text in chart units.
    pub fn width(&self, text: &str, look: Lettering) -> f64 {
        let text = visible_line(text);
        f64::from(cmgsim_bitmap::text_width(&text, look.size as f32, look.is_bold))
    }

    /// Returns the text, cut at the end to fit a width.
    pub fn fitted(&self, text: &str, look: Lettering, width: f64) -> String {
        if self.width(text, look) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let cut = |count: usize| letters[..count].iter().collect::<String>() + "...";
        // Find the largest number of characters that fit, by bisection.
        let (mut fits, mut does_not) = (0, letters.len());
        while does_not - fits > 1 {
            let middle = (fits + does_not) / 2;
            match self.width(&cut(middle), look) <= width {
                true => fits = middle,
                false => does_not = middle,
            }
        }
        cut(fits)
    }

    /// Returns a name that fits a width. A long name is cut before its last characters, because
    /// names often differ only at the end.
    pub fn fitted_name(&self, name: &str, look: Lettering, width: f64) -> String {
        const END: usize = 6;
        let letters: Vec<char> = name.chars().collect();
        if self.width(name, look) <= width || letters.len() <= 2 * END {
            return self.fitted(name, look, width);
        }
        let (begin, end) = letters.split_at(letters.len() - END);
        let end: String = end.iter().collect();
        let room = width - self.width(&end, look);
        // An ellipsis marks the cut.
        let begin = self.fitted(&format!("{}...", begin.iter().collect::<String>()), look, room);
        format!("{begin}{end}")
    }

    /// Returns the text, wrapped into lines of at most this width.
    pub fn wrapped(&self, text: &str, look: Lettering, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer, look) <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        lines
    }

    /// Draws a line through points.
    pub fn line(&mut self, points: &[Place], pen: Pen) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points: points.to_vec(), pen });
        }
    }

    /// Fills a polygon with an opacity of 0..=1.
    pub fn area(&mut self, corners: &[Place], colour: Colour, opacity: f64) {
        self.shapes.push(Shape::Area { corners: corners.to_vec(), colour, opacity });
    }

    /// Fills a rectangle defined by two opposite corners.
    pub fn rectangle(&mut self, corners: [Place; 2], colour: Colour) {
        self.shapes.push(Shape::Rectangle { corners, colour });
    }

    /// Draws a filled circle.
    pub fn point(&mut self, at: Place, radius: f64, colour: Colour) {
        self.shapes.push(Shape::Point { at, radius, colour });
    }

    /// Returns the area that a text covers.
    #[cfg(test)]
    pub(super) fn text_area(&self, text: &str, at: Place, look: Lettering, before: f64) -> Area {
        let width = self.width(text, look);
        // Letters extend from 0.6 of their size above the base line to 0.2 below it.
        Area::new((at.0 - before * width, at.1 - 0.6 * look.size), (width, 0.8 * look.size))
    }

    /// Cuts the canvas below its lowest shape and adds the background.
    pub(super) fn finish(&mut self, margin: f64) {
        let lowest = self.shapes.iter().map(lowest).fold(0.0, f64::max);
        self.size.1 = (lowest + margin).ceil().min(self.size.1);
        let background = Shape::Rectangle { corners: [(0.0, 0.0), self.size], colour: PAPER };
        self.shapes.insert(0, background);
    }
}

/// Returns the lower edge of a shape.
fn lowest(shape: &Shape) -> f64 {
    let of = |points: &[Place]| points.iter().map(|point| point.1).fold(0.0, f64::max);
    match shape {
        Shape::Text { at, look, .. } => at.1 + 0.2 * look.size,
        Shape::Line { points, .. } => of(points),
        Shape::Area { corners, .. } => of(corners),
        Shape::Point { at, radius, .. } => at.1 + radius,
        Shape::Rectangle { corners, .. } => of(corners),
    }
}
