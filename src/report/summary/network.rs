//! Bytes over networks, by flow.

use crate::report::document::Cell::{self, Bytes, Number};
use crate::report::document::{Section, Table};
use crate::report::format::{bytes, count, number};
use crate::results::{FlowResult, NetworkTotalResult, RunResult};

/// Returns the flows with bytes, largest first, and the totals per network; `None` without bytes.
pub(super) fn flows(result: &RunResult) -> Option<Section> {
    let header = [
        "flow",
        "bytes",
        "per existing client in 30 days",
        "per online client in 30 days",
        "peak Mbit/s",
        "p95 Mbit/s",
    ];
    let mut table = Table::new(&header, 1);
    let network = &result.network;
    let mut flows: Vec<&FlowResult> = network.flows.iter().filter(|one| one.bytes > 0).collect();
    flows.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    for one in &flows {
        table.row(row(one));
    }
    let mut totals: Vec<&NetworkTotalResult> =
        network.totals.iter().filter(|one| one.bytes > 0).collect();
    totals.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    for one in totals {
        table.row(total(one));
    }
    let mut notes: Vec<String> = egress(result).into_iter().collect();
    notes.push(
        "(existing clients: online or offline, in cohorts that use the network of the flow;\n \
         online clients: mean number on that network; for the flows of gateways and connection\n \
         points: clients that use a gateway)"
            .to_owned(),
    );
    notes.push(
        "(peak: busiest minute; p95: 95th percentile of five-minute means; flows.csv has all flows)"
            .to_owned(),
    );
    Section::table("Network flows", table, notes)
}

fn row(one: &FlowResult) -> [Cell; 6] {
    let each = |value: Option<f64>| Cell::of(value, |each| Bytes(each.round() as u64));
    [
        Cell::text(one.name()),
        Bytes(one.bytes),
        each(one.per_existing_client_30_days_bytes),
        each(one.per_online_client_30_days_bytes),
        Number(one.peak_mbit_per_s),
        Cell::of(one.p95_mbit_per_s, Number),
    ]
}

fn total(one: &NetworkTotalResult) -> [Cell; 6] {
    let empty = || Cell::Amount(String::new());
    [
        Cell::text(one.name()),
        Bytes(one.bytes),
        empty(),
        empty(),
        Number(one.peak_mbit_per_s),
        Cell::of(one.p95_mbit_per_s, Number),
    ]
}

/// Describes the egress of gateways per client.
fn egress(result: &RunResult) -> Option<String> {
    let flows = &result.flows;
    flows.egress_per_existing_client_30_days_bytes.map(|each| {
        format!(
            "(egress without content: {} per client in 30 days, for {} existing clients in\n \
             cohorts that use a gateway; {} used a gateway on average)",
            bytes(each.round() as u64),
            count(flows.gateway_clients_existing),
            number(flows.gateway_clients_mean),
        )
    })
}
