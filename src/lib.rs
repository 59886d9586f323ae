//! cmgsim is a discrete-event simulator of Configuration Manager's cloud management gateway (CMG)
//! at scale.
//!
//! A scenario defines the clients and their locations, the VM instances, connection points and
//! management points that serve them, and scheduled disruptions. [`Scenario::load`] reads a
//! scenario; [`Scenario::with`] overrides a value of the scenario. The methods below run studies:
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
//! let cost = found.metric("cost_per_month").expect("instances have prices");
//! assert!(cost.second_mean > cost.first_mean);
//! # Ok(())
//! # }
//! ```
//!
//! | question | method | function | command |
//! |---|---|---|---|
//! | What happens? | [`Scenario::simulate`], [`Scenario::replicate`] | [`simulate`] | `run` |
//! | Which of two scenarios is better? | [`Scenario::compare`] | [`compare`] | `compare` |
//! | How do many variants perform? | [`Scenario::sweep`] | [`sweep`] | `sweep` |
//! | What is the cheapest design? | [`Scenario::size`] | [`size`] | `size` |
//! | Which assumptions matter? | [`Scenario::sensitivity`] | [`sensitivity`] | `sensitivity` |
//! | How long must the warm-up be? | [`Scenario::warm_up`] | [`warm_up`] | `warmup` |
//!
//! The functions accept a [`Watch`] (or an [`Observer`], which also receives the events of the
//! study). A watch receives the progress and can stop the study; pass `&()` to run a study without
//! a watch. Studies use all threads of the current `rayon` pool, and their results do not depend on
//! the number of threads. The library does not print, write files or read the clock.
//!
//! The program `cmgsim` is a command line for this library. ARCHITECTURE.md describes the modules
//! of both.

mod analysis;
mod calibrate;
mod catalogue;
mod cli;
mod experiment;
#[doc(hidden)]
pub mod internals;
mod logs;
mod prices;
mod report;
mod results;
mod scenario;
mod study;
mod trace;

use cmgsim_core::{base, engine, model, terms};

#[doc(hidden)]
pub use cli::run;
pub use experiment::{BUILD, Cluster, Look, RunError, UnitRefused, Watch, WorkUnit, simulate_unit};
pub use results::comparison::{Change, Comparison, MetricComparison};
pub use results::{
    Better, BusiestMinutes, Check, ConnectionPointResult, Cost, DeploymentResult, DesignResult,
    DisruptionResult, FailureCount, GatewayResult, InstanceResult, KindResult, Latency, LineResult,
    LinkResult, Metric, MetricSummary, ObjectiveResult, ObjectiveStatus, OriginResult,
    ParameterEffect, Precision, Replicated, Replication, RequestCounts, RunResult, RunVerdict,
    Sample, ScenarioInfo, Sensitivity, SiteSystemResult, Sizing, StationResult, SweepResult,
    TimeSeries, TippingPoint, Unit, Verdict,
};

/// Types that results contain, and the terms that describe them.
pub mod data {
    pub use crate::results::{
        Answer, Audit, Bill, BillLine, CostLine, Crossing, DesignStatus, DimensionResult,
        ElementaryEffect, FlowResult, Flows, LastTenth, LatencyBreakdown, Milestone, MonthDoubt,
        NetworkResult, NetworkTotalResult, Reason, Requirements, Screening, SiteInfo, SkewResult,
        Skipped, SweepPlan, VpnSessions, WorstWindow,
    };
    pub use crate::study::Screened;
    pub use crate::study::sweep::SweepError;
    pub use crate::study::warmup::Truncation;
    pub use crate::terms::{
        BillQuantities, Cause, CheckKind, Direction, EgressTier, Flow, LineKind, MetricFamily,
        Money, NetworkTotal, Objective, Place, PlanNote, PriceBook, PriceProvenance, RequestKind,
        Role, StationKind, Via, VmHour,
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

/// Compiles and runs the example of the library page with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
