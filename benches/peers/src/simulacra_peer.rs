//! simulacra: events are an enum; one handler receives each event and the simulation, and schedules
//! the next events.
//!
//! Follows the example in simulacra's crate documentation, which uses the kernel (`Simulation`).
//! simulacra's other examples use tasks on network nodes. Network nodes allocate a routing table
//! for all pairs of nodes, about 240 GB for 100,000 clients. A node has only one task, so customers
//! cannot be tasks.

use std::collections::VecDeque;

use simulacra::{Duration, SimRng, Simulation, Time};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, STATIONS, Simulated, Workload};

pub fn simulate(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    }
}

/// Draws an exponential delay by inversion, because the crate has no distributions and its
/// generator does not work with `rand_distr`.
fn exponential(rng: &mut SimRng, mean_seconds: f64) -> Duration {
    let seconds = -mean_seconds * (1.0 - rng.f64()).ln();
    Duration::from_nanos((seconds * 1e9) as u64)
}

fn seconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e9
}

#[derive(Debug)]
enum QueueEvent {
    Arrival,
    Departure,
}

/// State of the M/M/16 queue.
struct Queue {
    rng: SimRng,
    idle: u32,
    /// Arrival times of waiting customers.
    waiting: VecDeque<Time>,
    to_come: u32,
    waited: Duration,
}

impl Queue {
    fn handle(&mut self, sim: &mut Simulation<QueueEvent>, event: QueueEvent) {
        match event {
            QueueEvent::Arrival => {
                if self.idle > 0 {
                    self.idle -= 1;
                    self.schedule_departure(sim);
                } else {
                    self.waiting.push_back(sim.now());
                }
                self.schedule_arrival(sim);
            }
            QueueEvent::Departure => {
                if let Some(arrived) = self.waiting.pop_front() {
                    self.waited += sim.now() - arrived;
                    self.schedule_departure(sim);
                } else {
                    self.idle += 1;
                }
            }
        }
    }

    fn schedule_arrival(&mut self, sim: &mut Simulation<QueueEvent>) {
        if self.to_come == 0 {
            return;
        }
        self.to_come -= 1;
        let delay = exponential(&mut self.rng, 1.0 / workload::ARRIVAL_RATE);
        sim.schedule_in(delay, QueueEvent::Arrival);
    }

    fn schedule_departure(&mut self, sim: &mut Simulation<QueueEvent>) {
        let delay = exponential(&mut self.rng, workload::MEAN_SERVICE_SECONDS);
        sim.schedule_in(delay, QueueEvent::Departure);
    }
}

fn mm16(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut queue = Queue {
        rng: SimRng::new(workload::SEED),
        idle: workload::SERVERS,
        waiting: VecDeque::new(),
        to_come: customers,
        waited: Duration::ZERO,
    };
    let mut sim = Simulation::new();
    queue.schedule_arrival(&mut sim);
    let stats = sim.run(|sim, event| queue.handle(sim, event));
    let time = stopwatch.elapsed();
    let check = seconds(queue.waited) / f64::from(customers);
    Simulated { events: stats.events_processed, time, check }
}

/// State of the hold model.
#[derive(Debug)]
struct Hold {
    entity: u32,
}

fn hold(population: u32, events: u32) -> Simulated {
    let mut rng = SimRng::new(workload::SEED);
    let mut sim = Simulation::new();
    for entity in 0..population {
        let delay = exponential(&mut rng, workload::MEAN_HOLD_SECONDS);
        sim.schedule_in(delay, Hold { entity });
    }
    let mut remaining = events;
    let stopwatch = Stopwatch::start();
    let (stats, _) = sim.run_until(|sim, Hold { entity }| {
        remaining -= 1;
        let delay = exponential(&mut rng, workload::MEAN_HOLD_SECONDS);
        sim.schedule_in(delay, Hold { entity });
        remaining > 0
    });
    let time = stopwatch.elapsed();
    let per_event = seconds(stats.final_time - Time::ZERO) / f64::from(events);
    let check = per_event * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Simulated { events: stats.events_processed, time, check }
}

#[derive(Clone, Copy, Debug)]
struct Request {
    client: u32,
    asked: Time,
}

#[derive(Debug)]
enum SiteEvent {
    ThinkEnd { client: u32 },
    ServiceEnd { station: usize, request: Request },
}

struct Station {
    idle: u32,
    waiting: VecDeque<Request>,
}

/// State of the polling model.
struct Site {
    rng: SimRng,
    stations: [Station; 3],
    end: Time,
    events: u64,
    responses: u32,
    response: Duration,
}

impl Site {
    /// Returns false when the simulated period is over.
    fn handle(&mut self, sim: &mut Simulation<SiteEvent>, event: SiteEvent) -> bool {
        if sim.now() > self.end {
            return false;
        }
        self.events += 1;
        match event {
            SiteEvent::ThinkEnd { client } => {
                let request = Request { client, asked: sim.now() };
                self.arrive(sim, 0, request);
            }
            SiteEvent::ServiceEnd { station, request } => {
                match self.stations[station].waiting.pop_front() {
                    Some(next) => self.schedule_service_end(sim, station, next),
                    None => self.stations[station].idle += 1,
                }
                if station + 1 < STATIONS.len() {
                    self.arrive(sim, station + 1, request);
                } else {
                    self.responses += 1;
                    self.response += sim.now() - request.asked;
                    self.schedule_think_end(sim, request.client);
                }
            }
        }
        true
    }

    fn arrive(&mut self, sim: &mut Simulation<SiteEvent>, at: usize, request: Request) {
        let station = &mut self.stations[at];
        if station.idle > 0 {
            station.idle -= 1;
            self.schedule_service_end(sim, at, request);
        } else {
            station.waiting.push_back(request);
        }
    }

    fn schedule_service_end(
        &mut self,
        sim: &mut Simulation<SiteEvent>,
        station: usize,
        request: Request,
    ) {
        let delay = exponential(&mut self.rng, STATIONS[station].mean_service_seconds);
        sim.schedule_in(delay, SiteEvent::ServiceEnd { station, request });
    }

    fn schedule_think_end(&mut self, sim: &mut Simulation<SiteEvent>, client: u32) {
        let delay = exponential(&mut self.rng, workload::MEAN_THINK_SECONDS);
        sim.schedule_in(delay, SiteEvent::ThinkEnd { client });
    }
}

fn polling(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut site = Site {
        rng: SimRng::new(workload::SEED),
        stations: STATIONS.map(|size| Station { idle: size.servers, waiting: VecDeque::new() }),
        end: Time::from_secs(u64::from(simulated_seconds)),
        events: 0,
        responses: 0,
        response: Duration::ZERO,
    };
    let mut sim = Simulation::new();
    for client in 0..workload::CLIENTS {
        site.schedule_think_end(&mut sim, client);
    }
    sim.run_until(|sim, event| site.handle(sim, event));
    let time = stopwatch.elapsed();
    let check = seconds(site.response) / f64::from(site.responses);
    Simulated { events: site.events, time, check }
}
