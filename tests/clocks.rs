//! Civil times follow the clock changes of their time zone during the whole run. In Berlin, clocks
//! go back on 25 October 2026 at 03:00 and forward on 28 March 2027 at 02:00. In New York, clocks
//! go back on 1 November 2026.

use cmgsim::RunResult;
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::{Problems, Scenario};

use crate::common::quiet::{components, lasting, simulate};

fn scenario(text: &str) -> Result<Scenario, Problems> {
    let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    load(&LoadRequest { origin, overrides: Vec::new() })
}

/// Returns a scenario of one week that starts on 24 October 2026 at 12:00 in Berlin (10:00 UTC).
fn october(rest: &str) -> String {
    let clients = "[cohort.c]\nclients = 100\nnew_policy_share = \"0%\"\n";
    let text = lasting("7d", "1h", &(components("", "") + clients + rest));
    let top = "schema = 1\ntime_zone = \"Europe/Berlin\"\nstart = \"2026-10-24T12:00\"";
    text.replacen("schema = 1", top, 1)
}

/// Converts a simulation time to hours after the start.
fn hours(time: cmgsim::internals::base::SimTime) -> f64 {
    time.as_seconds() / 3600.0
}

/// Returns the number of clients on the internet in one hour of a run that starts at midnight UTC.
fn on(result: &RunResult, day: usize, hour: usize) -> f64 {
    result.series.internet_clients[24 * day + hour].round()
}

/// Clients that start work at eight come online at 06:00 UTC in summer and 07:00 UTC in winter if
/// they are in Berlin, and at 12:00 UTC and (from 1 November) 13:00 UTC if they are in New York.
#[test]
fn office_hours_follow_the_clocks_of_their_zone() {
    let case = include_str!("cases/clock-change.toml");
    let result = simulate(case);
    // These days are Monday 19, Friday 23, Monday 26 and Friday 30 October.
    for (day, first) in [(0, 6), (4, 6), (7, 7), (11, 7)] {
        assert!(on(&result, day, first - 1) < 5.0 && on(&result, day, first) > 295.0, "day {day}");
        // Clients work eight hours on average, with a standard deviation of one hour.
        assert!(on(&result, day, first + 3) > 295.0 && on(&result, day, first + 12) < 5.0);
    }
    let new_york = case.replacen("Europe/Berlin", "America/New_York", 1);
    let result = simulate(&new_york.replacen("2026-10-19T00:00", "2026-10-26T00:00", 1));
    for (day, first) in [(0, 12), (4, 12), (7, 13), (11, 13)] {
        assert!(on(&result, day, first - 1) < 5.0 && on(&result, day, first) > 295.0, "day {day}");
    }
}

/// When clocks go back, the hourly share of the repeated hour applies twice.
#[test]
fn hourly_shares_follow_the_clocks_of_their_zone() {
    let share = |hour: usize| if hour == 2 || hour == 8 { "\"100%\"" } else { "\"0%\"" };
    let shares: Vec<&str> = (0..24).map(share).collect();
    let presence = format!("presence = {{ kind = \"hourly\", hours = [{}] }}\n", shares.join(", "));
    let clients = format!("[cohort.b]\nclients = 500\ntime_zone = \"Europe/Berlin\"\n{presence}");
    let text = lasting("3d", "1h", &(components("", "") + &clients));
    let result =
        simulate(&text.replacen("schema = 1", "schema = 1\nstart = \"2026-10-24T00:00\"", 1));
    // Each client changes its state at a random time within the hour. On average, half of the
    // clients are online in the hour with a share of 100 %, and half in the hour after it.
    let mean = |day: usize, hour: usize| on(&result, day, hour) / 500.0;
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.1, "{found}");
    // On Saturday, 02:00 in Berlin is 00:00 UTC, and 08:00 is 06:00 UTC.
    near(mean(0, 6), 0.5);
    near(mean(0, 7), 0.5);
    // On Sunday, 02:00 in Berlin occurs at 00:00 and 01:00 UTC, and 08:00 is 07:00 UTC.
    near(mean(1, 0) + mean(1, 1) + mean(1, 2), 1.5);
    near(mean(1, 6), 0.0);
    near(mean(1, 7), 0.5);
    near(mean(2, 7), 0.5);
    near(mean(2, 6), 0.0);
}

/// After the clock change, Monday 09:00 in Berlin is 08:00 UTC: 46 h after the start instead of
/// 45 h.
#[test]
fn civil_times_use_the_offset_of_their_day() {
    let rest = "[deployment.d]\nat = \"2026-10-24T14:00\"\ndeadline = \"2026-10-26T09:00\"\n\
        size = \"0 B\"\n[notification.n]\nat = \"2026-10-26T09:00\"\n\
        [disruption.x]\nkind = \"connection-point-outage\"\nat = \"2026-10-26T09:00\"\ndown = \"1h\"\n\
        [disruption.y]\nkind = \"connection-point-outage\"\nat = \"46h\"\ndown = \"1h\"\n";
    let scenario = scenario(&october(rest)).unwrap_or_else(|all| panic!("{}", all.render(false)));
    let config = &scenario.config;
    let deployment = config.deployments.iter().next().expect("a deployment");
    assert_eq!((hours(deployment.start), hours(deployment.deadline)), (2.0, 46.0));
    assert_eq!(config.notifications.iter().next().map(|one| hours(one.at)), Some(46.0));
    for disruption in config.disruptions.iter() {
        let cmgsim::internals::model::config::When::At(at, _) = disruption.when else {
            panic!("the disruption has no fixed time")
        };
        assert_eq!(hours(at), 46.0, "{}", disruption.name);
    }
    assert!(scenario.warnings.list.is_empty());
}

/// A disruption that repeats every day or every few days keeps its civil time. A disruption that
/// repeats every 12 hours keeps its interval.
#[test]
fn daily_disruptions_keep_their_civil_time() {
    let rest = |every: &str| {
        format!(
            "[disruption.x]\nkind = \"connection-point-outage\"\nat = \"2026-10-24T22:00\"\n\
             every = \"{every}\"\ndown = \"10min\"\n"
        )
    };
    let starts = |every: &str| -> Vec<f64> {
        let result = simulate(&october(&rest(every)));
        result.disruptions.iter().map(|one| one.start_s / 3600.0).collect()
    };
    // Saturday 22:00 is ten hours after the start; Sunday 22:00 is 25 hours later.
    assert_eq!(starts("1d"), [10.0, 35.0, 59.0, 83.0, 107.0, 131.0, 155.0]);
    assert_eq!(starts("2d"), [10.0, 59.0, 107.0, 155.0]);
    assert_eq!(starts("12h")[..4], [10.0, 22.0, 34.0, 46.0]);
}

/// The hours of a rate profile follow civil time.
#[test]
fn rate_profiles_follow_the_clocks() {
    let rest = "[source.s]\nkind = \"policy_poll\"\nenters = \"management_points\"\n\
        profile = { period = \"24h\", points = [[\"0h\", \"0/h\"], [\"9h\", \"0/h\"], \
        [\"9h30min\", \"1000/h\"], [\"10h\", \"0/h\"]] }\n";
    let result = simulate(&october(rest));
    let in_hour = |hour: usize| result.series.issued_per_s[hour];
    // On Sunday, 09:00 to 10:00 in Berlin is 08:00 to 09:00 UTC, which begins 22 h after the start;
    // on Monday, the same hour begins 24 h later.
    for hour in [22, 46] {
        assert!(in_hour(hour) > 400.0 / 3600.0 && in_hour(hour - 1) == 0.0, "{}", in_hour(hour));
    }
}

/// The time 02:30 on 28 March 2027 does not exist in Berlin, so it is refused in every key.
#[test]
fn a_civil_time_that_clocks_skip_is_refused_everywhere() {
    let top = |start: &str, rest: &str| {
        let text = lasting("7d", "1h", &(components("", "") + rest));
        let zone = format!("schema = 1\ntime_zone = \"Europe/Berlin\"\nstart = \"{start}\"");
        text.replacen("schema = 1", &zone, 1)
    };
    let skipped = "2027-03-28T02:30";
    let clients = "[cohort.c]\nclients = 100\n";
    let places = [
        format!("{clients}[deployment.d]\nsize = \"0 B\"\nat = \"{skipped}\"\n"),
        format!("{clients}[deployment.d]\nsize = \"0 B\"\nat = \"1h\"\ndeadline = \"{skipped}\"\n"),
        format!("{clients}[notification.n]\nat = \"{skipped}\"\n"),
        format!("{clients}[disruption.d]\nkind = \"wan-cut\"\nat = \"{skipped}\"\ndown = \"1h\"\n"),
        format!("{clients}vpn_boundary_group = \"b\"\n[boundary_group.b]\nfrom = \"{skipped}\"\n"),
        format!("{clients}registration = {{ registered_share = \"0%\", from = \"{skipped}\" }}\n"),
    ];
    let texts = places.iter().map(|rest| top("2027-03-27T00:00", rest));
    for text in texts.chain([top(skipped, clients)]) {
        let problems = scenario(&text).expect_err("refused");
        let message = problems.render(false);
        assert!(
            message.contains("is 2027-03-28T02:30:00, a time that clocks in Europe/Berlin skip")
        );
        let remedy = "clocks go from 02:00:00 to 03:00:00: write 2027-03-28T03:30:00";
        assert!(message.contains(remedy), "{message}");
        assert!(message.ends_with("1 error\n"), "{message}");
    }
}

/// The time 02:30 on 25 October occurs twice in Berlin. The first occurrence is used, and a warning
/// names both.
#[test]
fn the_first_of_two_equal_civil_times_is_used() {
    let rest = "[deployment.d]\nat = \"2026-10-25T02:30\"\nsize = \"0 B\"\n";
    let found = scenario(&october(rest)).unwrap_or_else(|all| panic!("{}", all.render(false)));
    let deployment = found.config.deployments.iter().next().expect("a deployment");
    // The first occurrence is 00:30 UTC, 14.5 h after the start at 10:00 UTC.
    assert_eq!(hours(deployment.start), 14.5);
    let warning = found.warnings.render(false);
    for part in ["CMG0404", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "\"15h30min0s\""] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
    // The remedy that the warning suggests works.
    let second = rest.replacen("2026-10-25T02:30", "15h30min0s", 1);
    let found = scenario(&october(&second)).expect("scenario loads");
    let deployment = found.config.deployments.iter().next().expect("a deployment");
    assert_eq!((hours(deployment.start), found.warnings.list.len()), (15.5, 0));
    // The start of the simulation follows the same rule.
    let start = october("").replacen("2026-10-24T12:00", "2026-10-25T02:30", 1);
    let found = scenario(&start).expect("scenario loads");
    assert_eq!((found.start.utc_offset_s, found.warnings.list.len()), (7200, 1));
    assert!(found.warnings.render(false).contains("time_zone = \"UTC\""));
}
