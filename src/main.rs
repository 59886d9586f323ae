//! The command line: see `src/cli`.

fn main() -> std::process::ExitCode {
    cmgsim::run()
}
