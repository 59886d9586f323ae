//! Tracks the backlog after a disruption: clients without their notification channel, and requests
//! that wait for a retry. The backlog is updated at every event, so that recovery times are exact.
//!
//! A backlog exists while either count is higher than just before the disruption by more than 1 %
//! of the clients that use a gateway. A disruption has an impact if a backlog appears soon enough
//! (see [`NOTICED`]). The system has recovered when the backlog is cleared and does not reappear
//! within two minutes.

use std::collections::VecDeque;

use crate::base::{SimDuration, SimTime};

/// Tolerated increase over the level before the disruption, as a share of the clients that use a
/// gateway.
const SHARE: f64 = 0.01;

/// Time after the start of a disruption within which a backlog counts as its impact. For a gradual
/// disruption, such as a slowdown, the time counts from its end, because queues grow slowly and
/// clients time out long after its start.
pub const NOTICED: SimDuration = SimDuration::from_seconds(300);

/// Time without a backlog after which the system counts as recovered.
const SETTLED: SimDuration = SimDuration::from_seconds(120);

/// Longest recovery time that is tracked.
const DURATION_MAX: SimDuration = SimDuration::from_seconds(86_400);

/// A disruption that starts while an earlier one is tracked, or within this time after the last
/// recovery, continues a chain. The load during a chain is compared with the load before the first
/// disruption of the chain.
pub const CHAIN: SimDuration = SimDuration::from_seconds(600);

/// The load that determines whether a backlog exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Number of clients that use a gateway.
    pub on_gateway: u64,
    /// Number of clients that want a notification channel but have none open.
    pub disconnected: u64,
    /// Number of requests that wait for a retry.
    pub retrying: u64,
}

/// Client counts of all cohorts, from which a [`Load`] is computed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Online {
    /// Number of clients that use a gateway.
    pub on_gateway: u64,
    /// Number of clients that have or want a notification channel.
    pub wanting: u64,
    /// Number of open notification channels.
    pub channels: u64,
    /// Whether a count has changed since the last snapshot.
    pub has_changed: bool,
}

impl Online {
    /// Adds `by` to a count.
    #[inline]
    pub fn change(&mut self, count: fn(&mut Online) -> &mut u64, by: i64) {
        self.has_changed = true;
        let count = count(self);
        *count = count.wrapping_add_signed(by);
    }
}

/// Tracks the backlog of all disruptions.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// Load before the first of a chain of disruptions.
    before: Load,
    /// Time since which there has been no backlog; `None` while there is a backlog.
    calm_since: Option<SimTime>,
    /// Disruptions without an impact so far.
    open: Vec<Watch>,
    /// Disruptions with an impact that the system has not recovered from, in order of their start.
    felt: VecDeque<Watch>,
    /// End of the impact of the latest disruption; `None` while the system has not recovered.
    over: Option<SimTime>,
    /// Recovery times by disruption: zero without an impact, `None` if the system has not
    /// recovered.
    recovery: Vec<Option<SimDuration>>,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    number: usize,
    start: SimTime,
    /// Time until which a backlog counts as an impact.
    until: SimTime,
}

impl Load {
    fn is_behind(self, before: Load) -> bool {
        let allowed = SHARE * self.on_gateway as f64;
        let is_more = |now: u64, before: u64| now as f64 > before as f64 + allowed;
        is_more(self.disconnected, before.disconnected) || is_more(self.retrying, before.retrying)
    }
}

impl Backlog {
    /// Returns whether any disruption is still tracked.
    #[inline]
    pub fn is_followed(&self) -> bool {
        !(self.open.is_empty() && self.felt.is_empty())
    }

    /// Starts to track the next disruption, with the load just before it. If `is_gradual`, its
    /// impact may appear until [`NOTICED`] after the call of [`Backlog::end`]. Disruptions are
    /// numbered from zero.
    pub fn begin(&mut self, now: SimTime, before: Load, is_gradual: bool) {
        self.advance(now);
        let number = self.recovery.len();
        let is_recent = self.over.is_none_or(|over| over + CHAIN > now);
        let is_chained = number > 0 && (self.is_followed() || is_recent);
        if !is_chained {
            self.before = before;
            self.calm_since = Some(now);
        }
        self.recovery.push(None);
        let until = if is_gradual { SimTime::NEVER } else { now + NOTICED };
        let watch = Watch { number, start: now, until };
        match self.calm_since {
            Some(_) => self.open.push(watch),
            None => self.felt.push_back(watch),
        }
    }

    /// Marks the end of a disruption. A backlog counts as its impact for at most [`NOTICED`] after
    /// this.
    pub fn end(&mut self, now: SimTime, number: usize) {
        for watch in self.open.iter_mut().filter(|watch| watch.number == number) {
            watch.until = watch.until.min(now + NOTICED);
        }
    }

    /// Updates the backlog for a new load.
    pub fn look(&mut self, now: SimTime, load: Load) {
        self.advance(now);
        let is_behind = load.is_behind(self.before);
        match self.calm_since {
            Some(_) if is_behind => {
                self.calm_since = None;
                self.felt.extend(self.open.drain(..));
            }
            None if !is_behind => self.calm_since = Some(now),
            _ => {}
        }
    }

    /// Ends the simulation. If there is no backlog at this time, the system has recovered.
    pub fn finish(&mut self, now: SimTime) {
        self.advance(now);
        if let Some(since) = self.calm_since {
            self.recover(since);
        }
    }

    /// Returns the recovery time of a disruption: zero if it had no impact, `None` if the system
    /// did not recover within 24 hours or before the end of the simulation.
    pub fn recovery(&self, number: usize) -> Option<SimDuration> {
        self.recovery.get(number).copied().flatten()
    }

    /// Applies the rules that depend only on elapsed time: recovery after [`SETTLED`] without a
    /// backlog, no impact after [`NOTICED`], no recovery after [`DURATION_MAX`].
    fn advance(&mut self, now: SimTime) {
        if let Some(since) = self.calm_since
            && now > since + SETTLED
        {
            self.recover(since);
        }
        let (recovery, over) = (&mut self.recovery, &mut self.over);
        self.open.retain(|watch| {
            let is_open = now <= watch.until;
            if !is_open {
                recovery[watch.number] = Some(SimDuration::ZERO);
                *over = Some(watch.start);
            }
            is_open
        });
        while self.felt.front().is_some_and(|watch| now > watch.start + DURATION_MAX + SETTLED) {
            self.felt.pop_front();
            self.over = None;
        }
    }

    /// Records the recovery of all disruptions with an impact.
    fn recover(&mut self, since: SimTime) {
        for watch in self.felt.drain(..) {
            let passed = since.since(watch.start);
            self.over = (passed <= DURATION_MAX).then_some(since);
            self.recovery[watch.number] = (passed <= DURATION_MAX).then_some(passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_seconds(seconds)
    }

    fn load(disconnected: u64, retrying: u64) -> Load {
        Load { on_gateway: 1_000, disconnected, retrying }
    }

    /// Returns the recovery times of disruptions with these start times. Each load consists of its
    /// start time, the disconnected clients and the waiting retries, and applies until the next
    /// load.
    fn recoveries(starts: &[u64], loads: &[(u64, u64, u64)], end: u64) -> Vec<Option<f64>> {
        let mut backlog = Backlog::default();
        let mut now = load(0, 0);
        let mut starts = starts.iter().copied().peekable();
        for (seconds, disconnected, retrying) in loads.iter().copied() {
            while let Some(start) = starts.next_if(|start| *start <= seconds) {
                backlog.begin(at(start), now, false);
            }
            now = load(disconnected, retrying);
            backlog.look(at(seconds), now);
        }
        for start in starts {
            backlog.begin(at(start), now, false);
        }
        backlog.finish(at(end));
        let all = (0..backlog.recovery.len()).map(|number| backlog.recovery(number));
        all.map(|one| one.map(SimDuration::as_seconds)).collect()
    }

    /// If 1,000 clients use a gateway, up to ten affected clients (1 %) do not count as a backlog.
    #[test]
    fn recovery_time_ends_when_the_backlog_is_cleared() {
        let loads = [(15, 500, 0), (33, 11, 0), (47, 10, 3), (300, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 400), [Some(32.0)]);
        // Requests that wait for a retry also count as a backlog.
        let loads = [(15, 500, 200), (47, 0, 40), (61, 0, 10)];
        assert_eq!(recoveries(&[15], &loads, 400), [Some(46.0)]);
    }

    /// A backlog that reappears within two minutes has not been cleared.
    #[test]
    fn backlog_that_reappears_within_two_minutes_is_not_cleared() {
        let loads = [(15, 500, 0), (40, 0, 0), (160, 50, 0), (170, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 1_000), [Some(155.0)]);
        let loads = [(15, 500, 0), (40, 0, 0), (161, 50, 0), (170, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 1_000), [Some(25.0)]);
    }

    #[test]
    fn late_backlog_is_not_an_impact() {
        assert_eq!(recoveries(&[15], &[(10, 0, 0), (316, 500, 0)], 1_000), [Some(0.0)]);
        assert_eq!(recoveries(&[15], &[(10, 0, 0), (315, 500, 0)], 1_000), [None], "no recovery");
        assert_eq!(recoveries(&[15], &[(10, 0, 0)], 200), [None], "run too short");
    }

    /// On a slow server, clients time out long after the slowdown started.
    #[test]
    fn gradual_disruption_allows_a_late_backlog() {
        let mut backlog = Backlog::default();
        backlog.begin(at(15), load(0, 0), true);
        backlog.look(at(500), load(100, 0));
        backlog.end(at(600), 0);
        backlog.look(at(900), load(0, 0));
        backlog.finish(at(2_000));
        assert_eq!(backlog.recovery(0), Some(SimDuration::from_seconds(885)));
        let mut backlog = Backlog::default();
        backlog.begin(at(15), load(0, 0), true);
        backlog.end(at(600), 0);
        backlog.look(at(901), load(100, 0));
        backlog.finish(at(2_000));
        assert_eq!(backlog.recovery(0), Some(SimDuration::ZERO));
    }

    /// Two disruptions start at the same time, and a third starts during their impact. Each
    /// recovery time counts from the start of its disruption. All disruptions use the load before
    /// the first one as the baseline.
    #[test]
    fn chained_disruptions_share_one_baseline() {
        let loads = [(15, 500, 0), (40, 0, 0)];
        let found = recoveries(&[15, 15, 25], &loads, 1_000);
        assert_eq!(found, [Some(25.0), Some(25.0), Some(15.0)]);
        // At the end, forty requests still wait for a retry. This is more than before the first
        // disruption (none), but not more than before the second (40).
        let loads = [(15, 60, 40), (35, 50, 40), (50, 0, 40)];
        assert_eq!(recoveries(&[15, 36], &loads, 1_000), [None, None]);
        // Long after the last recovery, the current load is the new baseline.
        let loads = [(15, 500, 0), (40, 0, 0), (600, 30, 0), (700, 500, 0), (730, 40, 0)];
        assert_eq!(recoveries(&[15, 700], &loads, 2_000), [Some(25.0), Some(30.0)]);
    }

    #[test]
    fn recovery_after_more_than_a_day_is_ignored() {
        let loads = [(15, 500, 0), (90_000, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 100_000), [None]);
    }
}
