//! What is wrong with a scenario, shown where it stands: code, place, cause, remedy.

mod screen;

use serde::Serialize;

use super::source::{Sources, Span};

/// Stable codes of problems; `cmgsim explain CODE` says more.
pub mod code {
    macro_rules! codes {
        ($($name:ident = $code:literal: $text:literal;)+) => {
            $(#[doc = $text] pub const $name: &str = $code;)+

            /// Every code with its explanation.
            pub const ALL: &[(&str, &str)] = &[$(($code, $text)),+];
        };
    }

    codes! {
        SYNTAX = "CMG0101": "The file is not TOML. Keys are written `name = value`, sections \
            `[kind.name]`, text and values with units in quotes.";
        TOO_LARGE = "CMG0102": "The file is larger than a scenario may be: 1 MiB, 100,000 \
            brackets and keys. Recorded values belong into CSV files.";
        NOT_UTF8 = "CMG0103": "The file is not UTF-8 text. Save it with that encoding.";
        TOO_DEEP = "CMG0104": "More than 64 levels of brackets. No scenario needs more than \
            three; usually a bracket was left open.";
        UNKNOWN_KEY = "CMG0201": "A key that cmgsim does not know, so it would have no effect. \
            `cmgsim params` lists every key; the nearest one is suggested.";
        MISSING = "CMG0202": "A value that has no default is missing.";
        BAD_NAME = "CMG0203": "Names of parts consist of letters and digits of any script, - and _, at most \
            64 characters, and do not begin with a mark.";
        WRONG_KIND = "CMG0301": "A value of the wrong kind: for example text where a number is \
            expected.";
        BAD_UNIT = "CMG0302": "Values with a unit are written as text with that unit: \"60min\", \
            \"500 Mbit/s\", \"100 MB\", \"2%\", \"30/min\". A number alone would be ambiguous.";
        BAD_CHOICE = "CMG0303": "Only certain words are possible here.";
        BAD_DISTRIBUTION = "CMG0304": "The law of a random duration is a duration (constant) or a table \
            with `dist` and its parameters, for example { dist = \"lognormal\", median = \
            \"40ms\", p95 = \"180ms\" }.";
        OUT_OF_RANGE = "CMG0401": "A value outside of what is possible.";
        INCONSISTENT = "CMG0402": "Values that contradict each other.";
        INCOMPLETE = "CMG0403": "The scenario lacks a part that it needs.";
        AMBIGUOUS = "CMG0404": "A civil time that clocks show twice, because they go back in \
            between. The first of the two is used.";
        UNKNOWN_COMPONENT = "CMG0501": "A reference to a part that does not exist.";
        UNREADABLE = "CMG0601": "A file cannot be read.";
        EXTENDS = "CMG0602": "`extends` names a file in the scenario's folder (other.toml) or an \
            embedded scenario (quickstart); chains end somewhere and do not leave the folder.";
        SCHEMA = "CMG0603": "The first key of a scenario is `schema = 1`: the version of the \
            language it is written in.";
        OVERRIDE = "CMG0604": "`--set` takes path=value, for example \
            --set cohort.remote.clients=20000 or --set 'cohort.*.clients=500'.";
        UNUSUAL = "CMG0701": "The scenario can be run, but a station cannot keep up with what is \
            asked of it, or a published number is exceeded.";
        PLAN = "CMG0702": "The scenario can be run, but its period lies after the end of something \
            that it is made of, such as a VM size that retires, or a part of it does nothing, or \
            not for everybody.";
        TOO_MUCH = "CMG0801": "The scenario would take more events or memory than is allowed: \
            --max-events, --max-memory.";
    }

    /// What a code means.
    pub fn explain(code: &str) -> Option<&'static str> {
        ALL.iter().find(|(own, _)| own.eq_ignore_ascii_case(code)).map(|(_, text)| *text)
    }
}

/// This says how bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but see that it is meant.
    Warning,
}

/// A problem is something that is wrong with a scenario, or may not be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where.
    pub span: Option<Span>,
    /// What stands at that place.
    pub label: String,
    /// What to do.
    pub help: String,
}

/// These are all problems of a scenario, and the texts they are in.
#[derive(Clone, Debug)]
pub struct Problems {
    /// The texts.
    pub sources: Sources,
    /// The problems, by place: the first of them, if there are very many.
    pub list: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

/// More problems than this are only counted.
const LISTED_MAX: usize = 100;

impl Problem {
    /// An error.
    pub fn error(code: &'static str, message: String) -> Self {
        let (label, help) = (String::new(), String::new());
        Problem { severity: Severity::Error, code, message, span: None, label, help }
    }

    /// A warning.
    pub fn warning(code: &'static str, message: String) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(code, message) }
    }

    /// Says where it is, and what is there.
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.span = Some(span);
        self.label = label.into();
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl Problems {
    /// Problems in order of place, each once. What is wrong with a scenario as a whole has its
    /// place at the beginning of the file.
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

    /// Is there an error among them?
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The problems for programs: an array of objects with code, severity, message, file, line,
    /// column, help.
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

/// The first of some names, and how many more there are.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

/// Of the names, the one that was probably meant.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance =
        |other: &&str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let best = names.into_iter().min_by_key(distance)?;
    (distance(&best) <= (name.chars().count() / 3).max(2)).then_some(best)
}
