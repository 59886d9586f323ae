//! A client turns to another service: what it leaves behind, and what it begins anew there.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{ChannelState, Location};
use crate::model::recorder::Recorder;
use crate::model::service::Service;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// A location request was answered: the client turns to what its boundary groups say first.
    pub(super) fn locations_learnt(&mut self, id: ClientId) {
        let may_change = matches!(self.clients[id].location, Location::Vpn | Location::Intranet);
        if !self.learn_groups(id) || !may_change {
            return;
        }
        let service = self.service_by_group(id);
        match service == self.clients[id].service {
            true => self.choose_servers(id),
            false => self.change_service(id, service),
        }
    }

    /// A client that stays where it is turns to another service.
    fn change_service(&mut self, id: ClientId, service: Service) {
        self.leave_network(id);
        self.abandon_channel_requests(id);
        self.set_service(id, service);
        self.forget_channel_failures(id);
        self.begin_service(id, self.kernel.now);
    }

    /// A client begins to use its service, at `start`: its token, its channel.
    pub(super) fn begin_service(&mut self, id: ClientId, start: SimTime) {
        self.renew_token_here(id, start);
        if self.has_channel(id) {
            self.expect_channel(id, start);
        }
    }

    /// A client that has turned away from what failed renews its token, if it must, and opens its
    /// channel, unless it is about to try anyway.
    pub(super) fn go_on_elsewhere(&mut self, id: ClientId) {
        let now = self.kernel.now;
        if !self.has_channel(id) {
            self.lack_no_channel(id);
        } else if self.clients[id].channel == ChannelState::Opening {
            self.want_channel(id);
        } else if self.clients[id].channel == ChannelState::Closed
            && self.clients[id].channel_due == SimTime::NEVER
        {
            self.expect_channel(id, now);
        }
        if self.gateway_used(id).is_some() && self.renew_token_here(id, now) {
            self.schedule_client(id);
        }
    }

    /// Closes a client's channel and connection.
    pub(super) fn leave_network(&mut self, id: ClientId) {
        self.close_channel(id);
        self.expect_no_channel(id);
        self.lack_no_channel(id);
        self.drop_connection(id);
    }

    /// The channel begins anew, if the client has one where it is now.
    pub(super) fn abandon_channel_requests(&mut self, id: ClientId) {
        let mut request = self.clients[id].latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if self.traffic.requests[this].kind.is_of_channel() {
                self.abandon(this);
            }
        }
    }
}
