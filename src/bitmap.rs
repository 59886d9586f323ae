//! The pixels of charts: areas, lines and letters with smooth edges, and their PNG encoding. This
//! is a package of its own so that its loops are optimised in test builds too, where they would
//! otherwise take a hundred times as long.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, ScaleFont, point};
use ab_glyph_rasterizer::Rasterizer;

/// Position in pixels from the upper left corner.
pub type Place = (f32, f32);

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Number of sides of the polygon that fills the outside of a bend in a line.
const JOINT_SIDES: u8 = 8;

/// An image of red, green and blue bytes.
pub struct Bitmap {
    size: (usize, usize),
    pixels: Vec<u8>,
    cover: Rasterizer,
}

impl Bitmap {
    /// Creates a white bitmap of the given width and height.
    pub fn new((width, height): (u32, u32)) -> Self {
        let size = (width as usize, height as usize);
        let pixels = vec![0xff; size.0 * size.1 * 3];
        Bitmap { size, pixels, cover: Rasterizer::new(0, 0) }
    }

    /// Fills an area with an opacity of 0..=1.
    pub fn area(&mut self, corners: &[Place], colour: Rgb, opacity: f32) {
        self.fill(&[corners.to_vec()], colour, opacity);
    }

    /// Fills a rectangle given by two opposite corners. Its edges are rounded to pixels, so that
    /// neighbours neither overlap nor leave a gap.
    pub fn rectangle(&mut self, corners: [Place; 2], colour: Rgb) {
        let within = |value: f32, maximum: usize| value.round().clamp(0.0, maximum as f32) as usize;
        let [(x1, y1), (x2, y2)] = corners;
        let columns = within(x1.min(x2), self.size.0)..within(x1.max(x2), self.size.0);
        for y in within(y1.min(y2), self.size.1)..within(y1.max(y2), self.size.1) {
            let row = (y * self.size.0 + columns.start) * 3..(y * self.size.0 + columns.end) * 3;
            for pixel in self.pixels[row].as_chunks_mut().0 {
                *pixel = colour;
            }
        }
    }

    /// Draws a line through points; `dash` is the length of dashes and gaps.
    pub fn line(&mut self, points: &[Place], width: f32, dash: Option<(f32, f32)>, colour: Rgb) {
        if let ([from, to], None) = (points, dash)
            && (from.0 == to.0 || from.1 == to.1)
        {
            return self.straight(*from, *to, width, colour);
        }
        let width = width.max(1.0);
        let pieces = dash.map_or_else(|| vec![points.to_vec()], |dash| dashes(points, dash));
        let outlines: Vec<Vec<Place>> =
            pieces.iter().flat_map(|piece| outlines(piece, width / 2.0)).collect();
        self.fill(&outlines, colour, 1.0);
    }

    /// A vertical or horizontal line with sharp edges.
    fn straight(&mut self, from: Place, to: Place, width: f32, colour: Rgb) {
        let width = width.round().max(1.0);
        let first = |middle: f32| (middle - width / 2.0).round();
        let corners = match from.0 == to.0 {
            true => [(first(from.0), from.1), (first(from.0) + width, to.1)],
            false => [(from.0, first(from.1)), (to.0, first(from.1) + width)],
        };
        self.rectangle(corners, colour);
    }

    /// Writes a text that starts at a place on its base line; `size` is the distance from the
    /// highest to the lowest point of letters.
    pub fn text(&mut self, text: &str, (x, y): Place, size: f32, is_bold: bool, colour: Rgb) {
        let font = font(is_bold).as_scaled(size);
        let (mut x, mut previous) = (x, None);
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            x += previous.map_or(0.0, |previous| font.kern(previous, id));
            let glyph = id.with_scale_and_position(size, point(x, y));
            if let Some(outline) = font.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|right, down, share| {
                    let (x, y) = (corner.x + right as f32, corner.y + down as f32);
                    if x >= 0.0 && y >= 0.0 && (x as usize) < self.size.0 {
                        blend(
                            &mut self.pixels,
                            y as usize * self.size.0 + x as usize,
                            colour,
                            share,
                        );
                    }
                });
            }
            x += font.h_advance(id);
            previous = Some(id);
        }
    }

    /// Fills the union of outlines. The opacity of a pixel is proportional to the share of its area
    /// inside the union. All outlines have the same orientation.
    fn fill(&mut self, outlines: &[Vec<Place>], colour: Rgb, opacity: f32) {
        let places = || outlines.iter().flatten();
        let minimum = |of: fn(&Place) -> f32, maximum: usize| {
            places().map(of).fold(maximum as f32, f32::min).floor().clamp(0.0, maximum as f32)
        };
        let greatest = |of: fn(&Place) -> f32, maximum: usize| {
            places().map(of).fold(0.0, f32::max).ceil().clamp(0.0, maximum as f32)
        };
        let left = minimum(|place| place.0, self.size.0);
        let top = minimum(|place| place.1, self.size.1);
        let width = greatest(|place| place.0, self.size.0) - left;
        let height = greatest(|place| place.1, self.size.1) - top;
        if width <= 0.0 || height <= 0.0 {
            return;
        }
        self.cover.reset(width as usize, height as usize);
        let within = |place: &Place| {
            point((place.0 - left).clamp(0.0, width), (place.1 - top).clamp(0.0, height))
        };
        for outline in outlines {
            for (from, to) in outline.iter().zip(outline.iter().cycle().skip(1)) {
                self.cover.draw_line(within(from), within(to));
            }
        }
        let (pixels, across) = (&mut self.pixels, self.size.0);
        let first = top as usize * across + left as usize;
        self.cover.for_each_pixel_2d(|x, y, share| {
            if share > 0.002 {
                let place = first + y as usize * across + x as usize;
                blend(pixels, place, colour, share.min(1.0) * opacity);
            }
        });
    }

    /// Returns the bitmap as the bytes of a PNG file.
    ///
    /// # Errors
    /// Returns an error if the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size.0 as u32, self.size.1 as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        // Flat colours compress well with the fast method too.
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(bytes)
    }
}

/// Returns the width of a text in pixels.
pub fn text_width(text: &str, size: f32, is_bold: bool) -> f32 {
    set(text, size, is_bold, |_, _| {})
}

/// Calls `place` with each letter and the x position of its start; returns the x position of the
/// end of the text.
fn set(text: &str, size: f32, is_bold: bool, mut place: impl FnMut(GlyphId, f32)) -> f32 {
    let font = font(is_bold).as_scaled(size);
    let (mut right, mut previous) = (0.0, None);
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        right += previous.map_or(0.0, |previous| font.kern(previous, id));
        place(id, right);
        right += font.h_advance(id);
        previous = Some(id);
    }
    right
}

/// Returns the embedded font; system fonts are not used.
fn font(is_bold: bool) -> &'static FontRef<'static> {
    fn read(bytes: &'static [u8]) -> FontRef<'static> {
        FontRef::try_from_slice(bytes).expect("the font is valid, as a test checks")
    }
    static REGULAR: LazyLock<FontRef<'_>> =
        LazyLock::new(|| read(include_bytes!("../bitmap/fonts/cmgsim-sans.ttf")));
    static BOLD: LazyLock<FontRef<'_>> =
        LazyLock::new(|| read(include_bytes!("../bitmap/fonts/cmgsim-sans-Bold.ttf")));
    if is_bold { &BOLD } else { &REGULAR }
}

/// Blends a colour into a pixel.
fn blend(pixels: &mut [u8], place: usize, colour: Rgb, share: f32) {
    if let Some(pixel) = pixels.get_mut(3 * place..3 * place + 3) {
        for (own, new) in pixel.iter_mut().zip(colour) {
            let (from, to) = (f32::from(*own), f32::from(new));
            *own = (from + (to - from) * share + 0.5) as u8;
        }
    }
}

/// Returns the outlines of a line: one per segment, and one per bend.
fn outlines(points: &[Place], half: f32) -> Vec<Vec<Place>> {
    let mut found = Vec::new();
    for pair in points.windows(2) {
        let [(x1, y1), (x2, y2)] = [pair[0], pair[1]];
        let length = (x2 - x1).hypot(y2 - y1);
        if length > 0.0 {
            let (right, down) = (half * (y2 - y1) / length, half * (x1 - x2) / length);
            let ends = [(x1, y1, 1.0), (x2, y2, 1.0), (x2, y2, -1.0), (x1, y1, -1.0)];
            let corner = |(x, y, side): (f32, f32, f32)| (x + side * right, y + side * down);
            found.push(ends.map(corner).to_vec());
        }
    }
    for bend in points.windows(3).filter(|three| is_bend(three)) {
        let (x, y) = bend[1];
        let corner = |side: u8| {
            let angle = f32::from(side) * std::f32::consts::TAU / f32::from(JOINT_SIDES);
            (x + half * angle.cos(), y + half * angle.sin())
        };
        found.push((0..JOINT_SIDES).map(corner).collect());
    }
    found
}

/// Returns whether a line bends so sharply at the second of three points that the outside of the
/// bend would have a notch.
fn is_bend(three: &[Place]) -> bool {
    const NOTCH: f32 = 0.2;
    let [before, after] =
        [0, 1].map(|at| (three[at + 1].0 - three[at].0, three[at + 1].1 - three[at].1));
    let cross_product = before.0 * after.1 - before.1 * after.0;
    let ahead = before.0 * after.0 + before.1 * after.1;
    ahead < 0.0 || cross_product.abs() > NOTCH * ahead
}

/// Returns the dashes of a line, each as a list of points.
fn dashes(points: &[Place], (dash, gap): (f32, f32)) -> Vec<Vec<Place>> {
    let mut pieces = vec![points.first().copied().into_iter().collect::<Vec<_>>()];
    let (mut is_dash, mut left) = (true, dash);
    for pair in points.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let place = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if is_dash && let Some(piece) = pieces.last_mut() {
                piece.push(place);
            } else {
                pieces.push(vec![place]);
            }
            is_dash = !is_dash;
            left = if is_dash { dash } else { gap };
        }
        left -= length - done;
        if is_dash && let Some(piece) = pieces.last_mut() {
            piece.push(to);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Rgb = [0, 0, 0];

    /// The darkness of each pixel of a row, 0..=255.
    fn row(bitmap: &Bitmap, y: usize) -> Vec<u8> {
        (0..bitmap.size.0).map(|x| 255 - bitmap.pixels[3 * (y * bitmap.size.0 + x)]).collect()
    }

    #[test]
    fn a_pixel_is_dark_in_proportion_to_its_coverage() {
        let mut bitmap = Bitmap::new((4, 2));
        bitmap.area(&[(0.5, 0.0), (2.25, 0.0), (2.25, 1.0), (0.5, 1.0)], INK, 1.0);
        assert_eq!(row(&bitmap, 0), [127, 255, 64, 0]);
        bitmap.area(&[(3.0, 1.0), (9.0, 1.0), (9.0, 9.0), (3.0, 9.0)], INK, 0.2);
        assert_eq!(row(&bitmap, 1), [0, 0, 0, 51], "shapes are cut at the edge");
    }

    #[test]
    fn overlaps_are_not_darker_and_straight_lines_are_sharp() {
        let mut bitmap = Bitmap::new((30, 9));
        bitmap.line(&[(1.0, 4.5), (15.0, 4.5), (29.0, 4.6)], 3.0, None, [200, 0, 0]);
        assert!(row(&bitmap, 4)[2..28].iter().all(|dark| *dark == 55), "{:?}", row(&bitmap, 4));
        let mut bitmap = Bitmap::new((5, 5));
        bitmap.line(&[(2.3, 0.0), (2.3, 5.0)], 1.2, None, INK);
        assert_eq!(row(&bitmap, 3), [0, 0, 255, 0, 0]);
        bitmap.rectangle([(4.4, 9.0), (2.6, 4.2)], INK);
        assert_eq!(row(&bitmap, 4), [0, 0, 255, 255, 0]);
    }

    #[test]
    fn dashes_follow_corners() {
        let points = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)];
        let found = dashes(&points, (4.0, 2.0));
        assert_eq!(found, [vec![(0.0, 0.0), (4.0, 0.0)], vec![(5.0, 1.0), (5.0, 5.0)]]);
        let found = dashes(&points, (6.0, 1.0));
        assert_eq!(found[0], [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0)]);
    }

    #[test]
    fn both_fonts_draw_and_measure_text() {
        for is_bold in [false, true] {
            let mut bitmap = Bitmap::new((120, 40));
            bitmap.text("Hamburg·µ", (-4.0, 30.0), 24.0, is_bold, INK);
            let dark = bitmap.pixels.iter().filter(|byte| **byte < 100).count();
            assert!(dark > 300, "{dark}");
            assert!(bitmap.png().expect("encoded").starts_with(b"\x89PNG"));
            let [one, two] = ["ab", "abab"].map(|text| text_width(text, 24.0, is_bold));
            assert!((two - 2.0 * one).abs() < 1.0 && one > 20.0, "{one} {two}");
        }
    }
}
