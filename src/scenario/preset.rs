//! The scenarios embedded in the program.

/// Name and text of each.
pub const ALL: &[(&str, &str)] = &[
    ("quickstart", include_str!("../../scenarios/quickstart.toml")),
    ("update-domain-walk", include_str!("../../scenarios/update-domain-walk.toml")),
    ("one-instance-no-continuity", include_str!("../../scenarios/one-instance-no-continuity.toml")),
    ("connection-point-outage", include_str!("../../scenarios/connection-point-outage.toml")),
    ("port-exhaustion", include_str!("../../scenarios/port-exhaustion.toml")),
    ("over-the-limit", include_str!("../../scenarios/over-the-limit.toml")),
    ("monday-morning", include_str!("../../scenarios/monday-morning.toml")),
    ("large-hierarchy", include_str!("../../scenarios/large-hierarchy.toml")),
];

/// The text of an embedded scenario.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}
