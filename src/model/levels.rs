//! Bins of the time series: the mean of each level in each bin, computed from exact integrals, and
//! the maximum of some values.
//!
//! [`Level`] and [`High`] define all series. Bins are written for each level in [`Level::ALL`] and
//! read by level.

use crate::base::SimTime;

/// A quantity averaged in bins. Some quantities have one series, others one series per component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Number of clients on the internet.
    Internet,
    /// Number of clients on VPN.
    Vpn,
    /// Number of clients on the intranet.
    Intranet,
    /// Number of clients that use a gateway.
    OnGateway,
    /// Number of open notification channels.
    Channels,
    /// Number of requests that wait for a retry.
    Retrying,
    /// Bytes per nanosecond sent by the instances of each gateway.
    Egress,
    /// Bytes per nanosecond sent by the storage of each gateway.
    StorageEgress,
    /// Bits per nanosecond that each direction of each shared line with a limit carries.
    Carried,
    /// Number of connections of each instance.
    Connections,
    /// Whether each instance is up.
    Up,
    /// Number of ports in use at each connection point.
    Ports,
    /// Number of busy servers of each station.
    Busy,
    /// Number of jobs at each station.
    Present,
}

impl Level {
    /// All levels, in order. The array length ensures that no level is missing.
    pub const ALL: [Level; Level::Present as usize + 1] = [
        Level::Internet,
        Level::Vpn,
        Level::Intranet,
        Level::OnGateway,
        Level::Channels,
        Level::Retrying,
        Level::Egress,
        Level::StorageEgress,
        Level::Carried,
        Level::Connections,
        Level::Up,
        Level::Ports,
        Level::Busy,
        Level::Present,
    ];
}

/// A quantity whose maximum in each bin is kept, for each component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum High {
    /// Number of ports in use at each connection point.
    Ports,
    /// Number of targets of each deployment that have the policy; it never decreases.
    Policy,
    /// Number of targets of each deployment that have the content; it never decreases.
    Content,
    /// Number of targets of each deployment that have installed the deployment; it never decreases.
    Installed,
}

impl High {
    /// All variants, in order.
    pub const ALL: [High; High::Installed as usize + 1] =
        [High::Ports, High::Policy, High::Content, High::Installed];
}

/// The bins of one level, one column per component.
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
    /// Integrals at the start of the current bin, by level and component.
    last: [Vec<u128>; Level::ALL.len()],
    means: [Columns<f64>; Level::ALL.len()],
    highs: [Columns<u64>; High::ALL.len()],
    ends: Vec<SimTime>,
}

impl Levels {
    /// Starts at `now` with the integrals of each level at that time, one per component.
    pub fn start(now: SimTime, integrals: impl Fn(Level) -> Vec<u128>) -> Self {
        let last = Level::ALL.map(integrals);
        Levels { last_at: now, last, ..Levels::default() }
    }

    /// Ends a bin at `now` with these integrals and maxima, unless its length is zero.
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

    /// Returns the memory used by the bins, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let means: usize = self.means.iter().map(|columns| columns.components.len()).sum();
        let highs: usize = self.highs.iter().map(|columns| columns.components.len()).sum();
        self.ends.len() * (means + highs) * size_of::<f64>()
    }

    /// Returns the start of the current bin.
    pub fn last_at(&self) -> SimTime {
        self.last_at
    }

    /// Returns the end of each bin.
    pub fn ends(&self) -> &[SimTime] {
        &self.ends
    }

    /// Returns the maxima in the bins of one component, selected by its index.
    pub fn highs(&self, high: High, component: usize) -> &[u64] {
        self.highs[high as usize].component(component)
    }

    /// Returns the means in the bins of one component, selected by its index. The index is 0 for a
    /// level with one series.
    pub fn means(&self, level: Level, component: usize) -> &[f64] {
        self.means[level as usize].component(component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    #[test]
    fn each_level_is_read_back_as_it_was_written() {
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
