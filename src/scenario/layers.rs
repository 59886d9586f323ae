//! Merges the layers of a scenario: the chain of `extends`, the file, `--set` and `--vary`.

use std::path::{Component, Path, PathBuf};

use crate::catalogue::{Catalogue, Kind};

use super::diagnose::{Problem, code, listed, nearest};
use super::source::{SourceId, Sources, Span};
use super::tree::{Entry, Node, Origin, Role, Value, parse};
use super::{limits, measured, preset};

/// Origin of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioOrigin {
    /// A scenario file.
    Path(PathBuf),
    /// Name of a scenario that is embedded in the program.
    Preset(String),
    /// A text, for example from standard input or a test.
    Text {
        /// Name of the text in messages.
        name: String,
        /// Content of the scenario.
        text: String,
    },
}

impl ScenarioOrigin {
    /// Interprets a name as a path if it looks like one, or if such a file exists and no embedded
    /// scenario has that name; otherwise as the name of an embedded scenario.
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

/// The merged layers of a scenario before overrides.
#[derive(Debug)]
pub struct Layers {
    /// Values of all layers.
    pub tree: Node,
    /// Entries of `[[measured]]` of all layers, with their problems.
    pub(super) measured: measured::Claims,
}

/// Reads a scenario and the scenarios that it extends, and merges them.
///
/// # Errors
/// Returns all syntax errors of a file, or the first problem of `extends`.
pub fn read(origin: &ScenarioOrigin, sources: &mut Sources) -> Result<Layers, Vec<Problem>> {
    let (mut layer, mut place) = read_one(origin, sources)?;
    let first_folder = place.folder.clone();
    let mut seen = vec![place.identity.clone()];
    let mut layers = Vec::new();
    loop {
        check_schema(&layer).map_err(|problem| vec![problem])?;
        let extends = layer.get("extends").cloned();
        if let (Value::Table(entries), false) = (&mut layer.value, layers.is_empty()) {
            // Keep only the question and the name of the requested scenario: those of the scenarios
            // that it extends do not describe its values.
            entries.retain(|entry| !["question", "name"].contains(&entry.key.as_str()));
        }
        let measured = measured::take(&mut layer);
        layers.push((layer, measured));
        let Some(extends) = extends else { break };
        let Value::Text(name) = &extends.value else {
            return Err(vec![extends_problem(
                &extends,
                "expected a file name or the name of an embedded scenario in quotes",
            )]);
        };
        let next = match extended(name, &place, first_folder.as_deref()) {
            Ok(next) => next,
            Err(label) => return Err(vec![extends_problem(&extends, &label)]),
        };
        (layer, place) = read_one(&next, sources).map_err(|mut problems| {
            // Report an unreadable file at the key that names it.
            for problem in problems.iter_mut().filter(|problem| problem.span.is_none()) {
                problem.span = extends.origin.span().cloned();
                problem.label = "`extends` names it here".to_owned();
            }
            problems
        })?;
        if seen.contains(&place.identity) {
            return Err(vec![extends_problem(
                &extends,
                "this scenario extends itself, directly or through other scenarios",
            )]);
        }
        if seen.len() >= limits::EXTENDS_MAX {
            let label =
                format!("the chain of `extends` has more than {} scenarios", limits::EXTENDS_MAX);
            return Err(vec![extends_problem(&extends, &label)]);
        }
        seen.push(place.identity.clone());
    }
    let (mut tree, mut measured) = (Node::empty(), measured::Claims::default());
    for (layer, entries) in layers.into_iter().rev() {
        tree.override_with(layer, &mut Vec::new(), &role);
        if let Some(entries) = entries {
            measured.add(&entries, &tree);
        }
    }
    Ok(Layers { tree, measured })
}

impl Layers {
    /// Adds a text that extends the scenario. Its keys `extends` and `name` are ignored.
    ///
    /// # Errors
    /// Returns all syntax errors of the text.
    pub(super) fn add(&mut self, text: &str, sources: &mut Sources) -> Result<(), Vec<Problem>> {
        let source = sources.add("the added layer".to_owned(), text.to_owned());
        let mut layer = parse(sources, source)?;
        if let Value::Table(entries) = &mut layer.value {
            entries.retain(|entry| !["extends", "name"].contains(&entry.key.as_str()));
        }
        let entries = measured::take(&mut layer);
        self.tree.override_with(layer, &mut Vec::new(), &role);
        if let Some(entries) = entries {
            self.measured.add(&entries, &self.tree);
        }
        Ok(())
    }
}

/// Location of a layer, relative to which its `extends` is resolved.
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
                let message = format!("{name} is larger than 1 MiB, the limit for a scenario");
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
        None => format!("embedded scenarios: {}; the name of a file ends in .toml", listed(names)),
    };
    Problem::error(code::UNREADABLE, format!("no embedded scenario is called `{name}`")).help(help)
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
        _ if !is_inside => {
            Err("expected a file in the folder of this scenario or below it".to_owned())
        }
        Some(folder) => Ok(ScenarioOrigin::Path(folder.join(name))),
        None => Err("an embedded scenario can only extend embedded scenarios".to_owned()),
    }
}

fn extends_problem(node: &Node, label: &str) -> Problem {
    let problem = Problem::error(code::EXTENDS, "invalid value for `extends`".to_owned()).help(
        "write extends = \"other.toml\" (a file in the same folder) or \"quickstart\" (an \
             embedded scenario)",
    );
    match node.origin.span() {
        Some(span) => problem.at(span.clone(), label),
        None => problem,
    }
}

fn check_schema(layer: &Node) -> Result<(), Problem> {
    let help = "write `schema = 1` as the first key: the version of the scenario format";
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
                "this scenario needs a newer version of cmgsim"
            } else {
                "`schema` must be 1"
            };
            let help = if newer { "update cmgsim; this version reads `schema = 1`" } else { help };
            let problem = Problem::error(code::SCHEMA, message.to_owned()).help(help);
            Err(match other.origin.span() {
                Some(span) => problem.at(span.clone(), "expected 1"),
                None => problem,
            })
        }
    }
}

/// Sections that form one value: setting the table replaces the whole section, also in a cohort.
pub const VALUES: [&str; 1] = ["client.locations"];

/// Returns the role of a table at a path. A table within a value is a value, too.
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

/// Maps the path of a cohort's key to the path in `client`; returns other paths unchanged.
fn of_client<'a>(path: &[&'a str]) -> Vec<&'a str> {
    match path {
        ["cohort", _, rest @ ..] => [&["client"], rest].concat(),
        _ => path.to_vec(),
    }
}

/// Options that set values, used as source names of these values.
pub const OPTIONS: [&str; 2] = ["--set", "--vary"];

/// Applies the override `path=value` of an option to the tree.
///
/// # Errors
/// Returns a problem if the text is malformed or its path is invalid.
pub fn apply_override(
    tree: &mut Node,
    option: &str,
    text: &str,
    sources: &mut Sources,
) -> Result<(), Problem> {
    let source = sources.add(option.to_owned(), text.to_owned());
    let whole = Span::new(source, 0..text.len());
    let malformed = |label: &str| {
        Problem::error(code::OVERRIDE, format!("invalid value for {option}"))
            .at(whole.clone(), label)
            .help(format!("write path=value, for example {option} cohort.remote.clients=20000"))
    };
    let Some((path, value)) = text.split_once('=') else {
        return Err(malformed("expected path=value"));
    };
    if let Some((what, example)) = stray_quote(path, value) {
        let label = format!("{what} begins with a quote character that the shell did not remove");
        return Err(malformed(&label).help(format!("remove the quotes: {option} {example}")));
    }
    let keys = path.trim().split('.').map(|key| key.trim().trim_matches('"'));
    let keys: Vec<&str> = keys.collect();
    if keys.iter().any(|key| key.is_empty()) {
        return Err(malformed("the path has an empty segment"));
    }
    if keys.len() > limits::PATH_MAX {
        return Err(malformed(&format!("the path has more than {} segments", limits::PATH_MAX)));
    }
    if let ["schema" | "extends"] | ["measured", ..] = keys[..] {
        return Err(malformed(
            "this key can only be set in the file, because it is read before overrides apply",
        ));
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
        return Err(malformed("`*` matches no name here"));
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

/// Returns which side of `path=value` begins with a stray quote, and an example without quotes.
/// cmd.exe keeps single quotes, and no shell removes typographic quotes.
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

/// Appends a key to a path; `*` expands to all keys in the tree.
pub(super) fn expand(tree: &Node, prefix: Vec<String>, key: &str) -> Vec<Vec<String>> {
    if key != "*" {
        return vec![[prefix, vec![key.to_owned()]].concat()];
    }
    let path: Vec<&str> = prefix.iter().map(String::as_str).collect();
    let entries = tree.at(&path).map_or(&[][..], Node::entries).iter();
    // A key that applies to all components of a section is not the name of a component.
    let is_common =
        |key: &str| path.len() == 1 && Catalogue::builtin().settable(&[path[0], key]).is_some();
    entries
        .filter(|entry| !is_common(&entry.key))
        .map(|entry| [prefix.clone(), vec![entry.key.clone()]].concat())
        .collect()
}

/// Parses the value as TOML; a value that is not TOML becomes text.
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

/// Sets all source positions within the value to one position, because it was parsed from a copy.
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
