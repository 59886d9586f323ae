//! Processor sharing on c cores: all jobs receive equal shares, and no job receives more than one
//! core.
//!
//! Virtual time (Parekh, Gallager 1993) is the service that one continuously present job would have
//! received. The tag of a job is the virtual time of its arrival plus its demand; the job completes
//! when virtual time reaches its tag. Jobs therefore complete in the order of their tags, and an
//! arrival or departure costs one heap operation. Virtual time is a fixed-point number, so results
//! do not depend on rounding modes. A job that is alone completes at the exact nanosecond.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Admission, Books, Departure};
use crate::base::{SimDuration, SimTime};

/// Fractional bits of virtual nanoseconds.
const FRACTION: u32 = 32;

#[derive(Clone, Debug)]
pub(super) struct Sharing {
    cores: u32,
    available: u32,
    queue_limit: Option<u32>,
    jobs: BinaryHeap<Reverse<Job>>,
    /// Virtual time at `updated`; it restarts at zero when the station is empty.
    clock: u128,
    updated: SimTime,
    /// Virtual time at the last reset of the statistics.
    clock_at_reset: u128,
    wakes_at: SimTime,
    arrivals: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Job {
    /// Virtual time of completion. Jobs with equal tags complete in order of arrival.
    tag: u128,
    number: u64,
    job: u32,
    arrived: SimTime,
    demand: SimDuration,
}

impl Sharing {
    pub(super) fn new(cores: u32, queue_limit: Option<u32>) -> Self {
        Sharing {
            cores,
            available: cores,
            queue_limit,
            jobs: BinaryHeap::new(),
            clock: 0,
            updated: SimTime::ZERO,
            clock_at_reset: 0,
            wakes_at: SimTime::NEVER,
            arrivals: 0,
        }
    }

    /// Returns virtual time at `now` if no job arrives or departs until then.
    fn clock_at(&self, now: SimTime) -> u128 {
        let passed = u128::from(now.since(self.updated).as_nanos()) << FRACTION;
        let (count, available) = (self.jobs.len() as u128, u128::from(self.available));
        match count {
            0 => 0,
            _ if count <= available => self.clock + passed,
            _ => self.clock + passed * available / count,
        }
    }

    /// Advances virtual time to `now`. Each call rounds virtual time down, which can delay the next
    /// completion. If jobs remain, the caller must therefore call [`Sharing::schedule_next`]
    /// afterwards. Use [`Sharing::clock_at`] to read virtual time without advancing it.
    fn advance(&mut self, now: SimTime) {
        self.clock = self.clock_at(now);
        self.updated = now;
        if self.jobs.is_empty() {
            self.clock_at_reset = 0;
        }
    }

    /// Schedules a timer for the completion of the first job.
    fn schedule_next(&mut self, now: SimTime, schedule: &mut impl FnMut(SimTime, u32)) {
        let (count, available) = (self.jobs.len() as u128, u128::from(self.available));
        let next = match self.jobs.peek() {
            Some(Reverse(first)) if available > 0 => {
                let left = first.tag.saturating_sub(self.clock);
                let virtual_left =
                    if count <= available { left } else { (left * count).div_ceil(available) };
                let nanos = virtual_left.div_ceil(1 << FRACTION);
                now + SimDuration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            _ => SimTime::NEVER,
        };
        if next != self.wakes_at {
            self.wakes_at = next;
            if next != SimTime::NEVER {
                schedule(next, 0);
            }
        }
    }

    fn note_busy(&mut self, now: SimTime, books: &mut Books) {
        let busy = (self.jobs.len() as u64).min(u64::from(self.available));
        if busy != books.busy.level() {
            books.busy.set(now, busy);
        }
    }

    #[inline]
    pub(super) fn arrive(
        &mut self,
        now: SimTime,
        job: u32,
        demand: SimDuration,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) -> Admission {
        let beyond = (self.jobs.len() + 1).saturating_sub(self.cores as usize);
        if self.queue_limit.is_some_and(|limit| beyond > limit as usize) {
            return Admission::Refused;
        }
        self.advance(now);
        let has_core = self.jobs.len() < self.available as usize;
        self.arrivals += 1;
        let tag = self.clock + (u128::from(demand.as_nanos()) << FRACTION);
        self.jobs.push(Reverse(Job { tag, number: self.arrivals, job, arrived: now, demand }));
        self.note_busy(now, books);
        self.schedule_next(now, schedule);
        if has_core { Admission::Started } else { Admission::Waiting { ticket: 0 } }
    }

    #[inline]
    pub(super) fn wake(
        &mut self,
        now: SimTime,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) -> Option<Departure> {
        if self.wakes_at != now {
            return None;
        }
        self.wakes_at = SimTime::NEVER;
        self.advance(now);
        let Reverse(job) = *self.jobs.peek()?;
        debug_assert!(job.tag <= self.clock, "the timer is not early");
        self.jobs.pop();
        let served = self.served_nanos(&job, job.tag);
        self.note_busy(now, books);
        books.note_exit(now, job.arrived, served);
        self.schedule_next(now, schedule);
        Some(books.note_completion(now, job.job, job.arrived, job.demand))
    }

    /// Returns the service that a job has received between the last reset and the virtual time
    /// `clock`.
    fn served_nanos(&self, job: &Job, clock: u128) -> u64 {
        let began = job.tag - (u128::from(job.demand.as_nanos()) << FRACTION);
        (clock.saturating_sub(began.max(self.clock_at_reset)) >> FRACTION) as u64
    }

    pub(super) fn clear(&mut self, now: SimTime, books: &mut Books, lost: &mut Vec<u32>) {
        self.advance(now);
        let mut jobs: Vec<Job> = self.jobs.drain().map(|Reverse(job)| job).collect();
        jobs.sort_unstable_by_key(|job| job.number);
        for job in jobs {
            let served = self.served_nanos(&job, job.tag.min(self.clock));
            books.note_exit(now, job.arrived, served);
            books.tally.cleared += 1;
            lost.push(job.job);
        }
        self.note_busy(now, books);
        self.wakes_at = SimTime::NEVER;
    }

    pub(super) fn set_available(
        &mut self,
        now: SimTime,
        available: u32,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        self.advance(now);
        self.available = available;
        self.note_busy(now, books);
        self.schedule_next(now, schedule);
    }

    /// Returns the service time and the time in system, in nanoseconds, that the jobs now in the
    /// station have accumulated since the last reset.
    pub(super) fn in_progress(&self, now: SimTime, reset_at: SimTime) -> (u128, u128) {
        let clock = self.clock_at(now);
        let (mut served, mut present) = (0, 0);
        for Reverse(job) in &self.jobs {
            served += u128::from(self.served_nanos(job, clock.min(job.tag)));
            present += u128::from(now.since(job.arrived.max(reset_at)).as_nanos());
        }
        (served, present)
    }

    pub(super) fn reset_statistics(&mut self, now: SimTime) {
        self.clock_at_reset = self.clock_at(now);
    }
}
