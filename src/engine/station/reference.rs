//! A slow reference station for tests. It iterates over all jobs at every step.

use crate::base::{SimDuration, SimTime};

/// Station with first-in-first-out or processor-sharing discipline. It computes times in fractions
/// of nanoseconds (`f64`).
pub(super) struct ReferenceStation {
    pub servers: usize,
    pub available: usize,
    pub is_sharing: bool,
    pub limit: Option<usize>,
    /// Jobs with their remaining demand in order of arrival; interrupted jobs keep their position.
    jobs: Vec<(u32, f64)>,
    now: f64,
}

impl ReferenceStation {
    pub fn new(servers: usize, is_sharing: bool, limit: Option<usize>) -> Self {
        ReferenceStation {
            servers,
            available: servers,
            is_sharing,
            limit,
            jobs: Vec::new(),
            now: 0.0,
        }
    }

    fn rate(&self, index: usize) -> f64 {
        if self.is_sharing {
            (self.available as f64 / self.jobs.len() as f64).min(1.0)
        } else if index < self.available {
            1.0
        } else {
            0.0
        }
    }

    /// Advances time to `until`. Returns the completed jobs with their completion times.
    pub fn pass(&mut self, until: SimTime) -> Vec<(u32, f64)> {
        let until = until.as_nanos() as f64;
        let mut done = Vec::new();
        loop {
            let next = (0..self.jobs.len())
                .filter(|index| self.rate(*index) > 0.0)
                .map(|index| self.now + self.jobs[index].1.max(0.0) / self.rate(index))
                .fold(f64::INFINITY, f64::min);
            let to = next.min(until);
            let rates: Vec<f64> = (0..self.jobs.len()).map(|index| self.rate(index)).collect();
            for (job, rate) in self.jobs.iter_mut().zip(rates) {
                job.1 -= rate * (to - self.now);
            }
            self.now = to;
            if next > until {
                return done;
            }
            let index = (0..self.jobs.len())
                .find(|index| self.rate(*index) > 0.0 && self.jobs[*index].1 < 1e-3);
            if let Some(index) = index {
                done.push((self.jobs.remove(index).0, self.now));
            }
        }
    }

    pub fn arrive(&mut self, job: u32, demand: SimDuration) -> bool {
        let beyond = (self.jobs.len() + 1).saturating_sub(self.servers);
        if self.limit.is_some_and(|limit| beyond > limit) {
            return false;
        }
        self.jobs.push((job, demand.as_nanos() as f64));
        true
    }

    pub fn clear(&mut self) {
        self.jobs.clear();
    }
}
