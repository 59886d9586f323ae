//! An M/M/16 queue at utilisation 0.9, for `stations` (time) and `instructions` (counts).

use std::hint::black_box;

use cmgsim::base::{SimDuration, SimTime};
use cmgsim::engine::{
    Calendar, Discipline, Law, Purpose, Servers, Station, StationConfig, Streams,
};

pub const SERVERS: u32 = 16;

/// Laws of inter-arrival and service times: utilisation 0.9.
pub fn laws() -> (Law, Law) {
    let service = SimDuration::from_seconds(1);
    let interarrival = SimDuration::from_seconds_f64(1.0 / (0.9 * f64::from(SERVERS)));
    (
        Law::exponential(interarrival).expect("a mean above zero"),
        Law::exponential(service).expect("a mean above zero"),
    )
}

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Wake(u32),
}

/// The engine's station and calendar until all have left; returns the mean wait.
pub fn engine(arrival_count: u32, discipline: Discipline) -> f64 {
    let (interarrival, service) = laws();
    let streams = Streams::new(1, 0);
    let mut arrivals = streams.stream(0, Purpose(0), 0);
    let mut services = streams.stream(0, Purpose(1), 0);
    let servers = Servers::Limited(SERVERS);
    let mut station = Station::new(StationConfig { servers, discipline, queue_limit: None });
    let mut calendar = Calendar::new();
    calendar.schedule(SimTime::ZERO + interarrival.sample(&mut arrivals), Event::Arrival);
    let mut count = 0;
    let mut now = SimTime::ZERO;
    while let Some((at, event)) = calendar.pop_until(SimTime::NEVER) {
        now = at;
        match event {
            Event::Arrival => {
                let demand = service.sample(&mut services);
                station.arrive(now, count, demand, &mut |at, timer| {
                    calendar.schedule(at, Event::Wake(timer));
                });
                count += 1;
                if count < arrival_count {
                    calendar.schedule(now + interarrival.sample(&mut arrivals), Event::Arrival);
                }
            }
            Event::Wake(timer) => {
                let departure = station.wake(now, timer, &mut |at, timer| {
                    calendar.schedule(at, Event::Wake(timer));
                });
                black_box(departure);
            }
        }
    }
    station.tally(now).waits.mean()
}
