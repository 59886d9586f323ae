//! Draws anything that can be drawn, as SVG text or as a PNG file's bytes.

use cmgsim_bitmap::Bitmap;

use super::canvas::{Canvas, Lettering, Pen, Place, Shape};
use super::plot::heading;
use super::style::{Colour, Look, PAPER};

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart `{name}`: {cause}")]
pub struct DrawError {
    /// Which.
    pub name: String,
    /// What the encoder said.
    pub cause: String,
}

/// What a chart is called and says above itself.
#[derive(Clone, Debug)]
pub struct Heading {
    /// File name without ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// Of which scenario; what to look for.
    pub subtitle: String,
}

impl Heading {
    /// From its texts.
    pub fn new(name: &str, title: &str, subtitle: &str) -> Self {
        let [name, title, subtitle] = [name, title, subtitle].map(str::to_owned);
        Heading { name, title, subtitle }
    }
}

/// What can be drawn.
pub trait Drawing {
    /// What it is called.
    fn heading(&self) -> &Heading;

    /// Draws it below its heading, which takes so much more room than usual.
    fn draw(&self, canvas: &mut Canvas, lower: f64);
}

fn drawn(figure: &impl Drawing, look: &Look) -> Canvas {
    let mut canvas = Canvas::new(look.units());
    let Heading { title, subtitle, .. } = figure.heading();
    canvas.rectangle([(0.0, 0.0), look.units()], PAPER);
    let lower = heading(&mut canvas, title, subtitle);
    figure.draw(&mut canvas, lower);
    canvas
}

/// As an SVG document. Its size is that of the look; places in it are chart units.
pub fn svg(figure: &impl Drawing, look: &Look) -> String {
    let ((width, height), (right, bottom)) = (look.size(), look.units());
    let mut text = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
         xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" fill=\"none\" \
         stroke-linejoin=\"round\">\n",
        short(right),
        short(bottom)
    );
    for shape in drawn(figure, look).shapes() {
        text.push_str(&element(shape));
    }
    text + "</svg>\n"
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Text { text, at, before, look } => text_element(text, *at, *before, *look),
        Shape::Line { points, pen } => line_element(points, *pen),
        Shape::Area { corners, colour, opacity } => {
            let opacity =
                if *opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { "".into() };
            format!("<polygon points=\"{}\" fill=\"{colour}\"{opacity}/>\n", places(corners))
        }
        Shape::Rectangle { corners: [one, other], colour } => {
            let (left, top) = (one.0.min(other.0), one.1.min(other.1));
            let (width, height) = ((one.0 - other.0).abs(), (one.1 - other.1).abs());
            let [left, top, width, height] = [left, top, width, height].map(short);
            format!(
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" \
                 fill=\"{colour}\" shape-rendering=\"crispEdges\"/>\n"
            )
        }
    }
}

fn text_element(text: &str, at: Place, before: f64, look: Lettering) -> String {
    let anchor = match before {
        0.0 => "",
        1.0 => " text-anchor=\"end\"",
        _ => " text-anchor=\"middle\"",
    };
    let weight = if look.is_bold { " font-weight=\"bold\"" } else { "" };
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{weight}{anchor}>{text}</text>\n",
        short(at.0),
        short(at.1),
        // Fonts are measured from the highest to the lowest point, and named by less.
        short(look.size / 1.24),
        look.colour,
    )
}

fn line_element(points: &[Place], pen: Pen) -> String {
    let dash = pen.dash.lengths();
    let dash = dash.map_or(String::new(), |(on, off)| format!(" stroke-dasharray=\"{on} {off}\""));
    // What is upright or level is as sharp as pixels are.
    let is_straight = matches!(points, [one, other] if one.0 == other.0 || one.1 == other.1);
    let sharp = if is_straight { " shape-rendering=\"crispEdges\"" } else { "" };
    format!(
        "<polyline points=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{dash}{sharp}/>\n",
        places(points),
        pen.colour,
        short(pen.width)
    )
}

fn places(points: &[Place]) -> String {
    let place = |(x, y): &Place| format!("{},{}", short(*x), short(*y));
    points.iter().map(place).collect::<Vec<_>>().join(" ")
}

/// A tenth of a chart unit is enough.
fn short(value: f64) -> f64 {
    let rounded = (10.0 * value).round() / 10.0;
    // There is no negative zero on a chart.
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// As the bytes of a PNG file.
///
/// # Errors
/// If the encoder fails.
pub fn png(figure: &impl Drawing, look: &Look) -> Result<Vec<u8>, DrawError> {
    let mut bitmap = Bitmap::new(look.pixels());
    let scale = f64::from(look.pixels().0) / look.units().0;
    let length = |length: f64| (length * scale) as f32;
    let pixel = |(x, y): Place| (length(x), length(y));
    let pixels = |points: &[Place]| points.iter().map(|point| pixel(*point)).collect::<Vec<_>>();
    let rgb = |Colour(red, green, blue): Colour| [red, green, blue];
    let canvas = drawn(figure, look);
    for shape in canvas.shapes() {
        match shape {
            Shape::Text { text, at, before, look } => {
                let at = (at.0 - before * canvas.width(text, *look), at.1);
                let colour = rgb(look.colour);
                bitmap.text(text, pixel(at), length(look.size), look.is_bold, colour);
            }
            Shape::Line { points, pen } => {
                let dash = pen.dash.lengths().map(|(on, off)| (length(on), length(off)));
                bitmap.line(&pixels(points), length(pen.width), dash, rgb(pen.colour));
            }
            Shape::Area { corners, colour, opacity } => {
                bitmap.area(&pixels(corners), rgb(*colour), *opacity as f32);
            }
            Shape::Rectangle { corners, colour } => {
                bitmap.rectangle(corners.map(pixel), rgb(*colour));
            }
        }
    }
    let failed = |cause: &dyn ToString| DrawError {
        name: figure.heading().name.clone(),
        cause: cause.to_string(),
    };
    bitmap.png().map_err(|cause| failed(&cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Anchor;
    use crate::report::chart::style::{Dash, INK, TICK};

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
    fn shapes_are_elements_with_short_numbers_and_escaped_texts() {
        let sketch = Sketch(Heading::new("sketch", "a < b & c", ""));
        let text = svg(&sketch, &Look::default());
        let points = "points=\"10,100 50,0 60,70\" stroke=\"#222222\" stroke-width=\"2.2\" \
                      stroke-dasharray=\"10 4\"/>";
        let area = "<polygon points=\"1,1 2,1 1,2\" fill=\"#222222\" opacity=\"0.25\"/>";
        for part in [points, area, ">a &lt; b &amp; c</text>", "text-anchor=\"end\">12 %<"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        assert!(png(&sketch, &Look::default()).expect("drawn").len() > 2_000);
    }
}
