//! Turns the steps of a simulation into the rows that the IIS logs of its site systems would have,
//! and into the true values behind these rows ([`SiteTruth`]).
//!
//! * **Time.** IIS writes a row when it has sent the response. Rows therefore have the time at
//!   which the response leaves the site system, and are in this order.
//! * **`time-taken`** is the time from the arrival at the site system until then: waiting, CPU
//!   time, database and disk. It is rounded to the nearest millisecond (assumed). Real values also
//!   contain the network time of responses above 2 KB that are not buffered, because HTTP.sys waits
//!   for the acknowledgement of the last packet (Knowledge Base 944884). The rows do not contain
//!   it: a connection point and its site system share a local network, and the model has no
//!   acknowledgements.
//! * **Status.** 200 and 500 come from the model (`error_share`). A management point that cannot
//!   validate a token answers 403 (assumed). A request that HTTP.sys refuses because the queue is
//!   full, or drops after its time in the queue, has no row: these errors (503) are in the HTTPERR
//!   log (HTTP.sys Error Log Files, technet cc786081; `QueueFull`, technet cc736325;
//!   `Timer_AppPool`, technet cc787144). A request that a failing site system loses has no row
//!   either. [`SiteTruth`] counts all of these.
//! * **Bytes** are the message sizes of the model. Errors have no content in the model, so their
//!   `sc-bytes` is 0.
//! * **Addresses.** Clients behind a gateway have the address of their connection point, because
//!   the connection point opens the connection. Other clients have their own (`addresses.rs`).
//! * **Ports.** Requests through a connection point, and requests to a site system with the
//!   protocol HTTPS, use the TLS port (assumed for connection points: data-flow.md, 04/08/2022,
//!   allows both ports).
//! * **Lost responses.** If the connection point or the instance fails while the site system works
//!   on a request, its row has `sc-win32-status` 64 (the connection was closed). That the server
//!   notices the loss is assumed.

mod addresses;
mod tally;
mod truth;

use crate::base::ids::{
    AttemptId, ClientId, ConnectionPointId, RequestId, SiteSystemId, StationId,
};
use crate::base::{Id, IdVec, SimDuration, SimTime};
use crate::engine::Admission;
use crate::logs::iis::Row;
use crate::logs::requests::{HttpRequest, port};
use crate::model::World;
use crate::model::config::{Config, Message, Protocol};
use crate::model::event::Event;
use crate::model::recording::{RecordedEvent, Recording};
use crate::model::request::{Origin, Stage};
use crate::model::step::Step;
use crate::model::world::Owner;
use crate::results::{RunResult, ScenarioInfo};
use crate::terms::{Cause, RequestKind};

use tally::SystemTally;
pub use truth::SiteTruth;

/// Windows error of a response whose connection was closed: the network name is not available.
const CONNECTION_CLOSED: u32 = 64;

/// Recorder of the requests at the site systems.
#[derive(Debug)]
pub struct SiteLog<'c> {
    config: &'c Config,
    owners: IdVec<StationId, Owner>,
    /// First client of each cohort.
    first_clients: Vec<u32>,
    /// Whether the measured period has started.
    is_measured: bool,
    systems: IdVec<SiteSystemId, SystemTally>,
    /// Origins and kinds of requests, by their reusable numbers.
    requests: Vec<Option<(Origin, RequestKind)>>,
    /// Attempts by their reusable numbers.
    attempts: Vec<Option<Visit>>,
}

/// An attempt on its way.
#[derive(Clone, Copy, Debug)]
struct Visit {
    origin: Origin,
    kind: RequestKind,
    connection_point: Option<ConnectionPointId>,
    /// Whether a component on the path has failed, so that no response will arrive.
    is_lost: bool,
    /// State at the site system, from the arrival to the response.
    at_system: Option<AtSystem>,
}

/// State of an attempt at its site system.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtSystem {
    system: SiteSystemId,
    arrived: SimTime,
    /// Time at which the request reached the database.
    at_database: SimTime,
    /// Waiting time for a worker.
    waited: SimDuration,
    /// Service time on a worker.
    cpu: SimDuration,
    /// Time of database and disk.
    database: SimDuration,
}

/// Receives the rows of all site systems in order of time.
pub type WriteRow<'a> = &'a mut dyn FnMut(SiteSystemId, &Row);

impl<'c> SiteLog<'c> {
    /// Creates a recorder for a world at time zero.
    pub fn new(world: &World<'c, Recording>) -> Self {
        let config = world.config();
        let cohorts = config.cohorts.iter();
        let first_clients = cohorts.scan(0, |next: &mut u32, cohort| {
            let first = *next;
            *next = next.saturating_add(cohort.clients);
            Some(first)
        });
        SiteLog {
            config,
            owners: world.stations().iter().map(|station| station.owner).collect(),
            first_clients: first_clients.collect(),
            is_measured: false,
            systems: config.site_systems.iter().map(|_| SystemTally::default()).collect(),
            requests: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// Processes events and steps in order, and passes the rows of the measured period to `write`.
    pub fn follow(&mut self, happened: &[(SimTime, RecordedEvent)], write: WriteRow<'_>) {
        for (now, happening) in happened {
            match *happening {
                RecordedEvent::Event(Event::MeasureFrom) => self.measure_from(),
                RecordedEvent::Event(_) => {}
                RecordedEvent::Step(step) => self.step(*now, step, write),
            }
        }
    }

    /// Returns the true values of a run.
    pub fn truth(&self, scenario: &ScenarioInfo, result: &RunResult) -> SiteTruth {
        let mut at_end = vec![0; self.systems.len()];
        for at_system in self.in_progress() {
            at_end[at_system.system.index()] += 1;
        }
        truth::truth(self.config, &self.systems, &at_end, (scenario, result))
    }

    fn in_progress(&self) -> impl Iterator<Item = AtSystem> {
        self.attempts.iter().flatten().filter_map(|visit| visit.at_system)
    }

    fn measure_from(&mut self) {
        self.is_measured = true;
        self.systems.iter_mut().for_each(|tally| *tally = SystemTally::default());
        let found: Vec<AtSystem> = self.in_progress().collect();
        for at_system in found {
            self.systems[at_system.system].in_progress_at_start += 1;
        }
    }

    fn step(&mut self, now: SimTime, step: Step, write: WriteRow<'_>) {
        match step {
            Step::Issued(id, origin, kind) => {
                set::<RequestId, _>(&mut self.requests, id, (origin, kind))
            }
            Step::Begins(request, id, _) => {
                let Some((origin, kind)) = self.requests.get(request.index()).copied().flatten()
                else {
                    return;
                };
                let (connection_point, at_system) = (None, None);
                let visit = Visit { origin, kind, connection_point, is_lost: false, at_system };
                set(&mut self.attempts, id, visit);
            }
            Step::Delivered(id, system) => {
                self.systems[system].arrived += 1;
                let zero = SimDuration::ZERO;
                let (arrived, at_database) = (now, now);
                let (waited, cpu, database) = (zero, zero, zero);
                self.visit(id, |visit| {
                    visit.at_system =
                        Some(AtSystem { system, arrived, at_database, waited, cpu, database });
                });
            }
            Step::Enters(id, station, admission) => self.enter(now, id, station, admission),
            Step::Leaves(id, station, waited) => self.leave(now, (id, station, waited), write),
            Step::Travels(id, stage, _) | Step::Crosses(id, stage) => {
                self.travel(now, id, stage, write)
            }
            Step::Lost(id) => self.visit(id, |visit| visit.is_lost = true),
            Step::Ended(id) => {
                if let Some(Some(visit)) = self.attempts.get_mut(id.index()).map(Option::take)
                    && let Some(at_system) = visit.at_system
                {
                    self.systems[at_system.system].lost_in_outage += 1;
                }
            }
            Step::Dials
            | Step::Connects(_)
            | Step::Opens
            | Step::Closes(_)
            | Step::Unsent(_)
            | Step::Answers(_)
            | Step::ChunkRequested(_)
            | Step::ChunkSent(..)
            | Step::ChunkArrived(..)
            | Step::Wasted(_)
            | Step::Detached(_)
            | Step::Failed(..)
            | Step::Waits(..)
            | Step::Concluded(..) => {}
        }
    }

    fn visit(&mut self, id: AttemptId, change: impl FnOnce(&mut Visit)) {
        if let Some(Some(visit)) = self.attempts.get_mut(id.index()) {
            change(visit);
        }
    }

    fn enter(&mut self, now: SimTime, id: AttemptId, station: StationId, admission: Admission) {
        match self.owners[station] {
            Owner::ConnectionPoint(point) if admission != Admission::Refused => {
                self.visit(id, |visit| visit.connection_point = Some(point));
            }
            Owner::Database(_) => self.visit(id, |visit| {
                if let Some(at_system) = &mut visit.at_system {
                    at_system.at_database = now;
                }
            }),
            _ => {}
        }
    }

    fn leave(
        &mut self,
        now: SimTime,
        (id, station, waited): (AttemptId, StationId, SimDuration),
        write: WriteRow<'_>,
    ) {
        let owner = self.owners[station];
        let Some(Some(visit)) = self.attempts.get_mut(id.index()) else { return };
        let Some(at_system) = &mut visit.at_system else { return };
        match owner {
            Owner::SiteSystem(_) => {
                at_system.waited = waited;
                at_system.cpu = now.since(at_system.arrived).saturating_sub(waited);
            }
            Owner::Database(_) => at_system.database = now.since(at_system.at_database),
            _ => return,
        }
        // The model discards the result of a lost attempt without a further step.
        if visit.is_lost {
            self.respond(now, id, (200, CONNECTION_CLOSED), write);
        }
    }

    fn travel(&mut self, now: SimTime, id: AttemptId, stage: Stage, write: WriteRow<'_>) {
        let Some(Some(Visit { at_system: Some(at_system), .. })) = self.attempts.get(id.index())
        else {
            return;
        };
        let tally = &mut self.systems[at_system.system];
        let status = match stage {
            Stage::Answer | Stage::Client(Ok(())) => 200,
            Stage::Client(Err(Cause::ServerError)) => 500,
            Stage::Client(Err(Cause::IdentityProvider)) => 403,
            Stage::Client(Err(cause)) => {
                match cause {
                    Cause::QueueFull => tally.refused += 1,
                    Cause::QueueTimeout => tally.dropped_from_queue += 1,
                    _ => tally.lost_in_outage += 1,
                }
                self.visit(id, |visit| visit.at_system = None);
                return;
            }
            _ => return,
        };
        self.respond(now, id, (status, 0), write);
    }

    /// Ends the work of the site system on an attempt with a row.
    fn respond(
        &mut self,
        now: SimTime,
        id: AttemptId,
        (status, win32_status): (u16, u32),
        write: WriteRow<'_>,
    ) {
        let Some(Some(visit)) = self.attempts.get_mut(id.index()) else { return };
        let Some(at_system) = visit.at_system.take() else { return };
        let visit = *visit;
        if !self.is_measured {
            return;
        }
        let system = &self.config.site_systems[at_system.system];
        let is_tls = system.protocol == Protocol::Https || visit.connection_point.is_some();
        let message = self.message(visit.origin, visit.kind);
        let time_taken = now.since(at_system.arrived);
        let row = Row {
            unix_s: unix_seconds(self.config, now),
            server: addresses::of_system(at_system.system),
            request: HttpRequest::of_kind(visit.kind),
            port: port(system.role, is_tls),
            client: addresses::of_origin(visit.connection_point, visit.origin),
            status,
            win32_status,
            sent_bytes: if status == 200 { message.response.count() } else { 0 },
            received_bytes: message.request.count(),
            time_taken_ms: (time_taken.as_nanos() + 500_000) / 1_000_000,
        };
        self.systems[at_system.system].record(
            &row,
            (visit.kind, visit.origin),
            &at_system,
            time_taken,
        );
        write(at_system.system, &row);
    }

    fn message(&self, origin: Origin, kind: RequestKind) -> Message {
        match origin {
            Origin::Source(source) => self.config.sources[source].message,
            Origin::Client(client) => self.config.cohorts[self.cohort(client)].messages[kind],
        }
    }

    /// Returns the cohort of a client. The model numbers clients in the order of their cohorts.
    fn cohort(&self, client: ClientId) -> crate::base::ids::CohortId {
        let after = self.first_clients.partition_point(|first| *first <= client.0);
        Id::from_index(after.saturating_sub(1))
    }
}

/// Converts a time of the simulation to whole seconds since 1970-01-01T00:00 UTC.
fn unix_seconds(config: &Config, at: SimTime) -> i64 {
    config.start_unix_s.saturating_add_unsigned(at.as_nanos() / 1_000_000_000)
}

fn set<I: Id, T>(items: &mut Vec<Option<T>>, id: I, item: T) {
    if id.index() >= items.len() {
        items.resize_with(id.index() + 1, || None);
    }
    items[id.index()] = Some(item);
}
