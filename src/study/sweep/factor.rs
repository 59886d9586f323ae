//! Factors of a sweep: each is a path in the scenario and the values to simulate.

/// Path in the scenario, and the values to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Path, in which `*` stands for all names: `cohort.*.clients`.
    pub path: String,
    /// Values as the user wrote them: `2..16`.
    pub asked: String,
    /// Parsed values.
    pub range: Range,
}

/// Values of a factor.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// List of values, as TOML or text.
    List(Vec<String>),
    /// Whole numbers in steps.
    Whole {
        /// First value.
        from: i64,
        /// Maximum value (included).
        to: i64,
        /// Step between values, above zero.
        step: i64,
    },
    /// Real numbers between two bounds; only random designs can use them.
    Real {
        /// Lower bound.
        from: f64,
        /// Upper bound.
        to: f64,
    },
}

/// Reason why `PATH=VALUES` is invalid.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum FactorError {
    /// The path or the values are missing.
    #[error(
        "`{text}`: expected PATH=VALUES, for example \
         gateway.main.instances=2..16 or 'cohort.*.clients=10000,20000'"
    )]
    Malformed {
        /// Text of the factor.
        text: String,
    },
    /// The text looks like a range but is not a valid one.
    #[error(
        "the range `{values}` of {path}: {reason}; expected FIRST..LAST or \
         FIRST..LAST:STEP in plain numbers, for example 2..16:2 (values with units as a list: \
         5min,10min)"
    )]
    Range {
        /// Path of the factor.
        path: String,
        /// Text of the range.
        values: String,
        /// Reason why the range is invalid.
        reason: &'static str,
    },
    /// A value occurs twice.
    #[error("{path} has the value {value} twice")]
    Twice {
        /// Path of the factor.
        path: String,
        /// Value that occurs twice.
        value: String,
    },
    /// A list has an empty item.
    #[error("{path}={values} has an empty value: write each value between commas")]
    Empty {
        /// Path of the factor.
        path: String,
        /// Text of the list.
        values: String,
    },
}

impl Factor {
    /// Parses `PATH=VALUES`. The values are a range (`2..16`, `2..16:2`) or a comma-separated list
    /// of TOML values or texts.
    ///
    /// # Errors
    /// Fails if the text has another form.
    pub fn parse(text: &str) -> Result<Factor, FactorError> {
        let malformed = || FactorError::Malformed { text: text.to_owned() };
        let (path, values) = text.split_once('=').ok_or_else(malformed)?;
        let (path, values) = (path.trim().to_owned(), values.trim().to_owned());
        if path.is_empty() || values.is_empty() {
            return Err(malformed());
        }
        let range = match parse_range(&path, &values)? {
            Some(range) => range,
            None => Range::List(parse_list(&path, &values)?),
        };
        Ok(Factor { path, asked: values, range })
    }

    /// Returns the number of values; `None` if there are infinitely many.
    pub fn count(&self) -> Option<u64> {
        match &self.range {
            Range::List(values) => Some(values.len() as u64),
            Range::Whole { from, to, step } => {
                Some((to.abs_diff(*from) / step.unsigned_abs()).saturating_add(1))
            }
            Range::Real { .. } => None,
        }
    }

    /// Returns the value at an index below [`Factor::count`]; for real numbers, the lower bound.
    pub fn value(&self, index: u64) -> String {
        match &self.range {
            Range::List(values) => values.get(index as usize).cloned().unwrap_or_default(),
            Range::Whole { from, step, .. } => {
                from.wrapping_add(step.wrapping_mul(index as i64)).to_string()
            }
            Range::Real { from, .. } => real(*from),
        }
    }

    /// Returns the value at a relative position in the range, 0..1.
    pub fn at(&self, share: f64) -> String {
        match (&self.range, self.count()) {
            (Range::Real { from, to }, _) => real((from + share * (to - from)).min(*to)),
            (_, count) => {
                let count = count.unwrap_or(1);
                self.value(((share * count as f64) as u64).min(count - 1))
            }
        }
    }
}

/// Formats a number as a TOML float, even if it is a whole number.
fn real(value: f64) -> String {
    format!("{value:?}")
}

/// Returns a value for display: a string without its quotes.
pub fn label(value: &str) -> String {
    let bare = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let text = bare('"').or_else(|| bare('\'')).filter(|text| !text.contains(['"', '\'', '\\']));
    text.unwrap_or(value).to_owned()
}

fn parse_range(path: &str, values: &str) -> Result<Option<Range>, FactorError> {
    let is_plain = !values.contains(['"', '\'', '[', '{', ',']);
    let Some((from, rest)) = values.split_once("..").filter(|_| is_plain) else { return Ok(None) };
    let error =
        |reason| FactorError::Range { path: path.to_owned(), values: values.to_owned(), reason };
    let (to, step) = match rest.split_once(':') {
        Some((to, step)) => (to, Some(step)),
        None => (rest, None),
    };
    let plain = |text: &str| text.trim().replace('_', "");
    let whole = |text: &str| plain(text).parse::<i64>().ok();
    if let (Some(from), Some(to)) = (whole(from), whole(to)) {
        let step = step.map_or(Some(1), whole).filter(|step| *step > 0);
        let step = step.ok_or_else(|| error("the step is not a whole number above zero"))?;
        if from > to {
            return Err(error("FIRST is above LAST"));
        }
        return Ok(Some(Range::Whole { from, to, step }));
    }
    let real = |text: &str| plain(text).parse::<f64>().ok().filter(|number| number.is_finite());
    match (real(from), real(to), step) {
        (Some(_), Some(_), Some(_)) => Err(error("only a range of whole numbers can have a step")),
        (Some(from), Some(to), None) if from < to => Ok(Some(Range::Real { from, to })),
        (Some(_), Some(_), None) => Err(error("FIRST is not below LAST")),
        _ => Err(error("FIRST and LAST must be plain numbers")),
    }
}

/// Splits at commas outside quotes and brackets.
fn parse_list(path: &str, text: &str) -> Result<Vec<String>, FactorError> {
    let (mut values, mut value) = (Vec::new(), String::new());
    let (mut quote, mut depth, mut is_escaped) = (None, 0_u32, false);
    for letter in text.chars() {
        let is_split = letter == ',' && quote.is_none() && depth == 0;
        match (quote, letter) {
            _ if is_escaped => is_escaped = false,
            (Some('"'), '\\') => is_escaped = true,
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if is_split {
            values.push(std::mem::take(&mut value));
        } else {
            value.push(letter);
        }
    }
    values.push(value);
    let values: Vec<String> = values.iter().map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err(FactorError::Empty { path: path.to_owned(), values: text.to_owned() });
    }
    let mut sorted: Vec<&String> = values.iter().collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(FactorError::Twice { path: path.to_owned(), value: pair[0].clone() });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let factor = Factor::parse(text).expect("a factor");
        (0..factor.count().expect("finite")).map(|index| factor.value(index)).collect()
    }

    #[test]
    fn ranges_include_their_ends_and_lists_respect_quotes_and_brackets() {
        assert_eq!(values("a.b=2..5"), ["2", "3", "4", "5"]);
        assert_eq!(values("a.b = -4 .. 5 : 3"), ["-4", "-1", "2", "5"]);
        assert_eq!(values("a=2..9:5"), ["2", "7"]);
        assert_eq!(values("a=10_000..10_001"), ["10000", "10001"]);
        assert_eq!(values(r#"a="5min","1..2",x"#), [r#""5min""#, r#""1..2""#, "x"]);
        let laws = r#"a={ dist = "x", p = [1, 2] },"a,\"b""#;
        assert_eq!(values(laws), [r#"{ dist = "x", p = [1, 2] }"#, r#""a,\"b""#]);
        assert_eq!(values(&format!("a={}..{}:{}", i64::MIN, i64::MAX, i64::MAX)).len(), 3);
        let all = Factor::parse(&format!("a={}..{}", i64::MIN, i64::MAX)).expect("a factor");
        assert_eq!(all.count(), Some(u64::MAX));
    }

    #[test]
    fn an_invalid_factor_reports_the_expected_form() {
        for text in ["a", "=1..2", "a="] {
            let error = Factor::parse(text).expect_err(text).to_string();
            assert!(error.contains("expected PATH=VALUES"), "{error}");
        }
        for (text, reason) in [
            ("a=5..2", "above"),
            ("a=1..9:0", "step"),
            ("a=1..9:-1", "step"),
            ("a=0.5..0.9:0.1", "whole"),
            ("a=0.5..0.5", "below"),
            ("a=5k..9k", "plain numbers"),
            ("a=1..", "plain numbers"),
            ("a=1..99999999999999999999999:3", "whole"),
        ] {
            let error = Factor::parse(text).expect_err(text).to_string();
            assert!(error.contains(reason) && error.contains("2..16:2"), "{text}: {error}");
        }
        assert!(matches!(Factor::parse("a=1,,2"), Err(FactorError::Empty { .. })));
        assert!(matches!(Factor::parse("a=1,2,1"), Err(FactorError::Twice { .. })));
    }

    #[test]
    fn a_relative_position_selects_a_value() {
        let whole = Factor::parse("a=1..4").expect("a factor");
        assert_eq!([0.0, 0.3, 0.99].map(|share| whole.at(share)), ["1", "2", "4"]);
        let real = Factor::parse("a=0.5..1.5").expect("a factor");
        assert_eq!((real.at(0.0).as_str(), real.at(0.5).as_str()), ("0.5", "1.0"));
        assert_eq!(label(r#""5min""#), "5min");
        assert_eq!(label(r#"{ dist = "x" }"#), r#"{ dist = "x" }"#);
    }
}
