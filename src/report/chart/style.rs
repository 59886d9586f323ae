//! The one look of all charts: colours, dashes, sizes, letters.

use std::fmt;

use serde::Serialize;

use super::canvas::Lettering;

/// Usual size of a chart; an SVG has one pixel a unit.
const SIZE: (u32, u32) = (1200, 675);

/// Least and greatest font scale.
const FONT_SCALES: (f64, f64) = (0.5, 4.0);
/// Longest side: PNGs are drawn with about ten bytes for each of its squares.
const SIDE_MAX: u32 = 4_000;
/// Most squares.
const AREA_MAX: u32 = 3_840 * 2_160;
/// Least room that texts of the usual size need.
const ROOM: (f64, f64) = (640.0, 400.0);

/// Size of pictures, and of what is written in them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    size: (u32, u32),
    font_scale: f64,
}

/// Why pictures cannot look so.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LookError {
    /// Texts too small or too large.
    #[error("a font scale lies between {low} and {high}, and this is {0}", low = FONT_SCALES.0, high = FONT_SCALES.1)]
    FontScale(f64),
    /// Too large.
    #[error(
        "charts of {0}x{1} are too large: no side is longer than {SIDE_MAX}, and both together \
         have no more squares than 3840x2160"
    )]
    Large(u32, u32),
    /// Too small.
    #[error(
        "{width}x{height} has no room for a chart with letters of scale {font_scale}: it takes \
         {least_width}x{least_height} at least"
    )]
    Small {
        /// Width that was asked for.
        width: u32,
        /// Height that was asked for.
        height: u32,
        /// The scale of letters.
        font_scale: f64,
        /// The least width with it.
        least_width: u32,
        /// The least height with it.
        least_height: u32,
    },
}

impl Default for Look {
    fn default() -> Look {
        Look { size: SIZE, font_scale: 1.0 }
    }
}

impl Look {
    /// Pictures of a size (of an SVG in pixels, a PNG has four thirds of it), with letters, lines
    /// and margins so many times as large as usual.
    ///
    /// # Errors
    /// If they would be too large, or have no room for their texts.
    pub fn new(size: (u32, u32), font_scale: f64) -> Result<Look, LookError> {
        let (width, height) = size;
        if !(FONT_SCALES.0..=FONT_SCALES.1).contains(&font_scale) {
            return Err(LookError::FontScale(font_scale));
        }
        let is_large = width.max(height) > SIDE_MAX || width * height > AREA_MAX;
        if is_large {
            return Err(LookError::Large(width, height));
        }
        let least = [ROOM.0, ROOM.1].map(|side| (side * font_scale).ceil() as u32);
        let [least_width, least_height] = least;
        if width < least_width || height < least_height {
            return Err(LookError::Small { width, height, font_scale, least_width, least_height });
        }
        Ok(Look { size, font_scale })
    }

    /// The same with another height: no more than now, and no less than texts have room in.
    pub fn no_higher_than(self, height: f64) -> Look {
        let least = ROOM.1.max(height) * self.font_scale;
        let (width, most) = self.size;
        Look { size: (width, (least.ceil() as u32).min(most)), ..self }
    }

    /// Size of an SVG, pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Size of a PNG, pixels.
    pub(super) fn pixels(&self) -> (u32, u32) {
        (self.size.0 * 4 / 3, self.size.1 * 4 / 3)
    }

    /// Size in chart units: the larger the letters, the fewer.
    pub(super) fn units(&self) -> (f64, f64) {
        (f64::from(self.size.0) / self.font_scale, f64::from(self.size.1) / self.font_scale)
    }
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// As SVG and CSS have it: `#0072b2`.
impl fmt::Display for Colour {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(into, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Width of a line of data, chart units.
pub const LINE_WIDTH: f64 = 2.2;

/// Text.
pub const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Less important text, axes.
pub const GREY: Colour = Colour(0x60, 0x60, 0x60);
/// Grid.
pub const GRID: Colour = Colour(0xe4, 0xe4, 0xe4);
/// Background.
pub const PAPER: Colour = Colour(0xff, 0xff, 0xff);
/// Limits.
pub const LIMIT: Colour = Colour(0xb0, 0x00, 0x20);
/// What is not there, in a map: the orange of Okabe and Ito.
pub const DOWN: Colour = Colour(0xe6, 0x9f, 0x00);
/// A part with room left, one that is rather busy, and one at its limit.
pub const QUIET: Colour = Colour(0xc6, 0xe2, 0xf3);
/// See [`QUIET`].
pub const BUSY: Colour = Colour(0xf7, 0xdc, 0x9c);
/// See [`QUIET`].
pub const VERY_BUSY: Colour = Colour(0xf0, 0xb4, 0xbd);
/// Shaded times, one after the other for different things that happened.
pub const SHADES: [Colour; 4] = [
    Colour(0xf3, 0xdf, 0xb3),
    Colour(0xd6, 0xd6, 0xd6),
    Colour(0xcf, 0xe6, 0xdd),
    Colour(0xe7, 0xd3, 0xe2),
];

/// Titles.
pub const TITLE: Lettering = Lettering { size: 24.0, colour: INK, is_bold: true };
/// What is below a title.
pub const SUBTITLE: Lettering = Lettering { size: 15.0, colour: GREY, is_bold: false };
/// Names of axes.
pub const AXIS_LABEL: Lettering = Lettering { size: 15.0, colour: INK, is_bold: true };
/// Labels of ticks.
pub const TICK: Lettering = Lettering { size: 14.0, colour: INK, is_bold: false };
/// Legends.
pub const LEGEND: Lettering = Lettering { size: 15.0, colour: INK, is_bold: false };
/// Names of limits.
pub const LIMIT_LABEL: Lettering = Lettering { size: 14.0, colour: LIMIT, is_bold: true };
/// Small print.
pub const SMALL: Lettering = Lettering { size: 12.0, colour: GREY, is_bold: false };

/// Colour and dash of the lines, in order: colours of Okabe and Ito ("Color Universal Design",
/// 2008), which keep apart for colour-blind readers; dashes keep them apart in grey.
pub const LINES: [(Colour, Dash); 6] = [
    (Colour(0x00, 0x72, 0xb2), Dash::Solid),
    (Colour(0xd5, 0x5e, 0x00), Dash::Long),
    (Colour(0x00, 0x9e, 0x73), Dash::Short),
    (Colour(0xcc, 0x79, 0xa7), Dash::Sparse),
    (Colour(0x56, 0xb4, 0xe9), Dash::Solid),
    (Colour(0x00, 0x00, 0x00), Dash::Short),
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

    fn of(lines: [Colour; 6], plain: [Colour; 3], shades: [Colour; 4]) -> Palette {
        let look = |(colour, (_, dash)): (Colour, (Colour, Dash))| LineLook {
            colour: colour.to_string(),
            dash: dash.lengths().map_or_else(Vec::new, |(on, off)| vec![on, off]),
        };
        let [ink, grid, limit] = plain.map(|colour| colour.to_string());
        Palette {
            lines: lines.into_iter().zip(LINES).map(look).collect(),
            ink,
            grid,
            limit,
            shades: shades.map(|colour| colour.to_string()).into(),
        }
    }
}

fn rgb(number: u32) -> Colour {
    let [_, red, green, blue] = number.to_be_bytes();
    Colour(red, green, blue)
}

/// A colour of a map, from nearly white (0) to dark blue (1): a single hue, which everybody sees as
/// an order, in print too.
pub fn darker(darkness: f64) -> Colour {
    let (light, dark) = ([0xf2, 0xf7, 0xfb], [0x08, 0x30, 0x6b]);
    let mix = |place: usize| {
        let (from, to) = (f64::from(light[place]), f64::from(dark[place]));
        (from + (to - from) * darkness.clamp(0.0, 1.0)).round() as u8
    };
    Colour(mix(0), mix(1), mix(2))
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
