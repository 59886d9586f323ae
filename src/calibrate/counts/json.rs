//! JSON: arrays, lines of objects, and the output of `az monitor metrics list`, read as a stream.
//!
//! An object with a time and a count is a row, at any depth. Azure Monitor returns
//! `value[].timeseries[].data[].{timeStamp,total,average}` with the name of the metric in
//! `value[].name.value` and the length of the intervals in `interval`, for example `PT5M`
//! (Microsoft, REST API "Metrics - List"); both precede the data.

use std::io::{self, BufRead};

use jiff::SignedDuration;

use super::columns::{COUNT, Field};
use super::problem::Reason;
use super::record;
use super::row::AzureMetric;
use super::sink::Sink;
use super::text::LENGTH_MAX;
use super::traffic;

/// Maximum depth of objects and arrays.
const DEPTH_MAX: usize = 64;

/// Maximum number of values of an object that are kept.
const PAIRS_MAX: usize = 256;

/// An object or array that has not ended.
#[derive(Default)]
struct Frame {
    is_object: bool,
    /// Key under which the object, or the array that contains it, was found.
    key: String,
    /// Key of the next value.
    pending: Option<String>,
    /// A text that may be a key.
    text: Option<String>,
    /// Keys and scalar values.
    pairs: Vec<(String, String)>,
}

enum Token {
    Open(bool),
    Close(bool),
    Colon,
    Comma,
    Text(String),
    Scalar(String),
}

/// Reason why a file was not read to its end.
enum Stop {
    Invalid,
    Error(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Error(error)
    }
}

/// Reads a file. Returns false if the sink asks to stop.
///
/// # Errors
/// Returns the error of the source, such as damaged compressed data.
pub(super) fn read(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> io::Result<bool> {
    match values(source, sink) {
        Ok(goes_on) => Ok(goes_on),
        Err(Stop::Invalid) => {
            sink.problem(Reason::Json);
            Ok(true)
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

fn values(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<bool, Stop> {
    let mut stack: Vec<Frame> = Vec::new();
    sink.next_line(1);
    while let Some(token) = token(source, sink)? {
        match token {
            Token::Open(is_object) => {
                if stack.len() == DEPTH_MAX {
                    return Err(Stop::Invalid);
                }
                let key = stack.last_mut().map(|top| match top.is_object {
                    true => top.pending.take().unwrap_or_default(),
                    false => top.key.clone(),
                });
                let key = key.unwrap_or_default();
                stack.push(Frame { is_object, key, ..Frame::default() });
            }
            Token::Close(is_object) => {
                let frame = stack.pop().filter(|frame| frame.is_object == is_object);
                let frame = frame.ok_or(Stop::Invalid)?;
                if is_object {
                    end_of_object(frame, &mut stack, sink);
                    if !sink.goes_on() {
                        return Ok(false);
                    }
                }
            }
            Token::Colon => {
                let top = stack.last_mut().ok_or(Stop::Invalid)?;
                top.pending = Some(top.text.take().ok_or(Stop::Invalid)?);
            }
            Token::Comma => {
                if let Some(top) = stack.last_mut() {
                    (top.pending, top.text) = (None, None);
                }
            }
            Token::Text(text) => {
                if traffic::is_in(&text) {
                    traffic::scan(&text, sink);
                }
                match stack.last_mut() {
                    Some(top) if top.is_object && top.pending.is_none() => top.text = Some(text),
                    top => scalar(top, text),
                }
            }
            Token::Scalar(text) => scalar(stack.last_mut(), text),
        }
    }
    if stack.is_empty() { Ok(true) } else { Err(Stop::Invalid) }
}

fn scalar(frame: Option<&mut Frame>, value: String) {
    let Some(frame) = frame else { return };
    let Some(key) = frame.pending.take() else { return };
    if frame.pairs.len() < PAIRS_MAX {
        frame.pairs.push((key, value));
    }
}

fn end_of_object(frame: Frame, stack: &mut [Frame], sink: &mut Sink<'_>) {
    let own = |frame: &Frame, name: &str| {
        let found = frame.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    if frame.key.eq_ignore_ascii_case("name") {
        let parent = stack.last_mut().filter(|parent| parent.is_object);
        if let (Some(value), Some(parent)) = (own(&frame, "value"), parent) {
            parent.pairs.push(("name".to_owned(), value));
            return;
        }
    }
    if sink.mapping().is_set() {
        sink.note_columns(frame.pairs.iter().map(|(key, _)| key.as_str()));
    }
    let mut values: [Option<&str>; COUNT] = [None; COUNT];
    let mut metrics = Vec::new();
    for (key, value) in &frame.pairs {
        match (AzureMetric::named(key), sink.mapping().field(key)) {
            (Some(metric), _) => metrics.push((metric, value.as_str())),
            (None, Some(field)) => {
                values[field as usize].get_or_insert(value);
            }
            (None, None) => {}
        }
    }
    let has = |field: Field| values[field as usize].is_some();
    let counts = [Field::Requests, Field::RequestBytes, Field::ResponseBytes, Field::Concurrent];
    let has_metric = [Field::Total, Field::Average, Field::Maximum].into_iter().any(has);
    if !(counts.into_iter().any(has) || has_metric && has(Field::Time) || !metrics.is_empty()) {
        return;
    }
    let outer = |name| stack.iter().rev().find_map(|frame| own(frame, name));
    let metric = has_metric.then(|| outer("name")).flatten();
    if let Some(metric) = &metric {
        values[Field::Metric as usize].get_or_insert(metric);
    }
    let length = outer("interval").and_then(|text| text.parse::<SignedDuration>().ok());
    let length = length.and_then(|length| u32::try_from(length.as_secs()).ok());
    let length = length.filter(|length| *length > 0);
    let record = record::Record { values, metrics: &metrics, is_comma_decimal: false, length };
    record::add(&record, sink);
}

/// Reads the next token; `None` at the end.
fn token(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<Option<Token>, Stop> {
    loop {
        let Some(byte) = peek(source)? else { return Ok(None) };
        let token = match byte {
            b' ' | b'\t' | b'\r' => None,
            b'\n' => {
                sink.next_line(1);
                None
            }
            b'{' | b'[' => Some(Token::Open(byte == b'{')),
            b'}' | b']' => Some(Token::Close(byte == b'}')),
            b':' => Some(Token::Colon),
            b',' => Some(Token::Comma),
            b'"' => {
                source.consume(1);
                return text(source, sink).map(Some);
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => return word(source).map(Some),
            _ => return Err(Stop::Invalid),
        };
        source.consume(1);
        if token.is_some() {
            return Ok(token);
        }
    }
}

fn peek(source: &mut dyn BufRead) -> io::Result<Option<u8>> {
    Ok(source.fill_buf()?.first().copied())
}

/// Reads a text after its first quote.
fn text(source: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<Token, Stop> {
    let (mut raw, mut is_escaped, mut is_too_long) = (vec![b'"'], false, false);
    loop {
        let byte = peek(source)?.ok_or(Stop::Invalid)?;
        source.consume(1);
        if raw.len() < LENGTH_MAX {
            raw.push(byte);
        } else if !is_too_long {
            is_too_long = true;
            sink.problem(Reason::TooLong);
        }
        match byte {
            b'\n' => return Err(Stop::Invalid),
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => break,
            _ => {}
        }
    }
    if is_too_long {
        return Ok(Token::Text(String::new()));
    }
    // Invalid UTF-8 of another code page must not end the reading.
    let text = String::from_utf8_lossy(&raw);
    serde_json::from_str(&text).map(Token::Text).map_err(|_| Stop::Invalid)
}

/// Reads a number, `true`, `false` or `null`.
fn word(source: &mut dyn BufRead) -> Result<Token, Stop> {
    let mut word = String::new();
    while let Some(byte) = peek(source)? {
        if !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            break;
        }
        if word.len() == 64 {
            return Err(Stop::Invalid);
        }
        word.push(char::from(byte));
        source.consume(1);
    }
    Ok(Token::Scalar(word))
}
