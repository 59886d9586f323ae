//! The command line. The only room that prints, exits and reads the environment.

use std::path::PathBuf;
use std::process::ExitCode;

/// Runs one scenario.
pub fn run() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_else(|| "quickstart".into());
    let origin = if name.ends_with(".toml") {
        crate::scenario::ScenarioOrigin::Path(PathBuf::from(name))
    } else {
        crate::scenario::ScenarioOrigin::Preset(name)
    };
    let scenario = match crate::scenario::load(&crate::scenario::LoadRequest {
        origin,
        overrides: std::env::args().skip(2).collect(),
    }) {
        Ok(s) => s,
        Err(p) => {
            eprintln!("{}", p.render(false));
            return ExitCode::from(3);
        }
    };
    let published = |path: &str| {
        let (figure, source) = crate::catalogue::Catalogue::builtin().limit(path);
        crate::experiment::checks::Published { figure, source: source.to_owned() }
    };
    let limits = crate::experiment::checks::PublishedLimits {
        connections: published("limit.connections"),
        instances_per_connection_point: published("limit.instances_per_connection_point"),
        ports: published("limit.ports"),
        clients_per_management_point: published("limit.clients_per_management_point"),
    };
    let info = crate::results::ScenarioInfo {
        name: scenario.name.clone(),
        question: String::new(),
        start: scenario.start.label.clone(),
        start_unix_seconds: scenario.start.unix_seconds,
        time_zone: scenario.start.zone.clone(),
        utc_offset_seconds: scenario.start.utc_offset_seconds,
        duration_seconds: 0.0,
        warm_up_seconds: 0.0,
        seed: 1,
        replication: 0,
        clients: 0,
        hash: String::new(),
    };
    let started = std::time::Instant::now();
    let r = crate::experiment::run(&scenario.config, &info, &limits, &());
    let e = started.elapsed().as_secs_f64();
    match r {
        Ok(mut r) => {
            eprintln!("{} events {:.2}s {:.2} M/s", r.events, e, r.events as f64 / e / 1e6);
            r.series = Default::default();
            r.latency_distribution.clear();
            r.audit.lines.clear();
            println!("{}", serde_json::to_string_pretty(&r).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
