//! The resolved scenario: every value with its provenance.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::base::text::visible_line;
use crate::catalogue::Provenance;

use super::layers::OPTIONS;
use super::measured::{Measured, MeasuredValue, Measurement};
use super::read::{InputFile, Resolved};
use super::source::Sources;
use super::tree::{self, Origin};

/// All values of a scenario and the files that it reads.
#[derive(Clone, Debug)]
pub struct ResolvedScenario {
    /// Sections by name, in order of appearance; the section without a name comes first.
    sections: Vec<(String, Vec<Line>)>,
    files: Vec<InputFile>,
    measurements: Vec<Measurement>,
}

#[derive(Clone, Debug)]
struct Line {
    key: String,
    value: String,
    /// Location of the value, or source of the default.
    source: String,
    /// Provenance of the default; `None` if the value was set.
    default: Option<Provenance>,
    /// Path of the catalogue row with the default of this value.
    row: &'static str,
    /// Whether the whole value was measured.
    is_measured: bool,
    /// Measurements of the value and of its parts: the index of the measurement, and the index of
    /// the value within the measurement.
    measurements: Vec<(usize, usize)>,
}

impl Line {
    fn comment(&self) -> String {
        match self.default {
            None if self.is_measured => format!("measured: {}", self.source),
            None => self.source.clone(),
            Some(provenance) if self.source.is_empty() => format!("default ({provenance})"),
            Some(provenance) => format!("default ({provenance}): {}", self.source),
        }
    }
}

/// A value of a resolved scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResolvedValue<'a> {
    /// Section and key, for example `gateway.main` and `probe.interval`.
    pub place: (&'a str, &'a str),
    /// The value as TOML.
    pub value: &'a str,
    /// Provenance of the default; `None` if the value was set.
    pub default: Option<Provenance>,
    /// Location of the value (`x.toml:3`, `--set`), or source of the default.
    pub source: &'a str,
    /// Path of the catalogue row with the default of this value.
    pub row: &'static str,
    /// Whether the whole value was measured.
    pub is_measured: bool,
}

impl ResolvedValue<'_> {
    /// Returns the full path, with keys quoted where TOML requires it, for example
    /// `gateway.main.probe.interval`.
    pub fn path(&self) -> String {
        match self.place {
            ("", key) => quoted(key),
            (section, key) => format!("{}.{}", quoted(section), quoted(key)),
        }
    }
}

impl ResolvedScenario {
    pub(super) fn new(
        resolved: &[Resolved],
        measured: Measured,
        sources: &Sources,
        name: &str,
        files: Vec<InputFile>,
    ) -> Self {
        let mut sections: Vec<(String, Vec<Line>)> = vec![(String::new(), Vec::new())];
        let Measured { list: measurements, whole } = measured;
        let mut by_path: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        for (index, one) in measurements.iter().enumerate() {
            for (number, value) in one.values.iter().enumerate() {
                by_path.entry(&value.path).or_default().push((index, number));
            }
        }
        let mut places: BTreeMap<String, usize> = BTreeMap::from([(String::new(), 0)]);
        for one in resolved {
            let depth = match one.path.first().map(String::as_str) {
                Some("bill" | "network" | "prices" | "slo") => 1,
                _ if one.path.len() == 1 => 0,
                _ => 2,
            };
            let (section, key) = one.path.split_at(depth.min(one.path.len() - 1));
            let (section, key) = (section.join("."), key.join("."));
            let place = *places.entry(section.clone()).or_insert_with(|| {
                sections.push((section, Vec::new()));
                sections.len() - 1
            });
            let lines = &mut sections[place].1;
            if lines.iter().any(|line| line.key == key) {
                continue;
            }
            let source = source(one, sources);
            let default = matches!(one.origin, Origin::Default).then_some(one.provenance);
            // The name may be derived from the file name, which the resolved scenario does not
            // contain.
            let value = match (place, key.as_str()) {
                (0, "name") => toml::Value::from(name).to_string(),
                _ => one.value.clone(),
            };
            let path = one.path.join(".");
            let is_measured = whole.contains(&path);
            let measurements = by_path.get(&*path).cloned().unwrap_or_default();
            let row = one.row;
            lines.push(Line { key, value, source, default, row, is_measured, measurements });
        }
        ResolvedScenario { sections, files, measurements }
    }

    /// Returns a scenario file that gives the same results, with provenance as comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# All values of this run. The comment after a value states its source: a line of a\n\
             # scenario, or a default of the catalogue (published, derived or assumed; for A1 to\n\
             # A25 see docs/assumptions.md).\n",
        );
        if !self.measurements.is_empty() {
            text.push_str("# [[measured]] at the end of the file describes measured values.\n");
        }
        text.push_str("schema = 1\n");
        for (section, lines) in &self.sections {
            if !section.is_empty() {
                text.push_str(&format!("\n[{}]\n", quoted(section)));
            }
            for line in lines {
                let key = quoted(&line.key);
                text.push_str(&format!("{key} = {}  # {}\n", line.value, line.comment()));
            }
        }
        for one in &self.measurements {
            text.push_str(&entry(one));
        }
        text
    }

    /// Returns a scenario file with the values that were set, and their measurements, in one file
    /// without `extends`. All other values are defaults and keep their provenance.
    pub fn written_toml(&self) -> String {
        let mut text = String::from("schema = 1\n");
        for (section, lines) in &self.sections {
            let written: Vec<&Line> = lines.iter().filter(|line| line.default.is_none()).collect();
            // A component can exist without any value of its own.
            let is_component = section.contains('.');
            if !section.is_empty() && (is_component || !written.is_empty()) {
                text.push_str(&format!("\n[{}]\n", quoted(section)));
            }
            for line in written {
                text.push_str(&format!("{} = {}\n", quoted(&line.key), line.value));
            }
        }
        text.extend(self.measurements.iter().map(entry));
        text
    }

    /// Returns the measurements of values, in the order of their entries; first those of the
    /// scenarios that the scenario extends.
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// Returns the names of all sections (`gateway.main`) in order of appearance.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the distinct values at a path, in which `*` matches any name.
    pub fn values_at(&self, path: &str) -> Vec<&str> {
        let wanted: Vec<&str> = path.split('.').map(str::trim).collect();
        let mut found: Vec<&str> = Vec::new();
        for (section, lines) in &self.sections {
            for line in lines {
                let own = section.split('.').filter(|part| !part.is_empty());
                let own: Vec<&str> = own.chain(line.key.split('.')).collect();
                let is_same = |(own, wanted): (&&str, &&str)| *wanted == "*" || own == wanted;
                let fits = own.len() == wanted.len() && own.iter().zip(&wanted).all(is_same);
                if fits && !found.contains(&line.value.as_str()) {
                    found.push(&line.value);
                }
            }
        }
        found
    }

    /// Returns the files that the scenario reads.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Returns all values, section by section.
    pub fn values(&self) -> impl Iterator<Item = ResolvedValue<'_>> {
        self.sections.iter().flat_map(|(section, lines)| {
            lines.iter().map(move |line| ResolvedValue {
                place: (section, &line.key),
                value: &line.value,
                default: line.default,
                source: &line.source,
                row: line.row,
                is_measured: line.is_measured,
            })
        })
    }

    /// Returns the measurements of a value and, for a table of distributions, of its parts, each
    /// with the kind of request of the part.
    pub fn measurements_of<'s>(
        &'s self,
        value: &ResolvedValue<'_>,
    ) -> impl Iterator<Item = (Option<&'s str>, &'s Measurement)> {
        let (section, key) = value.place;
        let lines = self.sections.iter().filter(|(own, _)| own == section);
        let line = lines.flat_map(|(_, lines)| lines).find(|line| line.key == key);
        let indices = line.map_or(&[][..], |line| &line.measurements);
        indices.iter().filter_map(|(index, number)| {
            let one = self.measurements.get(*index)?;
            Some((one.values.get(*number)?.request_kind.as_deref(), one))
        })
    }

    /// Returns the number of defaults with this provenance, or with `None` the number of values
    /// that were set and not measured.
    pub fn count(&self, provenance: Option<Provenance>) -> u32 {
        let lines = self.sections.iter().flat_map(|(_, lines)| lines);
        let is_counted = |line: &&Line| line.default == provenance && !line.is_measured;
        lines.filter(is_counted).count() as u32
    }

    /// Returns the number of values that were measured.
    pub fn measured_count(&self) -> u32 {
        let lines = self.sections.iter().flat_map(|(_, lines)| lines);
        lines.filter(|line| line.is_measured).count() as u32
    }

    /// Returns the first 16 hexadecimal digits of the SHA-256 hash of all values and files. The
    /// hash does not depend on comments or measurements, because results depend only on values.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (section, lines) in &self.sections {
            for line in lines.iter().filter(|line| !(section.is_empty() && line.key == "name")) {
                hasher.update(format!("{section}.{}={}\n", line.key, line.value));
            }
        }
        for file in &self.files {
            hasher.update(Sha256::digest(&file.bytes));
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Formats a measurement as an entry of `[[measured]]`.
fn entry(one: &Measurement) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let path = |value: &MeasuredValue| {
        let kind = value.request_kind.iter().map(String::as_str);
        text(&std::iter::once(&*value.path).chain(kind).collect::<Vec<_>>().join("."))
    };
    let paths: Vec<String> = one.values.iter().map(path).collect();
    let paths = match &paths[..] {
        [path] => path.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let interval = one.interval.as_ref();
    let interval = interval.map(|(low, high)| format!("low = {low}\nhigh = {high}\n"));
    format!(
        "\n[[measured]]\npath = {paths}\n{}samples = {}\nperiod = {}\nsource = {}\n",
        interval.unwrap_or_default(),
        one.samples,
        text(&one.period),
        text(&one.source)
    )
}

/// Formats a dotted path as TOML, with quotes around non-ASCII keys.
fn quoted(path: &str) -> String {
    let parts: Vec<String> = path.split('.').map(tree::key_to_toml).collect();
    parts.join(".")
}

fn source(one: &Resolved, sources: &Sources) -> String {
    match &one.origin {
        Origin::Written(span) => {
            let (line, _) = sources.line_and_column(span);
            match sources.name(span.source) {
                option if OPTIONS.contains(&option) => option.to_owned(),
                // A file name may contain characters that are invalid in a comment.
                name => format!("{}:{line}", visible_line(name)),
            }
        }
        Origin::Default => one.source.to_owned(),
    }
}
