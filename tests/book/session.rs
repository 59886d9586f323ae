//! Runs the ```` ```console ```` blocks of a page as one session, and parses the commands in
//! ```` ```sh ```` and ```` ```powershell ```` blocks without running them.
//!
//! A session runs in a temporary folder with the files that the page defines: blocks preceded by a
//! comment with a file name. In expected output, a line `...` matches any number of lines and
//! `[..]` matches any part of a line. Standard error precedes standard output. `$ echo $?` prints
//! the last exit code. This module replaces `trycmd`, which takes longer to build.

use std::fs;
use std::path::Path;

use super::markdown::{Block, Page, blocks};
use crate::common::cmgsim;

/// Command of a session, with its expected output.
struct Step {
    command: String,
    shown: Vec<String>,
}

/// Returns the differences between the actual output of a page's session and the output shown.
pub fn differences(page: &Page) -> Vec<String> {
    let blocks = blocks(&page.text);
    if !blocks.iter().any(|block| block.language == "console") {
        return Vec::new();
    }
    let folder = tempfile::tempdir().expect("folder is created");
    let mut wrong = Vec::new();
    let mut exit_code = 0;
    for block in &blocks {
        if let Some(name) = &block.file {
            fs::write(folder.path().join(name), &block.text).expect("file is writable");
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
                let missing = missing.map_or("the lines are in a different order", |line| line);
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
    let output = cmgsim().args(&words[1..]).current_dir(folder).output().expect("cmgsim starts");
    *exit_code = output.status.code().expect("cmgsim exits without a signal");
    [output.stderr, output.stdout].map(|it| String::from_utf8_lossy(&it).into_owned()).concat()
}

/// Returns whether lines match a pattern in which `...` stands for any number of lines.
fn lines_match(shown: &[&str], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        ["...", rest @ ..] => (0..=printed.len()).any(|skip| lines_match(rest, &printed[skip..])),
        [first, rest @ ..] => printed
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

/// Returns whether a line matches a pattern in which `[..]` stands for any text.
fn line_matches(shown: &str, line: &str) -> bool {
    match shown.split_once("[..]") {
        None => shown == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().any(|(at, _)| line_matches(after, &rest[at..]))
                || line_matches(after, "")
        }),
    }
}

/// Returns the arguments of each call of cmgsim in a block of shell commands.
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let of_line = |line: &str| {
        let words = words(line);
        (words.first().is_some_and(|word| word == "cmgsim")).then_some(words)
    };
    text.lines().filter_map(of_line).collect()
}

/// Parses a command without running it, by appending `--help`.
pub fn parses(words: &[String]) -> Result<(), String> {
    let mut arguments = words[1..].to_vec();
    arguments.push("--help".to_owned());
    let output = cmgsim().args(&arguments).output().expect("cmgsim starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(error) }
}

/// Splits a command line into words; stops at a comment, a pipe or a redirection.
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
    assert!(quote.is_none(), "unclosed quote: {line}");
    found.extend(word);
    found
}

#[test]
fn patterns_match_lines_and_parts_of_lines() {
    assert!(lines_match(&["a", "...", "c"], &["a", "b", "b", "c"]));
    assert!(lines_match(&["...", "c", "..."], &["c"]));
    assert!(!lines_match(&["a", "..."], &["b"]));
    assert!(!lines_match(&["a"], &["a", "b"]));
    assert!(line_matches("in [..] s, [..]", "in 2.5 s, done"));
    assert!(!line_matches("in [..] s", "in 2.5 min"));
    let line = "cmgsim run 'a b=\"c\"' -q > x # why";
    assert_eq!(words(line), ["cmgsim", "run", "a b=\"c\"", "-q"]);
}
