//! Which components are down while the objectives have to be met.

use crate::results::TimeSeries;
use crate::scenario::Scenario;

/// How long a lost connection point is down.
const DOWN: &str = "1h";

/// This says what is lost while the objectives have to be met, besides what the scenario loses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Nothing.
    NoLoss,
    /// One update domain after the other and a connection point of every gateway, from when most
    /// clients use a gateway.
    #[default]
    AtBusiest,
    /// The same from a time on: a duration after the measured start, or a civil time.
    At(String),
}

/// What is down while the objectives have to be met.
pub(super) enum Down {
    /// Nothing but what the scenario has.
    NoLoss,
    /// One update domain after the other, and a connection point, from this time on.
    At {
        /// As scenarios have it.
        at: String,
        /// As people read it.
        text: String,
    },
}

impl Down {
    /// At a time that the user gives: a civil time or a duration.
    pub(super) fn at(at: String) -> Self {
        let text = match at.contains('T') {
            true => format!("from {} on", at.replace('T', " ")),
            false => format!("from {at} after the measured start on"),
        };
        Down::At { at, text }
    }

    /// At the time when most clients use a gateway.
    pub(super) fn at_busiest(
        series: &TimeSeries,
        duration: f64,
        civil: impl Fn(f64) -> String,
    ) -> Self {
        let seconds = busiest(series, duration);
        let text = format!("from {} on", civil(seconds).replace('T', " "));
        Down::At { at: format!("{seconds}s"), text }
    }

    /// The disruptions as overrides of a design's scenario.
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

    /// What is down, in a sentence; empty if nothing.
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

/// When most clients use a gateway, seconds after the measured start; of times with about as many
/// that which is nearest to the middle. Late ones leave no time to see what follows.
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
    fn components_fail_when_most_clients_are_connected() {
        let at = |users: &[f64]| {
            let start_s = (0..users.len()).map(|bin| bin as f64).collect();
            let gateway_clients = users.to_vec();
            let series = TimeSeries { start_s, gateway_clients, ..TimeSeries::default() };
            busiest(&series, users.len() as f64)
        };
        assert_eq!(at(&[5.0, 90.0, 5.0, 1.0, 0.0, 0.0, 0.0, 100.0]), 1.0, "the last leave no time");
        assert_eq!(at(&[10.0, 100.0, 98.0, 100.0, 50.0, 4.0]), 3.0, "as many, and in the middle");
        assert_eq!(at(&[]), 0.0);
    }
}
