//! Traffic details of connection points: the state message `ProxyTrafficStateDetails`, alone, in
//! `SMS_Cloud_ProxyConnector.log`, or in a cell of an export of the site database.
//!
//! The published sample (Microsoft, troubleshooting article on co-management bootstrap, 04/16/2020)
//! has the elements `ProxyTrafficStateDetails` with `ServerName`, `StartTime`, `EndTime` and
//! `EndPoint` with `Name`, `TotalRequests`, `MaxConcurrentRequests`, `TotalRequestBytes`,
//! `TotalResponseBytes` and `FailedRequests`. It replaces the times by `Date1 Time1`, so their
//! format and zone are not published; the zone is assumed to be UTC. Log entries contain `~`
//! instead of line breaks; text between tags is ignored.

use super::number;
use super::problem::Reason;
use super::row::{Source, Values, When};
use super::sink::Sink;

/// Name of the root element.
pub(super) const ROOT: &str = "ProxyTrafficStateDetails";

/// Number of attributes of a tag that are read.
const ATTRIBUTES_MAX: usize = 64;

/// The report that is being read.
struct Report<'t> {
    server: &'t str,
    when: When,
}

/// Returns whether a text contains traffic details or their beginning.
pub(super) fn is_in(text: &str) -> bool {
    text.find(ROOT).is_some_and(|at| text[..at].ends_with('<'))
}

/// Adds the rows of all reports in a text to the sink.
pub(super) fn scan(text: &str, sink: &mut Sink<'_>) {
    let mut report: Option<Report<'_>> = None;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        // Other signs, as in `<![LOG[`, do not begin a tag.
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/') {
            continue;
        }
        let Some(end) = end_of_tag(rest) else { break };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        let name_end = tag.find(|letter: char| letter.is_whitespace()).unwrap_or(tag.len());
        let name = tag[..name_end].trim_end_matches('/');
        match (name, &report) {
            (ROOT, _) => {
                if report.is_some() {
                    sink.problem(Reason::Truncated);
                }
                report = Some(opened(&tag[name_end..], sink));
            }
            ("EndPoint", Some(report)) => endpoint(&tag[name_end..], report, sink),
            (name, Some(_)) if name.strip_prefix('/') == Some(ROOT) => report = None,
            _ => {}
        }
        rest = after;
    }
    if report.is_some() {
        sink.problem(Reason::Truncated);
    }
}

/// Returns the position of the `>` that ends a tag, outside quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag;
    for _ in 0..ATTRIBUTES_MAX {
        let (before, after) = rest.split_once('=')?;
        let own = before.trim().trim_end_matches('/');
        let value = after.trim_start();
        let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if own == name {
            return Some(value);
        }
        rest = after;
    }
    None
}

fn opened<'t>(tag: &'t str, sink: &mut Sink<'_>) -> Report<'t> {
    let time = |name| attribute(tag, name).and_then(|text| sink.clock().parse(text));
    let when = match (time("StartTime"), time("EndTime")) {
        (Some(start), Some(end)) => sink.interval(start, end),
        (Some(start), None) => When::From(start),
        (None, Some(end)) => When::Until(end),
        (None, None) => {
            sink.problem(Reason::Time);
            When::Unknown
        }
    };
    Report { server: attribute(tag, "ServerName").unwrap_or_default(), when }
}

fn endpoint(tag: &str, report: &Report<'_>, sink: &mut Sink<'_>) {
    let mut count = |name: &str| match attribute(tag, name).map(|text| number::parse(text, false)) {
        Some(Ok(count)) => count,
        Some(Err(())) => {
            sink.problem(Reason::Number);
            None
        }
        None => None,
    };
    let values = Values {
        requests: count("TotalRequests"),
        request_bytes: count("TotalRequestBytes"),
        response_bytes: count("TotalResponseBytes"),
        failed: count("FailedRequests"),
        concurrent: count("MaxConcurrentRequests"),
        elapsed_ms: None,
    };
    let name = attribute(tag, "Name").unwrap_or_default();
    let class = sink.class(name, true);
    let target = attribute(tag, "TargetHost").unwrap_or_default();
    let names = [report.server, name, target];
    sink.row(Source::ConnectionPoints, class, report.when, &names, true, values);
}
