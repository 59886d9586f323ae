//! Expected requests of a scenario in each hour of the week, by simulation.
//!
//! The path of a message does not show its kind, so the number of state messages is the number of
//! all messages minus that of the other kinds, which must be known accurately. The scenario is
//! therefore simulated for a week from Monday, 00:00, with regular tasks only: without deployments,
//! notifications, open sources, disruptions and notification channels. At most [`CLIENTS`] clients
//! are simulated, and their requests are scaled to the number of clients of the scenario.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::ids::SiteSystemId;
use crate::base::{Bytes, IdVec, SimDuration, UtcOffsets};
use crate::experiment::{Follow, RowSink, RunError, Watch};
use crate::logs::HOURS_OF_WEEK;
use crate::logs::iis::Row;
use crate::model::Config;
use crate::model::config::Message;
use crate::results::ScenarioInfo;
use crate::results::store::StoreError;
use crate::terms::{PerKind, RequestKind};
use crate::trace::Wanted;

/// The number of clients that are simulated: as many weeks of smaller sites as necessary, but at
/// most [`WEEKS_MAX`].
const CLIENTS: u64 = 10_000;
/// The largest number of simulated weeks.
const WEEKS_MAX: u32 = 8;
const DAY: u64 = 86_400;

/// Requests per hour of the week at all site systems.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    rows: PerKind<Vec<f64>>,
}

impl Expected {
    /// Simulates a week of a scenario. Returns `None` if the watch stopped the simulation.
    ///
    /// # Errors
    /// The errors of [`crate::experiment::run`].
    pub(super) fn simulate(config: &Config, watch: &dyn Watch) -> Result<Option<Self>, RunError> {
        let (week, factor) = week_of(config);
        let weeks = CLIENTS.div_ceil(week.clients().max(1)).min(u64::from(WEEKS_MAX)) as u32;
        let counted = Counted::default();
        for replication in 0..weeks {
            let rows = Box::new(Counter {
                counted: counted.clone(),
                warm_up_s: week.warm_up.as_seconds() as i64,
            });
            let follow = Follow::new(Wanted::default(), Box::new(io::sink())).with_site_log(rows);
            let info = ScenarioInfo { replication, ..ScenarioInfo::default() };
            match follow.run(&week, &info, watch) {
                Ok(result) if result.is_complete => {}
                Ok(_) | Err(RunError::NoMeasurement) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        let scale = factor / f64::from(weeks);
        let rows = |kind: RequestKind| -> Vec<f64> {
            let own = &counted[kind as usize * HOURS_OF_WEEK..][..HOURS_OF_WEEK];
            own.iter().map(|rows| *rows as f64 * scale).collect()
        };
        Ok(Some(Expected { rows: PerKind::from_fn(rows) }))
    }

    /// Returns the expected number of requests of a kind in a part of an hour of the week.
    pub(super) fn rows(&self, kind: RequestKind, hour: usize, covered_s: f64) -> f64 {
        self.rows[kind].get(hour).map_or(0.0, |rows| rows * covered_s / 3600.0)
    }

    /// Adds requests of a kind to an hour of the week.
    pub(super) fn add(&mut self, kind: RequestKind, hour: usize, rows: f64) {
        if let Some(own) = self.rows[kind].get_mut(hour) {
            *own += rows;
        }
    }

    /// Returns the expected number of requests of a kind per week.
    pub(super) fn per_week(&self, kind: RequestKind) -> f64 {
        self.rows[kind].iter().sum()
    }
}

/// Requests by kind and hour of the week.
type Counted = Arc<Mutex<Counts>>;

#[derive(Debug)]
struct Counts(Vec<u64>);

impl Default for Counts {
    fn default() -> Self {
        Counts(vec![0; RequestKind::ALL.len() * HOURS_OF_WEEK])
    }
}

impl std::ops::Deref for Counts {
    type Target = [u64];
    fn deref(&self) -> &[u64] {
        &self.0
    }
}

/// Counts the rows of the simulated logs.
struct Counter {
    counted: Counted,
    warm_up_s: i64,
}

impl RowSink for Counter {
    fn write(&mut self, _: SiteSystemId, row: &Row) -> Result<(), StoreError> {
        let hour = usize::try_from((row.unix_s - self.warm_up_s) / 3600).unwrap_or(usize::MAX);
        let kind = usize::try_from(row.received_bytes).unwrap_or(usize::MAX);
        if hour < HOURS_OF_WEEK && kind < RequestKind::ALL.len() {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.0[kind * HOURS_OF_WEEK + hour] += 1;
        }
        Ok(())
    }
}

/// Returns the configuration of the simulated week, and the number of clients of the scenario
/// divided by the number of simulated clients. The bytes of a request are the number of its kind,
/// by which [`Counter`] recognises it.
fn week_of(config: &Config) -> (Config, f64) {
    let mut week = config.clone();
    let measured_from = config.measured_from().as_nanos() as i64;
    let offset_s = |offsets: &UtcOffsets| (offsets.at(measured_from) / 1_000_000_000) as i32;
    let utc_offset = offset_s(&config.utc_offsets);
    week.warm_up = SimDuration::from_seconds(DAY);
    week.duration = SimDuration::from_seconds(7 * DAY);
    week.interval = SimDuration::from_seconds(3600);
    // The warm-up starts on Sunday, 00:00, in civil time.
    let sunday = 6 * DAY as i64 - i64::from(utc_offset);
    week.week_offset = SimDuration::from_seconds(sunday.rem_euclid(7 * DAY as i64) as u64);
    week.start_unix_s = 0;
    week.utc_offsets = UtcOffsets::constant(utc_offset);
    week.sources = IdVec::new();
    week.deployments = IdVec::new();
    week.notifications = IdVec::new();
    week.disruptions = IdVec::new();
    let all = config.clients().max(1);
    let share = (CLIENTS as f64 / all as f64).min(1.0);
    for cohort in week.cohorts.iter_mut() {
        cohort.clients = ((f64::from(cohort.clients) * share).round() as u32).max(1);
        cohort.utc_offsets = UtcOffsets::constant(offset_s(&cohort.utc_offsets));
        cohort.channel = None;
        cohort.registration.registered_share = 1.0;
        cohort.messages = PerKind::from_fn(|kind| Message {
            request: Bytes::new(kind as u64),
            response: Bytes::new(1),
        });
    }
    let factor = all as f64 / week.clients().max(1) as f64;
    (week, factor)
}
