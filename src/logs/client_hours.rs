//! Number of distinct clients per hour since 1970-01-01, in bounded memory.

use std::collections::BTreeMap;

use super::hours::HOUR;

/// Maximum number of hours whose clients are counted: 366 days.
pub(super) const CLIENT_HOURS_MAX: usize = 366 * 24;

/// Numbers of clients are exact up to this number per hour.
const EXACT_MAX: usize = 64;
/// Number of bits of the map for larger numbers: 8 KB.
const BITS: usize = 1 << 16;

/// Distinct clients of all classes in one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientHour {
    /// Start of the hour in seconds since 1970-01-01T00:00Z.
    pub start_s: i64,
    /// Seconds of the hour that the logs cover; from 1 to 3600.
    pub covered_s: u32,
    /// Number of distinct clients; exact up to 64, then with a standard error below 0.5 %
    /// up to 200,000 clients.
    pub clients: f64,
}

/// Clients per hour.
#[derive(Clone, Debug)]
pub(super) struct ClientHours {
    /// Place in `clients` by hour since 1970-01-01.
    hours: BTreeMap<i64, usize>,
    clients: Vec<Seen>,
    /// Last hour and its place.
    last: Option<(i64, usize)>,
    hours_max: usize,
    is_incomplete: bool,
}

impl ClientHours {
    pub(super) fn new(hours_max: usize) -> Self {
        ClientHours {
            hours: BTreeMap::new(),
            clients: Vec::new(),
            last: None,
            hours_max,
            is_incomplete: false,
        }
    }

    /// Adds a client with a row that ended at `utc`, in seconds since 1970-01-01.
    #[inline]
    pub(super) fn add(&mut self, utc: i64, client: u64) {
        let hour = utc.div_euclid(HOUR);
        let place = match self.last {
            Some((last, place)) if last == hour => place,
            _ => match self.place(hour) {
                Some(place) => place,
                None => return,
            },
        };
        self.clients[place].insert(client);
    }

    fn place(&mut self, hour: i64) -> Option<usize> {
        let place = match self.hours.get(&hour) {
            Some(place) => *place,
            None if self.clients.len() == self.hours_max => {
                self.is_incomplete = true;
                return None;
            }
            None => {
                self.clients.push(Seen::default());
                self.hours.insert(hour, self.clients.len() - 1);
                self.clients.len() - 1
            }
        };
        self.last = Some((hour, place));
        Some(place)
    }

    /// Returns the clients of covered hours. Hours without clients have zero, unless some hours
    /// were not counted.
    pub(super) fn counts(&self, covered: impl Iterator<Item = (i64, u32)>) -> Vec<ClientHour> {
        let hour = |(hour, covered_s): (i64, u32)| {
            let clients = match self.hours.get(&hour) {
                Some(place) => self.clients[*place].count(),
                None if self.is_incomplete => return None,
                None => 0.0,
            };
            Some(ClientHour { start_s: hour * HOUR, covered_s, clients })
        };
        covered.filter(|(_, seconds)| *seconds > 0).filter_map(hour).collect()
    }
}

/// Distinct clients of an hour: their hashes, or a map with a bit for each part of the hashes.
///
/// The same clients are seen in many hours, so an error of the estimate would be nearly equal in
/// all of them and would not average out. A bit map has a much smaller error than HyperLogLog with
/// the same memory, up to a few times as many clients as bits (linear counting: Whang,
/// Vander-Zanden, Taylor, "A linear-time probabilistic counting algorithm for database applications", ACM
/// Transactions on Database Systems 15, 1990).
#[derive(Clone, Debug)]
enum Seen {
    Hashes(Vec<u64>),
    Map(Vec<u64>),
}

impl Default for Seen {
    fn default() -> Self {
        Seen::Hashes(Vec::new())
    }
}

impl Seen {
    #[inline]
    fn insert(&mut self, hash: u64) {
        match self {
            Seen::Map(words) => mark(words, hash),
            Seen::Hashes(known) if known.contains(&hash) => {}
            Seen::Hashes(known) if known.len() < EXACT_MAX => known.push(hash),
            Seen::Hashes(known) => {
                let mut words = vec![0; BITS / 64];
                known.iter().for_each(|known| mark(&mut words, *known));
                mark(&mut words, hash);
                *self = Seen::Map(words);
            }
        }
    }

    /// Returns the number of distinct hashes: exact, or bits * ln(bits / free bits).
    fn count(&self) -> f64 {
        match self {
            Seen::Hashes(known) => known.len() as f64,
            Seen::Map(words) => {
                let free: u32 = words.iter().map(|word| word.count_zeros()).sum();
                let share = f64::from(free.max(1)) / BITS as f64;
                (-libm::log(share) * BITS as f64).round()
            }
        }
    }
}

/// Sets the bit of a hash.
fn mark(words: &mut [u64], hash: u64) {
    let bit = hash as usize % BITS;
    words[bit / 64] |= 1 << (bit % 64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample::mixed;

    /// Whang et al. (1990), formula 5: the standard error is sqrt(bits * (e^t - t - 1)) with t
    /// clients per bit.
    #[test]
    fn large_numbers_have_the_stated_error() {
        for (count, error) in [(20_000_u64, 0.003), (150_000, 0.004), (200_000, 0.005)] {
            let mut seen = Seen::default();
            (0..count).for_each(|client| seen.insert(mixed(client)));
            let found = seen.count() / count as f64 - 1.0;
            assert!(found.abs() < 3.0 * error, "{count}: {found}");
        }
    }

    #[test]
    fn clients_are_counted_per_hour_up_to_the_limit() {
        let mut hours = ClientHours::new(3);
        for row in 0..1000 {
            // Hour 5 has 10 clients, hour 6 has 64, hour 8 has 200.
            hours.add(5 * HOUR + row, mixed(row as u64 % 10));
            hours.add(6 * HOUR + row, mixed(row as u64 % 64));
            hours.add(8 * HOUR + row, mixed(row as u64 % 200));
        }
        let covered = || (5..10).map(|hour| (hour, 3600));
        let found = hours.counts(covered());
        let exact: Vec<f64> = found.iter().map(|one| one.clients).collect();
        assert_eq!((exact[0], exact[1], exact[2], exact[4]), (10.0, 64.0, 0.0, 0.0));
        // Two hashes share a bit with a probability of 200^2 / 2 / 65,536 = 0.3.
        assert!((exact[3] - 200.0).abs() <= 2.0, "{}", exact[3]);
        hours.add(9 * HOUR, 1);
        let starts: Vec<i64> = hours.counts(covered()).iter().map(|one| one.start_s).collect();
        assert_eq!(starts, [5 * HOUR, 6 * HOUR, 8 * HOUR]);
    }
}
