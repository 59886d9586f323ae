//! The system as a diagram: each component is a box, filled in proportion to its peak utilisation.

use super::canvas::{Anchor, Canvas, Lettering, Pen, Place};
use super::draw::{Drawing, Heading};
use super::heading_of;
use super::legend::{Swatch, legend, mark};
use super::plot::{MARGIN, thin};
use super::style::{AXIS_LABEL, Dash, SMALL, SUBTITLE, TICK};
use super::system::{self, Column, Component};
use super::theme::{BUSY, Colour, INK, LIMIT, OVERLOADED, QUIET, SOFT};
use crate::report::Tone;
use crate::results::RunResult;

/// Maximum number of boxes in a column; a text states how many components with lower utilisation
/// have no box.
const BOXES_MAX: usize = 16;

const TOP: f64 = 150.0;
const BOTTOM: f64 = 24.0;
/// Distance between two columns, with an arrow.
const GAP: f64 = 44.0;
const BOX_MAX: f64 = 72.0;
const BOX_GAP: f64 = 6.0;
/// Minimum height of a box including the gap below it.
const ROW_MIN: f64 = 27.0;
/// Height of the text about components without a box.
const MORE: f64 = 24.0;
/// Minimum height of a box with two, and with three lines of text.
const TWO_LINES: f64 = 38.0;
const THREE_LINES: f64 = 58.0;
/// Minimum width of a name beside its number.
const NAME_MIN: f64 = 74.0;
/// Distance between the edge of a box and its texts.
const PADDING: f64 = 8.0;

/// Columns of boxes.
#[derive(Clone, Debug)]
pub struct Topology {
    heading: Heading,
    columns: Vec<Column>,
}

/// Returns the diagram of a run; `None` if the run has no components.
pub(super) fn utilisation(result: &RunResult) -> Option<Topology> {
    let columns = system::columns(result);
    let what = "utilisation: peak (busiest minute) and mean";
    let heading = heading_of(result, "topology", "Utilisation of each component", what);
    (columns.len() > 1).then_some(Topology { heading, columns })
}

impl Column {
    /// Returns at most `most` boxes with the highest utilisation, and a text with the number of the
    /// other components.
    fn shown(&self, most: usize) -> (Vec<&Component>, Option<String>) {
        let mut boxes: Vec<&Component> = self.components.iter().collect();
        if boxes.len() <= most {
            return (boxes, None);
        }
        boxes.sort_by(|one, other| other.utilisation().total_cmp(&one.utilisation()));
        let rest = boxes.split_off(most);
        let busiest = rest.first().and_then(|one| one.peak.or(one.mean));
        let busy = busiest.map_or(String::new(), |busy| format!(", at most {}", whole(busy)));
        (boxes, Some(format!("and {} more{busy}", rest.len())))
    }
}

/// Formats whole per cent: `100 %` only for full utilisation, `<1 %` for a utilisation that would
/// otherwise be rounded to 0 %.
fn whole(share: f64) -> String {
    let per_cent = (100.0 * share + 0.5).floor();
    let per_cent = if share < 1.0 { per_cent.min(99.0) } else { per_cent };
    if share > 0.0 && per_cent < 1.0 { "<1 %".to_owned() } else { format!("{per_cent} %") }
}

impl Component {
    fn utilisation(&self) -> f64 {
        self.peak.or(self.mean).unwrap_or(0.0)
    }

    /// Returns the filled share of the box and its colour; `None` without a peak.
    fn fill(&self) -> Option<(f64, Colour)> {
        let colour = match self.tone {
            Tone::Plain | Tone::Good => QUIET,
            Tone::Warning => BUSY,
            Tone::Bad => OVERLOADED,
        };
        Some((self.peak.filter(|peak| *peak > 0.0)?, colour))
    }

    fn draw(&self, canvas: &mut Canvas, (left, top): Place, (width, height): (f64, f64)) {
        let (right, bottom) = (left + width, top + height);
        let at = |share: f64| left + width * share.clamp(0.0, 1.0);
        if let Some((share, colour)) = self.fill() {
            canvas.rectangle([(left, top), (at(share), bottom)], colour);
        }
        let (edge, heavy) = if self.tone == Tone::Bad { (LIMIT, 2.0) } else { (SOFT, 1.0) };
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.line(&corners, Pen { colour: edge, width: heavy, dash: Dash::Solid });
        if let Some(mean) = self.mean {
            mark(canvas, at(mean), (top, bottom));
        }
        self.texts(canvas, (left + PADDING, right - PADDING), (top, height));
    }

    /// Writes the name, the utilisation, and as many lines as fit.
    fn texts(&self, canvas: &mut Canvas, (left, right): (f64, f64), (top, height): (f64, f64)) {
        let shown = match height {
            _ if height >= THREE_LINES => 2,
            _ if height >= TWO_LINES => 1,
            _ => 0,
        };
        let lines = &self.lines[..shown.min(self.lines.len())];
        let row = height / (lines.len() + 1) as f64;
        // Keep the lines of text close together in a high box.
        let row = if lines.is_empty() { row } else { row.min(22.0) };
        let first = top + (height - row * (lines.len() + 1) as f64) / 2.0 + row / 2.0;
        let name = Lettering { is_bold: true, ..TICK };
        let mean = || self.mean.map(|mean| format!("mean {}", whole(mean)));
        let busy = self.peak.map(whole).or_else(mean).unwrap_or_default();
        canvas.text(&busy, (right, first), name, Anchor::Right);
        let mut free_to = right - canvas.width(&busy, name) - PADDING;
        let small = Lettering { colour: INK, ..SMALL };
        if let Some(line) = self.lines.first().filter(|_| shown == 0) {
            let room = canvas.width(line, small) + PADDING;
            if free_to - room - left >= NAME_MIN.min(canvas.width(&self.name, name)) {
                canvas.text(line, (free_to, first), small, Anchor::Right);
                free_to -= room;
            }
        }
        let named = canvas.fitted_name(&self.name, name, free_to - left);
        canvas.text(&named, (left, first), name, Anchor::Beside);
        for (number, line) in lines.iter().enumerate() {
            let line = canvas.fitted(line, small, right - left);
            let y = first + row * (number + 1) as f64;
            canvas.text(&line, (left, y), small, Anchor::Beside);
        }
    }
}

impl Topology {
    fn entries(&self) -> Vec<(Swatch, String)> {
        let fills = [
            (QUIET, "utilisation peak"),
            (BUSY, "peak of 80 % or more"),
            (OVERLOADED, "peak of 100 %, or above a limit"),
        ];
        let is_used = |colour: Colour| {
            let mut all = self.columns.iter().flat_map(|column| &column.components);
            colour == QUIET || all.any(|one| one.fill().is_some_and(|(_, own)| own == colour))
        };
        let used = fills.into_iter().filter(|(colour, _)| is_used(*colour));
        let used = used.map(|(colour, label)| (Swatch::Area(colour, 1.0), label.to_owned()));
        used.chain([(Swatch::Mark, "utilisation mean".to_owned())]).collect()
    }
}

/// Draws an arrow that points to a position from the gap to its left.
fn arrow(canvas: &mut Canvas, (x, y): Place) {
    let (from, to) = (x - GAP + 8.0, x - 8.0);
    canvas.line(&[(from, y), (to, y)], Pen { width: 2.0, ..thin(SOFT) });
    let head = [(to - 8.0, y - 5.0), (to, y), (to - 8.0, y + 5.0)];
    canvas.line(&head, Pen { width: 2.0, ..thin(SOFT) });
}

impl Drawing for Topology {
    fn heading(&self) -> &Heading {
        &self.heading
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        legend(canvas, lower, &self.entries());
        let (top, bottom) = (TOP + lower, canvas.bottom() - BOTTOM);
        let count = self.columns.len().max(1) as f64;
        let width = (canvas.right() - 2.0 * MARGIN - GAP * (count - 1.0)) / count;
        for (place, column) in self.columns.iter().enumerate() {
            let left = MARGIN + (width + GAP) * place as f64;
            let title = canvas.fitted(column.title, AXIS_LABEL, width + GAP - 8.0);
            canvas.text(&title, (left, top - 26.0), AXIS_LABEL, Anchor::Left);
            let room = bottom - top - MORE;
            let (boxes, more) = column.shown(BOXES_MAX.min((room / ROW_MIN) as usize));
            let room = if more.is_some() { room } else { room + MORE };
            let row = (room / boxes.len().max(1) as f64).min(BOX_MAX + BOX_GAP);
            for (number, one) in boxes.iter().enumerate() {
                let corner = (left, top + row * number as f64);
                one.draw(canvas, corner, (width, row - BOX_GAP));
            }
            if let Some(more) = &more {
                let y = top + row * boxes.len() as f64 + 4.0;
                let more = canvas.fitted(more, SUBTITLE, width);
                canvas.text(&more, (left, y), SUBTITLE, Anchor::Left);
            }
            if place > 0 {
                arrow(canvas, (left, top + (row - BOX_GAP) / 2.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{Look, png, svg};
    use crate::results::{DistributionPointResult, InstanceResult, StationResult};

    /// Returns instances whose utilisation in per cent equals their number.
    fn run(instances: u32) -> RunResult {
        let mut result = RunResult::default();
        result.gateways.push(crate::results::GatewayResult {
            name: "main".to_owned(),
            size: "B2s".to_owned(),
            ..Default::default()
        });
        for number in 0..instances {
            result.instances.push(InstanceResult {
                gateway: "main".to_owned(),
                number,
                connection_limit: 6_000,
                connections_peak: 1_234,
                station: number,
                ..InstanceResult::default()
            });
            result.stations.push(StationResult {
                name: format!("main/{number}"),
                utilisation_mean_share: 0.004 * f64::from(number),
                utilisation_peak_share: 0.01 * f64::from(number),
                servers: Some(2),
                ..StationResult::default()
            });
        }
        result.connection_points.push(crate::results::ConnectionPointResult {
            name: format!(
                "cp-with-{}-slide",
                "a-name-that-is-far-too-long-for-any-box-on-a".repeat(3)
            ),
            gateway: "main".to_owned(),
            site: "P01".to_owned(),
            port_limit: 50_000,
            ports_mean: 0.0,
            ports_peak: 49_000,
            port_refusals: 3,
            channels_mean: 0.0,
            availability_share: 1.0,
            station: instances,
        });
        result
    }

    #[test]
    fn boxes_are_filled_in_proportion_to_utilisation() {
        let diagram = utilisation(&run(4)).expect("a diagram");
        let [gateways, points] = &diagram.columns[..] else { panic!("{:?}", diagram.columns) };
        let found: Vec<_> = gateways.components.iter().map(|one| (one.peak, one.mean)).collect();
        assert_eq!(found[3], (Some(0.03), Some(0.012)));
        assert_eq!(gateways.components[3].lines[0], "1,234 of 6,000 connections");
        assert_eq!(points.components[0].tone, Tone::Bad, "ports were refused");
        let drawn = svg(&diagram, &Look::default());
        assert!(drawn.contains("main/3") && drawn.contains("cp-with-a-name"));
        assert!(drawn.contains("...-slide"), "long names are cut at the start");
        assert!(png(&diagram, &Look::default()).expect("drawn").len() > 10_000);
    }

    #[test]
    fn the_peak_determines_the_same_tone_in_the_diagram_as_on_the_cards() {
        let diagram = utilisation(&run(101)).expect("a diagram");
        let found = |number: usize| {
            let component = &diagram.columns[0].components[number];
            (component.tone, component.fill().map(|(_, colour)| colour))
        };
        assert_eq!(found(79), (Tone::Plain, Some(QUIET)));
        assert_eq!(found(96), (Tone::Warning, Some(BUSY)));
        assert_eq!(found(100), (Tone::Bad, Some(OVERLOADED)));
    }

    #[test]
    fn the_fill_of_a_distribution_point_shows_its_peak() {
        let mut result = run(1);
        let point = |name: &str, peak: Option<f64>| DistributionPointResult {
            name: name.to_owned(),
            site: "P01".to_owned(),
            clients: 40,
            sent_bytes: 0,
            bandwidth_utilisation_mean_share: Some(0.85),
            bandwidth_utilisation_peak_share: peak,
        };
        result.distribution_points = vec![point("dp1", None), point("dp2", Some(1.0))];
        let diagram = utilisation(&result).expect("a diagram");
        let points = &diagram.columns[2].components;
        assert_eq!((points[0].tone, points[0].fill()), (Tone::Warning, None));
        assert_eq!(points[1].fill(), Some((1.0, OVERLOADED)));
        let entries = diagram.entries();
        assert!(entries.iter().all(|(_, label)| label != "peak of 80 % or more"), "{entries:?}");
        assert!(svg(&diagram, &Look::default()).contains("mean 85 %"));
    }

    #[test]
    fn components_with_the_highest_utilisation_have_boxes() {
        let diagram = utilisation(&run(64)).expect("a diagram");
        let gateways = &diagram.columns[0];
        let (boxes, more) = gateways.shown(BOXES_MAX);
        assert_eq!((boxes.len(), boxes[0].name.as_str()), (BOXES_MAX, "main/63"));
        assert_eq!(more.as_deref(), Some("and 48 more, at most 47 %"));
        assert_eq!(gateways.shown(64).1, None);
    }

    #[test]
    fn only_shares_of_0_and_1_are_shown_as_0_and_100_per_cent() {
        let shares = [0.0, 0.001, 0.5, 0.999, 1.0];
        assert_eq!(shares.map(whole), ["0 %", "<1 %", "50 %", "99 %", "100 %"]);
    }

    #[test]
    fn no_diagram_is_drawn_without_components() {
        assert!(utilisation(&RunResult::default()).is_none());
    }
}
