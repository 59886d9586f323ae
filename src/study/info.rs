//! Scenario information for the results.

use crate::base::SimDuration;
use crate::catalogue::Provenance;
use crate::model::Config;
use crate::results::{
    ConfigurationValue, MeasuredValue, ScenarioInfo, SiteInfo, UtcOffsetChange, ValueCounts,
    ValueProvenance,
};
use crate::scenario::{ResolvedScenario, ResolvedValue, Scenario};

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
            measured: scenario.resolved.measured_count(),
            configuration: count(Some(Provenance::Setting)),
            published: count(Some(Provenance::Published)),
            derived: count(Some(Provenance::Derived)),
            assumed: count(Some(Provenance::Assumed)),
        },
        configuration: scenario
            .resolved
            .values()
            .map(|value| configuration(&scenario.resolved, value))
            .collect(),
        plan: scenario.plan.clone(),
    }
}

fn configuration(resolved: &ResolvedScenario, one: ResolvedValue<'_>) -> ConfigurationValue {
    let provenance = match one.default {
        _ if one.is_measured => ValueProvenance::Measured,
        None => ValueProvenance::Written,
        Some(Provenance::Published) => ValueProvenance::Published,
        Some(Provenance::Derived) => ValueProvenance::Derived,
        Some(Provenance::Assumed) => ValueProvenance::Assumed,
        Some(Provenance::Setting) => ValueProvenance::Configuration,
    };
    let measured = resolved.measurements_of(&one).map(|(kind, measurement)| MeasuredValue {
        request_kind: kind.map(str::to_owned),
        low: measurement.interval.as_ref().map(|(low, _)| low.clone()),
        high: measurement.interval.as_ref().map(|(_, high)| high.clone()),
        samples: measurement.samples,
        period: measurement.period.clone(),
        source: measurement.source.clone(),
    });
    ConfigurationValue {
        path: one.path(),
        value: one.value.to_owned(),
        provenance,
        source: one.source.to_owned(),
        measured: measured.collect(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    #[test]
    fn measured_values_are_counted_and_keep_their_measurements() {
        let text = "schema = 1\nextends = \"quickstart\"\n[management_point.mp]\n\
                    cpu = { policy_poll = \"6ms\" }\n[[measured]]\n\
                    path = \"management_point.mp.cpu.policy_poll\"\nlow = \"5ms\"\n\
                    high = \"8ms\"\nsamples = 4000\nperiod = \"May\"\nsource = \"x.log\"\n";
        let name = "site.toml".to_owned();
        let origin = ScenarioOrigin::Text { name, text: text.to_owned() };
        let scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("it loads");
        let info = info(&scenario);
        assert_eq!(info.values.all() as usize, info.configuration.len());
        let all = || info.configuration.iter();
        let count = |wanted| all().filter(move |one| one.provenance == wanted);
        assert_eq!(info.values.measured, 1);
        assert_eq!(info.values.written as usize, count(ValueProvenance::Written).count());
        assert_eq!(info.values.assumed as usize, count(ValueProvenance::Assumed).count());
        let measured: Vec<&ConfigurationValue> = count(ValueProvenance::Measured).collect();
        assert_eq!(measured.len(), 1);
        assert_eq!(
            (&*measured[0].path, &*measured[0].source),
            ("management_point.mp.cpu", "site.toml:4")
        );
        let own = &measured[0].measured[0];
        assert_eq!(own.request_kind.as_deref(), Some("policy_poll"));
        assert_eq!((own.low.as_deref(), own.samples), (Some("\"5ms\""), 4000));
    }
}
