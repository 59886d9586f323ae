//! Sites at run time: their site systems (worker cores, then database and disk) and the line to
//! Azure.

use crate::base::ids::StationId;
use crate::base::{SimDuration, SimTime};
use crate::engine::TimeAverage;

use super::tallied::Tallied;

/// A management point or software update point.
#[derive(Clone, Debug)]
pub struct SiteSystem {
    /// Its worker cores.
    pub workers: StationId,
    /// Database and disk: a delay nobody queues for.
    pub database: StationId,
    /// Causes for which it is down; up if none.
    pub outages: u32,
    /// Causes for which it cannot reach the identity provider.
    pub identity_outages: u32,
    /// 1 while up.
    pub up: TimeAverage,
    /// By what its service times are multiplied now.
    pub slower: Factors,
    /// Clients that use it, on or off.
    pub assigned: TimeAverage,
    /// The same in thousandths of clients with default settings, see
    /// [`Cohort::weight`](super::config::Cohort::weight).
    pub assigned_weighted: TimeAverage,
    /// Clients that use it and are on.
    pub clients_on: TimeAverage,
    /// Requests refused with 503 since the last reset.
    pub refused: u64,
}

/// A primary site.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Added to each round trip between Azure and the site now.
    pub added_delay: SimDuration,
}

/// Factors of disruptions that are under way at the same time; they multiply.
#[derive(Clone, Debug, Default)]
pub struct Factors(Vec<f64>);

impl Factors {
    /// One more.
    pub fn add(&mut self, factor: f64) {
        self.0.push(factor);
    }

    /// One less.
    pub fn remove(&mut self, factor: f64) {
        if let Some(place) = self.0.iter().position(|own| *own == factor) {
            self.0.remove(place);
        }
    }

    /// Their product: one if there is none.
    pub fn product(&self) -> f64 {
        self.0.iter().product()
    }
}

impl Tallied for SiteSystem {
    fn reset(&mut self, now: SimTime) {
        let SiteSystem {
            workers: _,
            database: _,
            outages: _,
            identity_outages: _,
            up,
            slower: _,
            assigned,
            assigned_weighted,
            clients_on,
            refused,
        } = self;
        up.reset(now);
        assigned.reset(now);
        assigned_weighted.reset(now);
        clients_on.reset(now);
        refused.reset(now);
    }
}
