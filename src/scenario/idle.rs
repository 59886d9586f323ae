//! Reports keys that are set but have no effect, because the user expects them to have one.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;

use super::diagnose::{Problem, code};
use super::read::{Found, Reader};
use super::tree::Node;

/// A key of `client` that has no effect for at least one cohort.
#[derive(Clone, Debug)]
pub(super) struct Idle {
    /// Path of the key without `client`, joined by dots.
    key: String,
    /// The key and its value.
    found: Found,
    /// Reason why the key has no effect.
    why: String,
}

impl Reader<'_> {
    /// Reports a key, or all keys of a section, as having no effect. A key of `client` may still
    /// have an effect for another cohort; [`Reader::check_idle`] decides.
    pub fn refuse(&mut self, path: &[&str], why: &str) {
        for found in self.written(path) {
            let message = format!("`{}` has no effect here", found.path);
            self.complain(code::INCONSISTENT, &found, message, why);
        }
        if let ["cohort", _, rest @ ..] = path {
            for found in self.written(&[&["client"], rest].concat()) {
                let key = found.path.strip_prefix("client.").unwrap_or(&found.path).to_owned();
                self.idle.push(Idle { key, found, why: why.to_owned() });
            }
        }
    }

    /// Returns the parameters that are set at or below a path.
    fn written(&self, path: &[&str]) -> Vec<Found> {
        let mut found = Vec::new();
        if let Some(node) = self.tree().at(path) {
            let mut path: Vec<&str> = path.to_vec();
            collect(node, &mut path, &mut found);
        }
        found
    }

    /// Reports keys of `client` that have no effect for any cohort. If there are no other problems,
    /// reports all keys that are set but were never read.
    pub(super) fn check_idle(&mut self) {
        let read: BTreeSet<String> = self.resolved.iter().map(|one| key_of(&one.path)).collect();
        let mut said: BTreeSet<String> = BTreeSet::new();
        for idle in std::mem::take(&mut self.idle) {
            let Idle { key, found, why } = idle;
            if read.contains(&format!("client.{key}")) || !said.insert(key) {
                continue;
            }
            let message = format!("`{}` has no effect for any cohort", found.path);
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
                let message = format!("`{}` has no effect in this scenario", found.path);
                let problem = Problem::error(code::INCONSISTENT, message).help("remove the key");
                self.problems.push(match found.span() {
                    Some(span) => problem.at(span, "no component uses this key"),
                    None => problem,
                });
            }
        }
    }
}

/// Joins the path; maps a key of a cohort to the key of `client` unless only cohorts have it.
fn key_of(path: &[String]) -> String {
    match path {
        [cohort, _, key] if cohort == "cohort" && ["clients", "time_zone"].contains(&&**key) => {
            path.join(".")
        }
        [cohort, _, rest @ ..] if cohort == "cohort" => format!("client.{}", rest.join(".")),
        _ => path.join("."),
    }
}

/// Collects the parameters at or below a node.
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
