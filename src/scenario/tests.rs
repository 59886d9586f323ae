//! Tests of loading scenarios.

use super::*;
use crate::terms::Role;

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
fn every_embedded_scenario_equals_its_resolved_form() {
    for (name, _) in preset::ALL {
        let origin = ScenarioOrigin::Preset((*name).to_owned());
        let loaded = load(&LoadRequest { origin, overrides: Vec::new() });
        let scenario = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let again = load_text(&scenario.resolved.to_toml());
        let again = again.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        assert_eq!(format!("{:?}", scenario.config), format!("{:?}", again.config), "{name}");
        assert!(!scenario.question.is_empty(), "{name} has no question");
    }
}

#[test]
fn the_hash_depends_only_on_values() {
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
fn an_override_can_address_all_sections_of_a_kind() {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let overrides = vec!["cohort.*.clients=5".to_owned(), "client.timeout=\"30s\"".to_owned()];
    let scenario = load(&LoadRequest { origin, overrides }).expect("loads");
    assert_eq!(scenario.config.clients(), 15);
    assert!(
        (scenario.config.cohorts.iter().next().expect("one").timeout.mean() - 30.0).abs() < 1e-9
    );
}

#[test]
fn the_version_applies_to_all_sites() {
    let rest =
        "[gateway.g]\n[connection_point.cp]\n[management_point.mp]\n[cohort.c]\nclients = 1\n";
    let loaded = |site: &str, overrides: &[&str]| {
        let text = format!("schema = 1\n{site}{rest}");
        let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text };
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        load(&LoadRequest { origin, overrides })
            .unwrap_or_else(|one| panic!("{}", one.render(false)))
    };
    let asks = |scenario: &Scenario| scenario.config.asks_identity_provider;
    assert!(asks(&loaded("", &[])), "the default is the newest version");
    let old = loaded("[site]\nversion = \"2509\"\n", &[]);
    assert!(!asks(&old));
    assert_eq!(old.config.sites.len(), 1, "`version` is not a site");
    assert!(!asks(&loaded("", &["site.version=2409"])), "a number is accepted as a version");
    let both = "[site]\nversion = \"2503\"\n[site.north]\n";
    let both = loaded(both, &["site.*.azure=\"7ms\""]);
    let sites: Vec<&str> = both.config.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(sites, ["north"]);
    assert_eq!(both.config.sites.iter().map(|site| site.azure.mean()).sum::<f64>(), 0.007);
    let again =
        load_text(&both.resolved.to_toml()).unwrap_or_else(|one| panic!("{}", one.render(false)));
    assert_eq!(format!("{:?}", both.config), format!("{:?}", again.config));
    let wrong =
        rendered(load_text(&format!("schema = 1\n[site.version]\nazure = \"5ms\"\n{rest}")));
    assert!(wrong.contains("`site.version` is a table"), "{wrong}");
    let wrong = rendered(load_text(&format!("schema = 1\n[site]\nversion = \"1902\"\n{rest}")));
    assert!(wrong.contains("allowed values: 2403, 2409, 2503, 2509, 2603, 2609"), "{wrong}");
}

#[test]
fn components_without_effect_cause_warnings() {
    let warned = |text: &str| -> Vec<String> {
        let text =
            format!("schema = 1\n[gateway.g]\noutbound.stop = true\n[connection_point.cp]\n{text}");
        let loaded = load_text(&text).unwrap_or_else(|one| panic!("{}", one.render(false)));
        loaded.warnings.list.iter().map(|problem| problem.message.clone()).collect()
    };
    let cohort = |keys: &str| format!("[management_point.mp]\n[cohort.c]\nclients = 10\n{keys}\n");
    let one = |text: &str, part: &str| {
        let found = warned(text);
        assert!(matches!(&found[..], [one] if one.contains(part)), "{found:?}");
    };
    let none = |text: &str| assert_eq!(warned(text), Vec::<String>::new());
    none(&cohort(""));
    let ibcm = "[management_point.ibcm]\nserves = \"internet\"\n";
    one(&(cohort("") + ibcm), "does not serve");
    one(&(cohort("authentication = \"site-token\"") + ibcm), "does not serve");
    none(&(cohort("authentication = \"certificate\"") + ibcm));
    let second = "[management_point.other]\n";
    let inside = "authentication = \"certificate\"\nlocations = { intranet = \"100%\" }";
    one(&(cohort(inside) + second), "none of its 2 management points uses HTTPS");
    none(&(cohort(inside) + second + "protocol = \"https\"\n"));
    none(&(cohort("locations = { intranet = \"100%\" }") + second));
    let token = "authentication = \"site-token\"\npresence = \"always-on\"\n";
    none(&cohort(token));
    none(&cohort(&format!("{token}token.service_restart = \"89d\"")));
    one(
        &cohort(&format!("{token}token.service_restart = \"90d\"")),
        "the client service does not restart within the token",
    );
    let old = "[site]\nversion = \"2509\"\n[disruption.d]\n\
        kind = \"identity-provider-outage\"\nat = \"1h\"\n";
    let found = warned(&(cohort("") + old));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|one| one.contains("never stops gateway `g`")), "{found:?}");
    assert!(found.iter().any(|one| one.contains("disruption `d` has no effect")), "{found:?}");
    none(&(cohort("") + &old.replace("2509", "2603")));
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
        "sum to 70%",
        "the scenario has no management point",
        "6 errors",
    ] {
        assert!(message.contains(expected), "{expected} not in\n{message}");
    }
}

#[test]
fn a_local_start_time_uses_the_time_zone_of_the_scenario() {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("loads");
    assert_eq!(scenario.start.utc_offset_s, 3600);
    // Monday 05:00 UTC minus half an hour of warm-up.
    assert_eq!(scenario.config.week_offset.as_seconds(), 4.5 * 3600.0);
}

/// A scenario with two sites, both site system roles, and every kind of deployment and
/// authentication.
const WHOLE: &str = include_str!("whole_test.toml");

#[test]
fn every_section_equals_its_resolved_form() {
    let scenario = load_text(WHOLE);
    let scenario = scenario.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let again = load_text(&scenario.resolved.to_toml());
    let again = again.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(format!("{:?}", scenario.config), format!("{:?}", again.config));
    // All prices of a resolved scenario are written in it.
    let provenance = scenario.prices.provenance.clone();
    assert_eq!(scenario.prices, PriceBook { provenance, ..again.prices });
    assert_eq!(scenario.resolved.hash(), again.resolved.hash());
}

#[test]
fn site_systems_and_notifications_keep_their_order() {
    let scenario = load_text(WHOLE).expect("it loads");
    let names = |role| -> Vec<String> {
        scenario.config.of_role(role).map(|(id, one)| format!("{} {}", id.0, one.name)).collect()
    };
    assert_eq!(names(Role::ManagementPoint), ["0 mp-1", "1 mp-2", "2 mpm", "3 ibcm"]);
    assert_eq!(names(Role::SoftwareUpdatePoint), ["4 sup-1", "5 sup-2", "6 sup-b"]);
    let notifications: Vec<&str> =
        scenario.config.notifications.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(notifications, ["update", "now"]);
    assert!(scenario.prices.is_example, "the user sets the price of only one of the two sizes");
    assert_eq!(hours(&scenario.prices), [Some(0.136), Some(0.3)]);
}

fn hours(prices: &PriceBook) -> Vec<Option<f64>> {
    prices.vm_hour.iter().map(|hour| hour.price).collect()
}

#[test]
fn clients_without_an_update_point_do_not_scan_and_certificates_are_not_renewed() {
    use crate::model::config::Task;
    use crate::terms::RequestKind::{TokenRenewal, UpdateScan};
    let scenario = load_text(WHOLE).expect("it loads");
    let text = scenario.resolved.to_toml();
    let [remote, tokens, certificates] = &scenario.config.cohorts.iter().collect::<Vec<_>>()[..]
    else {
        panic!("three cohorts")
    };
    assert!(matches!(remote.tasks[UpdateScan], Task::Every { .. }));
    assert!(matches!(tokens.tasks[UpdateScan], Task::Off));
    let lifetimes = [remote, tokens, certificates].map(|one| match one.tasks[TokenRenewal] {
        Task::Expiry(time) | Task::AtStart { age: time, .. } => time.as_seconds(),
        _ => 0.0,
    });
    assert_eq!(lifetimes, [8.0 * 3600.0, 20.0 * 86_400.0, 0.0]);
    assert_eq!(tokens.token_grace.as_seconds(), 70.0 * 86_400.0);
    assert_eq!(tokens.registration.expires.as_seconds(), (2.0 + 3.0 * 24.0) * 3600.0);
    assert_eq!(text.matches("update_scan.interval").count(), 2);
}

#[test]
fn an_omitted_location_gets_the_remaining_share() {
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
fn prices_are_examples_until_they_are_set() {
    let origin = || ScenarioOrigin::Preset("quickstart".to_owned());
    let with = |overrides: &[&str]| {
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        load(&LoadRequest { origin: origin(), overrides }).expect("it loads").prices
    };
    assert!(with(&[]).is_example);
    assert!(with(&["prices.currency=\"EUR\""]).is_example);
    assert!(with(&["prices.vm_hour.A2_v2=0.1"]).is_example, "the egress price is still an example");
    assert!(!with(&["prices.vm_hour.A2_v2=0.1", "prices.egress_gb=0.08"]).is_example);
    assert_eq!(hours(&with(&["gateway.main.size=\"classic\""])), [Some(0.136)]);
    let small = "gateway.main.size=\"B2s\"";
    assert_eq!(hours(&with(&[small])), [None], "no price is set, and the catalogue has none");
    assert_eq!(with(&[small]).vm_hour[0].key, "prices.vm_hour.B2s");
    assert_eq!(hours(&with(&[small, "prices.vm_hour.B2s=0.0"])), [Some(0.0)]);
    assert_eq!(with(&[]).public_ip_hour, None);
}
