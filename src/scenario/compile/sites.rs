//! Reads primary sites. A scenario without `[site.NAME]` has one site called `site`, which other
//! sections do not have to name.

use crate::base::Id;
use crate::base::ids::SiteId;
use crate::model::config::{Line, Site};
use crate::scenario::read::{Found, Reader};

use super::lines::line_of;
use super::{get, names, only_one};

pub(super) fn sites(reader: &mut Reader<'_>, lines: &[Line]) -> Vec<Site> {
    let names = names(reader, "site");
    let found: Vec<Option<Found>> =
        names.iter().map(|name| reader.find(&["site", name, "azure"])).collect();
    let is_common = |found: &Found| reader.is_or(found);
    let common = if names.is_empty() || found.iter().flatten().any(is_common) {
        get(reader, &["network", "azure_site"], Reader::distribution)
    } else {
        reader.refuse(&["network", "azure_site"], "every site sets its own `azure`");
        None
    };
    let common_line = line_of(reader, &["network", "internet_line"], lines).flatten();
    if names.is_empty() {
        let site = |azure| Site { name: "site".to_owned(), azure, line: common_line };
        return common.map(site).into_iter().collect();
    }
    let site = |(name, found): (String, Option<Found>)| {
        let line = line_of(reader, &["site", &name, "internet_line"], lines)?;
        let azure = reader.distribution_or(&found?)?.or_else(|| common.clone());
        Some(Site { name, azure: azure?, line: line.or(common_line) })
    };
    names.into_iter().zip(found).filter_map(site).collect()
}

/// Returns the site of a component: the named site, or the only one.
pub(super) fn site_of(reader: &mut Reader<'_>, path: &[&str], subject: &str) -> Option<SiteId> {
    if names(reader, "site").is_empty() && !reader.is_written(path) {
        return Some(SiteId(0));
    }
    only_one(reader, path, "site", subject).map(SiteId::from_index)
}

/// Returns whether the scenario has a software update point in a site.
pub(super) fn has_software_update_point(reader: &Reader<'_>, site: &str) -> bool {
    let names = names(reader, "software_update_point");
    names.iter().any(|name| {
        let own = reader.tree().at(&["software_update_point", name, "site"]);
        own.is_none_or(|own| own.to_toml() == toml::Value::from(site).to_string())
    })
}
