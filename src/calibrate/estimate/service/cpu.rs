//! CPU time of the requests of a role: from the processor utilisation of the servers, from the
//! growth of `time-taken` with the rate, or from the scenario.

use std::collections::BTreeMap;

use super::super::Scans;
use super::super::evidence::{Evidence, message_kinds};
use super::super::expected::Expected;
use super::super::values::Number;
use super::times::Separation;
use crate::calibrate::fit::queueing::{Load, MeanDemand, NotSeparable};
use crate::engine::Servers;
use crate::logs::Class;
use crate::model::config::SiteSystem;
use crate::terms::{RequestKind, Role};

/// The largest relative half-width of the interval with which a CPU time from the growth of
/// `time-taken` is used. This number is an assumption.
const ERROR_MAX: f64 = 0.25;

/// Mean processor utilisation of the servers of a role over the period of the logs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilisation {
    /// Role of the servers.
    pub role: Role,
    /// Utilisation, from 0 to 1.
    pub share: f64,
    /// Half of the last digit that was given, from 0 to 1.
    pub rounding: f64,
}

/// Origin of the CPU times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Processor utilisation.
    Utilisation,
    /// Growth of `time-taken` with the rate.
    Growth,
    /// The base scenario.
    Scenario,
}

impl Source {
    /// Returns the name of the CPU time for sentences.
    pub(super) fn name(self) -> &'static str {
        match self {
            Source::Utilisation => "CPU time from the processor utilisation",
            Source::Growth => "CPU time from the growth of time-taken with the rate",
            Source::Scenario => "CPU time assumed in the scenario",
        }
    }

    /// Returns the method of a measured CPU time.
    pub(super) fn method(self) -> Option<&'static str> {
        match self {
            Source::Utilisation => Some("processor utilisation times cores divided by the rate"),
            Source::Growth => Some(
                "CPU time for which the M/G/c waiting time matches the growth of time-taken with \
                 the rate",
            ),
            Source::Scenario => None,
        }
    }
}

/// CPU time of a class of requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cpu {
    pub(super) mean: Number,
    pub(super) variance: f64,
}

/// CPU times of a logged request of each class.
#[derive(Clone, Debug)]
pub(super) struct Cpus {
    /// CPU time and number of requests by class.
    classes: BTreeMap<usize, (Cpu, f64)>,
    pub(super) source: Source,
    /// Number of cores of a server; `None` if it is not limited.
    pub(super) workers: Option<u32>,
}

impl Cpus {
    /// Returns the CPU times of the scenario.
    pub(super) fn of_base(
        system: &SiteSystem,
        classes: &[Class],
        (evidence, expected, scans): (&Evidence<'_>, &Expected, &Scans),
    ) -> Self {
        let of = |class: &Class| {
            let cpu = base_cpu(system, *class, expected, scans);
            (class.index(), (cpu, evidence.rows(*class) as f64))
        };
        let workers = match system.workers {
            Servers::Limited(workers) => Some(workers),
            _ => None,
        };
        let classes = classes.iter().map(of).collect();
        Cpus { classes, source: Source::Scenario, workers }
    }

    /// Returns the CPU time of a class.
    pub(super) fn of(&self, class: Class) -> Option<Cpu> {
        self.classes.get(&class.index()).map(|one| one.0)
    }

    /// Returns the mean CPU time in seconds of all requests.
    pub(super) fn mean(&self) -> f64 {
        let all: f64 = self.classes.values().map(|one| one.1).sum();
        self.work() / all
    }

    /// Returns the CPU time in seconds of all requests together.
    fn work(&self) -> f64 {
        self.classes.values().map(|(cpu, rows)| rows * cpu.mean.value).sum()
    }

    /// Returns the load that follows from the CPU times and the mix of the classes; `None` if no
    /// request waits.
    pub(super) fn load(&self) -> Option<Load> {
        let (workers, demand) = (self.workers?, self.mean());
        let square = |cpu: &Cpu| cpu.variance + cpu.mean.value * cpu.mean.value;
        let squares: f64 = self.classes.values().map(|(cpu, rows)| rows * square(cpu)).sum();
        let rows: f64 = self.classes.values().map(|one| one.1).sum();
        let squared_cv = (squares / rows / (demand * demand) - 1.0).max(0.0);
        (demand > 0.0).then_some(Load { workers, demand, squared_cv })
    }

    /// Multiplies the CPU times by a measured factor. They are then constant.
    pub(super) fn scale(&mut self, factor: Number, source: Source) {
        for (cpu, _) in self.classes.values_mut() {
            let mean = factor.times(cpu.mean.value.max(f64::MIN_POSITIVE));
            *cpu = Cpu { mean, variance: 0.0 };
        }
        self.source = source;
    }

    /// Returns the factor by which the CPU times must be multiplied, so that the utilisation of the
    /// servers is that which was given (utilisation law: demand = utilisation * cores / rate).
    pub(super) fn factor_of_utilisation(
        &self,
        evidence: &Evidence<'_>,
        given: &Utilisation,
    ) -> Result<Number, String> {
        let cores = self.workers.ok_or("the number of workers is not limited in the scenario")?;
        let servers = evidence.servers_of(given.role).count() as f64;
        let work = self.work();
        if work <= 0.0 {
            return Err("the CPU times of the scenario are zero".to_owned());
        }
        let per_share = f64::from(cores) * servers * evidence.covered_s() / work;
        let at = |share: f64| (share * per_share).max(0.0);
        Ok(Number {
            value: at(given.share),
            low: at(given.share - given.rounding),
            high: at(given.share + given.rounding),
        })
    }

    /// Returns the factor by which the CPU times must be multiplied, so that their mean is the one
    /// that follows from the growth of `time-taken` with the rate, or the reason why it is not
    /// known accurately enough.
    pub(super) fn factor_of_growth(&self, separation: &Separation<'_>) -> Result<Number, String> {
        let own = self.mean();
        if own <= 0.0 {
            return Err("the CPU times of the scenario are zero".to_owned());
        }
        match separation.demand() {
            Ok(MeanDemand { mean, interval: Some(interval) }) => {
                let error = (interval.high - interval.low) / 2.0 / mean;
                if error <= ERROR_MAX {
                    return Ok(Number::of(&interval).times(1.0 / own));
                }
                Err(format!(
                    "the growth of time-taken with the rate measures the CPU time only to \
                     +-{:.0} %, more than {:.0} %",
                    100.0 * error,
                    100.0 * ERROR_MAX
                ))
            }
            Ok(MeanDemand { interval: None, .. }) | Err(NotSeparable::NotMeasured) => {
                Err("the logs do not show which part of the time is CPU time".to_owned())
            }
            Err(NotSeparable::NoGrowth { .. }) => {
                Err("time-taken grows too little with the rate to measure the CPU time".to_owned())
            }
            Err(reason) => Err(reason.to_string()),
        }
    }
}

/// Returns the CPU time of a logged request of a class in the scenario. That of messages is the
/// mean over the kinds, weighted by their expected numbers; that of a request of a scan is a part
/// of that of the scan.
fn base_cpu(system: &SiteSystem, class: Class, expected: &Expected, scans: &Scans) -> Cpu {
    let of = |kind: RequestKind| (system.cpu[kind].mean(), system.cpu[kind].variance());
    let (mean, variance) = match class {
        Class::Kind(RequestKind::UpdateScan) => {
            let (mean, variance) = of(RequestKind::UpdateScan);
            (mean / scans.rows_per_scan, variance / scans.rows_per_scan)
        }
        Class::Kind(kind) => of(kind),
        _ => {
            let weights = message_kinds().map(|kind| (kind, expected.per_week(kind)));
            let weights: Vec<_> = weights.filter(|one| one.1 > 0.0).collect();
            let all: f64 = weights.iter().map(|one| one.1).sum();
            if all <= 0.0 {
                of(RequestKind::PolicyPoll)
            } else {
                let mean = weights.iter().map(|one| one.1 * of(one.0).0).sum::<f64>() / all;
                let squares = weights.iter().map(|(kind, weight)| {
                    let (own, variance) = of(*kind);
                    weight * (variance + own * own)
                });
                (mean, (squares.sum::<f64>() / all - mean * mean).max(0.0))
            }
        }
    };
    Cpu { mean: Number { value: mean, low: mean, high: mean }, variance }
}
