//! Planning notices about facts outside the simulation: `check`, `run` and the report show each
//! notice once, and only if it applies.

use crate::common::cmgsim;

const SCENARIO: &str = r#"
schema = 1
start = "START"
duration = "10min"
warm_up = "0s"

[gateway.main]
size = "SIZE"

[connection_point.cp]

[management_point.mp]

[cohort.clients]
clients = 10
presence = "always-on"
"#;

/// Creates a folder with a scenario that uses a VM size and a start time.
fn folder(size: &str, start: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder is created");
    let text = SCENARIO.replace("SIZE", size).replace("START", start);
    std::fs::write(folder.path().join("plan.toml"), text).expect("file is writable");
    folder
}

/// Returns standard output and standard error of a command.
fn printed(folder: &tempfile::TempDir, arguments: &[&str]) -> (String, String) {
    let output = cmgsim().args(arguments).current_dir(folder.path()).assert().success();
    let output = output.get_output();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    (text(&output.stdout), text(&output.stderr))
}

/// Expected notice; both dates are from retirements-and-capacity-restrictions.md, 09/24/2026.
const RETIRES: &str = "VM size A2_v2 retires on 11/15/2028. Since July 2026 new subscriptions cannot \
                       deploy it, and existing ones get no additional quota.";

#[test]
fn a_retiring_size_is_reported_once_by_check_run_and_report() {
    let folder = folder("A2_v2", "2026-11-24T10:00");
    let (text, error) = printed(&folder, &["check", "plan.toml"]);
    assert_eq!(text.matches(RETIRES).count(), 1, "{text}");
    assert!(text.contains("retirements-and-capacity-restrictions.md, 09/24/2026"), "{text}");
    assert!(!error.contains("CMG0702"), "{error}");
    let (text, _) =
        printed(&folder, &["run", "plan.toml", "--out", "results", "--report", "--details"]);
    assert_eq!(text.matches(RETIRES).count(), 1, "{text}");
    let report = std::fs::read_to_string(folder.path().join("results/report.html"));
    let report = report.expect("a report");
    assert_eq!(report.matches("VM size A2_v2 retires on").count(), 1);
}

#[test]
fn a_period_after_the_retirement_causes_a_warning() {
    let folder = folder("B2s", "2029-01-08T10:00");
    let (_, error) = printed(&folder, &["check", "plan.toml"]);
    assert!(error.contains("warning[CMG0702]"), "{error}");
    assert!(error.contains("ends after 11/15/2028, when VM size B2s retires"), "{error}");
}

#[test]
fn obsolete_sizes_and_sizes_without_a_limit_get_no_retirement_notice() {
    for (size, words) in [
        ("classic", "Size classic is obsolete."),
        ("csp-2010", "Size csp-2010 is obsolete."),
        ("D4ads_v6", "No connection limit is published for VM size D4ads_v6."),
    ] {
        let folder = folder(size, "2029-01-08T10:00");
        let (text, error) = printed(&folder, &["check", "plan.toml"]);
        assert!(text.contains(words), "{size}: {text}");
        assert!(
            !text.contains("retires on") && !error.contains("CMG0702"),
            "{size}: {text}{error}"
        );
    }
}

/// Microsoft publishes no connection limits for the VM sizes of version 2609, so these sizes are
/// not checked.
#[test]
fn a_size_without_a_published_number_is_not_checked() {
    let folder = folder("D4ads_v6", "2026-11-24T10:00");
    let (text, _) = printed(&folder, &["run", "plan.toml", "--out", "results", "--details"]);
    assert!(!text.contains("connections on an instance, peak"), "{text}");
    assert!(text.contains("6,000"), "its assumed limit must be shown: {text}");
}
