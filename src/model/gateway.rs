//! A gateway at run time: its instances, what the load balancer believes of them, round robin.
//!
//! The balancer stands for Azure's: a new connection goes to any instance it believes healthy
//! with the same probability (5-tuple hash: Azure Load Balancer distribution modes, 2026), it
//! knows no load, and it learns of changes by probing.

use crate::base::ids::{ConnectionPointId, GatewayId, InstanceId, SiteId, StationId};
use crate::base::{BitsPerSecond, Bytes, IdVec, SimDuration, SimTime};
use crate::engine::{Stream, TimeAverage};

use super::config;
use super::content::Storage;
use super::outbound::Outbound;
use super::tallied::Tallied;

/// A gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// All its instances, in order.
    pub instances: Vec<InstanceId>,
    /// Those that get new connections.
    pub healthy: Vec<InstanceId>,
    /// The connection points that serve it, in order.
    pub connection_points: Vec<ConnectionPointId>,
    /// The same by site, in turn: whose clients' requests they carry.
    pub turns: IdVec<SiteId, Turn>,
    /// 1 while a new connection could be served, else 0.
    pub available: TimeAverage,
    /// Connections of clients on all instances, one a client.
    pub connections: TimeAverage,
    /// Clients that use it.
    pub clients: TimeAverage,
    /// Causes for which its server certificate is not accepted.
    pub certificate_outages: u32,
    /// Came from clients.
    pub from_clients_bytes: Bytes,
    /// Sent to clients.
    pub to_clients_bytes: Bytes,
    /// Sent to sites.
    pub to_site_bytes: Bytes,
    /// Sent to fetch revocation lists of client certificates.
    pub bytes_to_lists: Bytes,
    /// Revocation lists of client certificates that its instances fetched.
    pub bytes_from_lists: Bytes,
    /// What leaves it, against its threshold.
    pub outbound: Outbound,
    /// Its content storage, if it has any.
    pub storage: Option<Storage>,
    /// Draws of the balancer's probes and of disruptions that concern it.
    pub stream: Stream,
}

/// A VM instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its gateway.
    pub gateway: GatewayId,
    /// Its number there.
    pub number: u32,
    /// Its update domain.
    pub update_domain: u32,
    /// Its cores.
    pub station: StationId,
    /// Causes for which it is down; up if none.
    pub outages: u32,
    /// When the balancer changes its mind about it.
    pub probe_at: SimTime,
    /// 1 while it exists and is paid for.
    pub provisioned: TimeAverage,
    /// 1 while up.
    pub up: TimeAverage,
    /// Client connections as the published limit counts them: one a client.
    pub connections: TimeAverage,
    /// All TCP connections of clients: those for requests too.
    pub tcp_connections: TimeAverage,
    /// 1 while it has more connections than it supports.
    pub over_limit: TimeAverage,
    /// Connections it supports.
    pub limit: u64,
    /// Outgoing bandwidth.
    pub link: Link,
    /// Until when its revocation list of client certificates is valid.
    pub list_until: SimTime,
    /// When the list that it fetches arrives, or arrived.
    pub list_arrives: SimTime,
    /// How often it has fetched the list.
    pub list_fetches: u32,
}

/// Where bytes that leave an instance go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To clients.
    Clients,
    /// To sites.
    Sites,
    /// To where revocation lists are published.
    RevocationLists,
}

/// What a connection is to its instance. The published limit is about devices that are connected at
/// the same time (perf-scale.md, 04/08/2022; A16: one online client is one connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionRole {
    /// The one that stands for its client: the notification channel, or the connection for requests
    /// of a client that has no channel.
    Client,
    /// Another one of a client that has its channel.
    Additional,
}

/// Connection points of one site that take turns.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// In order.
    pub points: Vec<ConnectionPointId>,
    /// Whose turn it is.
    next: usize,
}

/// A link that sends one message after the other.
#[derive(Clone, Debug)]
pub struct Link {
    bandwidth: Option<BitsPerSecond>,
    free_at: SimTime,
    /// Time that sending takes of all that was ever offered.
    offered: SimDuration,
    /// Bytes offered since the last reset.
    pub sent: Bytes,
}

impl Gateway {
    /// The instance a new connection goes to; `None` if the balancer believes in none.
    pub fn balance(&self, stream: &mut Stream) -> Option<InstanceId> {
        match self.healthy.len() {
            0 => None,
            1 => self.healthy.first().copied(),
            count => self.healthy.get(stream.below(count as u32) as usize).copied(),
        }
    }

    /// Notes what the balancer now believes of an instance.
    pub fn believe(&mut self, instance: InstanceId, is_healthy: bool) {
        self.healthy.retain(|other| *other != instance);
        if is_healthy {
            self.healthy.push(instance);
            self.healthy.sort_unstable();
        }
    }

    /// The next connection point of a site in turn for which `is_connected` holds (published:
    /// round robin over the connected ones, among those of the client's site; perf-scale.md, 2022,
    /// plan-hierarchy-design.md, 03/11/2022).
    pub fn next_connection_point(
        &mut self,
        site: SiteId,
        is_connected: impl Fn(ConnectionPointId) -> bool,
    ) -> Option<ConnectionPointId> {
        let turn = &mut self.turns[site];
        let count = turn.points.len();
        for step in 0..count {
            let place = (turn.next + step) % count;
            if is_connected(turn.points[place]) {
                turn.next = (place + 1) % count;
                return Some(turn.points[place]);
            }
        }
        None
    }

    /// Notes what its instances send.
    pub fn note_sent(&mut self, bytes: Bytes, destination: Destination) {
        let flow = match destination {
            Destination::Clients => &mut self.to_clients_bytes,
            Destination::Sites => &mut self.to_site_bytes,
            Destination::RevocationLists => &mut self.bytes_to_lists,
        };
        *flow += bytes;
        self.outbound.sent += bytes.count();
    }

    /// Bytes that its instances sent since the last reset.
    pub fn sent_bytes(&self) -> Bytes {
        self.to_clients_bytes + self.to_site_bytes + self.bytes_to_lists
    }

    /// How long the balancer takes to notice that an instance went down: `failures` missed
    /// probes, the first at a random time within an interval.
    pub fn detection_delay(&mut self, probe: config::Probe) -> SimDuration {
        let missed = f64::from(probe.failures.saturating_sub(1)) + self.stream.uniform();
        probe.interval.scaled(missed)
    }

    /// How long it takes to notice that one came up: the next probe.
    pub fn recovery_delay(&mut self, probe: config::Probe) -> SimDuration {
        probe.interval.scaled(self.stream.uniform())
    }
}

impl Instance {
    /// Does it exist?
    pub fn is_provisioned(&self) -> bool {
        self.provisioned.level() > 0
    }

    /// Is it up?
    pub fn is_up(&self) -> bool {
        self.outages == 0
    }

    /// A connection opens.
    pub fn connect(&mut self, now: SimTime, role: ConnectionRole) {
        self.tcp_connections.add(now, 1);
        if role == ConnectionRole::Client {
            self.connections.add(now, 1);
            self.note_limit(now);
        }
    }

    /// A connection closes.
    pub fn disconnect(&mut self, now: SimTime, role: ConnectionRole) {
        self.tcp_connections.subtract(now, 1);
        if role == ConnectionRole::Client {
            self.connections.subtract(now, 1);
            self.note_limit(now);
        }
    }

    /// All connections are gone. Returns how many there were: one a client, and all.
    pub fn drop_connections(&mut self, now: SimTime) -> (u64, u64) {
        let lost = (self.connections.level(), self.tcp_connections.level());
        self.connections.set(now, 0);
        self.tcp_connections.set(now, 0);
        self.note_limit(now);
        lost
    }

    /// By how much service is slower than within the limit: 1 up to it, `(connections /
    /// limit)^exponent` above. Published: "may be delay" (scale-cmg.md, 2021); the shape is
    /// assumed.
    pub fn overload_factor(&self, exponent: f64) -> f64 {
        let connections = self.connections.level();
        if connections <= self.limit {
            return 1.0;
        }
        libm::pow(connections as f64 / self.limit as f64, exponent)
    }

    fn note_limit(&mut self, now: SimTime) {
        let is_over = u64::from(self.connections.level() > self.limit);
        if is_over != self.over_limit.level() {
            self.over_limit.set(now, is_over);
        }
    }
}

impl Link {
    /// An idle link; `None` is not limited.
    pub fn new(bandwidth: Option<BitsPerSecond>) -> Self {
        let offered = SimDuration::ZERO;
        Link { bandwidth, free_at: SimTime::ZERO, offered, sent: Bytes::ZERO }
    }

    /// Sends a message after those before it. Returns how long that takes from now.
    pub fn send(&mut self, now: SimTime, bytes: Bytes) -> SimDuration {
        self.send_slower(now, bytes, 1.0)
    }

    /// The same while the link is `slower` times as slow.
    pub fn send_slower(&mut self, now: SimTime, bytes: Bytes, slower: f64) -> SimDuration {
        self.sent += bytes;
        let Some(bandwidth) = self.bandwidth else { return SimDuration::ZERO };
        let time = bandwidth.transmission_time(bytes);
        let time = if slower == 1.0 { time } else { time.scaled(slower) };
        self.free_at = self.free_at.max(now) + time;
        self.offered = self.offered.saturating_add(time);
        self.free_at - now
    }

    /// Nanoseconds in which it was sending, from the start of the simulation to `now`.
    pub fn busy(&self, now: SimTime) -> u128 {
        u128::from(self.offered.saturating_sub(self.free_at.since(now)).as_nanos())
    }

    /// Bandwidth it has; `None` if not limited.
    pub fn is_limited(&self) -> bool {
        self.bandwidth.is_some()
    }

    /// Bandwidth used since the last reset over what there is, in `period`.
    pub fn utilisation(&self, period: SimDuration) -> Option<f64> {
        let used = self.sent.count() as f64 * 8.0 / period.as_seconds().max(1e-9);
        self.bandwidth.map(|bandwidth| used / bandwidth.get())
    }
}

impl Tallied for Gateway {
    fn reset(&mut self, now: SimTime) {
        let Gateway {
            instances: _,
            healthy: _,
            connection_points: _,
            turns: _,
            available,
            connections,
            clients,
            certificate_outages: _,
            from_clients_bytes,
            to_clients_bytes,
            to_site_bytes,
            bytes_to_lists,
            bytes_from_lists,
            outbound,
            storage,
            stream: _,
        } = self;
        available.reset(now);
        connections.reset(now);
        clients.reset(now);
        from_clients_bytes.reset(now);
        to_clients_bytes.reset(now);
        to_site_bytes.reset(now);
        bytes_to_lists.reset(now);
        bytes_from_lists.reset(now);
        outbound.reset(now);
        storage.reset(now);
    }
}

impl Tallied for Instance {
    fn reset(&mut self, now: SimTime) {
        let Instance {
            gateway: _,
            number: _,
            update_domain: _,
            station: _,
            outages: _,
            probe_at: _,
            provisioned,
            up,
            connections,
            tcp_connections,
            over_limit,
            limit: _,
            link,
            list_until: _,
            list_arrives: _,
            list_fetches: _,
        } = self;
        provisioned.reset(now);
        up.reset(now);
        connections.reset(now);
        tcp_connections.reset(now);
        over_limit.reset(now);
        link.reset(now);
    }
}

impl Tallied for Link {
    fn reset(&mut self, now: SimTime) {
        // What was offered is an integral from time zero on, as peaks need it.
        let Link { bandwidth: _, free_at: _, offered: _, sent } = self;
        sent.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_sends_one_message_after_the_other() {
        let mut link = Link::new(BitsPerSecond::new(8e6));
        let megabyte = Bytes::new(1_000_000);
        assert_eq!(link.send(SimTime::ZERO, megabyte), SimDuration::from_seconds(1));
        assert_eq!(link.send(SimTime::ZERO, megabyte), SimDuration::from_seconds(2));
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let busy = [0, 1, 2, 9].map(|second| link.busy(at(second)) / 1_000_000_000);
        assert_eq!(busy, [0, 1, 2, 2], "what waits is not sent yet");
        let later = at(10);
        assert_eq!(link.send(later, megabyte), SimDuration::from_seconds(1));
    }
}
