//! Tests links against hand-computed transfers, a slow reference and queueing theory.

use proptest::prelude::*;
use rand_distr::{Distribution as _, Exp1};

use super::reference::ReferenceLink;
use super::*;
use crate::base::SimDuration;
use crate::engine::{Calendar, Purpose, Streams};

use TransferClass::{Background, Foreground};

/// A link with its calendar.
struct Bench {
    link: SharedLink,
    calendar: Calendar<()>,
}

impl Bench {
    fn new(capacity: Capacity) -> Self {
        Bench { link: SharedLink::new(capacity), calendar: Calendar::new() }
    }

    fn arrive(&mut self, now: SimTime, job: u32, class: TransferClass, bytes: u64) {
        let calendar = &mut self.calendar;
        let bytes = Bytes::new(bytes);
        self.link.arrive(now, (job, class), bytes, &mut |at| calendar.schedule(at, ()));
    }

    fn set_capacity(&mut self, now: SimTime, capacity: Capacity) {
        let calendar = &mut self.calendar;
        self.link.set_capacity(now, capacity, &mut |at| calendar.schedule(at, ()));
    }

    fn run(&mut self, until: SimTime) -> Vec<(u32, SimTime)> {
        let mut done = Vec::new();
        while let Some((now, ())) = self.calendar.pop_until(until) {
            let calendar = &mut self.calendar;
            let job = self.link.wake(now, &mut |at| calendar.schedule(at, ()));
            done.extend(job.map(|job| (job, now)));
        }
        done
    }

    fn assert_conserves_bits(&self, now: SimTime) {
        let (imbalance, rounding) = (self.link.imbalance_bits(now), self.link.rounding_bits());
        assert!(imbalance <= rounding, "{imbalance} bits; rounding {rounding}");
    }
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

const MBIT: u64 = 1_000_000;
const MB: u64 = 1_000_000;
const HOUR: u64 = 3_600_000;

/// 1,000 x 270 MB x 8 bits / 50 Mbit/s = 43,200 s.
#[test]
fn a_thousand_downloads_of_270_mb_at_50_mbit_per_second_take_12_hours() {
    let mut bench = Bench::new(Capacity::of(50 * MBIT));
    for job in 0..1000 {
        bench.arrive(at(0), job, Background, 270 * MB);
    }
    assert_eq!(bench.run(at(12 * HOUR - 1)), []);
    let done = bench.run(at(13 * HOUR));
    assert_eq!(done.len(), 1000);
    assert!(done.iter().all(|(_, ended)| *ended == at(12 * HOUR)));
    assert_eq!(bench.link.carried_bits(at(13 * HOUR)), 1000 * 270_000_000 * 8);
    assert_eq!(bench.calendar.pop_until(SimTime::NEVER), None);
}

/// Ten transfers of 1 MB and ten of 3 MB at 8 Mbit/s: all share until the small ones have ended at
/// 20 x 1 MB / 1 MB/s = 20 s; then ten share, 10 x 2 MB / 1 MB/s = 20 s more.
#[test]
fn small_transfers_end_first_and_leave_their_share_to_the_others() {
    let mut bench = Bench::new(Capacity::of(8 * MBIT));
    for job in 0..10 {
        bench.arrive(at(0), job, Foreground, MB);
        bench.arrive(at(0), 100 + job, Background, 3 * MB);
    }
    let done = bench.run(at(HOUR));
    let ended = |job| done.iter().find(|one| one.0 == job).map(|one| one.1);
    assert!((0..10).all(|job| ended(job) == Some(at(20_000))));
    assert!((100..110).all(|job| ended(job) == Some(at(40_000))));
}

/// A link of 8 Mbit/s with at most 2 Mbit/s in the background: the background transfer of 1 MB has
/// 2 Mbit/s throughout and takes 4 s. The other transfer of 3 MB has 6 Mbit/s and takes 4 s.
#[test]
fn the_limit_holds_background_transfers_to_their_part() {
    let mut bench = Bench::new(Capacity { total: 8 * MBIT, background: 2 * MBIT });
    bench.arrive(at(0), 1, Background, MB);
    bench.arrive(at(0), 2, Foreground, 3 * MB);
    assert_eq!(bench.run(at(HOUR)), [(2, at(4000)), (1, at(4000))]);
    // Alone, a background transfer has no more than the limit either.
    bench.arrive(at(10_000), 3, Background, MB);
    assert_eq!(bench.run(at(HOUR)), [(3, at(14_000))]);
    // One of five transfers has a fifth, 1.6 Mbit/s, which is below the limit.
    for job in 4..8 {
        bench.arrive(at(20_000), job, Foreground, MB);
    }
    bench.arrive(at(20_000), 8, Background, MB);
    let done = bench.run(at(HOUR));
    assert!(done.iter().all(|one| one.1 == at(25_000)), "{done:?}");
    bench.assert_conserves_bits(at(HOUR));
}

/// 100 MB at 8 Mbit/s (1 MB/s), from 60 s at 80 Mbit/s (10 MB/s): 60 MB, then 40 MB in 4 s.
#[test]
fn a_change_of_the_capacity_applies_to_transfers_in_progress() {
    let mut bench = Bench::new(Capacity::of(8 * MBIT));
    bench.arrive(at(0), 1, Foreground, 100 * MB);
    assert_eq!(bench.run(at(60_000)), []);
    bench.set_capacity(at(60_000), Capacity::of(80 * MBIT));
    assert_eq!(bench.run(at(HOUR)), [(1, at(64_000))]);
    // A link without capacity carries nothing, and continues where it was.
    bench.arrive(at(100_000), 2, Foreground, 20 * MB);
    bench.run(at(101_000));
    bench.set_capacity(at(101_000), Capacity::of(0));
    assert_eq!(bench.run(at(200_000)), []);
    bench.set_capacity(at(200_000), Capacity::of(80 * MBIT));
    assert_eq!(bench.run(at(HOUR)), [(2, at(201_000))]);
    assert_eq!(bench.link.completed_bits(), 8 * 120_000_000);
    // 60 s at 8 Mbit/s, 41 s at 80, 99 s at 0, 100 s at 80 Mbit/s.
    assert_eq!(bench.link.offered_bits(at(300_000)), (480 + 3280 + 8000) * 1_000_000);
}

#[test]
fn a_small_message_on_a_busy_link_has_the_rate_of_one_transfer_of_many() {
    let mut bench = Bench::new(Capacity::of(8 * MBIT));
    for job in 0..99 {
        bench.arrive(at(0), job, Foreground, 100 * MB);
    }
    // 10 KB at 8 Mbit/s / 100 = 10 KB/s.
    bench.arrive(at(5000), 99, Foreground, 10_000);
    assert_eq!(bench.run(at(HOUR)).first(), Some(&(99, at(6000))));
}

#[test]
fn transfers_of_zero_bytes_complete_at_once() {
    let mut bench = Bench::new(Capacity::of(MBIT));
    bench.arrive(at(0), 1, Foreground, MB);
    bench.arrive(at(10), 2, Foreground, 0);
    assert_eq!(bench.run(at(10)), [(2, at(10))]);
}

#[test]
fn the_largest_transfers_of_many_do_not_overflow() {
    let mut bench = Bench::new(Capacity::of(400_000 * MBIT));
    for job in 0..1000 {
        bench.arrive(at(0), job, Background, u64::MAX);
    }
    bench.run(at(HOUR));
    assert_eq!(bench.link.carried_bits(at(HOUR)), 400_000 * 1_000_000 * 3600);
    bench.assert_conserves_bits(at(HOUR));
}

/// Under processor sharing with Poisson arrivals, the mean time of a transfer is its time on the
/// idle link divided by 1 - utilisation, for any distribution of sizes (Kleinrock, Queueing Systems
/// II, 1976, section 4.4).
#[test]
fn mean_times_equal_those_of_processor_sharing_for_any_distribution_of_sizes() {
    let sizes: [fn(f64, f64) -> f64; 3] = [
        |_, _| 1.0,
        |_, exponential| exponential,
        |uniform, _| if uniform < 0.9 { 0.2 } else { 8.2 },
    ];
    for (index, size) in sizes.into_iter().enumerate() {
        let mut stream = Streams::new(7, 0).stream(index as u64, Purpose(0), 0);
        let mut bench = Bench::new(Capacity::of(8 * MBIT));
        // A mean transfer of 1 MB takes 1 s; utilisation 0.6.
        let (mut now, mut starts, mut total, mut count) = (0.0, Vec::new(), 0.0, 0);
        let mut record = |starts: &[f64], done: Vec<(u32, SimTime)>| {
            for (job, ended) in done {
                total += ended.as_seconds() - starts[job as usize];
                count += 1;
            }
        };
        for job in 0..60_000 {
            let gap: f64 = Exp1.sample(&mut stream);
            now += gap / 0.6;
            let time = SimTime::ZERO + SimDuration::from_seconds_f64(now);
            record(&starts, bench.run(time));
            starts.push(now);
            let bytes = size(stream.uniform(), Exp1.sample(&mut stream)) * 1e6;
            bench.arrive(time, job, Foreground, bytes as u64);
        }
        record(&starts, bench.run(SimTime::NEVER));
        let mean = total / f64::from(count);
        assert!((mean / 2.5 - 1.0).abs() < 0.06, "sizes {index}: {mean} s, expected 2.5 s");
    }
}

proptest! {
    #[test]
    fn completion_times_equal_those_of_the_reference(
        steps in prop::collection::vec(
            (0_u64..2_000, 0_u64..300_000, any::<bool>(), 0_u64..20, 0_u64..20, 0_u32..8), 1..80),
    ) {
        let first = Capacity { total: 5 * MBIT, background: 2 * MBIT };
        let (mut bench, mut slow) = (Bench::new(first), ReferenceLink::new(first));
        let (mut fast_done, mut slow_done, mut now) = (Vec::new(), Vec::new(), at(0));
        for (job, (gap, bytes, is_background, total, background, action)) in
            steps.into_iter().enumerate()
        {
            now = now + SimDuration::from_millis(gap);
            fast_done.extend(bench.run(now));
            slow_done.extend(slow.pass(now));
            if action == 0 {
                let capacity = Capacity { total: total * MBIT, background: background * MBIT };
                bench.set_capacity(now, capacity);
                slow.capacity = capacity;
            } else {
                let class = if is_background { Background } else { Foreground };
                bench.arrive(now, job as u32, class, bytes + 1);
                slow.arrive(job as u32, class, bytes + 1);
            }
            bench.assert_conserves_bits(now);
        }
        bench.set_capacity(now, first);
        slow.capacity = first;
        fast_done.extend(bench.run(SimTime::NEVER));
        slow_done.extend(slow.pass(now + SimDuration::from_seconds(100_000)));
        prop_assert_eq!(fast_done.len(), slow_done.len());
        slow_done.sort_by_key(|one| one.0);
        fast_done.sort_by_key(|one| one.0);
        for ((job, fast), (other, slow)) in fast_done.into_iter().zip(slow_done) {
            prop_assert_eq!(job, other);
            // Each of at most 160 steps rounds to a nanosecond, and the reference to 1e-3 bits.
            prop_assert!((fast.as_nanos() as f64 - slow).abs() < 5_000.0, "{} {}", fast, slow);
        }
    }
}
