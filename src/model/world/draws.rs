//! Random draws: selects the random stream and the position for each purpose.

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
    /// Returns the configuration of a client's cohort.
    pub(super) fn cohort(&self, id: ClientId) -> &'c Cohort {
        &self.config.cohorts[self.clients[id].cohort]
    }

    /// Returns the number of a client within its cohort.
    #[inline]
    pub(super) fn number(&self, id: ClientId) -> u32 {
        id.0 - self.clients.cohort_of(id).first.0
    }

    /// Returns the key of a client's random streams.
    #[inline]
    pub(super) fn entity(&self, id: ClientId) -> u64 {
        let cohort = &self.clients.cohort_of(id);
        cohort.key | u64::from(id.0 - cohort.first.0)
    }

    /// Draws a client's choice among servers of one type: a 16-bit number that is independent of
    /// the number of servers.
    pub(super) fn draw_pick(&self, id: ClientId, position: u32) -> u16 {
        let purpose = Purpose(Draws::Phase as u8);
        self.kernel.streams.stream(self.entity(id), purpose, position).below(1 << 16) as u16
    }

    /// Returns the phase of a client's schedule for `kind`, below `interval`; it is constant. The
    /// position in the random stream is the index of the kind. Inserting a new kind before existing
    /// kinds therefore changes their phases and the results.
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

    /// Draws a value for a purpose with a stored position from a client's stream.
    pub(super) fn draw_for<T>(
        &mut self,
        id: ClientId,
        draws: Draws,
        draw: impl FnOnce(&mut Stream) -> T,
    ) -> T {
        let entity = self.entity(id);
        self.clients[id].draw(&self.kernel.streams, entity, draws, draw)
    }

    /// Draws a value for a request from the stream of its origin.
    pub(super) fn draw<T>(&mut self, origin: Origin, draw: impl FnOnce(&mut Stream) -> T) -> T {
        match origin {
            Origin::Client(client) => self.draw_for(client, Draws::Request, draw),
            Origin::Source(source) => draw(&mut self.traffic.sources[source].requests),
        }
    }

    /// Draws jitter from the stream of the request's origin.
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

    /// Draws a value for one client and one deployment, notification or boundary group, identified
    /// by its key. No other draw affects this value.
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

    /// Returns the presence pattern of a client.
    pub(super) fn pattern(&self, id: ClientId) -> Pattern<'c> {
        let entity = self.entity(id);
        let presence = &self.cohort(id).presence;
        let clock = LocalClock::new(self.config.week_offset, &self.cohort(id).utc_offsets);
        Pattern { presence, clock, streams: self.kernel.streams, entity }
    }
}

/// Draws an exponential duration with a mean in seconds.
pub(super) fn exponential(mean: f64, stream: &mut Stream) -> SimDuration {
    use rand_distr::{Distribution as _, Exp1};
    let unit: f64 = Exp1.sample(stream);
    SimDuration::from_seconds_f64(mean * unit)
}

/// Draws the delay before the next attempt, after `attempts` have failed.
pub(super) fn retry_delay(retry: &Retry, attempts: u32, stream: &mut Stream) -> SimDuration {
    let first = retry.first.sample(stream);
    let grown = match attempts {
        0 | 1 => first,
        // The exponent is limited so that the power stays finite. For usual factors, the delay
        // reaches its cap long before this limit.
        _ => first.scaled(libm::pow(retry.factor, f64::from(attempts.min(1000) - 1))),
    };
    let capped = grown.min(retry.cap);
    if retry.jitter == 0.0 {
        return capped;
    }
    capped.scaled(1.0 + retry.jitter * (2.0 * stream.uniform() - 1.0))
}
