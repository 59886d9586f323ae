//! `cmgsim validate`: compares simulated values with numbers published by Microsoft.

use clap::Args;

use crate::report::validation;
use crate::results::{Finding, Validation};
use crate::study::validation::{PublishedNumber, published_numbers, validate};

use super::failure::Failure;
use super::session::{Conditions, Session};
use super::{Format, output, progress, study};

#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Validate only numbers whose name contains PATTERN
    pattern: Option<String>,
    /// Set the seed of all random streams
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Scenario")]
    seed: u64,
    /// Simulate N independent replications of each scenario
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Replications",
          value_parser = clap::value_parser!(u32).range(2..=1000))]
    replications: u32,
    /// Print the table as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

impl Validate {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let numbers = self.numbers()?;
        let session = Session::begin(Conditions {
            is_silent: true,
            jobs: study::threads(None),
            time_limit: None,
            memory_max: None,
        })?;
        let bar = progress::steps(numbers.len() as u64, self.format == Format::Json);
        let mut rows = Vec::new();
        for number in numbers {
            bar.set_message(number.id.as_str());
            let watch = session.clock();
            rows.push(
                session
                    .simulate(&watch, || validate(number, self.replications, self.seed, &watch))?,
            );
            bar.inc(1);
        }
        bar.finish_and_clear();
        match self.format {
            Format::Text => output::print_report(&validation::text(&rows))?,
            Format::Json => {
                output::print(&format!("{:#}\n", serde_json::json!({ "validation": rows })))?;
            }
        }
        verdict(&rows)
    }

    /// Returns the requested numbers.
    fn numbers(&self) -> Result<Vec<&'static PublishedNumber>, Failure> {
        let pattern = self.pattern.as_deref().unwrap_or_default();
        let all = published_numbers();
        let found: Vec<_> = all.iter().filter(|one| one.id.contains(pattern)).collect();
        if found.is_empty() {
            let names: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
            return Err(Failure::Usage(format!(
                "no published number has a name with `{pattern}`; the names are {}",
                names.join(", ")
            )));
        }
        Ok(found)
    }
}

/// Returns a failure if any simulated value differs from the published one.
fn verdict(rows: &[Validation]) -> Result<(), Failure> {
    let differ: Vec<&str> = rows
        .iter()
        .filter(|row| row.finding == Finding::Differs)
        .map(|row| row.id.as_str())
        .collect();
    if differ.is_empty() {
        return Ok(());
    }
    let message = format!("simulated values differ from published ones: {}", differ.join(", "));
    Err(Failure::AfterResult(Box::new(Failure::Differs(message))))
}
