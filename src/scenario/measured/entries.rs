//! Reads the entries of `[[measured]]` in one layer of a scenario. Each entry keeps the value that
//! it describes, so that a change by a later layer can be detected.

use std::collections::BTreeSet;

use crate::base::text::is_hidden;
use crate::catalogue::{Catalogue, Kind, Parameter};
use crate::terms::RequestKind;

use super::super::diagnose::{Problem, code, nearest};
use super::super::keys;
use super::super::layers::expand;
use super::super::limits;
use super::super::source::Span;
use super::super::tree::{Node, Value};

/// Key of the section.
const SECTION: &str = "measured";

/// Maximum number of entries in one file.
const ENTRIES_MAX: usize = limits::COMPONENTS_MAX;

/// Entries of all layers, and their problems.
#[derive(Debug, Default)]
pub(in crate::scenario) struct Claims {
    pub(super) list: Vec<Claim>,
    pub(in crate::scenario) problems: Vec<Problem>,
}

/// An entry: a statement that values of the scenario were measured.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Paths as written, for messages.
    pub(super) shown: String,
    /// Location of the entry.
    pub(super) entry: Option<Span>,
    /// Location of the path.
    pub(super) span: Option<Span>,
    /// Values that the entry describes.
    pub(super) places: Vec<Place>,
    pub(super) low: Option<Node>,
    pub(super) high: Option<Node>,
    pub(super) samples: u64,
    pub(super) period: String,
    pub(super) source: String,
}

/// A value that an entry describes.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: Vec<String>,
    /// Catalogue row of the value, or of the table that contains it.
    pub(super) row: &'static Parameter,
    /// Kind of request, if the value is the distribution for one kind in a table of distributions.
    pub(super) request_kind: Option<String>,
    /// The value in the layer of the entry.
    pub(super) node: Node,
}

/// Removes `measured` from a layer and returns its value.
pub(in crate::scenario) fn take(layer: &mut Node) -> Option<Node> {
    let Value::Table(entries) = &mut layer.value else { return None };
    let at = entries.iter().position(|entry| entry.key == SECTION)?;
    Some(entries.remove(at).node)
}

impl Claims {
    /// Adds the entries of a layer. `tree` contains the values of this layer and of the scenarios
    /// that it extends.
    pub(in crate::scenario) fn add(&mut self, measured: &Node, tree: &Node) {
        let Value::Array(items) = &measured.value else {
            let message = format!("`{SECTION}` is {}, not a list of tables", measured.kind());
            let problem = Problem::error(code::WRONG_KIND, message);
            let label = "write [[measured]] with two brackets for each measured value";
            self.problems.push(at(problem, measured.origin.span(), label));
            return;
        };
        if items.len() > ENTRIES_MAX {
            let message =
                format!("`{SECTION}` has {} entries; the limit is {ENTRIES_MAX}", items.len());
            let problem = Problem::error(code::TOO_LARGE, message);
            self.problems.push(at(problem, measured.origin.span(), "too many entries"));
            return;
        }
        let mut own: BTreeSet<Vec<String>> = BTreeSet::new();
        let mut added = Vec::new();
        for item in items {
            let Some(claim) = self.claim(item, tree) else { continue };
            let is_new = |place: &Place| own.insert(place.path.clone());
            if claim.places.iter().all(is_new) {
                added.push(claim);
            } else {
                let message = format!("`{}` is measured twice in one scenario", claim.shown);
                let problem = Problem::error(code::MEASURED, message)
                    .help("keep one entry of [[measured]] for each value");
                self.problems.push(at(problem, claim.span.as_ref(), "second entry for a value"));
            }
        }
        // A scenario that measures a value again replaces the entry of the scenario that it
        // extends.
        for claim in &mut self.list {
            claim.places.retain(|place| !own.contains(&place.path));
        }
        self.list.retain(|claim| !claim.places.is_empty());
        self.list.extend(added);
    }

    /// Reads an entry; reports its problems.
    fn claim(&mut self, item: &Node, tree: &Node) -> Option<Claim> {
        let known = Catalogue::builtin().children(&[SECTION]);
        let Value::Table(entries) = &item.value else {
            let message = format!("an entry of `{SECTION}` is {}, not a table", item.kind());
            let problem = Problem::error(code::WRONG_KIND, message);
            self.problems.push(at(problem, item.origin.span(), "write [[measured]] before it"));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            self.problems.push(keys::unknown(entry, &[SECTION], &known));
        }
        let [period, source] = ["period", "source"].map(|key| self.text(item, key));
        let samples = self.samples(item);
        let path = self.required(item, "path")?;
        let places = self.places(path, tree);
        let shown = match &path.value {
            Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
            _ => text_of(path),
        };
        Some(Claim {
            shown,
            entry: item.origin.span().cloned(),
            span: path.origin.span().cloned(),
            places: places?,
            low: item.get("low").cloned(),
            high: item.get("high").cloned(),
            samples: samples?,
            period: period?,
            source: source?,
        })
    }

    fn required<'n>(&mut self, item: &'n Node, key: &str) -> Option<&'n Node> {
        let found = item.get(key);
        if found.is_none() {
            let doc = Catalogue::builtin().settable(&[SECTION, key]).map_or("", |one| &one.doc);
            let message = format!("`{key}` is missing in an entry of [[{SECTION}]]");
            let problem = Problem::error(code::MISSING, message).help(doc);
            self.problems.push(at(problem, item.origin.span(), &format!("set `{key}` here")));
        }
        found
    }

    fn text(&mut self, item: &Node, key: &str) -> Option<String> {
        let node = self.required(item, key)?;
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() && !text.chars().any(is_hidden) => {
                Some(text.clone())
            }
            _ => {
                let message = format!("`{key}` of [[{SECTION}]] is empty, or not one line of text");
                let problem = Problem::error(code::WRONG_KIND, message);
                let label = "expected text in quotes, without control characters";
                self.problems.push(at(problem, node.origin.span(), label));
                None
            }
        }
    }

    fn samples(&mut self, item: &Node) -> Option<u64> {
        let node = self.required(item, "samples")?;
        let Value::Integer(number) = node.value else {
            let message =
                format!("`samples` of [[{SECTION}]] is {}, not a whole number", node.kind());
            let problem = Problem::error(code::WRONG_KIND, message);
            let label = "expected the number of samples, for example 12000";
            self.problems.push(at(problem, node.origin.span(), label));
            return None;
        };
        if number < 1 {
            let message = format!("`samples` of [[{SECTION}]] is {number}, outside its range");
            let problem = Problem::error(code::OUT_OF_RANGE, message);
            self.problems.push(at(problem, node.origin.span(), "must be at least 1"));
            return None;
        }
        u64::try_from(number).ok()
    }

    /// Returns the values that an entry describes; `None` if there is a problem.
    fn places(&mut self, path: &Node, tree: &Node) -> Option<Vec<Place>> {
        let nodes = match &path.value {
            Value::Text(_) => std::slice::from_ref(path),
            Value::Array(items) if !items.is_empty() => items,
            _ => std::slice::from_ref(path),
        };
        let mut places: Vec<Place> = Vec::new();
        for node in nodes {
            match places_at(node, tree) {
                Ok(found) => places.extend(found),
                Err(problem) => {
                    self.problems.push(problem);
                    return None;
                }
            }
        }
        let first = places.first().map(|place| place.node.to_toml());
        let other = places.iter().find(|place| Some(place.node.to_toml()) != first);
        if let (Some(other), Some(first)) = (other, &first) {
            let message = format!(
                "an entry of [[{SECTION}]] describes different values: {first} and {}",
                other.node.to_toml()
            );
            let problem = Problem::error(code::MEASURED, message)
                .help("write an entry for each value, without *");
            let label = format!("`{}` has another value", other.path.join("."));
            self.problems.push(at(problem, path.origin.span(), &label));
            return None;
        }
        Some(places)
    }
}

/// Returns the values at one path of an entry.
fn places_at(node: &Node, tree: &Node) -> Result<Vec<Place>, Problem> {
    let error = |code, message: String, label: &str| {
        let problem = Problem::error(code, message).help(
            "write the path of a value that this scenario sets, for example path = \
             \"client.policy_poll.interval\"",
        );
        at(problem, node.origin.span(), label)
    };
    let Value::Text(text) = &node.value else {
        let message = format!("`path` of [[{SECTION}]] is {}, not text", node.kind());
        return Err(error(
            code::WRONG_KIND,
            message,
            "expected a path in quotes, or a list of paths",
        ));
    };
    let keys: Vec<&str> = text.split('.').map(|key| key.trim().trim_matches('"')).collect();
    if keys.len() > limits::PATH_MAX {
        let message = format!("a path has more than {} segments", limits::PATH_MAX);
        return Err(error(code::UNKNOWN_KEY, message, "not the path of a value"));
    }
    let Some((row, request_kind)) = row_at(&keys) else {
        let message = format!("`{text}` is not the path of a value");
        return Err(error(code::UNKNOWN_KEY, message, &suggestion(&keys)));
    };
    if !is_measurable(row) {
        let message = format!("`{text}` is not a value that can be measured");
        let label = "expected a number, a distribution, a presence pattern or a rate profile";
        return Err(error(code::MEASURED, message, label));
    }
    let mut paths = vec![Vec::new()];
    for key in &keys {
        paths =
            paths.into_iter().flat_map(|prefix: Vec<String>| expand(tree, prefix, key)).collect();
    }
    let place = |path: Vec<String>| {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let node = tree.at(&keys)?.clone();
        Some(Place { row, request_kind: request_kind.map(str::to_owned), node, path })
    };
    let places: Vec<Place> = paths.into_iter().filter_map(place).collect();
    if places.is_empty() {
        let message = format!(
            "`{text}` is measured, but neither this scenario nor a scenario that it extends sets it"
        );
        return Err(error(code::MEASURED, message, "set this value, or remove the entry"));
    }
    Ok(places)
}

/// Returns the catalogue row of a path, and the kind of request if the path is that of one
/// distribution in a table of distributions.
fn row_at<'p>(keys: &[&'p str]) -> Option<(&'static Parameter, Option<&'p str>)> {
    let catalogue = Catalogue::builtin();
    if let Some(row) = catalogue.settable(keys) {
        return Some((row, None));
    }
    let (last, table) = keys.split_last()?;
    let is_kind = RequestKind::ALL.iter().any(|kind| kind.name() == *last) || *last == "default";
    let row = catalogue.settable(table).filter(|_| is_kind)?;
    (row.kind == Kind::DistributionByKind).then_some((row, Some(*last)))
}

/// Returns whether the values of a parameter can be observed: numbers, distributions, presence
/// patterns, rate profiles, and files of recorded arrivals. Keys of the run and objectives are
/// choices.
fn is_measurable(row: &Parameter) -> bool {
    let section = row.path.split_once('.').map_or("", |(section, _)| section);
    !["", SECTION, "slo"].contains(&section)
        && match row.kind {
            Kind::Text => row.path.ends_with(".trace"),
            Kind::Choice
            | Kind::Boolean
            | Kind::Reference
            | Kind::References
            | Kind::Civil
            | Kind::Zone
            | Kind::When
            | Kind::Entry
            | Kind::Amount
            | Kind::Paths
            | Kind::Windows => false,
            _ => true,
        }
}

/// Returns the label for an unknown path, with the most similar key.
fn suggestion(keys: &[&str]) -> String {
    let catalogue = Catalogue::builtin();
    let is_known = |length: &usize| !catalogue.children(&keys[..*length]).is_empty();
    let known = (0..keys.len()).rev().find(is_known).unwrap_or(0);
    let children = catalogue.children(&keys[..known]);
    match keys.get(known).and_then(|key| nearest(key, children)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "unknown path; `cmgsim params` lists all paths".to_owned(),
    }
}

fn text_of(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        _ => node.to_toml(),
    }
}

/// Adds a location to a problem, if it is known.
pub(super) fn at(problem: Problem, span: Option<&Span>, label: &str) -> Problem {
    match span {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}
