//! `cmgsim check`: what a scenario is and what it asks of each station, without running it.

use crate::terms::Role;
use clap::Args;

use crate::experiment::estimate::{self, EVENTS_ERROR, Estimate};
use crate::model::Config;
use crate::report::document::Cell::{self, Count, Number, Seconds, Share};
use crate::report::document::{Block, Document, Section, Table};
use crate::report::format::{bytes, count, document, number, seconds, share};
use crate::report::{table, text};
use crate::results::ScenarioInfo;
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
    let info = info(scenario);
    let sections = [
        Some(heading(&info)),
        Some(system(&scenario.config)),
        offered(scenario, &info, estimate),
        stations(estimate),
        levels(estimate),
        table::plan(&info),
        Some(Section::new("", vec![Block::Paragraph(effort(&scenario.config, estimate))])),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

fn heading(info: &ScenarioInfo) -> Section {
    let question = (!info.question.is_empty()).then(|| info.question.clone());
    let about = format!(
        "{} {} for {} after a warm-up of {}, seed {}",
        info.start.replace('T', " "),
        info.time_zone,
        seconds(info.duration_seconds),
        seconds(info.warm_up_seconds),
        info.seed,
    );
    let lines = [Some(info.name.clone()), question, Some(about)];
    Section::new("", lines.into_iter().flatten().map(Block::Paragraph).collect())
}

/// What a run takes.
fn effort(config: &Config, estimate: &Estimate) -> String {
    format!(
        "Valid. A run simulates {} and takes about {} million events (estimated; within {:.0} % of \
         the simulated\nnumber in every embedded scenario) and at least {} of memory.",
        seconds(config.end().as_seconds()),
        number(estimate.events / 1e6),
        100.0 * EVENTS_ERROR,
        bytes(estimate.memory_bytes + estimate.shared_bytes),
    )
}

fn system(config: &Config) -> Section {
    let mut lines = Vec::new();
    for gateway in config.gateways.iter() {
        let points = config
            .connection_points
            .iter()
            .filter(|point| config.gateways[point.gateway].name == gateway.name);
        lines.push(format!(
            "gateway {}: {} x {} ({} connections each), connection points: {}",
            gateway.name,
            gateway.instances,
            gateway.size,
            count(u64::from(gateway.connection_limit)),
            points.count(),
        ));
    }
    for (role, name) in [
        (Role::ManagementPoint, "management points"),
        (Role::SoftwareUpdatePoint, "software update points"),
    ] {
        lines.push(format!("{name}: {}", config.of_role(role).count()));
    }
    for cohort in config.cohorts.iter() {
        lines.push(format!(
            "cohort {}: {} clients, {} of them on the internet",
            cohort.name,
            count(u64::from(cohort.clients)),
            share(cohort.locations.internet),
        ));
    }
    for source in config.sources.iter() {
        let rate = source.arrivals.mean_rate() * f64::from(source.batch);
        lines.push(format!("source {}: {}/s", source.name, number(rate)));
    }
    let disruptions = config.disruptions.iter();
    lines.extend(disruptions.map(|disruption| format!("disruption {}", disruption.name)));
    Section::new("System", lines.into_iter().map(Block::Note).collect())
}

fn offered(scenario: &Scenario, info: &ScenarioInfo, estimate: &Estimate) -> Option<Section> {
    let since = estimate.busiest_seconds - scenario.config.warm_up.as_seconds();
    let remark = format!(
        "requests per second at the busiest time ({} {})",
        info.civil(since).replace('T', " "),
        info.time_zone,
    );
    let mut table = Table::new(&["from", "kind", "by gateway", "direct"], 2);
    for row in &estimate.offered {
        table.row([
            Cell::text(&row.origin),
            Cell::text(row.kind.replace('_', " ")),
            Number(row.by_gateway),
            Number(row.direct),
        ]);
    }
    Some(Section::table("Offered load", table, Vec::new())?.with_remark(remark))
}

fn stations(estimate: &Estimate) -> Option<Section> {
    let remark = "each at its own busiest ten minutes, by the utilisation law: expected load of the \
                  clients\nthat are on, without the work at log-on, deployments, retries and storms";
    let mut table = Table::new(&["station", "servers", "per s", "service", "utilisation"], 1);
    for station in &estimate.stations {
        table.row([
            Cell::text(format!("{} {}", station.role, station.name)),
            match station.servers {
                Some(servers) => Count(u64::from(servers)),
                None => Cell::text("unlimited"),
            },
            Number(station.per_second),
            Seconds(station.service_seconds),
            Cell::of(station.utilisation, Share),
        ]);
    }
    Some(Section::table("Stations", table, Vec::new())?.with_remark(remark))
}

fn levels(estimate: &Estimate) -> Option<Section> {
    let header = ["verdict", "what", "part", "published in", "expected", "limit"];
    let mut table = Table::new(&header, 4);
    for level in &estimate.levels {
        table.row([
            level.verdict.into(),
            Cell::text(level.what),
            Cell::text(&level.part),
            Cell::text(document(&level.source)),
            Number(level.expected),
            Number(level.limit),
        ]);
    }
    Section::table("Against published numbers", table, Vec::new())
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
