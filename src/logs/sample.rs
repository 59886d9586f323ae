//! Bounded, deterministic sample of requests: the requests whose positions have the smallest
//! hashes. The sample is uniform, and it depends only on the content and the order of the files.

/// Value of [`Selected::number_at_arrival_max`] if no bound is known.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// A request in a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Selected {
    /// Hash of the position.
    pub(super) hash: u64,
    /// Estimated arrival in milliseconds since 1970-01-01.
    pub(super) arrival_ms: i64,
    pub(super) time_taken_ms: u32,
    /// Upper bound of the number of other requests in the system, without long requests.
    pub(super) number_at_arrival_max: u32,
    pub(super) is_success: bool,
}

/// Mixes the bits of a number: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014).
pub(super) const fn mixed(number: u64) -> u64 {
    let mut hash = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Sample of requests.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// Requests whose bound is known, or never will be.
    kept: Vec<Selected>,
    /// Requests whose bound is not final.
    pending: Vec<Selected>,
    /// Requests with this hash or a larger one are not in the sample.
    limit: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Sample { kept: Vec::new(), pending: Vec::new(), limit: u64::MAX }
    }
}

/// Returns the number of requests at which a sample of at most `size` requests is reduced.
pub(super) const fn capacity(size: usize) -> usize {
    size + size / 4 + 1
}

impl Sample {
    /// Returns whether a request with this hash can enter the sample.
    #[inline]
    pub(super) fn accepts(&self, hash: u64) -> bool {
        hash < self.limit
    }

    /// Returns whether the sample is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.pending.is_empty()
    }

    /// Adds a request to a sample that must have at least `size` requests if they exist. `size`
    /// must not increase. The bound of a pending request is set by [`Sample::settle`].
    pub(super) fn add(&mut self, request: Selected, is_pending: bool, size: usize) {
        if !self.accepts(request.hash) {
            return;
        }
        (if is_pending { &mut self.pending } else { &mut self.kept }).push(request);
        self.reduce(size);
    }

    /// Removes the requests with the largest hashes if the sample has reached the capacity of
    /// `size`.
    pub(super) fn reduce(&mut self, size: usize) {
        if self.kept.len() + self.pending.len() >= capacity(size) {
            let mut hashes: Vec<u64> =
                self.kept.iter().chain(&self.pending).map(|one| one.hash).collect();
            let limit = *hashes.select_nth_unstable(size).1;
            self.limit = limit;
            self.kept.retain(|one| one.hash < limit);
            self.pending.retain(|one| one.hash < limit);
        }
    }

    /// Sets the bounds of pending requests with an estimated arrival of at most `until`.
    pub(super) fn settle(&mut self, until: i64, bound: impl Fn(i64) -> u32) {
        let mut at = 0;
        while at < self.pending.len() {
            if self.pending[at].arrival_ms <= until {
                let mut request = self.pending.swap_remove(at);
                request.number_at_arrival_max = bound(request.arrival_ms);
                self.kept.push(request);
            } else {
                at += 1;
            }
        }
    }

    /// Returns the `size` requests with the smallest hashes, in order of their hashes.
    pub(super) fn requests(&self, size: usize) -> Vec<Selected> {
        let mut found = self.kept.clone();
        found.sort_unstable_by_key(|one| one.hash);
        found.truncate(size);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_keeps_the_smallest_hashes() {
        let (mut sample, count) = (Sample::default(), 50_000_u64);
        for number in 0..count {
            let request = Selected {
                hash: mixed(number),
                arrival_ms: number as i64,
                time_taken_ms: 1,
                number_at_arrival_max: UNKNOWN,
                is_success: true,
            };
            sample.add(request, number % 3 == 0, if number < 10_000 { 4000 } else { 3000 });
            if number % 1000 == 0 {
                sample.settle(number as i64 - 500, |arrival| arrival as u32);
            }
        }
        sample.settle(i64::MAX, |arrival| arrival as u32);
        let mut expected: Vec<(u64, u32)> = (0..count)
            .map(|number| (mixed(number), if number % 3 == 0 { number as u32 } else { UNKNOWN }))
            .collect();
        expected.sort_unstable();
        expected.truncate(3000);
        let found = sample.requests(3000).into_iter();
        let found: Vec<(u64, u32)> =
            found.map(|one| (one.hash, one.number_at_arrival_max)).collect();
        assert_eq!(found, expected);
    }
}
