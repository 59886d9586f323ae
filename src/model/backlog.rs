//! The backlog after a disruption: clients without their notification channel, and requests that
//! wait for a retry. Followed event by event, so that recovery times are exact.
//!
//! There is a backlog while there is more of either than just before the disruption, plus a share
//! of the clients that use a gateway. The disruption has an impact if a backlog appears in time,
//! and the system has recovered when the backlog has gone and does not come back at once.

use std::collections::VecDeque;

use crate::base::{SimDuration, SimTime};

/// Share of the clients that use a gateway by which a backlog exceeds what was before.
const SHARE: f64 = 0.01;

/// A backlog that appears later than this after the start has another reason. Where something only
/// becomes slow, after its end: queues grow, and clients give up, long after the start.
pub const NOTICED: SimDuration = SimDuration::from_seconds(300);

/// A backlog has gone when it does not come back within this time.
const SETTLED: SimDuration = SimDuration::from_seconds(120);

/// Recovery that takes longer than this is not looked for.
const DURATION_MAX: SimDuration = SimDuration::from_seconds(86_400);

/// What was before a disruption counts for the next one too, unless the last recovery is as long
/// ago as this.
pub const CHAIN: SimDuration = SimDuration::from_seconds(600);

/// What a backlog is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Clients that use a gateway.
    pub on_gateway: u64,
    /// Clients that want a notification channel, but it is not open.
    pub disconnected: u64,
    /// Requests waiting for a retry.
    pub retrying: u64,
}

/// Clients as they count for a [`Load`], of all cohorts together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Online {
    /// Clients that use a gateway.
    pub on_gateway: u64,
    /// Clients that have a notification channel, or want one.
    pub wanting: u64,
    /// Open notification channels.
    pub channels: u64,
    /// Has anything changed since the last look?
    pub has_changed: bool,
}

impl Online {
    /// A count changes.
    #[inline]
    pub fn change(&mut self, count: fn(&mut Online) -> &mut u64, by: i64) {
        self.has_changed = true;
        let count = count(self);
        *count = count.wrapping_add_signed(by);
    }
}

/// Follows the backlog of all disruptions.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// What was before the first of a chain of disruptions.
    before: Load,
    /// Since when there has been no backlog; `None` while there is one.
    calm_since: Option<SimTime>,
    /// Disruptions without an impact so far.
    open: Vec<Watch>,
    /// Those with an impact that are not over, by start.
    felt: VecDeque<Watch>,
    /// When the impact of the latest disruption was over; never, if it was not.
    over: Option<SimTime>,
    /// Recovery times by disruption: zero without an impact, `None` without recovery.
    recovery: Vec<Option<SimDuration>>,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    number: usize,
    start: SimTime,
    /// A backlog that appears later has another reason.
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
    /// Is any disruption not over?
    #[inline]
    pub fn is_followed(&self) -> bool {
        !(self.open.is_empty() && self.felt.is_empty())
    }

    /// The next disruption begins, with this load just before it. `is_gradual`: its impact may
    /// appear at any time until [`Backlog::end`]. Disruptions are numbered from zero.
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

    /// A disruption is over: what was slow is as fast as before.
    pub fn end(&mut self, now: SimTime, number: usize) {
        for watch in self.open.iter_mut().filter(|watch| watch.number == number) {
            watch.until = watch.until.min(now + NOTICED);
        }
    }

    /// The load has changed.
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

    /// The simulation has ended: what is calm has recovered.
    pub fn finish(&mut self, now: SimTime) {
        self.advance(now);
        if let Some(since) = self.calm_since {
            self.recover(since);
        }
    }

    /// The recovery time of a disruption: zero if it had no impact, `None` if the system has not
    /// recovered, or not in the time of the simulation.
    pub fn recovery(&self, number: usize) -> Option<SimDuration> {
        self.recovery.get(number).copied().flatten()
    }

    /// What has been decided by now, if nothing has changed since the last look.
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

    /// The backlog has gone.
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

    /// Recovery times of disruptions at these times, with this load from those times on.
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

    /// A hundredth of the clients that use a gateway may be behind: ten of a thousand.
    #[test]
    fn recovery_is_when_the_backlog_is_cleared() {
        let loads = [(15, 500, 0), (33, 11, 0), (47, 10, 3), (300, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 400), [Some(32.0)]);
        // Requests that wait for a retry are a backlog too.
        let loads = [(15, 500, 200), (47, 0, 40), (61, 0, 10)];
        assert_eq!(recoveries(&[15], &loads, 400), [Some(46.0)]);
    }

    /// It has not gone if it is back within two minutes.
    #[test]
    fn a_backlog_that_returns_is_not_cleared() {
        let loads = [(15, 500, 0), (40, 0, 0), (160, 50, 0), (170, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 1_000), [Some(155.0)]);
        let loads = [(15, 500, 0), (40, 0, 0), (161, 50, 0), (170, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 1_000), [Some(25.0)]);
    }

    #[test]
    fn no_backlog_in_time_means_no_impact() {
        assert_eq!(recoveries(&[15], &[(10, 0, 0), (316, 500, 0)], 1_000), [Some(0.0)]);
        assert_eq!(recoveries(&[15], &[(10, 0, 0), (315, 500, 0)], 1_000), [None], "stays");
        assert_eq!(recoveries(&[15], &[(10, 0, 0)], 200), [None], "too short to tell");
    }

    /// A slow server: clients give up long after it has become slow.
    #[test]
    fn slow_components_may_build_a_backlog_late() {
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

    /// Two at once, and one in the midst of the impact of another: each counts from its own start,
    /// all against what was before the first.
    #[test]
    fn disruptions_of_a_chain_have_one_baseline() {
        let loads = [(15, 500, 0), (40, 0, 0)];
        let found = recoveries(&[15, 15, 25], &loads, 1_000);
        assert_eq!(found, [Some(25.0), Some(25.0), Some(15.0)]);
        // Forty requests still wait: more than before the first, though not than before the second.
        let loads = [(15, 60, 40), (35, 50, 40), (50, 0, 40)];
        assert_eq!(recoveries(&[15, 36], &loads, 1_000), [None, None]);
        // Long after it what is there counts as usual.
        let loads = [(15, 500, 0), (40, 0, 0), (600, 30, 0), (700, 500, 0), (730, 40, 0)];
        assert_eq!(recoveries(&[15, 700], &loads, 2_000), [Some(25.0), Some(30.0)]);
    }

    #[test]
    fn recovery_is_searched_for_one_day() {
        let loads = [(15, 500, 0), (90_000, 0, 0)];
        assert_eq!(recoveries(&[15], &loads, 100_000), [None]);
    }
}
