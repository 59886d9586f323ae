//! The study of docs/validation.md: many logs at several utilisations, their errors as CSV, as a
//! table and as a chart.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use rayon::prelude::*;

use cmgsim::internals::report::chart::{Axis, AxisUnit, Heading, Limit, LineChart, Look, svg};

use super::compare::{Found, Quantity, compare};
use super::site;

/// Utilisation of the workers of the management point in the busiest hour of a day.
pub const UTILISATIONS: [f64; 7] = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95];

const QUANTITIES: [Quantity; 5] =
    [Quantity::Rate, Quantity::Mean, Quantity::P95, Quantity::Demand, Quantity::Database];

/// How the CPU time became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cpu {
    /// The mean utilisation of the processor was given.
    Given,
    /// It was estimated from the log.
    Estimated,
}

/// The comparison of a log with the true values.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub cpu: Cpu,
    pub utilisation: f64,
    pub seed: u64,
    pub found: Vec<Found>,
}

/// Simulates a log per utilisation and number, on all threads, and calibrates it with each source
/// of the CPU time.
/// The seed is the utilisation in percent times 1,000 plus the number. The result does not depend
/// on the number of threads.
pub fn outcomes(utilisations: &[f64], numbers: Range<u64>, sources: &[Cpu]) -> Vec<Outcome> {
    let seed = |utilisation: f64, number: u64| 1_000 * percent(utilisation) + number;
    let cases = numbers.flat_map(|number| utilisations.iter().map(move |own| (*own, number)));
    let one = |(utilisation, number): (f64, u64)| {
        let seed = seed(utilisation, number);
        let truth = site::truth(utilisation, seed);
        let logged = site::logged(&truth);
        let outcome = |cpu: &Cpu| {
            let found = compare(&truth, &logged, *cpu == Cpu::Given);
            Outcome { cpu: *cpu, utilisation, seed, found }
        };
        sources.iter().map(outcome).collect::<Vec<_>>()
    };
    cases.collect::<Vec<_>>().into_par_iter().flat_map_iter(one).collect()
}

fn percent(utilisation: f64) -> u64 {
    (100.0 * utilisation).round() as u64
}

/// Returns the comparison as CSV.
pub fn csv(outcomes: &[Outcome]) -> String {
    let mut text = "cpu,utilisation,seed,quantity,name,truth,estimate,low,high\n".to_owned();
    for Outcome { cpu, utilisation, seed, found } in outcomes {
        for Found { quantity, name, truth, estimate, interval } in found {
            let (low, high) = interval.unwrap_or((f64::NAN, f64::NAN));
            let _ = writeln!(
                text,
                "{cpu:?},{utilisation},{seed},{quantity:?},{name},{truth},{estimate},{low},{high}"
            );
        }
    }
    text
}

/// Reads the CSV that [`csv`] wrote.
pub fn read(text: &str) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<(u64, Cpu), Outcome> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [cpu, utilisation, seed, quantity, name, truth, estimate, low, high] = cells[..] else {
            panic!("nine columns are expected: {line}");
        };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let sources = [Cpu::Given, Cpu::Estimated];
        let cpu = sources.into_iter().find(|one| format!("{one:?}") == cpu).expect("a source");
        let quantity =
            QUANTITIES.into_iter().find(|one| format!("{one:?}") == quantity).expect("a quantity");
        let seed: u64 = seed.parse().expect("a seed");
        let (utilisation, found) = (number(utilisation), Vec::new());
        let outcome = Outcome { cpu, utilisation, seed, found };
        let (low, high) = (number(low), number(high));
        outcomes.entry((seed, cpu)).or_insert(outcome).found.push(Found {
            quantity,
            name: name.to_owned(),
            truth: number(truth),
            estimate: number(estimate),
            interval: (!low.is_nan()).then_some((low, high)),
        });
    }
    outcomes.into_values().collect()
}

/// Errors of a quantity over several logs.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    errors: Vec<f64>,
    missing: u32,
    intervals: u32,
    covered: u32,
}

impl Errors {
    /// Returns the errors of a quantity, over all its names that contain `name`.
    pub fn of(outcomes: &[&Outcome], quantity: Quantity, name: &str) -> Errors {
        let mut errors = Errors::default();
        let all = outcomes.iter().flat_map(|outcome| &outcome.found);
        for found in all.filter(|one| one.quantity == quantity && one.name.contains(name)) {
            if found.estimate.is_nan() {
                errors.missing += 1;
                continue;
            }
            errors.errors.push(found.error());
            if let Some((low, high)) = found.interval {
                errors.intervals += 1;
                errors.covered += u32::from(low <= found.truth && found.truth <= high);
            }
        }
        errors
    }

    /// Returns the root mean square error.
    pub fn root_mean_square(&self) -> f64 {
        let squares: f64 = self.errors.iter().map(|error| error * error).sum();
        (squares / self.errors.len() as f64).sqrt()
    }

    fn bias(&self) -> f64 {
        self.errors.iter().sum::<f64>() / self.errors.len() as f64
    }

    /// Returns the share of the values within a tolerance; values that were not measured are not.
    fn within(&self, tolerance: f64) -> f64 {
        let within = self.errors.iter().filter(|error| error.abs() <= tolerance).count();
        within as f64 / (self.errors.len() as f64 + f64::from(self.missing))
    }

    fn coverage(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.intervals)
    }

    /// Returns share within the tolerance, root mean square error and bias in percent, number of
    /// values that were not measured, and the coverage of the intervals.
    fn cells(&self, tolerance: f64) -> String {
        format!(
            "{:.1} | {:.2} | {:.2} | {} | {:.1}",
            100.0 * self.within(tolerance),
            100.0 * self.root_mean_square(),
            100.0 * self.bias(),
            self.missing,
            100.0 * self.coverage()
        )
    }
}

/// Returns outcomes by source of the CPU time and utilisation in percent.
fn grouped(outcomes: &[Outcome]) -> BTreeMap<(Cpu, u64), Vec<&Outcome>> {
    let mut groups: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        groups.entry((outcome.cpu, percent(outcome.utilisation))).or_default().push(outcome);
    }
    groups
}

/// Returns the share of logs in which all values of a quantity are within its tolerance, in
/// percent.
fn logs_within(outcomes: &[&Outcome], quantity: Quantity) -> f64 {
    let is_within = |outcome: &&&Outcome| {
        let mut all = outcome.found.iter().filter(|one| one.quantity == quantity);
        all.all(|one| one.error().abs() <= tolerance(quantity))
    };
    100.0 * outcomes.iter().filter(is_within).count() as f64 / outcomes.len() as f64
}

/// The tolerances of the study.
pub fn tolerance(quantity: Quantity) -> f64 {
    match quantity {
        Quantity::Rate => 0.02,
        Quantity::Mean | Quantity::Demand => 0.05,
        Quantity::P95 | Quantity::Database => 0.1,
    }
}

/// The utilisation up to which the tolerances and the stated coverage are required.
const REQUIRED_UP_TO: f64 = 0.7;
/// The confidence level of the intervals, and the required share of rates within their tolerance.
const LEVEL: f64 = 0.95;

/// Returns the values that do not meet the requirements up to [`REQUIRED_UP_TO`]: with a known
/// utilisation of the processor, every mean and every 95th percentile of a service time is within
/// its tolerance. 95 % of all other values are within their tolerances, and 95 % of the intervals
/// contain the true value; a number of logs is too small by chance with a probability of about
/// 0.1 %.
pub fn violations(outcomes: &[Outcome]) -> Vec<String> {
    let mut violations = Vec::new();
    let required = grouped(outcomes).into_iter();
    for ((cpu, percent), group) in required.filter(|one| one.0.1 <= self::percent(REQUIRED_UP_TO)) {
        let names = group.first().map_or(&[][..], |outcome| &outcome.found);
        for Found { quantity, name, .. } in names {
            let errors = Errors::of(&group, *quantity, name);
            let logs = (errors.errors.len() as f64 + f64::from(errors.missing)).round();
            let within = (errors.within(tolerance(*quantity)) * logs).round();
            let needed = match (quantity, cpu) {
                (Quantity::Mean | Quantity::P95, Cpu::Given) => logs,
                (Quantity::Rate | Quantity::Mean | Quantity::P95, _) => least(logs),
                (Quantity::Demand | Quantity::Database, _) => 0.0,
            };
            let what = format!("{cpu:?}, {percent} %, {quantity:?} {name}");
            if within < needed {
                violations.push(format!("{what}: {within} of {logs} are within the tolerance"));
            }
            let (covered, intervals) = (errors.covered, errors.intervals);
            if f64::from(covered) < least(f64::from(intervals)) {
                violations.push(format!("{what}: {covered} of {intervals} intervals are correct"));
            }
        }
    }
    violations
}

/// Returns the smallest number of successes of `trials` with a probability of 95 %, with three
/// standard deviations for chance.
fn least(trials: f64) -> f64 {
    LEVEL * trials - 3.0 * (LEVEL * (1.0 - LEVEL) * trials).sqrt()
}

/// Returns the tables of docs/validation.md: for each source and utilisation, the shares of logs in
/// the tolerances, the root mean square errors, and the coverage of the intervals, in percent.
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for ((cpu, percent), group) in grouped(outcomes) {
        let of = |quantity| Errors::of(&group, quantity, "");
        let within = [Quantity::Rate, Quantity::Mean, Quantity::P95];
        let within = within.map(|quantity| format!("{:.1}", logs_within(&group, quantity)));
        let errors = [Quantity::Rate, Quantity::Mean, Quantity::P95, Quantity::Demand];
        let errors = errors.map(|quantity| match quantity {
            Quantity::Rate => Errors::of(&group, quantity, "client").root_mean_square(),
            _ => of(quantity).root_mean_square(),
        });
        let errors = errors.map(|error| format!("{:.2}", 100.0 * error));
        let covered = [Quantity::Rate, Quantity::Database, Quantity::Demand];
        let covered = covered.map(|quantity| format!("{:.1}", 100.0 * of(quantity).coverage()));
        let measured = of(Quantity::Demand).errors.len() / 3;
        let cells = [within.join(" | "), errors.join(" | "), covered.join(" | ")].join(" | ");
        let _ = writeln!(text, "| {cpu:?} | {percent} | {cells} | {measured} |");
    }
    text
}

/// Returns a row per source, utilisation, quantity and name.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for ((cpu, percent), group) in grouped(outcomes) {
        let names = group.first().map_or(&[][..], |outcome| &outcome.found);
        let mut rows: Vec<(Quantity, &str)> =
            names.iter().map(|one| (one.quantity, one.name.as_str())).collect();
        rows.sort();
        for (quantity, name) in rows {
            let cells = Errors::of(&group, quantity, name).cells(tolerance(quantity));
            let _ = writeln!(text, "| {cpu:?} | {percent} | {quantity:?} {name} | {cells} |");
        }
    }
    text
}

/// Returns the root mean square errors as a chart: of the service times with a given utilisation of
/// the processor, and of the CPU time without it.
pub fn chart(outcomes: &[Outcome]) -> String {
    let groups = grouped(outcomes);
    let heading = Heading::new(
        "calibration-recovery",
        "Error of calibrated values by utilisation",
        "",
        "root mean square over the logs and the classes of the management point",
    );
    let x = Axis::utilisation("utilisation of the workers in the busiest hour", 1.0);
    let lines = [
        ("p95 of the service time", Quantity::P95, Cpu::Given),
        ("mean service time", Quantity::Mean, Cpu::Given),
        ("CPU time, estimated from the log", Quantity::Demand, Cpu::Estimated),
    ];
    let values = lines.map(|(label, quantity, source)| {
        let of_source = groups.iter().filter(|((cpu, _), _)| *cpu == source);
        let error = |((_, percent), group): (&(Cpu, u64), &Vec<&Outcome>)| {
            let names = ["state_message", "location", "policy_body"];
            let all = names.map(|name| Errors::of(group, quantity, name)).into_iter();
            // A value that few logs show has no point.
            let frequent = all.filter(|one| 2 * one.errors.len() >= group.len());
            let known: Vec<f64> = frequent.map(|one| one.root_mean_square()).collect();
            let mean = known.iter().map(|one| one * one).sum::<f64>() / known.len() as f64;
            (*percent as f64 / 100.0, mean.sqrt())
        };
        let found = of_source.map(error).filter(|(_, error)| error.is_finite());
        (label, found.collect::<Vec<(f64, f64)>>())
    });
    let errors = values.iter().flat_map(|(_, all)| all.iter().map(|one| one.1));
    let largest = errors.fold(0.1, f64::max);
    let y = Axis::linear("error", largest, AxisUnit::Share);
    let mut chart = LineChart::new(heading, x, y);
    for (style, (label, values)) in values.iter().enumerate() {
        let (places, errors): (Vec<f64>, Vec<f64>) = values.iter().copied().unzip();
        chart.add_line(label, (style, 1.0), &places, &errors);
    }
    for (at, label) in [(0.05, "5 %: tolerance of the mean"), (0.1, "10 %: tolerance of p95")] {
        chart.limits.push(Limit { at, label: label.to_owned(), is_mark: true });
    }
    let look = Look::new((900, 460), 1.0).expect("the size is allowed");
    with_dark_theme(&svg(&chart, &look))
}

/// Adds the colours of the dark theme for viewers that prefer it.
fn with_dark_theme(svg: &str) -> String {
    const COLOURS: [(&str, &str); 4] = [
        ("#1f2328", "#e6e6e6"),
        ("#5a626b", "#a3abb5"),
        ("#e1e5ea", "#363c43"),
        ("#ffffff", "#14171a"),
    ];
    let rule = |(light, dark): &(&str, &str)| {
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules: String = COLOURS.iter().map(rule).collect();
    let style = format!("<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n");
    match svg.split_once(">\n") {
        Some((first, rest)) => format!("{first}>\n{style}{rest}"),
        None => svg.to_owned(),
    }
}
