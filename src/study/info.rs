//! Scenario information for the results.

use crate::base::SimDuration;
use crate::catalogue::Provenance;
use crate::model::Config;
use crate::results::{
    ConfigurationValue, ScenarioInfo, SiteInfo, UtcOffsetChange, ValueCounts, ValueProvenance,
};
use crate::scenario::{ResolvedValue, Scenario};

/// Returns the scenario information for the results.
pub fn info(scenario: &Scenario) -> ScenarioInfo {
    let config = &scenario.config;
    let count = |provenance| scenario.resolved.count(provenance);
    let seconds = SimDuration::as_seconds;
    ScenarioInfo {
        name: scenario.name.clone(),
        question: scenario.question.clone(),
        start: scenario.start.label.clone(),
        start_unix_s: scenario.start.unix_seconds,
        time_zone: scenario.start.zone.clone(),
        utc_offset_s: scenario.start.utc_offset_s,
        utc_offset_changes: offset_changes(config),
        duration_s: seconds(config.duration),
        warm_up_s: seconds(config.warm_up),
        seed: config.seed,
        replication: 0,
        clients: config.clients(),
        sites: sites(&scenario.config),
        prices: scenario.prices.clone(),
        hash: scenario.resolved.hash(),
        values: ValueCounts {
            written: count(None),
            configuration: count(Some(Provenance::Setting)),
            published: count(Some(Provenance::Published)),
            derived: count(Some(Provenance::Derived)),
            assumed: count(Some(Provenance::Assumed)),
        },
        configuration: scenario.resolved.values().map(configuration).collect(),
        plan: scenario.plan.clone(),
    }
}

fn configuration(one: ResolvedValue<'_>) -> ConfigurationValue {
    let provenance = match one.default {
        None => ValueProvenance::Written,
        Some(Provenance::Published) => ValueProvenance::Published,
        Some(Provenance::Derived) => ValueProvenance::Derived,
        Some(Provenance::Assumed) => ValueProvenance::Assumed,
        Some(Provenance::Setting) => ValueProvenance::Configuration,
    };
    let (value, source) = (one.value.to_owned(), one.source.to_owned());
    ConfigurationValue { path: one.path(), value, provenance, source }
}

/// Returns the changes of the UTC offset during the run, in the scenario's time zone.
fn offset_changes(config: &Config) -> Vec<UtcOffsetChange> {
    let end = i64::try_from(config.end().as_nanos()).unwrap_or(i64::MAX);
    let changes = config.utc_offsets.changes().iter();
    let in_run = changes.filter(|change| change.at > 0 && change.at < end);
    let of_run = in_run.map(|change| UtcOffsetChange {
        at_s: change.at as f64 * 1e-9 - config.warm_up.as_seconds(),
        before_s: (config.utc_offsets.at(change.at - 1) / 1_000_000_000) as i32,
        after_s: change.seconds,
    });
    of_run.collect()
}

fn sites(config: &Config) -> Vec<SiteInfo> {
    let clients_of = |id| {
        let cohorts = config.cohorts.iter().filter(|cohort| cohort.site == id);
        cohorts.map(|cohort| u64::from(cohort.clients)).sum()
    };
    let sites = config.sites.entries();
    sites.map(|(id, site)| SiteInfo { name: site.name.clone(), clients: clients_of(id) }).collect()
}
