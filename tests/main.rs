//! All integration tests in one binary, which links faster than one binary per file. Run the tests
//! of one file with `cargo test report::`.

mod advice;
mod answers;
mod bad_input;
mod behaviour;
mod book;
mod charts;
mod cli;
mod clocks;
mod common;
mod conservation;
mod content;
mod data;
mod deployments;
mod determinism;
mod disruptions;
mod estimate;
mod experiments;
mod folders;
mod in_flight;
mod instruction_guard;
#[cfg(unix)]
mod interrupt;
mod journals;
mod memory;
mod notices;
mod outputs;
#[cfg(feature = "parquet")]
mod parquet;
mod peaks;
mod plan;
mod preference;
mod recovery;
mod regress;
mod report;
mod revocation;
mod roaming;
mod scenario;
mod schedules;
mod schema;
mod sensitivity;
mod sizing;
mod swarm;
mod sweep;
mod tenants;
mod terminal;
mod theory;
mod tidy;
mod tokens;
mod trace;
mod unmeasured;
mod update_points;
mod validate;
mod verdict;
mod windows;
mod world_calls;
