//! Sizes of messages whose kind the path shows.

use super::evidence::{Evidence, classes_of};
use super::values::{LEVEL, Number, Values};
use super::{Scans, few_blocks};
use crate::calibrate::fit::interval::{self, Block};
use crate::logs::Class;
use crate::terms::{RequestKind, Role};

/// The largest share of errors with which sizes are measured. Responses to errors are shorter, and
/// the logs do not show sizes by status. This number is an assumption.
const ERRORS_MAX: f64 = 0.02;

/// Measures the sizes of requests and responses.
pub(super) fn measure(values: &mut Values<'_>, evidence: &Evidence<'_>, scans: &Scans) {
    let roles = [Role::ManagementPoint, Role::SoftwareUpdatePoint];
    let kinds = roles.into_iter().flat_map(classes_of).filter_map(|class| match class {
        Class::Kind(kind) if evidence.rows(class) > 0 => Some(kind),
        _ => None,
    });
    for kind in kinds.collect::<Vec<_>>() {
        for side in ["request", "response"] {
            measure_one(values, evidence, scans, (kind, side));
        }
    }
    if evidence.rows(Class::Messages) > 0 {
        values.missing(
            "client.message of policy polls, inventories, state and other messages",
            "all messages are sent to the same path, so the logs do not show their kinds",
            "",
        );
    }
}

fn measure_one(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    scans: &Scans,
    (kind, side): (RequestKind, &str),
) {
    let path = format!("client.message.{}.{side}", kind.name());
    let class = evidence.tallies.class(Class::Kind(kind));
    let (field, sizes) = match side {
        "request" => ("cs-bytes", &class.bytes_in),
        _ => ("sc-bytes", &class.bytes_out),
    };
    if sizes.count() == 0 {
        let reason = format!("the logs have no field {field}");
        let remedy = format!("in IIS Manager, Logging, Select Fields, select {field}");
        return values.missing(&path, &reason, &remedy);
    }
    let errors = class.errors() as f64 / class.rows as f64;
    if errors > ERRORS_MAX {
        let reason = format!(
            "{:.1} % of the requests ended with an error, and errors have different sizes",
            100.0 * errors
        );
        return values.missing(&path, &reason, "read logs of a period without failures");
    }
    let hours = class.hours.iter().filter(|hour| hour.rows > 0).map(|hour| Block {
        sum: if side == "request" { hour.bytes_in } else { hour.bytes_out } as f64,
        count: hour.rows as f64,
    });
    // Rows without the field count as rows of zero bytes in the hours.
    let factor = class.rows as f64 / sizes.count() as f64;
    match interval::mean(&hours.collect::<Vec<_>>(), LEVEL) {
        Ok(found) => {
            let per_scan = if kind == RequestKind::UpdateScan { scans.rows_per_scan } else { 1.0 };
            let number = Number::of(&found).times(factor * per_scan).within(f64::MAX);
            let method = format!(
                "mean of {field}{}; interval from the {} hours of the week with requests",
                scans.remark(kind),
                found.blocks
            );
            values.number(&path, number, sizes.count(), method);
        }
        Err(error) => values.missing(&path, &error.to_string(), few_blocks(&error)),
    }
}
