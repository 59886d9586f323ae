//! Scales a distribution to another mean.
//!
//! If all durations of a distribution are multiplied by a factor, its mean is multiplied by the
//! factor, and its shape (coefficient of variation, ratios of quantiles) is unchanged.

use super::units;

/// Keys of a distribution whose text is not a duration.
const WORDS: [&str; 2] = ["dist", FILE];

/// Key that names a file of recorded durations.
const FILE: &str = "file";

/// A distribution, written as a table, with its mean.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    table: toml::Table,
    mean_s: f64,
}

/// Parses a value as TOML; `None` if it is invalid.
pub(super) fn parsed(value: &str) -> Option<toml::Value> {
    let table: Option<toml::Table> = format!("v = {value}").parse().ok();
    table.and_then(|mut table| table.remove("v"))
}

impl Scaling {
    /// Creates a scaling of a distribution with this mean in seconds.
    ///
    /// # Errors
    /// Returns the reason, in words, why the distribution cannot be scaled.
    pub(super) fn new(table: toml::Table, mean_s: f64) -> Result<Scaling, String> {
        match () {
            () if table.contains_key(FILE) => {
                Err("it is measured, but recorded in a file, which cannot be scaled".to_owned())
            }
            () if mean_s > 0.0 => Ok(Scaling { table, mean_s }),
            () => Err("it is measured, but a mean of zero cannot be scaled".to_owned()),
        }
    }

    /// Returns the distribution with another mean (TOML) as TOML.
    pub(super) fn to_mean(&self, mean: &str) -> String {
        let mean = parsed(mean);
        let mean = mean.as_ref().and_then(toml::Value::as_str);
        let mean = mean.and_then(|text| units::duration(text).ok());
        let factor = mean.map_or(1.0, |mean| mean.as_seconds() / self.mean_s);
        let scaled = |(key, value): (&String, &toml::Value)| {
            let value = match WORDS.contains(&key.as_str()) {
                true => value.clone(),
                false => scaled(value, factor),
            };
            (key.clone(), value)
        };
        toml::Value::Table(self.table.iter().map(scaled).collect()).to_string()
    }
}

/// Multiplies all durations of a value by a factor, to the nanosecond. Numbers, such as
/// coefficients of variation and probabilities, are unchanged.
fn scaled(value: &toml::Value, factor: f64) -> toml::Value {
    match value {
        toml::Value::String(text) => match units::duration(text) {
            Ok(duration) => {
                toml::Value::String(format!("{:.0}ns", duration.as_nanos() as f64 * factor))
            }
            Err(_) => value.clone(),
        },
        toml::Value::Array(items) => {
            toml::Value::Array(items.iter().map(|item| scaled(item, factor)).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_mean(table: &str, mean_s: f64, mean: &str) -> String {
        let Some(toml::Value::Table(table)) = parsed(table) else { panic!("a table") };
        Scaling::new(table, mean_s).expect("it can be scaled").to_mean(mean)
    }

    /// Each duration is multiplied by 1.5; numbers keep their values.
    #[test]
    fn all_durations_are_multiplied_by_the_same_factor() {
        let lognormal = "{ dist = \"lognormal\", median = \"40ms\", p95 = \"180ms\" }";
        let scaled = to_mean(lognormal, 0.04, "\"60ms\"");
        assert!(scaled.contains("median = \"60000000ns\""), "{scaled}");
        assert!(scaled.contains("p95 = \"270000000ns\""), "{scaled}");
        let gamma = to_mean("{ dist = \"gamma\", mean = \"8us\", cv = 0.7 }", 8e-6, "\"12us\"");
        assert!(gamma.contains("mean = \"12000ns\"") && gamma.contains("cv = 0.7"), "{gamma}");
        let quantiles = "{ dist = \"empirical\", quantiles = [[0.0, \"2s\"], [1.0, \"4s\"]] }";
        let scaled = to_mean(quantiles, 3.0, "\"4500ms\"");
        assert!(scaled.contains("[0.0, \"3000000000ns\"], [1.0, \"6000000000ns\"]"), "{scaled}");
    }

    #[test]
    fn a_file_and_a_mean_of_zero_cannot_be_scaled() {
        let table = |text: &str| match parsed(text) {
            Some(toml::Value::Table(table)) => table,
            _ => panic!("a table"),
        };
        let file = table("{ dist = \"empirical\", file = \"times.csv\" }");
        assert!(Scaling::new(file, 1.0).is_err_and(|reason| reason.contains("file")));
        let zero = table("{ dist = \"constant\", value = \"0s\" }");
        assert!(Scaling::new(zero, 0.0).is_err_and(|reason| reason.contains("zero")));
    }
}
