//! The bill of a planned month as text.

use super::document::{Cell, Document, Section, Table};
use super::summary::bill;
use super::text;
use crate::results::planned_month::PlannedMonth;
use crate::terms::{Money, PriceBook};

/// Returns the cost of the normal month and of each event, and the lines of the bill.
pub fn planned_month(planned: &PlannedMonth, prices: &PriceBook, period: &str) -> String {
    let amount = |amount: Option<Money>| match amount {
        Some(amount) => Cell::Amount(bill::money(prices, amount)),
        None => Cell::Amount("not priced".to_owned()),
    };
    let empty = || Cell::Amount(String::new());
    let mut table = Table::new(&["part of the month", "times", "cost of one", "cost"], 1);
    table.row([Cell::text("normal month"), empty(), empty(), amount(planned.normal)]);
    for one in &planned.events {
        let times = Cell::Amount(one.times.to_string());
        table.row([Cell::text(&one.name), times, amount(one.one), amount(one.all)]);
    }
    table.row([Cell::text("total"), empty(), empty(), amount(planned.total)]);
    let mut notes = vec![bill::origin(prices)];
    if !planned.doubts.is_empty() {
        notes.push(format!(
            "(warning: the normal month is extrapolated from {}, which does not represent a month)",
            bill::period(&planned.doubts, period)
        ));
    }
    let title = format!("Cost of {}{}", prices.month_length(), bill::label(prices));
    let parts = Section::table(title, table, notes);
    let lines = bill::lines(prices, &planned.lines, planned.total);
    let bill = Section::table("Bill of the month", lines, Vec::new());
    text::render(&Document { sections: parts.into_iter().chain(bill).collect() })
}
