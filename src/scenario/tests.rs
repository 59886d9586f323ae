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
