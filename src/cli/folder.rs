//! Where results go, and names that are typed.

use std::path::Path;

use crate::results::metric;
use crate::results::store::{Store, StoreError};
use crate::scenario::diagnose::nearest;

use super::failure::Failure;

/// The folder that was asked for, or `output/NAME/TIME-HASH`, with a number if there is one
/// already.
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

/// A name that every file system takes.
fn folder_name(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let letters = name.chars().take(64).map(|letter| if fits(letter) { letter } else { '-' });
    let folder: String = letters.collect();
    if folder.is_empty() { "scenario".to_owned() } else { folder }
}

/// Refuses the name of a figure that no run has. Those of parts are known after the first run.
pub(super) fn known_figure(name: &str) -> Result<(), Failure> {
    let names: Vec<String> = metric::documented().map(|(metric, _)| metric.name).collect();
    if name.contains('[') || names.iter().any(|known| known == name) {
        return Ok(());
    }
    let near = nearest(name, names.iter().map(String::as_str));
    let help = near.map_or_else(
        || format!("there are {}", names.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Failure::Usage(format!("there is no figure `{name}`; {help}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_has_no_way_out() {
        assert_eq!(folder_name("../../etc/passwd"), "------etc-passwd");
        assert_eq!(folder_name(""), "scenario");
        assert_eq!(folder_name("quick start ä"), "quick-start--");
    }
}
