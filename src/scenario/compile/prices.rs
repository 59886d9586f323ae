//! The price book.

use crate::model::config::Gateway;
use crate::scenario::PriceBook;
use crate::scenario::read::Reader;

use super::get;

/// Prices of an hour by VM size; other sizes are A2_v2 machines.
const SIZES: [&str; 4] = ["A2_v2", "A4_v2", "B2s", "custom"];

/// Prices besides those of instances.
const OTHERS: [&str; 4] = ["egress_gb", "egress_free_gb", "storage_gb_month", "public_ip_hour"];

pub(super) fn prices(reader: &mut Reader<'_>, gateways: &[Gateway]) -> Option<PriceBook> {
    let currency = get(reader, &["prices", "currency"], Reader::text);
    let date = get(reader, &["prices", "date"], Reader::text);
    let is_example = is_example(reader);
    let hours = SIZES.map(|size| get(reader, &["prices", "vm_hour", size], Reader::number));
    let [egress, free, storage, address] =
        OTHERS.map(|key| get(reader, &["prices", key], Reader::number));
    let hour_of = |gateway: &Gateway| {
        let place = SIZES.iter().position(|size| *size == gateway.size).unwrap_or(0);
        hours[place]
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
    })
}

/// As written, or until a price is written.
fn is_example(reader: &mut Reader<'_>) -> Option<bool> {
    let found = reader.find(&["prices", "is_example"])?;
    if found.is_written() {
        return reader.boolean(&found);
    }
    let written = |key: &&str| reader.tree().at(&["prices", key]).is_some();
    let has_price = OTHERS.iter().chain(&["vm_hour"]).any(written);
    if let Some(resolved) = reader.resolved.last_mut() {
        resolved.value = (!has_price).to_string();
    }
    Some(!has_price)
}
