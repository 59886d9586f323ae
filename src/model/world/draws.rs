//! Random draws: whose stream, for what, and from where on.

use crate::base::SimDuration;
use crate::base::ids::ClientId;
use crate::engine::{Purpose, Stream};
use crate::model::client::Draws;
use crate::model::config::{Cohort, Retry};
use crate::model::presence::{LocalClock, Pattern};
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::World;

impl<'c, R: Recorder> World<'c, R> {
    /// What is simulated of a client's cohort.
    pub(super) fn cohort(&self, id: ClientId) -> &'c Cohort {
        &self.config.cohorts[self.clients[id].cohort]
    }

    /// Its number in its cohort.
    #[inline]
    pub(super) fn number(&self, id: ClientId) -> u32 {
        id.0 - self.clients.cohort_of(id).first.0
    }

    /// The key of its streams.
    #[inline]
    pub(super) fn entity(&self, id: ClientId) -> u64 {
        let cohort = &self.clients.cohort_of(id);
        cohort.key | u64::from(id.0 - cohort.first.0)
    }

    /// Which of the servers of one sort are its own: a number of 16 bits, whatever their count.
    pub(super) fn draw_pick(&self, id: ClientId, position: u32) -> u16 {
        let purpose = Purpose(Draws::Phase as u8);
        self.kernel.streams.stream(self.entity(id), purpose, position).below(1 << 16) as u16
    }

    /// The phase of a client's schedule for `kind`, below `interval`; the same every time. The key
    /// is the place of the kind: a kind put in before others changes their phases, and so results.
    pub(super) fn phase(
        &self,
        id: ClientId,
        kind: RequestKind,
        interval: SimDuration,
    ) -> SimDuration {
        let purpose = Purpose(Draws::Phase as u8);
        let mut stream = self.kernel.streams.stream(self.entity(id), purpose, kind as u32);
        interval.scaled(stream.uniform())
    }

    /// Draws for one counted purpose from a client's stream.
    pub(super) fn draw_for<T>(
        &mut self,
        id: ClientId,
        draws: Draws,
        draw: impl FnOnce(&mut Stream) -> T,
    ) -> T {
        let entity = self.entity(id);
        self.clients[id].draw(&self.kernel.streams, entity, draws, draw)
    }

    /// Draws what a request needs from the stream of whoever asks.
    pub(super) fn draw<T>(&mut self, origin: Origin, draw: impl FnOnce(&mut Stream) -> T) -> T {
        match origin {
            Origin::Client(client) => self.draw_for(client, Draws::Request, draw),
            Origin::Source(source) => draw(&mut self.traffic.sources[source].requests),
        }
    }

    /// Draws jitter from the stream of whoever asks.
    pub(super) fn draw_retry<T>(
        &mut self,
        origin: Origin,
        draw: impl FnOnce(&mut Stream) -> T,
    ) -> T {
        match origin {
            Origin::Client(client) => self.draw_for(client, Draws::Retry, draw),
            Origin::Source(source) => draw(&mut self.traffic.sources[source].requests),
        }
    }

    /// Draws what concerns one client and one deployment, notification or boundary group, known by
    /// its key: nothing else changes it.
    pub(super) fn draw_about<T>(
        &self,
        id: ClientId,
        key: u64,
        what: u8,
        draw: impl FnOnce(&mut Stream) -> T,
    ) -> T {
        let entity = key.rotate_left(17) ^ self.entity(id);
        draw(&mut self.kernel.streams.stream(entity, Purpose(what), 0))
    }

    /// When the client is on.
    pub(super) fn pattern(&self, id: ClientId) -> Pattern<'c> {
        let entity = self.entity(id);
        let presence = &self.cohort(id).presence;
        let clock = LocalClock::new(self.config.week_offset, &self.cohort(id).utc_offsets);
        Pattern { presence, clock, streams: self.kernel.streams, entity }
    }
}

/// An exponential duration with a mean in seconds.
pub(super) fn exponential(mean: f64, stream: &mut Stream) -> SimDuration {
    use rand_distr::{Distribution as _, Exp1};
    let unit: f64 = Exp1.sample(stream);
    SimDuration::from_seconds_f64(mean * unit)
}

/// How long to wait before the next attempt, after `attempts` have failed.
pub(super) fn retry_delay(retry: &Retry, attempts: u32, stream: &mut Stream) -> SimDuration {
    let first = retry.first.sample(stream);
    let grown = match attempts {
        0 | 1 => first,
        // Beyond a thousand doublings everything is capped anyway.
        _ => first.scaled(libm::pow(retry.factor, f64::from(attempts.min(1000) - 1))),
    };
    let capped = grown.min(retry.cap);
    if retry.jitter == 0.0 {
        return capped;
    }
    capped.scaled(1.0 + retry.jitter * (2.0 * stream.uniform() - 1.0))
}
