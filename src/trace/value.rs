//! Values in traces and event logs, and their JSON text.

/// Named value of a trace or log entry.
pub type Arg = (&'static str, Value);

/// Value of an `Arg`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Text.
    Text(String),
    /// Non-negative integer.
    Count(u64),
    /// Nanoseconds from the start of the measured period; written in microseconds.
    Time(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

/// Formats nanoseconds as microseconds without rounding.
pub(super) fn micros(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let size = nanos.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1000, size % 1000)
}

pub(super) fn micros_of(nanos: u64) -> String {
    micros(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// Formats a text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(super) fn members(args: &[Arg]) -> String {
    let member = |(name, value): &Arg| match value {
        Value::Text(text) => format!("{}:{}", quoted(name), quoted(text)),
        Value::Count(count) => format!("{}:{count}", quoted(name)),
        Value::Time(nanos) => format!("{}:{}", quoted(name), micros(*nanos)),
    };
    args.iter().map(member).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_and_texts_are_quoted() {
        assert_eq!(micros(1_234_567), "1234.567");
        assert_eq!(micros(-5), "-0.005");
        assert_eq!(micros_of(1000), "1.000");
        let args = [("a\"b", Value::from("x\n")), ("n", Value::Count(2))];
        assert_eq!(members(&args), r#""a\"b":"x\n","n":2"#);
    }
}
