//! The scenario with other values of its assumed parameters.

use std::ops::Range;

use crate::cli::failure::Failure;
use crate::cli::scenario::load_request;
use crate::scenario::{LoadRequest, Scenario, load};
use crate::study::batch::Variant;
use crate::study::info;

/// Whether two variants are the same model with the same prices: then they have the same results,
/// without simulating them.
pub(super) fn are_the_same(one: &Variant, other: &Variant) -> bool {
    one.config == other.config && one.info.prices == other.info.prices
}

/// Loads the scenario again and again.
pub(super) struct Loader {
    request: LoadRequest,
}

impl Loader {
    pub(super) fn new(request: LoadRequest) -> Self {
        Loader { request }
    }

    /// With all defaults.
    pub(super) fn base(&self) -> Result<Scenario, Failure> {
        load_request(&self.request)
    }

    /// With some values set besides, which win. What is wrong with them is said in a sentence.
    pub(super) fn variant(
        &self,
        overrides: Vec<String>,
        numbers: Range<u32>,
    ) -> Result<Variant, String> {
        let mut request = self.request.clone();
        request.overrides.extend(overrides);
        match load(&request) {
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
                Err(format!("the scenario does not take it: {sentence}"))
            }
        }
    }
}
