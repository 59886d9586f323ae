//! Whole scenarios drawn at random, each with some features on and the others off, run with the
//! audit and all debug assertions: whatever goes wrong at the same time, the books balance.

mod common;

use proptest::prelude::*;

/// A feature: its text, or nothing.
fn maybe(text: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![Just(String::new()), text].boxed()
}

fn fixed(text: &'static str) -> BoxedStrategy<String> {
    maybe(Just(text.to_owned()))
}

fn gateways() -> BoxedStrategy<String> {
    let gateway = |name: &'static str| {
        let keys = (
            1..6_u32,
            1..4_u32,
            fixed("connection_limit = 40\n"),
            fixed("cores = 1\ndemand.forward = \"400ms\"\n"),
            fixed("discipline = \"processor-sharing\"\n"),
            fixed("queue_limit = 5\n"),
            fixed("idle_timeout = \"5s\"\n"),
        );
        keys.prop_map(move |(instances, domains, a, b, c, d, e)| {
            format!(
                "[gateway.{name}]\ninstances = {instances}\nupdate_domains = {domains}\n\
                 {a}{b}{c}{d}{e}"
            )
        })
    };
    let second = maybe(
        gateway("two")
            .prop_map(|text| format!("{text}[connection_point.other]\ngateway = \"two\"\n")),
    );
    (gateway("one"), second).prop_map(|(one, two)| one + &two).boxed()
}

fn points() -> BoxedStrategy<String> {
    let keys = (
        1..4_u32,
        fixed("ports = 60\n"),
        fixed("time_wait = \"0s\"\n"),
        fixed("queue_limit = 2\nforward = \"900ms\"\ncores = 1\n"),
    );
    keys.prop_map(|(count, a, b, c)| {
        format!("[connection_point.cp]\ngateway = \"one\"\ncount = {count}\n{a}{b}{c}")
    })
    .boxed()
}

fn management_points() -> BoxedStrategy<String> {
    let keys = (
        1..3_u32,
        fixed("workers = 1\ncpu = { dist = \"exponential\", mean = \"2s\" }\n"),
        fixed("queue_limit = 3\n"),
        fixed("queue_timeout = { dist = \"exponential\", mean = \"4s\" }\n"),
        fixed("error_share = \"30%\"\n"),
        fixed("database = \"30s\"\n"),
    );
    keys.prop_map(|(count, a, b, c, d, e)| {
        format!("[management_point.mp]\ncount = {count}\n{a}{b}{c}{d}{e}")
    })
    .boxed()
}

fn cohorts() -> BoxedStrategy<String> {
    let presence = prop_oneof![
        Just("\"always-on\""),
        Just("{ kind = \"sporadic\", on = \"7min\", off = \"3min\" }"),
        Just("{ kind = \"office-hours\", start = \"00:30\", start_sd = \"20min\" }"),
    ];
    let keys = (
        20..150_u32,
        presence,
        fixed("moves = \"12/h\"\nlocations = { internet = \"70%\", intranet = \"30%\" }\n"),
        fixed("channel.enabled = false\n"),
        fixed("timeout = { dist = \"exponential\", mean = \"3s\" }\n"),
        fixed("retry = { attempts = 3, first = \"2s\" }\n"),
        fixed("policy_poll.interval = \"2min\"\nnew_policy_share = \"50%\"\n"),
        fixed("start_delay = \"0s\"\n"),
    );
    keys.prop_map(|(clients, presence, a, b, c, d, e, f)| {
        format!("[cohort.c]\nclients = {clients}\npresence = {presence}\n{a}{b}{c}{d}{e}{f}")
    })
    .boxed()
}

/// Several disruptions, also of the same part at the same time.
fn disruptions() -> BoxedStrategy<String> {
    let when = prop_oneof![
        (0..40_u32).prop_map(|minutes| format!("at = \"{minutes}min\"\n")),
        (1..20_u32).prop_map(|minutes| {
            format!("time_to_failure = {{ dist = \"exponential\", mean = \"{minutes}min\" }}\n")
        }),
    ];
    let what = prop_oneof![
        Just("kind = \"update-domain-walk\"\ngateway = \"one\"\npause = \"0s\"\n"),
        Just("kind = \"instance-crash\"\ngateway = \"one\"\n"),
        Just("kind = \"instance-crash\"\ngateway = \"one\"\ninstance = 0\n"),
        Just("kind = \"connection-point-outage\"\nconnection_point = \"POINT\"\n"),
        Just("kind = \"freeze\"\ngateway = \"one\"\ninstance = 0\n"),
        Just("kind = \"freeze\"\nconnection_point = \"POINT\"\n"),
        Just("kind = \"freeze\"\nmanagement_point = \"SERVER\"\nservers = 1\n"),
    ];
    let down = (0..300_u32).prop_map(|seconds| format!("down = \"{seconds}s\"\n"));
    let one = (what, when, down).prop_map(|(what, when, down)| format!("{what}{when}{down}"));
    let several = prop::collection::vec(one, 0..6);
    several
        .prop_map(|all| {
            let texts = all.iter().enumerate();
            texts.map(|(number, text)| format!("[disruption.d{number}]\n{text}")).collect()
        })
        .boxed()
}

fn sources() -> BoxedStrategy<String> {
    let enters = prop_oneof![
        Just("gateway.one"),
        Just("connection_point.POINT"),
        Just("management_points"),
    ];
    maybe((enters, fixed("timeout = \"2s\"\n")).prop_map(|(enters, timeout)| {
        format!("[source.s]\nenters = \"{enters}\"\nrate = \"20/min\"\nbatch = 3\n{timeout}")
    }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance_whatever_happens(
        gateways in gateways(),
        points in points(),
        management_points in management_points(),
        cohorts in cohorts(),
        disruptions in disruptions(),
        sources in sources(),
        warm_up in prop_oneof![Just("0s"), Just("7min")],
        seed in 0..1_000_u32,
    ) {
        let name = |text: &str, one: &str, many: &str| {
            let is_one = text.contains("count = 1\n");
            if is_one { one.to_owned() } else { many.to_owned() }
        };
        let text = format!(
            "schema = 1\nseed = {seed}\nduration = \"45min\"\nwarm_up = \"{warm_up}\"\n\
             interval = \"1min\"\n{gateways}{points}{management_points}{cohorts}{sources}\
             {disruptions}"
        );
        let text = text
            .replace("POINT", &name(&points, "cp", "cp-1"))
            .replace("SERVER", &name(&management_points, "mp", "mp-1"));
        // A broken law, or a debug assertion, panics with the scenario's text in the report.
        let result = common::simulate_text(&text, Vec::new(), 1).remove(0);
        prop_assert!(result.audit.holds());
        let requests = &result.requests;
        prop_assert_eq!(
            requests.issued + requests.in_flight_at_start,
            requests.completed + requests.failed + requests.abandoned + requests.in_flight_at_end
        );
        let issued: f64 = result
            .series
            .issued_per_second
            .iter()
            .map(|rate| rate * result.series.interval_seconds)
            .sum();
        prop_assert!((issued - requests.issued as f64).abs() < 0.5, "bins add up");
    }
}
