//! The page that shows several runs side by side.

use super::cards::{self, Card};
use super::chart;
use super::print::RunningHeader;
use super::run::{StoredRun, about, made_by};
use super::table::Grid;
use super::values;
use super::verdict::Verdict;
use super::{Block, Page, PageSection};
use crate::report::Tone;
use crate::report::basis::{self, Shown};
use crate::report::chart::{self as charts, AxisUnit, Chart, LineChart};
use crate::report::document::{Cell, Table};
use crate::report::format::{number, share, value};
use crate::results::{Better, Metric, RunResult, ScenarioInfo, Unit};
use crate::terms::MetricFamily;

/// Returns the page of several runs. The first run is the reference of all differences.
pub(super) fn page(runs: &[StoredRun]) -> Page {
    let infos: Vec<&ScenarioInfo> = runs.iter().map(|run| &run.result.scenario).collect();
    let results: Vec<&RunResult> = runs.iter().map(|run| &run.result).collect();
    let names = charts::run_names(&results);
    let mut scenarios: Vec<&str> = infos.iter().map(|one| one.name.as_str()).collect();
    scenarios.dedup();
    let manifest = runs.first().and_then(|run| run.manifest.as_ref());
    let mut page = Page {
        title: format!("{} · cmgsim", names.join(", ")),
        headline: format!("{}: {}", scenarios.join(", "), names.join(" and ")),
        about: "Means over replications, or the values of a run with a single replication. \
                `cmgsim compare` shows which differences are statistically \
                significant."
            .to_owned(),
        verdict: Some(verdict(&names, runs)),
        cards: cards(runs),
        made_by: made_by(manifest),
        running_header: RunningHeader::new(&scenarios.join(", "), manifest),
        ..Page::default()
    };
    let named: Vec<_> = names.iter().map(String::as_str).zip(results).collect();
    let first = &runs[0].result;
    let reference = charts::all(first).into_iter().find_map(|one| match one {
        Chart::Lines(chart) if !chart.events.is_empty() => Some(chart),
        _ => None,
    });
    let overlay = charts::overlay(&named).into_iter();
    let overlay = overlay.map(|one| with_events(one, reference.as_ref()));
    let blocks = overlay.map(|one| chart::block(&one, Some(&first.scenario)));
    let lead = "Times and events are those of the first run; the other runs are aligned by their \
                start.";
    let charts = PageSection::new("Charts", lead, blocks.collect());
    let lead = format!("All differences are relative to {}.", names[0]);
    let metrics = vec![Block::Table(Grid::new("", &metrics(&names, runs)))];
    let metrics = PageSection::new("Metrics", &lead, metrics);
    // The page has cards only if it compares exactly two runs.
    page.sections.extend(match page.cards.is_empty() {
        true => [metrics, charts],
        false => [charts, metrics],
    });
    page.sections.extend(values::differences(&names, &infos).map(PageSection::of));
    let mut table = Table::new(&["run", "simulated system and period"], 2);
    for (name, run) in names.iter().zip(runs) {
        table.row([Cell::text(name), Cell::text(about(&run.result))]);
    }
    page.sections.push(PageSection::new("Runs", "", vec![Block::Table(Grid::new("", &table))]));
    page
}

/// Returns the answer of each run and its first reason.
fn verdict(names: &[String], runs: &[StoredRun]) -> Verdict {
    let all: Vec<Verdict> = runs.iter().map(Verdict::of_run).collect();
    let named = || names.iter().zip(&all);
    let answers = named().map(|(name, one)| format!("{name}: {}", one.answer.to_lowercase()));
    let reason = |(name, one): (&String, &Verdict)| {
        let reason = one.reasons.first().unwrap_or(&one.statement);
        format!("{name}: {reason}")
    };
    let statement = format!("{}.", answers.collect::<Vec<_>>().join(", "));
    Verdict::of_study(&statement, named().map(reason).collect(), Tone::Plain)
}

/// Returns the metrics of whole runs, one row each, with each run's difference from the first run.
fn metrics(names: &[String], runs: &[StoredRun]) -> Table {
    let all: Vec<Vec<Shown>> = runs.iter().map(|run| basis::all(&run.result)).collect();
    let differences = names.iter().skip(1).map(|name| match runs.len() {
        2 => "difference".to_owned(),
        _ => format!("difference of {name}"),
    });
    let titles: Vec<String> =
        ["metric".to_owned()].into_iter().chain(names.iter().cloned()).chain(differences).collect();
    let mut table = Table::new(&titles, 1);
    for Shown { metric, .. } in all[0].iter().filter(|one| !one.metric.is_of_component()) {
        let of_run = |place: usize| {
            let own = all[place].iter().find(|one| one.metric == *metric)?;
            (!own.value.is_nan()).then_some(own)
        };
        let found: Vec<Option<&Shown>> = (0..runs.len()).map(of_run).collect();
        if found.iter().all(|one| one.is_none_or(|one| one.value == 0.0)) {
            continue;
        }
        let cell = |one: &Option<&Shown>| Cell::of(*one, |one| Cell::Amount(one.with_interval()));
        let difference = |one: &Option<&Shown>| match (found[0], one) {
            (Some(first), Some(one)) => match difference(metric, first.value, one.value) {
                (Tone::Plain, text) => Cell::Text(text),
                (tone, text) => Cell::Verdict(tone, text),
            },
            _ => Cell::Empty,
        };
        let values = found.iter().map(cell);
        let differences = found.iter().skip(1).map(difference);
        table.row([Cell::text(metric.name())].into_iter().chain(values).chain(differences));
    }
    table
}

/// Differences below this share of the first value are not relevant.
const RELEVANT: f64 = 0.01;

/// Returns a difference with its direction, `-1.20 s (-40.0 %), better`, and its tone.
pub(super) fn difference(metric: &Metric, first: f64, other: f64) -> (Tone, String) {
    let change = other - first;
    if first == other || (change / first).abs() < RELEVANT {
        return (Tone::Plain, if first == other { "equal" } else { "about equal" }.to_owned());
    }
    let is_higher = other > first;
    let (tone, word) = match (metric.better(), is_higher) {
        (Better::Neither, true) => (Tone::Plain, "higher"),
        (Better::Neither, false) => (Tone::Plain, "lower"),
        (Better::Higher, true) | (Better::Lower, false) => (Tone::Good, "better"),
        (Better::Higher, false) | (Better::Lower, true) => (Tone::Bad, "worse"),
    };
    if !change.is_finite() {
        return (tone, word.to_owned());
    }
    let sign = if is_higher { "+" } else { "-" };
    let amount = match metric.unit() {
        Unit::Share => format!("{sign}{} percentage points", number(100.0 * change.abs())),
        unit => format!("{sign}{}", value(unit, change.abs())),
    };
    let part = match (metric.unit(), first) {
        (Unit::Share, _) | (_, 0.0) => String::new(),
        _ => format!(" ({sign}{})", share((change / first).abs())),
    };
    (tone, format!("{amount}{part}, {word}"))
}

/// Returns the key metrics of two runs.
fn cards(runs: &[StoredRun]) -> Vec<Card> {
    let [first, second] = runs else { return Vec::new() };
    let all = [first, second].map(|run| basis::all(&run.result));
    let card = |(family, label): &(MetricFamily, &str)| {
        let metric: Metric = (*family).into();
        let of_run = |all: &'_ [Shown]| {
            let own = all.iter().find(|one| one.metric == metric && !one.value.is_nan())?;
            Some((own.value, own.text()))
        };
        let ((one, text), (other, other_text)) = (of_run(&all[0])?, of_run(&all[1])?);
        let (tone, note) = difference(&metric, one, other);
        let currency = &second.result.scenario.prices.currency;
        let other_text = cards::with_currency(metric.unit(), other_text, currency);
        Some(cards::of_pair(label, [text, other_text], note, tone))
    };
    cards::METRICS.iter().filter_map(card).collect()
}

/// Adds the disruptions and events of the first run to the chart.
fn with_events(chart: LineChart, reference: Option<&LineChart>) -> LineChart {
    match reference {
        Some(reference) if chart.x.unit == AxisUnit::Civil && chart.shades.is_empty() => {
            LineChart {
                shades: reference.shades.clone(),
                events: reference.events.clone(),
                focus: reference.focus,
                ..chart
            }
        }
        _ => chart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_sign_share_and_direction() {
        let latency = MetricFamily::LatencyP95.into();
        let text = |(tone, text): (Tone, String)| format!("{tone:?} {text}");
        assert_eq!(text(difference(&latency, 3.0, 1.8)), "Good -1.20 s (-40.0 %), better");
        let peak = MetricFamily::ConnectionsPeak.into();
        assert_eq!(text(difference(&peak, 0.0, 8_508.0)), "Plain +8,508, higher");
        let failed = MetricFamily::FailureShare.into();
        let found = text(difference(&failed, 0.01, 0.025));
        assert_eq!(found, "Bad +1.50 percentage points, worse");
        assert_eq!(text(difference(&latency, 1.0, f64::INFINITY)), "Bad worse");
        assert_eq!(text(difference(&latency, 1.0, 1.009)), "Plain about equal");
        let never = f64::INFINITY;
        assert_eq!(text(difference(&latency, never, never)), "Plain equal");
    }
}
