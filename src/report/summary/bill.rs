//! The bill of a month, and the cost of the event.

use crate::report::document::Cell;
use crate::report::document::{Section, Table};
use crate::report::format::{count, number, seconds};
use crate::results::{BillLine, Cost, MonthDoubt, RunResult};
use crate::terms::{Money, PriceBook};

/// Returns the title of the bill of a month, which labels example prices.
pub(in crate::report) fn title(result: &RunResult) -> String {
    let prices = &result.scenario.prices;
    format!("Cost of {}{}", prices.month_length(), label(prices))
}

/// Labels example prices.
pub(in crate::report) fn label(prices: &PriceBook) -> &'static str {
    if prices.is_example { " (example prices, not verified)" } else { "" }
}

/// Returns the bill of a month; `None` without gateways.
pub(super) fn month(result: &RunResult) -> Option<Section> {
    let (prices, bill) = (&result.scenario.prices, &result.bill);
    let table = lines(prices, &bill.month, bill.month_total);
    Section::table(title(result), table, remarks(result))
}

/// Returns the cost of the event that the scenario simulates; `None` if it adds nothing to a month.
pub(super) fn event(result: &RunResult) -> Option<Section> {
    let (prices, bill) = (&result.scenario.prices, &result.bill);
    let table = lines(prices, &bill.event, bill.event_total);
    let (title, remark) = match prices.quantities.events_per_month {
        Some(_) => (
            "Cost of one event",
            "(traffic beyond normal traffic, and instances beyond the configured number; the\n \
             normal traffic determines the tier of egress)",
        ),
        None => (
            "Cost of the simulated period",
            "(only what varies: egress, data of load balancers, storage operations, and instances\n \
             beyond the configured number; the free egress of the month counts as used)",
        ),
    };
    Section::table(format!("{title}{}", label(prices)), table, vec![remark.to_owned()])
}

/// Returns the lines of a bill as a table with their sum.
pub(in crate::report) fn lines(
    prices: &PriceBook,
    lines: &[BillLine],
    total: Option<Money>,
) -> Table {
    let amount = |amount: Option<Money>| match amount {
        Some(amount) => Cell::Amount(money(prices, amount)),
        None => Cell::Amount("not priced".to_owned()),
    };
    let mut table =
        Table::new(&["item", "tier", "quantity", "unit", "price", "cost", "price from"], 2);
    for line in lines {
        table.row([
            Cell::text(&line.item),
            Cell::text(&line.tier),
            Cell::Amount(quantity(line.quantity)),
            Cell::text(&line.unit),
            Cell::of(line.unit_price, |price| Cell::Amount(unit_price(price))),
            amount(line.amount),
            Cell::of(line.amount, |_| Cell::text(line.provenance.name())),
        ]);
    }
    if lines.len() > 1 {
        let empty = || Cell::Amount(String::new());
        let none = [Cell::text(""), empty(), empty(), empty(), amount(total), empty()];
        table.row(std::iter::once(Cell::text("total")).chain(none));
    }
    table
}

/// Formats a quantity so that its product with the price can be checked: `1,440` or `478.13`.
fn quantity(quantity: f64) -> String {
    let hundredths = (quantity * 100.0).round();
    if quantity > 0.0 && hundredths < 100.0 {
        return number(quantity);
    }
    let whole = count((hundredths / 100.0).trunc() as u64);
    match hundredths % 100.0 {
        0.0 => whole,
        rest => format!("{whole}.{rest:02}"),
    }
}

/// Formats a unit price without the digits that only a factor causes.
fn unit_price(price: f64) -> String {
    format!("{}", (price * 1e8).round() / 1e8)
}

/// Formats an amount of money to the cent: `1,234.50 EUR`.
pub(in crate::report) fn money(prices: &PriceBook, amount: Money) -> String {
    let text = amount.to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let digits = count(whole.trim_start_matches('-').parse().unwrap_or(0));
    let sign = if whole.starts_with('-') { "-" } else { "" };
    format!("{sign}{digits}.{cents} {}", prices.currency).trim_end().to_owned()
}

/// Describes why the simulated period does not represent a month: `10 h with deployments`; `None`
/// if it may represent a month.
pub(in crate::report) fn doubts(result: &RunResult) -> Option<String> {
    let doubts = &result.bill.doubts;
    (!doubts.is_empty()).then(|| period(doubts, &seconds(result.scenario.duration_s)))
}

/// Describes a period by its length and its events.
pub(in crate::report) fn period(doubts: &[MonthDoubt], length: &str) -> String {
    let named =
        [(MonthDoubt::Deployments, "deployments"), (MonthDoubt::Disruptions, "disruptions")];
    let with: Vec<&str> =
        named.iter().filter(|(doubt, _)| doubts.contains(doubt)).map(|(_, name)| *name).collect();
    match with.is_empty() {
        true => length.to_owned(),
        false => format!("{length} with {}", with.join(" and ")),
    }
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

/// Describes the origin of prices.
pub(in crate::report) fn origin(prices: &PriceBook) -> String {
    let of = if prices.date.is_empty() { String::new() } else { format!(" of {}", prices.date) };
    let as_of =
        if prices.date.is_empty() { String::new() } else { format!(", as of {}", prices.date) };
    match (&prices.book, prices.is_example) {
        (Some(book), _) => {
            let known = [&prices.region, &prices.source].into_iter().flatten();
            let known: Vec<&str> = known.map(String::as_str).collect();
            format!("(prices from {book}{as_of}: {})", known.join(", "))
        }
        (None, true) => format!("(example prices{of}, not verified: set [prices] to your own)"),
        (None, false) => format!("(prices from the scenario{as_of})"),
    }
}

/// Describes the origin of prices and quantities.
fn remarks(result: &RunResult) -> Vec<String> {
    let (prices, cost) = (&result.scenario.prices, &result.cost);
    let mut notes = vec![origin(prices)];
    notes.extend(missing_prices(cost).map(|missing| format!("({missing})")));
    let length = prices.month_length();
    if let Some(events) = prices.quantities.events_per_month {
        notes.push(format!(
            "(a month of {length}: the normal traffic of [bill], and the event {} times)",
            number(events)
        ));
        return notes;
    }
    notes.push(format!(
        "(the measured period is extrapolated to {length}, including scans of deployments and\n \
         reconnection storms; the content of deployments is counted once)"
    ));
    notes.extend(doubts(result).map(|period| {
        format!(
            "(warning: {period} does not represent a month; simulate a normal day, or set\n \
             bill.events_per_month and the normal traffic in [bill])"
        )
    }));
    notes
}
