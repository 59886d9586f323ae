//! Reads boundary groups that are associated with a gateway.

use crate::base::SimTime;
use crate::model::config::BoundaryGroup;
use crate::scenario::read::Reader;

use super::clock::{Clock, point_in_time};
use super::gateways::{Gateways, gateways_of};
use super::{get, names};

pub(super) fn boundary_groups(
    reader: &mut Reader<'_>,
    gateways: &Gateways,
    clock: Option<&Clock>,
) -> Vec<BoundaryGroup> {
    let names = names(reader, "boundary_group");
    names.iter().filter_map(|name| boundary_group(reader, name, gateways, clock)).collect()
}

fn boundary_group(
    reader: &mut Reader<'_>,
    name: &str,
    gateways: &Gateways,
    clock: Option<&Clock>,
) -> Option<BoundaryGroup> {
    let section = "boundary_group";
    let subject = format!("boundary group `{name}`");
    let gateways = gateways_of(reader, &[section, name, "gateway"], gateways, &subject);
    let from = reader.find(&[section, name, "from"]);
    let learn = if from.is_some() {
        get(reader, &[section, name, "learn"], Reader::distribution_or)
    } else {
        let why =
            "without `from`, the association exists from the start, so clients already know it";
        reader.refuse(&[section, name, "learn"], why);
        Some(None)
    };
    let prefers_cloud = get(reader, &[section, name, "prefer_cloud"], Reader::boolean);
    let scans = if self::names(reader, "software_update_point").is_empty() {
        let why = "the scenario has no software update point";
        reader.refuse(&[section, name, "scan_through_gateway"], why);
        Some(false)
    } else {
        get(reader, &[section, name, "scan_through_gateway"], Reader::boolean)
    };
    let from = match from {
        Some(found) => point_in_time(reader, &found, clock?),
        None => Some(SimTime::ZERO),
    };
    Some(BoundaryGroup {
        name: name.to_owned(),
        gateways: gateways?,
        from: from?,
        learn: learn?,
        prefers_cloud: prefers_cloud?,
        scans_through_gateway: scans?,
    })
}
