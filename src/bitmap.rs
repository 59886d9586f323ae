//! The pixels of charts: drawing, averaging, encoding. It is a package of its own, so that these
//! loops are optimised also where the rest is not: in tests they took a hundred times as long.
//!
//! A generic function is compiled in the package that calls it. plotters' backend is generic over
//! styles and paths, so [`Bitmap`] passes them on as the types that it has here.

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_bitmap::BitMapBackend;

type Inner<'a> = BitMapBackend<'a>;
type Outcome = Result<(), DrawingErrorKind<<Inner<'static> as DrawingBackend>::ErrorType>>;

/// A backend of plotters that draws into red, green and blue bytes.
pub struct Bitmap<'a>(Inner<'a>);

impl<'a> Bitmap<'a> {
    /// A bitmap of a width and a height. `pixels` has three bytes for each pixel.
    pub fn new(pixels: &'a mut [u8], size: (u32, u32)) -> Self {
        Bitmap(BitMapBackend::with_buffer(pixels, size))
    }

    #[inline(never)]
    fn pixel(&mut self, point: BackendCoord, color: BackendColor) -> Outcome {
        self.0.draw_pixel(point, color)
    }

    #[inline(never)]
    fn line(&mut self, from: BackendCoord, to: BackendCoord, style: Style) -> Outcome {
        self.0.draw_line(from, to, &style)
    }

    #[inline(never)]
    fn rectangle(&mut self, corners: [BackendCoord; 2], style: Style, fill: bool) -> Outcome {
        self.0.draw_rect(corners[0], corners[1], &style, fill)
    }

    #[inline(never)]
    fn path(&mut self, path: Vec<BackendCoord>, style: Style) -> Outcome {
        self.0.draw_path(path, &style)
    }

    #[inline(never)]
    fn circle(&mut self, center: BackendCoord, radius: u32, style: Style, fill: bool) -> Outcome {
        self.0.draw_circle(center, radius, &style, fill)
    }

    #[inline(never)]
    fn polygon(&mut self, corners: Vec<BackendCoord>, style: Style) -> Outcome {
        self.0.fill_polygon(corners, &style)
    }
}

/// Any style, as a type of this package.
#[derive(Clone, Copy)]
struct Style {
    color: BackendColor,
    stroke_width: u32,
}

impl Style {
    fn of(style: &impl BackendStyle) -> Self {
        Style { color: style.color(), stroke_width: style.stroke_width() }
    }
}

impl BackendStyle for Style {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.stroke_width
    }
}

impl DrawingBackend for Bitmap<'_> {
    type ErrorType = <Inner<'static> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Outcome {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Outcome {
        self.pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Outcome {
        self.line(from, to, Style::of(style))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.rectangle([upper_left, bottom_right], Style::of(style), fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.path(path.into_iter().collect(), Style::of(style))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.circle(center, radius, Style::of(style), fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Outcome {
        self.polygon(corners.into_iter().collect(), Style::of(style))
    }
}

/// Means of squares of two by two pixels, of `width` pixels in a row.
pub fn average(pixels: &[u8], width: usize) -> Vec<u8> {
    let row_length = width * 3;
    let mut result = Vec::with_capacity(pixels.len() / 4);
    let mut sums = Vec::with_capacity(row_length);
    for rows in pixels.chunks_exact(2 * row_length) {
        let (upper, lower) = rows.split_at(row_length);
        let columns = upper.iter().zip(lower);
        sums.clear();
        sums.extend(columns.map(|(upper, lower)| u16::from(*upper) + u16::from(*lower)));
        for [red, green, blue, red_2, green_2, blue_2] in sums.as_chunks().0 {
            let of_four = [red + red_2, green + green_2, blue + blue_2];
            result.extend(of_four.map(|sum| (sum / 4) as u8));
        }
    }
    result
}

/// Pixels as the bytes of a PNG file.
///
/// # Errors
/// If there are not three bytes for each pixel of the size.
pub fn png(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours compress well anyhow, and a run need not wait for better.
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_averaged_by_fours() {
        let row = |bytes: [u8; 6]| bytes;
        let pixels = [row([0, 4, 255, 4, 4, 255]), row([8, 4, 255, 8, 7, 255])].concat();
        assert_eq!(average(&pixels, 2), [5, 4, 255]);
    }

    /// The same shapes by both give the same bytes.
    #[test]
    fn it_draws_what_the_backend_draws() {
        fn draw<B: DrawingBackend>(mut backend: B) {
            let color = BackendColor { alpha: 0.6, rgb: (200, 30, 7) };
            let thick = Style { color, stroke_width: 4 };
            let path = [(2, 3), (40, 31), (60, 9), (71, 50)];
            let drawn = [
                backend.draw_pixel((1, 1), color),
                backend.draw_line((0, 5), (70, 55), &color),
                backend.draw_rect((5, 5), (20, 30), &color, true),
                backend.draw_path(path, &thick),
                backend.draw_path(path, &color),
                backend.draw_circle((50, 30), 9, &thick, true),
                backend.fill_polygon(path, &color),
            ];
            assert!(drawn.iter().all(Result::is_ok) && backend.present().is_ok());
        }
        let (mut ours, mut theirs) = (vec![255; 80 * 60 * 3], vec![255; 80 * 60 * 3]);
        draw(Bitmap::new(&mut ours, (80, 60)));
        draw(Inner::with_buffer(&mut theirs, (80, 60)));
        assert!(ours == theirs && ours.iter().any(|byte| *byte != 255));
    }
}
