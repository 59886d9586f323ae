//! The event log, with one JSON document per line: every event of the calendar, followed by the
//! steps of requests that it causes, with component names.

use std::io::{self, Write};

use crate::base::SimTime;
use crate::engine::Admission;
use crate::model::World;
use crate::model::event::Event;
use crate::model::recording::{RecordedEvent, Recording};
use crate::model::request::{Origin, Outcome, Stage};
use crate::model::step::Step;
use crate::terms::Cause;

use super::follower::Entry;
use super::value::{Arg, Value, members, micros};

type Ran<'c> = World<'c, Recording>;

/// Name and fields of a log line.
type Named = (&'static str, Vec<Arg>);

/// Line of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Time, in nanoseconds from the start of the measured period; negative in the warm-up.
    pub at: i64,
    /// `event`, or `then` for a step that an event causes.
    pub key: &'static str,
    /// Name of the event or step.
    pub name: &'static str,
    /// Fields of the event or step.
    pub fields: Vec<Arg>,
}

/// Converts a log entry to a line.
pub fn line(world: &Ran<'_>, entry: &Entry) -> Line {
    let (key, (name, mut fields)) = match entry.what {
        RecordedEvent::Event(event) => ("event", self::event(world, event)),
        RecordedEvent::Step(step) => ("then", self::step(world, step)),
    };
    if let Some(number) = entry.request {
        fields.insert(0, ("request", Value::Count(number)));
    }
    Line { at: nanos(world, entry.at), key, name, fields }
}

fn nanos(world: &Ran<'_>, at: SimTime) -> i64 {
    let nanos = |time: SimTime| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    nanos(at) - nanos(world.config().measured_from())
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn event(world: &Ran<'_>, event: Event) -> Named {
    let config = world.config();
    let client = |id| ("client", text(world.origin_name(Origin::Client(id))));
    let instance = |id| ("instance", text(world.instance_name(id)));
    let number = |name, number: u32| (name, Value::Count(u64::from(number)));
    match event {
        Event::Client(id) => ("client", vec![client(id)]),
        Event::Channel(id) => ("channel", vec![client(id)]),
        Event::Source(id) => ("source", vec![("source", text(&config.sources[id].name))]),
        Event::Station(id, timer) => {
            let station = ("station", text(world.station_name(id)));
            ("station", vec![station, number("timer", timer)])
        }
        Event::Arrive(id, _) => ("arrive", vec![number("attempt", id.0)]),
        Event::TimeOut(id) => ("time_out", vec![number("attempt", id.0)]),
        Event::TimeOuts(id) => ("time_outs", vec![("origin", text(config.origin_name(id)))]),
        Event::QueueTimeOut(id) => ("queue_time_out", vec![number("attempt", id.0)]),
        Event::Retry(_) => ("retry", Vec::new()),
        Event::ConnectionIdle(id) => ("connection_idle", vec![client(id)]),
        Event::Probe(id) => ("probe", vec![instance(id)]),
        Event::Link(point, id) => {
            let point = ("connection_point", text(&config.connection_points[point].name));
            ("link", vec![point, instance(id)])
        }
        Event::Transfer(id, direction) => {
            let direction = text(direction.name());
            ("transfer", vec![("line", text(&config.lines[id].name)), ("direction", direction)])
        }
        Event::Bandwidths(id) => ("bandwidths", vec![("line", text(&config.lines[id].name))]),
        Event::Association(id) => {
            let group = text(&config.boundary_groups[id].name);
            ("association", vec![("boundary_group", group)])
        }
        Event::Notified(id, action) => {
            ("notified", vec![client(id), ("kind", action.name().into())])
        }
        Event::Notification(id) => {
            let name = text(&config.notifications[id].name);
            ("notification", vec![("notification", name)])
        }
        Event::Outbound(id) => ("outbound", vec![("gateway", text(&config.gateways[id].name))]),
        Event::Disruption(id) => {
            let name = text(&config.disruptions[id].name);
            ("disruption", vec![("disruption", name)])
        }
        Event::MeasureFrom => ("measure_from", Vec::new()),
        Event::Bin => ("bin", Vec::new()),
        Event::Minute => ("minute", Vec::new()),
        Event::LastTenth => ("last_tenth", Vec::new()),
        Event::Sample => ("sample", Vec::new()),
    }
}

fn step(world: &Ran<'_>, step: Step) -> Named {
    let attempt = |id: crate::base::ids::AttemptId| ("attempt", Value::Count(u64::from(id.0)));
    let station = |id| ("station", text(world.station_name(id)));
    let because = |cause: Cause| ("cause", Value::from(cause.name()));
    let time = |at| Value::Time(nanos(world, at));
    match step {
        Step::Issued(_, origin, kind) => {
            let client = text(world.origin_name(origin));
            ("issued", vec![("client", client), ("kind", kind.name().into())])
        }
        Step::Begins(_, id, number) => {
            ("attempt_begins", vec![attempt(id), ("number", Value::Count(u64::from(number)))])
        }
        Step::Dials => ("dials", Vec::new()),
        Step::Connects(_) => ("connects", Vec::new()),
        Step::Opens => ("opens", Vec::new()),
        Step::Closes(count) => ("closes", vec![("connections", Value::Count(count))]),
        Step::Delivered(id, _) => ("delivered", vec![attempt(id)]),
        Step::Unsent(id) => ("unsent", vec![attempt(id)]),
        Step::Answers(id) => ("answers", vec![attempt(id)]),
        Step::ChunkRequested(id) => ("part_requested", vec![attempt(id)]),
        Step::ChunkSent(id, _) => ("part_sent", vec![attempt(id)]),
        Step::ChunkArrived(id, _) => ("part_arrived", vec![attempt(id)]),
        Step::Wasted(id) => ("wasted", vec![attempt(id)]),
        Step::Travels(id, stage, arrives) => {
            let (stage, cause) = stage_name(stage);
            let mut fields = vec![attempt(id), ("to", stage.into()), ("arrives", time(arrives))];
            fields.extend(cause.map(because));
            ("travels", fields)
        }
        Step::Crosses(id, stage) => {
            ("crosses", vec![attempt(id), ("to", stage_name(stage).0.into())])
        }
        Step::Enters(id, of, admission) => {
            let admission = match admission {
                Admission::Started => "started",
                Admission::Waiting { .. } => "waiting",
                Admission::Refused => "refused",
            };
            ("enters", vec![attempt(id), station(of), ("admission", admission.into())])
        }
        Step::Leaves(id, of, waited) => {
            let waited = i64::try_from(waited.as_nanos()).unwrap_or(i64::MAX);
            ("leaves", vec![attempt(id), station(of), ("waited", Value::Time(waited))])
        }
        Step::Lost(id) => ("lost", vec![attempt(id)]),
        Step::Detached(id) => ("detached", vec![attempt(id)]),
        Step::Ended(id) => ("attempt_ended", vec![attempt(id)]),
        Step::Failed(_, cause) => ("attempt_failed", vec![because(cause)]),
        Step::Waits(_, until) => ("waits", vec![("until", time(until))]),
        Step::Concluded(_, Outcome::Completed) => ("completed", Vec::new()),
        Step::Concluded(_, Outcome::Failed(cause)) => ("failed", vec![because(cause)]),
        Step::Concluded(_, Outcome::Abandoned) => ("abandoned", Vec::new()),
    }
}

fn stage_name(stage: Stage) -> (&'static str, Option<Cause>) {
    match stage {
        Stage::Gateway => ("gateway", None),
        Stage::ConnectionPoint => ("connection_point", None),
        Stage::SiteSystem => ("site_system", None),
        Stage::Source => ("source", None),
        Stage::Chunk => ("part", None),
        Stage::Answer => ("answer", None),
        Stage::Client(outcome) => ("client", outcome.err()),
    }
}

/// Writes one line as a JSON document.
///
/// # Errors
/// Returns an error if the line cannot be written.
pub fn write_line(file: &mut impl Write, line: &Line) -> io::Result<()> {
    let between = if line.fields.is_empty() { "" } else { "," };
    let (at, fields) = (micros(line.at), members(&line.fields));
    writeln!(file, "{{\"ts\":{at},\"{}\":\"{}\"{between}{fields}}}", line.key, line.name)
}

/// Writes the last line with the number of lines written and the number omitted.
///
/// # Errors
/// Returns an error if the line cannot be written.
pub fn write_end(file: &mut impl Write, count: u64, more: u64) -> io::Result<()> {
    writeln!(file, "{{\"lines\":{count},\"cut\":{},\"lines_cut\":{more}}}", more > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_log_reports_the_omitted_lines() {
        let fields = vec![("client", Value::from("a/1"))];
        let line = Line { at: 1, key: "event", name: "client", fields };
        let mut text = Vec::new();
        write_line(&mut text, &line).and_then(|()| write_end(&mut text, 1, 3)).expect("written");
        let text = String::from_utf8(text).expect("UTF-8");
        let expected = "{\"ts\":0.001,\"event\":\"client\",\"client\":\"a/1\"}\n\
            {\"lines\":1,\"cut\":true,\"lines_cut\":3}\n";
        assert_eq!(text, expected);
    }
}
