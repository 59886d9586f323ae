//! Shared lines and VPNs at run time.

use crate::base::ids::LineId;
use crate::base::{IdVec, SimTime};
use crate::engine::{Capacity, SharedLink, TimeAverage};

use crate::terms::Direction;

use super::config::{self, Bandwidths};
use super::tallied::Tallied;

/// A shared line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Both directions; `None` if the bandwidth is never limited.
    pub links: [Option<SharedLink>; 2],
    /// Number of changes of the bandwidths that have occurred.
    pub changes: usize,
}

impl Line {
    /// Creates an idle line.
    pub fn new(config: &config::Line) -> Self {
        let link = |direction| {
            let mut all = config.bandwidths.iter().map(|(_, one)| capacity(one, direction));
            let is_limited = all.any(|capacity| capacity != UNLIMITED);
            let first = config.bandwidths.first().map(|(_, one)| capacity(one, direction));
            first.filter(|_| is_limited).map(SharedLink::new)
        };
        Line { links: Direction::ALL.map(link), changes: 0 }
    }
}

/// Returns every direction with a limit, in order of the lines, `Down` before `Up`.
pub fn links(lines: &IdVec<LineId, Line>) -> impl Iterator<Item = &SharedLink> {
    lines.iter().flat_map(|line| line.links.iter().flatten())
}

/// Capacity of a direction without a limit; it is used only while a limit of the same direction
/// does not apply. No transfer takes longer than rounding.
const UNLIMITED: Capacity = Capacity::of(1 << 44);

/// Returns the capacity of a direction, rounded to whole bits per second, at least one.
pub fn capacity(bandwidths: &Bandwidths, direction: Direction) -> Capacity {
    let bandwidth = match direction {
        Direction::Down => bandwidths.downlink,
        Direction::Up => bandwidths.uplink,
    };
    let Some(bandwidth) = bandwidth else { return UNLIMITED };
    let total = bandwidth.get().clamp(1.0, UNLIMITED.total as f64);
    let background = (total * bandwidths.background_share).round() as u64;
    Capacity { total: total.round() as u64, background }
}

/// A VPN.
#[derive(Clone, Debug, Default)]
pub struct Vpn {
    /// Number of connected clients.
    pub sessions: TimeAverage,
    /// Number of sessions refused since the last reset because the limit was reached.
    pub refused: u64,
}

/// The most lines that one message crosses: a VPN, its internet line, and the connection and the
/// WAN line of a distribution point.
const CROSSED_MAX: usize = 4;

/// The lines that a message crosses, with directions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crossing {
    lines: [Option<(LineId, Direction)>; CROSSED_MAX],
}

impl Crossing {
    /// A path without shared lines.
    pub const NONE: Crossing = Crossing { lines: [None; CROSSED_MAX] };

    /// Adds a line, if there is one.
    pub fn through(mut self, line: Option<LineId>, direction: Direction) -> Self {
        if let Some(line) = line
            && let Some(free) = self.lines.iter_mut().find(|one| one.is_none())
        {
            *free = Some((line, direction));
        }
        self
    }

    /// Returns the lines.
    pub fn lines(&self) -> impl Iterator<Item = (LineId, Direction)> {
        self.lines.into_iter().flatten()
    }
}

impl Tallied for Line {
    fn reset(&mut self, now: SimTime) {
        let Line { links, changes: _ } = self;
        for link in links.iter_mut().flatten() {
            link.reset(now);
        }
    }
}

impl Tallied for Vpn {
    fn reset(&mut self, now: SimTime) {
        let Vpn { sessions, refused } = self;
        sessions.reset(now);
        refused.reset(now);
    }
}
