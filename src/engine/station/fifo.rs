//! First in, first out, with any number of servers, an optional queue limit, and servers that can
//! stop.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::{Admission, Books, Departure};
use crate::base::{SimDuration, SimTime};

/// Jobs in service have numbered slots, and the slot number is the timer. A timer is valid if its
/// slot is occupied and the job in that slot ends now. A stale timer of an interrupted job can
/// complete the slot's new job only at the time at which the new job ends. This is correct: the new
/// job's own timer later finds the slot free.
#[derive(Clone, Debug)]
pub(super) struct Fifo {
    available: u32,
    queue_limit: Option<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    in_service: u32,
    /// Waiting jobs; `None` marks a job that has left the queue.
    queue: VecDeque<Option<Job>>,
    /// Ticket of the first queue entry; the following entries have consecutive tickets.
    head: u64,
    /// Number of waiting jobs, without those that left.
    waiting: u32,
    /// Number of service starts so far. Each start gets this number, so that the job that started
    /// last is interrupted first.
    starts: u64,
    /// Factor by which the service times of jobs that start now are multiplied.
    pace: f64,
}

/// The last finite time; the next nanosecond is [`SimTime::NEVER`].
const LAST: SimTime = SimTime::from_nanos(SimTime::NEVER.as_nanos() - 1);

/// Initial ticket, far above zero, because an interrupted job gets a lower ticket than the first
/// waiting job.
const FIRST_TICKET: u64 = 1 << 40;

#[derive(Clone, Copy, Debug)]
struct Job {
    job: u32,
    arrived: SimTime,
    demand: SimDuration,
    remaining: SimDuration,
    /// Service received before an interruption and since the last reset, in nanoseconds.
    served_nanos: u64,
    /// Whether service has started before; the service time is fixed at the first start.
    has_begun: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    job: Job,
    started: SimTime,
    start: u64,
    /// End of service; [`SimTime::NEVER`] if the slot is free.
    ends: SimTime,
}

impl Slot {
    /// Returns the service that the job has received until `now` since the last reset.
    #[inline]
    fn served_nanos(&self, now: SimTime, reset_at: SimTime) -> u64 {
        self.job.served_nanos + now.since(self.started.max(reset_at)).as_nanos()
    }
}

impl Fifo {
    pub(super) fn new(servers: u32, queue_limit: Option<u32>) -> Self {
        Fifo {
            available: servers,
            queue_limit,
            slots: Vec::new(),
            free: Vec::new(),
            in_service: 0,
            queue: VecDeque::new(),
            head: FIRST_TICKET,
            waiting: 0,
            starts: 0,
            pace: 1.0,
        }
    }

    pub(super) fn set_pace(&mut self, pace: f64) {
        self.pace = pace;
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
        let job =
            Job { job, arrived: now, demand, remaining: demand, served_nanos: 0, has_begun: false };
        if self.in_service < self.available {
            self.start(now, job, books, schedule);
            return Admission::Started;
        }
        if self.queue_limit.is_some_and(|limit| self.waiting >= limit) {
            return Admission::Refused;
        }
        self.queue.push_back(Some(job));
        self.waiting += 1;
        Admission::Waiting { ticket: self.head + self.queue.len() as u64 - 1 }
    }

    #[inline]
    pub(super) fn job(&self, timer: u32) -> Option<u32> {
        self.slots.get(timer as usize).map(|slot| slot.job.job)
    }

    /// Removes the first waiting job.
    #[inline]
    fn pop_waiting(&mut self) -> Option<Job> {
        while let Some(next) = self.queue.pop_front() {
            self.head += 1;
            if next.is_some() {
                self.waiting -= 1;
                return next;
            }
        }
        None
    }

    /// Assigns a job to a free server.
    #[inline]
    fn start(
        &mut self,
        now: SimTime,
        job: Job,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        let number = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { job, started: now, start: 0, ends: SimTime::NEVER });
            self.slots.len() as u32 - 1
        });
        self.in_service += 1;
        books.busy.add(now, 1);
        self.serve(now, number, job, schedule);
    }

    /// Starts or resumes the service of a job in a slot.
    #[inline]
    fn serve(
        &mut self,
        now: SimTime,
        number: u32,
        mut job: Job,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        if self.pace != 1.0 && !job.has_begun {
            job.demand = job.demand.scaled(self.pace);
            job.remaining = job.demand;
        }
        job.has_begun = true;
        // The end of service must not be `NEVER`, because `NEVER` marks a free slot.
        let ends = (now + job.remaining).min(LAST);
        self.starts += 1;
        self.slots[number as usize] = Slot { job, started: now, start: self.starts, ends };
        schedule(ends, number);
    }

    /// Removes a job from its slot and records its service since the last reset.
    #[inline]
    fn stop(&mut self, now: SimTime, number: u32, books: &mut Books) -> Job {
        let slot = &self.slots[number as usize];
        let served_nanos = slot.served_nanos(now, books.reset_at);
        let job = Job { served_nanos, remaining: slot.ends - now, ..slot.job };
        self.vacate(now, number, books);
        job
    }

    /// Frees a slot.
    #[inline]
    fn vacate(&mut self, now: SimTime, number: u32, books: &mut Books) {
        self.slots[number as usize].ends = SimTime::NEVER;
        self.free.push(number);
        self.in_service -= 1;
        books.busy.subtract(now, 1);
    }

    #[inline]
    pub(super) fn wake(
        &mut self,
        now: SimTime,
        timer: u32,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) -> Option<Departure> {
        let slot = self.slots.get(timer as usize)?;
        if slot.ends != now {
            return None;
        }
        let Job { job, arrived, demand, .. } = slot.job;
        books.note_exit(now, arrived, slot.served_nanos(now, books.reset_at));
        // If a job waits, the server takes it at once and is not idle in between.
        match self.pop_waiting() {
            Some(next) => self.serve(now, timer, next, schedule),
            None => self.vacate(now, timer, books),
        }
        Some(books.note_completion(now, job, arrived, demand))
    }

    #[inline]
    fn start_waiting(
        &mut self,
        now: SimTime,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        while self.in_service < self.available {
            let Some(next) = self.pop_waiting() else { return };
            self.start(now, next, books, schedule);
        }
    }

    pub(super) fn leave_queue(
        &mut self,
        now: SimTime,
        job: u32,
        ticket: u64,
        books: &mut Books,
    ) -> bool {
        let index = ticket.checked_sub(self.head).and_then(|index| usize::try_from(index).ok());
        let Some(entry) = index.and_then(|index| self.queue.get_mut(index)) else { return false };
        // Interrupted jobs move the head of the queue, so a stale ticket may belong to another job.
        let Some(found) = entry.take_if(|found| found.job == job) else { return false };
        self.waiting -= 1;
        books.note_exit(now, found.arrived, found.served_nanos);
        books.tally.left += 1;
        true
    }

    pub(super) fn clear(&mut self, now: SimTime, books: &mut Books, lost: &mut Vec<u32>) {
        for number in 0..self.slots.len() as u32 {
            if self.slots[number as usize].ends != SimTime::NEVER {
                let job = self.stop(now, number, books);
                self.lose(now, job, books, lost);
            }
        }
        while let Some(job) = self.pop_waiting() {
            self.lose(now, job, books, lost);
        }
    }

    fn lose(&mut self, now: SimTime, job: Job, books: &mut Books, lost: &mut Vec<u32>) {
        books.note_exit(now, job.arrived, job.served_nanos);
        books.tally.cleared += 1;
        lost.push(job.job);
    }

    pub(super) fn set_available(
        &mut self,
        now: SimTime,
        available: u32,
        books: &mut Books,
        schedule: &mut impl FnMut(SimTime, u32),
    ) {
        self.available = available;
        if self.in_service > available {
            let busy = |number: &u32| self.slots[*number as usize].ends != SimTime::NEVER;
            let mut busy: Vec<u32> = (0..self.slots.len() as u32).filter(busy).collect();
            // Interrupt jobs in reverse order of their start, so that the jobs at the head of the
            // queue are in the order of their start.
            busy.sort_unstable_by_key(|number| Reverse(self.slots[*number as usize].start));
            for number in busy.into_iter().take((self.in_service - available) as usize) {
                let job = self.stop(now, number, books);
                self.queue.push_front(Some(job));
                self.head -= 1;
                self.waiting += 1;
            }
        }
        self.start_waiting(now, books, schedule);
    }

    /// Returns the service time and the time in system, in nanoseconds, that the jobs now in the
    /// station have accumulated since the last reset.
    pub(super) fn in_progress(&self, now: SimTime, reset_at: SimTime) -> (u128, u128) {
        let (mut served, mut present) = (0, 0);
        let since = |from: SimTime| u128::from(now.since(from.max(reset_at)).as_nanos());
        for slot in self.slots.iter().filter(|slot| slot.ends != SimTime::NEVER) {
            served += u128::from(slot.served_nanos(now, reset_at));
            present += since(slot.job.arrived);
        }
        for job in self.queue.iter().flatten() {
            served += u128::from(job.served_nanos);
            present += since(job.arrived);
        }
        (served, present)
    }

    pub(super) fn reset_statistics(&mut self) {
        for slot in &mut self.slots {
            slot.job.served_nanos = 0;
        }
        for job in self.queue.iter_mut().flatten() {
            job.served_nanos = 0;
        }
    }
}
