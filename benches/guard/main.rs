//! Counts the instructions of the benchmarks in `instructions` and compares them with
//! `benches/instructions.toml`; `--record` updates that file. Requires valgrind and
//! gungraun-runner.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use guard_rule::{self as rule, Counts, Verdict};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` adds this argument. `cargo test --bench guard` does not, and expects the
    // program to end quickly.
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run the guard with: cargo bench --workspace --bench guard");
        return ExitCode::SUCCESS;
    }
    let others = arguments.iter().filter(|argument| *argument != "--bench");
    let outcome = match others.map(String::as_str).collect::<Vec<_>>()[..] {
        [] => guard(false),
        ["--record"] => guard(true),
        _ => Err("the only argument is --record".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("guard: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the counts and compares them with the record; updates the record if `is_recording`.
fn guard(is_recording: bool) -> Result<(), String> {
    require_tools()?;
    let allowed = rule::allowed(&read("docs/decisions.md")?)?;
    let path = root().join("benches/instructions.toml");
    let record = if path.exists() {
        rule::parse_record(&read("benches/instructions.toml")?)?
    } else {
        Counts::new()
    };
    let measured = measure()?;
    let compare = if is_recording { rule::check_recording } else { rule::check };
    let Verdict { failures, news } = compare(&measured, &record, &allowed);
    for line in news {
        println!("note: {line}");
    }
    if !failures.is_empty() {
        let end = if is_recording { "\n\nguard: the record is unchanged" } else { "" };
        return Err(format!("{}{end}", failures.join("\n\nguard: ")));
    }
    if is_recording {
        fs::write(&path, rule::record(&measured))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        println!("recorded {} counts in {}", measured.len(), path.display());
    } else {
        println!("{} counts are at most 5 % above their record or accepted limit", measured.len());
    }
    Ok(())
}

/// Returns the checkout in which cargo was started. The path at compile time is not reliable: if
/// several checkouts share a target folder, cargo may run a binary that it built for another
/// checkout.
fn root() -> PathBuf {
    let at_run = std::env::var_os("CARGO_MANIFEST_DIR");
    let package = at_run.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.join("..")
}

fn read(name: &str) -> Result<String, String> {
    let path = root().join(name);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Checks that the required tools are installed, before a build that takes minutes.
fn require_tools() -> Result<(), String> {
    if version_of("valgrind").is_none() {
        return Err("valgrind is missing; on Debian and Ubuntu: apt-get install valgrind".into());
    }
    let wanted = locked_version("gungraun-runner")?;
    let how = format!("cargo install gungraun-runner --version {wanted} --locked");
    // gungraun also refuses any other version, but with a longer message.
    match version_of("gungraun-runner") {
        None => Err(format!("gungraun-runner is missing on the PATH; install it with:\n  {how}")),
        Some(found) if found.split_whitespace().last() != Some(wanted.as_str()) => Err(format!(
            "gungraun-runner {wanted} is required, but `{}` was found; install it with:\n  {how}",
            found.trim()
        )),
        Some(_) => Ok(()),
    }
}

/// Returns the output of a program's `--version`; `None` if the program is not available.
fn version_of(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String, String> {
    let lock: toml::Table =
        toml::from_str(&read("Cargo.lock")?).map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(|all| all.as_array());
    let found = packages
        .into_iter()
        .flatten()
        .find(|one| one.get("name").and_then(|name| name.as_str()) == Some(package));
    let version = found.and_then(|one| one.get("version")).and_then(|version| version.as_str());
    version.map(str::to_owned).ok_or_else(|| format!("Cargo.lock does not name {package}"))
}

/// Runs all benchmarks under callgrind. Reads the counts from standard output, because the target
/// folder may contain files from benchmarks that no longer exist.
fn measure() -> Result<Counts, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command.args(["bench", "--locked", "--workspace", "--bench", "instructions", "--"]);
    command.args(["--output-format=json", "--nosummary=true"]);
    // Only instruction counts are needed, and disabling the cache simulation halves the time.
    command.arg("--callgrind-args=--cache-sim=no");
    let output = command.spawn().and_then(|child| child.wait_with_output());
    let output = output.map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("the benchmarks failed ({})", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter(|line| line.starts_with('{'));
    let counts: Counts = lines.map(rule::parse_summary).collect::<Result<_, _>>()?;
    if counts.is_empty() { Err("no benchmark was counted".to_owned()) } else { Ok(counts) }
}
