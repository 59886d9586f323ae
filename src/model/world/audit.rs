//! The audit: compares the totals of what has started and ended with what is in flight. The
//! conservation laws of bytes by flow are in `flow_audit`.

use crate::model::audit::{InProgress, Law};
use crate::model::client::ChannelState;
use crate::model::recorder::Recorder;
use crate::model::request::{Connection, Fate, Origin, Phase};

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Returns the conservation laws for the run so far (docs/model.md, "What is measured").
    pub fn audit(&self) -> Vec<Law> {
        let mut in_progress = InProgress {
            requests: self.traffic.requests.in_use() as u64,
            attempts: self.traffic.attempts.in_use() as u64,
            ..InProgress::default()
        };
        for instance in self.cloud.instances.iter() {
            in_progress.connections += instance.tcp_connections.level();
            in_progress.clients_connected += instance.connections.level();
        }
        for client in self.clients.all.iter() {
            let stands_for_it = self.config.cohorts[client.cohort].channel.is_none();
            let has_connection = client.connection.is_some();
            in_progress.connections_of_clients += u64::from(has_connection);
            in_progress.clients_with_one += u64::from(has_connection && stands_for_it);
            if matches!(client.channel, ChannelState::Open { .. }) {
                in_progress.connections_of_clients += 1;
                in_progress.clients_with_one += 1;
                in_progress.ports_held += 1;
            }
        }
        for id in
            self.traffic.attempts.ids().filter(|id| self.traffic.attempts[*id].fate != Fate::Ended)
        {
            let attempt = &self.traffic.attempts[id];
            let owns = u64::from(attempt.connection == Connection::Own);
            in_progress.connections_of_clients += owns;
            in_progress.clients_with_one += owns;
            in_progress.ports_held += u64::from(attempt.holds_port);
            in_progress.content += attempt.chunk.count();
            if !attempt.is_delivered() {
                in_progress.bytes += attempt.message.request.count();
            }
        }
        for point in self.sites.connection_points.iter() {
            let (opened, closed) = point.ports.opened_and_closed();
            in_progress.ports_opened += opened;
            in_progress.ports_closed += closed;
            in_progress.ports_open += point.ports.open();
        }
        let mut laws = self.observed.ledger.laws(&in_progress);
        let listed = self.listed_requests();
        let of_clients = self
            .traffic
            .requests
            .ids()
            .filter(|id| self.traffic.requests[*id].phase != Phase::Ended)
            .filter(|id| matches!(self.traffic.requests[*id].origin, Origin::Client(_)))
            .count() as u64;
        laws.push(Law {
            name: "requests in clients' lists = requests of clients in flight",
            left: listed,
            right: of_clients,
        });
        laws.extend(self.flow_laws());
        laws
    }

    fn listed_requests(&self) -> u64 {
        let mut count = 0;
        for client in self.clients.all.iter() {
            let mut request = client.latest_request;
            while let Some(this) = request {
                count += 1;
                request = self.traffic.requests[this].previous;
            }
        }
        count
    }
}
