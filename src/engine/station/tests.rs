//! Tests stations against hand-computed paths, conservation laws, a slow reference and queueing
//! theory.

use proptest::prelude::*;
use rand_distr::{Distribution as _, Exp1};

use super::reference::ReferenceStation;
use super::*;
use crate::engine::{Calendar, Purpose, Streams};

/// A station with its calendar.
struct Bench {
    station: Station,
    calendar: Calendar<u32>,
}

impl Bench {
    fn new(servers: Servers, discipline: Discipline, queue_limit: Option<u32>) -> Self {
        let config = StationConfig { servers, discipline, queue_limit };
        Bench { station: Station::new(config), calendar: Calendar::new() }
    }

    fn arrive(&mut self, now: SimTime, job: u32, demand: SimDuration) -> Admission {
        let calendar = &mut self.calendar;
        self.station.arrive(now, job, demand, &mut |at, timer| calendar.schedule(at, timer))
    }

    fn set_available(&mut self, now: SimTime, available: u32) {
        let calendar = &mut self.calendar;
        self.station.set_available(now, available, &mut |at, timer| calendar.schedule(at, timer));
    }

    fn run(&mut self, until: SimTime) -> Vec<(SimTime, Departure)> {
        let mut departures = Vec::new();
        while let Some((now, timer)) = self.calendar.pop_until(until) {
            let calendar = &mut self.calendar;
            let departure =
                self.station.wake(now, timer, &mut |at, timer| calendar.schedule(at, timer));
            departures.extend(departure.map(|departure| (now, departure)));
        }
        departures
    }

    /// Checks Little's law and the utilisation law, with both sides computed from the same jobs.
    fn assert_laws(&self, now: SimTime) {
        let tally = self.station.tally(now);
        assert_eq!(self.station.present().integral(now), tally.present_nanos, "Little");
        let busy = self.station.busy().integral(now);
        let rounding = self.station.rounding_nanos();
        assert!(busy.abs_diff(tally.served_nanos) <= rounding, "{busy} {}", tally.served_nanos);
    }
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

/// Theory case `path-outage`: arrivals at 0.25 + k s, service time 0.5 s, outage from 100 s to 160
/// s.
#[test]
fn outage_delays_match_hand_calculation() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::Fifo, None);
    let (mut departures, mut waiting_max) = (Vec::new(), 0);
    for job in 0..1000_u32 {
        let now = at(250 + 1000 * u64::from(job));
        for (stop, available) in [(100_000, 0), (160_000, 1)] {
            if now > at(stop) && at(stop) >= at(250 + 1000 * u64::from(job.max(1) - 1)) {
                departures.extend(bench.run(at(stop)));
                bench.set_available(at(stop), available);
            }
        }
        departures.extend(bench.run(now));
        bench.arrive(now, job, SimDuration::from_millis(500));
        waiting_max = waiting_max.max(bench.station.waiting());
    }
    departures.extend(bench.run(at(2_000_000)));
    let waits: Vec<u64> = departures.iter().map(|(_, d)| d.waited.as_nanos()).collect();
    assert_eq!(waits.iter().sum::<u64>(), 3_600_000_000_000);
    assert_eq!(waits.iter().max(), Some(&59_750_000_000));
    assert_eq!(waits.iter().filter(|wait| **wait > 0).count(), 120);
    assert_eq!(waiting_max, 60);
    bench.assert_laws(at(2_000_000));
}

#[test]
fn interrupted_job_resumes_with_its_remaining_service() {
    let mut bench = Bench::new(Servers::Limited(2), Discipline::Fifo, None);
    bench.arrive(at(0), 1, SimDuration::from_millis(100));
    bench.arrive(at(10), 2, SimDuration::from_millis(100));
    bench.run(at(50));
    bench.set_available(at(50), 0);
    bench.run(at(1050));
    bench.set_available(at(1050), 1);
    let departures = bench.run(at(5000));
    let ended: Vec<_> = departures.iter().map(|(now, d)| (d.job, *now)).collect();
    assert_eq!(ended, [(1, at(1100)), (2, at(1160))]);
    assert_eq!(departures[1].1.waited, SimDuration::from_millis(1050));
    bench.assert_laws(at(5000));
}

/// A slowdown applies to jobs that start service during it, not to jobs already in service.
#[test]
fn slowdown_applies_to_jobs_that_start_service() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::Fifo, None);
    let service = SimDuration::from_millis(100);
    bench.arrive(at(0), 1, service);
    bench.station.set_pace(3.0);
    bench.arrive(at(10), 2, service);
    bench.arrive(at(20), 3, service);
    let mut departures = bench.run(at(250));
    bench.station.set_pace(1.0);
    departures.extend(bench.run(at(1000)));
    let ended: Vec<_> = departures.iter().map(|(now, d)| (d.job, *now)).collect();
    assert_eq!(ended, [(1, at(100)), (2, at(400)), (3, at(500))]);
    assert_eq!(departures[2].1.waited, SimDuration::from_millis(380));
    bench.assert_laws(at(1000));
}

/// A job that is interrupted at the time at which it started is slowed down only once.
#[test]
fn a_job_is_slowed_when_it_begins_but_not_when_it_resumes() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::Fifo, None);
    bench.station.set_pace(3.0);
    bench.arrive(at(0), 1, SimDuration::from_millis(100));
    bench.set_available(at(0), 0);
    bench.set_available(at(50), 1);
    let departures = bench.run(at(1000));
    let ended: Vec<_> = departures.iter().map(|(now, d)| (d.job, *now)).collect();
    assert_eq!(ended, [(1, at(350))]);
    bench.assert_laws(at(1000));
}

#[test]
fn two_jobs_share_a_core() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::ProcessorSharing, None);
    bench.arrive(at(0), 1, SimDuration::from_millis(100));
    bench.run(at(50));
    bench.arrive(at(50), 2, SimDuration::from_millis(100));
    let departures = bench.run(at(1000));
    // Job 1 runs 50 ms alone and 100 ms at half speed; job 2 then runs 50 ms alone.
    let ended: Vec<_> = departures.iter().map(|(now, d)| (d.job, *now)).collect();
    assert_eq!(ended, [(1, at(150)), (2, at(200))]);
    bench.assert_laws(at(1000));
}

fn ticket(admission: Admission) -> u64 {
    match admission {
        Admission::Waiting { ticket } => ticket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn jobs_that_leave_the_queue_are_not_served_and_order_is_kept() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::Fifo, None);
    let second = SimDuration::from_seconds(1);
    bench.arrive(at(0), 0, second);
    let tickets: Vec<u64> =
        (1..6).map(|job| ticket(bench.arrive(at(u64::from(job)), job, second))).collect();
    // The first, a middle and the last job leave. In between, the job in service is interrupted and
    // becomes the head of the queue.
    assert!(bench.station.leave_queue(at(10), 1, tickets[0]));
    bench.set_available(at(20), 0);
    assert!(bench.station.leave_queue(at(30), 3, tickets[2]));
    assert!(bench.station.leave_queue(at(30), 5, tickets[4]));
    bench.set_available(at(40), 1);
    assert_eq!(bench.station.waiting(), 2);
    bench.assert_laws(at(40));
    let departures = bench.run(at(10_000));
    let jobs: Vec<u32> = departures.iter().map(|(_, departure)| departure.job).collect();
    assert_eq!(jobs, [0, 2, 4]);
    assert!(!bench.station.leave_queue(at(10_000), 2, tickets[1]), "it has been served");
    assert_eq!(bench.station.tally(at(10_000)).left, 3);
    bench.assert_laws(at(10_000));
}

#[test]
fn full_queue_refuses_jobs() {
    let mut bench = Bench::new(Servers::Limited(1), Discipline::Fifo, Some(1));
    let second = SimDuration::from_seconds(1);
    assert_eq!(bench.arrive(at(0), 1, second), Admission::Started);
    let ticket = ticket(bench.arrive(at(0), 2, second));
    assert_eq!(bench.arrive(at(0), 3, second), Admission::Refused);
    assert!(!bench.station.leave_queue(at(1), 9, ticket), "the ticket of another job");
    assert!(bench.station.leave_queue(at(1), 2, ticket));
    assert!(!bench.station.leave_queue(at(1), 2, ticket), "it has left");
    assert!(matches!(bench.arrive(at(2), 4, second), Admission::Waiting { .. }));
    bench.assert_laws(at(2));
}

#[test]
fn processor_sharing_refuses_jobs_beyond_cores_and_queue_limit() {
    let mut bench = Bench::new(Servers::Limited(2), Discipline::ProcessorSharing, Some(1));
    let second = SimDuration::from_seconds(1);
    let admissions: Vec<_> = (0..4).map(|job| bench.arrive(at(0), job, second)).collect();
    let (started, waiting) = (Admission::Started, Admission::Waiting { ticket: 0 });
    assert_eq!(admissions, [started, started, waiting, Admission::Refused]);
}

#[test]
fn statistics_after_a_reset_exclude_the_past() {
    for discipline in [Discipline::Fifo, Discipline::ProcessorSharing] {
        let mut bench = Bench::new(Servers::Limited(1), discipline, None);
        bench.arrive(at(0), 1, SimDuration::from_millis(100));
        bench.arrive(at(0), 2, SimDuration::from_millis(100));
        bench.run(at(60));
        bench.station.reset_statistics(at(60));
        bench.assert_laws(at(60));
        bench.run(at(1000));
        bench.assert_laws(at(1000));
        let busy = bench.station.busy().integral(at(1000));
        assert_eq!(busy, u128::from(SimDuration::from_millis(140).as_nanos()));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Arrive { after: u64, demand: u64 },
    Clear,
    Available(u8),
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..500_u64, prop_oneof![1 => Just(0), 9 => 1..1500_u64])
            .prop_map(|(after, demand)| Step::Arrive { after, demand }),
        1 => Just(Step::Clear),
        2 => (0..4_u8).prop_map(Step::Available),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// Applies the same random operations to the station and to the slow reference. In both, the
    /// same jobs complete at the same times (under processor sharing, within one nanosecond per
    /// event), and the conservation laws always hold.
    #[test]
    fn the_station_matches_its_reference_model(
        steps in steps(),
        servers in 1..4_u32,
        is_sharing: bool,
        limit in prop::option::of(0..3_u32),
    ) {
        let discipline =
            if is_sharing { Discipline::ProcessorSharing } else { Discipline::Fifo };
        // Under processor sharing, rounding in the reference may complete a job a nanosecond early
        // and then admit another job, so the queue limit is not tested.
        let limit = limit.filter(|_| !is_sharing).map(|limit| limit as usize);
        let queue_limit = limit.map(|limit| limit as u32);
        let mut bench = Bench::new(Servers::Limited(servers), discipline, queue_limit);
        let mut reference = ReferenceStation::new(servers as usize, is_sharing, limit);
        let mut now = SimTime::ZERO;
        let (mut ended, mut expected) = (Vec::new(), Vec::new());
        for (job, step) in steps.iter().enumerate() {
            let job = job as u32;
            // Under processor sharing, a completion at the time of a step that clears the station
            // or changes its available servers may fall before or after that step because of
            // rounding. The clock therefore advances a little to avoid equal times.
            if is_sharing && matches!(step, Step::Clear | Step::Available(_)) {
                now = now + SimDuration::from_nanos(317);
                ended.extend(bench.run(now));
                expected.extend(reference.pass(now));
            }
            match step {
                Step::Arrive { after, demand } => {
                    now = now + SimDuration::from_nanos(after * 1000);
                    ended.extend(bench.run(now));
                    expected.extend(reference.pass(now));
                    let demand = SimDuration::from_nanos(demand * 1000);
                    if limit.is_some() && reference.available < reference.servers {
                        continue;
                    }
                    let is_in = bench.arrive(now, job, demand) != Admission::Refused;
                    prop_assert_eq!(is_in, reference.arrive(job, demand));
                }
                Step::Clear => {
                    bench.station.clear(now, &mut Vec::new());
                    reference.clear();
                }
                Step::Available(count) => {
                    let available = u32::from(*count).min(servers);
                    bench.set_available(now, available);
                    reference.available = available as usize;
                }
                Step::Reset => bench.station.reset_statistics(now),
            }
            bench.assert_laws(now);
        }
        bench.set_available(now, servers);
        reference.available = servers as usize;
        now = now + SimDuration::from_seconds(1000);
        ended.extend(bench.run(now));
        expected.extend(reference.pass(now));
        bench.assert_laws(now);
        prop_assert_eq!(ended.len(), expected.len());
        ended.sort_by_key(|(_, departure)| departure.job);
        expected.sort_by_key(|(job, _)| *job);
        let slack = if is_sharing { steps.len() as f64 + 1.0 } else { 0.5 };
        for ((time, departure), (job, expected)) in ended.iter().zip(&expected) {
            prop_assert_eq!(departure.job, *job);
            prop_assert!((time.as_nanos() as f64 - expected).abs() <= slack);
        }
    }
}

/// Runs a Poisson stream of exponential jobs through a station. Returns mean and standard error
/// from batch means of `measure`, which receives `None` for a refused job.
fn poisson(
    mut bench: Bench,
    rate: f64,
    jobs: u32,
    measure: impl Fn(Option<Departure>) -> f64,
) -> (f64, f64) {
    let streams = Streams::new(20_261_123, 0);
    let mut arrivals = streams.stream(1, Purpose(0), 0);
    let mut services = streams.stream(1, Purpose(1), 0);
    let seconds = |stream: &mut crate::engine::Stream, mean: f64| {
        let unit: f64 = Exp1.sample(stream);
        SimDuration::from_seconds_f64(unit * mean)
    };
    let mut now = SimTime::ZERO;
    let mut values = vec![0.0; jobs as usize];
    for job in 0..jobs {
        now = now + seconds(&mut arrivals, 1.0 / rate);
        for (_, departure) in bench.run(now) {
            values[departure.job as usize] = measure(Some(departure));
        }
        let demand = seconds(&mut services, 1.0);
        if bench.arrive(now, job, demand) == Admission::Refused {
            values[job as usize] = measure(None);
        }
    }
    let batches: Vec<f64> = values
        .chunks_exact(jobs as usize / 40)
        .map(|batch| batch.iter().sum::<f64>() / batch.len() as f64)
        .collect();
    let mean = batches.iter().sum::<f64>() / batches.len() as f64;
    let variance = batches.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>()
        / (batches.len() - 1) as f64;
    bench.assert_laws(now);
    (mean, (variance / batches.len() as f64).sqrt())
}

fn assert_near((mean, standard_error): (f64, f64), exact: f64) {
    let z = (mean - exact) / standard_error;
    assert!(z.abs() < 3.5, "{mean} instead of {exact}: z = {z}");
    assert!(
        standard_error < 0.02 * exact,
        "the standard error {standard_error} is too large for {exact}"
    );
}

fn waited(departure: Option<Departure>) -> f64 {
    departure.map_or(0.0, |departure| departure.waited.as_seconds())
}

#[test]
fn mean_wait_of_mm1_and_mm3_matches_erlang_c() {
    let one = Bench::new(Servers::Limited(1), Discipline::Fifo, None);
    assert_near(poisson(one, 0.5, 800_000, waited), 1.0);
    // Gross et al. (2008) 2.3: M/M/3 at utilisation 0.8, C = 0.64719, Wq = C / (3 - 2.4).
    let three = Bench::new(Servers::Limited(3), Discipline::Fifo, None);
    assert_near(poisson(three, 2.4, 1_500_000, waited), 0.647_191_011_2 / 0.6);
}

#[test]
fn blocking_of_mmck_matches_the_birth_death_chain() {
    // This is theory case `mmck-2-3-0.375`, with time scaled to a service rate of 1.
    let bench = Bench::new(Servers::Limited(2), Discipline::Fifo, Some(1));
    let blocked = |departure: Option<Departure>| f64::from(u8::from(departure.is_none()));
    assert_near(poisson(bench, 0.75, 800_000, blocked), 0.049_360_146_25);
}

#[test]
fn mean_response_under_processor_sharing_matches_mm1() {
    let bench = Bench::new(Servers::Limited(1), Discipline::ProcessorSharing, None);
    let response_time = |departure: Option<Departure>| {
        departure.map_or(0.0, |departure| departure.response_time.as_seconds())
    };
    assert_near(poisson(bench, 0.5, 800_000, response_time), 2.0);
}
