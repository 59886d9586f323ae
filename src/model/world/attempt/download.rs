//! Downloads: a client requests the chunks of the content from a source, one after the other. It
//! keeps the downloaded chunks if the download is interrupted.

use crate::base::ids::{AttemptId, DeploymentId, RequestId};
use crate::base::{Bytes, Id, SimDuration};
use crate::engine::{Admission, TransferClass};
use crate::model::deployment::Origin as From;
use crate::model::event::Event;
use crate::model::line::Crossing;
use crate::model::recorder::Recorder;
use crate::model::request::{Origin, Stage};
use crate::model::step::Step;
use crate::model::world::World;

use super::Next;
use super::crossing::Parcel;

/// Next action after a chunk has arrived at its client.
pub(super) enum Chunk {
    /// The download continues, or the client has stopped waiting.
    More(Next),
    /// The chunk was the last one.
    Last,
    /// The access to the content has expired before the last chunk.
    AccessOver(RequestId),
}

impl<R: Recorder> World<'_, R> {
    /// Handles a request for a chunk at its source.
    pub(super) fn at_source(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(_)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return Next::Ends;
        };
        let source = self.progress(deployment, client).and_then(|own| own.source);
        let Some(From::Storage(gateway)) = source else { return self.leave_source(id) };
        let rate = self.config.gateways[gateway].storage.map(|storage| storage.requests_per_second);
        let storage = self.cloud.gateways[gateway].storage.as_ref();
        let file = storage.and_then(|storage| storage.files[deployment.index()]);
        let (Some(rate), Some(station)) = (rate, file) else {
            return self.leave_source(id);
        };
        let time = SimDuration::from_seconds_f64(1.0 / rate);
        // The queue has no limit. Requests above the rate limit wait, which takes as long on
        // average as refusing them and letting clients retry.
        let admission = self.enter(station, id, time);
        debug_assert_ne!(admission, Admission::Refused);
        Next::InStation
    }

    /// Sends a chunk from the source.
    pub(super) fn leave_source(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(_)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return Next::Ends;
        };
        let distance = attempt.distance;
        let (chunks, bytes) = self.chunks(deployment, client);
        let chunk = self.cohort(client).content.chunk;
        let own_bandwidth = self.cohort(client).content_bandwidth(self.kernel.now);
        let Some(own) = self.progress(deployment, client).copied() else {
            return Next::Ends;
        };
        let chunk = match own.chunks + 1 {
            last if last >= chunks => {
                bytes.count().saturating_sub(chunk.count() * u64::from(own.chunks))
            }
            _ => chunk.count(),
        };
        let chunk = Bytes::new(chunk);
        self.count_chunk(id, deployment, own.source, chunk);
        let sending = match own.source {
            Some(From::Storage(gateway)) => {
                let gateway = &mut self.cloud.gateways[gateway];
                gateway.outbound.sent += chunk.count();
                gateway.storage.as_mut().map_or(SimDuration::ZERO, |storage| {
                    let slower = 1.0 / storage.left.product();
                    storage.link.send_slower(self.kernel.now, chunk, slower)
                })
            }
            Some(From::DistributionPoint(point)) => {
                self.sites.distribution_points[point].sent += chunk;
                SimDuration::ZERO
            }
            _ => SimDuration::ZERO,
        };
        self.traffic.attempts[id].chunk = chunk;
        self.step(Step::ChunkSent(id, chunk));
        let own_link =
            own_bandwidth.map_or(SimDuration::ZERO, |link| link.transmission_time(chunk));
        let crossing = own.source.map(|source| self.crossing_to(client, source.into()));
        let parcel = Parcel {
            bytes: chunk,
            crossing: crossing.unwrap_or(Crossing::NONE),
            class: TransferClass::Background,
            sending: sending.max(own_link),
            rest: distance,
        };
        match self.dispatch(id, Stage::Chunk, parcel) {
            Next::Travels(stage, delay) => self.travel_by_calendar(id, stage, delay),
            next => next,
        }
    }

    /// Counts a chunk and its response header, by flow and by source.
    fn count_chunk(
        &mut self,
        id: AttemptId,
        deployment: DeploymentId,
        source: Option<From>,
        chunk: Bytes,
    ) {
        let attempt = &self.traffic.attempts[id];
        let header = attempt.message.response;
        if let Some(flow) = attempt.flow {
            self.observed.flows.add(flow.response(), chunk + header);
        }
        let place = match source {
            Some(From::Storage(_)) => 0,
            Some(From::DistributionPoint(_)) => 1,
            _ => 2,
        };
        let state = &mut self.deployments[deployment];
        state.bytes[place] += chunk.count();
        state.header_bytes[place] += header.count();
    }

    /// Requests the next chunk.
    fn request_chunk(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let distance = attempt.distance;
        if let Some(flow) = attempt.flow {
            self.observed.flows.add(flow, attempt.message.request);
        }
        self.step(Step::ChunkRequested(id));
        self.travel_by_calendar(id, Stage::Source, distance)
    }

    /// Handles a chunk that has arrived: the client requests the next chunk, or the download is
    /// complete.
    pub(super) fn at_chunk(&mut self, id: AttemptId) -> Chunk {
        let chunk = std::mem::take(&mut self.traffic.attempts[id].chunk);
        self.step(Step::ChunkArrived(id, chunk));
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(request)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return Chunk::More(Next::Ends);
        };
        let (chunks, _) = self.chunks(deployment, client);
        let now = self.kernel.now;
        let Some(own) = self.progress_mut(deployment, client) else {
            return Chunk::More(Next::Ends);
        };
        own.chunks += 1;
        if own.chunks >= chunks {
            return Chunk::Last;
        }
        if matches!(own.source, Some(From::Storage(_))) && now >= own.access_until {
            return Chunk::AccessOver(request);
        }
        Chunk::More(self.request_chunk(id))
    }

    /// Sends an attempt to its next stage through the calendar. Otherwise a download of many chunks
    /// would recurse deeply if chunks take no time.
    fn travel_by_calendar(&mut self, id: AttemptId, stage: Stage, delay: SimDuration) -> Next {
        let at = self.kernel.now + delay;
        self.step(Step::Travels(id, stage, at));
        self.kernel.schedule(at, Event::Arrive(id, stage));
        Next::InStation
    }
}
