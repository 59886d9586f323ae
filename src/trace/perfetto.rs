//! Tracks of spans and marks, and the file that shows them in Perfetto (Trace Event Format).

use super::value::{Arg, Value, members, micros_of, quoted};

/// Spans and marks of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// How many requests were to be followed.
    pub asked: u64,
    /// How many were.
    pub followed: u64,
    /// How many of them not to their end, because there was too much to keep.
    pub cut: u64,
    /// Tracks, in the order in which they are shown within their group.
    pub tracks: Vec<Track>,
}

/// What tracks are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A request, as its client sees it.
    Requests,
    /// The work of an attempt that its client has given up.
    Leftovers,
    /// What goes wrong meanwhile.
    Disruptions,
}

impl Group {
    const ALL: [Group; 3] = [Group::Requests, Group::Leftovers, Group::Disruptions];

    /// The name of the process by which viewers show it.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Requests => "requests",
            Group::Leftovers => "work nobody waits for",
            Group::Disruptions => "disruptions",
        }
    }
}

/// A line of a viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// What it is about.
    pub group: Group,
    /// Its name.
    pub name: String,
    /// What lasts: each lies within the ones around it, which come before it.
    pub spans: Vec<Span>,
    /// What happens at one time, in order.
    pub marks: Vec<Mark>,
}

/// What lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// What kind of thing it is.
    pub category: &'static str,
    /// Nanoseconds from the start of the measured period.
    pub start: u64,
    /// Nanoseconds.
    pub length: u64,
    /// What else is known.
    pub args: Vec<Arg>,
}

/// What happens at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its name.
    pub name: String,
    /// Nanoseconds from the start of the measured period.
    pub at: u64,
    /// What else is known.
    pub args: Vec<Arg>,
}

/// `trace.json`: the JSON object form of the Trace Event Format. Groups are processes, tracks
/// threads; times are microseconds from the start of the measured period.
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
    // The format does without a name here, but there are viewers that find what ends by it.
    let end = |(at, name): (u64, String)| {
        let at = micros_of(at);
        format!("{{\"name\":{name},\"ph\":\"E\",\"ts\":{at},\"pid\":{pid},\"tid\":{tid}}}")
    };
    // Beginnings and ends, and not lengths: those a viewer adds up in floating point, and then a
    // span may seem to end after the one around it.
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
