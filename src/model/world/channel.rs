//! The notification channel of a client: opening, keep-alives and loss.

use crate::base::ids::{ClientId, ConnectionPointId, InstanceId, RequestId};
use crate::base::{SimDuration, SimTime};
use crate::model::client::{ChannelState, Draws};
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::request::{Carrier, Origin};
use crate::terms::RequestKind;

use super::World;
use super::draws::retry_delay;

impl<R: Recorder> World<'_, R> {
    pub(super) fn channel_due(&mut self, id: ClientId) {
        if self.clients[id].channel_due != self.kernel.now {
            return;
        }
        self.clients[id].channel_due = SimTime::NEVER;
        match self.clients[id].channel {
            ChannelState::Open { .. } => {
                if !self.clients[id].is_outstanding(RequestKind::KeepAlive) {
                    self.issue(Origin::Client(id), RequestKind::KeepAlive);
                }
            }
            ChannelState::Closed if !self.has_channel(id) => {}
            ChannelState::Closed => {
                self.want_channel(id);
                self.clients[id].channel = ChannelState::Opening;
                self.issue(Origin::Client(id), RequestKind::ChannelOpen);
            }
            ChannelState::Opening => {}
        }
    }

    /// Schedules when the channel is due next.
    pub(super) fn expect_channel(&mut self, id: ClientId, at: SimTime) {
        self.clients[id].channel_due = at;
        self.kernel.schedule(at, Event::Channel(id));
    }

    /// Cancels the channel's due time.
    pub(super) fn expect_no_channel(&mut self, id: ClientId) {
        self.clients[id].channel_due = SimTime::NEVER;
    }

    /// Marks that the client wants a channel, so that a closed channel counts as missing.
    pub(super) fn want_channel(&mut self, id: ClientId) {
        if !std::mem::replace(&mut self.clients.agendas[id].wants_channel, true) {
            self.clients.cohort_mut(id).wanting.add(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, 1);
        }
    }

    /// Marks that the client no longer wants a channel.
    pub(super) fn lack_no_channel(&mut self, id: ClientId) {
        if std::mem::take(&mut self.clients.agendas[id].wants_channel) {
            self.clients.cohort_mut(id).wanting.subtract(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, -1);
        }
    }

    /// Handles the response to the request that opens the channel: the client takes over the
    /// connection and the port, unless it has switched to another service meanwhile.
    pub(super) fn hold_channel(
        &mut self,
        id: ClientId,
        instance: InstanceId,
        connection_point: ConnectionPointId,
    ) {
        let now = self.kernel.now;
        if self.clients[id].service.gateway() != Some(self.cloud.instances[instance].gateway) {
            self.clients[id].channel = ChannelState::Closed;
            if self.has_channel(id) {
                self.expect_channel(id, now);
            }
            self.close_connection(instance, ConnectionRole::Client);
            self.sites.connection_points[connection_point].ports.release(now);
            return;
        }
        // The client may have switched to a service without a channel and back meanwhile.
        self.want_channel(id);
        self.note_open_channel(id, instance, connection_point);
        self.clients.agendas[id].channel_failures = 0;
        self.expect_keep_alive(id);
    }

    /// Records that the channel is open.
    pub(super) fn note_open_channel(
        &mut self,
        id: ClientId,
        instance: InstanceId,
        connection_point: ConnectionPointId,
    ) {
        let now = self.kernel.now;
        self.clients[id].channel = ChannelState::Open { instance, connection_point };
        self.clients.cohort_mut(id).channels.add(now, 1);
        self.clients.online.change(|online| &mut online.channels, 1);
        self.sites.connection_points[connection_point].channels.add(now, 1);
    }

    /// Draws when the next keep-alive of the open channel is due.
    pub(super) fn expect_keep_alive(&mut self, id: ClientId) {
        let Some(channel) = &self.cohort(id).channel else { return };
        let wait = self.draw_for(id, Draws::Workload, |stream| channel.keep_alive.sample(stream));
        self.expect_channel(id, self.kernel.now + wait);
    }

    /// Closes the channel, if it is open, and releases its port and its connection. A connection
    /// that was lost with its instance is already closed.
    pub(super) fn close_channel(&mut self, id: ClientId) {
        let state = std::mem::replace(&mut self.clients[id].channel, ChannelState::Closed);
        let ChannelState::Open { instance, connection_point } = state else { return };
        if self.cloud.instances[instance].is_up() {
            self.close_connection(instance, ConnectionRole::Client);
        }
        self.clients.cohort_mut(id).channels.subtract(self.kernel.now, 1);
        self.clients.online.change(|online| &mut online.channels, -1);
        let point = &mut self.sites.connection_points[connection_point];
        point.channels.subtract(self.kernel.now, 1);
        point.ports.release(self.kernel.now);
    }

    /// Cancels the request that opens a channel, because the client has switched to a service
    /// without channels.
    pub(super) fn stop_opening_channel(&mut self, id: ClientId) {
        self.clients[id].channel = ChannelState::Closed;
    }

    /// Detaches the keep-alive in flight, if there is one, because its connection is lost. A
    /// keep-alive whose response has already passed the failed component is kept. Returns the
    /// detached request.
    pub(super) fn reset_keep_alive(
        &mut self,
        id: ClientId,
        failed: Option<Carrier>,
    ) -> Option<RequestId> {
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind == RequestKind::KeepAlive
                && let Some(attempt) = self.traffic.requests[this].attempt()
                && failed.is_none_or(|one| {
                    self.traffic.attempts[attempt].depends_on(one, self.kernel.now)
                })
                && let Some(this) = self.abandon_attempt(attempt)
            {
                return Some(this);
            }
        }
        None
    }

    /// Handles a channel that was lost, or that found no port at time zero. The client notices the
    /// loss after the delay `late` and reopens the channel after a further delay.
    pub(super) fn channel_lost(&mut self, id: ClientId, late: SimDuration) {
        self.clients[id].channel = ChannelState::Closed;
        if self.has_channel(id) {
            let delay = late + self.channel_delay(id);
            self.expect_channel(id, self.kernel.now + delay);
        }
    }

    /// Counts a failure of the channel and draws the delay before the next attempt to open it.
    pub(super) fn channel_delay(&mut self, id: ClientId) -> SimDuration {
        let Some(channel) = &self.cohort(id).channel else { return SimDuration::MAX };
        let failures = self.clients.agendas[id].channel_failures.saturating_add(1);
        self.clients.agendas[id].channel_failures = failures;
        self.draw_for(id, Draws::Retry, |stream| {
            retry_delay(&channel.reconnect, u32::from(failures), stream)
        })
    }

    /// Resets the number of failures to open the channel.
    pub(super) fn forget_channel_failures(&mut self, id: ClientId) {
        self.clients.agendas[id].channel_failures = 0;
    }
}
