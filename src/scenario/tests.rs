//! Scenarios that load, and what they become.

use super::*;

fn load_text(text: &str) -> Result<Scenario, Problems> {
    load(&LoadRequest {
        origin: ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() },
        overrides: Vec::new(),
    })
}

fn rendered(result: Result<Scenario, Problems>) -> String {
    result.err().map_or_else(String::new, |problems| problems.render(false))
}

#[test]
fn every_embedded_scenario_loads_and_its_resolved_form_is_the_same_scenario() {
    for (name, _) in preset::ALL {
        let origin = ScenarioOrigin::Preset((*name).to_owned());
        let loaded = load(&LoadRequest { origin, overrides: Vec::new() });
        let scenario = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let again = load_text(&scenario.resolved.to_toml());
        let again = again.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert_eq!(format!("{:?}", scenario.config), format!("{:?}", again.config), "{name}");
        assert!(!scenario.question.is_empty(), "{name} asks a question");
    }
}

#[test]
fn the_hash_depends_on_values_and_on_nothing_else() {
    let quickstart = |overrides: &[&str]| {
        let origin = ScenarioOrigin::Preset("quickstart".to_owned());
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        load(&LoadRequest { origin, overrides }).map(|scenario| scenario.resolved.hash())
    };
    let hash = quickstart(&[]).expect("loads");
    assert_eq!(hash.len(), 16);
    assert_eq!(quickstart(&["gateway.main.instances=2"]).expect("loads"), hash);
    assert_ne!(quickstart(&["gateway.main.instances=3"]).expect("loads"), hash);
}

#[test]
fn an_override_may_name_all_parts_of_a_kind() {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let overrides = vec!["cohort.*.clients=5".to_owned(), "client.timeout=\"30s\"".to_owned()];
    let scenario = load(&LoadRequest { origin, overrides }).expect("loads");
    assert_eq!(scenario.config.clients(), 15);
    assert!(
        (scenario.config.cohorts.iter().next().expect("one").timeout.mean() - 30.0).abs() < 1e-9
    );
}

#[test]
fn all_problems_are_found_at_once() {
    let text = "schema = 1\nduraton = \"5h\"\n[gateway.main]\ninstances = 17\nsize = \"A3_v2\"\n\
        [cohort.x]\nlocations = { internet = \"50%\", intranet = \"20%\" }\n";
    let message = rendered(load_text(text));
    for expected in [
        "did you mean `duration`?",
        "1 to 16 VM instances, not 17",
        "did you mean \"A2_v2\"?",
        "`cohort.x.clients` is missing",
        "sum to \"70%\"",
        "there is no management point",
        "6 errors",
    ] {
        assert!(message.contains(expected), "{expected} not in\n{message}");
    }
}

#[test]
fn a_civil_start_is_in_the_zone_of_the_scenario() {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("loads");
    assert_eq!(scenario.start.utc_offset_seconds, 3600);
    // Monday 05:00 UTC, less half an hour of warm-up.
    assert_eq!(scenario.config.week_offset.as_seconds(), 4.5 * 3600.0);
}

/// Two sites, both roles of site systems, every kind of deployment and authentication.
const WHOLE: &str = include_str!("whole_test.toml");

#[test]
fn every_section_loads_and_its_resolved_form_is_the_same_scenario() {
    let scenario = load_text(WHOLE);
    let scenario = scenario.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let again = load_text(&scenario.resolved.to_toml());
    let again = again.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(format!("{:?}", scenario.config), format!("{:?}", again.config));
    assert_eq!(scenario.prices, again.prices);
    assert_eq!(scenario.resolved.hash(), again.resolved.hash());
}

#[test]
fn site_systems_and_notifications_stand_in_their_order() {
    let scenario = load_text(WHOLE).expect("it loads");
    let names = |role| -> Vec<String> {
        scenario.config.of_role(role).map(|(id, one)| format!("{} {}", id.0, one.name)).collect()
    };
    use crate::model::config::Role;
    assert_eq!(names(Role::ManagementPoint), ["0 mp-1", "1 mp-2", "2 mpm", "3 ibcm"]);
    assert_eq!(names(Role::SoftwareUpdatePoint), ["4 sup-1", "5 sup-2", "6 sup-b"]);
    let notifications: Vec<&str> =
        scenario.config.notifications.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(notifications, ["update", "now"]);
    assert!(scenario.prices.is_example, "one of the two sizes has no price of the user");
    assert_eq!(scenario.prices.vm_hour, [0.136, 0.3]);
}

#[test]
fn clients_without_an_update_point_do_not_scan_and_certificates_are_not_renewed() {
    use crate::model::RequestKind::{TokenRenewal, UpdateScan};
    use crate::model::config::Task;
    let scenario = load_text(WHOLE).expect("it loads");
    let text = scenario.resolved.to_toml();
    let [remote, tokens, certificates] = &scenario.config.cohorts.iter().collect::<Vec<_>>()[..]
    else {
        panic!("three cohorts")
    };
    assert!(matches!(remote.tasks[UpdateScan], Task::Every { .. }));
    assert!(matches!(tokens.tasks[UpdateScan], Task::Off));
    let lifetimes = [remote, tokens, certificates].map(|one| match one.tasks[TokenRenewal] {
        Task::Expiry(lifetime) => lifetime.as_seconds(),
        _ => 0.0,
    });
    assert_eq!(lifetimes, [8.0 * 3600.0, 20.0 * 86_400.0, 0.0]);
    assert_eq!(tokens.token_grace.as_seconds(), 70.0 * 86_400.0);
    assert_eq!(tokens.registration.expires.as_seconds(), (2.0 + 3.0 * 24.0) * 3600.0);
    assert_eq!(text.matches("update_scan.interval").count(), 2);
}

#[test]
fn what_is_not_written_of_the_locations_is_the_rest() {
    let shares = |locations: &str| {
        let text = format!(
            "schema = 1\n[gateway.g]\n[connection_point.c]\n[management_point.m]\n\
             [cohort.x]\nclients = 1\nlocations = {{ {locations} }}\n"
        );
        let scenario = load_text(&text).expect("it loads");
        let locations = scenario.config.cohorts.iter().next().expect("one").locations;
        let percent = |share: f64| (share * 100.0).round() as u32;
        [percent(locations.internet), percent(locations.vpn)]
    };
    assert_eq!(shares(""), [100, 0]);
    assert_eq!(shares("internet = \"70%\""), [70, 0]);
    assert_eq!(shares("intranet = \"70%\""), [30, 0]);
    assert_eq!(shares("vpn = \"20%\""), [0, 20]);
    assert_eq!(shares("vpn = \"20%\", intranet = \"50%\""), [30, 20]);
    assert_eq!(shares("vpn = \"20%\", internet = \"50%\""), [50, 20]);
}

#[test]
fn prices_are_an_example_until_those_that_count_are_written() {
    let origin = || ScenarioOrigin::Preset("quickstart".to_owned());
    let with = |overrides: &[&str]| {
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        load(&LoadRequest { origin: origin(), overrides }).expect("it loads").prices
    };
    assert!(with(&[]).is_example);
    assert!(with(&["prices.currency=\"EUR\""]).is_example);
    assert!(with(&["prices.vm_hour.A2_v2=0.1"]).is_example, "egress is an example still");
    assert!(!with(&["prices.vm_hour.A2_v2=0.1", "prices.egress_gb=0.08"]).is_example);
    assert_eq!(with(&["gateway.main.size=\"classic\""]).vm_hour, [0.136]);
}
