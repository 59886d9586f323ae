//! Charts for capacity planning: each is a function from results to a [`Figure`], which is then
//! drawn as SVG or PNG.

mod axis;
mod bars;
mod canvas;
mod clients;
mod comparison;
mod compliance;
mod connections;
mod connections_map;
mod draw;
mod egress;
mod figure;
mod heatmap;
mod latency;
mod legend;
mod plot;
mod ports;
mod replications;
mod requests;
mod storm;
mod style;
mod sweep;
mod system;
#[cfg(test)]
mod tests;
mod topology;
mod tornado;
mod utilisation;
mod warmup;

pub use axis::{Axis, AxisUnit};
pub use bars::Bars;
pub use comparison::{both, overlay};
pub use draw::{DrawError, Drawing, Heading, png, svg};
pub use figure::{Band, Figure, Limit, Line, Panels, Shade};
pub use heatmap::HeatMap;
pub use style::{Look, LookError, Palette};
pub use sweep::all as sweep;
pub use topology::Topology;
pub use tornado::{Tornado, tornado};
pub use warmup::warm_up;

use canvas::Canvas;

use crate::results::{Column, RunResult};

/// A chart of any kind.
#[derive(Clone, Debug)]
pub enum Chart {
    /// Lines and areas over two axes.
    Figure(Figure),
    /// Rows of cells.
    HeatMap(HeatMap),
    /// Figures below one another, over one axis.
    Panels(Panels),
    /// Amounts.
    Bars(Bars),
    /// Parts of the system.
    Topology(Topology),
}

impl Chart {
    fn drawing(&self) -> &dyn Drawing {
        match self {
            Chart::Figure(figure) => figure,
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

/// Every chart that the results have data for.
pub fn all(result: &RunResult) -> Vec<Chart> {
    let figure = |figure: Option<Figure>| figure.map(Chart::Figure);
    let charts = [
        topology::utilisation(result).map(Chart::Topology),
        figure(Some(requests::rate(result))),
        figure(latency::over_time(result)),
        figure(connections::per_instance(result)),
        connections_map::map(result).map(Chart::HeatMap),
        figure(utilisation::per_station(result)),
        figure(ports::per_connection_point(result)),
        figure(latency::distribution(result)),
        storm::close_up(result).map(Chart::Panels),
        replications::course(result).map(Chart::Panels),
        figure(clients::by_place(result)),
        figure(egress::per_gateway(result)),
        figure(compliance::curves(result)),
        bars::bill(result).map(Chart::Bars),
    ];
    charts.into_iter().flatten().collect()
}

/// The scenario and what was simulated, for the line under the title.
fn subtitle(result: &RunResult, what: &str) -> String {
    let scenario = &result.scenario;
    let clients = match scenario.clients {
        0 => String::new(),
        clients => format!(" · {} clients", crate::report::format::count(clients)),
    };
    format!("{}{clients} · seed {} · {what}", scenario.name, scenario.seed)
}

/// A figure over civil time, with disruptions shaded.
fn timeline(result: &RunResult, name: &str, title: &str, what: &str, y: Axis) -> Figure {
    let x = Axis::civil(&result.scenario);
    let mut figure = Figure::new(name, title, &subtitle(result, what), x, y);
    for disruption in &result.disruptions {
        figure.shades.push(Shade {
            from: disruption.start_s,
            to: disruption.end_s.unwrap_or(result.scenario.duration_s),
            label: format!("disruption: {}", disruption.name),
        });
    }
    figure
}

/// The middle of each bin, seconds after the start of the measured period.
fn middles(result: &RunResult) -> Vec<f64> {
    let series = &result.series;
    let ends = series.start_s.iter().skip(1).copied();
    let ends = ends.chain(std::iter::once(result.scenario.duration_s));
    series.start_s.iter().zip(ends).map(|(start, end)| (start + end) / 2.0).collect()
}

/// Borrowed names and values of columns.
fn borrowed(columns: &[Column]) -> Vec<(&str, &[f64])> {
    columns.iter().map(|column| (column.name.as_str(), column.values.as_slice())).collect()
}
