//! What a chart is drawn of: texts, lines and areas in chart units, as data. [`super::draw`] makes
//! SVG and PNG of them.

use super::style::{Colour, Dash};
use crate::base::text::visible_line;

/// A place, in chart units from the upper left corner.
pub type Place = (f64, f64);

/// Where a text stands relative to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The place is its upper left corner.
    Left,
    /// The place is the middle of its upper edge.
    Centre,
    /// The place is the middle of its left edge.
    Beside,
    /// The place is the middle of its right edge.
    Right,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub struct Lettering {
    /// Height in chart units.
    pub size: f64,
    /// Colour.
    pub colour: Colour,
    /// Bold?
    pub is_bold: bool,
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Colour.
    pub colour: Colour,
    /// Width in chart units.
    pub width: f64,
    /// Dash.
    pub dash: Dash,
}

/// Something that is drawn.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A text whose base line begins, has its middle, or ends at a place.
    Text {
        /// What is written.
        text: String,
        /// Where, on the base line.
        at: Place,
        /// Share of its width that is left of the place: 0, a half, or 1.
        before: f64,
        /// How it looks.
        look: Lettering,
    },
    /// A line through points.
    Line {
        /// Two points at least.
        points: Vec<Place>,
        /// How it looks.
        pen: Pen,
    },
    /// The area within points.
    Area {
        /// Its corners.
        corners: Vec<Place>,
        /// Its colour.
        colour: Colour,
        /// How much of it is seen, 0..=1.
        opacity: f64,
    },
    /// A rectangle, given by two opposite corners, that has sharp edges.
    Rectangle {
        /// The corners.
        corners: [Place; 2],
        /// Its colour.
        colour: Colour,
    },
}

/// What is drawn on, from behind.
#[derive(Debug)]
pub struct Canvas {
    size: Place,
    shapes: Vec<Shape>,
}

impl Canvas {
    /// An empty canvas of a size in chart units.
    pub fn new(size: Place) -> Self {
        Canvas { size, shapes: Vec::new() }
    }

    /// Width of everything, chart units.
    pub fn right(&self) -> f64 {
        self.size.0
    }

    /// Height of everything, chart units.
    pub fn bottom(&self) -> f64 {
        self.size.1
    }

    /// What was drawn.
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

    /// Width of a text, in chart units.
    pub fn width(&self, text: &str, look: Lettering) -> f64 {
        let text = visible_line(text);
        f64::from(cmgsim_bitmap::text_width(&text, look.size as f32, look.is_bold))
    }

    /// The text, or as much of its beginning as fits into a width.
    pub fn fitted(&self, text: &str, look: Lettering, width: f64) -> String {
        if self.width(text, look) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let cut = |count: usize| letters[..count].iter().collect::<String>() + "...";
        // The most letters that fit: between what fits and what does not.
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

    /// The same of a name: its end, which is where names differ, stays too.
    pub fn fitted_name(&self, name: &str, look: Lettering, width: f64) -> String {
        const END: usize = 6;
        let letters: Vec<char> = name.chars().collect();
        if self.width(name, look) <= width || letters.len() <= 2 * END {
            return self.fitted(name, look, width);
        }
        let (begin, end) = letters.split_at(letters.len() - END);
        let end: String = end.iter().collect();
        let room = width - self.width(&end, look);
        // What is cut ends with dots.
        let begin = self.fitted(&format!("{}...", begin.iter().collect::<String>()), look, room);
        format!("{begin}{end}")
    }

    /// The text in lines that fit into a width.
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

    /// Draws a line through the points.
    pub fn line(&mut self, points: &[Place], pen: Pen) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points: points.to_vec(), pen });
        }
    }

    /// Fills the area within the points; `opacity` is how much of the colour is seen, 0..=1.
    pub fn area(&mut self, corners: &[Place], colour: Colour, opacity: f64) {
        self.shapes.push(Shape::Area { corners: corners.to_vec(), colour, opacity });
    }

    /// Fills a rectangle given by two opposite corners.
    pub fn rectangle(&mut self, corners: [Place; 2], colour: Colour) {
        self.shapes.push(Shape::Rectangle { corners, colour });
    }
}
