//! Tests Ctrl-C and other signals while clients are being placed, before the first event.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::files::folder;
use crate::common::signals::{send, start};

/// Time within which a process must end after a signal. It is long enough for a busy machine and
/// shorter than the interrupted work.
const EXIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the output of a process that must end within [`EXIT_TIMEOUT`].
fn ended(child: Child) -> Output {
    let begun = Instant::now();
    let output = child.wait_with_output().expect("process has ended");
    assert!(begun.elapsed() < EXIT_TIMEOUT, "{:?}", begun.elapsed());
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Arguments of a run with three million clients per cohort, whose placement takes longer than
/// [`EXIT_TIMEOUT`].
const MILLIONS: [&str; 6] =
    ["run", "quickstart", "--set", "cohort.*.clients=3000000", "--max-memory", "100000"];

#[test]
fn a_signal_stops_the_placement_of_millions_of_clients() {
    let here = folder();
    for signal in ["-INT", "-TERM", "-HUP"] {
        let out = here.path().join(signal);
        let child = start(&MILLIONS, &out);
        send(signal, &child);
        let output = ended(child);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(130), "{signal}: {text}");
        assert!(text.contains("nothing was measured"), "{signal}: {text}");
        assert!(output.stdout.is_empty(), "no results may be printed");
        assert!(!out.exists(), "the empty folder must be removed");
    }
}

/// A process that was started with `nohup` continues when the terminal is closed.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_ignores_hang_ups_continues() {
    let here = folder();
    let out = here.path().join("out");
    let words = ["run", "quickstart", "--set", "duration=\"90d\"", "--time-limit", "2"];
    let program = env!("CARGO_BIN_EXE_cmgsim");
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", program])
        .args(words)
        .arg("--out")
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    while !out.exists() && child.try_wait().expect("asked").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    send("-HUP", &child);
    let output = ended(child);
    assert_eq!(output.status.code(), Some(6), "the time limit must end it: {}", said(&output));
}
