//! Draws anything that can be drawn, as SVG text or as a PNG file's bytes.

use cmgsim_bitmap::{Bitmap, average};
use plotters::prelude::{DrawingBackend, IntoDrawingArea, SVGBackend};

use super::canvas::{Canvas, Outcome};
use super::style::{self, Look};

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart `{name}`: {cause}")]
pub struct DrawError {
    /// Which.
    pub name: String,
    /// What the drawing library said.
    pub cause: String,
}

/// The PNG is drawn larger by this, then averaged ([`average`]), so that lines are smooth.
const OVERSAMPLING: u32 = 2;

/// Bitmaps get their texts this much too high, relative to the texts' height.
const BITMAP_DROP: f64 = 0.22;

/// What can be drawn on any backend.
pub trait Drawing {
    /// File name without ending.
    fn name(&self) -> &str;

    /// Draws it on an empty canvas.
    ///
    /// # Errors
    /// What the drawing library said when it failed.
    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Outcome;
}

/// As an SVG document.
///
/// # Errors
/// If the drawing library fails.
pub fn svg(figure: &impl Drawing, look: &Look) -> Result<String, DrawError> {
    style::register_fonts();
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, look.size()).into_drawing_area();
    let drawn = figure.draw(&Canvas::new(area, look.units(), look.font_scale(), 0.0));
    drawn.map_err(|cause| failed(figure, cause))?;
    Ok(text)
}

/// As the bytes of a PNG file.
///
/// # Errors
/// If the drawing library fails.
pub fn png(figure: &impl Drawing, look: &Look) -> Result<Vec<u8>, DrawError> {
    style::register_fonts();
    let size = look.pixels();
    let (width, height) = (size.0 * OVERSAMPLING, size.1 * OVERSAMPLING);
    let mut pixels = vec![0xff; width as usize * height as usize * 3];
    let area = Bitmap::new(&mut pixels, (width, height)).into_drawing_area();
    let scale = f64::from(width) / look.units().0;
    let drawn = figure.draw(&Canvas::new(area, look.units(), scale, BITMAP_DROP));
    drawn.map_err(|cause| failed(figure, cause))?;
    let averaged = average(&pixels, width as usize);
    cmgsim_bitmap::png(&averaged, size).map_err(|cause| failed(figure, cause.to_string()))
}

fn failed(figure: &impl Drawing, cause: String) -> DrawError {
    DrawError { name: figure.name().to_owned(), cause }
}
