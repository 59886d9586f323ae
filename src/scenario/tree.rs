//! A scenario as a tree of values that know where they were written, and layers of such trees.

use crate::terms::RequestKind;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnose::{Problem, code};
use super::source::{SourceId, Sources, Span};
use super::{limits, units};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in a text.
    Written(Span),
    /// The catalogue's default.
    Default,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where from.
    pub origin: Origin,
    /// A table of which only some keys were written, by dotted keys (`locations.vpn = "20%"`). A
    /// table in braces or with a header of its own is written as a whole.
    pub is_part: bool,
}

/// A value as TOML has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Keys with their places, in order of appearance.
    Table(Vec<Entry>),
    /// Values in order.
    Array(Vec<Node>),
    /// A string; also a date or time, as text.
    Text(String),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// A number that fits nothing.
    HugeNumber(String),
    /// True or false.
    Boolean(bool),
}

/// What a table at a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Keys that are independent of one another.
    Section,
    /// A distribution.
    Distribution,
    /// A distribution for every kind of request.
    DistributionByKind,
    /// A presence pattern.
    Presence,
    /// Another value whose parts belong together.
    Value,
}

/// A key of a table and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where it was written.
    pub origin: Origin,
    /// The value.
    pub node: Node,
}

impl Origin {
    /// The place, if it was written.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Origin::Written(span) => Some(span),
            Origin::Default => None,
        }
    }
}

impl Node {
    /// A value that was written as a whole.
    pub fn new(value: Value, origin: Origin) -> Self {
        Node { value, origin, is_part: false }
    }

    /// An empty table that nobody wrote.
    pub fn empty() -> Self {
        Node::new(Value::Table(Vec::new()), Origin::Default)
    }

    /// The tree of a default in the catalogue.
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

    /// The entries, if this is a table.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value at a path.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// What a user would call this value's kind.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Table(_) => "a table",
            Value::Array(_) => "an array",
            Value::Text(_) => "text",
            Value::Integer(_) | Value::Float(_) | Value::HugeNumber(_) => "a number",
            Value::Boolean(_) => "true or false",
        }
    }

    /// Lays `over` on this tree: its values replace those here, sections are joined key by key. A
    /// table that is one value (`role` says so) is replaced as a whole, unless `over` has dotted
    /// keys for some of it: they change those and leave the others.
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
            // A kind of request without a distribution of its own has the one of all others.
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

    /// The table that a value stands for, of which the dotted keys of `over` can change a part:
    /// `"office-hours"` is `{ kind = "office-hours" }`, a distribution for all kinds of requests is
    /// `{ default = ... }`.
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

    /// The value as TOML on one line.
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

/// A key as TOML has it: bare, or in quotes.
pub fn key_to_toml(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.to_owned(),
        false => toml::Value::from(key).to_string(),
    }
}

/// Parses a text.
///
/// # Errors
/// Every syntax error the parser can find, after the guards of [`limits::check_structure`].
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
        Problem::error(code::SYNTAX, "this is not TOML".to_owned())
            .at(Span::new(source, range), error.message())
            .help("keys are written `name = value`, sections `[kind.name]`, text in quotes")
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
    // The place of a table is its opening bracket, or the dotted key that implies it.
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
