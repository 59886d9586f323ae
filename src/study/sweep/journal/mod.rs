//! The journal of a sweep: every finished unit of work, so that what was computed is never lost and
//! never believed wrongly. Pure format; the caller reads and writes the file.
//!
//! Lines of text, each `LENGTH CRC SWEEP PAYLOAD`. SWEEP is [`SweepPlan::digest`], so that a line
//! of another sweep is recognised. LENGTH counts the bytes from SWEEP to the end of the payload,
//! and CRC is their CRC-32C (Castagnoli 1993; RFC 3720) in hexadecimal digits. A payload has no
//! line break. The first is `cmgsim-journal 2 PLAN`, with the [`SweepPlan`] as JSON; then
//! `figures HASH LIST`, what figures a run has, before the first unit that has them; and
//! `unit POINT REPLICATION EVENTS HASH VALUES`, with the values as bits in hexadecimal digits, so
//! that they are exact, infinity and what is not a number included.
//!
//! A reader trusts whole lines with the right checksum and sweep and nothing else. It checks the
//! plan before it reads anything else: what follows takes no more memory than the plan allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crc::{CRC_32_ISCSI, Crc};
use sha2::{Digest, Sha256};

use crate::results::{Metric, Replication, SweepPlan};

/// Version of this format.
pub const JOURNAL_VERSION: u32 = 3;

/// First word of the first payload.
const NAME: &str = "cmgsim-journal";

const CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Most figures of one run; real ones have some hundreds.
const METRICS_MAX: usize = 10_000;

/// Number of a point, and of a replication of it.
pub type UnitId = (u32, u32);

/// A finished unit: the figures of one replication of one point.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What the values are of.
    pub metrics: Arc<Vec<Metric>>,
    /// The values.
    pub replication: Replication,
}

impl PartialEq for Unit {
    /// Equal in every bit, also where a value is not a number.
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

/// What a journal holds.
#[derive(Clone, Debug)]
pub struct Journal {
    /// What is simulated.
    pub plan: SweepPlan,
    /// What is finished.
    pub units: Units,
    /// Numbers of whole lines that are damaged, from 1; what they held has to be done again.
    pub damaged_lines: Vec<usize>,
    /// Whether the last line was cut off; that is what a killed program leaves.
    pub is_torn: bool,
}

/// Why a journal cannot be used at all.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum JournalError {
    /// Its first line is damaged, or it is no journal.
    #[error(
        "its first line is damaged or of another program, so nothing in it can be trusted: \
         take the file away to begin anew"
    )]
    Header,
    /// It is of another version of the format.
    #[error(
        "it is of version {found} of the format, and this cmgsim reads {JOURNAL_VERSION}: use the \
         cmgsim that wrote it"
    )]
    Version {
        /// Which.
        found: String,
    },
    /// Its plan cannot be one of a sweep.
    #[error("its plan is impossible ({0}): take the file away to begin anew")]
    Plan(String),
    /// A line that is whole belongs to another sweep.
    #[error(
        "line {line} belongs to another sweep ({found}, and the journal is of {own}): lines of two \
         journals are mixed in it, so nothing in it can be trusted; take the file away to begin anew"
    )]
    OtherSweep {
        /// Its number, from 1.
        line: usize,
        /// Digest of its sweep.
        found: String,
        /// Digest of the sweep of the first line.
        own: String,
    },
}

impl Journal {
    /// Reads a journal: the units of all lines that are whole.
    ///
    /// # Errors
    /// If the first line is not whole, of another version, or its plan is impossible; if a line is
    /// of another sweep.
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

    /// Takes a payload in; `None` if it makes no sense.
    fn take(&mut self, payload: &str, known: &mut Known) -> Option<()> {
        let (kind, rest) = payload.split_once(' ')?;
        match kind {
            "figures" => {
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
                // Replications of a point have the same figures.
                let mut of_point = self.units.range((id.0, 0)..=(id.0, u32::MAX));
                let is_alike = of_point.next().is_none_or(|(_, one)| one.metrics == unit.metrics);
                is_alike.then_some(())?;
                match self.units.get(&id) {
                    // Two that differ: who knows which is right.
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

    /// The whole file: units in order, so that its bytes depend on nothing but what was found.
    pub fn to_bytes(plan: &SweepPlan, units: &Units) -> Vec<u8> {
        let mut writer = JournalWriter::new(plan);
        let mut bytes = header(plan);
        for ((point, _), unit) in units {
            bytes.extend(writer.unit(*point, unit));
        }
        bytes
    }
}

/// What earlier lines of a journal say.
#[derive(Default)]
struct Known {
    /// Lists of figures by hash.
    metrics: BTreeMap<String, Arc<Vec<Metric>>>,
    /// Units of which two lines say different things.
    disputed: BTreeSet<UnitId>,
}

/// The first line.
pub fn header(plan: &SweepPlan) -> Vec<u8> {
    let json = serde_json::to_string(plan).expect("plain structs serialise");
    line(&plan.digest(), &format!("{NAME} {JOURNAL_VERSION} {json}"))
}

/// Makes lines of units, and of their figures where those are new.
#[derive(Debug)]
pub struct JournalWriter {
    /// Digest of the sweep.
    sweep: String,
    /// Lists of figures that have been written, with their hashes; a sweep has a few.
    known: Vec<(Arc<Vec<Metric>>, String)>,
}

impl JournalWriter {
    /// Of units of a plan.
    pub fn new(plan: &SweepPlan) -> Self {
        JournalWriter { sweep: plan.digest(), known: Vec::new() }
    }

    /// The line of a unit of a point, after a line of its figures if those are new.
    pub fn unit(&mut self, point: u32, unit: &Unit) -> Vec<u8> {
        let mut bytes = Vec::new();
        let known = self.known.iter().find(|(metrics, _)| *metrics == unit.metrics);
        let hash = match known {
            Some((_, hash)) => hash.clone(),
            None => {
                let list = serde_json::to_string(&*unit.metrics).expect("plain structs serialise");
                let hash = metrics_hash(&list);
                bytes.extend(line(&self.sweep, &format!("figures {hash} {list}")));
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

/// A payload with its sweep, and both with length and checksum.
fn line(sweep: &str, payload: &str) -> Vec<u8> {
    checked(&format!("{sweep} {payload}"))
}

/// A content with its length and checksum.
fn checked(content: &str) -> Vec<u8> {
    let checksum = CASTAGNOLI.checksum(content.as_bytes());
    format!("{} {checksum:08x} {content}\n", content.len()).into_bytes()
}

/// The content of a line, if the line is exactly what [`checked`] makes of it.
fn content(whole: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(whole).ok()?.strip_suffix('\n')?;
    let content = text.splitn(3, ' ').nth(2)?;
    (checked(content) == whole).then_some(content)
}

/// The plan of the first line, and its digest.
fn plan(content: &str) -> Result<(SweepPlan, String), JournalError> {
    // The first version had no digests.
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

/// A word of a file that anybody may have written, as far as a message shows it.
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
