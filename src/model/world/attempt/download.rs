//! Downloads: a client requests one part of the content after the other from a source. It keeps the
//! downloaded parts when the download is interrupted.

use crate::base::ids::{AttemptId, RequestId};
use crate::base::{Bytes, Id, SimDuration};
use crate::engine::Admission;
use crate::model::deployment::Origin as From;
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::{Origin, Stage};
use crate::model::step::Step;
use crate::model::world::World;

use super::Next;

/// What follows when a part has arrived at its client.
pub(super) enum Part {
    /// The download continues, or the client has stopped waiting.
    More(Next),
    /// The part was the last one.
    Last,
    /// The access to the content has expired before the last part.
    AccessOver(RequestId),
}

impl<R: Recorder> World<'_, R> {
    /// Handles a request for a part at its source.
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
        // The queue has no limit. Requests beyond the rate wait, which takes as long on average as
        // refusing them and letting clients retry.
        let admission = self.enter(station, id, time);
        debug_assert_ne!(admission, Admission::Refused);
        Next::Stays
    }

    /// Sends a part from the source.
    pub(super) fn leave_source(&mut self, id: AttemptId) -> Next {
        let attempt = &self.traffic.attempts[id];
        let (Origin::Client(client), Some(deployment), Some(_)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return Next::Ends;
        };
        let distance = attempt.distance;
        let (parts, bytes) = self.parts(deployment, client);
        let (chunk, downlink) = (self.cohort(client).chunk, self.cohort(client).downlink);
        let Some(own) = self.progress(deployment, client).copied() else {
            return Next::Ends;
        };
        let part = match own.chunks + 1 {
            last if last >= parts => {
                bytes.count().saturating_sub(chunk.count() * u64::from(own.chunks))
            }
            _ => chunk.count(),
        };
        let part = Bytes::new(part);
        let sent = &mut self.deployments[deployment].bytes;
        let sending = match own.source {
            Some(From::Storage(gateway)) => {
                sent[0] += part.count();
                let gateway = &mut self.cloud.gateways[gateway];
                gateway.outbound.sent += part.count();
                gateway.storage.as_mut().map_or(SimDuration::ZERO, |storage| {
                    let slower = 1.0 / storage.left.product();
                    storage.link.send_slower(self.kernel.now, part, slower)
                })
            }
            Some(From::DistributionPoint(point)) => {
                sent[1] += part.count();
                self.sites.distribution_points[point].link.send(self.kernel.now, part)
            }
            _ => {
                sent[2] += part.count();
                SimDuration::ZERO
            }
        };
        self.traffic.attempts[id].part = part;
        self.step(Step::PartSent(id, part));
        let own_link = downlink.map_or(SimDuration::ZERO, |link| link.transmission_time(part));
        self.travel_by_calendar(id, Stage::Part, sending.max(own_link) + distance)
    }

    /// Handles a part that has arrived: the client requests the next one, or the download is
    /// complete.
    pub(super) fn at_part(&mut self, id: AttemptId) -> Part {
        let part = std::mem::take(&mut self.traffic.attempts[id].part);
        self.step(Step::PartArrived(id, part));
        let attempt = &self.traffic.attempts[id];
        let distance = attempt.distance;
        let (Origin::Client(client), Some(deployment), Some(request)) =
            (attempt.origin, attempt.deployment, attempt.request)
        else {
            return Part::More(Next::Ends);
        };
        let (parts, _) = self.parts(deployment, client);
        let now = self.kernel.now;
        let Some(own) = self.progress_mut(deployment, client) else {
            return Part::More(Next::Ends);
        };
        own.chunks += 1;
        if own.chunks >= parts {
            return Part::Last;
        }
        if matches!(own.source, Some(From::Storage(_))) && now >= own.access_until {
            return Part::AccessOver(request);
        }
        Part::More(self.travel_by_calendar(id, Stage::Source, distance))
    }

    /// Sends an attempt to its next stage through the calendar. Otherwise a download of many parts
    /// would recurse deeply if parts take no time.
    fn travel_by_calendar(&mut self, id: AttemptId, stage: Stage, delay: SimDuration) -> Next {
        let at = self.kernel.now + delay;
        self.step(Step::Travels(id, stage, at));
        self.kernel.schedule(at, Event::Arrive(id, stage));
        Next::Stays
    }
}
