//! Reads typed values by path: the value that was set, or else the default, with its origin.
//!
//! An invalid value becomes a problem, and reading continues, so that all problems of a scenario
//! are found at once.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::text::is_hidden;
use crate::base::{BitsPerSecond, Bytes, PerSecond, Share, SimDuration};
use crate::catalogue::{Catalogue, Parameter, Provenance};

use super::diagnose::{Problem, code, nearest};
use super::idle::Idle;
use super::layers::{VALUES, role};
use super::source::{SourceId, Sources, Span};
use super::tree::{Node, Origin, Value};
use super::units;

/// A value that was read, for the resolved scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Path of the value.
    pub path: Vec<String>,
    /// The value as TOML.
    pub value: String,
    /// Origin of the value.
    pub origin: Origin,
    /// Provenance of the default.
    pub provenance: Provenance,
    /// Source of the default.
    pub source: &'static str,
    /// Path of the catalogue row with the default of this value.
    pub row: &'static str,
}

/// A file that a scenario reads, for example a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// Name of the file in the scenario, relative to the scenario's folder.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Content of the file.
    pub bytes: Arc<[u8]>,
}

/// Reads values and collects problems.
#[derive(Debug)]
pub struct Reader<'a> {
    catalogue: &'static Catalogue,
    tree: &'a Node,
    /// Source texts.
    pub sources: &'a Sources,
    /// Errors found so far.
    pub problems: Vec<Problem>,
    /// Warnings found so far.
    pub warnings: Vec<Problem>,
    /// Values read so far.
    pub resolved: Vec<Resolved>,
    /// Files read so far.
    pub files: Vec<InputFile>,
    /// Memory that these files and their values take, in bytes.
    pub recorded_bytes: u64,
    /// Keys of `client` that have no effect for at least one cohort.
    pub(super) idle: Vec<Idle>,
    /// Text of the price book that the scenario names.
    pub(super) price_book: Option<SourceId>,
}

/// A value found at a path.
#[derive(Clone, Debug)]
pub struct Found {
    /// The value with its origin.
    pub node: Node,
    /// Catalogue row of the value.
    pub parameter: &'static Parameter,
    /// Path of the value, joined by dots.
    pub path: String,
}

impl Found {
    /// Returns the source location, if the value is not a default.
    pub fn span(&self) -> Option<Span> {
        self.node.origin.span().cloned()
    }

    /// Returns whether the value is this word.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.node.value, Value::Text(text) if text == word)
    }

    /// Returns whether the user set the value.
    pub fn is_written(&self) -> bool {
        self.node.origin != Origin::Default
    }
}

/// Overrides `base` with `over`; if both are tables, `over` may contain only some of the keys.
pub(super) fn overridden(mut base: Node, over: Node, path: &[&str]) -> Node {
    let mut path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
    base.override_with(over, &mut path, &role);
    base
}

impl<'a> Reader<'a> {
    /// Creates a reader for a tree.
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
            price_book: None,
        }
    }

    /// Returns the whole tree.
    pub fn tree(&self) -> &'a Node {
        self.tree
    }

    /// Returns the catalogue.
    pub fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    /// Returns the value at a path: the value set there, or (for a cohort) in `client`, or the
    /// default; `None` if none of them exists.
    pub fn find(&mut self, path: &[&str]) -> Option<Found> {
        self.find_or(path, None)
    }

    /// Works like [`Reader::find`], but takes the default from the catalogue row `instead`.
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
        let node = layers.reduce(|base, over| overridden(base, over, path))?;
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

    /// Returns the value of `client` for a cohort's key, unless the cohort sets the whole table
    /// that contains the key.
    pub(super) fn of_client(&self, path: &[&str]) -> Option<&'a Node> {
        let ["cohort", _, rest @ ..] = path else { return None };
        let shared = [&["client"], rest].concat();
        let has_own = (3..path.len()).any(|length| {
            let is_value = VALUES.contains(&shared[..length - 1].join(".").as_str());
            is_value && self.tree.at(&path[..length]).is_some_and(|own| !own.is_part)
        });
        if has_own { None } else { self.tree.at(&shared) }
    }

    /// Reads a value again without recording problems or files, which the first reading recorded.
    pub(super) fn quietly<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let (problems, files) = (self.problems.len(), self.files.len());
        let bytes = self.recorded_bytes;
        let value = read(self);
        self.problems.truncate(problems);
        self.files.truncate(files);
        self.recorded_bytes = bytes;
        value
    }

    /// Returns whether a value is set at a path or (for a cohort) in `client`.
    pub fn is_written(&self, path: &[&str]) -> bool {
        self.tree.at(path).or(self.of_client(path)).is_some()
    }

    /// Returns a required value; reports a problem if it is missing.
    pub fn required(&mut self, path: &[&str]) -> Option<Found> {
        let found = self.find(path);
        if found.is_none() {
            let section = self.tree.at(&path[..path.len() - 1]);
            let mut problem =
                Problem::error(code::MISSING, format!("`{}` is missing", path.join(".")))
                    .help(self.catalogue.settable(path).map_or("", |one| &one.doc));
            if let Some(Origin::Written(span)) = section.map(|node| &node.origin) {
                let last = path.last().copied().unwrap_or_default();
                problem = problem.at(span.clone(), format!("set `{last}` here"));
            }
            self.problems.push(problem);
        }
        found
    }

    /// Reports an error in a value.
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

    /// Reports a warning about a value.
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

    /// Returns the location of the innermost section on a path, among the sections that the user
    /// wrote.
    fn place(&self, path: &str) -> Option<Span> {
        let path: Vec<&str> = path.split('.').collect();
        let section = |length| self.tree.at(&path[..length])?.origin.span();
        (1..path.len()).rev().find_map(section).cloned()
    }

    fn wrong_kind(&mut self, found: &Found, expected: &str) {
        let expected = match &found.parameter.or {
            Some(word) => format!("{expected} or \"{word}\""),
            None => expected.to_owned(),
        };
        let message = format!("`{}` is {}, not {expected}", found.path, found.node.kind());
        self.complain(code::WRONG_KIND, found, message, format!("expected {expected}"));
    }

    /// Parses a text; reports a number without a unit.
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
                    let message =
                        format!("invalid value {} for `{}`", found.node.to_toml(), found.path);
                    self.complain(code::BAD_UNIT, found, message, expected);
                    None
                }
            },
            Value::Integer(_) | Value::Float(_) | Value::HugeNumber(_) => {
                let value = found.node.to_toml();
                let message = format!("the value {value} of `{}` needs a unit", found.path);
                self.complain(code::BAD_UNIT, found, message, format!("expected {expected}"));
                None
            }
            _ => {
                self.wrong_kind(found, expected);
                None
            }
        }
    }

    /// Reads a duration within the limits of the catalogue row.
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
                format!("{} is too short for `{}`", found.node.to_toml(), found.path),
                format!("must be at least {minimum}"),
            );
            return None;
        }
        if bound(&parameter.max).is_some_and(|max| value > max) {
            let maximum = parameter.max.as_ref().map_or(String::new(), ToString::to_string);
            self.complain(
                code::OUT_OF_RANGE,
                found,
                format!("{} is too long for `{}`", found.node.to_toml(), found.path),
                format!("must be at most {maximum}"),
            );
            return None;
        }
        Some(value)
    }

    /// Reads an amount of data.
    pub fn bytes(&mut self, found: &Found) -> Option<Bytes> {
        self.parsed(found, "an amount of data such as \"2 MB\"", units::bytes)
    }

    /// Reads a data rate; the inner `None` means "unlimited".
    pub fn bandwidth(&mut self, found: &Found) -> Option<Option<BitsPerSecond>> {
        if self.is_or(found) {
            return Some(None);
        }
        self.parsed(found, "a data rate such as \"500 Mbit/s\"", units::bandwidth).map(Some)
    }

    /// Reads a rate.
    pub fn rate(&mut self, found: &Found) -> Option<PerSecond> {
        self.parsed(found, "a rate such as \"30/min\"", units::rate)
    }

    /// Reads a share.
    pub fn share(&mut self, found: &Found) -> Option<Share> {
        self.parsed(found, "a share such as \"80%\"", units::share)
    }

    /// Reads a time of day.
    pub fn time_of_day(&mut self, found: &Found) -> Option<SimDuration> {
        self.parsed(found, "a time of day such as \"08:30\"", units::time_of_day)
    }

    /// Reads a local date and time.
    pub fn civil(&mut self, found: &Found) -> Option<jiff::civil::DateTime> {
        self.parsed(found, "a local date and time such as \"2026-11-23T08:00\"", units::civil_time)
    }

    /// Reads a time zone.
    pub fn zone(&mut self, found: &Found) -> Option<jiff::tz::TimeZone> {
        self.parsed(found, "a time zone such as \"Europe/Berlin\"", super::zones::zone)
    }

    /// Returns whether the value is the word that the catalogue row allows instead of a value.
    pub fn is_or(&self, found: &Found) -> bool {
        found.parameter.or.as_ref().is_some_and(|word| found.is_word(word))
    }

    /// Reads a whole number within the limits of the catalogue row; the inner `None` is the word
    /// that is allowed instead.
    pub fn count_or(&mut self, found: &Found) -> Option<Option<u64>> {
        if self.is_or(found) {
            return Some(None);
        }
        let Value::Integer(number) = found.node.value else {
            if let Value::HugeNumber(_) = found.node.value {
                let message = format!("the number for `{}` is too large", found.path);
                let label = format!("must be at most {}", i64::MAX);
                self.complain(code::OUT_OF_RANGE, found, message, label);
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
                format!("must be at least {minimum}")
            } else {
                format!("must be from {minimum} to {maximum}")
            };
            let message = format!("`{}` is {number}, outside its range", found.path);
            self.complain(code::OUT_OF_RANGE, found, message, range);
            return None;
        }
        u64::try_from(number).ok().map(Some)
    }

    /// Reads a whole number within the limits of the catalogue row.
    pub fn count(&mut self, found: &Found) -> Option<u64> {
        self.count_or(found).flatten()
    }

    /// Reads a number within the limits of the catalogue row.
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
            let message = format!("`{}` is {number}, outside its range", found.path);
            self.complain(
                code::OUT_OF_RANGE,
                found,
                message,
                format!("must be from {minimum} to {maximum}"),
            );
            return None;
        }
        Some(number)
    }

    /// Reads a text without hidden characters.
    pub fn text(&mut self, found: &Found) -> Option<String> {
        match &found.node.value {
            Value::Text(text) => match text.chars().find(|letter| is_hidden(*letter)) {
                None => Some(text.clone()),
                Some(letter) => {
                    let path = &found.path;
                    let number = u32::from(letter);
                    let message = format!("`{path}` contains the hidden character U+{number:04X}");
                    let label = "remove control characters and text direction marks";
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

    /// Reads a Boolean.
    pub fn boolean(&mut self, found: &Found) -> Option<bool> {
        match found.node.value {
            Value::Boolean(flag) => Some(flag),
            _ => {
                self.wrong_kind(found, "true or false");
                None
            }
        }
    }

    /// Reads one of the choices of the catalogue row.
    pub fn choice(&mut self, found: &Found) -> Option<String> {
        let text = self.text(found)?;
        let choices = &found.parameter.choices;
        if choices.contains(&text) {
            return Some(text);
        }
        let list = choices.join(", ");
        let label = match nearest(&text, choices.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"? allowed values: {list}"),
            None => format!("allowed values: {list}"),
        };
        let message = format!("invalid value \"{text}\" for `{}`", found.path);
        self.complain(code::BAD_CHOICE, found, message, label);
        None
    }
}
