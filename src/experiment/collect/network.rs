//! Collects the bytes over networks.

use crate::base::SimDuration;
use crate::model::minutes::Peak;
use crate::model::{Measured, World};
use crate::results::{FlowResult, NetworkResult, NetworkTotalResult};
use crate::terms::{Flow, NetworkTotal};

use super::measured_seconds;

/// Length of the periods of which lines are billed by the 95th percentile.
const FIVE_MINUTES: SimDuration = SimDuration::from_seconds(300);

/// Returns the bytes by flow and per network. The values per client follow from other results
/// (`analysis::derive`).
pub(super) fn network<R: Measured>(world: &World<'_, R>) -> NetworkResult {
    NetworkResult {
        flows: Flow::ALL.map(|flow| of_flow(world, flow)).into(),
        totals: NetworkTotal::all().map(|total| of_total(world, total)).collect(),
    }
}

fn of_flow<R: Measured>(world: &World<'_, R>, flow: Flow) -> FlowResult {
    let flows = &world.minutes().flows;
    let (peak_mbit_per_s, peak_start_s) = peak(world, flows.flow_peak(flow));
    FlowResult {
        from: flow.from(),
        to: flow.to(),
        via: flow.via(),
        bytes: world.measured_bytes(flow),
        existing_clients: 0,
        online_clients_mean: 0.0,
        per_existing_client_30_days_bytes: None,
        per_online_client_30_days_bytes: None,
        peak_mbit_per_s,
        peak_start_s,
        p95_mbit_per_s: flows.flow_p95(flow).map(|bytes| rate(bytes as f64, FIVE_MINUTES)),
    }
}

fn of_total<R: Measured>(world: &World<'_, R>, total: NetworkTotal) -> NetworkTotalResult {
    let flows = &world.minutes().flows;
    let (peak_mbit_per_s, peak_start_s) = peak(world, flows.total_peak(total));
    let parts = Flow::ALL.into_iter().filter(|flow| flow.total() == Some(total));
    NetworkTotalResult {
        via: total.via,
        direction: total.direction,
        bytes: parts.map(|flow| world.measured_bytes(flow)).sum(),
        peak_mbit_per_s,
        peak_start_s,
        p95_mbit_per_s: flows.total_p95(total).map(|bytes| rate(bytes as f64, FIVE_MINUTES)),
    }
}

/// Returns the rate in a busiest minute and the start of that minute; `None` without bytes.
fn peak<R: Measured>(world: &World<'_, R>, peak: Option<&Peak>) -> (f64, Option<f64>) {
    let length = world.minutes().length();
    match peak.filter(|peak| peak.growth() > 0) {
        Some(peak) => {
            let start = measured_seconds(world, peak.start());
            (rate(peak.growth() as f64, length), Some(start))
        }
        None => (0.0, None),
    }
}

/// Returns a rate in Mbit/s; 0 for a period without length.
fn rate(bytes: f64, period: SimDuration) -> f64 {
    if period.is_zero() { 0.0 } else { 8.0 * bytes / period.as_seconds() / 1e6 }
}
