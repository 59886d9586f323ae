//! Keys that were written but have no effect: each is a problem, because it was meant to have one.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;

use super::diagnose::{Problem, code};
use super::read::{Found, Reader};
use super::tree::Node;

/// A key of `client` that some cohort had no use for.
#[derive(Clone, Debug)]
pub(super) struct Idle {
    /// Its path, joined by dots, without `client`.
    key: String,
    /// The key as it was written.
    found: Found,
    /// Why it has no effect.
    why: String,
}

impl Reader<'_> {
    /// Complains about a key, or all keys of a section, that have no effect if they are written. A
    /// key of `client` may still have one for another cohort: [`Reader::check_idle`] knows.
    pub fn refuse(&mut self, path: &[&str], why: &str) {
        for found in self.written(path) {
            let message = format!("`{}` has no meaning here", found.path);
            self.complain(code::INCONSISTENT, &found, message, why);
        }
        if let ["cohort", _, rest @ ..] = path {
            for found in self.written(&[&["client"], rest].concat()) {
                let key = found.path.strip_prefix("client.").unwrap_or(&found.path).to_owned();
                self.idle.push(Idle { key, found, why: why.to_owned() });
            }
        }
    }

    /// What was written at or below a path.
    fn written(&self, path: &[&str]) -> Vec<Found> {
        let mut found = Vec::new();
        if let Some(node) = self.tree().at(path) {
            let mut path: Vec<&str> = path.to_vec();
            collect(node, &mut path, &mut found);
        }
        found
    }

    /// Complains about keys of `client` that no cohort has a use for, and if there is nothing else
    /// to complain about, about all keys that were written but not read.
    pub(super) fn check_idle(&mut self) {
        let read: BTreeSet<String> = self.resolved.iter().map(|one| key_of(&one.path)).collect();
        let mut said: BTreeSet<String> = BTreeSet::new();
        for idle in std::mem::take(&mut self.idle) {
            let Idle { key, found, why } = idle;
            if read.contains(&format!("client.{key}")) || !said.insert(key) {
                continue;
            }
            let message = format!("`{}` has no meaning for any cohort", found.path);
            self.complain(code::INCONSISTENT, &found, message, why);
        }
        if !self.problems.is_empty() {
            return;
        }
        let has_cohort = self.tree().get("cohort").is_some_and(|node| !node.entries().is_empty());
        for found in self.written(&[]) {
            let path: Vec<String> = found.path.split('.').map(ToOwned::to_owned).collect();
            let key = key_of(&path);
            let is_elsewhere = ["schema", "extends"].contains(&key.as_str());
            let is_for_nobody = key.starts_with("client.") && !has_cohort;
            if !read.contains(&key) && !is_elsewhere && !is_for_nobody {
                let message = format!("`{}` is written, but has no effect here", found.path);
                let problem = Problem::error(code::INCONSISTENT, message).help("leave it out");
                self.problems.push(match found.span() {
                    Some(span) => problem.at(span, "nothing uses it"),
                    None => problem,
                });
            }
        }
    }
}

/// The path, joined; that of a cohort's own key as that of `client`, unless only cohorts have it.
fn key_of(path: &[String]) -> String {
    match path {
        [cohort, _, key] if cohort == "cohort" && ["clients", "time_zone"].contains(&&**key) => {
            path.join(".")
        }
        [cohort, _, rest @ ..] if cohort == "cohort" => format!("client.{}", rest.join(".")),
        _ => path.join("."),
    }
}

/// Parameters at or below a node.
fn collect<'a>(node: &'a Node, path: &mut Vec<&'a str>, found: &mut Vec<Found>) {
    if let Some(parameter) = Catalogue::builtin().settable(path) {
        found.push(Found { node: node.clone(), parameter, path: path.join(".") });
        return;
    }
    for entry in node.entries() {
        path.push(&entry.key);
        collect(&entry.node, path, found);
        path.pop();
    }
}
