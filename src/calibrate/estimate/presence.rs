//! Presence: the share of clients that are online in each hour of the week.
//!
//! A client that is online for the whole hour sends a policy poll, if the polling interval is at
//! most one hour, so the distinct clients of an hour include all of these clients. They also
//! include most clients that start in the hour, because a client polls when it starts, and some of
//! the clients that stop in the hour. The model needs the share that is online at the end of each
//! hour: the pattern `hourly` changes linearly during the hour. [`seen`] computes the distinct
//! clients from these shares, and [`shares`] inverts it by fixed-point iteration (van Cittert).

use super::evidence::Evidence;
use super::values::Values;
use crate::logs::HOURS_OF_WEEK;
use crate::model::config::{Cohort, Presence, Task};
use crate::results::calibration::PresenceHour;
use crate::scenario::Scenario;
use crate::terms::{RequestKind, Role};

/// The covered time from which an hour is used, in seconds.
const COVERED_MIN: f64 = 3540.0;
/// The smallest and largest number of distinct clients in the logs, as a share of the clients of
/// the scenario, with which the shares are computed. These numbers are assumptions.
const CLIENTS_SHARE: [f64; 2] = [0.5, 1.02];
/// Iterations of the inversion. More of them increase the noise.
const ITERATIONS: u32 = 12;
/// Steps per hour of the numerical integration.
const STEPS: u32 = 120;

/// Options of the measurement of presence.
#[derive(Clone, Debug, Default)]
pub struct PresenceOptions {
    /// Names of the cohorts to which the logs apply; without names, all cohorts that do not set
    /// presence.
    pub cohorts: Vec<String>,
}

/// Measures presence and returns the value by hour of the week.
pub(super) fn measure(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    options: &PresenceOptions,
) -> Vec<PresenceHour> {
    let mut hours = Vec::new();
    if let Err(Missing { path, reason, remedy }) =
        try_measure(values, evidence, options, &mut hours)
    {
        values.missing(&path, &reason, &remedy);
    }
    hours
}

/// The reason why presence was not measured.
struct Missing {
    path: String,
    reason: String,
    remedy: String,
}

fn missing(path: &str, reason: impl Into<String>, remedy: impl Into<String>) -> Missing {
    Missing { path: path.to_owned(), reason: reason.into(), remedy: remedy.into() }
}

fn try_measure(
    values: &mut Values<'_>,
    evidence: &Evidence<'_>,
    options: &PresenceOptions,
    hours: &mut Vec<PresenceHour>,
) -> Result<(), Missing> {
    let base = values.base;
    let (paths, cohorts) = applicable(values, options)?;
    let path = paths.first().cloned().unwrap_or_default();
    let first = *cohorts.first().ok_or_else(|| {
        let reason = "every cohort of the scenario sets its presence";
        missing("client.presence", reason, "name the measured cohorts with --cohort NAME")
    })?;
    check_cohorts(base, &cohorts, &path)?;
    if evidence.servers_of(Role::ManagementPoint).next().is_none() {
        let reason = "the logs contain no requests to a management point";
        return Err(missing(&path, reason, "read the logs of every management point"));
    }
    let all: f64 = cohorts.iter().map(|one| f64::from(one.clients)).sum();
    let others = others(values, &cohorts, &path)?;
    let tallies = evidence.tallies;
    tallies.has_clients().map_err(|error| {
        missing(&path, error.to_string(), "log c-ip on a server that clients reach directly")
    })?;
    let found = tallies.clients() - others.clients;
    let share = found / all;
    if !(CLIENTS_SHARE[0]..=CLIENTS_SHARE[1]).contains(&share) {
        let reason = format!(
            "the logs contain {found:.0} distinct clients, but the measured cohorts have only \
             {all:.0}"
        );
        let remedy = "correct cohort.*.clients, or read the logs of all management points";
        return Err(missing(&path, reason, remedy));
    }
    let counted = by_hour_of_week(evidence, all, others.seen);
    for (hour, one) in (0..).zip(&counted) {
        hours.push(PresenceHour { hour, online_share: None, covered_s: one.covered_s });
    }
    let seen: Option<Vec<f64>> = counted.iter().map(|one| one.share).collect();
    let Some(seen) = seen else {
        let count = counted.iter().filter(|one| one.share.is_none()).count();
        let reason = format!("the logs do not cover {count} of the 168 hours of the week");
        return Err(missing(&path, reason, "read logs of a whole week"));
    };
    let visibility = Visibility::of(first);
    let shares = shares(&seen, &visibility);
    for (hour, share) in hours.iter_mut().zip(&shares) {
        hour.online_share = Some(*share);
    }
    let list: Vec<String> =
        shares.iter().map(|share| format!("\"{:.2}%\"", 100.0 * share)).collect();
    let value = format!("{{ kind = \"hourly\", hours = [{}] }}", list.join(", "));
    let names: Vec<&str> = cohorts.iter().map(|one| one.name.as_str()).collect();
    let without = match others.clients > 0.0 {
        true => format!(", without {:.0} clients that are always on", others.clients),
        false => String::new(),
    };
    let method = format!(
        "distinct clients per hour of the week{without}, divided by the {all:.0} clients of {}, \
         and corrected for clients that are online for only part of the hour",
        names.join(", ")
    );
    values.distribution(&paths, value, None, found.round() as u64, method);
    Ok(())
}

/// Checks that the clients of cohorts can be counted by hour of the week.
fn check_cohorts(base: &Scenario, cohorts: &[&Cohort], path: &str) -> Result<(), Missing> {
    let config = &base.config;
    if let Some(one) = cohorts.iter().find(|one| one.utc_offsets != config.utc_offsets) {
        let reason = format!("cohort {} has another time zone than the scenario", one.name);
        return Err(missing(path, reason, "measure each time zone with a separate scenario"));
    }
    let is_behind = |one: &&&Cohort| one.locations.internet > 0.0 && !config.gateways.is_empty();
    if let Some(one) = cohorts.iter().find(is_behind) {
        let reason = format!(
            "clients of cohort {} use a gateway, so the logs contain the address of the connection \
             point instead of theirs",
            one.name
        );
        return Err(missing(path, reason, "name the intranet cohorts with --cohort NAME"));
    }
    Ok(())
}

/// Clients of other cohorts in the same logs.
struct Others {
    clients: f64,
    /// Number of these clients with a request in each hour.
    seen: f64,
}

/// Returns the clients of other cohorts that the logs show. Their presence must be known.
fn others(values: &Values<'_>, cohorts: &[&Cohort], path: &str) -> Result<Others, Missing> {
    let config = &values.base.config;
    let mut found = Others { clients: 0.0, seen: 0.0 };
    for one in config.cohorts.iter().filter(|one| cohorts.iter().all(|own| own.name != one.name)) {
        let internet = if config.gateways.is_empty() { 0.0 } else { one.locations.internet };
        if internet >= 1.0 {
            continue;
        }
        if one.presence != Presence::AlwaysOn || internet > 0.0 {
            let reason = format!(
                "the logs also contain clients of cohort {}, which cannot be separated, because \
                 their presence is not \"always-on\" or they sometimes use a gateway",
                one.name
            );
            return Err(missing(path, reason, "also name this cohort with --cohort"));
        }
        let clients = f64::from(one.clients);
        found.clients += clients;
        found.seen += clients * Visibility::of(one).throughout;
    }
    Ok(found)
}

/// Returns the paths to set and the cohorts to which they apply.
fn applicable<'c>(
    values: &Values<'c>,
    options: &PresenceOptions,
) -> Result<(Vec<String>, Vec<&'c Cohort>), Missing> {
    let base = values.base;
    let cohorts = base.config.cohorts.iter();
    if options.cohorts.is_empty() {
        let sets = |one: &&Cohort| {
            let path = format!("cohort.{}", one.name);
            let own = base
                .resolved
                .values()
                .find(|value| value.place.0 == path && value.place.1 == "presence");
            own.is_none_or(|own| own.default.is_some())
        };
        let found: Vec<&Cohort> = cohorts.filter(sets).collect();
        return Ok((vec!["client.presence".to_owned()], found));
    }
    let mut found = Vec::new();
    for name in &options.cohorts {
        let own = base.config.cohorts.iter().find(|one| one.name == *name);
        found.push(own.ok_or_else(|| {
            let names: Vec<&str> = cohorts.clone().map(|one| one.name.as_str()).collect();
            let reason = format!("the scenario has no cohort {name}");
            missing("client.presence", reason, format!("use one of {}", names.join(", ")))
        })?);
    }
    let path = |one: &&Cohort| format!("cohort.{}.presence", super::values::key(&one.name));
    Ok((found.iter().map(path).collect(), found))
}

/// Distinct clients in an hour of the week.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    /// Mean share of the clients with a request; `None` if the logs do not cover the hour.
    share: Option<f64>,
    covered_s: u64,
}

fn by_hour_of_week(evidence: &Evidence<'_>, all: f64, others: f64) -> Vec<Counted> {
    let mut sums = [(0.0, 0.0); HOURS_OF_WEEK];
    let mut covered = [0.0; HOURS_OF_WEEK];
    for hour in &evidence.hours {
        covered[hour.of_week] += hour.covered_s;
        if hour.covered_s >= COVERED_MIN && hour.clients.is_finite() {
            sums[hour.of_week].0 += hour.clients;
            sums[hour.of_week].1 += 1.0;
        }
    }
    let counted = |((sum, weeks), covered): (&(f64, f64), &f64)| Counted {
        share: (*weeks > 0.0).then(|| ((sum / weeks - others) / all).clamp(0.0, 1.0)),
        covered_s: covered.round() as u64,
    };
    sums.iter().zip(&covered).map(counted).collect()
}

/// Probabilities that a client sends a request in an hour.
#[derive(Clone, Copy, Debug)]
struct Visibility {
    /// Of a client that is online for the whole hour.
    throughout: f64,
    /// Of a client that starts in the hour.
    starting: f64,
    /// Of a client that is online at the beginning and stops in the hour.
    stopping: f64,
}

impl Visibility {
    /// Computes the probabilities from the tasks of a cohort. Polls have a random phase, and other
    /// requests are Poisson.
    fn of(cohort: &Cohort) -> Self {
        let poll_s = match &cohort.tasks[RequestKind::PolicyPoll] {
            Task::Every { interval, .. } => interval.as_seconds(),
            Task::After(think) => think.mean(),
            _ => f64::INFINITY,
        };
        let other = match &cohort.tasks[RequestKind::StateMessage] {
            Task::Changes { rate, .. } => *rate,
            _ => 0.0,
        };
        // The probability of a request in a time that begins while the client is online.
        let within =
            |seconds: f64| 1.0 - (1.0 - seconds / poll_s).max(0.0) * libm::exp(-other * seconds);
        let middle = |step: u32| 3600.0 * (f64::from(step) + 0.5) / f64::from(STEPS);
        let stopping = (0..STEPS).map(|step| within(middle(step))).sum::<f64>() / f64::from(STEPS);
        let delay = cohort.start_delay.mean().min(3600.0);
        Visibility { throughout: within(3600.0), starting: 1.0 - delay / 3600.0, stopping }
    }
}

/// Returns the share of clients with a request in each hour of the week, if the share of online
/// clients at the end of each hour is `online`. During an hour, clients either start or stop.
fn seen(online: &[f64], visibility: &Visibility) -> Vec<f64> {
    let number = online.len();
    let hour = |hour: usize| {
        let (before, after) = (online[(hour + number - 1) % number], online[hour]);
        let (starts, stops) = ((after - before).max(0.0), (before - after).max(0.0));
        visibility.throughout * (before - stops)
            + visibility.starting * starts
            + visibility.stopping * stops
    };
    (0..number).map(hour).collect()
}

/// Returns the share of online clients at the end of each hour of the week from the share of
/// clients with a request in each hour.
fn shares(counted: &[f64], visibility: &Visibility) -> Vec<f64> {
    let mut online = counted.to_vec();
    for _ in 0..ITERATIONS {
        let expected = seen(&online, visibility);
        for (share, (counted, expected)) in online.iter_mut().zip(counted.iter().zip(expected)) {
            *share = (*share + counted - expected).clamp(0.0, 1.0);
        }
    }
    online
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares that rise in the morning and fall in the evening are recovered from the numbers of
    /// clients that they produce.
    #[test]
    fn the_correction_inverts_the_counting() {
        let visibility = Visibility { throughout: 1.0, starting: 0.95, stopping: 0.54 };
        let day = |hour: usize| match hour % 24 {
            8 => 0.3,
            9 => 0.75,
            10..=15 => 0.95,
            16 => 0.8,
            17 => 0.5,
            18 => 0.2,
            _ => 0.05,
        };
        let truth: Vec<f64> = (0..HOURS_OF_WEEK).map(day).collect();
        let counted = seen(&truth, &visibility);
        // At 17:00, 0.8 are online and 0.3 stop in the hour: 0.5 + 0.54 * 0.3.
        assert!((counted[17] - 0.662).abs() < 1e-12);
        let found = shares(&counted, &visibility);
        for hour in 0..24 {
            assert!((found[hour] - truth[hour]).abs() < 0.01, "{hour}: {}", found[hour]);
        }
    }
}
