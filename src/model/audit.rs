//! Conservation: nothing is created or lost. Kept while running, compared at the end.

/// Everything that was begun and ended since the start of the simulation, warm-up included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Requests issued.
    pub issued: u64,
    /// Requests answered, given up, dropped.
    pub completed: u64,
    /// Given up after the last attempt.
    pub failed: u64,
    /// Dropped because the client went away.
    pub abandoned: u64,
    /// Attempts begun.
    pub attempts_begun: u64,
    /// Attempts whose work has left the system.
    pub attempts_ended: u64,
    /// Client connections made.
    pub connections_opened: u64,
    /// Client connections closed or lost.
    pub connections_closed: u64,
    /// Bytes of requests sent.
    pub sent_bytes: u64,
    /// Bytes of requests that reached a management point.
    pub bytes_delivered: u64,
    /// Bytes of requests that were refused or lost on the way.
    pub bytes_dropped: u64,
    /// Bytes of content that sources sent.
    pub content_sent: u64,
    /// Bytes of content that clients got.
    pub content_received: u64,
    /// Bytes of content that came when nobody waited any more.
    pub content_wasted: u64,
}

/// What is still under way at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Requests.
    pub requests: u64,
    /// Attempts.
    pub attempts: u64,
    /// TCP connections open on instances.
    pub connections: u64,
    /// Connections open on instances, one a client.
    pub clients_connected: u64,
    /// Clients that have such a one.
    pub clients_with_one: u64,
    /// Connections clients believe to have.
    pub connections_of_clients: u64,
    /// Bytes of requests on the way to a management point.
    pub bytes: u64,
    /// Bytes of content on the way to clients.
    pub content: u64,
    /// Ports ever opened.
    pub ports_opened: u64,
    /// Ports ever closed.
    pub ports_closed: u64,
    /// Ports open.
    pub ports_open: u64,
    /// Ports that channels and attempts hold.
    pub ports_held: u64,
}

/// One law: two sums that must be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// What must be equal.
    pub name: &'static str,
    /// One sum.
    pub left: u64,
    /// The other.
    pub right: u64,
}

impl Ledger {
    /// The conservation laws of model.md, section 6, at this moment.
    pub fn laws(&self, under_way: &UnderWay) -> Vec<Law> {
        let law = |name, left, right| Law { name, left, right };
        vec![
            law(
                "requests issued = completed + failed + abandoned + in flight",
                self.issued,
                self.completed + self.failed + self.abandoned + under_way.requests,
            ),
            law(
                "attempts begun = ended + under way",
                self.attempts_begun,
                self.attempts_ended + under_way.attempts,
            ),
            law(
                "connections opened = closed + open",
                self.connections_opened,
                self.connections_closed + under_way.connections,
            ),
            law(
                "connections open on instances = held by clients",
                under_way.connections,
                under_way.connections_of_clients,
            ),
            law(
                "connections that stand for a client = clients that have one",
                under_way.clients_connected,
                under_way.clients_with_one,
            ),
            law(
                "ports opened = closed + open",
                under_way.ports_opened,
                under_way.ports_closed + under_way.ports_open,
            ),
            law(
                "ports open = held by channels and requests",
                under_way.ports_open,
                under_way.ports_held,
            ),
            law(
                "request bytes sent = delivered + dropped + in transit",
                self.sent_bytes,
                self.bytes_delivered + self.bytes_dropped + under_way.bytes,
            ),
            law(
                "content sent = received + wasted + in transit",
                self.content_sent,
                self.content_received + self.content_wasted + under_way.content,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_request_breaks_the_law() {
        let ledger = Ledger { issued: 3, completed: 1, failed: 1, ..Ledger::default() };
        let broken: Vec<_> = ledger
            .laws(&UnderWay::default())
            .into_iter()
            .filter(|law| law.left != law.right)
            .collect();
        assert_eq!(broken.len(), 1);
        assert_eq!((broken[0].left, broken[0].right), (3, 2));
    }
}
