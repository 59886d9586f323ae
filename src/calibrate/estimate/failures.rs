//! Shares of requests that end with a server error.

use super::evidence::{Evidence, classes_of};
use super::rates::section;
use super::values::{LEVEL, Number, Values, key};
use crate::calibrate::fit::interval::{self, Count};
use crate::terms::Role;

/// Measures the share of errors of the systems of a role.
pub(super) fn measure(values: &mut Values<'_>, evidence: &Evidence<'_>, role: Role) {
    let (mut all, mut errors, mut unknown) = (0, 0, 0);
    for class in classes_of(role) {
        for (status, rows) in evidence.tallies.class(class).statuses() {
            match status {
                0 => unknown += rows,
                500..=599 => errors += rows,
                _ => {}
            }
            all += rows;
        }
    }
    let prefix = format!("{}.", section(role));
    let resolved = &values.base.resolved;
    let names = resolved.sections().filter_map(|own| own.strip_prefix(&prefix));
    let paths: Vec<String> =
        names.map(|name| format!("{prefix}{}.error_share", key(name))).collect();
    let (Some(first), true) = (paths.first(), all > 0) else { return };
    if unknown > 0 {
        let remedy = "in IIS Manager, Logging, Select Fields, select Protocol Status (sc-status)";
        return values.missing(first, "the logs have no field sc-status", remedy);
    }
    let count = Count { events: errors as f64, exposure: all as f64 };
    match interval::rate(&[count], LEVEL) {
        Ok(found) => {
            let number = Number::of(&found).within(1.0);
            let value = crate::scenario::written_value(crate::catalogue::Kind::Share, number.value);
            let method = "requests with a status from 500 to 599 divided by all requests; \
                          Poisson interval";
            values.distribution(&paths, value, Some(number), all, method.to_owned());
        }
        Err(error) => values.missing(first, &error.to_string(), ""),
    }
}
