//! Draws a figure, as SVG text or as a PNG file's bytes.

use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{Color, RGBColor};

use super::canvas::{Anchor, Canvas, Lettering, Outcome, Pen, Place};
use super::figure::{Figure, Limit, Line};
use super::style::{self, Dash, GREY, GRID, INK, LIMIT, LINE_WIDTH, LINES, PAPER, SHADES, SIZE};

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart `{name}`: {cause}")]
pub struct DrawError {
    /// Which.
    pub name: String,
    /// What the drawing library said.
    pub cause: String,
}

/// Size of the PNG in pixels: four thirds of the chart's units.
const PNG_SIZE: (u32, u32) = (SIZE.0 * 4 / 3, SIZE.1 * 4 / 3);

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

impl Drawing for Figure {
    fn name(&self) -> &str {
        &self.name
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Outcome {
        draw(self, canvas)
    }
}

/// As an SVG document.
///
/// # Errors
/// If the drawing library fails.
pub fn svg(figure: &impl Drawing) -> Result<String, DrawError> {
    style::register_fonts();
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
    let drawn = figure.draw(&Canvas::new(area, 1.0, 0.0));
    drawn.map_err(|cause| failed(figure, cause))?;
    Ok(text)
}

/// As the bytes of a PNG file.
///
/// # Errors
/// If the drawing library fails.
pub fn png(figure: &impl Drawing) -> Result<Vec<u8>, DrawError> {
    style::register_fonts();
    let (width, height) = (PNG_SIZE.0 * OVERSAMPLING, PNG_SIZE.1 * OVERSAMPLING);
    let mut pixels = vec![0xff; width as usize * height as usize * 3];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    let scale = f64::from(width) / f64::from(SIZE.0);
    let drawn = figure.draw(&Canvas::new(area, scale, BITMAP_DROP));
    drawn.map_err(|cause| failed(figure, cause))?;
    encode(&average(&pixels, width as usize)).map_err(|cause| failed(figure, cause.to_string()))
}

fn failed(figure: &impl Drawing, cause: String) -> DrawError {
    DrawError { name: figure.name().to_owned(), cause }
}

/// Means of squares of two by two pixels.
fn average(pixels: &[u8], width: usize) -> Vec<u8> {
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

fn encode(pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, PNG_SIZE.0, PNG_SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours compress well anyhow, and a run need not wait for better.
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(bytes)
}

/// The rectangle of the plot itself, chart units.
const LEFT: f64 = 104.0;
pub(super) const RIGHT: f64 = SIZE.0 as f64 - 36.0;
pub(super) const BOTTOM: f64 = SIZE.1 as f64 - 68.0;
pub(super) const MARGIN: f64 = 24.0;
const LEGEND_TOP: f64 = 84.0;
const LEGEND_ROW: f64 = 24.0;
pub(super) const SWATCH: f64 = 34.0;
/// Many disruptions must not fill the chart with their names.
const LEGEND_ROWS_MAX: u32 = 3;

pub(super) const TITLE: Lettering = Lettering { size: 24.0, colour: INK, is_bold: true };
pub(super) const SUBTITLE: Lettering = Lettering { size: 15.0, colour: GREY, is_bold: false };
pub(super) const AXIS_LABEL: Lettering = Lettering { size: 15.0, colour: INK, is_bold: true };
pub(super) const TICK: Lettering = Lettering { size: 14.0, colour: INK, is_bold: false };
pub(super) const LEGEND: Lettering = Lettering { size: 15.0, colour: INK, is_bold: false };
pub(super) const LIMIT_LABEL: Lettering = Lettering { size: 14.0, colour: LIMIT, is_bold: true };

fn draw<B: DrawingBackend>(figure: &Figure, canvas: &Canvas<B>) -> Outcome {
    canvas.fill(PAPER)?;
    canvas.text(&figure.title, (MARGIN, 18.0), TITLE, Anchor::Left)?;
    canvas.text(&figure.subtitle, (MARGIN, 52.0), SUBTITLE, Anchor::Left)?;
    let top = legend(figure, canvas)? + 36.0;
    let plot = Plot { figure, top };
    for (shade, kind) in figure.shades.iter().zip(shade_kinds(figure)) {
        let (from, to) = (plot.x(shade.from), plot.x(shade.to));
        // What lasts less than a line's width should be seen too.
        let corners = [(from, top), (to.max(from + 2.0), BOTTOM)];
        canvas.rectangle(corners, SHADES[kind % SHADES.len()])?;
    }
    axes(&plot, canvas)?;
    cells(&plot, canvas)?;
    limit_lines(&plot, canvas)?;
    for band in &figure.bands {
        let upper = band.points.iter().map(|(x, _, high)| plot.place(*x, *high));
        let lower = band.points.iter().rev().map(|(x, low, _)| plot.place(*x, *low));
        let points: Vec<Place> = upper.chain(lower).collect();
        let (colour, _) = LINES[band.style % LINES.len()];
        canvas.area(&points, colour.mix(0.25))?;
    }
    for line in &figure.lines {
        for piece in pieces(&plot, line) {
            canvas.line(&piece, pen(line))?;
        }
    }
    limit_labels(&plot, canvas)?;
    canvas.finish()
}

fn pen(line: &Line) -> Pen {
    let (colour, dash) = LINES[line.style % LINES.len()];
    Pen { colour, width: LINE_WIDTH * line.width, dash }
}

/// For each shade, the number of its label among the different ones.
fn shade_kinds(figure: &Figure) -> Vec<usize> {
    let labels = shade_labels(figure);
    let kind = |label: &str| labels.iter().position(|own| *own == label).unwrap_or(0);
    figure.shades.iter().map(|shade| kind(&shade.label)).collect()
}

fn shade_labels(figure: &Figure) -> Vec<&str> {
    let mut labels: Vec<&str> = Vec::new();
    for shade in &figure.shades {
        if !labels.contains(&shade.label.as_str()) {
            labels.push(&shade.label);
        }
    }
    labels
}

/// Draws the legend; returns where it ends.
fn legend<B: DrawingBackend>(figure: &Figure, canvas: &Canvas<B>) -> Outcome<f64> {
    let (mut x, mut y) = (MARGIN, LEGEND_TOP);
    let last_row = LEGEND_TOP + LEGEND_ROW * f64::from(LEGEND_ROWS_MAX - 1);
    let mut is_full = false;
    let mut entry = |label: &str, swatch: &dyn Fn(Place) -> Outcome| -> Outcome {
        let width = SWATCH + 8.0 + canvas.width(label, LEGEND)?;
        if is_full {
            return Ok(());
        }
        if x > MARGIN && x + width > RIGHT {
            if y >= last_row {
                is_full = true;
                return canvas.text("...", (x, y + 9.0), LEGEND, Anchor::Beside);
            }
            (x, y) = (MARGIN, y + LEGEND_ROW);
        }
        swatch((x, y + 9.0))?;
        canvas.text(label, (x + SWATCH + 8.0, y + 9.0), LEGEND, Anchor::Beside)?;
        x += width + 26.0;
        Ok(())
    };
    for line in &figure.lines {
        entry(&line.label, &|at| canvas.line(&[at, (at.0 + SWATCH, at.1)], pen(line)))?;
    }
    for band in figure.bands.iter().filter(|band| !band.label.is_empty()) {
        let (colour, _) = LINES[band.style % LINES.len()];
        entry(&band.label, &|at| canvas.area(&swatch_corners(at), colour.mix(0.25)))?;
    }
    for (kind, label) in shade_labels(figure).into_iter().enumerate() {
        let colour = SHADES[kind % SHADES.len()];
        entry(label, &|at| canvas.area(&swatch_corners(at), colour.mix(1.0)))?;
    }
    Ok(y + LEGEND_ROW)
}

pub(super) fn swatch_corners(at: Place) -> [Place; 4] {
    let (left, right, top, bottom) = (at.0, at.0 + SWATCH, at.1 - 7.0, at.1 + 7.0);
    [(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// Where values stand on the canvas.
struct Plot<'f> {
    figure: &'f Figure,
    top: f64,
}

impl Plot<'_> {
    fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.figure.x.share(value)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - self.top) * self.figure.y.share(value)
    }

    fn place(&self, x: f64, y: f64) -> Place {
        (self.x(x), self.y(y))
    }
}

fn axes<B: DrawingBackend>(plot: &Plot<'_>, canvas: &Canvas<B>) -> Outcome {
    let thin = |colour| Pen { colour, width: 1.0, dash: Dash::Solid };
    for (share, label) in plot.figure.y.ticks() {
        let y = BOTTOM - (BOTTOM - plot.top) * share;
        canvas.line(&[(LEFT, y), (RIGHT, y)], thin(GRID))?;
        canvas.text(label, (LEFT - 10.0, y), TICK, Anchor::Right)?;
    }
    for (share, label) in plot.figure.x.ticks() {
        let x = LEFT + (RIGHT - LEFT) * share;
        canvas.line(&[(x, plot.top), (x, BOTTOM)], thin(GRID))?;
        canvas.line(&[(x, BOTTOM), (x, BOTTOM + 5.0)], thin(GREY))?;
        canvas.text(label, (x, BOTTOM + 10.0), TICK, Anchor::Centre)?;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], thin(GREY))?;
    canvas.line(&[(LEFT, plot.top), (LEFT, BOTTOM)], thin(GREY))?;
    let middle = (LEFT + RIGHT) / 2.0;
    canvas.text(&plot.figure.x.label, (middle, BOTTOM + 36.0), AXIS_LABEL, Anchor::Centre)?;
    // Across, above its axis: nobody likes to turn the head.
    canvas.text(&plot.figure.y.label, (MARGIN, plot.top - 28.0), AXIS_LABEL, Anchor::Left)
}

/// A map: the darker, the more.
fn cells<B: DrawingBackend>(plot: &Plot<'_>, canvas: &Canvas<B>) -> Outcome {
    for cell in &plot.figure.cells {
        let (x, y) = cell.place;
        let corner = |away: f64| plot.place(x + away, y + away);
        let ((left, bottom), (right, top)) = (corner(-0.5), corner(0.5));
        let colour = style::darker(cell.darkness);
        canvas.rectangle([(left, top), (right, bottom)], colour)?;
        let ink = if cell.darkness > 0.5 { PAPER } else { INK };
        let letters = Lettering { colour: ink, ..TICK };
        let is_room = canvas.width(&cell.label, letters)? + 4.0 < right - left
            && letters.size + 2.0 < bottom - top;
        if is_room {
            let middle = ((left + right) / 2.0, (top + bottom - letters.size) / 2.0);
            canvas.text(&cell.label, middle, letters, Anchor::Centre)?;
        }
    }
    Ok(())
}

/// Limits lie under the data: a line that reaches its limit hides it, not the other way round.
fn limit_lines<B: DrawingBackend>(plot: &Plot<'_>, canvas: &Canvas<B>) -> Outcome {
    for limit in plot.figure.limits.iter().filter(|limit| plot.figure.y.contains(limit.at)) {
        let (colour, width) = limit_look(limit);
        let y = plot.y(limit.at);
        canvas.line(&[(LEFT, y), (RIGHT, y)], Pen { colour, width, dash: Dash::Solid })?;
    }
    Ok(())
}

fn limit_look(limit: &Limit) -> (RGBColor, f64) {
    if limit.is_mark { (GREY, 1.0) } else { (LIMIT, 2.0) }
}

/// Labels stand above their lines; where two would meet, the lower one gives way downwards.
fn limit_labels<B: DrawingBackend>(plot: &Plot<'_>, canvas: &Canvas<B>) -> Outcome {
    let mut shown: Vec<(&Limit, f64)> =
        plot.figure.limits.iter().map(|limit| (limit, plot.y(limit.at) - 11.0)).collect();
    shown.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut free_from = f64::NEG_INFINITY;
    for (limit, at) in shown {
        let letters = Lettering { colour: limit_look(limit).0, ..LIMIT_LABEL };
        if plot.figure.y.contains(limit.at) {
            let y = at.max(free_from);
            free_from = y + LIMIT_LABEL.size + 4.0;
            canvas.text(&limit.label, (RIGHT - 6.0, y), letters, Anchor::Right)?;
        } else {
            let label = format!("{} (beyond this scale)", limit.label);
            canvas.text(&label, (RIGHT - 6.0, plot.top - 18.0), letters, Anchor::Right)?;
        }
    }
    Ok(())
}

/// The line's unbroken pieces. Where there are far more points than pixels, the lowest and the
/// highest of each column of pixels stand for all of them.
fn pieces(plot: &Plot<'_>, line: &Line) -> Vec<Vec<Place>> {
    let mut pieces = vec![Vec::new()];
    for (x, y) in &line.points {
        match (y, pieces.last_mut()) {
            (Some(y), Some(piece)) => piece.push(plot.place(*x, *y)),
            _ => pieces.push(Vec::new()),
        }
    }
    for piece in &mut pieces {
        if let [only] = piece[..] {
            // A single point between gaps: a short dash, so that it can be seen.
            piece.push((only.0 + 2.0 * line.width, only.1));
        }
        if piece.len() > 4 * SIZE.0 as usize {
            *piece = thinned(piece);
        }
    }
    pieces
}

fn thinned(points: &[Place]) -> Vec<Place> {
    let same_column = |a: &Place, b: &Place| a.0.floor() == b.0.floor();
    let mut result = Vec::new();
    for column in points.chunk_by(same_column) {
        let extreme = |better: fn(f64, f64) -> bool| {
            column
                .iter()
                .fold(column[0], |best, one| if better(one.1, best.1) { *one } else { best })
        };
        let (highest, lowest) = (extreme(|one, best| one < best), extreme(|one, best| one > best));
        result.extend(if highest.0 <= lowest.0 { [highest, lowest] } else { [lowest, highest] });
    }
    result
}
