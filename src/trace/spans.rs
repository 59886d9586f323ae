//! Converts the steps of a request to spans: the request, its attempts, their stages, and waiting
//! and service at each station. The innermost spans follow one another without gaps, so that the
//! sum of their durations is the latency of the request.

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

/// Creates the trace of all followed requests and of the disruptions.
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

/// Creates the tracks of disruptions in the measured period. Overlapping disruptions have separate
/// tracks.
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

/// Names and times that all tracks need.
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

/// Activity of an attempt or of a request between attempts.
#[derive(Clone, Copy, Debug)]
enum Activity {
    /// Travels to a stage.
    Travel(Stage),
    /// Crosses shared lines on the path to a stage.
    Cross(Stage),
    /// Waits or is served at a station since this time.
    Station(StationId, SimTime),
    /// Waits for a response that cannot arrive, because a component on the path failed.
    NoAnswer,
    /// Waits for the next attempt.
    Retry,
}

/// Span with its nesting depth.
type Deep = (u8, Span);

/// Track under construction.
#[derive(Debug)]
struct TrackBuilder {
    start: SimTime,
    activity: Option<(Activity, SimTime)>,
    spans: Vec<Deep>,
    marks: Vec<Mark>,
}

impl TrackBuilder {
    fn new(start: SimTime) -> Self {
        TrackBuilder { start, activity: None, spans: Vec::new(), marks: Vec::new() }
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

    /// Ends the current activity and starts the next one.
    fn switch_to(&mut self, names: &Names, now: SimTime, next: Option<Activity>) {
        let before = std::mem::replace(&mut self.activity, next.map(|activity| (activity, now)));
        let Some((activity, start)) = before else { return };
        let whole = (start, now);
        match activity {
            Activity::Travel(stage) => self.push(names, 2, (travel_name(stage), "travel"), whole),
            Activity::Cross(stage) => {
                let name = format!("shared lines {}", travel_name(stage));
                self.push(names, 2, (name, "line"), whole);
            }
            Activity::NoAnswer => self.push(names, 2, ("no response".to_owned(), "lost"), whole),
            Activity::Retry => self.push(names, 1, ("wait for retry".to_owned(), "retry"), whole),
            Activity::Station(station, _) => {
                let name = names.stations[station.index()].clone();
                self.push(names, 2, (name, "station"), whole);
                self.push(names, 3, ("wait or service".to_owned(), "unfinished"), whole);
            }
        }
    }

    /// Records that service at a station has completed after a waiting time of `waited`.
    fn served(&mut self, names: &Names, now: SimTime, waited: SimDuration) {
        let Some((Activity::Station(station, entered), start)) = self.activity else { return };
        self.activity = None;
        // If recording started during the wait, only the rest of the waiting time is visible.
        let begun = (entered + waited).max(start);
        let name = names.stations[station.index()].clone();
        self.push(names, 2, (name, "station"), (start, now));
        self.push(names, 3, ("wait".to_owned(), "wait"), (start, begun));
        self.push(names, 3, ("service".to_owned(), "service"), (begun, now));
    }

    /// Returns the track with its spans in order, each after the span that contains it.
    fn finish(mut self, group: Group, name: String) -> Track {
        self.spans.sort_by_key(|(depth, span)| (span.start, *depth));
        let spans = self.spans.into_iter().map(|(_, span)| span).collect();
        Track { group, name, spans, marks: self.marks }
    }
}

fn travel_name(stage: Stage) -> String {
    match stage {
        Stage::Gateway => "to the gateway".to_owned(),
        Stage::ConnectionPoint => "to the connection point".to_owned(),
        Stage::SiteSystem => "to the site system".to_owned(),
        Stage::Source => "to the source of content".to_owned(),
        Stage::Chunk => "content to the client".to_owned(),
        Stage::Answer => "response to the gateway".to_owned(),
        Stage::Client(Ok(())) => "response to the client".to_owned(),
        Stage::Client(Err(Cause::NoInstance | Cause::ConnectTimeout)) => {
            "failed connection attempt".to_owned()
        }
        Stage::Client(Err(_)) => "error to the client".to_owned(),
    }
}

/// Attempt that the client waits for.
#[derive(Clone, Copy, Debug)]
struct Current {
    id: AttemptId,
    number: u32,
    start: SimTime,
}

/// Converter of the steps of one request to tracks.
struct Walk<'a> {
    names: &'a Names,
    followed: &'a Followed,
    client: String,
    cohort: Option<String>,
    track: TrackBuilder,
    current: Option<Current>,
    attempts: u32,
    outcome: Option<(SimTime, Outcome)>,
    /// Work of attempts that the client no longer waits for.
    leftovers: Vec<(Current, TrackBuilder)>,
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
            track: TrackBuilder::new(followed.issued),
            current: None,
            attempts: 0,
            outcome: None,
            leftovers: Vec::new(),
            tracks: Vec::new(),
        }
    }

    /// Returns the track of the request, followed by those of leftover work.
    fn walk(mut self) -> Vec<Track> {
        for (now, step) in &self.followed.steps {
            self.pass(*now, *step);
        }
        let last = self.followed.steps.last().map_or(self.followed.issued, |(at, _)| *at);
        let end = if self.followed.is_cut { last } else { self.names.end };
        for (of, mut track) in std::mem::take(&mut self.leftovers) {
            track.switch_to(self.names, end, None);
            self.leave(of, track, end);
        }
        let ended = self.outcome.map_or(end, |(at, _)| at);
        if self.outcome.is_none() {
            self.track.switch_to(self.names, end, None);
            self.end_attempt(end);
        }
        let args = self.about();
        let (start, length) = (self.names.nanos(self.track.start), ended.since(self.track.start));
        let name = self.followed.kind.name().to_owned();
        let (category, length) = ("request", length.as_nanos());
        self.track.spans.push((0, Span { name, category, start, length, args }));
        let name = self.name("");
        let mut tracks = vec![self.track.finish(Group::Requests, name)];
        tracks.append(&mut self.tracks);
        tracks
    }

    fn name(&self, what: &str) -> String {
        let (number, kind) = (self.followed.number, self.followed.kind.name());
        format!("#{number} {kind} {}{what}", self.client)
    }

    /// Returns the arguments of the request span: client, kind, attempts and outcome.
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
                Some((_, Outcome::Completed)) => "completed",
                Some((_, Outcome::Failed(_))) => "failed",
                Some((_, Outcome::Abandoned)) => "abandoned",
                None if self.followed.is_cut => "truncated: too many steps",
                None => "in flight at end",
            }),
        ));
        if let Some((_, Outcome::Failed(cause))) = self.outcome {
            args.push(("cause", Value::from(cause.name())));
        }
        args
    }

    /// Returns the track of an attempt.
    fn track_of(&mut self, id: AttemptId) -> Option<&mut TrackBuilder> {
        if self.current.is_some_and(|current| current.id == id) {
            return Some(&mut self.track);
        }
        self.leftovers.iter_mut().find(|(of, _)| of.id == id).map(|(_, track)| track)
    }

    fn pass(&mut self, now: SimTime, step: Step) {
        let names = self.names;
        match step {
            Step::Issued(..)
            | Step::Dials
            | Step::Connects(_)
            | Step::Opens
            | Step::Closes(_)
            | Step::Delivered(..)
            | Step::Unsent(_)
            | Step::Answers(_)
            | Step::ChunkRequested(_)
            | Step::ChunkSent(..)
            | Step::ChunkArrived(..)
            | Step::Wasted(_) => {}
            Step::Begins(_, id, number) => {
                self.track.switch_to(names, now, None);
                if number > 1 {
                    self.track.mark(names, now, format!("attempt {number}"), Vec::new());
                }
                self.attempts = number;
                self.current = Some(Current { id, number, start: now });
            }
            Step::Travels(id, stage, _) => {
                let Some(track) = self.track_of(id) else { return };
                track.switch_to(names, now, Some(Activity::Travel(stage)));
                if let Stage::Client(Err(cause)) = stage {
                    let (cause, meaning) = (cause.name(), cause.label());
                    let args = vec![("cause", cause.into()), ("meaning", meaning.into())];
                    track.mark(names, now, format!("error: {cause}"), args);
                }
            }
            Step::Crosses(id, stage) => {
                let Some(track) = self.track_of(id) else { return };
                track.switch_to(names, now, Some(Activity::Cross(stage)));
            }
            Step::Enters(id, station, admission) => {
                let Some(track) = self.track_of(id) else { return };
                let is_admitted = admission != Admission::Refused;
                let activity = is_admitted.then_some(Activity::Station(station, now));
                track.switch_to(names, now, activity);
                if admission == Admission::Refused {
                    let name = format!("refused by {}", names.stations[station.index()]);
                    track.mark(names, now, name, Vec::new());
                }
            }
            Step::Leaves(id, _, waited) => {
                if let Some(track) = self.track_of(id) {
                    track.served(names, now, waited);
                }
            }
            Step::Lost(id) => {
                let Some(track) = self.track_of(id) else { return };
                track.switch_to(names, now, Some(Activity::NoAnswer));
                track.mark(names, now, "lost".to_owned(), Vec::new());
            }
            Step::Detached(id) => self.detach(now, id),
            Step::Ended(id) => {
                let place = self.leftovers.iter().position(|(of, _)| of.id == id);
                let Some(place) = place else { return };
                let (of, mut track) = self.leftovers.remove(place);
                track.switch_to(names, now, None);
                self.leave(of, track, now);
            }
            Step::Failed(_, cause) => self.fail(now, cause),
            Step::Waits(..) => self.track.switch_to(names, now, Some(Activity::Retry)),
            Step::Concluded(_, outcome) => self.conclude(now, outcome),
        }
    }

    /// Moves the remaining work of an attempt that the client no longer waits for to a separate
    /// track.
    fn detach(&mut self, now: SimTime, id: AttemptId) {
        let Some(current) = self.current.filter(|current| current.id == id) else { return };
        let activity = self.track.activity.map(|(activity, _)| (activity, now));
        self.track.switch_to(self.names, now, None);
        self.end_attempt(now);
        let mut rest = TrackBuilder::new(now);
        rest.activity = activity;
        self.leftovers.push((current, rest));
    }

    fn end_attempt(&mut self, now: SimTime) {
        let Some(Current { number, start, .. }) = self.current.take() else { return };
        self.track.push(self.names, 1, (format!("attempt {number}"), "attempt"), (start, now));
        if let Some((_, span)) = self.track.spans.last_mut().filter(|_| now > start) {
            span.args.push(("attempt", Value::Count(u64::from(number))));
        }
    }

    /// Keeps the track of leftover work unless its duration is zero.
    fn leave(&mut self, of: Current, mut track: TrackBuilder, end: SimTime) {
        let (name, whole) = (format!("attempt {}, leftover work", of.number), (track.start, end));
        track.push(self.names, 0, (name, "leftover"), whole);
        if end > track.start {
            let name = self.name(&format!(" attempt {}", of.number));
            self.tracks.push(track.finish(Group::Leftovers, name));
        }
    }

    fn fail(&mut self, now: SimTime, cause: Cause) {
        let (cause, meaning) = (cause.name(), cause.label());
        let of_attempt = |span: &Span| span.category == "attempt";
        if let Some((_, span)) = self.track.spans.iter_mut().rfind(|(_, span)| of_attempt(span))
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
        self.track.mark(self.names, now, format!("attempt failed: {cause}"), args);
    }

    fn conclude(&mut self, now: SimTime, outcome: Outcome) {
        self.track.switch_to(self.names, now, None);
        self.outcome = Some((now, outcome));
        let name = match outcome {
            Outcome::Completed => "completed".to_owned(),
            Outcome::Failed(cause) => format!("failed: {}", cause.name()),
            Outcome::Abandoned => "abandoned: the client shut down or left the network".to_owned(),
        };
        self.track.mark(self.names, now, name, Vec::new());
    }
}

/// Returns the names of all stations with the roles of their components.
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
