//! Bytes by flow at run time: the network that a message uses, the counters, and the values by
//! minute and by five minutes.

use crate::base::{Bytes, SimTime};
use crate::terms::{Flow, NetworkTotal, Place, Via};

use super::client::Location;
use super::minutes::Peak;
use super::tallied::Tallied;

/// Minutes in the window of which lines are billed by the 95th percentile.
const WINDOW_MINUTES: u32 = 5;

/// Number of windows of which one is discarded before the highest one is billed: 5 % of them.
const WINDOWS_PER_DISCARDED: u64 = 20;

/// Number of series: the flows, then the network totals.
const SERIES: usize = Flow::COUNT + NetworkTotal::COUNT;

/// Returns the network between a client and another place. Only this function decides it.
///
/// Clients on VPN reach the servers of the site through the VPN. All clients reach gateways, their
/// storage, Microsoft Update and published revocation lists over the internet: the model has no
/// VPN that sends this traffic through the intranet.
pub fn network(location: Location, other: Place) -> Via {
    match (other, location) {
        (
            Place::Gateways
            | Place::GatewayStorage
            | Place::MicrosoftUpdate
            | Place::RevocationLists,
            _,
        ) => Via::Internet,
        (_, Location::Intranet) => Via::Intranet,
        (_, Location::Vpn) => Via::Vpn,
        (_, Location::Internet | Location::Off) => Via::Internet,
    }
}

/// Bytes sent, by flow. Bytes count when they are sent, even if they are lost or refused later.
#[derive(Clone, Debug)]
pub struct FlowBytes {
    /// Bytes since time zero.
    sent: [u64; Flow::COUNT],
    /// Bytes up to the start of the measured period.
    before: [u64; Flow::COUNT],
}

impl FlowBytes {
    /// Counts bytes that are sent.
    #[inline(always)]
    pub fn add(&mut self, flow: Flow, bytes: Bytes) {
        self.sent[flow as usize] += bytes.count();
    }

    /// Returns the bytes since time zero.
    pub fn since_zero(&self, flow: Flow) -> u64 {
        self.sent[flow as usize]
    }

    /// Returns the bytes in the measured period.
    pub fn measured(&self, flow: Flow) -> u64 {
        self.sent[flow as usize] - self.before[flow as usize]
    }

    /// Returns the bytes that gateways have sent in the measured period.
    pub fn measured_from_gateways(&self) -> u64 {
        self.measured(Flow::GatewaysToClients)
            + self.measured(Flow::GatewaysToConnectionPoints)
            + self.measured(Flow::GatewaysToRevocationLists)
    }
}

impl Default for FlowBytes {
    fn default() -> Self {
        FlowBytes { sent: [0; Flow::COUNT], before: [0; Flow::COUNT] }
    }
}

impl Tallied for FlowBytes {
    fn reset(&mut self, _now: SimTime) {
        let FlowBytes { sent, before } = self;
        *before = *sent;
    }
}

/// Busiest minutes and five-minute windows of the flows and the network totals.
#[derive(Clone, Debug, Default)]
pub struct FlowWindows {
    /// Busiest minute, by series.
    peaks: Vec<Peak>,
    /// Bytes at the start of the current window, by series.
    last: Vec<u64>,
    /// Bytes of all windows with bytes, by series.
    windows: Vec<Vec<u64>>,
    /// Number of windows, with and without bytes.
    count: u64,
    /// Number of whole minutes in the current window.
    minutes: u32,
}

impl FlowWindows {
    /// Starts the first minute and the first window with these bytes by flow.
    pub fn starting(now: SimTime, bytes: &[u64; Flow::COUNT]) -> Self {
        let last: Vec<u64> = series(bytes).into();
        let peak = |bytes: &u64| {
            let mut peak = Peak::default();
            peak.reset(now, u128::from(*bytes));
            peak
        };
        let peaks = last.iter().map(peak).collect();
        FlowWindows { peaks, last, windows: vec![Vec::new(); SERIES], count: 0, minutes: 0 }
    }

    /// Ends a minute that started at `start`, with these bytes by flow. A last minute that is cut
    /// short is not `whole`; it belongs to no window.
    pub fn end_minute(&mut self, start: SimTime, is_whole: bool, bytes: &[u64; Flow::COUNT]) {
        let bytes = series(bytes);
        for (peak, bytes) in self.peaks.iter_mut().zip(bytes) {
            peak.end_minute(start, u128::from(bytes));
        }
        self.minutes += u32::from(is_whole);
        if !is_whole || self.minutes < WINDOW_MINUTES {
            return;
        }
        self.minutes = 0;
        self.count += 1;
        for ((windows, last), bytes) in self.windows.iter_mut().zip(&mut self.last).zip(bytes) {
            if bytes > *last {
                windows.push(bytes - *last);
            }
            *last = bytes;
        }
    }

    /// Returns the bytes of a flow in its busiest minute.
    pub fn flow_peak(&self, flow: Flow) -> Option<&Peak> {
        self.peaks.get(flow as usize)
    }

    /// Returns the bytes of a network total in its busiest minute.
    pub fn total_peak(&self, total: NetworkTotal) -> Option<&Peak> {
        self.peaks.get(Flow::COUNT + total.index())
    }

    /// Returns the 95th percentile of the bytes of a flow in five minutes; `None` before the end of
    /// the first window.
    pub fn flow_p95(&self, flow: Flow) -> Option<u64> {
        self.p95(flow as usize)
    }

    /// Returns the 95th percentile of the bytes of a network total in five minutes; `None` before
    /// the end of the first window.
    pub fn total_p95(&self, total: NetworkTotal) -> Option<u64> {
        self.p95(Flow::COUNT + total.index())
    }

    /// Returns the highest window after the highest 5 % of all windows, rounded down to whole
    /// windows, are discarded. This is the 95th percentile by the nearest-rank method.
    fn p95(&self, series: usize) -> Option<u64> {
        let rank = self.count - self.count / WINDOWS_PER_DISCARDED;
        let mut windows = self.windows.get(series).filter(|_| rank > 0)?.clone();
        windows.sort_unstable();
        let empty = self.count - windows.len() as u64;
        let place = rank.checked_sub(empty + 1);
        Some(place.and_then(|place| windows.get(place as usize)).copied().unwrap_or(0))
    }

    /// Returns the memory that grows with the length of the run, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.windows.iter().map(|one| one.len() * size_of::<u64>()).sum()
    }
}

/// Returns the bytes by flow, followed by the network totals.
fn series(bytes: &[u64; Flow::COUNT]) -> [u64; SERIES] {
    let mut all = [0; SERIES];
    for flow in Flow::ALL {
        all[flow as usize] = bytes[flow as usize];
        if let Some(total) = flow.total() {
            all[Flow::COUNT + total.index()] += bytes[flow as usize];
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    const SCAN: Flow = Flow::UpdatePointsToClientsVpn;
    const POLICY: Flow = Flow::ManagementPointsToClientsVpn;

    fn minute(number: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(60 * number)
    }

    /// Returns the windows of a run in which minute `n` has `scans(n)` bytes of scans and ten bytes
    /// of policy.
    fn windows(minutes: u64, scans: impl Fn(u64) -> u64) -> FlowWindows {
        let mut bytes = [0; Flow::COUNT];
        bytes[SCAN as usize] = 7;
        let mut windows = FlowWindows::starting(minute(0), &bytes);
        for number in 0..minutes {
            bytes[SCAN as usize] += scans(number);
            bytes[POLICY as usize] += 10;
            windows.end_minute(minute(number), true, &bytes);
        }
        windows
    }

    #[test]
    fn five_per_cent_of_the_windows_are_discarded() {
        // Twenty windows of 5, 10, ..., 100 bytes; one of them, the highest, is discarded.
        let twenty = windows(100, |minute| minute / 5 + 1);
        assert_eq!(twenty.flow_p95(SCAN), Some(95));
        // Of nineteen windows, none is discarded.
        assert_eq!(windows(95, |minute| minute / 5 + 1).flow_p95(SCAN), Some(95));
        // Of 40 windows, 38 are empty: the two with bytes are discarded. Of three, one is billed.
        let some = |first: u64| windows(200, move |minute| 100 * u64::from(minute >= first));
        assert_eq!(some(190).flow_p95(SCAN), Some(0));
        assert_eq!(some(185).flow_p95(SCAN), Some(500));
        assert_eq!(windows(4, |_| 1).flow_p95(SCAN), None);
        assert_eq!(twenty.flow_p95(Flow::PeersToClientsVpn), Some(0));
    }

    #[test]
    fn a_total_is_the_sum_of_its_flows_at_the_same_time() {
        // Scans are only in minute 3, with 90 bytes; policy adds 10 bytes in every minute.
        let one = windows(5, |minute| if minute == 3 { 90 } else { 0 });
        let down = SCAN.total().expect("scans are in a total");
        let peak = one.total_peak(down).expect("a series");
        assert_eq!((peak.growth(), peak.start()), (100, minute(3)));
        assert_eq!(one.flow_peak(SCAN).map(Peak::growth), Some(90));
        assert_eq!((one.total_p95(down), one.flow_p95(POLICY)), (Some(140), Some(50)));
    }

    #[test]
    fn bytes_before_the_measured_period_are_not_measured() {
        let mut bytes = FlowBytes::default();
        bytes.add(SCAN, Bytes::new(5));
        bytes.reset(minute(1));
        bytes.add(SCAN, Bytes::new(2));
        assert_eq!((bytes.measured(SCAN), bytes.since_zero(SCAN)), (2, 7));
    }

    #[test]
    fn the_network_follows_from_location_and_receiver() {
        let all = [Location::Intranet, Location::Vpn, Location::Internet];
        let to = |other| all.map(|location| network(location, other));
        assert_eq!(to(Place::ManagementPoints), [Via::Intranet, Via::Vpn, Via::Internet]);
        assert_eq!(to(Place::MicrosoftUpdate), [Via::Internet; 3]);
        assert_eq!(to(Place::Gateways), [Via::Internet; 3]);
    }
}
