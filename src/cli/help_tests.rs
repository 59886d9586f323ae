//! Rules for help pages: `-h` of every subcommand fits on a screen, options have headings, and help
//! texts are short phrases in plain English.

use std::collections::BTreeSet;

use clap::Command;

use super::{Arguments, GROUPS, command};

/// Maximum number of lines of `-h` in a terminal of 100 columns.
const LINES_MAX: usize = 40;
const COLUMNS: usize = 100;

/// Returns all subcommands, including nested ones, without `help`.
fn verbs() -> Vec<Command> {
    let mut root = command().term_width(COLUMNS);
    root.build();
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(verb) = open.pop() {
        let below = verb.get_subcommands().filter(|one| one.get_name() != "help");
        open.extend(below.cloned());
        found.push(verb);
    }
    assert!(found.len() > 20);
    found
}

#[test]
fn short_help_fits_a_screen() {
    for mut verb in verbs() {
        let text = verb.render_help().to_string();
        let (name, lines) = (verb.get_name().to_owned(), text.lines().count());
        assert!(lines <= LINES_MAX, "{name} -h has {lines} lines:\n{text}");
        let is_wide = |line: &&str| line.chars().count() > COLUMNS;
        assert_eq!(text.lines().find(is_wide), None, "{name} -h is too wide");
    }
}

#[test]
fn every_option_has_a_heading() {
    for verb in verbs() {
        let mut options = verb.get_arguments().filter(|one| !one.is_positional());
        let without = options.find(|one| one.get_help_heading().is_none());
        assert!(without.is_none(), "{}: {without:?}", verb.get_name());
    }
}

#[test]
fn help_texts_are_phrases_in_plain_english() {
    for verb in verbs() {
        let own = verb.get_about().map(ToString::to_string);
        let texts = verb.get_arguments().map(|one| {
            let (short, long) = (one.get_help(), one.get_long_help());
            assert!(short.is_some(), "{}: no help for {}", verb.get_name(), one.get_id());
            let short = short.map(ToString::to_string).unwrap_or_default();
            assert!(!short.ends_with('.'), "{short}: a phrase has no full stop");
            format!("{short}\n{}", long.map(ToString::to_string).unwrap_or_default())
        });
        for text in own.into_iter().chain(texts) {
            assert!(text.starts_with(char::is_uppercase), "{}: {text}", verb.get_name());
        }
    }
}

#[test]
fn every_command_is_in_one_group_of_the_first_page() {
    let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
    let names: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(names.len(), listed.len(), "a command is listed twice");
    let root = <Arguments as clap::CommandFactory>::command();
    let all: BTreeSet<&str> = root.get_subcommands().map(Command::get_name).collect();
    assert_eq!(names, all);
}
