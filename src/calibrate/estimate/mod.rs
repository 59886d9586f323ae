//! Values of a scenario from IIS logs: service times, message sizes, rates per client, presence,
//! error shares and delays before retries.
//!
//! [`estimate`] compares the logs with a base scenario, which states what a log does not show: the
//! number of clients, the number of servers and their cores, and the cycles of the clients. Every
//! value has a 95 % interval from blocks of hours or days, or the reason why it was not measured.

mod clock_shift;
mod evidence;
mod expected;
mod failures;
mod fits;
mod presence;
mod rates;
mod retries;
mod service;
mod sizes;
#[cfg(test)]
mod tests;
mod values;
mod whole_hours;

use crate::base::SimDuration;
use crate::calibrate::fit::interval::NoInterval;
use crate::catalogue::Provenance;
use crate::experiment::{RunError, Watch};
use crate::logs::{Class, Tallies};
use crate::model::Config;
use crate::model::config::Task;
use crate::results::calibration::Calibration;
use crate::results::logs::LogSummary;
use crate::scenario::zones;
use crate::scenario::{Problems, Scenario};
use crate::terms::{RequestKind, Role};

use evidence::Evidence;
use expected::Expected;
pub use presence::PresenceOptions;
pub use service::Utilisation;
use values::Values;

/// Options of a calibration.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of the log files, for the source of the values.
    pub files: Vec<String>,
    /// Mean processor utilisation of the servers by role.
    pub utilisations: Vec<Utilisation>,
    /// Options of the measurement of presence.
    pub presence: PresenceOptions,
}

/// Error of a calibration.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// The logs contain no requests with a readable time.
    #[error("the logs contain no requests with a readable time")]
    Empty,
    /// The base scenario cannot be simulated.
    #[error("the expected requests of the scenario cannot be simulated: {0}")]
    Run(#[from] RunError),
    /// The base scenario does not accept the measured values.
    #[error("the scenario does not accept the measured values:\n{}", .0.render(false))]
    Values(Box<Problems>),
    /// The simulation of expected requests was stopped.
    #[error("stopped while the expected requests of the scenario were simulated")]
    Stopped,
}

/// The largest number of simulations of expected requests.
const SIMULATIONS_MAX: u32 = 5;
/// The largest relative difference between measured and expected scans with which the scan interval
/// of the simulation does not change. This number is an assumption.
const SCANS_ERROR_MAX: f64 = 0.02;

/// Update scans in the logs and in the simulation of expected requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scans {
    /// Number of logged requests per scan.
    rows_per_scan: f64,
    /// Scan interval of the simulation divided by that of the scenario.
    interval_factor: f64,
}

impl Scans {
    /// Counts the requests of one client without a long gap as one scan.
    fn of(evidence: &Evidence<'_>) -> Self {
        let class = Class::Kind(RequestKind::UpdateScan);
        let rows_per_scan = evidence.rows_per_sequence(class).unwrap_or(1.0);
        Scans { rows_per_scan, interval_factor: 1.0 }
    }

    /// Returns how scans were counted, if a scan has several requests.
    fn counted(&self) -> String {
        match self.rows_per_scan > 1.0 {
            true => format!(" ({:.2} requests per scan)", self.rows_per_scan),
            false => String::new(),
        }
    }

    /// Returns a remark for methods, if a scan has several requests.
    fn remark(&self, kind: RequestKind) -> String {
        match kind == RequestKind::UpdateScan && self.rows_per_scan > 1.0 {
            true => format!(" times {:.2} requests per scan", self.rows_per_scan),
            false => String::new(),
        }
    }
}

/// Estimates values of a scenario from the tallies of logs.
///
/// # Errors
/// The logs are empty, the base scenario cannot be simulated or does not accept the values, or the
/// watch stopped the simulation.
pub fn estimate(
    base: &Scenario,
    tallies: &Tallies,
    summary: &LogSummary,
    options: &Options,
    watch: &dyn Watch,
) -> Result<Calibration, EstimateError> {
    let zone = zones::zone(&base.start.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let evidence = Evidence::new(tallies, &zone);
    if evidence.hours.is_empty() {
        return Err(EstimateError::Empty);
    }
    let source = source(&options.files);
    let mut values = Values::new(base, &source);
    let mut scans = Scans::of(&evidence);
    let presence = presence::measure(&mut values, &evidence, &options.presence);
    // Errors and retries are part of the expected requests.
    for role in [Role::ManagementPoint, Role::SoftwareUpdatePoint] {
        failures::measure(&mut values, &evidence, role);
    }
    retries::measure(&mut values, &evidence);
    let with_presence = with(base, &values)?;
    let has_presence = presence.iter().any(|hour| hour.online_share.is_some());
    let simulate = |config: &Config| {
        let mut expected = Expected::simulate(config, watch)?.ok_or(EstimateError::Stopped)?;
        if has_presence {
            whole_hours::correct(&mut expected, config);
        }
        Ok::<_, EstimateError>(expected)
    };
    let mut expected = simulate(&with_presence.config)?;
    for _ in 1..SIMULATIONS_MAX {
        // Clients do not scan while they are offline, so the number of scans is not inversely
        // proportional to the interval.
        let ratio = rates::scan_ratio(&values, &evidence, &expected, &scans);
        let Some(ratio) = ratio.filter(|one| (one - 1.0).abs() > SCANS_ERROR_MAX) else { break };
        scans.interval_factor /= ratio;
        let mut config = with_presence.config.clone();
        multiply_scan_intervals(&mut config, scans.interval_factor);
        expected = simulate(&config)?;
    }
    rates::measure(&mut values, &evidence, &expected, &scans);
    sizes::measure(&mut values, &evidence, &scans);
    for role in [Role::ManagementPoint, Role::SoftwareUpdatePoint] {
        let known = (&expected, &scans);
        service::measure(&mut values, &evidence, role, known, &options.utilisations);
    }
    let measured = with(base, &values)?;
    let assumed = |scenario: &Scenario| scenario.resolved.count(Some(Provenance::Assumed));
    let Values { mut list, mut not_measured, fits, .. } = values;
    list.sort_by_key(|one| one.paths.first().is_some_and(|path| concerns_failures(path)));
    not_measured.sort_by_key(|one| concerns_failures(&one.path));
    Ok(Calibration {
        scenario: base.name.clone(),
        files: options.files.clone(),
        period: period(summary),
        logs: Some(summary.clone()),
        notes: clock_shift::note(&base.config, &evidence).into_iter().collect(),
        values: list,
        not_measured,
        fits,
        presence,
        assumed_before: assumed(base),
        assumed_after: assumed(&measured),
        back_test: None,
    })
}

/// Returns whether a value has an effect only when requests fail. Reports list these values last,
/// because most logs contain few failures.
fn concerns_failures(path: &str) -> bool {
    path.starts_with("client.retry.") || path.ends_with(".error_share")
}

/// Multiplies the intervals of update scans by a factor.
fn multiply_scan_intervals(config: &mut Config, factor: f64) {
    for cohort in config.cohorts.iter_mut() {
        if let Task::Every { interval, .. } = &mut cohort.tasks[RequestKind::UpdateScan] {
            *interval = SimDuration::from_seconds_f64(factor * interval.as_seconds());
        }
    }
}

/// Returns the base scenario with the measured values.
fn with(base: &Scenario, values: &Values<'_>) -> Result<Scenario, EstimateError> {
    let overrides = values
        .list
        .iter()
        .flat_map(|one| one.paths.iter().map(move |path| format!("{path}={}", one.value)));
    let overrides: Vec<String> = overrides.collect();
    base.varied(&overrides).map_err(|problems| EstimateError::Values(Box::new(problems)))
}

/// Returns the files in one line.
fn source(files: &[String]) -> String {
    match files {
        [] => "standard input".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last} ({} files)", files.len()),
    }
}

/// Returns the days of the logs.
fn period(summary: &LogSummary) -> String {
    let day = |stamp: &Option<String>| {
        stamp.as_deref().and_then(|stamp| stamp.get(..10)).unwrap_or("unknown").to_owned()
    };
    let (first, last) = (day(&summary.first), day(&summary.last));
    if first == last { first } else { format!("{first} to {last}") }
}

/// Returns what to do if there is no interval.
fn few_blocks(error: &NoInterval) -> &'static str {
    match error {
        NoInterval::FewBlocks { .. } => "read logs of a longer period",
        _ => "",
    }
}
