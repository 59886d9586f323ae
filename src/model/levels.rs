//! Levels over time in bins: the mean of each level in each bin, from exact integrals, and the
//! highest of some.
//!
//! What levels there are is said once, by [`Level`] and [`High`]: bins are written for each of
//! [`Level::ALL`], and read by the same name.

use crate::base::SimTime;

/// What is averaged in bins. Of some there is one, of others one for each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Clients on the internet.
    Internet,
    /// Clients on VPN.
    Vpn,
    /// Clients on the intranet.
    Intranet,
    /// Clients that use a gateway.
    OnGateway,
    /// Open notification channels.
    Channels,
    /// Requests waiting for a retry.
    Retrying,
    /// Bytes a nanosecond that leave each gateway's instances.
    Egress,
    /// The same of its storage.
    StorageEgress,
    /// Connections of each instance.
    Connections,
    /// Whether each instance is up.
    Up,
    /// Ports in use of each connection point.
    Ports,
    /// Busy servers of each station.
    Busy,
    /// Jobs present at each station.
    Present,
}

impl Level {
    /// Every level, in order. The length is that of the enum, or this does not compile.
    pub const ALL: [Level; Level::Present as usize + 1] = [
        Level::Internet,
        Level::Vpn,
        Level::Intranet,
        Level::OnGateway,
        Level::Channels,
        Level::Retrying,
        Level::Egress,
        Level::StorageEgress,
        Level::Connections,
        Level::Up,
        Level::Ports,
        Level::Busy,
        Level::Present,
    ];
}

/// What the highest value in each bin is kept of, for each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum High {
    /// Ports in use of each connection point.
    Ports,
    /// Targets of each deployment that have the policy: it only rises.
    Policy,
    /// The same of the content.
    Content,
    /// The same of what is installed.
    Installed,
}

impl High {
    /// Every one, in order.
    pub const ALL: [High; High::Installed as usize + 1] =
        [High::Ports, High::Policy, High::Content, High::Installed];
}

/// The bins of one level: a column a part.
#[derive(Clone, Debug, Default)]
struct Columns<T> {
    parts: Vec<Vec<T>>,
}

impl<T> Columns<T> {
    fn push(&mut self, values: impl Iterator<Item = T>) {
        for (place, value) in values.enumerate() {
            if place == self.parts.len() {
                self.parts.push(Vec::new());
            }
            self.parts[place].push(value);
        }
    }

    fn part(&self, part: usize) -> &[T] {
        self.parts.get(part).map_or(&[], Vec::as_slice)
    }
}

/// The bins of all levels.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    last_at: SimTime,
    /// The integrals when the present bin began, by level and part.
    last: [Vec<u128>; Level::ALL.len()],
    means: [Columns<f64>; Level::ALL.len()],
    highs: [Columns<u64>; High::ALL.len()],
    ends: Vec<SimTime>,
}

impl Levels {
    /// Starts at `now`, where each level has these integrals, one a part.
    pub fn start(now: SimTime, integrals: impl Fn(Level) -> Vec<u128>) -> Self {
        let last = Level::ALL.map(integrals);
        Levels { last_at: now, last, ..Levels::default() }
    }

    /// A bin ends at `now`, if it has a length, with these integrals and these highest values.
    pub fn end_bin(
        &mut self,
        now: SimTime,
        integrals: impl Fn(Level) -> Vec<u128>,
        highs: impl FnMut(High) -> Vec<u64>,
    ) {
        let length = now.since(self.last_at).as_nanos();
        if length == 0 {
            return;
        }
        let all = Level::ALL.map(integrals);
        for ((columns, last), integrals) in self.means.iter_mut().zip(&self.last).zip(&all) {
            let growths = integrals.iter().zip(last).map(|(integral, last)| integral - last);
            columns.push(growths.map(|growth| growth as f64 / length as f64));
        }
        for (columns, highs) in self.highs.iter_mut().zip(High::ALL.map(highs)) {
            columns.push(highs.into_iter());
        }
        self.last = all;
        self.last_at = now;
        self.ends.push(now);
    }

    /// Memory that the bins take.
    pub fn memory_bytes(&self) -> usize {
        let means: usize = self.means.iter().map(|columns| columns.parts.len()).sum();
        let highs: usize = self.highs.iter().map(|columns| columns.parts.len()).sum();
        self.ends.len() * (means + highs) * size_of::<f64>()
    }

    /// When the present bin began.
    pub fn last_at(&self) -> SimTime {
        self.last_at
    }

    /// When each bin ended.
    pub fn ends(&self) -> &[SimTime] {
        &self.ends
    }

    /// The highest values in the bins of one part, by its place among those of its sort.
    pub fn highs(&self, high: High, part: usize) -> &[u64] {
        self.highs[high as usize].part(part)
    }

    /// The means in the bins of one part, by its place among those of its sort; of a level of which
    /// there is one that place is 0.
    pub fn means(&self, level: Level, part: usize) -> &[f64] {
        self.means[level as usize].part(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    #[test]
    fn what_is_written_of_a_level_is_read_of_it() {
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let rate = |level: Level, part: usize| 10 * level as u128 + part as u128;
        let integrals = |now: SimTime| {
            move |level| {
                let parts = 0..level as usize + 1;
                parts.map(|part| rate(level, part) * u128::from(now.as_nanos())).collect()
            }
        };
        let mut levels = Levels::start(at(1), integrals(at(1)));
        for end in [2, 4, 4] {
            levels.end_bin(at(end), integrals(at(end)), |high| vec![high as u64; 2]);
        }
        for (place, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(level as usize, place);
            for part in 0..place + 1 {
                assert_eq!(levels.means(level, part), [rate(level, part) as f64; 2]);
            }
            assert!(levels.means(level, place + 1).is_empty());
        }
        for (place, high) in High::ALL.into_iter().enumerate() {
            assert_eq!(levels.highs(high, 1), [place as u64; 2]);
        }
        assert_eq!(levels.ends(), [at(2), at(4)]);
    }
}
