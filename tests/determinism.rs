//! The same scenario and seed produce the same bytes, independent of the number of threads and of
//! other simulations in the same process.

use std::collections::BTreeMap;

use assert_cmd::Command;

use cmgsim::RunResult;
use cmgsim::internals::results::{csv, json, tables};

use crate::common::files::files;

#[test]
fn two_runs_write_the_same_bytes_except_wall_time() {
    let folder = tempfile::tempdir().expect("folder is created");
    let run = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        Command::new(env!("CARGO_BIN_EXE_cmgsim"))
            .args(["run", "quickstart", "--set", "cohort.*.clients=400", "--quiet", "--out"])
            .arg(&out)
            .env("RAYON_NUM_THREADS", threads)
            .assert()
            .success();
        files(&out)
    };
    let (mut one, mut two) = (run("one", "1"), run("two", "2"));
    let timing = |files: &mut BTreeMap<String, Vec<u8>>| {
        let bytes = files.remove("manifest.json").expect("a manifest");
        let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(manifest["timing"]["wall_s"].as_f64().expect("a number") > 0.0);
        assert!(manifest.as_object_mut().expect("an object").remove("timing").is_some());
        manifest
    };
    assert_eq!(timing(&mut one), timing(&mut two));
    let names: Vec<&String> = one.keys().collect();
    assert_eq!(names, two.keys().collect::<Vec<_>>());
    assert!(one.len() >= 7 + 12, "{names:?}");
    for (name, bytes) in &one {
        assert_eq!(bytes, &two[name], "{name} differs");
    }
}

fn replications(text: &str, count: u32) -> Vec<RunResult> {
    crate::common::simulate_text(text, Vec::new(), count)
}

/// Scenario with unlimited capacity, so that clients do not affect one another.
const UNLIMITED: &str = "schema = 1
duration = \"4h\"
[gateway.g]
cores = \"unlimited\"
connection_limit = 1000000
bandwidth = \"unlimited\"
[connection_point.cp]
cores = \"unlimited\"
ports = 64511
[management_point.mp]
workers = \"unlimited\"
[cohort.first]
clients = 300
presence = \"always-on\"
locations = { internet = \"60%\", intranet = \"40%\" }
moves = \"1/h\"
";

#[test]
fn adding_a_cohort_does_not_change_the_random_numbers_of_others() {
    let alone = replications(UNLIMITED, 1).remove(0);
    let another = "[cohort.another]\nclients = 200\npresence = \"sporadic\"\n";
    let both = replications(&format!("{UNLIMITED}{another}"), 1).remove(0);
    let before =
        replications(&UNLIMITED.replace("[cohort.first]", &format!("{another}[cohort.first]")), 1);
    let source = "[source.probe]\nenters = \"gateway.g\"\nrate = \"2/s\"\n";
    let with_source = replications(&format!("{UNLIMITED}{source}"), 1).remove(0);
    let first = |result: &RunResult| {
        let found = result.origins.iter().find(|origin| origin.name == "first");
        serde_json::to_string(found.expect("the cohort")).expect("JSON")
    };
    assert!(alone.origins[0].requests.completed > 1_000);
    assert_eq!(first(&alone), first(&both));
    assert_eq!(first(&alone), first(&before[0]));
    assert_eq!(first(&alone), first(&with_source));
    assert!(both.origins[1].requests.completed > 100);
}

#[test]
fn replications_differ_and_do_not_depend_on_threads() {
    let bytes = |threads: usize| -> Vec<Vec<u8>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let results = pool.install(|| replications(UNLIMITED, 5));
        results
            .iter()
            .map(|result| {
                let series = tables::run::time_series(result);
                [json::summary(result), csv::to_bytes(&series)].concat()
            })
            .collect()
    };
    let one = bytes(1);
    assert_eq!(one, bytes(2));
    assert_eq!(one, bytes(5));
    assert_ne!(one[0][400..], one[1][400..]);
}

/// Compares the results of the quickstart with a snapshot. If the results change, document the
/// change (`RESULTS_VERSION`, CHANGELOG.md).
#[test]
fn the_quickstart_results_are_unchanged() {
    let text = cmgsim::internals::scenario::preset::text("quickstart").expect("preset is embedded");
    let small = text.replace("9_000", "900").replace("7_500", "750").replace("1_500", "150");
    let result = replications(&small, 1).remove(0);
    insta::assert_snapshot!(format!(
        "events {}\nissued {}\ncompleted {}\nfailed {}\np50 {} s\np99 {} s\nconnections {}\n",
        result.events,
        result.requests.issued,
        result.requests.completed,
        result.requests.failed,
        result.latency.p50,
        result.latency.p99,
        result.gateways[0].connections_peak,
    ));
}
