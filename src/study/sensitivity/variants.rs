//! Variants of the scenario with other values of its uncertain parameters.

use std::ops::Range;

use crate::scenario::Scenario;
use crate::study::batch::Variant;
use crate::study::info;

/// Returns whether two variants have the same model and prices, and therefore the same results.
pub(super) fn are_the_same(one: &Variant, other: &Variant) -> bool {
    one.config == other.config && one.info.prices == other.info.prices
}

/// Creates a variant of a scenario with additional overrides, which take precedence. Returns an
/// error as one sentence.
pub(super) fn variant(
    scenario: &Scenario,
    overrides: &[String],
    numbers: Range<u32>,
) -> Result<Variant, String> {
    match scenario.varied(overrides) {
        Ok(scenario) => {
            let info = info(&scenario);
            Ok(Variant { config: scenario.config, info, numbers })
        }
        Err(problems) => {
            let messages = problems.to_json();
            let message = |key: &str| messages[0][key].as_str().unwrap_or_default().to_owned();
            let sentence = match (message("message"), message("label")) {
                (message, label) if label.is_empty() => message,
                (message, label) => format!("{message}: {label}"),
            };
            Err(format!("the scenario does not allow this value: {sentence}"))
        }
    }
}
