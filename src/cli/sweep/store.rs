//! Stores and prints the results of a sweep that was completed, resumed or merged.

use crate::report::text::answer_line;
use crate::report::{chart, format, sweep};
use crate::results::store::{JOURNAL, Store};
use crate::results::tables::sweep as tables;
use crate::results::{SweepManifest, SweepPlan, SweepResult};
use crate::study::sweep::journal::{Journal, Units};
use crate::study::sweep::{Shard, events, summarise};

use super::super::charts::ChartArguments;
use super::super::failure::Failure;
use super::super::results::TableArguments;
use super::super::{Format, interrupt, output};

/// Options for storing and printing results.
pub(in crate::cli) struct Output<'a> {
    /// Text or JSON.
    pub(in crate::cli) format: Format,
    /// Format of the tables.
    pub(in crate::cli) tables: &'a TableArguments,
    /// Format of the charts.
    pub(in crate::cli) charts: &'a ChartArguments,
    /// Whether `latest` points to the folder.
    pub(in crate::cli) is_latest: bool,
}

/// Summarises the units of a complete sweep, stores all files with the manifest last, and prints
/// the results.
pub(in crate::cli) fn complete(
    store: &Store,
    plan: SweepPlan,
    units: &Units,
    output_options: &Output<'_>,
) -> Result<(), Failure> {
    let result = finished(plan, units);
    let stored = write(store, &result, units, output_options);
    // Print the results even if they cannot be stored.
    let printed = print(store, &result, output_options, stored.is_ok());
    stored.map_err(|failure| Failure::AfterResult(Box::new(failure)))?;
    printed
}

/// Summarises the units of a complete sweep.
pub(super) fn finished(plan: SweepPlan, units: &Units) -> SweepResult {
    let mut result = summarise(plan, units);
    result.answer = sweep::answer(&result);
    result
}

/// Stores all files of a complete sweep, with the manifest last.
pub(super) fn write(
    store: &Store,
    result: &SweepResult,
    units: &Units,
    output_options: &Output<'_>,
) -> Result<(), Failure> {
    interrupt::begin_storing();
    let plan = &result.plan;
    let mut files = vec![
        (JOURNAL.to_owned(), Journal::to_bytes(plan, units)),
        ("sweep.json".to_owned(), result.to_bytes()),
    ];
    files.extend(
        output_options.tables.files([&tables::points(result), &tables::replications(result)])?,
    );
    files.extend(output_options.charts.draw(&chart::sweep(result))?);
    let mut manifest = manifest(plan, units, None);
    manifest.csv = output_options.tables.recorded_dialect()?;
    for (name, bytes) in &files {
        store.write(name, bytes)?;
        manifest.add_file(name, bytes);
    }
    store.commit(&manifest.to_bytes())?;
    if output_options.is_latest {
        store.point_latest()?;
    }
    Ok(())
}

fn print(
    store: &Store,
    result: &SweepResult,
    output_options: &Output<'_>,
    is_stored: bool,
) -> Result<(), Failure> {
    if output_options.format == Format::Json {
        return output::print(&String::from_utf8_lossy(&result.to_bytes()));
    }
    let folder = is_stored.then(|| store.folder().display().to_string());
    let (mut text, lead) = match output::is_quiet() {
        true => (answer_line(&result.answer), ""),
        false => (sweep::text(result), "All metrics and charts: "),
    };
    if let Some(folder) = folder {
        text.push_str(&format!("{lead}{folder}\n"));
    }
    output::print(&text)
}

/// Stores the journal and the manifest of a shard, and prints the next step.
pub(in crate::cli) fn shard(
    store: &Store,
    plan: &SweepPlan,
    units: &Units,
    shard: Shard,
    output_options: &Output<'_>,
) -> Result<(), Failure> {
    interrupt::begin_storing();
    let bytes = Journal::to_bytes(plan, units);
    let mut manifest = manifest(plan, units, Some(shard));
    store.write(JOURNAL, &bytes)?;
    manifest.add_file(JOURNAL, &bytes);
    store.commit(&manifest.to_bytes())?;
    if output_options.format == Format::Json {
        return output::print(&String::from_utf8_lossy(&manifest.to_bytes()));
    }
    let folder = store.folder().display();
    if output::is_quiet() {
        return output::print(&format!("{folder}\n"));
    }
    output::print(&format!(
        "Shard {shard} of {}: {} of {} replications are in {folder}\nWhen all shards are complete: \
         cmgsim merge --out DIR SHARD_DIR...\n",
        plan.scenario,
        format::count(units.len() as u64),
        format::count(plan.units()),
    ))
}

fn manifest(plan: &SweepPlan, units: &Units, shard: Option<Shard>) -> SweepManifest {
    SweepManifest {
        cmgsim_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("CMGSIM_COMMIT").to_owned(),
        target: env!("CMGSIM_TARGET").to_owned(),
        results_version: plan.results_version,
        scenario: plan.scenario.clone(),
        scenario_hash: plan.hash(),
        seed: plan.seed,
        overrides: plan.overrides.clone(),
        design: plan.design.clone(),
        factors: plan.factors.clone(),
        points: plan.points.len() as u64,
        replications: plan.replications,
        state: if shard.is_some() { "shard" } else { "complete" }.to_owned(),
        shard: shard.map(|shard| shard.to_string()),
        csv: None,
        events: events(units),
        files: Default::default(),
    }
}
