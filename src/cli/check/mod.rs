//! `cmgsim check`: validates a scenario and estimates its load without a simulation.

mod text;
mod walk;

use clap::Args;

use crate::experiment::estimate::{self, EVENTS_ERROR, Estimate};
use crate::scenario::Scenario;
use crate::scenario::diagnose::code;
use crate::study::info;

use super::failure::Failure;
use super::output::{YELLOW, labelled};
use super::scenario::ScenarioArguments;
use super::{Format, output};
use text::to_text;

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Print every value with its source, as a scenario file
    #[arg(long, help_heading = "Output")]
    resolved: bool,
    /// Print the result as FORMAT
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

impl Check {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let scenario = self.scenario.load()?;
        if self.resolved {
            let text = scenario.resolved.to_toml();
            return output::print(&match self.format {
                Format::Text => text,
                Format::Json => format!("{:#}\n", serde_json::json!({ "resolved": text })),
            });
        }
        let mut estimate = estimate::estimate(&scenario.config);
        let walked = walk::levels(&scenario.config, &estimate);
        estimate.levels.extend(walked);
        match self.format {
            Format::Json => output::print(&format!("{:#}\n", to_json(&scenario, &estimate))),
            Format::Text => {
                if output::is_quiet() {
                    return Ok(());
                }
                output::print_report(&to_text(&scenario, &estimate))?;
                let plan = info(&scenario).plan.into_iter().filter(|note| note.is_warning);
                let plan = plan.map(|note| (code::PLAN, note.sentence()));
                let warned = estimate.warnings().into_iter().map(|line| (code::UNUSUAL, line));
                let warnings = warned
                    .chain(plan)
                    .map(|(code, line)| labelled(YELLOW, &format!("warning[{code}]"), &line));
                output::print_coloured(&warnings.collect::<String>())
            }
        }
    }
}

fn to_json(scenario: &Scenario, estimate: &Estimate) -> serde_json::Value {
    let offered = estimate.offered.iter().map(|row| {
        serde_json::json!({
            "origin": row.origin, "kind": row.kind,
            "by_gateway_per_second": row.by_gateway, "direct_per_second": row.direct,
        })
    });
    let stations = estimate.stations.iter().map(|station| {
        serde_json::json!({
            "name": station.name, "role": station.role, "servers": station.servers,
            "per_second": station.per_second, "service_s": station.service_s,
            "utilisation": station.utilisation,
        })
    });
    let levels = estimate.levels.iter().map(|level| {
        serde_json::json!({
            "what": level.what, "part": level.component, "expected": level.expected,
            "limit": level.limit, "verdict": level.verdict, "source": level.source,
        })
    });
    serde_json::json!({
        "valid": true,
        "scenario": info(scenario),
        "offered": offered.collect::<Vec<_>>(),
        "stations": stations.collect::<Vec<_>>(),
        "levels": levels.collect::<Vec<_>>(),
        "busiest_seconds": estimate.busiest_seconds,
        "events": estimate.events,
        "events_error_share": EVENTS_ERROR,
        "memory_bytes": estimate.memory_bytes + estimate.shared_bytes,
        "warnings": estimate.warnings(),
    })
}
