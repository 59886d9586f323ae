//! ixa: plans are closures over the context, entities are agents, state is in data plugins.
//!
//! Follows ixa's book (first model, random module) and its household example: every draw uses a
//! named generator of the context, and `schedule_relative!` adds plans.

use std::collections::VecDeque;

use ixa::prelude::*;
use rand_distr::Exp;

use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated, Workload};

define_rng!(ArrivalRng);
define_rng!(ServiceRng);
define_rng!(HoldRng);
define_rng!(ThinkRng);
define_entity!(Agent);
define_entity!(Client);

pub fn simulate(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    }
}

fn context() -> Context {
    let mut context = Context::new();
    context.init_random(workload::SEED);
    context
}

fn exponential(mean_seconds: f64) -> Exp<f64> {
    Exp::new(1.0 / mean_seconds).expect("a mean above zero")
}

/// State of the M/M/16 queue.
#[derive(Default)]
struct QueueData {
    busy: u32,
    /// Arrival times of waiting customers.
    waiting: VecDeque<f64>,
    to_come: u32,
    waited: f64,
    events: u64,
}

define_data_plugin!(QueuePlugin, QueueData, QueueData::default());

fn schedule_arrival(context: &mut Context) {
    let queue = context.get_data_mut(QueuePlugin);
    if queue.to_come == 0 {
        return;
    }
    queue.to_come -= 1;
    let delay = context.sample_distr(ArrivalRng, exponential(1.0 / workload::ARRIVAL_RATE));
    schedule_relative!(context, delay, arrive_at_queue);
}

fn arrive_at_queue(context: &mut Context) {
    let now = context.get_current_time();
    let queue = context.get_data_mut(QueuePlugin);
    queue.events += 1;
    if queue.busy < workload::SERVERS {
        queue.busy += 1;
        schedule_departure(context);
    } else {
        queue.waiting.push_back(now);
    }
    schedule_arrival(context);
}

fn schedule_departure(context: &mut Context) {
    let delay = context.sample_distr(ServiceRng, exponential(workload::MEAN_SERVICE_SECONDS));
    schedule_relative!(context, delay, depart);
}

fn depart(context: &mut Context) {
    let now = context.get_current_time();
    let queue = context.get_data_mut(QueuePlugin);
    queue.events += 1;
    if let Some(arrived) = queue.waiting.pop_front() {
        queue.waited += now - arrived;
        schedule_departure(context);
    } else {
        queue.busy -= 1;
    }
}

fn mm16(customers: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut context = context();
    context.get_data_mut(QueuePlugin).to_come = customers;
    schedule_arrival(&mut context);
    context.execute();
    let time = stopwatch.elapsed();
    let queue = context.get_data(QueuePlugin);
    Simulated { events: queue.events, time, check: queue.waited / f64::from(customers) }
}

define_data_plugin!(RemainingPlugin, u32, 0);

fn schedule_hold(context: &mut Context, agent: AgentId) {
    let delay = context.sample_distr(HoldRng, exponential(workload::MEAN_HOLD_SECONDS));
    schedule_relative!(context, delay, end_hold, agent);
}

fn end_hold(context: &mut Context, agent: AgentId) {
    let remaining = context.get_data_mut(RemainingPlugin);
    *remaining -= 1;
    if *remaining == 0 {
        context.shutdown();
    }
    schedule_hold(context, agent);
}

fn hold(population: u32, events: u32) -> Simulated {
    let mut context = context();
    *context.get_data_mut(RemainingPlugin) = events;
    for _ in 0..population {
        let agent = context.add_entity(Agent).expect("an agent has no required properties");
        schedule_hold(&mut context, agent);
    }
    let stopwatch = Stopwatch::start();
    context.execute();
    let time = stopwatch.elapsed();
    let per_event = context.get_current_time() / f64::from(events);
    let check = per_event * f64::from(population) / workload::MEAN_HOLD_SECONDS;
    Simulated { events: u64::from(events), time, check }
}

/// State of the polling model.
#[derive(Default)]
struct SiteData {
    stations: [StationData; 3],
    responses: u32,
    response: f64,
    events: u64,
}

#[derive(Default)]
struct StationData {
    busy: u32,
    waiting: VecDeque<Request>,
}

#[derive(Clone, Copy)]
struct Request {
    client: ClientId,
    asked: f64,
}

define_data_plugin!(SitePlugin, SiteData, SiteData::default());

fn schedule_think_end(context: &mut Context, client: ClientId) {
    let delay = context.sample_distr(ThinkRng, exponential(workload::MEAN_THINK_SECONDS));
    schedule_relative!(context, delay, end_think, client);
}

fn end_think(context: &mut Context, client: ClientId) {
    let asked = context.get_current_time();
    context.get_data_mut(SitePlugin).events += 1;
    arrive_at_station(context, 0, Request { client, asked });
}

fn arrive_at_station(context: &mut Context, at: usize, request: Request) {
    let station = &mut context.get_data_mut(SitePlugin).stations[at];
    if station.busy < workload::STATIONS[at].servers {
        station.busy += 1;
        schedule_service_end(context, at, request);
    } else {
        station.waiting.push_back(request);
    }
}

fn schedule_service_end(context: &mut Context, at: usize, request: Request) {
    let mean = workload::STATIONS[at].mean_service_seconds;
    let delay = context.sample_distr(ServiceRng, exponential(mean));
    schedule_relative!(context, delay, end_service, at, request);
}

fn end_service(context: &mut Context, at: usize, request: Request) {
    let now = context.get_current_time();
    let site = context.get_data_mut(SitePlugin);
    site.events += 1;
    let station = &mut site.stations[at];
    if let Some(next) = station.waiting.pop_front() {
        schedule_service_end(context, at, next);
    } else {
        station.busy -= 1;
    }
    if at + 1 < workload::STATIONS.len() {
        return arrive_at_station(context, at + 1, request);
    }
    let site = context.get_data_mut(SitePlugin);
    site.responses += 1;
    site.response += now - request.asked;
    schedule_think_end(context, request.client);
}

fn polling(simulated_seconds: u32) -> Simulated {
    let stopwatch = Stopwatch::start();
    let mut context = context();
    for _ in 0..workload::CLIENTS {
        let client = context.add_entity(Client).expect("a client has no required properties");
        schedule_think_end(&mut context, client);
    }
    context.add_plan(f64::from(simulated_seconds), Context::shutdown);
    context.execute();
    let time = stopwatch.elapsed();
    let site = context.get_data(SitePlugin);
    Simulated { events: site.events, time, check: site.response / f64::from(site.responses) }
}
