//! Tracks of spans and marks, and their file for the Perfetto viewer (Trace Event Format).

use super::value::{Arg, Value, members, micros_of, quoted};

/// Spans and marks of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the scenario.
    pub seed: u64,
    /// Number of requests to follow.
    pub asked: u64,
    /// Number of requests followed.
    pub followed: u64,
    /// Number of followed requests that were truncated because they had too many steps.
    pub cut: u64,
    /// Tracks, in display order within their group.
    pub tracks: Vec<Track>,
}

/// Group of tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Request as seen by its client.
    Requests,
    /// Work of an attempt that its client no longer waits for.
    Leftovers,
    /// Disruption during the run.
    Disruptions,
}

impl Group {
    const ALL: [Group; 3] = [Group::Requests, Group::Leftovers, Group::Disruptions];

    /// Returns the name of the group, which viewers show as a process.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Requests => "requests",
            Group::Leftovers => "leftover work",
            Group::Disruptions => "disruptions",
        }
    }
}

/// Track of spans and marks, shown as a line in a viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Group of the track.
    pub group: Group,
    /// Name of the track.
    pub name: String,
    /// Spans of the track. A nested span follows the span that contains it.
    pub spans: Vec<Span>,
    /// Marks of the track, in order of time.
    pub marks: Vec<Mark>,
}

/// Interval of time on a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Name of the span.
    pub name: String,
    /// Category of the span.
    pub category: &'static str,
    /// Start, in nanoseconds from the start of the measured period.
    pub start: u64,
    /// Duration in nanoseconds.
    pub length: u64,
    /// Arguments that viewers show for the span.
    pub args: Vec<Arg>,
}

/// Event at a single point in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Name of the mark.
    pub name: String,
    /// Time, in nanoseconds from the start of the measured period.
    pub at: u64,
    /// Arguments that viewers show for the mark.
    pub args: Vec<Arg>,
}

/// Renders `trace.json` in the JSON object format of the Trace Event Format. Groups are processes
/// and tracks are threads; times are in microseconds from the start of the measured period.
pub fn trace_event_json(trace: &Trace) -> Vec<u8> {
    let mut events: Vec<String> = Vec::new();
    for (number, group) in Group::ALL.into_iter().enumerate() {
        let pid = number + 1;
        let mut tid = 0;
        for track in trace.tracks.iter().filter(|track| track.group == group) {
            if tid == 0 {
                events.push(metadata("process_name", pid, 0, "name", &quoted(group.name())));
                let order = number.to_string();
                events.push(metadata("process_sort_index", pid, 0, "sort_index", &order));
            }
            tid += 1;
            events.push(metadata("thread_name", pid, tid, "name", &quoted(&track.name)));
            let order = tid.to_string();
            events.push(metadata("thread_sort_index", pid, tid, "sort_index", &order));
            track_events(&mut events, track, pid, tid);
        }
    }
    let about = [
        ("scenario", Value::Text(trace.scenario.clone())),
        ("seed", Value::Count(trace.seed)),
        ("replication", Value::Count(0)),
        ("requests_asked", Value::Count(trace.asked)),
        ("requests_followed", Value::Count(trace.followed)),
        ("requests_cut", Value::Count(trace.cut)),
        ("time", Value::from("microseconds from the start of the measured period")),
    ];
    let text = format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{{}}},\"traceEvents\":[\n{}\n]}}\n",
        members(&about),
        events.join(",\n")
    );
    text.into_bytes()
}

fn metadata(what: &str, pid: usize, tid: usize, name: &str, value: &str) -> String {
    format!(
        "{{\"name\":\"{what}\",\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\
         \"args\":{{\"{name}\":{value}}}}}"
    )
}

fn track_events(events: &mut Vec<String>, track: &Track, pid: usize, tid: usize) {
    // The format allows end events without a name, but some viewers need the name to match begin
    // and end events.
    let end = |(at, name): (u64, String)| {
        let at = micros_of(at);
        format!("{{\"name\":{name},\"ph\":\"E\",\"ts\":{at},\"pid\":{pid},\"tid\":{tid}}}")
    };
    // Write begin and end events instead of durations: viewers add durations in floating point,
    // which can place the end of a nested span after the end of the span that contains it.
    let mut open: Vec<(u64, String)> = Vec::new();
    for span in &track.spans {
        while let Some(ended) = open.pop_if(|(at, _)| *at <= span.start) {
            events.push(end(ended));
        }
        let name = quoted(&span.name);
        events.push(format!(
            "{{\"name\":{name},\"cat\":\"{}\",\"ph\":\"B\",\"ts\":{},\"pid\":{pid},\"tid\":{tid},\
             \"args\":{{{}}}}}",
            span.category,
            micros_of(span.start),
            members(&span.args)
        ));
        open.push((span.start + span.length, name));
    }
    events.extend(open.into_iter().rev().map(end));
    let marks = track.marks.iter().map(|mark| {
        format!(
            "{{\"name\":{},\"ph\":\"i\",\"s\":\"t\",\"ts\":{},\"pid\":{pid},\"tid\":{tid},\
             \"args\":{{{}}}}}",
            quoted(&mark.name),
            micros_of(mark.at),
            members(&mark.args)
        )
    });
    events.extend(marks);
}
