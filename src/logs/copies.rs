//! Rows that occur in several files. The same log in two files, for example as text and compressed,
//! doubles all rates. Names and contents of files do not show this reliably: a file can contain the
//! rows of several others. Equal rows of equal times do.

use std::collections::{BTreeMap, BTreeSet};

use super::sample::mixed;

/// Maximum number of rows in the sample.
const SAMPLE_MAX: usize = 1 << 16;

/// Minimum number of equal rows of two files. Fewer can be equal by chance.
const ROWS_MIN: u64 = 5;

/// Sample of the rows of all files: the rows at random times, which are the same in all files. Rows
/// are only hashed.
#[derive(Clone, Debug)]
pub struct Copies {
    /// Hash of the time, hash of the row, file.
    sample: BTreeSet<(u64, u64, usize)>,
    /// Largest hash of a time in the sample.
    limit: u64,
}

impl Default for Copies {
    fn default() -> Self {
        Copies { sample: BTreeSet::new(), limit: u64::MAX }
    }
}

/// Two files with equal rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Copied {
    /// Index of the earlier file.
    pub original: usize,
    /// Index of the later file.
    pub file: usize,
    /// Equal rows as a share of the rows of the smaller file.
    pub rows_share: f64,
}

impl Copies {
    /// Returns whether rows of this time are in the sample.
    #[inline]
    pub fn wants(&self, time: i64) -> bool {
        mixed(time as u64) <= self.limit
    }

    /// Adds a row with a time in seconds.
    pub fn add(&mut self, time: i64, row: u64, file: usize) {
        if !self.wants(time) {
            return;
        }
        self.sample.insert((mixed(time as u64), row, file));
        while self.sample.len() > SAMPLE_MAX {
            self.limit /= 2;
            drop(self.sample.split_off(&(self.limit + 1, 0, 0)));
        }
    }

    /// Returns the files with equal rows, if these are at least the share `share_min` of the rows
    /// of the smaller file. A file is compared with the first file that has the row.
    pub fn found(&self, share_min: f64) -> Vec<Copied> {
        let mut rows: BTreeMap<usize, u64> = BTreeMap::new();
        let mut equal: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut first: Option<&(u64, u64, usize)> = None;
        for one in &self.sample {
            *rows.entry(one.2).or_insert(0) += 1;
            match first.filter(|first| (first.0, first.1) == (one.0, one.1)) {
                Some(first) => *equal.entry((first.2, one.2)).or_insert(0) += 1,
                None => first = Some(one),
            }
        }
        let copied = |((original, file), equal): ((usize, usize), u64)| {
            let of = |file: usize| rows.get(&file).copied().unwrap_or(0);
            let rows_share = equal as f64 / of(original).min(of(file)).max(1) as f64;
            (equal >= ROWS_MIN && rows_share >= share_min).then_some(Copied {
                original,
                file,
                rows_share,
            })
        };
        equal.into_iter().filter_map(copied).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds `rows` rows with two rows per second from a second on.
    fn fill(copies: &mut Copies, file: usize, from: i64, rows: i64) {
        for row in 0..rows {
            let time = from + row / 2;
            copies.add(time, mixed((2 * time + row % 2) as u64), file);
        }
    }

    #[test]
    fn files_with_equal_rows_are_found_at_any_size() {
        for rows in [20, 200_000] {
            let mut copies = Copies::default();
            // The second file continues the first one, the third has the rows of both, and the
            // fourth begins in the middle of the second and has as many new rows.
            fill(&mut copies, 0, 0, rows);
            fill(&mut copies, 1, rows / 2, rows);
            fill(&mut copies, 2, 0, 2 * rows);
            fill(&mut copies, 3, 3 * rows / 4, rows);
            assert!(copies.sample.len() <= SAMPLE_MAX);
            let found = copies.found(0.05);
            let pairs: Vec<_> = found.iter().map(|one| (one.original, one.file)).collect();
            assert_eq!(pairs, [(0, 2), (1, 2), (1, 3)], "{rows} {found:?}");
            assert_eq!((found[0].rows_share, found[1].rows_share), (1.0, 1.0));
            assert!((found[2].rows_share - 0.5).abs() < 0.05, "{found:?}");
            assert_eq!(copies.found(0.9).len(), 2);
        }
    }

    #[test]
    fn equal_rows_of_one_file_and_few_equal_rows_are_not_copies() {
        let mut copies = Copies::default();
        (0..1_000).for_each(|_| copies.add(5, 7, 0));
        (0..ROWS_MIN as i64 - 1).for_each(|row| fill(&mut copies, 1, 100 + 10 * row, 1));
        (0..ROWS_MIN as i64 - 1).for_each(|row| fill(&mut copies, 2, 100 + 10 * row, 1));
        assert_eq!(copies.found(0.0), []);
        // More rows in one second than the sample can hold.
        (0..100_000).for_each(|row| copies.add(9, row, 3));
        assert!(copies.sample.len() <= SAMPLE_MAX);
    }
}
