//! Sums and distributions of the requests at one site system.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::base::{Id, SimDuration};
use crate::engine::LatencyHistogram;
use crate::logs::iis::Row;
use crate::logs::requests::HttpRequest;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::AtSystem;

/// Requests at one site system since the start of the measured period.
#[derive(Clone, Debug, Default)]
pub(super) struct SystemTally {
    /// Requests in progress at the start of the measured period.
    pub in_progress_at_start: u64,
    /// Requests that reached the site system.
    pub arrived: u64,
    /// Requests refused because the queue was full.
    pub refused: u64,
    /// Requests dropped after their time in the queue.
    pub dropped_from_queue: u64,
    /// Requests that reached the site system while it was down, or that it lost when it failed.
    pub lost_in_outage: u64,
    /// Rows of the log.
    pub all: RowTally,
    /// Rows by request kind.
    pub kinds: BTreeMap<RequestKind, RowTally>,
    /// Rows by request, as the log shows it.
    pub requests: BTreeMap<HttpRequest, RowTally>,
}

/// Sums and distributions of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct RowTally {
    /// Number of rows.
    pub rows: u64,
    /// Rows with status 500.
    pub errors: u64,
    /// Rows with status 403.
    pub forbidden: u64,
    /// Rows of responses that were lost on their way.
    pub lost: u64,
    /// Clients and open sources that sent the requests.
    pub origins: Seen,
    /// Addresses in the rows.
    pub addresses: Seen,
    /// Bytes of the responses.
    pub sent_bytes: u64,
    /// Bytes of the requests.
    pub received_bytes: u64,
    /// Service time: CPU, database and disk. Without rows that were refused with 403.
    pub service: LatencyHistogram,
    /// CPU time. Without rows that were refused with 403.
    pub cpu: LatencyHistogram,
    /// Waiting time. Without rows that were refused with 403.
    pub waiting: LatencyHistogram,
    /// Time from arrival to response, of all rows.
    pub time_taken: LatencyHistogram,
}

impl SystemTally {
    /// Adds a row.
    pub(super) fn record(
        &mut self,
        row: &Row,
        (kind, origin): (RequestKind, Origin),
        at_system: &AtSystem,
        time_taken: SimDuration,
    ) {
        let of_kind = self.kinds.entry(kind).or_default();
        let of_request = self.requests.entry(row.request).or_default();
        for tally in [&mut self.all, of_kind, of_request] {
            tally.record(row, origin, at_system, time_taken);
        }
    }
}

impl RowTally {
    fn record(&mut self, row: &Row, origin: Origin, at_system: &AtSystem, time_taken: SimDuration) {
        self.rows += 1;
        self.errors += u64::from(row.status == 500);
        self.forbidden += u64::from(row.status == 403);
        self.lost += u64::from(row.win32_status != 0);
        // Even numbers are clients, odd numbers are open sources.
        self.origins.insert(match origin {
            Origin::Client(client) => 2 * client.index(),
            Origin::Source(source) => 2 * source.index() + 1,
        });
        self.addresses.insert(below_16_million(row.client));
        self.sent_bytes += row.sent_bytes;
        self.received_bytes += row.received_bytes;
        self.time_taken.record(time_taken);
        if row.status != 403 {
            self.service.record(at_system.cpu + at_system.database);
            self.cpu.record(at_system.cpu);
            self.waiting.record(at_system.waited);
        }
    }
}

/// Returns the last 24 bits of an address. All addresses of requests begin with 10.
fn below_16_million(address: Ipv4Addr) -> usize {
    (address.to_bits() & 0x00ff_ffff) as usize
}

/// Set of small numbers, with one bit per number up to the largest.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    words: Vec<u64>,
}

impl Seen {
    fn insert(&mut self, number: usize) {
        let (word, bit) = (number / 64, number % 64);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << bit;
    }

    /// Returns the number of distinct numbers.
    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_count_once() {
        let mut seen = Seen::default();
        assert_eq!(seen.count(), 0);
        for number in [0, 63, 64, 1_000_000, 63] {
            seen.insert(number);
        }
        assert_eq!(seen.count(), 4);
    }
}
