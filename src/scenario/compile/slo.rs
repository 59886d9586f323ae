//! Reads service level objectives.

use crate::base::SimDuration;
use crate::catalogue::Kind;
use crate::scenario::diagnose::code;
use crate::scenario::read::Reader;
use crate::terms::{Better, MetricFamily, Objective};

use super::names;

/// Metrics that require a section. Without the section, the scenario has no value for the metric.
const NEEDS: [(&str, &str); 5] = [
    ("recovery_max_s", "disruption"),
    ("policy_p95_s", "deployment"),
    ("compliance_p95_s", "deployment"),
    ("gateway_availability_share", "gateway"),
    ("time_over_limit_share", "gateway"),
];

pub(super) fn objectives(reader: &mut Reader<'_>) -> Vec<Objective> {
    let keys = reader.catalogue().children(&["slo"]);
    let mut objectives = Vec::new();
    for key in keys {
        let Some(found) = reader.find(&["slo", key]) else { continue };
        let limit = match found.parameter.kind {
            Kind::Duration => reader.duration(&found).map(SimDuration::as_seconds),
            Kind::Bytes => reader.bytes(&found).map(|bytes| bytes.count() as f64),
            Kind::Share => reader.share(&found).map(|share| share.get()),
            _ => reader.number(&found),
        };
        let missing =
            NEEDS.iter().find(|(name, section)| *name == key && names(reader, section).is_empty());
        if let Some((_, section)) = missing {
            let message = format!("`slo.{key}` cannot be evaluated");
            reader.complain(
                code::INCOMPLETE,
                &found,
                message,
                format!("the scenario has no [{section}.NAME]"),
            );
        }
        debug_assert!(MetricFamily::from_name(key).is_some(), "`slo.{key}` is a metric");
        objectives.extend(MetricFamily::from_name(key).zip(limit).map(|(metric, limit)| {
            Objective { metric, is_at_least: metric.better() == Better::Higher, limit }
        }));
    }
    objectives
}
