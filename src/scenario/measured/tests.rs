//! Tests of measured values: entries, layers, and what the rest of the program sees of them.

use std::fs;

use crate::scenario::{LoadRequest, Problems, Scenario, ScenarioOrigin, Severity, load, uncertain};

/// A fragment with a measured polling interval and a measured service time (mean 6 ms).
const FRAGMENT: &str = r#"schema = 1
extends = "quickstart"

[client]
policy_poll.interval = "60min"
message.policy_poll.request = "4.2 KB"

[management_point.mp]
cpu = { policy_poll = { dist = "lognormal", mean = "6ms", cv = 0.5 } }

[[measured]]
path = "client.policy_poll.interval"
low = "58min"
high = "63min"
samples = 1234567
period = "2026-11-02 to 2026-11-29"
source = "u_ex2611*.log of MP01"

[[measured]]
path = "management_point.*.cpu.policy_poll"
low = "5ms"
high = "8ms"
samples = 4000
period = "2026-11-02"
source = "u_ex261102.log of MP01"
"#;

fn load_with(text: &str, overrides: &[&str]) -> Result<Scenario, Problems> {
    let origin = ScenarioOrigin::Text { name: "site.toml".to_owned(), text: text.to_owned() };
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    load(&LoadRequest { origin, overrides })
}

fn loaded(text: &str, overrides: &[&str]) -> Scenario {
    load_with(text, overrides).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn refused(text: &str) -> String {
    load_with(text, &[]).err().map_or_else(String::new, |problems| problems.render(false))
}

/// Returns the paths of the values that count as measured.
fn measured(scenario: &Scenario) -> Vec<String> {
    let values = scenario.resolved.values().filter(|one| one.is_measured);
    values.map(|one| one.path()).collect()
}

fn notes(scenario: &Scenario) -> Vec<String> {
    let notes = scenario.warnings.list.iter().filter(|one| one.severity == Severity::Note);
    notes.map(|one| format!("{}: {}", one.code, one.message)).collect()
}

#[test]
fn a_measured_value_counts_for_all_cohorts_that_use_it() {
    let scenario = loaded(FRAGMENT, &[]);
    let cohorts = scenario.config.cohorts.iter().count();
    let found = measured(&scenario);
    let polls = found.iter().filter(|path| path.ends_with(".policy_poll.interval"));
    assert_eq!(polls.count(), cohorts);
    assert!(found.contains(&"management_point.mp.cpu".to_owned()), "{found:?}");
    assert_eq!(found.len(), cohorts + 1);
    assert_eq!(notes(&scenario), Vec::<String>::new());
}

/// A measurement changes neither the model nor the hash.
#[test]
fn provenance_does_not_change_the_hash() {
    let scenario = loaded(FRAGMENT, &[]);
    let values_only = FRAGMENT.split("[[measured]]").next().expect("values");
    let written = loaded(values_only, &[]);
    assert_eq!(scenario.resolved.hash(), written.resolved.hash());
    assert_eq!(format!("{:?}", scenario.config), format!("{:?}", written.config));
    assert_eq!(measured(&written), Vec::<String>::new());
}

#[test]
fn every_value_has_one_provenance() {
    use crate::catalogue::Provenance::{Assumed, Derived, Published, Setting};
    let resolved = loaded(FRAGMENT, &[]).resolved;
    let defaults = [None, Some(Assumed), Some(Derived), Some(Published), Some(Setting)];
    let counts = defaults.map(|default| resolved.count(default)).iter().sum::<u32>();
    assert_eq!((counts + resolved.measured_count()) as usize, resolved.values().count());
    assert_eq!(resolved.measured_count() as usize, measured(&loaded(FRAGMENT, &[])).len());
}

/// The resolved form has other paths, but the same values, measurements and names of parameters.
#[test]
fn the_resolved_form_keeps_the_measurements() {
    let scenario = loaded(FRAGMENT, &[]);
    let text = scenario.resolved.to_toml();
    assert!(text.contains("# measured: site.toml:5"), "{text}");
    let again = loaded(&text, &[]);
    assert_eq!(scenario.resolved.hash(), again.resolved.hash());
    assert_eq!(scenario.resolved.measurements(), again.resolved.measurements());
    assert_eq!(measured(&scenario), measured(&again));
    let names = |scenario: &Scenario| -> Vec<(String, String, String)> {
        let (found, _) = uncertain::uncertain(&scenario.resolved);
        let found = found.into_iter().filter(|one| one.is_measured);
        found.map(|one| (one.name, one.low, one.high)).collect()
    };
    assert_eq!(names(&scenario), names(&again));
}

#[test]
fn an_override_that_changes_a_value_makes_it_written() {
    let changed = loaded(FRAGMENT, &["client.policy_poll.interval=30min"]);
    assert_eq!(measured(&changed), ["management_point.mp.cpu"]);
    let found = notes(&changed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("CMG0703: a later layer changes `client.policy_poll.interval`"));
    assert!(changed.warnings.render(false).contains("note[CMG0703]"));
    let same = loaded(FRAGMENT, &["client.policy_poll.interval=60min"]);
    assert_eq!(measured(&same), measured(&loaded(FRAGMENT, &[])));
    let one = loaded(FRAGMENT, &["cohort.remote.policy_poll.interval=30min"]);
    assert!(!measured(&one).contains(&"cohort.remote.policy_poll.interval".to_owned()));
    assert_eq!(measured(&one).len(), measured(&same).len() - 1);
    let mut part = loaded(FRAGMENT, &["management_point.mp.cpu.policy_poll.cv=0.9"]);
    assert!(!measured(&part).contains(&"management_point.mp.cpu".to_owned()));
    part = loaded(FRAGMENT, &["management_point.mp.cpu.state_message=9ms"]);
    assert!(!measured(&part).contains(&"management_point.mp.cpu".to_owned()), "partly written");
    assert_eq!(part.resolved.measurements().len(), 2, "the measured part is still known");
}

#[test]
fn a_scenario_that_extends_a_fragment_inherits_changes_or_replaces_measurements() {
    let folder = tempfile::tempdir().expect("folder is created");
    fs::write(folder.path().join("fragment.toml"), FRAGMENT).expect("file is written");
    let extended = |text: &str| {
        let path = folder.path().join("site.toml");
        fs::write(&path, format!("schema = 1\nextends = \"fragment.toml\"\n{text}"))
            .expect("file is written");
        let origin = ScenarioOrigin::Path(path);
        let loaded = load(&LoadRequest { origin, overrides: Vec::new() });
        loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
    };
    let all = measured(&loaded(FRAGMENT, &[]));
    assert_eq!(measured(&extended("")), all);
    let changed = extended("[client]\npolicy_poll.interval = \"2h\"\n");
    assert_eq!(measured(&changed), ["management_point.mp.cpu"]);
    assert_eq!(notes(&changed).len(), 1);
    let entry = "[[measured]]\npath = \"client.policy_poll.interval\"\nlow = \"1h\"\n\
                 high = \"3h\"\nsamples = 7\nperiod = \"May\"\nsource = \"new.log\"\n";
    let again = extended(&format!("{entry}[client]\npolicy_poll.interval = \"2h\"\n"));
    assert_eq!(measured(&again), all);
    assert_eq!(notes(&again), Vec::<String>::new());
    let samples = again.resolved.measurements().iter().map(|one| one.samples);
    assert_eq!(samples.collect::<Vec<_>>(), [4000, 7]);
}

#[test]
fn a_measured_value_that_the_scenario_does_not_use_is_noted() {
    let text = "[client]\nscan_retry.initial = \"4min\"\n[[measured]]\n\
                path = \"client.scan_retry.initial\"\nlow = \"3min\"\nhigh = \"5min\"\n\
                samples = 9\nperiod = \"May\"\nsource = \"x.log\"\n";
    let key = "client.scan_retry.initial";
    if crate::catalogue::Catalogue::builtin().exactly(key).is_some() {
        let scenario = loaded(&format!("schema = 1\nextends = \"quickstart\"\n{text}"), &[]);
        assert!(notes(&scenario).concat().contains("measured, but not used here"));
    }
}

/// The study varies measured values between the ends of their intervals, and a distribution by its
/// mean.
#[test]
fn the_range_of_a_measured_value_is_its_interval() {
    let scenario = loaded(FRAGMENT, &[]);
    let (found, _) = uncertain::uncertain(&scenario.resolved);
    let named = |name: &str| found.iter().find(|one| one.name == name).expect("it is varied");
    let poll = named("client.policy_poll.interval");
    assert!(poll.is_measured);
    assert_eq!((&*poll.low, &*poll.high), ("\"58min\"", "\"63min\""));
    // 60 min is 2 min of 5 min above the low end.
    assert!((poll.default_share().expect("inside") - 0.4).abs() < 1e-12);
    assert!(!found.iter().any(|one| !one.is_measured && one.name == poll.name));
    let cpu = named("management_point.*.cpu.policy_poll");
    assert!((cpu.default_share().expect("inside") - 1.0 / 3.0).abs() < 1e-9);
    let changed = scenario.varied(&cpu.overrides(&cpu.high)).expect("it loads");
    let mean = |scenario: &Scenario| {
        let mp = scenario.config.site_systems.iter().next().expect("a management point");
        mp.cpu[crate::terms::RequestKind::PolicyPoll].clone()
    };
    let (before, after) = (mean(&scenario), mean(&changed));
    assert!((before.mean() - 0.006).abs() < 1e-12 && (after.mean() - 0.008).abs() < 1e-9);
    let cv = |one: &crate::engine::Distribution| one.variance().sqrt() / one.mean();
    assert!((cv(&before) - cv(&after)).abs() < 1e-9, "the shape is unchanged");
    assert_eq!(cpu.overrides(&cpu.default).concat().matches("6ms").count(), 1);
}

#[test]
fn an_interval_of_one_value_and_a_pattern_are_fixed() {
    let text = "schema = 1\nextends = \"quickstart\"\n[client]\npresence = \"always-on\"\n\
                timeout = \"50s\"\n[[measured]]\npath = \"client.presence\"\nsamples = 9\n\
                period = \"May\"\nsource = \"x.log\"\n[[measured]]\npath = \"client.timeout\"\n\
                low = \"50s\"\nhigh = \"50s\"\nsamples = 9\nperiod = \"May\"\nsource = \"x.log\"\n";
    let (found, fixed) = uncertain::uncertain(&loaded(text, &[]).resolved);
    let reason = |name: &str| {
        let own = fixed.iter().find(|one| one.name == name);
        own.map_or_else(String::new, |one| one.reason.clone())
    };
    assert_eq!(reason("client.timeout"), "its measured interval is a single value");
    assert!(reason("client.presence").contains("no interval"), "{fixed:?}");
    assert!(found.iter().all(|one| one.name != "client.timeout"));
}

/// One file with every kind of invalid entry; the message shows code, line and remedy of each.
#[test]
fn invalid_entries_are_reported_with_their_positions() {
    let entry = |path: &str, rest: &str| {
        format!(
            "[[measured]]\npath = {path}\n{rest}samples = 9\nperiod = \"May\"\nsource = \"x\"\n"
        )
    };
    let cases = [
        (
            "\"client.polcy_poll.interval\"",
            "low = \"1h\"\nhigh = \"2h\"\n",
            "did you mean `policy_poll`?",
        ),
        ("\"client.timeout\"", "low = \"1s\"\nhigh = \"2s\"\n", "neither this scenario nor"),
        (
            "\"client.policy_poll.interval\"",
            "low = \"61min\"\nhigh = \"2h\"\n",
            "is above the value",
        ),
        (
            "\"client.policy_poll.interval\"",
            "low = \"1min\"\nhigh = \"2min\"\n",
            "is below the value",
        ),
        ("\"client.policy_poll.interval\"", "low = 5\nhigh = \"2h\"\n", "needs a unit"),
        ("\"client.policy_poll.interval\"", "low = \"1min\"\n", "`high` is missing"),
        ("\"client.policy_poll.interval\"", "lo = \"1h\"\n", "has no key `lo`"),
        ("\"client.presence\"", "low = \"1h\"\nhigh = \"2h\"\n", "is not a number"),
        (
            "\"management_point.mp.cpu\"",
            "low = \"1ms\"\nhigh = \"9ms\"\n",
            "is a table of distributions",
        ),
        ("\"cohort.*.clients\"", "low = 1\nhigh = 9\n", "describes different values"),
        ("\"gateway.main.size\"", "", "is not a value that can be measured"),
        ("5", "", "not text"),
    ];
    let values = "schema = 1\nextends = \"quickstart\"\nclient.policy_poll.interval = \"60min\"\n\
                  client.presence = \"always-on\"\nmanagement_point.mp.cpu.policy_poll = \"5ms\"\n";
    for (path, rest, expected) in cases {
        let message = refused(&format!("{values}{}", entry(path, rest)));
        assert!(message.contains(expected), "{path} {rest}: {message}");
        assert!(message.contains("site.toml:"), "{message}");
        assert!(message.contains("1 error") || rest.starts_with("lo = "), "{message}");
    }
    let right = entry("\"client.policy_poll.interval\"", "low = \"1min\"\nhigh = \"2h\"\n");
    let twice = refused(&format!("{values}{right}{right}"));
    assert!(twice.contains("measured twice") && twice.contains("site.toml:14:8"), "{twice}");
    let table = right.replace("[[measured]]", "[measured]");
    assert!(refused(&format!("{values}{table}")).contains("with two brackets"));
    let missing = refused(&format!("{values}[[measured]]\npath = \"client.timeout\"\n"));
    for key in ["samples", "period", "source"] {
        assert!(missing.contains(&format!("`{key}` is missing")), "{missing}");
    }
}
