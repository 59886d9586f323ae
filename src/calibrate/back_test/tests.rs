//! Back-tests against the logs of simulated sites, whose truth is known.

use super::*;
use crate::logs::LogReader;
use crate::logs::iis::{Day, FieldSet};
use crate::results::calibration::BackTestKind;

/// 2026-11-24T00:00Z, the day after the measured period of the quickstart.
const TUESDAY: i64 = 1_795_478_400;

/// A twentieth of the clients of the quickstart.
const CLIENTS: [&str; 3] =
    ["cohort.remote.clients=450", "cohort.office.clients=375", "cohort.kiosks.clients=75"];

/// Twice the default service times.
const SLOW: [&str; 2] = [
    "management_point.mp.cpu={ default = \"16ms\", hardware_inventory = \"48ms\", \
     software_inventory = \"48ms\", keep_alive = \"1ms\" }",
    "management_point.mp.database={ default = { dist = \"lognormal\", mean = \"44ms\", cv = 1.0 }, \
     hardware_inventory = { dist = \"lognormal\", mean = \"132ms\", cv = 1.0 }, \
     software_inventory = { dist = \"lognormal\", mean = \"132ms\", cv = 1.0 }, \
     keep_alive = \"0s\" }",
];

fn scenario(more: &[&str]) -> Scenario {
    let base = Scenario::load("quickstart").expect("it loads");
    let settings = CLIENTS.iter().chain(more);
    settings.fold(base, |scenario, setting| scenario.with(setting).expect("it is valid"))
}

/// Returns the tallies of the logs of a simulated site with another seed.
fn logs(start_s: i64, hours: u32) -> Tallies {
    let truth = scenario(&["seed=2"]).in_period(start_s, hours).expect("it loads").scenario;
    let day = Day::of_number(start_s.div_euclid(86_400));
    let texts = site_rows(
        &truth.config,
        &info(&truth),
        1,
        || {
            let mut text = String::new();
            day.write_header(FieldSet::WithBytes, start_s, &mut text);
            text
        },
        |text, row| row.write(FieldSet::WithBytes, &Day::of_number(row.day()), text),
        &(),
    );
    let texts = texts.expect("it runs").expect("it is not stopped");
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    assert!(reader.read("u_ex261124.log", &mut texts[0].as_bytes(), &mut |_| true));
    reader.finish()
}

fn kind<'a>(found: &'a BackTest, name: &str) -> &'a BackTestKind {
    found.kinds.iter().find(|one| one.kind == name).expect(name)
}

#[test]
fn a_correct_scenario_predicts_another_day_and_a_wrong_one_does_not() {
    let held_out = logs(TUESDAY, 24);
    let rules = Rules::builtin();
    let found = run(&scenario(&[]), &held_out, &rules, 3, &()).expect("a back-test");
    assert_eq!((found.period.as_str(), found.replications), ("2026-11-24", 3));
    assert_eq!(found.hours.len(), 24);
    assert_eq!(found.hours[0].start, "2026-11-24T00:00:00Z");
    for name in ["messages", "keep_alive"] {
        let one = kind(&found, name);
        assert!(one.rate_mean_per_s.error_share.abs() < 0.02, "{one:?}");
        assert!(one.time_taken_mean_s.error_share.abs() < 0.02, "{one:?}");
        assert!(one.time_taken_p95_s.error_share.abs() < 0.03, "{one:?}");
    }
    // Requests are conserved: the hours add up to the kinds.
    let of_hours: f64 = found.hours.iter().map(|hour| hour.simulated_per_s).sum::<f64>() / 24.0;
    let of_kinds: f64 = found.kinds.iter().map(|one| one.rate_mean_per_s.simulated).sum();
    assert!((of_hours - of_kinds).abs() < 1e-3 * of_kinds, "{of_hours} {of_kinds}");
    assert_eq!(
        found.notes,
        ["Not simulated, because they are not in the held-out period: disruption.patching."]
    );

    let slow = run(&scenario(&SLOW), &held_out, &rules, 2, &()).expect("a back-test");
    let one = kind(&slow, "messages");
    assert!((one.time_taken_mean_s.error_share - 1.0).abs() < 0.05, "{one:?}");
    assert!((one.time_taken_p95_s.error_share - 1.0).abs() < 0.05, "{one:?}");
    assert!(one.rate_mean_per_s.error_share.abs() < 0.02, "{one:?}");
}

#[test]
fn the_back_test_covers_the_hours_of_the_logs() {
    let held_out = logs(TUESDAY + 9 * HOUR, 2);
    let rules = Rules::builtin();
    let found = run(&scenario(&[]), &held_out, &rules, 1, &()).expect("a back-test");
    assert_eq!(found.period, "2026-11-24 09:00 to 2026-11-24 11:00 UTC");
    assert_eq!(found.hours.len(), 2);
    assert!(kind(&found, "messages").rate_mean_per_s.simulated_half_width.is_nan());
    let empty = LogReader::new(&rules, None).finish();
    let error = run(&scenario(&[]), &empty, &rules, 1, &()).expect_err("no rows");
    assert!(error.to_string().contains("--hold-out none"), "{error}");
}
