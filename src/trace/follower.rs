//! Selects the requests to follow, and records their steps and the event log.

use crate::base::ids::{AttemptId, RequestId};
use crate::base::{Id, SimDuration, SimTime};
use crate::model::config::Config;
use crate::model::event::Event;
use crate::model::recording::RecordedEvent;
use crate::model::request::Origin;
use crate::model::step::Step;
use crate::terms::RequestKind;

/// Maximum number of steps recorded per request; a download has three steps per chunk.
const STEPS_MAX: usize = 20_000;

/// Maximum number of steps recorded over all requests, about 150 MB of trace. After that, no more
/// requests are followed.
const STEPS_ALL_MAX: usize = 500_000;

/// Requests and events to record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Number of requests to follow, spread evenly over the measured period.
    pub requests: u32,
    /// Selection of events to log; `None` without a log.
    pub log: Option<LogWanted>,
}

/// Selection of events to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogWanted {
    /// Time of the first event to log.
    pub from: SimTime,
    /// Maximum number of entries.
    pub maximum: u64,
}

/// Request that was followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Number of the request, counting all requests from 1.
    pub number: u64,
    /// Client or source that issued the request.
    pub origin: Origin,
    /// Kind of the request.
    pub kind: RequestKind,
    /// Time at which the request was issued.
    pub issued: SimTime,
    /// Steps of the request and its attempts, in order.
    pub steps: Vec<(SimTime, Step)>,
    /// Whether further steps were omitted because there were too many.
    pub is_cut: bool,
}

/// Entry of the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Time of the entry.
    pub at: SimTime,
    /// Number of the active request that the entry belongs to, if any.
    pub request: Option<u64>,
    /// Event or step that was recorded.
    pub what: RecordedEvent,
}

/// Event log, limited to the selected entries.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Entries that have not been taken yet.
    entries: Vec<Entry>,
    /// Number of entries so far.
    pub count: u64,
    /// Number of entries beyond the maximum.
    pub more: u64,
}

/// Request that a reusable id currently refers to.
#[derive(Clone, Copy, Debug, Default)]
struct Tag {
    /// Number of the request, from 1; 0 if the id is free.
    number: u64,
    /// Index of the request among the followed ones.
    followed: Option<u32>,
}

/// Recorder of the selected requests and events.
#[derive(Clone, Debug)]
pub struct Follower {
    wanted: Wanted,
    measured_from: SimTime,
    measured: SimDuration,
    issued: u64,
    followed: Vec<Followed>,
    kept: usize,
    log: Log,
    requests: Vec<Tag>,
    attempts: Vec<Tag>,
}

impl Follower {
    /// Creates a follower for the selected requests and events of a scenario.
    pub fn new(config: &Config, wanted: Wanted) -> Self {
        Follower {
            wanted,
            measured_from: config.measured_from(),
            measured: config.duration,
            issued: 0,
            followed: Vec::new(),
            kept: 0,
            log: Log::default(),
            requests: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// Returns the followed requests, in the order in which they were issued.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// Returns the event log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Takes the entries recorded since the last call. Regular calls limit the memory use.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.log.entries)
    }

    /// Processes events and steps in order and records the selected ones.
    pub fn follow(&mut self, happened: &[(SimTime, RecordedEvent)]) {
        for (now, happening) in happened {
            match *happening {
                RecordedEvent::Event(event) => self.event(*now, event),
                RecordedEvent::Step(step) => self.step(*now, step),
            }
        }
    }

    fn event(&mut self, now: SimTime, event: Event) {
        if event.is_look() {
            return;
        }
        let tag = match event {
            Event::Arrive(id, _) | Event::TimeOut(id) | Event::QueueTimeOut(id) => {
                get::<AttemptId>(&self.attempts, id)
            }
            Event::Retry(id) => get(&self.requests, id),
            _ => Tag::default(),
        };
        self.write(now, tag, RecordedEvent::Event(event));
    }

    fn step(&mut self, now: SimTime, step: Step) {
        let tag = match step {
            // The trace does not use these steps.
            Step::Dials
            | Step::Connects(_)
            | Step::Opens
            | Step::Closes(_)
            | Step::Delivered(..)
            | Step::Unsent(_)
            | Step::Answers(_)
            | Step::ChunkRequested(_)
            | Step::ChunkSent(..)
            | Step::ChunkArrived(..)
            | Step::Wasted(_) => return,
            Step::Issued(id, origin, kind) => {
                self.issue(now, id, origin, kind);
                get(&self.requests, id)
            }
            Step::Begins(id, attempt, _) => {
                let tag = get(&self.requests, id);
                set(&mut self.attempts, attempt, tag);
                tag
            }
            Step::Travels(id, ..)
            | Step::Crosses(id, _)
            | Step::Enters(id, ..)
            | Step::Leaves(id, ..)
            | Step::Lost(id)
            | Step::Detached(id)
            | Step::Ended(id) => get(&self.attempts, id),
            Step::Failed(id, _) | Step::Waits(id, _) | Step::Concluded(id, _) => {
                get(&self.requests, id)
            }
        };
        self.keep(now, tag, step);
        self.write(now, tag, RecordedEvent::Step(step));
        match step {
            Step::Ended(id) => set(&mut self.attempts, id, Tag::default()),
            Step::Concluded(id, _) => set(&mut self.requests, id, Tag::default()),
            _ => {}
        }
    }

    /// Returns whether to follow a request. The measured period is divided into as many equal parts
    /// as there are requests to follow, and the first request issued in each part is followed. If
    /// no request is issued in a part, one more request is followed in the next part. Keep-alives
    /// are not followed, because they outnumber all other requests.
    fn is_wanted(&self, now: SimTime, kind: RequestKind) -> bool {
        let is_full = self.kept >= STEPS_ALL_MAX;
        if kind == RequestKind::KeepAlive || now < self.measured_from || is_full {
            return false;
        }
        let wanted = u128::from(self.wanted.requests);
        let passed = u128::from(now.since(self.measured_from).as_nanos());
        let parts = wanted * passed / u128::from(self.measured.as_nanos().max(1));
        let by_now = (parts + 1).min(wanted);
        (self.followed.len() as u128) < by_now
    }

    fn issue(&mut self, now: SimTime, id: RequestId, origin: Origin, kind: RequestKind) {
        self.issued += 1;
        let number = self.issued;
        let mut tag = Tag { number, followed: None };
        if self.is_wanted(now, kind) {
            tag.followed = Some(self.followed.len() as u32);
            let (steps, is_cut) = (Vec::new(), false);
            self.followed.push(Followed { number, origin, kind, issued: now, steps, is_cut });
        }
        set(&mut self.requests, id, tag);
    }

    fn keep(&mut self, now: SimTime, tag: Tag, step: Step) {
        let followed = tag.followed.and_then(|place| self.followed.get_mut(place as usize));
        let Some(followed) = followed.filter(|followed| !followed.is_cut) else { return };
        if followed.steps.len() < STEPS_MAX && self.kept < STEPS_ALL_MAX {
            followed.steps.push((now, step));
            self.kept += 1;
        } else {
            followed.is_cut = true;
        }
    }

    fn write(&mut self, at: SimTime, tag: Tag, what: RecordedEvent) {
        let Some(wanted) = self.wanted.log.filter(|wanted| at >= wanted.from) else { return };
        if self.log.count < wanted.maximum {
            self.log.count += 1;
            let request = (tag.number > 0).then_some(tag.number);
            self.log.entries.push(Entry { at, request, what });
        } else {
            self.log.more += 1;
        }
    }
}

fn set<I: Id>(tags: &mut Vec<Tag>, id: I, tag: Tag) {
    if id.index() >= tags.len() {
        tags.resize(id.index() + 1, Tag::default());
    }
    tags[id.index()] = tag;
}

fn get<I: Id>(tags: &[Tag], id: I) -> Tag {
    tags.get(id.index()).copied().unwrap_or_default()
}
