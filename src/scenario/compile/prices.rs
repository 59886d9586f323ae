//! Reads the price book.

use crate::model::config::Gateway;
use crate::scenario::read::Reader;
use crate::terms::{PriceBook, VmHour};

use super::get;

/// VM sizes with an hourly price; other sizes use the price of A2_v2.
const SIZES: [&str; 7] = ["A2_v2", "A4_v2", "B2s", "D2ads_v6", "D4ads_v6", "D8ads_v6", "custom"];

/// Other prices with an example in the catalogue.
const GIVEN: [&str; 2] = ["egress_gb", "egress_free_gb"];

/// Other prices without an example in the catalogue.
const OTHERS: [&str; 4] =
    ["storage_gb_month", "public_ip_hour", "load_balancer_hour", "load_balancer_gb"];

pub(super) fn prices(reader: &mut Reader<'_>, gateways: &[Gateway]) -> Option<PriceBook> {
    let currency = get(reader, &["prices", "currency"], Reader::text);
    let date = get(reader, &["prices", "date"], Reader::text);
    let is_example = is_example(reader, gateways);
    let hours = SIZES.map(|size| price(reader, &["prices", "vm_hour", size]));
    let [egress, free] = GIVEN.map(|key| get(reader, &["prices", key], Reader::number));
    let [storage, address, rules, processed] = OTHERS.map(|key| price(reader, &["prices", key]));
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
    let has_price = written(&["prices", "egress_gb"])
        && gateways.iter().all(|one| written(&["prices", "vm_hour", size(one)]));
    if let Some(resolved) = reader.resolved.last_mut() {
        resolved.value = (!has_price).to_string();
    }
    Some(!has_price)
}
