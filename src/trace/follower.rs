//! Which requests are followed, and what is kept of them and of the log.

use crate::base::ids::{AttemptId, RequestId};
use crate::base::{Id, SimDuration, SimTime};
use crate::model::config::Config;
use crate::model::event::Event;
use crate::model::recording::RecordedEvent;
use crate::model::request::Origin;
use crate::model::step::Step;
use crate::terms::RequestKind;

/// Steps of one request that are kept: a download has three for each part.
const STEPS_MAX: usize = 20_000;

/// Steps of all requests together that are kept; then no more requests are followed. They make
/// some 150 MB of trace.
const STEPS_ALL_MAX: usize = 500_000;

/// What is to be followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// This many requests, spread evenly over the measured period.
    pub requests: u32,
    /// Whether events are logged, and which.
    pub log: Option<LogWanted>,
}

/// Which events are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogWanted {
    /// Those from this time on.
    pub from: SimTime,
    /// No more than this many entries.
    pub maximum: u64,
}

/// A request that was followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The how manieth of all requests it was.
    pub number: u64,
    /// Who asked.
    pub origin: Origin,
    /// For what.
    pub kind: RequestKind,
    /// When it was issued.
    pub issued: SimTime,
    /// What happened to it and to its attempts, in order.
    pub steps: Vec<(SimTime, Step)>,
    /// Further steps were not kept: there were too many.
    pub is_cut: bool,
}

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// The request it is about, if about one that is alive: the how manieth of all.
    pub request: Option<u64>,
    /// What.
    pub what: RecordedEvent,
}

/// The log, as far as lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Its lines that nobody has taken yet.
    entries: Vec<Entry>,
    /// Its lines so far.
    pub count: u64,
    /// Lines beyond what is wanted.
    pub more: u64,
}

/// Which request a reusable number stands for now.
#[derive(Clone, Copy, Debug, Default)]
struct Tag {
    /// The how manieth request, from 1; 0 if the number is free.
    number: u64,
    /// Its place among those that are followed.
    followed: Option<u32>,
}

/// Follows what is wanted.
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
    /// Follows what is wanted of a scenario.
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

    /// The requests that were followed, in the order in which they were issued.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Takes the lines that have come since the last time: who writes them away now and then needs
    /// no memory for all.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.log.entries)
    }

    /// What has happened, in order: it is followed if it is wanted.
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
            // Of these no trace is kept.
            Step::Dials
            | Step::Connects
            | Step::Opens
            | Step::Closes(_)
            | Step::Delivered(_)
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

    /// The measured period has as many equal parts as requests are wanted. The first that is
    /// issued in each is followed; where a part had none, the next part has one more. Keep-alives
    /// are not followed: there are more of them than of all others together.
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
