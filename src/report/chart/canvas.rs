//! A thin layer over plotters: texts, lines and areas in chart units, whatever the backend.

use plotters::coord::Shift;
use plotters::element::{DashedPathElement, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use super::style::{Dash, FONT};
use crate::base::text::visible_line;

/// A place, in chart units from the upper left corner.
pub type Place = (f64, f64);

/// What the drawing library said when it failed.
pub type Outcome<T = ()> = Result<T, String>;

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
    pub colour: RGBColor,
    /// Bold?
    pub is_bold: bool,
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Colour.
    pub colour: RGBColor,
    /// Width in chart units.
    pub width: f64,
    /// Dash.
    pub dash: Dash,
}

/// An area to draw on, and how many pixels a chart unit has.
pub struct Canvas<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
    size: (f64, f64),
    scale: f64,
    drop: f64,
}

impl<B: DrawingBackend> Canvas<B> {
    /// A canvas; `size` is in chart units, `scale` is pixels a unit, `drop` how much lower texts
    /// have to be put than the backend does, relative to their height.
    pub fn new(area: DrawingArea<B, Shift>, size: (f64, f64), scale: f64, drop: f64) -> Self {
        Canvas { area, size, scale, drop }
    }

    /// Width of everything, chart units.
    pub fn right(&self) -> f64 {
        self.size.0
    }

    /// Height of everything, chart units.
    pub fn bottom(&self) -> f64 {
        self.size.1
    }

    /// Fills everything.
    pub fn fill(&self, colour: RGBColor) -> Outcome {
        self.area.fill(&colour).map_err(said)
    }

    /// Ends the drawing.
    pub fn finish(&self) -> Outcome {
        self.area.present().map_err(said)
    }

    /// Writes a text.
    pub fn text(&self, text: &str, at: Place, look: Lettering, anchor: Anchor) -> Outcome {
        let (horizontal, vertical) = match anchor {
            Anchor::Left => (HPos::Left, VPos::Top),
            Anchor::Centre => (HPos::Center, VPos::Top),
            Anchor::Beside => (HPos::Left, VPos::Center),
            Anchor::Right => (HPos::Right, VPos::Center),
        };
        let style = self.lettering(look).pos(Pos::new(horizontal, vertical));
        let at = (at.0, at.1 + look.size * self.drop);
        let text = Text::new(visible_line(text).into_owned(), self.pixel(at), style);
        self.area.draw(&text).map_err(said)
    }

    /// Width of a text, in chart units.
    pub fn width(&self, text: &str, look: Lettering) -> Outcome<f64> {
        let text = visible_line(text);
        let size = self.area.estimate_text_size(&text, &self.lettering(look)).map_err(said)?;
        Ok(f64::from(size.0) / self.scale)
    }

    /// The text, or as much of its beginning as fits into a width.
    pub fn fitted(&self, text: &str, look: Lettering, width: f64) -> Outcome<String> {
        if self.width(text, look)? <= width {
            return Ok(text.to_owned());
        }
        let letters: Vec<char> = text.chars().collect();
        let cut = |count: usize| letters[..count].iter().collect::<String>() + "...";
        // The most letters that fit: between what fits and what does not.
        let (mut fits, mut does_not) = (0, letters.len());
        while does_not - fits > 1 {
            let middle = (fits + does_not) / 2;
            match self.width(&cut(middle), look)? <= width {
                true => fits = middle,
                false => does_not = middle,
            }
        }
        Ok(cut(fits))
    }

    /// The same of a name: its end, which is where names differ, stays too.
    pub fn fitted_name(&self, name: &str, look: Lettering, width: f64) -> Outcome<String> {
        const END: usize = 6;
        let letters: Vec<char> = name.chars().collect();
        if self.width(name, look)? <= width || letters.len() <= 2 * END {
            return self.fitted(name, look, width);
        }
        let (begin, end) = letters.split_at(letters.len() - END);
        let end: String = end.iter().collect();
        let room = width - self.width(&end, look)?;
        // What is cut ends with dots.
        let begin = self.fitted(&format!("{}...", begin.iter().collect::<String>()), look, room)?;
        Ok(format!("{begin}{end}"))
    }

    /// The text in lines that fit into a width.
    pub fn wrapped(&self, text: &str, look: Lettering, width: f64) -> Outcome<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer, look)? <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        Ok(lines)
    }

    /// Draws a line through the points.
    pub fn line(&self, points: &[Place], pen: Pen) -> Outcome {
        let pixels: Vec<(i32, i32)> = points.iter().map(|point| self.pixel(*point)).collect();
        if pixels.len() < 2 {
            return Ok(());
        }
        let width = self.whole(pen.width).max(1);
        let style: ShapeStyle = pen.colour.stroke_width(width);
        match pen.dash.lengths() {
            None => self.area.draw(&PathElement::new(pixels, style)).map_err(said),
            Some((dash, gap)) => {
                let (dash, gap) = (self.whole(dash), self.whole(gap));
                let element = DashedPathElement::new(pixels, dash, gap, style);
                self.area.draw(&element).map_err(said)
            }
        }
    }

    /// Fills the area within the points.
    pub fn area(&self, points: &[Place], colour: RGBAColor) -> Outcome {
        let pixels: Vec<(i32, i32)> = points.iter().map(|point| self.pixel(*point)).collect();
        self.area.draw(&Polygon::new(pixels, colour.filled())).map_err(said)
    }

    /// Fills a rectangle given by two opposite corners.
    pub fn rectangle(&self, corners: [Place; 2], colour: RGBColor) -> Outcome {
        let corners = corners.map(|corner| self.pixel(corner));
        self.area.draw(&Rectangle::new(corners, colour.filled())).map_err(said)
    }

    fn lettering(&self, look: Lettering) -> TextStyle<'static> {
        let style = if look.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        (FONT, look.size * self.scale, style).into_font().color(&look.colour)
    }

    fn pixel(&self, at: Place) -> (i32, i32) {
        let round = |value: f64| (value * self.scale).round() as i32;
        (round(at.0), round(at.1))
    }

    fn whole(&self, length: f64) -> u32 {
        (length * self.scale).round() as u32
    }
}

fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}
