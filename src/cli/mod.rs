//! The command line. The only room that prints, exits and reads the environment and the clock.

mod charts;
mod check;
mod compare;
mod completions;
mod exit;
mod explain;
mod failure;
mod folder;
mod follow;
mod idle_options;
mod init;
mod inputs;
mod interrupt;
mod man;
mod memory;
mod merge;
mod output;
mod params;
mod preset;
mod progress;
mod regress;
mod report;
mod results;
mod run;
mod scenario;
mod schema;
mod sensitivity;
mod session;
mod size;
mod study;
mod sweep;
mod validate;
mod verdict;
mod warmup;

use std::process::ExitCode;
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::base::text::{SCREEN_ROWS, rows, screenful, visible};
use crate::report::format::seconds;

use exit::Exit;
use failure::Failure;
use output::Verbosity;

/// Version and commit, for `--version`.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CMGSIM_COMMIT"), ")");

/// Simulates Configuration Manager's cloud management gateway at scale: how many VM instances,
/// connection points and management points do your clients need, and what happens when one of
/// them is away? Not a Microsoft product.
#[derive(Debug, Parser)]
#[command(name = "cmgsim", version = VERSION, arg_required_else_help = true)]
#[command(after_help = exit::help())]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,
    /// Say less: of results only their folder, no progress, warnings or hints.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more, on the error stream: what is read, how much it is, how long it takes.
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// How results and errors are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Simulate a scenario: summary on the terminal, numbers and charts in a folder.
    Run(run::Run),
    /// Write one HTML page of a run, of several side by side, or of a study.
    Report(report::Report),
    /// Compare two scenarios with common random numbers: what is better, what is worse, how sure.
    Compare(compare::Compare),
    /// Find the cheapest design that meets a scenario's objectives.
    Size(size::Size),
    /// Which assumptions matter: vary each over its plausible range.
    Sensitivity(sensitivity::Sensitivity),
    /// Save what scenarios give as a baseline, or compare with one.
    Regress(regress::Regress),
    /// Simulate many variants of a scenario: every value of every factor, with replications.
    Sweep(sweep::Sweep),
    /// Put the shards of a sweep together.
    Merge(merge::Merge),
    /// Validate a scenario; print it resolved, its offered load, and each station's utilisation.
    Check(check::Check),
    /// Write a commented scenario to start from.
    Init(init::Init),
    /// Find where a steady scenario's warm-up ends (MSER-5).
    Warmup(warmup::Warmup),
    /// List every parameter: default, range, and where it comes from.
    Params(params::Params),
    /// Compare Microsoft's published numbers with simulated ones.
    Validate(validate::Validate),
    /// Print a JSON Schema, of scenario files for editors or of summaries, or describe all tables.
    Schema(schema::Schema),
    /// The scenarios embedded in the program.
    #[command(subcommand)]
    Preset(preset::Preset),
    /// What an error code means.
    Explain(explain::Explain),
    /// Print what a shell needs to complete verbs and options.
    Completions(completions::Completions),
    /// Print the manual page, or write those of all verbs.
    Man(man::Man),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            tell_usage(&error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match arguments.color {
        ColorWhen::Auto => {}
        ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
        ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
    }
    output::set_verbosity(match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    });
    let started = Instant::now();
    let (outcome, format) = arguments.verb.execute();
    let exit = outcome.as_ref().map_or_else(Failure::exit, |()| Exit::Done);
    if let Err(failure) = outcome {
        print_failure(&failure, format);
    }
    output::note(|| {
        let took = seconds(started.elapsed().as_secs_f64());
        format!("took {took}, exit code {}", exit.code())
    });
    ExitCode::from(exit.code())
}

/// The arguments, of which each does something.
fn parse() -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    match idle_options::complaint(&matches) {
        Some(text) => Err(command.error(ErrorKind::ArgumentConflict, text)),
        None => Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command)),
    }
}

/// Says what is wrong with the arguments. Help and version are errors to clap, too. A broken pipe
/// is not worth a word.
fn tell_usage(error: &clap::Error) {
    let text = error.to_string();
    let is_plain = visible(&text) == text && rows(&text) < SCREEN_ROWS;
    let _ = match error.use_stderr() && !is_plain {
        true => output::print_error(&format!("{}\n", screenful(&text))),
        false => error.print().map_err(output::unprintable),
    };
}

/// Says why the program failed.
fn print_failure(failure: &Failure, format: Format) {
    let is_reported = format == Format::Json
        && !failure.is_after_result()
        && output::print(&format!("{:#}\n", failure.to_json())).is_ok();
    if !is_reported {
        // If even this cannot be printed there is nobody left to tell.
        let _ = output::print_coloured(&failure.to_text());
    }
}

impl Verb {
    /// Does it. Returns how errors are to be told, too.
    fn execute(self) -> (Result<(), Failure>, Format) {
        match self {
            Verb::Run(run) => (run.execute(), run.results.format),
            Verb::Report(report) => (report.execute(), report.format),
            Verb::Compare(compare) => (compare.execute(), compare.results.format),
            Verb::Size(size) => (size.execute(), size.results.format),
            Verb::Sensitivity(verb) => (verb.execute(), verb.results.format),
            Verb::Regress(regress) => (regress.execute(), regress.format),
            Verb::Sweep(sweep) => (sweep.execute(), sweep.results.format),
            Verb::Merge(merge) => (merge.execute(), merge.format),
            Verb::Check(check) => (check.execute(), check.format),
            Verb::Init(init) => (init.execute(), init.format),
            Verb::Params(params) => (params.execute(), params.format),
            Verb::Validate(validate) => (validate.execute(), validate.format),
            Verb::Warmup(warmup) => (warmup.execute(), warmup.format),
            Verb::Schema(schema) => (schema.execute(), schema.format),
            Verb::Preset(preset) => (preset.execute(), preset.format()),
            Verb::Explain(explain) => (explain.execute(), explain.format),
            Verb::Completions(completions) => (completions.execute(), Format::Text),
            Verb::Man(man) => (man.execute(), Format::Text),
        }
    }
}
