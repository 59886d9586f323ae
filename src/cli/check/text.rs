//! The text output of `cmgsim check`.

use crate::experiment::estimate::{EVENTS_ERROR, Estimate, MINIMUM};
use crate::model::Config;
use crate::report::document::Cell::{self, Count, Number, Seconds, Share};
use crate::report::document::{Block, Document, Section, Table};
use crate::report::format::{bytes, count, document, number, seconds};
use crate::report::{summary, text};
use crate::results::ScenarioInfo;
use crate::scenario::Scenario;
use crate::study::info;
use crate::terms::Role;

pub(super) fn to_text(scenario: &Scenario, estimate: &Estimate) -> String {
    let info = info(scenario);
    let sections = [
        Some(heading(&info)),
        Some(system(&scenario.config, estimate)),
        offered(scenario, &info, estimate),
        stations(estimate),
        levels(estimate),
        summary::plan(&info),
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
        seconds(info.duration_s),
        seconds(info.warm_up_s),
        info.seed,
    );
    let lines = [Some(info.name.clone()), question, Some(about)];
    Section::new("", lines.into_iter().flatten().map(Block::Paragraph).collect())
}

/// Describes the expected effort of a run.
fn effort(config: &Config, estimate: &Estimate) -> String {
    format!(
        "Valid. A run simulates {} and needs about {} million events (estimate; within {:.0} % of \
         the simulated\nnumber in every embedded scenario) and at least {} of memory.",
        seconds(config.end().as_seconds()),
        number(estimate.events / 1e6),
        100.0 * EVENTS_ERROR,
        bytes(estimate.memory_bytes + estimate.shared_bytes),
    )
}

/// Describes the shares of sessions by location: `60 % internet, 15 % VPN, 25 % intranet`.
fn places(internet: f64, vpn: f64) -> String {
    let all = [(internet, "internet"), (vpn, "VPN"), (1.0 - internet - vpn, "intranet")];
    let all = all.map(|(share, name)| (number((1000.0 * share).round() / 10.0), name));
    let some = all.into_iter().filter(|(percent, _)| percent.as_str() != "0");
    some.map(|(percent, name)| format!("{percent} % {name}")).collect::<Vec<_>>().join(", ")
}

fn system(config: &Config, estimate: &Estimate) -> Section {
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
            "cohort {}: {} clients; sessions: {}",
            cohort.name,
            count(u64::from(cohort.clients)),
            places(cohort.locations.internet, cohort.locations.vpn),
        ));
    }
    if estimate.busiest_clients > 0.0 {
        let clients = count(estimate.busiest_clients.round() as u64);
        lines.push(format!("about {clients} clients are online at the busiest time"));
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
    let mut table = Table::new(&["origin", "request type", "via gateway", "direct"], 2);
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
    let remark = "expected load in the busiest ten minutes of each station (utilisation law),\n\
                  excluding log-on work, deployments, retries and reconnection storms";
    let mut table =
        Table::new(&["station", "servers", "requests/s", "service time", "utilisation"], 1);
    for station in &estimate.stations {
        table.row([
            Cell::text(format!("{} {}", station.role, station.name)),
            match station.servers {
                Some(servers) => Count(u64::from(servers)),
                None => Cell::text("unlimited"),
            },
            Number(station.per_second),
            Seconds(station.service_s),
            Cell::of(station.utilisation, Share),
        ]);
    }
    Some(Section::table("Stations", table, Vec::new())?.with_remark(remark))
}

fn levels(estimate: &Estimate) -> Option<Section> {
    let header = ["verdict", "quantity", "component", "published in", "expected", "limit"];
    let mut table = Table::new(&header, 4);
    for level in &estimate.levels {
        table.row([
            level.verdict.into(),
            Cell::text(level.what),
            Cell::text(&level.component),
            Cell::text(document(&level.source)),
            Number(level.expected),
            match level.what.ends_with(MINIMUM) {
                true => Cell::Amount(format!("at least {}", number(level.limit))),
                false => Number(level.limit),
            },
        ]);
    }
    Section::table("Expected load and published limits", table, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locations_of_sessions_are_shown_as_percentages() {
        assert_eq!(places(0.6, 0.15), "60 % internet, 15 % VPN, 25 % intranet");
        assert_eq!(places(0.7, 0.0), "70 % internet, 30 % intranet");
        assert_eq!(places(1.0, 0.0), "100 % internet");
    }
}
