//! Planning notes on facts that the simulation does not cover, from the notices of the catalogue:
//! for example, a VM size of the scenario retires, or subscriptions get no additional quota for it.

use crate::catalogue::notices::{Notice, replacement};
use crate::model::Config;
use crate::terms::PlanNote;

/// Returns the notes for a scenario without duplicates, warnings first.
pub(super) fn notes(config: &Config, site_version: u32) -> Vec<PlanNote> {
    let simulated = config.end().as_seconds() as i64;
    let end = jiff::Timestamp::from_second(config.start_unix_s.saturating_add(simulated));
    let Ok(end) = end.map(|end| jiff::tz::Offset::UTC.to_datetime(end).date()) else {
        return Vec::new();
    };
    let end = toml::value::Date {
        year: u16::try_from(end.year()).unwrap_or_default(),
        month: end.month().unsigned_abs(),
        day: end.day().unsigned_abs(),
    };
    let mut notes: Vec<PlanNote> = Vec::new();
    for notice in Notice::builtin() {
        for gateway in config.gateways.iter() {
            let applies = notice.applies_to(&gateway.size, site_version);
            let Some((text, is_warning)) = notice.text_on(end).filter(|_| applies) else {
                continue;
            };
            let text = text
                .replace("{size}", &gateway.size)
                .replace("{new}", replacement(&gateway.size).unwrap_or_default())
                .replace("{limit}", &gateway.connection_limit.to_string());
            let note = PlanNote { text, source: notice.source.clone(), is_warning };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes.sort_by_key(|note| !note.is_warning);
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    /// Default of `site.version` (whats-new-version-2609.md, 09/18/2026).
    const CURRENT_SITE_VERSION: u32 = 2609;

    fn config(overrides: &[&str]) -> Config {
        let origin = ScenarioOrigin::Preset("certificates".to_owned());
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        load(&LoadRequest { origin, overrides }).expect("it is valid").config
    }

    fn texts(overrides: &[&str], site_version: u32) -> Vec<(String, bool)> {
        let notes = notes(&config(overrides), site_version);
        notes.into_iter().map(|note| (note.text, note.is_warning)).collect()
    }

    #[test]
    fn a_current_scenario_gets_one_notice_about_its_vm_size() {
        let found = texts(&[], CURRENT_SITE_VERSION);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.contains("A2_v2 retires on 11/15/2028"), "{found:?}");
        assert!(found[0].0.contains("moves gateways to D4ads_v6"), "{found:?}");
        assert!(!found[0].1);
    }

    #[test]
    fn a_period_after_the_retirement_causes_a_warning() {
        let found = texts(&["start=\"2029-01-08T08:00\""], CURRENT_SITE_VERSION);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1 && found[0].0.contains("its instances stop"), "{found:?}");
    }

    #[test]
    fn an_older_site_version_gets_the_image_notice_and_later_the_rules_notice() {
        let found = texts(&[], 2509);
        assert!(found.iter().any(|(text, _)| text.contains("KB 37942646")), "{found:?}");
        let found = texts(&["start=\"2027-10-04T08:00\""], 2509);
        let warnings = found.iter().filter(|(_, is_warning)| *is_warning);
        assert_eq!(warnings.count(), 2, "{found:?}");
    }

    #[test]
    fn equal_gateways_share_one_notice() {
        let alike = texts(&["gateway.main.count=2"], CURRENT_SITE_VERSION);
        assert_eq!(alike.len(), 1, "{alike:?}");
        let of_size = |size: &str| {
            let found = texts(&[&format!("gateway.main.size=\"{size}\"")], CURRENT_SITE_VERSION);
            assert_eq!(found.len(), 1, "{size}: {found:?}");
            found[0].0.clone()
        };
        assert!(of_size("classic").contains("is obsolete"));
        assert!(of_size("csp-2010").contains("is obsolete"));
        assert!(of_size("D4ads_v6").contains("The limit of 6000 connections"));
        assert!(of_size("B2s").contains("moves gateways to D2ads_v6"));
    }
}
