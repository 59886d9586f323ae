//! Reference workload for speed measurements: an M/M/16 queue at utilisation 0.9 on the engine.
//!
//! On a slower machine, the scenario and the reference workload slow down equally, so the ratio of
//! their speeds depends on the program and not on the machine. This module only simulates; the
//! caller measures the time.

use crate::base::{SimDuration, SimTime};
use crate::engine::{
    Calendar, Discipline, Distribution, Purpose, Servers, Station, StationConfig, Streams,
};

/// Number of servers of the queue.
pub const SERVERS: u32 = 16;
const UTILISATION: f64 = 0.9;

/// Results of the reference workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// Number of simulated events.
    pub events: u64,
    /// Mean waiting time in seconds; the mean service time is one second.
    pub wait_mean: f64,
}

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Wake(u32),
}

/// Returns the distributions of interarrival times and of service times.
pub fn distributions() -> (Distribution, Distribution) {
    let mean = |seconds: f64| {
        Distribution::exponential(SimDuration::from_seconds_f64(seconds))
            .expect("the mean is a constant above zero")
    };
    (mean(1.0 / (UTILISATION * f64::from(SERVERS))), mean(1.0))
}

/// Simulates the queue until `jobs` jobs have arrived and departed.
pub fn queue(jobs: u32, seed: u64, discipline: Discipline) -> Served {
    let (interarrival, service) = distributions();
    let streams = Streams::new(seed, 0);
    let mut arrivals = streams.stream(0, Purpose(0), 0);
    let mut services = streams.stream(0, Purpose(1), 0);
    let mut station = Station::new(StationConfig {
        servers: Servers::Limited(SERVERS),
        discipline,
        queue_limit: None,
    });
    let mut calendar = Calendar::new();
    calendar.schedule(SimTime::ZERO + interarrival.sample(&mut arrivals), Event::Arrival);
    let (mut count, mut events, mut now) = (0, 0, SimTime::ZERO);
    while let Some((at, event)) = calendar.pop_until(SimTime::NEVER) {
        (now, events) = (at, events + 1);
        match event {
            Event::Arrival => {
                let demand = service.sample(&mut services);
                station.arrive(now, count, demand, &mut |at, timer| {
                    calendar.schedule(at, Event::Wake(timer));
                });
                count += 1;
                if count < jobs {
                    calendar.schedule(now + interarrival.sample(&mut arrivals), Event::Arrival);
                }
            }
            Event::Wake(timer) => {
                station.wake(now, timer, &mut |at, timer| {
                    calendar.schedule(at, Event::Wake(timer));
                });
            }
        }
    }
    Served { events, wait_mean: station.tally(now).waits.mean() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the mean waiting time with C / (c mu - lambda), where the Erlang C probability C is
    /// computed with the Erlang B recursion.
    #[test]
    fn the_mean_wait_agrees_with_erlang_c() {
        let offered = UTILISATION * f64::from(SERVERS);
        let blocking =
            (1..=SERVERS).fold(1.0, |b, servers| offered * b / (f64::from(servers) + offered * b));
        let waiting = blocking / (1.0 - UTILISATION * (1.0 - blocking));
        let expected = waiting / (f64::from(SERVERS) - offered);
        let served = queue(1_000_000, 1, Discipline::Fifo);
        // Three standard errors of a million jobs are about 1.5 % at this utilisation.
        assert!((served.wait_mean / expected - 1.0).abs() < 0.05, "{served:?}, {expected}");
        assert_eq!(served.events, 2_000_000, "each job has an arrival and a departure");
    }
}
