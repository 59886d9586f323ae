//! All tables that cmgsim writes. Each table describes its columns where it fills them
//! ([`super::table`]).

pub mod calibration;
pub mod counts;
pub mod logs;
pub mod run;
pub mod sensitivity;
pub mod study;
pub mod sweep;

use super::comparison::Comparison;
use super::counts::CountSummary;
use super::logs::LogSummary;
use super::table::Table;
use super::{RunResult, Sample, ScenarioInfo, Sensitivity, Sizing, SweepResult};

/// Returns all tables of a run, including those over replications if there are several.
pub fn of_run(result: &RunResult, sample: Option<&Sample>) -> Vec<Table> {
    let mut tables = vec![
        run::time_series(result),
        run::latency(result),
        run::latency_distribution(result),
        run::stations(result),
        run::checks(result),
        run::flows(result),
        run::cost(result),
        run::bill(result),
    ];
    if !result.deployments.is_empty() {
        tables.push(run::deployments(result));
    }
    if !result.lines.is_empty() {
        tables.push(run::lines(result));
    }
    if result.storm.is_some() {
        tables.push(run::storm(result));
    }
    if let (Some(sample), Some(replicated)) = (sample, &result.replicated) {
        tables.push(study::replications(&result.scenario, sample));
        tables.push(study::metrics(&result.scenario, replicated));
        let means = replicated.mean_time_series.iter();
        tables.extend(means.map(|means| study::mean_time_series(&result.scenario, means)));
    }
    if !result.objectives.is_empty() {
        tables.push(study::objectives(&result.scenario, &result.objectives));
    }
    tables
}

/// Returns all tables without rows, so that they can be documented without a simulation.
pub fn all() -> Vec<Table> {
    let (result, info) = (RunResult::default(), ScenarioInfo::default());
    let (sensitivity, sweep) = (Sensitivity::default(), SweepResult::default());
    vec![
        run::time_series(&result),
        run::latency(&result),
        run::latency_distribution(&result),
        run::stations(&result),
        run::checks(&result),
        run::flows(&result),
        run::cost(&result),
        run::bill(&result),
        run::deployments(&result),
        run::lines(&result),
        run::storm(&result),
        study::replications(&info, &Sample::default()),
        study::metrics(&info, &Default::default()),
        study::mean_time_series(&info, &Default::default()),
        study::objectives(&info, &[]),
        study::comparison(&Comparison::default()),
        study::designs(&Sizing::default()),
        sweep::points(&sweep),
        sweep::replications(&sweep),
        sensitivity::effects(&sensitivity),
        sensitivity::screening(&sensitivity),
        sensitivity::morris(&sensitivity),
        sensitivity::tipping_points(&sensitivity),
    ]
    .into_iter()
    .chain(logs::of_logs(&LogSummary::default()))
    .chain(counts::of_counts(&CountSummary::default()))
    .collect()
}
