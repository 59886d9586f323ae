//! desque: one event type per kind of event, each event in its own box, and one shared state.
//!
//! Follows desque's M/M/1 example: time is a wrapped `f64`; an event draws random numbers from the
//! generator in the state and schedules the next events.

use std::cmp::Ordering;
use std::collections::VecDeque;

use desque::serial::{Event, Simulation};
use desque::{SimState, SimTime};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated, Workload};

/// Time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Time(f64);

impl Eq for Time {}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.partial_cmp(&other.0).expect("times are never NaN")
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl SimTime for Time {}

pub fn simulate(workload: Workload) -> Result<Simulated, String> {
    let simulated = match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    };
    simulated.map_err(|error| format!("desque: {error:?}"))
}

fn exponential(mean_seconds: f64) -> Exp<f64> {
    Exp::new(1.0 / mean_seconds).expect("a mean above zero")
}

fn generator() -> SmallRng {
    SmallRng::seed_from_u64(workload::SEED)
}

/// State of the M/M/16 queue.
struct Queue {
    rng: SmallRng,
    between_arrivals: Exp<f64>,
    service: Exp<f64>,
    idle: u32,
    /// Arrival times of waiting customers.
    waiting: VecDeque<f64>,
    to_come: u32,
    waited: f64,
    events: u64,
}

/// Uses the default end condition: the run ends when no events are scheduled.
impl SimState<Time> for Queue {}

#[derive(Debug)]
struct Arrival;

#[derive(Debug)]
struct Departure;

impl Arrival {
    fn schedule(sim: &mut Simulation<Queue, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let queue = sim.state_mut();
        if queue.to_come == 0 {
            return Ok(());
        }
        queue.to_come -= 1;
        let delay = queue.between_arrivals.sample(&mut queue.rng);
        sim.schedule(Arrival, Time(now + delay))
    }
}

impl Departure {
    fn schedule(sim: &mut Simulation<Queue, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let queue = sim.state_mut();
        let delay = queue.service.sample(&mut queue.rng);
        sim.schedule(Departure, Time(now + delay))
    }
}

impl Event<Queue, Time> for Arrival {
    fn execute(&mut self, sim: &mut Simulation<Queue, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let queue = sim.state_mut();
        queue.events += 1;
        if queue.idle > 0 {
            queue.idle -= 1;
            Departure::schedule(sim)?;
        } else {
            queue.waiting.push_back(now);
        }
        Arrival::schedule(sim)
    }
}

impl Event<Queue, Time> for Departure {
    fn execute(&mut self, sim: &mut Simulation<Queue, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let queue = sim.state_mut();
        queue.events += 1;
        match queue.waiting.pop_front() {
            Some(arrived) => {
                queue.waited += now - arrived;
                Departure::schedule(sim)
            }
            None => {
                queue.idle += 1;
                Ok(())
            }
        }
    }
}

fn mm16(customers: u32) -> Result<Simulated, desque::Error> {
    let stopwatch = Stopwatch::start();
    let queue = Queue {
        rng: generator(),
        between_arrivals: exponential(1.0 / workload::ARRIVAL_RATE),
        service: exponential(workload::MEAN_SERVICE_SECONDS),
        idle: workload::SERVERS,
        waiting: VecDeque::new(),
        to_come: customers,
        waited: 0.0,
        events: 0,
    };
    let mut sim = Simulation::new(queue, Time(0.0));
    Arrival::schedule(&mut sim)?;
    sim.run()?;
    let time = stopwatch.elapsed();
    let queue = sim.state();
    Ok(Simulated { events: queue.events, time, check: queue.waited / f64::from(customers) })
}

/// State of the hold model.
struct Population {
    rng: SmallRng,
    delay: Exp<f64>,
    remaining: u32,
}

impl SimState<Time> for Population {
    fn is_complete(&self, _: &Time) -> bool {
        self.remaining == 0
    }
}

#[derive(Debug)]
struct Hold {
    entity: u32,
}

impl Hold {
    fn schedule(entity: u32, sim: &mut Simulation<Population, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let population = sim.state_mut();
        let delay = population.delay.sample(&mut population.rng);
        sim.schedule(Hold { entity }, Time(now + delay))
    }
}

impl Event<Population, Time> for Hold {
    fn execute(&mut self, sim: &mut Simulation<Population, Time>) -> desque::Result {
        sim.state_mut().remaining -= 1;
        Hold::schedule(self.entity, sim)
    }
}

fn hold(population: u32, events: u32) -> Result<Simulated, desque::Error> {
    let state = Population {
        rng: generator(),
        delay: exponential(workload::MEAN_HOLD_SECONDS),
        remaining: events,
    };
    let mut sim = Simulation::new(state, Time(0.0));
    for entity in 0..population {
        Hold::schedule(entity, &mut sim)?;
    }
    let stopwatch = Stopwatch::start();
    sim.run()?;
    let time = stopwatch.elapsed();
    let per_event = sim.current_time().0 / f64::from(events);
    let check = per_event * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Ok(Simulated { events: u64::from(events), time, check })
}

/// State of the polling model.
struct Site {
    rng: SmallRng,
    think: Exp<f64>,
    stations: [Station; 3],
    end: f64,
    responses: u32,
    response: f64,
    events: u64,
}

struct Station {
    idle: u32,
    service: Exp<f64>,
    waiting: VecDeque<Request>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    client: u32,
    asked: f64,
}

impl SimState<Time> for Site {
    /// Returns whether the run ends. desque checks this condition only between events, so the last
    /// event may be slightly later than the end.
    fn is_complete(&self, now: &Time) -> bool {
        now.0 >= self.end
    }
}

#[derive(Debug)]
struct ThinkEnd {
    client: u32,
}

#[derive(Debug)]
struct ServiceEnd {
    station: usize,
    request: Request,
}

impl ThinkEnd {
    fn schedule(client: u32, sim: &mut Simulation<Site, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let site = sim.state_mut();
        let delay = site.think.sample(&mut site.rng);
        sim.schedule(ThinkEnd { client }, Time(now + delay))
    }
}

impl ServiceEnd {
    fn schedule(
        station: usize,
        request: Request,
        sim: &mut Simulation<Site, Time>,
    ) -> desque::Result {
        let now = sim.current_time().0;
        let site = sim.state_mut();
        let delay = site.stations[station].service.sample(&mut site.rng);
        sim.schedule(ServiceEnd { station, request }, Time(now + delay))
    }
}

/// Handles the arrival of a request at a station.
fn arrive(at: usize, request: Request, sim: &mut Simulation<Site, Time>) -> desque::Result {
    let station = &mut sim.state_mut().stations[at];
    if station.idle == 0 {
        station.waiting.push_back(request);
        return Ok(());
    }
    station.idle -= 1;
    ServiceEnd::schedule(at, request, sim)
}

impl Event<Site, Time> for ThinkEnd {
    fn execute(&mut self, sim: &mut Simulation<Site, Time>) -> desque::Result {
        sim.state_mut().events += 1;
        let request = Request { client: self.client, asked: sim.current_time().0 };
        arrive(0, request, sim)
    }
}

impl Event<Site, Time> for ServiceEnd {
    fn execute(&mut self, sim: &mut Simulation<Site, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let site = sim.state_mut();
        site.events += 1;
        let station = &mut site.stations[self.station];
        match station.waiting.pop_front() {
            Some(next) => ServiceEnd::schedule(self.station, next, sim)?,
            None => station.idle += 1,
        }
        if self.station + 1 < workload::STATIONS.len() {
            return arrive(self.station + 1, self.request, sim);
        }
        let site = sim.state_mut();
        site.responses += 1;
        site.response += now - self.request.asked;
        ThinkEnd::schedule(self.request.client, sim)
    }
}

fn polling(simulated_seconds: u32) -> Result<Simulated, desque::Error> {
    let stopwatch = Stopwatch::start();
    let stations = workload::STATIONS.map(|size| Station {
        idle: size.servers,
        service: exponential(size.mean_service_seconds),
        waiting: VecDeque::new(),
    });
    let site = Site {
        rng: generator(),
        think: exponential(workload::MEAN_THINK_SECONDS),
        stations,
        end: f64::from(simulated_seconds),
        responses: 0,
        response: 0.0,
        events: 0,
    };
    let mut sim = Simulation::new(site, Time(0.0));
    for client in 0..workload::CLIENTS {
        ThinkEnd::schedule(client, &mut sim)?;
    }
    sim.run()?;
    let time = stopwatch.elapsed();
    let site = sim.state();
    let check = site.response / f64::from(site.responses);
    Ok(Simulated { events: site.events, time, check })
}
