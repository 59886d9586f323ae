//! Recorded values from CSV files, stored once in memory even if several components or variants of
//! a scenario read the same file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest, Sha256};

use crate::base::{SimDuration, SimTime};

use super::encoding::decode;

/// Values that are in use, by the digest of their file.
type Known<T> = Mutex<BTreeMap<[u8; 32], Weak<[T]>>>;

static DURATIONS: Known<f64> = Mutex::new(BTreeMap::new());
static TIMES: Known<SimTime> = Mutex::new(BTreeMap::new());

/// Reads durations in seconds, rounded to nanoseconds, in file order.
///
/// # Errors
/// Returns a sentence that states what is wrong with the file.
pub(super) fn durations(bytes: &[u8]) -> Result<Arc<[f64]>, String> {
    shared(&DURATIONS, bytes, |seconds| {
        seconds.into_iter().map(|one| SimDuration::from_seconds_f64(one).as_seconds()).collect()
    })
}

/// Reads times after the start of the measured period and sorts them.
///
/// # Errors
/// Returns a sentence that states what is wrong with the file.
pub(super) fn times(bytes: &[u8]) -> Result<Arc<[SimTime]>, String> {
    shared(&TIMES, bytes, |mut seconds| {
        seconds.sort_by(f64::total_cmp);
        let time = |one: f64| SimTime::ZERO + SimDuration::from_seconds_f64(one);
        seconds.into_iter().map(time).collect()
    })
}

/// Returns the values in memory if the same file was read before; parses the file otherwise.
fn shared<T>(
    known: &Known<T>,
    bytes: &[u8],
    convert: impl FnOnce(Vec<f64>) -> Arc<[T]>,
) -> Result<Arc<[T]>, String> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(values) = lock().get(&digest).and_then(Weak::upgrade) {
        return Ok(values);
    }
    let values = convert(parse(bytes)?);
    let mut known = lock();
    known.retain(|_, values| values.strong_count() > 0);
    known.insert(digest, Arc::downgrade(&values));
    Ok(values)
}

/// Parses one number of seconds per line. The first line may be a header.
fn parse(bytes: &[u8]) -> Result<Vec<f64>, String> {
    let text = decode(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())?;
    let bytes = text.as_bytes();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    // Reserve one entry per line, so that the vector never reallocates.
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let mut seconds = Vec::with_capacity(lines + 1);
    let (mut record, mut is_first) = (csv::StringRecord::new(), true);
    while reader.read_record(&mut record).map_err(|error| error.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() > 1 {
            return Err(format!(
                "line {line}: more than one column; use a decimal point, not a comma"
            ));
        }
        let cell = record.get(0).unwrap_or_default();
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => seconds.push(value),
            Err(_) if is_first && cell.starts_with(char::is_alphabetic) => {}
            _ => {
                return Err(format!(
                    "line {line}: `{cell}` is not a number of seconds (0 or more)"
                ));
            }
        }
        is_first = false;
    }
    if seconds.is_empty() { Err("it contains no numbers".to_owned()) } else { Ok(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_are_kept_once() {
        let file = b"seconds\n3.5\n 1.25 \n\n2.0000000004\n".as_slice();
        let one = durations(file).expect("numbers");
        assert_eq!(one[..], [3.5, 1.25, 2.0]);
        assert!(Arc::ptr_eq(&one, &durations(file).expect("numbers")));
        assert!(!Arc::ptr_eq(&one, &durations(b"3.5\n1.25\n2\n").expect("numbers")));
        let rising = times(file).expect("numbers");
        assert_eq!(rising[..2], [1_250_000_000, 2_000_000_000].map(SimTime::from_nanos));
        assert!(Arc::ptr_eq(&rising, &times(file).expect("numbers")));
    }

    #[test]
    fn a_file_that_is_not_a_list_of_seconds_is_refused() {
        for (file, expected) in [
            ("", "no numbers"),
            ("1,5\n", "line 1: more than one column"),
            ("1\nx\n", "line 2: `x`"),
            ("-1\n", "line 1: `-1`"),
            ("1e999\n", "line 1: `1e999`"),
        ] {
            let error = durations(file.as_bytes()).expect_err(file);
            assert!(error.contains(expected), "{error}");
        }
    }
}
