//! The vocabulary that several modules share: plain enums and structs, one definition per term. A
//! `name` identifies a term in files and never changes; a `label` is for display and may change.

mod cause;
mod check;
mod deployment;
mod disruption;
mod flow;
mod line_kind;
mod metric;
mod money;
mod named;
mod objective;
mod plan;
mod prices;
mod request_kind;
mod role;
mod station_group;
mod station_kind;

pub use cause::Cause;
pub use check::CheckKind;
pub use deployment::{DeploymentPurpose, DeploymentStep};
pub use disruption::DisruptionTarget;
pub use flow::{Direction, Flow, NetworkTotal, Place, Via};
pub use line_kind::LineKind;
pub use metric::{Better, Metric, MetricDescription, MetricFamily, Unit};
pub use money::Money;
pub use objective::Objective;
pub use plan::PlanNote;
pub use prices::{
    BillQuantities, EgressTier, HOURS_OF_30_DAYS, PriceBook, PriceProvenance, VmHour,
};
pub use request_kind::{PerKind, RequestKind};
pub use role::Role;
pub use station_group::StationGroup;
pub use station_kind::StationKind;
