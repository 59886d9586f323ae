//! Collects the time series of a run.

use crate::base::{Id, SimTime};
use crate::model::levels::{High, Level};
use crate::model::{Measured, World};
use crate::results::{Column, ComplianceCurve, TimeSeries};
use crate::terms::Direction;

use super::{measured_seconds, ratio};

pub(super) fn series<R: Measured>(world: &World<'_, R>) -> TimeSeries {
    let ends = world.bin_ends();
    let starts: Vec<SimTime> = std::iter::once(world.config().measured_from())
        .chain(ends.iter().copied())
        .take(ends.len())
        .collect();
    let bins = || world.recorder().statistics().bins.iter().zip(starts.iter().zip(ends));
    let rate = |pick: fn(&crate::model::recorder::BinCounts) -> u64| -> Vec<f64> {
        bins()
            .map(|(bin, (start, end))| ratio(pick(bin) as f64, end.since(*start).as_seconds()))
            .collect()
    };
    let quantile =
        |index: usize| -> Vec<Option<f64>> { bins().map(|(bin, _)| bin.latency[index]).collect() };
    TimeSeries {
        interval_s: world.config().interval.as_seconds(),
        start_s: starts.iter().map(|start| measured_seconds(world, *start)).collect(),
        issued_per_s: rate(|bin| bin.counts.issued),
        attempts_per_s: rate(|bin| bin.counts.attempts),
        completed_per_s: rate(|bin| bin.counts.completed),
        failed_attempts_per_s: rate(|bin| bin.counts.failed_attempts),
        connect_attempts_per_s: rate(|bin| bin.connect_attempts),
        connects_per_s: rate(|bin| bin.connects),
        latency_p50_s: quantile(0),
        latency_p95_s: quantile(1),
        latency_p99_s: quantile(2),
        vpn_clients: world.level(Level::Vpn, 0).to_vec(),
        gateway_clients: world.level(Level::OnGateway, 0).to_vec(),
        gateway_egress: gateway_columns(world, Level::Egress),
        storage_egress: gateway_columns(world, Level::StorageEgress),
        lines: line_columns(world),
        compliance: compliance(world),
        internet_clients: world.level(Level::Internet, 0).to_vec(),
        intranet_clients: world.level(Level::Intranet, 0).to_vec(),
        channels: world.level(Level::Channels, 0).to_vec(),
        retrying: world.level(Level::Retrying, 0).to_vec(),
        instance_connections: instance_columns(world, Level::Connections),
        instance_up: instance_columns(world, Level::Up),
        ports: port_columns(world, |index| world.level(Level::Ports, index).to_vec()),
        ports_peak: port_columns(world, |index| {
            world.high(High::Ports, index).iter().map(|high| *high as f64).collect()
        }),
        utilisation: station_columns(world, Level::Busy, true),
        present: station_columns(world, Level::Present, false),
    }
}

fn instance_columns<R: Measured>(world: &World<'_, R>, level: Level) -> Vec<Column> {
    world
        .instances()
        .ids()
        .map(|id| Column {
            name: world.instance_name(id),
            values: world.level(level, id.index()).to_vec(),
        })
        .collect()
}

fn line_columns<R: Measured>(world: &World<'_, R>) -> Vec<Column> {
    let lines = world.config().lines.iter().zip(world.lines().iter());
    let limited = lines.flat_map(|(config, line)| {
        let directions = Direction::ALL.into_iter().zip(&line.links);
        directions.filter_map(|(direction, link)| {
            link.as_ref().map(|_| format!("{} {}", config.name, direction.name()))
        })
    });
    limited
        .enumerate()
        .map(|(index, name)| {
            let bits = world.level(Level::Carried, index).iter().map(|one| one * 1e9);
            Column { name, values: bits.collect() }
        })
        .collect()
}

fn port_columns<R: Measured>(
    world: &World<'_, R>,
    values: impl Fn(usize) -> Vec<f64>,
) -> Vec<Column> {
    let points = world.config().connection_points.entries();
    points
        .map(|(id, point)| Column { name: point.name.clone(), values: values(id.index()) })
        .collect()
}

fn station_columns<R: Measured>(world: &World<'_, R>, level: Level, is_share: bool) -> Vec<Column> {
    world
        .stations()
        .entries()
        .map(|(id, owned)| {
            let servers = owned.station.servers().filter(|_| is_share).unwrap_or(1);
            let values = world.level(level, id.index()).iter();
            Column {
                name: world.station_name(id),
                values: values.map(|value| value / f64::from(servers)).collect(),
            }
        })
        .collect()
}

/// Returns the outgoing data rate of each gateway in bit/s.
fn gateway_columns<R: Measured>(world: &World<'_, R>, level: Level) -> Vec<Column> {
    let all = world.config().gateways.entries();
    all.map(|(id, gateway)| Column {
        name: gateway.name.clone(),
        // The level is in bytes per nanosecond.
        values: world.level(level, id.index()).iter().map(|value| value * 8e9).collect(),
    })
    .collect()
}

fn compliance<R: Measured>(world: &World<'_, R>) -> Vec<ComplianceCurve> {
    let all = world.config().deployments.entries().zip(world.deployments().iter());
    all.map(|((id, config), state)| {
        let curve = |milestone: High| -> Vec<f64> {
            let counts = world.high(milestone, id.index()).iter();
            counts.map(|count| ratio(*count as f64, state.targets as f64)).collect()
        };
        ComplianceCurve {
            name: config.name.clone(),
            policy: curve(High::Policy),
            content: curve(High::Content),
            installed: curve(High::Installed),
        }
    })
    .collect()
}
