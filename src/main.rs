//! The command line: see `cmgsim::cli`.

fn main() -> std::process::ExitCode {
    cmgsim::cli::run()
}
