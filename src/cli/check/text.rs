//! What `cmgsim check` prints for people.

use std::fmt::Write;

use crate::experiment::estimate::{EVENTS_ERROR, Estimate};
use crate::report::format::{bytes, count, document, number, seconds, share, verdict};
use crate::report::table::plan;
use crate::scenario::Scenario;
use crate::study::info;
use crate::terms::Role;

/// The system, the offered load, the stations, and how much a run takes.
pub(super) fn to_text(scenario: &Scenario, estimate: &Estimate) -> String {
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
