//! Sizes, font sizes and dashes of all charts; [`super::theme`] defines the colours.

use super::canvas::Lettering;
use super::theme::{INK, LIMIT, SOFT};

/// Default size of a chart; an SVG has one pixel per chart unit.
const SIZE: (u32, u32) = (1200, 675);

/// Smallest and largest font scale.
const FONT_SCALES: (f64, f64) = (0.5, 4.0);
/// Maximum side length in pixels. Drawing a PNG needs about ten bytes of memory per pixel.
const SIDE_MAX: u32 = 4_000;
/// Maximum number of pixels.
const AREA_MAX: u32 = 3_840 * 2_160;
/// Width and height that texts of the default size need.
const ROOM: (f64, f64) = (640.0, 400.0);

/// Size of charts and of their texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    size: (u32, u32),
    font_scale: f64,
}

/// Reason why the size or the font scale of charts is invalid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LookError {
    /// The font scale is out of range.
    #[error(
        "the font scale {0} is not between {low} and {high}",
        low = FONT_SCALES.0,
        high = FONT_SCALES.1
    )]
    FontScale(f64),
    /// The chart is too large.
    #[error(
        "the chart size {0}x{1} is too large: use at most {SIDE_MAX} pixels per side, and \
         an area of at most 3840x2160"
    )]
    Large(u32, u32),
    /// The chart is too small for its texts.
    #[error(
        "the chart size {width}x{height} is too small for font scale {font_scale}: use at least \
         {least_width}x{least_height}"
    )]
    Small {
        /// Requested width.
        width: u32,
        /// Requested height.
        height: u32,
        /// Font scale.
        font_scale: f64,
        /// Smallest width at this font scale.
        least_width: u32,
        /// Smallest height at this font scale.
        least_height: u32,
    },
}

impl Default for Look {
    fn default() -> Look {
        Look { size: SIZE, font_scale: 1.0 }
    }
}

impl Look {
    /// Creates the look of charts from their maximum size in SVG pixels; a PNG is 4/3 as wide and
    /// as high. The font scale multiplies letters, lines and margins.
    ///
    /// # Errors
    /// Returns an error if the charts are too large, or too small for their texts.
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

    /// Returns the pixels of an SVG per chart unit.
    pub(super) fn font_scale(&self) -> f64 {
        self.font_scale
    }

    /// Returns the maximum size in chart units, which decreases with the font scale.
    pub(super) fn units(&self) -> (f64, f64) {
        (f64::from(self.size.0) / self.font_scale, f64::from(self.size.1) / self.font_scale)
    }
}

/// Width of a data line in chart units.
pub const LINE_WIDTH: f64 = 2.2;

/// Titles.
pub const TITLE: Lettering = Lettering { size: 24.0, colour: INK, is_bold: true };
/// Subtitles.
pub const SUBTITLE: Lettering = Lettering { size: 15.0, colour: SOFT, is_bold: false };
/// Axis titles.
pub const AXIS_LABEL: Lettering = Lettering { size: 15.0, colour: INK, is_bold: true };
/// Tick labels.
pub const TICK: Lettering = Lettering { size: 14.0, colour: INK, is_bold: false };
/// Legends.
pub const LEGEND: Lettering = Lettering { size: 15.0, colour: INK, is_bold: false };
/// Labels of limits.
pub const LIMIT_LABEL: Lettering = Lettering { size: 14.0, colour: LIMIT, is_bold: true };
/// Event labels.
pub const EVENT_LABEL: Lettering = Lettering { size: 13.0, colour: SOFT, is_bold: false };
/// Notes.
pub const SMALL: Lettering = Lettering { size: 12.0, colour: SOFT, is_bold: false };

/// Dash of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// No gaps.
    Solid,
    /// Long dashes.
    Long,
    /// Short dashes.
    Short,
}

impl Dash {
    /// Returns the length of dash and gap in chart units; `None` for a solid line.
    pub fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Dash::Solid => None,
            Dash::Long => Some((10.0, 4.0)),
            Dash::Short => Some((4.0, 3.0)),
        }
    }
}
