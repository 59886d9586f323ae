//! From the steps of a request to spans: the request, its attempts, their stages, and in each
//! station waiting and service. The spans without others in them follow one another without gaps,
//! so their sum is the request's latency.

use crate::base::ids::{AttemptId, StationId};
use crate::base::{Id, SimDuration, SimTime};
use crate::engine::Admission;
use crate::model::World;
use crate::model::recording::Recording;
use crate::model::request::{Origin, Outcome, Stage};
use crate::model::step::Step;
use crate::model::world::Owner;
use crate::results::ScenarioInfo;
use crate::terms::Cause;

use super::follower::{Followed, Follower};
use super::perfetto::{Group, Mark, Span, Trace, Track};
use super::value::{Arg, Value};

/// Everything that was followed, and the disruptions meanwhile.
pub fn trace(
    world: &World<'_, Recording>,
    follower: &Follower,
    scenario: &ScenarioInfo,
    asked: u32,
) -> Trace {
    let names = Names {
        stations: station_names(world),
        from: world.config().measured_from(),
        end: world.now(),
    };
    let mut tracks = Vec::new();
    for followed in follower.followed() {
        let (client, cohort) = (world.origin_name(followed.origin), cohort(world, followed));
        tracks.extend(Walk::new(&names, followed, client, cohort).walk());
    }
    if asked > 0 {
        tracks.extend(disruptions(world, &names));
    }
    Trace {
        scenario: scenario.name.clone(),
        seed: scenario.seed,
        asked: u64::from(asked),
        followed: follower.followed().len() as u64,
        cut: follower.followed().iter().filter(|one| one.is_cut).count() as u64,
        tracks,
    }
}

fn cohort(world: &World<'_, Recording>, followed: &Followed) -> Option<String> {
    match followed.origin {
        Origin::Client(_) => {
            let name = world.origin_name(followed.origin);
            name.rsplit_once('/').map(|(cohort, _)| cohort.to_owned())
        }
        Origin::Source(_) => None,
    }
}

/// What went wrong in the measured period. What overlaps has tracks of its own.
fn disruptions(world: &World<'_, Recording>, names: &Names) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for occurrence in world.occurrences() {
        let end = occurrence.end.unwrap_or(names.end).min(names.end);
        if end < names.from {
            continue;
        }
        let what = world.failed_name(occurrence);
        let name = &world.config().disruptions[occurrence.disruption].name;
        let span = Span {
            name: format!("{name}: {what}"),
            category: "disruption",
            start: names.nanos(occurrence.start),
            length: names.nanos(end) - names.nanos(occurrence.start),
            args: vec![("connections_lost", Value::Count(occurrence.connections_lost))],
        };
        let ends_before = |track: &&mut Track| {
            track.spans.last().is_none_or(|last| last.start + last.length <= span.start)
        };
        match tracks.iter_mut().find(ends_before) {
            Some(track) => track.spans.push(span),
            None => {
                let name = format!("disruptions {}", tracks.len() + 1);
                let (group, marks) = (Group::Disruptions, Vec::new());
                tracks.push(Track { group, name, spans: vec![span], marks });
            }
        }
    }
    tracks
}

/// What tracks need to know of the world.
struct Names {
    stations: Vec<String>,
    from: SimTime,
    end: SimTime,
}

impl Names {
    fn nanos(&self, at: SimTime) -> u64 {
        at.since(self.from).as_nanos()
    }
}

/// Where an attempt is, or what a request waits for.
#[derive(Clone, Copy, Debug)]
enum Stay {
    /// On its way to a stage.
    Way(Stage),
    /// In a station, which it entered then.
    Station(StationId, SimTime),
    /// What it went through has gone.
    NoAnswer,
    /// Waiting for the next attempt.
    Retry,
}

/// A span that knows how many others are around it.
type Deep = (u8, Span);

/// A track that is being filled.
#[derive(Debug)]
struct Lane {
    start: SimTime,
    stay: Option<(Stay, SimTime)>,
    spans: Vec<Deep>,
    marks: Vec<Mark>,
}

impl Lane {
    fn new(start: SimTime) -> Self {
        Lane { start, stay: None, spans: Vec::new(), marks: Vec::new() }
    }

    fn push(
        &mut self,
        names: &Names,
        depth: u8,
        (name, category): (String, &'static str),
        (start, end): (SimTime, SimTime),
    ) {
        let (start, length) = (names.nanos(start), end.since(start).as_nanos());
        if length > 0 {
            self.spans.push((depth, Span { name, category, start, length, args: Vec::new() }));
        }
    }

    fn mark(&mut self, names: &Names, now: SimTime, name: String, args: Vec<Arg>) {
        self.marks.push(Mark { name, at: names.nanos(now), args });
    }

    /// What was under way ends, and something else begins.
    fn turn(&mut self, names: &Names, now: SimTime, next: Option<Stay>) {
        let before = std::mem::replace(&mut self.stay, next.map(|stay| (stay, now)));
        let Some((stay, start)) = before else { return };
        let whole = (start, now);
        match stay {
            Stay::Way(stage) => self.push(names, 2, (way(stage), "travel"), whole),
            Stay::NoAnswer => self.push(names, 2, ("no answer".to_owned(), "lost"), whole),
            Stay::Retry => self.push(names, 1, ("wait for retry".to_owned(), "retry"), whole),
            Stay::Station(station, _) => {
                let name = names.stations[station.index()].clone();
                self.push(names, 2, (name, "station"), whole);
                self.push(names, 3, ("wait or service".to_owned(), "unfinished"), whole);
            }
        }
    }

    /// Served in a station, after waiting for so long.
    fn served(&mut self, names: &Names, now: SimTime, waited: SimDuration) {
        let Some((Stay::Station(station, entered), start)) = self.stay else { return };
        self.stay = None;
        // Who began to look later sees only what was left of the wait.
        let begun = (entered + waited).max(start);
        let name = names.stations[station.index()].clone();
        self.push(names, 2, (name, "station"), (start, now));
        self.push(names, 3, ("wait".to_owned(), "wait"), (start, begun));
        self.push(names, 3, ("service".to_owned(), "service"), (begun, now));
    }

    /// The track, its spans in order: those around others first.
    fn finish(mut self, group: Group, name: String) -> Track {
        self.spans.sort_by_key(|(depth, span)| (span.start, *depth));
        let spans = self.spans.into_iter().map(|(_, span)| span).collect();
        Track { group, name, spans, marks: self.marks }
    }
}

fn way(stage: Stage) -> String {
    match stage {
        Stage::Gateway => "to the gateway".to_owned(),
        Stage::ConnectionPoint => "to the connection point".to_owned(),
        Stage::SiteSystem => "to the site system".to_owned(),
        Stage::Source => "to the source of content".to_owned(),
        Stage::Part => "content to the client".to_owned(),
        Stage::Answer => "answer to the gateway".to_owned(),
        Stage::Client(Ok(())) => "answer to the client".to_owned(),
        Stage::Client(Err(Cause::NoInstance | Cause::ConnectTimeout)) => {
            "connecting in vain".to_owned()
        }
        Stage::Client(Err(_)) => "error to the client".to_owned(),
    }
}

/// The attempt that the client waits for.
#[derive(Clone, Copy, Debug)]
struct Current {
    id: AttemptId,
    number: u32,
    start: SimTime,
}

/// Goes through the steps of one request.
struct Walk<'a> {
    names: &'a Names,
    followed: &'a Followed,
    client: String,
    cohort: Option<String>,
    lane: Lane,
    current: Option<Current>,
    attempts: u32,
    outcome: Option<(SimTime, Outcome)>,
    /// Work of attempts that were given up.
    leftovers: Vec<(Current, Lane)>,
    tracks: Vec<Track>,
}

impl<'a> Walk<'a> {
    fn new(
        names: &'a Names,
        followed: &'a Followed,
        client: String,
        cohort: Option<String>,
    ) -> Self {
        Walk {
            names,
            followed,
            client,
            cohort,
            lane: Lane::new(followed.issued),
            current: None,
            attempts: 0,
            outcome: None,
            leftovers: Vec::new(),
            tracks: Vec::new(),
        }
    }

    /// The request's track, then those of work that was left.
    fn walk(mut self) -> Vec<Track> {
        for (now, step) in &self.followed.steps {
            self.pass(*now, *step);
        }
        let last = self.followed.steps.last().map_or(self.followed.issued, |(at, _)| *at);
        let end = if self.followed.is_cut { last } else { self.names.end };
        for (of, mut lane) in std::mem::take(&mut self.leftovers) {
            lane.turn(self.names, end, None);
            self.leave(of, lane, end);
        }
        let ended = self.outcome.map_or(end, |(at, _)| at);
        if self.outcome.is_none() {
            self.lane.turn(self.names, end, None);
            self.end_attempt(end);
        }
        let args = self.about();
        let (start, length) = (self.names.nanos(self.lane.start), ended.since(self.lane.start));
        let name = self.followed.kind.name().to_owned();
        let (category, length) = ("request", length.as_nanos());
        self.lane.spans.push((0, Span { name, category, start, length, args }));
        let name = self.name("");
        let mut tracks = vec![self.lane.finish(Group::Requests, name)];
        tracks.append(&mut self.tracks);
        tracks
    }

    fn name(&self, what: &str) -> String {
        let (number, kind) = (self.followed.number, self.followed.kind.name());
        format!("#{number} {kind} {}{what}", self.client)
    }

    /// What a request is and what became of it.
    fn about(&self) -> Vec<Arg> {
        let mut args = vec![
            ("client", Value::Text(self.client.clone())),
            ("kind", Value::from(self.followed.kind.name())),
            ("attempts", Value::Count(u64::from(self.attempts))),
        ];
        if let Some(cohort) = &self.cohort {
            args.push(("cohort", Value::Text(cohort.clone())));
        }
        args.push((
            "outcome",
            Value::from(match self.outcome {
                Some((_, Outcome::Completed)) => "answered",
                Some((_, Outcome::Failed(_))) => "given up",
                Some((_, Outcome::Abandoned)) => "abandoned",
                None if self.followed.is_cut => "no longer followed: too long",
                None => "open at the end",
            }),
        ));
        if let Some((_, Outcome::Failed(cause))) = self.outcome {
            args.push(("cause", Value::from(cause.name())));
        }
        args
    }

    /// The track an attempt is on.
    fn lane_of(&mut self, id: AttemptId) -> Option<&mut Lane> {
        if self.current.is_some_and(|current| current.id == id) {
            return Some(&mut self.lane);
        }
        self.leftovers.iter_mut().find(|(of, _)| of.id == id).map(|(_, lane)| lane)
    }

    fn pass(&mut self, now: SimTime, step: Step) {
        let names = self.names;
        match step {
            Step::Issued(..)
            | Step::Dials
            | Step::Connects
            | Step::Opens
            | Step::Closes(_)
            | Step::Delivered(_)
            | Step::PartSent(..)
            | Step::PartArrived(..)
            | Step::Wasted(_) => {}
            Step::Begins(_, id, number) => {
                self.lane.turn(names, now, None);
                if number > 1 {
                    self.lane.mark(names, now, format!("attempt {number}"), Vec::new());
                }
                self.attempts = number;
                self.current = Some(Current { id, number, start: now });
            }
            Step::Travels(id, stage, _) => {
                let Some(lane) = self.lane_of(id) else { return };
                lane.turn(names, now, Some(Stay::Way(stage)));
                if let Stage::Client(Err(cause)) = stage {
                    let (cause, meaning) = (cause.name(), cause.label());
                    let args = vec![("cause", cause.into()), ("meaning", meaning.into())];
                    lane.mark(names, now, format!("error: {cause}"), args);
                }
            }
            Step::Enters(id, station, admission) => {
                let Some(lane) = self.lane_of(id) else { return };
                let stay = Stay::Station(station, now);
                lane.turn(names, now, Some(stay).filter(|_| admission != Admission::Refused));
                if admission == Admission::Refused {
                    let name = format!("refused by {}", names.stations[station.index()]);
                    lane.mark(names, now, name, Vec::new());
                }
            }
            Step::Leaves(id, _, waited) => {
                if let Some(lane) = self.lane_of(id) {
                    lane.served(names, now, waited);
                }
            }
            Step::Lost(id) => {
                let Some(lane) = self.lane_of(id) else { return };
                lane.turn(names, now, Some(Stay::NoAnswer));
                lane.mark(names, now, "lost".to_owned(), Vec::new());
            }
            Step::Detached(id) => self.detach(now, id),
            Step::Ended(id) => {
                let place = self.leftovers.iter().position(|(of, _)| of.id == id);
                let Some(place) = place else { return };
                let (of, mut lane) = self.leftovers.remove(place);
                lane.turn(names, now, None);
                self.leave(of, lane, now);
            }
            Step::Failed(_, cause) => self.fail(now, cause),
            Step::Waits(..) => self.lane.turn(names, now, Some(Stay::Retry)),
            Step::Concluded(_, outcome) => self.conclude(now, outcome),
        }
    }

    /// Nobody waits for the attempt any more: what is left of its work goes to a track of its own.
    fn detach(&mut self, now: SimTime, id: AttemptId) {
        let Some(current) = self.current.filter(|current| current.id == id) else { return };
        let stay = self.lane.stay.map(|(stay, _)| (stay, now));
        self.lane.turn(self.names, now, None);
        self.end_attempt(now);
        let mut rest = Lane::new(now);
        rest.stay = stay;
        self.leftovers.push((current, rest));
    }

    fn end_attempt(&mut self, now: SimTime) {
        let Some(Current { number, start, .. }) = self.current.take() else { return };
        self.lane.push(self.names, 1, (format!("attempt {number}"), "attempt"), (start, now));
        if let Some((_, span)) = self.lane.spans.last_mut().filter(|_| now > start) {
            span.args.push(("attempt", Value::Count(u64::from(number))));
        }
    }

    /// Keeps a track of work that nobody waited for, if it took any time.
    fn leave(&mut self, of: Current, mut lane: Lane, end: SimTime) {
        let (name, whole) = (format!("attempt {}, given up", of.number), (lane.start, end));
        lane.push(self.names, 0, (name, "leftover"), whole);
        if end > lane.start {
            let name = self.name(&format!(" attempt {}", of.number));
            self.tracks.push(lane.finish(Group::Leftovers, name));
        }
    }

    fn fail(&mut self, now: SimTime, cause: Cause) {
        let (cause, meaning) = (cause.name(), cause.label());
        let of_attempt = |span: &Span| span.category == "attempt";
        if let Some((_, span)) = self.lane.spans.iter_mut().rfind(|(_, span)| of_attempt(span))
            && self.names.nanos(now) == span.start + span.length
        {
            span.args.push(("cause", cause.into()));
        }
        let attempts = u64::from(self.attempts);
        let args = vec![
            ("attempt", Value::Count(attempts)),
            ("cause", cause.into()),
            ("meaning", meaning.into()),
        ];
        self.lane.mark(self.names, now, format!("attempt failed: {cause}"), args);
    }

    fn conclude(&mut self, now: SimTime, outcome: Outcome) {
        self.lane.turn(self.names, now, None);
        self.outcome = Some((now, outcome));
        let name = match outcome {
            Outcome::Completed => "answered".to_owned(),
            Outcome::Failed(cause) => format!("given up: {}", cause.name()),
            Outcome::Abandoned => "abandoned: the client went away".to_owned(),
        };
        self.lane.mark(self.names, now, name, Vec::new());
    }
}

/// The names of all stations, with what they are of.
fn station_names(world: &World<'_, Recording>) -> Vec<String> {
    let named = world.stations().entries().map(|(id, owned)| {
        let name = world.station_name(id);
        match owned.owner {
            Owner::Instance(_) => format!("instance {name}"),
            Owner::ConnectionPoint(_) => format!("connection point {name}"),
            Owner::SiteSystem(system) => {
                format!("{} {name}", world.config().site_systems[system].role)
            }
            Owner::Database(_) | Owner::File(..) => name,
        }
    });
    named.collect()
}
