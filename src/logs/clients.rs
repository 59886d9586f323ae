//! Identities of clients: a keyed hash of address and user name, and a bounded list of the most
//! frequent addresses, which shows whether addresses belong to clients.
//!
//! The key is derived from the first row of the logs, so the same files always give the same counts
//! ([`super::Distinct`] estimates above its exact range). Only who has the log, and therefore the
//! addresses, can compute the key. Neither the key nor a hash is ever written.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Key of the hashes of one reading of logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientKey([u64; 4]);

impl ClientKey {
    /// Derives the key from a row.
    pub(super) fn of_row(row: &[u8]) -> Self {
        let digest = Sha256::digest(row);
        let mut words = digest
            .chunks_exact(8)
            .map(|bytes| bytes.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte)));
        ClientKey(std::array::from_fn(|_| words.next().unwrap_or_default()))
    }

    /// Returns the hash of an address and, if the log contains one, a user name.
    ///
    /// Each block of 16 bytes is multiplied with the key to 128 bits, of which both halves are
    /// combined: the method of wyhash (Wang Yi, "Modern non-cryptographic hash function and
    /// pseudorandom number generator"). It takes a fraction of the time of SipHash. A stronger hash
    /// is not needed, because hashes leave the process only as counts.
    #[inline]
    pub(super) fn hash(&self, address: &[u8], user: &[u8]) -> u64 {
        let hash = self.add(self.0[3], address);
        if user.is_empty() { hash } else { self.add(hash, user) }
    }

    /// Combines a hash with a text.
    #[inline]
    fn add(&self, mut hash: u64, text: &[u8]) -> u64 {
        let mut rest = text;
        while rest.len() > 16 {
            let (block, after) = rest.split_at(16);
            hash = self.add_words(hash, words(block));
            rest = after;
        }
        hash = self.add_words(hash, words(rest));
        product(hash ^ text.len() as u64, self.0[2])
    }

    #[inline]
    fn add_words(&self, hash: u64, words: [u64; 2]) -> u64 {
        product(words[0] ^ self.0[0], words[1] ^ self.0[1] ^ hash)
    }
}

/// Returns the first and the last bytes of a text of at most 16 bytes. Together with the length,
/// they determine the text.
#[inline]
fn words(text: &[u8]) -> [u64; 2] {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return [u64::from_le_bytes(*first), u64::from_le_bytes(*last)];
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return [first, last].map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    }
    [text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0]
}

/// Returns the product of two numbers, with its upper half combined with its lower half.
#[inline]
fn product(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// Rows with at most this number of addresses can belong to proxies.
const FEW_ADDRESSES: usize = 8;
/// If this share of the rows comes from at most [`FEW_ADDRESSES`] addresses, these are addresses of
/// proxies or connection points, not of clients. Assumed: a client sends far less than an eighth of
/// the requests of a site.
const FEW_SHARE: f64 = 0.8;
/// Fewer rows are not tested for few addresses.
const ROWS_MIN: u64 = 1000;

/// Reason why clients cannot be distinguished.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoClients {
    /// No row has an address.
    #[error("the log has no addresses of clients")]
    NoAddresses,
    /// Most rows have one of a few addresses.
    #[error(
        "{:.0} % of the requests come from at most {FEW_ADDRESSES} addresses, so a connection \
         point, a proxy or a load balancer hides the addresses of the clients",
        100.0 * share
    )]
    FewAddresses {
        /// Share of the rows with addresses that have one of the few addresses; a lower bound.
        share: f64,
    },
}

/// Tests whether the addresses of rows can be those of clients.
///
/// # Errors
/// The rows have no addresses, or most of them have one of a few addresses.
pub(super) fn check_addresses(
    rows: u64,
    addressed_rows: u64,
    addresses: &Frequent,
) -> Result<(), NoClients> {
    if addressed_rows == 0 {
        return Err(NoClients::NoAddresses);
    }
    let share = addresses.rows_of(FEW_ADDRESSES) as f64 / addressed_rows as f64;
    if rows >= ROWS_MIN && share >= FEW_SHARE {
        return Err(NoClients::FewAddresses { share });
    }
    Ok(())
}

/// Number of counters of [`Frequent`].
const COUNTERS: usize = 16;

/// Bounded list of the most frequent addresses (Misra and Gries, "Finding repeated elements",
/// Science of Computer Programming 2, 1982). A count is at most the true count, and too low by at
/// most 1/17 of the rows.
#[derive(Clone, Debug)]
pub(super) struct Frequent {
    hashes: [u64; COUNTERS],
    /// Lowest bytes of the hashes, which are compared at once.
    bytes: [u8; COUNTERS],
    counts: [u64; COUNTERS],
    /// One bit for each counter that is zero.
    free: u32,
}

impl Default for Frequent {
    fn default() -> Self {
        let (hashes, bytes, counts) = ([0; COUNTERS], [0; COUNTERS], [0; COUNTERS]);
        Frequent { hashes, bytes, counts, free: (1 << COUNTERS) - 1 }
    }
}

impl Frequent {
    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        let byte = hash as u8;
        let mut is_possible = false;
        for own in self.bytes {
            is_possible |= own == byte;
        }
        let found = is_possible.then(|| self.hashes.iter().position(|own| *own == hash)).flatten();
        if let Some(place) = found {
            self.counts[place] += 1;
            self.free &= !(1 << place);
        } else if self.free != 0 {
            let place = self.free.trailing_zeros() as usize;
            (self.hashes[place], self.bytes[place], self.counts[place]) = (hash, byte, 1);
            self.free &= self.free - 1;
        } else {
            for (count, place) in self.counts.iter_mut().zip(0..) {
                *count -= 1;
                self.free |= u32::from(*count == 0) << place;
            }
        }
    }

    /// Returns the rows of all lists per address, by the largest counts. A count is at most the
    /// true count (Agarwal and others, "Mergeable summaries", PODS 2012).
    pub(super) fn merged<'a>(lists: impl Iterator<Item = &'a Frequent>) -> Frequent {
        let mut counts = BTreeMap::<u64, u64>::new();
        for list in lists {
            for (hash, count) in list.hashes.iter().zip(&list.counts).filter(|(_, one)| **one > 0) {
                *counts.entry(*hash).or_default() += count;
            }
        }
        let mut counts: Vec<(u64, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut found = Frequent::default();
        for (place, (hash, count)) in counts.into_iter().take(COUNTERS).enumerate() {
            (found.hashes[place], found.counts[place]) = (hash, count);
        }
        found
    }

    /// Returns the number of rows of the `addresses` most frequent addresses; a lower bound.
    pub(super) fn rows_of(&self, addresses: usize) -> u64 {
        let mut counts = self.counts;
        counts.sort_unstable_by(|one, other| other.cmp(one));
        counts.iter().take(addresses).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_distinguish_clients_with_the_same_address() {
        let key = ClientKey::of_row(b"2026-11-30 00:00:00 10.0.0.1");
        assert_eq!(key.hash(b"10.0.0.1", b""), key.hash(b"10.0.0.1", b""));
        assert_ne!(key.hash(b"10.0.0.1", b"a"), key.hash(b"10.0.0.1", b"b"));
        let other = ClientKey::of_row(b"2026-11-30 00:00:01 10.0.0.1");
        assert_ne!(key.hash(b"10.0.0.1", b""), other.hash(b"10.0.0.1", b""));
    }

    #[test]
    fn two_frequent_addresses_are_found_among_many() {
        let mut found = Frequent::default();
        for row in 0..10_000_u64 {
            found.add(match row % 10 {
                0 => 1_000 + row,
                odd if odd % 2 == 1 => 1,
                _ => 2,
            });
        }
        // 9,000 rows have one of the two addresses. The other 1,000 rows fill 14 counters and then
        // reduce all counters by one, that is, at most every 15th time.
        let rows = found.rows_of(2);
        assert!((9_000 - 2 * 67..=9_000).contains(&rows), "{rows}");
    }
}
