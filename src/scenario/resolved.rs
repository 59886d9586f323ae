//! The scenario with every value written out, each with where it comes from.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::base::text::visible_line;
use crate::catalogue::Provenance;

use super::layers::OPTIONS;
use super::read::{InputFile, Resolved};
use super::source::Sources;
use super::tree::{self, Origin};

/// All values of a scenario, and the files it reads.
#[derive(Clone, Debug)]
pub struct ResolvedScenario {
    /// By name of the section, in order of appearance; the one without a name first.
    sections: Vec<(String, Vec<Line>)>,
    files: Vec<InputFile>,
}

#[derive(Clone, Debug)]
struct Line {
    key: String,
    value: String,
    /// Where it was written, or the source of the default.
    source: String,
    /// Of a default: what kind of default.
    default: Option<Provenance>,
    /// Row of the catalogue whose default it is or would be.
    row: &'static str,
}

impl Line {
    fn comment(&self) -> String {
        match self.default {
            None => self.source.clone(),
            Some(provenance) if self.source.is_empty() => format!("default ({provenance})"),
            Some(provenance) => format!("default ({provenance}): {}", self.source),
        }
    }
}

/// A value of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResolvedValue<'a> {
    /// Section and key, which `--set` takes: `gateway.main` and `probe.interval`.
    pub place: (&'a str, &'a str),
    /// As TOML.
    pub value: &'a str,
    /// Of a default: where that comes from. `None` if the value was written.
    pub default: Option<Provenance>,
    /// Where it was written (`x.toml:3`, `--set`), or the source of the default.
    pub source: &'a str,
    /// Row of the catalogue whose default it is or would be.
    pub row: &'static str,
}

impl ResolvedValue<'_> {
    /// The whole path with keys quoted where TOML needs that: `gateway.main.probe.interval`.
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
        sources: &Sources,
        name: &str,
        files: Vec<InputFile>,
    ) -> Self {
        let mut sections: Vec<(String, Vec<Line>)> = vec![(String::new(), Vec::new())];
        let mut places: BTreeMap<String, usize> = BTreeMap::from([(String::new(), 0)]);
        for one in resolved {
            let depth = match one.path.first().map(String::as_str) {
                Some("network" | "prices" | "slo") => 1,
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
            // The name may come from the file's, which the resolved scenario has not.
            let value = match (place, key.as_str()) {
                (0, "name") => toml::Value::from(name).to_string(),
                _ => one.value.clone(),
            };
            lines.push(Line { key, value, source, default, row: one.row });
        }
        ResolvedScenario { sections, files }
    }

    /// As a scenario file that gives the same results, with provenance as comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# Every value of this run, written out. A comment says where it comes from: a line of\n\
             # a scenario, or a default of the catalogue (published, derived, assumed; A1 to A25\n\
             # are arguments in docs/assumptions.md).\nschema = 1\n",
        );
        for (section, lines) in &self.sections {
            if !section.is_empty() {
                text.push_str(&format!("\n[{}]\n", quoted(section)));
            }
            for line in lines {
                let key = quoted(&line.key);
                text.push_str(&format!("{key} = {}  # {}\n", line.value, line.comment()));
            }
        }
        text
    }

    /// Names of its sections (`gateway.main`), in order of appearance.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// The values at a path, in which `*` stands for any name, each once.
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

    /// The files that it reads, by their names in it.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// All values, section by section.
    pub fn values(&self) -> impl Iterator<Item = ResolvedValue<'_>> {
        self.sections.iter().flat_map(|(section, lines)| {
            lines.iter().map(move |line| ResolvedValue {
                place: (section, &line.key),
                value: &line.value,
                default: line.default,
                source: &line.source,
                row: line.row,
            })
        })
    }

    /// How many values are defaults of a provenance, or with `None` written by the
    /// user.
    pub fn count(&self, provenance: Option<Provenance>) -> u32 {
        let lines = self.sections.iter().flat_map(|(_, lines)| lines);
        lines.filter(|line| line.default == provenance).count() as u32
    }

    /// SHA-256 of the values without their comments, and of the files, 16 hexadecimal digits.
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

/// A dotted path as TOML has it: letters beyond ASCII stand in quotes.
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
                // A file's name may hold what must not stand in a comment.
                name => format!("{}:{line}", visible_line(name)),
            }
        }
        Origin::Default => one.source.to_owned(),
    }
}
