//! Stations: servers, a queue, a discipline. First-in-first-out with c servers, processor sharing
//! on c cores (one job uses one core at most), or unlimited servers.
//!
//! A station knows jobs by a `u32` its owner chooses, and asks its owner to wake it: every method
//! that may start service takes `schedule(at, timer)`; the owner calls [`Station::wake`] with that
//! timer at that time. Timers that have become meaningless are recognised and ignored.

mod fifo;
#[cfg(test)]
mod reference;
mod sharing;
#[cfg(test)]
mod tests;

use super::{LatencyHistogram, TimeAverage};
use crate::base::{SimDuration, SimTime};
use fifo::Fifo;
use sharing::Sharing;

/// How many servers a station has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// This many, at least one.
    Limited(u32),
    /// As many as there are jobs: nobody ever waits.
    Unlimited,
}

/// In which order jobs are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// First in, first out.
    Fifo,
    /// All jobs at once, sharing the cores equally, none using more than one core.
    ProcessorSharing,
}

/// What a station is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StationConfig {
    /// Servers or cores.
    pub servers: Servers,
    /// Order of service; without meaning for unlimited servers.
    pub discipline: Discipline,
    /// How many jobs may wait (not counting those in service); `None` is no limit. Under
    /// processor sharing: how many jobs beyond the number of cores may be present.
    pub queue_limit: Option<u32>,
}

/// What happened to a job that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Its service has begun.
    Started,
    /// It waits in the queue. With this number it can leave ([`Station::leave_queue`]).
    Waiting {
        /// The place it has drawn.
        ticket: u64,
    },
    /// The queue was full; the station has forgotten it.
    Refused,
}

/// A job that has been served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The owner's number of the job.
    pub job: u32,
    /// Time from arrival to departure not spent in service.
    pub waited: SimDuration,
    /// Time from arrival to departure.
    pub response_time: SimDuration,
}

/// Everything a station counted since the start or the last reset.
#[derive(Clone, Debug)]
pub struct StationTally {
    /// Jobs that were there at the start or the last reset.
    pub present_at_start: u64,
    /// Jobs that came, refused ones included.
    pub arrivals: u64,
    /// Jobs refused because the queue was full.
    pub refused: u64,
    /// Admitted jobs that had to wait.
    pub delayed: u64,
    /// Jobs served to the end.
    pub completed: u64,
    /// Jobs that left the queue unserved ([`Station::leave_queue`]).
    pub left: u64,
    /// Jobs removed by [`Station::clear`].
    pub cleared: u64,
    /// Waiting times of completed jobs.
    pub waits: LatencyHistogram,
    /// Times from arrival to departure of completed jobs.
    pub response_times: LatencyHistogram,
    /// Service time given to jobs, in core-nanoseconds, counted job by job when a job leaves
    /// (completed, cleared), clipped to the time since the last reset; jobs still present are
    /// added by [`Station::tally`].
    pub served_nanos: u128,
    /// The same for the time present at the station (waiting and service, all admitted jobs).
    pub present_nanos: u128,
}

/// A station with its jobs and its statistics.
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

/// The statistics, kept by the station for its jobs whatever the discipline.
#[derive(Clone, Debug)]
struct Books {
    present: TimeAverage,
    busy: TimeAverage,
    tally: StationTally,
    reset_at: SimTime,
}

impl Station {
    /// Memory that a job takes, at most.
    pub const BYTES_PER_JOB: usize = 64;

    /// An idle station.
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

    /// A job arrives that needs `demand` of service.
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

    /// A timer rings. Returns the job whose service has ended, if one has. When several end at
    /// the same time under processor sharing, each has a timer of its own.
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

    /// The job whose service a timer ends, or was the last to end: good for looking ahead, as it
    /// may have gone. `None` under processor sharing, where timers belong to no job.
    #[inline]
    pub fn job(&self, timer: u32) -> Option<u32> {
        match &self.jobs {
            Jobs::Fifo(jobs) => jobs.job(timer),
            Jobs::Sharing(_) => None,
        }
    }

    /// A waiting job gives up. False if it does not wait here (any more), and always under
    /// processor sharing, where everybody is served from the start.
    pub fn leave_queue(&mut self, now: SimTime, job: u32, ticket: u64) -> bool {
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.leave_queue(now, job, ticket, &mut self.books),
            Jobs::Sharing(_) => false,
        }
    }

    /// All jobs are lost (crash): they are appended to `lost`, in no order one may rely on but
    /// always the same.
    pub fn clear(&mut self, now: SimTime, lost: &mut Vec<u32>) {
        match &mut self.jobs {
            Jobs::Fifo(jobs) => jobs.clear(now, &mut self.books, lost),
            Jobs::Sharing(jobs) => jobs.clear(now, &mut self.books, lost),
        }
    }

    /// From now on service takes `pace` times as long: that of jobs which begin to be served, or
    /// which arrive where all are served at once. A job in service goes on as it began.
    pub fn set_pace(&mut self, pace: f64) {
        self.pace = pace;
        if let Jobs::Fifo(jobs) = &mut self.jobs {
            jobs.set_pace(pace);
        }
    }

    /// From now on `available` of the configured servers work (0: frozen). Jobs whose server
    /// stops go back to the head of the queue and later resume where they were, before anybody
    /// else. Unlimited servers are frozen by 0 and work for anything else.
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

    /// Servers configured; `None` if unlimited.
    pub fn servers(&self) -> Option<u32> {
        match self.config.servers {
            Servers::Limited(servers) => Some(servers),
            Servers::Unlimited => None,
        }
    }

    /// Jobs waiting now.
    pub fn waiting(&self) -> u64 {
        self.books.present.level() - self.books.busy.level()
    }

    /// Jobs present over time (waiting and in service).
    pub fn present(&self) -> &TimeAverage {
        &self.books.present
    }

    /// Busy servers over time; under processor sharing, cores in use.
    pub fn busy(&self) -> &TimeAverage {
        &self.books.busy
    }

    /// Time average of waiting jobs: those present less those being served.
    pub fn queue_length_mean(&self, now: SimTime) -> f64 {
        let waiting = self.books.present.integral(now) - self.books.busy.integral(now);
        match now.since(self.books.reset_at).as_nanos() {
            0 => 0.0,
            nanos => waiting as f64 / nanos as f64,
        }
    }

    /// Everything counted up to `now`, jobs still present included in the two sums of time.
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

    /// By how many core-nanoseconds the two sides of the utilisation law may differ: nothing,
    /// but under processor sharing where each job's end and its service are rounded to whole
    /// nanoseconds.
    pub fn rounding_nanos(&self) -> u128 {
        match self.jobs {
            Jobs::Fifo(_) => 0,
            Jobs::Sharing(_) => {
                let tally = &self.books.tally;
                2 * u128::from(tally.completed + tally.cleared + self.books.present.level() + 1)
            }
        }
    }

    /// Forgets the statistics, keeps the jobs: end of the warm-up.
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

    /// A job has left: the part of its stay since the last reset, and of the service it got.
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
    /// Claims a nanosecond of presence that never was: for tests of the audit.
    #[doc(hidden)]
    pub fn falsify_response_time(&mut self) {
        self.books.tally.present_nanos += 1;
    }
}
