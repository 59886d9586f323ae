//! Keys that do not exist, and names that cannot be.

use crate::catalogue::Catalogue;

use super::diagnose::{Problem, code, nearest};
use super::limits;
use super::tree::{Entry, Node, Value};

/// Sections whose keys are names the user chooses.
pub const NAMED: [&str; 12] = [
    "site",
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

/// After so many problems no nearest name is looked for.
const SUGGESTIONS_MAX: usize = 200;

/// Every key of the tree that the catalogue does not know.
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
    if names_follow && entries.len() > limits::PARTS_MAX {
        let path = path.join(".");
        let message =
            format!("{} parts in `{path}` are more than {}", entries.len(), limits::PARTS_MAX);
        problems.push(Problem::error(code::TOO_LARGE, message));
        return;
    }
    let known = catalogue.children(path);
    for entry in entries {
        if names_follow {
            problems.extend(check_name(entry));
        } else if !known.contains(&entry.key.as_str()) {
            // Looking for the nearest name takes time, and nobody reads so many.
            let known = if problems.len() < SUGGESTIONS_MAX { &known[..] } else { &[] };
            problems.push(unknown(entry, path, known));
            continue;
        }
        path.push(&entry.key);
        walk(&entry.node, path, problems);
        path.pop();
    }
}

fn not_a_table(node: &Node, path: &[&str]) -> Problem {
    let known = Catalogue::builtin().children(path).join(", ");
    let path = path.join(".");
    let problem =
        Problem::error(code::WRONG_KIND, format!("`{path}` is {}, not a table", node.kind()));
    let label = if known == "*" {
        format!("expected sections such as [{path}.main]")
    } else {
        format!("expected a table with some of: {known}")
    };
    match node.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}

fn check_name(entry: &Entry) -> Option<Problem> {
    let is_right = (1..=64).contains(&entry.key.len())
        && entry.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_right {
        return None;
    }
    let problem = Problem::error(code::BAD_NAME, format!("`{}` is no name for a part", entry.key))
        .help("letters, digits, - and _, at most 64");
    Some(match entry.origin.span() {
        Some(span) => problem.at(span.clone(), "this name"),
        None => problem,
    })
}

fn unknown(entry: &Entry, path: &[&str], known: &[&str]) -> Problem {
    let place = match path {
        [] => "a scenario".to_owned(),
        _ => format!("`{}`", path.join(".")),
    };
    let problem = Problem::error(code::UNKNOWN_KEY, format!("{place} has no key `{}`", entry.key));
    let near = nearest(&entry.key, known.iter().copied());
    let label = near.map_or("unknown".to_owned(), |near| format!("did you mean `{near}`?"));
    let problem = problem.help(format!("possible here: {}", known.join(", ")));
    match entry.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}
