//! Tests completions, manual pages, JSON output, colours and verbosity.

use crate::common::cmgsim;

/// Returns the standard output of a command that must succeed.
fn printed(arguments: &[&str]) -> String {
    let run = cmgsim().args(arguments).assert().success();
    String::from_utf8(run.get_output().stdout.clone()).expect("UTF-8")
}

/// Returns the subcommands that `--help` lists.
fn verbs() -> Vec<String> {
    let help = printed(&["--help"]);
    let lines = help.lines().skip_while(|line| *line != "Everyday:").skip(1);
    let names = lines.take_while(|line| *line != "General:").filter_map(|line| {
        let name = line.strip_prefix("  ")?;
        name.starts_with(char::is_alphabetic).then(|| name.split(' ').next())?
    });
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.len() >= 18, "{names:?}");
    names
}

#[test]
fn completions_contain_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        for verb in verbs() {
            assert!(script.contains(&verb), "no {verb} in the script for {shell}");
        }
        assert!(script.contains("replications"), "no options in the script for {shell}");
    }
    cmgsim().args(["completions", "cmd"]).assert().code(2);
}

#[test]
fn every_command_has_a_manual_page() {
    let page = printed(&["man"]);
    assert!(page.contains(".TH cmgsim 1") && page.contains("Exit codes"), "{page}");
    let here = tempfile::tempdir().expect("folder is created");
    let folder = here.path().join("man1");
    let message = printed(&["man", "--out", folder.to_str().expect("UTF-8")]);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    for verb in verbs() {
        assert!(page.contains(&format!("cmgsim\\-{verb}(1)")), "no {verb} in {page}");
        assert!(read(&format!("cmgsim-{verb}.1")).contains(".SH SYNOPSIS"), "{verb}");
    }
    assert!(read("cmgsim-preset-list.1").contains("cmgsim preset list"));
    assert!(read("cmgsim-run.1").contains("\\-\\-trace"));
    let count = std::fs::read_dir(&folder).expect("folder is readable").count();
    assert_eq!(message, format!("wrote {count} pages to {}\n", folder.display()));
    cmgsim().args(["man", "--out", "/dev/null/man"]).assert().code(1);
}

/// Returns a short, successful command for every subcommand that prints something.
fn every_verb(folder: &std::path::Path) -> Vec<Vec<String>> {
    let path = |name: &str| folder.join(name).display().to_string();
    let small = "--set cohort.*.clients=20 --set duration=\"5h\"";
    let two = format!("{small} --replications 2");
    let retail = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/retail_prices/constructed.json");
    let lines = [
        format!("run {small} --out {}", path("run")),
        format!("report {}", path("run")),
        format!(
            "compare quickstart --set-b gateway.main.instances=3 {two} --out {}",
            path("compare")
        ),
        format!(
            "size {two} --set slo.latency_p95_s=\"90s\" --find gateway.main.instances=2,3 \
                 --out {}",
            path("size")
        ),
        format!("sensitivity {two} --only management_point.*.cpu --out {}", path("sensitivity")),
        format!("regress quickstart {two} --speed-tolerance off --save-baseline {}", path("b")),
        format!("regress --speed-tolerance off --baseline {}", path("b")),
        format!("sweep {two} --vary seed=1,2 --out {}", path("sweep")),
        format!("sweep {two} --vary seed=1,2 --shard 1/1 --out {}", path("shard")),
        format!("merge {} --out {}", path("shard"), path("merge")),
        format!("calibrate iis {}", path("u_ex.log")),
        "check".to_owned(),
        "check --resolved".to_owned(),
        format!("init {}", path("new.toml")),
        "init -".to_owned(),
        "params probe".to_owned(),
        "params --metrics latency".to_owned(),
        "validate ports --replications 2".to_owned(),
        "schema".to_owned(),
        format!("prices import {retail} --region westeurope"),
        format!("prices show {}", path("book.toml")),
        format!("prices month {} --event {}=2", path("run"), path("run")),
        "preset list".to_owned(),
        "preset show quickstart".to_owned(),
        "explain".to_owned(),
        "explain CMG0302".to_owned(),
    ];
    lines.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn every_command_prints_one_json_document() {
    let here = tempfile::tempdir().expect("folder is created");
    let log = "#Fields: date time cs-uri-stem\n2026-11-30 10:00:00 /CCM_STS\n";
    std::fs::write(here.path().join("u_ex.log"), log).expect("file is written");
    let book = "currency = \"EUR\"\nregion = \"r\"\ndate = \"2026\"\nsource = \"s\"\n\
                hours_per_month = 730\n";
    std::fs::write(here.path().join("book.toml"), book).expect("file is written");
    let commands = every_verb(here.path());
    for verb in verbs() {
        let is_covered = commands.iter().any(|command| command[0] == verb);
        let is_exempt = ["warmup", "completions", "man"].contains(&verb.as_str());
        assert!(is_covered || is_exempt, "no command for {verb}");
    }
    for command in commands {
        let run = cmgsim().args(&command).args(["--format", "json"]).output().expect("cmgsim runs");
        let errors = String::from_utf8_lossy(&run.stderr);
        // Verdicts have their own exit codes; exit codes 1 to 3 mean errors.
        assert!(!matches!(run.status.code(), Some(1..=3)), "{command:?}: {errors}");
        let document = serde_json::from_slice::<serde_json::Value>(&run.stdout);
        let document = document.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(document.get("error").is_none(), "{command:?}: {document}");
    }
}

#[test]
fn errors_are_one_json_document() {
    for command in [
        &["explain", "CMG9999"][..],
        &["preset", "show", "nothing"],
        &["params", "--metrics", "nothing"],
        &["params", "nothing-like-this"],
        &["check", "nowhere.toml"],
        &["init", "Cargo.toml"],
    ] {
        let run = cmgsim().args(command).args(["--format", "json"]).assert().failure();
        let bytes = &run.get_output().stdout;
        let document: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        assert!(document["error"]["message"].is_string(), "{command:?}: {document}");
    }
}

#[test]
fn an_unknown_metric_is_an_error() {
    let run = cmgsim().args(["params", "--metrics", "nothing"]).assert().code(2);
    let output = run.get_output();
    assert!(output.stdout.is_empty());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("no metric has a name with `nothing`")
    );
}

#[test]
fn an_invalid_value_of_vary_is_shown_with_its_position() {
    let arguments = ["sweep", "quickstart", "--vary", "gateway.main.instances=2,99"];
    let run = cmgsim().args(arguments).assert().code(3);
    let errors = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(errors.contains("--vary:1:") && !errors.contains("--set:"), "{errors}");
    let run = cmgsim().args(["check", "--set", "gateway.main.instances=99"]).assert().code(3);
    let errors = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(errors.contains("--set:1:"), "{errors}");
}

const ESCAPE: u8 = 0x1b;

/// Returns what a command writes to standard output and standard error.
fn both(arguments: &[&str], variables: &[(&str, &str)]) -> [Vec<u8>; 2] {
    let mut command = cmgsim();
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.args(arguments).output().expect("cmgsim runs");
    [output.stdout, output.stderr]
}

#[test]
fn colours_need_a_terminal_unless_they_are_forced() {
    let warned = ["check", "over-the-limit"];
    let failed = ["preset", "show", "nothing"];
    let invalid = ["check", "--set", "gateway.main.instances=99"];
    for (arguments, is_coloured) in
        [(&warned[..], [true, true]), (&failed, [false, true]), (&invalid, [false, true])]
    {
        let plain = both(arguments, &[]);
        assert!(!plain.concat().contains(&ESCAPE), "{arguments:?}: coloured without a terminal");
        assert_eq!(both(arguments, &[("NO_COLOR", "1")]), plain, "{arguments:?}");
        let forced = both(arguments, &[("CLICOLOR_FORCE", "1")]);
        assert_eq!(forced.map(|text| text.contains(&ESCAPE)), is_coloured, "{arguments:?}");
        let never = [&["--color", "never"], arguments].concat();
        assert_eq!(both(&never, &[("CLICOLOR_FORCE", "1")]), plain, "{arguments:?}");
        let json = [arguments, &["--format", "json"]].concat();
        let [stdout, _] = both(&json, &[("CLICOLOR_FORCE", "1")]);
        assert!(!stdout.contains(&ESCAPE), "{arguments:?}: JSON has colours");
    }
}

#[test]
fn quiet_prints_nothing_and_verbose_writes_notes_to_standard_error() {
    let here = tempfile::tempdir().expect("folder is created");
    let file = here.path().join("new.toml");
    let quiet = both(&["-q", "init", file.to_str().expect("UTF-8")], &[]);
    assert!(quiet.concat().is_empty() && file.exists());
    assert!(both(&["check", "over-the-limit", "--quiet"], &[]).concat().is_empty());
    let plain = both(&["check", "quickstart"], &[]);
    let [stdout, stderr] = both(&["check", "quickstart", "-v"], &[]);
    assert_eq!(stdout, plain[0]);
    let notes = String::from_utf8_lossy(&stderr);
    for expected in ["note: read the embedded quickstart", "hash", "took", "exit code 0"] {
        assert!(notes.contains(expected), "no {expected} in {notes}");
    }
    cmgsim().args(["check", "-q", "-v"]).assert().code(2);
}
