//! Vocabulary that several rooms share, each term defined once: plain enums and structs.

mod cause;
mod objective;
mod plan;
mod prices;
mod request_kind;
mod role;

pub use cause::Cause;
pub use objective::Objective;
pub use plan::PlanNote;
pub use prices::{PriceBook, VmHour};
pub use request_kind::{PerKind, RequestKind};
pub use role::Role;
