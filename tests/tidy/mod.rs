//! Checks rules that the compiler does not check: module dependencies, lengths, banned constructs
//! and documents that must match the code.

mod arrows;
mod language;
mod prose;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cmgsim::internals::catalogue::{Catalogue, Provenance};
use cmgsim::internals::scenario::preset;

/// Returns the modules and their allowed dependencies, as listed in ARCHITECTURE.md.
fn arrows_of_the_document() -> Vec<(String, Vec<String>)> {
    let document =
        fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is readable");
    let table =
        document.split("| module | contents | may use |").nth(1).expect("a table of modules");
    let names = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let arrows = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (names(cells[1])[0].clone(), names(cells[3]))
    });
    arrows.collect()
}

/// Dependencies that only the tests of a module may have.
const IN_TESTS: [(&str, &str); 3] =
    [("experiment", "scenario"), ("logs", "calibrate"), ("logs", "report")];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the Rust files in a folder and its subfolders, except build output, by path relative to
/// the repository root.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("folder is readable") {
            let path = entry.expect("entry is readable").path();
            if path.ends_with("target") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root()).expect("path is below the repository root");
                let text = fs::read_to_string(&path).expect("file is readable");
                found.insert(name.to_string_lossy().into_owned(), text);
            }
        }
    }
    found
}

/// Returns a file without its unit tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// Returns the module path of a file below `src`, without `crate`.
fn module_of(name: &str) -> Vec<String> {
    let name = name.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = name.split('/').filter(|part| *part != "mod");
    parts.map(str::to_owned).collect()
}

#[test]
fn modules_use_only_allowed_modules() {
    let modules = arrows_of_the_document();
    let is_module = |name: &str| modules.iter().any(|(own, _)| *own == name);
    let mut wrong = Vec::new();
    let mut needed = BTreeSet::new();
    let sources = sources("src");
    let of_tests: BTreeSet<Vec<String>> = sources
        .iter()
        .flat_map(|(name, text)| arrows::test_files(text, &module_of(name)))
        .collect();
    for (name, text) in &sources {
        let module = module_of(name);
        let Some(user) = module.first().filter(|_| name.matches('/').count() > 1) else {
            continue;
        };
        let (_, allowed) = modules
            .iter()
            .find(|(name, _)| name == user)
            .unwrap_or_else(|| panic!("ARCHITECTURE.md does not list the module {user}"));
        let is_test = of_tests.iter().any(|one| module.starts_with(one));
        for one in arrows::uses(text, &module, is_test) {
            let other = one.module.as_str();
            if other == user || !is_module(other) {
                continue;
            }
            needed.insert((user.clone(), one.module.clone()));
            let may_be_tested = one.is_test && IN_TESTS.contains(&(user.as_str(), other));
            if !allowed.contains(&one.module) && !may_be_tested {
                wrong.push(format!("{name} uses {other}"));
            }
        }
    }
    for (user, allowed) in &modules {
        let is_needed = |other: &&String| needed.contains(&(user.clone(), (*other).clone()));
        let not_needed = allowed.iter().filter(|other| !is_needed(other));
        wrong.extend(not_needed.map(|other| format!("{user} may depend on {other} but does not")));
    }
    assert_none("dependencies that differ from ARCHITECTURE.md", &wrong);
}

#[test]
fn files_functions_and_lines_are_short_and_files_have_headers() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for (name, text) in sources(folder) {
            let count = text.lines().count();
            if count > FILE_LINES_MAX {
                wrong.push(format!("{name}: {count} lines"));
            }
            if !text.starts_with("//!") {
                wrong.push(format!("{name}: no //! header"));
            }
            for (number, line) in text.lines().enumerate() {
                if line.chars().count() > COLUMNS_MAX && !line.contains('"') {
                    wrong.push(format!("{name}:{}: long line", number + 1));
                }
            }
            for (function, length) in functions(&text) {
                if length > FUNCTION_LINES_MAX {
                    wrong.push(format!("{name}: {function} has {length} lines"));
                }
            }
        }
    }
    assert_none("too long, or without a header", &wrong);
}

/// Returns functions and their lengths. In formatted code, a function ends at the closing brace
/// that has the same indentation as the function.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words: Vec<&str> = trimmed.split_whitespace().collect();
        let Some(at) = words.iter().take(4).position(|word| *word == "fn") else { continue };
        if trimmed.starts_with("//") || trimmed.ends_with(';') {
            continue;
        }
        let indent = line.len() - trimmed.len();
        let end_of = |line: &&str| line.starts_with(&format!("{}}}", " ".repeat(indent)));
        // A declaration without a body ends after its parameters.
        let declared = lines[start..].iter().position(|line| line.ends_with([';', '{']));
        if declared.is_some_and(|end| lines[start + end].ends_with(';')) {
            continue;
        }
        let length = lines[start..].iter().position(end_of).unwrap_or(0) + 1;
        let name = words.get(at + 1).copied().unwrap_or("?");
        found.push((name.split('(').next().unwrap_or(name).to_owned(), length));
    }
    found
}

#[test]
fn nondeterministic_or_panicking_constructs_are_banned() {
    /// Banned construct, path prefix where it is allowed, and reason for the ban.
    const BANS: [(&str, &str, &str); 11] = [
        ("HashMap", "", "its iteration order differs between runs"),
        ("HashSet", "", "its iteration order differs between runs"),
        ("Instant", "src/cli/", "results must not depend on the clock"),
        ("SystemTime", "src/cli/", "results must not depend on the clock"),
        ("println!", "", "it panics on a closed pipe"),
        ("print!", "", "it panics on a closed pipe"),
        ("process::exit", "src/cli/", "only the command line may end the program"),
        ("std::env", "src/cli/", "only the command line may read the environment"),
        (".unwrap()", "", "use expect and state why it cannot fail"),
        ("StdRng", "", "its numbers may change between versions"),
        ("SmallRng", "", "its numbers may change between versions"),
    ];
    let mut wrong = Vec::new();
    for (name, text) in sources("src") {
        for (number, line) in code(&text).lines().enumerate() {
            let line = line.split("//").next().unwrap_or(line);
            for (banned, allowed, why) in BANS {
                let is_allowed = !allowed.is_empty() && name.starts_with(allowed);
                if line.contains(banned) && !is_allowed && !name.ends_with("/tests.rs") {
                    wrong.push(format!("{name}:{}: {banned}: {why}", number + 1));
                }
            }
        }
    }
    assert_none("banned constructs", &wrong);
}

#[test]
fn every_default_has_a_source() {
    let mut wrong = Vec::new();
    for one in Catalogue::builtin().parameters() {
        if one.doc.is_empty() {
            wrong.push(format!("{}: no description", one.path));
        }
        let is_fact = one.provenance != Provenance::Setting;
        if is_fact && one.source.is_empty() {
            wrong.push(format!("{}: {} without a source", one.path, one.provenance));
        }
        let is_dated = one.source.contains("20") || one.source.starts_with("By ");
        if one.provenance == Provenance::Published && !is_dated {
            wrong.push(format!("{}: a published number without a date", one.path));
        }
    }
    assert_none("parameters", &wrong);
}

#[test]
fn documents_match_the_code() {
    let read = |name: &str| {
        fs::read_to_string(root().join(name)).unwrap_or_else(|_| panic!("{name} is missing"))
    };
    let mut wrong = Vec::new();
    let readme = read("README.md");
    for (name, _) in preset::ALL {
        if !readme.contains(&format!("`{name}`")) {
            wrong.push(format!("README.md does not name the scenario {name}"));
        }
    }
    for command in ["cargo run --release -- run", "cargo test"] {
        if !readme.contains(command) {
            wrong.push(format!("README.md does not mention `{command}`"));
        }
    }
    if !read(".ci/run").contains("cargo test --locked") {
        wrong.push(".ci/run does not run the tests that the README names".to_owned());
    }
    let benches = read("benches/README.md");
    for name in sources("benches").keys() {
        let name = name.trim_start_matches("benches/").trim_end_matches(".rs");
        // The other simulators in `peers` are a separate package with its own README.
        let name = if name.starts_with("peers/") { "peers" } else { name };
        if !benches.contains(&format!("`{name}`")) {
            wrong.push(format!("benches/README.md does not name {name}"));
        }
    }
    let decisions = read("docs/decisions.md");
    for manifest in ["Cargo.toml", "core/Cargo.toml", "benches/Cargo.toml", "bitmap/Cargo.toml"] {
        let manifest: toml::Table = toml::from_str(&read(manifest)).expect("a manifest");
        for section in ["dependencies", "dev-dependencies"] {
            let named = manifest.get(section).and_then(toml::Value::as_table);
            for name in named.into_iter().flat_map(toml::Table::keys) {
                if !decisions.contains(&format!("`{name}`")) {
                    wrong.push(format!("docs/decisions.md gives no reason for {name}"));
                }
            }
        }
    }
    let cases: serde_json::Value =
        serde_json::from_str(&read("tests/theory-cases.json")).expect("JSON");
    let validation = read("docs/validation.md");
    for case in cases["cases"].as_array().expect("cases") {
        let id = case["id"].as_str().expect("an id");
        if !validation.contains(id) {
            wrong.push(format!("docs/validation.md does not list {id}"));
        }
    }
    assert_none("documents", &wrong);
}
