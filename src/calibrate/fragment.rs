//! Scenario fragments with measured values: a scenario that extends another one, sets the values,
//! and describes each of them in `[[measured]]`.

use crate::base::text::visible_line;
use crate::results::calibration::{CalibratedValue, Calibration};

/// Text for a period or a source that is not known. An entry of `[[measured]]` must have both.
const UNKNOWN: &str = "not stated";

/// Writes the measured values of a calibration as a scenario that extends the scenario `extends` (a
/// path or an embedded name). Values are grouped by table, in the order in which the tables first
/// occur, each with its method and its previous value as a comment. One entry of `[[measured]]` per
/// value follows.
///
/// Paths must not contain `*`, because a scenario cannot set values with it. An entry has an
/// interval if the value has both bounds.
pub fn fragment(extends: &str, calibration: &Calibration) -> String {
    let mut text = format!(
        "# Values that `cmgsim calibrate` measured. Run this file, or extend it with your own \
         changes.\n\
         # [[measured]] states the interval, samples, period and source of each value.\n\
         \nschema = 1\nname = {}\nextends = {}\n",
        quoted(&measured_name(&visible_line(&calibration.scenario))),
        quoted(extends)
    );
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for value in &calibration.values {
        for path in &value.paths {
            let (table, key) = split(path);
            let lines = [comment(value), format!("{key} = {}\n", value.value)].concat();
            match tables.iter_mut().find(|(name, _)| *name == table) {
                Some((_, own)) => own.push(lines),
                None => tables.push((table, vec![lines])),
            }
        }
    }
    // Keys without a table must precede all tables.
    tables.sort_by_key(|(table, _)| !table.is_empty());
    for (table, lines) in &tables {
        if !table.is_empty() {
            text.push_str(&format!("\n[{table}]\n"));
        }
        text.extend(lines.iter().map(String::as_str));
    }
    text.extend(calibration.values.iter().map(|value| entry(value, &calibration.period)));
    text
}

/// Returns the name of the scenario with the measured values: that of the base with the suffix
/// `-measured`, or with the next number if the base is a measured scenario itself.
fn measured_name(base: &str) -> String {
    const SUFFIX: &str = "-measured";
    if base.ends_with(SUFFIX) {
        return format!("{base}-2");
    }
    let numbered = base.rsplit_once('-').filter(|(stem, _)| stem.ends_with(SUFFIX));
    let number = numbered.and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)));
    match number {
        Some((stem, number)) => format!("{stem}-{}", number.saturating_add(1)),
        None => format!("{base}{SUFFIX}"),
    }
}

/// Returns the comment above a value.
fn comment(value: &CalibratedValue) -> String {
    let previous = match value.previous.as_str() {
        "" => String::new(),
        previous => format!("previously {}; ", visible_line(previous)),
    };
    format!("# {previous}{}\n", visible_line(&value.method))
}

/// Writes the entry of `[[measured]]` for a value.
fn entry(value: &CalibratedValue, period: &str) -> String {
    let paths: Vec<String> = value.paths.iter().map(|path| quoted(&plain(path))).collect();
    let paths = match &paths[..] {
        [path] => path.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let interval = match (&value.low, &value.high) {
        (Some(low), Some(high)) => format!("low = {low}\nhigh = {high}\n"),
        _ => String::new(),
    };
    let known = |text: &str| match visible_line(text).trim() {
        "" => quoted(UNKNOWN),
        text => quoted(text),
    };
    format!(
        "\n[[measured]]\npath = {paths}\n{interval}samples = {}\nperiod = {}\nsource = {}\n",
        value.samples.max(1),
        known(period),
        known(&value.source)
    )
}

/// Returns a path without the quotes of its keys, as entries of `[[measured]]` expect it.
fn plain(path: &str) -> String {
    path.split('.').map(|key| key.trim().trim_matches('"')).collect::<Vec<_>>().join(".")
}

/// Splits a path into the header of its table and its key, as TOML.
fn split(path: &str) -> (String, String) {
    let keys: Vec<String> = path.split('.').map(key).collect();
    match keys.split_last() {
        Some((last, table)) => (table.join("."), last.clone()),
        None => (String::new(), String::new()),
    }
}

/// Writes a key as TOML, with quotes if necessary.
fn key(key: &str) -> String {
    let key = key.trim().trim_matches('"');
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.to_owned(),
        false => quoted(key),
    }
}

/// Writes text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    fn value(paths: &[&str], value: &str, interval: Option<(&str, &str)>) -> CalibratedValue {
        CalibratedValue {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            value: value.to_owned(),
            previous: "\"1 KB\"".to_owned(),
            low: interval.map(|(low, _)| low.to_owned()),
            high: interval.map(|(_, high)| high.to_owned()),
            samples: 769,
            method: "mean of 769 requests".to_owned(),
            source: "CMGService.log \"copy\"\nof VM 1".to_owned(),
        }
    }

    /// The fragment passes the check of scenarios, and each value counts as measured.
    #[test]
    fn a_fragment_is_a_scenario_with_measured_values() {
        let calibration = Calibration {
            period: "2026-11-02 to 2026-11-29".to_owned(),
            values: vec![
                value(
                    &["client.message.token_renewal.request"],
                    "\"1407 B\"",
                    Some(("\"1400 B\"", "\"1410 B\"")),
                ),
                value(
                    &["management_point.mp.cpu.policy_poll"],
                    "{ dist = \"lognormal\", mean = \"6ms\", cv = 0.5 }",
                    Some(("\"5ms\"", "\"8ms\"")),
                ),
                value(
                    &["client.message.token_renewal.response", "client.message.location.response"],
                    "\"47 B\"",
                    Some(("\"40 B\"", "\"50 B\"")),
                ),
            ],
            ..Calibration::default()
        };
        let text = fragment("quickstart", &calibration);
        assert_eq!(text.matches("[client.message.token_renewal]").count(), 1, "{text}");
        assert!(
            text.contains("# previously \"1 KB\"; mean of 769 requests\nrequest = \"1407 B\"\n")
        );
        let origin = ScenarioOrigin::Text { name: "measured.toml".to_owned(), text: text.clone() };
        let request = LoadRequest { origin, overrides: Vec::new() };
        let scenario =
            load(&request).unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)));
        let measured = scenario.resolved.measurements();
        assert_eq!(measured.len(), 3);
        assert_eq!(measured[0].samples, 769);
        assert_eq!(measured[0].period, "2026-11-02 to 2026-11-29");
        assert!(measured[0].source.starts_with("CMGService.log \"copy\""));
        let warnings = scenario.warnings.render(false);
        assert!(!warnings.contains("CMG0703"), "{warnings}");
    }

    #[test]
    fn a_measured_scenario_never_has_the_name_of_its_base() {
        let names = ["site", "site-2", "site-measured", "site-measured-2", "site-measured-x"];
        let expected = [
            "site-measured",
            "site-2-measured",
            "site-measured-2",
            "site-measured-3",
            "site-measured-x-measured",
        ];
        assert_eq!(names.map(measured_name), expected);
    }

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(
            split("gateway.b\u{fc}ro.size"),
            ("gateway.\"b\u{fc}ro\"".to_owned(), "size".to_owned())
        );
        assert_eq!(split("duration"), (String::new(), "duration".to_owned()));
        let text = entry(&value(&["a.b"], "1", Some(("1", "2"))), "");
        assert!(text.contains("period = \"not stated\"\n"), "{text}");
    }
}
