//! Checks that the output and the scenarios in README.md match the program.

use std::fs;
use std::path::Path;

use crate::common::cmgsim;
use crate::common::files::folder;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("README.md")
}

/// The output excerpt in README.md is what the first command prints.
#[test]
fn the_output_excerpt_in_the_readme_is_up_to_date() {
    let here = folder();
    let run = cmgsim().current_dir(here.path()).arg("run").assert().success();
    let printed = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let readme = readme();
    let shown =
        readme.split("<!-- quickstart -->\n```text\n").nth(1).expect("README.md has the excerpt");
    let shown: Vec<&str> =
        shown.split("```").next().expect("the block is closed").lines().collect();
    assert!(shown.len() > 4);
    for line in shown {
        assert!(printed.lines().any(|own| own == line), "not printed: {line}\nbut:\n{printed}");
    }
}

#[test]
fn the_scenarios_in_the_readme_are_valid() {
    let readme = readme();
    let scenarios: Vec<&str> = readme.split("```toml\n").skip(1).collect();
    assert!(!scenarios.is_empty());
    for scenario in scenarios {
        let scenario = scenario.split("```").next().expect("the block is closed").to_owned();
        cmgsim().args(["check", "-"]).write_stdin(scenario).assert().success();
    }
}
