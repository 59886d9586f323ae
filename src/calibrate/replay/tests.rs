//! Tests of the scenario that replays arrivals.

use super::*;
use crate::logs::{LogReader, Rules};
use crate::scenario::{LoadRequest, ScenarioOrigin, load};

const FIELDS: &str =
    "#Fields: date time s-computername cs-method cs-uri-stem s-port sc-status time-taken\n";

fn base(more: &str) -> Scenario {
    let text = format!(
        "schema = 1\ntime_zone = \"Europe/Berlin\"\n[gateway.g]\n[connection_point.p]\n\
         [management_point.mp]\ncount = 2\n[cohort.home]\nclients = 10\n\
         [cohort.\"b\u{fc}ro\"]\nclients = 10\n{more}"
    );
    let origin = ScenarioOrigin::Text { name: "base.toml".to_owned(), text };
    let found = load(&LoadRequest { origin, overrides: Vec::new() });
    found.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// Returns the arrivals of messages with these times and servers.
fn arrivals(rows: &[(&str, &str)]) -> Arrivals {
    let row = |(time, server): &(&str, &str)| {
        format!("{time} {server} CCM_POST /ccm_system/request 443 200 40\n")
    };
    let text = format!("{FIELDS}{}", rows.iter().map(row).collect::<String>());
    let (rules, mut arrivals) = (Rules::builtin(), Arrivals::new(&[Class::Messages]));
    let mut reader = LogReader::new(&rules, None).with_arrivals(&mut arrivals);
    reader.read("u_ex.log", &mut text.as_bytes(), &mut |_| true);
    drop(reader.finish());
    arrivals
}

fn messages(base: &Scenario, rows: &[(&str, &str)]) -> Result<Replay, ReplayError> {
    replay(base, ("base.toml", &[]), &[Class::Messages], &arrivals(rows))
}

#[test]
fn only_classes_that_clients_can_leave_out_are_replayed() {
    assert_eq!(class("messages"), Ok(Class::Messages));
    assert_eq!(class("update_scan"), Ok(Class::Kind(RequestKind::UpdateScan)));
    for name in ["token_renewal", "keep_alive", "outside_model", "unclassified", "x"] {
        let error = class(name).expect_err(name).to_string();
        assert!(error.ends_with(
            "choose from location, policy_poll, heartbeat, hardware_inventory, \
             software_inventory, state_message, update_scan, policy_body, messages"
        ));
    }
}

/// The log begins at 01:30 UTC, which is 02:30 for the second time in Berlin. The last minute
/// without a second occurrence before it is 01:30 civil time, two hours earlier.
#[test]
fn the_start_is_a_civil_time_that_occurs_once() {
    let rows = [("2026-10-25 01:30:10", "A"), ("2026-10-25 02:00:00", "B")];
    let found = messages(&base(""), &rows).expect("a scenario");
    assert!(
        found.text.contains("start = \"2026-10-25T01:30\"\nduration = \"151min\"\n"),
        "{}",
        found.text
    );
    // 2026-10-24T23:30Z.
    assert_eq!(found.start_ms, 1_792_884_600_000);
    assert!(found.text.contains("\n[cohort.\"b\u{fc}ro\"]\npolicy_poll.interval = \"off\"\n"));
}

#[test]
fn servers_are_assigned_to_site_systems_in_their_order() {
    let rows = ["A", "B", "C"].map(|server| ("2026-11-30 10:00:00", server));
    let found = messages(&base(""), &rows).expect("a scenario");
    let enters: Vec<&str> =
        found.text.lines().filter_map(|line| line.strip_prefix("enters = ")).collect();
    let system = |number: u32| format!("\"management_point.mp-{number}\"");
    assert_eq!(enters, [system(1), system(2), system(1)]);
    let differs = "The logs contain requests to 3 management points, but the base has 2: \
                   check where each source enters";
    assert!(found.notes.iter().any(|note| note == differs), "{:?}", found.notes);
    let two = messages(&base(""), &rows[..2]).expect("a scenario");
    assert!(!two.notes.iter().any(|note| note.contains("the base has")), "{:?}", two.notes);
}

#[test]
fn what_stays_in_the_base_is_refused_or_noted() {
    let rows = [("2026-11-30 10:00:00", "A")];
    let think = base("policy_poll.think = \"1h\"\n");
    let expected = ReplayError::Think { cohort: "b\u{fc}ro".to_owned(), kind: "policy_poll" };
    assert_eq!(messages(&think, &rows), Err(expected));
    let source = base(
        "[source.other]\nkind = \"heartbeat\"\nenters = \"management_points\"\n\
         rate = \"1/h\"\n",
    );
    let found = messages(&source, &rows).expect("a scenario");
    let noted = "Open sources of the base that send the same kinds are not switched off: other";
    assert!(found.notes.iter().any(|note| note == noted), "{:?}", found.notes);
}
