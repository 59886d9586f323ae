//! Default results folders, and names of metrics in options.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::results::store::{Store, StoreError};
use crate::scenario::diagnose::nearest;
use crate::terms::{Metric, MetricFamily};

use super::failure::Failure;

/// Opens the requested folder, or a new folder `output/NAME/TIME-HASH`.
pub(super) fn open(
    out: Option<&Path>,
    name: &str,
    hash: &str,
    started: jiff::Timestamp,
) -> Result<Store, StoreError> {
    if let Some(folder) = out {
        return Store::create(folder);
    }
    let stamp = started.strftime("%Y%m%dT%H%M%SZ");
    let short: String = hash.chars().take(8).collect();
    let parent = Path::new("output").join(folder_name(name));
    Store::create_numbered(&parent, &format!("{stamp}-{short}"))
}

/// Maximum length of a scenario name that is used unchanged as a folder name.
const NAME_MAX: usize = 64;
/// Number of characters of a longer name that are kept in its folder name. The folder name,
/// including the hash, fits into the 255 bytes that file systems allow.
const KEPT_MAX: usize = 40;

/// Returns a readable, unique folder name that every file system accepts. Lower-case ASCII names
/// stay unchanged. Other names keep their letters and digits (of any script), followed by eight
/// digits of their hash: the hash distinguishes names that would otherwise be equal, for example on
/// Windows and macOS, which ignore case.
pub(super) fn folder_name(name: &str) -> String {
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_')
    };
    let is_own = (1..=NAME_MAX).contains(&name.len())
        && name.chars().all(is_plain)
        && !is_reserved(name)
        && !has_hash(name);
    if is_own {
        return name.to_owned();
    }
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let letters = name.chars().take(KEPT_MAX);
    let kept: String = letters.map(|letter| if fits(letter) { letter } else { '-' }).collect();
    let hash: String = Sha256::digest(name)
        .iter()
        .take(HASH_DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}-{hash}", if kept.is_empty() { "scenario" } else { &kept })
}

/// Returns whether the name is a device name, which Windows reserves.
fn is_reserved(name: &str) -> bool {
    let is_port = |rest: &str| rest.len() == 1 && rest.chars().all(|one| one.is_ascii_digit());
    matches!(name, "con" | "prn" | "aux" | "nul" | "clock")
        || ["com", "lpt"].iter().any(|port| name.strip_prefix(port).is_some_and(is_port))
}

/// Number of hash digits at the end of a folder name.
const HASH_DIGITS: usize = 8;

/// Returns whether the name ends like a folder name with a hash.
fn has_hash(name: &str) -> bool {
    let is_hash =
        |end: &str| end.len() == HASH_DIGITS && end.chars().all(|one| one.is_ascii_hexdigit());
    name.rsplit_once('-').is_some_and(|(_, end)| is_hash(end))
}

/// Refuses an unknown metric name. Metrics of components are checked after the first run.
pub(super) fn known_metric(name: &str) -> Result<(), Failure> {
    let names: Vec<&str> = MetricFamily::of_run().map(MetricFamily::name).collect();
    let is_of_component = Metric::from_name(name).is_some_and(|metric| metric.is_of_component());
    if is_of_component || names.contains(&name) {
        return Ok(());
    }
    let near = nearest(name, names.iter().copied());
    let help = near.map_or_else(
        || format!("the metrics are {}", names.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Failure::Usage(format!("`{name}` is not a metric; {help}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_folder_name_cannot_refer_to_another_folder() {
        assert_eq!(folder_name("quick-start_2"), "quick-start_2");
        assert_eq!(folder_name("../../etc/passwd"), "------etc-passwd-3754d6cb");
        assert_eq!(folder_name(""), "scenario-e3b0c442");
        assert_eq!(folder_name("quick start \u{e4}"), "quick-start-\u{e4}-cfb4ce5b");
    }

    #[test]
    fn distinct_names_have_distinct_folders_on_all_systems() {
        let long = "a".repeat(64);
        let (longer, longest) = (format!("{long}b"), format!("{long}c"));
        let hashed = folder_name("EU test");
        let names = [
            "EU test",
            "EU-test",
            "eu-test",
            "EU",
            "eu",
            "Eu",
            "\u{6d4b}\u{8bd5}",
            "\u{5b9e}\u{9a8c}",
            "con",
            "CON",
            "nul",
            "nul.txt",
            "com1",
            "COM1",
            "lpt9",
            "a",
            "a.",
            "a ",
            "a..",
            " a",
            "",
            "scenario",
            "latest",
            ".",
            "..",
            "\u{e9}",
            "e\u{301}",
            "a\u{202e}b",
            "a/b",
            "a\\b",
            "a:b",
            &long,
            &longer,
            &longest,
            &hashed,
        ];
        let folders: Vec<String> = names.iter().map(|name| folder_name(name)).collect();
        // Compares names like a file system that ignores case.
        let seen: BTreeSet<String> = folders.iter().map(|one| one.to_lowercase()).collect();
        assert_eq!(seen.len(), names.len(), "{folders:#?}");
        for folder in &folders {
            assert!((1..=255).contains(&folder.len()), "{folder}");
            assert!(
                folder.chars().all(|one| one.is_alphanumeric() || "-_".contains(one)),
                "{folder}"
            );
            assert!(!is_reserved(&folder.to_lowercase()), "{folder}");
        }
        assert!(folder_name("\u{6d4b}\u{8bd5}").starts_with("\u{6d4b}\u{8bd5}-"));
    }
}
