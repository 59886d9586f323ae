//! The journal of a sweep: every finished unit of work, so that what was computed is never lost and
//! never believed wrongly. Pure format; the caller reads and writes the file.
//!
//! Lines of text, each `LENGTH CRC PAYLOAD`: the payload's bytes, its CRC-32C (Castagnoli 1993;
//! RFC 3720) in hexadecimal digits, and the payload, which has no line break. The first payload is
//! `cmgsim-journal 1 PLAN`, with the [`SweepPlan`] as JSON; then `figures HASH LIST`, what figures
//! a run has, before the first unit that has them; and `unit POINT REPLICATION EVENTS HASH VALUES`,
//! with the values as bits in hexadecimal digits, so that they are exact, infinity and what is not
//! a number included.
//!
//! A reader trusts whole lines with the right checksum and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use crc::{CRC_32_ISCSI, Crc};
use sha2::{Digest, Sha256};

use crate::results::{Metric, Replication, SweepPlan};

/// Version of this format.
pub const JOURNAL_VERSION: u32 = 1;

/// First word of the first payload.
const NAME: &str = "cmgsim-journal";

const CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// Number of a point, and of a replication of it.
pub type UnitId = (u32, u32);

/// A finished unit: the figures of one replication of one point.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What the values are of.
    pub figures: Arc<Vec<Metric>>,
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
        self.figures == other.figures && number(self) == number(other) && bits(self) == bits(other)
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
}

impl Journal {
    /// Reads a journal: the units of all lines that are whole.
    ///
    /// # Errors
    /// If the first line is not whole, or of another version.
    pub fn read(bytes: &[u8]) -> Result<Journal, JournalError> {
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let header =
            lines.next().and_then(|(_, line)| payload(line)).ok_or(JournalError::Header)?;
        let mut journal = Journal {
            plan: plan(header)?,
            units: Units::new(),
            damaged_lines: Vec::new(),
            is_torn: false,
        };
        let mut figures = BTreeMap::new();
        for (index, line) in lines {
            if !line.ends_with(b"\n") {
                journal.is_torn = true;
            } else if payload(line).and_then(|text| journal.take(text, &mut figures)).is_none() {
                journal.damaged_lines.push(index + 1);
            }
        }
        Ok(journal)
    }

    /// Takes a payload in; `None` if it makes no sense.
    fn take(
        &mut self,
        payload: &str,
        figures: &mut BTreeMap<String, Arc<Vec<Metric>>>,
    ) -> Option<()> {
        let (kind, rest) = payload.split_once(' ')?;
        match kind {
            "figures" => {
                let (hash, list) = rest.split_once(' ')?;
                let known: Vec<Metric> = serde_json::from_str(list).ok()?;
                (figures_hash(list) == hash).then_some(())?;
                figures.insert(hash.to_owned(), Arc::new(known));
                Some(())
            }
            "unit" => {
                let (id, unit) = unit(rest, figures)?;
                let is_planned =
                    (id.0 as usize) < self.plan.points.len() && id.1 < self.plan.replications;
                is_planned.then_some(())?;
                match self.units.get(&id) {
                    // Two that differ: who knows which is right.
                    Some(known) if *known != unit => {
                        self.units.remove(&id);
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
        let mut writer = JournalWriter::default();
        let mut bytes = header(plan);
        for ((point, _), unit) in units {
            bytes.extend(writer.unit(*point, unit));
        }
        bytes
    }
}

/// The first line.
pub fn header(plan: &SweepPlan) -> Vec<u8> {
    let json = serde_json::to_string(plan).expect("plain structs serialise");
    line(&format!("{NAME} {JOURNAL_VERSION} {json}"))
}

/// Makes lines of units, and of their figures where those are new.
#[derive(Debug, Default)]
pub struct JournalWriter {
    /// Lists of figures that have been written, with their hashes; a sweep has a few.
    known: Vec<(Arc<Vec<Metric>>, String)>,
}

impl JournalWriter {
    /// The line of a unit of a point, after a line of its figures if those are new.
    pub fn unit(&mut self, point: u32, unit: &Unit) -> Vec<u8> {
        let mut bytes = Vec::new();
        let known = self.known.iter().find(|(figures, _)| *figures == unit.figures);
        let hash = match known {
            Some((_, hash)) => hash.clone(),
            None => {
                let list = serde_json::to_string(&*unit.figures).expect("plain structs serialise");
                let hash = figures_hash(&list);
                bytes.extend(line(&format!("figures {hash} {list}")));
                self.known.push((Arc::clone(&unit.figures), hash.clone()));
                hash
            }
        };
        let Replication { number, events, values } = &unit.replication;
        let values: Vec<String> =
            values.iter().map(|value| format!("{:016x}", value.to_bits())).collect();
        bytes.extend(line(&format!("unit {point} {number} {events} {hash} {}", values.join(","))));
        bytes
    }
}

/// A payload with its length and checksum.
fn line(payload: &str) -> Vec<u8> {
    let checksum = CASTAGNOLI.checksum(payload.as_bytes());
    format!("{} {checksum:08x} {payload}\n", payload.len()).into_bytes()
}

/// The payload of a line, if the line is exactly what [`line`] makes of it.
fn payload(whole: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(whole).ok()?.strip_suffix('\n')?;
    let payload = text.splitn(3, ' ').nth(2)?;
    (line(payload) == whole).then_some(payload)
}

fn plan(payload: &str) -> Result<SweepPlan, JournalError> {
    let mut words = payload.splitn(3, ' ');
    let (name, version) = (words.next(), words.next());
    if name != Some(NAME) {
        return Err(JournalError::Header);
    }
    match version {
        Some(found) if found != JOURNAL_VERSION.to_string() => {
            Err(JournalError::Version { found: found.to_owned() })
        }
        _ => {
            let json = words.next().unwrap_or_default();
            serde_json::from_str(json).map_err(|_| JournalError::Header)
        }
    }
}

fn unit(text: &str, figures: &BTreeMap<String, Arc<Vec<Metric>>>) -> Option<(UnitId, Unit)> {
    let words: Vec<&str> = text.split(' ').collect();
    let [point, number, events, hash, values] = words[..] else { return None };
    let figures = Arc::clone(figures.get(hash)?);
    let bits = values.split(',').map(|word| u64::from_str_radix(word, 16).ok());
    let values = bits.map(|bits| bits.map(f64::from_bits)).collect::<Option<Vec<f64>>>()?;
    let (point, number) = (point.parse().ok()?, number.parse().ok()?);
    let replication = Replication { number, events: events.parse().ok()?, values };
    (replication.values.len() == figures.len())
        .then_some(((point, number), Unit { figures, replication }))
}

fn figures_hash(list: &str) -> String {
    Sha256::digest(list).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
