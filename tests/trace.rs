//! Request traces: their spans add up, viewers can nest the spans of a track, and traces do not
//! change results.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cmgsim::internals::base::SimTime;
use cmgsim::internals::experiment::{Follow, Observed};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::internals::trace::Value;
use cmgsim::internals::trace::perfetto::{Group, Span, Track, trace_event_json};
use cmgsim::internals::trace::{LogWanted, Wanted};
use cmgsim::{Look, Watch};
use cmgsim::{RunResult, ScenarioInfo};

use crate::common::cmgsim;

/// Options for a small number of clients, which keeps runs short.
const SMALL: [&str; 2] = ["--set", "cohort.*.clients=60"];

/// Trace limit that exceeds the number of requests, so that all requests are traced.
const ALL: u32 = 10_000;

/// Writer that stores its output for the test.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no thread has panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn follow(preset: &str, overrides: &[&str], wanted: Wanted) -> (RunResult, Observed) {
    let (result, observed, _) = follow_and_log(preset, overrides, wanted);
    (result, observed)
}

/// Simulates a preset and returns the result, the trace and the event log.
fn follow_and_log(
    preset: &str,
    overrides: &[&str],
    wanted: Wanted,
) -> (RunResult, Observed, Vec<u8>) {
    let origin = ScenarioOrigin::Preset(preset.to_owned());
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    let scenario = load(&LoadRequest { origin, overrides }).expect("scenario loads");
    let kept = Kept::default();
    let follow = Follow::new(wanted, Box::new(kept.clone()));
    let result =
        follow.run(&scenario.config, &ScenarioInfo::default(), &()).expect("the audit balances");
    let log = kept.0.lock().expect("no thread has panicked").clone();
    let observed = follow.take().expect("the run has ended");
    assert!(observed.log_error.is_none());
    (result, observed, log)
}

fn requests(requests: u32) -> Wanted {
    Wanted { requests, log: None }
}

/// Returns whether a span contains no other spans.
fn is_leaf(span: &Span) -> bool {
    matches!(span.category, "travel" | "wait" | "service" | "unfinished" | "lost" | "retry")
}

fn arg<'a>(span: &'a Span, name: &str) -> Option<&'a Value> {
    span.args.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
}

fn is(span: &Span, name: &str, value: &str) -> bool {
    arg(span, name) == Some(&Value::from(value))
}

/// Returns the outermost span of a track.
fn whole(track: &Track) -> &Span {
    let span = track.spans.first().expect("a track has a span");
    assert!(matches!(span.category, "request" | "leftover" | "disruption"), "{track:?}");
    span
}

/// Asserts that leaf spans on each track are contiguous and sum to the outermost span, and that
/// each span is within its parents. Tracks of disruptions are exempt.
fn assert_adds_up(observed: &Observed, end: u64) {
    for track in observed.trace.tracks.iter().filter(|one| one.group != Group::Disruptions) {
        let whole = whole(track);
        assert!(whole.start + whole.length <= end, "{track:?}");
        let mut at = whole.start;
        for leaf in track.spans.iter().filter(|span| is_leaf(span)) {
            assert_eq!(leaf.start, at, "a gap before {leaf:?} in {track:?}");
            at += leaf.length;
        }
        assert_eq!(at, whole.start + whole.length, "{track:?}");
        let mut around: Vec<&Span> = Vec::new();
        for span in &track.spans {
            around.retain(|one| one.start + one.length > span.start);
            if let Some(inner) = around.last() {
                assert!(span.start + span.length <= inner.start + inner.length, "{track:?}");
            }
            around.push(span);
        }
        for mark in &track.marks {
            assert!(whole.start <= mark.at && mark.at <= end, "{mark:?} of {track:?}");
        }
    }
}

/// Returns the number of requests of a kind by outcome, and the total seconds of completed ones.
fn outcomes<'a>(observed: &'a Observed, kind: &str) -> (BTreeMap<&'a Value, u64>, f64) {
    let (mut counts, mut seconds) = (BTreeMap::new(), 0.0);
    for track in observed.trace.tracks.iter().filter(|one| one.group == Group::Requests) {
        let span = whole(track);
        if is(span, "kind", kind) {
            *counts.entry(arg(span, "outcome").expect("an outcome")).or_insert(0) += 1;
            if is(span, "outcome", "completed") {
                seconds += span.length as f64 / 1e9;
            }
        }
    }
    (counts, seconds)
}

/// Asserts that outcomes and latencies of a complete trace equal those in the results.
fn assert_is_what_results_say(result: &RunResult, observed: &Observed) {
    assert!(observed.trace.followed < u64::from(ALL), "the trace is incomplete");
    let mut completed = 0;
    for kind in result.kinds.iter().filter(|kind| kind.kind.name() != "keep_alive") {
        let (counts, seconds) = outcomes(observed, kind.kind.name());
        let count = |outcome: &str| counts.get(&Value::from(outcome)).copied().unwrap_or(0);
        let requests = &kind.requests;
        assert_eq!(count("completed"), requests.completed, "{}", kind.kind.name());
        assert_eq!(count("failed"), requests.failed, "{}", kind.kind.name());
        assert_eq!(count("abandoned"), requests.abandoned, "{}", kind.kind.name());
        assert_eq!(count("in flight at end"), requests.in_flight_at_end, "{}", kind.kind.name());
        if requests.completed == 0 {
            // Without completed requests, the mean is undefined.
            assert!(kind.latency.mean.is_nan() && seconds == 0.0, "{}", kind.kind.name());
            continue;
        }
        let mean = seconds / requests.completed as f64;
        assert!((mean - kind.latency.mean).abs() <= 1e-9 * mean.max(1.0), "{}", kind.kind.name());
        completed += requests.completed;
    }
    assert!(completed > 100, "only {completed} requests were completed");
}

#[test]
fn stages_sum_to_the_reported_latency() {
    let overrides = ["cohort.*.clients=60", "warm_up=\"0s\""];
    let (result, observed) = follow("quickstart", &overrides, requests(ALL));
    assert_adds_up(&observed, 28_800_000_000_000);
    assert_is_what_results_say(&result, &observed);
    let of_disruptions = |track: &&Track| track.group == Group::Disruptions;
    let disruptions =
        observed.trace.tracks.iter().find(of_disruptions).expect("a track of disruptions");
    assert!(disruptions.spans[0].name.contains("update domain 0 of main"));
    assert_eq!(disruptions.spans[0].start, 14_400_000_000_000, "the walk must begin at 10:00");
}

/// In this run, requests time out while a server processes them, are lost in a crash, or are
/// refused.
#[test]
fn stages_of_failed_lost_or_refused_requests_add_up() {
    let overrides = [
        "cohort.*.clients=40",
        "warm_up=\"0s\"",
        "duration=\"5h\"",
        "management_point.*.cpu={ dist = \"exponential\", mean = \"70s\" }",
        "management_point.*.queue_limit=2",
        "disruption.crash={ kind = \"instance-crash\", at = \"2026-11-23T07:00\", instance = 0, \
         gateway = \"main\", down = \"10min\" }",
    ];
    let (result, observed) = follow("quickstart", &overrides, requests(ALL));
    assert_adds_up(&observed, 18_000_000_000_000);
    assert_is_what_results_say(&result, &observed);
    let tracks = &observed.trace.tracks;
    let has = |category: &str| {
        tracks.iter().any(|track| track.spans.iter().any(|span| span.category == category))
    };
    for category in ["leftover", "lost", "unfinished", "retry", "wait", "service", "disruption"] {
        assert!(has(category), "no {category}");
    }
    let attempts = tracks.iter().flat_map(|track| &track.spans);
    let failed = |span: &&Span| span.category == "attempt" && is(span, "cause", "timeout");
    assert!(attempts.filter(failed).count() > 10);
    let marks = tracks.iter().flat_map(|track| &track.marks);
    assert!(marks.filter(|mark| mark.name.starts_with("refused by management point")).count() > 0);
}

#[test]
fn downloads_are_traced_chunk_by_chunk() {
    let overrides = ["cohort.*.clients=40", "warm_up=\"0s\"", "duration=\"8h\""];
    let (_, observed) = follow("content-100mb-50k-clients", &overrides, requests(ALL));
    assert_adds_up(&observed, 28_800_000_000_000);
    let downloads = |track: &&Track| track.name.contains("content_download");
    let parts = observed.trace.tracks.iter().filter(downloads).map(|track| {
        track.spans.iter().filter(|span| span.name == "content to the client").count()
    });
    assert!(parts.max() > Some(10));
}

#[test]
fn the_requested_number_of_requests_is_traced_at_even_intervals() {
    let (_, observed) = follow("quickstart", &["cohort.*.clients=200"], requests(48));
    assert_eq!((observed.trace.asked, observed.trace.followed), (48, 48));
    let starts: Vec<u64> = observed
        .trace
        .tracks
        .iter()
        .filter(|track| track.group == Group::Requests)
        .map(|track| whole(track).start / 1_000_000_000)
        .collect();
    assert_eq!(starts.len(), 48);
    // The trace contains the first request of each period of ten minutes.
    for (part, start) in (0_u64..).zip(&starts) {
        assert!((600 * part..600 * part + 300).contains(start), "{part}: {start} s");
    }
}

#[test]
fn the_log_has_every_event_and_marks_truncation() {
    let log = |from, maximum| Wanted { requests: 0, log: Some(LogWanted { from, maximum }) };
    let overrides = ["cohort.*.clients=5", "warm_up=\"10min\"", "duration=\"5h\""];
    let (result, _, text) = follow_and_log("quickstart", &overrides, log(SimTime::ZERO, 1_000_000));
    let text = String::from_utf8(text).expect("UTF-8");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |key: &str| lines.iter().filter(|line| line.get(key).is_some()).count();
    assert_eq!(count("event") as u64, result.events);
    assert!(count("then") > 100);
    let last = lines.last().expect("a last line");
    assert_eq!((last["cut"].as_bool(), last["lines_cut"].as_u64()), (Some(false), Some(0)));
    assert_eq!(last["lines"].as_u64(), Some(lines.len() as u64 - 1));
    let times: Vec<f64> = lines.iter().filter_map(|line| line["ts"].as_f64()).collect();
    // The log starts with the warm-up of ten minutes.
    assert!(times.is_sorted() && (-600e6..0.0).contains(&times[0]), "{}", times[0]);

    let (_, _, cut) = follow_and_log("quickstart", &overrides, log(SimTime::ZERO, 100));
    let cut = String::from_utf8(cut).expect("UTF-8");
    let more = lines.len() - 101;
    assert_eq!(cut.lines().count(), 101);
    assert!(cut.ends_with(&format!("{{\"lines\":100,\"cut\":true,\"lines_cut\":{more}}}\n")));
    assert!(text.starts_with(cut.rsplit_once("{\"lines\"").expect("a last line").0));

    let later = log(SimTime::from_nanos(1 << 40), 1_000_000);
    let (_, _, later) = follow_and_log("quickstart", &overrides, later);
    assert!(later.len() < text.len());
}

/// Returns the files of a run except the manifest, which contains times and file names.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("folder is readable") {
        let path = entry.expect("entry is readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_file() && name != "manifest.json" {
            found.insert(name, fs::read(&path).expect("file is readable"));
        }
    }
    found
}

#[test]
fn a_trace_changes_no_result_and_does_not_depend_on_threads() {
    let here = tempfile::tempdir().expect("folder is created");
    let run = |name: &str, arguments: &[&str]| {
        let out = here.path().join(name);
        let log = here.path().join(format!("{name}.ndjson"));
        let mut command = cmgsim();
        command.args(["run", "quickstart", "--quiet", "--replications", "3"]).args(SMALL);
        command.arg("--out").arg(&out).args(arguments);
        if !arguments.is_empty() {
            command.arg("--events").arg(&log).args(["--events-max", "5000"]);
        }
        command.assert().success();
        (files(&out), fs::read(log).unwrap_or_default())
    };
    let (plain, _) = run("plain", &[]);
    let (mut one, log_one) = run("one", &["--trace", "20", "--jobs", "1"]);
    let (mut two, log_two) = run("two", &["--trace", "20", "--jobs", "3"]);
    let trace = one.remove("trace.json").expect("a trace");
    assert!(two.remove("trace.json").as_ref() == Some(&trace), "the trace depends on threads");
    assert!(log_one == log_two && !log_one.is_empty());
    assert!(plain == one && plain == two, "results differ with a trace");
}

/// Asserts that the spans of each track end in the reverse order of their beginnings, and that time
/// never decreases.
fn assert_nested(events: &[serde_json::Value]) {
    let mut tracks: BTreeMap<(u64, u64), (Vec<&str>, f64)> = BTreeMap::new();
    for event in events {
        let key = (event["pid"].as_u64().expect("a pid"), event["tid"].as_u64().expect("a tid"));
        let (open, last) = tracks.entry(key).or_default();
        let name = event["name"].as_str().expect("a name");
        match event["ph"].as_str() {
            Some("B") => open.push(name),
            Some("E") => assert_eq!(open.pop(), Some(name), "a span ends that has not begun"),
            _ => continue,
        }
        let at = event["ts"].as_f64().expect("a time");
        assert!(at >= *last, "{event}");
        *last = at;
    }
    assert!(tracks.values().all(|(open, _)| open.is_empty()));
}

#[test]
fn the_file_is_json_with_names_for_every_track() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("results");
    let run = cmgsim()
        .args(["run", "update-domain-walk", "--quiet", "--trace", "50"])
        .args(SMALL)
        .arg("--out")
        .arg(&out)
        .assert();
    run.success();
    let bytes = fs::read(out.join("trace.json")).expect("file is readable");
    let document: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(document["otherData"]["requests_followed"], 50);
    let events = document["traceEvents"].as_array().expect("a list");
    let of = |phase: &'static str| events.iter().filter(move |event| event["ph"] == phase);
    let track = |event: &serde_json::Value| (event["pid"].as_u64(), event["tid"].as_u64());
    let named: Vec<_> = of("M").filter(|one| one["name"] == "thread_name").map(track).collect();
    assert!(of("B").chain(of("i")).all(|event| named.contains(&track(event))));
    assert_nested(events);
    let requests = of("B").filter(|event| event["cat"] == "request");
    assert_eq!(requests.clone().count(), 50);
    for request in requests {
        for name in ["client", "kind", "cohort", "attempts", "outcome"] {
            assert!(!request["args"][name].is_null(), "no {name}: {request}");
        }
        assert!(request["ts"].as_f64() >= Some(0.0));
    }
    // The next run into the same folder removes the trace.
    cmgsim().args(["run", "--quiet"]).args(SMALL).arg("--out").arg(&out).assert().success();
    assert!(!out.join("trace.json").exists());
}

/// The log is written continuously instead of at the end of the run.
#[test]
fn the_log_is_written_during_the_run() {
    struct Reader(Kept, Mutex<Vec<(f64, usize)>>);
    impl Watch for Reader {
        fn should_continue(&self, look: Look) -> bool {
            let length = self.0.0.lock().expect("no thread has panicked").len();
            // Ignore snapshots before the first event, when clients are still being placed.
            if look.events > 0 {
                self.1.lock().expect("no thread has panicked").push((look.share_done, length));
            }
            true
        }
    }
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let overrides = vec!["cohort.*.clients=400".to_owned()];
    let scenario = load(&LoadRequest { origin, overrides }).expect("scenario loads");
    let kept = Kept::default();
    let wanted = LogWanted { from: SimTime::ZERO, maximum: 10_000_000 };
    let follow = Follow::new(Wanted { requests: 0, log: Some(wanted) }, Box::new(kept.clone()));
    let reader = Reader(kept.clone(), Mutex::default());
    follow.run(&scenario.config, &ScenarioInfo::default(), &reader).expect("the audit balances");
    let looks = reader.1.into_inner().expect("no thread has panicked");
    let whole = kept.0.lock().expect("no thread has panicked").len();
    assert!(looks.len() > 5, "{looks:?}");
    for pair in looks.windows(2) {
        assert!(pair[1].1 > pair[0].1, "the log must grow between snapshots: {pair:?}");
    }
    let last = looks.last().expect("a snapshot").1;
    assert!(last < whole && whole - last < 200, "only the last line may be written at the end");
}

#[test]
fn an_empty_trace_is_a_valid_file() {
    let (_, observed, log) = follow_and_log("quickstart", &["cohort.*.clients=1"], requests(0));
    assert!(observed.trace.tracks.is_empty() && log.is_empty());
    let bytes = trace_event_json(&observed.trace);
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
}

#[test]
fn an_unwritable_log_is_reported_before_the_run() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("results");
    let run = cmgsim()
        .args(["run", "--quiet", "--events", "/nowhere/events.ndjson"])
        .arg("--out")
        .arg(&out)
        .assert()
        .code(2);
    let complaint = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(complaint.contains("/nowhere/events.ndjson"), "{complaint}");
    assert!(!out.exists());
    for wrong in [&["--trace", "0"][..], &["--events-from", "1h"], &["--trace", "10001"]] {
        cmgsim().arg("run").args(wrong).assert().code(2);
    }
}
