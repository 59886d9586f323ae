//! `cmgsim check`: what a scenario is and what it asks of each station, without running it.

use crate::terms::Role;
use std::fmt::Write;

use clap::Args;

use crate::experiment::estimate::{self, EVENTS_ERROR, Estimate};
use crate::report::format::{bytes, count, document, number, seconds, share, verdict};
use crate::report::table::plan;
use crate::scenario::Scenario;
use crate::scenario::diagnose::code;

use super::failure::Failure;
use super::output::{YELLOW, labelled};
use super::scenario::ScenarioArguments;
use super::{Format, output};
use crate::study::info;

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Print every value with where it comes from, as a scenario file.
    #[arg(long)]
    resolved: bool,
    /// How to print the outcome and errors.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
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
        let estimate = estimate::estimate(&scenario.config);
        match self.format {
            Format::Json => output::print(&format!("{:#}\n", to_json(&scenario, &estimate))),
            Format::Text => {
                if output::is_quiet() {
                    return Ok(());
                }
                output::print_report(&to_text(&scenario, &estimate))?;
                let plan = info(&scenario).plan.into_iter().filter(|note| note.is_warning);
                let plan = plan.map(|note| (code::PLAN, note.sentence()));
                let unusual = estimate.warnings().into_iter().map(|line| (code::UNUSUAL, line));
                let warnings = unusual
                    .chain(plan)
                    .map(|(code, line)| labelled(YELLOW, &format!("warning[{code}]"), &line));
                output::print_coloured(&warnings.collect::<String>())
            }
        }
    }
}

fn to_text(scenario: &Scenario, estimate: &Estimate) -> String {
    let config = &scenario.config;
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = system(&mut text, scenario);
    let _ = offered(&mut text, scenario, estimate);
    let _ = stations(&mut text, estimate);
    text.push_str(&plan(&info(scenario)));
    let _ = writeln!(
        text,
        "\nValid. A run simulates {} and takes about {} million events (estimated; within {} of \
         the simulated\nnumber in every embedded scenario) and at least {} of memory.",
        seconds(config.end().as_seconds()),
        number(estimate.events / 1e6),
        format_args!("{:.0} %", 100.0 * EVENTS_ERROR),
        bytes(estimate.memory_bytes + estimate.shared_bytes),
    );
    text
}

fn system(text: &mut String, scenario: &Scenario) -> std::fmt::Result {
    let (config, info) = (&scenario.config, info(scenario));
    writeln!(text, "{}", info.name)?;
    if !info.question.is_empty() {
        writeln!(text, "{}", info.question)?;
    }
    writeln!(
        text,
        "{} {} for {} after a warm-up of {}, seed {}",
        info.start.replace('T', " "),
        info.time_zone,
        seconds(info.duration_seconds),
        seconds(info.warm_up_seconds),
        info.seed,
    )?;
    writeln!(text, "\nSystem")?;
    for gateway in config.gateways.iter() {
        let points = config
            .connection_points
            .iter()
            .filter(|point| config.gateways[point.gateway].name == gateway.name);
        writeln!(
            text,
            "  gateway {}: {} x {} ({} connections each), connection points: {}",
            gateway.name,
            gateway.instances,
            gateway.size,
            count(u64::from(gateway.connection_limit)),
            points.count(),
        )?;
    }
    for (role, name) in [
        (Role::ManagementPoint, "management points"),
        (Role::SoftwareUpdatePoint, "software update points"),
    ] {
        writeln!(text, "  {name}: {}", config.of_role(role).count())?;
    }
    for cohort in config.cohorts.iter() {
        writeln!(
            text,
            "  cohort {}: {} clients, {} of them on the internet",
            cohort.name,
            count(u64::from(cohort.clients)),
            share(cohort.locations.internet),
        )?;
    }
    for source in config.sources.iter() {
        let rate = source.arrivals.mean_rate() * f64::from(source.batch);
        writeln!(text, "  source {}: {}/s", source.name, number(rate))?;
    }
    for disruption in config.disruptions.iter() {
        writeln!(text, "  disruption {}", disruption.name)?;
    }
    Ok(())
}

fn offered(text: &mut String, scenario: &Scenario, estimate: &Estimate) -> std::fmt::Result {
    let since = estimate.busiest_seconds - scenario.config.warm_up.as_seconds();
    let info = info(scenario);
    writeln!(
        text,
        "\nOffered load, requests per second at the busiest time ({} {})",
        info.civil(since).replace('T', " "),
        info.time_zone,
    )?;
    writeln!(text, "  {:<24} {:<20} {:>12} {:>12}", "from", "kind", "by gateway", "direct")?;
    for row in &estimate.offered {
        writeln!(
            text,
            "  {:<24} {:<20} {:>12} {:>12}",
            row.origin,
            row.kind.replace('_', " "),
            number(row.by_gateway),
            number(row.direct),
        )?;
    }
    Ok(())
}

fn stations(text: &mut String, estimate: &Estimate) -> std::fmt::Result {
    writeln!(
        text,
        "\nStations, each at its own busiest ten minutes, by the utilisation law: expected load of the \
         clients\nthat are on, without the work at log-on, deployments, retries and storms"
    )?;
    writeln!(
        text,
        "  {:<36} {:>9} {:>10} {:>12} {:>12}",
        "station", "servers", "per s", "service", "utilisation"
    )?;
    for station in &estimate.stations {
        let servers = station.servers.map(|servers| count(u64::from(servers)));
        writeln!(
            text,
            "  {:<36} {:>9} {:>10} {:>12} {:>12}",
            format!("{} {}", station.role, station.name),
            servers.unwrap_or_else(|| "unlimited".to_owned()),
            number(station.per_second),
            seconds(station.service_seconds),
            station.utilisation.map_or_else(|| "-".to_owned(), share),
        )?;
    }
    writeln!(text, "\nAgainst published numbers")?;
    for level in &estimate.levels {
        writeln!(
            text,
            "  {:<36} {:>9} {:>10} of {:>8}   {}",
            format!("{}, {}", level.what, level.part),
            verdict(level.verdict),
            number(level.expected),
            number(level.limit),
            document(&level.source),
        )?;
    }
    Ok(())
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
            "per_second": station.per_second, "service_seconds": station.service_seconds,
            "utilisation": station.utilisation,
        })
    });
    let levels = estimate.levels.iter().map(|level| {
        serde_json::json!({
            "what": level.what, "part": level.part, "expected": level.expected,
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
