//! cmgsim: a discrete-event simulator of Configuration Manager's cloud management gateway (CMG) at
//! scale.
//!
//! A scenario defines the clients and their locations, the VM instances, connection points and
//! management points that serve them, and scheduled disruptions. [`Scenario::load`] reads one;
//! [`Scenario::with`] overrides a value. The methods below run studies:
//!
//! ```
//! use cmgsim::{CompareOptions, Replications, Scenario};
//!
//! # fn main() -> Result<(), cmgsim::Error> {
//! let today = Scenario::load("quickstart")?.with("cohort.*.clients=50")?.with("duration=\"5h\"")?;
//! let result = today.simulate(1)?;
//! assert_eq!(result.gateways[0].instances, 2);
//! assert!(result.requests.completed > 500 && result.latency.p95 < 1.0);
//!
//! let larger = today.with("gateway.main.size=\"A4_v2\"")?;
//! let replications = Replications::of(2);
//! let options = CompareOptions { replications, ..CompareOptions::default() };
//! let found = today.compare(&larger, &options)?.comparison;
//! let cost = found.figure("cost_per_month").expect("instances have prices");
//! assert!(cost.second > cost.first);
//! # Ok(())
//! # }
//! ```
//!
//! | what is asked | method | function with a watch | the verb |
//! |---|---|---|---|
//! | what happens | [`Scenario::simulate`], [`Scenario::replicate`] | [`simulate`] | `run` |
//! | which of two is better | [`Scenario::compare`] | [`compare`] | `compare` |
//! | what many variants do | [`Scenario::sweep`] | [`sweep`] | `sweep` |
//! | what is the cheapest design | [`Scenario::size`] | [`size`] | `size` |
//! | which assumptions matter | [`Scenario::sensitivity`] | [`sensitivity`] | `sensitivity` |
//! | where a warm-up ends | [`Scenario::warm_up`] | [`warm_up`] | `warmup` |
//!
//! The functions take a [`Watch`] (or an [`Observer`], which also receives events of the study). It
//! receives the progress and can stop the study; pass `&()` to ignore it. They simulate on all
//! threads of the current `rayon` pool, and give the same results on any number of them. Nothing
//! here prints, writes files or reads the clock.
//!
//! The program `cmgsim` is the command line over this library. ARCHITECTURE.md describes the rooms
//! of both.

mod analysis;
mod catalogue;
mod cli;
mod experiment;
#[doc(hidden)]
pub mod internals;
mod report;
mod results;
mod scenario;
mod study;
mod trace;

use cmgsim_core::{base, engine, model, terms};

#[doc(hidden)]
pub use cli::run;
pub use experiment::{Look, RunError, Watch};
pub use results::comparison::{Change, Comparison, MetricComparison};
pub use results::{
    Better, BusiestMinutes, Check, ConnectionPointResult, Cost, DeploymentResult, DesignResult,
    DisruptionResult, FailureCount, GatewayResult, InstanceResult, KindResult, Latency, Metric,
    MetricSummary, ObjectiveResult, ObjectiveStatus, OriginResult, ParameterEffect, Precision,
    Replicated, Replication, RequestCounts, RunResult, RunVerdict, Sample, ScenarioInfo,
    Sensitivity, SiteSystemResult, Sizing, StationResult, SweepResult, TimeSeries, TippingPoint,
    Unit, Verdict,
};

/// The parts of results, and the terms that they are described in.
pub mod data {
    pub use crate::results::{
        Answer, Audit, CostLine, Crossing, DesignStatus, DimensionResult, ElementaryEffect, Flows,
        LastTenth, LatencyBreakdown, Milestone, Reason, Requirements, Screening, SiteInfo,
        SkewResult, Skipped, SweepPlan, WorstWindow,
    };
    pub use crate::study::Screened;
    pub use crate::study::sweep::SweepError;
    pub use crate::study::warmup::Truncation;
    pub use crate::terms::{
        Cause, CheckKind, MetricFamily, Objective, PlanNote, PriceBook, RequestKind, Role,
        StationKind, VmHour,
    };
}

pub use report::verdict::verdict;
pub use scenario::{Problem, Problems, Scenario, Severity};
pub use study::compare::{CompareOptions, Compared, compare};
pub use study::precision::PrecisionTarget;
pub use study::sensitivity::{Method, SensitivityOptions, SensitivityOutcome, sensitivity};
pub use study::simulate::{Replications, Simulated, simulate};
pub use study::sizing::{Loss, SizingOptions, SizingOutcome, size};
pub use study::sweep::design::Design;
pub use study::sweep::{SweepOptions, sweep};
pub use study::warmup::{Series, WarmUp, WarmUpOptions, warm_up};
pub use study::{Error, Observer, StudyEvent};

/// The example of the book is compiled and run with those of this documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
