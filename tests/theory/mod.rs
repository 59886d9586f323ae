//! Compares simulated results with exact results of queueing theory. The tests cover the whole
//! program from the scenario text to the results.
//!
//! The cheap cases run with every `cargo test`. To run all cases at the precision that
//! docs/validation.md records, use `cargo test --release theory:: -- --ignored --nocapture`. This
//! takes half an hour on two cores.

mod cases;

use std::collections::BTreeMap;

use cmgsim::RunResult;
use statrs::distribution::{ContinuousCDF, StudentsT};

use cases::{Case, NOT_EXPRESSED};

/// Mean of replications with its 99 % confidence interval (Law, Simulation
/// Modeling and Analysis, 5th ed., 9.4).
#[derive(Clone, Copy, Debug)]
struct Interval {
    mean: f64,
    half_width: f64,
    standard_error: f64,
    replications: usize,
    events: u64,
}

/// Runs `count` replications of a case, each `scale` times as long as its short run.
fn run(case: &Case, scale: u64, count: u32, seed: u64) -> Vec<RunResult> {
    let overrides = vec![
        format!("seed={seed}"),
        format!("warm_up=\"{}s\"", case.warm_up_s),
        format!("duration=\"{}s\"", case.seconds * scale),
    ];
    crate::common::simulate_text(&case.scenario, overrides, count)
}

fn interval(values: &[f64], events: u64) -> Interval {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let standard_error = (squares / (count - 1.0) / count).sqrt();
    let t = StudentsT::new(0.0, 1.0, count - 1.0).expect("degrees of freedom").inverse_cdf(0.995);
    let replications = values.len();
    Interval { mean, half_width: t * standard_error, standard_error, replications, events }
}

fn estimate(case: &Case, scale: u64, count: u32, seed: u64) -> Interval {
    let results = run(case, scale, count, seed);
    let values: Vec<f64> = results.iter().map(case.measure).collect();
    interval(&values, results.iter().map(|result| result.events).sum())
}

/// Returns the exact value and the name of each case's primary metric.
fn exact() -> BTreeMap<String, (f64, String)> {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../theory-cases.json")).expect("the file is JSON");
    let cases = file["cases"].as_array().expect("a list of cases");
    let one = |case: &serde_json::Value| {
        let primary = case["primary"].as_str().expect("a primary measure");
        let value = case["expected"][primary].as_f64().expect("its exact value");
        (case["id"].as_str().expect("an id").to_owned(), (value, primary.to_owned()))
    };
    cases.iter().map(one).collect()
}

#[test]
fn every_case_is_simulated_or_has_a_reason() {
    let mut known: Vec<String> = cases::all().iter().map(|case| case.id.to_owned()).collect();
    known.extend(NOT_EXPRESSED.iter().map(|(id, _)| (*id).to_owned()));
    known.sort();
    let expected: Vec<String> = exact().into_keys().collect();
    assert_eq!(known, expected);
}

/// Cheap cases, with enough replications for the 99 % interval to detect an error of 2 %.
const CHEAP: [(&str, u32); 14] = [
    ("mm1-0.5-mu1", 20),
    ("mdc-16-0.9", 10),
    ("erlang-b-10-10.0", 10),
    ("mtminf-day", 5),
    ("mmck-2-3-0.375", 10),
    ("gas-station-1", 10),
    ("mginf-lognormal", 5),
    ("gm1-deterministic-0.8", 10),
    ("finite-12-5", 10),
    ("tandem-gateway-cp-mp", 10),
    ("closed-mva-3", 10),
    ("erlang-a-4", 10),
    ("mm1-timeout-5", 10),
    ("breakdown-1", 10),
];

/// Seed of the cheap cases. It is fixed so that their results never change.
const SEED: u64 = 20_261_123;

#[test]
fn cheap_cases_agree_with_theory() {
    let exact = exact();
    let mut outside = Vec::new();
    for (id, replications) in CHEAP {
        let case = cases::all().into_iter().find(|case| case.id == id).expect("a case");
        let found = estimate(&case, 1, replications, SEED);
        let (expected, _) = exact[id];
        let width = found.half_width / expected;
        println!(
            "{id}: {:.6}, expected {expected:.6}, half-width {:.2} %",
            found.mean,
            100.0 * width
        );
        assert!(width < 0.02, "{id}: half-width {width}");
        if (found.mean - expected).abs() > found.half_width {
            outside.push(format!("{id}: {} +- {}", found.mean, found.half_width));
        }
    }
    assert!(outside.is_empty(), "outside their 99 % intervals: {outside:?}");
}

#[test]
fn the_outage_path_is_exact_to_the_nanosecond() {
    let case = cases::all().into_iter().find(|case| case.id == "path-outage").expect("a case");
    let results = run(&case, 1, 1, 1);
    let station = &results[0].stations[0];
    assert_eq!(station.completed, 1000);
    assert_eq!((station.wait.mean * 1e12).round(), 3.6e12);
    assert_eq!((station.wait.max * 1e9).round(), 59.75e9);
    assert_eq!((station.delayed_share * 1000.0).round(), 120.0);
}

/// The loss probability depends on the distribution of holding times only through its mean.
#[test]
fn blocking_does_not_depend_on_the_holding_distribution() {
    let case = cases::all().into_iter().find(|case| case.id == "erlang-b-10-10.0").expect("a case");
    let exponential = "{ dist = \"exponential\", mean = \"1s\" }";
    for distribution in ["\"1s\"", "{ dist = \"lognormal\", mean = \"1s\", cv = 1.5 }"] {
        let scenario = case.scenario.replace(exponential, distribution);
        assert_ne!(scenario, case.scenario);
        let found = estimate(&Case { scenario, ..base(&case) }, 1, 10, SEED);
        let (expected, _) = exact()[case.id];
        assert!((found.mean - expected).abs() < found.half_width, "{distribution}: {found:?}");
        assert!(found.half_width < 0.02 * expected, "{distribution}: {found:?}");
    }
}

/// The ports of a connection point also form a loss system. This test uses ten ports instead of
/// 16,384.
#[test]
fn port_blocking_matches_erlang_b() {
    let cases = cases::all();
    let case = cases.iter().find(|case| case.id == "erlang-b-16384-16000.0").expect("a case");
    let scenario = case.scenario.replace("16384", "10").replace("16000/s", "10/s");
    let found = estimate(&Case { scenario, seconds: 40_000, ..base(case) }, 1, 10, SEED);
    let (expected, _) = exact()["erlang-b-10-10.0"];
    assert!((found.mean - expected).abs() < found.half_width, "{found:?}");
    assert!(found.half_width < 0.02 * expected, "{found:?}");
}

fn base(case: &Case) -> Case {
    Case { scenario: String::new(), ..*case }
}

/// Returns the target half-width of the 99 % interval in the full suite: 1 % for cases with a
/// utilisation of at least 0.95, otherwise 0.5 %.
fn wanted(id: &str) -> f64 {
    match id {
        "mm1-0.95-mu1" | "mmc-64-0.9688" => 0.01,
        _ if id.starts_with("erlang-b-16384") || id.starts_with("erlang-b-6000") => 0.01,
        _ => 0.005,
    }
}

/// Maximum number of events per case in the full suite.
const EVENTS_MAX: u64 = 20_000_000_000;

/// Case whose interval cannot reach the target, with its maximum number of events. Only three of
/// 100,000 arrivals are blocked, in bursts, so a half-width of 1 % would take 500 billion events.
/// The limit of four standard errors also applies to this case.
const TOO_RARE: (&str, u64) = ("erlang-b-16384-16000.0", 2_500_000_000);

/// Runs a case until its interval is narrow enough or its event budget is used up. The interval is
/// checked only a few times, each time with at least 50 % more replications, so the loss of
/// coverage is small (Law, Simulation Modeling and Analysis, 5th ed., 9.4.1).
fn to_precision(case: &Case, expected: f64) -> Interval {
    let events_max = if case.id == TOO_RARE.0 { TOO_RARE.1 } else { EVENTS_MAX };
    let pilot = estimate(case, 1, 20, SEED + 1);
    if pilot.standard_error == 0.0 {
        return pilot;
    }
    // Prefer long replications to many replications, unless the case itself is short.
    let is_short = matches!(case.id, "mm1-first-25" | "mtminf-day");
    let missing = (pilot.half_width / expected / wanted(case.id)).powi(2) * 1.4;
    let affordable = events_max as f64 / pilot.events.max(1) as f64;
    let runs = 20.0 * missing.min(affordable).max(1.0);
    let scale = if is_short { 1.0 } else { (runs / 40.0).ceil() };
    let mut replications = (runs / scale).ceil();
    loop {
        let found = estimate(case, scale as u64, replications as u32, SEED);
        let is_narrow = found.half_width <= wanted(case.id) * expected;
        if is_narrow || found.events > events_max / 2 {
            return found;
        }
        let missing = (found.half_width / expected / wanted(case.id)).powi(2) * 1.1;
        replications = (replications * missing.max(1.5)).ceil();
    }
}

/// Runs every case to full precision and prints the table of docs/validation.md.
#[test]
#[ignore = "takes half an hour; run with --release"]
fn all_cases_agree_with_theory() {
    let exact = exact();
    let mut beyond = 0;
    let mut wrong = Vec::new();
    println!(
        "| case | measure | exact | simulated | 99 % half-width | standard errors off | replications | events |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for case in cases::all() {
        let (expected, primary) = &exact[case.id];
        let found = to_precision(&case, *expected);
        let off = match found.standard_error {
            0.0 => 0.0,
            error => (found.mean - expected) / error,
        };
        println!(
            "| {} | {primary} | {expected:.6} | {:.6} | {:.2} % | {off:.2} | {} | {} |",
            case.id,
            found.mean,
            100.0 * found.half_width / expected,
            found.replications,
            found.events
        );
        let is_narrow = found.half_width <= wanted(case.id) * expected;
        if off.abs() >= 4.0 || !(is_narrow || case.id == TOO_RARE.0) {
            wrong.push(format!("{}: {found:?}, expected {expected}", case.id));
        }
        if (found.mean - expected).abs() > found.half_width.max(1e-9) {
            beyond += 1;
        }
    }
    println!("\n{beyond} outside their 99 % intervals");
    assert!(wrong.is_empty(), "too wide, or four standard errors off: {wrong:#?}");
    assert!(beyond <= 2, "{beyond} cases outside their 99 % intervals");
}
