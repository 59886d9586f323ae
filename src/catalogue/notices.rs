//! Planning notes on the product: retirements, closed quotas, obsolete VM sizes.
//!
//! The table is in `notices.toml` in this folder.

use std::sync::OnceLock;

use serde::Deserialize;
use toml::value::Date;

/// A planning note on VM sizes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Name of the note, for tests.
    #[allow(dead_code)]
    pub name: String,
    /// VM sizes that the note applies to.
    pub sizes: Vec<String>,
    /// The note applies only to site versions below this one; `None` for all versions.
    pub below: Option<u32>,
    /// Last day on which `text` applies.
    pub until: Option<toml::value::Datetime>,
    /// Text for a simulated period that ends on or before the day in `until`.
    pub text: Option<String>,
    /// Warning for a simulated period that ends after the day in `until`.
    pub after: Option<String>,
    /// Source documents with their dates.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    notice: Vec<Notice>,
}

impl Notice {
    /// Returns the notes of this version of cmgsim, in the order of the file.
    pub fn builtin() -> &'static [Notice] {
        static BUILTIN: OnceLock<Table> = OnceLock::new();
        let read = || {
            toml::from_str(include_str!("notices.toml"))
                .expect("the embedded table is valid, as a test checks")
        };
        &BUILTIN.get_or_init(read).notice
    }

    /// Returns whether the note applies to gateways of this size and sites of this version.
    pub fn applies_to(&self, size: &str, site_version: u32) -> bool {
        self.sizes.iter().any(|own| own == size)
            && self.below.is_none_or(|version| site_version < version)
    }

    /// Returns the text for a simulated period that ends on this day, and whether it is a warning.
    pub fn text_on(&self, end: Date) -> Option<(&str, bool)> {
        let day = |date: Date| (date.year, date.month, date.day);
        let until = self.until.as_ref().and_then(|until| until.date);
        match until.is_some_and(|until| day(end) > day(until)) {
            true => self.after.as_deref().map(|text| (text, true)),
            false => self.text.as_deref().map(|text| (text, false)),
        }
    }
}

/// Returns the size that replaces a VM size in site version 2609 and later
/// (whats-new-version-2609.md, 09/18/2026); `None` if there is no replacement.
pub fn replacement(size: &str) -> Option<&'static str> {
    match size {
        "B2s" => Some("D2ads_v6"),
        "A2_v2" => Some("D4ads_v6"),
        "A4_v2" => Some("D8ads_v6"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn day(year: u16, month: u8, day: u8) -> Date {
        Date { year, month, day }
    }

    #[test]
    fn every_notice_names_known_sizes_and_a_dated_document() {
        let size = Catalogue::builtin().exactly("gateway.*.size").expect("a row");
        for notice in Notice::builtin() {
            let name = &notice.name;
            assert!(!notice.sizes.is_empty(), "{name}");
            assert!(notice.sizes.iter().all(|own| size.choices.contains(own)), "{name}");
            assert!(notice.text.is_some() || notice.after.is_some(), "{name} has a text");
            assert_eq!(notice.until.is_some(), notice.after.is_some(), "{name}");
            let dated = |source: &str| source.rsplit(' ').next().map(|date| date.len());
            assert!(notice.source.split("; ").all(|one| dated(one) == Some(10)), "{name}");
            let texts = notice.text.iter().chain(&notice.after);
            assert!(texts.clone().all(|text| text.len() < 240 && text.ends_with('.')), "{name}");
            let replaced = notice.sizes.iter().all(|size| replacement(size).is_some());
            assert!(replaced || texts.clone().all(|text| !text.contains("{new}")), "{name}");
        }
    }

    /// Every replacement is a VM size in the catalogue.
    #[test]
    fn replacements_are_known_sizes() {
        let size = Catalogue::builtin().exactly("gateway.*.size").expect("a row");
        let replaced = size.choices.iter().filter_map(|size| replacement(size));
        let replaced: Vec<&str> = replaced.collect();
        assert_eq!(replaced, ["D4ads_v6", "D8ads_v6", "D2ads_v6"]);
        assert!(replaced.iter().all(|new| size.choices.iter().any(|own| own == new)));
    }

    #[test]
    fn warning_starts_on_the_day_after_the_last_day() {
        let all = Notice::builtin();
        let retires = all.iter().find(|one| one.name == "size-retires").expect("a note");
        let is_warning = |date| retires.text_on(date).expect("a text").1;
        assert!(!is_warning(day(2028, 11, 15)));
        assert!(is_warning(day(2028, 11, 16)));
        assert!(is_warning(day(2029, 1, 1)));
        assert!(!is_warning(day(2026, 11, 30)));
    }

    #[test]
    fn the_image_notice_applies_only_to_older_site_versions() {
        let all = Notice::builtin();
        let image = all.iter().find(|one| one.name == "image-retires").expect("a note");
        assert!(image.applies_to("A2_v2", 2509));
        assert!(!image.applies_to("A2_v2", 2609));
        assert!(!image.applies_to("classic", 2509));
    }
}
