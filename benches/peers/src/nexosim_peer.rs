//! nexosim: models are actors with ports. A model schedules its own future events and sends
//! immediate events as messages between ports.
//!
//! Follows nexosim's examples of an espresso machine (self-scheduling) and a stepper motor (a chain
//! of models). Uses one thread, because two models never have work at the same time in these
//! workloads.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::Message;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{Output, QuerySource};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, Exp};
use serde::{Deserialize, Serialize};

use crate::stopwatch::Stopwatch;
use crate::workload::{self, Simulated, StationSize, Workload};

/// Start of simulated time.
const START: MonotonicTime = MonotonicTime::EPOCH;

pub fn simulate(workload: Workload) -> Result<Simulated, String> {
    let simulated = match workload {
        Workload::Mm16 => mm16(workload.size()),
        Workload::Hold(population) => hold(population, workload.size()),
        Workload::Polling => polling(workload.size()),
    };
    simulated.map_err(|error| format!("nexosim: {error}"))
}

/// Generator of exponential durations. Models must be serialisable, but `SmallRng` is not, so this
/// type names the underlying generator, `Xoshiro256PlusPlus`, directly.
#[derive(Serialize, Deserialize)]
struct Durations {
    rng: Xoshiro256PlusPlus,
    distribution: Exp<f64>,
}

impl Durations {
    fn new(mean_seconds: f64, purpose: u64) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(workload::SEED + purpose);
        let distribution = Exp::new(1.0 / mean_seconds).expect("a mean above zero");
        Durations { rng, distribution }
    }

    /// Returns a positive duration, because an event must be in the future.
    fn draw(&mut self) -> Duration {
        let duration = Duration::from_secs_f64(self.distribution.sample(&mut self.rng));
        duration.max(Duration::from_nanos(1))
    }
}

#[derive(Clone, Copy, Message, Serialize, Deserialize)]
struct Request {
    client: u32,
    asked: MonotonicTime,
}

/// Source of customers.
#[derive(Serialize, Deserialize)]
struct Source {
    customer: Output<Request>,
    between_arrivals: Durations,
    to_come: u32,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.schedule_arrival(cx);
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), cx: &Context<Self>) {
        let request = Request { client: self.to_come, asked: cx.time() };
        self.customer.send(request).await;
        self.schedule_arrival(cx);
    }

    fn schedule_arrival(&mut self, cx: &Context<Self>) {
        if self.to_come == 0 {
            return;
        }
        self.to_come -= 1;
        let delay = self.between_arrivals.draw();
        cx.schedule_event(delay, schedulable!(Self::arrive), ()).expect("a time in the future");
    }
}

/// Station with servers and a queue.
#[derive(Serialize, Deserialize)]
struct Station {
    served: Output<Request>,
    service: Durations,
    idle: u32,
    waiting: VecDeque<(Request, MonotonicTime)>,
    report: StationReport,
}

#[derive(Clone, Copy, Default, Message, Serialize, Deserialize)]
struct StationReport {
    arrivals: u64,
    departures: u64,
    waited: Duration,
}

#[Model]
impl Station {
    fn new(size: StationSize, purpose: u64) -> Self {
        Station {
            served: Output::default(),
            service: Durations::new(size.mean_service_seconds, purpose),
            idle: size.servers,
            waiting: VecDeque::new(),
            report: StationReport::default(),
        }
    }

    /// Input port.
    fn arrive(&mut self, request: Request, cx: &Context<Self>) {
        self.report.arrivals += 1;
        if self.idle > 0 {
            self.idle -= 1;
            self.begin(request, cx);
        } else {
            self.waiting.push_back((request, cx.time()));
        }
    }

    fn begin(&mut self, request: Request, cx: &Context<Self>) {
        let service = self.service.draw();
        cx.schedule_event(service, schedulable!(Self::end), request).expect("a time in the future");
    }

    #[nexosim(schedulable)]
    async fn end(&mut self, request: Request, cx: &Context<Self>) {
        self.report.departures += 1;
        if let Some((next, arrived)) = self.waiting.pop_front() {
            self.report.waited += cx.time().duration_since(arrived);
            self.begin(next, cx);
        } else {
            self.idle += 1;
        }
        self.served.send(request).await;
    }

    /// Replier port.
    async fn report(&mut self) -> StationReport {
        self.report
    }
}

fn mm16(customers: u32) -> Result<Simulated, SimulationError> {
    let stopwatch = Stopwatch::start();
    let mut source = Source {
        customer: Output::default(),
        between_arrivals: Durations::new(1.0 / workload::ARRIVAL_RATE, 0),
        to_come: customers,
    };
    let size = StationSize {
        servers: workload::SERVERS,
        mean_service_seconds: workload::MEAN_SERVICE_SECONDS,
    };
    let station = Station::new(size, 1);
    let (source_mailbox, station_mailbox) = (Mailbox::new(), Mailbox::new());
    source.customer.connect(Station::arrive, &station_mailbox);
    let mut bench = SimInit::with_num_threads(1);
    let report = QuerySource::new().connect(Station::report, &station_mailbox).register(&mut bench);
    let mut simulation = bench
        .add_model(source, source_mailbox, "source")
        .add_model(station, station_mailbox, "station")
        .init(START)?;
    simulation.run()?;
    let time = stopwatch.elapsed();
    let report = simulation.process_query(&report, ())?;
    Ok(Simulated {
        events: report.arrivals + report.departures,
        time,
        check: report.waited.as_secs_f64() / f64::from(customers),
    })
}

/// Entities of the hold model.
#[derive(Serialize, Deserialize)]
struct Population {
    size: u32,
    delays: Durations,
}

#[Model]
impl Population {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        for entity in 0..self.size {
            self.hold(entity, cx);
        }
    }

    #[nexosim(schedulable)]
    fn hold(&mut self, entity: u32, cx: &Context<Self>) {
        let delay = self.delays.draw();
        cx.schedule_event(delay, schedulable!(Self::hold), entity).expect("a time in the future");
    }
}

/// Simulates the hold model. A step processes all events with the same time. The simulation may
/// therefore process a few more events than requested; the additional events are not counted.
fn hold(size: u32, events: u32) -> Result<Simulated, SimulationError> {
    let population = Population { size, delays: Durations::new(workload::MEAN_HOLD_SECONDS, 0) };
    let mut simulation = SimInit::with_num_threads(1)
        .add_model(population, Mailbox::new(), "population")
        .init(START)?;
    let stopwatch = Stopwatch::start();
    for _ in 0..events {
        simulation.step()?;
    }
    let time = stopwatch.elapsed();
    let now = simulation.time().duration_since(START).as_secs_f64();
    let check = now / f64::from(events) * f64::from(size) / workload::MEAN_HOLD_SECONDS;
    Ok(Simulated { events: u64::from(events), time, check })
}

/// Clients of the polling model.
#[derive(Serialize, Deserialize)]
struct Clients {
    request: Output<Request>,
    think: Durations,
    report: ClientsReport,
}

#[derive(Clone, Copy, Default, Message, Serialize, Deserialize)]
struct ClientsReport {
    requests: u64,
    responses: u32,
    response: Duration,
}

#[Model]
impl Clients {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        for client in 0..workload::CLIENTS {
            self.begin_think(client, cx);
        }
    }

    fn begin_think(&mut self, client: u32, cx: &Context<Self>) {
        let think = self.think.draw();
        cx.schedule_event(think, schedulable!(Self::ask), client).expect("a time in the future");
    }

    #[nexosim(schedulable)]
    async fn ask(&mut self, client: u32, cx: &Context<Self>) {
        self.report.requests += 1;
        self.request.send(Request { client, asked: cx.time() }).await;
    }

    /// Input port.
    fn receive(&mut self, request: Request, cx: &Context<Self>) {
        self.report.responses += 1;
        self.report.response += cx.time().duration_since(request.asked);
        self.begin_think(request.client, cx);
    }

    /// Replier port.
    async fn report(&mut self) -> ClientsReport {
        self.report
    }
}

fn polling(simulated_seconds: u32) -> Result<Simulated, SimulationError> {
    let stopwatch = Stopwatch::start();
    let mut clients = Clients {
        request: Output::default(),
        think: Durations::new(workload::MEAN_THINK_SECONDS, 0),
        report: ClientsReport::default(),
    };
    let [gateway, connection_point, management_point] = workload::STATIONS;
    let mut gateway = Station::new(gateway, 1);
    let mut connection_point = Station::new(connection_point, 2);
    let mut management_point = Station::new(management_point, 3);
    let clients_mailbox = Mailbox::new();
    let mailboxes = [Mailbox::new(), Mailbox::new(), Mailbox::new()];
    clients.request.connect(Station::arrive, &mailboxes[0]);
    gateway.served.connect(Station::arrive, &mailboxes[1]);
    connection_point.served.connect(Station::arrive, &mailboxes[2]);
    management_point.served.connect(Clients::receive, &clients_mailbox);
    let mut bench = SimInit::with_num_threads(1);
    let report = QuerySource::new().connect(Clients::report, &clients_mailbox).register(&mut bench);
    let station_reports = mailboxes
        .each_ref()
        .map(|mailbox| QuerySource::new().connect(Station::report, mailbox).register(&mut bench));
    let [gateway_mailbox, connection_mailbox, management_mailbox] = mailboxes;
    let mut simulation = bench
        .add_model(clients, clients_mailbox, "clients")
        .add_model(gateway, gateway_mailbox, "gateway")
        .add_model(connection_point, connection_mailbox, "connection point")
        .add_model(management_point, management_mailbox, "management point")
        .init(START)?;
    simulation.step_until(Duration::from_secs(u64::from(simulated_seconds)))?;
    let time = stopwatch.elapsed();
    let report = simulation.process_query(&report, ())?;
    let mut events = report.requests;
    for station_report in &station_reports {
        events += simulation.process_query(station_report, ())?.departures;
    }
    let check = report.response.as_secs_f64() / f64::from(report.responses);
    Ok(Simulated { events, time, check })
}
