//! Comparison of a calibration with the true values of a simulated site.

use cmgsim::Scenario;
use cmgsim::internals::calibrate::estimate::{self, Options, Utilisation};
use cmgsim::internals::engine::{Distribution, Purpose, Streams};
use cmgsim::internals::logs::{Class, summarise};
use cmgsim::internals::model::config::SiteSystem;
use cmgsim::internals::results::calibration::{CalibratedValue, Calibration};
use cmgsim::internals::scenario::units;
use cmgsim::internals::terms::{RequestKind, Role};

use super::site::{self, Logged};

/// What an estimate is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// Rates of the clients and of each class of requests.
    Rate,
    /// Mean service time without waiting: CPU and database.
    Mean,
    /// 95th percentile of the service time without waiting.
    P95,
    /// Mean CPU time.
    Demand,
    /// Mean time of database and disk.
    Database,
}

/// A true value with its estimate.
#[derive(Clone, Debug)]
pub struct Found {
    pub quantity: Quantity,
    /// Path of the value in the scenario, or class of requests.
    pub name: String,
    pub truth: f64,
    /// NaN if the value was not measured.
    pub estimate: f64,
    /// The 95 % interval, if the calibration has one.
    pub interval: Option<(f64, f64)>,
}

impl Found {
    pub fn error(&self) -> f64 {
        self.estimate / self.truth - 1.0
    }
}

/// The classes whose service times are compared: a kind with the same times, and the name of the
/// class in paths.
const CLASSES: [(RequestKind, Class, &str); 4] = [
    (RequestKind::StateMessage, Class::Messages, "default"),
    (RequestKind::Location, Class::Kind(RequestKind::Location), "location"),
    (RequestKind::PolicyBody, Class::Kind(RequestKind::PolicyBody), "policy_body"),
    (RequestKind::UpdateScan, Class::Kind(RequestKind::UpdateScan), ""),
];

/// The resolution of the counter of the processor utilisation: a tenth of a percent.
const COUNTER: f64 = 0.001;

/// Calibrates the base scenario and compares it with the true one. With `is_utilisation_known`, the
/// mean utilisation of the processor is given, as the performance counter shows it.
pub fn compare(truth: &Scenario, logged: &Logged, is_utilisation_known: bool) -> Vec<Found> {
    let base = site::base();
    let mut options = Options { files: vec!["u_ex261102.log".to_owned()], ..Options::default() };
    let used = &logged.truth.systems[0].utilisation_mean_share;
    if is_utilisation_known {
        let share = (used / COUNTER).round() * COUNTER;
        let rounding = COUNTER / 2.0;
        options.utilisations = vec![Utilisation { role: Role::ManagementPoint, share, rounding }];
    }
    let summary = summarise(&logged.tallies);
    let found = estimate::estimate(&base, &logged.tallies, &summary, &options, &());
    let found = found.expect("the logs can be used");
    let mut all = rates(&found);
    all.extend(class_rates(logged));
    all.extend(service(&base, truth, &found));
    all
}

fn rates(found: &Calibration) -> Vec<Found> {
    let day = 86_400.0;
    let rate = |text: &str| units::rate(text).ok().map(|rate| rate.get());
    let share = |text: &str| units::share(text).ok().map(|share| share.get());
    let hours = |text: &str| units::duration(text).ok().map(|time| time.as_seconds());
    let one = |path: &str, truth: f64, number: &dyn Fn(&str) -> Option<f64>| {
        let value = value(found, path);
        let read = |text: &str| number(text.trim_matches('"'));
        Found {
            quantity: Quantity::Rate,
            name: path.to_owned(),
            truth,
            estimate: value.and_then(|value| read(&value.value)).unwrap_or(f64::NAN),
            interval: value.and_then(|value| {
                Some((read(value.low.as_deref()?)?, read(value.high.as_deref()?)?))
            }),
        }
    };
    vec![
        one("client.state_message.rate", 24.0 / day, &rate),
        one("client.new_policy_share", 0.4, &share),
        one("client.update_scan.interval", day / 2.0, &hours),
    ]
}

/// Compares the requests per second of each class.
fn class_rates(logged: &Logged) -> Vec<Found> {
    let covered_s: u32 = logged.tallies.covered_by_hour().map(|(_, covered_s)| covered_s).sum();
    let one = |(kind, class, _): &(RequestKind, Class, &str)| {
        let request = cmgsim::internals::logs::requests::HttpRequest::of_kind(*kind);
        let shown = format!("{} {} {}", request.method, request.stem, request.query);
        let mut all = logged.truth.systems.iter().flat_map(|system| &system.requests);
        let truth = all.find(|one| one.request.as_deref() == Some(&shown)).expect("a request");
        Found {
            quantity: Quantity::Rate,
            name: format!("rate.{}", kind.name()),
            truth: truth.rate_per_s,
            estimate: logged.tallies.class(*class).rows as f64 / f64::from(covered_s),
            interval: None,
        }
    };
    CLASSES.iter().map(one).collect()
}

fn service(base: &Scenario, truth: &Scenario, found: &Calibration) -> Vec<Found> {
    let values = found.values.iter();
    let overrides =
        values.flat_map(|one| one.paths.iter().map(move |path| format!("{path}={}", one.value)));
    let calibrated = site::loaded(overrides.collect());
    let mut all = Vec::new();
    for (kind, _, name) in CLASSES {
        let [base, truth, calibrated] =
            [base, truth, &calibrated].map(|scenario| system(scenario, kind.role()));
        let section = match kind.role() {
            Role::ManagementPoint => "management_point.mp",
            Role::SoftwareUpdatePoint => "software_update_point.sup",
        };
        let path =
            |field: &str| format!("{section}.{field}.{name}").trim_end_matches('.').to_owned();
        let mean = |system: &SiteSystem| (system.cpu[kind].mean(), system.database[kind].mean());
        let (true_cpu, true_database) = mean(truth);
        let database = value(found, &path("database"));
        let cpu = value(found, &path("cpu"));
        let is_known = cpu.is_some() || mean(base).0 == true_cpu;
        let one = |quantity: Quantity, truth: f64, estimate: f64, value| Found {
            quantity,
            name: kind.name().to_owned(),
            truth,
            estimate: if database.is_some() { estimate } else { f64::NAN },
            interval: value,
        };
        let (cpu_mean, database_mean) = mean(calibrated);
        let interval = |value: Option<&CalibratedValue>| {
            let read = |text: &str| units::duration(text.trim_matches('"')).ok();
            let value = value?;
            let ends = (read(value.low.as_deref()?)?, read(value.high.as_deref()?)?);
            Some((ends.0.as_seconds(), ends.1.as_seconds()))
        };
        let sum = true_cpu + true_database;
        all.push(one(Quantity::Mean, sum, cpu_mean + database_mean, None));
        all.push(one(Quantity::P95, p95(truth, kind), p95(calibrated, kind), None));
        if is_known {
            all.push(one(Quantity::Database, true_database, database_mean, interval(database)));
        }
        if cpu.is_some() {
            all.push(one(Quantity::Demand, true_cpu, cpu_mean, interval(cpu)));
        }
    }
    all
}

fn value<'c>(found: &'c Calibration, path: &str) -> Option<&'c CalibratedValue> {
    found.values.iter().find(|one| one.paths.iter().any(|own| own == path))
}

fn system(scenario: &Scenario, role: Role) -> &SiteSystem {
    scenario.config.of_role(role).next().expect("a site system").1
}

/// Returns the 95th percentile of CPU time plus time of database and disk, from 100,000 draws.
fn p95(system: &SiteSystem, kind: RequestKind) -> f64 {
    const DRAWS: usize = 100_000;
    let mut stream = Streams::new(1, 0).stream(0, Purpose(0), 0);
    let mut draw = |distribution: &Distribution| distribution.sample(&mut stream).as_seconds();
    let mut sums: Vec<f64> =
        (0..DRAWS).map(|_| draw(&system.cpu[kind]) + draw(&system.database[kind])).collect();
    let (_, found, _) = sums.select_nth_unstable_by(DRAWS * 95 / 100, f64::total_cmp);
    *found
}
