//! The path of an attempt: to the site system that handles it (`route`, `outbound`) and back
//! (`back`), or to a content source (`download`), and its end (`ending`). Each stage returns the
//! next step, and this module executes it.

mod back;
mod crossing;
mod download;
mod ending;
mod outbound;
mod route;

use crate::base::ids::{AttemptId, LineId, OriginId, RequestId, StationId};
use crate::base::{Id, SimDuration};
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::{Answer, Attempt, Origin, Phase, Stage};
use crate::model::step::Step;
use crate::terms::{Cause, Direction, RequestKind};

use super::World;
use super::stations::Owner;
use download::Chunk;

/// Next step of an attempt.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// The attempt travels to a stage and arrives after this time.
    Travels(Stage, SimDuration),
    /// The attempt is in a station, or its next arrival is in the calendar.
    InStation,
    /// The work of the attempt ends, because its client no longer waits for it.
    Ends,
}

impl<R: Recorder> World<'_, R> {
    /// Starts the next attempt of a request.
    pub(in crate::model::world) fn begin_attempt(&mut self, request: RequestId) -> Option<Answer> {
        self.traffic.requests[request].attempts += 1;
        let number = self.traffic.requests[request].attempts;
        let (origin, kind) =
            (self.traffic.requests[request].origin, self.traffic.requests[request].kind);
        let config = self.config;
        let (message, timeout) = match origin {
            Origin::Client(client) => {
                let cohort = &config.cohorts[self.clients[client].cohort];
                // A download has no timeout.
                let timeout = Some(&cohort.timeout);
                (cohort.messages[kind], timeout.filter(|_| kind != RequestKind::ContentDownload))
            }
            Origin::Source(source) => {
                let source = &config.sources[source];
                (source.message, source.timeout.as_ref())
            }
        };
        let mut attempt = Attempt::new(request, origin, kind, message);
        let (stage, parcel) = match origin {
            Origin::Client(client) => self.client_hop(client, &mut attempt),
            Origin::Source(source) => self.source_hop(source, &mut attempt),
        };
        let id = self.traffic.attempts.insert(attempt);
        self.traffic.requests[request].phase = Phase::Trying(id);
        self.step(Step::Begins(request, id, number));
        if matches!(stage, Stage::Client(_)) {
            self.step(Step::Unsent(id));
        }
        if let Some(timeout) = timeout {
            let patience = self.draw(origin, |stream| timeout.sample(stream));
            let deadline = self.kernel.now + patience;
            let origin = OriginId::from_index(self.clients.origin_index(origin));
            let (kernel, traffic) = (&mut self.kernel, &mut self.traffic);
            traffic.expect_time_out(kernel, origin, id, deadline, timeout.is_constant());
        }
        let next = self.dispatch(id, stage, parcel);
        self.should_continue(id, next)
    }

    /// Executes the next step of an attempt.
    #[inline(always)]
    fn should_continue(&mut self, id: AttemptId, next: Next) -> Option<Answer> {
        match next {
            Next::Travels(stage, delay) => {
                let at = self.kernel.now + delay;
                self.step(Step::Travels(id, stage, at));
                if delay.is_zero() {
                    return self.arrive(id, stage);
                }
                self.kernel.schedule(at, Event::Arrive(id, stage));
                None
            }
            Next::InStation => None,
            Next::Ends => self.end_attempt(id),
        }
    }

    /// Handles the arrival of an attempt at a stage.
    pub(in crate::model::world) fn arrive(
        &mut self,
        id: AttemptId,
        stage: Stage,
    ) -> Option<Answer> {
        if self.traffic.attempts[id].is_lost() {
            return self.drop_lost(id);
        }
        let next = match stage {
            Stage::Gateway => match self.wait_for_client_list(id) {
                Some(wait) => Next::Travels(Stage::Gateway, wait),
                None => self.at_gateway(id),
            },
            Stage::ConnectionPoint => self.at_connection_point(id),
            Stage::SiteSystem => self.at_site_system(id),
            Stage::Source => self.at_source(id),
            Stage::Chunk => match self.at_chunk(id) {
                Chunk::More(next) => next,
                Chunk::Last => return self.at_client(id, Ok(())),
                Chunk::AccessOver(request) => return Some(Answer::AccessOver(request, id)),
            },
            Stage::Answer => self.at_gateway_again(id),
            Stage::Client(outcome) => return self.at_client(id, outcome),
        };
        self.should_continue(id, next)
    }

    /// Handles a timer of a station, which may complete a service.
    pub(in crate::model::world) fn station_due(
        &mut self,
        id: StationId,
        timer: u32,
    ) -> Option<Answer> {
        let (now, kernel) = (self.kernel.now, &mut self.kernel);
        let owned = &mut self.stations[id];
        let departure = owned.station.wake(now, timer, &mut |at, timer| {
            kernel.schedule(at, Event::Station(id, timer));
        })?;
        let (attempt, owner) = (AttemptId(departure.job), owned.owner);
        self.step(Step::Leaves(attempt, id, departure.waited));
        if let Some(request) = self.traffic.attempts[attempt].request {
            let breakdown = &mut self.traffic.requests[request].breakdown;
            breakdown.served(owner.station_group(), departure.waited, departure.response_time);
        }
        // The work of a lost attempt took server time, but its result is discarded.
        if self.traffic.attempts[attempt].is_lost() {
            return self.drop_lost(attempt);
        }
        let next = match owner {
            Owner::Instance(_) => self.leave_gateway(attempt),
            Owner::ConnectionPoint(_) => self.forward(attempt),
            Owner::SiteSystem(_) => self.leave_workers(attempt),
            Owner::Database(_) => self.handle_site_answer(attempt),
            Owner::File(..) => self.leave_source(attempt),
        };
        self.should_continue(attempt, next)
    }

    /// Handles the end of a transfer on a shared line.
    pub(in crate::model::world) fn transfer_due(
        &mut self,
        line: LineId,
        direction: Direction,
    ) -> Option<Answer> {
        let (id, stage, delay) = self.end_transfer(line, direction)?;
        self.should_continue(id, Next::Travels(stage, delay))
    }

    /// Drops a request that has waited too long in the queue of a site system.
    pub(in crate::model::world) fn queue_time_out(&mut self, id: AttemptId) -> Option<Answer> {
        let attempt = &self.traffic.attempts[id];
        if attempt.queue_deadline != self.kernel.now {
            return None;
        }
        let workers = self.sites.site_systems[attempt.system].workers;
        let station = &mut self.stations[workers].station;
        let is_dropped = station.leave_queue(self.kernel.now, id.0, attempt.queue_ticket);
        if is_dropped { self.fail_at_site(id, Cause::QueueTimeout) } else { None }
    }

    /// Fails an attempt at its site system.
    pub(in crate::model::world) fn fail_at_site(
        &mut self,
        id: AttemptId,
        cause: Cause,
    ) -> Option<Answer> {
        let next = self.refuse(id, cause);
        self.should_continue(id, next)
    }
}
