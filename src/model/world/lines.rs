//! Shared lines and VPNs: the lines that a message crosses, changes of bandwidths, and VPN
//! sessions.

use crate::base::ids::{ClientId, DistributionPointId, LineId, SiteId, VpnId};
use crate::base::{IdVec, SimDuration, SimTime};
use crate::model::client::Location;
use crate::model::config;
use crate::model::deployment::Origin;
use crate::model::event::Event;
use crate::model::line::{Crossing, Line, Vpn, capacity};
use crate::model::recorder::Recorder;
use crate::model::tallied::Tallied;
use crate::terms::Direction;

use super::World;

/// All shared lines and VPNs.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) all: IdVec<LineId, Line>,
    pub(super) vpns: IdVec<VpnId, Vpn>,
}

/// The other end of a client's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// A site system.
    Site(SiteId),
    /// A distribution point.
    DistributionPoint(DistributionPointId),
    /// A gateway or its storage.
    Gateway,
    /// Microsoft Update.
    MicrosoftUpdate,
}

impl From<Origin> for Peer {
    fn from(source: Origin) -> Self {
        match source {
            Origin::Storage(_) => Peer::Gateway,
            Origin::DistributionPoint(point) => Peer::DistributionPoint(point),
            Origin::MicrosoftUpdate => Peer::MicrosoftUpdate,
        }
    }
}

impl<R: Recorder> World<'_, R> {
    /// Creates the lines and schedules the changes of their bandwidths.
    pub(super) fn build_lines(&mut self) {
        for (id, config) in self.config.lines.entries() {
            self.lines.all.push(Line::new(config));
            if let Some((at, _)) = config.bandwidths.get(1) {
                self.kernel.schedule(*at, Event::Bandwidths(id));
            }
        }
        for _ in self.config.vpns.iter() {
            self.lines.vpns.push(Vpn::default());
        }
    }

    /// Applies the next bandwidths of a line.
    #[inline(never)]
    pub(super) fn bandwidths_due(&mut self, id: LineId) {
        let config = &self.config.lines[id];
        let now = self.kernel.now;
        let line = &mut self.lines.all[id];
        line.changes += 1;
        let Some((_, bandwidths)) = config.bandwidths.get(line.changes) else { return };
        let kernel = &mut self.kernel;
        for (link, direction) in line.links.iter_mut().zip(Direction::ALL) {
            if let Some(link) = link {
                link.set_capacity(now, capacity(bandwidths, direction), &mut |at| {
                    kernel.schedule(at, Event::Transfer(id, direction));
                });
            }
        }
        if let Some((at, _)) = config.bandwidths.get(line.changes + 1) {
            kernel.schedule(*at, Event::Bandwidths(id));
        }
    }

    /// Returns the lines that a message from a client to `peer` crosses.
    pub(super) fn crossing_from(&self, id: ClientId, peer: Peer) -> Crossing {
        self.crossing(id, peer, Direction::Up)
    }

    /// Returns the lines that a message from `peer` to a client crosses.
    pub(super) fn crossing_to(&self, id: ClientId, peer: Peer) -> Crossing {
        self.crossing(id, peer, Direction::Down)
    }

    /// Returns the lines that a message between Azure and a site crosses; `Down` leads to the site.
    pub(super) fn crossing_to_site(&self, site: SiteId, direction: Direction) -> Crossing {
        Crossing::NONE.through(self.config.sites[site].line, direction)
    }

    /// Returns the time that lines add to a round trip.
    pub(super) fn round_trip_over(&self, crossing: Crossing) -> SimDuration {
        let lines = crossing.lines().map(|(line, _)| self.config.lines[line].round_trip);
        lines.fold(SimDuration::ZERO, |sum, one| sum + one)
    }

    /// Returns the lines between a client and `peer`. `heading` is the direction on lines at the
    /// client's end; on lines at the other end, the direction is the opposite.
    fn crossing(&self, id: ClientId, peer: Peer, heading: Direction) -> Crossing {
        let config = self.config;
        if config.lines.is_empty() {
            return Crossing::NONE;
        }
        let cohort = self.cohort(id);
        let internet = config.sites[cohort.site].line;
        let opposite = heading.reversed();
        let (far, connection) = match peer {
            Peer::DistributionPoint(point) => {
                let point = &config.distribution_points[point];
                (point.line, point.connection)
            }
            _ => (None, None),
        };
        // Clients are the users of a distribution point, so its connection leads down to them.
        let crossing = Crossing::NONE.through(connection, heading);
        match (self.clients[id].location, cohort.vpn) {
            (Location::Intranet, _) => match peer {
                Peer::Gateway | Peer::MicrosoftUpdate => {
                    crossing.through(cohort.line, heading).through(internet, heading)
                }
                // The client and the distribution point are at the same location.
                Peer::DistributionPoint(_) if far == cohort.line => crossing,
                Peer::Site(_) | Peer::DistributionPoint(_) => {
                    crossing.through(cohort.line, heading).through(far, opposite)
                }
            },
            (Location::Vpn, Some(vpn)) => over_vpn(&config.vpns[vpn], peer, heading, far, crossing),
            // Without limits of a VPN, only the internet line of the site is shared.
            _ => match peer {
                Peer::Gateway | Peer::MicrosoftUpdate => crossing,
                Peer::Site(_) | Peer::DistributionPoint(_) => {
                    crossing.through(internet, opposite).through(far, opposite)
                }
            },
        }
    }

    /// Connects a client to its VPN. Returns false if the VPN has no free session.
    pub(super) fn connect_vpn(&mut self, id: ClientId) -> bool {
        let Some(vpn) = self.cohort(id).vpn else { return true };
        let state = &mut self.lines.vpns[vpn];
        let limit = self.config.vpns[vpn].sessions;
        if limit.is_some_and(|limit| state.sessions.level() >= u64::from(limit)) {
            state.refused += 1;
            return false;
        }
        state.sessions.add(self.kernel.now, 1);
        true
    }

    /// Ends the VPN session of a client.
    pub(super) fn disconnect_vpn(&mut self, id: ClientId) {
        if let Some(vpn) = self.cohort(id).vpn {
            self.lines.vpns[vpn].sessions.subtract(self.kernel.now, 1);
        }
    }
}

/// Returns the lines between a client on a VPN and `peer`. The VPN is reached over an internet line
/// that leads to the site. Traffic between the VPN and the internet crosses that line a second
/// time.
fn over_vpn(
    vpn: &config::Vpn,
    peer: Peer,
    heading: Direction,
    far: Option<LineId>,
    crossing: Crossing,
) -> Crossing {
    let opposite = heading.reversed();
    let is_split = match peer {
        Peer::Gateway => vpn.splits_gateway,
        Peer::MicrosoftUpdate => vpn.splits_microsoft_update,
        Peer::Site(_) | Peer::DistributionPoint(_) => false,
    };
    if is_split {
        return Crossing::NONE;
    }
    let crossing = crossing.through(Some(vpn.line), heading).through(vpn.internet, opposite);
    match peer {
        Peer::Gateway | Peer::MicrosoftUpdate => crossing.through(vpn.internet, heading),
        Peer::Site(_) | Peer::DistributionPoint(_) => crossing.through(far, opposite),
    }
}

impl Tallied for Lines {
    fn reset(&mut self, now: SimTime) {
        let Lines { all, vpns } = self;
        all.reset(now);
        vpns.reset(now);
    }
}
