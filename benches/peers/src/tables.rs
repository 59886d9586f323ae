//! Renders the results of one run as Markdown tables.

use std::fmt::Write as _;

use crate::runner::{Summary, median};
use crate::workload::{Engine, Workload};

pub fn all(summaries: &[Summary]) -> String {
    let [stations, by_hand] =
        [Engine::Cmgsim, Engine::CmgsimByHand].map(|ours| ratios(summaries, ours));
    format!("{}\n{stations}\n{by_hand}\n{}", rates(summaries), checks(summaries))
}

/// Renders a table with one row per engine and one column per workload.
fn matrix(title: &str, summaries: &[Summary], cell: impl Fn(&Summary) -> Option<String>) -> String {
    let workloads: Vec<Workload> = Workload::ALL
        .into_iter()
        .filter(|workload| summaries.iter().any(|summary| summary.workload == *workload))
        .collect();
    let names: Vec<&str> = workloads.iter().map(|workload| workload.name()).collect();
    let mut table = format!("| {title} | {} |\n|---|", names.join(" | "));
    table.push_str(&"---:|".repeat(workloads.len()));
    table.push('\n');
    for engine in Engine::ALL {
        if !summaries.iter().any(|summary| summary.engine == engine) {
            continue;
        }
        table.push_str(&format!("| {} |", engine.name()));
        for workload in &workloads {
            let text = find(summaries, engine, *workload).and_then(&cell);
            table.push_str(&format!(" {} |", text.as_deref().unwrap_or("—")));
        }
        table.push('\n');
    }
    table
}

fn find(summaries: &[Summary], engine: Engine, workload: Workload) -> Option<&Summary> {
    summaries.iter().find(|summary| summary.engine == engine && summary.workload == workload)
}

fn rates(summaries: &[Summary]) -> String {
    matrix("million events per second of CPU time", summaries, |summary| {
        Some(significant(summary.events_per_cpu_second() / 1e6))
    })
}

fn ratios(summaries: &[Summary], ours: Engine) -> String {
    matrix(&format!("speed of {} relative to", ours.name()), summaries, |summary| {
        let ours = find(summaries, ours, summary.workload)?;
        Some(format!("{:.2}", ours.events_per_cpu_second() / summary.events_per_cpu_second()))
    })
}

fn checks(summaries: &[Summary]) -> String {
    let mut table = "| workload | engine | events | s | CPU s | max/min | check | expected \
                     | deviation | tolerance |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for summary in summaries {
        let (minimum, maximum) = (summary.cpu_seconds.first(), summary.cpu_seconds.last());
        let ratio = maximum.zip(minimum).map_or(f64::NAN, |(maximum, minimum)| maximum / minimum);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.3} | {:.3} | {ratio:.2} | {:.4} | {:.4} | {:+.1} % | {:.1} %{} |",
            summary.workload.name(),
            summary.engine.name(),
            summary.events,
            median(&summary.seconds),
            median(&summary.cpu_seconds),
            summary.check,
            summary.workload.expected(),
            summary.error() * 100.0,
            summary.workload.tolerance(summary.engine) * 100.0,
            if summary.is_right() { "" } else { " **wrong**" },
        );
    }
    table
}

/// Formats a rate with one to three decimals; from 1 to 100, these are three significant digits.
fn significant(rate: f64) -> String {
    match rate {
        rate if rate >= 10.0 => format!("{rate:.1}"),
        rate if rate >= 1.0 => format!("{rate:.2}"),
        rate => format!("{rate:.3}"),
    }
}
