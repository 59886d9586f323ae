//! Layers of a scenario: embedded defaults, the chain of `extends`, the file, `--set`.

use std::path::{Component, Path, PathBuf};

use crate::catalogue::{Catalogue, Kind};

use super::diagnose::{Problem, code, listed, nearest};
use super::source::{SourceId, Sources, Span};
use super::tree::{Entry, Node, Origin, Role, Value, parse};
use super::{limits, preset};

/// Where a scenario comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioOrigin {
    /// A file.
    Path(PathBuf),
    /// One embedded in the program.
    Preset(String),
    /// A text, under a name for messages (standard input, tests).
    Text {
        /// The name.
        name: String,
        /// The text.
        text: String,
    },
}

impl ScenarioOrigin {
    /// What a name means: a path, if it looks like one or if there is such a file and no embedded
    /// scenario of that name.
    pub fn named(name: &str) -> Self {
        let looks_like_path = name.contains(std::path::MAIN_SEPARATOR)
            || name.contains('/')
            || Path::new(name).extension().is_some();
        match looks_like_path || preset::text(name).is_none() && Path::new(name).is_file() {
            true => ScenarioOrigin::Path(PathBuf::from(name)),
            false => ScenarioOrigin::Preset(name.to_owned()),
        }
    }
}

/// Reads a scenario and what it extends, and lays them over one another.
///
/// # Errors
/// All syntax errors of a file; whatever is wrong with `extends`.
pub fn read(origin: &ScenarioOrigin, sources: &mut Sources) -> Result<Node, Vec<Problem>> {
    let (mut layer, mut place) = read_one(origin, sources)?;
    let first_folder = place.folder.clone();
    let mut seen = vec![place.identity.clone()];
    let mut layers = Vec::new();
    loop {
        check_schema(&layer).map_err(|problem| vec![problem])?;
        let extends = layer.get("extends").cloned();
        if let (Value::Table(entries), false) = (&mut layer.value, layers.is_empty()) {
            // A question, and the name of results, are those of the scenario that was asked for:
            // what extends another one has other numbers.
            entries.retain(|entry| !["question", "name"].contains(&entry.key.as_str()));
        }
        layers.push(layer);
        let Some(extends) = extends else { break };
        let Value::Text(name) = &extends.value else {
            return Err(vec![extends_problem(&extends, "expected a name in quotes")]);
        };
        let next = match extended(name, &place, first_folder.as_deref()) {
            Ok(next) => next,
            Err(label) => return Err(vec![extends_problem(&extends, &label)]),
        };
        (layer, place) = read_one(&next, sources).map_err(|mut problems| {
            // A file that cannot be read is wrong where it is named.
            for problem in problems.iter_mut().filter(|problem| problem.span.is_none()) {
                problem.span = extends.origin.span().cloned();
                problem.label = "named here".to_owned();
            }
            problems
        })?;
        if seen.contains(&place.identity) {
            return Err(vec![extends_problem(
                &extends,
                "this scenario extends itself in a circle",
            )]);
        }
        if seen.len() >= limits::EXTENDS_MAX {
            return Err(vec![extends_problem(&extends, "the chain of `extends` is too long")]);
        }
        seen.push(place.identity.clone());
    }
    let mut tree = Node::empty();
    for layer in layers.into_iter().rev() {
        tree.override_with(layer, &mut Vec::new(), &role);
    }
    Ok(tree)
}

/// Where a layer was read, for what it extends in turn.
struct Place {
    folder: Option<PathBuf>,
    identity: String,
}

fn read_one(origin: &ScenarioOrigin, sources: &mut Sources) -> Result<(Node, Place), Vec<Problem>> {
    let (source, place) = match origin {
        ScenarioOrigin::Path(path) => {
            let source = limits::read(path, sources).map_err(|problem| vec![problem])?;
            let full = path.canonicalize().unwrap_or_else(|_| path.clone());
            let folder = Some(path.parent().map_or_else(PathBuf::new, Path::to_path_buf));
            (source, Place { folder, identity: full.display().to_string() })
        }
        ScenarioOrigin::Preset(name) => {
            let Some(text) = preset::text(name) else {
                return Err(vec![unknown_preset(name)]);
            };
            let source = sources.add(format!("<{name}>"), text.to_owned());
            (source, Place { folder: None, identity: format!("<{name}>") })
        }
        ScenarioOrigin::Text { name, text } => {
            if text.len() as u64 > limits::BYTES_MAX {
                let message = format!("{name} is larger than a scenario may be (1 MiB)");
                return Err(vec![Problem::error(code::TOO_LARGE, message)]);
            }
            let source = sources.add(name.clone(), text.clone());
            (source, Place { folder: Some(PathBuf::new()), identity: name.clone() })
        }
    };
    parse(sources, source).map(|node| (node, place))
}

fn unknown_preset(name: &str) -> Problem {
    let names: Vec<&str> = preset::ALL.iter().map(|(name, _)| *name).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("embedded scenarios: {}; a file's name ends with .toml", listed(names)),
    };
    Problem::error(code::UNREADABLE, format!("there is no embedded scenario `{name}`")).help(help)
}

fn extended(
    name: &str,
    place: &Place,
    first_folder: Option<&Path>,
) -> Result<ScenarioOrigin, String> {
    if !name.ends_with(".toml") {
        return Ok(ScenarioOrigin::Preset(name.to_owned()));
    }
    let is_inside = Path::new(name)
        .components()
        .all(|one| matches!(one, Component::Normal(_) | Component::CurDir));
    match place.folder.as_deref().or(first_folder) {
        _ if !is_inside => Err("expected a file in the same folder or below it".to_owned()),
        Some(folder) => Ok(ScenarioOrigin::Path(folder.join(name))),
        None => Err("an embedded scenario extends embedded ones only".to_owned()),
    }
}

fn extends_problem(node: &Node, label: &str) -> Problem {
    let problem = Problem::error(code::EXTENDS, "cannot extend this".to_owned())
        .help("extends = \"other.toml\" (a file beside this one) or \"quickstart\" (an embedded scenario)");
    match node.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}

fn check_schema(layer: &Node) -> Result<(), Problem> {
    let help = "write `schema = 1` first: the version of the scenario language";
    match layer.get("schema") {
        None => {
            let problem = Problem::error(code::SCHEMA, "`schema` is missing".to_owned());
            let at = layer.origin.span().map(|span| Span::new(span.source, 0..0));
            Err(match at {
                Some(span) => problem.at(span, "expected `schema = 1` here").help(help),
                None => problem.help(help),
            })
        }
        Some(Node { value: Value::Integer(1), .. }) => Ok(()),
        Some(other) => {
            let newer = matches!(other.value, Value::Integer(number) if number > 1);
            let message = if newer {
                "this scenario is written for a newer cmgsim"
            } else {
                "`schema` is not 1"
            };
            let help = if newer { "update cmgsim; this one reads `schema = 1`" } else { help };
            let problem = Problem::error(code::SCHEMA, message.to_owned()).help(help);
            Err(match other.origin.span() {
                Some(span) => problem.at(span.clone(), "expected 1"),
                None => problem,
            })
        }
    }
}

/// Sections whose parts belong together, so that a table of them is one value. Of a cohort's own
/// the same holds.
pub const VALUES: [&str; 1] = ["client.locations"];

/// What a table at a path is. Parts of a value are values.
pub fn role(path: &[String]) -> Role {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_value = |prefix: &[&str]| VALUES.contains(&of_client(prefix).join(".").as_str());
    let row = Catalogue::builtin().settable(&path);
    match row.map(|row| row.kind) {
        Some(Kind::Distribution) => Role::Distribution,
        Some(Kind::DistributionByKind) => Role::DistributionByKind,
        Some(Kind::Presence) => Role::Presence,
        Some(_) => Role::Value,
        None => {
            let mut prefixes = (1..=path.len()).filter_map(|length| path.get(..length));
            let mut settable = (1..path.len()).filter_map(|length| path.get(..length));
            match settable.find_map(|prefix| Catalogue::builtin().settable(prefix)) {
                Some(row) if row.kind == Kind::DistributionByKind => Role::Distribution,
                Some(_) => Role::Value,
                None if prefixes.any(is_value) => Role::Value,
                None => Role::Section,
            }
        }
    }
}

/// The path, of a cohort's own key that of `client`.
fn of_client<'a>(path: &[&'a str]) -> Vec<&'a str> {
    match path {
        ["cohort", _, rest @ ..] => [&["client"], rest].concat(),
        _ => path.to_vec(),
    }
}

/// Where values come from that stand in no file: the options that set them.
pub const OPTIONS: [&str; 2] = ["--set", "--vary"];

/// Lays `path=value`, which an option sets, over the tree.
///
/// # Errors
/// If it is not of that form, or its path is none.
pub fn apply_override(
    tree: &mut Node,
    option: &str,
    text: &str,
    sources: &mut Sources,
) -> Result<(), Problem> {
    let source = sources.add(option.to_owned(), text.to_owned());
    let whole = Span::new(source, 0..text.len());
    let malformed = |label: &str| {
        Problem::error(code::OVERRIDE, format!("cannot use this {option}"))
            .at(whole.clone(), label)
            .help(format!("for example {option} cohort.remote.clients=20000"))
    };
    let Some((path, value)) = text.split_once('=') else {
        return Err(malformed("expected path=value"));
    };
    if let Some((what, example)) = stray_quote(path, value) {
        let label = format!("{what} begins with a quote character that the shell did not remove");
        return Err(malformed(&label).help(format!("values need no quotes: {option} {example}")));
    }
    let keys = path.trim().split('.').map(|key| key.trim().trim_matches('"'));
    let keys: Vec<&str> = keys.collect();
    if keys.iter().any(|key| key.is_empty()) {
        return Err(malformed("the path has an empty part"));
    }
    if keys.len() > limits::PATH_MAX {
        return Err(malformed("no path has so many parts"));
    }
    if let ["schema" | "extends"] = keys[..] {
        return Err(malformed("this is read from the file, before anything is set"));
    }
    let start = path.len() + 1;
    let node = override_value(value, source, start);
    let key_origin = Origin::Written(Span::new(source, 0..path.trim_end().len()));
    let mut paths = vec![Vec::new()];
    for key in &keys {
        paths =
            paths.into_iter().flat_map(|prefix: Vec<String>| expand(tree, prefix, key)).collect();
    }
    if paths.is_empty() {
        return Err(malformed("`*` stands for no name here"));
    }
    for path in paths {
        let nested = path.iter().rev().fold(node.clone(), |inner, key| Node {
            origin: key_origin.clone(),
            value: Value::Table(vec![Entry {
                key: key.clone(),
                origin: key_origin.clone(),
                node: inner,
            }]),
            is_part: true,
        });
        tree.override_with(nested, &mut Vec::new(), &role);
    }
    Ok(())
}

/// Characters that shells and word processors use as quotes.
const QUOTES: [char; 6] = ['"', '\'', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

/// The part of `path=value` that begins with a stray quote, and the text without quotes. cmd.exe
/// keeps single quotes, and no shell removes typographic quotes.
fn stray_quote(path: &str, value: &str) -> Option<(&'static str, String)> {
    let [key, text] = [path, value].map(|text| text.trim().trim_matches(QUOTES));
    let example = || match text.contains(' ') {
        true => format!("\"{key}={text}\""),
        false => format!("{key}={text}"),
    };
    let first = |text: &str| text.trim_start().chars().next().filter(|one| QUOTES.contains(one));
    let is_unpaired = |quote: &char| path.matches(*quote).count() % 2 == 1 || !quote.is_ascii();
    if first(path).filter(is_unpaired).is_some() {
        return Some(("the path", example()));
    }
    let is_toml = || {
        let mut scratch = Sources::default();
        let line = scratch.add(String::new(), format!("v={}", value.trim()));
        !value.trim().contains('\n') && parse(&scratch, line).is_ok()
    };
    (first(value).is_some() && !is_toml()).then(|| ("the value", example()))
}

/// A prefix and a key, or with `*` every key there is.
fn expand(tree: &Node, prefix: Vec<String>, key: &str) -> Vec<Vec<String>> {
    if key != "*" {
        return vec![[prefix, vec![key.to_owned()]].concat()];
    }
    let path: Vec<&str> = prefix.iter().map(String::as_str).collect();
    let entries = tree.at(&path).map_or(&[][..], Node::entries).iter();
    // What all parts of a section have in common is the name of none.
    let is_common =
        |key: &str| path.len() == 1 && Catalogue::builtin().settable(&[path[0], key]).is_some();
    entries
        .filter(|entry| !is_common(&entry.key))
        .map(|entry| [prefix.clone(), vec![entry.key.clone()]].concat())
        .collect()
}

/// TOML if it is, else text.
fn override_value(value: &str, source: SourceId, start: usize) -> Node {
    let trimmed = value.trim();
    let from = start + (value.len() - value.trim_start().len());
    let span = Span::new(source, from..from + trimmed.len());
    let mut scratch = Sources::default();
    let line = scratch.add(String::new(), format!("v={trimmed}"));
    let parsed = if trimmed.contains('\n') { None } else { parse(&scratch, line).ok() };
    let value = match parsed {
        Some(node) => match node.get("v") {
            Some(node) => relocate(node.value.clone(), &Origin::Written(span.clone())),
            None => Value::Text(trimmed.to_owned()),
        },
        None => Value::Text(trimmed.to_owned()),
    };
    Node::new(value, Origin::Written(span))
}

/// The value with all its places set to one: it was parsed from a copy.
fn relocate(value: Value, origin: &Origin) -> Value {
    let node = |node: Node| Node {
        value: relocate(node.value, origin),
        origin: origin.clone(),
        is_part: node.is_part,
    };
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(node).collect()),
        Value::Table(entries) => Value::Table(
            entries
                .into_iter()
                .map(|entry| Entry {
                    key: entry.key,
                    origin: origin.clone(),
                    node: node(entry.node),
                })
                .collect(),
        ),
        other => other,
    }
}
