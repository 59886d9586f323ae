//! A scenario as a tree of values that know where they were written, and layers of such trees.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnose::{Problem, code};
use super::limits;
use super::source::{SourceId, Sources, Span};

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
    /// An empty table that nobody wrote.
    pub fn empty() -> Self {
        Node { value: Value::Table(Vec::new()), origin: Origin::Default }
    }

    /// The tree of a default in the catalogue.
    pub fn from_default(value: &toml::Value) -> Self {
        let origin = Origin::Default;
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
        Node { value, origin }
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

    /// Lays `over` on this tree: its values replace those here, tables are joined key by key.
    /// Values that are tables in themselves (`is_leaf`) are replaced as a whole.
    pub fn lay_over(
        &mut self,
        over: Node,
        path: &mut Vec<String>,
        is_leaf: &dyn Fn(&[String]) -> bool,
    ) {
        let joins = matches!((&self.value, &over.value), (Value::Table(_), Value::Table(_)));
        if !joins || is_leaf(path) {
            *self = over;
            return;
        }
        let (Value::Table(own), Value::Table(entries)) = (&mut self.value, over.value) else {
            return;
        };
        if own.is_empty() {
            *own = entries;
            return;
        }
        for entry in entries {
            match own.iter_mut().find(|own| own.key == entry.key) {
                Some(own) => {
                    path.push(entry.key);
                    own.node.lay_over(entry.node, path, is_leaf);
                    own.origin = entry.origin;
                    path.pop();
                }
                None => own.push(entry),
            }
        }
    }

    /// The value as TOML on one line.
    pub fn to_toml(&self) -> String {
        match &self.value {
            Value::Table(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|entry| format!("{} = {}", entry.key, entry.node.to_toml()))
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

/// Parses a text.
///
/// # Errors
/// Every syntax error the parser can find, after the guards of [`limits::check_structure`].
pub fn parse(sources: &Sources, source: SourceId) -> Result<Node, Vec<Problem>> {
    let text = sources.text(source);
    limits::check_structure(source, text).map_err(|problem| vec![problem])?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let value = Value::Table(table_entries(source, table.get_ref()));
        return Ok(Node { value, origin: Origin::Written(Span::new(source, table.span())) });
    }
    let problem = |error: &toml::de::Error| {
        let range = error.span().unwrap_or(0..0);
        Problem::error(code::SYNTAX, "this is not TOML".to_owned())
            .at(Span::new(source, range), error.message())
            .help("keys are written `name = value`, sections `[kind.name]`, text in quotes")
    };
    Err(errors.iter().map(problem).collect())
}

fn table_entries(source: SourceId, table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let entry = Entry {
                key: key.get_ref().to_string(),
                origin: Origin::Written(Span::new(source, key.span())),
                node: node(source, value.get_ref(), value.span()),
            };
            (key.span().start, entry)
        })
        .collect();
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn node(source: SourceId, value: &DeValue<'_>, range: Range<usize>) -> Node {
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
            items.iter().map(|item| node(source, item.get_ref(), item.span())).collect(),
        ),
        DeValue::Table(table) => Value::Table(table_entries(source, table)),
    };
    Node { value, origin: Origin::Written(Span::new(source, range)) }
}
