//! Components that are down while the objectives must be met.

use crate::results::TimeSeries;
use crate::scenario::Scenario;

/// Duration of the outage of a connection point.
const DOWN: &str = "1h";

/// Loss of components during which the objectives must be met, in addition to the scenario's
/// disruptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// No loss.
    NoLoss,
    /// One update domain after the other, and one connection point of every gateway, from the time
    /// when most clients use a gateway.
    #[default]
    AtBusiest,
    /// The same loss from a given time: a duration after the start of the measured period, or a
    /// local date and time.
    At(String),
}

/// Components that are down while the objectives must be met.
pub(super) enum Down {
    /// Only the scenario's own disruptions.
    NoLoss,
    /// One update domain after the other, and a connection point, from this time.
    At {
        /// Time in the format of scenarios.
        at: String,
        /// Time for display.
        text: String,
    },
}

impl Down {
    /// Creates the loss at a time from the user: a local date and time, or a duration.
    pub(super) fn at(at: String) -> Self {
        let text = match at.contains('T') {
            true => format!("from {},", at.replace('T', " ")),
            false => format!("from {at} after the start of the measured period,"),
        };
        Down::At { at, text }
    }

    /// Creates the loss at the time when most clients use a gateway.
    pub(super) fn at_busiest(
        series: &TimeSeries,
        duration: f64,
        civil: impl Fn(f64) -> String,
    ) -> Self {
        let seconds = busiest(series, duration);
        let text = format!("from {},", civil(seconds).replace('T', " "));
        Down::At { at: format!("{seconds}s"), text }
    }

    /// Returns the disruptions as overrides of a design's scenario.
    pub(super) fn overrides(&self, scenario: &Scenario) -> Vec<String> {
        let Down::At { at, .. } = self else { return Vec::new() };
        let mut overrides = Vec::new();
        let mut set = |name: &str, key: &str, value: &str| {
            overrides.push(format!("disruption.{name}.{key}=\"{value}\""));
        };
        for (id, gateway) in scenario.config.gateways.entries() {
            let name = format!("size-update-domains-{}", gateway.name);
            set(&name, "kind", "update-domain-walk");
            set(&name, "gateway", &gateway.name);
            set(&name, "at", at);
            let mut points = scenario.config.connection_points.iter();
            if let Some(point) = points.find(|point| point.gateway == id) {
                let name = format!("size-connection-point-{}", gateway.name);
                set(&name, "kind", "connection-point-outage");
                set(&name, "connection_point", &point.name);
                set(&name, "at", at);
                set(&name, "down", DOWN);
            }
        }
        overrides
    }

    /// Returns a sentence about the components that are down; empty if there are none.
    pub(super) fn text(&self) -> String {
        match self {
            Down::NoLoss => String::new(),
            Down::At { text, .. } => format!(
                "{text} the update domains of every gateway go down one after the other, and one \
                 of its connection points is down for {DOWN}"
            ),
        }
    }
}

/// Returns the time when most clients use a gateway, in seconds after the start of the measured
/// period. Considers only the first three quarters of the period, because a late loss leaves no
/// time to observe its consequences. Of the times with similar numbers of clients, chooses the time
/// nearest to the middle of the period.
fn busiest(series: &TimeSeries, duration: f64) -> f64 {
    const ABOUT: f64 = 0.95;
    let bins = series.start_s.iter().zip(&series.gateway_clients);
    let early: Vec<(&f64, &f64)> = bins.filter(|(start, _)| **start <= 0.75 * duration).collect();
    let maximum = early.iter().map(|(_, users)| **users).fold(0.0, f64::max);
    let busy =
        early.iter().filter(|(_, users)| **users >= ABOUT * maximum).map(|(start, _)| **start);
    let from_middle = |start: &f64| (start - duration / 2.0).abs();
    busy.min_by(|one, other| from_middle(one).total_cmp(&from_middle(other)))
        .unwrap_or(duration / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_go_down_at_the_time_with_the_most_gateway_clients() {
        let at = |users: &[f64]| {
            let start_s = (0..users.len()).map(|bin| bin as f64).collect();
            let gateway_clients = users.to_vec();
            let series = TimeSeries { start_s, gateway_clients, ..TimeSeries::default() };
            busiest(&series, users.len() as f64)
        };
        assert_eq!(
            at(&[5.0, 90.0, 5.0, 1.0, 0.0, 0.0, 0.0, 100.0]),
            1.0,
            "the last peak leaves no time"
        );
        assert_eq!(
            at(&[10.0, 100.0, 98.0, 100.0, 50.0, 4.0]),
            3.0,
            "a similar number, near the middle"
        );
        assert_eq!(at(&[]), 0.0);
    }
}
