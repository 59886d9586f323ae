//! A connection point at run time: its ports and its connections to gateway instances.

use std::collections::VecDeque;

use crate::base::ids::{GatewayId, InstanceId, StationId};
use crate::base::{SimDuration, SimTime};
use crate::engine::{Stream, TimeAverage};

use super::site::Factors;
use super::tallied::Tallied;

/// A connection point.
#[derive(Clone, Debug)]
pub struct ConnectionPoint {
    /// The gateway it serves.
    pub gateway: GatewayId,
    /// Its cores.
    pub station: StationId,
    /// Causes for which it is down; up if none.
    pub outages: u32,
    /// 1 while up.
    pub up: TimeAverage,
    /// Its dynamic TCP ports.
    pub ports: Ports,
    /// Notification channels it holds.
    pub channels: TimeAverage,
    /// Connections to the instances of its gateway, in the gateway's order.
    pub links: Vec<InstanceLink>,
    /// By what its service times are multiplied now.
    pub slower: Factors,
    /// Draws of its reconnections.
    pub stream: Stream,
}

/// A connection point's connection to one instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceLink {
    /// The instance.
    pub instance: InstanceId,
    /// How the connection is.
    pub state: LinkState,
}

/// How a connection to an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is there.
    Up,
    /// It is made then.
    Due(SimTime),
    /// It is not there, and will not be before one of the two has come back.
    Down,
}

impl ConnectionPoint {
    /// Is it up?
    pub fn is_up(&self) -> bool {
        self.outages == 0
    }

    /// Can requests of `instance` come through?
    pub fn is_connected(&self, instance: InstanceId) -> bool {
        self.links.iter().any(|link| link.instance == instance && link.state == LinkState::Up)
    }

    /// The link to `instance`, if there is one.
    pub fn link_mut(&mut self, instance: InstanceId) -> Option<&mut InstanceLink> {
        self.links.iter_mut().find(|link| link.instance == instance)
    }
}

/// TCP ports: in use, or resting in TIME_WAIT after use.
#[derive(Clone, Debug)]
pub struct Ports {
    limit: u64,
    rest: SimDuration,
    /// In use or resting.
    taken: TimeAverage,
    /// When resting ones are free again, ascending.
    resting: VecDeque<SimTime>,
    /// Ever given out.
    opened: u64,
    /// Ever closed (resting or free again).
    closed: u64,
    /// Tries that found none free, since the last reset.
    pub refusals: u64,
}

impl Ports {
    /// `limit` free ports that rest for `rest` after use.
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

    /// Takes a port. False if none is free.
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

    /// Closes a port: it rests, then is free.
    pub fn release(&mut self, now: SimTime) {
        self.settle(now);
        self.closed += 1;
        if self.rest.is_zero() {
            self.taken.subtract(now, 1);
        } else {
            self.resting.push_back(now + self.rest);
        }
    }

    /// All ports are closed and free at once: the server restarted.
    pub fn clear(&mut self, now: SimTime) {
        self.settle(now);
        self.closed += self.open();
        self.resting.clear();
        self.taken.set(now, 0);
    }

    /// Frees the ports whose rest has ended by `now`, each at its own time.
    pub fn settle(&mut self, now: SimTime) {
        while let Some(free_at) = self.resting.front().copied().filter(|free_at| *free_at <= now) {
            self.resting.pop_front();
            self.taken.subtract(free_at, 1);
        }
    }

    /// Ports in use or resting over time; settle first.
    pub fn taken(&self) -> &TimeAverage {
        &self.taken
    }

    /// Most in use or resting since this was asked last; settle first.
    pub fn take_high(&mut self) -> u64 {
        self.taken.take_high()
    }

    /// In use now, not resting.
    pub fn open(&self) -> u64 {
        self.taken.level() - self.resting.len() as u64
    }

    /// Ever opened and ever closed: they differ by those open.
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
    fn a_port_is_in_time_wait_before_it_is_free() {
        let mut ports = Ports::new(1, SimDuration::from_seconds(120));
        assert!(ports.take(at(0)));
        ports.release(at(10));
        assert!(!ports.take(at(129)), "still in TIME_WAIT");
        assert!(ports.take(at(130)));
        assert_eq!(ports.refusals, 1);
        // In use or resting from 0 to 130 and on: the average up to 260 is exactly one.
        assert_eq!(ports.taken().integral(at(260)), u128::from(at(260).as_nanos()));
    }

    #[test]
    fn a_restart_frees_everything_at_once() {
        let mut ports = Ports::new(2, SimDuration::from_seconds(120));
        assert!(ports.take(at(0)) && ports.take(at(0)));
        ports.release(at(1));
        ports.clear(at(2));
        assert_eq!(ports.open(), 0);
        assert_eq!(ports.opened_and_closed(), (2, 2));
        assert!(ports.take(at(2)) && ports.take(at(2)));
    }
}
