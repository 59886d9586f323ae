//! The command line: see `cmgsim::cli`.

fn main() {}
