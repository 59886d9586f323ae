//! Problems of a scenario: code, location, cause and remedy.

mod screen;

use serde::Serialize;

use super::source::{Sources, Span};

/// Stable codes of problems, which `cmgsim explain CODE` explains.
pub mod code {
    macro_rules! codes {
        ($($name:ident = $code:literal: $text:literal;)+) => {
            $(#[doc = $text] pub const $name: &str = $code;)+

            /// All codes with their explanations.
            pub const ALL: &[(&str, &str)] = &[$(($code, $text)),+];
        };
    }

    codes! {
        SYNTAX = "CMG0101": "The file is not valid TOML. Write keys as `name = value`, sections as \
            `[kind.name]`, and text and values with units in quotes.";
        TOO_LARGE = "CMG0102": "The file exceeds the limits of a scenario: 1 MiB, 100,000 \
            brackets, keys and dots, and 1,000 sections of each kind. Put recorded values into CSV \
            files.";
        NOT_UTF8 = "CMG0103": "The file is neither UTF-8 text nor UTF-16 text with a byte order \
            mark. Save it in UTF-8.";
        TOO_DEEP = "CMG0104": "Brackets are nested more than 64 levels deep. A scenario needs \
            at most three levels; usually a closing bracket is missing.";
        UNKNOWN_KEY = "CMG0201": "The key is unknown, so it would have no effect. The message \
            suggests the most similar key; `cmgsim params` lists all keys.";
        MISSING = "CMG0202": "A required value is missing. It has no default.";
        BAD_NAME = "CMG0203": "The name of a component is invalid or used twice. A name has 1 to \
            64 letters and digits of any script, - and _, and does not start with a combining \
            mark.";
        WRONG_KIND = "CMG0301": "A value has the wrong type, for example text instead of a \
            number.";
        BAD_UNIT = "CMG0302": "A value needs a valid unit. Write the number and the unit as text: \
            \"60min\", \"500 Mbit/s\", \"100 MB\", \"2%\", \"30/min\".";
        BAD_CHOICE = "CMG0303": "The value is not one of the allowed words.";
        BAD_DISTRIBUTION = "CMG0304": "The distribution of a random duration is invalid. Write a \
            duration (constant) or a table with `dist` and its parameters, for example { dist = \
            \"lognormal\", median = \"40ms\", p95 = \"180ms\" }.";
        OUT_OF_RANGE = "CMG0401": "A value is outside its allowed range.";
        INCONSISTENT = "CMG0402": "Values contradict each other, or a key has no effect.";
        INCOMPLETE = "CMG0403": "The scenario lacks a required component.";
        AMBIGUOUS = "CMG0404": "A local time occurs twice because clocks are set back. The \
            simulation uses the first occurrence.";
        MEASURED = "CMG0405": "An entry of [[measured]] is invalid. It must name a value that the \
            same scenario, or a scenario that it extends, sets. Its interval from `low` to `high` \
            must contain the value. A scenario has at most one entry for each value.";
        UNKNOWN_COMPONENT = "CMG0501": "A value refers to a component that does not exist.";
        UNREADABLE = "CMG0601": "A file or an embedded scenario cannot be read.";
        EXTENDS = "CMG0602": "`extends` is invalid. It must name a file in the scenario's folder \
            or below it (other.toml), or an embedded scenario (quickstart). A chain of `extends` \
            must not contain a cycle.";
        SCHEMA = "CMG0603": "The version of the scenario format is missing or not supported. \
            Write `schema = 1` as the first key.";
        OVERRIDE = "CMG0604": "An override is invalid. Write path=value, for example \
            --set cohort.remote.clients=20000 or --set cohort.*.clients=500.";
        UNUSUAL = "CMG0701": "Warning: the load on a station is close to its capacity or above it, \
            or a value exceeds a published limit. The scenario can run.";
        PLAN = "CMG0702": "Warning: a component has no effect or does not serve all clients, or \
            the scenario uses something, such as a VM size, after its retirement. The scenario can \
            run.";
        NOT_MEASURED = "CMG0703": "Note: an entry of [[measured]] does not apply, because a later \
            layer (a scenario that extends this one, --set or --vary) changes the value, or \
            because the scenario does not use the value. A changed value counts as written. The \
            scenario can run.";
        TOO_MUCH = "CMG0801": "The run would exceed the limit of events or memory. Reduce the \
            scenario, or raise --max-events or --max-memory.";
    }

    /// Returns the explanation of a code.
    pub fn explain(code: &str) -> Option<&'static str> {
        ALL.iter().find(|(own, _)| own.eq_ignore_ascii_case(code)).map(|(_, text)| *text)
    }
}

/// Severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario can run, but the user should check the value.
    Warning,
    /// The scenario can run, and the user need not act.
    Note,
}

/// An error in a scenario, or a warning or note about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Severity of the problem.
    pub severity: Severity,
    /// Stable code, for example `CMG0201`.
    pub code: &'static str,
    /// What is wrong, as one sentence.
    pub message: String,
    /// Location in the source text, if known.
    pub span: Option<Span>,
    /// Annotation of the location.
    pub label: String,
    /// What the user can do about it; may be empty.
    pub help: String,
}

/// All problems of a scenario with the source texts that they refer to.
#[derive(Clone, Debug)]
pub struct Problems {
    /// Source texts.
    pub sources: Sources,
    /// Problems in order of location, at most `LISTED_MAX`.
    pub list: Vec<Problem>,
    /// Number of further problems that `list` omits.
    pub more: usize,
}

/// Largest number of listed problems; further problems are only counted.
const LISTED_MAX: usize = 100;

impl Problem {
    /// Creates an error.
    pub fn error(code: &'static str, message: String) -> Self {
        let (label, help) = (String::new(), String::new());
        Problem { severity: Severity::Error, code, message, span: None, label, help }
    }

    /// Creates a warning.
    pub fn warning(code: &'static str, message: String) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(code, message) }
    }

    /// Creates a note.
    pub fn note(code: &'static str, message: String) -> Self {
        Problem { severity: Severity::Note, ..Problem::error(code, message) }
    }

    /// Sets the location and its annotation.
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.span = Some(span);
        self.label = label.into();
        self
    }

    /// Sets the remedy.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl Problems {
    /// Sorts problems by location and removes duplicates. A problem without a location is shown at
    /// the beginning of the first file.
    pub fn new(sources: Sources, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| {
            let place = problem.span.as_ref().map(|span| (span.source.index(), span.range.start));
            place.unwrap_or((usize::MAX, 0))
        });
        if let Some(first) = sources.first() {
            for problem in list.iter_mut().filter(|problem| problem.span.is_none()) {
                problem.span = Some(Span::new(first, 0..0));
                problem.label = "in this scenario".to_owned();
            }
        }
        list.dedup();
        let more = list.len().saturating_sub(LISTED_MAX);
        list.truncate(LISTED_MAX);
        Problems { sources, list, more }
    }

    /// Returns whether the list contains an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Returns the problems as a JSON array of objects with code, severity, message, file, line,
    /// column, label and help.
    pub fn to_json(&self) -> serde_json::Value {
        let one = |problem: &Problem| {
            let place = problem.span.as_ref().map(|span| self.sources.line_and_column(span));
            serde_json::json!({
                "code": problem.code,
                "severity": problem.severity,
                "message": problem.message,
                "file": problem.span.as_ref().map(|span| self.sources.name(span.source)),
                "line": place.map(|place| place.0),
                "column": place.map(|place| place.1),
                "label": problem.label,
                "help": problem.help,
            })
        };
        self.list.iter().map(one).collect()
    }
}

/// Joins the first names with commas and appends the number of omitted names.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

/// Returns the most similar name, if one is similar enough to be a misspelling.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance =
        |other: &&str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let best = names.into_iter().min_by_key(distance)?;
    (distance(&best) <= (name.chars().count() / 3).max(2)).then_some(best)
}
