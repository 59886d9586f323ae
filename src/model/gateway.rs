//! A gateway at run time: its instances, the load balancer and round-robin forwarding.
//!
//! The load balancer models Azure Load Balancer: it assigns a new connection with equal probability
//! to any instance that it considers healthy (5-tuple hash: Azure Load Balancer distribution modes,
//! 2026). The load balancer does not know the load of instances and detects changes by probing.

use crate::base::ids::{ConnectionPointId, GatewayId, InstanceId, SiteId, StationId};
use crate::base::{BitsPerSecond, Bytes, IdVec, SimDuration, SimTime};
use crate::engine::{Stream, TimeAverage};
use crate::terms::Flow;

use super::config;
use super::content::Storage;
use super::flow::FlowBytes;
use super::outbound::Outbound;
use super::tallied::Tallied;

/// A gateway at run time.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// All instances, in order.
    pub instances: Vec<InstanceId>,
    /// Instances that receive new connections.
    pub healthy: Vec<InstanceId>,
    /// Connection points that serve the gateway, in order.
    pub connection_points: Vec<ConnectionPointId>,
    /// Connection points by the site whose clients they serve, in round-robin order.
    pub rotations: IdVec<SiteId, Rotation>,
    /// 1 while a new connection could be served, else 0.
    pub available: TimeAverage,
    /// Number of client connections on all instances, at most one per client.
    pub connections: TimeAverage,
    /// Number of clients that use the gateway.
    pub clients: TimeAverage,
    /// Number of current reasons for clients to reject the server certificate of the gateway.
    pub certificate_outages: u32,
    /// Bytes that the instances send, and that clients and servers of revocation lists send to the
    /// instances, by flow.
    pub flows: FlowBytes,
    /// Outbound data, to compare with the threshold.
    pub outbound: Outbound,
    /// Content storage, if it is enabled.
    pub storage: Option<Storage>,
    /// Random stream for the probes and for disruptions of this gateway.
    pub stream: Stream,
}

/// A VM instance at run time.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Gateway that the instance belongs to.
    pub gateway: GatewayId,
    /// Index of the instance within its gateway.
    pub number: u32,
    /// Update domain.
    pub update_domain: u32,
    /// Station of its cores.
    pub station: StationId,
    /// Number of current causes of an outage; zero while it is up.
    pub outages: u32,
    /// Time at which the load balancer changes its view of the instance.
    pub probe_at: SimTime,
    /// 1 while the instance exists and is billed, else 0.
    pub provisioned: TimeAverage,
    /// 1 while up, else 0.
    pub up: TimeAverage,
    /// Number of client connections as the published limit counts them: at most one per client.
    pub connections: TimeAverage,
    /// Number of all TCP connections of clients, including request connections.
    pub tcp_connections: TimeAverage,
    /// 1 while the instance has more connections than it supports, else 0.
    pub over_limit: TimeAverage,
    /// Number of connections that the instance supports.
    pub limit: u64,
    /// Outgoing link.
    pub link: Link,
    /// Time until which the revocation list of client certificates on the instance is valid.
    pub list_until: SimTime,
    /// Time at which the most recently requested revocation list arrives or arrived.
    pub list_arrives: SimTime,
    /// Number of times that the instance has fetched the revocation list.
    pub list_fetches: u32,
}

/// Role of a connection in the count that is compared with the limit of its instance. The published
/// limit is the number of devices that are connected at the same time (perf-scale.md, 04/08/2022;
/// A16: one online client is one connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionRole {
    /// The connection that counts for its client: the notification channel, or the request
    /// connection of a client that has no channel.
    Client,
    /// An additional connection of a client that has a channel.
    Additional,
}

/// Round robin over the connection points of one site.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// Connection points in order.
    pub points: Vec<ConnectionPointId>,
    /// Index of the next connection point.
    next: usize,
}

/// A link that sends messages one after the other.
#[derive(Clone, Debug)]
pub struct Link {
    bandwidth: Option<BitsPerSecond>,
    free_at: SimTime,
    /// Total sending time of all messages since time zero, including messages that still wait.
    offered: SimDuration,
    /// Bytes passed to the link since the last reset.
    pub sent: Bytes,
}

impl Gateway {
    /// Selects the instance for a new connection; `None` if the load balancer considers no instance
    /// healthy.
    pub fn balance(&self, stream: &mut Stream) -> Option<InstanceId> {
        match self.healthy.len() {
            0 => None,
            1 => self.healthy.first().copied(),
            count => self.healthy.get(stream.below(count as u32) as usize).copied(),
        }
    }

    /// Records the load balancer's view of an instance.
    pub fn believe(&mut self, instance: InstanceId, is_healthy: bool) {
        self.healthy.retain(|other| *other != instance);
        if is_healthy {
            self.healthy.push(instance);
            self.healthy.sort_unstable();
        }
    }

    /// Returns the next connection point of a site, in round-robin order, for which `is_connected`
    /// holds. Microsoft publishes round robin over the connected connection points of the client's
    /// site (perf-scale.md, 2022; plan-hierarchy-design.md, 03/11/2022).
    pub fn next_connection_point(
        &mut self,
        site: SiteId,
        is_connected: impl Fn(ConnectionPointId) -> bool,
    ) -> Option<ConnectionPointId> {
        let rotation = &mut self.rotations[site];
        let count = rotation.points.len();
        for step in 0..count {
            let index = (rotation.next + step) % count;
            if is_connected(rotation.points[index]) {
                rotation.next = (index + 1) % count;
                return Some(rotation.points[index]);
            }
        }
        None
    }

    /// Records bytes that the instances of the gateway send.
    pub fn note_sent(&mut self, flow: Flow, bytes: Bytes) {
        self.flows.add(flow, bytes);
        self.outbound.sent += bytes.count();
    }

    /// Draws the time until the load balancer notices that an instance went down: `failures` failed
    /// probes, the first at a random time within an interval.
    pub fn detection_delay(&mut self, probe: config::Probe) -> SimDuration {
        let missed = f64::from(probe.failures.saturating_sub(1)) + self.stream.uniform();
        probe.interval.scaled(missed)
    }

    /// Draws the time until the load balancer notices, with its next probe, that an instance came
    /// up.
    pub fn recovery_delay(&mut self, probe: config::Probe) -> SimDuration {
        probe.interval.scaled(self.stream.uniform())
    }
}

impl Instance {
    /// Returns whether the instance exists.
    pub fn is_provisioned(&self) -> bool {
        self.provisioned.level() > 0
    }

    /// Returns whether the instance is up.
    pub fn is_up(&self) -> bool {
        self.outages == 0
    }

    /// Opens a connection.
    pub fn connect(&mut self, now: SimTime, role: ConnectionRole) {
        self.tcp_connections.add(now, 1);
        if role == ConnectionRole::Client {
            self.connections.add(now, 1);
            self.note_limit(now);
        }
    }

    /// Closes a connection.
    pub fn disconnect(&mut self, now: SimTime, role: ConnectionRole) {
        self.tcp_connections.subtract(now, 1);
        if role == ConnectionRole::Client {
            self.connections.subtract(now, 1);
            self.note_limit(now);
        }
    }

    /// Closes all connections. Returns the number that counted for clients, and the total number.
    pub fn drop_connections(&mut self, now: SimTime) -> (u64, u64) {
        let lost = (self.connections.level(), self.tcp_connections.level());
        self.connections.set(now, 0);
        self.tcp_connections.set(now, 0);
        self.note_limit(now);
        lost
    }

    /// Returns the factor by which service is slower than within the limit: 1 up to the limit,
    /// `(connections / limit)^exponent` above it. Microsoft publishes only that there "may be
    /// delay" (scale-cmg.md, 2021); the formula is assumed.
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
    /// Creates an idle link; `None` means unlimited bandwidth.
    pub fn new(bandwidth: Option<BitsPerSecond>) -> Self {
        let offered = SimDuration::ZERO;
        Link { bandwidth, free_at: SimTime::ZERO, offered, sent: Bytes::ZERO }
    }

    /// Queues a message behind the earlier ones. Returns the time from now until it has been sent.
    pub fn send(&mut self, now: SimTime, bytes: Bytes) -> SimDuration {
        self.send_slower(now, bytes, 1.0)
    }

    /// Queues a message like [`Link::send`], while the link is slower by the factor `slower`.
    pub fn send_slower(&mut self, now: SimTime, bytes: Bytes, slower: f64) -> SimDuration {
        self.sent += bytes;
        let Some(bandwidth) = self.bandwidth else { return SimDuration::ZERO };
        let time = bandwidth.transmission_time(bytes);
        let time = if slower == 1.0 { time } else { time.scaled(slower) };
        self.free_at = self.free_at.max(now) + time;
        self.offered = self.offered.saturating_add(time);
        self.free_at - now
    }

    /// Returns the nanoseconds during which the link was sending, from time zero to `now`.
    pub fn busy(&self, now: SimTime) -> u128 {
        u128::from(self.offered.saturating_sub(self.free_at.since(now)).as_nanos())
    }

    /// Returns whether its bandwidth is limited.
    pub fn is_limited(&self) -> bool {
        self.bandwidth.is_some()
    }

    /// Returns the share of the bandwidth used since the last reset, over `period`; `None` if the
    /// bandwidth is not limited.
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
            rotations: _,
            available,
            connections,
            clients,
            certificate_outages: _,
            flows,
            outbound,
            storage,
            stream: _,
        } = self;
        available.reset(now);
        connections.reset(now);
        clients.reset(now);
        flows.reset(now);
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
        // `offered` is not reset, because peaks are computed from its integral since time zero.
        let Link { bandwidth: _, free_at: _, offered: _, sent } = self;
        sent.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_sends_one_message_after_the_other() {
        let mut link = Link::new(BitsPerSecond::new(8e6));
        let megabyte = Bytes::new(1_000_000);
        assert_eq!(link.send(SimTime::ZERO, megabyte), SimDuration::from_seconds(1));
        assert_eq!(link.send(SimTime::ZERO, megabyte), SimDuration::from_seconds(2));
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let busy = [0, 1, 2, 9].map(|second| link.busy(at(second)) / 1_000_000_000);
        assert_eq!(busy, [0, 1, 2, 2], "waiting messages are not sent yet");
        let later = at(10);
        assert_eq!(link.send(later, megabyte), SimDuration::from_seconds(1));
    }
}
