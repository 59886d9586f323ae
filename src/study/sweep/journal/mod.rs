//! Journal of a sweep, which keeps every finished unit of work. It loses no result and detects
//! damaged ones. This module defines only the format; the caller reads and writes the file.
//!
//! A journal consists of text lines `LENGTH CRC SWEEP PAYLOAD`. SWEEP is [`SweepPlan::digest`],
//! which distinguishes lines of different sweeps. LENGTH is the number of bytes from SWEEP to the
//! end of the payload, and CRC is their CRC-32C (Castagnoli 1993; RFC 3720) in hexadecimal digits.
//! A payload has no line break. The first payload is `cmgsim-journal 3 PLAN`, with the
//! [`SweepPlan`] as JSON. A payload `metrics HASH LIST` defines the metrics of a run before the
//! first unit that has them. A payload `unit POINT REPLICATION EVENTS HASH VALUES` contains the
//! values as bits in hexadecimal digits, so that they are exact, including infinity and NaN.
//!
//! The reader accepts only complete lines with the right checksum and sweep. It checks the plan
//! first, so that the rest needs no more memory than the plan allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crc::{CRC_32_ISCSI, Crc};
use sha2::{Digest, Sha256};

use crate::results::{Metric, Replication, SweepPlan};

/// Version of the journal format.
pub const JOURNAL_VERSION: u32 = 3;

/// First word of the first payload.
const NAME: &str = "cmgsim-journal";

const CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Maximum number of metrics of one run; real runs have a few hundred.
const METRICS_MAX: usize = 10_000;

/// Number of a point and number of a replication.
pub type UnitId = (u32, u32);

/// Finished unit: the metrics of one replication of one point.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Definitions of the metrics.
    pub metrics: Arc<Vec<Metric>>,
    /// Values of the metrics.
    pub replication: Replication,
}

impl PartialEq for Unit {
    /// Compares the bits of the values, so that NaN equals NaN.
    fn eq(&self, other: &Self) -> bool {
        let bits = |unit: &Unit| {
            unit.replication.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        let number = |unit: &Unit| (unit.replication.number, unit.replication.events);
        self.metrics == other.metrics && number(self) == number(other) && bits(self) == bits(other)
    }
}

/// Finished units by point and replication.
pub type Units = BTreeMap<UnitId, Unit>;

/// Content of a journal.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Plan of the sweep.
    pub plan: SweepPlan,
    /// Finished units.
    pub units: Units,
    /// Numbers of complete lines that are damaged, from 1; their units must be simulated again.
    pub damaged_lines: Vec<usize>,
    /// Whether the last line is incomplete, for example because the program was killed.
    pub is_torn: bool,
}

/// Reason why a journal cannot be used at all.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum JournalError {
    /// The first line is damaged, or the file is not a journal.
    #[error(
        "its first line is damaged or not from cmgsim, so the file cannot be used: delete it to \
         start again"
    )]
    Header,
    /// The journal has another version of the format.
    #[error(
        "it has format version {found}, but this cmgsim reads version {JOURNAL_VERSION}: use the \
         cmgsim version that wrote it"
    )]
    Version {
        /// Version of the journal.
        found: String,
    },
    /// The plan is not valid for any sweep.
    #[error("its plan is invalid ({0}): delete the file to start again")]
    Plan(String),
    /// A complete line belongs to another sweep.
    #[error(
        "line {line} belongs to another sweep ({found} instead of {own}), so the file cannot be \
         used: delete it to start again"
    )]
    OtherSweep {
        /// Number of the line, from 1.
        line: usize,
        /// Digest of the sweep of the line.
        found: String,
        /// Digest of the sweep of the first line.
        own: String,
    },
}

impl Journal {
    /// Reads the units of all complete lines of a journal.
    ///
    /// # Errors
    /// Fails if the first line is damaged or has another version, if its plan is invalid, or if a
    /// line belongs to another sweep.
    pub fn read(bytes: &[u8]) -> Result<Journal, JournalError> {
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let header =
            lines.next().and_then(|(_, line)| content(line)).ok_or(JournalError::Header)?;
        let (plan, sweep) = plan(header)?;
        let mut journal =
            Journal { plan, units: Units::new(), damaged_lines: Vec::new(), is_torn: false };
        let mut known = Known::default();
        for (index, line) in lines {
            if !line.ends_with(b"\n") {
                journal.is_torn = true;
                continue;
            }
            let payload = match content(line).and_then(|content| content.split_once(' ')) {
                Some((found, _)) if found != sweep => {
                    let (found, own) = (printable(found), sweep);
                    return Err(JournalError::OtherSweep { line: index + 1, found, own });
                }
                Some((_, payload)) => payload,
                None => "",
            };
            if journal.take(payload, &mut known).is_none() {
                journal.damaged_lines.push(index + 1);
            }
        }
        Ok(journal)
    }

    /// Processes a payload; returns `None` if it is invalid.
    fn take(&mut self, payload: &str, known: &mut Known) -> Option<()> {
        let (kind, rest) = payload.split_once(' ')?;
        match kind {
            "metrics" => {
                let (hash, list) = rest.split_once(' ')?;
                (metrics_hash(list) == hash).then_some(())?;
                let metrics: Vec<Metric> = serde_json::from_str(list).ok()?;
                (1..=METRICS_MAX).contains(&metrics.len()).then_some(())?;
                known.metrics.insert(hash.to_owned(), Arc::new(metrics));
                Some(())
            }
            "unit" => {
                let (id, unit) = unit(rest, &known.metrics)?;
                let is_planned =
                    (id.0 as usize) < self.plan.points.len() && id.1 < self.plan.replications;
                (is_planned && !known.disputed.contains(&id)).then_some(())?;
                // All replications of a point have the same metrics.
                let mut of_point = self.units.range((id.0, 0)..=(id.0, u32::MAX));
                let is_alike = of_point.next().is_none_or(|(_, one)| one.metrics == unit.metrics);
                is_alike.then_some(())?;
                match self.units.get(&id) {
                    // Neither of two different results can be trusted.
                    Some(same) if *same != unit => {
                        self.units.remove(&id);
                        known.disputed.insert(id);
                        None
                    }
                    _ => {
                        self.units.insert(id, unit);
                        Some(())
                    }
                }
            }
            _ => None,
        }
    }

    /// Returns the bytes of a whole journal. The units are in order, so the bytes depend only on
    /// the plan and the units.
    pub fn to_bytes(plan: &SweepPlan, units: &Units) -> Vec<u8> {
        let mut writer = JournalWriter::new(plan);
        let mut bytes = header(plan);
        for ((point, _), unit) in units {
            bytes.extend(writer.unit(*point, unit));
        }
        bytes
    }
}

/// Content of earlier lines of a journal.
#[derive(Default)]
struct Known {
    /// Lists of metrics by hash.
    metrics: BTreeMap<String, Arc<Vec<Metric>>>,
    /// Units for which two lines have different results.
    disputed: BTreeSet<UnitId>,
}

/// Returns the first line of a journal.
pub fn header(plan: &SweepPlan) -> Vec<u8> {
    let json = serde_json::to_string(plan).expect("plain structs serialise");
    line(&plan.digest(), &format!("{NAME} {JOURNAL_VERSION} {json}"))
}

/// Formats the lines of units and of metric lists that are not yet written.
#[derive(Debug)]
pub struct JournalWriter {
    /// Digest of the sweep.
    sweep: String,
    /// Lists of metrics that are already written, with their hashes; a sweep has a few.
    known: Vec<(Arc<Vec<Metric>>, String)>,
}

impl JournalWriter {
    /// Creates a writer for the units of a plan.
    pub fn new(plan: &SweepPlan) -> Self {
        JournalWriter { sweep: plan.digest(), known: Vec::new() }
    }

    /// Returns the line of a unit of a point, preceded by a line of its metrics if they are new.
    pub fn unit(&mut self, point: u32, unit: &Unit) -> Vec<u8> {
        let mut bytes = Vec::new();
        let known = self.known.iter().find(|(metrics, _)| *metrics == unit.metrics);
        let hash = match known {
            Some((_, hash)) => hash.clone(),
            None => {
                let list = serde_json::to_string(&*unit.metrics).expect("plain structs serialise");
                let hash = metrics_hash(&list);
                bytes.extend(line(&self.sweep, &format!("metrics {hash} {list}")));
                self.known.push((Arc::clone(&unit.metrics), hash.clone()));
                hash
            }
        };
        let Replication { number, events, values } = &unit.replication;
        let values: Vec<String> =
            values.iter().map(|value| format!("{:016x}", value.to_bits())).collect();
        let payload = format!("unit {point} {number} {events} {hash} {}", values.join(","));
        bytes.extend(line(&self.sweep, &payload));
        bytes
    }
}

/// Returns a payload with its sweep, length and checksum.
fn line(sweep: &str, payload: &str) -> Vec<u8> {
    checked(&format!("{sweep} {payload}"))
}

/// Returns a content with its length and checksum.
fn checked(content: &str) -> Vec<u8> {
    let checksum = CASTAGNOLI.checksum(content.as_bytes());
    format!("{} {checksum:08x} {content}\n", content.len()).into_bytes()
}

/// Returns the content of a line if the line is exactly what [`checked`] writes.
fn content(whole: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(whole).ok()?.strip_suffix('\n')?;
    let content = text.splitn(3, ' ').nth(2)?;
    (checked(content) == whole).then_some(content)
}

/// Returns the plan of the first line, and its digest.
fn plan(content: &str) -> Result<(SweepPlan, String), JournalError> {
    // Lines of the first version have no digest.
    let (sweep, payload) = match content.strip_prefix(NAME) {
        Some(_) => ("", content),
        None => content.split_once(' ').ok_or(JournalError::Header)?,
    };
    let mut words = payload.splitn(3, ' ');
    if words.next() != Some(NAME) {
        return Err(JournalError::Header);
    }
    let version = words.next().unwrap_or_default();
    if version != JOURNAL_VERSION.to_string() {
        return Err(JournalError::Version { found: printable(version) });
    }
    let json = words.next().unwrap_or_default();
    let plan: SweepPlan = serde_json::from_str(json).map_err(|_| JournalError::Header)?;
    plan.check().map_err(JournalError::Plan)?;
    let own = plan.digest();
    if own == sweep { Ok((plan, own)) } else { Err(JournalError::Header) }
}

/// Makes a word of an untrusted file safe to print in a message.
fn printable(word: &str) -> String {
    word.chars()
        .take(16)
        .map(|letter| if letter.is_ascii_graphic() { letter } else { '?' })
        .collect()
}

fn unit(text: &str, metrics: &BTreeMap<String, Arc<Vec<Metric>>>) -> Option<(UnitId, Unit)> {
    let words: Vec<&str> = text.split(' ').collect();
    let [point, number, events, hash, values] = words[..] else { return None };
    let metrics = Arc::clone(metrics.get(hash)?);
    let bits = values.split(',').map(|word| u64::from_str_radix(word, 16).ok());
    let values = bits.map(|bits| bits.map(f64::from_bits)).collect::<Option<Vec<f64>>>()?;
    let (point, number) = (point.parse().ok()?, number.parse().ok()?);
    let replication = Replication { number, events: events.parse().ok()?, values };
    (replication.values.len() == metrics.len())
        .then_some(((point, number), Unit { metrics, replication }))
}

fn metrics_hash(list: &str) -> String {
    Sha256::digest(list).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
