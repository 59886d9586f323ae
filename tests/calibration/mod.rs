//! Calibration from the logs of simulated sites with known values: how often the estimates are
//! within their tolerances, and how often the intervals contain the truth.

mod compare;
mod site;
mod study;

use std::path::Path;

use compare::{Found, Quantity};
use study::{Cpu, Errors, Outcome};

/// Tolerances: a rate within 2 %, a mean within 5 %, and a 95th percentile within 10 %.
#[test]
fn a_few_logs_give_rates_and_service_times_within_their_tolerances() {
    let outcomes = study::outcomes(&[0.3, 0.6], 0..3, &[Cpu::Given]);
    for outcome in &outcomes {
        for found in &outcome.found {
            let tolerance = study::tolerance(found.quantity);
            assert!(found.error().abs() <= tolerance, "{outcome:?}: {found:?}");
        }
    }
    let all: Vec<&Outcome> = outcomes.iter().collect();
    assert!(Errors::of(&all, Quantity::Mean, "location").root_mean_square() < 0.02);
}

/// The logs per utilisation after which the files are written again.
const ROUND: u64 = 20;
/// The logs per utilisation that are also calibrated without the utilisation of the processor.
const ESTIMATED: u64 = 40;

/// Checks the requirements of [`study::violations`], writes `calibration-recovery.csv` and `.svg` to
/// the folder of temporary files of the tests, and prints the rows of the table in
/// docs/validation.md. The environment variable `CMGSIM_RECOVERY_LOGS` changes the number of logs
/// per utilisation.
#[test]
#[ignore = "takes half an hour; run with --release"]
fn recovery_by_utilisation() {
    let logs = std::env::var("CMGSIM_RECOVERY_LOGS").ok().and_then(|text| text.parse().ok());
    let logs: u64 = logs.unwrap_or(200);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).expect("file is written");
    };
    let mut all = Vec::new();
    for from in (0..logs).step_by(ROUND as usize) {
        let sources = [Cpu::Given, Cpu::Estimated];
        let sources = if from < ESTIMATED { &sources[..] } else { &sources[..1] };
        let numbers = from..(from + ROUND).min(logs);
        all.extend(study::outcomes(&study::UTILISATIONS, numbers, sources));
        write("calibration-recovery.csv", study::csv(&all));
        write("calibration-recovery.svg", study::chart(&all));
        println!("{} logs\n{}", (from + ROUND).min(logs), study::summary(&all));
    }
    println!("{}", study::table(&all));
    let violations = study::violations(&all);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// One of two logs has an error of a mean of 6 %, and the interval of both is too narrow. At a
/// utilisation of 80 %, nothing is required.
#[test]
fn errors_beyond_the_requirements_are_reported() {
    let found = |quantity, estimate, interval| Found {
        quantity,
        name: "location".to_owned(),
        truth: 1.0,
        estimate,
        interval: Some(interval),
    };
    let log = |utilisation, mean| Outcome {
        cpu: Cpu::Given,
        utilisation,
        seed: 1,
        found: vec![
            found(Quantity::Mean, mean, (0.9, 1.1)),
            found(Quantity::Database, 1.02, (1.01, 1.03)),
        ],
    };
    let violations = study::violations(&[log(0.7, 1.06), log(0.7, 1.04), log(0.8, 2.0)]);
    let expected = [
        "Given, 70 %, Mean location: 1 of 2 are within the tolerance",
        "Given, 70 %, Database location: 0 of 2 intervals are correct",
    ];
    assert_eq!(violations, expected);
    assert_eq!(study::violations(&[log(0.7, 1.04)]).len(), 1);
}
