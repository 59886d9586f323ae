//! Sessions in pages: ```` ```console ```` blocks are run, ```` ```sh ```` and
//! ```` ```powershell ```` blocks only parsed.
//!
//! The blocks of a page are one session in a folder of its own, which also holds the files that
//! comments before other blocks name. `...` on a line stands for any lines, `[..]` for any part of
//! a line; what goes to the error stream is shown first. `$ echo $?` shows the last exit code.
//! `trycmd` does the same and more; here a few lines do, and builds have few cores.

use std::fs;
use std::path::Path;

use super::markdown::{Block, Page, blocks};
use crate::common::cmgsim;

/// A command of a session, and what it is shown to print.
struct Step {
    command: String,
    shown: Vec<String>,
}

/// Where a page's sessions print something else than it shows.
pub fn differences(page: &Page) -> Vec<String> {
    let blocks = blocks(&page.text);
    if !blocks.iter().any(|block| block.language == "console") {
        return Vec::new();
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    let mut exit_code = 0;
    for block in &blocks {
        if let Some(name) = &block.file {
            fs::write(folder.path().join(name), &block.text).expect("it can be written");
        }
        if block.language != "console" {
            continue;
        }
        for step in steps(block) {
            let printed = execute(&step.command, folder.path(), &mut exit_code);
            let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
            let shown: Vec<&str> = step.shown.iter().map(|line| line.trim_end()).collect();
            if !lines_match(&shown, &lines) {
                let place = format!("{}:{}", page.name, block.line);
                let mut wanted = shown.iter().filter(|line| **line != "...");
                let missing = wanted.find(|line| !lines.iter().any(|it| line_matches(line, it)));
                let missing = missing.map_or("the lines are in another order", |line| line);
                wrong.push(format!("{place}: $ {}\nnot: {missing}\n{printed}", step.command));
            }
        }
    }
    wrong
}

fn steps(block: &Block) -> Vec<Step> {
    let mut found: Vec<Step> = Vec::new();
    for line in block.text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            found.push(Step { command: command.to_owned(), shown: Vec::new() });
            continue;
        }
        let step = found.last_mut().expect("a session begins with a command");
        if step.shown.is_empty() && step.command.ends_with('\\') {
            step.command.pop();
            step.command.push_str(line.trim_start());
        } else {
            step.shown.push(line.to_owned());
        }
    }
    found
}

fn execute(command: &str, folder: &Path, exit_code: &mut i32) -> String {
    if command == "echo $?" {
        return exit_code.to_string();
    }
    let words = words(command);
    assert_eq!(words[0], "cmgsim", "sessions run only cmgsim: {command}");
    let output = cmgsim().args(&words[1..]).current_dir(folder).output().expect("it starts");
    *exit_code = output.status.code().expect("it ends by itself");
    [output.stderr, output.stdout].map(|it| String::from_utf8_lossy(&it).into_owned()).concat()
}

/// Do lines match a pattern in which `...` stands for any lines?
fn lines_match(shown: &[&str], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        ["...", rest @ ..] => (0..=printed.len()).any(|skip| lines_match(rest, &printed[skip..])),
        [first, rest @ ..] => printed
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

/// Does a line match a pattern in which `[..]` stands for anything?
fn line_matches(shown: &str, line: &str) -> bool {
    match shown.split_once("[..]") {
        None => shown == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().any(|(at, _)| line_matches(after, &rest[at..]))
                || line_matches(after, "")
        }),
    }
}

/// The calls of cmgsim in a block of shell commands, as words.
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let of_line = |line: &str| {
        let words = words(line);
        (words.first().is_some_and(|word| word == "cmgsim")).then_some(words)
    };
    text.lines().filter_map(of_line).collect()
}

/// Does the program understand a command? Nothing is run: `--help` at its end sees to that.
pub fn parses(words: &[String]) -> Result<(), String> {
    let mut arguments = words[1..].to_vec();
    arguments.push("--help".to_owned());
    let output = cmgsim().args(&arguments).output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(error) }
}

/// The words of a command line, up to a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for one in line.chars() {
        match quote {
            Some(open) if open == one => quote = None,
            Some(_) => word.get_or_insert_default().push(one),
            None if one == '"' || one == '\'' => {
                quote = Some(one);
                word.get_or_insert_default();
            }
            None if one == ' ' => found.extend(word.take()),
            None if "#|>;&".contains(one) && word.is_none() => break,
            None => word.get_or_insert_default().push(one),
        }
    }
    assert!(quote.is_none(), "a quote without an end: {line}");
    found.extend(word);
    found
}

#[test]
fn patterns_match_what_they_should() {
    assert!(lines_match(&["a", "...", "c"], &["a", "b", "b", "c"]));
    assert!(lines_match(&["...", "c", "..."], &["c"]));
    assert!(!lines_match(&["a", "..."], &["b"]));
    assert!(!lines_match(&["a"], &["a", "b"]));
    assert!(line_matches("in [..] s, [..]", "in 2.5 s, done"));
    assert!(!line_matches("in [..] s", "in 2.5 min"));
    let line = "cmgsim run 'a b=\"c\"' -q > x # why";
    assert_eq!(words(line), ["cmgsim", "run", "a b=\"c\"", "-q"]);
}
