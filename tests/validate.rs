//! Tests that `cmgsim validate` compares simulated with published numbers, and its exit codes.

use assert_cmd::Command;

fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmgsim"));
    command.arg("validate").args(arguments).env("NO_COLOR", "1");
    command
}

/// A few replications reproduce the published number of each quick case. `.ci/run` validates all
/// cases.
#[test]
fn quick_validation_numbers_match_the_published_ones() {
    for pattern in ["round-robin", "requests-per-file", "threshold-stop", "random-service"] {
        let run =
            validate(&[pattern, "--replications", "4", "--format", "json"]).assert().success();
        let document: serde_json::Value =
            serde_json::from_slice(&run.get_output().stdout).expect("output is one JSON document");
        let rows = document["validation"].as_array().expect("rows");
        assert_eq!(rows.len(), 1, "{pattern}");
        assert_eq!(rows[0]["finding"], "built-in", "{pattern}: {}", rows[0]);
        assert_eq!(rows[0]["simulated"]["replications"], 4);
    }
}

/// A published number that cannot be simulated is listed with a reason and is not a failure.
#[test]
fn unsimulated_numbers_have_a_reason() {
    let run = validate(&["clients-per-primary-site"]).assert().success();
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(text.contains("not simulated · clients-per-primary-site"), "{text}");
    assert!(text.contains("SQL Server"), "{text}");
    assert!(text.contains("0 differ, 1 not simulated."), "{text}");
}

#[test]
fn an_unknown_number_is_a_usage_error_that_lists_known_ones() {
    let run = validate(&["no-such-number"]).assert().code(2);
    let text = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(text.contains("traffic-default"), "{text}");
    validate(&["--replications", "1"]).assert().code(2);
}
