//! Conservation laws: the model counts everything that starts and ends, and compares the sums at
//! the end of a run.

/// Totals of what has started and ended since the start of the simulation, including the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Number of requests issued.
    pub issued: u64,
    /// Number of requests completed.
    pub completed: u64,
    /// Number of requests that failed with their last attempt.
    pub failed: u64,
    /// Number of requests abandoned because the client went offline.
    pub abandoned: u64,
    /// Number of attempts started.
    pub attempts_begun: u64,
    /// Number of attempts whose work has left the system.
    pub attempts_ended: u64,
    /// Number of client connections opened.
    pub connections_opened: u64,
    /// Number of client connections closed or lost.
    pub connections_closed: u64,
    /// Bytes of requests sent.
    pub sent_bytes: u64,
    /// Bytes of the requests of attempts that failed before their request was sent.
    pub unsent_bytes: u64,
    /// Bytes that clients sent to set up connections.
    pub setup_bytes: u64,
    /// Bytes of requests for all chunks of content except the first of each attempt.
    pub chunk_request_bytes: u64,
    /// Bytes of responses that site systems sent.
    pub site_answer_bytes: u64,
    /// Bytes of the response headers of chunks that content sources sent.
    pub content_header_bytes: u64,
    /// Bytes of requests that reached a site system.
    pub bytes_delivered: u64,
    /// Bytes of requests that were refused or lost in transit.
    pub bytes_dropped: u64,
    /// Bytes of content that content sources sent.
    pub content_sent: u64,
    /// Bytes of content that clients received.
    pub content_received: u64,
    /// Bytes of content that arrived after the client had stopped waiting.
    pub content_wasted: u64,
}

/// Number of items in flight at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InProgress {
    /// Number of requests in flight.
    pub requests: u64,
    /// Number of attempts in flight.
    pub attempts: u64,
    /// Number of TCP connections open on instances.
    pub connections: u64,
    /// Number of connections open on instances, counting at most one per client.
    pub clients_connected: u64,
    /// Number of clients with a connection on an instance.
    pub clients_with_one: u64,
    /// Number of connections that clients regard as open.
    pub connections_of_clients: u64,
    /// Bytes of requests in transit to a site system.
    pub bytes: u64,
    /// Bytes of content in transit to clients.
    pub content: u64,
    /// Number of ports opened since the start of the simulation.
    pub ports_opened: u64,
    /// Number of ports closed since the start of the simulation.
    pub ports_closed: u64,
    /// Number of open ports.
    pub ports_open: u64,
    /// Number of ports that channels and attempts hold.
    pub ports_held: u64,
}

/// A conservation law: two sums that must be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// Equation that must hold, in words.
    pub name: &'static str,
    /// Left side of the equation.
    pub left: u64,
    /// Right side of the equation.
    pub right: u64,
}

impl Ledger {
    /// Returns the conservation laws with their current sums (docs/model.md, "What is measured").
    pub fn laws(&self, in_progress: &InProgress) -> Vec<Law> {
        let law = |name, left, right| Law { name, left, right };
        vec![
            law(
                "requests issued = completed + failed + abandoned + in flight",
                self.issued,
                self.completed + self.failed + self.abandoned + in_progress.requests,
            ),
            law(
                "attempts started = ended + in flight",
                self.attempts_begun,
                self.attempts_ended + in_progress.attempts,
            ),
            law(
                "connections opened = closed + open",
                self.connections_opened,
                self.connections_closed + in_progress.connections,
            ),
            law(
                "connections open on instances = held by clients",
                in_progress.connections,
                in_progress.connections_of_clients,
            ),
            law(
                "client connections = clients with a connection",
                in_progress.clients_connected,
                in_progress.clients_with_one,
            ),
            law(
                "ports opened = closed + open",
                in_progress.ports_opened,
                in_progress.ports_closed + in_progress.ports_open,
            ),
            law(
                "ports open = ports held by channels and requests",
                in_progress.ports_open,
                in_progress.ports_held,
            ),
            law(
                "request bytes sent = delivered + dropped + in transit",
                self.sent_bytes,
                self.bytes_delivered + self.bytes_dropped + in_progress.bytes,
            ),
            law(
                "content sent = received + wasted + in transit",
                self.content_sent,
                self.content_received + self.content_wasted + in_progress.content,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_request_violates_conservation() {
        let ledger = Ledger { issued: 3, completed: 1, failed: 1, ..Ledger::default() };
        let broken: Vec<_> = ledger
            .laws(&InProgress::default())
            .into_iter()
            .filter(|law| law.left != law.right)
            .collect();
        assert_eq!(broken.len(), 1);
        assert_eq!((broken[0].left, broken[0].right), (3, 2));
    }
}
