//! Computes the cost and the cores of designs without a simulation.

use std::collections::BTreeMap;

use crate::base::Id;
use crate::catalogue::Catalogue;
use crate::engine::Servers;
use crate::model::config::{DisruptionKind, Gateway};
use crate::scenario::Scenario;

use super::dimension::{Dimension, gateways_of, sections};

/// Maximum relative amount by which fixed costs may exceed a budget because of rounding errors.
const ROUNDING: f64 = 1e-9;

/// Gateways of a section.
#[derive(Clone, Debug)]
struct Gateways {
    /// Name of the section.
    name: String,
    /// Number of gateways, unless the design chooses it.
    count: f64,
    /// Number of instances per gateway, unless the design chooses it.
    instances: f64,
    /// Minimum and maximum number of instances to which disruptions scale one gateway.
    scaled: Option<(f64, f64)>,
    /// Price of an instance with its disk per month.
    instance_price: f64,
    /// Price of a public IP address and a load balancer per month.
    address_price: f64,
    /// Number of vCPU cores of one instance.
    cores: f64,
}

/// Prices and cores of the components that can be chosen.
#[derive(Debug, Default)]
pub(super) struct Bill {
    /// Price per month of one component, with the path of the number of components.
    prices: Vec<(String, f64)>,
    /// By path of a number of connection points: the section of the gateways that these connection
    /// points serve, and the number of these gateways unless the design chooses it.
    served: BTreeMap<String, (String, f64)>,
    /// Gateways by the values of those dimensions that affect the bill and are not a number of
    /// gateways or instances, for example VM sizes.
    gateways: BTreeMap<Vec<String>, Vec<Gateways>>,
}

/// Cost and cores of one design.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fixed {
    /// Minimum cost of instances, addresses and load balancers per month; the simulation adds other
    /// costs.
    pub bill: f64,
    /// Cost per month of the initial instances and of the priced components; the search sorts
    /// designs by this cost.
    pub cost: f64,
    /// Maximum number of vCPU cores at any time.
    pub cores: u64,
}

impl Bill {
    pub(super) fn new(base: &Scenario, prices: Vec<(String, f64)>) -> Self {
        let points = sections(base, "connection_point");
        let served = points.filter_map(|point| {
            let written = base.resolved.values_at(&format!("connection_point.{point}.gateway"));
            let name = written.first()?.trim_matches('"');
            let is_section = sections(base, "gateway").any(|own| own == name);
            let count = gateways_of(base, name).count();
            let path = format!("connection_point.{point}.count");
            is_section.then(|| (path, (name.to_owned(), count as f64)))
        });
        Bill { prices, served: served.collect(), gateways: BTreeMap::new() }
    }

    /// Returns the cost and cores of a design. Calls `load` once per VM size.
    pub(super) fn of<E>(
        &mut self,
        dimensions: &[Dimension],
        design: &[usize],
        load: impl FnOnce() -> Result<Scenario, E>,
    ) -> Result<Fixed, E> {
        let chosen = dimensions.iter().zip(design).map(|(one, level)| (one, &one.values[*level]));
        let others = chosen.filter(|(one, value)| is_of_the_bill(&one.path, value));
        let key: Vec<String> = others.map(|(_, value)| value.clone()).collect();
        if !self.gateways.contains_key(&key) {
            self.gateways.insert(key.clone(), all_gateways(&load()?));
        }
        let chosen = |path: &str| number_chosen(dimensions, design, path);
        let mut fixed = Fixed { cost: self.components(dimensions, design), ..Fixed::default() };
        for one in &self.gateways[&key] {
            let count = chosen(&format!("gateway.{}.count", one.name)).unwrap_or(one.count);
            let instances = chosen(&format!("gateway.{}.instances", one.name));
            let instances = instances.unwrap_or(one.instances);
            let (fewest, maximum) = one.scaled.map_or((instances, instances), |(low, high)| {
                (instances.min(low), instances.max(high))
            });
            let month =
                |instances: f64| count * (instances * one.instance_price + one.address_price);
            fixed.bill += month(fewest);
            fixed.cost += month(instances);
            fixed.cores += (count * maximum * one.cores) as u64;
        }
        Ok(fixed)
    }

    /// Returns the total price per month of a design's components; the bill does not include it.
    pub(super) fn components(&self, dimensions: &[Dimension], design: &[usize]) -> f64 {
        let price_of = |path: &String| self.prices.iter().find(|(own, _)| own == path);
        let priced = dimensions.iter().zip(design).filter_map(|(one, level)| {
            let (_, price) = price_of(&one.path)?;
            let count: f64 = one.values[*level].parse().unwrap_or(*level as f64);
            let served = self.served.get(&one.path);
            let gateways = served.map_or(1.0, |(gateway, count)| {
                let path = format!("gateway.{gateway}.count");
                number_chosen(dimensions, design, &path).unwrap_or(*count)
            });
            Some(price * count * gateways)
        });
        // The sum of no prices would be -0.
        priced.fold(0.0, |sum, price| sum + price)
    }
}

impl Fixed {
    /// Returns whether the minimum cost alone exceeds a budget.
    pub(super) fn is_over(&self, budget: f64) -> bool {
        self.bill > budget * (1.0 + ROUNDING)
    }
}

/// Returns the maximum number of vCPU cores that a scenario's gateways have at any time.
pub(super) fn cores_of(scenario: &Scenario) -> u64 {
    let cores = |one: &Gateways| {
        let maximum = one.scaled.map_or(one.instances, |(_, high)| one.instances.max(high));
        one.count * maximum * one.cores
    };
    all_gateways(scenario).iter().map(cores).sum::<f64>() as u64
}

/// Returns the number that a design chooses for a path; `None` if the path is not chosen.
fn number_chosen(dimensions: &[Dimension], design: &[usize], path: &str) -> Option<f64> {
    let (one, level) = dimensions.iter().zip(design).find(|(one, _)| one.path == path)?;
    one.values[*level].parse().ok()
}

/// Returns whether a value changes the cost or cores of gateways and is not a number of gateways or
/// instances.
fn is_of_the_bill(path: &str, value: &str) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    let is_number = matches!(parts[..], ["gateway", name, "count" | "instances"] if name != "*")
        && value.parse::<f64>().is_ok();
    matches!(parts[0], "bill" | "gateway" | "prices" | "disruption") && !is_number
}

fn all_gateways(scenario: &Scenario) -> Vec<Gateways> {
    let of_section = |name: &str| {
        let own: Vec<_> = gateways_of(scenario, name).collect();
        let (id, first) = own.first()?;
        let scaled: Vec<f64> = scenario
            .config
            .disruptions
            .iter()
            .filter_map(|one| match one.kind {
                DisruptionKind::Scale { gateway, instances, .. } => Some((gateway, instances)),
                _ => None,
            })
            .filter(|(gateway, _)| own.iter().any(|(id, _)| id == gateway))
            .map(|(_, instances)| f64::from(instances))
            .collect();
        let (prices, hours) = (&scenario.prices, scenario.prices.month_hours());
        let rules = prices.quantities.extra_load_balancer_rules;
        let fewest = scaled.iter().copied().reduce(f64::min);
        let maximum = scaled.iter().copied().reduce(f64::max);
        Some(Gateways {
            name: name.to_owned(),
            count: own.len() as f64,
            instances: f64::from(first.instances),
            scaled: fewest.zip(maximum),
            instance_price: hours * prices.vm_price(id.index()).unwrap_or(0.0)
                + prices.os_disk_month.unwrap_or(0.0),
            address_price: hours
                * (prices.public_ip_hour.unwrap_or(0.0)
                    + prices.load_balancer_hour.unwrap_or(0.0)
                    + rules * prices.load_balancer_rule_hour.unwrap_or(0.0)),
            cores: vm_cores(first),
        })
    };
    sections(scenario, "gateway").filter_map(of_section).collect()
}

/// Returns the vCPU cores of a VM size: the published number or, for a custom size, the scenario's.
fn vm_cores(gateway: &Gateway) -> f64 {
    let path = format!("size.{}.cores", gateway.size);
    let catalogue = Catalogue::builtin();
    match (catalogue.exactly(&path), gateway.cores) {
        (Some(_), _) => catalogue.limit(&path).0,
        (None, Servers::Limited(cores)) => f64::from(cores),
        (None, Servers::Unlimited) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    fn fixed(overrides: &[&str], find: &[&str], design: &[usize]) -> Fixed {
        let dimensions: Vec<Dimension> =
            find.iter().map(|text| Dimension::parse(text).expect("a dimension")).collect();
        let chosen = dimensions.iter().zip(design);
        let chosen = chosen.map(|(one, level)| format!("{}={}", one.path, one.values[*level]));
        let overrides = overrides.iter().map(|text| (*text).to_owned()).chain(chosen).collect();
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let scenario = load(&LoadRequest { origin, overrides }).expect("it loads");
        let mut bill = Bill::new(&scenario, vec![("connection_point.cp.count".to_owned(), 120.0)]);
        bill.of(&dimensions, design, || Ok::<_, ()>(scenario)).expect("it loads")
    }

    /// Uses 720 hours, hourly prices of 0.1 or 0.2 per instance and 0.005 per address, and two or
    /// four cores per instance.
    #[test]
    fn cost_and_cores_agree_with_a_calculation_by_hand() {
        let prices =
            ["prices.vm_hour.A2_v2=0.1", "prices.vm_hour.A4_v2=0.2", "prices.public_ip_hour=0.005"];
        let find = [
            "gateway.main.size=A2_v2,A4_v2",
            "gateway.main.instances=1..16",
            "connection_point.cp.count=1..8",
        ];
        let is_near = |one: f64, other: f64| (one - other).abs() < 1e-6;
        let small = fixed(&prices, &find, &[0, 2, 1]);
        assert!(is_near(small.bill, 3.0 * 72.0 + 3.6), "{small:?}");
        assert!(is_near(small.cost, small.bill + 240.0), "{small:?}");
        assert_eq!(small.cores, 6);
        let large = fixed(&prices, &find, &[1, 3, 0]);
        assert!(is_near(large.bill, 4.0 * 144.0 + 3.6), "{large:?}");
        assert_eq!(large.cores, 16);
        assert!(small.is_over(219.0) && !small.is_over(219.6));
    }

    /// A gateway that is scaled down costs less than its initial number of instances suggests, and
    /// a gateway that is scaled up needs more cores.
    #[test]
    fn scaling_counts_in_the_bill_and_in_the_cores() {
        let scaled = |instances: u32| {
            let scale = format!("disruption.s.to={instances}");
            let overrides = [
                "prices.vm_hour.A2_v2=0.1",
                "prices.public_ip_hour=0",
                "disruption.s.kind=\"scale\"",
                "disruption.s.gateway=\"main\"",
                "disruption.s.at=\"2h\"",
                &scale,
            ];
            fixed(&overrides, &["gateway.main.instances=1..16"], &[3])
        };
        let (down, up) = (scaled(1), scaled(9));
        assert!((down.bill - 72.0).abs() < 1e-6, "{down:?}");
        assert_eq!((down.cores, up.cores), (8, 18));
        assert!((up.bill - 288.0).abs() < 1e-6, "{up:?}");
    }
}
