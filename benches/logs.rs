//! Compares the reader of IIS logs with plain scans of the same bytes: lines that are copied into a
//! reused buffer, and lines as strings.

use std::hint::black_box;
use std::io::{BufRead, BufReader};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use cmgsim::internals::logs::{LogReader, Rules};

#[path = "workloads/logs.rs"]
mod workload;

/// Size of the log: 64 MB, more than the caches of most processors.
const BYTES: usize = 64_000_000;

fn read(criterion: &mut Criterion) {
    let log = workload::log(BYTES);
    let rules = Rules::builtin();
    let mut group = criterion.benchmark_group("logs/read");
    group.throughput(Throughput::Bytes(log.len() as u64)).sample_size(10);
    group.bench_function("classified and tallied", |b| {
        b.iter(|| {
            let mut reader = LogReader::new(&rules, None);
            reader.read("log", &mut &*log, &mut |_| true);
            black_box(reader.finish().rows())
        });
    });
    group.bench_function("plain scan: read_until", |b| {
        b.iter(|| {
            let mut source = BufReader::with_capacity(1 << 18, &*log);
            let (mut line, mut lines) = (Vec::new(), 0_u64);
            while source.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                lines += 1;
                line.clear();
            }
            black_box(lines)
        });
    });
    group.bench_function("plain scan: lines", |b| {
        b.iter(|| black_box(BufReader::with_capacity(1 << 18, &*log).lines().count()));
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
