//! Tests how overrides change scenario values and the scenario's question, which names are valid,
//! and that output contains no control characters.

use std::fs;

use proptest::prelude::*;

use cmgsim::Scenario;
use cmgsim::internals::base::text::{SCREEN_ROWS, is_hidden, rows};
use cmgsim::internals::catalogue::Catalogue;
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load, starter};

use crate::common::cmgsim;

/// Small scenario to which tests append text.
const BASE: &str = "schema = 1\nquestion = \"Do 100 clients work?\"\nduration = \"10min\"\n\
    warm_up = \"0s\"\n[gateway.g]\n[connection_point.c]\n\
    [management_point.m]\ncpu = \"5ms\"\ndatabase = { dist = \"gamma\", mean = \"20ms\", cv = 2.0 }\n\
    [cohort.x]\nclients = 100\npresence = \"office-hours\"\n\
    locations = { internet = \"60%\", intranet = \"30%\", vpn = \"10%\" }\n";

fn loaded(text: &str, overrides: &[&str]) -> Result<Scenario, String> {
    let origin = ScenarioOrigin::Text { name: "test.toml".to_owned(), text: text.to_owned() };
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    load(&LoadRequest { origin, overrides }).map_err(|problems| problems.render(false))
}

/// Returns the resolved value at a path after applying overrides.
fn value(text: &str, overrides: &[&str], path: &str) -> String {
    let scenario = loaded(text, overrides).unwrap_or_else(|message| panic!("{message}"));
    scenario.resolved.values_at(path).join(" ")
}

fn locations(text: &str, overrides: &[&str]) -> String {
    ["internet", "intranet", "vpn"]
        .map(|place| value(text, overrides, &format!("cohort.x.locations.{place}")))
        .join(" ")
}

#[test]
fn inline_tables_replace_all_keys_and_dotted_keys_change_one_key() {
    let whole = "cohort.x.locations={internet=\"100%\"}";
    assert_eq!(locations(BASE, &[whole]), r#""100%" "0%" "0%""#);
    assert_eq!(locations(BASE, &["cohort.*.locations={vpn=\"25%\"}"]), r#""0%" "75%" "25%""#);
    let parts = ["cohort.x.locations.vpn=20%", "cohort.x.locations.intranet=20%"];
    assert_eq!(locations(BASE, &parts), r#""60%" "20%" "20%""#);
    // The inline table in `[client]` is also one value: a cohort uses either its own table or this
    // default, not a mixture.
    let of_all = format!("{BASE}[client]\nlocations = {{ vpn = \"50%\" }}\n");
    assert_eq!(locations(&of_all, &[whole]), r#""100%" "0%" "0%""#);
    assert_eq!(locations(&of_all, &[]), locations(BASE, &[]));

    let database = |overrides: &[&str]| value(BASE, overrides, "management_point.m.database");
    assert_eq!(
        database(&["management_point.m.database.cv=1.5"]),
        r#"{ dist = "gamma", mean = "20ms", cv = 1.5 }"#
    );
    assert_eq!(
        database(&["management_point.m.database={dist=\"exponential\",mean=\"1ms\"}"]),
        r#"{ dist = "exponential", mean = "1ms" }"#
    );
    // The default in the catalogue is also a table, whose other keys remain.
    assert_eq!(
        value(BASE, &["network.relay.p95=200ms"], "network.relay"),
        r#"{ dist = "lognormal", median = "130ms", p95 = "200ms" }"#
    );
}

#[test]
fn changing_one_key_of_a_default_table_keeps_the_others() {
    let path = "management_point.m.cpu";
    assert_eq!(
        value(BASE, &["management_point.m.cpu.policy_poll=9ms"], path),
        r#"{ default = "5ms", policy_poll = "9ms" }"#
    );
    let presence = value(BASE, &["cohort.x.presence.start=07:00"], "cohort.x.presence");
    assert!(presence.contains("kind = \"office-hours\", start = \"07:00\""), "{presence}");
    // A kind of request inherits the keys of the default distribution.
    let one = ["management_point.m.database.heartbeat.mean=1ms"];
    let database = value(BASE, &one, "management_point.m.database");
    assert!(database.contains(r#"dist = "gamma", mean = "20ms", cv = 2.0"#), "{database}");
}

#[test]
fn sections_are_merged_in_any_notation() {
    let braces = ["cohort.x.retry={attempts=2}", "gateway.g={instances=3}"];
    let dotted = ["cohort.x.retry.attempts=2", "gateway.g.instances=3"];
    let text = format!("{BASE}[cohort.x.retry]\nfirst = \"7s\"\n[gateway.g.probe]\nfailures = 2\n");
    let hash = |overrides: &[&str]| loaded(&text, overrides).map(|one| one.resolved.hash());
    assert!(
        hash(&braces).is_ok_and(
            |hash| Ok(hash) == self::loaded(&text, &dotted).map(|one| one.resolved.hash())
        )
    );
    assert_eq!(value(&text, &braces, "cohort.x.retry.first"), "\"7s\"");
    assert_eq!(value(&text, &braces, "gateway.g.probe.failures"), "2");
}

/// A scenario that extends another one follows the same rules as `--set`.
#[test]
fn a_scenario_that_extends_another_overrides_values_like_set() {
    let folder = tempfile::tempdir().expect("folder is created");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("base.toml"), BASE).expect("file is written");
    let extended = |lines: &str| {
        let text = format!("schema = 1\nextends = \"base.toml\"\n{lines}");
        fs::write(path("child.toml"), text).expect("file is written");
        let request =
            LoadRequest { origin: ScenarioOrigin::Path(path("child.toml")), overrides: vec![] };
        load(&request).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
    };
    for (lines, set) in [
        (
            "[cohort.x]\nlocations = { internet = \"100%\" }\n",
            "cohort.x.locations={internet=\"100%\"}",
        ),
        ("[cohort.x.locations]\ninternet = \"100%\"\n", "cohort.x.locations={internet=\"100%\"}"),
        (
            "[cohort.x]\nlocations.vpn = \"15%\"\nlocations.intranet = \"25%\"\n",
            "cohort.x={locations.vpn=\"15%\",locations.intranet=\"25%\"}",
        ),
        ("[management_point.m]\ndatabase.cv = 3\n", "management_point.m.database.cv=3"),
        ("[management_point.m]\ncpu.heartbeat = \"1ms\"\n", "management_point.m.cpu.heartbeat=1ms"),
    ] {
        let base = BASE.replace("question = \"Do 100 clients work?\"\n", "");
        let hash = loaded(&base, &[set]).map(|one| one.resolved.hash());
        assert_eq!(Ok(extended(lines).resolved.hash()), hash, "{lines}");
    }
    // A question refers to the numbers of its own file, so it is not inherited.
    let child = extended("[cohort.x]\nclients = 4500\n");
    assert_eq!((child.name.as_str(), child.question.as_str()), ("child", ""));
}

#[test]
fn a_question_names_the_overridden_values() {
    let question = |overrides: &[&str]| loaded(BASE, overrides).expect("scenario loads").question;
    assert_eq!(question(&[]), "Do 100 clients work?");
    assert_eq!(question(&["seed=7", "name=other"]), "Do 100 clients work?");
    assert_eq!(
        question(&["cohort.x.clients=45", "seed=7"]),
        "Do 100 clients work? (overridden: cohort.x.clients=45)"
    );
    assert_eq!(question(&["cohort.x.clients=45", "question=Do 45?"]), "Do 45?");
    let text =
        cmgsim().args(["check", "quickstart", "--set", "cohort.*.clients=4500"]).assert().success();
    let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
    assert!(text.contains("(overridden: cohort.*.clients=4500)"), "{text}");
}

#[test]
fn a_normal_distribution_that_cannot_have_its_mean_is_refused() {
    let set =
        |sd: &str| format!("network.client_site={{dist=\"normal\",mean=\"5ms\",sd=\"{sd}\"}}");
    let message = loaded(BASE, &[&set("20ms")]).err().unwrap_or_default();
    assert!(message.contains("0.75 times the mean") && message.contains("\"20ms\""), "{message}");
    // The same restriction applies to the start time and the length of a working day.
    for (part, both) in [
        (
            "start={kind=\"office-hours\",start=\"00:00\",start_sd=\"45min\"}",
            ["start` would be 1", "min, not 0"],
        ),
        (
            "length={kind=\"office-hours\",length=\"1h\",length_sd=\"1h\"}",
            ["would be 65 min", "not 1 h"],
        ),
    ] {
        let (name, table) = part.split_once('=').expect("a table");
        let message = loaded(BASE, &[&format!("cohort.x.presence={table}")])
            .map_or_else(|message| message, |_| format!("{name} is accepted"));
        assert!(both.iter().all(|number| message.contains(number)), "{message}");
    }
    let config = loaded(BASE, &[&set("3.7ms")]).expect("the mean is possible").config;
    assert_eq!(config.network.client_site.mean(), 0.005);
}

#[test]
fn names_may_use_letters_of_any_script() {
    let rename = |name: &str| BASE.replace("cohort.x", &format!("cohort.\"{name}\""));
    for name in ["测试", "Zürich", "हिन्दी", "می", "ελλάς", "e\u{301}t\u{e9}", "a-b_c9", "-1"]
    {
        let scenario = loaded(&rename(name), &[&format!("cohort.{name}.clients=7")])
            .unwrap_or_else(|message| panic!("{name}: {message}"));
        assert_eq!(scenario.config.clients(), 7);
        let again = loaded(&scenario.resolved.to_toml(), &[]).expect("its resolved form loads");
        assert_eq!(again.resolved.hash(), scenario.resolved.hash());
        let quoted = format!("cohort.\"{name}\".clients=7");
        assert!(loaded(&rename(name), &[&quoted]).is_ok(), "{quoted}");
    }
    for name in
        ["", "a b", "a/b", "a*", "\u{301}", "a\u{202e}b", "a\u{200b}", "=1", "🚀", &"測".repeat(65)]
    {
        let message = loaded(&rename(name), &[]).err().unwrap_or_default();
        assert!(message.contains("CMG0203"), "{name}: {message}");
    }
}

/// Tables, charts and pages show names exactly as written.
#[test]
fn results_keep_names_of_any_script() {
    let folder = tempfile::tempdir().expect("folder is created");
    let text = BASE.replace("cohort.x", "cohort.\"测试\"").replace("gateway.g", "gateway.\"é\"");
    fs::write(folder.path().join("实验.toml"), text).expect("file is written");
    let run =
        cmgsim().current_dir(folder.path()).args(["run", "实验.toml", "-q"]).assert().success();
    let printed = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let stored = printed.lines().last().unwrap_or_default();
    assert!(stored.starts_with("output/实验-"), "{stored}");
    let stored = folder.path().join(stored);
    let read = |name: &str| fs::read_to_string(stored.join(name)).expect(name);
    assert!(read("stations.csv").contains("é"), "{}", read("stations.csv"));
    let summary = read("summary.json");
    assert!(
        serde_json::from_str::<serde_json::Value>(&summary).is_ok() && summary.contains("测试")
    );
    let report = cmgsim().arg("report").arg(&stored).arg("-q").assert().success();
    drop(report);
    let page = read("report.html");
    assert!(
        page.contains("测试")
            && !page.chars().any(|one| is_hidden(one) && one != '\n' && one != '\t')
    );
}

#[test]
fn the_commands_and_sections_named_in_the_starter_exist() {
    let text = starter::full(&starter::Answers::default());
    let commands: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    assert!(commands.iter().filter(|one| one.starts_with("cmgsim ")).count() >= 4, "{commands:?}");
    let folder = tempfile::tempdir().expect("folder is created");
    for command in commands {
        let command = command.replace("SECTION", "gateway");
        let words: Vec<&str> = command.split_whitespace().collect();
        if let ["cmgsim", arguments @ ..] = &words[..] {
            cmgsim().current_dir(folder.path()).args(arguments).assert().success();
        }
    }
    // Check each section header, including commented ones, and each key below it.
    let mut section = String::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['#', ' ']);
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = header.to_owned();
            assert!(!Catalogue::builtin().search(&section).is_empty(), "params {section}");
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !section.is_empty()) {
            let path = format!("{section}.{key}");
            assert!(!Catalogue::builtin().search(&path).is_empty(), "params {path}");
        }
    }
    for pattern in ["gateway.main", "[cohort.remote]", "gateway.main.probe.interval"] {
        cmgsim().args(["params", pattern]).assert().success();
    }
    let run = cmgsim().args(["params", "gatway.main"]).assert().code(2);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(message.contains("did you mean `gateway`"), "{message}");
}

/// An error message about any argument or file contains no control characters and fits on one
/// screen.
#[test]
fn terminal_messages_are_printable_and_fit_on_a_screen() {
    let folder = tempfile::tempdir().expect("folder is created");
    let evil = "\u{1b}[2J\u{202e}\u{9b}\u{200f}\u{2028}\u{feff}\u{2066}";
    let long = "y".repeat(50_000);
    let many: String = (0..300).map(|one| format!("key{one}=\"{evil}\"\n")).collect();
    let file = folder.path().join(format!("a{}.toml", evil.replace('\u{1b}', "")));
    fs::write(
        &file,
        format!("schema = 1\n{many}[gateway.\"{evil}\"]\ninstances=\"{evil}{long}\"\n"),
    )
    .expect("file is written");
    let file = file.to_string_lossy().into_owned();
    let set = |text: &str| format!("cohort.remote.clients={text}");
    for arguments in [
        vec!["check", &file],
        vec!["check", &format!("missing{evil}.toml")],
        vec!["check", &format!("{evil}{long}")],
        vec!["check", "quickstart", "--set", &set(evil)],
        vec!["check", "quickstart", "--set", &set(&long)],
        vec!["check", "quickstart", "--set", &format!("gateway.{evil}.x=1")],
        vec!["check", "quickstart", "--set", &format!("{long}.{long}=1")],
        vec!["check", "quickstart", &format!("--{evil}")],
        vec!["check", "quickstart", "--seed", &long],
        vec!["explain", evil],
        vec!["params", &long],
        vec!["report", &format!("nowhere{evil}")],
        vec!["compare", "quickstart", "--set-b", &long],
    ] {
        for format in ["text", "json"] {
            let run = cmgsim()
                .args(&arguments)
                .args(["--format", format])
                .env("CLICOLOR_FORCE", "1")
                .output()
                .expect("cmgsim runs");
            assert!(!run.status.success(), "{arguments:?}");
            let stderr = String::from_utf8(run.stderr).expect("UTF-8");
            let plain = without_colours(&stderr);
            assert!(rows(&plain) <= SCREEN_ROWS, "{} rows: {plain}", rows(&plain));
            for text in [plain, String::from_utf8(run.stdout).expect("UTF-8")] {
                let wrong = text.chars().find(|one| is_hidden(*one) && *one != '\n');
                assert_eq!(wrong, None, "{text}");
            }
        }
    }
}

/// Returns the text without the colour codes that the program writes.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (colour, rest) = piece.split_once('m').expect("a colour");
        assert!(colour.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{colour}");
        plain.push_str(rest);
    }
    plain
}

#[test]
fn every_scenario_error_has_a_location() {
    let clients = "cohort.x.clients=9999999";
    let more = format!("{BASE}[cohort.y]\nclients = 9999998\n");
    for (text, set, place) in [
        (more.as_str(), vec![clients], "--set:1:18"),
        ("schema = 1\n", vec![], "test.toml:1:1"),
        ("schema = 1\n[cohort.x]\nclients = 5\n", vec![], "test.toml:2:"),
        (BASE, vec!["start=2026-11-23T25:00"], "--set:1:7"),
        (BASE, vec!["gateway.g.instances=17"], "--set:1:21"),
    ] {
        let message = loaded(text, &set).err().unwrap_or_default();
        assert!(message.contains(place), "{place} not in {message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The program handles any path and value of `--set`, including tables, without a panic. If the
    /// scenario loads, its resolved form is equivalent.
    #[test]
    fn any_override_causes_no_panic(
        path in prop_oneof![
            Just("cohort.x.locations"), Just("management_point.m.cpu"), Just("network.relay"),
            Just("cohort.x.presence"), Just("cohort.*"), Just("gateway"), Just("client.locations"),
        ],
        key in prop_oneof![Just(""), Just(".mean"), Just(".default"), Just(".vpn"), Just(".kind.x")],
        value in prop_oneof![
            Just("{}".to_owned()), Just("{vpn=\"5%\"}".to_owned()), Just("9ms".to_owned()),
            Just("{default.mean=\"1ms\"}".to_owned()), Just("{kind=\"shift\"}".to_owned()),
            Just("{dist=\"normal\",mean=\"9ms\",sd=\"1ms\"}".to_owned()), Just("5%".to_owned()),
            "\\PC{0,20}",
        ],
    ) {
        let set = format!("{path}{key}={value}");
        match loaded(BASE, &[&set]) {
            Ok(scenario) => {
                let again = loaded(&scenario.resolved.to_toml(), &[]);
                prop_assert_eq!(again.map(|one| one.resolved.hash()), Ok(scenario.resolved.hash()));
            }
            Err(message) => prop_assert!(rows(&message) <= SCREEN_ROWS, "{}", message),
        }
    }

    /// The program accepts or refuses any text for a time zone, a name or a value with a unit,
    /// without a panic.
    #[test]
    fn any_text_for_a_value_causes_no_panic(text in "\\PC{0,40}", end in "[ -~]{0,12}") {
        let value = toml::Value::from(format!("{text}{end}")).to_string();
        for path in ["time_zone", "start", "duration", "cohort.x.uplink", "cohort.x.time_zone"] {
            let _ = loaded(BASE, &[&format!("{path}={value}")]);
        }
    }
}
