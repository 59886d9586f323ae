//! Switches a client to another service: closes its channel and connection, and starts to use the
//! new service.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{ChannelState, Location};
use crate::model::recorder::Recorder;
use crate::model::service::Service;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Handles the response to a location request: the client switches to the service that its
    /// boundary groups prefer.
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

    /// Switches a client to another service without a change of location.
    fn change_service(&mut self, id: ClientId, service: Service) {
        self.leave_network(id);
        self.abandon_channel_requests(id);
        self.set_service(id, service);
        self.forget_channel_failures(id);
        self.begin_service(id, self.kernel.now);
    }

    /// Starts to use a service at `start`: renews the token if due, and opens the channel.
    pub(super) fn begin_service(&mut self, id: ClientId, start: SimTime) {
        self.renew_token_here(id, start);
        if self.has_channel(id) {
            self.expect_channel(id, start);
        }
    }

    /// Continues after a switch caused by failures: the client renews its token, if it is due, and
    /// opens its channel, unless the next attempt to open it is already scheduled.
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

    /// Closes the channel and the connection of a client.
    pub(super) fn leave_network(&mut self, id: ClientId) {
        self.close_channel(id);
        self.expect_no_channel(id);
        self.lack_no_channel(id);
        self.drop_connection(id);
    }

    /// Abandons the channel requests of a client.
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
