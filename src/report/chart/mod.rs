//! Charts of results. Each chart is a function from results to data ([`Chart`]), which is then
//! drawn as SVG or PNG.
//!
//! The script of a report page draws line charts from the same data, with the colours of
//! [`Palette`]. The page embeds other charts with [`svg_for_page`].

mod axis;
mod bars;
mod calibration;
mod canvas;
mod clients;
mod colour_scale;
mod comparison;
mod compliance;
mod components;
mod connections;
mod connections_map;
mod differences;
mod draw;
mod egress;
mod event_rows;
mod events;
mod heatmap;
mod labels;
mod latency;
mod legend;
mod line_chart;
mod plot;
mod plot_labels;
mod ports;
mod reconnection_storm;
mod replications;
mod requests;
mod run_names;
mod shared_lines;
mod style;
mod sweep;
mod system;
#[cfg(test)]
mod tests;
mod theme;
mod topology;
mod tornado;
mod utilisation;
mod warmup;

pub use axis::{Axis, AxisUnit};
pub use bars::Bars;
pub use calibration::{back_test, presence, quantiles};
pub use comparison::{both, overlay};
pub use differences::differences;
pub use draw::{AnyDrawing, DrawError, Drawing, Heading, png, svg, svg_for_page};
pub use heatmap::HeatMap;
pub use line_chart::{Band, Event, Limit, Line, LineChart, Mark, Panels, Shade};
pub use run_names::run_names;
pub use style::{Look, LookError};
pub use sweep::all as sweep;
pub use theme::{Palette, Theme};
pub use topology::Topology;
pub use tornado::{Tornado, tornado};
pub use warmup::warm_up;

use canvas::Canvas;

use crate::results::RunResult;

/// A chart of any kind.
#[derive(Clone, Debug)]
pub enum Chart {
    /// Lines and areas over two axes.
    Lines(LineChart),
    /// Rows of cells whose colours represent values.
    HeatMap(HeatMap),
    /// Vertically stacked line charts that share the horizontal axis.
    Panels(Panels),
    /// Amounts as bars.
    Bars(Bars),
    /// Components of the system.
    Topology(Topology),
}

impl Chart {
    fn drawing(&self) -> &dyn Drawing {
        match self {
            Chart::Lines(chart) => chart,
            Chart::HeatMap(map) => map,
            Chart::Panels(panels) => panels,
            Chart::Bars(bars) => bars,
            Chart::Topology(topology) => topology,
        }
    }
}

impl Drawing for Chart {
    fn heading(&self) -> &Heading {
        self.drawing().heading()
    }

    fn draw(&self, canvas: &mut Canvas, lower: f64) {
        self.drawing().draw(canvas, lower);
    }
}

/// Group of a chart on the page of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartGroup {
    /// Diagram of the system.
    System,
    /// Charts that every planner needs.
    Main,
    /// Charts that a planner seldom needs.
    More,
    /// Charts of the cost.
    Cost,
}

/// Returns all charts for which the results contain data.
pub fn all(result: &RunResult) -> Vec<Chart> {
    grouped(result).into_iter().map(|(_, chart)| chart).collect()
}

/// Returns all charts for which the results contain data, with their groups.
pub fn grouped(result: &RunResult) -> Vec<(ChartGroup, Chart)> {
    use ChartGroup::{Cost, Main, More, System};
    let lines = |chart: Option<LineChart>| chart.map(Chart::Lines);
    let charts = [
        (System, topology::utilisation(result).map(Chart::Topology)),
        (Main, lines(Some(requests::rate(result)))),
        (Main, lines(latency::over_time(result))),
        (Main, lines(connections::per_instance(result))),
        (Main, connections_map::map(result).map(Chart::HeatMap)),
        (Main, lines(utilisation::per_station(result))),
        (More, lines(ports::per_connection_point(result))),
        (More, lines(latency::distribution(result))),
        (Main, reconnection_storm::close_up(result).map(Chart::Panels)),
        (More, replications::means(result).map(Chart::Panels)),
        (More, lines(clients::by_location(result))),
        (More, lines(egress::per_gateway(result))),
        (Main, lines(shared_lines::per_line(result))),
        (Main, lines(compliance::curves(result))),
        (Cost, bars::bill(result).map(Chart::Bars)),
    ];
    charts.into_iter().filter_map(|(group, chart)| Some((group, chart?))).collect()
}

/// Returns the heading of a chart of a run; its subtitle starts with scenario, clients and seed.
fn heading_of(result: &RunResult, name: &str, title: &str, what: &str) -> Heading {
    let scenario = &result.scenario;
    let clients = match scenario.clients {
        0 => String::new(),
        clients => format!(" · {} clients", crate::report::format::count(clients)),
    };
    let about = format!("{}{clients} · seed {}", scenario.name, scenario.seed);
    Heading::new(name, title, &about, what)
}

/// Returns a chart over the measured period, with its events and disruptions.
fn timeline(result: &RunResult, name: &str, title: &str, what: &str, y: Axis) -> LineChart {
    let x = Axis::civil(&result.scenario);
    LineChart {
        shades: events::shades(result),
        events: events::of_run(result),
        focus: events::focus(result),
        ..LineChart::new(heading_of(result, name, title, what), x, y)
    }
}

/// Returns the middle of each bin in seconds after the start of the measured period.
fn middles(result: &RunResult) -> Vec<f64> {
    let series = &result.series;
    let ends = series.start_s.iter().skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_s));
    series.start_s.iter().zip(ends).map(|(start, end)| (start + end) / 2.0).collect()
}
