//! A connection point at run time: its ports and its connections to gateway instances.

use std::collections::VecDeque;

use crate::base::ids::{GatewayId, InstanceId, StationId};
use crate::base::{SimDuration, SimTime};
use crate::engine::{Stream, TimeAverage};

use super::site::Factors;
use super::tallied::Tallied;

/// A connection point at run time.
#[derive(Clone, Debug)]
pub struct ConnectionPoint {
    /// Gateway that the connection point serves.
    pub gateway: GatewayId,
    /// Station of the cores of the connection point.
    pub station: StationId,
    /// Number of current causes of an outage; zero while it is up.
    pub outages: u32,
    /// 1 while up, else 0.
    pub up: TimeAverage,
    /// Dynamic TCP ports.
    pub ports: Ports,
    /// Number of notification channels that the connection point holds.
    pub channels: TimeAverage,
    /// Connections to the instances of its gateway, in the order of the instances.
    pub links: Vec<InstanceLink>,
    /// Factors by which its service times are currently multiplied.
    pub slower: Factors,
    /// Random stream for reconnections.
    pub stream: Stream,
}

/// A connection of a connection point to one instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceLink {
    /// Instance at the other end of the connection.
    pub instance: InstanceId,
    /// State of the connection.
    pub state: LinkState,
}

/// State of a connection to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// The connection is established.
    Up,
    /// The connection is down and will be established at this time.
    Due(SimTime),
    /// Not connected until the failed side is up again.
    Down,
}

impl ConnectionPoint {
    /// Returns whether the connection point is up.
    pub fn is_up(&self) -> bool {
        self.outages == 0
    }

    /// Returns whether requests from `instance` can reach the connection point.
    pub fn is_connected(&self, instance: InstanceId) -> bool {
        self.links.iter().any(|link| link.instance == instance && link.state == LinkState::Up)
    }

    /// Returns the connection to `instance`, if there is one.
    pub fn link_mut(&mut self, instance: InstanceId) -> Option<&mut InstanceLink> {
        self.links.iter_mut().find(|link| link.instance == instance)
    }
}

/// A pool of TCP ports; a port stays in TIME_WAIT after use.
#[derive(Clone, Debug)]
pub struct Ports {
    limit: u64,
    rest: SimDuration,
    /// Number of ports in use, including TIME_WAIT.
    taken: TimeAverage,
    /// Times at which ports leave TIME_WAIT, in ascending order.
    resting: VecDeque<SimTime>,
    /// Number of ports opened since the start of the simulation.
    opened: u64,
    /// Number of ports closed since the start of the simulation, including those in TIME_WAIT.
    closed: u64,
    /// Number of port requests since the last reset that failed because no port was free.
    pub refusals: u64,
}

impl Ports {
    /// Creates a pool of `limit` free ports that stay in TIME_WAIT for `rest` after use.
    pub fn new(limit: u32, rest: SimDuration) -> Self {
        Ports {
            limit: u64::from(limit),
            rest,
            taken: TimeAverage::new(),
            resting: VecDeque::new(),
            opened: 0,
            closed: 0,
            refusals: 0,
        }
    }

    /// Takes a port; returns false if none is free.
    pub fn take(&mut self, now: SimTime) -> bool {
        self.settle(now);
        if self.taken.level() >= self.limit {
            self.refusals += 1;
            return false;
        }
        self.taken.add(now, 1);
        self.opened += 1;
        true
    }

    /// Closes a port, which becomes free after TIME_WAIT.
    pub fn release(&mut self, now: SimTime) {
        self.settle(now);
        self.closed += 1;
        if self.rest.is_zero() {
            self.taken.subtract(now, 1);
        } else {
            self.resting.push_back(now + self.rest);
        }
    }

    /// Closes and frees all ports, because the server has restarted.
    pub fn clear(&mut self, now: SimTime) {
        self.settle(now);
        self.closed += self.open();
        self.resting.clear();
        self.taken.set(now, 0);
    }

    /// Frees the ports whose TIME_WAIT has ended by `now`, each at its own time.
    pub fn settle(&mut self, now: SimTime) {
        while let Some(free_at) = self.resting.front().copied().filter(|free_at| *free_at <= now) {
            self.resting.pop_front();
            self.taken.subtract(free_at, 1);
        }
    }

    /// Returns the number of ports in use over time, including TIME_WAIT; call [`Ports::settle`]
    /// first.
    pub fn taken(&self) -> &TimeAverage {
        &self.taken
    }

    /// Returns the maximum number in use since the last call, including TIME_WAIT; call
    /// [`Ports::settle`] first.
    pub fn take_high(&mut self) -> u64 {
        self.taken.take_high()
    }

    /// Returns the number of ports in use now, excluding those in TIME_WAIT.
    pub fn open(&self) -> u64 {
        self.taken.level() - self.resting.len() as u64
    }

    /// Returns the numbers of ports opened and closed since the start; the difference is the number
    /// open.
    pub fn opened_and_closed(&self) -> (u64, u64) {
        (self.opened, self.closed)
    }
}

impl Tallied for ConnectionPoint {
    fn reset(&mut self, now: SimTime) {
        let ConnectionPoint {
            gateway: _,
            station: _,
            outages: _,
            up,
            ports,
            channels,
            links: _,
            slower: _,
            stream: _,
        } = self;
        up.reset(now);
        ports.reset(now);
        channels.reset(now);
    }
}

impl Tallied for Ports {
    fn reset(&mut self, now: SimTime) {
        self.settle(now);
        let Ports { limit: _, rest: _, taken, resting: _, opened: _, closed: _, refusals } = self;
        taken.reset(now);
        refusals.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    #[test]
    fn port_stays_in_time_wait_before_it_is_free() {
        let mut ports = Ports::new(1, SimDuration::from_seconds(120));
        assert!(ports.take(at(0)));
        ports.release(at(10));
        assert!(!ports.take(at(129)), "still in TIME_WAIT");
        assert!(ports.take(at(130)));
        assert_eq!(ports.refusals, 1);
        // The port is in use or in TIME_WAIT throughout, so the mean number of ports taken up to
        // 260 s is exactly one.
        assert_eq!(ports.taken().integral(at(260)), u128::from(at(260).as_nanos()));
    }

    #[test]
    fn restart_frees_all_ports() {
        let mut ports = Ports::new(2, SimDuration::from_seconds(120));
        assert!(ports.take(at(0)) && ports.take(at(0)));
        ports.release(at(1));
        ports.clear(at(2));
        assert_eq!(ports.open(), 0);
        assert_eq!(ports.opened_and_closed(), (2, 2));
        assert!(ports.take(at(2)) && ports.take(at(2)));
    }
}
