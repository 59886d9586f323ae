//! A scenario as a tree of values with source locations, and merging of such trees.

use crate::terms::RequestKind;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnose::{Problem, code};
use super::source::{SourceId, Sources, Span};
use super::{limits, units};

/// Origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Set in a source text.
    Written(Span),
    /// Default of the catalogue.
    Default,
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The TOML value.
    pub value: Value,
    /// Origin of the value.
    pub origin: Origin,
    /// Whether this is a table for which dotted keys set only some entries (`locations.vpn =
    /// "20%"`). A table in braces or with its own header is not partial.
    pub is_part: bool,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Entries in order of appearance.
    Table(Vec<Entry>),
    /// Items in order.
    Array(Vec<Node>),
    /// A string, date or time as text.
    Text(String),
    /// A whole number that fits in 64 bits.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A number that fits neither type, as text.
    HugeNumber(String),
    /// A Boolean.
    Boolean(bool),
}

/// Role of a table at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A section, whose keys are independent of each other.
    Section,
    /// A distribution.
    Distribution,
    /// A distribution for every kind of request.
    DistributionByKind,
    /// A presence pattern.
    Presence,
    /// Another value whose keys belong together.
    Value,
}

/// A key of a table and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Name of the key.
    pub key: String,
    /// Origin of the key.
    pub origin: Origin,
    /// Value of the key.
    pub node: Node,
}

impl Origin {
    /// Returns the source location, if the value is not a default.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Origin::Written(span) => Some(span),
            Origin::Default => None,
        }
    }
}

impl Node {
    /// Creates a value that is not partial.
    pub fn new(value: Value, origin: Origin) -> Self {
        Node { value, origin, is_part: false }
    }

    /// Creates an empty table with the origin of a default.
    pub fn empty() -> Self {
        Node::new(Value::Table(Vec::new()), Origin::Default)
    }

    /// Creates the tree of a default of the catalogue.
    pub fn from_default(value: &toml::Value) -> Self {
        let value = match value {
            toml::Value::String(text) => Value::Text(text.clone()),
            toml::Value::Integer(number) => Value::Integer(*number),
            toml::Value::Float(number) => Value::Float(*number),
            toml::Value::Boolean(flag) => Value::Boolean(*flag),
            toml::Value::Datetime(time) => Value::Text(time.to_string()),
            toml::Value::Array(items) => {
                Value::Array(items.iter().map(Node::from_default).collect())
            }
            toml::Value::Table(table) => Value::Table(
                table
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        origin: Origin::Default,
                        node: Node::from_default(value),
                    })
                    .collect(),
            ),
        };
        Node::new(value, Origin::Default)
    }

    /// Returns the entries of a table; empty for other values.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the value of a key, if this is a table with that key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// Returns the value at a path.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Removes sections: `section` or `section.NAME`.
    pub(super) fn remove(&mut self, sections: &[&str]) {
        let Value::Table(entries) = &mut self.value else { return };
        entries.retain(|entry| !sections.contains(&entry.key.as_str()));
        for entry in entries {
            let own = |path: &&str, name: &str| {
                let rest = path.strip_prefix(&*entry.key).and_then(|rest| rest.strip_prefix('.'));
                rest == Some(name)
            };
            if let Value::Table(below) = &mut entry.node.value {
                below.retain(|below| !sections.iter().any(|path| own(path, &below.key)));
            }
        }
    }

    /// Returns the type of the value in words for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Table(_) => "a table",
            Value::Array(_) => "an array",
            Value::Text(_) => "text",
            Value::Float(number) if number.fract() != 0.0 => "a decimal number",
            Value::Integer(_) | Value::Float(_) | Value::HugeNumber(_) => "a number",
            Value::Boolean(_) => "a Boolean",
        }
    }

    /// Overrides this tree with `over`: values are replaced, sections are merged key by key. A
    /// table that is one value (see `role`) is replaced as a whole, unless `over` has dotted keys
    /// for it, which change only these keys.
    pub fn override_with(
        &mut self,
        mut over: Node,
        path: &mut Vec<String>,
        role: &dyn Fn(&[String]) -> Role,
    ) {
        let role_here = role(path);
        let is_section = role_here == Role::Section;
        if over.is_part && matches!(over.value, Value::Table(_)) {
            self.become_table(role_here, &over);
        }
        let joins = matches!((&self.value, &over.value), (Value::Table(_), Value::Table(_)));
        if !joins || !(is_section || over.is_part) {
            *self = over;
            return;
        }
        if !is_section {
            self.origin = over.origin.clone();
        }
        let (Value::Table(own), Value::Table(entries)) = (&mut self.value, &mut over.value) else {
            return;
        };
        if own.is_empty() {
            *own = std::mem::take(entries);
            return;
        }
        for entry in std::mem::take(entries) {
            // If the table does not contain the request kind of a dotted key, the key changes a
            // copy of the default distribution.
            let default = own.iter().find(|own| own.key == "default").map(|own| own.node.clone());
            let default =
                default.filter(|_| role_here == Role::DistributionByKind && entry.node.is_part);
            if let Some(node) = default.filter(|_| own.iter().all(|own| own.key != entry.key)) {
                own.push(Entry { key: entry.key.clone(), origin: entry.origin.clone(), node });
            }
            match own.iter_mut().find(|own| own.key == entry.key) {
                Some(own) => {
                    path.push(entry.key);
                    own.node.override_with(entry.node, path, role);
                    own.origin = entry.origin;
                    path.pop();
                }
                None => own.push(entry),
            }
        }
    }

    /// Converts a value into its equivalent table, so that dotted keys of `over` can change it:
    /// `"office-hours"` is `{ kind = "office-hours" }`, and a distribution for all kinds of
    /// requests is `{ default = ... }`.
    fn become_table(&mut self, role: Role, over: &Node) {
        let part = |key: &str, node: Node| Entry {
            key: key.to_owned(),
            origin: node.origin.clone(),
            node,
        };
        let word = |text: &str| Node::new(Value::Text(text.to_owned()), self.origin.clone());
        let is_kind = |entry: &Entry| RequestKind::ALL.iter().any(|kind| kind.name() == entry.key);
        let is_for_all = role == Role::DistributionByKind
            && self.get("dist").is_some()
            && over.entries().iter().any(is_kind);
        if matches!(self.value, Value::Table(_)) && !is_for_all {
            return;
        }
        let is_duration = matches!(&self.value, Value::Text(text) if units::duration(text).is_ok());
        let entries = match role {
            Role::Distribution if is_duration => {
                vec![part("dist", word("constant")), part("value", self.clone())]
            }
            Role::DistributionByKind => vec![part("default", self.clone())],
            Role::Presence => vec![part("kind", self.clone())],
            Role::Distribution | Role::Section | Role::Value => return,
        };
        *self = Node::new(Value::Table(entries), self.origin.clone());
    }

    /// Returns the value as TOML on one line.
    pub fn to_toml(&self) -> String {
        match &self.value {
            Value::Table(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|entry| format!("{} = {}", key_to_toml(&entry.key), entry.node.to_toml()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Node::to_toml).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Text(text) => toml::Value::String(text.clone()).to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => toml::Value::Float(*number).to_string(),
            Value::HugeNumber(text) => text.clone(),
            Value::Boolean(flag) => flag.to_string(),
        }
    }
}

/// Formats a key as TOML, with quotes if necessary.
pub fn key_to_toml(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.to_owned(),
        false => toml::Value::from(key).to_string(),
    }
}

/// Parses a TOML text into a tree.
///
/// # Errors
/// Returns the problem that [`limits::check_structure`] finds, or else all syntax errors.
pub fn parse(sources: &Sources, source: SourceId) -> Result<Node, Vec<Problem>> {
    let text = sources.text(source);
    limits::check_structure(source, text).map_err(|problem| vec![problem])?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let value = Value::Table(table_entries(text, source, table.get_ref()));
        return Ok(Node::new(value, Origin::Written(Span::new(source, table.span()))));
    }
    let problem = |error: &toml::de::Error| {
        let range = error.span().unwrap_or(0..0);
        Problem::error(code::SYNTAX, "invalid TOML syntax".to_owned())
            .at(Span::new(source, range), error.message())
            .help("write keys as `name = value`, sections as `[kind.name]` and text in quotes")
    };
    Err(errors.iter().map(problem).collect())
}

fn table_entries(text: &str, source: SourceId, table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let entry = Entry {
                key: key.get_ref().to_string(),
                origin: Origin::Written(Span::new(source, key.span())),
                node: node(text, source, value.get_ref(), value.span()),
            };
            (key.span().start, entry)
        })
        .collect();
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn node(text: &str, source: SourceId, value: &DeValue<'_>, range: Range<usize>) -> Node {
    let is_table = matches!(value, DeValue::Table(_));
    // The location of a table is its opening bracket, or the dotted key that implies it.
    let is_whole = text.get(range.start..).is_some_and(|at| at.starts_with(['{', '[']));
    let is_part = is_table && !is_whole;
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::HugeNumber(number.to_string()), Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| Value::HugeNumber(number.to_string()), Value::Float),
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::Array(
            items.iter().map(|item| node(text, source, item.get_ref(), item.span())).collect(),
        ),
        DeValue::Table(table) => Value::Table(table_entries(text, source, table)),
    };
    Node { value, origin: Origin::Written(Span::new(source, range)), is_part }
}
