//! Reads presence patterns, which define when clients are online.

use crate::base::SimDuration;
use crate::catalogue::Catalogue;
use crate::model::config::Presence;
use crate::scenario::diagnose::{code, nearest};
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Origin, Value};

pub(super) fn presence(reader: &mut Reader<'_>, path: &[&str]) -> Option<Presence> {
    let found = reader.find(path)?;
    let kind = match &found.node.value {
        Value::Text(kind) => kind.clone(),
        Value::Table(_) => match found.node.get("kind") {
            Some(node) => {
                let at = Found { node: node.clone(), ..found.clone() };
                reader.text(&at)?
            }
            None => {
                let label = "expected { kind = \"office-hours\", ... }";
                reader.complain(code::MISSING, &found, "`presence` has no `kind`", label);
                return None;
            }
        },
        _ => {
            let message =
                format!("`{}` is {}, not a presence pattern", found.path, found.node.kind());
            let label = "expected \"office-hours\" or a table with `kind`";
            reader.complain(code::WRONG_KIND, &found, message, label);
            return None;
        }
    };
    let Some((_, allowed)) = PATTERNS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<&str> = PATTERNS.iter().map(|(name, _)| *name).collect();
        let label = match nearest(&kind, names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("allowed values: {}", names.join(", ")),
        };
        let message = format!("unknown presence pattern \"{kind}\"");
        reader.complain(code::BAD_CHOICE, &found, message, label);
        return None;
    };
    check_pattern_keys(reader, &found, &kind, allowed);
    write_out(reader, &found, &kind, allowed);
    pattern(reader, &found, &kind)
}

/// Names of presence patterns with their parameters.
pub const PATTERNS: [(&str, &[&str]); 5] = [
    ("always-on", &[]),
    (
        "office-hours",
        &["start", "start_sd", "length", "length_sd", "absent_share", "weekend_share"],
    ),
    ("shift", &["spread"]),
    ("sporadic", &["on", "off"]),
    ("hourly", &["hours"]),
];

fn check_pattern_keys(reader: &mut Reader<'_>, found: &Found, kind: &str, allowed: &[&str]) {
    for entry in found.node.entries() {
        if entry.key != "kind" && !allowed.contains(&entry.key.as_str()) {
            let label = match nearest(&entry.key, allowed.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if allowed.is_empty() => "this pattern has no parameters".to_owned(),
                None => format!("allowed keys: {}", allowed.join(", ")),
            };
            let node = Node { origin: entry.origin.clone(), ..entry.node.clone() };
            let message = format!("presence \"{kind}\" has no parameter `{}`", entry.key);
            reader.complain(code::UNKNOWN_KEY, &Found { node, ..found.clone() }, message, label);
        }
    }
}

/// Returns a parameter of a pattern: the value that was set, or its default.
fn pattern_part(found: &Found, name: &str) -> Option<Found> {
    let parameter = Catalogue::builtin().exactly(&format!("presence.{name}"))?;
    let default = || parameter.value.as_ref().map(Node::from_default);
    let node = found.node.get(name).cloned().or_else(default)?;
    Some(Found { node, parameter, path: format!("{}.{name}", found.path) })
}

/// Lists all parameters of the pattern in the resolved scenario, not only its name.
fn write_out(reader: &mut Reader<'_>, found: &Found, kind: &str, allowed: &[&str]) {
    let mut components = vec![format!("kind = \"{kind}\"")];
    for name in allowed {
        let written = || found.node.get(name).map(Node::to_toml);
        let value =
            pattern_part(found, name).map(|component| component.node.to_toml()).or_else(written);
        components.extend(value.map(|value| format!("{name} = {value}")));
    }
    if let Some(resolved) = reader.resolved.last_mut() {
        resolved.value = format!("{{ {} }}", components.join(", "));
    }
}

fn pattern(reader: &mut Reader<'_>, found: &Found, kind: &str) -> Option<Presence> {
    let component = |name: &str| pattern_part(found, name);
    match kind {
        "always-on" => Some(Presence::AlwaysOn),
        "office-hours" => {
            let start = component("start").and_then(|found| reader.time_of_day(&found));
            let mut time = |name| component(name).and_then(|found| reader.duration(&found));
            let (start_sd, length, length_sd) =
                (time("start_sd"), time("length"), time("length_sd"));
            let absent = component("absent_share").and_then(|found| reader.share(&found));
            let weekend = component("weekend_share").and_then(|found| reader.share(&found));
            for (mean, sd, name) in [(start, start_sd, "start"), (length, length_sd, "length")] {
                check_within_a_day(reader, found, name, mean?, sd?);
            }
            Some(Presence::OfficeHours {
                start: start?,
                start_sd: start_sd?,
                length: length?,
                length_sd: length_sd?,
                absent_share: absent?.get(),
                weekend_share: weekend?.get(),
            })
        }
        "shift" => {
            let spread = component("spread").and_then(|found| reader.duration(&found))?;
            Some(Presence::Shift { spread })
        }
        "sporadic" => {
            let on = component("on").and_then(|found| reader.distribution(&found));
            let off = component("off").and_then(|found| reader.distribution(&found));
            Some(Presence::Sporadic { on: on?, off: off? })
        }
        _ => hourly(reader, found),
    }
}

/// Start and length of a working day are normally distributed and clamped to 0 to 24 hours. Refuses
/// parameters for which clamping changes the mean by more than a minute.
fn check_within_a_day(
    reader: &mut Reader<'_>,
    found: &Found,
    name: &str,
    mean: SimDuration,
    sd: SimDuration,
) {
    let drawn = clamped_mean(mean.as_seconds(), sd.as_seconds(), 86_400.0);
    if (drawn - mean.as_seconds()).abs() <= 60.0 {
        return;
    }
    let sd_name = format!("{name}_sd");
    let Some(at) = [sd_name.as_str(), name].into_iter().find_map(|key| pattern_part(found, key))
    else {
        return;
    };
    let message = format!(
        "the mean of `{}.{name}` would be {}, not {mean}",
        found.path,
        SimDuration::from_seconds_f64(drawn.round()),
    );
    let label = format!("reduce `{sd_name}`: values are clamped to the range from 0 to 24 hours");
    reader.complain(code::INCONSISTENT, &at, message, label);
}

/// Returns the mean of a normal variable clamped to 0 to `maximum`:
/// `mean + sd * (g(mean / sd) - g((maximum - mean) / sd))` with the loss function
/// `g(z) = phi(z) - z * (1 - Phi(z))`.
fn clamped_mean(mean: f64, sd: f64, maximum: f64) -> f64 {
    if sd == 0.0 {
        return mean.clamp(0.0, maximum);
    }
    let loss = |z: f64| {
        let density = libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        density - z * 0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
    };
    mean + sd * (loss(mean / sd) - loss((maximum - mean) / sd))
}

/// Reads 24 or 168 hourly shares.
fn hourly(reader: &mut Reader<'_>, found: &Found) -> Option<Presence> {
    let hours = found.node.get("hours").cloned().unwrap_or_else(Node::empty);
    let is_written = hours.origin != Origin::Default;
    let at = Found { node: hours.clone(), ..found.clone() };
    let items = match &hours.value {
        Value::Array(items) if matches!(items.len(), 24 | 168) => items,
        _ => {
            let at = if is_written { &at } else { found };
            let label =
                "expected `hours` with 24 shares (one day) or 168 shares (one week from Monday)";
            reader.complain(code::MISSING, at, "presence \"hourly\" requires `hours`", label);
            return None;
        }
    };
    let shares: Option<Vec<f64>> = items
        .iter()
        .map(|node| {
            let at = Found { node: node.clone(), ..found.clone() };
            reader.share(&at).map(|share| share.get())
        })
        .collect();
    let shares = shares?;
    Some(Presence::Hourly(Box::new(std::array::from_fn(|hour| shares[hour % shares.len()]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamping_changes_the_mean_of_a_normal_distribution() {
        assert_eq!(clamped_mean(5.0, 0.0, 24.0), 5.0);
        // Clamping at the mean adds sd / sqrt(2 pi); distant bounds change nothing.
        let half = 1.0 / (2.0 * std::f64::consts::PI).sqrt();
        assert!((clamped_mean(0.0, 1.0, 1e9) - half).abs() < 1e-12);
        assert!((clamped_mean(24.0, 1.0, 24.0) - (24.0 - half)).abs() < 1e-12);
        assert!((clamped_mean(12.0, 1.0, 24.0) - 12.0).abs() < 1e-12);
    }
}
