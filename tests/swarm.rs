//! Runs random scenarios, each with a random selection of features, with the audit and all debug
//! assertions enabled. The accounting must balance for any combination of failures.

use proptest::prelude::*;

/// Generates the text of a feature, or nothing.
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
            fixed("storage = { requests_per_second = 5, bandwidth = \"20 Mbit/s\" }\n"),
            fixed("outbound = { threshold = \"60 MB\", check = \"2min\", stop = true }\n"),
        );
        keys.prop_map(move |(instances, domains, a, b, c, d, e, f, g)| {
            format!(
                "[gateway.{name}]\ninstances = {instances}\nupdate_domains = {domains}\n\
                 {a}{b}{c}{d}{e}{f}{g}"
            )
        })
    };
    let second = maybe(
        gateway("two")
            .prop_map(|text| format!("{text}[connection_point.other]\nSITEgateway = \"two\"\n")),
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
        format!("[connection_point.cp]\nSITEgateway = \"one\"\ncount = {count}\n{a}{b}{c}")
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
        fixed("[management_point.inside]\nSITEserves = \"intranet\"\nprotocol = \"https\"\n"),
        fixed("[management_point.ibcm]\nSITEserves = \"internet\"\n"),
        fixed("[software_update_point.sup]\nSITEcount = 2\nqueue_limit = 1\n"),
    );
    keys.prop_map(|(count, a, b, c, d, e, f, g, h)| {
        format!("[management_point.mp]\nSITEcount = {count}\n{a}{b}{c}{d}{e}{f}{g}{h}")
    })
    .boxed()
}

/// Generates client locations and a matching boundary group.
fn places() -> BoxedStrategy<(String, String)> {
    let everywhere = "moves = \"12/h\"\n\
        locations = { internet = \"40%\", vpn = \"40%\", intranet = \"20%\" }\n";
    let group = (any::<bool>(), fixed("from = \"10min\"\nlearn = \"1min\"\n"));
    prop_oneof![
        Just((String::new(), String::new())),
        Just((everywhere.to_owned(), String::new())),
        group.prop_map(move |(prefers, from)| {
            let group =
                format!("[boundary_group.b]\ngateway = \"one\"\nprefer_cloud = {prefers}\n{from}");
            let members = "vpn_boundary_group = \"b\"\nintranet_boundary_group = \"b\"\n";
            (format!("{everywhere}{members}"), group)
        }),
    ]
    .boxed()
}

/// Generates authentication, registration and revocation keys.
fn identities() -> BoxedStrategy<String> {
    let authentication = prop_oneof![
        Just("authentication = \"certificate\"\n"),
        Just("token.entra_lifetime = \"7min\"\n"),
        Just("authentication = \"site-token\"\ntoken.expired_share = \"30%\"\n"),
        Just(
            "authentication = \"site-token\"\ntoken = { site_renewal = \"5min\", \
             site_validity = \"15min\", service_restart = \"8min\" }\n"
        ),
    ];
    let registration = fixed(
        "registration = { registered_share = \"50%\", from = \"5min\", spread = \"2min\" }\n",
    );
    let revocation = fixed("revocation = { reachable = false, timeout = \"3s\" }\n");
    (authentication, registration, revocation).prop_map(|(a, b, c)| format!("{a}{b}{c}")).boxed()
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
        places(),
        identities(),
        fixed("channel.enabled = false\n"),
        fixed("timeout = { dist = \"exponential\", mean = \"3s\" }\n"),
        fixed("retry = { attempts = 3, first = \"2s\" }\n"),
        fixed("policy_poll.interval = \"2min\"\nnew_policy_share = \"50%\"\n"),
        fixed("start_delay = \"0s\"\n"),
        fixed("downlink = \"2 Mbit/s\"\ncontent.token_validity = \"2min\"\n"),
    );
    keys.prop_map(|(clients, presence, (place, group), id, a, b, c, d, e, f)| {
        format!(
            "[cohort.c]\nSITEclients = {clients}\npresence = {presence}\n\
             {place}{id}{a}{b}{c}{d}{e}{f}SCAN{group}"
        )
    })
    .boxed()
}

/// Generates distribution points, deployments to all clients and an optional notification.
fn deployments() -> BoxedStrategy<String> {
    let what = prop_oneof![
        Just("size = \"0 B\"\n"),
        Just("size = \"30 MB\"\npeers = \"30%\"\n"),
        Just("size = \"10 MB\"\nsource = \"microsoft-update\"\nDEPLOYED"),
        Just("size = \"10 MB\"\npurpose = \"available\"\nrequest_delay = \"2min\"\n"),
        Just("size = \"10 MB\"\ndeadline = \"35min\"\n"),
    ];
    let one = (0..30_u32, what, fixed("notify = true\n"));
    let several = prop::collection::vec(one, 0..3);
    let points = prop_oneof![Just(""), Just("[distribution_point.far]\nSITEinternet = true\n")];
    let wave = fixed("[notification.wave]\nat = \"20min\"\n");
    (several, points, wave)
        .prop_map(|(several, far, wave)| {
            let texts = several.iter().enumerate().map(|(number, (at, what, notify))| {
                format!(
                    "[deployment.d{number}]\nat = \"{at}min\"\ninstall = \"1min\"\n{what}{notify}"
                )
            });
            let all: String = texts.collect();
            format!("[distribution_point.dp]\nSITE{far}{all}{wave}")
        })
        .boxed()
}

/// Generates several disruptions, which may affect the same component at the same time.
fn disruptions() -> BoxedStrategy<String> {
    let when = prop_oneof![
        (0..40_u32).prop_map(|minutes| format!("at = \"{minutes}min\"\n")),
        (0..40_u32).prop_map(|minutes| format!("at = \"{minutes}min\"\nevery = \"9min\"\n")),
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
        Just("kind = \"management-point-outage\"\nmanagement_point = \"SERVER\"\n"),
        Just("kind = \"slowdown\"\nmanagement_point = \"SERVER\"\nfactor = 30\n"),
        Just("kind = \"slowdown\"\nconnection_point = \"POINT\"\nfactor = 100\n"),
        Just("kind = \"wan-cut\"\nSITE"),
        Just("kind = \"wan-latency\"\nSITEdelay = \"5s\"\n"),
        Just("kind = \"storage-throttling\"\ngateway = \"one\"\n"),
        Just("kind = \"update-domain-walk\"\ngateway = \"one\"\nrule = \"scale-set\"\n"),
        Just("kind = \"update-domain-walk\"\ngateway = \"one\"\nrule = \"all-at-once\"\n"),
        Just("kind = \"identity-provider-outage\"\n"),
        Just("kind = \"identity-provider-outage\"\nmanagement_point = \"SERVER\"\n"),
        Just("kind = \"certificate-expiry\"\ngateway = \"one\"\n"),
    ];
    // Scaling is a planned action, so it has a fixed time.
    let scale = (1..7_u32, 0..40_u32).prop_map(|(to, minutes)| {
        format!("kind = \"scale\"\ngateway = \"one\"\nto = {to}\nat = \"{minutes}min\"\n")
    });
    let down = (0..300_u32).prop_map(|seconds| format!("down = \"{seconds}s\"\n"));
    let one = (what, when, down).prop_map(|(what, when, down)| format!("{what}{when}{down}"));
    let one = prop_oneof![5 => one, 1 => scale];
    let several = prop::collection::vec(one, 0..7);
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

/// Text of a second site behind the first gateway.
const SECOND_SITE: &str = "[site.first]\n[site.second]\n[connection_point.far]\n\
    site = \"second\"\ngateway = \"one\"\n[management_point.far-mp]\nsite = \"second\"\n\
    [cohort.far-clients]\nsite = \"second\"\nclients = 50\npolicy_poll.interval = \"3min\"\n\
    [distribution_point.far-dp]\nsite = \"second\"\n";

/// Replaces the placeholders that depend on other components, and removes keys that would be
/// invalid.
fn fitted(text: &str, has_second_site: bool) -> String {
    let name = |section: &str, one: &str, many: &str| {
        let start = text.find(section).expect("a section");
        let own = text[start..].split("\n[").next().unwrap_or_default();
        let is_one = own.lines().any(|line| line.ends_with("count = 1"));
        if is_one { one.to_owned() } else { many.to_owned() }
    };
    let scans = text.contains("[software_update_point");
    let mut fitted = text
        .replace("POINT", &name("[connection_point.cp]", "cp", "cp-1"))
        .replace("SERVER", &name("[management_point.mp]", "mp", "mp-1"))
        .replace(
            "SCAN",
            if scans { "update_scan.interval = \"3h\"\nscan_retry.first = \"1min\"\n" } else { "" },
        )
        .replace("DEPLOYED", if scans && !has_second_site { "scan = \"1min\"\n" } else { "" })
        .replace("SITE", if has_second_site { "site = \"first\"\n" } else { "" });
    if text.contains("channel.enabled = false") {
        fitted = fitted
            .replace("notify = true\n", "")
            .replace("[notification.wave]\nat = \"20min\"\n", "");
    }
    fitted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_audit_passes_in_random_scenarios(
        gateways in gateways(),
        points in points(),
        management_points in management_points(),
        cohorts in cohorts(),
        disruptions in disruptions(),
        sources in sources(),
        deployments in deployments(),
        has_second_site in any::<bool>(),
        warm_up in prop_oneof![Just("0s"), Just("7min")],
        seed in 0..1_000_u32,
    ) {
        let second_site = if has_second_site { SECOND_SITE } else { "" };
        let text = format!(
            "schema = 1\nseed = {seed}\nduration = \"45min\"\nwarm_up = \"{warm_up}\"\n\
             interval = \"1min\"\n{gateways}{points}{management_points}{cohorts}{sources}\
             {deployments}{disruptions}{second_site}"
        );
        let text = fitted(&text, has_second_site);
        // If a conservation law or debug assertion is violated, this call panics, and proptest
        // prints the scenario.
        let result = crate::common::simulate_text(&text, Vec::new(), 1).remove(0);
        prop_assert!(result.audit.holds());
        let requests = &result.requests;
        prop_assert_eq!(
            requests.issued + requests.in_flight_at_start,
            requests.completed + requests.failed + requests.abandoned + requests.in_flight_at_end
        );
        let issued: f64 = result
            .series
            .issued_per_s
            .iter()
            .map(|rate| rate * result.series.interval_s)
            .sum();
        prop_assert!((issued - requests.issued as f64).abs() < 0.5, "the bins must add up to the total");
    }
}
