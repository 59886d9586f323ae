//! Observations of the world: totals for the audit, calls to the recorder, and levels by bins and
//! minutes. The observations do not affect the simulation.

use crate::base::SimTime;
use crate::engine::LatencyHistogram;
use crate::model::audit::Ledger;
use crate::model::config::Message;
use crate::model::disruption::Sample;
use crate::model::flow::FlowBytes;
use crate::model::levels::Levels;
use crate::model::minutes::Minutes;
use crate::model::recorder::{Counter, Recorder};
use crate::model::request::{Outcome, Request};
use crate::model::step::Step;
use crate::model::tallied::Tallied;
use crate::terms::RequestKind;

use super::World;
use super::clients::Clients;
use super::minutes::LastTenth;
use super::traffic::Traffic;

/// Requests in flight of one origin, by kind.
pub(super) type InFlight = [u64; RequestKind::ALL.len()];

/// All observations.
#[derive(Debug)]
pub(super) struct Observed<R> {
    pub(super) recorder: R,
    pub(super) ledger: Ledger,
    pub(super) connect_attempts: u64,
    pub(super) connects: u64,
    pub(super) failed_attempts: u64,
    /// Bytes of the flows that no gateway counts.
    pub(super) flows: FlowBytes,
    pub(super) samples: Vec<Sample>,
    pub(super) levels: Levels,
    pub(super) minutes: Minutes,
    pub(super) last_tenth: Option<LastTenth>,
    pub(super) policy_ages: LatencyHistogram,
    pub(super) policy_ages_due: SimTime,
}

impl<R: Recorder> Observed<R> {
    /// Creates empty observations.
    pub(super) fn new(recorder: R) -> Self {
        Observed {
            recorder,
            ledger: Ledger::default(),
            connect_attempts: 0,
            connects: 0,
            failed_attempts: 0,
            flows: FlowBytes::default(),
            samples: Vec::new(),
            levels: Levels::default(),
            minutes: Minutes::default(),
            last_tenth: None,
            policy_ages: LatencyHistogram::new(),
            policy_ages_due: SimTime::ZERO,
        }
    }

    /// Starts the measured period with these requests in flight, by origin and kind.
    pub(super) fn measure_from(&mut self, now: SimTime, levels: Levels, in_flight: &[InFlight]) {
        let Observed {
            recorder,
            // These counts and the samples include the warm-up.
            ledger: _,
            connect_attempts: _,
            connects: _,
            failed_attempts: _,
            samples: _,
            flows,
            levels: own_levels,
            // The minutes are initialised when the first minute starts.
            minutes: _,
            last_tenth,
            policy_ages,
            policy_ages_due: _,
        } = self;
        recorder.counter().measure_from(now, &|kind, origin| in_flight[origin][kind as usize]);
        flows.reset(now);
        *own_levels = levels;
        *last_tenth = None;
        policy_ages.reset(now);
    }

    /// Records a step of a request in the conservation counts, the statistics and the traces.
    #[inline(always)]
    fn step(&mut self, now: SimTime, step: Step, traffic: &Traffic, clients: &Clients) {
        let (books, counter) = (&mut self.ledger, self.recorder.counter());
        match step {
            Step::Issued(_, origin, kind) => {
                books.issued += 1;
                counter.issued(now, kind, clients.origin_index(origin));
            }
            Step::Begins(_, attempt, _) => {
                let attempt = &traffic.attempts[attempt];
                books.attempts_begun += 1;
                books.sent_bytes += attempt.message.request.count();
                counter.attempt(now, attempt.kind, clients.origin_index(attempt.origin));
            }
            Step::Dials => {
                self.connect_attempts += 1;
                counter.connect_attempt(now);
            }
            Step::Connects(setup) => {
                books.setup_bytes += setup.count();
                self.connects += 1;
                counter.connect(now);
            }
            Step::Opens => books.connections_opened += 1,
            Step::Closes(count) => books.connections_closed += count,
            Step::Delivered(attempt, _) => {
                books.bytes_delivered += traffic.attempts[attempt].message.request.count();
            }
            Step::Unsent(attempt)
            | Step::Answers(attempt)
            | Step::ChunkRequested(attempt)
            | Step::ChunkSent(attempt, _) => {
                note_message(books, step, traffic.attempts[attempt].message);
            }
            Step::ChunkArrived(attempt, chunk) => match traffic.attempts[attempt].request {
                Some(_) => books.content_received += chunk.count(),
                None => books.content_wasted += chunk.count(),
            },
            Step::Wasted(attempt) => {
                let attempt = &traffic.attempts[attempt];
                counter.wasted(now, attempt.kind, clients.origin_index(attempt.origin));
            }
            Step::Ended(attempt) => {
                let attempt = &traffic.attempts[attempt];
                if !attempt.is_delivered() {
                    books.bytes_dropped += attempt.message.request.count();
                }
                books.attempts_ended += 1;
            }
            Step::Failed(request, cause) => {
                let request = &traffic.requests[request];
                self.failed_attempts += 1;
                let origin = clients.origin_index(request.origin);
                counter.failed_attempt(now, request.kind, origin, cause);
            }
            Step::Concluded(request, outcome) => {
                let request = &traffic.requests[request];
                self.conclude(now, request, clients.origin_index(request.origin), outcome);
            }
            Step::Travels(..)
            | Step::Crosses(..)
            | Step::Enters(..)
            | Step::Leaves(..)
            | Step::Lost(_)
            | Step::Detached(_)
            | Step::Waits(..) => {}
        }
        if R::FOLLOWS {
            self.recorder.step(now, step);
        }
    }

    #[inline(always)]
    fn conclude(&mut self, now: SimTime, request: &Request, origin: usize, outcome: Outcome) {
        let (books, counter, kind) = (&mut self.ledger, self.recorder.counter(), request.kind);
        match outcome {
            Outcome::Completed => {
                books.completed += 1;
                counter.completed(now, kind, origin, now - request.issued, &request.breakdown);
            }
            Outcome::Failed(cause) => {
                books.failed += 1;
                counter.failed(now, kind, origin, cause);
            }
            Outcome::Abandoned => {
                books.abandoned += 1;
                counter.abandoned(now, kind, origin);
            }
        }
    }
}

/// Counts the bytes of a message, or of a chunk with its response header.
#[inline(always)]
fn note_message(books: &mut Ledger, step: Step, message: Message) {
    match step {
        Step::Unsent(_) => books.unsent_bytes += message.request.count(),
        Step::Answers(_) => books.site_answer_bytes += message.response.count(),
        Step::ChunkRequested(_) => books.chunk_request_bytes += message.request.count(),
        Step::ChunkSent(_, chunk) => {
            books.content_sent += chunk.count();
            books.content_header_bytes += message.response.count();
        }
        _ => {}
    }
}

impl<R: Recorder> World<'_, R> {
    /// Records a step of a request or an attempt; every step goes through this call. Because
    /// callers pass a known variant, the compiler keeps only the matching branch.
    #[inline(always)]
    pub(super) fn step(&mut self, step: Step) {
        self.observed.step(self.kernel.now, step, &self.traffic, &self.clients);
    }
}
