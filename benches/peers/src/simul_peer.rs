//! simul: each agent has a message queue, and time advances in ticks. A delay is a message that an
//! agent sends to itself with a later arrival time, as simul's README recommends for timers.
//!
//! This module follows simul's README (custom agents) and simul's built-in agents, which create a
//! new `ctx.rng()` in each callback. An agent handles one message per tick, and a message arrives
//! one tick after it is sent. With a tick of one nanosecond, both effects are negligible. One agent
//! represents a whole population, because with one agent per entity the hold model was 4 to 13
//! times as slow.

use std::collections::VecDeque;

use rand_distr::{Distribution, Exp};
use simul::agent::{Agent, AgentContext, AgentInitializer};
use simul::experiment::MasterSeed;
use simul::message::Message;
use simul::{DiscreteTime, Halt, Simulation, SimulationBuilder};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, CLIENTS, STATIONS, Simulated, StationSize, Workload};

const TICKS_PER_SECOND: f64 = 1e9;

pub fn simulate(workload: Workload) -> Result<Simulated, String> {
    match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    }
}

fn exponential(mean_seconds: f64) -> Exp<f64> {
    Exp::new(1.0 / mean_seconds).expect("a mean above zero")
}

/// Draws a delay of at least one tick, because a message cannot arrive in the tick in which it is
/// sent.
fn draw<M>(ctx: &mut AgentContext<'_, M>, delay: Exp<f64>) -> DiscreteTime {
    ((delay.sample(&mut ctx.rng()) * TICKS_PER_SECOND) as DiscreteTime).max(1)
}

fn seconds(ticks: DiscreteTime) -> f64 {
    ticks as f64 / TICKS_PER_SECOND
}

fn builder<M>(halt: Halt<M>) -> SimulationBuilder<M> {
    Simulation::builder(halt).seed(MasterSeed::from_u64(workload::SEED))
}

fn build<M>(builder: SimulationBuilder<M>) -> Result<Simulation<M>, String> {
    builder.build().map_err(|error| format!("simul: {error}"))
}

fn agent<'a, M, A: Agent<M> + 'static>(
    simulation: &'a Simulation<M>,
    name: &str,
) -> Result<&'a A, String> {
    let agent = simulation.find_by_name(name).and_then(|agent| agent.downcast_ref());
    agent.ok_or_else(|| format!("simul: no agent {name:?} of this type"))
}

#[derive(Clone, Copy, Debug)]
struct Request {
    client: u32,
    asked: DiscreteTime,
}

/// Messages between the agents of the queueing models.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin,
    Arrival(Request),
    ServiceEnd(Request),
    ThinkEnd { client: u32 },
    Response(Request),
}

/// Source of customers. Sends a customer and sleeps until the next arrival.
#[derive(Clone, Debug)]
struct Source {
    between_arrivals: Exp<f64>,
    to_come: u32,
}

impl Agent<Step> for Source {
    fn on_tick(&mut self, ctx: &mut AgentContext<'_, Step>) {
        if self.to_come == 0 {
            return ctx.sleep_for(DiscreteTime::MAX - ctx.time());
        }
        self.to_come -= 1;
        let request = Request { client: self.to_come, asked: ctx.time() };
        ctx.send("station", Step::Arrival(request));
        let delay = draw(ctx, self.between_arrivals);
        ctx.sleep_for(delay);
    }
}

/// Station with servers and a queue. The message queue of the agent cannot hold the customers,
/// because it also receives the ends of services.
#[derive(Clone, Debug)]
struct Station {
    /// Next agent on the path of a request.
    next: Option<&'static str>,
    after_service: fn(Request) -> Step,
    service: Exp<f64>,
    idle: u32,
    /// Waiting requests with their arrival times.
    waiting: VecDeque<(Request, DiscreteTime)>,
    waited: DiscreteTime,
    arrivals: u64,
    departures: u64,
    /// Number of departures after which the run ends.
    last: u64,
}

impl Station {
    fn new(size: StationSize) -> Self {
        Station {
            next: None,
            after_service: Step::Arrival,
            service: exponential(size.mean_service_seconds),
            idle: size.servers,
            waiting: VecDeque::new(),
            waited: 0,
            arrivals: 0,
            departures: 0,
            last: u64::MAX,
        }
    }

    fn begin(&self, ctx: &mut AgentContext<'_, Step>, request: Request) {
        let service = draw(ctx, self.service);
        ctx.send_after(service, ctx.id(), Step::ServiceEnd(request));
    }
}

impl Agent<Step> for Station {
    fn on_message(&mut self, ctx: &mut AgentContext<'_, Step>, message: &Message<Step>) {
        match message.payload {
            Step::Arrival(request) => {
                self.arrivals += 1;
                if self.idle > 0 {
                    self.idle -= 1;
                    self.begin(ctx, request);
                } else {
                    self.waiting.push_back((request, ctx.time()));
                }
            }
            Step::ServiceEnd(request) => {
                self.departures += 1;
                if let Some((next, arrived)) = self.waiting.pop_front() {
                    self.waited += ctx.time() - arrived;
                    self.begin(ctx, next);
                } else {
                    self.idle += 1;
                }
                if let Some(next) = self.next {
                    ctx.send(next, (self.after_service)(request));
                }
                if self.departures == self.last {
                    ctx.send_halt_interrupt("all customers have left");
                }
            }
            Step::Begin | Step::ThinkEnd { .. } | Step::Response(_) => {}
        }
    }
}

fn mm16(customers: u32) -> Result<Simulated, String> {
    let stopwatch = Stopwatch::start();
    let between_arrivals = exponential(1.0 / workload::ARRIVAL_RATE);
    let mut station = Station::new(StationSize {
        servers: workload::SERVERS,
        mean_service_seconds: workload::MEAN_SERVICE_SECONDS,
    });
    station.last = u64::from(customers);
    let mut simulation = build(builder(Halt::Never).agents([
        AgentInitializer::proactive("source", Source { between_arrivals, to_come: customers }),
        AgentInitializer::reactive("station", station),
    ]))?;
    simulation.run();
    let time = stopwatch.elapsed();
    let station: &Station = agent(&simulation, "station")?;
    Ok(Simulated {
        events: station.arrivals + station.departures,
        time,
        check: seconds(station.waited) / f64::from(customers),
    })
}

/// Entities of the hold model. The message `None` creates the population.
type Hold = Option<u32>;

#[derive(Clone, Debug)]
struct Population {
    size: u32,
    delay: Exp<f64>,
    remaining: u32,
}

impl Agent<Hold> for Population {
    fn on_message(&mut self, ctx: &mut AgentContext<'_, Hold>, message: &Message<Hold>) {
        let Some(entity) = message.payload else {
            for entity in 0..self.size {
                let delay = draw(ctx, self.delay);
                ctx.send_after(delay, ctx.id(), Some(entity));
            }
            return;
        };
        let delay = draw(ctx, self.delay);
        ctx.send_after(delay, ctx.id(), Some(entity));
        self.remaining -= 1;
        if self.remaining == 0 {
            ctx.send_halt_interrupt("all holds are over");
        }
    }
}

fn hold(size: u32, events: u32) -> Result<Simulated, String> {
    let delay = exponential(workload::MEAN_HOLD_SECONDS);
    let population = Population { size, delay, remaining: events };
    let population = AgentInitializer::reactive("population", population);
    let population = population.initial_queue([Message::new(0, None)]);
    let mut simulation = build(builder(Halt::Never).agent(population))?;
    // The first tick creates the population.
    simulation.run_until(1);
    let stopwatch = Stopwatch::start();
    simulation.run();
    let time = stopwatch.elapsed();
    let per_event = seconds(simulation.time()) / f64::from(events);
    let check = per_event * f64::from(size) / workload::MEAN_HOLD_SECONDS;
    Ok(Simulated { events: u64::from(events), time, check })
}

/// Clients of the polling model.
#[derive(Clone, Debug)]
struct Clients {
    think: Exp<f64>,
    requests: u64,
    responses: u32,
    response: DiscreteTime,
}

impl Clients {
    fn begin_think(&self, ctx: &mut AgentContext<'_, Step>, client: u32) {
        let think = draw(ctx, self.think);
        ctx.send_after(think, ctx.id(), Step::ThinkEnd { client });
    }
}

impl Agent<Step> for Clients {
    fn on_message(&mut self, ctx: &mut AgentContext<'_, Step>, message: &Message<Step>) {
        match message.payload {
            Step::Begin => (0..CLIENTS).for_each(|client| self.begin_think(ctx, client)),
            Step::ThinkEnd { client } => {
                self.requests += 1;
                ctx.send("gateway", Step::Arrival(Request { client, asked: ctx.time() }));
            }
            Step::Response(request) => {
                self.responses += 1;
                self.response += ctx.time() - request.asked;
                self.begin_think(ctx, request.client);
            }
            Step::Arrival(_) | Step::ServiceEnd(_) => {}
        }
    }
}

fn polling(simulated_seconds: u32) -> Result<Simulated, String> {
    const NAMES: [&str; 3] = ["gateway", "connection point", "management point"];
    let stopwatch = Stopwatch::start();
    let end = (f64::from(simulated_seconds) * TICKS_PER_SECOND) as DiscreteTime;
    let think = exponential(workload::MEAN_THINK_SECONDS);
    let clients = Clients { think, requests: 0, responses: 0, response: 0 };
    let clients = AgentInitializer::reactive("clients", clients);
    let mut stations = STATIONS.map(Station::new);
    stations[0].next = Some(NAMES[1]);
    stations[1].next = Some(NAMES[2]);
    stations[2].next = Some("clients");
    stations[2].after_service = Step::Response;
    let mut builder =
        builder(Halt::AtTime(end)).agent(clients.initial_queue([Message::new(0, Step::Begin)]));
    for (name, station) in NAMES.into_iter().zip(stations) {
        builder = builder.agent(AgentInitializer::reactive(name, station));
    }
    let mut simulation = build(builder)?;
    simulation.run();
    let time = stopwatch.elapsed();
    let clients: &Clients = agent(&simulation, "clients")?;
    let mut events = clients.requests;
    for name in NAMES {
        events += agent::<_, Station>(&simulation, name)?.departures;
    }
    let check = seconds(clients.response) / f64::from(clients.responses);
    Ok(Simulated { events, time, check })
}
