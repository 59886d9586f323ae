//! Writes charts as SVG text and as the bytes of PNG files.

use cmgsim_bitmap::Bitmap;

use super::canvas::{Canvas, Lettering, Pen, Place, Shape};
use super::plot::{MARGIN, heading};
use super::style::Look;
use super::theme::{self, Colour};

/// Typeface of charts in SVG files, identical to that of the report page.
const FONTS: &str = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
/// Pixels of a PNG per pixel of an SVG.
const PNG_SCALE: f64 = 4.0 / 3.0;

/// Error while a chart is drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart `{name}`: {cause}")]
pub struct DrawError {
    /// File name without extension.
    pub name: String,
    /// Error of the encoder.
    pub cause: String,
}

/// File name, title and subtitle of a chart.
#[derive(Clone, Debug)]
pub struct Heading {
    /// File name without extension.
    pub name: String,
    /// Title: what the chart shows.
    pub title: String,
    /// First part of the subtitle: the scenario and its seed.
    pub about: String,
    /// Second part of the subtitle: how to read the chart.
    pub what: String,
}

impl Heading {
    /// Creates a heading from its texts.
    pub fn new(name: &str, title: &str, about: &str, what: &str) -> Self {
        let [name, title, about, what] = [name, title, about, what].map(str::to_owned);
        Heading { name, title, about, what }
    }

    /// Returns the subtitle: the scenario, and how to read the chart.
    pub fn subtitle(&self) -> String {
        let separator = if self.about.is_empty() || self.what.is_empty() { "" } else { " · " };
        format!("{}{separator}{}", self.about, self.what)
    }
}

/// A chart that can be drawn.
pub trait Drawing {
    /// Returns file name, title and subtitle.
    fn heading(&self) -> &Heading;

    /// Draws the chart below its heading. `lower` is the height of the heading minus the height of
    /// a two-line heading.
    fn draw(&self, canvas: &mut Canvas, lower: f64);
}

/// A chart of any type, for callers that keep charts of several types.
pub type AnyDrawing = Box<dyn Drawing + Send + Sync>;

impl Drawing for AnyDrawing {
    fn heading(&self) -> &Heading {
        (**self).heading()
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        (**self).draw(canvas, lower);
    }
}

/// Draws a chart on a canvas with the height of its content, up to the maximum chart height.
pub(super) fn drawn(chart: &impl Drawing, look: &Look) -> Canvas {
    let mut canvas = Canvas::new(look.units());
    let of = chart.heading();
    let lower = heading(&mut canvas, &of.title, &of.subtitle());
    chart.draw(&mut canvas, lower);
    canvas.finish(MARGIN);
    canvas
}

/// Returns width and height in pixels; `scale` is pixels per chart unit.
fn pixels(canvas: &Canvas, scale: f64) -> (u32, u32) {
    let side = |units: f64| (units * scale).round() as u32;
    (side(canvas.right()), side(canvas.bottom()))
}

/// Destination of an SVG document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Medium {
    /// Separate file: light theme, readable by every SVG viewer.
    File,
    /// Element in an HTML page, with the theme and typeface of the page.
    Page,
}

/// Returns the chart as a separate SVG document in the light theme. Coordinates are chart units.
pub fn svg(chart: &impl Drawing, look: &Look) -> String {
    written(&drawn(chart, look), look, Medium::File)
}

/// Returns the chart as an SVG element for an HTML page. Its colours are custom properties of the
/// page (see [`super::theme`]). The default is light, or dark if the root element of the page has
/// `data-theme="dark"`. The typeface is that of the page.
pub fn svg_for_page(chart: &impl Drawing, look: &Look) -> String {
    written(&drawn(chart, look), look, Medium::Page)
}

fn written(canvas: &Canvas, look: &Look, medium: Medium) -> String {
    let (width, height) = pixels(canvas, look.font_scale());
    let attributes = match medium {
        Medium::File => format!("xmlns=\"http://www.w3.org/2000/svg\" font-family=\"{FONTS}\""),
        Medium::Page => "class=\"cmgsim-chart\"".to_owned(),
    };
    let mut text = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" {attributes} \
         fill=\"none\" stroke-linejoin=\"round\">\n",
        short(canvas.right()),
        short(canvas.bottom())
    );
    if medium == Medium::Page {
        text.push_str(&format!("<style>{}</style>\n", theme::stylesheet(&colours(canvas))));
    }
    for shape in canvas.shapes() {
        text.push_str(&element(shape, medium));
    }
    text + "</svg>\n"
}

/// Returns the distinct colours of a canvas.
fn colours(canvas: &Canvas) -> Vec<Colour> {
    let mut found: Vec<Colour> = Vec::new();
    for shape in canvas.shapes() {
        let colour = match shape {
            Shape::Text { look, .. } => look.colour,
            Shape::Line { pen, .. } => pen.colour,
            Shape::Area { colour, .. }
            | Shape::Point { colour, .. }
            | Shape::Rectangle { colour, .. } => *colour,
        };
        if !found.contains(&colour) {
            found.push(colour);
        }
    }
    found
}

/// Returns the attribute of a colour, or its class within a page.
fn painted(attribute: &str, colour: Colour, medium: Medium) -> String {
    match medium {
        Medium::File => format!("{attribute}=\"{colour}\""),
        Medium::Page => format!("class=\"{}\"", colour.class()),
    }
}

fn element(shape: &Shape, medium: Medium) -> String {
    match shape {
        Shape::Text { text, at, before, look } => text_element(text, *at, *before, *look, medium),
        Shape::Line { points, pen } => line_element(points, *pen, medium),
        Shape::Area { corners, colour, opacity } => {
            let opacity =
                if *opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { "".into() };
            let fill = painted("fill", *colour, medium);
            format!("<polygon points=\"{}\" {fill}{opacity}/>\n", places(corners))
        }
        Shape::Point { at, radius, colour } => {
            let [x, y, radius] = [at.0, at.1, *radius].map(short);
            let fill = painted("fill", *colour, medium);
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {fill}/>\n")
        }
        Shape::Rectangle { corners: [one, other], colour } => {
            let (left, top) = (one.0.min(other.0), one.1.min(other.1));
            let (width, height) = ((one.0 - other.0).abs(), (one.1 - other.1).abs());
            let [left, top, width, height] = [left, top, width, height].map(short);
            let fill = painted("fill", *colour, medium);
            format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" {fill} \
                 shape-rendering=\"crispEdges\"/>\n"
            )
        }
    }
}

fn text_element(text: &str, at: Place, before: f64, look: Lettering, medium: Medium) -> String {
    let anchor = match before {
        0.0 => "",
        1.0 => " text-anchor=\"end\"",
        _ => " text-anchor=\"middle\"",
    };
    let weight = if look.is_bold { " font-weight=\"bold\"" } else { "" };
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" {}{weight}{anchor}>{text}</text>\n",
        short(at.0),
        short(at.1),
        // In this module, the size of a text is the height from the lowest to the highest point of
        // its letters. The font size is smaller.
        short(look.size / 1.24),
        painted("fill", look.colour, medium),
    )
}

fn line_element(points: &[Place], pen: Pen, medium: Medium) -> String {
    let dash = pen.dash.lengths();
    let dash = dash.map_or(String::new(), |(on, off)| format!(" stroke-dasharray=\"{on} {off}\""));
    // Draw horizontal and vertical lines aligned to pixels.
    let is_straight = matches!(points, [one, other] if one.0 == other.0 || one.1 == other.1);
    let sharp = if is_straight { " shape-rendering=\"crispEdges\"" } else { "" };
    format!(
        "<polyline points=\"{}\" {} stroke-width=\"{}\"{dash}{sharp}/>\n",
        places(points),
        painted("stroke", pen.colour, medium),
        short(pen.width)
    )
}

fn places(points: &[Place]) -> String {
    let place = |(x, y): &Place| format!("{},{}", short(*x), short(*y));
    points.iter().map(place).collect::<Vec<_>>().join(" ")
}

/// Rounds to a tenth of a chart unit, which is precise enough.
fn short(value: f64) -> f64 {
    let rounded = (10.0 * value).round() / 10.0;
    // Avoid negative zero.
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Returns the chart as the bytes of a PNG file in the light theme.
///
/// # Errors
/// Returns an error if the encoder fails.
pub fn png(chart: &impl Drawing, look: &Look) -> Result<Vec<u8>, DrawError> {
    let canvas = drawn(chart, look);
    let scale = look.font_scale() * PNG_SCALE;
    let mut bitmap = Bitmap::new(pixels(&canvas, scale));
    let length = |length: f64| (length * scale) as f32;
    let pixel = |(x, y): Place| (length(x), length(y));
    let all = |points: &[Place]| points.iter().map(|point| pixel(*point)).collect::<Vec<_>>();
    for shape in canvas.shapes() {
        match shape {
            Shape::Text { text, at, before, look } => {
                let at = (at.0 - before * canvas.width(text, *look), at.1);
                let colour = look.colour.rgb();
                bitmap.text(text, pixel(at), length(look.size), look.is_bold, colour);
            }
            Shape::Line { points, pen } => {
                let dash = pen.dash.lengths().map(|(on, off)| (length(on), length(off)));
                bitmap.line(&all(points), length(pen.width), dash, pen.colour.rgb());
            }
            Shape::Area { corners, colour, opacity } => {
                bitmap.area(&all(corners), colour.rgb(), *opacity as f32);
            }
            Shape::Point { at, radius, colour } => {
                bitmap.area(&all(&circle(*at, *radius)), colour.rgb(), 1.0);
            }
            Shape::Rectangle { corners, colour } => {
                bitmap.rectangle(corners.map(pixel), colour.rgb());
            }
        }
    }
    let failed = |cause: &dyn ToString| DrawError {
        name: chart.heading().name.clone(),
        cause: cause.to_string(),
    };
    bitmap.png().map_err(|cause| failed(&cause))
}

/// Returns the corners of a polygon that approximates a circle.
fn circle((x, y): Place, radius: f64) -> Vec<Place> {
    const CORNERS: u32 = 16;
    let corner = |number: u32| {
        let angle = f64::from(number) * std::f64::consts::TAU / f64::from(CORNERS);
        (x + radius * angle.cos(), y + radius * angle.sin())
    };
    (0..CORNERS).map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Anchor;
    use crate::report::chart::style::{Dash, TICK};
    use crate::report::chart::theme::INK;

    struct Sketch(Heading);

    impl Drawing for Sketch {
        fn heading(&self) -> &Heading {
            &self.0
        }

        fn draw(&self, canvas: &mut Canvas, lower: f64) {
            let pen = Pen { colour: INK, width: 2.2, dash: Dash::Long };
            canvas.line(&[(10.0, 100.0 + lower), (50.04, -0.01), (60.0, 70.0)], pen);
            canvas.area(&[(1.0, 1.0), (2.0, 1.0), (1.0, 2.0)], INK, 0.25);
            canvas.text("12 %", (300.0, 200.0), TICK, Anchor::Right);
        }
    }

    #[test]
    fn shapes_are_svg_elements_with_short_numbers_and_escaped_texts() {
        let sketch = Sketch(Heading::new("sketch", "a < b & c", "", ""));
        let text = svg(&sketch, &Look::default());
        let points = "points=\"10,100 50,0 60,70\" stroke=\"#1f2328\" stroke-width=\"2.2\" \
                      stroke-dasharray=\"10 4\"/>";
        let area = "<polygon points=\"1,1 2,1 1,2\" fill=\"#1f2328\" opacity=\"0.25\"/>";
        for part in [points, area, ">a &lt; b &amp; c</text>", "text-anchor=\"end\">12 %<"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        assert!(png(&sketch, &Look::default()).expect("drawn").len() > 2_000);
    }
}
