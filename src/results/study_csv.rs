//! Tables of figures over replications, for spreadsheets and notebooks.

use super::csv::{number, perhaps, text};
use super::metric::Metric;
use super::{Judgement, ObjectiveResult, Replicated, Sample, ScenarioInfo};
use ::csv::{Writer, WriterBuilder};

/// Figures over replications: one row a figure.
pub fn metrics(scenario: &ScenarioInfo, replicated: &Replicated) -> Vec<u8> {
    let mut table = Rows::new(&[
        "scenario",
        "seed",
        "metric",
        "unit",
        "replications",
        "unreached",
        "confidence",
        "mean",
        "half_width",
        "standard_deviation",
        "min",
        "p5",
        "p50",
        "p95",
        "max",
    ]);
    for one in &replicated.metrics {
        table.row(vec![
            text(&scenario.name),
            scenario.seed.to_string(),
            text(&one.metric.name),
            one.metric.unit.symbol().to_owned(),
            one.count.to_string(),
            one.unreached.to_string(),
            number(replicated.confidence),
            perhaps(one.mean),
            perhaps(one.half_width),
            perhaps(one.standard_deviation),
            perhaps(one.min),
            perhaps(one.p5),
            perhaps(one.p50),
            perhaps(one.p95),
            perhaps(one.max),
        ]);
    }
    table.finish()
}

/// Every replication with all figures: one row a replication.
pub fn replications(scenario: &ScenarioInfo, sample: &Sample) -> Vec<u8> {
    let first = ["scenario", "seed", "replication", "events"].map(str::to_owned);
    let names = sample.metrics.iter().map(heading);
    let header: Vec<String> = first.into_iter().chain(names).collect();
    let mut table = Rows::new(&header);
    for one in &sample.replications {
        let context = [
            text(&scenario.name),
            scenario.seed.to_string(),
            one.number.to_string(),
            one.events.to_string(),
        ];
        table.row(
            context.into_iter().chain(one.values.iter().map(|value| number(*value))).collect(),
        );
    }
    table.finish()
}

/// Objectives: one row each.
pub fn objectives(scenario: &ScenarioInfo, objectives: &[ObjectiveResult]) -> Vec<u8> {
    let mut table = Rows::new(&[
        "scenario",
        "seed",
        "metric",
        "unit",
        "bound",
        "limit",
        "mean",
        "half_width",
        "margin",
        "judgement",
    ]);
    for one in objectives {
        table.row(vec![
            text(&scenario.name),
            scenario.seed.to_string(),
            one.metric.clone(),
            one.unit.symbol().to_owned(),
            if one.is_at_least { "at least" } else { "at most" }.to_owned(),
            number(one.limit),
            perhaps(one.mean),
            perhaps(one.half_width),
            perhaps(one.margin),
            match one.judgement {
                Judgement::Met => "met",
                Judgement::Violated => "violated",
                Judgement::Undecided => "undecided",
            }
            .to_owned(),
        ]);
    }
    table.finish()
}

/// A figure's column: its name and unit.
pub(super) fn heading(metric: &Metric) -> String {
    text(&format!("{} {}", metric.name, metric.unit.symbol()))
}

/// A table of rows of equal length.
pub(super) struct Rows {
    writer: Writer<Vec<u8>>,
}

impl Rows {
    pub(super) fn new<T: AsRef<[u8]>>(header: &[T]) -> Self {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(header).expect("memory takes every record");
        Rows { writer }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.writer.write_record(cells).expect("every row has the header's columns");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes every record")
    }
}
