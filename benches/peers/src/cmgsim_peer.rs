//! cmgsim: its calendar, and its stations with all their statistics. One variant uses `SmallRng`,
//! as desque, ixa and the bare loops do, so that only the engines differ. Another variant uses the
//! keyed streams of cmgsim.

use cmgsim::internals::base::{SimDuration, SimTime};
use cmgsim::internals::engine::{
    Calendar, Discipline, Distribution, Purpose, Servers, Station, StationConfig, Stream, Streams,
};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated, Workload};

/// Simulates with `SmallRng`, the generator of the bare loops and of several other engines.
pub fn simulate(workload: Workload) -> Simulated {
    simulate_with::<SmallRng>(workload)
}

/// Simulates with the keyed streams that the gateway model uses.
pub fn simulate_with_streams(workload: Workload) -> Simulated {
    simulate_with::<Stream>(workload)
}

fn simulate_with<G: Generator>(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16::<G>(workload.size()),
        Workload::Hold(population) => hold::<G>(population, workload.size()),
        Workload::Polling => polling::<G>(workload.size()),
    }
}

/// Random generator with a separate seed or stream for each purpose.
pub trait Generator: Rng {
    fn for_purpose(purpose: u8) -> Self;
}

impl Generator for SmallRng {
    fn for_purpose(purpose: u8) -> Self {
        SmallRng::seed_from_u64(workload::SEED + u64::from(purpose))
    }
}

impl Generator for Stream {
    fn for_purpose(purpose: u8) -> Self {
        Streams::new(workload::SEED, 0).stream(0, Purpose(purpose), 0)
    }
}

/// Exponential durations with their own random generator.
pub struct Durations<G> {
    distribution: Distribution,
    generator: G,
}

impl<G: Generator> Durations<G> {
    pub fn new(mean_seconds: f64, purpose: u8) -> Self {
        let mean = SimDuration::from_seconds_f64(mean_seconds);
        let distribution = Distribution::exponential(mean).expect("a mean above zero");
        Durations { distribution, generator: G::for_purpose(purpose) }
    }

    #[inline]
    pub fn draw(&mut self) -> SimDuration {
        self.distribution.sample(&mut self.generator)
    }
}

fn station(servers: u32) -> Station {
    Station::new(StationConfig {
        servers: Servers::Limited(servers),
        discipline: Discipline::Fifo,
        queue_limit: None,
    })
}

#[derive(Clone, Copy)]
enum QueueEvent {
    Arrival,
    Wake(u32),
}

fn mm16<G: Generator>(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut between_arrivals = Durations::<G>::new(1.0 / workload::ARRIVAL_RATE, 0);
    let mut services = Durations::<G>::new(workload::MEAN_SERVICE_SECONDS, 1);
    let mut station = station(workload::SERVERS);
    let mut calendar = Calendar::new();
    calendar.schedule(SimTime::ZERO + between_arrivals.draw(), QueueEvent::Arrival);
    let (mut arrived, mut events) = (0, 0);
    while let Some((now, event)) = calendar.pop_until(SimTime::NEVER) {
        events += 1;
        match event {
            QueueEvent::Arrival => {
                station.arrive(now, arrived, services.draw(), &mut |at, timer| {
                    calendar.schedule(at, QueueEvent::Wake(timer));
                });
                arrived += 1;
                if arrived < customers {
                    calendar.schedule(now + between_arrivals.draw(), QueueEvent::Arrival);
                }
            }
            QueueEvent::Wake(timer) => {
                station.wake(now, timer, &mut |at, timer| {
                    calendar.schedule(at, QueueEvent::Wake(timer));
                });
            }
        }
    }
    let time = stopwatch.elapsed();
    let check = station.tally(calendar.now()).waits.mean();
    Simulated { events, time, check }
}

fn hold<G: Generator>(population: u32, events: u32) -> Simulated {
    let mut delays = Durations::<G>::new(workload::MEAN_HOLD_SECONDS, 0);
    let mut calendar = Calendar::new();
    for entity in 0..population {
        calendar.schedule(SimTime::ZERO + delays.draw(), entity);
    }
    let stopwatch = Stopwatch::start();
    for _ in 0..events {
        let Some((now, entity)) = calendar.pop_until(SimTime::NEVER) else { break };
        calendar.schedule(now + delays.draw(), entity);
    }
    let time = stopwatch.elapsed();
    let per_event = calendar.now().as_seconds() / f64::from(events);
    let check = per_event * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Simulated { events: u64::from(events), time, check }
}

#[derive(Clone, Copy)]
enum PollingEvent {
    ThinkEnd(u32),
    Wake { station: u8, timer: u32 },
}

fn polling<G: Generator>(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut thinks = Durations::<G>::new(workload::MEAN_THINK_SECONDS, 0);
    let mut services = [0, 1, 2]
        .map(|at| Durations::<G>::new(workload::STATIONS[at].mean_service_seconds, at as u8 + 1));
    let mut stations = workload::STATIONS.map(|size| station(size.servers));
    let mut asked = vec![SimTime::ZERO; workload::CLIENTS as usize];
    let mut calendar = Calendar::new();
    for client in 0..workload::CLIENTS {
        calendar.schedule(SimTime::ZERO + thinks.draw(), PollingEvent::ThinkEnd(client));
    }
    let end = SimTime::ZERO + SimDuration::from_seconds(u64::from(simulated_seconds));
    let (mut events, mut responses, mut response) = (0, 0_u32, SimDuration::ZERO);
    while let Some((now, event)) = calendar.pop_until(end) {
        events += 1;
        let (client, next) = match event {
            PollingEvent::ThinkEnd(client) => {
                asked[client as usize] = now;
                (client, 0)
            }
            PollingEvent::Wake { station, timer } => {
                let departure =
                    stations[usize::from(station)].wake(now, timer, &mut |at, timer| {
                        calendar.schedule(at, PollingEvent::Wake { station, timer });
                    });
                let Some(departure) = departure else { continue };
                (departure.job, station + 1)
            }
        };
        if let Some(station) = stations.get_mut(usize::from(next)) {
            let demand = services[usize::from(next)].draw();
            station.arrive(now, client, demand, &mut |at, timer| {
                calendar.schedule(at, PollingEvent::Wake { station: next, timer });
            });
        } else {
            responses += 1;
            response += now - asked[client as usize];
            calendar.schedule(now + thinks.draw(), PollingEvent::ThinkEnd(client));
        }
    }
    let time = stopwatch.elapsed();
    Simulated { events, time, check: response.as_seconds() / f64::from(responses) }
}
