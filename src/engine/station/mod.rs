//! Stations consist of servers, a queue and a discipline: first in, first out with c servers,
//! processor sharing on c cores (a job uses at most one core), or unlimited servers.
//!
//! A job is a `u32` that the owner of the station chooses. Every method that can start service
//! takes `schedule(at, timer)`, and the owner calls [`Station::wake`] with that timer at that time.
//! The station recognises and ignores stale timers.

mod fifo;
#[cfg(test)]
mod reference;
mod sharing;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{LatencyHistogram, TimeAverage};
use crate::base::{SimDuration, SimTime};
use fifo::Fifo;
use sharing::Sharing;

/// The number of servers of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Servers {
    /// A fixed number of servers, at least one.
    Limited(u32),
    /// One server per job; no job ever waits.
    Unlimited,
}

/// The order in which jobs are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discipline {
    /// First in, first out.
    Fifo,
    /// All jobs share the cores equally; a job uses at most one core.
    ProcessorSharing,
}

/// The configuration of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StationConfig {
    /// Number of servers or cores.
    pub servers: Servers,
    /// Order of service; ignored if the number of servers is unlimited.
    pub discipline: Discipline,
    /// Maximum number of waiting jobs, without those in service; `None` if unlimited. Under
    /// processor sharing, the maximum number of jobs in the station beyond the number of cores.
    pub queue_limit: Option<u32>,
}

/// The outcome of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Service has started.
    Started,
    /// The job waits in the queue. It can leave with this ticket ([`Station::leave_queue`]).
    Waiting {
        /// The ticket of the queue entry.
        ticket: u64,
    },
    /// The queue was full, and the station did not accept the job.
    Refused,
}

/// A job whose service has completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The number that the owner gave the job.
    pub job: u32,
    /// Time from arrival to departure minus the service time.
    pub waited: SimDuration,
    /// Time from arrival to departure.
    pub response_time: SimDuration,
}

/// Statistics of a station since the start or the last reset.
#[derive(Clone, Debug)]
pub struct StationTally {
    /// Jobs in the station at the start or the last reset.
    pub present_at_start: u64,
    /// Jobs that arrived, including refused ones.
    pub arrivals: u64,
    /// Jobs refused because the queue was full.
    pub refused: u64,
    /// Admitted jobs that did not start at once.
    pub delayed: u64,
    /// Jobs whose service completed.
    pub completed: u64,
    /// Jobs that left the queue without completing service ([`Station::leave_queue`]).
    pub left: u64,
    /// Jobs removed by [`Station::clear`].
    pub cleared: u64,
    /// Waiting times of completed jobs.
    pub waits: LatencyHistogram,
    /// Response times (arrival to departure) of completed jobs.
    pub response_times: LatencyHistogram,
    /// Service time in core-nanoseconds since the last reset. It is counted when a job leaves
    /// (completed or cleared); [`Station::tally`] adds the jobs still in the station.
    pub served_nanos: u128,
    /// Time in system (waiting and service) in nanoseconds since the last reset, counted in the
    /// same way for all admitted jobs.
    pub present_nanos: u128,
}

/// A station with its jobs and statistics.
#[derive(Clone, Debug)]
pub struct Station {
    config: StationConfig,
    jobs: Jobs,
    books: Books,
    pace: f64,
}

#[derive(Clone, Debug)]
enum Jobs {
    Fifo(Fifo),
    Sharing(Sharing),
}

/// Statistics of a station, independent of the discipline.
#[derive(Clone, Debug)]
struct Books {
    present: TimeAverage,
    busy: TimeAverage,
    tally: StationTally,
    reset_at: SimTime,
}

impl Station {
    /// Maximum memory per job, in bytes.
    pub const BYTES_PER_JOB: usize = 64;

    /// Creates an idle station.
    pub fn new(config: StationConfig) -> Self {
        let jobs = match (config.servers, config.discipline) {
            (Servers::Limited(cores), Discipline::ProcessorSharing) => {
                Jobs::Sharing(Sharing::new(cores, config.queue_limit))
            }
            (Servers::Limited(servers), Discipline::Fifo) => {
                Jobs::Fifo(Fifo::new(servers, config.queue_limit))
            }
            (Servers::Unlimited, _) => Jobs::Fifo(Fifo::new(u32::MAX, None)),
        };
        Station { config, jobs, books: Books::new(), pace: 1.0 }
    }

    /// Adds a job that needs `demand` of service time.
    #[inline]
    pub fn arrive(
        &mut self,
        now: SimTime,
        job: u32,
        demand: SimDuration,
        schedule: &mut impl FnMut(SimTime, u32),
    ) -> Admission {
        let admission = match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.arrive(now, job, demand, &mut self.books, schedule),
            Jobs::Sharing(jobs) => {
                let demand = if self.pace == 1.0 { demand } else { demand.scaled(self.pace) };
                jobs.arrive(now, job, demand, &mut self.books, schedule)
            }
        };
        self.books.note_arrival(now, admission);
        admission
    }

    /// Handles a timer. Returns the completed job, if any. If several jobs complete at the same
    /// time under processor sharing, each has its own timer.
    #[inline]
    pub fn wake(
        &mut self,
        now: SimTime,
        timer: u32,
        schedule: &mut impl FnMut(SimTime, u32),
    ) -> Option<Departure> {
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.wake(now, timer, &mut self.books, schedule),
            Jobs::Sharing(jobs) => jobs.wake(now, &mut self.books, schedule),
        }
    }

    /// Returns the job that the timer completes, or the last job that it completed; use it only for
    /// prefetching. Returns `None` under processor sharing, where timers do not belong to jobs.
    #[inline]
    pub fn job(&self, timer: u32) -> Option<u32> {
        match &self.jobs {
            Jobs::Fifo(jobs) => jobs.job(timer),
            Jobs::Sharing(_) => None,
        }
    }

    /// Removes a waiting job. Returns false if the job is not in the queue, and always under
    /// processor sharing, where every job is in service.
    pub fn leave_queue(&mut self, now: SimTime, job: u32, ticket: u64) -> bool {
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.leave_queue(now, job, ticket, &mut self.books),
            Jobs::Sharing(_) => false,
        }
    }

    /// Removes all jobs, as a crash does, and appends them to `lost` in an order that is not
    /// specified, but the same in every run.
    pub fn clear(&mut self, now: SimTime, lost: &mut Vec<u32>) {
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.clear(now, &mut self.books, lost),
            Jobs::Sharing(jobs) => jobs.clear(now, &mut self.books, lost),
        }
    }

    /// Sets the factor by which service times are multiplied. Under first in, first out, it applies
    /// to jobs that start service from now on; under processor sharing, to jobs that arrive from
    /// now on. Jobs in service keep their service time.
    pub fn set_pace(&mut self, pace: f64) {
        self.pace = pace;
        if let Jobs::Fifo(jobs) = &mut self.jobs {
            jobs.set_pace(pace);
        }
    }

    /// Sets the number of working servers, up to the configured number; 0 freezes the station. Jobs
    /// on stopped servers return to the head of the queue and later resume first. Unlimited servers
    /// are frozen by 0; any other value lets them all work.
    pub fn set_available(
        &mut self,
        now: SimTime,
        available: u32,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        let available = match self.config.servers {
            Servers::Limited(servers) => available.min(servers),
            Servers::Unlimited if available > 0 => u32::MAX,
            Servers::Unlimited => 0,
        };
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.set_available(now, available, &mut self.books, schedule),
            Jobs::Sharing(jobs) => jobs.set_available(now, available, &mut self.books, schedule),
        }
    }

    /// Returns the number of configured servers; `None` if unlimited.
    pub fn servers(&self) -> Option<u32> {
        match self.config.servers {
            Servers::Limited(servers) => Some(servers),
            Servers::Unlimited => None,
        }
    }

    /// Returns the number of waiting jobs.
    pub fn waiting(&self) -> u64 {
        self.books.present.level() - self.books.busy.level()
    }

    /// Returns the number of jobs in the station (waiting and in service) over time.
    pub fn present(&self) -> &TimeAverage {
        &self.books.present
    }

    /// Returns the number of busy servers over time; under processor sharing, the number of cores
    /// in use.
    pub fn busy(&self) -> &TimeAverage {
        &self.books.busy
    }

    /// Returns the time average of the queue length: jobs in the station minus jobs in service.
    pub fn queue_length_mean(&self, now: SimTime) -> f64 {
        let waiting = self.books.present.integral(now) - self.books.busy.integral(now);
        match now.since(self.books.reset_at).as_nanos() {
            0 => 0.0,
            nanos => waiting as f64 / nanos as f64,
        }
    }

    /// Returns the statistics up to `now`. Service time and time in system include the jobs still
    /// in the station.
    pub fn tally(&self, now: SimTime) -> StationTally {
        let mut tally = self.books.tally.clone();
        let (served, present) = match &self.jobs {
            Jobs::Fifo(jobs) => jobs.in_progress(now, self.books.reset_at),
            Jobs::Sharing(jobs) => jobs.in_progress(now, self.books.reset_at),
        };
        tally.served_nanos += served;
        tally.present_nanos += present;
        tally
    }

    /// Returns the tolerance for the check of the utilisation law, in core-nanoseconds. It is zero
    /// except under processor sharing, which rounds completion and service time of each job to
    /// whole nanoseconds.
    pub fn rounding_nanos(&self) -> u128 {
        match self.jobs {
            Jobs::Fifo(_) => 0,
            Jobs::Sharing(_) => {
                let tally = &self.books.tally;
                2 * u128::from(tally.completed + tally.cleared + self.books.present.level() + 1)
            }
        }
    }

    /// Resets the statistics at the end of the warm-up, but keeps the jobs.
    pub fn reset_statistics(&mut self, now: SimTime) {
        self.books.reset(now);
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.reset_statistics(),
            Jobs::Sharing(jobs) => jobs.reset_statistics(now),
        }
    }
}

impl Books {
    fn new() -> Self {
        Books {
            present: TimeAverage::new(),
            busy: TimeAverage::new(),
            tally: StationTally {
                present_at_start: 0,
                arrivals: 0,
                refused: 0,
                delayed: 0,
                completed: 0,
                left: 0,
                cleared: 0,
                waits: LatencyHistogram::new(),
                response_times: LatencyHistogram::new(),
                served_nanos: 0,
                present_nanos: 0,
            },
            reset_at: SimTime::ZERO,
        }
    }

    fn reset(&mut self, now: SimTime) {
        let (mut present, mut busy) = (self.present.clone(), self.busy.clone());
        present.reset(now);
        busy.reset(now);
        let present_at_start = present.level();
        *self = Books { present, busy, reset_at: now, ..Books::new() };
        self.tally.present_at_start = present_at_start;
    }

    #[inline]
    fn note_arrival(&mut self, now: SimTime, admission: Admission) {
        self.tally.arrivals += 1;
        match admission {
            Admission::Started => self.present.add(now, 1),
            Admission::Waiting { .. } => {
                self.tally.delayed += 1;
                self.present.add(now, 1);
            }
            Admission::Refused => self.tally.refused += 1,
        }
    }

    /// Records that a job leaves, with its time in system and its service since the last reset.
    #[inline]
    fn note_exit(&mut self, now: SimTime, arrived: SimTime, served_nanos: u64) {
        self.present.subtract(now, 1);
        self.tally.present_nanos += u128::from(now.since(arrived.max(self.reset_at)).as_nanos());
        self.tally.served_nanos += u128::from(served_nanos);
    }

    #[inline]
    fn note_completion(
        &mut self,
        now: SimTime,
        job: u32,
        arrived: SimTime,
        demand: SimDuration,
    ) -> Departure {
        let response_time = now - arrived;
        let waited = response_time.saturating_sub(demand);
        self.tally.completed += 1;
        self.tally.waits.record(waited);
        self.tally.response_times.record(response_time);
        Departure { job, waited, response_time }
    }
}

impl Station {
    /// Adds one nanosecond too many to the time in system, to test the audit.
    #[doc(hidden)]
    pub fn falsify_response_time(&mut self) {
        self.books.tally.present_nanos += 1;
    }
}
