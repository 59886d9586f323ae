//! What everything else runs on: the time, the calendar, random streams, and how much was done.

use crate::base::SimTime;
use crate::engine::{Calendar, Streams};
use crate::model::event::Event;

/// Looking through so many clients is as much work as an event.
const CLIENTS_A_WORK: u64 = 64;

/// Time, calendar, streams, and counts of what was done.
#[derive(Debug)]
pub(super) struct Kernel {
    /// The present time.
    pub(super) now: SimTime,
    /// What will happen.
    pub(super) calendar: Calendar<Event>,
    /// Random numbers.
    pub(super) streams: Streams,
    /// Events that were processed.
    events: u64,
    /// Those of them that only looked at the world: bins, minutes, samples.
    looks: u64,
    /// Events, requests issued by them, and clients looked through.
    work: u64,
}

impl Kernel {
    /// Time zero, and nothing to come.
    pub(super) fn new(streams: Streams) -> Self {
        let (now, calendar) = (SimTime::ZERO, Calendar::new());
        Kernel { now, calendar, streams, events: 0, looks: 0, work: 0 }
    }

    /// Something will happen.
    #[inline]
    pub(super) fn schedule(&mut self, at: SimTime, event: Event) {
        self.calendar.schedule(at, event);
    }

    /// An event happens now.
    #[inline]
    pub(super) fn begin_event(&mut self, now: SimTime) {
        self.now = now;
        self.events += 1;
        self.work += 1;
    }

    /// The present event only looks at the world.
    pub(super) fn note_look(&mut self) {
        self.looks += 1;
    }

    /// A request is issued: work beside that of the event.
    #[inline]
    pub(super) fn note_request(&mut self) {
        self.work += 1;
    }

    /// So many clients are looked through.
    pub(super) fn note_search(&mut self, clients: usize) {
        self.work += clients as u64 / CLIENTS_A_WORK;
    }

    /// What was done so far.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// Events of the world that were processed. Looks at it (bins, minutes, samples) do not
    /// count: how often one looks changes nothing.
    pub(super) fn world_events(&self) -> u64 {
        self.events - self.looks
    }
}
