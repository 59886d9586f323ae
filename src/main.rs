//! Entry point of the command-line program; `src/cli` implements it.

fn main() -> std::process::ExitCode {
    cmgsim::run()
}
