//! Compares the speed of the reader of IIS logs with plain scans of the same file, which only count
//! lines.
//!
//! ```sh
//! cargo bench -p benches --bench log_ratio             # a generated log of 128 MB
//! cargo bench -p benches --bench log_ratio -- FILE     # a log of a server, as plain text
//! ```
//!
//! All measurements are on one thread, in turns, and the file is in the cache of the operating
//! system. The result is the fastest of several rounds. Times are processor times of the thread on
//! Linux, so that other load disturbs them little, and wall times on other systems.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cmgsim::internals::logs::{LogReader, Rules};

#[path = "workloads/logs.rs"]
mod workload;

/// Size of the generated log.
const BYTES: usize = 128_000_000;

/// Number of rounds.
const ROUNDS: u32 = 10;

/// Size of the buffer of the scans, which is that of the reader.
const BUFFER: usize = 256 * 1024;

/// Name of a function that reads a file, and the function.
type ReadFile = (&'static str, fn(&Path) -> io::Result<u64>);

/// The reader first, then the scans with which it is compared.
const READS: [ReadFile; 4] = [
    ("read, classified and tallied", tally),
    ("scan with lines()", lines),
    ("scan with lines(), buffer of 8 KiB (default)", lines_with_default_buffer),
    ("scan with read_until()", read_until),
];

fn tally(path: &Path) -> io::Result<u64> {
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    reader.read("log", &mut File::open(path)?, &mut |_| true);
    Ok(reader.finish().rows())
}

fn lines(path: &Path) -> io::Result<u64> {
    Ok(BufReader::with_capacity(BUFFER, File::open(path)?).lines().count() as u64)
}

fn lines_with_default_buffer(path: &Path) -> io::Result<u64> {
    Ok(BufReader::new(File::open(path)?).lines().count() as u64)
}

fn read_until(path: &Path) -> io::Result<u64> {
    let mut source = BufReader::with_capacity(BUFFER, File::open(path)?);
    let (mut line, mut lines) = (Vec::new(), 0);
    while source.read_until(b'\n', &mut line)? > 0 {
        lines += 1;
        line.clear();
    }
    Ok(lines)
}

/// Returns the processor time of this thread; `None` if the system does not report it.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Returns the time that a function takes, in seconds.
fn seconds(run: impl FnOnce() -> io::Result<u64>) -> io::Result<f64> {
    let (started, processor) = (Instant::now(), processor_time());
    black_box(run()?);
    let spent = processor.zip(processor_time()).map(|(before, after)| after - before);
    Ok(spent.unwrap_or_else(|| started.elapsed()).as_secs_f64())
}

fn main() -> io::Result<()> {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let path = match &given {
        Some(path) => PathBuf::from(path),
        None => {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("log_ratio.log");
            fs::write(&path, workload::log(BYTES))?;
            path
        }
    };
    let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
    let mut fastest = [f64::INFINITY; READS.len()];
    for _ in 0..ROUNDS {
        for ((_, read), fastest) in READS.iter().zip(&mut fastest) {
            *fastest = fastest.min(seconds(|| read(&path))?);
        }
    }
    if given.is_none() {
        fs::remove_file(&path)?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{megabytes:.0} MB, fastest of {ROUNDS} rounds")?;
    writeln!(out, "{:<46} {:>8} {:>22}", "", "MB/s", "speed of read / scan")?;
    for ((name, _), seconds) in READS.iter().zip(fastest) {
        let (speed, ratio) = (megabytes / seconds, seconds / fastest[0]);
        writeln!(out, "{name:<46} {speed:>8.0} {ratio:>22.2}")?;
    }
    Ok(())
}
