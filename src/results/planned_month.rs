//! The bill of a month that consists of a normal month and named events, each from its own run.

use serde::Serialize;

use crate::terms::Money;

use super::RunResult;
use super::bill::{BillLine, BilledQuantities, BilledRun, MonthDoubt, lines, total};

/// Bill of a month with events.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlannedMonth {
    /// Lines of the whole month.
    pub lines: Vec<BillLine>,
    /// Cost of the month without events; `None` if VM instances have no price.
    pub normal: Option<Money>,
    /// Events in the order of the request.
    pub events: Vec<PlannedEvent>,
    /// Cost of the whole month: the sum of the normal month and all events.
    pub total: Option<Money>,
    /// Reasons why the normal run does not represent a month.
    pub doubts: Vec<MonthDoubt>,
}

/// Event of a planned month.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlannedEvent {
    /// Name of the scenario of the event.
    pub name: String,
    /// Number of occurrences in the month.
    pub times: f64,
    /// Cost of the first occurrence, after the normal month and the preceding events.
    pub one: Option<Money>,
    /// Cost of all occurrences. With price tiers, it differs from `times` times `one`.
    pub all: Option<Money>,
}

/// Computes the bill of a month from a normal run and from runs of events with their number of
/// occurrences. The prices are those of the normal run.
///
/// The normal run is extrapolated to a month. An event adds its traffic minus the normal traffic of
/// a period of the same length, the hours of its additional instances, and its stored content.
pub fn planned_month(normal: &RunResult, events: &[(&RunResult, f64)]) -> PlannedMonth {
    let prices = &normal.scenario.prices;
    let base = BilledRun::of(normal);
    let mut month = base.month();
    let cost = |quantities: &BilledQuantities| total(&lines(quantities, prices));
    let difference =
        |high: &BilledQuantities, low: &BilledQuantities| Some(cost(high)? - cost(low)?);
    let mut planned =
        PlannedMonth { normal: cost(&month), doubts: base.doubts(), ..PlannedMonth::default() };
    for (event, times) in events {
        let added = added_by(&base, event);
        let with = |times: f64| month.with(&added, times);
        let (one, all) = (with(1.0), with(*times));
        planned.events.push(PlannedEvent {
            name: event.scenario.name.clone(),
            times: *times,
            one: difference(&one, &month),
            all: difference(&all, &month),
        });
        month = all;
    }
    planned.lines = lines(&month, prices);
    planned.total = total(&planned.lines);
    planned
}

/// Returns the quantities that an event adds to the month of a normal run.
fn added_by(normal: &BilledRun<'_>, event: &RunResult) -> BilledQuantities {
    let event = BilledRun { prices: normal.prices, ..BilledRun::of(event) };
    let (all, normal_traffic) = (event.traffic(), normal.traffic());
    let share = match normal.measured_seconds > 0.0 {
        true => event.measured_seconds / normal.measured_seconds,
        false => 0.0,
    };
    let beyond = |all: f64, normal_traffic: f64| (all - normal_traffic * share).max(0.0);
    let instance_hours = event.extra_instance_hours();
    let hours: f64 = instance_hours.iter().map(|(_, hours)| hours).sum();
    BilledQuantities {
        instance_hours,
        disk_months: hours / normal.prices.month_hours(),
        egress_gb: beyond(all.egress_gb, normal_traffic.egress_gb),
        load_balancer_gb: beyond(all.load_balancer_gb, normal_traffic.load_balancer_gb),
        storage_operations: beyond(all.storage_operations, normal_traffic.storage_operations),
        storage_gb_months: event.deployed_gigabytes(),
        ..BilledQuantities::default()
    }
}

impl BilledQuantities {
    /// Returns the quantities of a month after an event has occurred several times. Its content is
    /// stored once.
    fn with(&self, event: &BilledQuantities, times: f64) -> BilledQuantities {
        let mut month = self.clone();
        for ((_, hours), (_, extra)) in month.instance_hours.iter_mut().zip(&event.instance_hours) {
            *hours += times * extra;
        }
        month.disk_months += times * event.disk_months;
        month.egress_gb += times * event.egress_gb;
        month.load_balancer_gb += times * event.load_balancer_gb;
        month.storage_operations += times * event.storage_operations;
        month.storage_gb_months += times.min(1.0) * event.storage_gb_months;
        month
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::GatewayResult;
    use crate::terms::{EgressTier, PriceBook, VmHour};

    const HOUR: f64 = 3600.0;

    /// A run of one gateway that sends gigabytes to clients.
    fn run(name: &str, hours: f64, gigabytes: u64, instance_hours: f64) -> RunResult {
        let mut result = RunResult::default();
        result.scenario.name = name.to_owned();
        result.scenario.duration_s = hours * HOUR;
        result.gateways = vec![GatewayResult {
            name: "main".to_owned(),
            instance_hours,
            configured_instances: 2,
            ..GatewayResult::default()
        }];
        result.flows.gateways_to_clients_bytes = gigabytes * 1_000_000_000;
        result
    }

    fn cents(amount: Option<Money>) -> i64 {
        amount.expect("all items have a price").cents()
    }

    /// A month of 730 hours, calculated by hand.
    #[test]
    fn a_month_is_the_sum_of_a_normal_month_and_its_events() {
        let mut normal = run("normal", 73.0, 80, 146.0);
        normal.scenario.prices = PriceBook {
            hours_per_month: Some(730.0),
            vm_hour: vec![VmHour { key: "prices.vm_hour.A2_v2".to_owned(), price: Some(0.10) }],
            egress_tiers: vec![
                EgressTier { above_gb: 0.0, price: 0.0 },
                EgressTier { above_gb: 100.0, price: 0.08 },
                EgressTier { above_gb: 1000.0, price: 0.05 },
            ],
            ..PriceBook::default()
        };
        // 7.3 hours: 8 GB of 158 GB are normal. One more instance runs for four hours.
        let patch = run("patch-tuesday", 7.3, 158, 14.6 + 4.0);
        let migration = run("migration", 73.0, 580, 146.0);
        let planned = planned_month(&normal, &[(&patch, 2.0), (&migration, 1.0)]);
        // 2 * 730 h * 0.10 = 146.00; 800 GB: 700 GB * 0.08 = 56.00.
        assert_eq!(cents(planned.normal), 20_200);
        // One: 150 GB * 0.08 = 12.00 and 4 h * 0.10 = 0.40. Two: 300 GB, of which 200 GB at 0.08
        // and 100 GB above 1,000 GB at 0.05 = 21.00, and 0.80.
        let [patch, migration] = &planned.events[..] else { panic!("two events") };
        assert_eq!((cents(patch.one), cents(patch.all)), (1_240, 2_180));
        // 580 - 80 = 500 GB, all above 1,000 GB: 25.00.
        assert_eq!((cents(migration.one), cents(migration.all)), (2_500, 2_500));
        // 202.00 + 21.80 + 25.00.
        assert_eq!(cents(planned.total), 24_880);
        let egress: f64 =
            planned.lines.iter().filter(|one| one.item == "egress").map(|one| one.quantity).sum();
        assert_eq!(egress, 1_600.0);
        assert!(planned.doubts.is_empty(), "three days without events represent a month");
        // The special morning alone would give a month of 15,800 GB.
        let morning = BilledRun { prices: &normal.scenario.prices, ..BilledRun::of(&normal) };
        assert_eq!(morning.month().egress_gb, 800.0);
    }
}
