//! The scenario with every value written out, each with where it comes from.

use sha2::{Digest, Sha256};

use crate::catalogue::Provenance;

use super::read::Resolved;
use super::source::Sources;
use super::tree::Origin;

/// All values of a scenario.
#[derive(Clone, Debug)]
pub struct ResolvedScenario {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    section: String,
    key: String,
    value: String,
    comment: String,
    /// Of a default: what kind of default.
    default: Option<Provenance>,
}

impl ResolvedScenario {
    pub(super) fn new(resolved: &[Resolved], sources: &Sources) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for one in resolved {
            let depth = match one.path.first().map(String::as_str) {
                Some("network") => 1,
                _ if one.path.len() == 1 => 0,
                _ => 2,
            };
            let (section, key) = one.path.split_at(depth.min(one.path.len() - 1));
            let (section, key) = (section.join("."), key.join("."));
            if lines.iter().any(|line| line.section == section && line.key == key) {
                continue;
            }
            let comment = comment(one, sources);
            let default = matches!(one.origin, Origin::Default).then_some(one.provenance);
            lines.push(Line { section, key, value: one.value.clone(), comment, default });
        }
        ResolvedScenario { lines }
    }

    /// As a scenario file that gives the same results, with provenance as comments.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# Every value of this run, written out. A comment says where it comes from: a line of\n\
             # a scenario, or a default of the catalogue (published, derived, assumed; A1 to A21 are\n\
             # arguments in docs/assumptions.md).\nschema = 1\n",
        );
        for section in self.sections() {
            if !section.is_empty() {
                text.push_str(&format!("\n[{section}]\n"));
            }
            for line in self.lines.iter().filter(|line| line.section == section) {
                text.push_str(&format!("{} = {}  # {}\n", line.key, line.value, line.comment));
            }
        }
        text
    }

    /// How many values are defaults of a provenance, or with `None` written by the
    /// user.
    pub fn count(&self, provenance: Option<Provenance>) -> u32 {
        self.lines.iter().filter(|line| line.default == provenance).count() as u32
    }

    /// SHA-256 of the values without their comments, 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for section in self.sections() {
            for line in self.lines.iter().filter(|line| line.section == section) {
                hasher.update(format!("{section}.{}={}\n", line.key, line.value));
            }
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Sections in order of appearance, the one without a name first.
    fn sections(&self) -> Vec<String> {
        let mut sections = vec![String::new()];
        for line in &self.lines {
            if !sections.contains(&line.section) {
                sections.push(line.section.clone());
            }
        }
        sections
    }
}

fn comment(one: &Resolved, sources: &Sources) -> String {
    match &one.origin {
        Origin::Written(span) => {
            let (line, _) = sources.line_and_column(span);
            match sources.name(span.source) {
                "--set" => "--set".to_owned(),
                name => format!("{name}:{line}"),
            }
        }
        Origin::Default => match one.source {
            "" => format!("default ({})", one.provenance),
            source => format!("default ({}): {source}", one.provenance),
        },
    }
}
