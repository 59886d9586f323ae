//! A link that all transfers in progress share equally: processor sharing of bits.
//!
//! Transfers are in one of two classes. A limit can hold the background class to a part of the
//! capacity. Below the limit, every transfer of either class receives the same rate. At the limit,
//! the background transfers share the limit equally, and the other transfers share the rest.
//!
//! Each class has a virtual time: the bits that one continuously present transfer of the class
//! would have received (Parekh, Gallager 1993). The tag of a transfer is the virtual time of its
//! arrival plus its bits; the transfer completes when virtual time reaches its tag. An arrival, a
//! departure and a change of the capacity each cost one heap operation and at most one calendar
//! entry, independent of the number of transfers. Virtual time is a fixed-point number, so results
//! do not depend on rounding modes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::TimeAverage;
use crate::base::{Bytes, SimTime};

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

/// Fractional bits of virtual time.
const FRACTION: u32 = 20;
/// The most bits of one transfer; larger transfers count as this many. With up to 2^24 transfers in
/// progress, all intermediate values fit into 128 bits.
const BITS_MAX: u64 = 1 << 50;
const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// The class of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferClass {
    /// Requests and responses, and content that no limit applies to.
    Foreground,
    /// Content downloads in the background.
    Background,
}

/// The capacity of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Bits per second of all transfers together; zero while the link carries nothing.
    pub total: u64,
    /// Maximum bits per second of all background transfers together; values above `total` have no
    /// effect.
    pub background: u64,
}

impl Capacity {
    /// Creates a capacity without a limit for background transfers.
    pub const fn of(bits_per_second: u64) -> Self {
        Capacity { total: bits_per_second, background: bits_per_second }
    }
}

/// A link with its transfers in progress and its statistics.
#[derive(Clone, Debug)]
pub struct SharedLink {
    capacity: Capacity,
    classes: [Class; 2],
    updated: SimTime,
    wakes_at: SimTime,
    arrivals: u64,
    /// Bits carried since time zero, in the fixed-point format of virtual time.
    carried: u128,
    /// Value of `carried` at the last reset.
    carried_at_reset: u128,
    /// Integral of the total capacity since the last reset, in bits times nanoseconds per second.
    offered: u128,
    /// Time up to which `offered` is computed.
    offered_until: SimTime,
    in_progress: TimeAverage,
    accepted_bits: u128,
    completed_bits: u128,
}

/// The transfers of one class.
#[derive(Clone, Debug, Default)]
struct Class {
    transfers: BinaryHeap<Reverse<Transfer>>,
    /// Virtual time at the last update; restarts at zero when the class is empty.
    clock: u128,
}

/// A transfer in progress. Transfers with equal tags complete in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transfer {
    tag: u128,
    number: u64,
    job: u32,
    bits: u64,
}

/// The rate of each transfer of a class as a fraction: bits per second, and the number of transfers
/// that share them.
type Rate = (u128, u128);

impl SharedLink {
    /// Creates an idle link.
    pub fn new(capacity: Capacity) -> Self {
        SharedLink {
            capacity,
            classes: Default::default(),
            updated: SimTime::ZERO,
            wakes_at: SimTime::NEVER,
            arrivals: 0,
            carried: 0,
            carried_at_reset: 0,
            offered: 0,
            offered_until: SimTime::ZERO,
            in_progress: TimeAverage::new(),
            accepted_bits: 0,
            completed_bits: 0,
        }
    }

    /// Starts a transfer of `bytes`. The caller calls [`SharedLink::wake`] at every time that is
    /// passed to `schedule`; a transfer of zero bytes completes at `now`.
    pub fn arrive(
        &mut self,
        now: SimTime,
        (job, class): (u32, TransferClass),
        bytes: Bytes,
        schedule: &mut impl FnMut(SimTime),
    ) {
        self.advance(now);
        self.arrivals += 1;
        let bits = bytes.count().saturating_mul(8).min(BITS_MAX);
        self.accepted_bits += u128::from(bits);
        let own = &mut self.classes[class as usize];
        let tag = own.clock + (u128::from(bits) << FRACTION);
        own.transfers.push(Reverse(Transfer { tag, number: self.arrivals, job, bits }));
        self.in_progress.add(now, 1);
        self.schedule_next(now, schedule);
    }

    /// Handles a scheduled time. Returns the transfer that is complete, if any; if several complete
    /// at the same time, each has its own entry. Obsolete times are ignored.
    pub fn wake(&mut self, now: SimTime, schedule: &mut impl FnMut(SimTime)) -> Option<u32> {
        if self.wakes_at != now {
            return None;
        }
        self.wakes_at = SimTime::NEVER;
        self.advance(now);
        let complete = self.classes.iter_mut().find_map(|class| class.pop_complete());
        if let Some(transfer) = complete {
            self.completed_bits += u128::from(transfer.bits);
            self.in_progress.subtract(now, 1);
        }
        self.schedule_next(now, schedule);
        complete.map(|transfer| transfer.job)
    }

    /// Changes the capacity. Transfers in progress continue at their new rates.
    pub fn set_capacity(
        &mut self,
        now: SimTime,
        capacity: Capacity,
        schedule: &mut impl FnMut(SimTime),
    ) {
        self.advance(now);
        self.offered = self.offered_at(now);
        self.offered_until = now;
        self.capacity = capacity;
        self.schedule_next(now, schedule);
    }

    /// Returns the current capacity.
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Returns the number of transfers in progress over time.
    pub fn in_progress(&self) -> &TimeAverage {
        &self.in_progress
    }

    /// Returns the bits carried since the last reset, including those of transfers in progress.
    pub fn carried_bits(&self, now: SimTime) -> u128 {
        (self.carried + self.carrying(now) - self.carried_at_reset) >> FRACTION
    }

    /// Returns the bits that the link could have carried since the last reset.
    pub fn offered_bits(&self, now: SimTime) -> u128 {
        self.offered_at(now) / NANOS_PER_SECOND
    }

    fn offered_at(&self, now: SimTime) -> u128 {
        let passed = u128::from(now.since(self.offered_until).as_nanos());
        self.offered + passed * u128::from(self.capacity.total)
    }

    /// Returns the difference between the bits of all transfers and the bits of completed transfers
    /// plus those still to carry. It is zero apart from rounding; see
    /// [`SharedLink::rounding_bits`].
    pub fn imbalance_bits(&self, now: SimTime) -> u128 {
        let carried = (self.carried + self.carrying(now)) >> FRACTION;
        let remaining: u128 = [TransferClass::Foreground, TransferClass::Background]
            .into_iter()
            .map(|class| {
                let clock = self.clock_at(now, class);
                let own = &self.classes[class as usize];
                let left = own.transfers.iter().map(|Reverse(one)| one.tag.saturating_sub(clock));
                left.sum::<u128>() >> FRACTION
            })
            .sum();
        self.accepted_bits.abs_diff(carried + remaining)
    }

    /// Returns the largest rounding error of [`SharedLink::imbalance_bits`]: a completion occurs at
    /// a whole nanosecond, and the link could carry more bits until then.
    pub fn rounding_bits(&self) -> u128 {
        let per_nanosecond = u128::from(self.capacity.total) / NANOS_PER_SECOND + 1;
        2 * (u128::from(self.arrivals) + 1) * per_nanosecond
    }

    /// Returns the bits of completed transfers since time zero.
    pub fn completed_bits(&self) -> u128 {
        self.completed_bits
    }

    /// Resets the statistics, but keeps the transfers.
    pub fn reset(&mut self, now: SimTime) {
        self.carried_at_reset = self.carried + self.carrying(now);
        self.offered = 0;
        self.offered_until = now;
        self.in_progress.reset(now);
    }

    /// Returns the rate of each transfer of a class.
    fn rate(&self, class: TransferClass) -> Rate {
        let total = u128::from(self.capacity.total);
        let limit = u128::from(self.capacity.background).min(total);
        let background = self.classes[TransferClass::Background as usize].transfers.len() as u128;
        let foreground = self.classes[TransferClass::Foreground as usize].transfers.len() as u128;
        let all = background + foreground;
        let is_limited = total * background > limit * all;
        match class {
            _ if all == 0 => (0, 1),
            TransferClass::Background if is_limited => (limit, background),
            TransferClass::Foreground if is_limited => (total - limit, foreground.max(1)),
            _ => (total, all),
        }
    }

    /// Returns the virtual time of a class at `now`, if no transfer starts or ends until then.
    fn clock_at(&self, now: SimTime, class: TransferClass) -> u128 {
        let own = &self.classes[class as usize];
        if own.transfers.is_empty() {
            return 0;
        }
        let passed = u128::from(now.since(self.updated).as_nanos());
        let (rate, count) = self.rate(class);
        own.clock + ((passed * rate) << FRACTION) / (count * NANOS_PER_SECOND)
    }

    /// Returns the bits that transfers in progress have received since the last update, in the
    /// format of virtual time. Completions occur at whole nanoseconds, so a transfer can receive
    /// the bits of one nanosecond too many.
    fn carrying(&self, now: SimTime) -> u128 {
        let both = [TransferClass::Foreground, TransferClass::Background];
        both.into_iter()
            .map(|class| {
                let own = &self.classes[class as usize];
                let received = self.clock_at(now, class).saturating_sub(own.clock);
                received * own.transfers.len() as u128
            })
            .sum()
    }

    /// Advances virtual time to `now`.
    fn advance(&mut self, now: SimTime) {
        self.carried += self.carrying(now);
        let clocks = [TransferClass::Foreground, TransferClass::Background]
            .map(|class| self.clock_at(now, class));
        for (class, clock) in self.classes.iter_mut().zip(clocks) {
            class.clock = clock;
        }
        self.updated = now;
    }

    /// Schedules the completion of the transfer that completes first.
    fn schedule_next(&mut self, now: SimTime, schedule: &mut impl FnMut(SimTime)) {
        let both = [TransferClass::Foreground, TransferClass::Background];
        let next = both.into_iter().map(|class| self.next_completion(now, class));
        let next = next.min().unwrap_or(SimTime::NEVER);
        if next != self.wakes_at {
            self.wakes_at = next;
            if next != SimTime::NEVER {
                schedule(next);
            }
        }
    }

    /// Returns when the first transfer of a class completes if nothing changes; never if the class
    /// is empty or has no capacity.
    fn next_completion(&self, now: SimTime, class: TransferClass) -> SimTime {
        let own = &self.classes[class as usize];
        let Some(Reverse(first)) = own.transfers.peek() else { return SimTime::NEVER };
        let left = first.tag.saturating_sub(own.clock);
        if left == 0 {
            return now;
        }
        let (rate, count) = self.rate(class);
        if rate == 0 {
            return SimTime::NEVER;
        }
        let nanos = (left * count * NANOS_PER_SECOND).div_ceil(rate << FRACTION);
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        SimTime::from_nanos(now.as_nanos().saturating_add(nanos))
    }
}

impl Class {
    /// Removes the first transfer if it is complete.
    fn pop_complete(&mut self) -> Option<Transfer> {
        let first = self.transfers.peek()?;
        if first.0.tag > self.clock {
            return None;
        }
        let Reverse(complete) = self.transfers.pop()?;
        Some(complete)
    }
}
