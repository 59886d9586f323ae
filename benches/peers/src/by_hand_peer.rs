//! cmgsim's calendar and distributions with hand-written stations. The stations record the same
//! statistics as the hand-written stations for the other engines and therefore do the same work.
//! The hold model has no stations, so `cmgsim_peer` simulates it.

use std::collections::VecDeque;

use cmgsim::internals::base::{SimDuration, SimTime};
use cmgsim::internals::engine::Calendar;
use rand::rngs::SmallRng;

use crate::cmgsim_peer::{self, Durations};
use crate::stopwatch::Stopwatch;
use crate::workload::{self, CLIENTS, STATIONS, Simulated, Workload};

type Drawn = Durations<SmallRng>;

pub fn simulate(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(_) => cmgsim_peer::simulate(workload),
        Workload::Polling => polling(workload.size()),
    }
}

#[derive(Clone, Copy)]
enum QueueEvent {
    Arrival,
    Departure,
}

fn mm16(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut between_arrivals = Drawn::new(1.0 / workload::ARRIVAL_RATE, 0);
    let mut services = Drawn::new(workload::MEAN_SERVICE_SECONDS, 1);
    let mut idle = workload::SERVERS;
    let mut waiting: VecDeque<SimTime> = VecDeque::new();
    let mut calendar = Calendar::new();
    calendar.schedule(SimTime::ZERO + between_arrivals.draw(), QueueEvent::Arrival);
    let (mut arrived, mut events, mut waited) = (0, 0, SimDuration::ZERO);
    while let Some((now, event)) = calendar.pop_until(SimTime::NEVER) {
        events += 1;
        match event {
            QueueEvent::Arrival => {
                if idle > 0 {
                    idle -= 1;
                    calendar.schedule(now + services.draw(), QueueEvent::Departure);
                } else {
                    waiting.push_back(now);
                }
                arrived += 1;
                if arrived < customers {
                    calendar.schedule(now + between_arrivals.draw(), QueueEvent::Arrival);
                }
            }
            QueueEvent::Departure => {
                if let Some(since) = waiting.pop_front() {
                    waited += now - since;
                    calendar.schedule(now + services.draw(), QueueEvent::Departure);
                } else {
                    idle += 1;
                }
            }
        }
    }
    let time = stopwatch.elapsed();
    Simulated { events, time, check: waited.as_seconds() / f64::from(customers) }
}

#[derive(Clone, Copy)]
enum PollingEvent {
    ThinkEnd(u32),
    ServiceEnd { station: u8, client: u32 },
}

struct Station {
    idle: u32,
    services: Drawn,
    waiting: VecDeque<u32>,
}

fn polling(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut thinks = Drawn::new(workload::MEAN_THINK_SECONDS, 0);
    let mut stations = [0, 1, 2].map(|at| Station {
        idle: STATIONS[at].servers,
        services: Drawn::new(STATIONS[at].mean_service_seconds, at as u8 + 1),
        waiting: VecDeque::new(),
    });
    let mut asked = vec![SimTime::ZERO; CLIENTS as usize];
    let mut calendar = Calendar::new();
    for client in 0..CLIENTS {
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
            PollingEvent::ServiceEnd { station: number, client } => {
                let station = &mut stations[usize::from(number)];
                if let Some(client) = station.waiting.pop_front() {
                    let event = PollingEvent::ServiceEnd { station: number, client };
                    calendar.schedule(now + station.services.draw(), event);
                } else {
                    station.idle += 1;
                }
                (client, number + 1)
            }
        };
        if let Some(station) = stations.get_mut(usize::from(next)) {
            if station.idle > 0 {
                station.idle -= 1;
                let event = PollingEvent::ServiceEnd { station: next, client };
                calendar.schedule(now + station.services.draw(), event);
            } else {
                station.waiting.push_back(client);
            }
        } else {
            responses += 1;
            response += now - asked[client as usize];
            calendar.schedule(now + thinks.draw(), PollingEvent::ThinkEnd(client));
        }
    }
    let time = stopwatch.elapsed();
    Simulated { events, time, check: response.as_seconds() / f64::from(responses) }
}
