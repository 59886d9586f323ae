//! Checks the book in `docs/`: all link targets exist, the summary lists every page, generated
//! pages are up to date, scenarios load, and console sessions print the output shown.
//!
//! To update the generated pages, run `CMGSIM_UPDATE_DOCS=1 cargo test book::`.

mod faq;
mod glossary;
mod markdown;
mod notebooks;
mod parameters;
mod reference;
mod session;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use rayon::prelude::*;

use markdown::{Page, anchors, blocks, links};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// Returns every page of the book and the README, sorted by path.
fn pages() -> Vec<Page> {
    let mut names = vec!["README.md".to_owned()];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("folder is readable") {
            let name = folder.join(entry.expect("entry is readable").file_name());
            if root().join(&name).is_dir() {
                folders.push(name);
            } else if name.extension().is_some_and(|ending| ending == "md") {
                names.push(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    names.sort();
    names.into_iter().map(|name| Page::read(root(), name)).collect()
}

#[test]
fn link_targets_exist() {
    let pages = pages();
    let mut wrong = Vec::new();
    for page in &pages {
        for link in links(&page.text) {
            if link.starts_with("http://") || link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = page.resolve(path);
            if !root().join(&target).exists() {
                wrong.push(format!("{}: {link}: no such file", page.name));
                continue;
            }
            let other = Page::read_if_text(root(), &target);
            if !anchor.is_empty() && !other.is_some_and(|one| anchors(&one.text).contains(anchor)) {
                wrong.push(format!("{}: {link}: no such heading", page.name));
            }
        }
    }
    assert_none("broken links", &wrong);
}

#[test]
fn the_summary_lists_every_page_once() {
    let summary = Page::read(root(), "docs/SUMMARY.md".to_owned());
    let listed: Vec<String> = links(&summary.text).iter().map(|it| summary.resolve(it)).collect();
    let once: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(once.len(), listed.len(), "the summary lists a page twice");
    let mut wrong = Vec::new();
    for page in pages() {
        let is_chapter = page.name.starts_with("docs/") && page.name != summary.name;
        if is_chapter && !once.contains(&page.name) {
            wrong.push(format!("{} is not in docs/SUMMARY.md", page.name));
        }
    }
    assert_none("pages missing from the summary", &wrong);
}

/// Asserts that the stored file equals a generated page, or writes the file if `CMGSIM_UPDATE_DOCS`
/// is set.
fn assert_up_to_date(name: &str, now: &str) {
    let path = root().join(name);
    if std::env::var_os("CMGSIM_UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder can be created");
        fs::write(&path, now).expect("file is writable");
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(stored == now, "{name} is out of date; run CMGSIM_UPDATE_DOCS=1 cargo test book::");
}

#[test]
fn the_generated_scenario_reference_is_up_to_date() {
    assert_up_to_date("docs/reference/scenario.md", &reference::page());
}

#[test]
fn the_generated_list_of_parameters_is_up_to_date() {
    assert_up_to_date("docs/reference/parameters.md", &parameters::page());
}

#[test]
fn scenarios_in_the_pages_load() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        // Scenarios of a page may extend each other.
        let folder = tempfile::tempdir().expect("folder is created");
        for block in blocks(&page.text) {
            if let Some(name) = &block.file {
                fs::write(folder.path().join(name), &block.text).expect("file is writable");
            }
            if block.language != "toml" || !block.text.contains("schema = 1") {
                continue;
            }
            count += 1;
            let name = format!("{}:{}", page.name, block.line);
            let origin = match block.file {
                Some(file) => ScenarioOrigin::Path(folder.path().join(file)),
                None => ScenarioOrigin::Text { name: name.clone(), text: block.text },
            };
            if let Err(problems) = load(&LoadRequest { origin, overrides: Vec::new() }) {
                wrong.push(format!("{name}: {}", problems.render(false)));
            }
        }
    }
    assert!(count >= 6, "only {count} scenarios found in the pages");
    assert_none("scenarios that do not load", &wrong);
}

#[test]
fn sessions_print_what_the_pages_show() {
    let wrong: Vec<String> = pages().par_iter().flat_map_iter(session::differences).collect();
    assert_none("sessions with different output", &wrong);
}

#[test]
fn shown_commands_have_valid_arguments() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let shells = ["sh", "powershell"];
        let blocks = blocks(&page.text);
        for block in blocks.iter().filter(|block| shells.contains(&block.language.as_str())) {
            for words in session::commands(&block.text) {
                count += 1;
                if let Err(message) = session::parses(&words) {
                    let line = words.join(" ");
                    wrong.push(format!("{}:{}: {line}: {message}", page.name, block.line));
                }
            }
        }
    }
    assert!(count >= 20, "only {count} commands found in the pages");
    assert_none("commands with invalid arguments", &wrong);
}
