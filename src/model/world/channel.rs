//! The notification channel: a client wants it, opens it, keeps it alive, and loses it.

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

    /// When the channel is due next.
    pub(super) fn expect_channel(&mut self, id: ClientId, at: SimTime) {
        self.clients[id].channel_due = at;
        self.kernel.schedule(at, Event::Channel(id));
    }

    /// Nothing of the channel is due.
    pub(super) fn expect_no_channel(&mut self, id: ClientId) {
        self.clients[id].channel_due = SimTime::NEVER;
    }

    /// From now on a closed channel is something the client lacks.
    pub(super) fn want_channel(&mut self, id: ClientId) {
        if !std::mem::replace(&mut self.clients.agendas[id].wants_channel, true) {
            self.clients.cohort_mut(id).wanting.add(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, 1);
        }
    }

    /// From now on the client wants no channel.
    pub(super) fn lack_no_channel(&mut self, id: ClientId) {
        if std::mem::take(&mut self.clients.agendas[id].wants_channel) {
            self.clients.cohort_mut(id).wanting.subtract(self.kernel.now, 1);
            self.clients.online.change(|online| &mut online.wanting, -1);
        }
    }

    /// The request to open the channel was answered: the client holds this connection and this port
    /// from now on, unless it has turned to another service meanwhile.
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
        // It may have turned to a service without one and back meanwhile.
        self.want_channel(id);
        self.note_open_channel(id, instance, connection_point);
        self.clients.agendas[id].channel_failures = 0;
        self.expect_keep_alive(id);
    }

    /// The channel is open from now on.
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

    /// Draws when the open channel's next keep-alive is due.
    pub(super) fn expect_keep_alive(&mut self, id: ClientId) {
        let Some(channel) = &self.cohort(id).channel else { return };
        let wait = self.draw_for(id, Draws::Workload, |stream| channel.keep_alive.sample(stream));
        self.expect_channel(id, self.kernel.now + wait);
    }

    /// Closes the channel, if it is open: its connection, unless that went with its instance,
    /// and its port.
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

    /// A channel that was being opened is no longer wanted: the client has turned to a service
    /// without one.
    pub(super) fn stop_opening_channel(&mut self, id: ClientId) {
        self.clients[id].channel = ChannelState::Closed;
    }

    /// The keep-alive in flight, if there is one, has lost its connection; unless its answer has
    /// already passed the component that has failed. Returns it.
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

    /// The channel was lost, or found no port at time zero: it is opened again, from when the
    /// client has noticed, `late` from now.
    pub(super) fn channel_lost(&mut self, id: ClientId, late: SimDuration) {
        self.clients[id].channel = ChannelState::Closed;
        if self.has_channel(id) {
            let delay = late + self.channel_delay(id);
            self.expect_channel(id, self.kernel.now + delay);
        }
    }

    /// The channel has failed once more: how long to wait before it is tried again.
    pub(super) fn channel_delay(&mut self, id: ClientId) -> SimDuration {
        let Some(channel) = &self.cohort(id).channel else { return SimDuration::MAX };
        let failures = self.clients.agendas[id].channel_failures.saturating_add(1);
        self.clients.agendas[id].channel_failures = failures;
        self.draw_for(id, Draws::Retry, |stream| {
            retry_delay(&channel.reconnect, u32::from(failures), stream)
        })
    }

    /// Earlier failures to open the channel do not count any more.
    pub(super) fn forget_channel_failures(&mut self, id: ClientId) {
        self.clients.agendas[id].channel_failures = 0;
    }
}
