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
    components: Vec<Vec<T>>,
}

impl<T> Columns<T> {
    fn push(&mut self, values: impl Iterator<Item = T>) {
        for (index, value) in values.enumerate() {
            if index == self.components.len() {
                self.components.push(Vec::new());
            }
            self.components[index].push(value);
        }
    }

    fn component(&self, component: usize) -> &[T] {
        self.components.get(component).map_or(&[], Vec::as_slice)
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
        let means: usize = self.means.iter().map(|columns| columns.components.len()).sum();
        let highs: usize = self.highs.iter().map(|columns| columns.components.len()).sum();
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
    pub fn highs(&self, high: High, component: usize) -> &[u64] {
        self.highs[high as usize].component(component)
    }

    /// The means in the bins of one part, by its place among those of its sort; of a level of which
    /// there is one that place is 0.
    pub fn means(&self, level: Level, component: usize) -> &[f64] {
        self.means[level as usize].component(component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    #[test]
    fn a_level_reads_back_what_was_written() {
        let at = |seconds| SimTime::ZERO + SimDuration::from_seconds(seconds);
        let rate = |level: Level, component: usize| 10 * level as u128 + component as u128;
        let integrals = |now: SimTime| {
            move |level| {
                let components = 0..level as usize + 1;
                components
                    .map(|component| rate(level, component) * u128::from(now.as_nanos()))
                    .collect()
            }
        };
        let mut levels = Levels::start(at(1), integrals(at(1)));
        for end in [2, 4, 4] {
            levels.end_bin(at(end), integrals(at(end)), |high| vec![high as u64; 2]);
        }
        for (index, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(level as usize, index);
            for component in 0..index + 1 {
                assert_eq!(levels.means(level, component), [rate(level, component) as f64; 2]);
            }
            assert!(levels.means(level, index + 1).is_empty());
        }
        for (index, high) in High::ALL.into_iter().enumerate() {
            assert_eq!(levels.highs(high, 1), [index as u64; 2]);
        }
        assert_eq!(levels.ends(), [at(2), at(4)]);
    }
}
