//! What went over the lines, and what a month costs.

use super::{Section, table};
use crate::report::format::{bytes, count, number, share};
use crate::results::{Cost, CostLine, RunResult, bytes_per_client_30_days};
use crate::terms::PriceBook;

/// Bytes by flow; nothing without gateways.
pub(super) fn flows(result: &RunResult) -> Option<Section> {
    if result.gateways.is_empty() {
        return None;
    }
    let flows = &result.flows;
    let header =
        ["", "sent", "per existing client in 30 days", "per client online at a gateway in 30 days"];
    let mut table = table(&header, 1);
    let (existing, measured) = (flows.gateway_clients_existing, result.scenario.duration_seconds);
    let happened = flows.named().into_iter().filter(|(_, amount)| *amount > 0);
    for (name, amount) in happened {
        let per = |clients: f64| {
            let each = bytes_per_client_30_days(amount, clients, measured);
            let each = each.filter(|_| name.contains("gateways"));
            each.map_or_else(|| "-".to_owned(), |each| bytes(each.round() as u64))
        };
        let (each, online) = (per(existing as f64), per(flows.gateway_clients_mean));
        table.add_row([name.to_owned(), bytes(amount), each, online]);
    }
    let notes = match flows.egress_per_existing_client_30_days {
        Some(each) => format!(
            "  ({} clients exist in cohorts that use a gateway: per client {} leave Azure in 30 days, \
             content aside;\n   {} of them used a gateway on average)\n",
            count(existing),
            bytes(each.round() as u64),
            number(flows.gateway_clients_mean),
        ),
        None => String::new(),
    };
    (table.row_count() > 0).then_some(Section { table, notes })
}

/// The title of the bill: whose prices it goes by must not be overlooked.
pub(in crate::report) fn title(result: &RunResult) -> String {
    let of_examples =
        if result.scenario.prices.is_example { " (example prices, not verified)" } else { "" };
    format!("Cost of 30 days{of_examples}")
}

/// The bill of 30 days; nothing without gateways.
pub(super) fn cost(result: &RunResult) -> Option<Section> {
    let prices = &result.scenario.prices;
    let cost = &result.cost;
    let money = |amount: f64| currency(prices, amount);
    let mut table = table(&["", "in 30 days", "", "price", "cost", "share"], 1);
    for line in &cost.lines {
        table.add_row([
            line.what.clone(),
            number(line.quantity_per_month),
            line.unit.clone(),
            price(line),
            line.per_month.map_or_else(|| NOT_PRICED.to_owned(), money),
            line.share.map_or_else(|| "-".to_owned(), share),
        ]);
    }
    if cost.lines.len() > 1 {
        let empty = String::new;
        let total = cost.total_per_month.map_or_else(|| NOT_PRICED.to_owned(), money);
        table.add_row(["total".to_owned(), empty(), empty(), empty(), total, empty()]);
    }
    let notes = remarks(prices, cost);
    (!cost.lines.is_empty()).then_some(Section { table, notes })
}

/// What stands for the cost of a line without a price, and for a total without instances.
const NOT_PRICED: &str = "not priced";

fn price(line: &CostLine) -> String {
    line.unit_price.map_or_else(|| "-".to_owned(), |price| format!("{price}"))
}

/// Which prices are missing: nothing if none is.
pub(in crate::report) fn missing_prices(cost: &Cost) -> Option<String> {
    let mut keys: Vec<&str> = Vec::new();
    for line in cost.unpriced() {
        if !keys.contains(&line.price_key.as_str()) {
            keys.push(&line.price_key);
        }
    }
    let keys = keys.join(", ");
    match cost.total_per_month {
        _ if keys.is_empty() => None,
        None => Some(format!("there is no total: set {keys}")),
        Some(_) => Some(format!("not in the total, as not priced: set {keys}")),
    }
}

/// An amount of money: cents where they matter.
pub(in crate::report) fn currency(prices: &PriceBook, amount: f64) -> String {
    let digits =
        if amount < 1000.0 { format!("{amount:.2}") } else { count(amount.round() as u64) };
    format!("{digits} {}", prices.currency).trim_end().to_owned()
}

/// What kind of prices these are, and how the quantities come about.
fn remarks(prices: &PriceBook, cost: &Cost) -> String {
    let of = if prices.date.is_empty() { String::new() } else { format!(" of {}", prices.date) };
    let mut notes = if prices.is_example {
        format!("  (example prices{of}, not verified: set [prices] to your own)\n")
    } else {
        format!("  (prices{of}, as the scenario gives them)\n")
    };
    let free: f64 = cost.lines.iter().map(|line| line.free_per_month).sum();
    if free > 0.0 {
        notes.push_str(&format!(
            "  ({} GB of what leaves are free, and subtracted)\n",
            number(free)
        ));
    }
    if let Some(missing) = missing_prices(cost) {
        notes.push_str(&format!("  ({missing})\n"));
    }
    notes.push_str(
        "  (the measured period extrapolated to 30 days, scans of deployments and storms with it; only \
         the content\n   of deployments counts once: for a month take a quiet run, and add)\n",
    );
    notes
}
