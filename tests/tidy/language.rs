//! Checks that prose and identifiers contain nothing that `language.toml` bans.
//!
//! `cargo test --test integration tidy::language` lists every hit with its replacement, and the
//! number of hits by area.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Deserialize;

use super::prose::{GAP, Parted, SPAN, part};
use super::root;

/// Folders and files that are searched.
const SEARCHED: [&str; 17] = [
    ".ci",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.toml",
    "README.md",
    "benches",
    "bitmap",
    "build.rs",
    "clippy.toml",
    "core",
    "docs",
    "examples",
    "notebooks",
    "python",
    "scenarios",
    "src",
    "tests",
];

/// Folders and files that are not searched, because they are build output, third-party files or
/// generated from searched files.
const LEFT_OUT: [&str; 6] = [
    "target",
    "vendor",
    "docs/reference",
    "docs/notebooks/",
    "benches/peers/target",
    "tests/tidy/language",
];

const ENDINGS: [&str; 10] = ["rs", "md", "toml", "html", "css", "js", "py", "ipynb", "snap", "yml"];

/// Minimum number of words of an identifier that counts as a sentence, such as a test name.
const SENTENCE_WORDS_MIN: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    phrase: Vec<Rule>,
    identifier: Vec<Rule>,
}

/// Phrases or identifiers that are banned, and the conditions of the ban.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    not: Vec<String>,
    /// Suggested replacement.
    r#use: String,
    /// Words after which the ban applies; `#` is any number or placeholder. If empty, the ban
    /// applies after any word.
    #[serde(default)]
    after: Vec<String>,
    /// Words after which the ban does not apply. For identifiers, the ban does not apply if they
    /// contain one of these words.
    #[serde(default)]
    not_after: Vec<String>,
    /// Words before which the ban does not apply.
    #[serde(default)]
    not_before: Vec<String>,
    /// Whether the ban applies only to a whole string, table cell or line.
    #[serde(default)]
    whole: bool,
    /// Whether the ban applies only to the spelling given, not to capital letters.
    #[serde(default)]
    lower_case: bool,
    /// Whether the ban also applies to code between backticks.
    #[serde(default)]
    in_code: bool,
    /// Whether the ban does not apply to identifiers that count as sentences.
    #[serde(default)]
    words_only: bool,
    /// Path prefixes that are exempt from the ban, with the reason.
    #[serde(default)]
    except: BTreeMap<String, String>,
}

struct Hit {
    file: String,
    line: usize,
    not: String,
    instead: String,
    is_identifier: bool,
}

impl Hit {
    fn area(&self) -> &'static str {
        if self.is_identifier {
            return "identifiers";
        }
        const AREAS: [(&str, &str); 13] = [
            ("src/cli/", "command line"),
            ("src/report/html/", "report page"),
            ("src/report/", "report and tables"),
            ("src/study/", "studies"),
            ("src/results/", "results"),
            ("src/catalogue/", "catalogue"),
            ("src/", "other sources"),
            ("scenarios/", "scenarios"),
            ("docs/", "book"),
            ("benches/", "benches"),
            ("notebooks/", "notebooks"),
            ("tests/snapshots/", "snapshots"),
            ("tests/", "tests"),
        ];
        let found = AREAS.iter().find(|(start, _)| self.file.starts_with(start));
        found.map_or("README and project", |(_, area)| area)
    }
}

fn files() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut paths: Vec<PathBuf> = SEARCHED.iter().map(|name| root().join(name)).collect();
    while let Some(path) = paths.pop() {
        let name = path.strip_prefix(root()).expect("below the root").to_string_lossy();
        let name = name.replace('\\', "/");
        let is_left_out =
            LEFT_OUT.iter().any(|one| name.starts_with(one) || name.ends_with(&format!("/{one}")));
        if is_left_out {
            continue;
        }
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("folder is readable");
            paths.extend(entries.map(|entry| entry.expect("entry is readable").path()));
        } else if ENDINGS.iter().any(|ending| name.ends_with(&format!(".{ending}")))
            || name.starts_with(".ci/")
        {
            // Skip files that are not UTF-8, such as scenarios that test this error.
            if let Ok(text) = fs::read_to_string(&path) {
                found.insert(name, text);
            }
        }
    }
    found
}

fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_' || one == '\'' || one == '’'
}

/// Returns the end of a phrase that begins at `at`, if there is one. Any white space matches a
/// space.
fn end_of_phrase(text: &[char], at: usize, phrase: &str, rule: &Rule) -> Option<usize> {
    let mut end = at;
    for wanted in phrase.chars() {
        let one = *text.get(end)?;
        if wanted == ' ' {
            let spaces = text[end..].iter().take_while(|one| one.is_whitespace()).count();
            let breaks = text[end..end + spaces].iter().filter(|one| **one == '\n').count();
            if spaces == 0 || breaks > 1 {
                return None;
            }
            end += spaces;
        } else {
            let is_same = one == wanted || (!rule.lower_case && one.to_ascii_lowercase() == wanted);
            if !is_same {
                return None;
            }
            end += 1;
        }
    }
    let is_closed = !phrase.ends_with(is_word) || !text.get(end).is_some_and(|one| is_word(*one));
    is_closed.then_some(end)
}

/// Returns the word before a position in lower case, or `#` for a number or placeholder.
fn word_before(text: &[char], at: usize) -> String {
    let before: String = text[..at].iter().rev().take(60).collect();
    let before = before.trim_start();
    let is_code = |one: char| matches!(one, SPAN | '}' | ')') || one.is_ascii_digit();
    if before.starts_with(is_code) {
        return "#".to_owned();
    }
    let word: String = before.chars().take_while(|one| is_word(*one)).collect();
    word.chars().rev().collect::<String>().to_lowercase()
}

fn word_after(text: &[char], at: usize) -> String {
    let after = text[at..].iter().skip_while(|one| one.is_whitespace());
    after.take_while(|one| is_word(**one)).collect::<String>().to_lowercase()
}

/// Returns whether a phrase is the whole string, table cell or line.
fn is_whole(text: &[char], start: usize, end: usize) -> bool {
    let is_edge = |near: Option<&char>, next: Option<&char>| {
        let is_mark = |one: &char| matches!(*one, GAP | '|' | '"' | '\'' | '\n' | '>' | '<');
        match (near, next) {
            (None, _) => true,
            (Some(near), _) if is_mark(near) => true,
            (Some(' '), Some(next)) => *next == ' ' || is_mark(next),
            (Some(' '), None) => true,
            _ => false,
        }
    };
    let before = text[..start].iter().rev();
    let (near, next) = (before.clone().next(), before.clone().nth(1));
    is_edge(near, next) && is_edge(text.get(end), text.get(end + 1))
}

fn applies(rule: &Rule, text: &[char], start: usize, end: usize) -> bool {
    let has = |words: &[String], word: &str| words.iter().any(|one| one == word);
    if rule.whole && !is_whole(text, start, end) {
        return false;
    }
    if !rule.after.is_empty() || !rule.not_after.is_empty() {
        let before = word_before(text, start);
        if has(&rule.not_after, &before) || !(rule.after.is_empty() || has(&rule.after, &before)) {
            return false;
        }
    }
    rule.not_before.is_empty() || !has(&rule.not_before, &word_after(text, end))
}

/// Returns the banned phrases in a file, with their positions and rules.
fn phrases<'a>(parted: &Parted, rules: &'a [Rule]) -> Vec<(usize, &'a str, &'a Rule)> {
    let mut by_start: BTreeMap<char, Vec<(&str, &Rule)>> = BTreeMap::new();
    for rule in rules {
        for phrase in &rule.not {
            let first = phrase.chars().next().expect("a phrase is not empty");
            by_start.entry(first).or_default().push((phrase, rule));
        }
    }
    let mut found = Vec::new();
    for (text, in_code) in [(&parted.prose, false), (&parted.with_code, true)] {
        let is_start = |at: usize| at == 0 || !is_word(text[at - 1]);
        for at in (0..text.len()).filter(|at| is_start(*at)) {
            let candidates = by_start.get(&text[at].to_ascii_lowercase());
            for (phrase, rule) in candidates.into_iter().flatten() {
                if rule.in_code == in_code
                    && let Some(end) = end_of_phrase(text, at, phrase, rule)
                    && applies(rule, text, at, end)
                {
                    found.push((at, *phrase, *rule));
                }
            }
        }
    }
    found
}

/// Returns the words of an identifier in snake case or camel case.
fn words(identifier: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut previous = '_';
    for one in identifier.chars() {
        let is_boundary = one == '_' || (one.is_uppercase() && !previous.is_uppercase());
        if is_boundary && found.last().is_some_and(|word| !word.is_empty()) {
            found.push(String::new());
        }
        if one != '_' {
            found.last_mut().expect("the list is not empty").extend(one.to_lowercase());
        }
        previous = one;
    }
    found.retain(|word| !word.is_empty());
    found
}

/// Returns the rule that bans an identifier, if any.
fn banned<'a>(identifier: &str, rules: &'a [Rule]) -> Option<(&'a str, &'a Rule)> {
    let words = words(identifier);
    rules.iter().find_map(|rule| {
        let is_allowed = (rule.words_only && words.len() >= SENTENCE_WORDS_MIN)
            || rule.not_after.iter().any(|one| words.contains(one));
        let has = |not: &&String| {
            let not: Vec<&str> = not.split('_').collect();
            words.windows(not.len()).any(|some| some == not.as_slice())
        };
        let not = rule.not.iter().find(has).filter(|_| !is_allowed)?;
        Some((not.as_str(), rule))
    })
}

/// Returns the identifiers in code with their positions, and the name of a Rust file.
fn identifiers(name: &str, code: &[char]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    if let Some(stem) = name.rsplit('/').next().and_then(|name| name.strip_suffix(".rs")) {
        found.push((0, stem.to_owned()));
    }
    let mut start = None;
    for at in 0..=code.len() {
        let is_part = code.get(at).is_some_and(|one| one.is_alphanumeric() || *one == '_');
        match start {
            None if is_part => start = Some(at),
            Some(from) if !is_part => {
                found.push((from, code[from..at].iter().collect()));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Returns all hits and the exceptions that were used.
fn search(language: &Language, files: &BTreeMap<String, String>) -> (Vec<Hit>, BTreeSet<String>) {
    let each: Vec<(Vec<Hit>, BTreeSet<String>)> =
        files.par_iter().map(|(name, text)| search_file(language, name, text)).collect();
    let mut all = (Vec::new(), BTreeSet::new());
    for (hits, used) in each {
        all.0.extend(hits);
        all.1.extend(used);
    }
    all
}

fn search_file(language: &Language, name: &str, text: &str) -> (Vec<Hit>, BTreeSet<String>) {
    let (mut hits, mut used) = (Vec::new(), BTreeSet::new());
    let parted = part(name, text);
    let mut found: Vec<(usize, &str, &Rule, bool)> = Vec::new();
    let in_prose = phrases(&parted, &language.phrase);
    found.extend(in_prose.into_iter().map(|(at, not, rule)| (at, not, rule, false)));
    let mut known = BTreeMap::new();
    for (at, identifier) in identifiers(name, &parted.code) {
        let by = known
            .entry(identifier)
            .or_insert_with_key(|identifier| banned(identifier, &language.identifier));
        found.extend(by.map(|(not, rule)| (at, not, rule, true)));
    }
    found.sort_by_key(|(at, ..)| *at);
    let (mut line, mut until) = (1, 0);
    for (at, not, rule, is_identifier) in found {
        line += parted.prose[until..at].iter().filter(|one| **one == '\n').count();
        until = at;
        if let Some(file) = rule.except.keys().find(|file| name.starts_with(file.as_str())) {
            used.insert(format!("{} in {file}", rule.not[0]));
            continue;
        }
        let (file, not, instead) = (name.to_owned(), not.to_owned(), rule.r#use.clone());
        hits.push(Hit { file, line, not, instead, is_identifier });
    }
    (hits, used)
}

#[test]
fn language() {
    let text =
        fs::read_to_string(root().join("tests/tidy/language.toml")).expect("file is readable");
    let language: Language = toml::from_str(&text).expect("valid rules");
    let (hits, used) = search(&language, &files());
    let mut report: Vec<String> = hits
        .iter()
        .map(|hit| format!("{}:{}: {} -> {}", hit.file, hit.line, hit.not, hit.instead))
        .collect();
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for hit in &hits {
        *counts.entry(hit.area()).or_default().entry(&hit.not).or_default() += 1;
    }
    for (area, phrases) in &counts {
        let total: usize = phrases.values().sum();
        let each: Vec<String> =
            phrases.iter().map(|(not, count)| format!("{not} {count}")).collect();
        report.push(format!("{area}: {total} ({})", each.join(", ")));
    }
    for rule in language.phrase.iter().chain(&language.identifier) {
        for (file, reason) in &rule.except {
            let exception = format!("{} in {file}", rule.not[0]);
            if reason.is_empty() || !used.contains(&exception) {
                report.push(format!("exception that is unused or has no reason: {exception}"));
            }
        }
    }
    super::assert_none(&format!("{} banned phrases and identifiers", hits.len()), &report);
}

#[test]
fn banned_words_are_found_in_every_form() {
    let rules = r##"
        phrase = [
            { not = ["is told"], use = "receives", not_before = ["apart"] },
            { not = ["a second"], use = "/s", after = ["#", "requests"] },
            { not = ["most"], use = "peak", whole = true },
            { not = ["law"], use = "distribution", lower_case = true, not_after = ["little's"] },
            { not = ["--measure"], use = "--metric", in_code = true },
        ]
        identifier = [
            { not = ["lay_over"], use = "override" },
            { not = ["stay"], use = "response", words_only = true },
        ]
    "##;
    let language: Language = toml::from_str(rules).expect("rules");
    let found = |name: &str, text: &str| -> Vec<(usize, String)> {
        let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let (hits, _) = search(&language, &files);
        hits.into_iter().map(|hit| (hit.line, hit.not)).collect()
    };
    let one = |line: usize, not: &str| vec![(line, not.to_owned())];
    assert_eq!(found("a.rs", "/// It is\n/// Told.\nfn f() {}"), one(1, "is told"));
    assert_eq!(found("a.md", "is told apart, this told, is\n\ntold, `is told`"), []);
    assert_eq!(found("a.md", "5 a second, a second time, requests\na second"), {
        [one(1, "a second"), one(2, "a second")].concat()
    });
    assert_eq!(found("a.rs", "f(\"most\", \"most of\", most)"), one(1, "most"));
    assert_eq!(found("a.snap", "ports    most   of\nmost of them"), one(1, "most"));
    assert_eq!(found("a.md", "the law of (Law, 9), Little's law"), one(1, "law"));
    assert_eq!(found("a.md", "use `--measure x`"), one(1, "--measure"));
    assert_eq!(found("a.rs", "fn lay_over() { LayOverAll }"), {
        [one(1, "lay_over"), one(1, "lay_over")].concat()
    });
    assert_eq!(found("a.rs", "fn all_four_of_them_stay(stay: u8) {}"), one(1, "stay"));
}
