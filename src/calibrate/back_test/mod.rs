//! Back-test: simulates a calibrated scenario for a period whose logs were not used for the
//! calibration, and compares the simulated requests at the site systems with the logged ones.
//!
//! The simulated rows and the rows of the logs pass through the same rules. Rates are compared over
//! the covered time of each hour. The mean and the 95th percentile of `time-taken` are compared
//! over all requests in the covered hours.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::experiment::{RunError, Watch, site_rows};
use crate::logs::{Class, RowTally, Rules, Tallies};
use crate::results::calibration::{BackTest, Calibration};
use crate::scenario::{InPeriod, Problems, Scenario};
use crate::study::info;
use crate::terms::Role;

/// Default number of replications.
pub const REPLICATIONS: u32 = 3;

/// Maximum length of the simulated period, in hours. A longer period is a sign of a wrong date.
const HOURS_MAX: i64 = 62 * 24;

/// Seconds per hour.
const HOUR: i64 = 3600;

/// Reason why there is no back-test.
#[derive(Debug, thiserror::Error)]
pub enum BackTestError {
    /// No row was held out.
    #[error(
        "no back-test: the logs contain no requests in the held-out period; name an earlier date \
         with --hold-out, or use --hold-out none"
    )]
    NoRows,
    /// The held-out period is too long.
    #[error(
        "no back-test: the held-out rows span {days} days, and the maximum is {max} days; name a \
         later date with --hold-out, and look for rows with a wrong date",
        max = HOURS_MAX / 24
    )]
    TooLong {
        /// Length of the period in days.
        days: i64,
    },
    /// The scenario is not valid in the held-out period.
    #[error(
        "no back-test: the scenario is not valid in the held-out period:\n{}",
        .0.render(false)
    )]
    Scenario(Box<Problems>),
    /// A simulation has no valid result.
    #[error("no back-test: {0}")]
    Run(#[from] RunError),
    /// The watch stopped the simulation.
    #[error("no back-test: the simulation was stopped")]
    Stopped,
}

/// Returns the base scenario of a calibration with the measured values.
///
/// # Errors
/// Returns an error if the scenario does not accept the values.
pub fn calibrated(base: &Scenario, calibration: &Calibration) -> Result<Scenario, BackTestError> {
    let values = calibration.values.iter();
    let overrides =
        values.flat_map(|one| one.paths.iter().map(move |path| format!("{path}={}", one.value)));
    let overrides: Vec<String> = overrides.collect();
    base.varied(&overrides).map_err(|problems| BackTestError::Scenario(Box::new(problems)))
}

/// Covered seconds by hour since 1970-01-01T00:00Z.
type Covered = BTreeMap<i64, u32>;

/// Simulates a scenario in the period that the held-out logs cover, and compares both.
///
/// The simulation starts with the first hour of the logs, after the warm-up of the scenario, and
/// ends with their last hour. Deployments, notifications and disruptions of the scenario that are
/// not in this period are removed, and the notes of the result name them. The replications run on
/// all threads of the pool; the result does not depend on the number of threads. Memory: the state
/// of the running simulations, but no rows.
///
/// # Errors
/// Returns an error if no rows were held out, the period is longer than 62 days, the scenario is
/// not valid in this period, or a simulation fails or is stopped.
pub fn run(
    scenario: &Scenario,
    held_out: &Tallies,
    rules: &Rules,
    replications: u32,
    watch: &dyn Watch,
) -> Result<BackTest, BackTestError> {
    let covered = held_out.covered_by_hour().map(|(start_s, covered)| (start_s / HOUR, covered));
    let covered: Covered = covered.collect();
    let bounds = covered.first_key_value().zip(covered.last_key_value());
    let Some(((from, _), (to, _))) = bounds else { return Err(BackTestError::NoRows) };
    let hours = to - from + 1;
    if hours > HOURS_MAX {
        return Err(BackTestError::TooLong { days: (hours + 23) / 24 });
    }
    let moved = scenario
        .in_period(from * HOUR, u32::try_from(hours).unwrap_or(u32::MAX))
        .map_err(|problems| BackTestError::Scenario(Box::new(problems)))?;
    let simulated = site_rows(
        &moved.scenario.config,
        &info(&moved.scenario),
        replications.max(1),
        || RowTally::of_hours(covered.keys().copied().collect()),
        |tally, row| tally.add(rules, row),
        watch,
    )?
    .ok_or(BackTestError::Stopped)?;
    let roles = logged_roles(held_out);
    let compared = compare::Comparison { held_out, simulated: &simulated, covered: &covered };
    Ok(BackTest {
        period: period(*from, *to),
        replications: replications.max(1),
        kinds: compared.kinds(&roles),
        hours: compared.hours(&roles),
        notes: notes(&moved, held_out, &roles),
    })
}

/// Returns the classes that are compared.
fn classes() -> impl Iterator<Item = (Class, Role)> {
    Class::all().filter_map(|class| match class {
        Class::Kind(kind) => Some((class, kind.role())),
        Class::Messages => Some((class, Role::ManagementPoint)),
        Class::OutsideModel | Class::Unclassified => None,
    })
}

/// Returns the roles of site systems whose requests the logs contain. Without them, the logs of
/// these site systems were not read.
fn logged_roles(held_out: &Tallies) -> Vec<Role> {
    let is_logged =
        |role: &Role| classes().any(|(class, own)| own == *role && held_out.class(class).rows > 0);
    Role::ALL.into_iter().filter(is_logged).collect()
}

fn notes(moved: &InPeriod, held_out: &Tallies, roles: &[Role]) -> Vec<String> {
    let config = &moved.scenario.config;
    let mut notes = Vec::new();
    if !moved.removed.is_empty() {
        notes.push(format!(
            "Not simulated, because they are not in the held-out period: {}.",
            moved.removed.join(", ")
        ));
    }
    if !moved.kept.is_empty() {
        notes.push(format!(
            "Simulated, because they are in the held-out period: {}.",
            moved.kept.join(", ")
        ));
    }
    for role in Role::ALL.into_iter().filter(|role| !roles.contains(role)) {
        if config.of_role(role).next().is_some() {
            notes.push(format!(
                "Not compared: requests to {}s, because the held-out logs have none.",
                role.name()
            ));
        }
    }
    let systems: usize = roles.iter().map(|role| config.of_role(*role).count()).sum();
    let servers = held_out.servers().iter().filter(|server| server.rows() > 0).count();
    if servers < systems {
        notes.push(format!(
            "The held-out logs contain rows of {servers} of {systems} site systems, so the \
             measured rates are lower than those of the site. Read the logs of all site systems."
        ));
    }
    notes
}

/// Returns the UTC days or hours of a period.
fn period(from: i64, to: i64) -> String {
    let text = |hour: i64, pattern: &str| {
        let at = jiff::Timestamp::from_second(hour * HOUR).unwrap_or_default();
        at.strftime(pattern).to_string()
    };
    let is_whole = from.rem_euclid(24) == 0 && (to + 1).rem_euclid(24) == 0;
    match (is_whole, to - from + 1) {
        (true, 24) => text(from, "%Y-%m-%d"),
        (true, _) => format!("{} to {}", text(from, "%Y-%m-%d"), text(to, "%Y-%m-%d")),
        _ => format!("{} to {} UTC", text(from, "%Y-%m-%d %H:%M"), text(to + 1, "%Y-%m-%d %H:%M")),
    }
}
