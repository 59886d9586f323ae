//! The cost of 30 days.

use crate::report::document::Cell::{self, Number, Share};
use crate::report::document::{Section, Table};
use crate::report::format::{count, number};
use crate::results::{Cost, RunResult};
use crate::terms::PriceBook;

/// Returns the title of the cost table, which labels example prices.
pub(in crate::report) fn title(result: &RunResult) -> String {
    let of_examples =
        if result.scenario.prices.is_example { " (example prices, not verified)" } else { "" };
    format!("Cost of 30 days{of_examples}")
}

/// Returns the cost of 30 days; `None` without gateways.
pub(super) fn cost(result: &RunResult) -> Option<Section> {
    let prices = &result.scenario.prices;
    let cost = &result.cost;
    let money = |amount: Option<f64>| match amount {
        Some(amount) => Cell::Amount(currency(prices, amount)),
        None => Cell::Amount("not priced".to_owned()),
    };
    let mut table =
        Table::new(&["item", "quantity in 30 days", "unit", "price", "cost", "share"], 1);
    for line in &cost.lines {
        table.row([
            Cell::text(&line.item),
            Number(line.quantity_per_month),
            Cell::text(&line.unit),
            Cell::of(line.unit_price, |price| Cell::Amount(format!("{price}"))),
            money(line.cost_per_month),
            Cell::of(line.share, Share),
        ]);
    }
    if cost.lines.len() > 1 {
        let empty = || Cell::Amount(String::new());
        let total = money(cost.total_per_month);
        table.row([Cell::text("total"), empty(), empty(), empty(), total, empty()]);
    }
    Section::table(title(result), table, remarks(prices, cost))
}

/// Lists missing prices; `None` if all prices are set.
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
        None => Some(format!("no total: set {keys}")),
        Some(_) => Some(format!("the total excludes items without a price: set {keys}")),
    }
}

/// Formats an amount of money, with cents for small amounts.
pub(in crate::report) fn currency(prices: &PriceBook, amount: f64) -> String {
    let digits =
        if amount < 1000.0 { format!("{amount:.2}") } else { count(amount.round() as u64) };
    format!("{digits} {}", prices.currency).trim_end().to_owned()
}

/// Describes the origin of prices and quantities.
fn remarks(prices: &PriceBook, cost: &Cost) -> Vec<String> {
    let of = if prices.date.is_empty() { String::new() } else { format!(" of {}", prices.date) };
    let as_of =
        if prices.date.is_empty() { String::new() } else { format!(", as of {}", prices.date) };
    let mut notes = vec![match prices.is_example {
        true => format!("(example prices{of}, not verified: set [prices] to your own)"),
        false => format!("(prices from the scenario{as_of})"),
    }];
    let free: f64 = cost.lines.iter().map(|line| line.free_per_month).sum();
    let free =
        (free > 0.0).then(|| format!("({} GB of egress are free and subtracted)", number(free)));
    notes.extend(free);
    notes.extend(missing_prices(cost).map(|missing| format!("({missing})")));
    notes.push(
        "(the measured period is extrapolated to 30 days, including scans of deployments and\n \
         reconnection storms; the content of deployments is counted once)"
            .to_owned(),
    );
    notes
}
