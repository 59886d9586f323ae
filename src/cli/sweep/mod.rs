//! `cmgsim sweep`: simulates many variants of a scenario, keeps what is finished in a journal, and
//! goes on where it was stopped.

mod keep;
mod points;
pub(super) mod store;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::report::format;
use crate::results::store::{JOURNAL, Store};
use crate::results::{SweepPlan, SweepResult, UNITS_MAX};
use crate::study::sweep::design::Design;
use crate::study::sweep::factor::Factor;
use crate::study::sweep::journal::{self, Journal, Units};
use crate::study::sweep::{self, Shard};

use super::charts::ChartArguments;
use super::failure::Failure;
use super::progress::{self, Progress};
use super::results::ResultArguments;
use super::scenario::ScenarioArguments;
use super::study::{LimitArguments, REPLICATIONS_MAX, USUAL, open_share, pool, threads};
use super::{folder, inputs, output};
use keep::Keeper;
use points::Loaded;
use store::Told;

#[derive(Debug, Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Vary a value: a range of whole numbers (gateway.main.instances=2..16, or 2..16:2 with a
    /// step), or values between commas ('cohort.*.clients=10000,20000').
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    vary: Vec<String>,
    /// Which points: every combination; --points drawn from the ranges by a Latin hypercube; or
    /// the scenario itself and each value alone.
    #[arg(long, value_name = "DESIGN", default_value = "grid")]
    design: DesignName,
    /// How many points a Latin hypercube has.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=POINTS_MAX))]
    points: Option<u32>,
    /// Independent replications of each point.
    #[arg(long, value_name = "N", default_value_t = USUAL,
          value_parser = clap::value_parser!(u32).range(1..=REPLICATIONS_MAX))]
    replications: u32,
    /// Confidence of intervals.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = open_share)]
    confidence: f64,
    /// A figure for the table and the charts; all are in the files.
    #[arg(long, value_name = "FIGURE", default_value = "latency_p95")]
    measure: Vec<String>,
    /// Threads [default: one for each processor].
    #[arg(long, value_name = "N", env = "CMGSIM_JOBS",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: Option<u32>,
    #[command(flatten)]
    limits: LimitArguments,
    /// Go on with what is finished in the folder (or in --out); more --replications than before
    /// are added.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    resume: Option<Option<PathBuf>>,
    /// Simulate only this part, for example 2/8, and write only a journal; `cmgsim merge` puts the
    /// parts together.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    #[command(flatten)]
    pub results: ResultArguments,
    #[command(flatten)]
    charts: ChartArguments,
}

const POINTS_MAX: i64 = UNITS_MAX as i64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DesignName {
    Grid,
    Latin,
    OneAtATime,
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected = "expected I/N with I from 1 to N, for example 2/8";
    Shard::parse(text).ok_or_else(|| expected.to_owned())
}

/// A folder, and what is finished in it.
struct Opened {
    store: Store,
    units: Units,
    is_resumed: bool,
}

impl Sweep {
    pub(super) fn execute(&self) -> Result<(), Failure> {
        self.charts.check()?;
        let (factors, design) = self.asked()?;
        let threads = threads(self.jobs);
        let pool = pool(threads)?;
        let most = UNITS_MAX / u64::from(self.replications);
        let loaded = pool.install(|| points::load(&self.scenario, design, &factors, most))?;
        let plan = loaded.plan(self.replications, self.confidence, &self.measure);
        if let Some((first, second)) = loaded.same() {
            self.say(&format!(
                "warning: points {first} and {second} are the same scenario, and perhaps more: does \
                 one --vary override another?"
            ))?;
        }
        let missing = sweep::missing(&plan, &Units::new(), self.shard);
        loaded.refuse_too_much(&self.limits, &missing, threads)?;
        progress::catch_interrupts()?;
        let opened = self.open(&plan)?;
        let units = pool.install(|| self.simulate(&loaded, &plan, opened.units, &opened.store))?;
        let told = Told {
            is_quiet: output::is_quiet(),
            format: self.results.format,
            tables: &self.results.tables,
            charts: &self.charts,
            is_latest: self.results.out.is_none() && !opened.is_resumed,
        };
        match self.shard {
            Some(shard) => store::shard(&opened.store, &plan, &units, shard, &told),
            None => pool.install(|| {
                let result: SweepResult = sweep::summarise(plan, &units);
                store::complete(&opened.store, &result, &units, &told)
            }),
        }
    }

    /// What is to be varied, and how.
    fn asked(&self) -> Result<(Vec<Factor>, Design), Failure> {
        let usage = |text: String| Failure::Usage(text);
        for (place, name) in self.measure.iter().enumerate() {
            folder::known_figure(name)?;
            if self.measure[..place].contains(name) {
                return Err(usage(format!("--measure {name} is there twice")));
            }
        }
        let factors: Vec<Factor> = self
            .vary
            .iter()
            .map(|text| {
                Factor::parse(text)
                    .map_err(|error| usage(format!("cannot use --vary {text}: {error}")))
            })
            .collect::<Result<_, Failure>>()?;
        for (place, factor) in factors.iter().enumerate() {
            if factors[..place].iter().any(|other| other.path == factor.path) {
                let path = &factor.path;
                return Err(usage(format!("--vary {path} is there twice: give all values in one")));
            }
        }
        let design = match (self.design, self.points) {
            (DesignName::Grid, None) => Design::Grid,
            (DesignName::OneAtATime, None) => Design::OneAtATime,
            (DesignName::Latin, Some(points)) => Design::Latin { points },
            (DesignName::Latin, None) => {
                return Err(usage("--design latin needs --points N: how many to draw".to_owned()));
            }
            (_, Some(_)) => {
                return Err(usage("only --design latin has --points".to_owned()));
            }
        };
        Ok((factors, design))
    }

    /// Opens the folder, and reads what is finished.
    fn open(&self, plan: &SweepPlan) -> Result<Opened, Failure> {
        let folder = match &self.resume {
            None => None,
            Some(Some(folder)) if folder.is_dir() => Some(folder.as_path()),
            Some(Some(folder)) => {
                let folder = folder.display();
                return Err(Failure::Usage(format!(
                    "there is no folder {folder} to go on in: see --resume DIR"
                )));
            }
            Some(None) => Some(self.results.out.as_deref().ok_or_else(|| {
                Failure::Usage("say which folder to go on in: --resume DIR".to_owned())
            })?),
        };
        let Some(folder) = folder else {
            let started = jiff::Timestamp::now();
            let hash = plan.hash();
            let store = self.results.open(&plan.scenario, &hash, started)?;
            store.begin()?;
            store.write_journal(&journal::header(plan))?;
            return Ok(Opened { store, units: Units::new(), is_resumed: false });
        };
        inputs::refuse_folder(folder)?;
        let store = Store::resume(folder)?;
        let units = match store.read_journal()? {
            Some(bytes) => self.finished(&bytes, plan, folder)?,
            None => {
                self.say(&format!(
                    "{} has no journal: the sweep begins from the start",
                    folder.display()
                ))?;
                Units::new()
            }
        };
        store.begin_again()?;
        store.write_journal(&Journal::to_bytes(plan, &units))?;
        Ok(Opened { store, units, is_resumed: true })
    }

    /// The units of a journal, if it is of this sweep.
    fn finished(&self, bytes: &[u8], plan: &SweepPlan, folder: &Path) -> Result<Units, Failure> {
        let journal = read_journal(bytes, folder)?;
        if let Some(difference) = sweep::difference(&journal.plan, plan) {
            return Err(Failure::Refused(format!(
                "cannot go on with the sweep in {}: {difference}; or choose another folder with \
                 --out, without --resume",
                folder.display()
            )));
        }
        self.say(&format!(
            "goes on: {} of {} units are finished",
            format::count(journal.units.len() as u64),
            format::count(plan.units())
        ))?;
        Ok(journal.units)
    }

    /// News for people, unless they want none.
    fn say(&self, text: &str) -> Result<(), Failure> {
        output::warn(&format!("{text}\n"))
    }

    /// Simulates what is missing; returns all that is finished then.
    fn simulate(
        &self,
        loaded: &Loaded,
        plan: &SweepPlan,
        units: Units,
        store: &Store,
    ) -> Result<Units, Failure> {
        let missing = sweep::missing(plan, &units, self.shard);
        if missing.is_empty() {
            return Ok(units);
        }
        let simulated = loaded.seconds(&missing);
        let progress =
            Progress::new(self.results.is_silent(), simulated, None, self.limits.memory_max());
        let keeper = Keeper::new(store, plan, units)?;
        let keep = |id, unit| keeper.keep(id, unit);
        let outcome = sweep::run(&loaded.models, &missing, &progress, &keep);
        progress.finish();
        let failed = |failure: Failure| {
            // If this cannot be said, the failure still is.
            let _ = output::print_error(&format!(
                "what is finished stays in {}; when the cause is gone, go on with\n  {}\n",
                store.journal().display(),
                self.command_to_resume(store.folder())
            ));
            failure
        };
        let units = keeper.finish().map_err(|error| failed(error.into()))?;
        match outcome {
            Err(error) => Err(failed(error.into())),
            Ok(true) => Ok(units),
            Ok(false) => {
                let left = sweep::missing(plan, &units, self.shard).len() as u64;
                if left == 0 {
                    return Ok(units);
                }
                let kept = format!(
                    "{} units are finished, {} are left; go on with\n  {}",
                    format::count(units.len() as u64),
                    format::count(left),
                    self.command_to_resume(store.folder())
                );
                Err(if progress.is_out_of_memory() {
                    Failure::TooMuch(format!(
                        "the units together needed more memory than is allowed (--max-memory), so \
                         the sweep was stopped: fewer --jobs; {kept}"
                    ))
                } else {
                    Failure::Interrupted(kept)
                })
            }
        }
    }

    /// What to type to go on.
    fn command_to_resume(&self, folder: &Path) -> String {
        let mut words = vec!["cmgsim".to_owned(), "sweep".to_owned()];
        words.push(self.scenario.scenario.clone());
        let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
        for text in &self.vary {
            add("--vary", text.clone());
        }
        for text in &self.scenario.overrides {
            add("--set", text.clone());
        }
        if let Some(seed) = self.scenario.seed {
            add("--seed", seed.to_string());
        }
        if let Some(name) = self.design.to_possible_value() {
            add("--design", name.get_name().to_owned());
        }
        if let Some(points) = self.points {
            add("--points", points.to_string());
        }
        add("--replications", self.replications.to_string());
        add("--confidence", format!("{}%", 100.0 * self.confidence));
        for name in &self.measure {
            add("--measure", name.clone());
        }
        if let Some(shard) = self.shard {
            add("--shard", shard.to_string());
        }
        if let Some(formats) = self.results.tables.typed() {
            add("--tables", formats);
        }
        for (name, value) in self.charts.typed() {
            add(name, value);
        }
        add("--resume", folder.display().to_string());
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=:%,+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Reads a journal, and tells what of it is damaged.
pub(super) fn read_journal(bytes: &[u8], folder: &Path) -> Result<Journal, Failure> {
    let path = folder.join(JOURNAL);
    let journal = Journal::read(bytes).map_err(|error| {
        Failure::Refused(format!("cannot use the journal {}: {error}", path.display()))
    })?;
    if !journal.damaged_lines.is_empty() {
        let lines: Vec<String> =
            journal.damaged_lines.iter().take(20).map(usize::to_string).collect();
        output::print_error(&format!(
            "warning: {} of the lines of {} are damaged (line {}{}): what they held is not \
             believed and has to be simulated again; the disk may be failing\n",
            journal.damaged_lines.len(),
            path.display(),
            lines.join(", "),
            if journal.damaged_lines.len() > lines.len() { ", ..." } else { "" },
        ))?;
    }
    Ok(journal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("gateway.main.instances=2..16"), "gateway.main.instances=2..16");
        assert_eq!(quoted("cohort.*.clients=5"), "'cohort.*.clients=5'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
