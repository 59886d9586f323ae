//! Scenarios that are embedded in the program.

/// Names and texts of the embedded scenarios.
pub const ALL: &[(&str, &str)] = &[
    ("quickstart", include_str!("../../scenarios/quickstart.toml")),
    ("update-domain-walk", include_str!("../../scenarios/update-domain-walk.toml")),
    ("one-instance-no-continuity", include_str!("../../scenarios/one-instance-no-continuity.toml")),
    ("connection-point-outage", include_str!("../../scenarios/connection-point-outage.toml")),
    ("port-exhaustion", include_str!("../../scenarios/port-exhaustion.toml")),
    ("over-the-limit", include_str!("../../scenarios/over-the-limit.toml")),
    ("monday-morning", include_str!("../../scenarios/monday-morning.toml")),
    ("large-hierarchy", include_str!("../../scenarios/large-hierarchy.toml")),
    ("patch-tuesday", include_str!("../../scenarios/patch-tuesday.toml")),
    ("forced-application-500mb", include_str!("../../scenarios/forced-application-500mb.toml")),
    ("notification-wave", include_str!("../../scenarios/notification-wave.toml")),
    ("vpn-patch-tuesday", include_str!("../../scenarios/vpn-patch-tuesday.toml")),
    ("vpn-to-cmg", include_str!("../../scenarios/vpn-to-cmg.toml")),
    ("ibcm-coexistence", include_str!("../../scenarios/ibcm-coexistence.toml")),
    ("content-100mb-50k-clients", include_str!("../../scenarios/content-100mb-50k-clients.toml")),
    ("wan-cut", include_str!("../../scenarios/wan-cut.toml")),
    (
        "management-point-slow-database",
        include_str!("../../scenarios/management-point-slow-database.toml"),
    ),
    ("management-point-back-off", include_str!("../../scenarios/management-point-back-off.toml")),
    ("scale-out-during-storm", include_str!("../../scenarios/scale-out-during-storm.toml")),
    ("egress-threshold-stop", include_str!("../../scenarios/egress-threshold-stop.toml")),
    ("two-cmgs-two-regions", include_str!("../../scenarios/two-cmgs-two-regions.toml")),
    ("cas-shared-cmg", include_str!("../../scenarios/cas-shared-cmg.toml")),
    ("http-management-points", include_str!("../../scenarios/http-management-points.toml")),
    ("certificates", include_str!("../../scenarios/certificates.toml")),
    ("lab-b2s", include_str!("../../scenarios/lab-b2s.toml")),
];

/// Returns the text of an embedded scenario.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}
