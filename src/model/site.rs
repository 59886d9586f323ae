//! Sites at run time: their site systems (worker cores, then database and disk) and the WAN line to
//! Azure.

use crate::base::ids::StationId;
use crate::base::{SimDuration, SimTime};
use crate::engine::TimeAverage;

use super::tallied::Tallied;

/// A management point or software update point at run time.
#[derive(Clone, Debug)]
pub struct SiteSystem {
    /// Station of its worker cores.
    pub workers: StationId,
    /// Station of database and disk: a delay without a queue.
    pub database: StationId,
    /// Number of current causes of an outage; zero while it is up.
    pub outages: u32,
    /// Number of current reasons why the site system cannot reach the identity provider.
    pub identity_outages: u32,
    /// 1 while up, else 0.
    pub up: TimeAverage,
    /// Factors by which its service times are currently multiplied.
    pub slower: Factors,
    /// Number of clients that use the site system, whether they are on or off.
    pub assigned: TimeAverage,
    /// Number of clients that use the site system, in thousandths of clients with default settings;
    /// see [`Cohort::weight`](super::config::Cohort::weight).
    pub assigned_weighted: TimeAverage,
    /// Number of clients that use the site system and are on.
    pub clients_on: TimeAverage,
    /// Number of requests refused with 503 since the last reset.
    pub refused: u64,
}

/// A primary site at run time.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Delay currently added to each round trip between Azure and the site.
    pub added_delay: SimDuration,
}

/// Factors of disruptions that are in progress at the same time; they multiply.
#[derive(Clone, Debug, Default)]
pub struct Factors(Vec<f64>);

impl Factors {
    /// Adds a factor.
    pub fn add(&mut self, factor: f64) {
        self.0.push(factor);
    }

    /// Removes a factor.
    pub fn remove(&mut self, factor: f64) {
        if let Some(place) = self.0.iter().position(|own| *own == factor) {
            self.0.remove(place);
        }
    }

    /// Returns the product of the factors, which is one if there are none.
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
