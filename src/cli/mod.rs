//! The command line: the only module that prints, exits the process, and reads the environment and
//! the clock.

mod calibrate;
mod charts;
mod check;
mod compare;
mod completions;
pub mod dask;
mod exit;
mod explain;
mod failure;
mod folder;
mod follow;
mod idle_options;
mod iis_log;
mod init;
mod inputs;
mod interrupt;
mod man;
mod memory;
mod merge;
mod output;
mod params;
mod preset;
mod prices;
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
pub mod sweep;
mod validate;
mod verdict;
mod warmup;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::base::text::{SCREEN_ROWS, rows, screenful, visible};
use crate::experiment::BUILD;
use crate::report::format::seconds;

use exit::Exit;
use failure::Failure;
use output::Verbosity;
use scenario::ARGUMENTS;

/// Simulate a Configuration Manager cloud management gateway (CMG) at scale.
///
/// Shows how many VM instances, connection points and management points your clients need, and
/// what happens when one of them fails. Not a Microsoft product.
#[derive(Debug, Parser)]
#[command(name = "cmgsim", version = BUILD, arg_required_else_help = true)]
#[command(disable_help_flag = true, disable_version_flag = true)]
#[command(after_long_help = exit::help(), next_help_heading = "General")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// Print only results: no progress, warnings or hints
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print each step with its size and duration on the error stream
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    color: ColorWhen,
    /// Print help: common options with -h, all options with --help
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// Subcommands in the groups of the first help page.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Everyday", &["init", "check", "run", "report", "compare", "size"]),
    ("Studies", &["sweep", "merge", "sensitivity", "warmup"]),
    ("Validation and reference", &["calibrate", "validate", "regress", "params", "explain"]),
    ("Tools", &["prices", "schema", "preset", "completions", "man"]),
];

/// Returns the command line with its first help page, which lists commands in groups.
fn command() -> clap::Command {
    let command = Arguments::command();
    let list: String = GROUPS.iter().map(|group| listed(&command, group)).collect();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}{}\n{{options}}{{after-help}}",
        heading("General")
    );
    command.help_template(template)
}

/// Formats a group of commands with their descriptions.
fn listed(command: &clap::Command, (title, verbs): &(&str, &[&str])) -> String {
    let line = |name: &&str| {
        let verb = command.find_subcommand(name);
        let about = verb.and_then(clap::Command::get_about).map(ToString::to_string);
        format!("  {name:<11}  {}\n", about.unwrap_or_default())
    };
    let lines: String = verbs.iter().map(line).collect();
    format!("{}\n{lines}\n", heading(title))
}

/// Formats a heading in the style of clap.
fn heading(title: &str) -> String {
    format!("\u{1b}[1;4m{title}:\u{1b}[0m")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// Format of printed results and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a short scenario file to start from
    Init(init::Init),
    /// Validate a scenario and print its offered load and station utilisation
    Check(check::Check),
    /// Simulate a scenario and store tables, charts and a summary
    Run(run::Run),
    /// Write one HTML page from stored results
    Report(report::Report),
    /// Compare two scenarios with common random numbers
    Compare(compare::Compare),
    /// Find the cheapest design that meets all objectives
    Size(size::Size),
    /// Simulate a scenario with many combinations of parameter values
    Sweep(sweep::Sweep),
    /// Combine the shards of a sweep
    Merge(merge::Merge),
    /// Rank assumed parameters by their effect on a metric
    Sensitivity(sensitivity::Sensitivity),
    /// Find the length of the warm-up period (MSER-5)
    Warmup(warmup::Warmup),
    /// Measure the values of a scenario in the logs of your own servers
    #[command(subcommand)]
    Calibrate(calibrate::Calibrate),
    /// Compare simulated values with numbers published by Microsoft
    Validate(validate::Validate),
    /// Save metrics as a baseline, or compare with a baseline
    Regress(regress::Regress),
    /// List parameters with default, range and source
    Params(params::Params),
    /// Explain an error code
    Explain(explain::Explain),
    /// Create a price book from Azure's public prices, or print one
    #[command(subcommand)]
    Prices(prices::Prices),
    /// Print the JSON Schema of scenario files, or describe result files
    Schema(schema::Schema),
    /// List or print embedded scenarios
    #[command(subcommand)]
    Preset(preset::Preset),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the manual page, or write the pages of all commands
    Man(man::Man),
}

/// Runs the program.
pub fn run() -> ExitCode {
    ExitCode::from(run_with(std::env::args_os().collect()))
}

/// Runs a command inside the Python package, which can connect to clusters. Otherwise like `run`.
pub fn run_in_package(arguments: Vec<OsString>, connect: dask::Connect) -> u8 {
    dask::set_connect(connect);
    run_with(arguments)
}

/// Runs the command with these arguments, of which the first is the name of the program. Returns
/// the exit code.
fn run_with(words: Vec<OsString>) -> u8 {
    let arguments = match parse(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            print_usage_error(&error);
            return u8::try_from(error.exit_code()).unwrap_or(2);
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
    if let Verb::Sweep(sweep) = &arguments.verb
        && sweep.is_on_dask()
        && !dask::is_in_package()
    {
        return dask::in_python().unwrap_or_else(|failure| {
            print_failure(&failure, sweep.results.format);
            failure.exit().code()
        });
    }
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
    exit.code()
}

/// Parses the arguments and refuses options without effect.
fn parse(words: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words).map_err(suggest_new_name)?;
    match idle_options::complaint(&matches) {
        Some(text) => Err(command.error(ErrorKind::ArgumentConflict, text)),
        None => Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command)),
    }
}

/// Options that had another name in earlier versions.
const RENAMED: [(&str, &str); 3] = [
    (concat!("--meas", "ure"), "--metric"),
    (concat!("--fig", "ures"), "--metrics"),
    (concat!("--fl", "ip-steps"), "--tipping-point-steps"),
];

/// Adds the new name of a renamed option to the error about the old name.
fn suggest_new_name(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument {
        // The advice to pass the option as a value after `--` never applies here.
        error.remove(ContextKind::Suggested);
    }
    if let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand)
        && crate::scenario::preset::text(name).is_some()
    {
        let is_preset = std::env::args_os().nth(1).is_some_and(|verb| verb == "preset");
        let command = format!("{} {name}", if is_preset { "show" } else { "run" });
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::String(command));
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    if let Some((_, new)) = RENAMED.iter().find(|(old, _)| old == typed) {
        let new = ContextValue::String((*new).to_owned());
        error.insert(ContextKind::SuggestedArg, new);
    }
    error
}

/// Prints a usage error. Help and version are usage errors to clap. Ignores a closed pipe.
fn print_usage_error(error: &clap::Error) {
    let text = error.to_string();
    let is_plain = visible(&text) == text && rows(&text) < SCREEN_ROWS;
    let _ = match error.use_stderr() && !is_plain {
        true => output::print_error(&format!("{}\n", screenful(&text))),
        false => error.print().map_err(output::unprintable),
    };
}

/// Prints why the program failed.
fn print_failure(failure: &Failure, format: Format) {
    let is_printed = format == Format::Json
        && !failure.is_after_result()
        && output::print(&format!("{:#}\n", failure.to_json())).is_ok();
    if !is_printed {
        // If this cannot be printed either, only the exit code remains.
        let _ = output::print_coloured(&failure.to_text());
    }
}

impl Verb {
    /// Executes the subcommand. Also returns the format of errors.
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
            Verb::Calibrate(calibrate) => (calibrate.execute(), calibrate.format()),
            Verb::Validate(validate) => (validate.execute(), validate.format),
            Verb::Warmup(warmup) => (warmup.execute(), warmup.format),
            Verb::Prices(prices) => (prices.execute(), prices.format()),
            Verb::Schema(schema) => (schema.execute(), schema.format),
            Verb::Preset(preset) => (preset.execute(), preset.format()),
            Verb::Explain(explain) => (explain.execute(), explain.format),
            Verb::Completions(completions) => (completions.execute(), Format::Text),
            Verb::Man(man) => (man.execute(), Format::Text),
        }
    }
}

#[cfg(test)]
mod help_tests;
