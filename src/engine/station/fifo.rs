//! First in, first out, with any number of servers, a queue limit, and servers that may stop.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::{Admission, Books, Departure};
use crate::base::{SimDuration, SimTime};

/// Jobs in service stand in numbered slots; the number is the timer. A timer is valid if its slot
/// is taken and its job ends now. A timer left over from a job that was interrupted can only ring
/// in a slot whose present job ends at that very time, and then it rings rightly: that job's own
/// timer, which comes later, finds it gone.
#[derive(Clone, Debug)]
pub(super) struct Fifo {
    available: u32,
    queue_limit: Option<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    in_service: u32,
    /// Who waits; a hole is left by one who gave up.
    queue: VecDeque<Option<Job>>,
    /// The ticket of the queue's head: those behind have the following ones.
    head: u64,
    /// Jobs in the queue, holes not counted.
    waiting: u32,
    /// Numbers service starts, so that the latest can be interrupted first.
    starts: u64,
    /// Services that start now take so many times as long.
    pace: f64,
}

/// The last time there is: the one after it means never.
const LAST: SimTime = SimTime::from_nanos(SimTime::NEVER.as_nanos() - 1);

/// Far from zero: interrupted jobs go in front of the first.
const FIRST_TICKET: u64 = 1 << 40;

#[derive(Clone, Copy, Debug)]
struct Job {
    job: u32,
    arrived: SimTime,
    demand: SimDuration,
    remaining: SimDuration,
    /// Service it got before being interrupted, since the last reset.
    served_nanos: u64,
    /// Whether its service has begun before: how long it takes is settled then.
    has_begun: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    job: Job,
    started: SimTime,
    start: u64,
    /// [`SimTime::NEVER`] if the slot is free.
    ends: SimTime,
}

impl Slot {
    /// Service that its job has got by `now` since the last reset.
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

    /// The first who waits.
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

    /// A free server takes a job.
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

    /// The service of a job begins in a slot, or goes on.
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
        // What never ends within 584 years must not look like a free slot.
        let ends = (now + job.remaining).min(LAST);
        self.starts += 1;
        self.slots[number as usize] = Slot { job, started: now, start: self.starts, ends };
        schedule(ends, number);
    }

    /// Takes a job out of its slot. Its service since the last reset is added up.
    #[inline]
    fn stop(&mut self, now: SimTime, number: u32, books: &mut Books) -> Job {
        let slot = &self.slots[number as usize];
        let served_nanos = slot.served_nanos(now, books.reset_at);
        let job = Job { served_nanos, remaining: slot.ends - now, ..slot.job };
        self.vacate(now, number, books);
        job
    }

    /// A slot is free from now on.
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
        // The server takes the next one at once, and was never idle.
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
        // The head goes back when an interrupted job comes in front: somebody else may be there.
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
            // The latest start is the first to stop, and goes in front of none that stopped
            // before it: the queue's head ends up in order of start.
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

    /// Service and presence since the last reset of the jobs that are here, in nanoseconds.
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
