//! Connections of clients to instances: opening, counting, idle timeout and closing. A client has a
//! request connection, which its requests share, and a connection for its notification channel.

use crate::base::SimTime;
use crate::base::ids::{ClientId, InstanceId};
use crate::model::event::Event;
use crate::model::gateway::ConnectionRole;
use crate::model::recorder::Recorder;
use crate::model::step::Step;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Counts a new connection of a client at an instance.
    pub(super) fn open_connection(&mut self, instance: InstanceId, role: ConnectionRole) {
        self.step(Step::Opens);
        self.cloud.instances[instance].connect(self.kernel.now, role);
        if role == ConnectionRole::Client {
            let gateway = self.cloud.instances[instance].gateway;
            self.cloud.gateways[gateway].connections.add(self.kernel.now, 1);
        }
    }

    /// Stops counting a connection of a client at an instance.
    pub(super) fn close_connection(&mut self, instance: InstanceId, role: ConnectionRole) {
        self.step(Step::Closes(1));
        self.cloud.instances[instance].disconnect(self.kernel.now, role);
        if role == ConnectionRole::Client {
            let gateway = self.cloud.instances[instance].gateway;
            self.cloud.gateways[gateway].connections.subtract(self.kernel.now, 1);
        }
    }

    /// Closes all connections of an instance that is down. Returns the number of clients that were
    /// connected.
    pub(super) fn lose_connections(&mut self, instance: InstanceId) -> u64 {
        let now = self.kernel.now;
        let (lost, all) = self.cloud.instances[instance].drop_connections(now);
        self.step(Step::Closes(all));
        let gateway = self.cloud.instances[instance].gateway;
        self.cloud.gateways[gateway].connections.subtract(now, lost);
        lost
    }

    /// Adds a request to the client's existing connection. Returns the time at which the connection
    /// is set up; the request waits until then.
    pub(super) fn join_connection(&mut self, id: ClientId) -> SimTime {
        let client = &mut self.clients[id];
        client.connection_users += 1;
        client.idle_at = SimTime::NEVER;
        self.clients.agendas[id].connected_at
    }

    /// Opens a connection for a request; its setup is complete at `connected_at`.
    pub(super) fn make_connection(
        &mut self,
        id: ClientId,
        instance: InstanceId,
        connected_at: SimTime,
    ) {
        self.open_connection(instance, self.request_role(id));
        let client = &mut self.clients[id];
        client.connection = Some(instance);
        client.connection_users = 1;
        client.idle_at = SimTime::NEVER;
        self.clients.agendas[id].connected_at = connected_at;
    }

    /// Removes a request from the client's connection. After the last one, the idle timeout starts.
    pub(super) fn leave_connection(&mut self, id: ClientId) {
        let client = &mut self.clients[id];
        let Some(instance) = client.connection else { return };
        client.connection_users -= 1;
        if client.connection_users > 0 {
            return;
        }
        let gateway = self.cloud.instances[instance].gateway;
        let idle_at = self.kernel.now + self.config.gateways[gateway].idle_timeout;
        client.idle_at = idle_at;
        self.kernel.schedule(idle_at, Event::ConnectionIdle(id));
    }

    pub(super) fn connection_idle(&mut self, id: ClientId) {
        if self.clients[id].idle_at == self.kernel.now {
            self.drop_connection(id);
        }
    }

    /// Closes the client's request connection, if it has one. Requests in flight on the connection
    /// still receive their responses, but no longer count as its users.
    pub(super) fn drop_connection(&mut self, id: ClientId) {
        let client = &mut self.clients[id];
        client.idle_at = SimTime::NEVER;
        client.connection_users = 0;
        let Some(instance) = client.connection.take() else { return };
        let mut request = client.latest_request;
        while let Some(this) = request {
            request = self.traffic.requests[this].previous;
            if let Some(attempt) = self.traffic.requests[this].attempt() {
                self.traffic.attempts[attempt].leave_shared_connection();
            }
        }
        self.close_connection(instance, self.request_role(id));
    }

    /// Removes the client's request connection, because it was lost with its instance.
    pub(super) fn forget_connection(&mut self, id: ClientId) {
        let client = &mut self.clients[id];
        client.connection = None;
        client.connection_users = 0;
        client.idle_at = SimTime::NEVER;
    }

    /// Returns whether the request connection counts for its client or is additional.
    pub(super) fn request_role(&self, id: ClientId) -> ConnectionRole {
        match self.cohort(id).channel {
            Some(_) => ConnectionRole::Additional,
            None => ConnectionRole::Client,
        }
    }
}
