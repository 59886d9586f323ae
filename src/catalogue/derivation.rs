//! Formulas of derived defaults. A test recomputes each derived default from its formula.

use serde::Deserialize;

/// The formula of a derived default, applied to its inputs in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// The sum of all inputs.
    Sum,
    /// The first input minus all others.
    Difference,
    /// The product of all inputs.
    Product,
    /// The first input divided by all others.
    Quotient,
}

/// An input of a derived default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// Another row of the catalogue.
    Row {
        /// Path of the row.
        path: String,
    },
    /// A published number.
    Number {
        /// The number, in the base unit of its quantity.
        number: f64,
        /// Name of the quantity.
        of: String,
        /// The document that publishes the number.
        document: String,
        /// Date of the document, for example `02/16/2022`.
        date: String,
    },
}

impl Formula {
    /// Returns the result of the formula; `None` if there are no numbers.
    pub fn of(self, numbers: &[f64]) -> Option<f64> {
        let (first, rest) = numbers.split_first()?;
        Some(rest.iter().fold(*first, |value, next| match self {
            Formula::Sum => value + next,
            Formula::Difference => value - next,
            Formula::Product => value * next,
            Formula::Quotient => value / next,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Parameter, Provenance};

    /// Returns the number in the base unit. Supports only the units that derived defaults use.
    fn number(value: &toml::Value) -> Option<f64> {
        let text = match value {
            toml::Value::Integer(count) => return Some(*count as f64),
            toml::Value::Float(number) => return Some(*number),
            value => value.as_str()?,
        };
        let (digits, unit) = text.split_once(' ').unwrap_or((text, ""));
        let factor = match unit {
            "" | "B" => 1.0,
            "KB" => 1e3,
            "MB" => 1e6,
            _ => return None,
        };
        digits.parse::<f64>().ok().map(|number| number * factor)
    }

    /// Returns whether a text is a date in the format of Microsoft's documents, such as
    /// `02/16/2022`.
    fn is_date(text: &str) -> bool {
        let parts: Vec<u32> = text.split('/').filter_map(|part| part.parse().ok()).collect();
        matches!(parts[..], [1..=12, 1..=31, year] if year > 2008) && text.len() == 10
    }

    /// Returns whether a source contains a date.
    fn names_a_dated_document(source: &str) -> bool {
        let words = source.split(|one: char| one.is_whitespace() || "();,:'".contains(one));
        words.filter(|word| is_date(word)).count() > 0
    }

    /// Returns the errors in the provenance of a row.
    fn faults(catalogue: &Catalogue, row: &Parameter) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |text: &str| faults.push(format!("{}: {text}", row.path));
        let is_derived = row.provenance == Provenance::Derived;
        if is_derived != (row.formula.is_some() && !row.from.is_empty()) {
            fault("only derived defaults have a formula and inputs, and they need both");
        }
        if row.provenance == Provenance::Published && !names_a_dated_document(&row.source) {
            let rows = row.source.strip_prefix("By sharing: see ");
            let rows = rows.or(row.source.strip_prefix("By size: see "));
            let rows = rows.and_then(|rows| rows.strip_suffix('.')).unwrap_or("none");
            if catalogue.search(rows).is_empty() {
                fault("the source of a published default needs a document and a date");
            }
        }
        let mut numbers = Vec::new();
        for input in &row.from {
            match input {
                Input::Row { path } => match catalogue.exactly(path) {
                    None => fault("an input is not in the catalogue"),
                    Some(input) => {
                        let kept = [Provenance::Published, Provenance::Derived];
                        if !kept.contains(&input.provenance) {
                            fault("an input is not published");
                        }
                        numbers.extend(input.value.as_ref().and_then(number));
                    }
                },
                Input::Number { number, of, document, date } => {
                    let is_document = document.ends_with(".md") || document.ends_with(".yml");
                    if !is_document || !is_date(date) || of.is_empty() {
                        fault("an input has no document, date or quantity");
                    }
                    numbers.push(*number);
                }
            }
        }
        let value = row.value.as_ref().and_then(number);
        if is_derived && let (Some(formula), Some(value)) = (row.formula, value) {
            let computed = formula.of(&numbers).unwrap_or(f64::NAN);
            // Tolerate rounding of the default to a whole number.
            if (computed - value).abs() > 0.5 || numbers.len() != row.from.len() {
                fault(&format!("the default is {value}, but the formula gives {computed}"));
            }
        }
        faults
    }

    #[test]
    fn derived_defaults_use_only_published_numbers() {
        let catalogue = Catalogue::builtin();
        let rows = catalogue.parameters();
        let wrong: Vec<String> = rows.iter().flat_map(|row| faults(catalogue, row)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let derived = rows.iter().filter(|row| row.provenance == Provenance::Derived);
        assert!(derived.count() >= 2, "the test covers derived defaults");
    }

    /// Returns the errors of a catalogue with one published, one assumed and one derived row.
    fn with_derived(inputs: &str, formula: &str, value: &str) -> Vec<String> {
        let row = |path: &str, value: &str, provenance: &str, rest: &str| {
            format!(
                "[[parameter]]\npath = \"{path}\"\nkind = \"count\"\nvalue = {value}\n\
                 provenance = \"{provenance}\"\nsource = \"a.md, 02/16/2022\"\ndoc = \"X.\"\n{rest}\n"
            )
        };
        let derived = format!("{formula}\nfrom = [{inputs}]");
        let text = [
            row("fact", "16", "published", ""),
            row("guess", "100", "assumed", ""),
            row("result", value, "derived", &derived),
        ];
        let catalogue: Catalogue = toml::from_str(&text.concat()).expect("a catalogue");
        catalogue.parameters().iter().flat_map(|row| faults(&catalogue, row)).collect()
    }

    #[test]
    fn refuses_derived_default_with_assumed_input() {
        let (fact, guess) = ("{ path = \"fact\" }", "{ path = \"guess\" }");
        let number = "{ number = 6000, of = \"connections\", document = \"b.md\", \
                      date = \"08/02/2021\" }";
        let product = "formula = \"product\"";
        assert!(with_derived(&format!("{fact}, {number}"), product, "96_000").is_empty());
        let refused = |inputs: &str, formula: &str, value: &str, why: &str| {
            let faults = with_derived(inputs, formula, value);
            assert!(faults.iter().any(|fault| fault.contains(why)), "{why}: {faults:?}");
        };
        refused(&format!("{fact}, {guess}"), product, "1600", "not published");
        refused(&format!("{fact}, {number}"), product, "97_000", "gives 96000");
        refused("{ path = \"nothing\" }", product, "1", "not in the catalogue");
        refused("", product, "1", "a formula and inputs");
        refused(fact, "", "16", "a formula and inputs");
        let undated = number.replace("08/02/2021", "2021");
        refused(&undated, product, "6000", "no document");
    }

    #[test]
    fn formulas_compute_sum_difference_product_and_quotient() {
        let of = |formula: Formula| formula.of(&[12.0, 3.0, 2.0]);
        assert_eq!(of(Formula::Sum), Some(17.0));
        assert_eq!(of(Formula::Difference), Some(7.0));
        assert_eq!(of(Formula::Product), Some(72.0));
        assert_eq!(of(Formula::Quotient), Some(2.0));
        assert_eq!(Formula::Sum.of(&[]), None);
    }
}
