//! Tables of figures over replications, for spreadsheets and notebooks.

use super::comparison::Comparison;
use super::csv::{number, perhaps, text};
use super::metric::Metric;
use super::{Judgement, ObjectiveResult, Replicated, Sample, ScenarioInfo, Sizing};
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

/// A comparison: one row a figure.
pub fn comparison(comparison: &Comparison) -> Vec<u8> {
    let mut table = Rows::new(&[
        "first",
        "second",
        "seed",
        "replications",
        "metric",
        "unit",
        "mean_first",
        "mean_second",
        "difference",
        "half_width",
        "half_width_alone",
        "half_width_independent",
        "variance_reduction",
        "change",
    ]);
    for one in &comparison.figures {
        table.row(vec![
            text(&comparison.first.name),
            text(&comparison.second.name),
            comparison.first.seed.to_string(),
            comparison.replications.to_string(),
            text(&one.metric.name),
            one.metric.unit.symbol().to_owned(),
            perhaps(one.first),
            perhaps(one.second),
            perhaps(one.difference),
            perhaps(one.half_width),
            perhaps(one.half_width_alone),
            perhaps(one.half_width_independent),
            perhaps(one.variance_reduction),
            one.change.word().to_lowercase(),
        ]);
    }
    table.finish()
}

/// Designs of a sizing: one row a design and objective.
pub fn designs(sizing: &Sizing) -> Vec<u8> {
    let mut header: Vec<String> = ["scenario", "seed"].map(str::to_owned).to_vec();
    header.extend(sizing.dimensions.iter().map(|one| text(&one.path)));
    header.extend(
        ["cost_per_month", "standing", "replications", "metric", "unit", "limit", "mean"]
            .map(str::to_owned),
    );
    header.extend(["half_width", "margin"].map(str::to_owned));
    let mut table = Rows::new(&header);
    for design in &sizing.designs {
        let mut context = vec![text(&sizing.scenario.name), sizing.scenario.seed.to_string()];
        context.extend(design.values.iter().map(|value| text(value)));
        context.extend([
            number(design.cost),
            design.standing.word().to_owned(),
            design.replications.to_string(),
        ]);
        if design.objectives.is_empty() {
            let nothing = std::iter::repeat_n(String::new(), 6);
            table.row(context.iter().cloned().chain(nothing).collect());
        }
        for one in &design.objectives {
            let cells = [
                one.metric.clone(),
                one.unit.symbol().to_owned(),
                number(one.limit),
                perhaps(one.mean),
                perhaps(one.half_width),
                perhaps(one.margin),
            ];
            table.row(context.iter().cloned().chain(cells).collect());
        }
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
