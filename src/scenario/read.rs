//! Reads typed values by path: what was written, else the default, always with its origin.
//!
//! A value that cannot be read becomes a problem, and a harmless stand-in goes on in its place,
//! so that all problems of a scenario are found at once.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::text::is_hidden;
use crate::base::{BitsPerSecond, Bytes, PerSecond, Share, SimDuration};
use crate::catalogue::{Catalogue, Parameter, Provenance};

use super::diagnose::{Problem, code, nearest};
use super::idle::Idle;
use super::layers::{VALUES, role};
use super::source::{Sources, Span};
use super::tree::{Node, Origin, Value};
use super::units;

/// A value that was looked up: the resolved scenario lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Where it stands.
    pub path: Vec<String>,
    /// As TOML.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Of a default: what kind of default.
    pub provenance: Provenance,
    /// Of a default: its source.
    pub source: &'static str,
    /// Row of the catalogue whose default it is or would be.
    pub row: &'static str,
}

/// A file that a scenario reads.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// Its name in the scenario, relative to its folder.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

/// Reads values, collects problems.
#[derive(Debug)]
pub struct Reader<'a> {
    catalogue: &'static Catalogue,
    tree: &'a Node,
    /// The texts.
    pub sources: &'a Sources,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
    /// What can be simulated, but may not be meant.
    pub warnings: Vec<Problem>,
    /// What was looked up so far.
    pub resolved: Vec<Resolved>,
    /// Files that were read so far.
    pub files: Vec<InputFile>,
    /// Memory that those files and their values take.
    pub recorded_bytes: u64,
    /// Keys of `client` that some cohort had no use for.
    pub(super) idle: Vec<Idle>,
}

/// A value found at a path.
#[derive(Clone, Debug)]
pub struct Found {
    /// The value.
    pub node: Node,
    /// Its row in the catalogue.
    pub parameter: &'static Parameter,
    /// Its path, joined by dots.
    pub path: String,
}

impl Found {
    /// Where it was written.
    pub fn span(&self) -> Option<Span> {
        self.node.origin.span().cloned()
    }

    /// Is it this word?
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.node.value, Value::Text(text) if text == word)
    }

    /// Was it written by the user?
    pub fn is_written(&self) -> bool {
        self.node.origin != Origin::Default
    }
}

/// The value that is there with another one over it, which may name only some parts of it.
fn laid_over(mut base: Node, over: Node, path: &[&str]) -> Node {
    let mut path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
    base.override_with(over, &mut path, &role);
    base
}

impl<'a> Reader<'a> {
    /// Reads from a tree.
    pub fn new(tree: &'a Node, sources: &'a Sources) -> Self {
        let (problems, warnings) = (Vec::new(), Vec::new());
        let (resolved, files, idle) = (Vec::new(), Vec::new(), Vec::new());
        let catalogue = Catalogue::builtin();
        let recorded_bytes = 0;
        Reader {
            catalogue,
            tree,
            sources,
            problems,
            warnings,
            resolved,
            files,
            recorded_bytes,
            idle,
        }
    }

    /// The whole tree.
    pub fn tree(&self) -> &'a Node {
        self.tree
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    /// The value at a path: written there, or (of a cohort) at `client`, or the default. `None`
    /// if there is none at all.
    pub fn find(&mut self, path: &[&str]) -> Option<Found> {
        self.find_or(path, None)
    }

    /// The same with another default than the catalogue's row for this path: that of the row
    /// `instead`.
    pub fn find_or(&mut self, path: &[&str], instead: Option<&str>) -> Option<Found> {
        let parameter = self.catalogue.settable(path);
        debug_assert!(parameter.is_some(), "{path:?} is in the catalogue");
        let parameter = parameter?;
        let default = match instead {
            Some(instead) => self.catalogue.exactly(instead)?,
            None => parameter,
        };
        let default_node = default.value.as_ref().map(Node::from_default);
        let written = [self.of_client(path), self.tree.at(path)].map(Option::<&Node>::cloned);
        let layers = std::iter::once(default_node).chain(written).flatten();
        let node = layers.reduce(|base, over| laid_over(base, over, path))?;
        self.resolved.push(Resolved {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            value: node.to_toml(),
            origin: node.origin.clone(),
            provenance: default.provenance,
            source: &default.source,
            row: &default.path,
        });
        Some(Found { node, parameter, path: path.join(".") })
    }

    /// What `client` says of a cohort's key, unless the cohort has a table of its own for the value
    /// that the key is a part of.
    fn of_client(&self, path: &[&str]) -> Option<&'a Node> {
        let ["cohort", _, rest @ ..] = path else { return None };
        let shared = [&["client"], rest].concat();
        let has_own = (3..path.len()).any(|length| {
            let is_value = VALUES.contains(&shared[..length - 1].join(".").as_str());
            is_value && self.tree.at(&path[..length]).is_some_and(|own| !own.is_part)
        });
        if has_own { None } else { self.tree.at(&shared) }
    }

    /// Is a value written at a path, or (of a cohort) at `client`?
    pub fn is_written(&self, path: &[&str]) -> bool {
        self.tree.at(path).or(self.of_client(path)).is_some()
    }

    /// A value without which nothing goes.
    pub fn required(&mut self, path: &[&str]) -> Option<Found> {
        let found = self.find(path);
        if found.is_none() {
            let section = self.tree.at(&path[..path.len() - 1]);
            let mut problem =
                Problem::error(code::MISSING, format!("`{}` is missing", path.join(".")))
                    .help(self.catalogue.settable(path).map_or("", |one| &one.doc));
            if let Some(Origin::Written(span)) = section.map(|node| &node.origin) {
                let last = path.last().copied().unwrap_or_default();
                problem = problem.at(span.clone(), format!("`{last}` is missing here"));
            }
            self.problems.push(problem);
        }
        found
    }

    /// Notes what is wrong with a value.
    pub fn complain(
        &mut self,
        code: &'static str,
        found: &Found,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        let help = match found.parameter.doc.as_str() {
            "" => String::new(),
            doc => format!("{}: {doc}", found.parameter.path),
        };
        let mut problem = Problem::error(code, message.into()).help(help);
        match found.span().or_else(|| self.place(&found.path)) {
            Some(span) => problem = problem.at(span, label),
            None => problem.message = format!("{} ({})", problem.message, label.into()),
        }
        self.problems.push(problem);
    }

    /// Notes what may not be meant by a value.
    pub fn warn(
        &mut self,
        code: &'static str,
        found: &Found,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        let mut warning = Problem::warning(code, message.into()).help(help);
        if let Some(span) = found.span() {
            warning = warning.at(span, label);
        }
        self.warnings.push(warning);
    }

    /// The innermost section that was written of a path: where a default is missing.
    fn place(&self, path: &str) -> Option<Span> {
        let path: Vec<&str> = path.split('.').collect();
        let section = |length| self.tree.at(&path[..length])?.origin.span();
        (1..path.len()).rev().find_map(section).cloned()
    }

    fn wrong_kind(&mut self, found: &Found, expected: &str) {
        let message = format!("`{}` is {}", found.path, found.node.kind());
        let expected = match &found.parameter.or {
            Some(word) => format!("expected {expected}, or \"{word}\""),
            None => format!("expected {expected}"),
        };
        self.complain(code::WRONG_KIND, found, message, expected);
    }

    /// Text that `parse` understands; a number is told that it lacks its unit.
    fn parsed<T>(
        &mut self,
        found: &Found,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match &found.node.value {
            Value::Text(text) => match parse(text) {
                Ok(value) => Some(value),
                Err(expected) => {
                    let message = format!("`{}` cannot be read", found.path);
                    self.complain(code::BAD_UNIT, found, message, expected);
                    None
                }
            },
            Value::Integer(_) | Value::Float(_) | Value::HugeNumber(_) => {
                let message = format!("`{}` needs a unit", found.path);
                self.complain(code::BAD_UNIT, found, message, format!("expected {expected}"));
                None
            }
            _ => {
                self.wrong_kind(found, expected);
                None
            }
        }
    }

    /// A duration, within the row's limits.
    pub fn duration(&mut self, found: &Found) -> Option<SimDuration> {
        let expected = "a duration such as \"60min\"";
        let value = self.parsed(found, expected, units::duration)?;
        let bound = |limit: &Option<toml::Value>| {
            limit.as_ref().and_then(toml::Value::as_str).and_then(|text| units::duration(text).ok())
        };
        let parameter = found.parameter;
        if bound(&parameter.min).is_some_and(|min| value < min) {
            let minimum = parameter.min.as_ref().map_or(String::new(), ToString::to_string);
            self.complain(
                code::OUT_OF_RANGE,
                found,
                format!("`{}` is too short", found.path),
                format!("at least {minimum}"),
            );
            return None;
        }
        if bound(&parameter.max).is_some_and(|max| value > max) {
            let maximum = parameter.max.as_ref().map_or(String::new(), ToString::to_string);
            self.complain(
                code::OUT_OF_RANGE,
                found,
                format!("`{}` is too long", found.path),
                format!("at most {maximum}"),
            );
            return None;
        }
        Some(value)
    }

    /// An amount of data.
    pub fn bytes(&mut self, found: &Found) -> Option<Bytes> {
        self.parsed(found, "an amount of data such as \"2 MB\"", units::bytes)
    }

    /// A data rate; `None` inside is "unlimited".
    pub fn bandwidth(&mut self, found: &Found) -> Option<Option<BitsPerSecond>> {
        if self.is_or(found) {
            return Some(None);
        }
        self.parsed(found, "a data rate such as \"500 Mbit/s\"", units::bandwidth).map(Some)
    }

    /// A rate.
    pub fn rate(&mut self, found: &Found) -> Option<PerSecond> {
        self.parsed(found, "a rate such as \"30/min\"", units::rate)
    }

    /// A share.
    pub fn share(&mut self, found: &Found) -> Option<Share> {
        self.parsed(found, "a share such as \"80%\"", units::share)
    }

    /// A time of day.
    pub fn time_of_day(&mut self, found: &Found) -> Option<SimDuration> {
        self.parsed(found, "a time of day such as \"08:30\"", units::time_of_day)
    }

    /// A civil time.
    pub fn civil(&mut self, found: &Found) -> Option<jiff::civil::DateTime> {
        self.parsed(found, "a civil time such as \"2026-11-23T08:00\"", units::civil_time)
    }

    /// A time zone.
    pub fn zone(&mut self, found: &Found) -> Option<jiff::tz::TimeZone> {
        self.parsed(found, "a time zone such as \"Europe/Berlin\"", super::zones::zone)
    }

    /// Is this the word that may stand instead of a value?
    pub fn is_or(&self, found: &Found) -> bool {
        found.parameter.or.as_ref().is_some_and(|word| found.is_word(word))
    }

    /// A whole number within the row's limits; `None` inside is the word that may stand instead.
    pub fn count_or(&mut self, found: &Found) -> Option<Option<u64>> {
        if self.is_or(found) {
            return Some(None);
        }
        let Value::Integer(number) = found.node.value else {
            if let Value::HugeNumber(_) = found.node.value {
                let message = format!("`{}` is too large", found.path);
                self.complain(code::OUT_OF_RANGE, found, message, "this number does not fit");
            } else {
                self.wrong_kind(found, "a whole number");
            }
            return None;
        };
        let bound = |limit: &Option<toml::Value>| limit.as_ref().and_then(toml::Value::as_integer);
        let minimum = bound(&found.parameter.min).unwrap_or(0);
        let maximum = bound(&found.parameter.max).unwrap_or(i64::MAX);
        if !(minimum..=maximum).contains(&number) {
            let range = if maximum == i64::MAX {
                format!("at least {minimum}")
            } else {
                format!("from {minimum} to {maximum}")
            };
            let message = format!("`{}` is {number}", found.path);
            self.complain(code::OUT_OF_RANGE, found, message, range);
            return None;
        }
        u64::try_from(number).ok().map(Some)
    }

    /// A whole number within the row's limits.
    pub fn count(&mut self, found: &Found) -> Option<u64> {
        self.count_or(found).flatten()
    }

    /// A number within the row's limits.
    pub fn number(&mut self, found: &Found) -> Option<f64> {
        let number = match found.node.value {
            Value::Integer(number) => number as f64,
            Value::Float(number) => number,
            Value::HugeNumber(_) => f64::INFINITY,
            _ => {
                self.wrong_kind(found, "a number");
                return None;
            }
        };
        let bound = |limit: &Option<toml::Value>| limit.as_ref().and_then(toml::Value::as_float);
        let minimum = bound(&found.parameter.min).unwrap_or(f64::NEG_INFINITY);
        let maximum = bound(&found.parameter.max).unwrap_or(f64::MAX);
        if !(minimum..=maximum).contains(&number) {
            let message = format!("`{}` is {number}", found.path);
            self.complain(
                code::OUT_OF_RANGE,
                found,
                message,
                format!("from {minimum} to {maximum}"),
            );
            return None;
        }
        Some(number)
    }

    /// Text.
    pub fn text(&mut self, found: &Found) -> Option<String> {
        match &found.node.value {
            Value::Text(text) => match text.chars().find(|letter| is_hidden(*letter)) {
                None => Some(text.clone()),
                Some(letter) => {
                    let path = &found.path;
                    let number = u32::from(letter);
                    let message = format!("`{path}` holds the hidden character U+{number:04X}");
                    let label = "no control characters, no marks of the direction of writing";
                    self.complain(code::WRONG_KIND, found, message, label);
                    None
                }
            },
            _ => {
                self.wrong_kind(found, "text");
                None
            }
        }
    }

    /// True or false.
    pub fn boolean(&mut self, found: &Found) -> Option<bool> {
        match found.node.value {
            Value::Boolean(flag) => Some(flag),
            _ => {
                self.wrong_kind(found, "true or false");
                None
            }
        }
    }

    /// One of the row's choices.
    pub fn choice(&mut self, found: &Found) -> Option<String> {
        let text = self.text(found)?;
        let choices = &found.parameter.choices;
        if choices.contains(&text) {
            return Some(text);
        }
        let list = choices.join(", ");
        let label = match nearest(&text, choices.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"? possible: {list}"),
            None => format!("possible: {list}"),
        };
        let message = format!("`{}` cannot be \"{text}\"", found.path);
        self.complain(code::BAD_CHOICE, found, message, label);
        None
    }
}
