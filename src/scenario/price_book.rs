//! Price books: files with prices that `prices.book` names.
//!
//! A price book has the keys of `[prices]`. It is the lowest layer of this section: a key of the
//! scenario, of a scenario that it extends, or of an option overrides the key of the price book.

use std::path::{Component, Path, PathBuf};

use crate::catalogue::Catalogue;

use super::diagnose::{Problem, Problems, code, listed};
use super::keys::{self, unknown};
use super::layers::{OPTIONS, role};
use super::read::Reader;
use super::source::{SourceId, Sources, Span};
use super::tree::{Entry, Node, Origin, Value, parse};
use super::{compile, limits};

/// Keys that every price book must set, because a price without them cannot be checked.
pub const REQUIRED: [&str; 5] = ["currency", "region", "date", "source", "hours_per_month"];

/// Keys of `[prices]` that a price book cannot set.
const REFUSED: [&str; 2] = ["book", "is_example"];

/// Keys that state the price of egress without tiers.
const WITHOUT_TIERS: [&str; 2] = ["egress_gb", "egress_free_gb"];

/// Key that states the price of egress with tiers.
const TIERS: &str = "egress_tiers";

/// Reads the price book that a scenario names and merges it into the tree. Returns the id of its
/// text; `None` without a price book, or if it has problems.
pub(super) fn merge(
    tree: &mut Node,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Option<SourceId> {
    try_merge(tree, sources).unwrap_or_else(|found| {
        problems.extend(found);
        None
    })
}

fn try_merge(tree: &mut Node, sources: &mut Sources) -> Result<Option<SourceId>, Vec<Problem>> {
    let Some(named) = tree.at(&["prices", "book"]) else { return Ok(None) };
    let Value::Text(name) = &named.value else { return Ok(None) };
    let span = named.origin.span().cloned();
    let path = path(name, span.as_ref(), sources).map_err(|problem| vec![problem])?;
    let (mut book, source) = read(&path, sources).map_err(|problems| {
        let is_of_file = |one: &Problem| one.span.is_none();
        let at = |problem: Problem| match (&span, is_of_file(&problem)) {
            (Some(span), true) => problem.at(span.clone(), "`prices.book` names it here"),
            _ => problem,
        };
        problems.into_iter().map(at).collect::<Vec<_>>()
    })?;
    let Value::Table(sections) = &mut tree.value else { return Ok(None) };
    let Some(prices) = sections.iter_mut().find(|entry| entry.key == "prices") else {
        return Ok(None);
    };
    let has = |node: &Node, key: &str| node.get(key).is_some();
    let written = &prices.node;
    if WITHOUT_TIERS.iter().any(|key| has(written, key)) && !has(written, TIERS) {
        remove(&mut book, &[TIERS]);
    }
    if has(written, TIERS) {
        remove(&mut book, &WITHOUT_TIERS);
    }
    let over = std::mem::replace(&mut prices.node, book);
    let over = Node { is_part: true, ..over };
    prices.node.override_with(over, &mut vec!["prices".to_owned()], &role);
    Ok(Some(source))
}

/// A price book without a scenario.
#[derive(Clone, Debug)]
pub struct LoadedBook {
    /// Keys below `[prices]` with their values as TOML, in the order of the catalogue.
    pub values: Vec<(String, String)>,
    /// Keys below `[prices]` that the book does not set.
    pub missing: Vec<String>,
}

/// Reads and checks a price book without a scenario.
///
/// # Errors
/// Returns all problems of the price book.
pub fn load_alone(path: &Path) -> Result<LoadedBook, Problems> {
    let mut sources = Sources::default();
    let (book, _) = match read(path, &mut sources) {
        Ok(found) => found,
        Err(problems) => return Err(Problems::new(sources, problems)),
    };
    let origin = book.origin.clone();
    let entry = Entry { key: "prices".to_owned(), origin: origin.clone(), node: book };
    let tree = Node::new(Value::Table(vec![entry]), origin);
    let mut problems = keys::check(&tree);
    let mut reader = Reader::new(&tree, &sources);
    let prices = compile::prices_alone(&mut reader);
    problems.extend(std::mem::take(&mut reader.problems));
    let read = std::mem::take(&mut reader.resolved);
    let Some(prices) = prices.filter(|_| problems.is_empty()) else {
        return Err(Problems::new(sources, problems));
    };
    let set: Vec<_> = read.into_iter().filter(|one| one.origin != Origin::Default).collect();
    let values = set.iter().map(|one| (one.path[1..].join("."), one.value.clone())).collect();
    let rows = Catalogue::builtin().parameters().iter().filter_map(|row| {
        let key = row.path.strip_prefix("prices.")?;
        let is_set = set.iter().any(|one| one.path[1..].join(".") == key);
        let is_replaced = WITHOUT_TIERS.contains(&key) && !prices.egress_tiers.is_empty()
            || key == TIERS && prices.egress_tiers.is_empty();
        (!is_set && !is_replaced && !REFUSED.contains(&key)).then(|| key.to_owned())
    });
    let missing = rows.collect();
    Ok(LoadedBook { values, missing })
}

fn remove(node: &mut Node, keys: &[&str]) {
    if let Value::Table(entries) = &mut node.value {
        entries.retain(|entry| !keys.contains(&entry.key.as_str()));
    }
}

/// Returns the path of a price book, relative to the folder of the scenario that names it. A price
/// book named by an option is relative to the folder of the requested scenario.
fn path(name: &str, span: Option<&Span>, sources: &Sources) -> Result<PathBuf, Problem> {
    let relative = Path::new(name);
    let is_inside = |one| matches!(one, Component::Normal(_) | Component::CurDir);
    if !relative.components().all(is_inside) {
        let problem = Problem::error(code::UNREADABLE, format!("cannot use the file {name}"));
        let label = "expected a file in the scenario's folder or below it";
        return Err(match span {
            Some(span) => problem.at(span.clone(), label),
            None => problem.help(label),
        });
    }
    let of_value = span.map(|span| sources.name(span.source));
    let scenario = of_value.filter(|name| !OPTIONS.contains(name)).or(sources.first_name());
    let folder = scenario.and_then(|name| Path::new(name).parent());
    Ok(folder.unwrap_or(Path::new("")).join(relative))
}

/// Reads and parses a price book.
fn read(path: &Path, sources: &mut Sources) -> Result<(Node, SourceId), Vec<Problem>> {
    let source = limits::read(path, sources).map_err(|problem| {
        vec![problem.help(
            "`cmgsim prices import` writes a price book; docs/how-to/prices.md has an example",
        )]
    })?;
    let mut book = parse(sources, source)?;
    let known = Catalogue::builtin().children(&["prices"]);
    let known: Vec<&str> = known.into_iter().filter(|key| !REFUSED.contains(key)).collect();
    let refused = book.entries().iter().filter(|entry| !known.contains(&entry.key.as_str()));
    let mut problems: Vec<Problem> =
        refused.map(|entry| unknown(entry, &["prices"], &known)).collect();
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|key| book.get(key).is_none()).collect();
    if !missing.is_empty() {
        let file = sources.name(source);
        let message = format!("the price book {file} does not set {}", listed(missing));
        let problem = Problem::error(code::MISSING, message)
            .help("a price book states where its prices come from, and the hours of a month");
        problems.push(problem.at(Span::new(source, 0..0), "add the keys before the first section"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if let Origin::Written(span) = &mut book.origin {
        span.range = 0..0;
    }
    book.is_part = false;
    Ok((book, source))
}
