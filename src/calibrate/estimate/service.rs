//! Service times of management points and software update points.
//!
//! `time-taken` is waiting plus CPU time plus time of database and disk. Only the CPU part occupies
//! a worker. Waiting is separated as [`crate::calibrate::fit::queueing`] describes (`times.rs`).
//! The CPU time is the first of these that is available (`cpu.rs`):
//!
//! 1. from the processor utilisation of the servers, which the user gives (utilisation law);
//! 2. from the growth of `time-taken` with the rate, if its interval is narrow enough;
//! 3. the CPU time of the scenario, which then stays assumed.
//!
//! The time of database and disk is the rest, so that the sum is as measured.

mod cpu;
#[cfg(test)]
mod split_tests;
mod times;

use super::Scans;
use super::evidence::{Evidence, classes_of, message_kinds};
use super::expected::Expected;
use super::fits::{self, Written};
use super::rates::section;
use super::values::{Number, Values, key};
use crate::calibrate::fit::ScenarioValue;
use crate::calibrate::fit::queueing::Demand;
use crate::logs::Class;
use crate::terms::{RequestKind, Role};

pub use cpu::Utilisation;
use cpu::{Cpu, Cpus, Source};
use times::{Separation, Times};

/// The largest share of requests that are shorter than the CPU time with which the CPU time can be
/// constant.
const SHORTER_MAX: f64 = 0.02;
/// The largest variance of the CPU time, as a share of the variance of the whole time, with which
/// the family of the rest is fitted as if the CPU time were constant. A larger share changes the
/// shape of the rest, so its family cannot be identified. This number is an assumption.
const CPU_VARIANCE_MAX: f64 = 0.01;
/// The smallest number of rows per scan from which a scan is a sum of requests.
const ROWS_OF_SUM: f64 = 1.05;

/// Measures the service times of the systems of a role.
pub(super) fn measure(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    role: Role,
    (expected, scans): (&Expected, &Scans),
    utilisations: &[Utilisation],
) {
    let Some((_, system)) = values.base.config.of_role(role).next() else { return };
    let classes: Vec<Class> = classes_of(role).filter(|one| evidence.rows(*one) > 0).collect();
    if classes.is_empty() {
        let path = format!("{}.*.database", section(role));
        let reason = format!("the logs contain no requests to a {}", role.name());
        return values.missing(&path, &reason, &format!("read the logs of a {}", role.name()));
    }
    let cpu_path = format!("{}.*.cpu", section(role));
    let mut cpus = Cpus::of_base(system, &classes, (evidence, expected, scans));
    if let Some(given) = utilisations.iter().find(|one| one.role == role) {
        match cpus.factor_of_utilisation(evidence, given) {
            Ok(factor) => cpus.scale(factor, Source::Utilisation),
            Err(reason) => values.missing(&cpu_path, &reason, "correct --cpu-utilisation"),
        }
    }
    let demand = match cpus.source {
        Source::Utilisation => Demand::Known(cpus.mean()),
        _ => Demand::Estimated,
    };
    let in_groups = scans.rows_per_scan >= ROWS_OF_SUM;
    let separation = Separation::new(evidence, role, cpus.workers, demand, in_groups);
    if cpus.source != Source::Utilisation {
        match cpus.factor_of_growth(&separation) {
            Ok(factor) => cpus.scale(factor, Source::Growth),
            Err(reason) => {
                let remedy = format!(
                    "give the mean of \\Processor(_Total)\\% Processor Time over the period of the \
                     logs: --cpu-utilisation {}=PERCENT",
                    section(role)
                );
                values.missing(&cpu_path, &reason, &remedy);
            }
        }
    }
    for class in classes {
        let target = Target { role, class };
        one_class(values, evidence, (&separation, &cpus), target, scans);
    }
}

/// Values of a class that are measured.
#[derive(Clone, Copy, Debug)]
struct Target {
    role: Role,
    class: Class,
}

/// Measures the times of one class.
fn one_class(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    (separation, cpus): (&Separation<'_>, &Cpus),
    target: Target,
    scans: &Scans,
) {
    let paths = |field: &str| paths(values, target, field);
    let (database_paths, cpu_paths) = (paths("database"), paths("cpu"));
    let (Some(first), Some(cpu)) = (database_paths.first().cloned(), cpus.of(target.class)) else {
        return;
    };
    let times = match separation.times(target.class, cpus) {
        Ok(times) => times,
        Err(reason) => {
            return values.missing(&first, &reason, "read logs of a longer period");
        }
    };
    if times.mean.value <= cpu.mean.value {
        let reason = format!(
            "the mean time-taken of {:.1} ms without waiting is shorter than {:.1} ms ({})",
            1e3 * times.mean.value,
            1e3 * cpu.mean.value,
            cpus.source.name()
        );
        let remedy = format!("give --cpu-utilisation {}=PERCENT", section(target.role));
        return values.missing(&first, &reason, &remedy);
    }
    let is_scan = target.class == Class::Kind(RequestKind::UpdateScan);
    let rows = if is_scan { scans.rows_per_scan } else { 1.0 };
    let split = match split(&times, cpu, rows) {
        Ok(split) => split,
        Err(reason) => return values.missing(&first, &reason, ""),
    };
    let remark = if is_scan { scans.remark(RequestKind::UpdateScan) } else { String::new() };
    let cpu_mean = cpu.mean.times(rows);
    if let Some(method) = cpus.source.method() {
        let method =
            format!("{method}, in the proportions of the CPU times of the scenario{remark}");
        let number = Some(cpu_mean);
        values.distribution(&cpu_paths, split.cpu, number, evidence.rows(target.class), method);
    }
    let method = format!(
        "time-taken minus waiting time minus {:.1} ms ({}){remark}; {}{}",
        1e3 * cpu_mean.value,
        cpus.source.name(),
        times.separation,
        split.remark
    );
    let whole = times.mean.times(rows);
    let number = Number {
        value: split.database.mean,
        low: (whole.low - cpu_mean.high).max(0.0),
        high: whole.high - cpu_mean.low,
    };
    let value = split.database.toml;
    let is_used = values.distribution(&database_paths, value, Some(number), times.requests, method);
    if let Some(mut fit) = split.fit.filter(|_| is_used) {
        fit.path = first;
        fit.separation = times.separation;
        values.fits.push(fit);
    }
}

/// CPU time and time of database and disk whose sum is as measured.
struct Split {
    cpu: String,
    database: ScenarioValue,
    fit: Option<crate::results::calibration::DistributionFit>,
    remark: String,
}

/// Divides times into CPU time and the rest. With a nearly constant CPU time, the distribution of
/// the rest is fitted to the times minus the CPU time, so that the sum has the measured
/// distribution. If the CPU time varies or exceeds some of the times, or if a scan is a sum of
/// requests, the rest is gamma with the mean and the variance that remain.
fn split(times: &Times, cpu: Cpu, rows: f64) -> Result<Split, String> {
    let sample = &times.times;
    let cpu_mean = cpu.mean.value;
    let rest = sample.less(cpu_mean).map_err(|error| error.to_string())?;
    let (fit, best) = fits::fitted(&rest, times.mean.value - cpu_mean)?;
    let is_short = sample.share_below(cpu_mean) > SHORTER_MAX;
    let is_constant = cpu.variance <= CPU_VARIANCE_MAX * sample.variance();
    let (mean, rest_mean) = (rows * cpu_mean, rows * (times.mean.value - cpu_mean));
    let variance = rows * sample.variance();
    let constant = fits::constant(mean);
    if rows < ROWS_OF_SUM && is_constant && !is_short {
        let Written { value, remark } = best;
        return Ok(Split { cpu: constant, database: value, fit: Some(fit), remark });
    }
    let remaining = variance - rows * cpu.variance;
    let database = |cv: f64| fits::gamma(rest_mean, cv);
    if is_short && is_constant {
        // Equal coefficients of variation: cv^2 * (mean^2 + rest^2) is the variance of the sum.
        let cv = (variance / (mean * mean + rest_mean * rest_mean)).sqrt();
        let remark = "; CPU time and database vary equally, because more than 2 % of the requests \
                      are shorter than the mean CPU time";
        let (cpu, remark) = (fits::gamma(mean, cv).toml, remark.to_owned());
        return Ok(Split { cpu, database: database(cv), fit: Some(fit), remark });
    }
    let cv = (remaining.max(0.0)).sqrt() / rest_mean;
    let remark = match rows < ROWS_OF_SUM {
        true => {
            "; gamma distribution with the variance that remains without the CPU time: its family \
             cannot be identified, because the CPU time has more than 1 % of the variance"
        }
        false => "; gamma distribution, because a scan is a sum of requests",
    };
    Ok(Split { cpu: constant, database: database(cv), fit: Some(fit), remark: remark.to_owned() })
}

/// Returns the paths of the CPU or database times of a class in all sections of its role.
fn paths(values: &Values<'_>, target: Target, field: &str) -> Vec<String> {
    let resolved = &values.base.resolved;
    let prefix = format!("{}.", section(target.role));
    let mut paths = Vec::new();
    for name in resolved.sections().filter_map(|own| own.strip_prefix(&prefix)) {
        let path = format!("{prefix}{}.{field}", key(name));
        let table = resolved.values_at(&format!("{prefix}{name}.{field}"));
        let listed = |kind: RequestKind| {
            let table = table.first().and_then(|text| format!("v = {text}").parse().ok());
            let table = table.and_then(|mut table: toml::Table| table.remove("v"));
            let table = table.as_ref().and_then(toml::Value::as_table);
            table.is_some_and(|table| table.contains_key(kind.name()))
        };
        match target.class {
            Class::Kind(RequestKind::UpdateScan) if !listed(RequestKind::UpdateScan) => {
                paths.push(path);
            }
            Class::Kind(kind) => paths.push(format!("{path}.{}", kind.name())),
            _ => {
                paths.push(format!("{path}.default"));
                let others = message_kinds().filter(|kind| listed(*kind));
                paths.extend(others.map(|kind| format!("{path}.{}", kind.name())));
            }
        }
    }
    paths
}
