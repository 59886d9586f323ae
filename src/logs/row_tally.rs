//! Requests per class and hour, for comparisons of simulated rows with the rows of log files. Both
//! pass through the same rules.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Class;
use super::histogram::Histogram;
use super::hours::HOUR;
use super::iis::Row;
use super::rules::Rules;
use super::tally::Tallies;

/// Rows that a simulated site writes, counted by class and hour in bounded memory.
#[derive(Clone, Debug)]
pub struct RowTally {
    hours: BTreeSet<i64>,
    classes: Vec<ClassRows>,
}

/// Rows of one class.
#[derive(Clone, Debug, Default)]
pub struct ClassRows {
    /// Number of rows by hour since 1970-01-01T00:00Z.
    pub hours: BTreeMap<i64, u64>,
    /// `time-taken` in milliseconds.
    pub time_taken_ms: Histogram,
}

impl RowTally {
    /// Creates a tally of the rows that end in these hours since 1970-01-01T00:00Z.
    pub fn of_hours(hours: BTreeSet<i64>) -> Self {
        RowTally { hours, classes: vec![ClassRows::default(); Class::COUNT] }
    }

    /// Counts a row as if it had been read from a log file.
    pub fn add(&mut self, rules: &Rules, row: &Row) {
        let hour = row.unix_s.div_euclid(HOUR);
        if !self.hours.contains(&hour) {
            return;
        }
        let query = if row.request.query == "-" { "" } else { row.request.query };
        let (method, path) = (row.request.method.as_bytes(), row.request.stem.as_bytes());
        let class = rules.class(&rules.decide(method, path, row.port), query.as_bytes());
        let rows = &mut self.classes[class.index()];
        *rows.hours.entry(hour).or_insert(0) += 1;
        rows.time_taken_ms.add(row.time_taken_ms);
    }

    /// Returns the rows of a class.
    pub fn class(&self, class: Class) -> &ClassRows {
        &self.classes[class.index()]
    }
}

impl Tallies {
    /// Returns the number of rows of a class by hour since 1970-01-01T00:00Z.
    pub fn rows_by_hour(&self, class: Class) -> BTreeMap<i64, u64> {
        let mut hours = BTreeMap::new();
        for (start_s, rows) in self.class(class).minutes().filter(|(_, rows)| *rows > 0) {
            *hours.entry(start_s.div_euclid(HOUR)).or_insert(0) += u64::from(rows);
        }
        hours
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::iis::{Day, FieldSet};
    use super::super::read::LogReader;
    use super::super::requests::{HttpRequest, port};
    use super::*;
    use crate::terms::{RequestKind, Role};

    /// Returns a row of each kind with different times.
    fn rows(start_s: i64) -> Vec<Row> {
        let kinds = (0..40).flat_map(|_| RequestKind::ALL).zip(0_u32..);
        let row = |(kind, number): (RequestKind, u32)| Row {
            unix_s: start_s + i64::from(number) * 11,
            server: Ipv4Addr::new(192, 168, 0, 1),
            request: HttpRequest::of_kind(kind),
            port: port(kind.role(), true),
            client: Ipv4Addr::from_bits(0x0a01_0000 + number),
            status: 200,
            win32_status: 0,
            sent_bytes: 100,
            received_bytes: 100,
            time_taken_ms: u64::from(number * number),
        };
        kinds.map(row).collect()
    }

    #[test]
    fn simulated_rows_are_counted_like_the_rows_of_their_log_file() {
        // 2026-03-17T08:00Z.
        let start_s = 1_773_734_400;
        let rules = Rules::builtin();
        let mut text = String::new();
        let day = Day::of_number(start_s / 86_400);
        day.write_header(FieldSet::WithBytes, start_s, &mut text);
        let all = rows(start_s);
        all.iter().for_each(|row| row.write(FieldSet::WithBytes, &day, &mut text));
        let mut reader = LogReader::new(&rules, None);
        assert!(reader.read("a.log", &mut text.as_bytes(), &mut |_| true));
        let read = reader.finish();
        let covered: BTreeMap<i64, u32> = read.covered_by_hour().collect();
        // 640 rows, 11 s apart.
        assert_eq!(covered.values().sum::<u32>(), 639 * 11 + 1);
        let mut tally = RowTally::of_hours(covered.keys().map(|start| start / HOUR).collect());
        all.iter().for_each(|row| tally.add(&rules, row));
        for class in Class::all() {
            let (simulated, of_file) = (tally.class(class), read.class(class));
            assert_eq!(simulated.hours, read.rows_by_hour(class), "{}", class.name());
            let bins = |one: &Histogram| one.bins().collect::<Vec<_>>();
            assert_eq!(bins(&simulated.time_taken_ms), bins(&of_file.time_taken_ms));
        }
        let scans = tally.class(Class::Kind(RequestKind::UpdateScan));
        assert_eq!(scans.hours.values().sum::<u64>(), 40);
        assert_eq!(RequestKind::UpdateScan.role(), Role::SoftwareUpdatePoint);
    }

    #[test]
    fn rows_outside_the_hours_are_not_counted() {
        let mut tally = RowTally::of_hours([1].into());
        let rules = Rules::builtin();
        rows(0).iter().for_each(|row| tally.add(&rules, row));
        let total: u64 = Class::all().map(|class| tally.class(class).time_taken_ms.count()).sum();
        // Rows from 3,600 s (number 328) to 7,029 s (number 639).
        assert_eq!(total, 312);
    }
}
