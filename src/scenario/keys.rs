//! Checks for unknown keys and invalid names.

use crate::catalogue::Catalogue;

use super::diagnose::{Problem, code, listed, nearest};
use super::limits;
use super::tree::{Entry, Node, Value};

/// Sections whose keys are names that the user chooses.
pub const NAMED: [&str; 14] = [
    "site",
    "line",
    "vpn",
    "gateway",
    "connection_point",
    "management_point",
    "software_update_point",
    "distribution_point",
    "boundary_group",
    "cohort",
    "source",
    "deployment",
    "notification",
    "disruption",
];

/// Number of problems after which no similar name is suggested.
const SUGGESTIONS_MAX: usize = 200;

/// Removes values from sections whose keys are names of components, so that they do not count as
/// components. Returns whether a section without any component is left. [`check`] reports the
/// values.
pub fn remove_values(tree: &mut Node) -> bool {
    let Value::Table(sections) = &mut tree.value else { return false };
    let mut is_empty = false;
    for section in sections.iter_mut().filter(|one| NAMED.contains(&one.key.as_str())) {
        let Value::Table(entries) = &mut section.node.value else { continue };
        let before = entries.len();
        entries.retain(|entry| !is_value(&section.key, entry));
        let has_component = entries.iter().any(|one| matches!(one.node.value, Value::Table(_)));
        is_empty |= entries.len() < before && !has_component;
    }
    is_empty
}

/// Returns whether an entry of a section is a value where a component is expected.
fn is_value(section: &str, entry: &Entry) -> bool {
    let is_table = matches!(entry.node.value, Value::Table(_));
    !is_table && Catalogue::builtin().settable(&[section, &entry.key]).is_none()
}

/// Reports every key of the tree that the catalogue does not contain.
pub fn check(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(tree, &mut Vec::new(), &mut problems);
    problems
}

fn walk<'a>(node: &'a Node, path: &mut Vec<&'a str>, problems: &mut Vec<Problem>) {
    let catalogue = Catalogue::builtin();
    if catalogue.settable(path).is_some() {
        return;
    }
    let Value::Table(entries) = &node.value else {
        problems.push(not_a_table(node, path));
        return;
    };
    let names_follow = matches!(path.as_slice(), [section] if NAMED.contains(section));
    if names_follow && entries.len() > limits::COMPONENTS_MAX {
        let path = path.join(".");
        let message = format!(
            "`{path}` has {} components; the limit is {}",
            entries.len(),
            limits::COMPONENTS_MAX
        );
        let problem = Problem::error(code::TOO_LARGE, message);
        let excess = entries.get(limits::COMPONENTS_MAX).and_then(|entry| entry.origin.span());
        problems.push(match excess {
            Some(span) => problem.at(span.clone(), "the first component beyond the limit"),
            None => problem,
        });
        return;
    }
    let known = catalogue.children(path);
    for entry in entries {
        if names_follow {
            if let Some(problem) = without_name(path[0], entry, entries) {
                problems.push(problem);
                continue;
            }
            problems.extend(check_name(entry));
        } else if !known.contains(&entry.key.as_str()) {
            // The search for a similar name takes time, and users do not read that many problems.
            let known = if problems.len() < SUGGESTIONS_MAX { &known[..] } else { &[] };
            problems.push(unknown(entry, path, known));
            continue;
        }
        path.push(&entry.key);
        walk(&entry.node, path, problems);
        path.pop();
    }
}

/// Returns the problem of a key of a component that is written without the component's name.
fn without_name(section: &str, entry: &Entry, siblings: &[Entry]) -> Option<Problem> {
    let catalogue = Catalogue::builtin();
    let key = entry.key.as_str();
    if !is_value(section, entry) || !catalogue.children(&[section, key]).contains(&key) {
        return None;
    }
    let what = section.replace('_', " ");
    let is_component = |one: &&Entry| {
        let is_table = matches!(one.node.value, Value::Table(_));
        is_table && catalogue.settable(&[section, &one.key]).is_none()
    };
    let names: Vec<&str> = siblings.iter().filter(is_component).map(|one| &*one.key).collect();
    let label = format!("write `{section}.{}.{key}`", names.first().unwrap_or(&"NAME"));
    let message = format!("`{section}.{key}` does not name the {what}");
    let mut problem = Problem::error(code::WRONG_KIND, message);
    if names.len() > 1 {
        problem = problem.help(format!("names: {}", listed(names)));
    }
    Some(match entry.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    })
}

fn not_a_table(node: &Node, path: &[&str]) -> Problem {
    let known = listed(Catalogue::builtin().children(path));
    let path = path.join(".");
    let problem =
        Problem::error(code::WRONG_KIND, format!("`{path}` is {}, not a table", node.kind()));
    let label = if known == "*" {
        format!("expected sections such as [{path}.main]")
    } else {
        format!("expected a table with keys such as: {known}")
    };
    match node.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}

/// Returns whether a text is a valid name: letters, digits and marks of any script, as Unicode
/// Standard Annex 31 defines them for identifiers. Names are compared character by character.
pub fn is_name(text: &str) -> bool {
    let is_letter = |letter: char| unicode_ident::is_xid_continue(letter) || letter == '-';
    let is_mark = |letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '_');
    (1..=64).contains(&text.chars().count())
        && text.chars().all(is_letter)
        && !text.starts_with(is_mark)
}

fn check_name(entry: &Entry) -> Option<Problem> {
    if is_name(&entry.key) {
        return None;
    }
    let message = format!("`{}` is not a valid component name", entry.key);
    let problem = Problem::error(code::BAD_NAME, message)
        .help("use letters and digits of any script, - and _, at most 64 characters");
    Some(match entry.origin.span() {
        Some(span) => problem.at(span.clone(), "invalid name"),
        None => problem,
    })
}

/// Returns the problem of an unknown key in the section at `path`, with the most similar known key.
pub(super) fn unknown(entry: &Entry, path: &[&str], known: &[&str]) -> Problem {
    let place = match path {
        [] => "a scenario".to_owned(),
        _ => format!("`{}`", path.join(".")),
    };
    let problem = Problem::error(code::UNKNOWN_KEY, format!("{place} has no key `{}`", entry.key));
    let near = nearest(&entry.key, known.iter().copied());
    let label = near.map_or("unknown key".to_owned(), |near| format!("did you mean `{near}`?"));
    let problem = problem.help(format!("allowed keys: {}", listed(known.iter().copied())));
    match entry.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}
