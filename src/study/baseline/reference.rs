//! A workload that others are timed against: an M/M/16 queue at utilisation 0.9 on the engine.
//!
//! A machine that is half as fast runs both at half the speed, so their ratio says something about
//! the program. This module simulates; whoever has a clock times it.

use crate::base::{SimDuration, SimTime};
use crate::engine::{
    Calendar, Discipline, Distribution, Purpose, Servers, Station, StationConfig, Streams,
};

/// Servers of the queue.
pub const SERVERS: u32 = 16;
const UTILISATION: f64 = 0.9;

/// What the reference workload did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// Events simulated.
    pub events: u64,
    /// Mean wait, seconds; a service takes one second on average.
    pub wait_mean: f64,
}

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Wake(u32),
}

/// Laws of the times between arrivals and of service.
pub fn distributions() -> (Distribution, Distribution) {
    let mean = |seconds: f64| {
        Distribution::exponential(SimDuration::from_seconds_f64(seconds))
            .expect("the mean is a constant above zero")
    };
    (mean(1.0 / (UTILISATION * f64::from(SERVERS))), mean(1.0))
}

/// Lets so many jobs arrive, and simulates until all have left.
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

    /// Erlang's C formula by the recursion of his B: mean wait C / (c mu - lambda).
    #[test]
    fn mean_wait_matches_erlang() {
        let offered = UTILISATION * f64::from(SERVERS);
        let blocking =
            (1..=SERVERS).fold(1.0, |b, servers| offered * b / (f64::from(servers) + offered * b));
        let waiting = blocking / (1.0 - UTILISATION * (1.0 - blocking));
        let expected = waiting / (f64::from(SERVERS) - offered);
        let served = queue(1_000_000, 1, Discipline::Fifo);
        // Some 1.5 % is three standard errors of a million jobs at this utilisation.
        assert!((served.wait_mean / expected - 1.0).abs() < 0.05, "{served:?}, {expected}");
        assert_eq!(served.events, 2_000_000, "each arrives and leaves");
    }
}
