//! Line style of each component, identical in all charts of a run.

use super::line_chart::LINES_MAX;
use super::theme::line_style;
use crate::results::RunResult;
use crate::terms::StationKind;

/// Line styles by component. Components that charts show as one band share a number.
#[derive(Debug)]
pub(super) struct ComponentStyles {
    /// Styles by position in `stations`.
    stations: Vec<usize>,
    gateways: Vec<usize>,
    /// First style number that no station or gateway uses.
    free: usize,
    deployments: usize,
}

impl ComponentStyles {
    pub(super) fn of(result: &RunResult) -> Self {
        let mut stations = vec![0; result.stations.len()];
        let mut kinds: Vec<StationKind> = Vec::new();
        let mut free = 0;
        // No chart shows stations with unlimited servers.
        let shown = || result.stations.iter().enumerate().filter(|(_, one)| one.servers.is_some());
        for (_, station) in shown() {
            if kinds.contains(&station.role) {
                continue;
            }
            kinds.push(station.role);
            let of_kind = shown().filter(|(_, one)| one.role == station.role);
            let of_kind: Vec<usize> = of_kind.map(|(place, _)| place).collect();
            let is_band = of_kind.len() > LINES_MAX;
            for (number, place) in of_kind.iter().enumerate() {
                stations[*place] = free + if is_band { 0 } else { number };
            }
            free += if is_band { 1 } else { of_kind.len() };
        }
        // A gateway has the colour of its first instance.
        let gateways = result.gateways.iter().map(|gateway| {
            let mut own = result.instances.iter().filter(|one| one.gateway == gateway.name);
            let first = own.next().and_then(|one| stations.get(one.station as usize));
            first.copied().unwrap_or(0)
        });
        let gateways = gateways.collect();
        let deployments = result.series.compliance.len();
        ComponentStyles { stations, gateways, free, deployments }
    }

    fn number(&self, station: u32) -> usize {
        self.stations.get(station as usize).copied().unwrap_or(0)
    }

    /// Returns the style of a station by its position in `stations`.
    pub(super) fn station(&self, place: u32) -> usize {
        line_style::component(self.number(place))
    }

    /// Returns the colour number of a gateway by its position in `gateways`.
    pub(super) fn gateway(&self, place: usize) -> usize {
        self.gateways.get(place).copied().unwrap_or(place)
    }

    /// Returns the colour number of a deployment by its position in `compliance`.
    pub(super) fn deployment(&self, place: usize) -> usize {
        self.free + place
    }

    /// Returns the colour number of a network location of clients.
    pub(super) fn location(&self, place: usize) -> usize {
        self.free + self.deployments.min(LINES_MAX) + place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{GatewayResult, InstanceResult, StationResult};

    fn run(instances: u32) -> RunResult {
        let station = |role, number: u32| StationResult {
            name: number.to_string(),
            role,
            servers: Some(2),
            ..StationResult::default()
        };
        let mut result = RunResult::default();
        result.gateways.push(GatewayResult { name: "main".to_owned(), ..Default::default() });
        for number in 0..instances {
            result.stations.push(station(StationKind::GatewayInstance, number));
            result.instances.push(InstanceResult {
                gateway: "main".to_owned(),
                station: number,
                ..InstanceResult::default()
            });
        }
        result.stations.push(station(StationKind::ConnectionPoint, 0));
        result
    }

    #[test]
    fn each_component_has_a_distinct_style() {
        let styles = ComponentStyles::of(&run(2));
        let all = [0, 1, 2].map(|place| styles.station(place));
        assert_eq!(all, [0, 1, 2].map(line_style::component));
        assert_eq!(styles.gateway(0), 0);
        assert_eq!((styles.deployment(0), styles.location(0)), (3, 3));
    }

    #[test]
    fn components_drawn_as_one_band_share_a_style() {
        let styles = ComponentStyles::of(&run(9));
        assert_eq!(styles.station(8), styles.station(0));
        assert_eq!(styles.station(9), line_style::component(1));
    }
}
