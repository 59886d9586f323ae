//! Revocation lists: clients check the certificates of servers, and gateways check the certificates
//! of clients.
//!
//! Microsoft publishes that a computer that checks certificate revocation but cannot reach the
//! certificate revocation list (CRL) treats all certificates in the chain as revoked, so all such
//! connections fail (plan-for-certificates.md, 03/23/2023).

use crate::base::ids::{AttemptId, ClientId, GatewayId, InstanceId};
use crate::base::{Bytes, SimDuration, SimTime};
use crate::engine::{Purpose, Stream};
use crate::model::client::{Second, name_key, next_on_grid};
use crate::model::config::{Authentication, ListAccess};
use crate::model::recorder::Recorder;
use crate::model::request::Handshake;
use crate::model::request::Origin;
use crate::terms::{Flow, RequestKind};

use super::World;

/// Purpose of an instance's random stream for its revocation list: the age of the list at time
/// zero, then the duration of each fetch, `BLOCKS_PER_FETCH` positions apart.
const LISTS: Purpose = Purpose(2);
const BLOCKS_PER_FETCH: u32 = 16;

impl<R: Recorder> World<'_, R> {
    /// Checks whether the server's certificate is revoked, before a client connects. Returns the
    /// time to fetch the revocation list, if the stored one has expired. If the list is
    /// unreachable, returns an error with the time that the client spent on the attempt.
    pub(super) fn check_server_list(&mut self, id: ClientId) -> Result<SimDuration, SimDuration> {
        let cohort = self.cohort(id);
        let Some(revocation) = &cohort.revocation else { return Ok(SimDuration::ZERO) };
        if let Some(in_vain) = revocation.unreachable {
            return Err(in_vain);
        }
        if Second::of(self.kernel.now) < self.clients.agendas[id].list_until {
            return Ok(SimDuration::ZERO);
        }
        // Lists expire at fixed intervals, with a different phase for each client.
        let phase = self.phase(id, RequestKind::ChannelOpen, revocation.keep);
        let until = next_on_grid(self.kernel.now, phase, revocation.keep);
        let was_kept = self.clients.agendas[id].list_until == Second::LONG_AGO;
        self.clients.agendas[id].list_until = Second::of(until);
        if was_kept && SimTime::ZERO + phase > self.kernel.now {
            // The client still has the list that it had at time zero.
            return Ok(SimDuration::ZERO);
        }
        self.observed.flows.add(Flow::RevocationListsToClients, revocation.size);
        let link = cohort.downlink;
        let distribution = &self.config.network.client_azure;
        let round_trip = self.draw(Origin::Client(id), |stream| distribution.sample(stream));
        let fetch = link.map_or(SimDuration::ZERO, |link| link.transmission_time(revocation.size));
        Ok(round_trip.scaled(2.0) + fetch)
    }

    /// Returns the time until which the revocation list that an instance has at time zero is valid.
    /// The instance fetched the list at a random earlier time.
    pub(super) fn list_until_at_start(&self, id: GatewayId, number: u32) -> SimTime {
        let gateway = &self.config.gateways[id];
        match gateway.client_list.as_ref().map(|list| &list.access) {
            Some(ListAccess::Reachable { keep, .. }) if number < gateway.instances => {
                let age = self.list_stream(id, number, 0).uniform();
                SimTime::ZERO + keep.scaled(age)
            }
            _ => SimTime::ZERO,
        }
    }

    fn list_stream(&self, id: GatewayId, number: u32, fetch: u32) -> Stream {
        let key = name_key("gateway", &self.config.gateways[id].name);
        let position = fetch.wrapping_mul(BLOCKS_PER_FETCH);
        self.kernel.streams.stream(key | u64::from(number), LISTS, position)
    }

    /// Returns how long a new connection of a client with a certificate waits until its instance
    /// has fetched the revocation list, or has failed to fetch it; `None` if the connection does
    /// not wait.
    pub(super) fn wait_for_client_list(&mut self, id: AttemptId) -> Option<SimDuration> {
        let attempt = &self.traffic.attempts[id];
        if attempt.handshake != Handshake::New {
            return None;
        }
        let (Origin::Client(client), Some(instance)) = (attempt.origin, attempt.instance) else {
            return None;
        };
        if self.cohort(client).authentication != Authentication::Certificate {
            return None;
        }
        let gateway = self.cloud.instances[instance].gateway;
        let list = self.config.gateways[gateway].client_list.as_ref()?;
        let (now, state) = (self.kernel.now, &self.cloud.instances[instance]);
        let (number, fetches) = (state.number, state.list_fetches + 1);
        let wait = match &list.access {
            ListAccess::Unreachable(timeout) => {
                self.ask_for_list(instance, list.request);
                *timeout
            }
            ListAccess::Reachable { .. } if now < state.list_until => {
                // Another connection may have requested the list, which is still in transit.
                state.list_arrives.since(now)
            }
            ListAccess::Reachable { size, keep, fetch } => {
                self.ask_for_list(instance, list.request);
                self.cloud.gateways[gateway].flows.add(Flow::RevocationListsToGateways, *size);
                let mut stream = self.list_stream(gateway, number, fetches);
                let fetch = fetch.sample(&mut stream);
                let state = &mut self.cloud.instances[instance];
                state.list_fetches = fetches;
                state.list_arrives = now + fetch;
                state.list_until = state.list_arrives + *keep;
                fetch
            }
        };
        self.traffic.attempts[id].handshake = Handshake::ListAwaited;
        (!wait.is_zero()).then_some(wait)
    }

    fn ask_for_list(&mut self, instance: InstanceId, request: Bytes) {
        let gateway = self.cloud.instances[instance].gateway;
        self.cloud.gateways[gateway].note_sent(Flow::GatewaysToRevocationLists, request);
        self.cloud.instances[instance].link.send(self.kernel.now, request);
    }

    /// Returns whether an instance refuses the certificate of the request's origin, because the
    /// instance cannot check whether the certificate is revoked.
    pub(super) fn refuses_certificate(&self, origin: Origin, instance: InstanceId) -> bool {
        match origin {
            Origin::Client(client) => {
                self.lacks_client_list(client, self.cloud.instances[instance].gateway)
            }
            Origin::Source(_) => false,
        }
    }

    fn lacks_client_list(&self, client: ClientId, gateway: GatewayId) -> bool {
        let list = &self.config.gateways[gateway].client_list;
        let is_unreachable =
            list.as_ref().is_some_and(|list| matches!(list.access, ListAccess::Unreachable(_)));
        is_unreachable && self.cohort(client).authentication == Authentication::Certificate
    }

    /// Returns whether a client cannot connect to a gateway, because the client or the gateway
    /// cannot check the other's certificate.
    pub(super) fn fails_revocation_check(&self, id: ClientId, gateway: GatewayId) -> bool {
        let revocation = self.cohort(id).revocation.as_ref();
        revocation.is_some_and(|list| list.unreachable.is_some())
            || self.lacks_client_list(id, gateway)
    }
}
