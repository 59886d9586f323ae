//! Colours, dashes, sizes, and the font.

use std::sync::Once;

use serde::Serialize;

use plotters::style::{FontStyle, RGBColor, register_font};

/// Size of a chart in its own units; an SVG has one pixel a unit.
pub const SIZE: (u32, u32) = (1200, 675);

/// Width of a line of data, chart units.
pub const LINE_WIDTH: f64 = 2.2;

/// Text.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Less important text, axes.
pub const GREY: RGBColor = RGBColor(0x60, 0x60, 0x60);
/// Grid.
pub const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
/// Background.
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Limits.
pub const LIMIT: RGBColor = RGBColor(0xb0, 0x00, 0x20);
/// Shaded times, one after the other for different things that happened.
pub const SHADES: [RGBColor; 4] = [
    RGBColor(0xf3, 0xdf, 0xb3),
    RGBColor(0xd6, 0xd6, 0xd6),
    RGBColor(0xcf, 0xe6, 0xdd),
    RGBColor(0xe7, 0xd3, 0xe2),
];

/// Colour and dash of the lines, in order: colours of Okabe and Ito ("Color Universal Design",
/// 2008), which keep apart for colour-blind readers; dashes keep them apart in grey.
pub const LINES: [(RGBColor, Dash); 6] = [
    (RGBColor(0x00, 0x72, 0xb2), Dash::Solid),
    (RGBColor(0xd5, 0x5e, 0x00), Dash::Long),
    (RGBColor(0x00, 0x9e, 0x73), Dash::Short),
    (RGBColor(0xcc, 0x79, 0xa7), Dash::Sparse),
    (RGBColor(0x56, 0xb4, 0xe9), Dash::Solid),
    (RGBColor(0x00, 0x00, 0x00), Dash::Short),
];

/// Colours and dashes for pictures that are not drawn here.
#[derive(Clone, Debug, Serialize)]
pub struct Palette {
    /// Of lines, in order.
    lines: Vec<LineLook>,
    ink: String,
    grid: String,
    limit: String,
    shades: Vec<String>,
}

/// Colour and dash of a line.
#[derive(Clone, Debug, Serialize)]
struct LineLook {
    colour: String,
    dash: Vec<f64>,
}

impl Palette {
    /// As pictures have it.
    pub fn light() -> Palette {
        Palette::of(LINES.map(|(colour, _)| colour), [INK, GRID, LIMIT], SHADES)
    }

    /// The same on dark: lighter lines of the same hues, white instead of black.
    pub fn dark() -> Palette {
        let lines = [0x4aa8e8, 0xf0894a, 0x3cc79f, 0xe0a0c4, 0x8fd0f5, 0xf2f2f2];
        let shades = [0x4a3f1f, 0x3a3a3a, 0x1f4036, 0x452f40];
        Palette::of(lines.map(rgb), [0xe6e6e6, 0x3a3f45, 0xff7a85].map(rgb), shades.map(rgb))
    }

    fn of(lines: [RGBColor; 6], plain: [RGBColor; 3], shades: [RGBColor; 4]) -> Palette {
        let look = |(colour, (_, dash)): (RGBColor, (RGBColor, Dash))| LineLook {
            colour: hexadecimal(colour),
            dash: dash.lengths().map_or_else(Vec::new, |(on, off)| vec![on, off]),
        };
        let [ink, grid, limit] = plain.map(hexadecimal);
        Palette {
            lines: lines.into_iter().zip(LINES).map(look).collect(),
            ink,
            grid,
            limit,
            shades: shades.map(hexadecimal).into(),
        }
    }
}

fn rgb(number: u32) -> RGBColor {
    let [_, red, green, blue] = number.to_be_bytes();
    RGBColor(red, green, blue)
}

fn hexadecimal(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A colour of a map, from nearly white (0) to dark blue (1): a single hue, which everybody sees as
/// an order, in print too.
pub fn darker(darkness: f64) -> RGBColor {
    let (light, dark) = ([0xf2, 0xf7, 0xfb], [0x08, 0x30, 0x6b]);
    let mix = |place: usize| {
        let (from, to) = (f64::from(light[place]), f64::from(dark[place]));
        (from + (to - from) * darkness.clamp(0.0, 1.0)).round() as u8
    };
    RGBColor(mix(0), mix(1), mix(2))
}

/// How a line is dashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Not.
    Solid,
    /// Long dashes.
    Long,
    /// Short dashes.
    Short,
    /// Long dashes far apart.
    Sparse,
}

impl Dash {
    /// Length of dash and gap in chart units; `None` if solid.
    pub fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Dash::Solid => None,
            Dash::Long => Some((10.0, 4.0)),
            Dash::Short => Some((4.0, 3.0)),
            Dash::Sparse => Some((10.0, 8.0)),
        }
    }
}

/// Name under which the embedded font is registered, and by which an SVG viewer finds its own.
pub const FONT: &str = "sans-serif";

/// Makes the embedded font known to plotters, once. Without it no text can be drawn: system
/// fonts are never looked for.
pub fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let regular = include_bytes!("fonts/cmgsim-sans.ttf");
        let bold = include_bytes!("fonts/cmgsim-sans-Bold.ttf");
        // It fails only for bytes that are no font; a test draws text with both.
        let _ = register_font(FONT, FontStyle::Normal, regular);
        let _ = register_font(FONT, FontStyle::Bold, bold);
    });
}
