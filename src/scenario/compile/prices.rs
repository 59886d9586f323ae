//! Reads prices and the quantities of a bill that the simulation does not determine.

use std::collections::BTreeMap;

use crate::model::config::{Cohort, Gateway};
use crate::scenario::diagnose::code;
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};
use crate::terms::{BillQuantities, EgressTier, PriceBook, PriceProvenance, VmHour};

use super::clock::CivilStart;
use super::get;

/// VM sizes with an hourly price; other sizes use the price of A2_v2.
const SIZES: [&str; 7] = ["A2_v2", "A4_v2", "B2s", "D2ads_v6", "D4ads_v6", "D8ads_v6", "custom"];

/// Other prices with an example in the catalogue.
const GIVEN: [&str; 2] = ["egress_gb", "egress_free_gb"];

/// Other prices without an example in the catalogue.
const OTHERS: [&str; 4] =
    ["storage_gb_month", "public_ip_hour", "load_balancer_hour", "load_balancer_gb"];

/// Prices without a row in the bill unless they are set.
const OPTIONAL: [&str; 5] =
    ["vm_factor", "os_disk_month", "storage_operations_10k", "load_balancer_rule_hour", "log_gb"];

/// Maximum number of tiers of egress.
const TIERS_MAX: usize = 20;

pub(super) fn prices(
    reader: &mut Reader<'_>,
    gateways: &[Gateway],
    cohorts: &[Cohort],
    start: Option<&CivilStart>,
) -> Option<PriceBook> {
    let first = reader.resolved.len();
    let currency = get(reader, &["prices", "currency"], Reader::text);
    let date = get(reader, &["prices", "date"], Reader::text);
    let is_example = is_example(reader, gateways);
    let hours = SIZES.map(|size| price(reader, &["prices", "vm_hour", size]));
    let [egress, free] = GIVEN.map(|key| get(reader, &["prices", key], Reader::number));
    let [storage, address, rules, processed] = OTHERS.map(|key| price(reader, &["prices", key]));
    let book = get(reader, &["prices", "book"], Reader::text);
    let [region, source] =
        ["region", "source"].map(|key| get(reader, &["prices", key], Reader::text));
    let hours_per_month = hours_per_month(reader, start);
    let [factor, disk, operations, more_rules, logs] =
        OPTIONAL.map(|key| get(reader, &["prices", key], Reader::number));
    let egress_tiers = egress_tiers(reader)?;
    let hour_of = |gateway: &Gateway| {
        let place = SIZES.iter().position(|size| *size == gateway.size).unwrap_or(0);
        let key = format!("prices.vm_hour.{}", SIZES[place]);
        hours[place].map(|price| VmHour { key, price })
    };
    Some(PriceBook {
        currency: currency?,
        date: date?,
        is_example: is_example?,
        vm_hour: gateways.iter().map(hour_of).collect::<Option<_>>()?,
        egress_gb: egress?,
        egress_free_gb: free?,
        storage_gb_month: storage?,
        public_ip_hour: address?,
        load_balancer_hour: rules?,
        load_balancer_gb: processed?,
        book,
        region,
        source,
        hours_per_month,
        egress_tiers,
        vm_factor: factor,
        os_disk_month: disk,
        storage_operations_10k: operations,
        load_balancer_rule_hour: more_rules,
        log_gb: logs,
        provenance: provenance(reader, first),
        quantities: quantities(reader, cohorts),
    })
}

/// Reads a price. The inner `None` means that the user did not set the price and that its default
/// in the catalogue is zero. A zero that the user sets is a price.
fn price(reader: &mut Reader<'_>, path: &[&str]) -> Option<Option<f64>> {
    let found = reader.find(path)?;
    let price = reader.number(&found)?;
    if found.is_written() || price > 0.0 {
        return Some(Some(price));
    }
    // Omit the default from the resolved scenario, where it would count as a price.
    reader.resolved.pop();
    Some(None)
}

/// Reads whether the prices are only examples. By default they are, unless the user sets the egress
/// price and the hourly price of every VM size in use.
fn is_example(reader: &mut Reader<'_>, gateways: &[Gateway]) -> Option<bool> {
    let found = reader.find(&["prices", "is_example"])?;
    if found.is_written() {
        return reader.boolean(&found);
    }
    let written = |path: &[&str]| reader.tree().at(path).is_some();
    let size = |gateway: &Gateway| {
        let own = SIZES.into_iter().find(|size| *size == gateway.size);
        own.unwrap_or(SIZES[0])
    };
    let has_price = (written(&["prices", "egress_gb"]) || written(&["prices", "egress_tiers"]))
        && gateways.iter().all(|one| written(&["prices", "vm_hour", size(one)]));
    if let Some(resolved) = reader.resolved.last_mut() {
        resolved.value = (!has_price).to_string();
    }
    Some(!has_price)
}

/// Reads the hours of a billing month. Azure counts hours in UTC, so a calendar month has 24 hours
/// per day even if clocks change.
fn hours_per_month(reader: &mut Reader<'_>, start: Option<&CivilStart>) -> Option<f64> {
    let found = reader.find(&["prices", "hours_per_month"])?;
    match reader.count_or(&found)? {
        Some(hours) => Some(hours as f64),
        None => {
            let start = start?;
            let moment = jiff::Timestamp::from_second(start.unix_seconds).ok()?;
            let offset = jiff::tz::Offset::from_seconds(start.utc_offset_s).ok()?;
            Some(f64::from(offset.to_datetime(moment).date().days_in_month()) * 24.0)
        }
    }
}

/// Reads the tiers of egress; the outer `None` means that they are invalid.
fn egress_tiers(reader: &mut Reader<'_>) -> Option<Vec<EgressTier>> {
    let Some(found) = reader.find(&["prices", "egress_tiers"]) else { return Some(Vec::new()) };
    let example = "expected [{ above_gb = 0, price = 0 }, { above_gb = 100, price = 0.08 }]";
    let Some(tiers) = parsed(&found) else {
        reader.complain(code::WRONG_KIND, &found, "invalid tiers of egress", example);
        return None;
    };
    let is_ascending = tiers.windows(2).all(|pair| pair[0].above_gb < pair[1].above_gb);
    if !is_ascending || tiers.first().is_none_or(|tier| tier.above_gb != 0.0) {
        let label = "the first tier must be above 0 GB, and the limits must increase";
        reader.complain(code::INCONSISTENT, &found, "inconsistent tiers of egress", label);
        return None;
    }
    for key in GIVEN {
        if reader.tree().at(&["prices", key]).is_some() {
            reader
                .refuse(&["prices", key], "`prices.egress_tiers` replaces this key: set only one");
        }
    }
    // Omit the defaults that the tiers replace from the resolved scenario.
    let is_replaced = |path: &[String]| matches!(path, [_, key] if GIVEN.contains(&key.as_str()));
    reader.resolved.retain(|one| !is_replaced(&one.path));
    Some(tiers)
}

fn parsed(found: &Found) -> Option<Vec<EgressTier>> {
    let Value::Array(items) = &found.node.value else { return None };
    let number = |node: &Node| match node.value {
        Value::Integer(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    };
    let tier = |item: &Node| {
        let [above_gb, price] = ["above_gb", "price"].map(|key| item.get(key).and_then(number));
        let is_amount = |number: &f64| (0.0..=1e12).contains(number);
        let tier =
            EgressTier { above_gb: above_gb.filter(is_amount)?, price: price.filter(is_amount)? };
        (item.entries().len() == 2).then_some(tier)
    };
    (items.len() <= TIERS_MAX).then(|| items.iter().map(tier).collect())?
}

/// Returns the origin of the prices that were read and set.
fn provenance(reader: &Reader<'_>, first: usize) -> BTreeMap<String, PriceProvenance> {
    let read = reader.resolved.get(first..).unwrap_or_default().iter();
    let of = |one: &crate::scenario::read::Resolved| {
        let span = one.origin.span()?;
        let origin = match Some(span.source) == reader.price_book {
            true => PriceProvenance::PriceBook,
            false => PriceProvenance::Scenario,
        };
        Some((one.path.join("."), origin))
    };
    read.filter_map(of).collect()
}

/// Reads the section `[bill]`.
fn quantities(reader: &mut Reader<'_>, cohorts: &[Cohort]) -> BillQuantities {
    let mut number = |key: &str| get(reader, &["bill", key], Reader::number);
    let events_per_month = number("events_per_month");
    let [egress, processed, operations, stored, logs] = [
        "normal_egress_gb",
        "normal_load_balancer_gb",
        "normal_storage_operations",
        "stored_gb",
        "log_gb_per_month",
    ]
    .map(|key| number(key).unwrap_or(0.0));
    let rules = get(reader, &["bill", "extra_load_balancer_rules"], Reader::count);
    if events_per_month.is_none() {
        let why = "`bill.events_per_month` is missing; without it, the simulated period is normal";
        for key in ["normal_egress_gb", "normal_load_balancer_gb", "normal_storage_operations"] {
            reader.refuse(&["bill", key], why);
        }
    }
    BillQuantities {
        events_per_month,
        normal_egress_gb: egress,
        normal_load_balancer_gb: processed,
        normal_storage_operations: operations,
        stored_gb: stored,
        // A client reads content in chunks, each of which is one operation.
        storage_operation_bytes: cohorts
            .first()
            .map_or(0.0, |one| one.content.chunk.count() as f64),
        log_gb_per_month: logs,
        extra_load_balancer_rules: rules.unwrap_or(0) as f64,
    }
}
